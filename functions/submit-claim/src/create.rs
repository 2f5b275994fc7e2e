//! `POST /claims`: create a claim, once per idempotency key.

use domain::field::{Field, PartnerId};
use domain::input::InputError;
use domain::{
    Action, Actor, Change, Claim, ClaimId, Command, Event, Submission, check_claim, decide, evolve,
};
use serde_json::Value;
use store::{Claims, Lists, StoreError};
use telemetry::Metric;
use web::{Answer, ApiError, ApiRequest};

use crate::SubmitClaim;

/// How often a creation is decided again after another claim has changed a slot in between.
const ATTEMPTS: usize = 8;

/// A claim, as it was when it was created.
pub(crate) enum Created {
    /// By this request.
    Now(Claim),
    /// By an earlier one with the same key and body.
    Before(Claim),
}

/// A request to create one claim.
pub(crate) struct Creation {
    /// The claim's ID, derived from the request's key.
    pub id: ClaimId,
    /// Who asks.
    pub actor: Actor,
    /// What is asked.
    pub submission: Submission,
    /// Digest of the request: the same key with another request is noticed.
    pub digest: String,
    /// The claim that it renews. What was proved for that one need not be proved again.
    pub renews: Option<ClaimId>,
}

pub(crate) async fn create<S: Claims + Lists>(state: &SubmitClaim<S>, request: &ApiRequest) -> Answer {
    let role = request.allow(Action::Submit)?;
    let key = request.idempotency_key()?;
    let partner = request.partner().ok_or(ApiError::Forbidden)?;
    let body = request.json()?;
    answer(state, stated(ClaimId::of(partner, &key), partner, request.actor(role), &body)?).await
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
pub(crate) async fn answer<S: Claims + Lists>(state: &SubmitClaim<S>, creation: Creation) -> Answer {
    match once(state, creation).await? {
        Created::Now(claim) | Created::Before(claim) => Ok(web::answer_new(&claim)),
    }
}

/// Creates a claim, once: in two round trips, one of them a single transaction.
pub(crate) async fn once<S: Claims + Lists>(
    state: &SubmitClaim<S>,
    creation: Creation,
) -> Result<Created, ApiError> {
    let Creation { id, actor, submission, digest, renews } = creation;
    for _ in 0..ATTEMPTS {
        let now = state.clock.now();
        let details = &submission.details;
        let mut new = Claim::new(id.clone(), &submission, digest.clone(), now);
        new.renews.clone_from(&renews);
        let (partner, tenant, files) = (&details.partner_id, &details.tenant_id, details.files());
        let context = state.store.context(partner, tenant, &submission.scopes, &files).await?;
        let mut events = vec![Event::Created];
        if !submission.draft {
            let findings = check_claim(&new, &context, &state.policy, now);
            let command = Command::Submit { findings, slots: context.slots.clone() };
            match decide(&new, &command, &state.policy, now) {
                Ok(submitted) => events.extend(submitted),
                // The checks may find what an earlier try with this key has made.
                Err(rejection) => {
                    return match state.store.claim(&id).await? {
                        Some(existing) => repeated(state, existing, &digest).await,
                        None => {
                            telemetry::count(Metric::SubmissionsRefused, 1);
                            Err(ApiError::Rejected(rejection))
                        }
                    };
                }
            }
        }
        let after = evolve(&new, &events, now);
        let change = Change { before: None, after, events, actor: actor.clone(), at: now };
        match state.store.commit(std::slice::from_ref(&change), &context.slots, &state.policy).await {
            Ok(()) => return Ok(Created::Now(change.after)),
            Err(StoreError::Exists(existing)) => return repeated(state, *existing, &digest).await,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Busy)
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
    state: &SubmitClaim<S>,
    claim: Claim,
    digest: &str,
) -> Result<Created, ApiError> {
    if claim.request != digest {
        return Err(ApiError::KeyReused);
    }
    telemetry::count(Metric::SubmissionsRepeated, 1);
    if claim.version == 1 {
        return Ok(Created::Before(claim));
    }
    let mut first: Option<Vec<Event>> = None;
    let mut stated = claim.submission();
    let (mut from, mut proofs_of_disputes) = (None, 0);
    // What was stated first is what the first edit replaced, without the proofs that a dispute has added.
    'history: loop {
        let page = state.store.history(&claim.id, 100, from.as_ref()).await?;
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
    Ok(Created::Before(evolve(&new, &first.unwrap_or_default(), claim.created_at)))
}
