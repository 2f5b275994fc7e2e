//! What was forgotten is found, and nothing else is.

use chrono::TimeDelta;
use domain::{Command, Selection};
use store::Lists;

use crate::bench::{Bench, FABRIKAM, later, monday};
use crate::stores::Kind;

async fn a_claim_is_overdue_once_what_it_waits_for_has_not_come_for_a_while<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let overdue = async |at| bench.store.overdue(at, 10).await.unwrap();
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    assert!(overdue(later(monday(), 14 * 60)).await.is_empty());
    assert_eq!(
        overdue(later(monday(), 15 * 60)).await,
        std::slice::from_ref(&claim.id),
        "its notice did not leave"
    );

    let told = bench.tell(&claim, monday()).await;
    let deadline = told.deadline().unwrap();
    assert!(overdue(deadline + TimeDelta::minutes(59)).await.is_empty());
    assert_eq!(
        overdue(deadline + TimeDelta::hours(1)).await,
        std::slice::from_ref(&claim.id),
        "its deadline passed unnoticed"
    );

    bench.promote(&told, deadline).await;
    assert!(overdue(deadline + TimeDelta::days(365)).await.is_empty());
}

async fn what_is_closed_is_not_overdue<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    bench.ask(&claim, Command::Withdraw { scopes: Selection::All, reason: None }, monday()).await;
    assert!(bench.store.overdue(later(monday(), 86_400), 10).await.unwrap().is_empty());
}

on_every_store!(
    a_claim_is_overdue_once_what_it_waits_for_has_not_come_for_a_while,
    what_is_closed_is_not_overdue,
);
