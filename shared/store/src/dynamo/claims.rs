//! Claims and their slots: all of a change in one write, or in one transaction.

use std::collections::{BTreeMap, HashMap};

use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, Context, DirectoryEntries, EvidenceId, Needs, Policy, Slots};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key};
use crate::dynamo::slot;
use crate::dynamo::write::{Write, Written};
use crate::measure;
use crate::port::{Claims, StoreError};

impl Claims for Dynamo {
    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        self.get_item(&Key::claim(id), true).await?.map(item::claim).transpose()
    }

    async fn commit(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let outcome = self.store(changes, slots, policy).await;
        measure::commit(changes, &outcome);
        outcome
    }

    async fn context(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        needs: &Needs,
    ) -> Result<Context, StoreError> {
        let directory = [Key::partner(partner), Key::tenant(tenant), Key::catalogue()];
        let mut keys = if needs.directory { directory.to_vec() } else { Vec::new() };
        keys.extend(needs.slots.iter().map(|scope| Key::slot(tenant, scope)));
        // A batch must not name a key twice, and two proofs may be in one file.
        let files: BTreeMap<Key, &EvidenceId> =
            needs.files.iter().map(|id| (Key::evidence(id), id)).collect();
        keys.extend(files.keys().cloned());
        // With the directory not consistent, at half the price: a slot that has changed fails the commit's condition, and the
        // directory changes at an operator's pace. A file was verified just now, as like as not: where one is named, what was
        // answered about it must be seen.
        let consistent = !needs.directory || needs.as_it_is_now || !files.is_empty();
        let items = self.batch(&keys, consistent).await?;
        let mut context = Context::nothing().with_slots(slot::of_scopes(tenant, &needs.slots, &items)?);
        let mut found: HashMap<Key, Item> = items.into_iter().map(|item| (Key::of(&item), item)).collect();
        if needs.directory {
            let [partner, tenant, catalogue] = directory.map(|key| found.remove(&key));
            context = context.with_directory(DirectoryEntries {
                partner: partner.map(item::read).transpose()?,
                tenant: tenant.map(item::read).transpose()?,
                catalogue: catalogue.map(item::read).transpose()?,
            });
        }
        for (key, id) in files {
            context = context.with_file(id.clone(), found.remove(&key).map(item::read).transpose()?);
        }
        Ok(context)
    }
}

impl Dynamo {
    /// The changes in one transaction, or in one write where it is the claim's item alone that changes, which nobody reads in
    /// the history: at half a transaction's cost.
    async fn store(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for change in changes {
            writes.push(write_claim(change, policy)?);
            // A transition is written once; the stream passes on insertions only.
            let kept = item::transition_item(change)?.into_iter().chain(slot::ended_items(change));
            writes.extend(kept.map(|item| Write::put(item).if_absent()));
            let touched = change.slot_changes();
            writes.extend(touched.iter().map(|(scope, how)| slot::write(change, scope, how, slots)));
        }
        let done = match <[Write; 1]>::try_from(writes) {
            Ok([only]) => self.write(only).await?,
            Err(writes) => self.transact(writes).await?,
        };
        match done {
            Written::Done(_) => Ok(()),
            Written::Refused(Some(existing)) => Err(StoreError::Exists(Box::new(item::claim(existing)?))),
            Written::Refused(None) => Err(StoreError::Conflict),
        }
    }
}

/// The claim as it becomes, on condition that it is what was read.
fn write_claim(change: &Change, policy: &Policy) -> Result<Write, StoreError> {
    let put = Write::put(item::claim_item(&change.after, policy)?);
    Ok(match &change.before {
        // The claim that is there answers a repeated request.
        None => put.if_absent().showing_what_is_there(),
        Some(before) => put.if_still("version", Some(before.version)),
    })
}
