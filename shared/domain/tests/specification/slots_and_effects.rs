//! What a change does outside the claim: to slots, to mails and timers, to versions and times.

use domain::{
    Claim, Command, Effect, Event, FindingCode, MailState, PartnerNews, Policy, Recipient, SlotChange,
    Standing, apply, effects, evolve, slot_changes,
};
use serde_json::json;

use crate::driver::{Story, given};
use crate::fixtures::*;

// Slots.

/// The slot changes of a command on a claim for `teams` alone, each event seen from where the one before it led.
#[track_caller]
fn changes(claim: Claim, time: &str, asked: impl Into<Asked>) -> Vec<SlotChange> {
    let outcome = given(claim.clone()).at(time).when(asked);
    let mut now = claim;
    let mut changes = Vec::new();
    for event in outcome.events() {
        for (scope, change) in slot_changes(&now, event) {
            assert_eq!(scope, teams());
            changes.push(change);
        }
        now = apply(now, event, at(time));
    }
    changes
}

#[test]
fn a_claim_is_entered_when_it_is_submitted_and_not_before() {
    assert_eq!(slot_changes(&draft(), &Event::Created), []);
    for command in [submit().into(), submit_with(&[FindingCode::CompetingClaim])] {
        assert_eq!(changes(draft(), SUBMITTED, command), [SlotChange::Enter]);
    }
    assert_eq!(changes(draft(), SUBMITTED, withdraw()), [], "a draft was never entered");
}

#[test]
fn a_claim_stays_entered_while_it_is_open() {
    for (standing, command) in [
        (Standing::UnderReview, approve()),
        (Standing::UnderReview, ask(&[1])),
        (Standing::Notifying, prepare(1)),
        (Standing::Notifying, told(1)),
        (Standing::Notifying, bounced(1)),
        (Standing::AwaitingCustomer, remind(1)),
        (Standing::AwaitingCustomer, bounced(1)),
        (Standing::Disputed, approve()),
    ] {
        assert_eq!(changes(brought_to(standing), WITHIN, command), [], "{standing}");
    }
}

#[test]
fn a_claim_leaves_when_it_ends_before_it_is_official() {
    for (standing, command) in [
        (Standing::UnderReview, reject(&[1])),
        (Standing::UnderReview, withdraw()),
        (Standing::ActionRequired, withdraw()),
        (Standing::AwaitingCustomer, decline()),
        (Standing::AwaitingCustomer, withdraw()),
        (Standing::AwaitingCustomer, expire()),
        (Standing::Disputed, reject(&[1])),
    ] {
        assert_eq!(changes(brought_to(standing), WITHIN, command), [SlotChange::Leave], "{standing}");
    }
    let lapsed = changes(action_required_of(&body()), "2021-06-01T00:00:00Z", Command::Lapse);
    assert_eq!(lapsed, [SlotChange::Leave]);
    // The customer's no finds the claim with the partner, or with a reviewer.
    let disputed = contested_claim().does(AFTER, reject(&[1])).does(AFTER, dispute());
    for claim in [bounced_of(&body()), contested_claim(), disputed] {
        assert_eq!(changes(claim, AFTER, decline()), [SlotChange::Leave]);
    }
}

#[test]
fn the_slot_is_taken_from_nobody_or_from_whom_the_approval_knew() {
    assert_eq!(changes(awaiting(), DEADLINE, promote(1)), [SlotChange::Take(None)]);
    assert_eq!(changes(awaiting(), WITHIN, accept(1)), [SlotChange::Take(None)]);
    let held = || slots([(teams(), slot_held_by(RIVAL))]);
    let claim = under_review_of(&body()).does(REVIEWED, approve().among(held()));
    let claim = claim.does(REVIEWED, prepare(1)).does(REVIEWED, told(1));
    let taken = [SlotChange::Take(Some(association(RIVAL)))];
    assert_eq!(changes(claim, "2021-05-12T00:00:00Z", promote(1).among(held())), taken);
}

#[test]
fn a_contested_promotion_leaves_the_slot_to_its_holder() {
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    assert_eq!(changes(awaiting(), DEADLINE, promote(1).among(held)), []);
}

#[test]
fn an_association_that_ends_gives_its_slot_back() {
    for command in [decline(), disassociate(), expire()] {
        assert_eq!(changes(official(), AFTER, command), [SlotChange::Release]);
    }
}

#[test]
fn a_superseded_association_leaves_the_slot_to_the_one_who_takes_it() {
    assert_eq!(changes(official(), AFTER, supersede()), []);
}

#[test]
fn an_association_whose_notice_came_back_gives_its_slot_back_and_stays_entered() {
    assert_eq!(changes(official(), AFTER, bounced(1)), [SlotChange::Reopen]);
    let with_second = official_of(&with_second_contact(body()));
    assert_eq!(changes(with_second, AFTER, bounced(1)), [SlotChange::Reopen]);
}

