//! What a partner may do with its claim, and when.

use domain::{Command, Event, ReasonCode, Rejection, Standing};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

// Edits.

#[test]
fn a_draft_is_edited_in_place() {
    let renamed = with(body(), "/name", json!("Teams, spring"));
    let edited =
        Event::Edited { before: Box::new(draft().submission()), now: Box::new(with_draft(&renamed)) };
    let claim = given(draft()).at(SUBMITTED).when(edit(&renamed)).then([edited]);
    assert_eq!(claim.details.name.as_str(), "Teams, spring");
}

/// The submission of a body as the history of a draft shows it.
fn with_draft(body: &serde_json::Value) -> domain::Submission {
    submission(&with(body.clone(), "/draft", json!(true)))
}

#[test]
fn an_edit_that_changes_nothing_changes_nothing() {
    given(draft()).when(edit(&body())).changes_nothing();
    given(draft()).when(edit(&with(body(), "/draft", json!(true)))).changes_nothing();
    given(action_required_of(&body())).when(edit(&body())).changes_nothing();
}

#[test]
fn what_was_asked_for_is_mended_by_an_edit_and_a_submit() {
    let asked = action_required_of(&body());
    let claim = given(asked).at(WITHIN).when(edit(&proven(body()))).leads_to(Standing::ActionRequired);
    assert!(!claim.scopes[0].reasons().is_empty(), "what is asked for stays visible until the submit");
    given(claim).at(WITHIN).when(submit()).leads_to(Standing::UnderReview);
}

#[test]
fn an_edit_gives_no_more_time_to_answer() {
    let asked = action_required_of(&body());
    assert_eq!(asked.clone().does(WITHIN, edit(&proven(body()))).action_due(), asked.action_due());
}

#[test]
fn a_claim_that_others_decide_on_or_have_decided_cannot_be_edited() {
    let renamed = with(body(), "/name", json!("Teams, spring"));
    for standing in Standing::ALL {
        if !matches!(standing, Standing::Draft | Standing::ActionRequired) {
            given(brought_to(*standing)).when(edit(&renamed)).rejects("not_in_this_status");
        }
    }
}

#[test]
fn a_claim_stays_with_its_partner() {
    let stolen = with(body(), "/partner_id", json!(RIVAL));
    given(draft()).when(edit(&stolen)).rejects("partner_id_not_yours");
    given(action_required_of(&body())).when(edit(&stolen)).rejects("partner_id_not_yours");
}

#[test]
fn a_claim_that_was_submitted_stays_with_its_tenant_its_programme_and_its_activity() {
    let tenant = with(body(), "/tenant_id", json!("9f2d1a0e-0000-4000-8000-5c1f0f2a9a11"));
    let program = with(body(), "/program", json!("osu_business_apps"));
    let activity = with(body(), "/activity", json!("sell"));
    for (name, moved) in [("tenant_id", tenant), ("program", program), ("activity", activity)] {
        let submitted = given(action_required_of(&body())).at(WITHIN).when(edit(&moved));
        assert_eq!(submitted.rejects("fixed_after_submit"), Rejection::Fixed(name));
        given(bounced_of(&body())).at(WITHIN).when(edit(&moved)).rejects("fixed_after_submit");
        given(draft()).when(edit(&moved)).leads_to(Standing::Draft);
    }
}

#[test]
fn everything_else_that_a_partner_states_can_be_mended_after_a_submit() {
    let mut other = with_second_contact(proven(corrected(body())));
    for (pointer, value) in [
        ("/name", "Teams, spring"),
        ("/domain", "contoso.cz"),
        ("/comment", "The statement was signed anew."),
        ("/partner_contact/email", "pavel@partner.example"),
    ] {
        other = with(other, pointer, json!(value));
    }
    let claim = action_required_of(&body()).does(WITHIN, edit(&other));
    assert_eq!(claim.details, submission(&other).details);
}

