//! The stream's records, as an event source mapping hands them over.

use domain::field::{Field, TenantId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::item::corrupt;
use crate::port::{StoreError, Transition};

/// One record: an item as it became, in DynamoDB's JSON.
#[derive(Debug, Clone)]
pub struct Record {
    /// The name under which the record is reported when it fails.
    pub id: String,
    image: Map<String, Value>,
}

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Raw>,
}

#[derive(Deserialize)]
struct Raw {
    dynamodb: Image,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default)]
    sequence_number: String,
    #[serde(default)]
    new_image: Map<String, Value>,
}

/// The records of a batch, in their order.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is no batch.
pub fn records(event: Value) -> Result<Vec<Record>, StoreError> {
    let batch: Batch = serde_json::from_value(event).map_err(|error| corrupt("a batch of records", error))?;
    let read = |raw: Raw| Record { id: raw.dynamodb.sequence_number, image: raw.dynamodb.new_image };
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
            .map_err(|error| corrupt(&self.key(), error))?;
        serde_dynamo::from_item(item).map_err(|error| corrupt(&self.key(), error))
    }

    /// The tenant that the record is about.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is about none.
    pub fn tenant(&self) -> Result<TenantId, StoreError> {
        let key = self.key();
        TenantId::parse(key.trim_start_matches("TENANT#")).map_err(|error| corrupt(&key, error))
    }

    fn key(&self) -> String {
        self.image.get("pk").and_then(|pk| pk["S"].as_str()).unwrap_or_default().to_owned()
    }
}
