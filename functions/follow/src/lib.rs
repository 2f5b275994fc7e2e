//! Does what follows from changes of the table, besides mails and timers, which are `notify`'s.
//!
//! Called with the stream's records of claims and tenants that changed and of claims that the table let go of, and by an
//! operator who wants everything counted anew. Two functions read the stream, which is what a shard serves well: `notify`,
//! and this one for everything else. (The pipe to the event bus is a third reader; `infra/events/README.md` says what that
//! costs.)

mod expire;
mod forget;
mod insights;
mod rebuild;

use std::time::Duration;

use lambda_runtime::Error;
use runtime::{Causes, Clock, Settings};
use serde_json::Value;
use store::stream::{self, Subject};
use store::{Claims, Counting, Directory, Dynamo, ExecuteError, Executor, Forgetting, Lists, StoreError};

pub use rebuild::{Difference, Rebuild, Rebuilt};

/// What the handler works with.
#[derive(Debug)]
pub struct Follow<S> {
    /// Claims, tenants and counts, and what changes claims.
    pub executor: Executor<S>,
    /// How long to wait before a transaction is tried again that others were in the way of, after so many attempts.
    pub pause: fn(u32) -> Duration,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    let follow = Follow { executor, pause };
    runtime::run(|event: Value| called(&follow, event)).await
}

/// Tells the two callers apart: the stream sends records, an operator asks for something.
async fn called(follow: &Follow<Dynamo>, event: Value) -> Result<Value, Error> {
    if let Some(asked) = event.get("rebuild") {
        let asked: Rebuild = serde_json::from_value(asked.clone())?;
        let rebuilt = follow.rebuild(asked).await.map_err(runtime::failed)?;
        return Ok(serde_json::to_value(rebuilt)?);
    }
    Ok(follow.batch(event).await?)
}

impl<S: Claims + Counting + Directory + Lists + Forgetting> Follow<S> {
    /// Works through a batch of records, and answers the first that failed: Lambda calls again from there. Claims that
    /// changed are counted together, in the end; what is done twice by that changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the event is no batch.
    pub async fn batch(&self, event: Value) -> Result<Value, StoreError> {
        let (mut changed, mut first_changed, mut failed) = (Vec::new(), None, None);
        let records = stream::records(event)?;
        for record in &records {
            let done = match record.subject() {
                Ok(Subject::TenantChanged(tenant)) => self.tenant_changed(&tenant).await,
                Ok(Subject::ClaimGone(claim)) => self.claim_gone(&claim).await.map_err(ExecuteError::from),
                Ok(Subject::ClaimChanged(claim)) => {
                    changed.push(claim);
                    first_changed.get_or_insert(record);
                    Ok(())
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = done {
                let claim_id = record.claim_id().map(tracing::field::display);
                tracing::error!(claim_id, record = record.id, error = %Causes(&error), "a change was not followed; it is tried again");
                failed = Some(record);
                break;
            }
        }
        if let Some(first) = first_changed
            && let Err(error) = self.count(&changed).await
        {
            tracing::error!(record = first.id, error = %Causes(&error), "claims were not counted; it is tried again");
            // Where another record failed, it may stand before or behind this one.
            failed = records
                .iter()
                .find(|one| one.id == first.id || failed.is_some_and(|failed| failed.id == one.id));
        }
        Ok(stream::answer(failed.map(|record| record.id.as_str())))
    }
}

/// Some tens of milliseconds, doubled with each attempt up to about a second, and not the same for all who wait.
fn pause(attempt: u32) -> Duration {
    let mut random = [0];
    // Without randomness, everybody waits for the longest time.
    if getrandom::fill(&mut random).is_err() {
        random = [u8::MAX];
    }
    let most = 40_u64 << attempt.min(5);
    Duration::from_millis(most / 4 + most * u64::from(random[0]) / 340)
}