#[test]
fn what_is_asked_about_one_scope_can_be_given_though_others_have_gone_elsewhere() {
    let told = || awaiting_of(&two_scopes());
    for (standing, claim) in [
        (Standing::Withdrawn, told().does(WITHIN, withdraw_one(1)).does(WITHIN, bounced(1))),
        (Standing::Declined, told().does(WITHIN, decline_one(1)).does(WITHIN, bounced(1))),
        (Standing::Official, told().does(WITHIN, accept_one(1, 1)).does(WITHIN, bounced(1))),
        (Standing::UnderReview, under_review_of(&two_scopes()).does(WITHIN, ask(&[2]))),
    ] {
        assert_eq!((claim.status(), claim.scopes_in(standing)), (Standing::ActionRequired, vec![s(1)]));
        let given = || given(claim.clone()).at(WITHIN);
        let answer = corrected(proven(two_scopes()));
        let after = given().when(edit(&answer)).leads_to(Standing::ActionRequired);
        assert_eq!(after.scopes, claim.scopes, "{standing}: an edit moves no scope");
        let moved = with(two_scopes(), "/tenant_id", json!("9f2d1a0e-0000-4000-8000-5c1f0f2a9a11"));
        given().when(edit(&moved)).rejects("fixed_after_submit");
        // What has been decided stays, and the rest may change.
        let dropped = given().when(edit(&scopes_named(&["intune"]))).rejects("not_in_this_status");
        assert!(
            matches!(dropped, Rejection::NotInThisStatus { found, .. } if found == standing),
            "{dropped}"
        );
        if claim.latest_notice().is_some() {
            given().when(edit(&scopes_named(&["teams", "exchange"]))).rejects("customer_was_told");
            continue;
        }
        let after =
            given().when(edit(&scopes_named(&["teams", "exchange"]))).leads_to(Standing::ActionRequired);
        assert_eq!((after.scope(s(1)), after.scope(s(2))), (claim.scope(s(1)), None), "{standing}");
        assert_eq!(after.scope(s(3)).unwrap().standing(), Standing::ActionRequired, "{standing}");
    }
}

#[test]
fn a_draft_of_which_one_scope_was_discarded_is_a_draft() {
    let claim = draft_of(&two_scopes()).does(SUBMITTED, withdraw_one(1));
    let claim = claim.does(SUBMITTED, edit(&scopes_named(&["teams", "intune", "exchange"])));
    assert_eq!(claim.scopes_in(Standing::Draft), [s(2), s(3)]);
    given(claim).when(edit(&scopes_named(&["intune"]))).rejects("not_in_this_status");
}

#[test]
fn a_scope_that_an_edit_adds_to_what_was_asked_is_submitted_with_it() {
    let claim = action_required_of(&body()).does(WITHIN, edit(&two_scopes()));
    assert_eq!(claim.scopes_in(Standing::ActionRequired), [s(1), s(2)]);
    let claim = claim.does(WITHIN, submit());
    assert_eq!(claim.scopes_in(Standing::UnderReview), [s(1), s(2)]);
}

#[test]
fn scopes_have_numbers_of_their_own_until_the_numbers_run_out() {
    let mut claim = draft_of(&two_scopes());
    let mut numbers = vec![1, 2];
    for n in 0.. {
        let turned = scopes_named(&[&format!("a{n}"), &format!("b{n}")]);
        let outcome = given(claim.clone()).when(edit(&turned));
        if numbers.len() == 254 {
            outcome.rejects("scopes_exhausted");
            break;
        }
        claim = outcome.after();
        numbers.extend(claim.scopes.iter().map(|scope| scope.id.number()));
    }
    assert_eq!(numbers, (1..=254).collect::<Vec<_>>());
    given(claim.clone()).when(edit(&scopes_named(&["a125", "b125", "c"]))).rejects("scopes_exhausted");
    // What needs no number is possible still.
    given(claim).when(edit(&scopes_named(&["a125"]))).leads_to(Standing::Draft);
}

#[test]
fn a_scope_that_an_edit_keeps_keeps_its_number_and_a_number_is_never_used_again() {
    let claim = draft_of(&two_scopes())
        .does(SUBMITTED, edit(&with(two_scopes(), "/scopes", json!([{ "workload": "intune" }]))));
    assert_eq!(claim.scopes.iter().map(|scope| scope.id).collect::<Vec<_>>(), [s(2)]);
    let claim = claim.does(SUBMITTED, edit(&two_scopes()));
    let numbered: Vec<_> = claim.scopes.iter().map(|scope| (scope.id, scope.scope.clone())).collect();
    assert_eq!(numbered, [(s(2), intune()), (s(3), teams())]);
}

#[test]
fn the_order_of_the_scopes_in_an_edit_does_not_renumber_them() {
    let turned = with(two_scopes(), "/scopes", json!([{ "workload": "intune" }, { "workload": "teams" }]));
    let claim = draft_of(&two_scopes()).does(SUBMITTED, edit(&turned));
    assert_eq!(claim.scope(s(1)).unwrap().scope, teams());
}

// Taking back.

