//! Figures: the last delivery wins, the slot says who may read them, and every read is on record.

use std::collections::BTreeSet;

use domain::field::{Field, TenantId};
use domain::{
    Addressee, AssociationId, Command, Figures, Month, Months, NoticeNumber, Recipient, Scope, ScopeId,
    Selection, Usage,
};
use store::{Access, Attribution, StoreError, UsageFigures};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, later, monday, tenant};
use crate::stores::Kind;

pub fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

pub fn months(from: &str, to: &str) -> Months {
    Months::asked(Some(month(from)), Some(month(to)), month(to)).unwrap()
}

fn workload(code: &str) -> Scope {
    Scope::Workload(code.parse().unwrap())
}

pub fn usage(tenant: &TenantId, code: &str, of: &str, users: u32) -> Usage {
    let figures = Figures { monthly_active_users: users, paid_available_units: 200, sold_seats: 250 };
    Usage { tenant: tenant.clone(), scope: workload(code), month: month(of), figures }
}

pub async fn put(store: &impl UsageFigures, figures: &[Usage]) -> BTreeSet<usize> {
    store.put_figures(&figures.iter().collect::<Vec<_>>()).await.unwrap()
}

async fn users(bench: &Bench<impl Kind>, code: &str, from: &str, to: &str) -> Vec<(String, u32)> {
    let found = bench.store.figures(&tenant(), &workload(code), months(from, to)).await.unwrap();
    found.into_iter().map(|(month, figures)| (month.to_string(), figures.monthly_active_users)).collect()
}

pub fn association(claim: &domain::Claim, n: u8) -> AssociationId {
    AssociationId::of(&claim.id, ScopeId::nth(n))
}

pub async fn attribution(bench: &Bench<impl Kind>, id: &AssociationId) -> Option<Attribution> {
    bench.store.attribution(id).await.unwrap()
}

async fn figures_are_read_by_scope_and_month_and_the_last_delivery_wins<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let other = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    let delivery = [
        usage(&tenant(), "teams", "2020-12", 1),
        usage(&tenant(), "teams", "2021-01", 2),
        usage(&tenant(), "teams", "2021-02", 3),
        usage(&tenant(), "teams_phone", "2021-01", 4),
        usage(&other, "teams", "2021-01", 5),
    ];
    assert!(put(&bench.store, &delivery).await.is_empty());
    assert!(put(&bench.store, &[usage(&tenant(), "teams", "2021-02", 6)]).await.is_empty());
    let all = [("2020-12".to_owned(), 1), ("2021-01".to_owned(), 2), ("2021-02".to_owned(), 6)];
    assert_eq!(users(&bench, "teams", "2020-01", "2021-12").await, all);
    assert_eq!(users(&bench, "teams", "2020-12", "2021-01").await, all[..2]);
    assert_eq!(users(&bench, "intune", "2020-01", "2021-12").await, []);
}

async fn the_slot_says_whose_figures_they_are_until_the_moment_it_does_not<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams", "intune"], monday()).await;
    let (teams, intune) = (association(&claim, 1), association(&claim, 2));
    assert_eq!(attribution(&bench, &teams).await.unwrap().holder, None, "not official yet");
    let told = bench.tell(&claim, monday()).await;
    let official = bench.promote(&told, told.deadline().unwrap()).await.claim;
    let held = attribution(&bench, &teams).await.unwrap();
    assert_eq!(held.partner.as_str(), FABRIKAM);
    assert_eq!((held.tenant, held.scope), (tenant(), workload("teams")));
    let holder = held.holder.unwrap();
    assert_eq!((holder.association, holder.since), (teams.clone(), official.updated_at));

    let no = Command::Decline {
        by: Addressee { notice: NoticeNumber::FIRST, to: Recipient::CustomerContact },
        scopes: Selection::These(vec![ScopeId::nth(1)]),
        reason: None,
    };
    bench.ask(&official, no, later(official.updated_at, 60)).await;
    assert_eq!(attribution(&bench, &teams).await.unwrap().holder, None);
    assert!(attribution(&bench, &intune).await.unwrap().holder.is_some(), "the other scope stays");
}

async fn a_successor_in_the_slot_does_not_revive_the_association_before<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let first = bench.official(FABRIKAM, "a", &["teams"]).await;
    let no = Command::Decline {
        by: Addressee { notice: NoticeNumber::FIRST, to: Recipient::CustomerContact },
        scopes: Selection::All,
        reason: None,
    };
    bench.ask(&first, no, later(first.updated_at, 60)).await;
    let second = bench.official(FABRIKAM, "b", &["teams"]).await;
    assert_eq!(attribution(&bench, &association(&first, 1)).await.unwrap().holder, None);
    assert!(attribution(&bench, &association(&second, 1)).await.unwrap().holder.is_some());
}

async fn what_never_was_is_nobodys<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.official(FABRIKAM, "a", &["teams"]).await;
    assert_eq!(attribution(&bench, &association(&claim, 2)).await, None);
    let never: AssociationId = "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa-s1".parse().unwrap();
    assert_eq!(attribution(&bench, &never).await, None);
}

pub fn access(claim: &domain::Claim, n: u32) -> Access {
    Access {
        association: association(claim, 1),
        partner_id: claim.details.partner_id.clone(),
        subject: "somebody".to_owned(),
        at: later(monday(), i64::from(n)),
        from: month("2021-05"),
        to: month("2021-07"),
        request_id: format!("request-{n}"),
    }
}

async fn accesses_are_listed_latest_first_and_none_is_recorded_twice<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let (ours, theirs) = (
        bench.submit(FABRIKAM, "a", &["teams"], monday()).await,
        bench.submit(TAILSPIN, "b", &["intune"], monday()).await,
    );
    let keep_until = later(monday(), 730 * 86_400);
    for n in 0..7 {
        bench.store.put_access(&access(&ours, n), keep_until).await.unwrap();
    }
    bench.store.put_access(&access(&theirs, 0), keep_until).await.unwrap();
    let by_another = Access { subject: "another".to_owned(), ..access(&ours, 3) };
    let again = bench.store.put_access(&by_another, keep_until).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = bench.store.accesses(&association(&ours, 1), 3, from.as_ref()).await.unwrap();
        assert!(page.items.len() <= 3);
        found.extend(page.items);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..7).rev().map(|n| access(&ours, n)).collect();
    assert_eq!(found, expected);

    let page = bench.store.accesses(&association(&ours, 1), 3, None).await.unwrap();
    let stolen = bench.store.accesses(&association(&theirs, 1), 3, page.next.as_ref()).await;
    assert!(matches!(stolen, Err(StoreError::Cursor)), "{stolen:?}");
}

on_every_store!(
    figures_are_read_by_scope_and_month_and_the_last_delivery_wins,
    the_slot_says_whose_figures_they_are_until_the_moment_it_does_not,
    a_successor_in_the_slot_does_not_revive_the_association_before,
    what_never_was_is_nobodys,
    accesses_are_listed_latest_first_and_none_is_recorded_twice,
);
