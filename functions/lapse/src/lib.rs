//! Rejects claims whose partners have not answered a request for information in time.
//!
//! Called by EventBridge Scheduler, at least once, after the time. A partner that has answered has moved the claim on:
//! then there is nothing to do.

use domain::{Actor, Command, Policy};
use lambda_runtime::Error;
use runtime::{Clock, Settings};
use schedule::Timer;
use serde_json::Value;
use store::{CarryOutError, Claims, Dynamo, Needs, Request, carry_out};

/// What the handler works with.
#[derive(Debug)]
pub struct Lapse<S> {
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
    let lapse = Lapse { store, policy, clock };
    runtime::run(|event: Timer| handle(&lapse, event)).await
}

/// Handles one timer.
///
/// # Errors
/// When the store fails; Lambda then calls again.
pub async fn handle<S: Claims>(lapse: &Lapse<S>, timer: Timer) -> Result<Value, Error> {
    let Timer::Answer { claim_id } = timer else {
        return Err(format!("lapse is not called by {timer:?}").into());
    };
    let asked = Request {
        claim: &claim_id,
        actor: Actor::SYSTEM,
        now: lapse.clock.now(),
        if_version: None,
        needs: Needs::Claim,
    };
    match carry_out(&lapse.store, &lapse.policy, asked, |_, _| Ok(Command::Lapse)).await {
        Ok(done) => {
            tracing::info!(claim_id = %claim_id, changed = !done.events.is_empty(), "time to answer");
            Ok(Value::Null)
        }
        Err(CarryOutError::NotFound) => Ok(Value::Null),
        Err(error) => Err(runtime::failed_on(&claim_id, error)),
    }
}
