//! Lists lose nothing, repeat nothing, and show nobody what is another's.

use std::collections::BTreeSet;

use domain::Standing;
use store::{ClaimQuery, Cursor, Lists, Sort, StoreError};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, later, monday};
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

/// Drafts, so that one tenant can have many.
async fn drafts(bench: &Bench<impl Kind>, partner: &str, count: i64) {
    use domain::field::Field;
    for n in 0..count {
        let mut submission = crate::bench::submission(partner, &["teams"]);
        submission.draft = true;
        submission.details.name = domain::field::ClaimName::parse(&format!("Rollout {n:03} Žižkov")).unwrap();
        let key = domain::IdempotencyKey::parse(&format!("draft-{n}")).unwrap();
        let at = later(monday(), n / 2);
        let id = domain::ClaimId::of(&partner.parse().unwrap(), &key);
        let new = domain::Claim::new(id, &submission, "digest".to_owned(), at);
        let events = vec![domain::Event::Created];
        let after = domain::evolve(&new, &events, at);
        let change = domain::Change { before: None, after, events, actor: domain::Actor::SYSTEM, at };
        store::Claims::commit(&bench.store, &[change], &domain::Slots::default(), &bench.policy)
            .await
            .unwrap();
    }
}

async fn pages(bench: &Bench<impl Kind>, query: &ClaimQuery, limit: usize) -> Vec<String> {
    let (mut names, mut from) = (Vec::new(), None);
    for _ in 0..100 {
        let page = bench.store.claims(query, limit, from.as_ref()).await.unwrap();
        assert!(page.items.len() <= limit);
        names.extend(page.items.iter().map(|claim| claim.details.name.to_string()));
        from = page.next;
        if from.is_none() {
            return names;
        }
    }
    panic!("the list does not end");
}

async fn pages_lose_nothing_and_repeat_nothing<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 53).await;
    drafts(&bench, TAILSPIN, 5).await;
    for limit in [1, 7, 25, 53, 100] {
        for descending in [false, true] {
            let names = pages(&bench, &ClaimQuery { descending, ..all_of(FABRIKAM) }, limit).await;
            assert_eq!(names.len(), 53, "limit {limit}");
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 53);
        }
    }
    let up = pages(&bench, &all_of(FABRIKAM), 10).await;
    let mut down = pages(&bench, &ClaimQuery { descending: true, ..all_of(FABRIKAM) }, 10).await;
    down.reverse();
    assert_eq!(up, down);
}

async fn a_filter_that_lets_few_through_still_finds_them_all<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 53).await;
    bench.submit(FABRIKAM, "one", &["teams"], monday()).await;
    let query = ClaimQuery { name_contains: Some("ŽIŽKOV".to_owned()), ..all_of(FABRIKAM) };
    assert_eq!(pages(&bench, &query, 7).await.len(), 53);
    let query = ClaimQuery { name_contains: Some("lout 01".to_owned()), ..all_of(FABRIKAM) };
    assert_eq!(pages(&bench, &query, 3).await.len(), 10);
    let query = ClaimQuery { status: Some(Standing::Notifying), ..all_of(FABRIKAM) };
    assert_eq!(pages(&bench, &query, 7).await, ["Contoso Teams rollout"]);
}

async fn by_deadline_come_first_those_that_have_one_and_then_all_others<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 3).await;
    let claim = bench.submit(FABRIKAM, "one", &["teams"], monday()).await;
    let told = bench.tell(&claim, monday()).await;
    for descending in [false, true] {
        let query = ClaimQuery { sort: Sort::Deadline, descending, ..all_of(FABRIKAM) };
        for limit in [1, 2, 3, 4, 7] {
            let names = pages(&bench, &query, limit).await;
            assert_eq!(names.len(), 4, "{limit}");
            assert_eq!(names[0], "Contoso Teams rollout", "{limit}");
        }
    }
    bench.promote(&told, told.deadline().unwrap()).await;
    assert_eq!(pages(&bench, &ClaimQuery { sort: Sort::Deadline, ..all_of(FABRIKAM) }, 2).await.len(), 4);
}

