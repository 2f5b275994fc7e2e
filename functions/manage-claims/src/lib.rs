//! Lists and shows claims and associations, and carries out what partners ask of a claim.

mod change;
mod describe;
mod insights;
mod read;

use std::sync::Arc;

use runtime::{Clock, Settings};
use store::{Claims, Executor, Insights, Lists};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

pub use describe::{DESCRIPTION, open};
pub use insights::{Leaders, insights_shown};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    web::serve_with(open, executor, CallerClaims::from_settings(&settings), handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: Claims + Insights + Lists>(executor: Arc<Executor<S>>, request: ApiRequest) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["claims"]) => read::claims(&executor, &request).await,
        ("GET", ["claims", id]) => read::claim(&executor, &request, id).await,
        ("GET", ["claims", id, "history"]) => read::history(&executor, &request, id).await,
        ("GET", ["insights"]) => insights::insights(&executor, &request).await,
        ("GET", ["associations"]) => read::associations(&executor, &request).await,
        ("PATCH", ["claims", id]) => change::edit(&executor, &request, id).await,
        ("POST", ["claims", id, verb]) => change::change(&executor, &request, id, verb).await,
        _ => Err(ApiError::NotFound),
    }
}