#[test]
fn a_claim_that_opens_again_is_entered_again() {
    assert_eq!(changes(brought_to(Standing::Rejected), WITHIN, dispute()), [SlotChange::Enter]);
    assert_eq!(changes(brought_to(Standing::Declined), WITHIN, undo(1)), [SlotChange::Enter]);
    for body in [body(), with_second_contact(body())] {
        let declined = awaiting_of(&body).does(REVIEWED, decline()).does(REVIEWED, bounced(1));
        assert_eq!(changes(declined, WITHIN, undo(1)), [SlotChange::Enter]);
    }
    // Entering twice is entering once: a claim that was sent back has never left.
    assert_eq!(changes(action_required_of(&body()), WITHIN, submit()), [SlotChange::Enter]);
}

#[test]
fn an_edit_strikes_out_the_scopes_that_it_drops_once_they_were_entered() {
    let dropped = with(two_scopes(), "/scopes", json!([{ "workload": "intune" }]));
    assert_eq!(changes(action_required_of(&two_scopes()), WITHIN, edit(&dropped)), [SlotChange::Leave]);
    assert_eq!(changes(draft_of(&two_scopes()), WITHIN, edit(&dropped)), []);
}

#[test]
fn what_an_edit_adds_is_entered_when_it_is_submitted_and_has_nothing_to_leave_before() {
    let of = |claim: &Claim, command: Command| {
        let events = given(claim.clone()).at(WITHIN).when(command).events().to_vec();
        events.iter().flat_map(|event| slot_changes(claim, event)).collect::<Vec<_>>()
    };
    for claim in [action_required_of(&body()), bounced_of(&body())] {
        assert_eq!(of(&claim, edit(&two_scopes())), []);
        let added = claim.does(WITHIN, edit(&two_scopes()));
        assert_eq!(of(&added, edit(&body())), []);
        assert_eq!(of(&added, withdraw_one(2)), []);
        assert_eq!(of(&added, submit()), [(teams(), SlotChange::Enter), (intune(), SlotChange::Enter)]);
    }
    let one = || scopes_named(&["intune"]);
    assert_eq!(of(&action_required_of(&body()), edit(&one())), [(teams(), SlotChange::Leave)]);
    assert_eq!(of(&draft(), edit(&two_scopes())), []);
    assert_eq!(of(&draft(), edit(&one())), []);
    // A scope that was discarded before the submit has never been entered, and stays as it is.
    let claim = draft_of(&two_scopes()).does(SUBMITTED, withdraw_one(1));
    assert_eq!(of(&claim, edit(&scopes_named(&["teams", "intune", "exchange"]))), []);
}

// Effects.

/// What follows from a command, in short: the effects' names, `tell` with what about.
#[track_caller]
fn follows(claim: Claim, time: &str, command: impl Into<Asked>) -> Vec<String> {
    let outcome = given(claim).at(time).when(command);
    let all = outcome.events().iter().flat_map(effects);
    all.map(|effect| match effect {
        Effect::NotifyCustomer { notice } => format!("notice {notice}"),
        Effect::AwaitCustomer { scopes } => format!("window {}", scopes.len()),
        Effect::AwaitPartner { due } => format!("timer {}", due.format("%F")),
        Effect::TellPartner { about, scopes, .. } => format!("tell {about} {}", scopes.len()),
        Effect::TellIncumbent { association } => format!("incumbent {}", association.scope()),
    })
    .collect()
}

#[test]
fn every_turn_that_matters_is_told_to_whom_it_matters() {
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let second = || awaiting_of(&with_second_contact(body()));
    let lapse = "2021-06-01T00:00:00Z";
    let nothing: [&str; 0] = [];
    for (claim, time, command, expected) in [
        (draft(), SUBMITTED, submit().into(), &["notice 1"][..]),
        (draft(), SUBMITTED, submit_with(&[FindingCode::CompetingClaim]), &["tell under_review 1"]),
        (under_review_of(&body()), REVIEWED, approve().among(held), &["notice 1", "incumbent s1"]),
        (
            under_review_of(&body()),
            REVIEWED,
            ask(&[1]).into(),
            &["timer 2021-05-24", "tell action_required 1"],
        ),
        (under_review_of(&body()), REVIEWED, reject(&[1]).into(), &["tell rejected 1"]),
        (action_required_of(&body()), lapse, Command::Lapse.into(), &["tell rejected 1"]),
        (brought_to(Standing::Disputed), WITHIN, reject(&[1]).into(), &["tell rejected_final 1"]),
        (brought_to(Standing::Rejected), WITHIN, dispute().into(), &nothing),
        (notifying_of(&body()), PREPARED, prepare(1).into(), &nothing),
        (notifying_of(&body()), TOLD, told(1).into(), &["tell notice_sent 1"]),
        (awaiting(), WITHIN, remind(1).into(), &nothing),
        (awaiting(), WITHIN, bounced(1).into(), &["timer 2021-05-26", "tell action_required 1"]),
        (second(), WITHIN, bounced(1).into(), &["notice 2"]),
        (awaiting(), WITHIN, accept(1).into(), &["tell official 1"]),
        (awaiting(), DEADLINE, promote(1).into(), &["tell official 1"]),
        (awaiting(), WITHIN, decline().into(), &["tell declined 1"]),
        (brought_to(Standing::Declined), WITHIN, undo(1).into(), &["window 1", "tell decline_undone 1"]),
        (official(), AFTER, supersede().into(), &["tell superseded 1"]),
        (official(), AFTER, expire().into(), &["tell expired 1"]),
        (official(), AFTER, disassociate().into(), &["tell disassociated 1"]),
        (awaiting_of(&two_scopes()), WITHIN, withdraw().into(), &["tell withdrawn 2"]),
        (official(), AFTER, comment().into(), &nothing),
    ] {
        let told = format!("{:?}", command.command);
        assert_eq!(follows(claim, time, command), expected, "{told}");
    }
}

