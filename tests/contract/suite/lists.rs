//! Lists lose nothing, repeat nothing, and show nobody what is another's.

use std::collections::BTreeSet;

use domain::field::{ClaimName, Field, TenantId};
use domain::{
    Association, Claim, ClaimId, Command, Event, Program, ScopeId, Selection, Standing, Submission,
};
use serde_json::json;
use store::{ClaimQuery, Cursor, Lists, Page, Sort, StoreError};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, TENANT, later, monday, submission, tenant};
use crate::stores::Kind;

fn all_of(partner: &str) -> ClaimQuery {
    ClaimQuery {
        partner: partner.parse().unwrap(),
        status: None,
        program: None,
        tenant: None,
        name_contains: None,
        sort: Sort::Created,
        descending: false,
    }
}

/// Drafts, so that one tenant can have many: two in each second from Monday morning on.
async fn drafts(bench: &Bench<impl Kind>, partner: &str, count: i64) {
    for n in 0..count {
        draft(bench, partner, &format!("Rollout {n:03} Žižkov"), n / 2).await;
    }
}

/// A draft of this name, so many seconds after Monday morning.
async fn draft(bench: &Bench<impl Kind>, partner: &str, name: &str, seconds: i64) {
    let mut submission = submission(partner, &["teams"]);
    submission.draft = true;
    submission.details.name = ClaimName::parse(name).unwrap();
    let key = name.replace([' ', 'Ž', 'ž'], "-");
    bench.put(&submission, &key, &[Event::Created], later(monday(), seconds)).await;
}

/// All of a list, read in pages.
async fn whole<T>(limit: usize, page: impl AsyncFn(Option<&Cursor>) -> Page<T>) -> Vec<T> {
    let (mut items, mut from) = (Vec::new(), None);
    for _ in 0..100 {
        let page = page(from.as_ref()).await;
        assert!(page.items.len() <= limit);
        items.extend(page.items);
        from = page.next;
        if from.is_none() {
            return items;
        }
    }
    panic!("the list does not end");
}

async fn claims(bench: &Bench<impl Kind>, query: &ClaimQuery, limit: usize) -> Vec<Claim> {
    whole(limit, async |from| bench.store.claims(query, limit, from).await.unwrap()).await
}

async fn names(bench: &Bench<impl Kind>, query: &ClaimQuery, limit: usize) -> Vec<String> {
    claims(bench, query, limit).await.iter().map(|claim| claim.details.name.to_string()).collect()
}

async fn pages_lose_nothing_and_repeat_nothing<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 53).await;
    drafts(&bench, TAILSPIN, 5).await;
    for limit in [1, 7, 25, 53, 100] {
        for descending in [false, true] {
            let names = names(&bench, &ClaimQuery { descending, ..all_of(FABRIKAM) }, limit).await;
            assert_eq!(names.len(), 53, "limit {limit}");
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 53);
        }
    }
    let up = names(&bench, &all_of(FABRIKAM), 10).await;
    let mut down = names(&bench, &ClaimQuery { descending: true, ..all_of(FABRIKAM) }, 10).await;
    down.reverse();
    assert_eq!(up, down);
}

async fn claims_stand_in_the_order_of_their_creation<K: Kind>() {
    let bench = Bench::<K>::start().await;
    for (name, seconds) in [("second", 20), ("third", 30), ("first", 10)] {
        draft(&bench, FABRIKAM, name, seconds).await;
    }
    assert_eq!(names(&bench, &all_of(FABRIKAM), 2).await, ["first", "second", "third"]);
    let query = ClaimQuery { descending: true, ..all_of(FABRIKAM) };
    assert_eq!(names(&bench, &query, 2).await, ["third", "second", "first"]);
    let ids = bench.store.claim_ids(&query, 5, None).await.unwrap().items;
    assert_eq!(ids, claims(&bench, &query, 5).await.into_iter().map(|claim| claim.id).collect::<Vec<_>>());
}

