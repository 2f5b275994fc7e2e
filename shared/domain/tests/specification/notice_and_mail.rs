//! The notice to the customer, its window, its reminder, and what becomes of the mails.

use domain::policy::Window;
use domain::{Claim, Command, Event, MailState, Policy, ReasonCode, Recipient, Standing};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

// The window.

/// A claim approved, of whose notice nothing has been tried yet.
fn approved_claim() -> Claim {
    draft().does(SUBMITTED, submit())
}

#[track_caller]
fn deadline_of_a_notice_at(time: &str) -> String {
    let claim = approved_claim().does(time, prepare(1));
    claim.notice(n(1)).unwrap().deadline.unwrap().format("%FT%TZ").to_string()
}

#[test]
fn the_window_is_five_full_business_days_after_the_day_of_the_notice() {
    // Victory Day, 8 May, is a Saturday in 2021 and costs nothing.
    assert_eq!(deadline_of_a_notice_at("2021-05-03T10:00:00Z"), DEADLINE);
    assert_eq!(deadline_of_a_notice_at("2021-04-30T10:00:00Z"), "2021-05-07T22:00:00Z");
}

#[test]
fn a_notice_on_a_weekend_has_the_window_of_one_on_the_friday_before() {
    for day in ["2021-05-07T10:00:00Z", "2021-05-08T10:00:00Z", "2021-05-09T10:00:00Z"] {
        assert_eq!(deadline_of_a_notice_at(day), "2021-05-14T22:00:00Z", "{day}");
    }
}

#[test]
fn public_holidays_of_the_customers_country_lengthen_the_window() {
    // 5 and 6 July are holidays in Czechia.
    assert_eq!(deadline_of_a_notice_at("2021-07-02T10:00:00Z"), "2021-07-13T22:00:00Z");
    let german = with(body(), "/customer_contact/country", json!("DE"));
    let german = with(german, "/customer_contact/time_zone", json!("Europe/Berlin"));
    let claim = draft_of(&german).does(SUBMITTED, submit()).does("2021-07-02T10:00:00Z", prepare(1));
    assert_eq!(claim.notice(n(1)).unwrap().deadline, Some(at("2021-07-09T22:00:00Z")));
}

#[test]
fn the_day_of_the_notice_is_the_customers_day() {
    // Half past midnight on Tuesday in Prague.
    assert_eq!(deadline_of_a_notice_at("2021-05-03T21:57:59Z"), DEADLINE);
    // So near to midnight that the mail may leave on the next day: the window is that day's.
    assert_eq!(deadline_of_a_notice_at("2021-05-03T21:58:00Z"), "2021-05-11T22:00:00Z");
    assert_eq!(deadline_of_a_notice_at("2021-05-03T22:30:00Z"), "2021-05-11T22:00:00Z");
}

#[test]
fn the_window_crosses_into_winter_time_at_local_midnight() {
    assert_eq!(deadline_of_a_notice_at("2021-10-27T10:00:00Z"), "2021-11-04T23:00:00Z");
}

#[test]
fn preparing_a_notice_fixes_its_deadline_and_remembers_its_links_before_anything_leaves() {
    let prepared = Event::NoticePrepared { notice: n(1), deadline: at(DEADLINE), links: vec![link(1)] };
    let claim = given(approved_claim()).at(PREPARED).when(prepare(1)).then([prepared]);
    let notice = claim.notice(n(1)).unwrap();
    assert_eq!(
        (notice.deadline, notice.told_at, notice.mail),
        (Some(at(DEADLINE)), None, MailState::Pending)
    );
    assert_eq!(claim.deadline(), None, "no clock runs before the customer was told");
}

#[test]
fn a_retry_on_the_same_day_keeps_the_deadline_and_every_link_that_may_have_left() {
    let again = Command::PrepareNotice { notice: n(1), links: vec![link(2)] };
    let claim = approved_claim().does(PREPARED, prepare(1)).does("2021-05-03T20:00:00Z", again);
    let notice = claim.notice(n(1)).unwrap();
    assert_eq!((notice.deadline, &*notice.links), (Some(at(DEADLINE)), &[link(1), link(2)][..]));
}

#[test]
fn a_retry_on_the_next_business_day_moves_the_deadline_one_business_day_later() {
    let claim = approved_claim().does(PREPARED, prepare(1)).does("2021-05-04T06:00:00Z", prepare(1));
    assert_eq!(claim.notice(n(1)).unwrap().deadline, Some(at("2021-05-11T22:00:00Z")));
}

