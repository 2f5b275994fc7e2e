//! The table in memory, with the conditions under which DynamoDB takes or refuses a write. `tests/real` has the same handlers
//! over the real adapter, on an embedded DynamoDB.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::insight::{Book, Counted, Generations, Holding, Row, Tally};
use domain::{
    Association, AssociationId, Catalogue, Change, Claim, ClaimId, Claimant, EvidenceFile, EvidenceId,
    Figures, Holder, Month, Partner, Scope, Slot, SlotChange, Slots, Tenant, Transition,
};
use store::{Access, Progress, StoreError};

/// An item, with what it was before its last change: an eventually consistent read may still see that.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    now: T,
    before: Option<T>,
    changed: u64,
}

impl<T> Kept<T> {
    /// A new item.
    pub fn new(now: T, tick: u64) -> Self {
        Self { now, before: None, changed: tick }
    }

    /// The item as it is.
    pub const fn get(&self) -> &T {
        &self.now
    }

    /// What it was a moment ago, if that is so short a time ago that a read may still see it. `None` within for an item
    /// that was not there.
    pub fn stale(&self, tick: u64) -> Option<Option<&T>> {
        (tick.saturating_sub(self.changed) < 8).then_some(self.before.as_ref())
    }

    fn set(&mut self, to: T, tick: u64) {
        self.before = Some(std::mem::replace(&mut self.now, to));
        self.changed = tick;
    }
}

/// Everything that is stored.
#[derive(Debug, Default)]
pub struct Table {
    /// Claims.
    pub claims: BTreeMap<ClaimId, Kept<Claim>>,
    /// Their histories, oldest first.
    pub transitions: BTreeMap<ClaimId, Vec<Transition>>,
    /// Slots.
    pub slots: BTreeMap<(TenantId, Scope), Kept<Slot>>,
    /// Associations that have ended.
    pub ended: BTreeMap<TenantId, Vec<Association>>,
    /// Partners.
    pub partners: BTreeMap<PartnerId, Kept<Partner>>,
    /// Tenants.
    pub tenants: BTreeMap<TenantId, Kept<Tenant>>,
    /// The catalogue, if an operator changed it.
    pub catalogue: Option<Catalogue>,
    /// Evidence files.
    pub files: BTreeMap<EvidenceId, EvidenceFile>,
    /// What was counted of claims.
    pub counted: BTreeMap<ClaimId, Counted>,
    /// Counts, and when they last changed.
    pub rows: BTreeMap<(Book, Row), (Tally, DateTime<Utc>)>,
    /// How many associations partners hold, by generation of counts.
    pub holdings: BTreeMap<(u32, Holding), u64>,
    /// The generations of counts, once there was a rebuild.
    pub generations: Option<Generations>,
    /// How far the latest rebuild has got.
    pub progress: Option<Progress>,
    /// Figures.
    pub figures: BTreeMap<(TenantId, Scope), BTreeMap<Month, Figures>>,
    /// Claims about which a partner has had a contact written to, by day.
    pub written: BTreeMap<(PartnerId, String, String), BTreeSet<ClaimId>>,
    /// Reads of figures, by time and request.
    pub accesses: BTreeMap<AssociationId, BTreeMap<(i64, String), Access>>,
}

/// Puts an item in its place, and remembers what was there.
pub fn put<K: Ord, T>(items: &mut BTreeMap<K, Kept<T>>, key: K, value: T, tick: u64) -> bool {
    match items.get_mut(&key) {
        Some(kept) => {
            kept.set(value, tick);
            false
        }
        None => {
            items.insert(key, Kept::new(value, tick));
            true
        }
    }
}

