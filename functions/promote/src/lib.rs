//! Makes associations official whose customers have stayed silent until the deadline.
//!
//! Called by EventBridge Scheduler, at least once, after the deadline. Late, early, repeated, for an older notice or
//! after a decline, it changes nothing: the domain looks at the claim as it is, and commits on the version it saw.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Claim, Command, CommandName, NoticeNumber};
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

/// The timer fired before its deadline by this function's clock; Lambda calls again a minute later.
#[derive(Debug, thiserror::Error)]
#[error("the deadline is a moment away")]
struct Early;

/// Whether the deadline is so near that this timer was for it, and two clocks differ. A timer for a deadline that was moved
/// on comes much earlier; it has a successor.
fn is_early(claim: &Claim, notice: NoticeNumber, now: DateTime<Utc>) -> bool {
    let awaited =
        claim.scopes.iter().any(|scope| scope.notice == Some(notice) && scope.can(CommandName::Promote));
    let deadline = claim.notice(notice).and_then(|notice| notice.deadline);
    awaited && deadline.is_some_and(|deadline| now < deadline && deadline - now < TimeDelta::minutes(1))
}

/// Handles one timer.
///
/// # Errors
/// When the store fails or too many others change the same slots; Lambda then calls again.
pub async fn handle<S: Claims>(executor: &Executor<S>, timer: Timer) -> Result<Value, Error> {
    let Timer::Deadline { claim_id, notice } = timer else {
        return Err(format!("promote is not called by {timer:?}").into());
    };
    let done = executor.execute(&claim_id, &Requester::SYSTEM, Command::Promote { notice }).await;
    match done {
        Ok(done) if done.events.is_empty() && is_early(&done.claim, notice, executor.clock.now()) => {
            Err(runtime::failed_on(&claim_id, Early))
        }
        Ok(done) => {
            let status = done.claim.status();
            tracing::info!(claim_id = %claim_id, notice = %notice, status = %status, changed = !done.events.is_empty(), "deadline handled");
            Ok(Value::Null)
        }
        // A claim that was forgotten by policy has no deadline.
        Err(ExecuteError::NotFound) => Ok(Value::Null),
        Err(error) => Err(runtime::failed_on(&claim_id, error)),
    }
}
