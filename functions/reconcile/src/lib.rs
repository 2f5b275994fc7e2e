//! Moves on what no timer, mail or stream record has moved: every find means that another part failed, and is logged.
//!
//! Called every few minutes. The index `due` holds the claims that wait for something, by the time at which it should have
//! happened, with some grace; whatever is still there after that was forgotten. What is done about it is what should have
//! been done, by the same code: all of it can be done twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Claim, ClaimId, Command, NoticeNumber, Standing};
use lambda_runtime::Error;
use mail::Post;
use outreach::{Deployed, Outreach, OutreachError};
use runtime::{Causes, Clock};
use schedule::Timers;
use serde_json::{Value, json};
use store::{Claims, Directory, Lists, Quotas, Requester};
use telemetry::Metric;

/// How many claims of each shard one run looks at. Those that it moves on make room for the next; those that it cannot move on come
/// first again, so that it has to be more than mails that cannot leave amount to.
const PER_SHARD: usize = 250;

/// How long one run goes on. The next one is not far away.
const LONGEST: Duration = Duration::from_secs(90);

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let outreach = Deployed::compose(clock).await?;
    runtime::run(|_: Value| handle(&outreach)).await
}

/// Looks through what is overdue, and answers how many claims it has moved on and could not move on.
///
/// # Errors
/// When the index cannot be read. A claim that cannot be moved on holds up no other.
pub async fn handle<S, P, T>(outreach: &Outreach<S, P, T>) -> Result<Value, Error>
where
    S: Claims + Directory + Lists + Quotas,
    P: Post,
    T: Timers,
{
    let (now, started) = (outreach.executor.clock.now(), Instant::now());
    let (mut moved, mut failed) = (0, 0);
    let mut mail_leaves = true;
    for id in outreach.executor.store.overdue(now, PER_SHARD).await.map_err(runtime::failed)? {
        if started.elapsed() > LONGEST {
            break;
        }
        let done = move_on(outreach, &id, now, mail_leaves).await;
        // Where one mail does not leave, the next will not: timers that were lost are not to wait for that.
        mail_leaves &= !matches!(done, Err(OutreachError::Mail(_)));
        match done {
            Ok(None) => failed += 1,
            Ok(Some(changed)) => {
                moved += 1;
                telemetry::count(Metric::Forgotten, 1);
                tracing::warn!(claim_id = %id, changed, "a claim was forgotten");
            }
            Err(error) => {
                failed += 1;
                telemetry::count(Metric::Forgotten, 1);
                tracing::error!(claim_id = %id, error = %Causes(&error), "a claim was forgotten and cannot be moved on");
            }
        }
    }
    let oldest = outreach.executor.store.review_queue(1, None).await.map_err(runtime::failed)?;
    let oldest = oldest.items.first();
    let since = |time: Option<DateTime<Utc>>| time.map_or(TimeDelta::zero(), |time| now - time);
    telemetry::record(Metric::ReviewAge, since(oldest.and_then(|claim| claim.submitted_at)));
    telemetry::record(Metric::ReviewOverdue, since(oldest.and_then(|claim| claim.review_due())));
    Ok(json!({ "moved": moved, "failed": failed }))
}

/// Does what should have been done about a claim, its notices last; answers whether that changed it, or nothing when its notices
/// have to wait.
async fn move_on<S: Claims + Directory + Quotas, P: Post, T: Timers>(
    outreach: &Outreach<S, P, T>,
    id: &ClaimId,
    now: DateTime<Utc>,
    mail_leaves: bool,
) -> Result<Option<bool>, OutreachError> {
    let Some(claim) = outreach.executor.store.claim(id).await? else { return Ok(Some(false)) };
    let mut changed = false;
    for notice in notices(&claim, Standing::AwaitingCustomer) {
        let done = outreach.executor.execute(id, &Requester::SYSTEM, Command::Promote { notice }).await?;
        changed |= !done.events.is_empty();
    }
    if claim.action_due().is_some_and(|due| due <= now) {
        let done = outreach.executor.execute(id, &Requester::SYSTEM, Command::Lapse).await?;
        changed |= !done.events.is_empty();
    }
    let untold = notices(&claim, Standing::Notifying);
    if !untold.is_empty() && !mail_leaves {
        return Ok(None);
    }
    for notice in untold {
        let Some(claim) = outreach.executor.store.claim(id).await? else { break };
        outreach.send_forgotten(claim, notice).await?;
    }
    let after = outreach.executor.store.claim(id).await?;
    Ok(Some(changed || after.is_none_or(|after| after.status() != claim.status())))
}

/// The notices of a claim's scopes in a standing, each once.
fn notices(claim: &Claim, standing: Standing) -> BTreeSet<NoticeNumber> {
    let scopes = claim.scopes.iter().filter(|scope| scope.standing() == standing);
    scopes.filter_map(|scope| scope.notice).collect()
}
