//! Ways around the reviewer or the customer that somebody may try, and that lead nowhere.

use domain::{
    Claim, Command, Effect, FindingCode, Needs, Policy, ReasonCode, Slot, Standing, check_claim, effects,
};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

#[test]
fn a_no_taken_back_does_not_undo_a_refusal_that_was_disputed() {
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let yes = Command::Accept { notice: n(1), scopes: these(&[1]) }.among(held);
    let disputed = awaiting().does(REVIEWED, yes).does(REVIEWED, reject(&[1])).does(REVIEWED, dispute());
    assert_eq!(disputed.status(), Standing::Disputed);
    let undone = disputed.does(WITHIN, decline()).does(WITHIN, undo(1));
    assert_eq!(undone.status(), Standing::UnderReview);
    given(undone).at(DEADLINE).when(promote(1)).changes_nothing();
}

#[test]
fn a_no_taken_back_does_not_send_the_notice_to_a_contact_that_a_reviewer_has_yet_to_see() {
    let mut body = with_second_contact(corrected(body()));
    body = with(body, "/second_contact/email", json!("me@elsewhere.example"));
    let reviewed = bounced_of(&crate::fixtures::body()).does(REVIEWED, edit(&body)).does(REVIEWED, submit());
    assert_eq!(reviewed.status(), Standing::UnderReview);
    let undone = reviewed.does(WITHIN, decline()).does(WITHIN, undo(1));
    assert_eq!(undone.status(), Standing::UnderReview);
}

#[test]
fn incumbents_of_scopes_that_the_customer_declined_are_not_told_of_another_notice() {
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let told = under_review_of(&with_second_contact(two_scopes()))
        .does(REVIEWED, approve().among(held))
        .does(REVIEWED, prepare(1))
        .does(REVIEWED, told(1));
    let bounced = given(told.does(WITHIN, decline_one(1))).at(WITHIN).when(bounced(1));
    let followed: Vec<_> = bounced.events().iter().flat_map(effects).collect();
    assert!(!followed.iter().any(|effect| matches!(effect, Effect::TellIncumbent { .. })), "{followed:?}");
}

#[test]
fn a_reviewers_question_is_not_evaded_by_leaving_the_scope_out_and_adding_it_again() {
    let asked = action_required_of(&body());
    let evading = asked.does(WITHIN, edit(&scopes_named(&["intune"]))).does(WITHIN, edit(&body()));
    given(evading).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
}

#[test]
fn a_notice_under_way_is_not_redirected_by_an_edit_about_another_scope() {
    let some = approve_some(&[1]);
    let claim = under_review_of(&two_scopes())
        .does(REVIEWED, some)
        .does(REVIEWED, prepare(1))
        .does(REVIEWED, told(1))
        .does(REVIEWED, ask(&[2]));
    assert_eq!(claim.scopes_in(Standing::AwaitingCustomer), [s(1)]);
    let redirected = with(two_scopes(), "/customer_contact/email", json!("me@elsewhere.example"));
    given(claim).at(WITHIN).when(edit(&redirected)).rejects("fixed_after_submit");
}

#[test]
fn nothing_is_approved_while_a_contact_is_changed_and_not_submitted() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[2]));
    for pointer in ["/customer_contact/email", "/second_contact/email"] {
        let before = with_second_contact(two_scopes());
        let edited = claim.clone().does(WITHIN, edit(&with(before, pointer, json!("me@elsewhere.example"))));
        given(edited.clone()).at(WITHIN).when(approve()).rejects("contact_unsubmitted");
        // Nor is it checked by having nothing left to submit.
        let withdrawn = edited.clone().does(WITHIN, withdraw_one(2));
        given(withdrawn).at(WITHIN).when(approve()).rejects("contact_unsubmitted");
        // Submitted, it stands in the queue with why a reviewer has to look at it.
        let submitted = edited.does(WITHIN, submit());
        let other = submitted.clone().does(WITHIN, withdraw_one(2));
        assert!(
            other.because().contains(&FindingCode::ContactOutsideTenant),
            "whoever looks at the rest knows"
        );
        let rejected = other.does(WITHIN, reject(&[1]));
        assert_eq!(rejected.because(), []);
        assert_eq!(rejected.does(WITHIN, dispute()).because(), [FindingCode::ContactOutsideTenant]);
        given(submitted).at(WITHIN).when(approve()).leads_to(Standing::Notifying);
    }
    // Another proof is no reason to wait.
    let other = with(two_scopes(), "/evidence/0/reference", json!("SOW-119"));
    given(claim.does(WITHIN, edit(&other))).at(WITHIN).when(approve()).after();
}

