//! Claims, read and written one by one.

use std::future::Future;

use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, Context, Needs, Policy, Slots};

use crate::port::StoreError;

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
