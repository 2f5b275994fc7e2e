//! What happened to a claim, and what follows from it: its next state, its slots, and the effects outside.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::check::FindingCode;
use crate::claim::{Claim, ClaimedScope, Link, MailState, Notice, Reason, ReasonCode, Recipient, Standing};
use crate::command::ScopeReason;
use crate::document::{Evidence, Submission};
use crate::field::{Field, Remark};
use crate::id::{AssociationId, ClaimId, ScopeId};
use crate::program::Scope;

/// Something that happened. Written in the history, but for what [`Event::is_recorded`] leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the members are those of the commands")]
pub enum Event {
    /// The partner created the claim.
    Created,
    /// The partner submitted it.
    Submitted,
    /// A reviewer has to look.
    ReviewOpened { scopes: Vec<ScopeId>, because: Vec<FindingCode>, due: DateTime<Utc> },
    /// The vendor approved; the customer is to be told.
    Approved {
        scopes: Vec<ScopeId>,
        notice: u8,
        to: Recipient,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        incumbents: BTreeMap<ScopeId, AssociationId>,
    },
    /// The vendor, or a bounced mail, asks the partner for information.
    InformationRequested { reasons: Vec<ScopeReason>, due: DateTime<Utc> },
    /// The vendor refused.
    Rejected { reasons: Vec<ScopeReason>, dispute_until: DateTime<Utc> },
    /// The vendor refused after a dispute.
    RejectedFinal { reasons: Vec<ScopeReason> },
    /// The partner disputes.
    Disputed {
        scopes: Vec<ScopeId>,
        justification: Remark,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
        due: DateTime<Utc>,
    },
    /// The partner edited; this is what it said before.
    Edited { before: Box<Submission>, now: Box<Submission> },
    /// Somebody commented.
    Commented { text: Remark },
    /// The partner took scopes back.
    Withdrawn { scopes: Vec<ScopeId>, reason: Option<Remark> },
    /// The partner ended its association.
    Disassociated { scopes: Vec<ScopeId>, reason: Remark },
    /// The notice is about to leave.
    NoticePrepared { notice: u8, deadline: DateTime<Utc>, links: Vec<Link> },
    /// The customer was told.
    CustomerTold { notice: u8, scopes: Vec<ScopeId>, deadline: DateTime<Utc> },
    /// The reminder is about to leave.
    Reminded { notice: u8, links: Vec<Link> },
    /// Mails of the notice, or of its reminder, did not leave.
    MailFailed { notice: u8, links: Vec<Link> },
    /// The mail service said what became of a mail.
    MailReported { notice: u8, to: Recipient, mail: MailState },
    /// Mail to a contact came back.
    MailBounced { notice: u8, to: Recipient },
    /// The association became official.
    BecameOfficial {
        scopes: Vec<ScopeId>,
        by_acceptance: bool,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        superseding: BTreeMap<ScopeId, AssociationId>,
    },
    /// The customer said no.
    Declined {
        scopes: Vec<ScopeId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Recipient>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Remark>,
    },
    /// The customer took its no back.
    DeclineUndone { scopes: Vec<ScopeId> },
    /// Another partner became partner of record.
    Superseded { scopes: Vec<ScopeId>, by: ClaimId },
    /// The subscription ended.
    Expired { scopes: Vec<ScopeId> },
}

impl Event {
    /// Its name, as the history has it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::ReviewOpened { .. } => "review_opened",
            Self::Approved { .. } => "approved",
            Self::InformationRequested { .. } => "information_requested",
            Self::Rejected { .. } => "rejected",
            Self::RejectedFinal { .. } => "rejected_final",
            Self::Disputed { .. } => "disputed",
            Self::Edited { .. } => "edited",
            Self::Commented { .. } => "commented",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Disassociated { .. } => "disassociated",
            Self::NoticePrepared { .. } => "notice_prepared",
            Self::CustomerTold { .. } => "customer_told",
            Self::Reminded { .. } => "reminded",
            Self::MailFailed { .. } => "mail_failed",
            Self::MailReported { .. } => "mail_reported",
            Self::MailBounced { .. } => "mail_bounced",
            Self::BecameOfficial { .. } => "became_official",
            Self::Declined { .. } => "declined",
            Self::DeclineUndone { .. } => "decline_undone",
            Self::Superseded { .. } => "superseded",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether people read it in the history. What is not recorded is visible in the claim's notices.
    pub const fn is_recorded(&self) -> bool {
        !matches!(
            self,
            Self::NoticePrepared { .. }
                | Self::Reminded { .. }
                | Self::MailFailed { .. }
                | Self::MailReported { .. }
        )
    }