/// One scope's window runs or is over, about the other a reviewer has asked, and the partner has named other contacts.
fn with_contacts_changed(since: &str, command: Command) -> Claim {
    let some = approve_some(&[1]);
    let claim = under_review_of(&two_scopes())
        .does(REVIEWED, some)
        .does(REVIEWED, prepare(1))
        .does(REVIEWED, told(1))
        .does(since, command)
        .does(since, ask(&[2]));
    let changed =
        with(with_second_contact(two_scopes()), "/second_contact/email", json!("me@elsewhere.example"));
    claim.does(since, edit(&changed))
}

#[test]
fn a_second_contact_that_nobody_has_approved_is_not_written_to_when_a_mail_comes_back() {
    let edited = with_contacts_changed(AFTER, promote(1));
    assert_eq!(edited.scopes_in(Standing::Official), [s(1)]);
    given(edited.clone()).at(AFTER).when(bounced(1)).leads_to(Standing::ActionRequired);
    // Nor is it once it is submitted, as long as a reviewer has yet to see it, or has refused it.
    let submitted = edited.does(AFTER, submit());
    for claim in [submitted.clone(), submitted.does(AFTER, reject(&[2]))] {
        let back = given(claim).at(AFTER).when(bounced(1)).after();
        assert_eq!(back.scopes_in(Standing::ActionRequired), [s(1)]);
    }
}

#[test]
fn a_no_taken_back_leads_to_a_reviewer_where_the_contacts_are_others_by_now() {
    let edited = with_contacts_changed(WITHIN, decline());
    let undone = given(edited).at(WITHIN).when(undo(1)).after();
    assert_eq!(undone.scopes_in(Standing::UnderReview), [s(1)]);
    given(undone).at(DEADLINE).when(promote(1)).changes_nothing();
}

#[test]
fn proofs_that_a_reviewer_looks_at_again_in_a_dispute_are_not_proven() {
    let lapsed = bounced_of(&body()).does("2021-06-01T00:00:00Z", Command::Lapse);
    let disputed = lapsed.does("2021-06-02T00:00:00Z", dispute());
    assert!(!disputed.scopes[0].proven);
    assert!(!disputed.does("2021-06-03T00:00:00Z", reject(&[1])).scopes[0].proven);
}

#[test]
fn what_an_edit_has_added_is_withdrawn_and_not_rejected_when_the_time_to_answer_is_over() {
    let added = action_required_of(&body()).does(WITHIN, edit(&two_scopes()));
    let lapsed = given(added).at("2021-06-01T00:00:00Z").when(Command::Lapse).after();
    assert_eq!(
        (lapsed.scopes_in(Standing::Rejected), lapsed.scopes_in(Standing::Withdrawn)),
        (vec![s(1)], vec![s(2)])
    );
    let disputed = given(lapsed).at("2021-06-01T00:00:00Z").when(dispute()).after();
    assert_eq!(disputed.scopes_in(Standing::Disputed), [s(1)]);
}

#[test]
fn what_the_partner_claims_elsewhere_by_now_keeps_nothing_else_from_being_disputed() {
    let rejected = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1, 2]));
    let taken = slots([(teams(), slot_claimed_by(ME, "another"))]);
    let disputed = given(rejected).at(WITHIN).when(dispute().among(taken)).after();
    assert_eq!(
        (disputed.scopes_in(Standing::Disputed), disputed.scopes_in(Standing::Rejected)),
        (vec![s(2)], vec![s(1)])
    );
}

#[test]
fn a_notice_that_was_held_is_none_of_those_that_a_claim_may_lead_to() {
    let policy = Policy { most_notices: 1, ..Policy::default() };
    let held = draft().does(SUBMITTED, submit()).does(PREPARED, Command::HoldNotice { notice: n(1) });
    let approved = given(held).under(policy.clone()).at(REVIEWED).when(approve()).after();
    let told = approved.does(REVIEWED, prepare(2)).does(REVIEWED, told(2));
    let contested = told.does(AFTER, promote(2).among(slots([(teams(), slot_held_by(RIVAL))])));
    given(contested.clone()).under(policy.clone()).at(AFTER).when(approve()).rejects("notices_exhausted");
    // What no notice can follow any more, no dispute can change.
    let rejected = contested.does(AFTER, reject(&[1]));
    given(rejected).under(policy).at(AFTER).when(dispute()).rejects("notices_exhausted");
}

