//! Lists: queries of an index or a partition, never a scan.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{Association, Claim, ClaimId, ClaimedScope, Scope, Slot, Slots, Transition};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key, parsed};
use crate::dynamo::query::{Index, Query};
use crate::dynamo::slot;
use crate::port::{ClaimQuery, Cursor, Lists, Page, Sort, StoreError};

/// The name of the review queue, whose cursor holds one of each shard.
const QUEUE: &str = "queue";

impl Lists for Dynamo {
    async fn claims(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Claim>, StoreError> {
        let (entries, next) = self.entries(wanted, limit, from).await?;
        Ok(Page { items: self.claims_at(&entries).await?, next })
    }

    async fn claim_ids(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<ClaimId>, StoreError> {
        let (entries, next) = self.entries(wanted, limit, from).await?;
        Ok(Page { items: ids(&entries)?, next })
    }

    async fn claims_by_id(&self, ids: &[ClaimId]) -> Result<Vec<Claim>, StoreError> {
        let entries: Vec<_> = ids.iter().map(|id| Key::claim(id).item()).collect();
        self.claims_at(&entries).await
    }

    async fn history(
        &self,
        id: &ClaimId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Transition>, StoreError> {
        let mut query = Query::of_table(id.to_string());
        query.sort_prefix = Some(item::TRANSITION.to_owned());
        let (items, next) = self.query(&query, limit, from).await?;
        Ok(Page { items: items.into_iter().map(item::read).collect::<Result<_, _>>()?, next })
    }

    async fn associations(
        &self,
        partner: &PartnerId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let query = Query::of_index(Index::ByPartner, item::associations_of(partner));
        let (entries, next) = self.query(&query, limit, from).await?;
        let keys: Vec<_> = entries.iter().map(Key::of).collect();
        // The index lags behind by moments; the slot itself says who holds it now.
        let slots = self.batch(&keys, true).await?;
        let held = keys.iter().filter_map(|key| slots.iter().find(|item| Key::of(item) == *key));
        let held = held.filter(|item| item.contains_key("association"));
        let mut items = held.map(slot::association).collect::<Result<Vec<_>, _>>()?;
        items.retain(|association| association.holder.partner == *partner);
        Ok(Page { items, next })
    }

    async fn tenant_associations(
        &self,
        tenant: &TenantId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let partition = item::tenant_partition(tenant);
        let list = |prefix: &str| {
            let mut query = Query::of_table(partition.clone());
            query.sort_prefix = Some(prefix.to_owned());
            query
        };
        // First who is, then who was; a cursor's sort key says in which of the two lists it stands.
        let ended = list(item::ENDED);
        let place = from.map(|from| from.place_in(ended.list)).transpose()?.unwrap_or_default();
        if place.get("sk").is_some_and(|sk| sk.starts_with(item::ENDED)) {
            let (ended, next) = self.query(&ended, limit, from).await?;
            return Ok(Page { items: associations(&ended)?, next });
        }
        let mut held = list(item::SLOT);
        held.only_with("association");
        let (found, next) = self.query(&held, limit, from).await?;
        let mut items = associations(&found)?;
        if next.is_some() || items.len() == limit {
            // With nothing left here, the next page starts at the top of the other list.
            let top = Key { pk: partition.clone(), sk: item::ENDED.to_owned() };
            return Ok(Page { items, next: next.or_else(|| Some(ended.behind(&top.item()))) });
        }
        let (found, next) = self.query(&ended, limit - items.len(), None).await?;
        items.extend(associations(&found)?);
        Ok(Page { items, next })
    }

    async fn overdue(&self, now: DateTime<Utc>, per_shard: usize) -> Result<Vec<ClaimId>, StoreError> {
        let mut found = Vec::new();
        for number in 0..item::SHARDS {
            let mut query = Query::of_index(Index::Due, format!("S#{number}"));
            query.due_by = Some(item::time(now));
            let (entries, _) = self.query(&query, per_shard, None).await?;
            found.extend(ids(&entries)?);
        }
        Ok(found)
    }

    async fn product_slots(&self, tenant: &TenantId) -> Result<Vec<(Scope, Slot)>, StoreError> {
        let mut query = Query::of_table(item::tenant_partition(tenant));
        query.sort_prefix = Some(format!("{}product:", item::SLOT));
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let (items, next) = self.query(&query, 500, from.as_ref()).await?;
            for item in &items {
                let slot = slot::read(item)?;
                if slot.is_claimed() {
                    let scope = Key::of(item).sk.trim_start_matches(item::SLOT).to_owned();
                    found.push((
                        Scope::try_from(scope).map_err(|error| StoreError::corrupt("a slot", error))?,
                        slot,
                    ));
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn slots_of(&self, claims: &[Claim]) -> Result<Vec<Slots>, StoreError> {
        let key = |claim: &Claim, scope: &ClaimedScope| Key::slot(&claim.details.tenant_id, &scope.scope);
        let mut keys: Vec<_> =
            claims.iter().flat_map(|claim| claim.scopes.iter().map(move |scope| key(claim, scope))).collect();
        // A batch must not name a key twice, and competing claims are about the same slots.
        keys.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        keys.dedup();
        let items = self.batch(&keys, false).await?;
        let read = |claim: &Claim| {
            let scopes = claim.scopes.iter().map(|scope| &scope.scope);
            slot::of_scopes(&claim.details.tenant_id, scopes, &items)
        };
        claims.iter().map(read).collect()
    }

    async fn review_queue(&self, limit: usize, from: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        // One cursor for all shards: where each of them goes on.
        let mut ends = from.map(|from| from.place_in(QUEUE)).transpose()?.unwrap_or_default();
        let shards: Vec<_> = (0..item::SHARDS).map(|number| format!("S#{number}")).collect();
        if !ends.keys().all(|shard| shards.contains(shard)) {
            return Err(StoreError::Cursor);
        }
        let mut entries: Vec<(String, Item)> = Vec::new();
        let mut more = false;
        for shard in shards {
            let start = ends.get(&shard).map(|end| Cursor::parse(end)).transpose();
            let start = start.map_err(|_| StoreError::Cursor)?;
            let (found, next) = self.query(&queue(&shard), limit, start.as_ref()).await?;
            more |= next.is_some();
            entries.extend(found.into_iter().map(|entry| (shard.clone(), entry)));
        }
        let due = |entry: &Item| (item::string(entry, "review_due"), item::string(entry, "pk"));
        entries.sort_by_cached_key(|(_, entry)| due(entry));
        more |= entries.len() > limit;
        entries.truncate(limit);
        for (shard, entry) in &entries {
            ends.insert(shard.clone(), queue(shard).behind(entry).as_str().to_owned());
        }
        let entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
        Ok(Page { items: self.claims_at(&entries).await?, next: more.then(|| Cursor::at(QUEUE, ends)) })
    }
}

impl Dynamo {
    /// Entries of the list of a partner's claims.
    async fn entries(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<(Vec<Item>, Option<Cursor>), StoreError> {
        if wanted.sort == Sort::Created {
            return self.query(&filtered(Index::ByPartner, wanted), limit, from).await;
        }
        // By deadline first those that have one, from the index that holds no others; then the rest, by creation. A
        // cursor says in which of the two lists it stands.
        let mut rest = filtered(Index::ByPartner, wanted);
        rest.list = "without_deadline";
        rest.only_without("deadline_sort");
        let mut entries = Vec::new();
        let mut start = from.cloned();
        if from.is_none_or(|from| from.place_in(rest.list).is_err()) {
            let (found, next) = self.query(&filtered(Index::ByDeadline, wanted), limit, from).await?;
            entries = found;
            start = None;
            if next.is_some() || entries.len() == limit {
                let next = next.unwrap_or_else(|| rest.top());
                return Ok((entries, Some(next)));
            }
        }
        let (found, next) = self.query(&rest, limit - entries.len(), start.as_ref()).await?;
        entries.extend(found);
        Ok((entries, next))
    }

    /// The claims that index entries stand for, in the entries' order.
    async fn claims_at(&self, entries: &[Item]) -> Result<Vec<Claim>, StoreError> {
        let mut keys: Vec<Key> = Vec::with_capacity(entries.len());
        // An entry that has just moved may be met twice; a batch must not name a key twice.
        for key in entries.iter().map(Key::of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut found: HashMap<String, Item> = self
            .batch(&keys, false)
            .await?
            .into_iter()
            .map(|item| (item::string(&item, "pk"), item))
            .collect();
        // An entry whose claim has just expired is left out.
        keys.iter().filter_map(|key| found.remove(&key.pk)).map(item::claim).collect()
    }
}

/// The query of a partner's claims in an index, with what the caller filters by.
fn filtered(index: Index, wanted: &ClaimQuery) -> Query {
    let mut query = Query::of_index(index, item::claims_of(&wanted.partner));
    query.descending = wanted.descending;
    if let Some(status) = wanted.status {
        query.only("status", status.code().to_owned());
    }
    if let Some(program) = wanted.program {
        query.only("program", program.code().to_owned());
    }
    if let Some(tenant) = &wanted.tenant {
        query.only("tenant_id", tenant.to_string());
    }
    if let Some(part) = &wanted.name_contains {
        // The index holds the name in lower case for this: DynamoDB's `contains` minds the case.
        query.only_containing("name_folded", part.to_lowercase());
    }
    query
}

/// A shard of the review queue.
fn queue(shard: &str) -> Query {
    Query::of_index(Index::Review, shard.to_owned())
}

/// The claims that entries of an index are of.
fn ids(entries: &[Item]) -> Result<Vec<ClaimId>, StoreError> {
    entries.iter().map(Key::of).map(|key| parsed(&key.pk, &key.pk)).collect()
}

fn associations(items: &[Item]) -> Result<Vec<Association>, StoreError> {
    items.iter().map(slot::association).collect()
}
