//! What reviewers decide, and what the partner's silence does.

use domain::{
    Command, Event, FindingCode, MOST_EVIDENCE, Policy, Reason, ReasonCode, Recipient, Rejection,
    ScopeReason, Standing,
};

use crate::driver::{Story, given};
use crate::fixtures::*;

/// The end of the partner's 14 business days, asked on 4 May.
const ACTION_DUE: &str = "2021-05-24T22:00:00Z";

#[test]
fn a_review_should_be_done_within_five_business_days() {
    assert_eq!(under_review_of(&body()).review_due(), Some(at(DEADLINE)));
}

#[test]
fn a_review_that_is_late_decides_nothing() {
    for command in [Command::Lapse, promote(1), told(1)] {
        given(under_review_of(&body())).at("2022-05-03T09:00:00Z").when(command).changes_nothing();
    }
}

#[test]
fn a_review_that_is_opened_later_does_not_put_off_the_one_that_is_under_way() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[2]));
    let answered = claim.does(WITHIN, submit());
    assert_eq!(answered.scopes_in(Standing::UnderReview).len(), 2);
    assert_eq!(answered.review_due(), Some(at(DEADLINE)));
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[2])).does(WITHIN, dispute());
    assert_eq!(claim.review_due(), Some(at(DEADLINE)));
    // Nor is the later one due with the earlier once that is decided.
    let later = claim.does(WITHIN, reject(&[1])).review_due();
    assert_eq!(later, Some(at("2021-05-13T22:00:00Z")));
}

#[test]
fn a_claim_says_why_a_reviewer_has_to_look_as_long_as_one_has_to() {
    use FindingCode::{AnswerToReview, CompetingClaim, ProgramReviewed};
    let claim = under_review_of(&two_scopes());
    assert_eq!(claim.because(), [ProgramReviewed]);
    let answered = claim.does(REVIEWED, ask(&[2])).does(WITHIN, submit_with(&[CompetingClaim]));
    assert_eq!(answered.because(), [CompetingClaim, ProgramReviewed, AnswerToReview]);
    let one = answered.does(WITHIN, reject(&[1]));
    assert_eq!(one.because(), [CompetingClaim, AnswerToReview], "the other scope is still looked at");
    assert_eq!(one.does(WITHIN, reject(&[2])).because(), []);
}

#[test]
fn a_decided_claim_has_no_review_due() {
    let claim = under_review_of(&body());
    for command in [approve(), ask(&[1]), reject(&[1]), withdraw()] {
        assert_eq!(given(claim.clone()).at(REVIEWED).when(command).after().review_due(), None);
    }
}

#[test]
fn an_approval_leads_to_a_notice_to_the_customers_contact() {
    let told = approved(&[1, 2], 1, Recipient::CustomerContact);
    given(under_review_of(&two_scopes())).at(REVIEWED).when(approve()).then([told]);
}

#[test]
fn an_approval_notes_whom_it_would_supersede() {
    let held = slots([(intune(), slot_held_by(RIVAL))]);
    let claim = given(under_review_of(&two_scopes())).at(REVIEWED).when(approve().among(held)).then([
        Event::Approved {
            scopes: vec![s(1), s(2)],
            notice: n(1),
            to: Recipient::CustomerContact,
            incumbents: [(s(2), association(RIVAL))].into(),
        },
    ]);
    assert_eq!(claim.scope(s(1)).unwrap().incumbent(), None);
    assert_eq!(claim.scope(s(2)).unwrap().incumbent(), Some(&association(RIVAL)));
}

#[test]
fn scopes_can_be_decided_one_by_one_each_with_a_notice_of_its_own() {
    let claim = under_review_of(&two_scopes());
    let claim = claim.does(REVIEWED, approve_some(&[2]));
    assert_eq!((claim.scope(s(1)).unwrap().notice, claim.scope(s(2)).unwrap().notice), (None, Some(n(1))));
    assert_eq!(claim.status(), Standing::UnderReview);
    let claim = given(claim).when(approve()).then([approved(&[1], 2, Recipient::CustomerContact)]);
    assert_eq!(claim.status(), Standing::Notifying);
}

