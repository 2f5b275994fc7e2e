//! Lists and shows claims and associations, and carries out what partners ask of a claim.

mod change;
mod describe;
mod insights;
mod read;

use std::sync::Arc;

use domain::Policy;
use runtime::{Clock, Settings};
use store::{Claims, Dynamo, Insights, Lists};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

pub use describe::{DESCRIPTION, open};
pub use insights::{Leaders, insights_shown};

/// What the handler works with.
#[derive(Debug)]
pub struct ManageClaims<S> {
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
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let (policy, claims) = (settings.policy()?, CallerClaims::from_settings(&settings));
    let store: Dynamo = runtime::table(&settings, &runtime::aws(&settings)?).await?;
    web::serve_with(open, ManageClaims { store, policy, clock }, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: Claims + Insights + Lists>(
    state: Arc<ManageClaims<S>>,
    request: ApiRequest,
) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["claims"]) => read::claims(&state, &request).await,
        ("GET", ["claims", id]) => read::claim(&state, &request, id).await,
        ("GET", ["claims", id, "history"]) => read::history(&state, &request, id).await,
        ("GET", ["insights"]) => insights::insights(&state, &request).await,
        ("GET", ["associations"]) => read::associations(&state, &request).await,
        ("PATCH", ["claims", id]) => change::edit(&state, &request, id).await,
        ("POST", ["claims", id, "withdraw"]) => change::withdraw(&state, &request, id).await,
        ("POST", ["claims", id, "dispute"]) => change::dispute(&state, &request, id).await,
        ("POST", ["claims", id, "disassociate"]) => change::disassociate(&state, &request, id).await,
        ("POST", ["claims", id, "comments"]) => change::comment(&state, &request, id).await,
        _ => Err(ApiError::NotFound),
    }
}
