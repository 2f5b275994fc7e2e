//! What the programme's rules ask for and the domain does not do yet.
//!
//! Each test states the rule and fails; `cargo test -p domain -- --ignored` shows where they stand. One that is settled
//! moves to its subject, with or without a change of the rule.

use domain::{
    AssociationId, Command, Event, FindingCode, Holder, ReasonCode, SlotChange, Standing, Submission,
    Surroundings, check, decide, slot_changes,
};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

#[test]
#[ignore = "a check takes the claim's own association for another claim's"]
fn a_scope_can_be_submitted_again_while_another_of_the_same_claim_is_official() {
    let claim = awaiting_of(&two_scopes())
        .does(WITHIN, Command::Accept { notice: 1, scopes: these(&[1]), slots: slots([]) });
    let claim = claim.does(WITHIN, bounced(1));
    assert_eq!(claim.scopes_in(Standing::ActionRequired), [s(2)]);
    let mut mine = slot_held_by(ME);
    mine.holder =
        mine.holder.map(|holder| Holder { association: AssociationId::of(&claim.id, s(1)), ..holder });
    let around = Surroundings { slots: slots([(teams(), mine)]), ..surroundings() };
    let policy = domain::Policy::default();
    let found = check(&claim.submission(), &claim.id, &around, &policy, at(WITHIN));
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), []);
}

#[test]
#[ignore = "an edit may move a claim that was submitted to another tenant, and leaves its entry in the old slot"]
fn a_claim_that_was_submitted_stays_with_its_tenant() {
    let moved = with(body(), "/tenant_id", json!("9f2d1a0e-0000-4000-8000-5c1f0f2a9a11"));
    let claim = action_required_of(&body());
    let result = decide(&claim, &edit(&moved), &domain::Policy::default(), at(WITHIN));
    assert!(result.is_err(), "{result:?}");
}

#[test]
#[ignore = "a no is refused while the claim is back with the partner or a reviewer"]
fn a_no_by_a_link_that_left_counts_wherever_the_claim_has_gone_since() {
    let bounced = awaiting().does(WITHIN, bounced(1));
    given(bounced).at(WITHIN).when(decline()).leads_to(Standing::Declined);
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let contested = awaiting().does(DEADLINE, promote_into(1, held));
    given(contested).at(AFTER).when(decline()).leads_to(Standing::Declined);
}

#[test]
#[ignore = "an edit is refused when any scope is beyond it, even one that is closed"]
fn a_contact_can_be_corrected_though_another_scope_is_closed_or_official() {
    let mended = with(two_scopes(), "/customer_contact/email", json!("jana.novakova@contoso.com"));
    for command in [
        Command::Withdraw { scopes: these(&[1]), reason: None },
        Command::Accept { notice: 1, scopes: these(&[1]), slots: slots([]) },
    ] {
        let claim = awaiting_of(&two_scopes()).does(WITHIN, command).does(WITHIN, bounced(1));
        assert_eq!(claim.status(), Standing::ActionRequired);
        given(claim).at(WITHIN).when(edit(&mended)).leads_to(Standing::ActionRequired);
    }
}

#[test]
#[ignore = "an edit is refused while another scope is under review"]
fn what_is_asked_about_one_scope_can_be_given_while_another_is_reviewed() {
    let mended = with(two_scopes(), "/evidence/0/reference", json!("C-18"));
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[1]));
    given(claim).at(WITHIN).when(edit(&mended)).leads_to(Standing::ActionRequired);
}

#[test]
#[ignore = "an answer to a reviewer's question is approved by rule when the checks find nothing"]
fn an_answer_to_a_reviewers_question_goes_back_to_a_reviewer() {
    let asked = brought_to(Standing::Disputed).does(WITHIN, ask(&[1]));
    given(asked).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
}

