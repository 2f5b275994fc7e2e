//! `POST /claims/{id}/renew`: the same work under a new subscription ID.
//!
//! A renewal is a claim of its own that names the one it renews: it keeps contacts and evidence, however old by now, enters
//! the slot of the new subscription, and goes to the customer like any other. The old association stays until its
//! subscription ends. Only what was approved, with the proofs that the claim still has, can be renewed: nothing else was proved.

use domain::field::SubscriptionId;
use domain::input::{self, InputError};
use domain::{Action, Claim, ClaimId, MOST_SCOPES, Scope, ScopeId, Submission};
use serde_json::{Value, json};
use store::{Claims, Creation, Executor, Lists};
use web::{Answer, ApiError, ApiRequest};

use crate::create::answer;

pub(crate) async fn renew<S: Claims + Lists>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    let role = request.allow(Action::Submit)?;
    let key = request.idempotency_key()?;
    let partner = request.partner().ok_or(ApiError::Forbidden)?;
    let body = request.json()?;
    let renewals = parse(&body)?;
    let claim = executor.claim(&request.claim_id(id)?, &request.sees()).await?;
    let creation = Creation {
        id: ClaimId::of(partner, &key),
        actor: request.actor(role),
        submission: Submission {
            details: claim.details.clone(),
            scopes: scopes(&claim, &renewals)?,
            draft: false,
        },
        digest: web::digest(&json!({ "renews": claim.id, "body": body })),
        renews: Some(claim.id),
    };
    answer(executor, creation).await
}

/// `{"renewals": [{"scope": "s1", "subscription_id": "…"}]}`
fn parse(body: &Value) -> Result<Vec<(ScopeId, SubscriptionId)>, ApiError> {
    let renewals = input::read(body, |body| {
        let renewals = body.objects("renewals", MOST_SCOPES, |renewal| {
            let (scope, subscription) = (renewal.required("scope"), renewal.required("subscription_id"));
            Some((scope?, subscription?))
        });
        if body.is_object() && renewals.as_ref().is_some_and(Vec::is_empty) {
            body.wrong("renewals", "required", "must name at least one scope and its new subscription");
        }
        renewals
    })?;
    Ok(renewals)
}

/// The scopes of the renewal: each a product of the claim, on its new subscription.
fn scopes(claim: &Claim, renewals: &[(ScopeId, SubscriptionId)]) -> Result<Vec<Scope>, ApiError> {
    let (mut scopes, mut errors) = (Vec::new(), Vec::new());
    for (at, (id, subscription)) in renewals.iter().enumerate() {
        let pointer = format!("/renewals/{at}");
        let found = claim.scope(*id);
        let approved = found.is_some_and(|scope| scope.proven) && !claim.proofs_edited;
        if renewals[..at].iter().any(|(earlier, _)| earlier == id) {
            let detail = "is renewed once; submit a new claim for another subscription";
            errors.push(InputError::at(format!("{pointer}/scope"), "repeated", detail));
        }
        match found.map(|scope| &scope.scope) {
            None => errors.push(InputError::at(
                format!("{pointer}/scope"),
                "unknown_scope",
                format!("the claim has no scope {id}"),
            )),
            Some(Scope::Workload(_)) => errors.push(InputError::at(
                format!("{pointer}/scope"),
                "not_a_subscription",
                "is a workload, which does not depend on a subscription",
            )),
            Some(Scope::Product { .. }) if !approved => errors.push(InputError::at(
                format!("{pointer}/scope"),
                "not_approved",
                "was never approved with the proofs that the claim has now; submit a new claim",
            )),
            Some(Scope::Product { product, .. }) => {
                let scope =
                    Scope::Product { subscription_id: subscription.clone(), product: product.clone() };
                if claim.scopes.iter().any(|old| old.scope == scope) || scopes.contains(&scope) {
                    let detail = "is the subscription that the claim has already";
                    errors.push(InputError::at(format!("{pointer}/subscription_id"), "repeated", detail));
                }
                scopes.push(scope);
            }
        }
    }
    if errors.is_empty() { Ok(scopes) } else { Err(ApiError::Invalid(errors)) }
}
