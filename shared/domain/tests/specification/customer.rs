//! What the customer says. Its no always wins, and by accident said it can be taken back.

use domain::{
    Addressee, Claim, Command, CommandName, Event, MailState, ReasonCode, Recipient, Selection, Standing,
    evolve,
};

use crate::driver::{Story, given};
use crate::fixtures::*;

/// A claim whose first notice came back, whose contact was corrected, and whose second notice awaits an answer.
fn told_again() -> Claim {
    let claim = bounced_of(&body()).does(REVIEWED, edit(&corrected(body()))).does(REVIEWED, submit());
    claim.does(REVIEWED, prepare(2)).does(REVIEWED, told(2))
}

// A yes.

#[test]
fn a_yes_makes_it_official_at_once() {
    let claim = given(awaiting()).at(WITHIN).when(accept(1)).then([became_official(&[1], true)]);
    assert!(claim.scopes[0].tenure().is_some_and(|tenure| tenure.accepted));
    assert_eq!(claim.scopes[0].tenure().map(|tenure| tenure.since), Some(at(WITHIN)));
}

#[test]
fn a_yes_that_is_faster_than_the_note_that_the_mail_left_counts() {
    given(notifying_of(&body())).at(TOLD).when(accept(1)).then([became_official(&[1], true)]);
}

#[test]
fn a_yes_by_an_old_link_is_refused_because_it_may_have_gone_to_somebody_else() {
    given(told_again()).at(WITHIN).when(accept(1)).rejects("other_link");
    given(told_again()).at(WITHIN).when(accept(2)).then([became_official(&[1], true)]);
}

#[test]
fn a_yes_after_the_deadline_counts_while_no_timer_has_come() {
    given(awaiting()).at(AFTER).when(accept(1)).then([became_official(&[1], true)]);
}

#[test]
fn a_repeated_yes_is_told_where_the_claim_is() {
    given(awaiting().does(WITHIN, accept(1))).at(WITHIN).when(accept(1)).rejects("not_in_this_status");
}

#[test]
fn a_customer_may_agree_to_one_scope_and_refuse_another() {
    let yes = Command::Accept { notice: n(1), scopes: these(&[1]) };
    let claim = awaiting_of(&two_scopes()).does(WITHIN, yes).does(
        WITHIN,
        Command::Decline {
            by: contact(1),
            scopes: these(&[2]),
            reason: Some(remark("We run that ourselves.")),
        },
    );
    assert_eq!(claim.scopes_in(Standing::Official), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(2)]);
}

#[test]
fn a_scope_that_the_claim_does_not_have_is_unknown_to_the_customer_too() {
    for command in [
        Command::Accept { notice: n(1), scopes: these(&[2]) },
        Command::Decline { by: contact(1), scopes: these(&[1, 2]), reason: None },
    ] {
        given(awaiting()).at(WITHIN).when(command).rejects("unknown_scope");
    }
}

#[test]
fn an_empty_choice_is_no_answer() {
    let none = Selection::These(Vec::new());
    given(awaiting())
        .at(WITHIN)
        .when(Command::Decline { by: contact(1), scopes: none, reason: None })
        .rejects("not_in_this_status");
}

// A no.

#[test]
fn a_no_before_the_deadline_ends_it_however_late_the_timer_comes() {
    let no = Event::Declined { scopes: vec![s(1)], by: Some(contact(1)), reason: None };
    let claim = given(awaiting()).at("2021-05-10T21:59:59Z").when(decline()).then([no]);
    for time in [DEADLINE, AFTER, "2031-05-10T22:00:00Z"] {
        given(claim.clone()).at(time).when(promote(1)).changes_nothing();
    }
}

#[test]
fn a_no_after_the_deadline_counts_while_no_timer_has_come() {
    let claim = given(awaiting()).at(AFTER).when(decline()).leads_to(Standing::Declined);
    given(claim).at(AFTER).when(promote(1)).changes_nothing();
}

#[test]
fn a_no_ends_an_association_at_any_later_time() {
    for claim in [official(), awaiting().does(WITHIN, accept(1))] {
        given(claim).at("2025-01-15T09:00:00Z").when(decline()).leads_to(Standing::Declined);
    }
}

