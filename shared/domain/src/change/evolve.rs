//! What a claim is after something has happened to it.

use chrono::{DateTime, Utc};

use crate::claim::event::Event;
use crate::claim::finding::FindingCode;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::{MailState, Notice, Recipient};
use crate::claim::reason::{Reason, ReasonCode, ScopeReason, scopes_of};
use crate::claim::standing::Standing;
use crate::claim::{Claim, ClaimedScope};
use crate::value::id::ScopeId;

/// A claim after an event.
pub fn apply(mut claim: Claim, event: &Event, at: DateTime<Utc>) -> Claim {
    match event {
        Event::Created | Event::Commented { .. } | Event::MailBounced { .. } => {}
        Event::Submitted => {
            claim.submitted_at.get_or_insert(at);
            (claim.contacts_unchecked, claim.contacts_outside) = (false, false);
            for scope in claim.scopes.iter_mut().filter(|scope| scope.can(CommandName::Submit)) {
                scope.standing = Standing::Submitted;
                scope.reasons.clear();
            }
        }
        Event::ReviewOpened { scopes, because, due } => {
            each(&mut claim, scopes, |scope| {
                scope.standing = Standing::UnderReview;
                scope.until = Some(*due);
                scope.because.clone_from(because);
                scope.proven = false;
            });
            // The contacts are the claim's: who looks at another scope has to know of them, too.
            claim.contacts_outside |= because.contains(&FindingCode::ContactOutsideTenant);
        }
        Event::Approved { scopes, notice, to, incumbents } => {
            // What follows a bounce by itself, nobody has looked at.
            claim.proofs_edited &= *to != Recipient::CustomerContact;
            claim.notices.push(Notice {
                to: *to,
                deadline: None,
                told_at: None,
                reminded_at: None,
                mail: MailState::Pending,
                copied: false,
                outdated: false,
                links: Vec::new(),
            });
            each(&mut claim, scopes, |scope| {
                scope.standing = Standing::Notifying;
                scope.notice = *notice;
                scope.incumbent = incumbents.get(&scope.id).cloned();
                scope.reasons.clear();
                // A scope is approved again when the mail about it came back, be it official by then.
                scope.official_since = None;
                scope.accepted = false;
                scope.proven = true;
            });
        }
        Event::InformationRequested { reasons, due } => {
            each(&mut claim, &scopes_of(reasons), |scope| {
                scope.asked_in_review = scope.is_in_review();
                scope.proven &= !scope.asked_in_review;
            });
            set_reasons(&mut claim, reasons, Standing::ActionRequired, Some(*due));
        }
        Event::Rejected { reasons, dispute_until } => {
            set_reasons(&mut claim, reasons, Standing::Rejected, Some(*dispute_until));
        }
        Event::RejectedFinal { reasons } => set_reasons(&mut claim, reasons, Standing::RejectedFinal, None),
        Event::Disputed { scopes, evidence, due, .. } => {
            claim.details.evidence.extend(evidence.iter().cloned());
            each(&mut claim, scopes, |scope| {
                scope.standing = Standing::Disputed;
                scope.disputed = true;
                scope.proven = false;
                scope.until = Some(*due);
            });
        }
        Event::Edited { now, .. } => {
            let standing = editable(&claim);
            let (before, now_says) = (&claim.details, &now.details);
            claim.proofs_edited |= before.evidence != now_says.evidence;
            if before.customer_contact != now_says.customer_contact
                || before.second_contact != now_says.second_contact
            {
                claim.contacts_unchecked = true;
                claim.notices.iter_mut().for_each(|notice| notice.outdated = true);
            }
            claim.details = now.details.clone();
            claim.replace_scopes(&now.scopes, standing);
        }
        Event::Withdrawn { scopes, reason } => {
            let reason = Reason { code: ReasonCode::PartnerRequest, detail: reason.clone() };
            each(&mut claim, scopes, |scope| close(scope, Standing::Withdrawn, Some(reason.clone())));
        }
        Event::Disassociated { scopes, reason } => {
            let reason = Reason { code: ReasonCode::PartnerRequest, detail: Some(reason.clone()) };
            each(&mut claim, scopes, |scope| close(scope, Standing::Disassociated, Some(reason.clone())));
        }
        Event::NoticePrepared { notice, deadline, links } => with_notice(&mut claim, *notice, |notice| {
            notice.deadline = Some(*deadline);
            notice.links.extend(links.iter().cloned());
        }),
        Event::CustomerTold { notice, scopes, .. } => {
            with_notice(&mut claim, *notice, |notice| {
                notice.told_at = Some(at);
                if notice.mail == MailState::Pending {
                    notice.mail = MailState::Sent;
                }
            });
            each(&mut claim, scopes, |scope| scope.standing = Standing::AwaitingCustomer);
        }
        Event::Reminded { notice, links } => with_notice(&mut claim, *notice, |notice| {
            notice.reminded_at = Some(at);
            notice.links.extend(links.iter().cloned());
        }),
        // Links that nobody has would only fill the claim while mails cannot leave.
        Event::MailFailed { notice, links } => with_notice(&mut claim, *notice, |notice| {
            notice.links.retain(|link| !links.contains(link));
            notice.reminded_at = None;
        }),
        Event::MailReported { notice, to, mail } => with_notice(&mut claim, *notice, |notice| {
            match (to, mail) {
                (Recipient::NoticeAddress, _) => notice.copied = true,
                // The customer has answered before it was noted that it was told.
                (_, MailState::Sent | MailState::Delivered | MailState::Complained) => {
                    notice.told_at.get_or_insert(at);
                    notice.mail = *mail;
                }
                _ => notice.mail = *mail,
            }
        }),
        Event::BecameOfficial { scopes, by_acceptance, .. } => each(&mut claim, scopes, |scope| {
            scope.standing = Standing::Official;
            scope.official_since = Some(at);
            scope.accepted = *by_acceptance;
        }),
        Event::Declined { scopes, by, reason } => {
            let reason = Reason { code: ReasonCode::CustomerDeclined, detail: reason.clone() };
            each(&mut claim, scopes, |scope| {
                scope.reviewed = scope.is_in_review();
                scope.declined_by = *by;
                close(scope, Standing::Declined, Some(reason.clone()));
            });
        }
        Event::DeclineUndone { scopes } => {
            let left: Vec<_> = claim.notices.iter().map(Notice::has_left).collect();
            each(&mut claim, scopes, |scope| {
                // The no may have come through the copy to the notice address, before the contact was told.
                let left = usize::from(scope.notice).checked_sub(1).and_then(|at| left.get(at).copied());
                scope.standing =
                    if left == Some(false) { Standing::Notifying } else { Standing::AwaitingCustomer };
                scope.reasons.clear();
                scope.accepted = false;
                scope.official_since = None;
                scope.declined_by = None;
                scope.reviewed = false;
            });
        }
        Event::Superseded { scopes, .. } => {
            let reason = Reason { code: ReasonCode::LostToCompetingClaim, detail: None };
            each(&mut claim, scopes, |scope| close(scope, Standing::Superseded, Some(reason.clone())));
        }
        Event::Expired { scopes } => each(&mut claim, scopes, |scope| close(scope, Standing::Expired, None)),
    }
    settle_timers(&mut claim);
    claim
}

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