#[test]
#[ignore = "after a question, a dispute that is lost ends in a refusal that promises another dispute"]
fn a_dispute_that_is_lost_after_a_question_is_lost_for_good() {
    let asked = brought_to(Standing::Disputed).does(WITHIN, ask(&[1]));
    let lapsed = asked.clone().does("2021-07-01T00:00:00Z", Command::Lapse);
    assert_eq!(lapsed.status(), Standing::RejectedFinal);
    let answered = asked.does(WITHIN, submit_with(&[FindingCode::CompetingClaim]));
    given(answered).at(WITHIN).when(reject(&[1])).leads_to(Standing::RejectedFinal);
}

#[test]
#[ignore = "silence counts on a notice whose mail came back between a no and its being taken back"]
fn a_notice_that_came_back_makes_nothing_official_though_a_no_to_it_was_taken_back() {
    let claim = awaiting().does(REVIEWED, decline()).does(REVIEWED, bounced(1));
    let Ok(events) = decide(&claim, &undo(1), &domain::Policy::default(), at(WITHIN)) else { return };
    let claim = domain::evolve(&claim, &events, at(WITHIN));
    given(claim).at(DEADLINE).when(promote(1)).changes_nothing();
}

#[test]
#[ignore = "a no taken back keeps the yes before it"]
fn a_no_taken_back_leaves_nothing_of_the_association_before_it() {
    let claim = awaiting().does(WITHIN, accept(1)).does(WITHIN, decline()).does(WITHIN, undo(1));
    assert_eq!((claim.scopes[0].accepted, claim.scopes[0].official_since), (false, None));
}

#[test]
#[ignore = "a scope added to a claim that was sent back is not entered before the next submit"]
fn a_scope_added_by_an_edit_is_entered_like_the_others() {
    let before = Box::new(action_required_of(&body()).submission());
    let edited = Event::Edited { before, now: Box::new(submission(&two_scopes())) };
    let changes = slot_changes(&action_required_of(&body()), &edited);
    assert_eq!(changes, [(intune(), SlotChange::Enter)]);
}

#[test]
#[ignore = "after 254 edits two scopes share one number"]
fn scopes_have_numbers_of_their_own_however_often_a_claim_is_edited() {
    let turn = |n: u8| {
        with(
            two_scopes(),
            "/scopes",
            json!([{ "workload": format!("a{n}") }, { "workload": format!("b{n}") }]),
        )
    };
    let mut claim = draft_of(&two_scopes());
    for n in 0..130 {
        // Refusing one edit too many is an answer as well.
        let Ok(events) = decide(&claim, &edit(&turn(n)), &domain::Policy::default(), at(SUBMITTED)) else {
            return;
        };
        claim = domain::evolve(&claim, &events, at(SUBMITTED));
        assert_ne!(claim.scopes[0].id, claim.scopes[1].id, "edit {n}");
    }
}

#[test]
#[ignore = "today is read on the country's westernmost clock, where it may still be yesterday"]
fn evidence_signed_today_somewhere_in_the_country_is_not_of_the_future() {
    let mut body = with(body(), "/customer_contact/country", json!("US"));
    body["customer_contact"].as_object_mut().unwrap().remove("time_zone");
    // Four in the morning of 3 May in New York, still 2 May in Honolulu.
    let body = with(body, "/evidence/0/signed_on", json!("2021-05-03"));
    let policy = domain::Policy::default();
    let found =
        check(&submission(&body), &claim_id(ME, "key"), &surroundings(), &policy, at("2021-05-03T08:00:00Z"));
    assert_eq!(found, []);
}

#[test]
#[ignore = "a claim that is rejected for its evidence cannot be given other evidence"]
fn what_cures_a_refusal_can_be_done() {
    assert!(ReasonCode::MissingPoe.cure().starts_with("Add a proof of execution"));
    let mended = with(body(), "/evidence/0/reference", json!("C-18"));
    let disputed = brought_to(Standing::Disputed);
    given(disputed).at(WITHIN).when(edit(&mended)).leads_to(Standing::Disputed);
}

#[test]
#[ignore = "a body that is no object is said to lack its scopes as well"]
fn a_body_that_is_no_object_is_one_error() {
    assert_eq!(Submission::parse(&json!([])).unwrap_err().len(), 1);
}
