//! What the functions need of a store. DynamoDB is one; tests and simulations bring others.

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{
    Association, Catalogue, Change, Claim, ClaimId, Context, Needs, Partner, Policy, Program, Scope, Slot,
    Slots, Standing, Tenant, Transition,
};

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

/// Claims, read and written one by one.
pub trait Claims: Sync {
    /// A claim as it is now.
    fn claim(&self, id: &ClaimId) -> impl Future<Output = Result<Option<Claim>, StoreError>> + Send;
    /// Stores changes, all or none: every claim at its next version, the transitions, the slots.
    fn commit(
        &self,
        changes: &[Change],
        slots: &Slots,
        policy: &Policy,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// What a decision needs of what is around a claim of a partner and a tenant, in one round trip.
    fn context(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        needs: &Needs,
    ) -> impl Future<Output = Result<Context, StoreError>> + Send;
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