impl Table {
    /// A claim.
    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.get(id).map(Kept::get)
    }

    /// A slot; an empty one where nothing is stored.
    pub fn slot(&self, tenant: &TenantId, scope: &Scope) -> Slot {
        self.slots.get(&(tenant.clone(), scope.clone())).map(|kept| kept.get().clone()).unwrap_or_default()
    }

    /// Stores changes, all or none, and answers the slots that they touched.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] and [`StoreError::Exists`] as the adapter for DynamoDB says them, and
    /// [`StoreError::Database`] for a transaction that DynamoDB does not take at all.
    pub fn commit(
        &mut self,
        changes: &[Change],
        seen: &Slots,
        tick: u64,
    ) -> Result<Vec<(TenantId, Scope)>, StoreError> {
        let mut slots: BTreeMap<(TenantId, Scope), Slot> = BTreeMap::new();
        let mut lost = false;
        let mut exists = None;
        for (at, change) in changes.iter().enumerate() {
            if changes[..at].iter().any(|other| other.after.id == change.after.id) {
                return Err(invalid("a claim stands in the transaction twice"));
            }
            let stored = self.claim(&change.after.id);
            match (&change.before, stored) {
                (None, Some(existing)) if at == 0 => exists = Some(existing.clone()),
                (None, None) => {}
                (Some(before), Some(stored)) if stored.version == before.version => {}
                _ => lost = true,
            }
            let tenant = &change.after.details.tenant_id;
            for (scope, how) in change.slot_changes() {
                let key = (tenant.clone(), scope.clone());
                if slots.contains_key(&key) {
                    return Err(invalid("a slot stands in the transaction twice"));
                }
                match changed(self.slot(tenant, &scope), change, &scope, &how, seen) {
                    Some(slot) => {
                        slots.insert(key, slot);
                    }
                    None => {
                        lost = true;
                        slots.insert(key, Slot::default());
                    }
                }
            }
        }
        let kept = changes
            .iter()
            .map(|change| 1 + usize::from(change.transition().is_some()) + change.ended().len());
        if kept.sum::<usize>() + slots.len() > 100 {
            return Err(invalid("the transaction has more than 100 items"));
        }
        if let Some(existing) = exists {
            return Err(StoreError::Exists(Box::new(existing)));
        }
        if lost {
            return Err(StoreError::Conflict);
        }
        for change in changes {
            put(&mut self.claims, change.after.id.clone(), change.after.clone(), tick);
            let ended = self.ended.entry(change.after.details.tenant_id.clone()).or_default();
            ended.extend(change.ended());
            if let Some(transition) = change.transition() {
                self.transitions.entry(change.after.id.clone()).or_default().push(transition);
            }
        }
        let touched = slots.keys().cloned().collect();
        for (key, slot) in slots {
            put(&mut self.slots, key, slot, tick);
        }
        Ok(touched)
    }
}

/// The slot after a change, or nothing when its condition fails.
fn changed(mut slot: Slot, change: &Change, scope: &Scope, how: &SlotChange, seen: &Slots) -> Option<Slot> {
    let details = &change.after.details;
    let me = Claimant { partner: details.partner_id.clone(), claim: change.after.id.clone() };
    let association = change.association(scope);
    let held_by = slot.holder.as_ref().map(|holder| &holder.association);
    match how {
        SlotChange::Enter => {
            if seen.get(scope).is_some_and(|seen| seen.version != slot.version) {
                return None;
            }
            slot.claimants.insert(me);
        }
        SlotChange::Leave => {
            slot.claimants.remove(&me);
        }
        SlotChange::Take(incumbent) => {
            if held_by != incumbent.as_ref() {
                return None;
            }
            slot.claimants.remove(&me);
            slot.holder = Some(Holder {
                association,
                partner: details.partner_id.clone(),
                program: details.program,
                since: change.at,
            });
        }
        SlotChange::Release | SlotChange::Reopen => {
            if held_by != Some(&association) {
                return None;
            }
            slot.holder = None;
            if *how == SlotChange::Reopen {
                slot.claimants.insert(me);
            }
        }
    }
    slot.version += 1;
    Some(slot)
}

fn invalid(why: &'static str) -> StoreError {
    StoreError::Database { call: "TransactWriteItems", source: why.into() }
}
