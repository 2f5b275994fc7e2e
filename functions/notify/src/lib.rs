//! Does what has to be done outside once a change is stored: notices to customers, timers, mails to partners.
//!
//! Called with the stream's records of transitions, and by the timers of reminders; both at least once. What was done
//! is recorded in the claim where doing it twice would matter.

mod customer;
mod partner;

use domain::{
    ActorKind, Claim, ClaimId, Command, CommandName, Effect, Event, Notice, Policy, Transition, effects,
};
use lambda_runtime::Error;
use mail::{Post, SendError, SesPost};
use runtime::{Causes, Clock, Settings};
use schedule::{EventBridge, Timer, TimerError, Timers};
use serde_json::Value;
use store::{CarryOutError, Claims, Directory, Dynamo, Quotas, StoreError, stream};
use telemetry::Metric;

/// What the handler works with.
#[derive(Debug)]
pub struct Notify<S, P, T> {
    /// Where claims are.
    pub store: S,
    /// Sends mails.
    pub post: P,
    /// Sets timers.
    pub timers: T,
    /// The vendor's policy.
    pub policy: Policy,
    /// The clock.
    pub clock: Clock,
    /// What links start with: the address of `opt-out`, with a slash at its end.
    pub link_base: String,
    /// Who runs the programmes, as customers know it.
    pub vendor_name: String,
    /// Draws the secrets of links.
    pub secret: fn() -> Result<[u8; 32], NotifyError>,
}

