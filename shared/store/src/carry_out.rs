//! Reads a claim, decides a command on it, and commits: again from the start when something changed in between.

use chrono::{DateTime, Utc};
use domain::input::InputError;
use domain::{
    Actor, AssociationId, Change, Claim, ClaimId, Command, Context, Event, EvidenceId, Policy, Rejection,
    ScopeId, Slots, decide, evolve,
};

use crate::port::{Claims, StoreError};

/// How often a change is tried before the caller is asked to come again. Each loser of a race reads the winner's
/// result, so that losing this often in a row takes as many rivals.
const ATTEMPTS: usize = 8;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CarryOutError {
    /// There is no such claim.
    #[error("there is no such claim")]
    NotFound,
    /// The claim is no longer at the version that the caller saw.
    #[error("the claim is at version {0}")]
    Stale(u64),
    /// What was asked does not fit the claim as it is.
    #[error("the request has errors")]
    Invalid(Vec<InputError>),
    /// The domain refuses.
    #[error("the claim refuses")]
    Rejected(#[from] Rejection),
    /// Too many others were changing the same things.
    #[error("lost {ATTEMPTS} races in a row")]
    Busy,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for CarryOutError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The claim as it is now.
    pub claim: Claim,
    /// What happened; nothing when there was nothing to do.
    pub events: Vec<Event>,
}

/// What a command needs to be decided, besides the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs<'a> {
    /// Nothing.
    Claim,
    /// The slots of the claim's scopes.
    Slots,
    /// The slots of the claim's scopes, and the files that new proofs name.
    SlotsAndFiles(&'a [EvidenceId]),
    /// All that is known around the claim, as for a submission.
    Context,
}

/// Who asks, when, and under what conditions.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Which claim.
    pub claim: &'a ClaimId,
    /// Who asks.
    pub actor: Actor,
    /// When.
    pub now: DateTime<Utc>,
    /// The version that the caller saw, where it said so.
    pub if_version: Option<u64>,
    /// What has to be read.
    pub needs: Needs<'a>,
}

/// Carries out a command that `ask` makes of the claim as it is and what was read around it.
///
/// `ask` may look at the claim to refuse (`Err`), as for a caller who may not see it.
///
/// # Errors
/// [`CarryOutError`]; the claim stays as it is.
pub async fn carry_out<S: Claims>(
    store: &S,
    policy: &Policy,
    request: Request<'_>,
    ask: impl Fn(&Claim, &Context) -> Result<Command, CarryOutError> + Sync,
) -> Result<Done, CarryOutError> {
    carry_out_on(None, store, policy, request, ask).await
}

/// As [`carry_out`], on the claim as the caller knows it, which spares a read. It is read all the same when it has changed
/// since, and before it is said that there is nothing to do or that this cannot be done.
///
/// # Errors
/// [`CarryOutError`]; the claim stays as it is.
pub async fn carry_out_on<S: Claims>(
    mut known: Option<Claim>,
    store: &S,
    policy: &Policy,
    request: Request<'_>,
    ask: impl Fn(&Claim, &Context) -> Result<Command, CarryOutError> + Sync,
) -> Result<Done, CarryOutError> {
    for _ in 0..ATTEMPTS {
        let (claim, is_read) = match known.take() {
            Some(claim) => (claim, false),
            None => (store.claim(request.claim).await?.ok_or(CarryOutError::NotFound)?, true),
        };
        match attempt(store, policy, &request, claim, &ask).await {
            Ok(done) if is_read || !done.events.is_empty() => return Ok(done),
            Err(CarryOutError::Store(StoreError::Conflict)) => {}
            Err(error @ CarryOutError::Store(_)) => return Err(error),
            Err(error) if is_read => return Err(error),
            // Nothing to do, or a refusal, but of a claim that may be older than the store's.
            _ => {}
        }
    }
    Err(CarryOutError::Busy)
}