#[test]
fn a_scope_that_is_decided_already_cannot_be_decided_again() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1]));
    for command in [approve_some(&[1, 2]), ask(&[1]), reject(&[1, 2])] {
        given(claim.clone()).when(command).rejects("not_in_this_status");
    }
}

#[test]
fn a_scope_that_the_claim_does_not_have_is_unknown() {
    for command in [approve_some(&[2]), ask(&[2]), reject(&[1, 2])] {
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
    let codes: Vec<_> = claim.scopes[0].reasons().iter().map(|reason| reason.code).collect();
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
    assert_eq!(claim.action_due(), Some(at(ACTION_DUE)));
}

#[test]
fn silence_of_the_partner_rejects_when_its_time_is_over_and_not_before() {
    given(action_required_of(&body())).at("2021-05-24T21:59:59Z").when(Command::Lapse).changes_nothing();
    given(action_required_of(&body()))
        .at(ACTION_DUE)
        .when(Command::Lapse)
        .then([Event::Rejected { reasons: silent(&[1]), dispute_until: at("2021-06-23T22:00:00Z") }]);
}

/// The reasons of a refusal by silence: that, and then what was asked.
fn silent(scopes: &[u8]) -> Vec<ScopeReason> {
    let codes = [ReasonCode::NoPartnerResponse, ReasonCode::MissingPoe];
    scopes.iter().flat_map(|scope| codes.map(|code| reason(s(*scope), code))).collect()
}

#[test]
fn silence_rejects_every_scope_that_was_asked_about_each_with_what_was_asked_in_full() {
    let words = Some(remark("Page 2 is missing."));
    let asked = [
        reason(s(1), ReasonCode::MissingDates),
        ScopeReason {
            scope: s(1),
            reason: Reason { code: ReasonCode::MissingCustomerAcknowledgement, detail: words },
        },
        reason(s(2), ReasonCode::MissingPoe),
    ];
    let ask = Command::RequestInformation { reasons: asked.to_vec() };
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask).does(ACTION_DUE, Command::Lapse);
    for scope in &claim.scopes {
        let asked = asked.iter().filter(|asked| asked.scope == scope.id).map(|asked| &asked.reason);
        let silence = reason(scope.id, ReasonCode::NoPartnerResponse).reason;
        assert_eq!(
            scope.reasons().iter().collect::<Vec<_>>(),
            std::iter::once(&silence).chain(asked).collect::<Vec<_>>()
        );
    }
}

#[test]
fn silence_about_one_scope_leaves_the_others_where_they_are() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[1])).does(ACTION_DUE, Command::Lapse);
    assert_eq!(claim.scopes_in(Standing::Rejected), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::UnderReview), [s(2)]);
}

#[test]
fn an_answer_goes_back_to_a_reviewer_though_the_checks_find_nothing() {
    let due = at("2021-05-13T22:00:00Z");
    let opened =
        |because: &[FindingCode]| Event::ReviewOpened { scopes: vec![s(1)], because: because.to_vec(), due };
    let answer = FindingCode::AnswerToReview;
    given(action_required_of(&body())).at(WITHIN).when(submit()).then([Event::Submitted, opened(&[answer])]);
    given(action_required_of(&body()))
        .at(WITHIN)
        .when(submit_with(&[FindingCode::CompetingClaim]))
        .then([Event::Submitted, opened(&[FindingCode::CompetingClaim, answer])]);
    let disputed = brought_to(Standing::Disputed).does(WITHIN, ask(&[1]));
    given(disputed).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
}

#[test]
fn what_only_a_bounced_mail_has_asked_the_next_mail_answers() {
    let to = Recipient::CustomerContact;
    given(bounced_of(&body())).at(WITHIN).when(submit()).then([Event::Submitted, approved(&[1], 2, to)]);
}

#[test]
fn an_answer_to_a_reviewer_and_to_a_bounced_mail_at_once_goes_to_a_reviewer() {
    let claim = under_review_of(&two_scopes());
    let claim = claim.does(REVIEWED, approve_some(&[1]));
    let claim = claim.does(REVIEWED, prepare(1)).does(REVIEWED, bounced(1)).does(REVIEWED, ask(&[2]));
    let claim = given(claim).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
    assert_eq!(claim.scopes_in(Standing::UnderReview), [s(1), s(2)]);
}

