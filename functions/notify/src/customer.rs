//! Notices and reminders to customers, and the timers of their windows.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::field::Email;
use domain::{
    Actor, Claim, ClaimId, Command, Context, Link, LinkToken, MailState, Notice, Policy, Recipient, ScopeId,
    Standing,
};
use mail::{CustomerNotice, Outgoing, Post, Rendered, SendError};
use schedule::{Timer, Timers};
use store::{CarryOutError, Claims, Directory, Done, Needs, Quotas, Request, carry_out_on};
use text::{Language, Partner, Sees};

use crate::{Notify, NotifyError};

/// A mail about to leave: to whom, and the secret in its link.
struct Letter {
    to: Recipient,
    address: Email,
    token: LinkToken,
}

impl Letter {
    fn link(&self) -> Link {
        Link { digest: self.token.digest(), to: self.to }
    }
}

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Notify<S, P, T> {
    /// Sends a notice of a claim as it was read: records deadline and links, sets the timers, sends, and records that the
    /// customer was told.
    ///
    /// Whatever fails is tried again from the start. Links of earlier tries stay valid, the deadline stays the same, the
    /// timers are set once; only a mail of which it is not known whether it left can leave twice.
    ///
    /// Where the notice is limited and the partner has had one of its addresses written to as often today as it may, it stays
    /// here, and the claim goes to a reviewer.
    ///
    /// Answers whether the customer was told by this call.
    ///
    /// # Errors
    /// [`NotifyError`] when it has to be tried again.
    pub(crate) async fn send_notice(
        &self,
        claim: &Claim,
        number: u8,
        limited: bool,
    ) -> Result<bool, NotifyError> {
        let id = &claim.id;
        let waits = claim.any_of_notice(number, Standing::Notifying);
        let Some(notice) = claim.notice(number).filter(|_| waits) else { return Ok(false) };
        let context = self.context(claim).await?;
        let letters = self.letters(claim, notice, &context, notice.copied)?;
        if limited && !self.admits(claim, &letters).await? {
            tracing::warn!(claim_id = %id, notice = number, "held back: the partner has had this customer written to too often today");
            self.command(claim, Command::HoldNotice { notice: number }).await?;
            return Ok(false);
        }
        let links = letters.iter().map(Letter::link).collect::<Vec<_>>();
        let prepared = self.command(claim, Command::PrepareNotice { notice: number, links }).await?;
        let deadline = prepared.claim.notice(number).and_then(|notice| notice.deadline);
        let Some(deadline) = deadline.filter(|_| !prepared.events.is_empty()) else { return Ok(false) };
        self.set_timers(&prepared.claim, number, deadline).await?;

        let mut copied = false;
        for (at, letter) in letters.iter().enumerate() {
            let sent = self.post_letter(&prepared.claim, number, letter, deadline, &context, false).await;
            match (letter.to, sent) {
                (_, Ok(())) => copied |= letter.to == Recipient::NoticeAddress,
                (Recipient::NoticeAddress, Err(SendError::Permanent { code })) => {
                    // The contact is who is asked; the copy is a safeguard whose address an operator has to correct.
                    tracing::warn!(claim_id = %id, code, "the tenant's notice address was refused");
                }
                (to, Err(SendError::Permanent { code })) => {
                    tracing::warn!(claim_id = %id, to = %to, code, "the customer's contact was refused");
                    let mail = MailState::Bounced;
                    self.command(&prepared.claim, Command::MailReported { notice: number, to, mail }).await?;
                    return Ok(false);
                }
                (_, Err(error)) => {
                    if copied {
                        let (to, mail) = (Recipient::NoticeAddress, MailState::Sent);
                        self.command(&prepared.claim, Command::MailReported { notice: number, to, mail })
                            .await?;
                    }
                    self.take_back_links(&prepared.claim, number, &error, &letters[at..]).await?;
                    return Err(error.into());
                }
            }
        }
        let told = self.command(&prepared.claim, Command::CustomerTold { notice: number }).await?;
        tracing::info!(claim_id = %id, notice = number, version = told.claim.version, mails = letters.len(), "customer told");
        Ok(!told.events.is_empty())
    }

    /// Whether the partner may have each of these addresses written to for this claim today. The contact is asked first: what is
    /// held for it must not count for the tenant's address, which others need.
    async fn admits(&self, claim: &Claim, letters: &[Letter]) -> Result<bool, NotifyError> {
        let (partner, most) = (&claim.details.partner_id, self.policy.most_notices_per_contact);
        for letter in letters.iter().rev() {
            if !self.store.admit(partner, &letter.address, &claim.id, self.clock.now(), most).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reminds the customer, once. A mail of which it is not known whether it left counts as sent.
    pub(crate) async fn remind(&self, id: &ClaimId, number: u8) -> Result<(), NotifyError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        let Some(notice) = claim.notice(number) else { return Ok(()) };
        let waits = claim.any_of_notice(number, Standing::AwaitingCustomer);
        let Some(deadline) = notice.deadline.filter(|_| waits) else { return Ok(()) };
        let context = self.context(&claim).await?;
        let letters = self.letters(&claim, notice, &context, false)?;
        let links = letters.iter().map(Letter::link).collect();
        let reminded = self.command(&claim, Command::Remind { notice: number, links }).await?;
        if reminded.events.is_empty() {
            return Ok(());
        }
        for (at, letter) in letters.iter().enumerate() {
            match self.post_letter(&reminded.claim, number, letter, deadline, &context, true).await {
                Ok(()) | Err(SendError::Ambiguous { .. }) => {}
                Err(SendError::Permanent { code }) => {
                    tracing::warn!(claim_id = %id, to = %letter.to, code, "a reminder was refused");
                }
                Err(error) => {
                    self.take_back_links(&reminded.claim, number, &error, &letters[at..]).await?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Forgets the links of letters of which the first failed: those that certainly did not leave.
    async fn take_back_links(
        &self,
        claim: &Claim,
        notice: u8,
        error: &SendError,
        letters: &[Letter],
    ) -> Result<(), NotifyError> {
        let may_have_left = usize::from(matches!(error, SendError::Ambiguous { .. }));
        let links: Vec<_> = letters.iter().skip(may_have_left).map(Letter::link).collect();
        self.command(claim, Command::MailFailed { notice, links }).await?;
        Ok(())
    }

    pub(crate) async fn context(&self, claim: &Claim) -> Result<Context, NotifyError> {
        Ok(self.store.context(&claim.details.partner_id, &claim.details.tenant_id, &[], &[]).await?)
    }

    /// The mails of a notice. The copy to the tenant's notice address goes first: should it fail for now, the contact
    /// has not been told yet, and both are tried again.
    fn letters(
        &self,
        claim: &Claim,
        notice: &Notice,
        context: &Context,
        copied: bool,
    ) -> Result<Vec<Letter>, NotifyError> {
        let contact = claim.contact(notice.to).map(|contact| contact.email.clone());
        let address = context.tenant.as_ref().and_then(|tenant| tenant.notice_email.clone());
        let address = address.filter(|address| !copied && Some(address) != contact.as_ref());
        let recipients = [(Recipient::NoticeAddress, address), (notice.to, contact)];
        let mut letters = Vec::with_capacity(2);
        for (to, address) in recipients {
            if let Some(address) = address {
                letters.push(Letter { to, address, token: LinkToken::new(&claim.id, (self.secret)()?) });
            }
        }
        Ok(letters)
    }

    /// Lets the customer's time run again for scopes of a claim whose no was taken back. It may have come before the timers
    /// were set, or even before the notice had left; what was done then stays as it is.
    pub(crate) async fn resume(&self, id: &ClaimId, scopes: &[ScopeId]) -> Result<(), NotifyError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        let resumed = claim.scopes.iter().filter(|scope| scopes.contains(&scope.id));
        for number in resumed.map(|scope| scope.notice).collect::<BTreeSet<_>>() {
            let deadline = claim.notice(number).and_then(|notice| notice.deadline);
            match deadline.filter(|_| claim.any_of_notice(number, Standing::AwaitingCustomer)) {
                Some(deadline) => self.set_timers(&claim, number, deadline).await?,
                // It was prepared, so that it counts among those that were admitted.
                None if deadline.is_some() => {
                    self.send_notice(&claim, number, false).await?;
                }
                // One that was approved since is sent for that.
                None => {}
            }
        }
        Ok(())
    }

    async fn set_timers(
        &self,
        claim: &Claim,
        notice: u8,
        deadline: DateTime<Utc>,
    ) -> Result<(), NotifyError> {
        let (claim_id, now) = (claim.id.clone(), self.clock.now());
        self.timers.set(&Timer::Deadline { claim_id: claim_id.clone(), notice }, deadline, now).await?;
        if let Some(at) = reminder_at(&self.policy, claim, deadline).filter(|at| *at > now) {
            self.timers.set(&Timer::Reminder { claim_id, notice }, at, now).await?;
        }
        Ok(())
    }

    async fn post_letter(
        &self,
        claim: &Claim,
        number: u8,
        letter: &Letter,
        deadline: DateTime<Utc>,
        context: &Context,
        reminder: bool,
    ) -> Result<(), SendError> {
        let link = format!("{}{}", self.link_base, letter.token.expose());
        let mail = Outgoing {
            to: letter.address.to_string(),
            reply_to: None,
            rendered: render(claim, number, context, deadline, link, &self.vendor_name, reminder),
            // `mail-events` finds the notice by these.
            tags: vec![
                ("claim".to_owned(), claim.id.to_string()),
                ("notice".to_owned(), number.to_string()),
                ("recipient".to_owned(), letter.to.to_string()),
            ],
        };
        self.post.send(&mail).await.map(|_| ())
    }

    /// Carries out a command on a claim as it was read.
    pub(crate) async fn command(&self, claim: &Claim, command: Command) -> Result<Done, NotifyError> {
        let asked = Request {
            claim: &claim.id,
            actor: Actor::SYSTEM,
            now: self.clock.now(),
            if_version: None,
            needs: Needs::Claim,
        };
        let known = Some(claim.clone());
        let done = carry_out_on(known, &self.store, &self.policy, asked, |_, _| Ok(command.clone())).await;
        done.map_err(|error: CarryOutError| error.into())
    }
}

/// When the customer is reminded of a window that ends at `deadline`.
fn reminder_at(policy: &Policy, claim: &Claim, deadline: DateTime<Utc>) -> Option<DateTime<Utc>> {
    policy.reminder_before.map(|before| before.before(deadline, &claim.locality()))
}

fn render(
    claim: &Claim,
    number: u8,
    context: &Context,
    deadline: DateTime<Utc>,
    link: String,
    vendor_name: &str,
    reminder: bool,
) -> Rendered {
    let details = &claim.details;
    let contact =
        claim.notice(number).and_then(|notice| claim.contact(notice.to)).unwrap_or(&details.customer_contact);
    // The deadline is shown in the contact's time, and was counted by the claim's calendar.
    let (time_zone, counted) = (contact.locality().time_zone, claim.locality());
    // What was withdrawn or has ended meanwhile is no question any more.
    let is_asked = |scope: &&domain::ClaimedScope| {
        scope.notice == number && matches!(scope.standing, Standing::Notifying | Standing::AwaitingCustomer)
    };
    let told = claim.scopes.iter().filter(is_asked);
    let notice = CustomerNotice {
        language: Language::negotiate(contact.language.as_str()),
        customer_name: contact.name.to_string(),
        partner: Partner {
            name: context.partner_name(details),
            id: details.partner_id.to_string(),
            contact_name: details.partner_contact.name.to_string(),
            contact_email: details.partner_contact.email.to_string(),
        },
        tenant_name: context.tenant_name(details),
        domain: details.domain.to_string(),
        scopes: context.labels(told.map(|scope| &scope.scope)),
        sees: Sees { usage: details.program.shows_usage(), sold_seats: details.program.shows_sold_seats() },
        deadline,
        time_zone,
        holidays_known: counted.holidays_known(deadline.with_timezone(&counted.time_zone).date_naive()),
        link,
        vendor_name: vendor_name.to_owned(),
        reminder,
    };
    notice.render()
}