/// Decides a command on a claim and commits what comes of it.
async fn attempt<S: Claims>(
    store: &S,
    policy: &Policy,
    request: &Request<'_>,
    claim: Claim,
    ask: impl Fn(&Claim, &Context) -> Result<Command, CarryOutError> + Sync,
) -> Result<Done, CarryOutError> {
    let context = read_around(store, &claim, request.needs).await?;
    let command = ask(&claim, &context)?;
    if let Some(seen) = request.if_version.filter(|seen| *seen != claim.version) {
        tracing::debug!(seen, version = claim.version, "stale");
        return Err(CarryOutError::Stale(claim.version));
    }
    let events = decide(&claim, &command, policy, request.now)?;
    if events.is_empty() {
        return Ok(Done { claim, events });
    }
    commit(store, policy, request, claim, events, &context.slots).await
}

async fn read_around<S: Claims>(store: &S, claim: &Claim, needs: Needs<'_>) -> Result<Context, StoreError> {
    let scopes = || claim.scopes.iter().map(|scope| scope.scope.clone()).collect::<Vec<_>>();
    let details = &claim.details;
    match needs {
        Needs::Claim => Ok(Context::default()),
        Needs::Slots | Needs::SlotsAndFiles([]) => {
            let slots = store.slots(&details.tenant_id, &scopes()).await?;
            Ok(Context { slots, ..Context::default() })
        }
        // One port for what is rare: the partner and the tenant come along unasked.
        Needs::SlotsAndFiles(files) => {
            store.context(&details.partner_id, &details.tenant_id, &scopes(), files).await
        }
        Needs::Context => {
            let files = details.files();
            store.context(&details.partner_id, &details.tenant_id, &scopes(), &files).await
        }
    }
}

async fn commit<S: Claims>(
    store: &S,
    policy: &Policy,
    request: &Request<'_>,
    claim: Claim,
    events: Vec<Event>,
    slots: &Slots,
) -> Result<Done, CarryOutError> {
    let after = evolve(&claim, &events, request.now);
    let mut changes = vec![Change {
        before: Some(claim),
        after: after.clone(),
        events: events.clone(),
        actor: request.actor.clone(),
        at: request.now,
    }];
    for (claim, scopes) in superseded(&events) {
        changes.push(supersede(store, policy, &claim, scopes, &after.id, request.now).await?);
    }
    store.commit(&changes, slots, policy).await?;
    Ok(Done { claim: after, events })
}

/// The claims whose associations end in the same step, with their scopes that do.
fn superseded(events: &[Event]) -> Vec<(ClaimId, Vec<ScopeId>)> {
    let mut ended: Vec<(ClaimId, Vec<ScopeId>)> = Vec::new();
    let incumbents = events.iter().flat_map(|event| match event {
        Event::BecameOfficial { superseding, .. } => superseding.values().collect(),
        _ => Vec::new(),
    });
    for (claim, scope) in incumbents.map(AssociationId::parts) {
        match ended.iter_mut().find(|(known, _)| *known == claim) {
            Some((_, scopes)) => scopes.push(scope),
            None => ended.push((claim, vec![scope])),
        }
    }
    ended
}

/// The incumbent's side of a promotion. The slot said that it holds these scopes; a claim that says otherwise has
/// changed since the slot was read.
async fn supersede<S: Claims>(
    store: &S,
    policy: &Policy,
    incumbent: &ClaimId,
    scopes: Vec<ScopeId>,
    by: &ClaimId,
    now: DateTime<Utc>,
) -> Result<Change, CarryOutError> {
    let claim = store.claim(incumbent).await?.ok_or(StoreError::Conflict)?;
    let command = Command::Supersede { scopes: scopes.clone(), by: by.clone() };
    let events = decide(&claim, &command, policy, now)?;
    let ended = events
        .iter()
        .any(|event| matches!(event, Event::Superseded { scopes: ended, .. } if ended.len() == scopes.len()));
    if !ended {
        return Err(StoreError::Conflict.into());
    }
    let after = evolve(&claim, &events, now);
    Ok(Change { before: Some(claim), after, events, actor: Actor::SYSTEM, at: now })
}
