//! The stream's records, as an event source mapping hands them over.

use domain::field::{Field, TenantId};
use domain::{ClaimId, Transition};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::dynamo::item;
use crate::port::StoreError;

/// One record: an item as it became, in DynamoDB's JSON; only its key where the item is gone.
#[derive(Debug, Clone)]
pub struct Record {
    /// The name under which the record is reported when it fails.
    pub id: String,
    removed: bool,
    keys: Map<String, Value>,
    image: Map<String, Value>,
}

/// What a record tells that `follow` acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A tenant's subscriptions may have changed.
    TenantChanged(TenantId),
    /// A claim's own item is gone.
    ClaimGone(ClaimId),
    /// A claim has changed.
    ClaimChanged(ClaimId),
}

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Raw>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "eventName", default)]
    event_name: String,
    dynamodb: Image,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default)]
    sequence_number: String,
    #[serde(default)]
    keys: Map<String, Value>,
    #[serde(default)]
    new_image: Map<String, Value>,
}

/// The records of a batch, in their order.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is no batch.
pub fn records(event: Value) -> Result<Vec<Record>, StoreError> {
    let batch: Batch =
        serde_json::from_value(event).map_err(|error| StoreError::corrupt("a batch of records", error))?;
    let read = |raw: Raw| Record {
        id: raw.dynamodb.sequence_number,
        removed: raw.event_name == "REMOVE",
        keys: raw.dynamodb.keys,
        image: raw.dynamodb.new_image,
    };
    Ok(batch.records.into_iter().map(read).collect())
}

/// What a handler answers: the record from which on the batch is to be tried again, if it is.
pub fn answer(failed: Option<&str>) -> Value {
    let failures: Vec<_> = failed.into_iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}

impl Record {
    /// The transition that the record holds.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it holds none.
    pub fn transition(&self) -> Result<Transition, StoreError> {
        let item: serde_dynamo::Item = serde_json::from_value(Value::Object(self.image.clone()))
            .map_err(|error| StoreError::corrupt(&self.key(), error))?;
        serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&self.key(), error))
    }

    /// What the record is about. The stream keeps no images of items that are gone, so their keys have to tell.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is about nothing that concerns `follow`.
    pub fn subject(&self) -> Result<Subject, StoreError> {
        let (pk, sk) = (self.key(), self.text("sk"));
        if self.removed && sk == item::CLAIM {
            return pk.parse().map(Subject::ClaimGone).map_err(|error| StoreError::corrupt(&pk, error));
        }
        if sk.starts_with(item::TRANSITION) {
            return pk.parse().map(Subject::ClaimChanged).map_err(|error| StoreError::corrupt(&pk, error));
        }
        TenantId::parse(pk.trim_start_matches("TENANT#"))
            .map(Subject::TenantChanged)
            .map_err(|error| StoreError::corrupt(&pk, error))
    }

    /// The claim whose item or transition it is; none when it is about something else.
    pub fn claim_id(&self) -> Option<ClaimId> {
        self.key().parse().ok()
    }

    fn key(&self) -> String {
        self.text("pk")
    }

    fn text(&self, name: &str) -> String {
        let value = self.keys.get(name).or_else(|| self.image.get(name));
        value.and_then(|value| value["S"].as_str()).unwrap_or_default().to_owned()
    }
}