async fn what_comes_while_a_list_is_read_moves_nothing<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 6).await;
    let query = ClaimQuery { descending: true, ..all_of(FABRIKAM) };
    let first = bench.store.claims(&query, 3, None).await.unwrap();
    draft(&bench, FABRIKAM, "newest", 3600).await;
    let rest = bench.store.claims(&query, 10, first.next.as_ref()).await.unwrap();
    let read: BTreeSet<_> = first.items.iter().chain(&rest.items).map(|claim| claim.id.clone()).collect();
    assert_eq!((first.items.len(), rest.items.len(), read.len()), (3, 3, 6));
}

async fn a_filter_that_lets_few_through_still_finds_them_all<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 53).await;
    bench.submit(FABRIKAM, "one", &["teams"], monday()).await;
    let query = ClaimQuery { name_contains: Some("ŽIŽKOV".to_owned()), ..all_of(FABRIKAM) };
    assert_eq!(names(&bench, &query, 7).await.len(), 53);
    let query = ClaimQuery { name_contains: Some("lout 01".to_owned()), ..all_of(FABRIKAM) };
    assert_eq!(names(&bench, &query, 3).await.len(), 10);
    let query = ClaimQuery { status: Some(Standing::Notifying), ..all_of(FABRIKAM) };
    assert_eq!(names(&bench, &query, 7).await, ["Contoso Teams rollout"]);
    let elsewhere = ClaimQuery { tenant: Some(TenantId::parse(OTHER).unwrap()), ..all_of(FABRIKAM) };
    let sold = ClaimQuery { program: Some(Program::OsaSell), ..all_of(FABRIKAM) };
    for query in [elsewhere, sold] {
        assert_eq!(names(&bench, &query, 7).await, Vec::<String>::new(), "{query:?}");
    }
}

const OTHER: &str = "00000000-0000-4000-8000-000000000001";

async fn by_deadline_come_first_those_that_have_one_and_then_all_others<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 3).await;
    let early = bench.submit(FABRIKAM, "one", &["teams"], monday()).await;
    let late = bench.submit(FABRIKAM, "two", &["intune"], monday()).await;
    let late = bench.tell(&late, later(monday(), 3 * 86_400)).await;
    let early = bench.tell(&early, monday()).await;
    let query = |descending| ClaimQuery { sort: Sort::Deadline, descending, ..all_of(FABRIKAM) };
    for (descending, expected) in [(false, [&early, &late]), (true, [&late, &early])] {
        for limit in [1, 2, 3, 4, 7] {
            let found = claims(&bench, &query(descending), limit).await;
            assert_eq!(found.len(), 5, "{limit}");
            assert_eq!([&found[0], &found[1]], expected, "{limit}");
        }
    }
    bench.promote(&early, early.deadline().unwrap()).await;
    let found = claims(&bench, &query(false), 2).await;
    assert_eq!((found.len(), &found[0]), (5, &late));
}

async fn a_cursor_opens_its_own_list_only<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 3).await;
    drafts(&bench, TAILSPIN, 3).await;
    let theirs = bench.store.claims(&all_of(TAILSPIN), 1, None).await.unwrap().next.unwrap();
    let stolen = bench.store.claims(&all_of(FABRIKAM), 1, Some(&theirs)).await;
    assert!(matches!(stolen, Err(StoreError::Cursor)), "{stolen:?}");
    assert!(matches!(bench.store.review_queue(1, Some(&theirs)).await, Err(StoreError::Cursor)));
    let partner = TAILSPIN.parse().unwrap();
    let id = ClaimId::of_none(&partner);
    assert!(matches!(bench.store.history(&id, 1, Some(&theirs)).await, Err(StoreError::Cursor)));
    let associations = bench.store.associations(&partner, 1, Some(&theirs)).await;
    assert!(matches!(associations, Err(StoreError::Cursor)), "{associations:?}");
    let associations = bench.store.tenant_associations(&tenant(), 1, Some(&theirs)).await;
    assert!(matches!(associations, Err(StoreError::Cursor)), "{associations:?}");
    let sorted = ClaimQuery { sort: Sort::Deadline, ..all_of(TAILSPIN) };
    let sorted = bench.store.claims(&sorted, 1, Some(&theirs)).await;
    assert!(matches!(sorted, Err(StoreError::Cursor)), "{sorted:?}");
    for text in ["", "nonsense", "e30", "bnVsbA"] {
        assert!(Cursor::parse(text).is_err(), "{text}");
    }
}

