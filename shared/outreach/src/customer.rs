//! Notices and reminders to customers, and the timers of their windows.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::field::Email;
use domain::{
    Claim, ClaimId, Command, DirectoryEntries, Link, LinkToken, MailState, Notice, NoticeNumber, Policy,
    Recipient, ScopeId, Standing,
};
use mail::{CustomerNotice, Outgoing, Post, Rendered, SendError};
use schedule::{Timer, Timers};
use store::{Claims, Directory, Done, Quotas, Requester};
use text::{Language, Partner, Sees};

use crate::{Outreach, OutreachError, Quota};

/// What a mail to a customer is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// The notice.
    Notice,
    /// Its reminder.
    Reminder,
}

/// A mail about to leave: to whom, and the secret in its link.
struct Mailing {
    to: Recipient,
    address: Email,
    token: LinkToken,
}

impl Mailing {
    fn link(&self) -> Link {
        Link { digest: self.token.digest(), to: self.to }
    }
}

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Outreach<S, P, T> {
    /// Sends a notice of a claim as it was read: records deadline and links, sets the timers, sends, and records that the
    /// customer was told.
    ///
    /// Whatever fails is tried again from the start. Links of earlier tries stay valid, the deadline stays the same, the
    /// timers are set once; only a mail of which it is not known whether it left can leave twice.
    ///
    /// Where the quota holds and the partner has had one of its addresses written to as often today as it may, it stays
    /// here, and the claim goes to a reviewer.
    ///
    /// Answers whether the customer was told by this call.
    ///
    /// # Errors
    /// [`OutreachError`] when it has to be tried again.
    pub async fn send_notice(
        &self,
        claim: &Claim,
        number: NoticeNumber,
        quota: Quota,
    ) -> Result<bool, OutreachError> {
        let id = &claim.id;
        let waits = claim.any_of_notice(number, Standing::Notifying);
        let Some(notice) = claim.notice(number).filter(|_| waits) else { return Ok(false) };
        let directory = self.executor.directory(&claim.details).await?;
        let mailings = self.mailings(claim, notice, &directory, notice.copied)?;
        if quota == Quota::Holds && !self.admits(claim, &mailings).await? {
            tracing::warn!(claim_id = %id, notice = %number, "held back: the partner has had this customer written to too often today");
            self.command(claim, Command::HoldNotice { notice: number }).await?;
            return Ok(false);
        }
        let links = mailings.iter().map(Mailing::link).collect::<Vec<_>>();
        let prepared = self.command(claim, Command::PrepareNotice { notice: number, links }).await?;
        let deadline = prepared.claim.notice(number).and_then(|notice| notice.deadline);
        let Some(deadline) = deadline.filter(|_| !prepared.events.is_empty()) else { return Ok(false) };
        self.set_timers(&prepared.claim, number, deadline).await?;

        let mut copied = false;
        for (at, mailing) in mailings.iter().enumerate() {
            let sent = self
                .post_mailing(&prepared.claim, number, mailing, deadline, &directory, Occasion::Notice)
                .await;
            match (mailing.to, sent) {
                (_, Ok(())) => copied |= mailing.to == Recipient::NoticeAddress,
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
                    self.take_back_links(&prepared.claim, number, &error, &mailings[at..]).await?;
                    return Err(error.into());
                }
            }
        }
        let told = self.command(&prepared.claim, Command::CustomerTold { notice: number }).await?;
        tracing::info!(claim_id = %id, notice = %number, version = told.claim.version, mails = mailings.len(), "customer told");
        Ok(!told.events.is_empty())
    }

    /// Whether the partner may have each of these addresses written to for this claim today. The contact is asked first: what is
    /// held for it must not count for the tenant's address, which others need.
    async fn admits(&self, claim: &Claim, mailings: &[Mailing]) -> Result<bool, OutreachError> {
        let (partner, most) = (&claim.details.partner_id, self.executor.policy.most_notices_per_contact);
        for mailing in mailings.iter().rev() {
            if !self
                .executor
                .store
                .admit(partner, &mailing.address, &claim.id, self.executor.clock.now(), most)
                .await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reminds the customer, once. A mail of which it is not known whether it left counts as sent.
    pub async fn remind(&self, id: &ClaimId, number: NoticeNumber) -> Result<(), OutreachError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        let Some(notice) = claim.notice(number) else { return Ok(()) };
        let waits = claim.any_of_notice(number, Standing::AwaitingCustomer);
        let Some(deadline) = notice.deadline.filter(|_| waits) else { return Ok(()) };
        let directory = self.executor.directory(&claim.details).await?;
        let mailings = self.mailings(&claim, notice, &directory, false)?;
        let links = mailings.iter().map(Mailing::link).collect();
        let reminded = self.command(&claim, Command::Remind { notice: number, links }).await?;
        if reminded.events.is_empty() {
            return Ok(());
        }
        for (at, mailing) in mailings.iter().enumerate() {
            match self
                .post_mailing(&reminded.claim, number, mailing, deadline, &directory, Occasion::Reminder)
                .await
            {
                Ok(()) | Err(SendError::Ambiguous { .. }) => {}
                Err(SendError::Permanent { code }) => {
                    tracing::warn!(claim_id = %id, to = %mailing.to, code, "a reminder was refused");
                }
                Err(error) => {
                    self.take_back_links(&reminded.claim, number, &error, &mailings[at..]).await?;
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Forgets the links of mailings of which the first failed: those that certainly did not leave.
    async fn take_back_links(
        &self,
        claim: &Claim,
        notice: NoticeNumber,
        error: &SendError,
        mailings: &[Mailing],
    ) -> Result<(), OutreachError> {
        let may_have_left = usize::from(matches!(error, SendError::Ambiguous { .. }));
        let links: Vec<_> = mailings.iter().skip(may_have_left).map(Mailing::link).collect();
        self.command(claim, Command::MailFailed { notice, links }).await?;
        Ok(())
    }

    /// The mails of a notice. The copy to the tenant's notice address goes first: should it fail for now, the contact
    /// has not been told yet, and both are tried again.
    fn mailings(
        &self,
        claim: &Claim,
        notice: &Notice,
        directory: &DirectoryEntries,
        copied: bool,
    ) -> Result<Vec<Mailing>, OutreachError> {
        let contact = claim.contact(notice.to).map(|contact| contact.email.clone());
        let address = directory.tenant.as_ref().and_then(|tenant| tenant.notice_email.clone());
        let address = address.filter(|address| !copied && Some(address) != contact.as_ref());
        let recipients = [(Recipient::NoticeAddress, address), (notice.to, contact)];
        let mut mailings = Vec::with_capacity(2);
        for (to, address) in recipients {
            if let Some(address) = address {
                mailings.push(Mailing { to, address, token: LinkToken::new(&claim.id, (self.secret)()?) });
            }
        }
        Ok(mailings)
    }

    /// Lets the customer's time run again for scopes of a claim whose no was taken back. It may have come before the timers
    /// were set, or even before the notice had left; what was done then stays as it is.
    pub async fn resume(&self, id: &ClaimId, scopes: &[ScopeId]) -> Result<(), OutreachError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        let resumed = claim.scopes.iter().filter(|scope| scopes.contains(&scope.id));
        for number in resumed.filter_map(|scope| scope.notice).collect::<BTreeSet<_>>() {
            let deadline = claim.notice(number).and_then(|notice| notice.deadline);
            match deadline.filter(|_| claim.any_of_notice(number, Standing::AwaitingCustomer)) {
                Some(deadline) => self.set_timers(&claim, number, deadline).await?,
                // It was prepared, so that it counts among those that were admitted.
                None if deadline.is_some() => {
                    self.send_notice(&claim, number, Quota::Waived).await?;
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
        notice: NoticeNumber,
        deadline: DateTime<Utc>,
    ) -> Result<(), OutreachError> {
        let (claim_id, now) = (claim.id.clone(), self.executor.clock.now());
        self.timers.set(&Timer::Deadline { claim_id: claim_id.clone(), notice }, deadline, now).await?;
        if let Some(at) = reminder_at(&self.executor.policy, claim, deadline).filter(|at| *at > now) {
            self.timers.set(&Timer::Reminder { claim_id, notice }, at, now).await?;
        }
        Ok(())
    }

    async fn post_mailing(
        &self,
        claim: &Claim,
        number: NoticeNumber,
        mailing: &Mailing,
        deadline: DateTime<Utc>,
        directory: &DirectoryEntries,
        occasion: Occasion,
    ) -> Result<(), SendError> {
        let link = format!("{}{}", self.link_base, mailing.token.expose());
        let mail = Outgoing {
            to: mailing.address.to_string(),
            reply_to: None,
            rendered: render(claim, number, directory, deadline, link, &self.vendor_name, occasion),
            // `mail-events` finds the notice by these.
            tags: vec![
                ("claim".to_owned(), claim.id.to_string()),
                ("notice".to_owned(), number.to_string()),
                ("recipient".to_owned(), mailing.to.to_string()),
            ],
        };
        self.post.send(&mail).await.map(|_| ())
    }

    /// Carries out a command on a claim as it was read.
    pub(crate) async fn command(&self, claim: &Claim, command: Command) -> Result<Done, OutreachError> {
        Ok(self.executor.execute_on(claim.clone(), &Requester::SYSTEM, command).await?)
    }
}

/// When the customer is reminded of a window that ends at `deadline`.
fn reminder_at(policy: &Policy, claim: &Claim, deadline: DateTime<Utc>) -> Option<DateTime<Utc>> {
    policy.reminder_before.map(|before| before.before(deadline, &claim.locality()))
}

fn render(
    claim: &Claim,
    number: NoticeNumber,
    directory: &DirectoryEntries,
    deadline: DateTime<Utc>,
    link: String,
    vendor_name: &str,
    occasion: Occasion,
) -> Rendered {
    let details = &claim.details;
    let contact =
        claim.notice(number).and_then(|notice| claim.contact(notice.to)).unwrap_or(&details.customer_contact);
    // The deadline is shown in the contact's time, and was counted by the claim's calendar.
    let (time_zone, counted) = (contact.locality().time_zone, claim.locality());
    // What was withdrawn or has ended meanwhile is no question any more.
    let is_asked = |scope: &&domain::ClaimedScope| scope.notice == Some(number) && scope.waits_for_customer();
    let told = claim.scopes.iter().filter(is_asked);
    let notice = CustomerNotice {
        language: Language::negotiate(contact.language.as_str()),
        customer_name: contact.name.to_string(),
        partner: Partner {
            name: directory.partner_name(details),
            id: details.partner_id.to_string(),
            contact_name: details.partner_contact.name.to_string(),
            contact_email: details.partner_contact.email.to_string(),
        },
        tenant_name: directory.tenant_name(details),
        domain: details.domain.to_string(),
        scopes: directory.labels(told.map(|scope| &scope.scope)),
        sees: Sees { usage: details.program.shows_usage(), sold_seats: details.program.shows_sold_seats() },
        deadline,
        time_zone,
        holidays_known: counted.holidays_known(deadline.with_timezone(&counted.time_zone).date_naive()),
        link,
        vendor_name: vendor_name.to_owned(),
        reminder: occasion == Occasion::Reminder,
    };
    notice.render()
}
