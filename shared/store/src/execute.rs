//! Carries out commands: reads a claim and what the command needs, decides, and commits; again from the start when
//! something changed in between.
//!
//! Everything that changes a claim goes through here, and so does the question of who may see it. Commands are tried again, not
//! locked: whoever loses a race reads the winner's result, and decides on that.

use aws_types::SdkConfig;
use chrono::{DateTime, Utc};
use domain::field::PartnerId;
use domain::input::InputError;
use domain::{
    Actor, ActorKind, Change, Claim, ClaimDetails, ClaimId, Command, Context, DecideError, DirectoryEntries,
    Event, Finding, Needs, Policy, Recipient, Rejection, ScopeId, Submission, Unread, check, decide, evolve,
};
use runtime::{Clock, Settings};

use crate::dynamo::Dynamo;
use crate::port::{Claims, StoreError};

/// How often a change is tried before the caller is asked to come again. Each loser of a race reads the winner's
/// result, so that losing this often in a row takes as many rivals.
const ATTEMPTS: usize = 8;

/// What every function that changes claims is composed of.
#[derive(Debug, Clone)]
pub struct Executor<S> {
    /// Where claims are.
    pub store: S,
    /// The vendor's policy.
    pub policy: Policy,
    /// The clock.
    pub clock: Clock,
}

/// Which claims somebody may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sees {
    /// Every one: the vendor's staff, a timer, and a customer's link, which names its claim itself.
    Everything,
    /// A partner's own.
    Of(PartnerId),
}

impl Sees {
    /// Whether what belongs to a partner may be seen.
    pub fn covers(&self, owner: &PartnerId) -> bool {
        match self {
            Self::Everything => true,
            Self::Of(partner) => partner == owner,
        }
    }

    /// A claim that was looked up, if it may be seen: another partner's is as much not found as none.
    ///
    /// # Errors
    /// [`ExecuteError::NotFound`].
    pub fn find(&self, claim: Option<Claim>) -> Result<Claim, ExecuteError> {
        claim.filter(|claim| self.covers(&claim.details.partner_id)).ok_or(ExecuteError::NotFound)
    }
}

/// Who asks for a change: in which capacity, what it may see, and the version that it saw.
#[derive(Debug, Clone)]
pub struct Requester {
    /// Who, for the history.
    pub actor: Actor,
    /// Which claims it may see.
    pub sees: Sees,
    /// The versions that it has seen, where it said so: no other is changed.
    pub seen: Option<Vec<u64>>,
}

impl Requester {
    /// A rule, a timer or a report.
    pub const SYSTEM: Self = Self { actor: Actor::SYSTEM, sees: Sees::Everything, seen: None };

    /// A customer, through a link: which of the links was used, not who used it, for that nobody knows.
    pub fn customer(link: Recipient) -> Self {
        let actor = Actor { kind: ActorKind::Customer, id: Some(link.to_string()) };
        Self { actor, ..Self::SYSTEM }
    }
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// There is no such claim, or none that the requester may see.
    #[error("there is no such claim")]
    NotFound,
    /// The claim is no longer at the version that the requester saw.
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
    /// A command was decided on without what it needs: a fault of ours.
    #[error("a command was decided on without what it needs")]
    Unread(#[source] Unread),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for ExecuteError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DecideError> for ExecuteError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Rejected(rejection) => Self::Rejected(rejection),
            DecideError::Unread(unread) => Self::Unread(unread),
        }
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

/// A claim to be created.
#[derive(Debug, Clone)]
pub struct Creation {
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

/// What became of a creation.
#[derive(Debug, Clone)]
pub enum Created {
    /// The claim was created.
    Now(Claim),
    /// A claim of this ID is there already, as it is now.
    Exists(Claim),
}

impl Executor<Dynamo> {
    /// Composes it as in production, with the connection to the table opened.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub async fn open(
        clock: Clock,
        settings: &Settings<'_>,
        aws: &SdkConfig,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let policy = Policy::from_settings(|name| settings.optional(name))?;
        Ok(Self { store: Dynamo::open(settings, aws).await?, policy, clock })
    }
}

impl<S: Claims> Executor<S> {
    /// A claim that somebody may see.
    ///
    /// # Errors
    /// [`ExecuteError::NotFound`], or the store's failure.
    pub async fn claim(&self, id: &ClaimId, sees: &Sees) -> Result<Claim, ExecuteError> {
        sees.find(self.store.claim(id).await?)
    }

