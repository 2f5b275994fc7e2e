//! `POST /claims`: create a claim, once per idempotency key.

use domain::field::{Field, PartnerId};
use domain::input::InputError;
use domain::{Action, Actor, Claim, ClaimId, Event, Submission, evolve};
use serde_json::Value;
use store::{Claims, Created, Creation, ExecuteError, Executor, Lists};
use telemetry::Metric;
use web::{Answer, ApiError, ApiRequest};

pub(crate) async fn create<S: Claims + Lists>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    let role = request.allow(Action::Submit)?;
    let key = request.idempotency_key()?;
    let partner = request.partner().ok_or(ApiError::Forbidden)?;
    let body = request.json()?;
    answer(executor, stated(ClaimId::of(partner, &key), partner, request.actor(role), &body)?).await
}

/// The creation of a claim as its body states it.
pub(crate) fn stated(
    id: ClaimId,
    partner: &PartnerId,
    actor: Actor,
    body: &Value,
) -> Result<Creation, ApiError> {
    Ok(Creation { id, actor, submission: read(partner, body)?, digest: web::digest(body), renews: None })
}

/// Creates a claim and answers it as it was created, by whichever of the same requests.
pub(crate) async fn answer<S: Claims + Lists>(executor: &Executor<S>, creation: Creation) -> Answer {
    match once(executor, &creation).await? {
        Outcome::Created(claim) | Outcome::Repeated(claim) => Ok(web::answer_new(&claim)),
    }
}

/// A claim, as it was when it was created.
pub(crate) enum Outcome {
    /// By this request.
    Created(Claim),
    /// By an earlier one with the same key and body.
    Repeated(Claim),
}

/// Creates a claim, once per key.
pub(crate) async fn once<S: Claims + Lists>(
    executor: &Executor<S>,
    creation: &Creation,
) -> Result<Outcome, ApiError> {
    match executor.create(creation).await {
        Ok(Created::Now(claim)) => Ok(Outcome::Created(claim)),
        Ok(Created::Exists(claim)) => repeated(executor, claim, &creation.digest).await,
        Err(error) => {
            if matches!(error, ExecuteError::Rejected(_)) {
                telemetry::count(Metric::SubmissionsRefused, 1);
            }
            Err(error.into())
        }
    }
}

/// Parses the body of a claim, which must be the caller's own.
pub(crate) fn read(own: &PartnerId, body: &Value) -> Result<Submission, ApiError> {
    let submission = Submission::parse(body);
    let claimed = body.get("partner_id").and_then(Value::as_str);
    let mut errors = submission.as_ref().err().cloned().unwrap_or_default();
    if claimed.is_some_and(|id| PartnerId::parse(id).is_ok_and(|id| id != *own)) {
        let detail = format!("must be your own partner ID, {own}");
        errors.push(InputError::at("/partner_id", "partner_id_not_yours", detail));
    }
    submission.ok().filter(|_| errors.is_empty()).ok_or(ApiError::Invalid(errors))
}

/// The first answer again, however the claim has moved on since.
async fn repeated<S: Claims + Lists>(
    executor: &Executor<S>,
    claim: Claim,
    digest: &str,
) -> Result<Outcome, ApiError> {
    if claim.request != digest {
        return Err(ApiError::KeyReused);
    }
    telemetry::count(Metric::SubmissionsRepeated, 1);
    if claim.version == 1 {
        return Ok(Outcome::Repeated(claim));
    }
    let mut first: Option<Vec<Event>> = None;
    let mut stated = claim.submission();
    let (mut from, mut proofs_of_disputes) = (None, 0);
    // What was stated first is what the first edit replaced, without the proofs that a dispute has added.
    'history: loop {
        let page = executor.store.history(&claim.id, 100, from.as_ref()).await?;
        for transition in page.items {
            for event in &transition.events {
                match event {
                    Event::Edited { before, .. } => {
                        stated = (**before).clone();
                        break 'history;
                    }
                    Event::Disputed { evidence, .. } => proofs_of_disputes += evidence.len(),
                    _ => {}
                }
            }
            first.get_or_insert(transition.events);
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let proofs = &mut stated.details.evidence;
    proofs.truncate(proofs.len().saturating_sub(proofs_of_disputes));
    let mut new = Claim::new(claim.id, &stated, claim.request, claim.created_at);
    new.renews = claim.renews;
    Ok(Outcome::Repeated(evolve(&new, &first.unwrap_or_default(), claim.created_at)))
}
