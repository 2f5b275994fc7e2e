//! What functions call, in memory: the store's ports, mail and timers. Each call waits for its turn and meets its fate.

mod outside;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::field::{CatalogueCode, Email, PartnerId, TenantId};
use domain::{
    Association, AssociationId, Catalogue, Change, Claim, ClaimId, Context, DirectoryEntries, Figures, Month,
    Months, Needs, Partner, Policy, Program, Scope, Slot, Slots, Standing, Tenant, Transition, Usage,
};
use serde_json::json;
use store::{
    Access, Attribution, ClaimQuery, Claims, Counts, Cursor, Directory, Insights, Lists, Page, Quotas, Sort,
    StoreError, UsageFigures,
};

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

/// An item as an eventually consistent read sees it.
fn eventually<T: Clone>(world: &mut World, kept: Option<Kept<T>>) -> Option<T> {
    let kept = kept?;
    let tick = world.tick;
    match kept.stale(tick) {
        Some(before) if world.happens(Fault::StaleRead, 250) => before.cloned(),
        _ => Some(kept.get().clone()),
    }
}

fn slots_eventually(world: &mut World, tenant: &TenantId, scopes: &[Scope]) -> Slots {
    let mut slots = Vec::new();
    for scope in scopes {
        let kept = world.table.slots.get(&(tenant.clone(), scope.clone())).cloned();
        slots.push((scope.clone(), eventually(world, kept).unwrap_or_default()));
    }
    slots.into_iter().collect()
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
        self.read("BatchGetItem", |world| {
            if !needs.directory {
                let read = |scope: &Scope| (scope.clone(), world.table.slot(tenant, scope));
                return Context::nothing().with_slots(needs.slots.iter().map(read).collect());
            }
            let (known, at) =
                (world.table.partners.get(partner).cloned(), world.table.tenants.get(tenant).cloned());
            let directory = DirectoryEntries {
                partner: eventually(world, known),
                tenant: eventually(world, at),
                catalogue: world.table.catalogue.clone(),
            };
            Context::nothing().with_directory(directory).with_slots(slots_eventually(
                world,
                tenant,
                &needs.slots,
            ))
        })
        .await
    }
}