#[test]
fn a_no_that_is_faster_than_the_note_that_the_mail_left_counts() {
    let claim = given(notifying_of(&body())).at(TOLD).when(decline()).leads_to(Standing::Declined);
    let left = Event::MailReported { notice: n(1), to: Recipient::CustomerContact, mail: MailState::Sent };
    let claim = given(claim).at(TOLD).when(told(1)).then([left]);
    given(claim.clone()).at(TOLD).when(told(1)).changes_nothing();
    assert_eq!(claim.notice(n(1)).unwrap().told_at, Some(at(TOLD)));
    // Taken back, it leads to the window that the mail has told of, and to no second mail.
    given(claim).at(WITHIN).when(undo(1)).leads_to(Standing::AwaitingCustomer);
}

#[test]
fn a_no_by_any_link_that_ever_left_counts() {
    // A no names no notice: an old link carries it as well as the current one.
    given(told_again()).at(WITHIN).when(decline()).leads_to(Standing::Declined);
}

/// A claim whose customer was told, wherever it has gone since.
fn told_and_gone_on(standing: Standing) -> Claim {
    match standing {
        Standing::Submitted => evolve(&bounced_of(&body()), &[Event::Submitted], at(WITHIN)),
        Standing::UnderReview => contested_claim(),
        Standing::ActionRequired => bounced_of(&body()),
        Standing::Disputed => contested_claim().does(AFTER, reject(&[1])).does(AFTER, dispute()),
        other => brought_to(other),
    }
}

#[test]
fn a_no_by_a_link_that_left_counts_wherever_the_claim_has_gone_since() {
    for standing in Standing::ALL {
        let claim = told_and_gone_on(*standing);
        assert_eq!(claim.status(), *standing);
        let possible = !standing.is_closed() && *standing != Standing::Draft;
        assert_eq!(claim.scopes[0].can(CommandName::Decline), possible, "{standing}");
        let outcome = given(claim).at(AFTER).when(decline());
        if possible {
            let claim =
                outcome.then([Event::Declined { scopes: vec![s(1)], by: Some(contact(1)), reason: None }]);
            assert_eq!(
                (claim.review_due(), claim.action_due(), claim.deadline()),
                (None, None, None),
                "{standing}"
            );
            for late in [Command::Lapse, promote(1)] {
                given(claim.clone()).at("2021-07-01T00:00:00Z").when(late).changes_nothing();
            }
        } else {
            outcome.rejects("not_in_this_status");
        }
    }
}

#[test]
fn a_no_is_about_what_the_customer_was_told_of_only() {
    // The table has the claims of which nobody was told.
    let claim = under_review_of(&two_scopes());
    let claim = claim.does(REVIEWED, approve_some(&[1]));
    let claim = claim.does(REVIEWED, prepare(1)).does(REVIEWED, told(1));
    assert!(!claim.scope(s(2)).unwrap().can(CommandName::Decline));
    given(claim.clone()).at(WITHIN).when(decline_one(2)).rejects("not_in_this_status");
    let claim = given(claim).at(WITHIN).when(decline()).leads_to(Standing::UnderReview);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(1)]);
}

#[test]
fn whom_the_partner_or_a_reviewer_would_ask_next_is_past_after_a_no() {
    let no = bounced_of(&body()).does(WITHIN, decline());
    given(no.clone()).at(WITHIN).when(submit()).rejects("not_in_this_status");
    given(no).at(WITHIN).when(edit(&corrected(body()))).rejects("not_in_this_status");
    for command in [approve(), ask(&[1]), reject(&[1])] {
        given(contested_claim().does(AFTER, decline())).at(AFTER).when(command).rejects("not_in_this_status");
    }
}

#[test]
fn a_no_is_kept_with_its_code_and_the_customers_words() {
    let why = Some(remark("Another firm does this for us."));
    let claim = awaiting()
        .does(WITHIN, Command::Decline { by: contact(1), scopes: Selection::All, reason: why.clone() });
    assert_eq!(claim.scopes[0].reasons().len(), 1);
    assert_eq!(claim.scopes[0].reasons()[0].code, ReasonCode::CustomerDeclined);
    assert_eq!(claim.scopes[0].reasons()[0].detail, why);
}