#[test]
fn an_answer_in_time_makes_the_timer_of_the_question_do_nothing() {
    let answered = action_required_of(&body()).does(WITHIN, submit());
    assert_eq!(answered.action_due(), None);
    given(answered).at("2021-06-01T00:00:00Z").when(Command::Lapse).changes_nothing();
}

#[test]
fn a_second_question_gives_its_own_time_and_the_timer_of_the_first_does_nothing() {
    let claim = under_review_of(&body()).does("2021-05-03T10:00:00Z", ask(&[1]));
    let first_due = claim.action_due().unwrap();
    let claim = claim.does(REVIEWED, submit_with(&[FindingCode::CompetingClaim]));
    let claim = claim.does("2021-05-07T09:00:00Z", ask(&[1]));
    given(claim.clone()).at(&first_due.to_rfc3339()).when(Command::Lapse).changes_nothing();
    let second_due = claim.action_due().unwrap();
    given(claim).at(&second_due.to_rfc3339()).when(Command::Lapse).leads_to(Standing::Rejected);
}

#[test]
fn a_question_about_one_scope_gives_no_more_time_for_another() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[1]));
    let first_due = claim.action_due().unwrap();
    let claim = claim.does("2021-05-07T09:00:00Z", ask(&[2]));
    assert_eq!(claim.action_due(), Some(first_due), "the earliest");
    let claim = claim.does(&first_due.to_rfc3339(), Command::Lapse);
    assert_eq!(claim.scope(s(1)).unwrap().standing(), Standing::Rejected);
    assert_eq!(claim.scope(s(2)).unwrap().standing(), Standing::ActionRequired);
    let second_due = claim.action_due().unwrap();
    assert!(second_due > first_due);
    let claim = claim.does(&second_due.to_rfc3339(), Command::Lapse);
    assert_eq!(claim.scopes_in(Standing::Rejected), [s(1), s(2)]);
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
    assert!(claim.scopes[0].reasons().is_empty(), "what was asked for is answered");
}

#[test]
fn a_claim_leads_to_no_more_notices_than_the_policy_allows() {
    let policy = Policy { most_notices: 1, ..Policy::default() };
    let claim = under_review_of(&two_scopes()).does(REVIEWED, approve_some(&[1]));
    let rejection = given(claim).under(policy).when(approve()).rejects("notices_exhausted");
    assert_eq!(rejection, Rejection::NoticesExhausted(1));
}

// Disputes.

#[test]
fn a_refusal_can_be_disputed_for_thirty_days() {
    let rejected = brought_to(Standing::Rejected);
    assert_eq!(rejected.dispute_until(), Some(at("2021-06-03T09:00:00Z")));
    given(rejected.clone()).at("2021-06-03T08:59:59Z").when(dispute()).leads_to(Standing::Disputed);
    given(rejected).at("2021-06-03T09:00:00Z").when(dispute()).rejects("too_late");
}

#[test]
fn every_scope_has_thirty_days_of_its_own() {
    let claim = under_review_of(&two_scopes()).does("2021-05-04T09:00:00Z", reject(&[1]));
    let claim = claim.does("2021-05-24T09:00:00Z", reject(&[2]));
    assert_eq!(claim.dispute_until(), Some(at("2021-06-23T09:00:00Z")), "the latest");
    let disputes = |at: &str| {
        let outcome = given(claim.clone()).at(at).when(dispute());
        let [Event::Disputed { scopes, .. }] = outcome.events() else { panic!("{:?}", outcome.events()) };
        scopes.clone()
    };
    assert_eq!(disputes("2021-06-03T08:59:59Z"), [s(1), s(2)]);
    assert_eq!(disputes("2021-06-03T09:00:00Z"), [s(2)]);
    given(claim).at("2021-06-23T09:00:00Z").when(dispute()).rejects("too_late");
}

