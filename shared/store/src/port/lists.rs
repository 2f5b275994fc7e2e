//! Lists of claims, of their histories and of associations.

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{Association, Claim, ClaimId, Program, Scope, Slot, Slots, Standing, Transition};

use crate::port::{Cursor, Page, StoreError};

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
