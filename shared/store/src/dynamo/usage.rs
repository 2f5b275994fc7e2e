//! Figures of usage, who may read them, and who did.
//!
//! Keys, beside those in `item`:
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `USAGE#<tenant>#<scope>` | `<month>` | one scope's figures of one month |
//! | `ACCESS#<association>` | `<time>#<request>` | one read of figures; expires |
//!
//! Figures have partitions of their own, one per scope: a delivery that runs into the limit of a partition does not
//! hold up the tenant's slots.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use chrono::{DateTime, Utc};
use domain::field::TenantId;
use domain::{AssociationId, Figures, Month, Months, Scope, Usage};
use tokio::task::JoinSet;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key, parsed, text};
use crate::dynamo::query::Query;
use crate::dynamo::slot;
use crate::dynamo::write::Write;
use crate::port::{Access, Attribution, Claims, Cursor, Page, StoreError, UsageFigures};

/// What one `BatchGetItem` takes: so many rows are compared with what there is, and those that differ are written.
const COMPARED: usize = 100;
/// What one `BatchWriteItem` takes.
const BATCH: usize = 25;
/// Comparisons under way at once: 40,000 rows take 400 of them and 1,600 batches of writes, which one after the other
/// would outlast the API.
const AT_ONCE: usize = 16;
/// How often a batch is sent before its rows are given up, with a pause in between that doubles.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How long a delivery may take in all. The API waits half a minute for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

impl UsageFigures for Dynamo {
    async fn attribution(&self, id: &AssociationId) -> Result<Option<Attribution>, StoreError> {
        let Some(claim) = self.claim(id.claim()).await? else { return Ok(None) };
        let Some(scope) = claim.scope(id.scope()).map(|claimed| claimed.scope.clone()) else {
            return Ok(None);
        };
        let tenant = claim.details.tenant_id;
        // The slot alone says who is partner of record. It is read after the claim, and consistently: an end that was
        // answered before this read began is seen by it.
        let slot = self.get_item(&Key::slot(&tenant, &scope), true).await?;
        let slot = slot.as_ref().map(slot::read).transpose()?.unwrap_or_default();
        let holder = slot.held_by(id).cloned();
        Ok(Some(Attribution { partner: claim.details.partner_id, tenant, scope, holder }))
    }

