//! What reviewers decide, and what the partner's silence does.

use domain::{Command, Event, FindingCode, Policy, ReasonCode, Recipient, Rejection, Standing};

use crate::driver::{Story, given};
use crate::fixtures::*;

/// The end of the partner's 14 business days, asked on 4 May.
const ACTION_DUE: &str = "2021-05-24T22:00:00Z";

#[test]
fn a_review_should_be_done_within_five_business_days() {
    assert_eq!(under_review_of(&body()).review_due, Some(at(DEADLINE)));
}

#[test]
fn a_review_that_is_late_decides_nothing() {
    for command in [Command::Lapse, promote(1), told(1)] {
        given(under_review_of(&body())).at("2022-05-03T09:00:00Z").when(command).changes_nothing();
    }
}

#[test]
fn a_decided_claim_has_no_review_due() {
    let claim = under_review_of(&body());
    for command in [approve(slots([])), ask(&[1]), reject(&[1]), withdraw()] {
        assert_eq!(given(claim.clone()).at(REVIEWED).when(command).after().review_due, None);
    }
}

#[test]
fn an_approval_leads_to_a_notice_to_the_customers_contact() {
    let told = approved(&[1, 2], 1, Recipient::CustomerContact);
    given(under_review_of(&two_scopes())).at(REVIEWED).when(approve(slots([]))).then([told]);
}

#[test]
fn an_approval_notes_whom_it_would_supersede() {
    let held = slots([(intune(), slot_held_by(RIVAL))]);
    let claim =
        given(under_review_of(&two_scopes())).at(REVIEWED).when(approve(held)).then([Event::Approved {
            scopes: vec![s(1), s(2)],
            notice: 1,
            to: Recipient::CustomerContact,
            incumbents: [(s(2), association(RIVAL))].into(),
        }]);
    assert_eq!(claim.scope(s(1)).unwrap().incumbent, None);
    assert_eq!(claim.scope(s(2)).unwrap().incumbent, Some(association(RIVAL)));
}

#[test]
fn scopes_can_be_decided_one_by_one_each_with_a_notice_of_its_own() {
    let claim = under_review_of(&two_scopes());
    let claim = claim.does(REVIEWED, Command::Approve { scopes: these(&[2]), slots: slots([]) });
    assert_eq!((claim.scope(s(1)).unwrap().notice, claim.scope(s(2)).unwrap().notice), (0, 1));
    assert_eq!(claim.status(), Standing::UnderReview);
    let claim = given(claim).when(approve(slots([]))).then([approved(&[1], 2, Recipient::CustomerContact)]);
    assert_eq!(claim.status(), Standing::Notifying);
}

#[test]
fn a_scope_that_is_decided_already_cannot_be_decided_again() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1]));
    for command in [Command::Approve { scopes: these(&[1, 2]), slots: slots([]) }, ask(&[1]), reject(&[1, 2])]
    {
        given(claim.clone()).when(command).rejects("not_in_this_status");
    }
}

#[test]
fn a_scope_that_the_claim_does_not_have_is_unknown() {
    for command in [Command::Approve { scopes: these(&[2]), slots: slots([]) }, ask(&[2]), reject(&[1, 2])] {
        given(under_review_of(&body())).when(command).rejects("unknown_scope");
    }
}

#[test]
fn nothing_is_asked_or_refused_without_a_coded_reason() {
    given(under_review_of(&body())).when(ask(&[])).rejects("reason_missing");
    given(under_review_of(&body())).when(reject(&[])).rejects("reason_missing");
}

#[test]
fn several_reasons_can_be_given_for_one_scope_and_are_kept() {
    let mut reasons = reasons(&[1], ReasonCode::MissingDates);
    reasons.push(reason(s(1), ReasonCode::MissingCustomerAcknowledgement));
    let claim = under_review_of(&body()).does(REVIEWED, Command::Reject { reasons });
    let codes: Vec<_> = claim.scopes[0].reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [ReasonCode::MissingDates, ReasonCode::MissingCustomerAcknowledgement]);
}

#[test]
fn every_reason_says_what_would_cure_it() {
    for code in ReasonCode::ALL {
        assert!(code.cure().ends_with('.'), "{code}");
    }
}

#[test]
fn the_partner_has_fourteen_business_days_to_answer() {
    let asked =
        Event::InformationRequested { reasons: reasons(&[1], ReasonCode::MissingPoe), due: at(ACTION_DUE) };
    let claim = given(under_review_of(&body())).at(REVIEWED).when(ask(&[1])).then([asked]);
    assert_eq!(claim.action_due, Some(at(ACTION_DUE)));
}

