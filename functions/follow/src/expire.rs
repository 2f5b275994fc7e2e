//! A tenant changed: ends what is claimed on subscriptions that have ended, or are no longer the tenant's.
//!
//! It looks at the tenant as it is now, so that records that come late, twice or out of order lead to the same end.

use domain::field::TenantId;
use domain::{Actor, ClaimId, Command, Scope, ScopeId, Slot};
use store::{CarryOutError, Claims, Directory, Lists, Needs, Request, carry_out};

use crate::Follow;

impl<S: Claims + Directory + Lists> Follow<S> {
    /// Ends what is claimed on subscriptions that the tenant no longer has.
    ///
    /// # Errors
    /// [`CarryOutError`] when it has to be tried again; what has ended by then stays ended.
    pub async fn tenant_changed(&self, id: &TenantId) -> Result<(), CarryOutError> {
        let Some(tenant) = self.store.tenant(id).await? else { return Ok(()) };
        let slots = self.store.product_slots(id).await?;
        for (scope, slot) in slots.iter().filter(|(scope, _)| tenant.has_ended(scope)) {
            for claim in claims(slot) {
                self.end(&claim, scope).await?;
            }
        }
        Ok(())
    }

    async fn end(&self, id: &ClaimId, ended: &Scope) -> Result<(), CarryOutError> {
        let asked = Request {
            claim: id,
            actor: Actor::SYSTEM,
            now: self.clock.now(),
            if_version: None,
            needs: Needs::Claim,
        };
        let done = carry_out(&self.store, &self.policy, asked, |claim, _| {
            let of_it = claim.scopes.iter().filter(|scope| scope.scope == *ended);
            let scopes: Vec<ScopeId> = of_it.map(|scope| scope.id).collect();
            Ok(Command::Expire { scopes })
        });
        match done.await {
            Ok(done) => {
                tracing::info!(claim_id = %id, changed = !done.events.is_empty(), "subscription ended");
                Ok(())
            }
            Err(CarryOutError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The holder's claim and the open ones.
fn claims(slot: &Slot) -> Vec<ClaimId> {
    let holder = slot.holder.iter().map(|holder| holder.association.parts().0);
    let mut claims: Vec<_> =
        holder.chain(slot.claimants.iter().map(|claimant| claimant.claim.clone())).collect();
    claims.dedup();
    claims
}
