//! The stream's records, as an event source mapping hands them over.

use serde::Deserialize;
use serde_json::Value;
use store::Transition;

/// One record: the transition in it, and the name under which it is reported when it fails.
pub(crate) struct Record {
    pub id: String,
    pub transition: Result<Transition, String>,
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
    new_image: serde_json::Map<String, Value>,
}

/// The transitions in a batch. The mapping's filter lets nothing else through.
pub(crate) fn records(event: Value) -> Vec<Record> {
    let batch: Batch = match serde_json::from_value(event) {
        Ok(batch) => batch,
        Err(error) => return vec![Record { id: String::new(), transition: Err(error.to_string()) }],
    };
    let read = |raw: Raw| Record {
        id: raw.dynamodb.sequence_number,
        transition: store::transition_of(raw.dynamodb.new_image).map_err(|error| error.to_string()),
    };
    batch.records.into_iter().map(read).collect()
}
