//! Evidence files: announced once, verified once, read with what is around a submission.

use chrono::TimeDelta;
use domain::{EvidenceFile, EvidenceId, FileState, FileStatement, IdempotencyKey, Needs, field::Field};
use serde_json::json;
use store::{Claims, EvidenceFiles};

use crate::bench::{Bench, FABRIKAM, later, monday, tenant};
use crate::stores::Kind;

pub fn file(key: &str, size: u64) -> EvidenceFile {
    let statement = json!({ "file_name": "SOW-118.pdf", "media_type": "application/pdf", "size": size, "sha256": "0a".repeat(32) });
    EvidenceFile {
        id: EvidenceId::of(&FABRIKAM.parse().unwrap(), &IdempotencyKey::parse(key).unwrap()),
        partner_id: FABRIKAM.parse().unwrap(),
        statement: FileStatement::parse(&statement).unwrap(),
        state: FileState::Waiting,
        created_at: monday(),
        verified_at: None,
    }
}

async fn a_file_is_announced_once_and_read_back_as_it_was<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let keep = monday() + TimeDelta::days(1096);
    assert_eq!(bench.store.file(&file("a", 7).id).await.unwrap(), None);
    assert_eq!(bench.store.announce(&file("a", 7), keep).await.unwrap(), None);
    assert_eq!(bench.store.announce(&file("a", 8), keep).await.unwrap(), Some(file("a", 7)));
    assert_eq!(bench.store.file(&file("a", 7).id).await.unwrap(), Some(file("a", 7)));
}

async fn the_first_verification_stays<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let id = file("a", 7).id;
    assert_eq!(bench.store.verified(&id, monday()).await.unwrap(), None);
    assert_eq!(bench.store.file(&id).await.unwrap(), None);
    bench.store.announce(&file("a", 7), monday()).await.unwrap();
    let verified =
        EvidenceFile { state: FileState::Verified, verified_at: Some(later(monday(), 5)), ..file("a", 7) };
    assert_eq!(bench.store.verified(&id, later(monday(), 5)).await.unwrap(), Some(verified.clone()));
    assert_eq!(bench.store.verified(&id, later(monday(), 9)).await.unwrap(), Some(verified.clone()));
    assert_eq!(bench.store.file(&id).await.unwrap(), Some(verified));
}

async fn files_come_with_what_is_known_around_a_submission<K: Kind>() {
    let bench = Bench::<K>::start().await;
    bench.store.announce(&file("a", 7), monday()).await.unwrap();
    let (a, b) = (file("a", 7).id, file("b", 7).id);
    let needs = Needs { directory: true, files: vec![a.clone(), b.clone(), a.clone()], ..Needs::default() };
    let context = bench.store.context(&FABRIKAM.parse().unwrap(), &tenant(), &needs).await.unwrap();
    assert_eq!((context.file(&a), context.file(&b)), (Ok(Some(&file("a", 7))), Ok(None)));
    let directory = context.directory().unwrap();
    assert!(directory.partner.is_some() && directory.tenant.is_some());
}

on_every_store!(
    a_file_is_announced_once_and_read_back_as_it_was,
    the_first_verification_stays,
    files_come_with_what_is_known_around_a_submission,
);
