//! Silence until the deadline, and two partners over one scope.

use domain::{Claim, Command, Event, FindingCode, Standing};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

/// Approved while a rival held the scope; the customer was told and the window runs.
fn challenger_of(body: &serde_json::Value, held: Slots) -> Claim {
    let claim = draft_of(body).does(SUBMITTED, submit_with(&[FindingCode::CompetingClaim]));
    claim.does("2021-05-03T09:30:00Z", approve().among(held)).does(PREPARED, prepare(1)).does(TOLD, told(1))
}

fn held_by(partner: &str) -> Slots {
    slots([(teams(), slot_held_by(partner))])
}

fn superseding(scopes: &[u8], by_acceptance: bool) -> Event {
    let incumbents = scopes.iter().map(|scope| (s(*scope), association(RIVAL)));
    let scopes = scopes.iter().map(|scope| s(*scope)).collect();
    Event::BecameOfficial { scopes, by_acceptance, superseding: incumbents.collect() }
}

fn contested(scopes: &[u8]) -> Event {
    let scopes = scopes.iter().map(|scope| s(*scope)).collect();
    // Five business days from 11 May, which has begun in Prague when the window ends.
    Event::ReviewOpened {
        scopes,
        because: vec![FindingCode::CompetingClaim],
        due: at("2021-05-18T22:00:00Z"),
    }
}

// The timer.

#[test]
fn silence_until_the_deadline_makes_it_official() {
    let claim = given(awaiting()).at(DEADLINE).when(promote(1)).then([became_official(&[1], false)]);
    assert_eq!(claim.status(), Standing::Official);
    assert_eq!(claim.scopes[0].tenure().map(|tenure| tenure.since), Some(at(DEADLINE)));
    assert!(!claim.scopes[0].tenure().is_some_and(|tenure| tenure.accepted));
}

#[test]
fn a_timer_that_comes_early_changes_nothing() {
    given(awaiting()).at("2021-05-10T21:59:59.999Z").when(promote(1)).changes_nothing();
    given(awaiting()).at(TOLD).when(promote(1)).changes_nothing();
}

#[test]
fn a_timer_that_comes_late_still_counts() {
    given(awaiting()).at("2021-09-01T00:00:00Z").when(promote(1)).then([became_official(&[1], false)]);
}

#[test]
fn a_timer_that_comes_twice_changes_nothing_the_second_time() {
    given(official()).at(DEADLINE).when(promote(1)).changes_nothing();
    given(awaiting().does(WITHIN, accept(1))).at(DEADLINE).when(promote(1)).changes_nothing();
}

#[test]
fn the_timer_of_an_older_notice_changes_nothing() {
    let claim = awaiting().does(WITHIN, bounced(1)).does(WITHIN, submit());
    let claim = claim.does(WITHIN, prepare(2)).does(WITHIN, told(2));
    given(claim.clone()).at(AFTER).when(promote(1)).changes_nothing();
    given(claim).at("2021-05-13T22:00:00Z").when(promote(2)).then([became_official(&[1], false)]);
}

#[test]
fn a_timer_after_a_no_a_bounce_or_an_end_changes_nothing() {
    for command in [decline(), bounced(1), withdraw(), expire()] {
        let ended = awaiting().does(WITHIN, command);
        given(ended).at(AFTER).when(promote(1)).changes_nothing();
    }
}

#[test]
fn a_timer_before_the_customer_was_told_changes_nothing() {
    given(notifying_of(&body())).at(AFTER).when(promote(1)).changes_nothing();
}

#[test]
fn silence_about_one_scope_is_no_yes_to_another() {
    let no = decline_one(1);
    let claim = awaiting_of(&two_scopes()).does(WITHIN, no);
    let claim = given(claim).at(DEADLINE).when(promote(1)).then([became_official(&[2], false)]);
    assert_eq!(claim.scopes_in(Standing::Declined), [s(1)]);
}

// The slot.

#[test]
fn a_free_slot_is_taken_even_if_others_claim_it_too() {
    let claimed = slots([(teams(), slot_claimed_by(RIVAL, "key"))]);
    given(awaiting()).at(DEADLINE).when(promote(1).among(claimed)).then([became_official(&[1], false)]);
}

