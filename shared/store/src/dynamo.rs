//! The store in DynamoDB: one table, conditional writes, a transaction where more than one item changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use aws_types::SdkConfig;
use domain::field::{PartnerId, TenantId};
use domain::{
    Catalogue, Change, Claim, ClaimId, Context, DirectoryEntries, EvidenceId, Needs, Partner, Policy, Scope,
    SlotChange, Slots, Tenant,
};
use runtime::{ConfigError, Settings};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::item::{self, Item, Key, number, text};
use crate::measure;
use crate::port::{Claims, Directory, StoreError};

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct Dynamo {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) meter: Arc<Meter>,
}

/// What the calls have cost so far, as DynamoDB counts it.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    /// In hundredths, because reads cost halves.
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Meter {
    /// Round trips so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Read units so far.
    pub fn read_units(&self) -> f64 {
        hundredths(&self.reads)
    }

    /// Write units so far.
    pub fn write_units(&self) -> f64 {
        hundredths(&self.writes)
    }

    pub(crate) fn read<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.add(&self.reads, consumed);
    }

    pub(crate) fn wrote<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.add(&self.writes, consumed);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
    fn add<'a>(&self, to: &AtomicU64, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        to.fetch_add((units * 100.0).round() as u64, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn hundredths(units: &AtomicU64) -> f64 {
    units.load(Ordering::Relaxed) as f64 / 100.0
}