    /// What the directory knows around a claim of these details.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn directory(&self, details: &ClaimDetails) -> Result<DirectoryEntries, ExecuteError> {
        let needs = Needs { directory: true, ..Needs::default() };
        let context = self.store.context(&details.partner_id, &details.tenant_id, &needs).await?;
        context.directory().cloned().map_err(ExecuteError::Unread)
    }

    /// Every finding that a submit of this claim would meet; changes nothing.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn check(&self, submission: &Submission, id: &ClaimId) -> Result<Vec<Finding>, ExecuteError> {
        let details = &submission.details;
        let context =
            self.store.context(&details.partner_id, &details.tenant_id, &Needs::to_check(submission)).await?;
        check(submission, id, &context, &self.policy, self.clock.now()).map_err(ExecuteError::Unread)
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// [`ExecuteError`]; the claim stays as it is.
    pub async fn execute(
        &self,
        id: &ClaimId,
        by: &Requester,
        command: Command,
    ) -> Result<Done, ExecuteError> {
        self.execute_with(id, by, |_| Ok(command.clone())).await
    }

    /// Carries out a command that `ask` makes of the claim as it is, at each try anew.
    ///
    /// # Errors
    /// [`ExecuteError`]; the claim stays as it is.
    pub async fn execute_with(
        &self,
        id: &ClaimId,
        by: &Requester,
        ask: impl Fn(&Claim) -> Result<Command, ExecuteError> + Sync,
    ) -> Result<Done, ExecuteError> {
        self.execute_from(None, id, by, ask).await
    }

    /// As [`Executor::execute`], on the claim as the requester knows it, which spares a read. It is read all the same when it
    /// has changed since, and before it is said that there is nothing to do or that this cannot be done.
    ///
    /// # Errors
    /// [`ExecuteError`]; the claim stays as it is.
    pub async fn execute_on(
        &self,
        known: Claim,
        by: &Requester,
        command: Command,
    ) -> Result<Done, ExecuteError> {
        let id = known.id.clone();
        self.execute_from(Some(known), &id, by, |_| Ok(command.clone())).await
    }

    async fn execute_from(
        &self,
        mut known: Option<Claim>,
        id: &ClaimId,
        by: &Requester,
        ask: impl Fn(&Claim) -> Result<Command, ExecuteError> + Sync,
    ) -> Result<Done, ExecuteError> {
        let now = self.clock.now();
        for _ in 0..ATTEMPTS {
            let (claim, is_read) = match known.take() {
                Some(claim) => (claim, false),
                None => (self.claim(id, &by.sees).await?, true),
            };
            match self.attempt(claim, by, now, &ask).await {
                Ok(done) if is_read || !done.events.is_empty() => return Ok(done),
                Err(ExecuteError::Store(StoreError::Conflict)) => {}
                Err(error @ (ExecuteError::Store(_) | ExecuteError::Unread(_))) => return Err(error),
                Err(error) if is_read => return Err(error),
                // Nothing to do, or a refusal, but of a claim that may be older than the store's.
                _ => {}
            }
        }
        Err(ExecuteError::Busy)
    }