    /// Whether it enters scopes in their slots.
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Submitted | Self::Disputed { .. } | Self::DeclineUndone { .. })
    }
}

/// A claim after an event.
pub fn apply(mut claim: Claim, event: &Event, at: DateTime<Utc>) -> Claim {
    match event {
        Event::Created | Event::Commented { .. } | Event::MailBounced { .. } => {}
        Event::Submitted => {
            claim.submitted_at.get_or_insert(at);
            for scope in open_to_submit(&mut claim) {
                scope.standing = Standing::Submitted;
                scope.reasons.clear();
            }
        }
        Event::ReviewOpened { scopes, because, due } => {
            claim.because.extend(because.iter().copied());
            claim.because.sort_unstable();
            claim.because.dedup();
            claim.review_due = earliest(claim.review_due, *due);
            each(&mut claim, scopes, |scope| scope.standing = Standing::UnderReview);
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
            });
        }
        Event::InformationRequested { reasons, due } => {
            each(&mut claim, &scopes_of(reasons), |scope| scope.asked_in_review = scope.is_in_review());
            set_reasons(&mut claim, reasons, Standing::ActionRequired, Some(*due));
        }
        Event::Rejected { reasons, dispute_until } => {
            set_reasons(&mut claim, reasons, Standing::Rejected, Some(*dispute_until));
        }
        Event::RejectedFinal { reasons } => set_reasons(&mut claim, reasons, Standing::RejectedFinal, None),
        Event::Disputed { scopes, evidence, due, .. } => {
            claim.document.evidence.extend(evidence.iter().cloned());
            claim.review_due = earliest(claim.review_due, *due);
            each(&mut claim, scopes, |scope| {
                scope.standing = Standing::Disputed;
                scope.disputed = true;
            });
        }
        Event::Edited { now, .. } => {
            let standing = editable(&claim);
            claim.proofs_edited |= claim.document.evidence != now.document.evidence;
            claim.document = now.document.clone();
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
            if *to == Recipient::NoticeAddress { notice.copied = true } else { notice.mail = *mail }
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
            let told: Vec<_> = claim.notices.iter().map(|notice| notice.told_at.is_some()).collect();
            each(&mut claim, scopes, |scope| {
                // The no may have come through the copy to the notice address, before the contact was told.
                let told = usize::from(scope.notice).checked_sub(1).and_then(|at| told.get(at).copied());
                scope.standing =
                    if told == Some(false) { Standing::Notifying } else { Standing::AwaitingCustomer };
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

/// What happens to a scope's slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotChange {
    /// An open claim is entered, at the version at which the slot was read.
    Enter,
    /// An open claim is struck out.
    Leave,
    /// The claim takes the slot from this incumbent, or from nobody.
    Take(Option<AssociationId>),
    /// The claim gives the slot back; with `true` it stays entered as an open claim.
    Release(bool),
}

/// What an event changes in the slots of a claim, which is as it was before the event.
pub fn slot_changes(before: &Claim, event: &Event) -> Vec<(Scope, SlotChange)> {
    let of = |scopes: &[ScopeId], change: &dyn Fn(&ClaimedScope) -> Option<SlotChange>| {
        let found = scopes.iter().filter_map(|id| before.scope(*id));
        found.filter_map(|scope| Some((scope.scope.clone(), change(scope)?))).collect()
    };
    let ended = |scope: &ClaimedScope| match scope.standing {
        Standing::Official => Some(SlotChange::Release(false)),
        _ => scope.is_entered().then_some(SlotChange::Leave),
    };
    let held = |scope: &&ClaimedScope| scope.standing == Standing::Official;
    match event {
        Event::Submitted => {
            let entering = before
                .scopes
                .iter()
                .filter(|scope| matches!(scope.standing, Standing::Draft | Standing::ActionRequired));
            entering.map(|scope| (scope.scope.clone(), SlotChange::Enter)).collect()
        }
        Event::Disputed { scopes, .. } | Event::DeclineUndone { scopes } => {
            of(scopes, &|_| Some(SlotChange::Enter))
        }
        Event::BecameOfficial { scopes, superseding, .. } => {
            of(scopes, &|scope| Some(SlotChange::Take(superseding.get(&scope.id).cloned())))
        }
        Event::Declined { scopes, .. }
        | Event::Withdrawn { scopes, .. }
        | Event::Disassociated { scopes, .. }
        | Event::Expired { scopes } => of(scopes, &ended),
        Event::Rejected { reasons, .. } | Event::RejectedFinal { reasons } => of(&scopes_of(reasons), &ended),
        // Both find an official scope only when the mail about it came back late.
        Event::InformationRequested { reasons, .. } => {
            let back = scopes_of(reasons);
            let back = back.iter().filter_map(|id| before.scope(*id)).filter(held);
            back.map(|scope| (scope.scope.clone(), SlotChange::Release(true))).collect()
        }
        Event::Approved { scopes, .. } => {
            let back = scopes.iter().filter_map(|id| before.scope(*id)).filter(held);
            back.map(|scope| (scope.scope.clone(), SlotChange::Release(true))).collect()
        }
        // What an edit adds is entered once it is submitted, and so was checked.
        Event::Edited { now, .. } => {
            let removed = before.scopes.iter().filter(|scope| !now.scopes.contains(&scope.scope));
            let leaving = removed.filter(|scope| scope.is_entered());
            leaving.map(|scope| (scope.scope.clone(), SlotChange::Leave)).collect()
        }
        // The one who supersedes takes the slot.
        Event::Superseded { .. }
        | Event::Created
        | Event::ReviewOpened { .. }
        | Event::Commented { .. }
        | Event::NoticePrepared { .. }
        | Event::CustomerTold { .. }
        | Event::Reminded { .. }
        | Event::MailFailed { .. }
        | Event::MailReported { .. }
        | Event::MailBounced { .. } => Vec::new(),
    }
}

/// The scopes that reasons are given for, each once.
pub fn scopes_of(reasons: &[ScopeReason]) -> Vec<ScopeId> {
    let mut scopes: Vec<_> = reasons.iter().map(|reason| reason.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// The standing of the scopes that can be edited, which those that an edit adds get, too.
fn editable(claim: &Claim) -> Standing {
    if claim.scopes_in(Standing::ActionRequired).is_empty() {
        Standing::Draft
    } else {
        Standing::ActionRequired
    }
}

fn open_to_submit(claim: &mut Claim) -> impl Iterator<Item = &mut ClaimedScope> {
    claim
        .scopes
        .iter_mut()
        .filter(|scope| matches!(scope.standing, Standing::Draft | Standing::ActionRequired))
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

/// When a review should be done that others, which are under way, may be due before.
fn earliest(known: Option<DateTime<Utc>>, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(known.map_or(due, |known| known.min(due)))
}

/// Forgets the due times of what is no longer waited for, and sums up those of the scopes.
fn settle_timers(claim: &mut Claim) {
    let (answer, dispute) = (claim.action_due, claim.dispute_until);
    for scope in &mut claim.scopes {
        scope.until = match scope.standing {
            // What an edit has added is to be answered with the rest.
            Standing::ActionRequired => scope.until.or(answer),
            Standing::Rejected => scope.until.or(dispute),
            _ => None,
        };
        scope.asked_in_review &= scope.standing == Standing::ActionRequired;
    }
    let any = |standings: &[Standing]| claim.scopes.iter().any(|scope| standings.contains(&scope.standing));
    let reviewed = any(&[Standing::Submitted, Standing::UnderReview, Standing::Disputed]);
    let until = |standing| {
        claim.scopes.iter().filter(move |scope| scope.standing == standing).filter_map(|scope| scope.until)
    };
    claim.review_due = claim.review_due.filter(|_| reviewed);
    if !reviewed {
        claim.because.clear();
    }
    claim.action_due = until(Standing::ActionRequired).min();
    claim.dispute_until = until(Standing::Rejected).max();
}

/// Words of the system, which are always fit.
pub(crate) fn words(text: &str) -> Option<Remark> {
    Remark::parse(text).ok()
}
