//! Claims and their slots: all of a change in one write, or in one transaction.

use std::collections::BTreeSet;

use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, Context, EvidenceFile, EvidenceId, Policy, Scope, Slots};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key};
use crate::dynamo::slot;
use crate::dynamo::write::{Write, Written};
use crate::measure;
use crate::port::{Claims, StoreError};

impl Claims for Dynamo {
    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        self.get_item(&Key::claim(id), true).await?.map(item::claim).transpose()
    }

    async fn slots(&self, tenant: &TenantId, scopes: &[Scope]) -> Result<Slots, StoreError> {
        let keys: Vec<_> = scopes.iter().map(|scope| Key::slot(tenant, scope)).collect();
        let items = self.batch(&keys, true).await?;
        slot::of_scopes(tenant, scopes, &items)
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
        scopes: &[Scope],
        files: &[EvidenceId],
    ) -> Result<Context, StoreError> {
        let (partner, tenant_key, catalogue) = (Key::partner(partner), Key::tenant(tenant), Key::catalogue());
        let mut keys = vec![partner.clone(), tenant_key.clone(), catalogue.clone()];
        keys.extend(scopes.iter().map(|scope| Key::slot(tenant, scope)));
        // A batch must not name a key twice, and two proofs may be in one file.
        let files: BTreeSet<Key> = files.iter().map(Key::evidence).collect();
        // Not consistent, at half the price: a slot that has changed fails the commit's condition, and the directory
        // changes at an operator's pace. A file was verified just now, as like as not: where one is named, what was
        // answered about it must be seen.
        let consistent = !files.is_empty();
        keys.extend(files.iter().cloned());
        let items = self.batch(&keys, consistent).await?;
        let slots = slot::of_scopes(tenant, scopes, &items)?;
        let mut context = Context { slots, ..Context::default() };
        for item in items {
            let key = Key::of(&item);
            if key == partner {
                context.partner = Some(item::read(item)?);
            } else if key == tenant_key {
                context.tenant = Some(item::read(item)?);
            } else if key == catalogue {
                context.catalogue = Some(item::read(item)?);
            } else if files.contains(&key) {
                let file: EvidenceFile = item::read(item)?;
                context.files.insert(file.id.clone(), file);
            }
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