#[test]
fn a_repeated_no_is_told_where_the_claim_is() {
    given(awaiting().does(WITHIN, decline())).at(WITHIN).when(decline()).rejects("not_in_this_status");
}

#[test]
fn a_no_cannot_be_disputed() {
    given(brought_to(Standing::Declined)).at(WITHIN).when(dispute()).rejects("not_in_this_status");
}

// A no taken back.

#[test]
fn a_no_can_be_taken_back_while_the_window_is_open_and_the_window_stays_as_it_was() {
    let declined = brought_to(Standing::Declined);
    let undone = Event::DeclineUndone { scopes: vec![s(1)] };
    let claim = given(declined.clone()).at("2021-05-10T21:59:59Z").when(undo(1)).then([undone]);
    assert_eq!((claim.status(), claim.deadline()), (Standing::AwaitingCustomer, Some(at(DEADLINE))));
    assert!(claim.scopes[0].reasons().is_empty());
    given(declined).at(DEADLINE).when(undo(1)).rejects("too_late");
}

#[test]
fn a_no_taken_back_leaves_nothing_of_the_association_before_it() {
    let claim = awaiting().does(WITHIN, accept(1)).does(WITHIN, decline()).does(WITHIN, undo(1));
    assert_eq!(
        (
            claim.scopes[0].tenure().is_some_and(|tenure| tenure.accepted),
            claim.scopes[0].tenure().map(|tenure| tenure.since)
        ),
        (false, None)
    );
    // Nobody has agreed any more, so that a mail that comes back now counts.
    given(claim).at(WITHIN).when(bounced(1)).leads_to(Standing::ActionRequired);
}

#[test]
fn a_no_taken_back_after_the_mail_came_back_leads_where_the_bounce_would_have() {
    let undone = Event::DeclineUndone { scopes: vec![s(1)] };
    for (claim, standing) in [
        (awaiting(), Standing::ActionRequired),
        (awaiting_of(&with_second_contact(body())), Standing::Notifying),
    ] {
        let expected = given(claim.clone()).at(WITHIN).when(bounced(1));
        let [Event::MailReported { .. }, rest @ ..] = expected.events() else {
            panic!("{:?}", expected.events())
        };
        let declined = claim.does(REVIEWED, decline()).does(REVIEWED, bounced(1));
        let outcome = given(declined.clone()).at(WITHIN).when(undo(1));
        assert_eq!(outcome.events(), [std::slice::from_ref(&undone), rest].concat());
        let claim = outcome.leads_to(standing);
        given(claim).at(DEADLINE).when(promote(1)).changes_nothing();
        given(declined).at(DEADLINE).when(undo(1)).rejects("too_late");
    }
}

#[test]
fn a_no_to_a_notice_that_had_come_back_before_is_taken_back_to_the_same_place() {
    let claim = bounced_of(&body()).does(WITHIN, decline());
    let claim = given(claim).at(WITHIN).when(undo(1)).leads_to(Standing::ActionRequired);
    assert_eq!(claim.scopes[0].reasons()[0].code, ReasonCode::CustomerContactUndeliverable);
    assert!(claim.action_due().is_some());
}

#[test]
fn mail_that_arrived_in_whatever_way_lets_a_no_be_taken_back_to_the_window() {
    for mail in [MailState::Delayed, MailState::Delivered, MailState::Complained] {
        let claim = awaiting()
            .does(REVIEWED, reported(1, Recipient::CustomerContact, mail))
            .does(REVIEWED, decline());
        given(claim).at(WITHIN).when(undo(1)).then([Event::DeclineUndone { scopes: vec![s(1)] }]);
    }
}

#[test]
fn a_no_taken_back_leaves_the_claim_to_the_deadline() {
    let claim = brought_to(Standing::Declined).does(WITHIN, undo(1));
    given(claim.clone()).at("2021-05-10T21:59:59Z").when(promote(1)).changes_nothing();
    given(claim).at(DEADLINE).when(promote(1)).then([became_official(&[1], false)]);
}

