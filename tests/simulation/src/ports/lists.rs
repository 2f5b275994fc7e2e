//! Lists, in memory: in the orders of DynamoDB's indexes, and with cursors that open no other list.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{Association, Claim, ClaimId, Holder, Scope, Slot, Slots, Transition, due_at};
use store::{ClaimQuery, Cursor, Lists, Page, Place, Sort, StoreError};

use super::{Memory, Reading, slots};
use crate::table::Kept;
use crate::world::World;

/// A list: its name, which its cursors bear, and its direction.
pub(super) struct List {
    name: String,
    descending: bool,
}

impl List {
    pub(super) fn ascending(name: String) -> Self {
        Self { name, descending: false }
    }

    pub(super) fn descending(name: String) -> Self {
        Self { name, descending: true }
    }

    /// A list's parts stand in their order, whichever its direction.
    fn order(&self, one: &Spot, other: &Spot) -> Ordering {
        let within = (one.by, &one.id).cmp(&(other.by, &other.id));
        one.part.cmp(&other.part).then(if self.descending { within.reverse() } else { within })
    }
}

/// Where an entry stands in its list.
pub(super) struct Spot {
    /// In which part of the list.
    part: u8,
    /// By what it is sorted there.
    by: i64,
    /// By what it is told from others that are sorted by the same.
    id: String,
}

impl Spot {
    /// In a list of one part, sorted by times.
    pub(super) fn at(time: DateTime<Utc>, id: String) -> Self {
        Self { part: 0, by: time.timestamp(), id }
    }

