//! Reads of single items, and writes without a condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key};
use crate::dynamo::write::{Write, Written};
use crate::port::StoreError;

impl Dynamo {
    pub(super) async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get_item(key, false).await?.map(item::read).transpose()
    }

    pub(super) async fn get_item(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
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

    /// Puts a value under a key, and answers whether it is the first.
    pub(super) async fn put<T: Serialize>(
        &self,
        key: &Key,
        kind: &str,
        value: &T,
    ) -> Result<bool, StoreError> {
        let put = Write::put(item::write(key, kind, value)?).answering(ReturnValue::AllOld);
        match self.write(put).await? {
            Written::Done(before) => Ok(before.is_none_or(|before| before.is_empty())),
            Written::Refused(_) => Err(StoreError::Conflict),
        }
    }

    /// Items by their keys, in any order, in one round trip but for what a throttled table leaves over.
    pub(super) async fn batch(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>, StoreError> {
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
}
