//! Invariants 4 and 5: what callers were told is kept, and nobody is shown what is another's.

use domain::{AssociationId, ClaimId};
use serde_json::Value;

use crate::world::World;

/// What a partner was answered holds nothing of another's.
pub fn shown(world: &mut World, partner: &str, others: &[String], what: &str, body: &str) {
    let foreign = others.iter().find(|other| *other != partner && body.contains(other.as_str()));
    let foreign = foreign.cloned();
    world.hold("5: a partner is shown nothing of another's", foreign.is_none(), || {
        format!("{what} by {partner} showed {foreign:?}: {body}")
    });
    let mut rest = body;
    while let Some(at) = rest.find("clm_") {
        let id = rest.get(at..at + 30).unwrap_or_default();
        rest = &rest[at + 4..];
        let Ok(id) = id.parse::<ClaimId>() else { continue };
        let own = world.table.claim(&id).is_none_or(|claim| claim.details.partner_id.as_str() == partner);
        world.hold("5: a partner is shown nothing of another's", own, || {
            format!("{what} by {partner} showed {id}: {body}")
        });
    }
}

/// A caller was told that its change was made: claim, version, and the event that must be there.
pub fn promised(world: &mut World, body: &Value, event: Option<&'static str>) {
    let id = body["id"].as_str().and_then(|id| id.parse().ok());
    if let (Some(id), Some(version)) = (id, body["version"].as_u64()) {
        world.watch.told.push((id, version, event));
    }
}

/// A creation was answered.
pub fn created(world: &mut World, partner: &str, key: &str, asked: &str, answered: &Value) {
    let known = world.watch.keys.get(&(partner.to_owned(), key.to_owned())).cloned();
    match known {
        None => {
            let entry = (asked.to_owned(), answered.clone());
            world.watch.keys.insert((partner.to_owned(), key.to_owned()), entry);
        }
        Some((body, first)) => {
            let same = body == asked && first == *answered;
            world.hold("4: a repeated request gets the first answer", same, || {
                format!("key {key} of {partner}: first {first}, now {answered}")
            });
        }
    }
}

/// Figures were answered: the association held at some instant while they were asked for, and the read is on record.
pub fn figures_shown(world: &mut World, id: &AssociationId, since: u64, request: &str) {
    let now = world.tick;
    let held =
        world.watch.official.get(id).is_some_and(|spans| {
            spans.iter().any(|(from, to)| *from <= now && to.is_none_or(|to| to >= since))
        });
    world.hold("5: figures only for who holds the scope", held, || id.to_string());
    let recorded = world.table.accesses.get(id).is_some_and(|of| of.keys().any(|(_, by)| by == request));
    world.hold("5: every read of figures is on record", recorded, || format!("{id} by {request}"));
}
