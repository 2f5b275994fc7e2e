//! The history of a claim: every change, who made it, and what happened.

use domain::field::Remark;
use domain::{ActorKind, FindingCode, NoticeNumber, ReasonCode, Recipient, ScopeId, Standing, Submission};
use serde::Serialize;

use super::Time;
use crate::body::{DetailsBody, EvidenceBody};

/// Whose people read a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The partner's.
    Partner,
    /// The vendor's.
    Vendor,
}

/// A change of a claim.
#[derive(Debug, Serialize)]
pub struct Transition<'a> {
    version: u64,
    at: Time,
    by: Actor<'a>,
    status: Standing,
    events: Vec<Event<'a>>,
}

impl<'a> Transition<'a> {
    /// A change as one side reads it.
    pub fn new(transition: &'a domain::Transition, to: Side) -> Self {
        let domain::Transition { claim: _, version, at, actor, events, status } = transition;
        Self {
            version: *version,
            at: Time(*at),
            by: Actor::new(actor, to),
            status: *status,
            events: events.iter().filter_map(Event::of).collect(),
        }
    }
}

/// Who made a change.
#[derive(Debug, Serialize)]
struct Actor<'a> {
    role: ActorKind,
    id: Option<&'a str>,
}

impl<'a> Actor<'a> {
    /// The vendor's staff and the partner's are shown to their own side by ID, to the other by role.
    fn new(domain::Actor { kind, id }: &'a domain::Actor, to: Side) -> Self {
        let own = match kind {
            ActorKind::Reviewer | ActorKind::Operator => to == Side::Vendor,
            ActorKind::Partner => to == Side::Partner,
            ActorKind::Customer | ActorKind::System => false,
        };
        Self { role: *kind, id: id.as_deref().filter(|_| own) }
    }
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Created,
    Submitted,
    ReviewOpened {
        scopes: &'a [ScopeId],
        because: &'a [FindingCode],
        due: Time,
    },
    Approved {
        scopes: &'a [ScopeId],
        notice: NoticeNumber,
        to: Recipient,
    },
    InformationRequested {
        reasons: Vec<ScopeReason<'a>>,
        due: Time,
    },
    Rejected {
        reasons: Vec<ScopeReason<'a>>,
        dispute_until: Time,
    },
    RejectedFinal {
        reasons: Vec<ScopeReason<'a>>,
    },
    Disputed {
        scopes: &'a [ScopeId],
        justification: &'a Remark,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<EvidenceBody<'a>>,
        due: Time,
    },
    Edited {
        before: Box<StatedClaim<'a>>,
        now: Box<StatedClaim<'a>>,
    },
    Commented {
        text: &'a Remark,
    },
    Withdrawn {
        scopes: &'a [ScopeId],
        reason: Option<&'a Remark>,
    },
    Disassociated {
        scopes: &'a [ScopeId],
        reason: &'a Remark,
    },
    CustomerTold {
        notice: NoticeNumber,
        scopes: &'a [ScopeId],
        deadline: Time,
    },
    MailBounced {
        notice: NoticeNumber,
        to: Recipient,
    },
    BecameOfficial {
        scopes: &'a [ScopeId],
        by_acceptance: bool,
    },
    Declined {
        scopes: &'a [ScopeId],
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a Remark>,
    },
    DeclineUndone {
        scopes: &'a [ScopeId],
    },
    Superseded {
        scopes: &'a [ScopeId],
    },
    Expired {
        scopes: &'a [ScopeId],
    },
}

impl<'a> Event<'a> {
    /// An event as the history shows it; `None` for what only the claim's notices show. Who the incumbent is, and who
    /// supersedes, stays with the vendor, and whose link carried a no with the customer.
    fn of(event: &'a domain::Event) -> Option<Self> {
        use domain::Event as Stored;

        Some(match event {
            Stored::Created => Self::Created,
            Stored::Submitted => Self::Submitted,
            Stored::ReviewOpened { scopes, because, due } => {
                Self::ReviewOpened { scopes, because, due: Time(*due) }
            }
            Stored::Approved { scopes, notice, to, incumbents: _ } => {
                Self::Approved { scopes, notice: *notice, to: *to }
            }
            Stored::InformationRequested { reasons, due } => {
                Self::InformationRequested { reasons: shown(reasons), due: Time(*due) }
            }
            Stored::Rejected { reasons, dispute_until } => {
                Self::Rejected { reasons: shown(reasons), dispute_until: Time(*dispute_until) }
            }
            Stored::RejectedFinal { reasons } => Self::RejectedFinal { reasons: shown(reasons) },
            Stored::Disputed { scopes, justification, evidence, due } => Self::Disputed {
                scopes,
                justification,
                evidence: evidence.iter().map(EvidenceBody::from).collect(),
                due: Time(*due),
            },
            Stored::Edited { before, now } => Self::Edited {
                before: Box::new(StatedClaim::from(&**before)),
                now: Box::new(StatedClaim::from(&**now)),
            },
            Stored::Commented { text } => Self::Commented { text },
            Stored::Withdrawn { scopes, reason } => Self::Withdrawn { scopes, reason: reason.as_ref() },
            Stored::Disassociated { scopes, reason } => Self::Disassociated { scopes, reason },
            Stored::CustomerTold { notice, scopes, deadline } => {
                Self::CustomerTold { notice: *notice, scopes, deadline: Time(*deadline) }
            }
            Stored::MailBounced { notice, to } => Self::MailBounced { notice: *notice, to: *to },
            Stored::BecameOfficial { scopes, by_acceptance, superseding: _ } => {
                Self::BecameOfficial { scopes, by_acceptance: *by_acceptance }
            }
            Stored::Declined { scopes, by: _, reason } => Self::Declined { scopes, reason: reason.as_ref() },
            Stored::DeclineUndone { scopes } => Self::DeclineUndone { scopes },
            Stored::Superseded { scopes, by: _ } => Self::Superseded { scopes },
            Stored::Expired { scopes } => Self::Expired { scopes },
            Stored::NoticePrepared { notice: _, deadline: _, links: _ }
            | Stored::Reminded { notice: _, links: _ }
            | Stored::MailFailed { notice: _, links: _ }
            | Stored::MailReported { notice: _, to: _, mail: _ } => return None,
        })
    }
}

/// A reason for one scope.
#[derive(Debug, Serialize)]
struct ScopeReason<'a> {
    scope: ScopeId,
    code: ReasonCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Remark>,
}

impl<'a> From<&'a domain::ScopeReason> for ScopeReason<'a> {
    fn from(domain::ScopeReason { scope, reason }: &'a domain::ScopeReason) -> Self {
        let domain::Reason { code, detail } = reason;
        Self { scope: *scope, code: *code, detail: detail.as_ref() }
    }
}

fn shown(reasons: &[domain::ScopeReason]) -> Vec<ScopeReason<'_>> {
    reasons.iter().map(ScopeReason::from).collect()
}

/// What the partner stated, before an edit or since.
#[derive(Debug, Serialize)]
struct StatedClaim<'a> {
    document: DetailsBody<'a>,
    scopes: Vec<String>,
    draft: bool,
}

impl<'a> From<&'a Submission> for StatedClaim<'a> {
    fn from(Submission { details, scopes, draft }: &'a Submission) -> Self {
        Self {
            document: DetailsBody::from(details),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            draft: *draft,
        }
    }
}