#[test]
fn why_it_was_rejected_stays_visible_while_a_scope_is_disputed() {
    let rejected = under_review_of(&body()).does(REVIEWED, reject(&[1]));
    let why = rejected.scopes[0].reasons();
    let disputed = rejected.does(WITHIN, dispute());
    assert_eq!((disputed.scopes[0].reasons(), why.len()), (why, 1));
    assert!(disputed.does(WITHIN, approve()).scopes[0].reasons().is_empty());
}

#[test]
fn a_dispute_is_about_every_rejected_scope_and_has_a_review_target() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1, 2]));
    let claim = given(claim).at("2021-05-05T09:00:00Z").when(dispute()).then([Event::Disputed {
        scopes: vec![s(1), s(2)],
        justification: remark("The customer signed it."),
        evidence: Vec::new(),
        due: at("2021-05-12T22:00:00Z"),
    }]);
    assert_eq!((claim.review_due(), claim.dispute_until()), (Some(at("2021-05-12T22:00:00Z")), None));
}

#[test]
fn every_scope_is_disputed_once() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1])).does(WITHIN, dispute());
    assert_eq!(claim.scopes.iter().map(|scope| scope.disputed).collect::<Vec<_>>(), [true, false]);
    given(claim.clone()).at(WITHIN).when(dispute()).rejects("already_disputed");
    let claim = claim.does(WITHIN, reject(&[1, 2]));
    assert_eq!(claim.scope(s(1)).unwrap().standing(), Standing::RejectedFinal);
    assert_eq!(claim.scope(s(2)).unwrap().standing(), Standing::Rejected);
    let outcome = given(claim).at(WITHIN).when(dispute());
    let [Event::Disputed { scopes, .. }] = outcome.events() else { panic!("{:?}", outcome.events()) };
    assert_eq!(*scopes, [s(2)]);
    let claim = outcome.after().does(WITHIN, reject(&[2]));
    assert_eq!(claim.scopes_in(Standing::RejectedFinal), [s(1), s(2)]);
    given(claim).at(WITHIN).when(dispute()).rejects("already_disputed");
}

#[test]
fn what_was_never_refused_cannot_be_disputed_and_has_used_up_no_dispute() {
    for claim in [under_review_of(&body()), action_required_of(&body()), awaiting(), official()] {
        given(claim).at(WITHIN).when(dispute()).rejects("not_in_this_status");
    }
}

#[test]
fn one_refusal_ends_a_scope_that_was_disputed_for_good_and_another_with_a_dispute_to_come() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1])).does(REVIEWED, dispute());
    let dispute_until = at("2021-06-05T09:00:00Z");
    let of = |scope: u8| reasons(&[scope], ReasonCode::MissingDates);
    given(claim.clone())
        .at(WITHIN)
        .when(reject(&[1, 2]))
        .then([Event::Rejected { reasons: of(2), dispute_until }, Event::RejectedFinal { reasons: of(1) }]);
    let asked = claim.does(REVIEWED, ask(&[1, 2]));
    given(asked).at(ACTION_DUE).when(Command::Lapse).then([
        Event::Rejected { reasons: silent(&[2]), dispute_until: at("2021-06-23T22:00:00Z") },
        Event::RejectedFinal { reasons: silent(&[1]) },
    ]);
}

#[test]
fn after_a_dispute_a_refusal_is_for_good() {
    let last = Event::RejectedFinal { reasons: reasons(&[1], ReasonCode::MissingDates) };
    let claim = given(brought_to(Standing::Disputed)).at(WITHIN).when(reject(&[1])).then([last]);
    given(claim).at(WITHIN).when(dispute()).rejects("already_disputed");
}

#[test]
fn a_dispute_is_the_last_one_whatever_has_come_between() {
    // A question, answered by silence, or answered and then refused.
    let asked = brought_to(Standing::Disputed).does(WITHIN, ask(&[1]));
    given(asked.clone()).at("2021-07-01T00:00:00Z").when(Command::Lapse).leads_to(Standing::RejectedFinal);
    let answered = asked.does(WITHIN, submit());
    given(answered).at(WITHIN).when(reject(&[1])).leads_to(Standing::RejectedFinal);
    // A dispute that was won, and a notice that came back.
    let won = brought_to(Standing::Disputed).does(WITHIN, approve()).does(WITHIN, prepare(1));
    let bounced = won.does(WITHIN, bounced(1));
    given(bounced).at("2021-07-01T00:00:00Z").when(Command::Lapse).leads_to(Standing::RejectedFinal);
}

