//! Does what has to be done outside once a change is stored: notices to customers, timers, mails to partners.
//!
//! Called with the stream's records of transitions, and by the timers of reminders; both at least once.

use domain::{ActorKind, Effect, Event, Transition, effects};
use lambda_runtime::Error;
use mail::Post;
use outreach::{Deployed, Outreach, OutreachError, Quota};
use runtime::{Causes, Clock};
use schedule::{Timer, Timers};
use serde_json::Value;
use store::{Claims, Directory, Quotas, StoreError, stream};
use telemetry::Metric;

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let outreach = Deployed::compose(clock).await?;
    runtime::run(|event: Value| handle(&outreach, event)).await
}

/// Tells the two callers apart: the stream sends records, a timer itself.
///
/// # Errors
/// When a timer's work has to be tried again, or the event is neither.
pub async fn handle<S: Claims + Directory + Quotas, P: Post, T: Timers>(
    outreach: &Outreach<S, P, T>,
    event: Value,
) -> Result<Value, Error> {
    if event.get("Records").is_some() {
        return Ok(batch(outreach, event).await?);
    }
    let timer: Timer = serde_json::from_value(event)?;
    let Timer::Reminder { claim_id, notice } = &timer else {
        return Err(format!("notify is not called by {timer:?}").into());
    };
    outreach.remind(claim_id, *notice).await.map_err(|error| runtime::failed_on(claim_id, error))?;
    Ok(Value::Null)
}

/// Works through a batch of the stream's records, in their order. The first that fails stops it: Lambda calls again
/// from there, so that none is skipped and those before it are not done twice.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is no batch.
async fn batch<S: Claims + Directory + Quotas, P: Post, T: Timers>(
    outreach: &Outreach<S, P, T>,
    event: Value,
) -> Result<Value, StoreError> {
    for record in stream::records(event)? {
        let done = match record.transition() {
            Ok(transition) => follow(outreach, &transition).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            let claim_id = record.claim_id().map(tracing::field::display);
            tracing::error!(claim_id, record = record.id, error = %Causes(&error), "an effect failed; it is tried again");
            return Ok(stream::answer(Some(&record.id)));
        }
    }
    Ok(stream::answer(None))
}

/// Brings about the effects of a transition.
///
/// # Errors
/// [`OutreachError`] when one of them has to be tried again.
async fn follow<S: Claims + Directory + Quotas, P: Post, T: Timers>(
    outreach: &Outreach<S, P, T>,
    transition: &Transition,
) -> Result<(), OutreachError> {
    let wanted: Vec<_> = transition.events.iter().flat_map(effects).collect();
    // Mails to partners come last: they are all that would be sent twice if another effect failed.
    let (telling, doing): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .partition(|effect| matches!(effect, Effect::TellPartner { .. } | Effect::TellIncumbent { .. }));
    let enters = transition.events.iter().any(Event::enters);
    let notifies = doing.iter().any(|effect| matches!(effect, Effect::NotifyCustomer { .. }));
    // Read once: whatever is decided on it is stored on the condition that it has not changed.
    let mut claim = if enters || notifies { outreach.claim(&transition.claim).await? } else { None };
    if let Some(entered) = claim.take_if(|_| enters) {
        claim = Some(outreach.end_what_has_ended(entered).await?);
    }
    for effect in doing.iter().chain(&telling) {
        match effect {
            Effect::NotifyCustomer { notice } => {
                let Some(claim) = &claim else { continue };
                // What a reviewer has approved goes out in any case.
                let approved = transition.actor.kind == ActorKind::Reviewer;
                let quota = if approved { Quota::Waived } else { Quota::Holds };
                if outreach.send_notice(claim, *notice, quota).await? {
                    telemetry::record(Metric::NoticeDelay, outreach.executor.clock.now() - transition.at);
                }
            }
            Effect::AwaitCustomer { scopes } => outreach.resume(&transition.claim, scopes).await?,
            Effect::AwaitPartner { due } => {
                let timer = Timer::Answer { claim_id: transition.claim.clone() };
                outreach.timers.set(&timer, *due, outreach.executor.clock.now()).await?;
            }
            Effect::TellPartner { about, scopes, remark } => {
                outreach.tell_partner(&transition.claim, *about, scopes, remark.as_ref()).await?;
            }
            Effect::TellIncumbent { association } => outreach.tell_incumbent(association).await?,
        }
    }
    Ok(())
}
