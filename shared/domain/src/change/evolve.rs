//! What a claim is after something has happened to it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::claim::Claim;
use crate::claim::event::Event;
use crate::claim::finding::FindingCode;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::{MailState, Notice, NoticeNumber, Recipient};
use crate::claim::reason::{Reason, ScopeReason, scopes_of};
use crate::claim::scope::{ClaimedScope, State, Tenure};
use crate::claim::submission::Submission;
use crate::value::id::{AssociationId, ScopeId};

/// A claim after all that happened at once: one version further. What people do not read in the history does not
/// change the time of its last change.
pub fn evolve(claim: &Claim, events: &[Event], at: DateTime<Utc>) -> Claim {
    if events.is_empty() {
        return claim.clone();
    }
    let mut next = events.iter().fold(claim.clone(), |claim, event| apply(claim, event, at));
    next.version = claim.version + 1;
    if events.iter().any(Event::is_recorded) {
        next.updated_at = at;
    }
    next
}

/// A claim after an event.
pub fn apply(mut claim: Claim, event: &Event, at: DateTime<Utc>) -> Claim {
    let after = &mut claim;
    match event {
        Event::Created | Event::Commented { .. } | Event::MailBounced { .. } => {}
        Event::Submitted => submitted(after, at),
        Event::ReviewOpened { scopes, because, due } => review_opened(after, scopes, because, *due),
        Event::Approved { scopes, notice, to, incumbents } => {
            approved(after, scopes, *notice, *to, incumbents);
        }
        Event::InformationRequested { reasons, due } => information_requested(after, reasons, *due),
        Event::Rejected { reasons, dispute_until } => each_with_reasons(after, reasons, |_, reasons| {
            State::Rejected { reasons, dispute_until: *dispute_until }
        }),
        Event::RejectedFinal { reasons } => {
            each_with_reasons(after, reasons, |_, reasons| State::RejectedFinal { reasons });
        }
        Event::Disputed { scopes, evidence, due, .. } => {
            after.details.evidence.extend(evidence.iter().cloned());
            each(after, scopes, |scope| {
                scope.disputed = true;
                scope.proven = false;
                scope.state = State::Disputed { reasons: scope.reasons(), due: *due };
            });
        }
        Event::Edited { now, .. } => edited(after, now),
        Event::Withdrawn { scopes, reason } => {
            each(after, scopes, |scope| scope.state = State::Withdrawn { remark: reason.clone() });
        }
        Event::Disassociated { scopes, reason } => each(after, scopes, |scope| {
            scope.state = State::Disassociated { remark: reason.clone(), tenure: scope.tenure() };
        }),
        Event::BecameOfficial { scopes, by_acceptance, .. } => each(after, scopes, |scope| {
            let tenure = Tenure { since: at, accepted: *by_acceptance };
            scope.state = State::Official { tenure, incumbent: scope.incumbent().cloned() };
        }),
        Event::Declined { scopes, by, reason } => each(after, scopes, |scope| {
            scope.state = State::Declined {
                by: *by,
                remark: reason.clone(),
                reviewed: scope.is_in_review(),
                incumbent: scope.incumbent().cloned(),
                tenure: scope.tenure(),
            };
        }),
        Event::DeclineUndone { scopes } => decline_undone(after, scopes),
        Event::Superseded { scopes, .. } => {
            each(after, scopes, |scope| scope.state = State::Superseded { tenure: scope.tenure() });
        }
        Event::Expired { scopes } => {
            each(after, scopes, |scope| scope.state = State::Expired { tenure: scope.tenure() });
        }
        Event::NoticePrepared { notice, deadline, links } => with_notice(after, *notice, |notice| {
            notice.deadline = Some(*deadline);
            notice.links.extend(links.iter().cloned());
        }),
        Event::CustomerTold { notice, scopes, .. } => customer_told(after, *notice, scopes, at),
        Event::Reminded { notice, links } => with_notice(after, *notice, |notice| {
            notice.reminded_at = Some(at);
            notice.links.extend(links.iter().cloned());
        }),
        // Links that nobody has would only fill the claim while mails cannot leave.
        Event::MailFailed { notice, links } => with_notice(after, *notice, |notice| {
            notice.links.retain(|link| !links.contains(link));
            notice.reminded_at = None;
        }),
        Event::MailReported { notice, to, mail } => {
            with_notice(after, *notice, |notice| mail_reported(notice, *to, *mail, at));
        }
    }
    claim
}

fn submitted(claim: &mut Claim, at: DateTime<Utc>) {
    claim.submitted_at.get_or_insert(at);
    (claim.contacts_unchecked, claim.contacts_outside) = (false, false);
    for scope in claim.scopes.iter_mut().filter(|scope| scope.can(CommandName::Submit)) {
        scope.state = State::Submitted;
    }
}

