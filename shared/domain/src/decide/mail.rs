//! What becomes of the mails to the customer.
//!
//! Nobody is written to who was not approved. Once a partner has changed a contact, nothing of the claim is approved until it has
//! submitted the change, which is checked like any submission. Earlier notices are outdated by it: no second contact is tried for
//! them, and a no taken back leads to a reviewer. While the customer is being asked, contacts cannot be changed at all.

use chrono::TimeDelta;

use crate::claim::event::Event;
use crate::claim::finding::FindingCode;
use crate::claim::notice::{Link, MailState, NoticeNumber, Recipient};
use crate::claim::reason::{Reason, ReasonCode, ScopeReason};
use crate::claim::scope::ClaimedScope;
use crate::decide::case::{Case, unless_empty};
use crate::policy::Window;
use crate::value::field::{Field, Remark};
use crate::value::id::ScopeId;

/// How long sending may take, timers included.
const SENDING: TimeDelta = TimeDelta::minutes(2);

/// The notice stays here: a reviewer decides whether the contact is to be written to once more today.
pub(super) fn hold(case: &Case<'_>, notice: NoticeNumber) -> Vec<Event> {
    unless_empty(about(case, notice), |scopes| {
        let due = case.policy.review_target.end(case.now, &case.claim.locality());
        Event::ReviewOpened { scopes, because: vec![FindingCode::ContactNoticeLimit], due }
    })
}

/// Fixes the deadline and remembers the links, before anything leaves.
///
/// The deadline stays the same over attempts at the same notice, unless that would leave the customer less than its
/// full window.
pub(super) fn prepare(case: &Case<'_>, notice: NoticeNumber, links: &[Link]) -> Vec<Event> {
    if about(case, notice).is_empty() {
        return Vec::new();
    }
    // Told a little before midnight, the customer must not read of a window that began the day before.
    let window = case.policy.programs.of(case.claim.details.program).customer_window;
    let told = match window {
        Window::BusinessDays(_) => case.now + SENDING,
        Window::Span(_) => case.now,
    };
    let full = window.end(told, &case.claim.locality());
    let known = case.claim.notice(notice).and_then(|notice| notice.deadline);
    let deadline = known.map_or(full, |known| known.max(full));
    vec![Event::NoticePrepared { notice, deadline, links: links.to_vec() }]
}

/// The mail service has the notice: the clock runs. Where the answer was faster, it is noted all the same that the mail has
/// left: should the answer be taken back, the customer need not be told again.
pub(super) fn told(case: &Case<'_>, number: NoticeNumber) -> Vec<Event> {
    let Some(notice) = case.claim.notice(number) else { return Vec::new() };
    let scopes = about(case, number);
    match notice.deadline {
        Some(deadline) if !scopes.is_empty() => {
            vec![Event::CustomerTold { notice: number, scopes, deadline }]
        }
        Some(_) if !notice.has_left() => {
            vec![Event::MailReported { notice: number, to: notice.to, mail: MailState::Sent }]
        }
        _ => Vec::new(),
    }
}

/// One reminder, while there is something to answer.
pub(super) fn remind(case: &Case<'_>, number: NoticeNumber, links: &[Link]) -> Vec<Event> {
    let Some(notice) = case.claim.notice(number) else { return Vec::new() };
    let open = notice.deadline.is_some_and(|deadline| case.now < deadline);
    if !open || notice.reminded_at.is_some() || about(case, number).is_empty() {
        return Vec::new();
    }
    vec![Event::Reminded { notice: number, links: links.to_vec() }]
}

/// Mails certainly did not leave: nobody has their links, and a reminder among them may be tried again.
pub(super) fn failed(case: &Case<'_>, number: NoticeNumber, links: &[Link]) -> Vec<Event> {
    let Some(notice) = case.claim.notice(number) else { return Vec::new() };
    if notice.reminded_at.is_none() && !links.iter().any(|link| notice.links.contains(link)) {
        return Vec::new();
    }
    vec![Event::MailFailed { notice: number, links: links.to_vec() }]
}

/// What the mail service reports. A mail that came back ends the notice that it carried, whatever it led to: mail
/// that was not delivered never makes an association official.
pub(super) fn reported(case: &Case<'_>, number: NoticeNumber, to: Recipient, mail: MailState) -> Vec<Event> {
    let Some(notice) = case.claim.notice(number) else { return Vec::new() };
    if to == Recipient::NoticeAddress {
        // A copy beside the contact's mail: what becomes of it later decides nothing.
        let news = mail == MailState::Sent && !notice.copied;
        return if news { vec![Event::MailReported { notice: number, to, mail }] } else { Vec::new() };
    }
    if to != notice.to || is_old_news(notice.mail, mail) {
        return Vec::new();
    }
    let mut events = vec![Event::MailReported { notice: number, to, mail }];
    if !mail.is_undelivered() {
        return events;
    }
    let scopes = about(case, number);
    if scopes.is_empty() {
        return events;
    }
    events.extend(undelivered(case, number, to, scopes));
    events
}

/// What follows for scopes whose notice came back: the second contact is tried, or the partner is asked. A second contact that
/// was named since has not been approved for these scopes.
pub(super) fn undelivered(
    case: &Case<'_>,
    number: NoticeNumber,
    to: Recipient,
    scopes: Vec<ScopeId>,
) -> Vec<Event> {
    let mut events = vec![Event::MailBounced { notice: number, to }];
    let second = case.claim.details.second_contact.is_some() && to == Recipient::CustomerContact;
    let outdated = case.claim.notice(number).is_some_and(|notice| notice.outdated);
    if let Ok(notice) = case.next_notice()
        && second
        && !outdated
    {
        // Nothing was decided anew: what the approval knew still holds.
        let known = scopes.iter().filter_map(|id| case.claim.scope(*id));
        let incumbents = known.filter_map(|scope| Some((scope.id, scope.incumbent()?.clone()))).collect();
        events.push(Event::Approved { scopes, notice, to: Recipient::SecondContact, incumbents });
        return events;
    }
    let reason = Reason {
        code: ReasonCode::CustomerContactUndeliverable,
        detail: Remark::parse("The notice came back from the customer's mail server.").ok(),
    };
    let reasons = scopes.into_iter().map(|scope| ScopeReason { scope, reason: reason.clone() }).collect();
    let due = case.policy.partner_window.end(case.now, &case.claim.locality());
    events.push(Event::InformationRequested { reasons, due });
    events
}

/// Whether a report is older news than what is known. Reports may come twice and in any order.
fn is_old_news(known: MailState, reported: MailState) -> bool {
    const fn rank(state: MailState) -> u8 {
        match state {
            MailState::Pending => 0,
            MailState::Sent => 1,
            MailState::Delayed => 2,
            // Given up, unless the recipient's server says otherwise: an automatic answer can look like a bounce.
            MailState::SoftBounced => 3,
            MailState::Delivered => 4,
            MailState::Complained => 5,
            MailState::Bounced => 6,
        }
    }
    rank(known) >= rank(reported)
}

/// The scopes that a notice is the current one of, and to which the command applies.
fn about(case: &Case<'_>, notice: NoticeNumber) -> Vec<ScopeId> {
    let current = case.claim.scopes.iter().filter(|scope| scope.notice == Some(notice));
    // Who agreed through the link has read the mail, whatever the mail service says.
    current.filter(|scope| scope.can(case.name) && !agreed(scope)).map(|scope| scope.id).collect()
}

/// Whether the customer has agreed, so that it has been official at once.
fn agreed(scope: &ClaimedScope) -> bool {
    scope.tenure().is_some_and(|tenure| tenure.accepted)
}
