//! Event source mappings: the table's stream handed to functions in batches, with the retries the template states.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::body::Bytes;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::lambda::{ErrorKind, Worker};
use crate::pattern;
use crate::queues::Queues;
use crate::state::StateFile;
use crate::table::Table;
use crate::template::StreamSource;

const POLL: Duration = Duration::from_millis(30);

/// Where every mapping has got to in the stream.
#[derive(Clone)]
pub struct Positions(Arc<Inner>);

struct Inner {
    file: StateFile,
    by_function: Mutex<BTreeMap<String, String>>,
}

impl Positions {
    /// The positions as they were last saved.
    pub fn load(file: StateFile) -> Result<Self> {
        let by_function = Mutex::new(file.load()?);
        Ok(Self(Arc::new(Inner { file, by_function })))
    }

    /// Where a reader has got to.
    #[must_use]
    pub fn get(&self, function: &str) -> Option<String> {
        self.0.by_function.lock().unwrap_or_else(PoisonError::into_inner).get(function).cloned()
    }

    /// Notes where a reader has got to.
    pub fn set(&self, function: &str, sequence: &str) {
        let mut all = self.0.by_function.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(function.to_owned(), sequence.to_owned());
        self.0.file.save(&*all);
    }
}

/// One function's view of the stream.
pub struct Mapping {
    worker: Arc<Worker>,
    source: StreamSource,
    table: Table,
    positions: Positions,
    queues: Queues,
}

impl Mapping {
    /// The mapping of a function.
    #[must_use]
    pub fn new(
        worker: Arc<Worker>,
        source: StreamSource,
        table: Table,
        positions: Positions,
        queues: Queues,
    ) -> Self {
        Self { worker, source, table, positions, queues }
    }

    /// Where it has got to.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.positions.get(&self.worker.function().name)
    }

    /// Whether every record there is has been worked off.
    pub fn is_drained(&self) -> Result<bool> {
        let last = self.table.last_sequence()?;
        Ok(last.is_none() || self.position() >= last)
    }

    /// Reads the stream for as long as the stack runs.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.poll().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::error!("stream of {}: {error:#}", self.worker.function().package)
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Works off one batch; how many records it took from the stream.
    async fn poll(&self) -> Result<usize> {
        let function = &self.worker.function().name;
        let position = match self.positions.get(function) {
            None if !self.source.from_start => {
                if let Some(last) = self.table.last_sequence()? {
                    self.positions.set(function, &last);
                }
                return Ok(0);
            }
            position => position,
        };
        let records =
            self.table.records_after(position.as_deref(), self.source.batch_size, &self.source.arn)?;
        let Some(last) = records.last().map(sequence) else { return Ok(0) };
        let (taken, last) = (records.len(), last.to_owned());
        let wanted: Vec<Json> =
            records.into_iter().filter(|record| wants(&self.source.filters, record)).collect();
        if !wanted.is_empty() && !self.work_off(wanted).await {
            // The stack is being stopped: these records are for the next start.
            return Ok(0);
        }
        self.positions.set(function, &last);
        Ok(taken)
    }

    /// Hands records over until each succeeded or is given up. False when the stack stops meanwhile.
    async fn work_off(&self, records: Vec<Json>) -> bool {
        // Parts of the batch in stream order, each with the number of times it failed.
        let mut parts = vec![(records, 0)];
        while let Some((records, failures)) = parts.pop() {
            let rest = match self.attempt(&records).await {
                Attempt::Done => continue,
                Attempt::Stopped => return false,
                Attempt::FailedFrom(index) => records[index..].to_vec(),
            };
            let failures = failures + 1;
            // Records that a partial failure left over have their own count, as in the cloud: the batch's.
            if self.source.retries.is_some_and(|retries| failures > retries) {
                if self.source.bisect && rest.len() > 1 {
                    split(&mut parts, rest, failures - 1);
                } else {
                    self.give_up(&rest, failures);
                }
                continue;
            }
            tokio::time::sleep(pause(failures)).await;
            if self.source.bisect && rest.len() > 1 {
                split(&mut parts, rest, failures);
            } else {
                parts.push((rest, failures));
            }
        }
        true
    }

    async fn attempt(&self, records: &[Json]) -> Attempt {
        let payload = Bytes::from(json!({"Records": records}).to_string());
        match self.worker.invoke(Uuid::new_v4().to_string(), payload).await {
            Err(error) if error.kind == ErrorKind::Closing => Attempt::Stopped,
            Err(_) => Attempt::FailedFrom(0),
            Ok(_) if !self.source.partial_failures => Attempt::Done,
            Ok(answer) => match first_failure(&answer, records) {
                None => Attempt::Done,
                Some(index) => {
                    let (name, count) = (&self.worker.function().package, records.len());
                    tracing::warn!("{name}: record {} of {count} failed and is tried again", index + 1);
                    Attempt::FailedFrom(index)
                }
            },
        }
    }

    fn give_up(&self, records: &[Json], failures: u32) {
        let ends = [records.first(), records.last()].map(|record| record.map(sequence).unwrap_or_default());
        let name = &self.worker.function().package;
        tracing::error!(
            "{name}: {} record(s) of the stream given up after {failures} attempts",
            records.len()
        );
        if let Some(queue) = &self.source.on_failure {
            self.queues.push(
                queue,
                json!({
                    "requestContext": {
                        "functionArn": self.worker.function().arn(),
                        "condition": "RetryAttemptsExhausted",
                        "approximateInvokeCount": failures,
                    },
                    "DDBStreamBatchInfo": {
                        "streamArn": self.source.arn,
                        "startSequenceNumber": ends[0],
                        "endSequenceNumber": ends[1],
                        "batchSize": records.len(),
                    },
                }),
            );
        }
    }
}