    fn place(&self) -> Place {
        let Self { part, by, id } = self;
        let place = [("part", part.to_string()), ("by", by.to_string()), ("id", id.clone())];
        place.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn read(place: &Place) -> Option<Self> {
        Some(Self {
            part: place.get("part")?.parse().ok()?,
            by: place.get("by")?.parse().ok()?,
            id: place.get("id")?.clone(),
        })
    }
}

/// A page of a list that is read whole. It goes on behind the entry that was the last, whatever has come or gone before it.
pub(super) fn page<T>(
    list: &List,
    mut entries: Vec<(Spot, T)>,
    limit: usize,
    from: Option<&Cursor>,
) -> Result<Page<T>, StoreError> {
    entries.sort_by(|(one, _), (other, _)| list.order(one, other));
    if let Some(from) = from {
        let last = Spot::read(&from.place_in(&list.name)?).ok_or(StoreError::Cursor)?;
        entries.retain(|(spot, _)| list.order(spot, &last).is_gt());
    }
    let more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().filter(|_| more);
    let next = last.map(|(spot, _)| Cursor::at(&list.name, spot.place()));
    Ok(Page { items: entries.into_iter().map(|(_, item)| item).collect(), next })
}

/// Whether a partner's list has a claim in it.
fn fits(wanted: &ClaimQuery, claim: &Claim) -> bool {
    let details = &claim.details;
    let name = details.name.as_str().to_lowercase();
    details.partner_id == wanted.partner
        && wanted.status.is_none_or(|status| claim.status() == status)
        && wanted.program.is_none_or(|program| details.program == program)
        && wanted.tenant.as_ref().is_none_or(|tenant| details.tenant_id == *tenant)
        && wanted.name_contains.as_ref().is_none_or(|part| name.contains(&part.to_lowercase()))
}

impl Lists for Memory {
    async fn claims(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Claim>, StoreError> {
        let spot = |claim: &Claim| {
            let created = Spot::at(claim.created_at, claim.id.to_string());
            match (query.sort, claim.deadline()) {
                (Sort::Created, _) => created,
                (Sort::Deadline, Some(deadline)) => Spot { by: deadline.timestamp(), ..created },
                (Sort::Deadline, None) => Spot { part: 1, ..created },
            }
        };
        let found = self
            .read("Query", |world| {
                let claims = world.table.claims.values().map(Kept::get);
                let found = claims.filter(|claim| fits(query, claim));
                found.map(|claim| (spot(claim), claim.clone())).collect()
            })
            .await?;
        let name = format!("claims of {} by {:?}", query.partner, query.sort);
        page(&List { name, descending: query.descending }, found, limit, from)
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
        let mut once: Vec<&ClaimId> = Vec::with_capacity(ids.len());
        for id in ids {
            if !once.contains(&id) {
                once.push(id);
            }
        }
        self.read("BatchGetItem", |world| {
            once.into_iter().filter_map(|id| world.table.claim(id).cloned()).collect()
        })
        .await
    }

    async fn history(
        &self,
        id: &ClaimId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Transition>, StoreError> {
        let spot = |one: &Transition| Spot { part: 0, by: one.version.cast_signed(), id: String::new() };
        let all = self
            .read("Query", |world| {
                let all = world.table.transitions.get(id).into_iter().flatten();
                all.map(|one| (spot(one), one.clone())).collect()
            })
            .await?;
        page(&List::ascending(format!("history of {id}")), all, limit, from)
    }

    async fn associations(
        &self,
        partner: &PartnerId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let spot = |one: &Association| Spot::at(one.holder.since, one.id.to_string());
        let all = self.read("Query", |world| held(world, |_, holder| holder.partner == *partner)).await?;
        let all = all.into_iter().map(|one| (spot(&one), one)).collect();
        page(&List::ascending(format!("associations of {partner}")), all, limit, from)
    }

    async fn tenant_associations(
        &self,
        tenant: &TenantId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let spot = |one: &Association| match one.ended {
            None => Spot { part: 0, by: 0, id: one.scope.to_string() },
            Some((until, _)) => Spot { part: 1, ..Spot::at(until, one.id.to_string()) },
        };
        let all = self
            .read("Query", |world| {
                let mut all = held(world, |of, _| of == tenant);
                all.extend(world.table.ended.get(tenant).into_iter().flatten().cloned());
                all
            })
            .await?;
        let all = all.into_iter().map(|one| (spot(&one), one)).collect();
        page(&List::ascending(format!("associations at {tenant}")), all, limit, from)
    }

    async fn slots_of(&self, claims: &[Claim]) -> Result<Vec<Slots>, StoreError> {
        self.read("BatchGetItem", |world| {
            let of = |claim: &Claim| {
                let scopes: Vec<_> = claim.scopes.iter().map(|scope| scope.scope.clone()).collect();
                (claim.details.tenant_id.clone(), scopes)
            };
            claims
                .iter()
                .map(of)
                .map(|(tenant, scopes)| slots(world, &tenant, &scopes, Reading::Eventual))
                .collect()
        })
        .await
    }

    async fn overdue(&self, now: DateTime<Utc>, per_shard: usize) -> Result<Vec<ClaimId>, StoreError> {
        self.read("Query", |world| {
            let claims = world.table.claims.values().map(Kept::get);
            let due = claims.filter_map(|claim| Some((due_at(claim)?, claim.id.clone())));
            let mut due: Vec<_> = due.filter(|(due, _)| *due <= now).collect();
            due.sort();
            due.into_iter().map(|(_, id)| id).take(8 * per_shard).collect()
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
            slots.filter(|(_, slot)| slot.is_claimed()).collect()
        })
        .await
    }

    async fn review_queue(&self, limit: usize, from: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        let all = self
            .read("Query", |world| {
                let claims = world.table.claims.values().map(Kept::get);
                let waiting = claims.filter_map(|claim| {
                    Some((Spot::at(claim.review_due()?, claim.id.to_string()), claim.clone()))
                });
                waiting.collect()
            })
            .await?;
        page(&List::ascending("review".to_owned()), all, limit, from)
    }
}

/// Associations that are official.
fn held(world: &World, fits: impl Fn(&TenantId, &Holder) -> bool) -> Vec<Association> {
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