#[test]
fn a_retry_never_shortens_the_window() {
    let claim = approved_claim().does("2021-05-04T06:00:00Z", prepare(1));
    // By a clock that is behind, and by a policy that has changed.
    let claim = claim.does(PREPARED, prepare(1));
    let policy = policy_with(|rules| rules.customer_window = Window::BusinessDays(1));
    let claim = given(claim).at("2021-05-04T07:00:00Z").under(policy).when(prepare(1)).after();
    assert_eq!(claim.notice(n(1)).unwrap().deadline, Some(at("2021-05-11T22:00:00Z")));
}

#[test]
fn the_clock_runs_when_the_mail_service_has_the_notice() {
    let told_now = Event::CustomerTold { notice: n(1), scopes: vec![s(1)], deadline: at(DEADLINE) };
    let claim = given(notifying_of(&body())).at(TOLD).when(told(1)).then([told_now]);
    assert_eq!((claim.status(), claim.deadline()), (Standing::AwaitingCustomer, Some(at(DEADLINE))));
    let notice = claim.notice(n(1)).unwrap();
    assert_eq!((notice.told_at, notice.mail), (Some(at(TOLD)), MailState::Sent));
}

#[test]
fn a_notice_that_was_never_prepared_cannot_have_been_sent() {
    given(approved_claim()).at(TOLD).when(told(1)).changes_nothing();
}

#[test]
fn once_told_a_repeated_attempt_changes_nothing() {
    given(awaiting()).at("2021-05-04T06:00:00Z").when(prepare(1)).changes_nothing();
    given(awaiting()).at("2021-05-04T06:00:00Z").when(told(1)).changes_nothing();
}

#[test]
fn a_notice_that_the_claim_does_not_have_changes_nothing() {
    for notice in [2, 3, u8::MAX] {
        for command in [prepare(notice), told(notice)] {
            given(notifying_of(&body())).at(TOLD).when(command).changes_nothing();
        }
        let late = [
            remind(notice),
            promote(notice),
            bounced(notice),
            Command::MailFailed { notice: n(notice), links: Vec::new() },
        ];
        for command in late {
            given(awaiting()).at(AFTER).when(command).changes_nothing();
        }
    }
}

#[test]
fn a_scope_withdrawn_while_the_notice_was_on_its_way_is_not_awaited() {
    let withdrawn = Command::Withdraw { scopes: these(&[1]), reason: None };
    let claim = notifying_of(&two_scopes()).does(TOLD, withdrawn).does(TOLD, told(1));
    assert_eq!(claim.scopes_in(Standing::Withdrawn), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::AwaitingCustomer), [s(2)]);
}

// The reminder.

#[test]
fn a_customer_is_reminded_once_while_it_can_still_answer() {
    let reminded = Event::Reminded { notice: n(1), links: vec![link(0x81)] };
    let claim = given(awaiting()).at("2021-05-07T07:00:00Z").when(remind(1)).then([reminded]);
    assert_eq!(claim.notice(n(1)).unwrap().links, [link(1), link(0x81)], "both links work");
    given(claim).at("2021-05-07T08:00:00Z").when(remind(1)).changes_nothing();
}

#[test]
fn nobody_is_reminded_at_the_deadline_or_after_an_answer() {
    given(awaiting()).at(DEADLINE).when(remind(1)).changes_nothing();
    for answer in [accept(1), decline()] {
        given(awaiting().does(WITHIN, answer)).at(WITHIN).when(remind(1)).changes_nothing();
    }
}

#[test]
fn a_reminder_that_did_not_leave_is_tried_again() {
    let links = vec![link(0x81)];
    let failed = Command::MailFailed { notice: n(1), links: links.clone() };
    given(awaiting()).at(WITHIN).when(failed.clone()).changes_nothing();
    let claim = awaiting().does(WITHIN, remind(1));
    let claim = given(claim).at(WITHIN).when(failed).then([Event::MailFailed { notice: n(1), links }]);
    assert_eq!(claim.notice(n(1)).unwrap().links, [link(1)]);
    given(claim).at(WITHIN).when(remind(1)).leads_to(Standing::AwaitingCustomer);
}

#[test]
fn the_link_of_a_mail_that_certainly_did_not_leave_is_forgotten_and_no_other() {
    let claim = notifying_of(&body()).does(TOLD, prepare_with(1, &[2, 3]));
    let failed = |secrets: &[u8]| {
        let links = secrets.iter().copied().map(link).collect();
        Command::MailFailed { notice: n(1), links }
    };
    given(claim.clone()).at(TOLD).when(failed(&[9])).changes_nothing();
    let claim = claim.does(TOLD, failed(&[3, 9]));
    assert_eq!(claim.notice(n(1)).unwrap().links, [link(1), link(2)]);
    assert_eq!(claim.notice(n(1)).unwrap().deadline, Some(at(DEADLINE)), "the deadline stays");
}