enum Attempt {
    Done,
    FailedFrom(usize),
    Stopped,
}

fn wants(filters: &[Json], record: &Json) -> bool {
    filters.is_empty() || filters.iter().any(|filter| pattern::matches(filter, record))
}

fn sequence(record: &Json) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// Puts both halves back, the earlier one to be taken first.
fn split(parts: &mut Vec<(Vec<Json>, u32)>, mut records: Vec<Json>, failures: u32) {
    let later = records.split_off(records.len() / 2);
    parts.push((later, failures));
    parts.push((records, failures));
}

fn pause(failures: u32) -> Duration {
    Duration::from_millis(100).saturating_mul(1 << (failures - 1).min(4))
}

/// The first record that failed, by a function's answer; all that follow it count as failed too.
///
/// An answer that is not understood fails the whole batch, as it does in the cloud.
fn first_failure(answer: &[u8], records: &[Json]) -> Option<usize> {
    let answer: Json = serde_json::from_slice(answer).unwrap_or_default();
    let failures = match answer.get("batchItemFailures") {
        None | Some(Json::Null) => return None,
        Some(Json::Array(failures)) => failures,
        Some(_) => return Some(0),
    };
    let place = |failure: &Json| {
        let id = failure["itemIdentifier"].as_str().unwrap_or_default();
        records.iter().position(|record| sequence(record) == id).unwrap_or(0)
    };
    failures.iter().map(place).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(numbers: &[&str]) -> Vec<Json> {
        numbers.iter().map(|number| json!({"dynamodb": {"SequenceNumber": number}})).collect()
    }

    #[test]
    fn the_batch_is_repeated_from_the_first_failure() {
        let records = records(&["1", "2", "3"]);
        for (answer, expected) in [
            (r#"{"batchItemFailures": []}"#, None),
            (r#"{}"#, None),
            ("null", None),
            (r#"{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}"#, Some(1)),
            (r#"{"batchItemFailures": [{"itemIdentifier": "unheard of"}]}"#, Some(0)),
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, Some(0)),
            (r#"{"batchItemFailures": 1}"#, Some(0)),
        ] {
            assert_eq!(first_failure(answer.as_bytes(), &records), expected, "{answer}");
        }
    }

    #[test]
    fn halves_keep_their_order() {
        let mut parts = Vec::new();
        split(&mut parts, records(&["1", "2", "3"]), 1);
        let taken: Vec<_> = std::iter::from_fn(|| parts.pop()).flat_map(|(part, _)| part).collect();
        assert_eq!(taken, records(&["1", "2", "3"]));
    }
}