#[test]
fn the_incumbent_that_the_reviewer_knew_is_superseded_in_the_same_step() {
    let claim = challenger_of(&body(), held_by(RIVAL));
    given(claim.clone()).at(DEADLINE).when(promote(1).among(held_by(RIVAL))).then([superseding(&[1], false)]);
    let yes = Command::Accept { notice: n(1), scopes: these(&[1]) }.among(held_by(RIVAL));
    given(claim).at(WITHIN).when(yes).then([superseding(&[1], true)]);
}

#[test]
fn an_approval_alone_moves_no_record() {
    let outcome = given(under_review_of(&body())).at(REVIEWED).when(approve().among(held_by(RIVAL)));
    let [event] = outcome.events() else { panic!("{:?}", outcome.events()) };
    assert_eq!(domain::slot_changes(&under_review_of(&body()), event), []);
}

#[test]
fn an_incumbent_that_has_left_meanwhile_is_not_superseded() {
    let claim = challenger_of(&body(), held_by(RIVAL));
    given(claim).at(DEADLINE).when(promote(1)).then([became_official(&[1], false)]);
}

#[test]
fn a_holder_whom_nobody_compared_sends_the_claim_back_to_a_reviewer() {
    let claim = given(awaiting()).at(DEADLINE).when(promote(1).among(held_by(RIVAL))).then([contested(&[1])]);
    assert_eq!(claim.status(), Standing::UnderReview);
    given(challenger_of(&body(), held_by(RIVAL)))
        .at(DEADLINE)
        .when(promote(1).among(held_by(THIRD)))
        .then([contested(&[1])]);
}

#[test]
fn a_yes_does_not_take_the_slot_of_a_holder_whom_nobody_compared() {
    let yes = Command::Accept { notice: n(1), scopes: these(&[1]) }.among(held_by(THIRD));
    given(challenger_of(&body(), held_by(RIVAL))).at(WITHIN).when(yes).leads_to(Standing::UnderReview);
}

#[test]
fn after_the_second_review_the_customer_is_told_again() {
    let claim = awaiting().does(DEADLINE, promote(1).among(held_by(RIVAL)));
    let claim = claim.does(AFTER, approve().among(held_by(RIVAL)));
    assert_eq!((claim.status(), claim.scopes[0].notice), (Standing::Notifying, Some(n(2))));
    assert_eq!(claim.scopes[0].incumbent(), Some(&association(RIVAL)));
    given(claim).at("2021-06-01T00:00:00Z").when(promote(1)).changes_nothing();
}

#[test]
fn each_scope_goes_its_own_way() {
    // A rival held the second scope at the review; a third firm came to hold the first one during the window.
    let at_review = slots([(intune(), slot_held_by(RIVAL))]);
    let at_deadline = slots([(teams(), slot_held_by(THIRD)), (intune(), slot_held_by(RIVAL))]);
    let claim = challenger_of(&two_scopes(), at_review);
    let claim = given(claim)
        .at(DEADLINE)
        .when(promote(1).among(at_deadline))
        .then([superseding(&[2], false), contested(&[1])]);
    assert_eq!(claim.scopes_in(Standing::UnderReview), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::Official), [s(2)]);
    assert_eq!(claim.status(), Standing::UnderReview, "somebody has to look");
}

#[test]
fn one_scope_free_and_one_held_by_the_known_incumbent_are_taken_together() {
    let held = || slots([(intune(), slot_held_by(RIVAL))]);
    given(challenger_of(&two_scopes(), held())).at(DEADLINE).when(promote(1).among(held())).then([
        Event::BecameOfficial {
            scopes: vec![s(1), s(2)],
            by_acceptance: false,
            superseding: [(s(2), association(RIVAL))].into(),
        },
    ]);
}

// The incumbent's side.

