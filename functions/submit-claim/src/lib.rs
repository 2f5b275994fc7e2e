//! Creates, checks and submits claims.
//!
//! A submission costs two round trips to the database: one reads everything around it, one transaction stores the
//! claim, its first transition and its entries in the slots.

mod bulk;
mod create;
mod renew;

use std::sync::Arc;

use domain::{Action, ClaimId, Command, Policy, Rejection, check, check_claim};
use lambda_http::http::StatusCode;
use runtime::{Clock, Settings};
use serde_json::{Value, json};
use store::{CarryOutError, Claims, Dynamo, Lists, Needs, Request, carry_out};
use telemetry::Metric;
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// What the handler works with.
#[derive(Debug)]
pub struct SubmitClaim<S> {
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
    web::serve(SubmitClaim { store, policy, clock }, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: Claims + Lists>(state: Arc<SubmitClaim<S>>, request: ApiRequest) -> Answer {
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["claims"]) => create::create(&state, &request).await,
        ("POST", ["claims", "bulk"]) => bulk::bulk(&state, &request).await,
        ("POST", ["claims", "check"]) => state.check(&request).await,
        ("POST", ["claims", id, "renew"]) => renew::renew(&state, &request, id).await,
        ("POST", ["claims", id, "submit"]) => state.submit(&request, id).await,
        _ => Err(ApiError::NotFound),
    }
}

impl<S: Claims> SubmitClaim<S> {
    /// Every finding that a submit would meet; changes nothing.
    async fn check(&self, request: &ApiRequest) -> Answer {
        request.allow(Action::Submit)?;
        let partner = request.partner().ok_or(ApiError::Forbidden)?;
        let submission = create::read(partner, &request.json()?)?;
        let id = ClaimId::of_none(partner);
        let details = &submission.details;
        let (partner, tenant, files) = (&details.partner_id, &details.tenant_id, details.files());
        let context = self.store.context(partner, tenant, &submission.scopes, &files).await?;
        let findings = check(&submission, &id, &context, &self.policy, self.clock.now());
        let acceptable = findings.iter().all(|finding| finding.code.is_for_review());
        let goes_to = match (acceptable, findings.is_empty()) {
            (true, true) => json!("customer"),
            (true, false) => json!("review"),
            (false, _) => Value::Null,
        };
        let body = json!({ "acceptable": acceptable, "goes_to": goes_to, "findings": findings });
        Ok(web::answer(StatusCode::OK, &body))
    }

    /// Submits a draft, or what the vendor asked to be corrected.
    async fn submit(&self, request: &ApiRequest, id: &str) -> Answer {
        let role = request.allow(Action::Submit)?;
        let id = request.claim_id(id)?;
        let now = self.clock.now();
        let asked = Request {
            claim: &id,
            actor: request.actor(role),
            now,
            if_version: request.if_match()?,
            needs: Needs::Context,
        };
        let done = carry_out(&self.store, &self.policy, asked, |claim, context| {
            if !request.may_see(&claim.details.partner_id) {
                return Err(CarryOutError::NotFound);
            }
            let findings = check_claim(claim, context, &self.policy, now);
            Ok(Command::Submit { findings, slots: context.slots.clone() })
        })
        .await
        .inspect_err(|error| {
            if matches!(error, CarryOutError::Rejected(Rejection::Findings(_))) {
                telemetry::count(Metric::SubmissionsRefused, 1);
            }
        })?;
        Ok(web::answer_claim(StatusCode::OK, &done.claim))
    }
}
