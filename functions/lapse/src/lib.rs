//! Rejects claims whose partners have not answered a request for information in time.
//!
//! Called by EventBridge Scheduler, at least once, after the time. A partner that has answered has moved the claim on:
//! then there is nothing to do.

use domain::Command;
use lambda_runtime::Error;
use runtime::{Clock, Settings};
use schedule::Timer;
use serde_json::Value;
use store::{Claims, ExecuteError, Executor, Requester};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    runtime::run(|event: Timer| handle(&executor, event)).await
}

/// Handles one timer.
///
/// # Errors
/// When the store fails; Lambda then calls again.
pub async fn handle<S: Claims>(executor: &Executor<S>, timer: Timer) -> Result<Value, Error> {
    let Timer::Answer { claim_id } = timer else {
        return Err(format!("lapse is not called by {timer:?}").into());
    };
    match executor.execute(&claim_id, &Requester::SYSTEM, Command::Lapse).await {
        Ok(done) => {
            tracing::info!(claim_id = %claim_id, changed = !done.events.is_empty(), "time to answer");
            Ok(Value::Null)
        }
        Err(ExecuteError::NotFound) => Ok(Value::Null),
        Err(error) => Err(runtime::failed_on(&claim_id, error)),
    }
}
