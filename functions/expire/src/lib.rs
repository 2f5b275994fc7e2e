//! Ends what is claimed on subscriptions that have ended, or are no longer the tenant's.
//!
//! Called with the stream's records of tenants. It looks at the tenant as it is now, so that records that come late, twice
//! or out of order lead to the same end.

use domain::field::TenantId;
use domain::{Actor, ClaimId, Command, Policy, Scope, ScopeId, Slot, Tenant};
use lambda_runtime::Error;
use runtime::{Causes, Clock, Settings};
use serde_json::Value;
use store::{CarryOutError, Claims, Directory, Dynamo, Lists, Needs, Request, carry_out, stream};

/// What the handler works with.
#[derive(Debug)]
pub struct Expire<S> {
    /// Where claims and tenants are.
    pub store: S,
    /// The vendor's policy.
    pub policy: Policy,
    /// The clock.
    pub clock: Clock,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let policy = settings.policy()?;
    let store: Dynamo = runtime::table(&settings, &runtime::aws().await).await?;
    let expire = Expire { store, policy, clock };
    runtime::run(|event: Value| handle(&expire, event)).await
}

/// Works through a batch of records. The first that fails stops it, and Lambda calls again from there.
///
/// # Errors
/// When the event is no batch.
pub async fn handle<S: Claims + Directory + Lists>(expire: &Expire<S>, event: Value) -> Result<Value, Error> {
    for record in stream::records(event)? {
        let done = match record.tenant() {
            Ok(tenant) => expire.tenant(&tenant).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            tracing::error!(record = record.id, error = %Causes(&error), "a tenant was not looked at; it is tried again");
            return Ok(stream::answer(Some(&record.id)));
        }
    }
    Ok(stream::answer(None))
}

impl<S: Claims + Directory + Lists> Expire<S> {
    async fn tenant(&self, id: &TenantId) -> Result<(), CarryOutError> {
        let Some(tenant) = self.store.tenant(id).await? else { return Ok(()) };
        let slots = self.store.product_slots(id).await?;
        for (scope, slot) in slots.iter().filter(|(scope, _)| has_ended(&tenant, scope)) {
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

/// Whether a product's subscription no longer carries it. A subscription that is still being provisioned has not ended,
/// and one in grace may yet be renewed.
fn has_ended(tenant: &Tenant, scope: &Scope) -> bool {
    use domain::SubscriptionState::{Active, Grace, Provisioning};
    let carries = |subscription: &domain::Subscription| {
        scope.subscription_id() == Some(&subscription.id)
            && *scope.code() == subscription.product
            && matches!(subscription.state, Active | Grace | Provisioning)
    };
    !tenant.subscriptions.iter().any(carries)
}

/// The holder's claim and the open ones.
fn claims(slot: &Slot) -> Vec<ClaimId> {
    let holder = slot.holder.iter().map(|holder| holder.association.parts().0);
    let mut claims: Vec<_> =
        holder.chain(slot.claimants.iter().map(|claimant| claimant.claim.clone())).collect();
    claims.dedup();
    claims
}
