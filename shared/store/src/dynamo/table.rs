//! The calls to the table that all of the adapter is made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue, TransactWriteItem};
use domain::Change;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key};
use crate::port::StoreError;

impl Dynamo {
    pub(crate) async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_item(key, false).await?.map(item::read).transpose()
    }

    pub(crate) async fn get_item(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| StoreError::database("GetItem", error))?;
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
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::database("PutItem", error))?;
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
            let wanted = wanted.map_err(|error| StoreError::database("BatchGetItem", error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(|error| StoreError::database("BatchGetItem", error))?;
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
        let answer = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => Err(cancelled(error, changes)),
        }
    }
}

/// What a cancelled transaction means: the reasons stand in the order of its items.
fn cancelled(error: SdkError<TransactWriteItemsError>, changes: &[Change]) -> StoreError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => StoreError::Conflict,
            _ => StoreError::database("TransactWriteItems", error),
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
    StoreError::database("TransactWriteItems", error)
}
