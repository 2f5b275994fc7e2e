//! EventBridge's Pipe and the bus behind it, as far as the template uses them: records of the stream that match the pipe's
//! filter become events by its input template, and are kept to be looked at.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::pattern;
use crate::state::Rows;
use crate::stream::Positions;
use crate::table::Table;
use crate::template::PipeSource;

const POLL: Duration = Duration::from_millis(30);
/// What one `PutEvents` takes.
const BATCH: usize = 10;

/// How many events can be looked at. The oldest go first.
const MOST_EVENTS: usize = 10_000;

/// The events that were published, the latest last.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    /// Each with the name of its row.
    events: Mutex<VecDeque<(String, Event)>>,
    rows: Rows,
}

/// An event as its subscribers get it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Who says so.
    pub source: String,
    /// What it is about.
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    /// When it happened.
    pub time: String,
    /// What it says.
    pub detail: Json,
}

impl Bus {
    /// The events as they were last saved.
    pub fn load(rows: Rows) -> Result<Self> {
        let events = Mutex::new(rows.load()?.into());
        Ok(Self(Arc::new(Inner { events, rows })))
    }

    /// The events, newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<Event> {
        let all = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().rev().map(|(_, event)| event.clone()).collect()
    }

    fn put(&self, events: Vec<Event>) {
        let mut all = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let row = (Uuid::new_v4().to_string(), event);
            self.0.rows.put(&row.0, &row);
            all.push_back(row);
        }
        let too_many = all.len().saturating_sub(MOST_EVENTS);
        let gone: Vec<_> = all.drain(..too_many).map(|(row, _)| row).collect();
        self.0.rows.remove(gone.iter().map(String::as_str));
    }
}

/// A pipe from the table's stream to the bus.
pub struct Pipe {
    /// What it is told by the template.
    pub source: PipeSource,
    /// The table.
    pub table: Table,
    /// Where it has got to.
    pub positions: Positions,
    /// Where events go.
    pub bus: Bus,
}

impl Pipe {
    /// Where it has got to.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.positions.get(&self.source.name)
    }

    /// Whether every record there is has been published or passed over.
    pub fn is_drained(&self) -> Result<bool> {
        let last = self.table.last_sequence()?;
        Ok(last.is_none() || self.position() >= last)
    }

    /// Reads the stream for as long as the stack runs.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.poll() {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!("pipe {}: {error:#}", self.source.name),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn poll(&self) -> Result<usize> {
        let position = self.positions.get(&self.source.name);
        let records = self.table.records_after(position.as_deref(), BATCH, &self.source.arn)?;
        let last = records.last().and_then(|record| record["dynamodb"]["SequenceNumber"].as_str());
        let Some(last) = last else { return Ok(0) };
        let wanted = records.iter().filter(|record| {
            self.source.filters.is_empty()
                || self.source.filters.iter().any(|one| pattern::matches(one, record))
        });
        self.bus.put(wanted.map(|record| event(&self.source, record)).collect::<Result<_>>()?);
        self.positions.set(&self.source.name, last);
        Ok(records.len())
    }
}

/// The event that the pipe makes of a record.
pub fn event(source: &PipeSource, record: &Json) -> Result<Event> {
    let fixed_or_path = |text: &str| match text.strip_prefix("$.") {
        Some(path) => at(record, path).map(plain),
        None => Ok(text.to_owned()),
    };
    let mut detail = String::new();
    let mut rest = source.input_template.as_str();
    while let Some((before, path)) = rest.split_once("<$.") {
        let (path, after) = path.split_once('>').context("the input template has an open <")?;
        detail.push_str(before);
        detail.push_str(&inserted(at(record, path)?));
        rest = after;
    }
    detail.push_str(rest);
    Ok(Event {
        source: fixed_or_path(&source.source)?,
        detail_type: fixed_or_path(&source.detail_type)?,
        time: fixed_or_path(&source.time)?,
        detail: serde_json::from_str(&detail).with_context(|| format!("the pipe makes no JSON: {detail}"))?,
    })
}

/// What a path names. The cloud leaves out what is not there; here that is a mistake in the template.
fn at<'r>(record: &'r Json, path: &str) -> Result<&'r Json> {
    let found = path.split('.').try_fold(record, |value, name| value.get(name));
    found.with_context(|| format!("the record has no {path}: {record}"))
}

/// A text as it is; anything else as JSON.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text without its quotes, which the input template has around it; anything else as JSON.
fn inserted(value: &Json) -> String {
    match value {
        Json::String(text) => {
            let quoted = json!(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn source(input_template: &str) -> PipeSource {
        PipeSource {
            name: "pipe".to_owned(),
            arn: "arn".to_owned(),
            filters: Vec::new(),
            input_template: input_template.to_owned(),
            source: "claims".to_owned(),
            detail_type: "$.dynamodb.NewImage.kind.S".to_owned(),
            time: "$.dynamodb.NewImage.at.S".to_owned(),
        }
    }

    #[test]
    fn texts_and_lists_go_where_the_template_has_them() {
        let record = json!({"dynamodb": {"NewImage": {
            "kind": {"S": "Claim \"Submitted\""}, "at": {"S": "2021-05-03T10:00:00Z"}, "names": {"SS": ["a", "b"]}}}});
        let template = r#"{"id": "<$.dynamodb.NewImage.at.S>#<$.dynamodb.NewImage.kind.S>", "names": <$.dynamodb.NewImage.names.SS>}"#;
        let made = event(&source(template), &record).unwrap();
        assert_eq!(made.detail_type, "Claim \"Submitted\"");
        assert_eq!(made.detail["names"], json!(["a", "b"]));
        assert_eq!(made.detail["id"], "2021-05-03T10:00:00Z#Claim \"Submitted\"");
    }

    #[test]
    fn the_templates_pipe_makes_what_the_schema_asks_for_and_nothing_else() {
        let values = crate::template::LocalValues {
            parameters: crate::testing::parameters(),
            ..crate::template::LocalValues::default()
        };
        let template = crate::template::Template::read(crate::template::SOURCE, &values).unwrap();
        let [pipe] = &template.pipes[..] else { panic!("{:?}", template.pipes) };
        let schema: Json =
            serde_json::from_str(include_str!("../../events/claim-event.schema.json")).unwrap();
        let text = json!({"S": "x"});
        let image = json!({"version": {"N": "3"}, "status": text, "program": text, "partner_id": text, "tenant_id": text,
            "at": text, "announces": text, "happened": {"SS": ["x"]}, "claim": text, "actor": {"M": {"id": text}}});
        let record = json!({"dynamodb": {"Keys": {"pk": text}, "NewImage": image}});
        let made = event(pipe, &record).unwrap();
        let members: BTreeSet<_> = made.detail.as_object().unwrap().keys().map(String::as_str).collect();
        let asked = schema["properties"]["detail"]["required"].as_array().unwrap();
        assert_eq!(members, asked.iter().filter_map(Json::as_str).collect());
        assert_eq!(json!(made.source), schema["properties"]["source"]["const"]);
        assert_eq!(made.detail["version"], schema["properties"]["detail"]["properties"]["version"]["const"]);
    }

    #[test]
    fn what_is_not_in_the_record_is_named() {
        let error = event(&source("{\"id\": \"<$.dynamodb.Keys.pk.S>\"}"), &json!({})).unwrap_err();
        assert!(error.to_string().contains("dynamodb.Keys.pk.S"), "{error}");
    }
}
