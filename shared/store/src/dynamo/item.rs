//! Items of the table: keys, index attributes, and what is stored under them. The crate's README lists all keys, and the
//! access patterns that they serve.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, EvidenceId, Policy, Scope, announcement, due_at, happened};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::port::StoreError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Shards of the indexes by time: with all due work of an hour in one partition, 1,000 writes a second would be the
/// limit of the whole service.
pub(crate) const SHARDS: u8 = 8;

pub(crate) const CLAIM: &str = "CLAIM";
pub(crate) const TRANSITION: &str = "T#";
pub(crate) const SLOT: &str = "SLOT#";
pub(crate) const ENDED: &str = "ENDED#";

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    pub fn claim(id: &ClaimId) -> Self {
        Self { pk: id.to_string(), sk: CLAIM.to_owned() }
    }

    pub fn partner(id: &PartnerId) -> Self {
        Self { pk: format!("PARTNER#{id}"), sk: "PARTNER".to_owned() }
    }

    pub fn tenant(id: &TenantId) -> Self {
        Self { pk: tenant_partition(id), sk: "TENANT".to_owned() }
    }

    pub fn catalogue() -> Self {
        Self { pk: "CATALOGUE".to_owned(), sk: "CATALOGUE".to_owned() }
    }

    pub fn slot(tenant: &TenantId, scope: &Scope) -> Self {
        Self { pk: tenant_partition(tenant), sk: format!("{SLOT}{scope}") }
    }

    pub fn evidence(id: &EvidenceId) -> Self {
        Self { pk: id.to_string(), sk: "EVIDENCE".to_owned() }
    }

    pub fn item(&self) -> Item {
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }

    pub fn of(item: &Item) -> Self {
        Self { pk: string(item, "pk"), sk: string(item, "sk") }
    }
}

/// Where a tenant, its slots and its ended associations live together.
pub(crate) fn tenant_partition(id: &TenantId) -> String {
    format!("TENANT#{id}")
}

/// The list of a partner's claims in the indexes `by_partner` and `by_deadline`.
pub(crate) fn claims_of(partner: &PartnerId) -> String {
    format!("C#{partner}")
}

/// The list of a partner's associations in the index `by_partner`.
pub(crate) fn associations_of(partner: &PartnerId) -> String {
    format!("A#{partner}")
}

/// The shard of the index `review` or `due` that a claim is in.
pub(crate) fn shard(id: &ClaimId) -> String {
    format!("S#{}", Sha256::digest(id.as_str())[0] % SHARDS)
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as the table's expiry wants it.
pub(crate) fn seconds(at: DateTime<Utc>) -> AttributeValue {
    AttributeValue::N(at.timestamp().to_string())
}

/// The attribute that says when the table lets go of an item.
pub(crate) const TTL: &str = "ttl";

/// An item that the table lets go of then.
pub(crate) fn until(mut item: Item, expires: DateTime<Utc>) -> Item {
    item.insert(TTL.to_owned(), seconds(expires));
    item
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A text attribute, or nothing where the item has none.
pub(crate) fn string(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

/// Parses what was read from the item of a key.
pub(crate) fn parsed<T>(key: &str, text: &str) -> Result<T, StoreError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|error| StoreError::corrupt(key, error))
}

/// Writes a value as attributes beside the item's key.
pub(crate) fn write<T: Serialize>(key: &Key, kind: &str, value: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(|error| StoreError::corrupt(&key.pk, error))?;
    item.extend(key.item());
    item.insert("kind".to_owned(), text(kind));
    Ok(item)
}

/// Reads back what [`write`] wrote.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let pk = string(&item, "pk");
    serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&pk, error))
}

/// A claim's item, with the attributes that the indexes ask for, each there only while the index should have it.
pub(crate) fn claim_item(claim: &Claim, policy: &Policy) -> Result<Item, StoreError> {
    let mut item = write(&Key::claim(&claim.id), "claim", claim)?;
    // What its keys say is not said twice: a change of an item of up to 1 KiB costs half of one that is larger.
    item.remove("id");
    item.remove("created_at");
    // Most claims are submitted when they are created: only another time, or none, is noted.
    item.remove("submitted_at");
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set("status", text(claim.status().code()));
    set("name_folded", text(claim.details.name.as_str().to_lowercase()));
    set("list_key", text(claims_of(&claim.details.partner_id)));
    // Keys of an index need not be unique.
    set("list_sort", text(time(claim.created_at)));
    match claim.submitted_at {
        None => set("unsubmitted", AttributeValue::Bool(true)),
        Some(at) if time(at) == time(claim.created_at) => None,
        Some(at) => set("submitted_at", text(time(at))),
    };
    if let Some(deadline) = claim.deadline() {
        set("deadline_sort", text(time(deadline)));
    }
    if let Some(due) = claim.review_due() {
        set("review_shard", text(shard(&claim.id)));
        set("review_due", text(time(due)));
    }
    if let Some(due) = due_at(claim) {
        set("due_shard", text(shard(&claim.id)));
        set("due_at", text(time(due)));
    }
    if let Some(expires) = claim.expires_at(policy) {
        set(TTL, seconds(expires));
    }
    Ok(item)
}

/// Reads a claim back.
pub(crate) fn claim(mut item: Item) -> Result<Claim, StoreError> {
    let id = string(&item, "pk");
    item.insert("id".to_owned(), text(id));
    let created = string(&item, "list_sort");
    if !item.contains_key("unsubmitted") {
        item.entry("submitted_at".to_owned()).or_insert_with(|| text(&created));
    }
    item.insert("created_at".to_owned(), text(created));
    read(item)
}

/// The transition's item: history for people, outbox for the stream.
pub(crate) fn transition_item(change: &Change) -> Result<Option<Item>, StoreError> {
    let Some(transition) = change.transition() else { return Ok(None) };
    let key = Key { pk: transition.claim.to_string(), sk: format!("{TRANSITION}{:08}", transition.version) };
    let mut item = write(&key, "transition", &transition)?;
    // What the event bus tells is all at the top: the pipe that publishes it can pick, but not compute.
    if let Some(announcement) = announcement(&transition.events) {
        let details = &change.after.details;
        let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
        set("announces", text(announcement.code()));
        set(
            "happened",
            AttributeValue::Ss(happened(&transition.events).into_iter().map(str::to_owned).collect()),
        );
        set("program", text(details.program.code()));
        set("partner_id", text(details.partner_id.to_string()));
        set("tenant_id", text(details.tenant_id.to_string()));
    }
    Ok(Some(item))
}