    /// Decides a command on a claim and commits what comes of it.
    async fn attempt(
        &self,
        claim: Claim,
        by: &Requester,
        now: DateTime<Utc>,
        ask: impl Fn(&Claim) -> Result<Command, ExecuteError> + Sync,
    ) -> Result<Done, ExecuteError> {
        if let Some(seen) = by.seen.as_ref().filter(|seen| !seen.contains(&claim.version)) {
            tracing::debug!(?seen, version = claim.version, "stale");
            return Err(ExecuteError::Stale(claim.version));
        }
        let command = ask(&claim)?;
        let context = self.read(&claim, &command.needs(&claim)).await?;
        let events = decide(&claim, &command, &context, &self.policy, now)?;
        if events.is_empty() {
            return Ok(Done { claim, events });
        }
        let after = evolve(&claim, &events, now);
        let change = Change {
            before: Some(claim),
            after: after.clone(),
            events: events.clone(),
            actor: by.actor.clone(),
            at: now,
        };
        let mut changes = vec![change];
        for (claim, scopes) in superseded(&events) {
            changes.push(self.supersede(&claim, scopes, &after.id, now).await?);
        }
        self.store.commit(&changes, context.slots(), &self.policy).await?;
        Ok(Done { claim: after, events })
    }

    /// Creates a claim, once: submitted in two round trips, one of them a single transaction.
    ///
    /// # Errors
    /// [`ExecuteError`]; nothing is created.
    pub async fn create(&self, creation: &Creation) -> Result<Created, ExecuteError> {
        let Creation { id, actor, submission, digest, renews } = creation;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let mut new = Claim::new(id.clone(), submission, digest.clone(), now);
            new.renews.clone_from(renews);
            let mut events = vec![Event::Created];
            let mut context = Context::nothing();
            if !submission.draft {
                context = self.read(&new, &Command::Submit.needs(&new)).await?;
                match decide(&new, &Command::Submit, &context, &self.policy, now) {
                    Ok(submitted) => events.extend(submitted),
                    // The checks may find what an earlier try with this key has made.
                    Err(error) => {
                        let existing = self.store.claim(id).await?;
                        return existing.map(Created::Exists).ok_or_else(|| error.into());
                    }
                }
            }
            let after = evolve(&new, &events, now);
            let change = Change { before: None, after, events, actor: actor.clone(), at: now };
            let changes = std::slice::from_ref(&change);
            match self.store.commit(changes, context.slots(), &self.policy).await {
                Ok(()) => return Ok(Created::Now(change.after)),
                Err(StoreError::Exists(existing)) => return Ok(Created::Exists(*existing)),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Busy)
    }

    async fn read(&self, claim: &Claim, needs: &Needs) -> Result<Context, StoreError> {
        if needs.is_nothing() {
            return Ok(Context::nothing());
        }
        self.store.context(&claim.details.partner_id, &claim.details.tenant_id, needs).await
    }

    /// The incumbent's side of a promotion. The slot said that it holds these scopes; a claim that says otherwise has
    /// changed since the slot was read.
    async fn supersede(
        &self,
        incumbent: &ClaimId,
        scopes: Vec<ScopeId>,
        by: &ClaimId,
        now: DateTime<Utc>,
    ) -> Result<Change, ExecuteError> {
        let claim = self.store.claim(incumbent).await?.ok_or(StoreError::Conflict)?;
        let command = Command::Supersede { scopes: scopes.clone(), by: by.clone() };
        let events = decide(&claim, &command, &Context::nothing(), &self.policy, now)?;
        let ended = events.iter().any(
            |event| matches!(event, Event::Superseded { scopes: ended, .. } if ended.len() == scopes.len()),
        );
        if !ended {
            return Err(StoreError::Conflict.into());
        }
        let after = evolve(&claim, &events, now);
        Ok(Change { before: Some(claim), after, events, actor: Actor::SYSTEM, at: now })
    }
}

/// The claims whose associations end in the same step, with their scopes that do.
fn superseded(events: &[Event]) -> Vec<(ClaimId, Vec<ScopeId>)> {
    let mut ended: Vec<(ClaimId, Vec<ScopeId>)> = Vec::new();
    let incumbents = events.iter().flat_map(|event| match event {
        Event::BecameOfficial { superseding, .. } => superseding.values().collect(),
        _ => Vec::new(),
    });
    for incumbent in incumbents {
        match ended.iter_mut().find(|(known, _)| known == incumbent.claim()) {
            Some((_, scopes)) => scopes.push(incumbent.scope()),
            None => ended.push((incumbent.claim().clone(), vec![incumbent.scope()])),
        }
    }
    ended
}
