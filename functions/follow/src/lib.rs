//! Does what follows from changes of the table, besides mails and timers, which are `notify`'s.
//!
//! Called with the stream's records of tenants that changed and of claims that the table let go of. A stream's shard
//! serves two readers well: `notify` is one, this is the other, for everything else.

mod expire;
mod forget;

use domain::Policy;
use lambda_runtime::Error;
use runtime::{Causes, Clock, Settings};
use serde_json::Value;
use store::stream::{self, Record, Subject};
use store::{CarryOutError, Claims, Directory, Dynamo, Lists, Memory, StoreError};

/// What the handler works with.
#[derive(Debug)]
pub struct Follow<S> {
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
    let follow = Follow { store, policy, clock };
    runtime::run(|event: Value| async { Ok(follow.batch(event).await?) }).await
}

impl<S: Claims + Directory + Lists + Memory> Follow<S> {
    /// Works through a batch of records, in their order. The first that fails stops it, and Lambda calls again from there.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the event is no batch.
    pub async fn batch(&self, event: Value) -> Result<Value, StoreError> {
        for record in stream::records(event)? {
            if let Err(error) = self.record(&record).await {
                tracing::error!(record = record.id, error = %Causes(&error), "a change was not followed; it is tried again");
                return Ok(stream::answer(Some(&record.id)));
            }
        }
        Ok(stream::answer(None))
    }

    async fn record(&self, record: &Record) -> Result<(), CarryOutError> {
        match record.subject()? {
            Subject::TenantChanged(tenant) => self.tenant_changed(&tenant).await,
            Subject::ClaimGone(claim) => Ok(self.claim_gone(&claim).await?),
        }
    }
}