#[test]
fn the_incumbent_ends_for_the_scopes_that_it_lost_only() {
    let by = claim_id(RIVAL, "key");
    let lost = Event::Superseded { scopes: vec![s(1)], by: by.clone() };
    let claim = given(official_of(&two_scopes()))
        .at(AFTER)
        .when(Command::Supersede { scopes: vec![s(1)], by })
        .then([lost]);
    assert_eq!(claim.scopes_in(Standing::Superseded), [s(1)]);
    assert_eq!(claim.scopes_in(Standing::Official), [s(2)]);
}

#[test]
fn what_has_ended_already_cannot_be_superseded() {
    given(official().does(AFTER, decline())).at(AFTER).when(supersede()).changes_nothing();
    given(official().does(AFTER, supersede())).at(AFTER).when(supersede()).changes_nothing();
    given(awaiting()).at(AFTER).when(supersede()).changes_nothing();
}

// What was checked is checked again when it takes effect.

/// What may have changed around a claim while its customer had time to answer, and what a reviewer is told of it.
fn changed_meanwhile() -> Vec<(Around, FindingCode)> {
    let tenant = |change: &dyn Fn(&mut domain::Tenant)| {
        let mut around = usual();
        change(around.tenant.as_mut().unwrap());
        around
    };
    let mut ended = usual();
    ended.partner.as_mut().unwrap().programs.clear();
    vec![
        (ended, FindingCode::PartnerNotEnrolled),
        (Around { partner: None, ..usual() }, FindingCode::PartnerNotEnrolled),
        (Around { tenant: None, ..usual() }, FindingCode::TenantUnknown),
        (
            tenant(&|tenant| tenant.domains = vec!["other.example".parse().unwrap()]),
            FindingCode::DomainTenantMismatch,
        ),
        (tenant(&|tenant| tenant.workloads.clear()), FindingCode::WorkloadNotInTenant),
    ]
}

#[test]
fn what_no_longer_holds_at_the_deadline_or_the_yes_goes_to_a_reviewer_instead_of_becoming_official() {
    for (around, code) in changed_meanwhile() {
        for (time, command) in [(DEADLINE, promote(1)), (WITHIN, accept(1))] {
            let asked = Asked { around: around.clone(), ..command.into() };
            let reviewed = given(awaiting()).at(time).when(asked).leads_to(Standing::UnderReview);
            assert_eq!(reviewed.because(), [code]);
        }
    }
}

#[test]
fn a_contact_whose_domain_the_tenant_has_lost_is_looked_at_and_one_that_a_reviewer_approved_outside_it_is_not()
 {
    let two_domains = with(body(), "/customer_contact/email", json!("jana@contoso.cz"));
    let mut known = usual();
    known.tenant.as_mut().unwrap().domains.push("contoso.cz".parse().unwrap());
    let submitted = draft_of(&two_domains).does(SUBMITTED, Asked { around: known, ..submit().into() });
    let told = submitted.does(PREPARED, prepare(1)).does(TOLD, told(1));
    let lost = given(told).at(DEADLINE).when(promote(1)).leads_to(Standing::UnderReview);
    assert_eq!(lost.because(), [FindingCode::ContactOutsideTenant]);
    let outside = with(body(), "/customer_contact/email", json!("jana@elsewhere.example"));
    let reviewed = draft_of(&outside).does(SUBMITTED, submit());
    assert_eq!(reviewed.because(), [FindingCode::ContactOutsideTenant]);
    let told = reviewed
        .does(REVIEWED, approve())
        .does(REVIEWED, prepare(1))
        .does(REVIEWED, crate::fixtures::told(1));
    given(told).at(AFTER).when(promote(1)).leads_to(Standing::Official);
}

#[test]
fn of_two_scopes_the_one_that_still_holds_becomes_official() {
    let mut around = usual();
    around.tenant.as_mut().unwrap().workloads.retain(|workload| workload.as_str() == "teams");
    let promoted =
        given(awaiting_of(&two_scopes())).at(DEADLINE).when(Asked { around, ..promote(1).into() }).after();
    assert_eq!(promoted.scopes_in(Standing::Official), [s(1)]);
    assert_eq!(promoted.scopes_in(Standing::UnderReview), [s(2)]);
}