impl Dynamo {
    /// The store in a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), meter: Arc::default() }
    }

    /// The table that the settings name, with its connection opened.
    ///
    /// # Errors
    /// [`ConfigError`] when `TABLE_NAME` is not set.
    pub async fn open(settings: &Settings<'_>, aws: &SdkConfig) -> Result<Self, ConfigError> {
        let store = Self::new(Client::new(aws), settings.text("TABLE_NAME")?);
        store.warm().await;
        Ok(store)
    }

    /// What the calls have cost.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Opens the connection, so that the first request does not wait for it. A Lambda function's init runs at full
    /// speed, its first invocation does not.
    pub async fn warm(&self) {
        let key = Key::catalogue();
        let warmed = self.client.get_item().table_name(&self.table).set_key(Some(key.item())).send().await;
        if let Err(error) = warmed {
            // The first request will meet the same error and report it to somebody.
            tracing::warn!(error = %DisplayErrorContext(&error), "could not warm the connection");
        }
    }

    async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_item(key, false).await?.map(item::read).transpose()
    }

    pub(crate) async fn get_item(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failed("GetItem", error))?;
        self.meter.read(answer.consumed_capacity());
        Ok(answer.item)
    }

    pub(crate) async fn put<T: Serialize>(
        &self,
        key: &Key,
        kind: &str,
        value: &T,
    ) -> Result<bool, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::write(key, kind, value)?))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failed("PutItem", error))?;
        self.meter.wrote(answer.consumed_capacity());
        Ok(answer.attributes.is_none_or(|old| old.is_empty()))
    }

    /// Items by their keys, in any order, in one round trip but for what a throttled table leaves over.
    pub(crate) async fn batch(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut left: Vec<Item> = keys.iter().map(Key::item).collect();
        // DynamoDB may leave keys over when throttled; it always makes some progress, or says why not.
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(100));
            let wanted =
                KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(consistent).build();
            let wanted = wanted.map_err(|error| failed_with("BatchGetItem", error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| failed("BatchGetItem", error))?;
            self.meter.read(answer.consumed_capacity());
            found.extend(answer.responses.into_iter().flat_map(HashMap::into_values).flatten());
            left = answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, keys)| keys.keys).collect();
            left.extend(rest);
        }
        Ok(found)
    }

    /// Writes all of it or nothing. `changes` lets a failed create be reported as `Exists`; pass `&[]` when no claim is
    /// written.
    pub(crate) async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
        changes: &[Change],
    ) -> Result<(), StoreError> {
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Ok(())
            }
            Err(error) => Err(cancelled(error, changes)),
        }
    }

    fn put_claim(&self, change: &Change, policy: &Policy) -> Result<Put, StoreError> {
        let put =
            Put::builder().table_name(&self.table).set_item(Some(item::claim_item(&change.after, policy)?));
        let put = match &change.before {
            // The claim that is there answers a repeated request.
            None => put
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
            Some(before) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(before.version)),
        };
        put.build().map_err(|error| failed_with("TransactWriteItems", error))
    }

    fn update_slot(
        &self,
        change: &Change,
        scope: &Scope,
        how: &SlotChange,
        seen: &Slots,
    ) -> Result<Update, StoreError> {
        let claim = &change.after;
        let details = &claim.details;
        let me = item::claimant_name(&details.partner_id, &claim.id);
        let association = change.association(scope);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::slot(&details.tenant_id, scope).item()))
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":one", number(1));
        let mine = aws_sdk_dynamodb::types::AttributeValue::Ss(vec![me]);
        const HOLDER: &str = "association, partner_id, program, since, list_key, list_sort";
        let update = match how {
            SlotChange::Enter => {
                let update = update
                    .update_expression("ADD #version :one, claimants :me SET kind = :kind")
                    .expression_attribute_values(":kind", text("slot"))
                    .expression_attribute_values(":me", mine);
                match seen.get(scope).map(|slot| slot.version) {
                    // Taken back after a no: what has come into the slot since is looked at later.
                    None => update,
                    Some(0) => update.condition_expression("attribute_not_exists(#version)"),
                    Some(version) => update
                        .condition_expression("#version = :seen")
                        .expression_attribute_values(":seen", number(version)),
                }
            }
            SlotChange::Leave => update
                .update_expression("ADD #version :one DELETE claimants :me")
                .expression_attribute_values(":me", mine),
            SlotChange::Take(incumbent) => {
                let since = item::time(change.at);
                let update = update
                    .update_expression(
                        "ADD #version :one DELETE claimants :me SET kind = :kind, association = :association, \
                         partner_id = :partner, program = :program, since = :since, list_key = :list, \
                         list_sort = :sort",
                    )
                    .expression_attribute_values(":kind", text("slot"))
                    .expression_attribute_values(":me", mine)
                    .expression_attribute_values(":list", text(item::associations_of(&details.partner_id)))
                    .expression_attribute_values(":sort", text(&since))
                    .expression_attribute_values(":association", text(association.to_string()))
                    .expression_attribute_values(":partner", text(details.partner_id.to_string()))
                    .expression_attribute_values(":program", text(details.program.code()))
                    .expression_attribute_values(":since", text(since));
                match incumbent {
                    None => update.condition_expression("attribute_not_exists(association)"),
                    Some(incumbent) => update
                        .condition_expression("association = :incumbent")
                        .expression_attribute_values(":incumbent", text(incumbent.to_string())),
                }
            }
            SlotChange::Release => update
                .update_expression(format!("ADD #version :one REMOVE {HOLDER}"))
                .condition_expression("association = :association")
                .expression_attribute_values(":association", text(association.to_string())),
            SlotChange::Reopen => update
                .update_expression(format!("ADD #version :one, claimants :me REMOVE {HOLDER}"))
                .condition_expression("association = :association")
                .expression_attribute_values(":association", text(association.to_string()))
                .expression_attribute_values(":me", mine),
        };
        update.build().map_err(|error| failed_with("TransactWriteItems", error))
    }

    /// The changes in one write, or in one transaction.
    async fn write(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for change in changes {
            writes.push(TransactWriteItem::builder().put(self.put_claim(change, policy)?).build());
            let plain = item::transition_item(change)?.into_iter().chain(item::ended_items(change));
            for item in plain {
                // A transition is written once; the stream passes on insertions only.
                let put = Put::builder()
                    .table_name(&self.table)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(pk)")
                    .build();
                let put = put.map_err(|error| failed_with("TransactWriteItems", error))?;
                writes.push(TransactWriteItem::builder().put(put).build());
            }
            for (scope, how) in change.slot_changes() {
                let update = self.update_slot(change, &scope, &how, slots)?;
                writes.push(TransactWriteItem::builder().update(update).build());
            }
        }
        if let [only] = writes.as_slice()
            && let Some(put) = only.put()
        {
            return self.commit_alone(put.clone()).await;
        }
        self.transact(writes, changes).await
    }

    /// A change of the claim's item alone, which nobody reads in the history: one write, at half a transaction's cost.
    async fn commit_alone(&self, put: Put) -> Result<(), StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Ok(())
            }
            Err(error) if error.as_service_error().is_some_and(lost_alone) => Err(StoreError::Conflict),
            Err(error) => Err(failed("PutItem", error)),
        }
    }
}

