//! `POST /claims`: create a claim, once per idempotency key.

use domain::field::Field;
use domain::input::InputError;
use domain::{Action, Claim, ClaimId, Command, Event, IdempotencyKey, Submission, check, decide, evolve};
use serde_json::Value;
use store::{Change, Claims, Lists, StoreError};
use web::{Answer, ApiError, ApiRequest};

use crate::SubmitClaim;

/// How often a creation is decided again after another claim has changed a slot in between.
const ATTEMPTS: usize = 8;

pub(crate) async fn create<S: Claims + Lists>(state: &SubmitClaim<S>, request: &ApiRequest) -> Answer {
    let role = request.allow(Action::Submit)?;
    let key = request.idempotency_key()?;
    let body = request.json()?;
    let (submission, id, digest) = read(request, &body, Some(&key))?;
    let actor = request.actor(role);
    for _ in 0..ATTEMPTS {
        let now = state.clock.now();
        let document = &submission.document;
        let new = Claim::new(id.clone(), &submission, digest.clone(), now);
        let around =
            state.store.surroundings(&document.partner_id, &document.tenant_id, &submission.scopes).await?;
        let mut events = vec![Event::Created];
        if !submission.draft {
            let findings = check(&submission, &id, &around, &state.policy, now);
            let command = Command::Submit { findings, slots: around.slots.clone() };
            match decide(&new, &command, &state.policy, now) {
                Ok(submitted) => events.extend(submitted),
                // The checks may find this very claim, made by an earlier try with this key.
                Err(rejection) => return repeated_or(state, &id, &digest, ApiError::Rejected(rejection)).await,
            }
        }
        let after = evolve(&new, &events, now);
        let change = Change { before: None, after, events, actor: actor.clone(), at: now };
        match state.store.commit(std::slice::from_ref(&change), &around.slots, &state.policy).await {
            Ok(()) => return Ok(web::answer_new(&change.after)),
            Err(StoreError::Exists(existing)) => return repeated(state, *existing, &digest).await,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Busy)
}

/// Parses the body. Without a key, as for a check, the claim gets an ID that no claim has.
pub(crate) fn read(
    request: &ApiRequest,
    body: &Value,
    key: Option<&IdempotencyKey>,
) -> Result<(Submission, ClaimId, String), ApiError> {
    let own = request.partner().ok_or(ApiError::Forbidden)?;
    let submission = Submission::parse(body);
    let claimed = body.get("partner_id").and_then(Value::as_str);
    let foreign = claimed.is_some_and(|id| domain::field::PartnerId::parse(id).is_ok() && id != own.as_str());
    let mut errors = submission.as_ref().err().cloned().unwrap_or_default();
    if foreign {
        let detail = format!("must be your own partner ID, {own}");
        errors.push(InputError::at("/partner_id", "partner_id_not_yours", detail));
    }
    let submission = submission.map_err(|_| ()).ok().filter(|_| errors.is_empty()).ok_or(ApiError::Invalid(errors))?;
    let unused = IdempotencyKey::parse("check").map_err(|_| ApiError::NotFound)?;
    let id = ClaimId::of(own, key.unwrap_or(&unused));
    Ok((submission, id, web::digest(body)))
}

/// An answer that may only be given if no claim was created under this key before.
async fn repeated_or<S: Claims + Lists>(
    state: &SubmitClaim<S>,
    id: &ClaimId,
    digest: &str,
    otherwise: ApiError,
) -> Answer {
    match state.store.claim(id).await? {
        Some(existing) => repeated(state, existing, digest).await,
        None => Err(otherwise),
    }
}

/// The first answer again, however the claim has moved on since.
async fn repeated<S: Claims + Lists>(state: &SubmitClaim<S>, claim: Claim, digest: &str) -> Answer {
    if claim.request != digest {
        return Err(ApiError::KeyReused);
    }
    if claim.version == 1 {
        return Ok(web::answer_new(&claim));
    }
    let mut first: Option<Vec<Event>> = None;
    let mut stated = claim.submission();
    let mut from = None;
    // What was stated first is what the first edit replaced.
    'history: loop {
        let page = state.store.history(&claim.id, 100, from.as_ref()).await?;
        for transition in page.items {
            for event in &transition.events {
                if let Event::Edited { before, .. } = event {
                    stated = (**before).clone();
                    break 'history;
                }
            }
            first.get_or_insert(transition.events);
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let new = Claim::new(claim.id, &stated, claim.request, claim.created_at);
    Ok(web::answer_new(&evolve(&new, &first.unwrap_or_default(), claim.created_at)))
}