#[test]
fn the_reminder_is_due_in_the_morning_of_the_business_day_before_the_last() {
    let claim = awaiting();
    let window = Policy::default().reminder_before.unwrap();
    assert_eq!(window.before(claim.deadline().unwrap(), &claim.locality()), at("2021-05-07T07:00:00Z"));
}

// Bounces.

fn undeliverable(claim: &Claim, scopes: &[u8]) -> bool {
    scopes.iter().all(|n| {
        let scope = claim.scope(s(*n)).unwrap();
        scope.standing() == Standing::ActionRequired
            && scope.reasons().iter().map(|reason| reason.code).eq([ReasonCode::CustomerContactUndeliverable])
    })
}

#[test]
fn a_bounce_before_the_customer_counts_as_told_stops_the_notice() {
    let claim = notifying_of(&body()).does(TOLD, bounced(1));
    assert!(undeliverable(&claim, &[1]));
    given(claim).at(TOLD).when(told(1)).changes_nothing();
}

#[test]
fn a_bounce_within_the_window_stops_the_clock_and_the_partner_is_asked_for_another_contact() {
    let outcome = given(awaiting()).at(WITHIN).when(bounced(1));
    let [Event::MailReported { .. }, Event::MailBounced { .. }, Event::InformationRequested { due, .. }] =
        outcome.events()
    else {
        panic!("{:?}", outcome.events())
    };
    assert_eq!(*due, at("2021-05-26T22:00:00Z"), "14 business days from 6 May");
    let claim = outcome.after();
    assert!(undeliverable(&claim, &[1]));
    assert_eq!(claim.deadline(), None);
    given(claim).at(DEADLINE).when(promote(1)).changes_nothing();
}

#[test]
fn a_bounce_after_silence_made_it_official_takes_it_back_and_the_claim_stays_entered() {
    let outcome = given(official()).at(AFTER).when(bounced(1));
    let changes: Vec<_> =
        outcome.events().iter().flat_map(|event| domain::slot_changes(&official(), event)).collect();
    assert_eq!(changes, [(teams(), domain::SlotChange::Reopen)]);
    let claim = outcome.after();
    assert!(undeliverable(&claim, &[1]));
    assert_eq!(claim.scopes[0].tenure().map(|tenure| tenure.since), None);
}

#[test]
fn a_bounce_after_the_customer_agreed_is_only_noted() {
    let note = Event::MailReported { notice: n(1), to: Recipient::CustomerContact, mail: MailState::Bounced };
    given(awaiting().does(WITHIN, accept(1))).at(AFTER).when(bounced(1)).then([note]);
}

#[test]
fn a_bounce_concerns_the_scopes_that_are_still_open_only() {
    let no = Command::Decline { by: contact(1), scopes: these(&[1]), reason: None };
    let claim = awaiting_of(&two_scopes()).does(WITHIN, no).does(WITHIN, bounced(1));
    assert_eq!(claim.scopes_in(Standing::Declined), [s(1)]);
    assert!(undeliverable(&claim, &[2]));
}

#[test]
fn a_second_contact_gets_a_notice_of_its_own_before_the_partner_is_asked() {
    let outcome = given(awaiting_of(&with_second_contact(body()))).at(WITHIN).when(bounced(1));
    assert_eq!(outcome.events().last(), Some(&approved(&[1], 2, Recipient::SecondContact)));
    let claim = outcome.after();
    assert_eq!((claim.status(), claim.scopes[0].notice), (Standing::Notifying, Some(n(2))));
}

#[test]
fn the_second_contact_has_a_full_window_of_its_own() {
    let claim = awaiting_of(&with_second_contact(body())).does(WITHIN, bounced(1));
    let claim = claim.does(WITHIN, prepare(2)).does(WITHIN, told(2));
    assert_eq!(claim.deadline(), Some(at("2021-05-13T22:00:00Z")));
    given(claim.clone()).at(DEADLINE).when(promote(1)).changes_nothing();
    given(claim).at("2021-05-13T22:00:00Z").when(promote(2)).leads_to(Standing::Official);
}

#[test]
fn the_second_contact_is_used_once_and_then_the_partner_is_asked() {
    let claim = awaiting_of(&with_second_contact(body())).does(WITHIN, bounced(1));
    let claim = claim.does(WITHIN, prepare(2)).does(WITHIN, told(2));
    let claim = claim.does(WITHIN, reported(2, Recipient::SecondContact, MailState::Bounced));
    assert!(undeliverable(&claim, &[1]));
}

#[test]
fn what_an_approval_knew_of_the_incumbent_holds_for_the_second_contact_too() {
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let claim = under_review_of(&with_second_contact(body())).does(REVIEWED, approve().among(held));
    let claim = claim.does(REVIEWED, prepare(1)).does(REVIEWED, bounced(1));
    assert_eq!((claim.status(), claim.scopes[0].notice), (Standing::Notifying, Some(n(2))));
    assert_eq!(claim.scopes[0].incumbent(), Some(&association(RIVAL)));
}