async fn claims_come_by_their_ids_in_that_order_and_each_once<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let a = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let b = bench.submit(FABRIKAM, "b", &["intune"], monday()).await;
    let never = ClaimId::of_none(&FABRIKAM.parse().unwrap());
    let found = bench.store.claims_by_id(&[b.id.clone(), never, a.id.clone(), b.id.clone()]).await.unwrap();
    assert_eq!(found, [b, a]);
    assert_eq!(bench.store.claims_by_id(&[]).await.unwrap(), []);
}

async fn a_history_is_told_oldest_first<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    for number in 0..12 {
        let text = format!("Comment {number}").parse().unwrap();
        bench.ask(&claim, Command::Comment { text }, later(monday(), number)).await;
    }
    let history = whole(5, async |from| bench.store.history(&claim.id, 5, from).await.unwrap()).await;
    let versions: Vec<_> = history.iter().map(|one| one.version).collect();
    assert_eq!(versions, (1..=13).collect::<Vec<_>>());
}

async fn associations_are_told_by_partner_and_by_tenant_with_those_that_ended<K: Kind>() {
    let bench = Bench::<K>::start().await;
    // The later one stands first among the tenant's slots.
    let first = bench.official(FABRIKAM, "a", &["teams", "exchange_online"]).await;
    let second = bench.submit(FABRIKAM, "b", &["intune"], later(monday(), 86_400)).await;
    let second = bench.tell(&second, later(monday(), 86_400)).await;
    let second = bench.promote(&second, second.deadline().unwrap()).await.claim;
    let at = later(second.updated_at, 60);
    let end = Command::Disassociate {
        scopes: Selection::These(vec![ScopeId::nth(1)]),
        reason: "Sold".parse().unwrap(),
    };
    bench.ask(&first, end, at).await;
    let told = |all: Vec<Association>| -> Vec<(String, bool)> {
        all.iter().map(|one| (one.scope.to_string(), one.ended.is_some())).collect()
    };
    let expected = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
        all.iter().map(|(workload, ended)| (format!("workload:{workload}"), *ended)).collect()
    };
    let partner = FABRIKAM.parse().unwrap();
    for limit in [1, 2, 3, 5] {
        let page =
            async |from: Option<&Cursor>| bench.store.associations(&partner, limit, from).await.unwrap();
        let held = told(whole(limit, page).await);
        assert_eq!(held, expected(&[("exchange_online", false), ("intune", false)]), "oldest first, {limit}");
        let page = async |from: Option<&Cursor>| {
            bench.store.tenant_associations(&tenant(), limit, from).await.unwrap()
        };
        let all = told(whole(limit, page).await);
        assert_eq!(
            all,
            expected(&[("exchange_online", false), ("intune", false), ("teams", true)]),
            "{limit}"
        );
    }
    let none = bench.store.associations(&TAILSPIN.parse().unwrap(), 5, None).await.unwrap();
    assert_eq!(none.items, []);
}

async fn slots_come_with_the_claims_that_are_about_them<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let first = bench.official(FABRIKAM, "a", &["teams"]).await;
    let rival = bench.submit(TAILSPIN, "b", &["teams", "intune"], later(monday(), 60)).await;
    let slots = bench.store.slots_of(&[rival.clone(), first.clone()]).await.unwrap();
    let [of_rival, of_first] = slots.as_slice() else { panic!("{slots:?}") };
    let teams = of_rival.get(&rival.scopes[0].scope).unwrap();
    assert_eq!(teams.holder.as_ref().map(|holder| holder.partner.as_str()), Some(FABRIKAM));
    assert_eq!(teams.claimants.iter().map(|one| &one.claim).collect::<Vec<_>>(), [&rival.id]);
    assert!(of_rival.get(&rival.scopes[1].scope).unwrap().holder.is_none());
    assert_eq!(of_first.get(&first.scopes[0].scope), Some(teams));
    assert!(of_first.get(&rival.scopes[1].scope).is_none(), "not one of its scopes");
}

