//! How often a partner may have a contact written to.

use chrono::TimeDelta;
use domain::ClaimId;
use domain::field::{Email, Field, PartnerId};
use store::Quotas;

use crate::bench::{Bench, FABRIKAM, TAILSPIN, monday};
use crate::stores::Kind;

async fn only_so_many_claims_of_a_partner_reach_one_contact_in_a_day<K: Kind>() {
    let bench = Bench::<K>::start().await;
    let partner = |id: &str| -> PartnerId { id.parse().unwrap() };
    let contact = |address: &str| Email::parse(address).unwrap();
    let claim = |key: &str| ClaimId::of(&partner(FABRIKAM), &key.parse().unwrap());
    let admit = async |by: &str, to: &str, key: &str, days: i64| {
        let now = monday() + TimeDelta::days(days);
        bench.store.admit(&partner(by), &contact(to), &claim(key), now, 2).await.unwrap()
    };
    assert!(admit(FABRIKAM, "jana@contoso.com", "first", 0).await);
    assert!(admit(FABRIKAM, "jana@contoso.com", "second", 0).await);
    assert!(!admit(FABRIKAM, "jana@contoso.com", "third", 0).await);
    assert!(!admit(FABRIKAM, "Jana@Contoso.com", "third", 0).await, "the same mailbox in other letters");
    assert!(!admit(FABRIKAM, "jana+third@contoso.com", "third", 0).await, "the same mailbox under a tag");
    assert!(admit(FABRIKAM, "jana@contoso.com", "second", 0).await, "a claim that was admitted stays so");
    assert!(admit(FABRIKAM, "karel@contoso.com", "third", 0).await, "another contact");
    assert!(admit(TAILSPIN, "jana@contoso.com", "third", 0).await, "another partner");
    assert!(admit(FABRIKAM, "jana@contoso.com", "third", 1).await, "another day");
}

on_every_store!(only_so_many_claims_of_a_partner_reach_one_contact_in_a_day,);
