//! Makes associations official whose customers have stayed silent until the deadline.
//!
//! Called by EventBridge Scheduler, at least once, after the deadline. Late, early, repeated, for an older notice or
//! after a decline, it changes nothing: the domain looks at the claim as it is, and commits on the version it saw.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, Claim, Command, CommandName, Policy};
use lambda_runtime::Error;
use runtime::{Clock, Settings};
use schedule::Timer;
use serde_json::Value;
use store::{CarryOutError, Claims, Dynamo, Needs, Request, carry_out};

/// What the handler works with.
#[derive(Debug)]
pub struct Promote<S> {
    /// Where claims are.
    pub store: S,
    /// The vendor's policy.
    pub policy: Policy,
    /// The clock.
    pub clock: Clock,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let policy = settings.policy()?;
    let store: Dynamo = runtime::table(&settings, &runtime::aws(&settings)?).await?;
    let promote = Promote { store, policy, clock };
    runtime::run(|event: Timer| handle(&promote, event)).await
}

/// The timer fired before its deadline by this function's clock; Lambda calls again a minute later.
#[derive(Debug, thiserror::Error)]
#[error("the deadline is a moment away")]
struct Early;

/// Whether the deadline is so near that this timer was for it, and two clocks differ. A timer for a deadline that was moved
/// on comes much earlier; it has a successor.
fn is_early(claim: &Claim, notice: u8, now: DateTime<Utc>) -> bool {
    let awaited = claim.scopes.iter().any(|scope| scope.notice == notice && scope.can(CommandName::Promote));
    let deadline = claim.notice(notice).and_then(|notice| notice.deadline);
    awaited && deadline.is_some_and(|deadline| now < deadline && deadline - now < TimeDelta::minutes(1))
}

/// Handles one timer.
///
/// # Errors
/// When the store fails or too many others change the same slots; Lambda then calls again.
pub async fn handle<S: Claims>(promote: &Promote<S>, timer: Timer) -> Result<Value, Error> {
    let Timer::Deadline { claim_id, notice } = timer else {
        return Err(format!("promote is not called by {timer:?}").into());
    };
    let asked = Request {
        claim: &claim_id,
        actor: Actor::SYSTEM,
        now: promote.clock.now(),
        if_version: None,
        needs: Needs::Slots,
    };
    let done = carry_out(&promote.store, &promote.policy, asked, |_, context| {
        Ok(Command::Promote { notice, slots: context.slots.clone() })
    })
    .await;
    match done {
        Ok(done) if done.events.is_empty() && is_early(&done.claim, notice, promote.clock.now()) => {
            Err(runtime::failed_on(&claim_id, Early))
        }
        Ok(done) => {
            let status = done.claim.status();
            tracing::info!(claim_id = %claim_id, notice, status = %status, changed = !done.events.is_empty(), "deadline handled");
            Ok(Value::Null)
        }
        // A claim that was forgotten by policy has no deadline.
        Err(CarryOutError::NotFound) => Ok(Value::Null),
        Err(error) => Err(runtime::failed_on(&claim_id, error)),
    }
}
