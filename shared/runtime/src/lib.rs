//! What every function is composed of at start: the clock, its settings, the AWS configuration and the logs.
//!
//! A function's `main.rs` calls this once; after that no function reads the environment, builds a client or asks the
//! system for the time.

mod clock;
mod settings;

pub use clock::Clock;
pub use settings::{ConfigError, Settings};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use store::Dynamo;

/// Starts the logs: JSON lines or text, as Lambda's logging configuration says.
pub fn start_logs() {
    lambda_runtime::tracing::init_default_subscriber();
}

/// The configuration of AWS clients, as Lambda gives it in the environment. Loaded once per process: clients made of it
/// share one HTTP client.
pub async fn aws() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// The table, with its connection opened.
///
/// # Errors
/// [`ConfigError`] when `TABLE_NAME` is not set.
pub async fn table(settings: &Settings<'_>, aws: &SdkConfig) -> Result<Dynamo, ConfigError> {
    let store = Dynamo::new(Client::new(aws), settings.text("TABLE_NAME")?);
    store.warm().await;
    Ok(store)
}
