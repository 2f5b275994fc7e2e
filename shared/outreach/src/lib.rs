//! What reaches people: notices and reminders to customers, with the timers of their windows, and news to partners.
//!
//! `notify` calls it for what has just happened, `reconcile` for what was forgotten. What was done is recorded in the claim
//! where doing it twice would matter.

mod customer;
mod partner;

use domain::{Claim, ClaimId, Command, CommandName, Notice, NoticeNumber};
use lambda_runtime::Error;
use mail::{Post, SendError, SesPost};
use runtime::{Clock, Settings};
use schedule::{EventBridge, TimerError, Timers};
use store::{Claims, Directory, Dynamo, ExecuteError, Executor, Quotas, StoreError};

/// Mails and timers, around claims.
#[derive(Debug)]
pub struct Outreach<S, P, T> {
    /// Claims, and what changes them.
    pub executor: Executor<S>,
    /// Sends mails.
    pub post: P,
    /// Sets timers.
    pub timers: T,
    /// What links start with: the address of `opt-out`, with a slash at its end.
    pub link_base: String,
    /// Who runs the programmes, as customers know it.
    pub vendor_name: String,
    /// Draws the secrets of links.
    pub secret: fn() -> Result<[u8; 32], OutreachError>,
}

/// Whether a notice is subject to how often a partner may have a mailbox written to in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// It waits for a reviewer where the partner has had its share.
    Holds,
    /// It goes out in any case: a reviewer has approved it.
    Waived,
}

/// Why an effect could not be brought about now.
#[derive(Debug, thiserror::Error)]
pub enum OutreachError {
    /// The store failed, or too many others were changing the claim.
    #[error("the claim could not be read or changed")]
    Store(#[from] ExecuteError),
    /// A timer could not be set.
    #[error("a timer could not be set")]
    Timer(#[from] TimerError),
    /// A mail did not leave.
    #[error("a mail did not leave")]
    Mail(#[from] SendError),
    /// The system has no randomness to give.
    #[error("no randomness")]
    Random,
}

impl From<StoreError> for OutreachError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// What it is composed of in production.
pub type Deployed = Outreach<Dynamo, SesPost, EventBridge>;

impl Deployed {
    /// Composes it of the settings.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub async fn compose(clock: Clock) -> Result<Self, Error> {
        let settings = Settings::from_env();
        let (vendor_name, base) = (settings.text("VENDOR_NAME")?, settings.text("LINK_BASE_URL")?);
        let sender = settings.text("SENDER")?;
        let aws = runtime::aws(&settings)?;
        Ok(Self {
            post: SesPost::new(&aws, &vendor_name, &sender, settings.optional("CONFIGURATION_SET")),
            timers: EventBridge::new(&settings, &aws)?,
            executor: Executor::open(clock, &settings, &aws).await?,
            link_base: format!("{}/", base.trim_end_matches('/')),
            vendor_name,
            secret: random,
        })
    }
}

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Outreach<S, P, T> {
    /// Sends a notice that was forgotten, as it would have been sent when it was due: unless its subscription has ended, or its
    /// contact has been written to often enough today. It is not known here who approved it; but what was held back once, a
    /// reviewer has approved since.
    ///
    /// # Errors
    /// [`OutreachError`] when it has to be tried again.
    pub async fn send_forgotten(&self, claim: Claim, number: NoticeNumber) -> Result<(), OutreachError> {
        let claim = self.end_what_has_ended(claim).await?;
        let mut earlier = claim.notices.iter().take(number.place());
        let quota = if earlier.all(Notice::has_left) { Quota::Holds } else { Quota::Waived };
        self.send_notice(&claim, number, quota).await?;
        Ok(())
    }

    /// Ends what was entered on a subscription that had ended by then: submitted while the tenant was being changed, or
    /// taken back after a no. Whoever ends claims when a tenant changes finds them in the slots; what enters a slot later
    /// is looked at here, after it was entered, so that one of the two sees it.
    ///
    /// # Errors
    /// [`OutreachError`] when it has to be tried again.
    pub async fn end_what_has_ended(&self, claim: Claim) -> Result<Claim, OutreachError> {
        let products = claim
            .scopes
            .iter()
            .filter(|scope| scope.scope.subscription_id().is_some() && scope.can(CommandName::Expire));
        let products: Vec<_> = products.collect();
        if products.is_empty() {
            return Ok(claim);
        }
        let Some(tenant) = self.executor.store.tenant(&claim.details.tenant_id).await? else {
            return Ok(claim);
        };
        let ended = products.into_iter().filter(|scope| tenant.has_ended(&scope.scope));
        let scopes: Vec<_> = ended.map(|scope| scope.id).collect();
        if scopes.is_empty() {
            return Ok(claim);
        }
        Ok(self.command(&claim, Command::Expire { scopes }).await?.claim)
    }

    /// A claim as it is now.
    ///
    /// # Errors
    /// [`OutreachError`] when it cannot be read.
    pub async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, OutreachError> {
        Ok(self.executor.store.claim(id).await?)
    }
}

fn random() -> Result<[u8; 32], OutreachError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| OutreachError::Random)?;
    Ok(secret)
}