#[test]
fn a_partner_takes_back_what_is_not_official_with_its_own_request_as_the_reason() {
    let why = Some(remark("The customer asked us to wait."));
    let taken_back = Event::Withdrawn { scopes: vec![s(1)], reason: why.clone() };
    let command = Command::Withdraw { scopes: these(&[1]), reason: why.clone() };
    let claim = given(awaiting()).at(WITHIN).when(command).then([taken_back]);
    let [reason] = &*claim.scopes[0].reasons() else { panic!("{:?}", claim.scopes[0].reasons()) };
    assert_eq!((reason.code, &reason.detail), (ReasonCode::PartnerRequest, &why));
}

#[test]
fn what_is_official_is_not_withdrawn_but_ended() {
    given(official()).at(AFTER).when(withdraw()).rejects("not_in_this_status");
    let ended = Event::Disassociated { scopes: vec![s(1)], reason: remark("The contract has ended.") };
    let claim = given(official()).at(AFTER).when(disassociate()).then([ended]);
    assert_eq!(claim.scopes[0].reasons()[0].detail, Some(remark("The contract has ended.")));
}

#[test]
fn a_partner_takes_back_or_ends_scopes_one_by_one() {
    let claim =
        awaiting_of(&two_scopes()).does(WITHIN, Command::Withdraw { scopes: these(&[2]), reason: None });
    let claim = claim.does(DEADLINE, promote(1));
    assert_eq!(claim.scopes_in(Standing::Official), [s(1)]);
    given(claim.clone())
        .when(Command::Withdraw { scopes: these(&[1, 2]), reason: None })
        .rejects("not_in_this_status");
    given(claim.clone())
        .when(Command::Withdraw { scopes: these(&[3]), reason: None })
        .rejects("unknown_scope");
    let both = Command::Disassociate { scopes: these(&[1, 2]), reason: remark("Over.") };
    given(claim).when(both).rejects("not_in_this_status");
}

#[test]
fn all_means_all_that_can_be_so_that_the_rest_stays() {
    let yes = Command::Accept { notice: n(1), scopes: these(&[1]) };
    let claim = awaiting_of(&two_scopes()).does(WITHIN, yes);
    let claim = given(claim)
        .at(WITHIN)
        .when(withdraw())
        .then([Event::Withdrawn { scopes: vec![s(2)], reason: None }]);
    assert_eq!(claim.status(), Standing::Official);
}

#[test]
fn a_repeated_withdrawal_is_told_where_the_claim_is() {
    given(brought_to(Standing::Withdrawn)).when(withdraw()).rejects("not_in_this_status");
    given(brought_to(Standing::Disassociated)).when(disassociate()).rejects("not_in_this_status");
}

#[test]
fn a_comment_changes_no_standing_and_no_time() {
    for standing in Standing::ALL {
        let claim = brought_to(*standing);
        let after = given(claim.clone()).at(AFTER).when(comment()).leads_to(*standing);
        assert_eq!(
            (after.review_due(), after.action_due()),
            (claim.review_due(), claim.action_due()),
            "{standing}"
        );
        assert_eq!(
            (after.deadline(), after.dispute_until()),
            (claim.deadline(), claim.dispute_until()),
            "{standing}"
        );
    }
}

// The end of a subscription, which nobody asks for.

#[test]
fn the_end_of_a_subscription_ends_the_scopes_on_it_only() {
    let claim = official_of(&two_scopes());
    let claim = given(claim).at(AFTER).when(expire()).then([Event::Expired { scopes: vec![s(1)] }]);
    assert_eq!(claim.scopes_in(Standing::Official), [s(2)]);
    given(claim).at(AFTER).when(expire()).changes_nothing();
}

// The claim's own status, which people see first.

#[test]
fn the_status_of_a_claim_is_that_of_the_scope_that_most_needs_somebody() {
    let claim = under_review_of(&two_scopes()).does(REVIEWED, ask(&[1]));
    assert_eq!(claim.status(), Standing::ActionRequired, "the other is under review");
    let claim = claim.does(REVIEWED, approve());
    assert_eq!(claim.status(), Standing::ActionRequired, "the other is being told");
    let claim = claim.does(WITHIN, withdraw_one(1));
    assert_eq!(claim.status(), Standing::Notifying, "the other is withdrawn");
    let claim = claim.does(WITHIN, prepare(1)).does(WITHIN, accept(1));
    assert_eq!(claim.status(), Standing::Official);
    assert_eq!(claim.does(AFTER, decline()).status(), Standing::Declined);
}
