//! All or none, at the version that was seen.

use domain::{
    Actor, Addressee, Change, Command, Event, NoticeNumber, Recipient, Selection, Slots, Standing, evolve,
};
use store::{Claims, ExecuteError, Lists, StoreError};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, is_conflict, later, monday, submission, tenant};
use crate::stores::Kind;

async fn a_claim_reads_back_as_it_was_stored<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams", "intune"], monday()).await;
    assert_eq!(bench.read(&claim).await, claim);
    assert_eq!(claim.status(), Standing::Notifying);
}

async fn it_is_remembered_when_a_draft_was_submitted_and_that_one_never_was<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let draft = submission(FABRIKAM, &["teams"]);
    let a = bench.put(&draft, "a", &[Event::Created], monday()).await;
    let b = bench.put(&draft, "b", &[Event::Created], monday()).await;
    assert_eq!(bench.read(&a).await.submitted_at, None);
    bench.ask(&a, Command::Submit, later(monday(), 3600)).await;
    assert_eq!(bench.read(&a).await.submitted_at, Some(later(monday(), 3600)));
    bench.ask(&b, Command::Withdraw { scopes: Selection::All, reason: None }, later(monday(), 60)).await;
    assert_eq!(bench.read(&b).await.submitted_at, None, "withdrawn as a draft");
}

async fn a_claim_is_created_once<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let (change, slots) = bench.decided(&submission(FABRIKAM, &["teams"]), "a", monday()).await;
    bench.store.commit(std::slice::from_ref(&change), &slots, &bench.policy).await.unwrap();
    match bench.store.commit(std::slice::from_ref(&change), &slots, &bench.policy).await {
        Err(StoreError::Exists(existing)) => assert_eq!(*existing, change.after),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.store.history(&change.after.id, 10, None).await.unwrap().items.len(), 1);
}

async fn of_two_claims_decided_on_the_same_slot_one_must_decide_again<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let (first, seen_by_first) = bench.decided(&submission(FABRIKAM, &["teams"]), "a", monday()).await;
    let (second, seen_by_second) = bench.decided(&submission(TAILSPIN, &["teams"]), "b", monday()).await;
    bench.store.commit(&[first], &seen_by_first, &bench.policy).await.unwrap();
    let id = second.after.id.clone();
    assert!(is_conflict(bench.store.commit(&[second], &seen_by_second, &bench.policy).await));
    // None of it was stored: neither the claim nor its history.
    assert_eq!(bench.store.claim(&id).await.unwrap(), None);
    assert!(bench.store.history(&id, 10, None).await.unwrap().items.is_empty());
    // Deciding again finds the other.
    let again = bench.submit(TAILSPIN, "b", &["teams"], monday()).await;
    assert_eq!(again.status(), Standing::UnderReview);
}

async fn a_change_decided_on_an_old_version_changes_nothing<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let old = claim.clone();
    let withdrawn =
        bench.ask(&claim, Command::Withdraw { scopes: Selection::All, reason: None }, monday()).await;
    let events =
        vec![Event::CustomerTold { notice: NoticeNumber::FIRST, scopes: vec![], deadline: monday() }];
    let after = evolve(&old, &events, monday());
    let change = Change { before: Some(old), after, events, actor: Actor::SYSTEM, at: monday() };
    assert!(is_conflict(bench.store.commit(&[change], &Slots::default(), &bench.policy).await));
    assert_eq!(bench.read(&claim).await, withdrawn.claim);
}

async fn a_change_that_nobody_reads_is_checked_against_the_version_too<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let prepared = bench
        .ask(&claim, Command::PrepareNotice { notice: NoticeNumber::FIRST, links: vec![] }, monday())
        .await;
    let change = Change {
        before: Some(claim.clone()),
        after: prepared.claim.clone(),
        events: prepared.events,
        actor: Actor::SYSTEM,
        at: monday(),
    };
    assert!(is_conflict(bench.store.commit(&[change], &Slots::default(), &bench.policy).await));
    assert_eq!(bench.read(&claim).await.version, 2);
}

async fn silence_makes_one_partner_holder_and_an_end_frees_the_slot<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let claim = bench.official(FABRIKAM, "a", &["teams"]).await;
    assert_eq!(claim.status(), Standing::Official);
    assert_eq!(bench.holder("teams").await.as_deref(), Some(FABRIKAM));
    let at = later(claim.updated_at, 60);
    let declined = bench
        .ask(
            &claim,
            Command::Decline {
                by: Addressee { notice: NoticeNumber::FIRST, to: Recipient::CustomerContact },
                scopes: Selection::All,
                reason: None,
            },
            at,
        )
        .await
        .claim;
    assert_eq!(declined.status(), Standing::Declined);
    assert_eq!(bench.holder("teams").await, None);
    let page = bench.store.tenant_associations(&tenant(), 10, None).await.unwrap();
    let [ended] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!(ended.ended, Some((at, Standing::Declined)));
    assert_eq!(ended.holder.since, claim.updated_at);
}