impl Claims for Dynamo {
    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        self.get_item(&Key::claim(id), true).await?.map(item::claim).transpose()
    }

    async fn commit(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let outcome = self.write(changes, slots, policy).await;
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
        let consistent = !needs.directory || !files.is_empty();
        let items = self.batch(&keys, consistent).await?;
        let mut context = Context::nothing().with_slots(slots_of(tenant, &needs.slots, &items)?);
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

impl Directory for Dynamo {
    async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, StoreError> {
        self.get(&Key::partner(id)).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        // Consistent: who asks may have been told of a change that a moment ago was made.
        self.get_item(&Key::tenant(id), true).await?.map(item::read).transpose()
    }

    async fn catalogue(&self) -> Result<Option<Catalogue>, StoreError> {
        self.get(&Key::catalogue()).await
    }

    async fn put_partner(&self, id: &PartnerId, partner: &Partner) -> Result<bool, StoreError> {
        self.put(&Key::partner(id), "partner", partner).await
    }

    async fn put_tenant(&self, id: &TenantId, tenant: &Tenant) -> Result<bool, StoreError> {
        self.put(&Key::tenant(id), "tenant", tenant).await
    }

    async fn put_catalogue(&self, catalogue: &Catalogue) -> Result<bool, StoreError> {
        self.put(&Key::catalogue(), "catalogue", catalogue).await
    }
}

fn slots_of(tenant: &TenantId, scopes: &[Scope], items: &[Item]) -> Result<Slots, StoreError> {
    let read = |scope: &Scope| {
        let key = Key::slot(tenant, scope);
        let found = items.iter().find(|item| Key::of(item) == key);
        let slot = found.map(item::slot).transpose()?.unwrap_or_default();
        Ok((scope.clone(), slot))
    };
    scopes.iter().map(read).collect()
}

/// What a cancelled transaction means: the reasons stand in the order of its items.
fn cancelled(error: SdkError<TransactWriteItemsError>, changes: &[Change]) -> StoreError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => StoreError::Conflict,
            _ => failed("TransactWriteItems", error),
        };
    };
    let reasons = cancelled.cancellation_reasons();
    let is_new = changes.first().is_some_and(|change| change.before.is_none());
    if is_new
        && let Some(first) = reasons.first()
        && first.code() == Some("ConditionalCheckFailed")
        && let Some(existing) = first.item().filter(|item| !item.is_empty())
    {
        return match item::claim(existing.clone()) {
            Ok(claim) => StoreError::Exists(Box::new(claim)),
            Err(error) => error,
        };
    }
    // Throttled items are among those to be tried again: the SDK does not look into the reasons.
    let lost = |code: Option<&str>| {
        let again = [
            "ConditionalCheckFailed",
            "TransactionConflict",
            "ThrottlingError",
            "ProvisionedThroughputExceeded",
        ];
        code.is_some_and(|code| again.contains(&code))
    };
    let settled = |code: Option<&str>| lost(code) || matches!(code, None | Some("None"));
    if reasons.iter().any(|reason| lost(reason.code())) && reasons.iter().all(|reason| settled(reason.code()))
    {
        return StoreError::Conflict;
    }
    failed("TransactWriteItems", error)
}

/// Whether a single write lost against another change of the same item.
fn lost_alone(error: &PutItemError) -> bool {
    matches!(
        error,
        PutItemError::ConditionalCheckFailedException(_) | PutItemError::TransactionConflictException(_)
    )
}

pub(crate) fn failed<E, R>(call: &'static str, error: SdkError<E, R>) -> StoreError
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    StoreError::Database { call, source: Box::new(error) }
}

pub(crate) fn failed_with(
    call: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> StoreError {
    StoreError::Database { call, source: Box::new(source) }
}
