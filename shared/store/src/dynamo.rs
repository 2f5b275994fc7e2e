//! The store in DynamoDB: one table, conditional writes, a transaction where more than one item changes.

mod claims;
mod directory;
mod evidence;
mod forget;
mod insights;
pub(crate) mod item;
mod lists;
mod query;
mod quota;
mod rebuild;
mod table;
mod usage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::dynamo::item::Key;

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
}
