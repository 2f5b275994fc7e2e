//! A tenant changed: ends what is claimed on subscriptions that have ended, or are no longer the tenant's.
//!
//! It looks at the tenant as it is now, so that records that come late, twice or out of order lead to the same end.

use domain::field::TenantId;
use domain::{ClaimId, Command, Scope, Slot};
use store::{Claims, Directory, ExecuteError, Lists, Requester};

use crate::Follow;

impl<S: Claims + Directory + Lists> Follow<S> {
    /// Ends what is claimed on subscriptions that the tenant no longer has.
    ///
    /// # Errors
    /// [`ExecuteError`] when it has to be tried again; what has ended by then stays ended.
    pub async fn tenant_changed(&self, id: &TenantId) -> Result<(), ExecuteError> {
        let Some(tenant) = self.executor.store.tenant(id).await? else { return Ok(()) };
        let slots = self.executor.store.product_slots(id).await?;
        for (scope, slot) in slots.iter().filter(|(scope, _)| tenant.has_ended(scope)) {
            for claim in claims(slot) {
                self.end(&claim, scope).await?;
            }
        }
        Ok(())
    }

    async fn end(&self, id: &ClaimId, ended: &Scope) -> Result<(), ExecuteError> {
        let done = self.executor.execute_with(id, &Requester::SYSTEM, |claim| {
            let of_it = claim.scopes.iter().filter(|scope| scope.scope == *ended);
            Ok(Command::Expire { scopes: of_it.map(|scope| scope.id).collect() })
        });
        match done.await {
            Ok(done) => {
                tracing::info!(claim_id = %id, changed = !done.events.is_empty(), "subscription ended");
                Ok(())
            }
            Err(ExecuteError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The holder's claim and the open ones.
fn claims(slot: &Slot) -> Vec<ClaimId> {
    let holder = slot.holder.iter().map(|holder| holder.association.claim().clone());
    let mut claims: Vec<_> =
        holder.chain(slot.claimants.iter().map(|claimant| claimant.claim.clone())).collect();
    claims.dedup();
    claims
}
