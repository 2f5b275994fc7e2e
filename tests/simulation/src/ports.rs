//! What functions call, in memory: the store's ports, mail and timers. Each call waits for its turn and meets its fate.

mod counts;
mod evidence;
mod lists;
mod outside;
mod usage;

use chrono::{DateTime, Utc};
use domain::field::{Email, PartnerId, TenantId};
use domain::{
    Catalogue, Change, Claim, ClaimId, Context, DirectoryEntries, Needs, Partner, Policy, Scope, Slots,
    Standing, Tenant,
};
use store::{Claims, Directory, Quotas, StoreError};

pub use outside::{Alarms, LINKS, Mails};

use crate::table::{Kept, put};
use crate::world::{Fate, Fault, Service, Shared, Turn, World, open};

/// The store in memory.
#[derive(Debug, Clone)]
pub struct Memory(pub Shared);

fn failed(call: &'static str) -> StoreError {
    StoreError::Database { call, source: "the simulation let it fail".into() }
}

impl Memory {
    /// A read.
    async fn read<T>(&self, call: &'static str, read: impl FnOnce(&mut World) -> T) -> Result<T, StoreError> {
        Turn::default().await;
        let mut world = open(&self.0);
        match world.fate(Service::Table, false) {
            Fate::Done => Ok(read(&mut world)),
            _ => Err(failed(call)),
        }
    }

    /// A write, and what it answers.
    async fn write<T>(
        &self,
        call: &'static str,
        mut write: impl FnMut(&mut World) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        Turn::default().await;
        let mut world = open(&self.0);
        match world.fate(Service::Table, true) {
            Fate::Done => write(&mut world),
            Fate::Failed | Fate::Refused => Err(failed(call)),
            Fate::Lost => {
                let _ = write(&mut world);
                Err(failed(call))
            }
            Fate::Twice => {
                let _ = write(&mut world);
                write(&mut world)
            }
            Fate::Contended if call == "TransactWriteItems" => Err(StoreError::Conflict),
            Fate::Contended => {
                world.excuse();
                Err(failed(call))
            }
        }
    }
}

/// How items are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As they are now.
    Consistent,
    /// As they are, or as they were a moment ago.
    Eventual,
}

/// An item as a read sees it.
fn seen<T: Clone>(world: &mut World, kept: Option<Kept<T>>, reading: Reading) -> Option<T> {
    let kept = kept?;
    let tick = world.tick;
    match kept.stale(tick) {
        Some(before) if reading == Reading::Eventual && world.happens(Fault::StaleRead, 250) => {
            before.cloned()
        }
        _ => Some(kept.get().clone()),
    }
}

fn slots(world: &mut World, tenant: &TenantId, scopes: &[Scope], reading: Reading) -> Slots {
    let slot = |scope: &Scope| {
        let kept = world.table.slots.get(&(tenant.clone(), scope.clone())).cloned();
        (scope.clone(), seen(world, kept, reading).unwrap_or_default())
    };
    scopes.iter().map(slot).collect()
}

impl Claims for Memory {
    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        self.read("GetItem", |world| world.table.claim(id).cloned()).await
    }

    async fn commit(&self, changes: &[Change], slots: &Slots, _: &Policy) -> Result<(), StoreError> {
        self.write("TransactWriteItems", |world| world.commit(changes, slots)).await
    }

    async fn context(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        needs: &Needs,
    ) -> Result<Context, StoreError> {
        // As the adapter for DynamoDB reads.
        let may_lag = needs.directory && !needs.as_it_is_now && needs.files.is_empty();
        let reading = if may_lag { Reading::Eventual } else { Reading::Consistent };
        self.read("BatchGetItem", |world| {
            let mut context = Context::nothing();
            if needs.directory {
                let known = world.table.partners.get(partner).cloned();
                let at = world.table.tenants.get(tenant).cloned();
                context = context.with_directory(DirectoryEntries {
                    partner: seen(world, known, reading),
                    tenant: seen(world, at, reading),
                    catalogue: world.table.catalogue.clone(),
                });
            }
            for id in &needs.files {
                context = context.with_file(id.clone(), world.table.files.get(id).cloned());
            }
            context.with_slots(slots(world, tenant, &needs.slots, reading))
        })
        .await
    }
}

impl Directory for Memory {
    async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, StoreError> {
        self.read("GetItem", |world| {
            let kept = world.table.partners.get(id).cloned();
            seen(world, kept, Reading::Eventual)
        })
        .await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        self.read("GetItem", |world| world.table.tenants.get(id).map(|kept| kept.get().clone())).await
    }

    async fn catalogue(&self) -> Result<Option<Catalogue>, StoreError> {
        self.read("GetItem", |world| world.table.catalogue.clone()).await
    }

    async fn put_partner(&self, id: &PartnerId, partner: &Partner) -> Result<bool, StoreError> {
        self.write("PutItem", |world| {
            Ok(put(&mut world.table.partners, id.clone(), partner.clone(), world.tick))
        })
        .await
    }

    async fn put_tenant(&self, id: &TenantId, tenant: &Tenant) -> Result<bool, StoreError> {
        self.write("PutItem", |world| {
            let new = put(&mut world.table.tenants, id.clone(), tenant.clone(), world.tick);
            world.tenant_changed(id);
            Ok(new)
        })
        .await
    }

    async fn put_catalogue(&self, catalogue: &Catalogue) -> Result<bool, StoreError> {
        self.write("PutItem", |world| Ok(world.table.catalogue.replace(catalogue.clone()).is_none())).await
    }
}

impl Quotas for Memory {
    async fn admit(
        &self,
        partner: &PartnerId,
        contact: &Email,
        claim: &ClaimId,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<bool, StoreError> {
        self.write("UpdateItem", |world| {
            let day = now.format("%Y-%m-%d").to_string();
            let of = (partner.clone(), contact.mailbox(), day);
            let written = world.table.written.entry(of).or_default();
            let admitted = written.contains(claim) || written.len() < most;
            if admitted {
                written.insert(claim.clone());
            }
            Ok(admitted)
        })
        .await
    }
}

/// Standings in which a scope waits for something.
pub const OPEN: [Standing; 6] = [
    Standing::Submitted,
    Standing::UnderReview,
    Standing::ActionRequired,
    Standing::Notifying,
    Standing::AwaitingCustomer,
    Standing::Disputed,
];