impl Directory for Memory {
    async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, StoreError> {
        self.read("GetItem", |world| {
            let kept = world.table.partners.get(id).cloned();
            eventually(world, kept)
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

/// A page of a list that is read whole. Its cursor is the place of the page's first entry; it names its list, as those of
/// DynamoDB do.
fn page<T>(list: &str, all: Vec<T>, limit: usize, from: Option<&Cursor>) -> Result<Page<T>, StoreError> {
    let start = match from {
        None => 0,
        Some(cursor) => {
            let bytes = BASE64URL_NOPAD.decode(cursor.as_str().as_bytes()).unwrap_or_default();
            let key: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            if key["list"] != list {
                return Err(StoreError::Cursor);
            }
            key["at"].as_str().and_then(|at| at.parse().ok()).ok_or(StoreError::Cursor)?
        }
    };
    let more = all.len() > start + limit;
    let items = all.into_iter().skip(start).take(limit).collect();
    let text = json!({ "list": list, "at": (start + limit).to_string() }).to_string();
    let next = if more { Cursor::parse(&BASE64URL_NOPAD.encode(text.as_bytes())).ok() } else { None };
    Ok(Page { items, next })
}

impl Lists for Memory {
    async fn claims(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Claim>, StoreError> {
        let found = self
            .read("Query", |world| {
                let fits = |claim: &&Claim| {
                    claim.details.partner_id == query.partner
                        && query.status.is_none_or(|status| claim.status() == status)
                        && query.program.is_none_or(|program| claim.details.program == program)
                        && query.tenant.as_ref().is_none_or(|tenant| claim.details.tenant_id == *tenant)
                };
                world.table.claims.values().map(Kept::get).filter(fits).cloned().collect::<Vec<_>>()
            })
            .await?;
        let mut found = found;
        match query.sort {
            Sort::Created => found.sort_by_key(|claim| claim.created_at),
            Sort::Deadline => found.sort_by_key(|claim| (claim.deadline().is_none(), claim.deadline())),
        }
        page(query.partner.as_str(), found, limit, from)
    }

    async fn claim_ids(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<ClaimId>, StoreError> {
        let Page { items, next } = self.claims(query, limit, from).await?;
        Ok(Page { items: items.into_iter().map(|claim| claim.id).collect(), next })
    }

    async fn claims_by_id(&self, ids: &[ClaimId]) -> Result<Vec<Claim>, StoreError> {
        self.read("BatchGetItem", |world| {
            ids.iter().filter_map(|id| world.table.claim(id).cloned()).collect()
        })
        .await
    }

    async fn history(
        &self,
        id: &ClaimId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Transition>, StoreError> {
        let all =
            self.read("Query", |world| world.table.transitions.get(id).cloned().unwrap_or_default()).await?;
        page(&id.to_string(), all, limit, from)
    }

    async fn associations(
        &self,
        partner: &PartnerId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let held = self.read("Query", |world| held(world, |_, holder| holder.partner == *partner)).await?;
        page(partner.as_str(), held, limit, from)
    }

    async fn tenant_associations(
        &self,
        tenant: &TenantId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let all = self
            .read("Query", |world| {
                let mut all = held(world, |of, _| of == tenant);
                all.extend(world.table.ended.get(tenant).into_iter().flatten().cloned());
                all
            })
            .await?;
        page(tenant.as_str(), all, limit, from)
    }

    async fn slots_of(&self, claims: &[Claim]) -> Result<Vec<Slots>, StoreError> {
        self.read("BatchGetItem", |world| {
            let of = |claim: &Claim| {
                let scopes: Vec<_> = claim.scopes.iter().map(|scope| scope.scope.clone()).collect();
                (claim.details.tenant_id.clone(), scopes)
            };
            claims.iter().map(of).map(|(tenant, scopes)| slots_eventually(world, &tenant, &scopes)).collect()
        })
        .await
    }

    async fn overdue(&self, now: DateTime<Utc>, per_shard: usize) -> Result<Vec<ClaimId>, StoreError> {
        self.read("Query", |world| {
            let claims = world.table.claims.values().map(Kept::get);
            let due = claims.filter(|claim| domain::due_at(claim).is_some_and(|due| due <= now));
            due.map(|claim| claim.id.clone()).take(8 * per_shard).collect()
        })
        .await
    }

    async fn product_slots(&self, tenant: &TenantId) -> Result<Vec<(Scope, Slot)>, StoreError> {
        self.read("Query", |world| {
            let slots = world
                .table
                .slots
                .iter()
                .filter(|((of, scope), _)| of == tenant && scope.subscription_id().is_some());
            let slots = slots.map(|((_, scope), kept)| (scope.clone(), kept.get().clone()));
            slots.filter(|(_, slot)| slot.holder.is_some() || !slot.claimants.is_empty()).collect()
        })
        .await
    }

    async fn review_queue(&self, limit: usize, from: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        let mut all = self
            .read("Query", |world| {
                let claims = world.table.claims.values().map(Kept::get);
                claims.filter(|claim| claim.review_due().is_some()).cloned().collect::<Vec<_>>()
            })
            .await?;
        all.sort_by_key(|claim| claim.review_due());
        page("review", all, limit, from)
    }
}

/// Associations that are official.
fn held(world: &World, fits: impl Fn(&TenantId, &domain::Holder) -> bool) -> Vec<Association> {
    let slots = world.table.slots.iter().filter_map(|((tenant, scope), kept)| {
        let holder = kept.get().holder.clone().filter(|holder| fits(tenant, holder))?;
        Some(Association {
            id: holder.association.clone(),
            tenant: tenant.clone(),
            scope: scope.clone(),
            holder,
            ended: None,
        })
    });
    slots.collect()
}

impl UsageFigures for Memory {
    async fn attribution(&self, id: &AssociationId) -> Result<Option<Attribution>, StoreError> {
        let Some(claim) = self.claim(id.claim()).await? else { return Ok(None) };
        let Some(scope) = claim.scope(id.scope()).map(|claimed| claimed.scope.clone()) else {
            return Ok(None);
        };
        let tenant = claim.details.tenant_id;
        let slot = self.read("GetItem", |world| world.table.slot(&tenant, &scope)).await?;
        let holder = slot.holder.filter(|holder| holder.association == *id);
        Ok(Some(Attribution { partner: claim.details.partner_id, tenant, scope, holder }))
    }

    async fn put_figures(&self, figures: &[&Usage]) -> Result<BTreeSet<usize>, StoreError> {
        self.write("BatchWriteItem", |world| {
            for usage in figures {
                let of = world.table.figures.entry((usage.tenant.clone(), usage.scope.clone())).or_default();
                of.insert(usage.month, usage.figures);
            }
            Ok(BTreeSet::new())
        })
        .await
    }

    async fn figures(
        &self,
        tenant: &TenantId,
        scope: &Scope,
        months: Months,
    ) -> Result<Vec<(Month, Figures)>, StoreError> {
        self.read("Query", |world| {
            let all = world.table.figures.get(&(tenant.clone(), scope.clone()));
            let asked = all.into_iter().flat_map(|all| all.range(months.from()..=months.to()));
            asked.map(|(month, figures)| (*month, *figures)).collect()
        })
        .await
    }

    async fn put_access(&self, access: &Access, _: DateTime<Utc>) -> Result<(), StoreError> {
        self.write("PutItem", |world| {
            let of = world.table.accesses.entry(access.association.clone()).or_default();
            let key = (access.at.timestamp(), access.request_id.clone());
            match of.insert(key, access.clone()) {
                None => Ok(()),
                Some(_) => Err(StoreError::Conflict),
            }
        })
        .await
    }

    async fn accesses(
        &self,
        id: &AssociationId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Access>, StoreError> {
        let all = self
            .read("Query", |world| {
                let of = world.table.accesses.get(id);
                of.into_iter().flat_map(|of| of.values().rev().cloned()).collect::<Vec<_>>()
            })
            .await?;
        page(&id.to_string(), all, limit, from)
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
            let of = (partner.clone(), contact.as_str().to_lowercase(), day);
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

/// Counts are not kept here: they have tests of their own.
impl Insights for Memory {
    async fn counts(&self, _: Months) -> Result<Counts, StoreError> {
        Ok(Counts::default())
    }

    async fn leaders(
        &self,
        _: Program,
        _: &CatalogueCode,
        _: usize,
    ) -> Result<Vec<(PartnerId, u64)>, StoreError> {
        Ok(Vec::new())
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
