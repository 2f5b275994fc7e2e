//! The stream's records as an event source mapping hands them over.

use domain::Transition;
use serde_json::{Value, json};

use crate::world::Record;

/// The image of a transition, in DynamoDB's JSON.
pub fn image(transition: &Transition) -> Value {
    let item: serde_dynamo::Item = match serde_dynamo::to_item(transition) {
        Ok(item) => item,
        Err(error) => panic!("a transition that cannot be stored: {error}"),
    };
    let mut image = serde_json::to_value(item).unwrap_or_default();
    image["pk"] = json!({ "S": transition.claim.to_string() });
    image["sk"] = json!({ "S": format!("T#{:08}", transition.version) });
    image
}

/// A batch.
pub fn batch(records: &[Record]) -> Value {
    let records = records.iter().map(|record| {
        json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": record.sequence.to_string(), "NewImage": record.image } })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

/// What a function answers that stopped at a record.
pub fn failed_at(record: &Record) -> Value {
    json!({ "batchItemFailures": [{ "itemIdentifier": record.sequence.to_string() }] })
}

/// From which record on a batch is to be tried again; all of it when the function failed or died.
pub fn failed_from(answer: Option<&Value>, records: &[Record]) -> usize {
    let Some(answer) = answer else { return 0 };
    let failures = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |failure: &Value| {
        let id = failure["itemIdentifier"].as_str().unwrap_or_default();
        records.iter().position(|record| record.sequence.to_string() == id).unwrap_or(0)
    };
    failures.iter().map(place).min().unwrap_or(records.len())
}
