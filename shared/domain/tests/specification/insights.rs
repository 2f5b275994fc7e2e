//! What a claim contributes to the vendor's figures, and the figures made of many.

use std::collections::BTreeMap;

use domain::insight::{Contribution, Measure, Tally};
use domain::{Claim, Standing, State, Tenure};

use crate::driver::Story;
use crate::fixtures::*;

/// What a claim of one scope amounts to.
fn tally(claim: &Claim) -> Tally {
    let tallies = Contribution::of(claim).unwrap().tallies();
    assert_eq!(tallies.len(), 1, "{tallies:?}");
    tallies.into_values().next().unwrap()
}

fn took(seconds: &[i64]) -> Tally {
    let claim = official();
    let mut sum = Tally::default();
    for seconds in seconds {
        let mut claim = claim.clone();
        let since = claim.submitted_at.unwrap() + chrono::TimeDelta::seconds(*seconds);
        let tenure = Tenure { since, accepted: false };
        claim.scopes[0].state = State::Official { tenure, incumbent: None };
        sum.add_all(&tally(&claim));
    }
    sum
}

#[test]
fn a_draft_contributes_nothing_not_even_when_it_is_discarded() {
    assert_eq!(Contribution::of(&draft()), None);
    assert_eq!(Contribution::of(&draft().does(REVIEWED, withdraw())), None);
    let submitted = draft().does(REVIEWED, submit());
    assert_eq!(submitted.submitted_at, Some(at(REVIEWED)));
    assert!(Contribution::of(&submitted).is_some());
}

#[test]
fn a_claim_stays_in_the_month_of_its_first_submission() {
    let asked = action_required_of(&body());
    let again = asked.clone().does("2021-06-07T10:00:00Z", submit());
    assert_eq!(again.submitted_at, asked.submitted_at);
    assert_eq!(Contribution::of(&again).unwrap().month.to_string(), "2021-05");
}

#[test]
fn a_claim_counts_where_it_stands_and_nowhere_else() {
    for standing in Standing::ALL.iter().copied().filter(|standing| *standing != Standing::Draft) {
        let claim = brought_to(standing);
        let Some(contribution) = Contribution::of(&claim) else { continue };
        let mut sum = BTreeMap::new();
        for tally in contribution.tallies().values() {
            for (measure, count) in tally.counters() {
                *sum.entry(measure).or_insert(0) += count;
            }
        }
        let counted = claim.scopes.iter().filter(|scope| scope.standing() == standing).count();
        assert_eq!(sum.get(&Measure::Standing(standing)).copied(), i64::try_from(counted).ok(), "{standing}");
    }
}

#[test]
fn a_customer_is_told_once_the_mail_left_and_not_when_it_came_back_unless_it_answers() {
    let told = |claim: &Claim| tally(claim).get(Measure::Told) == 1;
    assert!(!told(&notifying_of(&body())));
    assert!(told(&awaiting()));
    assert!(!told(&bounced_of(&body())));
    assert!(told(&bounced_of(&body()).does(REVIEWED, decline())), "whoever declines was told");
}

#[test]
fn an_association_that_ended_became_official_all_the_same_and_is_held_no_more() {
    let ended = official().does(AFTER, decline());
    let counts = tally(&ended);
    assert_eq!(
        (counts.get(Measure::BecameOfficial), counts.get(Measure::Standing(Standing::Declined))),
        (1, 1)
    );
    assert_eq!(Contribution::of(&ended).unwrap().holdings(), BTreeMap::new());
    assert_eq!(Contribution::of(&official()).unwrap().holdings().into_values().sum::<i64>(), 1);
}

#[test]
fn a_no_that_is_taken_back_is_none() {
    let undone = awaiting().does(WITHIN, decline()).does(WITHIN, undo(1));
    assert_eq!(tally(&undone), tally(&awaiting()));
}

#[test]
fn rates_are_parts_of_what_they_are_rates_of() {
    let mut sum = Tally::default();
    for claim in [official(), awaiting(), awaiting().does(WITHIN, decline()), notifying_of(&body())] {
        sum.add_all(&tally(&claim));
    }
    let figures = sum.figures();
    assert_eq!((figures.claimed, figures.told, figures.declined, figures.became_official), (4, 3, 1, 1));
    assert_eq!(
        (figures.opt_out_rate, figures.official_rate, figures.rejection_rate),
        (Some(3333), Some(2500), Some(0))
    );
    let none = Tally::default().figures();
    assert_eq!((none.opt_out_rate, none.official_rate, none.time_to_official), (None, None, None));
}

#[test]
fn times_are_told_by_mean_median_and_ninetieth() {
    const DAY: i64 = 86_400;
    let times = |seconds: &[i64]| took(seconds).figures().time_to_official.unwrap();
    let one = times(&[7 * DAY]);
    assert_eq!((one.count, one.mean), (1, 7 * 86_400));
    // Within the span of the eighth day.
    assert!((7 * 86_400..=8 * 86_400).contains(&one.median), "{one:?}");
    let many = times(&[60, 60, 60, 60, 60, 7 * DAY, 7 * DAY, 7 * DAY, 7 * DAY, 400 * DAY]);
    assert!(many.median <= 3_600, "{many:?}");
    assert!((7 * 86_400..=8 * 86_400).contains(&many.ninetieth), "{many:?}");
    assert_eq!(times(&[400 * DAY]).median, 180 * 86_400, "no longer than the last span says");
}