async fn a_cursor_opens_its_own_list_only<K: Kind>() {
    let bench = Bench::<K>::start().await;
    drafts(&bench, FABRIKAM, 3).await;
    drafts(&bench, TAILSPIN, 3).await;
    let theirs = bench.store.claims(&all_of(TAILSPIN), 1, None).await.unwrap().next.unwrap();
    let stolen = bench.store.claims(&all_of(FABRIKAM), 1, Some(&theirs)).await;
    assert!(matches!(stolen, Err(StoreError::Cursor)), "{stolen:?}");
    assert!(matches!(bench.store.review_queue(1, Some(&theirs)).await, Err(StoreError::Cursor)));
    let id = domain::ClaimId::of_none(&TAILSPIN.parse().unwrap());
    assert!(matches!(bench.store.history(&id, 1, Some(&theirs)).await, Err(StoreError::Cursor)));
    for text in ["", "nonsense", "e30", "bnVsbA"] {
        assert!(Cursor::parse(text).is_err(), "{text}");
    }
}

async fn the_review_queue_is_in_the_order_of_due_times_over_all_shards<K: Kind>() {
    let bench = Bench::<K>::start().await;
    // Not in the queue.
    bench.official(FABRIKAM, "a", &["teams"]).await;
    // A tenant each, so that the claims do not stand against one another.
    let mut expected = Vec::new();
    for n in 0..30_u32 {
        use domain::field::Field;
        let tenant = format!("00000000-0000-4000-8000-{n:012}");
        let contoso = serde_json::json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"],
            "workloads": ["teams"], "subscriptions": [] });
        let tenant: domain::field::TenantId = tenant.parse().unwrap();
        let known = domain::Tenant::parse(&contoso).unwrap();
        store::Directory::put_tenant(&bench.store, &tenant, &known).await.unwrap();
        let mut submission = crate::bench::submission(TAILSPIN, &["teams"]);
        submission.details.tenant_id = tenant;
        let key = domain::IdempotencyKey::parse(&format!("review-{n}")).unwrap();
        let at = later(monday(), i64::from(n % 10) * 86_400);
        let id = domain::ClaimId::of(&TAILSPIN.parse().unwrap(), &key);
        let new = domain::Claim::new(id.clone(), &submission, "digest".to_owned(), at);
        let mut policy = bench.policy.clone();
        policy.programs.of_mut(domain::Program::OsuM365).always_review = true;
        let (submit, details) = (domain::Command::Submit, &submission.details);
        let needs = submit.needs(&new);
        let context = store::Claims::context(&bench.store, &details.partner_id, &details.tenant_id, &needs);
        let mut events = vec![domain::Event::Created];
        events.extend(domain::decide(&new, &submit, &context.await.unwrap(), &policy, at).unwrap());
        let after = domain::evolve(&new, &events, at);
        expected.push((after.review_due().unwrap(), id));
        let change = domain::Change { before: None, after, events, actor: domain::Actor::SYSTEM, at };
        store::Claims::commit(&bench.store, &[change], &domain::Slots::default(), &bench.policy)
            .await
            .unwrap();
    }
    expected.sort();
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = bench.store.review_queue(7, from.as_ref()).await.unwrap();
        found.extend(page.items.iter().map(|claim| (claim.review_due().unwrap(), claim.id.clone())));
        from = page.next;
        if from.is_none() || found.len() > 60 {
            break;
        }
    }
    assert_eq!(found, expected);
}

on_every_store!(
    pages_lose_nothing_and_repeat_nothing,
    a_filter_that_lets_few_through_still_finds_them_all,
    by_deadline_come_first_those_that_have_one_and_then_all_others,
    a_cursor_opens_its_own_list_only,
    the_review_queue_is_in_the_order_of_due_times_over_all_shards,
);