/// Why an effect could not be brought about now.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The store failed, or too many others were changing the claim.
    #[error("the claim could not be read or changed")]
    Store(#[from] CarryOutError),
    /// A timer could not be set.
    #[error("a timer could not be set")]
    Timer(#[from] TimerError),
    /// A mail did not leave.
    #[error("a mail did not leave")]
    Mail(#[from] SendError),
    /// The system has no randomness to give.
    #[error("no randomness")]
    Random,
    /// The timer is not one of ours.
    #[error("notify is not called by {0:?}")]
    Misdirected(Timer),
}

impl From<StoreError> for NotifyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// What the function is composed of in production; `reconcile` is composed of the same.
pub type Deployed = Notify<Dynamo, SesPost, EventBridge>;

impl Deployed {
    /// Composes it of the settings.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub async fn compose(clock: Clock) -> Result<Self, Error> {
        let settings = Settings::from_env();
        let policy = settings.policy()?;
        let (vendor_name, base) = (settings.text("VENDOR_NAME")?, settings.text("LINK_BASE_URL")?);
        let sender = settings.text("SENDER")?;
        let aws = runtime::aws(&settings)?;
        Ok(Self {
            post: SesPost::new(&aws, &vendor_name, &sender, settings.optional("CONFIGURATION_SET")),
            timers: EventBridge::new(&settings, &aws)?,
            store: runtime::table(&settings, &aws).await?,
            policy,
            clock,
            link_base: format!("{}/", base.trim_end_matches('/')),
            vendor_name,
            secret: random,
        })
    }
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let notify = Deployed::compose(clock).await?;
    runtime::run(|event: Value| handle(&notify, event)).await
}

/// Tells the two callers apart: the stream sends records, a timer itself.
///
/// # Errors
/// When a timer's work has to be tried again, or the event is neither.
pub async fn handle<S: Claims + Directory + Quotas, P: Post, T: Timers>(
    notify: &Notify<S, P, T>,
    event: Value,
) -> Result<Value, Error> {
    if event.get("Records").is_some() {
        return Ok(notify.batch(event).await?);
    }
    let timer: Timer = serde_json::from_value(event)?;
    notify.timer(&timer).await.map_err(|error| runtime::failed_on(timer.claim_id(), error))?;
    Ok(Value::Null)
}

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Notify<S, P, T> {
    /// Works through a batch of the stream's records, in their order. The first that fails stops it: Lambda calls again
    /// from there, so that none is skipped and those before it are not done twice.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is no batch.
    pub async fn batch(&self, event: Value) -> Result<Value, StoreError> {
        for record in stream::records(event)? {
            let done = match record.transition() {
                Ok(transition) => self.transition(&transition).await,
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
    /// [`NotifyError`] when one of them has to be tried again.
    pub async fn transition(&self, transition: &Transition) -> Result<(), NotifyError> {
        let wanted: Vec<_> = transition.events.iter().flat_map(effects).collect();
        // Mails to partners come last: they are all that would be sent twice if another effect failed.
        let (telling, doing): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .partition(|effect| matches!(effect, Effect::TellPartner { .. } | Effect::TellIncumbent { .. }));
        let enters = transition.events.iter().any(Event::enters);
        let notifies = doing.iter().any(|effect| matches!(effect, Effect::NotifyCustomer { .. }));
        // Read once: whatever is decided on it is stored on the condition that it has not changed.
        let mut claim = if enters || notifies { self.claim(&transition.claim).await? } else { None };
        if let Some(entered) = claim.take_if(|_| enters) {
            claim = Some(self.end_what_has_ended(entered).await?);
        }
        for effect in doing.iter().chain(&telling) {
            match effect {
                Effect::NotifyCustomer { notice } => {
                    let Some(claim) = &claim else { continue };
                    // What a reviewer has approved goes out in any case.
                    let limited = transition.actor.kind != ActorKind::Reviewer;
                    if self.send_notice(claim, *notice, limited).await? {
                        telemetry::record(Metric::NoticeDelay, self.clock.now() - transition.at);
                    }
                }
                Effect::AwaitCustomer { scopes } => self.resume(&transition.claim, scopes).await?,
                Effect::AwaitPartner { due } => {
                    let timer = Timer::Answer { claim_id: transition.claim.clone() };
                    self.timers.set(&timer, *due, self.clock.now()).await?;
                }
                Effect::TellPartner { about, scopes, remark } => {
                    self.tell_partner(&transition.claim, *about, scopes, remark.as_ref()).await?;
                }
                Effect::TellIncumbent { association } => self.tell_incumbent(association).await?,
            }
        }
        Ok(())
    }

    /// Sends a notice that was forgotten, as it would have been sent when it was due: unless its subscription has ended, or its
    /// contact has been written to often enough today. It is not known here who approved it; but what was held back once, a
    /// reviewer has approved since.
    ///
    /// # Errors
    /// [`NotifyError`] when it has to be tried again.
    pub async fn send_forgotten(&self, claim: Claim, number: u8) -> Result<(), NotifyError> {
        let claim = self.end_what_has_ended(claim).await?;
        let mut earlier = claim.notices.iter().take(usize::from(number).saturating_sub(1));
        let limited = earlier.all(Notice::has_left);
        self.send_notice(&claim, number, limited).await?;
        Ok(())
    }

    /// Ends what was entered on a subscription that had ended by then: submitted while the tenant was being changed, or
    /// taken back after a no. Whoever ends claims when a tenant changes finds them in the slots; what enters a slot later
    /// is looked at here, after it was entered, so that one of the two sees it.
    async fn end_what_has_ended(&self, claim: Claim) -> Result<Claim, NotifyError> {
        let products = claim
            .scopes
            .iter()
            .filter(|scope| scope.scope.subscription_id().is_some() && scope.can(CommandName::Expire));
        let products: Vec<_> = products.collect();
        if products.is_empty() {
            return Ok(claim);
        }
        let Some(tenant) = self.store.tenant(&claim.details.tenant_id).await? else { return Ok(claim) };
        let ended = products.into_iter().filter(|scope| tenant.has_ended(&scope.scope));
        let scopes: Vec<_> = ended.map(|scope| scope.id).collect();
        if scopes.is_empty() {
            return Ok(claim);
        }
        Ok(self.command(&claim, Command::Expire { scopes }).await?.claim)
    }

    /// Does what a timer calls for.
    ///
    /// # Errors
    /// [`NotifyError`] when it has to be tried again.
    pub async fn timer(&self, timer: &Timer) -> Result<(), NotifyError> {
        match timer {
            Timer::Reminder { claim_id, notice } => self.remind(claim_id, *notice).await,
            Timer::Deadline { .. } | Timer::Answer { .. } => Err(NotifyError::Misdirected(timer.clone())),
        }
    }

    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, NotifyError> {
        Ok(self.store.claim(id).await?)
    }
}

fn random() -> Result<[u8; 32], NotifyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| NotifyError::Random)?;
    Ok(secret)
}
