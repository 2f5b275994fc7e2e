//! Races of handlers over the real adapters: both start at once, a thousand times, and whoever wins, what holds is held.

use std::collections::BTreeMap;

use domain::{Claim, Standing};
use serde_json::json;

use crate::bench::{Bench, OURS, Step, THEIRS, claim_of};

/// Rounds of each race: `RACE_ROUNDS`, or a few.
fn rounds() -> usize {
    std::env::var("RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// A claim's first scope.
fn standing(claim: &Option<Claim>) -> &'static str {
    claim.as_ref().and_then(|claim| claim.scopes.first()).map_or("-", |scope| scope.standing().code())
}

/// Runs two steps at once, on a bench that was brought so far, and says what came of it.
async fn race(name: &str, before: &[Step], first: &Step, second: &Step) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    for round in 0..rounds() {
        let bench = Bench::start().await;
        for step in before {
            let status = bench.perform(step).await.unwrap();
            assert!(status < 300, "{step:?} is to succeed, and answers {status}");
        }
        let (one, other) = if round % 2 == 0 {
            tokio::join!(bench.perform(first), bench.perform(second))
        } else {
            let (other, one) = tokio::join!(bench.perform(second), bench.perform(first));
            (one, other)
        };
        let (one, other) = (one.unwrap(), other.unwrap());
        let (ours, theirs) = (bench.claim(OURS, "a").await, bench.claim(THEIRS, "a").await);
        let holder =
            bench.slot("workload:teams").await.holder.map(|holder| holder.association.claim().clone());
        for (partner, claim) in [(OURS, &ours), (THEIRS, &theirs)] {
            let official = standing(claim) == Standing::Official.code();
            let holds = holder == Some(claim_of(partner, "a"));
            assert_eq!(
                official, holds,
                "{name}, round {round}: who is official holds the slot, and nobody else"
            );
        }
        let came = format!("{one}/{other}: {}, {}", standing(&ours), standing(&theirs));
        *outcomes.entry(came).or_default() += 1;
    }
    // In one piece: other races print at the same time.
    let lines: Vec<_> = outcomes.iter().map(|(came, count)| format!("\n  {count:>5}  {came}")).collect();
    println!("{name}{}", lines.concat());
    outcomes
}

fn told(partner: &'static str) -> Vec<Step> {
    let mut steps = vec![Step::Create(partner, "a", &["teams"])];
    if partner == OURS {
        steps.push(Step::Link(1));
    }
    steps.push(Step::Stream(partner, "a"));
    steps
}

const WEEK: Step = Step::Wait(8 * 24);
const DEADLINE: Step = Step::Timer("deadline", OURS, "a", 1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_against_the_deadline_always_wins() {
    let before = [told(OURS), vec![WEEK]].concat();
    let outcomes = race("decline against promote", &before, &Step::Customer("decline"), &DEADLINE).await;
    assert!(outcomes.keys().all(|came| came.contains("200/200: declined")), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_promotions_for_one_slot_one_takes_it_and_a_reviewer_gets_the_other() {
    // Both approved while nobody held the scope.
    let before = [
        vec![Step::Create(OURS, "a", &["teams"]), Step::Create(THEIRS, "a", &["teams"])],
        vec![Step::Ask(THEIRS, "a", "approve", "reviewer", json!({}))],
        vec![Step::Stream(OURS, "a"), Step::Stream(THEIRS, "a"), WEEK],
    ]
    .concat();
    let theirs = Step::Timer("deadline", THEIRS, "a", 1);
    let outcomes = race("two promotions for one slot", &before, &DEADLINE, &theirs).await;
    let fits =
        |came: &String| came.ends_with("official, under_review") || came.ends_with("under_review, official");
    assert!(outcomes.keys().all(fits), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_and_a_no_at_once_end_as_the_no() {
    let outcomes =
        race("accept against decline", &told(OURS), &Step::Customer("accept"), &Step::Customer("decline"))
            .await;
    assert!(outcomes.keys().all(|came| came.contains("200/200: declined")), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_another_contact_and_an_approval_at_once_only_one_succeeds() {
    // Ours is with a reviewer for one scope, and asked about for the other.
    let asked = json!({ "scopes": ["s2"], "reasons": [{ "code": "missing_dates" }] });
    let before = vec![
        Step::Create(THEIRS, "a", &["teams"]),
        Step::Create(OURS, "a", &["teams", "intune"]),
        Step::Ask(OURS, "a", "request-information", "reviewer", asked),
    ];
    let edit = json!({ "customer_contact": { "email": "corrected@contoso.com" } });
    let edit = Step::Ask(OURS, "a", "PATCH", "incentives_admin", edit);
    let approve = Step::Ask(OURS, "a", "approve", "reviewer", json!({ "scopes": ["s1"] }));
    let outcomes = race("edit against approve", &before, &edit, &approve).await;
    // An approval of what was there before the edit is too late; one that saw the edit waits until it is submitted. Once the
    // customer is being asked, its contact stays.
    let fits = |came: &String| {
        ["200/412: under_review", "200/409: under_review", "422/200: notifying"]
            .iter()
            .any(|fit| came.starts_with(fit))
    };
    assert!(outcomes.keys().all(fits), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_idempotency_key_in_parallel_creates_one_claim() {
    let create = Step::Create(OURS, "a", &["teams"]);
    let outcomes = race("the same idempotency key", &[], &create, &create).await;
    assert!(outcomes.keys().all(|came| came == "201/201: notifying, -"), "{outcomes:?}");
}
