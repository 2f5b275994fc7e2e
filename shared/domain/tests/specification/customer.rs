//! What the customer says. Its no always wins, and by accident said it can be taken back.

use domain::{Claim, Command, Event, ReasonCode, Selection, Standing};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

/// A claim whose first notice came back, whose contact was corrected, and whose second notice awaits an answer.
fn told_again() -> Claim {
    let mended = with(body(), "/customer_contact/email", json!("jana.novakova@contoso.com"));
    let claim = awaiting().does(REVIEWED, bounced(1)).does(REVIEWED, edit(&mended)).does(REVIEWED, submit());
    claim.does(REVIEWED, prepare(2)).does(REVIEWED, told(2))
}

// A yes.

#[test]
fn a_yes_makes_it_official_at_once() {
    let claim = given(awaiting()).at(WITHIN).when(accept(1)).then([became_official(&[1], true)]);
    assert!(claim.scopes[0].accepted);
    assert_eq!(claim.scopes[0].official_since, Some(at(WITHIN)));
}

#[test]
fn a_yes_that_is_faster_than_the_note_that_the_mail_left_counts() {
    given(notifying_of(&body())).at(TOLD).when(accept(1)).then([became_official(&[1], true)]);
}

#[test]
fn a_yes_by_an_old_link_is_refused_because_it_may_have_gone_to_somebody_else() {
    given(told_again()).at(WITHIN).when(accept(1)).rejects("link_replaced");
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
    let yes = Command::Accept { notice: 1, scopes: these(&[1]), slots: slots([]) };
    let claim = awaiting_of(&two_scopes()).does(WITHIN, yes).does(
        WITHIN,
        Command::Decline { scopes: these(&[2]), reason: Some(remark("We run that ourselves.")) },
    );
    assert_eq!(claim.scopes_in(Standing::Official), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(2)]);
}

#[test]
fn a_scope_that_the_claim_does_not_have_is_unknown_to_the_customer_too() {
    for command in [
        Command::Accept { notice: 1, scopes: these(&[2]), slots: slots([]) },
        Command::Decline { scopes: these(&[1, 2]), reason: None },
    ] {
        given(awaiting()).at(WITHIN).when(command).rejects("unknown_scope");
    }
}

#[test]
fn an_empty_choice_is_no_answer() {
    let none = Selection::These(Vec::new());
    given(awaiting())
        .at(WITHIN)
        .when(Command::Decline { scopes: none, reason: None })
        .rejects("not_in_this_status");
}

// A no.

#[test]
fn a_no_before_the_deadline_ends_it_however_late_the_timer_comes() {
    let no = Event::Declined { scopes: vec![s(1)], reason: None };
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
    given(claim).at(TOLD).when(told(1)).changes_nothing();
}

#[test]
fn a_no_by_any_link_that_ever_left_counts() {
    // A no names no notice: an old link carries it as well as the current one.
    given(told_again()).at(WITHIN).when(decline()).leads_to(Standing::Declined);
}

#[test]
fn a_no_is_kept_with_its_code_and_the_customers_words() {
    let why = Some(remark("Another firm does this for us."));
    let claim = awaiting().does(WITHIN, Command::Decline { scopes: Selection::All, reason: why.clone() });
    assert_eq!(claim.scopes[0].reasons.len(), 1);
    assert_eq!(claim.scopes[0].reasons[0].code, ReasonCode::CustomerDeclined);
    assert_eq!(claim.scopes[0].reasons[0].detail, why);
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
    assert!(claim.scopes[0].reasons.is_empty());
    given(declined).at(DEADLINE).when(undo(1)).rejects("too_late");
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
fn a_no_is_taken_back_by_the_current_notices_link_only() {
    let declined = told_again().does(WITHIN, decline());
    given(declined.clone()).at(WITHIN).when(undo(1)).rejects("link_replaced");
    given(declined).at(WITHIN).when(undo(2)).leads_to(Standing::AwaitingCustomer);
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
    let one = Command::Undo { notice: 1, scopes: these(&[2]) };
    let claim = given(claim).at(WITHIN).when(one).then([Event::DeclineUndone { scopes: vec![s(2)] }]);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(1)]);
}