#[test]
fn the_customers_words_reach_the_partner() {
    let why = Some(remark("Another firm does this for us."));
    let event = Event::Declined { scopes: vec![s(1)], by: Some(contact(1)), reason: why.clone() };
    assert_eq!(
        effects(&event),
        [Effect::TellPartner { about: PartnerNews::Declined, scopes: vec![s(1)], remark: why }]
    );
}

// Versions and times.

#[test]
fn whatever_happens_at_once_is_one_version() {
    assert_eq!(draft().version, 1);
    let outcome = given(draft()).at(SUBMITTED).when(submit());
    assert_eq!((outcome.events().len(), outcome.after().version), (2, 2));
    assert_eq!(given(awaiting()).at(WITHIN).when(bounced(1)).after().version, awaiting().version + 1);
}

#[test]
fn what_changes_nothing_is_no_version() {
    for standing in Standing::ALL {
        let claim = brought_to(*standing);
        assert_eq!(evolve(&claim, &[], at(AFTER)), claim, "{standing}");
    }
}

#[test]
fn every_recorded_change_sets_the_time_of_the_last_change() {
    let claim = evolve(&draft(), &[Event::Commented { text: remark("Any news?") }], at(AFTER));
    assert_eq!((claim.version, claim.updated_at, claim.created_at), (2, at(AFTER), at(CREATED)));
}

#[test]
fn what_people_do_not_read_in_the_history_bumps_the_version_and_not_the_time_of_the_last_change() {
    let claim = awaiting();
    for (event, recorded) in [
        (Event::NoticePrepared { notice: n(1), deadline: at(DEADLINE), links: Vec::new() }, false),
        (Event::Reminded { notice: n(1), links: Vec::new() }, false),
        (Event::MailFailed { notice: n(1), links: Vec::new() }, false),
        (
            Event::MailReported { notice: n(1), to: Recipient::CustomerContact, mail: MailState::Delivered },
            false,
        ),
        (Event::MailBounced { notice: n(1), to: Recipient::CustomerContact }, true),
        (Event::CustomerTold { notice: n(1), scopes: vec![s(1)], deadline: at(DEADLINE) }, true),
    ] {
        assert_eq!(event.is_recorded(), recorded, "{event:?}");
        let after = evolve(&claim, std::slice::from_ref(&event), at(WITHIN));
        assert_eq!(after.version, claim.version + 1);
        assert_eq!(after.updated_at == at(WITHIN), recorded, "{event:?}");
    }
}

#[test]
fn a_closed_claim_and_a_draft_are_kept_as_long_as_the_policy_says_and_an_open_one_for_ever() {
    let policy = Policy::default();
    for standing in Standing::ALL {
        let claim = brought_to(*standing);
        let idle = standing.is_closed() || *standing == Standing::Draft;
        assert_eq!(claim.expires_at(&policy).is_some(), idle, "{standing}");
    }
    for standing in [Standing::Declined, Standing::Draft] {
        let claim = brought_to(standing);
        assert_eq!(claim.expires_at(&policy), Some(claim.updated_at + policy.retention), "{standing}");
    }
    let discarded = draft_of(&two_scopes()).does(SUBMITTED, withdraw_one(1));
    assert_eq!(discarded.expires_at(&policy), Some(at(SUBMITTED) + policy.retention));
    let half_open = awaiting_of(&two_scopes()).does(WITHIN, withdraw_one(1));
    assert_eq!(half_open.expires_at(&policy), None);
    let rejected = brought_to(Standing::Rejected);
    assert_eq!(rejected.expires_at(&policy), rejected.dispute_until().map(|until| until + policy.retention));
}

#[test]
fn a_claim_reads_back_as_it_was_stored() {
    for standing in Standing::ALL {
        let claim = brought_to(*standing);
        let stored = serde_json::to_value(&claim).unwrap();
        assert_eq!(serde_json::from_value::<Claim>(stored).unwrap(), claim, "{standing}");
    }
}
