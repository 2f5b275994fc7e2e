//! Creates, checks and submits claims.
//!
//! A submission costs two round trips to the database: one reads everything around it, one transaction stores the
//! claim, its first transition and its entries in the slots.

mod bulk;
mod create;
mod renew;

use std::sync::Arc;

use domain::{Action, ClaimId, Command, Rejection};
use lambda_http::http::StatusCode;
use runtime::{Clock, Settings};
use serde_json::{Value, json};
use store::{Claims, ExecuteError, Executor, Lists};
use telemetry::Metric;
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
pub async fn handle<S: Claims + Lists>(executor: Arc<Executor<S>>, request: ApiRequest) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["claims"]) => create::create(&executor, &request).await,
        ("POST", ["claims", "bulk"]) => bulk::bulk(&executor, &request).await,
        ("POST", ["claims", "check"]) => check_only(&executor, &request).await,
        ("POST", ["claims", id, "renew"]) => renew::renew(&executor, &request, id).await,
        ("POST", ["claims", id, "submit"]) => submit(&executor, &request, id).await,
        _ => Err(ApiError::NotFound),
    }
}

/// `POST /claims/check`: every finding that a submit would meet; changes nothing.
async fn check_only<S: Claims>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::Submit)?;
    let partner = request.partner().ok_or(ApiError::Forbidden)?;
    let submission = create::read(partner, &request.json()?)?;
    let findings = executor.check(&submission, &ClaimId::of_none(partner)).await?;
    let acceptable = findings.iter().all(|finding| finding.code.is_for_review());
    let goes_to = match (acceptable, findings.is_empty()) {
        (true, true) => json!("customer"),
        (true, false) => json!("review"),
        (false, _) => Value::Null,
    };
    let body = json!({ "acceptable": acceptable, "goes_to": goes_to, "findings": findings });
    Ok(web::answer(StatusCode::OK, &body))
}

/// `POST /claims/{id}/submit`: submits a draft, or what the vendor asked to be corrected.
async fn submit<S: Claims>(executor: &Executor<S>, request: &ApiRequest, id: &str) -> Answer {
    let (by, id) = (request.requester(Action::Submit)?, request.claim_id(id)?);
    let done = executor.execute(&id, &by, Command::Submit).await.inspect_err(|error| {
        if matches!(error, ExecuteError::Rejected(Rejection::Findings(_))) {
            telemetry::count(Metric::SubmissionsRefused, 1);
        }
    })?;
    Ok(web::answer_claim(StatusCode::OK, &done.claim))
}