#[test]
fn silence_of_the_partner_rejects_when_its_time_is_over_and_not_before() {
    given(action_required_of(&body())).at("2021-05-24T21:59:59Z").when(Command::Lapse).changes_nothing();
    given(action_required_of(&body())).at(ACTION_DUE).when(Command::Lapse).then([Event::Rejected {
        reasons: reasons(&[1], ReasonCode::NoPartnerResponse),
        dispute_until: at("2021-06-23T22:00:00Z"),
    }]);
}

#[test]
fn an_answer_in_time_makes_the_timer_of_the_question_do_nothing() {
    let answered = action_required_of(&body()).does(WITHIN, submit());
    assert_eq!(answered.action_due, None);
    given(answered).at("2021-06-01T00:00:00Z").when(Command::Lapse).changes_nothing();
}

#[test]
fn a_second_question_gives_its_own_time_and_the_timer_of_the_first_does_nothing() {
    let claim = under_review_of(&body()).does("2021-05-03T10:00:00Z", ask(&[1]));
    let first_due = claim.action_due.unwrap();
    let claim = claim.does(REVIEWED, submit_with(&[FindingCode::CompetingClaim]));
    let claim = claim.does("2021-05-07T09:00:00Z", ask(&[1]));
    given(claim.clone()).at(&first_due.to_rfc3339()).when(Command::Lapse).changes_nothing();
    let second_due = claim.action_due.unwrap();
    given(claim).at(&second_due.to_rfc3339()).when(Command::Lapse).leads_to(Standing::Rejected);
}

#[test]
fn an_answer_is_checked_again() {
    let asked = action_required_of(&body());
    given(asked.clone())
        .at(WITHIN)
        .when(submit_with(&[FindingCode::MissingPoe]))
        .rejects("claim_not_acceptable");
    let claim = given(asked)
        .at(WITHIN)
        .when(submit_with(&[FindingCode::CompetingClaim]))
        .leads_to(Standing::UnderReview);
    assert!(claim.scopes[0].reasons.is_empty(), "what was asked for is answered");
}

#[test]
fn a_claim_leads_to_no_more_notices_than_the_policy_allows() {
    let policy = Policy { most_notices: 1, ..Policy::default() };
    let claim = under_review_of(&two_scopes())
        .does(REVIEWED, Command::Approve { scopes: these(&[1]), slots: slots([]) });
    let rejection = given(claim).under(policy).when(approve(slots([]))).rejects("notices_exhausted");
    assert_eq!(rejection, Rejection::NoticesExhausted(1));
}

// Disputes.

#[test]
fn a_refusal_can_be_disputed_for_thirty_days() {
    let rejected = brought_to(Standing::Rejected);
    assert_eq!(rejected.dispute_until, Some(at("2021-06-03T09:00:00Z")));
    given(rejected.clone()).at("2021-06-03T08:59:59Z").when(dispute()).leads_to(Standing::Disputed);
    given(rejected).at("2021-06-03T09:00:00Z").when(dispute()).rejects("too_late");
}

#[test]
fn a_dispute_is_about_every_rejected_scope_and_has_a_review_target() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1, 2]));
    let claim = given(claim).at("2021-05-05T09:00:00Z").when(dispute()).then([Event::Disputed {
        scopes: vec![s(1), s(2)],
        justification: remark("The customer signed it."),
        due: at("2021-05-12T22:00:00Z"),
    }]);
    assert_eq!((claim.review_due, claim.dispute_until), (Some(at("2021-05-12T22:00:00Z")), None));
}

#[test]
fn a_claim_is_disputed_once() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1])).does(WITHIN, dispute());
    let claim = claim.does(WITHIN, reject(&[1, 2]));
    assert_eq!(claim.scope(s(1)).unwrap().standing, Standing::RejectedFinal);
    assert_eq!(claim.scope(s(2)).unwrap().standing, Standing::Rejected);
    given(claim).at(WITHIN).when(dispute()).rejects("already_disputed");
}

#[test]
fn after_a_dispute_a_refusal_is_for_good() {
    let last = Event::RejectedFinal { reasons: reasons(&[1], ReasonCode::MissingDates) };
    let claim = given(brought_to(Standing::Disputed)).at(WITHIN).when(reject(&[1])).then([last]);
    given(claim).at(WITHIN).when(dispute()).rejects("not_in_this_status");
}

#[test]
fn a_dispute_that_is_won_leads_to_a_notice_as_any_approval_does() {
    let told = approved(&[1], 1, Recipient::CustomerContact);
    given(brought_to(Standing::Disputed)).at(WITHIN).when(approve(slots([]))).then([told]);
}

#[test]
fn a_refusal_by_silence_can_be_disputed_too() {
    let lapsed = action_required_of(&body()).does(ACTION_DUE, Command::Lapse);
    given(lapsed).at("2021-06-23T21:59:59Z").when(dispute()).leads_to(Standing::Disputed);
}
