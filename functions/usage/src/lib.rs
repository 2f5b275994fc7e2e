//! Takes monthly figures of usage and sold seats from operators, and shows a scope's figures to its partner of record:
//! as long as it is that, and with a record of every read.

mod deliver;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use runtime::{Clock, Settings};
use store::{Executor, UsageFigures};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    web::serve(executor, CallerClaims::from_settings(&settings), handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: UsageFigures>(executor: Arc<Executor<S>>, request: ApiRequest) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["usage"]) => deliver::deliver(&executor, &request).await,
        ("GET", ["associations", id, "usage"]) => read::figures(&executor, &request, id).await,
        ("GET", ["associations", id, "accesses"]) => read::accesses(&executor, &request, id).await,
        _ => Err(ApiError::NotFound),
    }
}
