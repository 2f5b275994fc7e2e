//! Figures of usage, in memory.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};
use domain::field::TenantId;
use domain::{AssociationId, Figures, Month, Months, Scope, Usage};
use store::{Access, Attribution, Claims, Cursor, Page, StoreError, UsageFigures};

use super::Memory;
use super::lists::{List, Spot, page};

impl UsageFigures for Memory {
    async fn attribution(&self, id: &AssociationId) -> Result<Option<Attribution>, StoreError> {
        let Some(claim) = self.claim(id.claim()).await? else { return Ok(None) };
        let Some(scope) = claim.scope(id.scope()).map(|claimed| claimed.scope.clone()) else {
            return Ok(None);
        };
        let tenant = claim.details.tenant_id;
        let slot = self.read("GetItem", |world| world.table.slot(&tenant, &scope)).await?;
        let holder = slot.held_by(id).cloned();
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
            match of.entry((access.at.timestamp(), access.request_id.clone())) {
                Entry::Vacant(place) => {
                    place.insert(access.clone());
                    Ok(())
                }
                Entry::Occupied(_) => Err(StoreError::Conflict),
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
                let of = world.table.accesses.get(id).into_iter().flat_map(|of| of.values().cloned());
                of.map(|one| (Spot::at(one.at, one.request_id.clone()), one)).collect()
            })
            .await?;
        page(&List::descending(format!("accesses to {id}")), all, limit, from)
    }
}