/// A claim to a product on a subscription.
fn product_claim() -> Submission {
    let body = json!({
        "name": "Contoso Power BI", "program": "osa_sell", "activity": "sell", "partner_id": FABRIKAM,
        "tenant_id": TENANT, "domain": "contoso.com",
        "scopes": [{ "subscription_id": "3fa85f64-5717-4562-b3fc-2c963f66afa7", "product": "power_bi" }],
        "customer_contact": { "name": "Jana", "title": "Head of IT", "email": "jana@contoso.com", "language": "cs",
            "country": "CZ", "time_zone": "Europe/Prague" },
        "partner_contact": { "name": "Petr", "email": "petr@fabrikam.example" },
        "evidence": [{ "kind": "contract", "signed_on": "2021-04-03", "reference": "SOW-118" }],
    });
    Submission::parse(&body).unwrap()
}

async fn slots_of_products_are_told_while_somebody_claims_them<K: Kind>() {
    let bench = Bench::<K>::start().await;
    bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    assert_eq!(bench.store.product_slots(&tenant()).await.unwrap(), []);
    let events = [Event::Created, Event::Submitted];
    let claim = bench.put(&product_claim(), "b", &events, monday()).await;
    let found = bench.store.product_slots(&tenant()).await.unwrap();
    let [(scope, slot)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((scope, slot.claimants.len()), (&claim.scopes[0].scope, 1));
    assert_eq!(bench.store.product_slots(&OTHER.parse().unwrap()).await.unwrap(), []);
    bench.ask(&claim, Command::Withdraw { scopes: Selection::All, reason: None }, later(monday(), 60)).await;
    assert_eq!(bench.store.product_slots(&tenant()).await.unwrap(), []);
}

async fn the_review_queue_is_in_the_order_of_due_times_over_all_shards<K: Kind>() {
    let mut bench = Bench::<K>::start().await;
    // Not in the queue.
    bench.official(FABRIKAM, "a", &["teams"]).await;
    bench.policy.programs.of_mut(Program::OsuM365).always_review = true;
    // A tenant each, so that the claims do not stand against one another.
    let mut expected = Vec::new();
    for n in 0..30_u32 {
        let mut submission = submission(TAILSPIN, &["teams"]);
        submission.details.tenant_id = format!("00000000-0000-4000-8000-{n:012}").parse().unwrap();
        bench.register(&submission.details.tenant_id).await;
        let at = later(monday(), i64::from(n % 10) * 86_400);
        let claim = bench.submit_as(&submission, &format!("review-{n}"), at).await;
        expected.push((claim.review_due().unwrap(), claim.id));
    }
    expected.sort();
    let found = whole(7, async |from| bench.store.review_queue(7, from).await.unwrap()).await;
    let found: Vec<_> = found.iter().map(|claim| (claim.review_due().unwrap(), claim.id.clone())).collect();
    assert_eq!(found, expected);
}

on_every_store!(
    pages_lose_nothing_and_repeat_nothing,
    claims_stand_in_the_order_of_their_creation,
    what_comes_while_a_list_is_read_moves_nothing,
    a_filter_that_lets_few_through_still_finds_them_all,
    by_deadline_come_first_those_that_have_one_and_then_all_others,
    a_cursor_opens_its_own_list_only,
    claims_come_by_their_ids_in_that_order_and_each_once,
    a_history_is_told_oldest_first,
    associations_are_told_by_partner_and_by_tenant_with_those_that_ended,
    slots_come_with_the_claims_that_are_about_them,
    slots_of_products_are_told_while_somebody_claims_them,
    the_review_queue_is_in_the_order_of_due_times_over_all_shards,
);
