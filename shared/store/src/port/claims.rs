//! Claims, read and written one by one.

use std::future::Future;

use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, Context, EvidenceId, Policy, Scope, Slots};

use crate::port::StoreError;

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
    fn context(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        scopes: &[Scope],
        files: &[EvidenceId],
    ) -> impl Future<Output = Result<Context, StoreError>> + Send;
}
