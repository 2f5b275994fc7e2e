//! What the functions need of a store. DynamoDB is one; tests and simulations bring others.

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{
    Actor, AssociationId, Catalogue, Claim, ClaimId, Event, EvidenceId, Holder, Partner, Policy, Program,
    Scope, ScopeId, Slot, SlotChange, Slots, Standing, Surroundings, Tenant,
};
use serde::{Deserialize, Serialize};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that was read has changed meanwhile. Read and decide again.
    #[error("what was read has changed meanwhile")]
    Conflict,
    /// The claim that was to be created exists.
    #[error("the claim exists")]
    Exists(Box<Claim>),
    /// A cursor does not belong to the list that it was brought to.
    #[error("the cursor belongs to another list")]
    Cursor,
    /// What is stored cannot be read.
    #[error("what is stored under {key} cannot be read")]
    Corrupt {
        /// The item's key.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database did not answer, or refused.
    #[error("the database failed at {call}")]
    Database {
        /// The call.
        call: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A change of one claim, decided and ready to be stored.
#[derive(Debug, Clone)]
pub struct Change {
    /// The claim as it was read; `None` for one to be created.
    pub before: Option<Claim>,
    /// The claim as it becomes.
    pub after: Claim,
    /// What happened.
    pub events: Vec<Event>,
    /// Who made it happen.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

impl Change {
    /// What the history and the stream get of it; `None` when nobody reads of it.
    pub fn transition(&self) -> Option<Transition> {
        let events: Vec<_> = self.events.iter().filter(|event| event.is_recorded()).cloned().collect();
        (!events.is_empty()).then(|| Transition {
            claim: self.after.id.clone(),
            version: self.after.version,
            at: self.at,
            actor: self.actor.clone(),
            events,
            status: self.after.status(),
        })
    }

    /// What happens to the slots of the claim's scopes, in the order of the events.
    pub fn slot_changes(&self) -> Vec<(Scope, SlotChange)> {
        // A claim that is created changes slots as one that was in draft.
        let mut now = match &self.before {
            Some(before) => before.clone(),
            None => {
                let mut draft = self.after.clone();
                draft.scopes.iter_mut().for_each(|scope| scope.standing = Standing::Draft);
                draft
            }
        };
        let mut changes = Vec::new();
        for event in &self.events {
            changes.extend(domain::slot_changes(&now, event));
            now = domain::apply(now, event, self.at);
        }
        changes
    }

    /// The association that the claim has, or had, for a scope.
    pub fn association(&self, scope: &Scope) -> AssociationId {
        let mut known = self.after.scopes.iter().chain(self.before.iter().flat_map(|claim| &claim.scopes));
        let id = known.find(|known| known.scope == *scope).map_or(ScopeId::nth(0), |known| known.id);
        AssociationId::of(&self.after.id, id)
    }

    /// The associations that it ends, as they are kept: who was partner of record for what, and until when.
    pub fn ended(&self) -> Vec<Association> {
        let Some(before) = &self.before else { return Vec::new() };
        let mut ended = Vec::new();
        for scope in self.after.scopes.iter().filter(|scope| scope.standing != Standing::Official) {
            let was = before.scope(scope.id).filter(|was| was.standing == Standing::Official);
            let Some(since) = was.and_then(|was| was.official_since) else { continue };
            let id = AssociationId::of(&before.id, scope.id);
            ended.push(Association {
                id: id.clone(),
                tenant: before.document.tenant_id.clone(),
                scope: scope.scope.clone(),
                holder: Holder {
                    association: id,
                    partner: before.document.partner_id.clone(),
                    program: before.document.program,
                    since,
                },
                ended: Some((self.at, scope.standing)),
            });
        }
        ended
    }
}

/// When a timer, a mail or a stream record should have moved the claim on, with some grace: found by
/// [`Lists::overdue`] after that, it was forgotten. Reviews are not among them: they have an owner and their own queue.
pub fn due_at(claim: &Claim) -> Option<DateTime<Utc>> {
    let any = |standing| claim.scopes.iter().any(|scope| scope.standing == standing);
    let told = any(Standing::Notifying).then(|| claim.updated_at + TimeDelta::minutes(15));
    // The flexible window in which timers fire (`ScheduleSpreadMinutes`, 45 at most), and then some.
    let grace = TimeDelta::hours(1);
    let silence = claim.deadline().map(|deadline| deadline + grace);
    let answer = claim.action_due.map(|due| due + grace);
    [told, silence, answer].into_iter().flatten().min()
}

/// One accepted change, as the history shows it and as the effects are read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The claim.
    pub claim: ClaimId,
    /// The version that the claim got.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What happened.
    pub events: Vec<Event>,
    /// The claim's status since.
    pub status: Standing,
}

/// Claims, read and written one by one.
pub trait Claims: Sync {
    /// A claim as it is now.
    fn claim(&self, id: &ClaimId) -> impl Future<Output = Result<Option<Claim>, StoreError>> + Send;
    /// The slots of scopes of a tenant.
    fn slots(
        &self,
        tenant: &TenantId,
        scopes: &[Scope],
    ) -> impl Future<Output = Result<Slots, StoreError>> + Send;
    /// Stores changes, all or none: every claim at its next version, the transitions, the slots.
    fn commit(
        &self,
        changes: &[Change],
        slots: &Slots,
        policy: &Policy,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// What is known around a submission, in one round trip: its partner and tenant, the slots of its scopes, the files
    /// that its proofs name.
    fn surroundings(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        scopes: &[Scope],
        files: &[EvidenceId],
    ) -> impl Future<Output = Result<Surroundings, StoreError>> + Send;
}

/// The vendor's knowledge of partners and tenants.
pub trait Directory: Sync {
    /// A partner.
    fn partner(&self, id: &PartnerId) -> impl Future<Output = Result<Option<Partner>, StoreError>> + Send;
    /// A tenant.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>, StoreError>> + Send;
    /// The catalogue, if an operator has changed it.
    fn catalogue(&self) -> impl Future<Output = Result<Option<Catalogue>, StoreError>> + Send;
    /// Stores a partner; answers whether it is new.
    fn put_partner(
        &self,
        id: &PartnerId,
        partner: &Partner,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores a tenant; answers whether it is new.
    fn put_tenant(
        &self,
        id: &TenantId,
        tenant: &Tenant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores the catalogue; answers whether it is the first.
    fn put_catalogue(&self, catalogue: &Catalogue) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one starts; `None` on the last.
    pub next: Option<Cursor>,
}

/// Where a page starts. Opaque to callers; checked when it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

/// By what a list of claims is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when the claim was created.
    Created,
    /// By the end of the customer's window; claims without an open window come last, by creation.
    Deadline,
}

/// Which of a partner's claims to list.
#[derive(Debug, Clone)]
pub struct ClaimQuery {
    /// Whose.
    pub partner: PartnerId,
    /// In this status only.
    pub status: Option<Standing>,
    /// Under this programme only.
    pub program: Option<Program>,
    /// For this tenant only.
    pub tenant: Option<TenantId>,
    /// Whose names contain this, in any case.
    pub name_contains: Option<String>,
    /// The order.
    pub sort: Sort,
    /// The latest first.
    pub descending: bool,
}

/// An association as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// Its ID.
    pub id: AssociationId,
    /// The tenant.
    pub tenant: TenantId,
    /// The scope.
    pub scope: Scope,
    /// Who holds, or held, it.
    pub holder: Holder,
    /// How and when it ended; `None` while it is official.
    pub ended: Option<(DateTime<Utc>, Standing)>,
}

/// Lists. None of them scans.
pub trait Lists: Sync {
    /// A partner's claims.
    fn claims(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Claim>, StoreError>> + Send;
    /// The IDs of a partner's claims: the same list, without reading the claims.
    fn claim_ids(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<ClaimId>, StoreError>> + Send;
    /// Claims by their IDs, in their order; those that are no more are left out.
    fn claims_by_id(&self, ids: &[ClaimId]) -> impl Future<Output = Result<Vec<Claim>, StoreError>> + Send;
    /// A claim's history, oldest first.
    fn history(
        &self,
        id: &ClaimId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Transition>, StoreError>> + Send;
    /// A partner's official associations, oldest first.
    fn associations(
        &self,
        partner: &PartnerId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Association>, StoreError>> + Send;
    /// Who is partner of record at a tenant, and then who was.
    fn tenant_associations(
        &self,
        tenant: &TenantId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Association>, StoreError>> + Send;
    /// The slots of the scopes of each of these claims, in their order.
    fn slots_of(&self, claims: &[Claim]) -> impl Future<Output = Result<Vec<Slots>, StoreError>> + Send;
    /// Claims that something should have moved on by now, the longest overdue of each shard.
    fn overdue(
        &self,
        now: DateTime<Utc>,
        per_shard: usize,
    ) -> impl Future<Output = Result<Vec<ClaimId>, StoreError>> + Send;
    /// The slots of products on subscriptions of a tenant that somebody holds or claims.
    fn product_slots(
        &self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Vec<(Scope, Slot)>, StoreError>> + Send;
    /// Claims that wait for a reviewer, those due first first.
    fn review_queue(
        &self,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Claim>, StoreError>> + Send;
}
