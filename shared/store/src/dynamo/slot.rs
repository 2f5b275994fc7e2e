//! Slots as items of the table: how they are read, and what changes of claims make of them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::field::{PartnerId, TenantId};
use domain::{Association, Change, ClaimId, Claimant, Holder, Scope, Slot, SlotChange, Slots};

use crate::dynamo::item::{self, Item, Key, number, parsed, string, text};
use crate::dynamo::write::Write;
use crate::port::StoreError;

/// The kind of item that a slot is.
const KIND: &str = "slot";

/// What says who holds a slot; all of it is there while somebody does.
const HOLDER: &str = "association, partner_id, program, since, list_key, list_sort";

/// What a change makes of the slot of one of its claim's scopes, on condition that the slot allows it.
pub(super) fn write(change: &Change, scope: &Scope, how: &SlotChange, seen: &Slots) -> Write {
    let details = &change.after.details;
    let key = Key::slot(&details.tenant_id, scope);
    let me = AttributeValue::Ss(vec![claimant_name(&details.partner_id, &change.after.id)]);
    let association = text(change.association(scope).to_string());
    let write = match how {
        SlotChange::Enter => {
            let enter = Write::update(&key, "ADD #version :one, claimants :me SET kind = :kind");
            let enter = enter.value(":kind", text(KIND)).value(":me", me);
            // What is taken back after a no was not read: what has come into the slot since is looked at later.
            match seen.get(scope) {
                Some(slot) => if_still(enter, slot.version),
                None => enter,
            }
        }
        SlotChange::Leave => Write::update(&key, "ADD #version :one DELETE claimants :me").value(":me", me),
        SlotChange::Take(incumbent) => {
            let take = take(&key, change, association).value(":me", me);
            match incumbent {
                None => take.only_if("attribute_not_exists(association)"),
                Some(incumbent) => if_held_as(take, text(incumbent.to_string())),
            }
        }
        SlotChange::Release => {
            let release = Write::update(&key, format!("ADD #version :one REMOVE {HOLDER}"));
            if_held_as(release, association)
        }
        SlotChange::Reopen => {
            let reopen = Write::update(&key, format!("ADD #version :one, claimants :me REMOVE {HOLDER}"));
            if_held_as(reopen, association).value(":me", me)
        }
    };
    write.name("#version", "version").value(":one", number(1))
}

/// On condition that the slot still is as it was read; one that nobody has claimed yet has no item.
fn if_still(write: Write, version: u64) -> Write {
    match version {
        0 => write.only_if("attribute_not_exists(#version)"),
        version => write.only_if("#version = :seen").value(":seen", number(version)),
    }
}

/// On condition that the slot's holder has it by this association.
fn if_held_as(write: Write, association: AttributeValue) -> Write {
    write.only_if("association = :held_as").value(":held_as", association)
}

/// The slot is the claim's from now on.
fn take(key: &Key, change: &Change, association: AttributeValue) -> Write {
    let details = &change.after.details;
    let since = text(item::time(change.at));
    let set = "ADD #version :one DELETE claimants :me SET kind = :kind, association = :association, \
               partner_id = :partner, program = :program, since = :since, list_key = :list, list_sort = :sort";
    Write::update(key, set)
        .value(":kind", text(KIND))
        .value(":association", association)
        .value(":partner", text(details.partner_id.to_string()))
        .value(":program", text(details.program.code()))
        .value(":since", since.clone())
        .value(":list", text(item::associations_of(&details.partner_id)))
        .value(":sort", since)
}

/// The slots of scopes among items that were read.
pub(super) fn of_scopes<'a>(
    tenant: &TenantId,
    scopes: impl IntoIterator<Item = &'a Scope>,
    items: &[Item],
) -> Result<Slots, StoreError> {
    let of = |scope: &Scope| {
        let key = Key::slot(tenant, scope);
        let found = items.iter().find(|item| Key::of(item) == key);
        Ok((scope.clone(), found.map(read).transpose()?.unwrap_or_default()))
    };
    scopes.into_iter().map(of).collect()
}

/// Reads a slot; an absent item is an empty slot.
pub(super) fn read(item: &Item) -> Result<Slot, StoreError> {
    let key = string(item, "sk");
    let claimants = match item.get("claimants") {
        Some(AttributeValue::Ss(names)) => names.iter().map(|name| claimant(&key, name)).collect(),
        _ => Ok(BTreeSet::new()),
    };
    let version = item.get("version").and_then(|v| v.as_n().ok()).and_then(|n| n.parse().ok()).unwrap_or(0);
    let holder = if item.contains_key("association") { Some(holder(item)?) } else { None };
    Ok(Slot { version, holder, claimants: claimants? })
}

fn claimant(key: &str, name: &str) -> Result<Claimant, StoreError> {
    let (partner, claim) = name.split_once('/').unwrap_or((name, ""));
    Ok(Claimant { partner: parsed(key, partner)?, claim: parsed(key, claim)? })
}

/// How a claimant is written in a slot's set.
fn claimant_name(partner: &PartnerId, claim: &ClaimId) -> String {
    format!("{partner}/{claim}")
}

fn holder(item: &Item) -> Result<Holder, StoreError> {
    let key = string(item, "sk");
    Ok(Holder {
        association: parsed(&key, &string(item, "association"))?,
        partner: parsed(&key, &string(item, "partner_id"))?,
        program: parsed(&key, &string(item, "program"))?,
        since: parsed(&key, &string(item, "since"))?,
    })
}

/// What is kept of associations that ended.
pub(super) fn ended_items(change: &Change) -> Vec<Item> {
    let kept = |was: Association| {
        let (until, standing) = was.ended?;
        let sk = format!("{}{}#{}", item::ENDED, item::time(until), was.id);
        let mut kept = Key { pk: item::tenant_partition(&was.tenant), sk }.item();
        let mut set = |name: &str, value: String| kept.insert(name.to_owned(), text(value));
        set("kind", "ended".to_owned());
        set("association", was.id.to_string());
        set("partner_id", was.holder.partner.to_string());
        set("program", was.holder.program.code().to_owned());
        set("scope", was.scope.to_string());
        set("since", item::time(was.holder.since));
        set("until", item::time(until));
        set("standing", standing.code().to_owned());
        Some(kept)
    };
    change.ended().into_iter().filter_map(kept).collect()
}

/// Reads an association from a slot that is held, or from the record of one that ended.
pub(super) fn association(item: &Item) -> Result<Association, StoreError> {
    let key = Key::of(item);
    let scope = match key.sk.strip_prefix(item::SLOT) {
        Some(scope) => scope.to_owned(),
        None => string(item, "scope"),
    };
    let ended = match item.get("until") {
        None => None,
        Some(_) => {
            let until = parsed(&key.sk, &string(item, "until"))?;
            Some((until, parsed(&key.sk, &string(item, "standing"))?))
        }
    };
    let holder = holder(item)?;
    Ok(Association {
        id: holder.association.clone(),
        tenant: parsed(&key.pk, key.pk.trim_start_matches("TENANT#"))?,
        scope: Scope::try_from(scope).map_err(|error| StoreError::corrupt(&key.sk, error))?,
        holder,
        ended,
    })
}