async fn a_newcomer_supersedes_the_incumbent_in_the_same_step<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let incumbent = bench.official(FABRIKAM, "a", &["teams"]).await;
    let newcomer = bench.submit(TAILSPIN, "b", &["teams", "intune"], monday()).await;
    assert_eq!(newcomer.status(), Standing::UnderReview);
    let approved = bench.approve(&newcomer, incumbent.updated_at).await;
    let told = bench.tell(&approved, incumbent.updated_at).await;
    assert_eq!(
        bench.holder("teams").await.as_deref(),
        Some(FABRIKAM),
        "until the promotion the incumbent stays"
    );
    let official = bench.promote(&told, told.deadline().unwrap()).await.claim;
    assert_eq!(official.status(), Standing::Official);
    assert_eq!(bench.read(&incumbent).await.status(), Standing::Superseded);
    assert_eq!(bench.holder("teams").await.as_deref(), Some(TAILSPIN));
    assert_eq!(bench.holder("intune").await.as_deref(), Some(TAILSPIN));
}

async fn a_promotion_by_somebody_the_approval_did_not_know_goes_to_review<K: Kind>() {
    let bench = Bench::<K>::start().await;
    // Both are approved while nobody holds the slot; whoever comes second was not compared with the first.
    let first = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let second = bench.submit(TAILSPIN, "b", &["teams"], monday()).await;
    let second = bench.approve(&second, monday()).await;
    let (first, second) = (bench.tell(&first, monday()).await, bench.tell(&second, monday()).await);
    let deadline = first.deadline().unwrap();
    assert_eq!(bench.promote(&first, deadline).await.claim.status(), Standing::Official);
    assert_eq!(bench.promote(&second, deadline).await.claim.status(), Standing::UnderReview);
    assert_eq!(bench.holder("teams").await.as_deref(), Some(FABRIKAM));
}

async fn of_promotions_at_once_one_takes_the_slot<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let mut told = Vec::new();
    for (partner, key) in [(FABRIKAM, "a"), (TAILSPIN, "b")] {
        let mut claim = bench.submit(partner, key, &["teams"], monday()).await;
        if claim.status() == Standing::UnderReview {
            claim = bench.approve(&claim, monday()).await;
        }
        told.push(bench.tell(&claim, monday()).await);
    }
    let deadline = told[0].deadline().unwrap();
    let (one, two) = tokio::join!(bench.promote(&told[0], deadline), bench.promote(&told[1], deadline));
    let mut ends = [one.claim.status(), two.claim.status()];
    ends.sort_by_key(|status| status.code());
    assert_eq!(ends, [Standing::Official, Standing::UnderReview]);
}

async fn a_claim_that_has_changed_since_it_was_read_is_read_again<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let submitted = bench.submit(FABRIKAM, "a", &["teams", "intune"], monday()).await;
    let told = bench.tell(&submitted, monday()).await;

    // Nothing to do, or refused, as it was; not as it is.
    let reminded = bench
        .ask_on(&submitted, Command::Remind { notice: NoticeNumber::FIRST, links: Vec::new() }, monday())
        .await;
    assert!(!reminded.unwrap().events.is_empty());
    let deadline = told.deadline().unwrap();
    bench.promote(&told, deadline).await;
    let end = Command::Disassociate { scopes: Selection::All, reason: "Sold".parse().unwrap() };
    let ended = bench.ask_on(&submitted, end.clone(), deadline).await.unwrap().claim;
    assert_eq!(ended, bench.read(&submitted).await);

    // Something to do as it was, nothing or refused as it is.
    assert!(matches!(bench.ask_on(&told, end, deadline).await, Err(ExecuteError::Rejected(_))));
    let told_again =
        bench.ask_on(&submitted, Command::CustomerTold { notice: NoticeNumber::FIRST }, deadline).await;
    assert!(told_again.unwrap().events.is_empty());

    bench.remove(&submitted).await;
    let gone = bench.ask_on(&submitted, Command::Withdraw { scopes: Selection::All, reason: None }, deadline);
    assert!(matches!(gone.await, Err(ExecuteError::NotFound)));
}

on_every_store!(
    a_claim_reads_back_as_it_was_stored,
    it_is_remembered_when_a_draft_was_submitted_and_that_one_never_was,
    a_claim_is_created_once,
    of_two_claims_decided_on_the_same_slot_one_must_decide_again,
    a_change_decided_on_an_old_version_changes_nothing,
    a_change_that_nobody_reads_is_checked_against_the_version_too,
    silence_makes_one_partner_holder_and_an_end_frees_the_slot,
    a_newcomer_supersedes_the_incumbent_in_the_same_step,
    a_promotion_by_somebody_the_approval_did_not_know_goes_to_review,
    of_promotions_at_once_one_takes_the_slot,
    a_claim_that_has_changed_since_it_was_read_is_read_again,
);