#[test]
fn when_the_notices_are_used_up_the_second_contact_is_not_written_to() {
    let policy = Policy { most_notices: 1, ..Policy::default() };
    let claim = awaiting_of(&with_second_contact(body()));
    let claim = given(claim).at(WITHIN).under(policy.clone()).when(bounced(1)).after();
    assert!(undeliverable(&claim, &[1]));
    given(claim).at(WITHIN).under(policy).when(submit()).rejects("notices_exhausted");
}

#[test]
fn a_corrected_contact_gets_a_new_notice_and_a_full_window() {
    let claim =
        awaiting().does(WITHIN, bounced(1)).does(WITHIN, edit(&corrected(body()))).does(WITHIN, submit());
    let claim = claim.does(WITHIN, prepare(2)).does(WITHIN, told(2));
    assert_eq!(
        claim.contact(claim.notice(n(2)).unwrap().to).unwrap().email.as_str(),
        "jana.novakova@contoso.com"
    );
    assert_eq!(claim.deadline(), Some(at("2021-05-13T22:00:00Z")));
    given(claim).at(WITHIN).when(bounced(1)).changes_nothing();
}

#[test]
fn a_mail_that_comes_back_from_the_notice_address_is_not_the_contacts() {
    for mail in MailState::ALL.iter().filter(|mail| **mail != MailState::Sent) {
        given(awaiting()).at(WITHIN).when(reported(1, Recipient::NoticeAddress, *mail)).changes_nothing();
    }
    for mail in MailState::ALL {
        given(awaiting()).at(WITHIN).when(reported(1, Recipient::SecondContact, *mail)).changes_nothing();
    }
}

#[test]
fn that_the_notice_address_has_its_copy_is_noted_once_and_says_nothing_of_the_contact() {
    let copy = reported(1, Recipient::NoticeAddress, MailState::Sent);
    let note = Event::MailReported { notice: n(1), to: Recipient::NoticeAddress, mail: MailState::Sent };
    let claim = given(notifying_of(&body())).at(TOLD).when(copy.clone()).then([note]);
    assert_eq!(
        (claim.notice(n(1)).unwrap().copied, claim.notice(n(1)).unwrap().mail),
        (true, MailState::Pending)
    );
    given(claim).at(TOLD).when(copy).changes_nothing();
}

#[test]
fn reports_that_are_repeated_or_late_change_nothing() {
    // From what is known first to what is known last.
    let order = [
        MailState::Pending,
        MailState::Sent,
        MailState::Delayed,
        MailState::SoftBounced,
        MailState::Delivered,
        MailState::Complained,
        MailState::Bounced,
    ];
    assert_eq!(order.len(), MailState::ALL.len());
    let to = Recipient::CustomerContact;
    for (place, known) in order.iter().enumerate().skip(2) {
        let claim = awaiting().does(WITHIN, reported(1, to, *known));
        assert_eq!(claim.notice(n(1)).unwrap().mail, *known);
        for late in &order[..=place] {
            given(claim.clone()).at(WITHIN).when(reported(1, to, *late)).changes_nothing();
        }
    }
}

#[test]
fn only_a_bounce_stops_the_clock() {
    for mail in [MailState::Delayed, MailState::Delivered, MailState::Complained] {
        let note = Event::MailReported { notice: n(1), to: Recipient::CustomerContact, mail };
        let report = reported(1, Recipient::CustomerContact, mail);
        let claim = given(awaiting()).at(WITHIN).when(report).then([note]);
        given(claim).at(DEADLINE).when(promote(1)).leads_to(Standing::Official);
    }
}

#[test]
fn mail_that_was_given_up_stops_the_clock_unless_it_was_known_to_have_arrived() {
    let given_up = || reported(1, Recipient::CustomerContact, MailState::SoftBounced);
    let stopped = awaiting().does(WITHIN, given_up());
    assert_eq!(stopped.status(), Standing::ActionRequired);
    given(stopped).at(DEADLINE).when(promote(1)).changes_nothing();
    let arrived = awaiting().does(WITHIN, reported(1, Recipient::CustomerContact, MailState::Delivered));
    given(arrived).at(WITHIN).when(given_up()).changes_nothing();
}

#[test]
fn a_delivery_reported_before_the_send_returned_is_kept() {
    let claim =
        notifying_of(&body()).does(TOLD, reported(1, Recipient::CustomerContact, MailState::Delivered));
    assert_eq!(claim.does(TOLD, told(1)).notice(n(1)).unwrap().mail, MailState::Delivered);
}