/// The standing of the scopes that can be edited, which those that an edit adds get, too.
fn editable(claim: &Claim) -> Standing {
    if claim.scopes_in(Standing::ActionRequired).is_empty() {
        Standing::Draft
    } else {
        Standing::ActionRequired
    }
}

fn each(claim: &mut Claim, scopes: &[ScopeId], mut change: impl FnMut(&mut ClaimedScope)) {
    claim.scopes.iter_mut().filter(|scope| scopes.contains(&scope.id)).for_each(&mut change);
}

fn close(scope: &mut ClaimedScope, standing: Standing, reason: Option<Reason>) {
    scope.standing = standing;
    scope.reasons = reason.into_iter().collect();
}

fn set_reasons(claim: &mut Claim, reasons: &[ScopeReason], standing: Standing, until: Option<DateTime<Utc>>) {
    each(claim, &scopes_of(reasons), |scope| {
        let own = reasons.iter().filter(|reason| reason.scope == scope.id);
        scope.standing = standing;
        scope.until = until;
        scope.reasons = own.map(|reason| reason.reason.clone()).collect();
        scope.official_since = None;
    });
}

fn with_notice(claim: &mut Claim, number: u8, change: impl FnOnce(&mut Notice)) {
    if let Some(notice) = usize::from(number).checked_sub(1).and_then(|at| claim.notices.get_mut(at)) {
        change(notice);
    }
}

/// Forgets the due times of what is no longer waited for, and sums up those of the scopes.
fn settle_timers(claim: &mut Claim) {
    let (answer, dispute, review) = (claim.action_due, claim.dispute_until, claim.review_due);
    for scope in &mut claim.scopes {
        scope.until = match scope.standing {
            // What an edit has added is to be answered with the rest.
            Standing::ActionRequired => scope.until.or(answer),
            Standing::Rejected => scope.until.or(dispute),
            standing if is_reviewed(standing) => scope.until.or(review),
            _ => None,
        };
        if !is_reviewed(scope.standing) {
            scope.because.clear();
        }
        scope.asked_in_review &= scope.standing == Standing::ActionRequired;
    }
    let until = |in_question: fn(Standing) -> bool| {
        let scopes = claim.scopes.iter().filter(move |scope| in_question(scope.standing));
        scopes.filter_map(|scope| scope.until)
    };
    claim.review_due = until(is_reviewed).min();
    claim.action_due = until(|standing| standing == Standing::ActionRequired).min();
    claim.dispute_until = until(|standing| standing == Standing::Rejected).max();
}

/// Whether a reviewer has what stands there.
const fn is_reviewed(standing: Standing) -> bool {
    matches!(standing, Standing::Submitted | Standing::UnderReview | Standing::Disputed)
}
