//! Items of the table: keys, index attributes, and what is stored under them. ARCHITECTURE.md lists the access
//! patterns that they serve.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{
    Association, Change, Claim, ClaimId, Claimant, Event, EvidenceId, Holder, Policy, Program, Scope, Slot,
    announcement, due_at,
};
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

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A text attribute, or nothing where the item has none.
pub(crate) fn string(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
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
    if claim.review_due.is_some() {
        set("review_shard", text(shard(&claim.id)));
    }
    if let Some(due) = due_at(claim) {
        set("due_shard", text(shard(&claim.id)));
        set("due_at", text(time(due)));
    }
    if let Some(expires) = claim.expires_at(policy) {
        set("ttl", AttributeValue::N(expires.timestamp().to_string()));
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
        set("happened", AttributeValue::Ss(names(&transition.events)));
        set("program", text(details.program.code()));
        set("partner_id", text(details.partner_id.to_string()));
        set("tenant_id", text(details.tenant_id.to_string()));
    }
    Ok(Some(item))
}

/// The names of events, each once.
fn names(events: &[Event]) -> Vec<String> {
    let mut names: Vec<_> = events.iter().map(|event| event.name().to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What is kept of associations that ended.
pub(crate) fn ended_items(change: &Change) -> Vec<Item> {
    let item = |was: Association| {
        let (until, standing) = was.ended?;
        let key = Key { pk: tenant_partition(&was.tenant), sk: format!("{ENDED}{}#{}", time(until), was.id) };
        let mut item = key.item();
        let mut set = |name: &str, value: String| item.insert(name.to_owned(), text(value));
        set("kind", "ended".to_owned());
        set("association", was.id.to_string());
        set("partner_id", was.holder.partner.to_string());
        set("program", was.holder.program.code().to_owned());
        set("scope", was.scope.to_string());
        set("since", time(was.holder.since));
        set("until", time(until));
        set("standing", standing.code().to_owned());
        Some(item)
    };
    change.ended().into_iter().filter_map(item).collect()
}

/// Reads a slot; an absent item is an empty slot.
pub(crate) fn slot(item: &Item) -> Result<Slot, StoreError> {
    let key = string(item, "sk");
    let claimants = match item.get("claimants") {
        Some(AttributeValue::Ss(names)) => names.iter().map(|name| claimant(&key, name)).collect(),
        _ => Ok(std::collections::BTreeSet::new()),
    };
    let version = item.get("version").and_then(|v| v.as_n().ok()).and_then(|n| n.parse().ok()).unwrap_or(0);
    let holder = if item.contains_key("association") { Some(holder(item)?) } else { None };
    Ok(Slot { version, holder, claimants: claimants? })
}

fn claimant(key: &str, name: &str) -> Result<Claimant, StoreError> {
    let (partner, claim) = name.split_once('/').unwrap_or((name, ""));
    Ok(Claimant {
        partner: partner.parse().map_err(|error| StoreError::corrupt(key, error))?,
        claim: claim.parse().map_err(|error| StoreError::corrupt(key, error))?,
    })
}

/// How a claimant is written in a slot's set.
pub(crate) fn claimant_name(partner: &PartnerId, claim: &ClaimId) -> String {
    format!("{partner}/{claim}")
}

fn holder(item: &Item) -> Result<Holder, StoreError> {
    let key = string(item, "sk");
    Ok(Holder {
        association: string(item, "association").parse().map_err(|error| StoreError::corrupt(&key, error))?,
        partner: string(item, "partner_id").parse().map_err(|error| StoreError::corrupt(&key, error))?,
        program: string(item, "program")
            .parse::<Program>()
            .map_err(|error| StoreError::corrupt(&key, error))?,
        since: instant(&key, &string(item, "since"))?,
    })
}

fn instant(key: &str, text: &str) -> Result<DateTime<Utc>, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(key, error))
}

/// Reads an association from a slot that is held, or from the record of one that ended.
pub(crate) fn association(item: &Item) -> Result<Association, StoreError> {
    let key = Key::of(item);
    let scope = match key.sk.strip_prefix(SLOT) {
        Some(scope) => scope.to_owned(),
        None => string(item, "scope"),
    };
    let ended = match item.get("until") {
        None => None,
        Some(_) => {
            let standing =
                string(item, "standing").parse().map_err(|error| StoreError::corrupt(&key.sk, error))?;
            Some((instant(&key.sk, &string(item, "until"))?, standing))
        }
    };
    let holder = holder(item)?;
    let tenant =
        key.pk.trim_start_matches("TENANT#").parse().map_err(|error| StoreError::corrupt(&key.pk, error))?;
    Ok(Association {
        id: holder.association.clone(),
        tenant,
        scope: Scope::try_from(scope).map_err(|error| StoreError::corrupt(&key.sk, error))?,
        holder,
        ended,
    })
}