#[test]
fn a_no_said_after_silence_made_it_official_cannot_be_taken_back() {
    given(official().does(AFTER, decline())).at(AFTER).when(undo(1)).rejects("too_late");
}

#[test]
fn a_no_is_taken_back_by_the_link_that_gave_it_and_no_other_contacts() {
    let no = |notice| Command::Decline { by: contact(notice), scopes: Selection::All, reason: None };
    let declined = told_again().does(WITHIN, no(2));
    given(declined.clone()).at(WITHIN).when(undo(1)).rejects("other_link");
    given(declined).at(WITHIN).when(undo(2)).leads_to(Standing::AwaitingCustomer);
    // Who had the first notice may be somebody else than who has the second: only the notice address speaks for both.
    let declined = told_again().does(WITHIN, no(1));
    given(declined.clone()).at(WITHIN).when(undo(2)).rejects("other_link");
    given(declined.clone()).at(WITHIN).when(undo(1)).leads_to(Standing::AwaitingCustomer);
    let office = Addressee { notice: n(2), to: Recipient::NoticeAddress };
    let undone = Command::Undo { by: office, scopes: Selection::All };
    given(declined).at(WITHIN).when(undone).leads_to(Standing::AwaitingCustomer);
}

#[test]
fn a_no_is_taken_back_by_who_gave_it_or_by_the_tenants_own_notice_address() {
    use Recipient::{CustomerContact, NoticeAddress, SecondContact};
    for (decliner, by, may) in [
        (CustomerContact, CustomerContact, true),
        (CustomerContact, NoticeAddress, true),
        (NoticeAddress, NoticeAddress, true),
        (NoticeAddress, CustomerContact, false),
        (CustomerContact, SecondContact, false),
    ] {
        let of_notice = |to| Addressee { notice: n(1), to };
        let no = Command::Decline { by: of_notice(decliner), scopes: Selection::All, reason: None };
        let (declined, by) = (awaiting().does(WITHIN, no), of_notice(by));
        let outcome = given(declined).at(WITHIN).when(Command::Undo { by, scopes: Selection::All });
        if may {
            let claim = outcome.leads_to(Standing::AwaitingCustomer);
            // The next no is another's to take back.
            assert_ne!(claim.status(), Standing::Declined);
        } else {
            outcome.rejects("other_link");
        }
    }
}

#[test]
fn a_no_that_came_before_the_notice_had_left_is_taken_back_to_the_notice() {
    // Through the copy to the notice address, while the mail to the contact had to be tried again.
    let declined = notifying_of(&body()).does(PREPARED, decline());
    let claim = given(declined).at(TOLD).when(undo(1)).then([Event::DeclineUndone { scopes: vec![s(1)] }]);
    assert_eq!(claim.status(), Standing::Notifying);
    given(claim.clone()).at(AFTER).when(promote(1)).changes_nothing();
    let told = claim.does(TOLD, prepare(1)).does(TOLD, told(1));
    given(told).at(DEADLINE).when(promote(1)).leads_to(Standing::Official);
}

#[test]
fn only_a_no_can_be_taken_back() {
    for standing in [Standing::AwaitingCustomer, Standing::Withdrawn, Standing::Rejected, Standing::Official]
    {
        given(brought_to(standing)).at(WITHIN).when(undo(1)).rejects("not_in_this_status");
    }
}

#[test]
fn a_no_to_one_scope_is_taken_back_for_that_scope() {
    let claim = awaiting_of(&two_scopes()).does(WITHIN, decline());
    let one = Command::Undo { by: contact(1), scopes: these(&[2]) };
    let claim = given(claim).at(WITHIN).when(one).then([Event::DeclineUndone { scopes: vec![s(2)] }]);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(1)]);
}

#[test]
fn a_no_counts_for_what_is_still_open_whatever_has_ended_since_the_page_was_opened() {
    let withdrawn = awaiting_of(&two_scopes()).does(WITHIN, withdraw_one(2));
    let both = Command::Decline { by: contact(1), scopes: these(&[1, 2]), reason: None };
    let declined = given(withdrawn).at(WITHIN).when(both).leads_to(Standing::Declined);
    assert_eq!(declined.scopes_in(Standing::Declined), [s(1)]);
}