#[test]
fn a_dispute_makes_no_second_claim_of_the_same_partner_to_a_scope_and_none_beyond_the_limit() {
    let rejected = || brought_to(Standing::Rejected);
    let disputed_beside = |slot| given(rejected()).at(WITHIN).when(dispute().among(slots([(teams(), slot)])));
    disputed_beside(slot_claimed_by(ME, "another")).rejects("claim_not_acceptable");
    disputed_beside(slot_held_by_claim(ME, "another")).rejects("claim_not_acceptable");
    let rivals = (0..20).flat_map(|n| slot_claimed_by(RIVAL, &format!("key-{n}")).claimants);
    let crowded = Slot { version: 1, holder: None, claimants: rivals.collect() };
    disputed_beside(crowded).rejects("claim_not_acceptable");
    // A rival is what a reviewer is there for.
    disputed_beside(slot_held_by(RIVAL)).leads_to(Standing::Disputed);
}

#[test]
fn proofs_that_were_replaced_are_not_accepted_by_the_notice_that_follows_a_bounce() {
    let two = with_second_contact(two_scopes());
    let claim = under_review_of(&two)
        .does(REVIEWED, approve_some(&[1]))
        .does(REVIEWED, prepare(1))
        .does(REVIEWED, told(1))
        .does(REVIEWED, ask(&[2]));
    let newer = with(two, "/evidence/0/reference", json!("SOW-119"));
    let edited = claim.does(REVIEWED, edit(&newer)).does(REVIEWED, withdraw_one(2));
    let noticed_again = edited.does(WITHIN, bounced(1));
    assert_eq!((noticed_again.status(), noticed_again.proofs_edited), (Standing::Notifying, true));
}

#[test]
fn a_scope_that_the_customer_was_told_of_is_not_left_out_by_an_edit() {
    let bounced = bounced_of(&two_scopes());
    given(bounced).at(WITHIN).when(edit(&body())).rejects("customer_was_told");
}

#[test]
fn a_draft_of_which_a_scope_was_discarded_can_still_change_its_tenant() {
    let moved = with(two_scopes(), "/tenant_id", json!("9f2d1a0e-0000-4000-8000-5c1f0f2a9a11"));
    let draft =
        draft_of(&two_scopes()).does(SUBMITTED, Command::Withdraw { scopes: these(&[1]), reason: None });
    given(draft).at(SUBMITTED).when(edit(&moved)).leads_to(Standing::Draft);
}

#[test]
fn a_reviewer_who_asks_about_the_contact_reads_the_answer_too() {
    let about_the_contact =
        Command::RequestInformation { reasons: reasons(&[1], ReasonCode::CustomerContactUndeliverable) };
    let asked = under_review_of(&body()).does(REVIEWED, about_the_contact);
    given(asked).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
    // What only a mail that came back has asked, the next mail answers.
    given(bounced_of(&body())).at(WITHIN).when(submit()).leads_to(Standing::Notifying);
}

#[test]
fn a_disputed_scope_gets_no_second_dispute_by_being_left_out_and_added_again() {
    let disputed = under_review_of(&two_scopes()).does(REVIEWED, reject(&[1])).does(REVIEWED, dispute());
    let asked = disputed.does(REVIEWED, ask(&[1, 2]));
    given(asked).at(WITHIN).when(edit(&scopes_named(&["intune"]))).rejects("customer_was_told");
}

#[test]
fn a_renewals_proofs_are_checked_once_they_are_replaced() {
    let mut renewal = action_required_of(&body());
    renewal.renews = Some(claim_id(ME, "renewed"));
    let old = with(body(), "/evidence/0/signed_on", json!("2001-01-01"));
    let codes = |claim: &Claim| -> Vec<_> {
        let context = usual().context(&Needs::to_check(&claim.submission()));
        let found = check_claim(claim, &context, &Policy::default(), at(WITHIN)).unwrap();
        found.iter().map(|finding| finding.code).collect()
    };
    let edited = renewal.clone().does(WITHIN, edit(&old));
    assert_eq!(codes(&edited), [FindingCode::EvidenceTooOld]);
    // As they were when they were accepted, they may be as old as they are.
    renewal.details.evidence = edited.details.evidence.clone();
    assert_eq!(codes(&renewal), []);
}