// Proofs in a dispute.

#[test]
fn a_dispute_may_bring_new_proofs_beside_those_of_the_claim() {
    let claim = brought_to(Standing::Rejected);
    let known = claim.details.evidence.clone();
    let disputed = Event::Disputed {
        scopes: vec![s(1)],
        justification: remark("The customer signed it."),
        evidence: vec![proof("2021-05-04"), proof("2021-05-05")],
        due: at("2021-05-13T22:00:00Z"),
    };
    let claim = given(claim).at(WITHIN).when(dispute_with(&["2021-05-04", "2021-05-05"])).then([disputed]);
    assert_eq!(claim.details.evidence, [&known[..], &[proof("2021-05-04"), proof("2021-05-05")]].concat());
}

#[test]
fn proofs_in_a_dispute_are_dated_within_a_year_by_the_customers_clock() {
    let found = |signed_on: &[&str], now: &str| match given(brought_to(Standing::Rejected))
        .at(now)
        .when(dispute_with(signed_on))
        .rejects("claim_not_acceptable")
    {
        Rejection::Findings(found) => found.into_iter().map(|f| (f.pointer, f.code)).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    let (old, future) = (FindingCode::EvidenceTooOld, FindingCode::EvidenceInFuture);
    // A minute before midnight in Prague, and midnight.
    let (evening, midnight) = ("2021-05-06T21:59:00Z", "2021-05-06T22:00:00Z");
    let at = |n: u8, code| (format!("/evidence/{n}/signed_on"), code);
    assert_eq!(found(&["2021-05-07", "2021-05-06", "2020-05-04"], evening), [at(0, future), at(2, old)]);
    assert_eq!(found(&["2021-05-07", "2020-05-05"], midnight), [at(1, old)]);
}

#[test]
fn the_claims_own_proofs_may_have_grown_old_before_the_dispute() {
    let policy = Policy { evidence_age: chrono::TimeDelta::days(7), ..Policy::default() };
    let rejected = brought_to(Standing::Rejected);
    given(rejected).at(WITHIN).under(policy).when(dispute_with(&["2021-05-04"])).leads_to(Standing::Disputed);
}

#[test]
fn a_dispute_brings_no_more_proofs_than_a_claim_may_have() {
    let room = MOST_EVIDENCE - body()["evidence"].as_array().unwrap().len();
    let days = vec!["2021-05-04"; room + 1];
    let claim = brought_to(Standing::Rejected);
    let rejection = given(claim.clone()).at(WITHIN).when(dispute_with(&days)).rejects("too_much_evidence");
    assert_eq!(rejection, Rejection::TooMuchEvidence(MOST_EVIDENCE));
    let claim = given(claim).at(WITHIN).when(dispute_with(&days[1..])).after();
    assert_eq!(claim.details.evidence.len(), MOST_EVIDENCE);
}

#[test]
fn a_full_claim_can_still_be_disputed_in_words() {
    let full =
        with(body(), "/evidence", serde_json::json!(vec![body()["evidence"][0].clone(); MOST_EVIDENCE]));
    let claim = under_review_of(&full).does(REVIEWED, reject(&[1]));
    given(claim).at(WITHIN).when(dispute()).leads_to(Standing::Disputed);
}

#[test]
fn a_dispute_that_is_won_leads_to_a_notice_as_any_approval_does() {
    let told = approved(&[1], 1, Recipient::CustomerContact);
    given(brought_to(Standing::Disputed)).at(WITHIN).when(approve()).then([told]);
}

#[test]
fn a_refusal_by_silence_can_be_disputed_too() {
    let lapsed = action_required_of(&body()).does(ACTION_DUE, Command::Lapse);
    given(lapsed).at("2021-06-23T21:59:59Z").when(dispute()).leads_to(Standing::Disputed);
}