    /// One read unit a row, and one write unit for each that is new or changed. What a delivery repeats is read only, at
    /// a fifth of the price of a write: so a delivery that was too much at once gets further each time it is repeated.
    async fn put_figures(&self, figures: &[&Usage]) -> Result<BTreeSet<usize>, StoreError> {
        let mut left: BTreeSet<usize> = (0..figures.len()).collect();
        let mut parts = figures.chunks(COMPARED).zip((0..).step_by(COMPARED));
        let mut under_way = JoinSet::new();
        let work = async {
            loop {
                while under_way.len() < AT_ONCE
                    && let Some((part, first)) = parts.next()
                {
                    let items = (first..).zip(part).map(|(place, usage)| Ok((place, usage_item(usage)?)));
                    let items = items.collect::<Result<Vec<_>, StoreError>>()?;
                    let store = self.clone();
                    under_way.spawn(async move { store.put_changed(items).await });
                }
                let Some(stored) = under_way.join_next().await else { return Ok(()) };
                let stored = stored.map_err(|error| StoreError::database("BatchWriteItem", error))?;
                stored?.iter().for_each(|place| {
                    left.remove(place);
                });
            }
        };
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done.map(|()| left),
            Err(_) => Ok(left),
        }
    }

    async fn figures(
        &self,
        tenant: &TenantId,
        scope: &Scope,
        months: Months,
    ) -> Result<Vec<(Month, Figures)>, StoreError> {
        // Three years of items of less than 200 bytes are far from the megabyte at which DynamoDB would stop.
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(usage_partition(tenant, scope)))
            .expression_attribute_values(":from", text(months.from()))
            .expression_attribute_values(":to", text(months.to()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::database("Query", error))?;
        let read = |item: Item| {
            let key = Key::of(&item);
            Ok((parsed(&key.pk, &key.sk)?, item::read(item)?))
        };
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    async fn put_access(&self, access: &Access, keep_until: DateTime<Utc>) -> Result<(), StoreError> {
        let key = Key {
            pk: access_partition(&access.association),
            sk: format!("{}#{}", item::time(access.at), access.request_id),
        };
        let item = item::until(item::write(&key, "access", access)?, keep_until);
        self.write(Write::put(item).if_absent()).await?.or_conflict()
    }

    async fn accesses(
        &self,
        id: &AssociationId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Access>, StoreError> {
        let mut query = Query::of_table(access_partition(id));
        query.descending = true;
        let (items, next) = self.query(&query, limit, from).await?;
        Ok(Page { items: items.into_iter().map(item::read).collect::<Result<_, _>>()?, next })
    }
}

impl Dynamo {
    /// Writes those of the items that differ from what there is, and answers the places of all that are stored then.
    async fn put_changed(&self, mut items: Vec<(usize, Item)>) -> Result<Vec<usize>, StoreError> {
        let keys: Vec<_> = items.iter().map(|(_, item)| Key::of(item)).collect();
        // Consistently: what another delivery has just replaced must not pass for what there is. When it cannot be read,
        // everything is written, and meets the same trouble if it lasts.
        let known = self.batch(&keys, true).await.unwrap_or_default();
        let known: HashMap<_, _> = known.into_iter().map(|item| (Key::of(&item), item)).collect();
        let mut stored = Vec::with_capacity(items.len());
        items.retain(|(place, item)| {
            let differs = known.get(&Key::of(item)) != Some(item);
            if !differs {
                stored.push(*place);
            }
            differs
        });
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(BATCH));
            stored.extend(self.put_batch(items).await?);
            items = rest;
        }
        Ok(stored)
    }

    /// Writes up to [`BATCH`] items, and answers the places of those that were taken.
    async fn put_batch(&self, mut items: Vec<(usize, Item)>) -> Result<Vec<usize>, StoreError> {
        let mut stored = Vec::with_capacity(items.len());
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            let mut wanted = Vec::with_capacity(items.len());
            for (_, item) in &items {
                let put = PutRequest::builder().set_item(Some(item.clone())).build();
                let put = put.map_err(|error| StoreError::database("BatchWriteItem", error))?;
                wanted.push(WriteRequest::builder().put_request(put).build());
            }
            let answer = self.client.batch_write_item().request_items(&self.table, wanted).send().await;
            match answer {
                Ok(answer) => {
                    let left: HashSet<_> = answer
                        .unprocessed_items
                        .into_iter()
                        .flatten()
                        .flat_map(|(_, requests)| requests)
                        .filter_map(|request| Some(Key::of(&request.put_request?.item)))
                        .collect();
                    items.retain(|(place, item)| {
                        let stays = left.contains(&Key::of(item));
                        if !stays {
                            stored.push(*place);
                        }
                        stays
                    });
                }
                // The SDK has tried several times by now.
                Err(error) if error.code().is_some_and(is_throttling) => {}
                Err(error) => return Err(StoreError::database("BatchWriteItem", error)),
            }
            if items.is_empty() || attempt == ATTEMPTS {
                break;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(stored)
    }
}

fn is_throttling(code: &str) -> bool {
    ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"].contains(&code)
}

fn usage_partition(tenant: &TenantId, scope: &Scope) -> String {
    format!("USAGE#{tenant}#{scope}")
}

fn access_partition(id: &AssociationId) -> String {
    format!("ACCESS#{id}")
}

fn usage_item(usage: &Usage) -> Result<Item, StoreError> {
    let key = Key { pk: usage_partition(&usage.tenant, &usage.scope), sk: usage.month.to_string() };
    item::write(&key, "usage", &usage.figures)
}
