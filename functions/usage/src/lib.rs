//! Takes monthly figures of usage and sold seats from operators, and shows a scope's figures to its partner of record:
//! as long as it is that, and with a record of every read.

mod deliver;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::Policy;
use runtime::{Clock, Settings};
use store::{Dynamo, UsageFigures};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// What the handler works with.
#[derive(Debug)]
pub struct ServeUsage<S> {
    /// Where figures are.
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
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let (policy, claims) = (settings.policy()?, CallerClaims::from_settings(&settings));
    let store: Dynamo = runtime::table(&settings, &runtime::aws(&settings)?).await?;
    web::serve(ServeUsage { store, policy, clock }, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: UsageFigures>(state: Arc<ServeUsage<S>>, request: ApiRequest) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["usage"]) => deliver::deliver(&state, &request).await,
        ("GET", ["associations", id, "usage"]) => read::figures(&state, &request, id).await,
        ("GET", ["associations", id, "accesses"]) => read::accesses(&state, &request, id).await,
        _ => Err(ApiError::NotFound),
    }
}