fn review_opened(claim: &mut Claim, scopes: &[ScopeId], because: &[FindingCode], due: DateTime<Utc>) {
    each(claim, scopes, |scope| {
        scope.state = State::UnderReview { because: because.to_vec(), due };
        scope.proven = false;
    });
    // The contacts are the claim's: who looks at another scope has to know of them, too.
    claim.contacts_outside |= because.contains(&FindingCode::ContactOutsideTenant);
}

/// A scope is approved again when the mail about it came back, be it official by then.
fn approved(
    claim: &mut Claim,
    scopes: &[ScopeId],
    notice: NoticeNumber,
    to: Recipient,
    incumbents: &BTreeMap<ScopeId, AssociationId>,
) {
    // What follows a bounce by itself, nobody has looked at.
    claim.proofs_edited &= to != Recipient::CustomerContact;
    claim.notices.push(Notice::new(to));
    each(claim, scopes, |scope| {
        scope.state = State::Notifying { incumbent: incumbents.get(&scope.id).cloned() };
        scope.notice = Some(notice);
        scope.proven = true;
    });
}

fn information_requested(claim: &mut Claim, reasons: &[ScopeReason], due: DateTime<Utc>) {
    each_with_reasons(claim, reasons, |scope, reasons| {
        let by_reviewer = scope.is_in_review();
        scope.proven &= !by_reviewer;
        State::ActionRequired { reasons, by_reviewer, due }
    });
}

fn edited(claim: &mut Claim, now: &Submission) {
    // What an edit adds is to be answered with the rest.
    let added = match claim.action_due() {
        Some(due) => State::ActionRequired { reasons: Vec::new(), by_reviewer: false, due },
        None => State::Draft,
    };
    let (before, now_says) = (&claim.details, &now.details);
    claim.proofs_edited |= before.evidence != now_says.evidence;
    if before.customer_contact != now_says.customer_contact
        || before.second_contact != now_says.second_contact
    {
        claim.contacts_unchecked = true;
        claim.notices.iter_mut().for_each(|notice| notice.outdated = true);
    }
    claim.details = now.details.clone();
    claim.replace_scopes(&now.scopes, &added);
}

/// The no may have come through the copy to the notice address, before the contact was told.
fn decline_undone(claim: &mut Claim, scopes: &[ScopeId]) {
    let left: Vec<_> = claim.notices.iter().map(Notice::has_left).collect();
    each(claim, scopes, |scope| {
        let incumbent = scope.incumbent().cloned();
        let left = scope.notice.and_then(|number| left.get(number.place()).copied());
        scope.state = match left {
            Some(false) => State::Notifying { incumbent },
            _ => State::AwaitingCustomer { incumbent },
        };
    });
}

fn customer_told(claim: &mut Claim, number: NoticeNumber, scopes: &[ScopeId], at: DateTime<Utc>) {
    with_notice(claim, number, |notice| {
        notice.told_at = Some(at);
        if notice.mail == MailState::Pending {
            notice.mail = MailState::Sent;
        }
    });
    each(claim, scopes, |scope| {
        scope.state = State::AwaitingCustomer { incumbent: scope.incumbent().cloned() };
    });
}

fn mail_reported(notice: &mut Notice, to: Recipient, mail: MailState, at: DateTime<Utc>) {
    match (to, mail) {
        (Recipient::NoticeAddress, _) => notice.copied = true,
        // The customer has answered before it was noted that it was told.
        (_, MailState::Sent | MailState::Delivered | MailState::Complained) => {
            notice.told_at.get_or_insert(at);
            notice.mail = mail;
        }
        _ => notice.mail = mail,
    }
}

fn each(claim: &mut Claim, scopes: &[ScopeId], mut change: impl FnMut(&mut ClaimedScope)) {
    claim.scopes.iter_mut().filter(|scope| scopes.contains(&scope.id)).for_each(&mut change);
}

/// Puts every scope that reasons are given for into the state that they lead to.
fn each_with_reasons(
    claim: &mut Claim,
    reasons: &[ScopeReason],
    state: impl Fn(&mut ClaimedScope, Vec<Reason>) -> State,
) {
    each(claim, &scopes_of(reasons), |scope| {
        let own = reasons.iter().filter(|reason| reason.scope == scope.id);
        let own = own.map(|reason| reason.reason.clone()).collect();
        scope.state = state(scope, own);
    });
}

fn with_notice(claim: &mut Claim, number: NoticeNumber, change: impl FnOnce(&mut Notice)) {
    if let Some(notice) = claim.notices.get_mut(number.place()) {
        change(notice);
    }
}
