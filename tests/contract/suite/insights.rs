//! Counts of claims, as the table keeps them.

use std::time::Duration;

use domain::insight::{Measure, Recount};
use domain::{
    Addressee, Claim, Command, Month, Months, NoticeNumber, Program, Recipient, Selection, Standing,
};
use follow::{Follow, Rebuild};
use store::{Counting, Insights, Lists, Rebuilding, StoreError};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, is_conflict, later, monday, submission};
use crate::stores::Kind;

pub fn follow<K: Kind>(bench: &Bench<K>) -> Follow<K::Store> {
    Follow { executor: bench.executor(monday()), pause: |_| Duration::ZERO }
}

fn may() -> Months {
    let may = Month::of(monday());
    Months::asked(Some(may), Some(may), may).unwrap()
}

async fn teams(bench: &Bench<impl Kind>, measure: Measure) -> i64 {
    let counts = bench.store.counts(may()).await.unwrap();
    counts
        .rows
        .iter()
        .filter(|(row, _)| row.code.as_str() == "teams")
        .map(|(_, tally)| tally.get(measure))
        .sum()
}

async fn leaders(bench: &Bench<impl Kind>) -> Vec<(String, u64)> {
    let code = "teams".parse().unwrap();
    let found = bench.store.leaders(Program::OsuM365, &code, 10).await.unwrap();
    found.into_iter().map(|(partner, count)| (partner.to_string(), count)).collect()
}

/// A claim to Teams at a tenant of its own.
pub async fn elsewhere(bench: &Bench<impl Kind>, partner: &str, number: u32) -> Claim {
    let mut submission = submission(partner, &["teams"]);
    submission.details.tenant_id = format!("{number:08x}-5717-4562-b3fc-2c963f66afa6").parse().unwrap();
    bench.register(&submission.details.tenant_id).await;
    bench.submit_as(&submission, &format!("key-{number}"), monday()).await
}

async fn counts_follow_a_claim_and_repeated_records_change_nothing<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let follow = follow(&bench);
    let submitted = bench.submit(FABRIKAM, "a", &["teams", "intune"], monday()).await;
    for _ in 0..3 {
        follow.count(std::slice::from_ref(&submitted.id)).await.unwrap();
        assert_eq!(teams(&bench, Measure::Standing(Standing::Notifying)).await, 1);
    }
    assert_eq!(bench.store.counts(may()).await.unwrap().counted_at, Some(monday()));
    let told = bench.tell(&submitted, monday()).await;
    let deadline = told.deadline().unwrap();
    let official = bench.promote(&told, deadline).await.claim;
    follow.count(&[official.id.clone(), official.id.clone()]).await.unwrap();
    assert_eq!(teams(&bench, Measure::Standing(Standing::Notifying)).await, 0);
    assert_eq!(teams(&bench, Measure::BecameOfficial).await, 1);
    assert_eq!(teams(&bench, Measure::Told).await, 1);
    assert_eq!(teams(&bench, Measure::Seconds).await, (deadline - monday()).num_seconds());
    assert_eq!(leaders(&bench).await, [(FABRIKAM.to_owned(), 1)]);
    let no = Command::Decline {
        by: Addressee { notice: NoticeNumber::FIRST, to: Recipient::CustomerContact },
        scopes: Selection::All,
        reason: None,
    };
    bench.ask(&official, no, later(deadline, 60)).await;
    follow.count(std::slice::from_ref(&official.id)).await.unwrap();
    assert_eq!(teams(&bench, Measure::Standing(Standing::Declined)).await, 1);
    assert_eq!(teams(&bench, Measure::BecameOfficial).await, 1, "it was");
    assert_eq!(leaders(&bench).await, []);
}

async fn of_two_who_count_the_same_claim_one_must_read_again<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let mut recount = Recount::default();
    let (generations, read) = bench.store.counting(std::slice::from_ref(&claim.id)).await.unwrap();
    recount.claim(&generations.fed(), read[0].claim.as_ref().unwrap(), None);
    bench.store.store_counts(&recount, monday()).await.unwrap();
    assert!(is_conflict(bench.store.store_counts(&recount, monday()).await));
    assert_eq!(teams(&bench, Measure::Standing(Standing::Notifying)).await, 1);
}

async fn the_partner_with_the_most_associations_comes_first<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let follow = follow(&bench);
    let mut official = Vec::new();
    for (number, partner) in (0..).zip([&[FABRIKAM; 2][..], &[TAILSPIN; 10]].concat()) {
        let claim = elsewhere(&bench, partner, number).await;
        let told = bench.tell(&claim, monday()).await;
        official.push(bench.promote(&told, told.deadline().unwrap()).await.claim.id);
    }
    follow.count(&official[..7]).await.unwrap();
    follow.count(&official[7..]).await.unwrap();
    assert_eq!(leaders(&bench).await, [(TAILSPIN.to_owned(), 10), (FABRIKAM.to_owned(), 2)]);
}

async fn counts_of_a_claim_that_is_forgotten_stay_and_a_rebuild_keeps_them<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let follow = follow(&bench);
    let gone = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let stays = elsewhere(&bench, FABRIKAM, 1).await;
    follow.count(&[gone.id.clone(), stays.id.clone()]).await.unwrap();
    bench.remove(&gone).await;
    follow.claim_gone(&gone.id).await.unwrap();
    follow.claim_gone(&gone.id).await.unwrap();
    assert!(bench.store.history(&gone.id, 10, None).await.unwrap().items.is_empty());
    assert_eq!(teams(&bench, Measure::Standing(Standing::Notifying)).await, 2);
    let rebuilt = follow.rebuild(Rebuild::default()).await.unwrap();
    assert_eq!((rebuilt.done, rebuilt.generation, rebuilt.claims, rebuilt.different), (true, 2, 1, 0));
    assert_eq!(teams(&bench, Measure::Standing(Standing::Notifying)).await, 2);
    // The next one deletes the counts of the first generation, which nobody reads any more.
    assert_eq!(bench.store.rows(1, Month::of(monday())).await.unwrap().len(), 1);
    assert!(follow.rebuild(Rebuild::default()).await.unwrap().done);
    assert_eq!(bench.store.rows(1, Month::of(monday())).await.unwrap().len(), 0);
}

async fn only_one_rebuild_begins<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let seen = bench.store.generations_now().await.unwrap();
    let mut next = seen.clone();
    (next.building, next.newest) = (Some(2), 2);
    bench.store.put_generations(&seen, &next).await.unwrap();
    assert!(matches!(bench.store.put_generations(&seen, &next).await, Err(StoreError::Conflict)));
    assert_eq!(bench.store.generations_now().await.unwrap(), next);
}

on_every_store!(
    counts_follow_a_claim_and_repeated_records_change_nothing,
    of_two_who_count_the_same_claim_one_must_read_again,
    the_partner_with_the_most_associations_comes_first,
    counts_of_a_claim_that_is_forgotten_stay_and_a_rebuild_keeps_them,
    only_one_rebuild_begins,
);
