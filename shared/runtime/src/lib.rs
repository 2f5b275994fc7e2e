//! What every function is composed of at start: the clock, its settings, the AWS configuration and the logs.
//!
//! A function's `main.rs` calls this once; after that no function reads the environment, builds a client or asks the
//! system for the time.

mod aws;
mod clock;
mod logs;
mod settings;

pub use aws::{ROOTS, config as aws};
pub use clock::Clock;
pub use logs::start_logs;
pub use settings::{ConfigError, Settings};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Starts measuring, where a stack is named: see [`telemetry`].
pub fn start_metrics() {
    if let Some(stack) = Settings::from_env().optional("STACK") {
        telemetry::start(stack);
    }
}

/// Runs a function that is called with `E`: the handler is given what came, and what was measured is written after each
/// invocation.
///
/// # Errors
/// What the Lambda runtime itself fails with.
pub async fn run<E, A, F>(mut handle: impl FnMut(E) -> F) -> Result<(), Error>
where
    E: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, Error>>,
{
    start_metrics();
    lambda_runtime::run(service_fn(|event: LambdaEvent<E>| {
        let answer = handle(event.payload);
        async {
            let answer = answer.await;
            telemetry::flush();
            answer
        }
    }))
    .await
}

/// An error with its causes, for the log: messages only, because a `Debug` form may hold what was stored.
#[derive(Debug)]
pub struct Causes<'a>(pub &'a (dyn std::error::Error + 'a));

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// As [`failed`], for an invocation that was about a claim.
pub fn failed_on(
    claim: &impl std::fmt::Display,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    tracing::error!(claim_id = %claim, error = %Causes(&error), "the invocation failed");
    error.into()
}

/// Logs why an invocation failed, once and with its causes, and hands the error on: Lambda itself keeps no more than its
/// first line.
pub fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    tracing::error!(error = %Causes(&error), "the invocation failed");
    error.into()
}
