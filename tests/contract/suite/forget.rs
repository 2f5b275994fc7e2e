//! What a claim that is gone leaves behind goes too, and nothing else does.

use domain::{Command, Selection};
use store::{Claims, Forgetting, Lists};

use crate::bench::{Bench, FABRIKAM, later, monday};
use crate::stores::Kind;

async fn a_claim_that_is_gone_takes_all_of_its_history_along<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let other = bench.submit(FABRIKAM, "b", &["intune"], monday()).await;
    // More changes than one transaction deletes.
    for number in 0..45 {
        let text = format!("Comment {number}").parse().unwrap();
        bench.ask(&claim, Command::Comment { text }, later(monday(), number)).await;
    }
    bench.ask(&claim, Command::Withdraw { scopes: Selection::All, reason: None }, monday()).await;
    bench.remove(&claim).await;
    assert_eq!(bench.store.forget(&claim.id).await.unwrap(), 47);
    assert!(bench.store.history(&claim.id, 100, None).await.unwrap().items.is_empty());
    // Records come more than once.
    assert_eq!(bench.store.forget(&claim.id).await.unwrap(), 0);
    assert_eq!(bench.read(&other).await, other);
    assert_eq!(bench.store.history(&other.id, 100, None).await.unwrap().items.len(), 1);
}

async fn a_claim_that_is_there_again_keeps_its_history<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    bench.remove(&claim).await;
    bench.store.forget(&claim.id).await.unwrap();
    let again = bench.submit(FABRIKAM, "a", &["intune"], monday()).await;
    assert_eq!(again.id, claim.id);
    // The record of the first one's removal comes again, late.
    assert_eq!(bench.store.forget(&claim.id).await.unwrap(), 0);
    assert_eq!(bench.store.claim(&again.id).await.unwrap(), Some(again.clone()));
    assert_eq!(bench.store.history(&again.id, 100, None).await.unwrap().items.len(), 1);
}

on_every_store!(
    a_claim_that_is_gone_takes_all_of_its_history_along,
    a_claim_that_is_there_again_keeps_its_history,
);
