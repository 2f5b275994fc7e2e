//! What happens to a claim: facts, in the past tense, of which its history consists.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claim::finding::FindingCode;
use crate::claim::notice::{Addressee, Link, MailState, NoticeNumber, Recipient};
use crate::claim::reason::ScopeReason;
use crate::claim::submission::{Evidence, Submission};
use crate::value::field::Remark;
use crate::value::id::{AssociationId, ClaimId, ScopeId};

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
        notice: NoticeNumber,
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
    NoticePrepared { notice: NoticeNumber, deadline: DateTime<Utc>, links: Vec<Link> },
    /// The customer was told.
    CustomerTold { notice: NoticeNumber, scopes: Vec<ScopeId>, deadline: DateTime<Utc> },
    /// The reminder is about to leave.
    Reminded { notice: NoticeNumber, links: Vec<Link> },
    /// Mails of the notice, or of its reminder, did not leave.
    MailFailed { notice: NoticeNumber, links: Vec<Link> },
    /// The mail service said what became of a mail.
    MailReported { notice: NoticeNumber, to: Recipient, mail: MailState },
    /// Mail to a contact came back.
    MailBounced { notice: NoticeNumber, to: Recipient },
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
        by: Option<Addressee>,
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
