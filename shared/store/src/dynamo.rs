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
mod slot;
mod table;
mod usage;
mod write;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_types::SdkConfig;
use runtime::{ConfigError, Settings};

use crate::dynamo::item::Key;

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct Dynamo {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Dynamo {
    /// The store in a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
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
