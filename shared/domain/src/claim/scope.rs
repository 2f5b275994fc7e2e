//! One scope of a claim, and where it is in its life with what that carries.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claim::finding::FindingCode;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::{Addressee, NoticeNumber, Recipient};
use crate::claim::reason::{Reason, ReasonCode};
use crate::claim::standing::Standing;
use crate::directory::program::Scope;
use crate::value::field::Remark;
use crate::value::id::{AssociationId, ScopeId};

/// One scope of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedScope {
    /// Its place in the claim.
    pub id: ScopeId,
    /// What is claimed.
    pub scope: Scope,
    /// Where it is in its life.
    #[serde(flatten)]
    pub state: State,
    /// The latest notice that was to tell the customer of it; `None` for none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeNumber>,
    /// Whether its one dispute has been used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// Whether its proofs were good enough for the customer to be asked, and no reviewer has looked at them since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
}

/// A standing with what it carries: nothing of one can be left over in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum State {
    /// [`Standing::Draft`]
    Draft,
    /// [`Standing::Submitted`]
    Submitted,
    /// [`Standing::UnderReview`]
    UnderReview {
        /// Why a reviewer has to look.
        because: Vec<FindingCode>,
        /// When the review should be done.
        due: DateTime<Utc>,
    },
    /// [`Standing::ActionRequired`]
    ActionRequired {
        /// What was asked; nothing about what an edit has added since.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<Reason>,
        /// Whether it was a reviewer who asked, whatever the reason.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_reviewer: bool,
        /// The first moment that is too late to answer.
        due: DateTime<Utc>,
    },
    /// [`Standing::Notifying`]
    Notifying {
        /// The association that the approval knew of: the only one that this scope may supersede.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incumbent: Option<AssociationId>,
    },
    /// [`Standing::AwaitingCustomer`]
    AwaitingCustomer {
        /// As while it was notifying.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incumbent: Option<AssociationId>,
    },
    /// [`Standing::Official`]
    Official {
        /// Since when, and how it came to be.
        #[serde(flatten)]
        tenure: Tenure,
        /// Whom it superseded, or could have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incumbent: Option<AssociationId>,
    },
    /// [`Standing::Declined`]
    Declined {
        /// Whose link carried the no.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Addressee>,
        /// What the customer said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remark: Option<Remark>,
        /// Whether it was in review then: taking the no back returns it to review.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reviewed: bool,
        /// The association that it may supersede should the no be taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incumbent: Option<AssociationId>,
        /// That it was official, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenure: Option<Tenure>,
    },
    /// [`Standing::Rejected`]
    Rejected {
        /// Why.
        reasons: Vec<Reason>,
        /// The first moment that is too late to dispute it.
        dispute_until: DateTime<Utc>,
    },
    /// [`Standing::Disputed`]
    Disputed {
        /// Why it was rejected.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<Reason>,
        /// When the review should be done.
        due: DateTime<Utc>,
    },
    /// [`Standing::RejectedFinal`]
    RejectedFinal {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// [`Standing::Withdrawn`]
    Withdrawn {
        /// What the partner said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remark: Option<Remark>,
    },
    /// [`Standing::Disassociated`]
    Disassociated {
        /// What the partner said.
        remark: Remark,
        /// That it was official, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenure: Option<Tenure>,
    },
    /// [`Standing::Superseded`]
    Superseded {
        /// That it was official.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenure: Option<Tenure>,
    },
    /// [`Standing::Expired`]
    Expired {
        /// That it was official, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenure: Option<Tenure>,
    },
}

/// That a scope is, or was, official.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenure {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether the customer agreed, instead of letting the deadline pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

impl ClaimedScope {
    /// A scope as it enters a claim.
    pub(crate) const fn new(id: ScopeId, scope: Scope, state: State) -> Self {
        Self { id, scope, state, notice: None, disputed: false, proven: false }
    }

    /// Where it is in its life.
    pub const fn standing(&self) -> Standing {
        match self.state {
            State::Draft => Standing::Draft,
            State::Submitted => Standing::Submitted,
            State::UnderReview { .. } => Standing::UnderReview,
            State::ActionRequired { .. } => Standing::ActionRequired,
            State::Notifying { .. } => Standing::Notifying,
            State::AwaitingCustomer { .. } => Standing::AwaitingCustomer,
            State::Official { .. } => Standing::Official,
            State::Declined { .. } => Standing::Declined,
            State::Rejected { .. } => Standing::Rejected,
            State::Disputed { .. } => Standing::Disputed,
            State::RejectedFinal { .. } => Standing::RejectedFinal,
            State::Withdrawn { .. } => Standing::Withdrawn,
            State::Disassociated { .. } => Standing::Disassociated,
            State::Superseded { .. } => Standing::Superseded,
            State::Expired { .. } => Standing::Expired,
        }
    }

    /// Why it is there, where the domain asks for a reason.
    pub fn reasons(&self) -> Vec<Reason> {
        let one = |code, detail: Option<&Remark>| vec![Reason { code, detail: detail.cloned() }];
        match &self.state {
            State::ActionRequired { reasons, .. }
            | State::Rejected { reasons, .. }
            | State::Disputed { reasons, .. }
            | State::RejectedFinal { reasons } => reasons.clone(),
            State::Declined { remark, .. } => one(ReasonCode::CustomerDeclined, remark.as_ref()),
            State::Withdrawn { remark } => one(ReasonCode::PartnerRequest, remark.as_ref()),
            State::Disassociated { remark, .. } => one(ReasonCode::PartnerRequest, Some(remark)),
            State::Superseded { .. } => one(ReasonCode::LostToCompetingClaim, None),
            State::Draft
            | State::Submitted
            | State::UnderReview { .. }
            | State::Notifying { .. }
            | State::AwaitingCustomer { .. }
            | State::Official { .. }
            | State::Expired { .. } => Vec::new(),
        }
    }

    /// Why a reviewer has to look, while one has to.
    pub fn because(&self) -> &[FindingCode] {
        match &self.state {
            State::UnderReview { because, .. } => because,
            _ => &[],
        }
    }

    /// When the review of it should be done, while a reviewer has it.
    pub const fn review_due(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::UnderReview { due, .. } | State::Disputed { due, .. } => Some(due),
            _ => None,
        }
    }

    /// The first moment that is too late to answer what was asked about it.
    pub const fn action_due(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::ActionRequired { due, .. } => Some(due),
            _ => None,
        }
    }

    /// The first moment that is too late to dispute its rejection.
    pub const fn dispute_until(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Rejected { dispute_until, .. } => Some(dispute_until),
            _ => None,
        }
    }

    /// That it is, or was, official.
    pub const fn tenure(&self) -> Option<Tenure> {
        match self.state {
            State::Official { tenure, .. } => Some(tenure),
            State::Declined { tenure, .. }
            | State::Disassociated { tenure, .. }
            | State::Superseded { tenure }
            | State::Expired { tenure } => tenure,
            _ => None,
        }
    }

    /// The association that its approval knew of: the only one that it may supersede.
    pub const fn incumbent(&self) -> Option<&AssociationId> {
        match &self.state {
            State::Notifying { incumbent }
            | State::AwaitingCustomer { incumbent }
            | State::Official { incumbent, .. }
            | State::Declined { incumbent, .. } => incumbent.as_ref(),
            _ => None,
        }
    }

    /// Whether the notice to the customer is on its way, or its answer is waited for.
    pub const fn waits_for_customer(&self) -> bool {
        matches!(self.state, State::Notifying { .. } | State::AwaitingCustomer { .. })
    }

    /// Whether a reviewer has it, or has asked the partner about it. What only a bounced mail asked, no reviewer has seen;
    /// what an edit added to an answer, one has to.
    pub fn is_in_review(&self) -> bool {
        let by_mail = |reason: &Reason| reason.code == ReasonCode::CustomerContactUndeliverable;
        match &self.state {
            State::UnderReview { .. } | State::Disputed { .. } => true,
            State::ActionRequired { reasons, by_reviewer, .. } => {
                *by_reviewer || reasons.is_empty() || !reasons.iter().all(by_mail)
            }
            _ => false,
        }
    }

    /// Whether an edit has added it to a claim that was sent back: nobody has asked about it yet.
    pub fn is_added(&self) -> bool {
        matches!(&self.state, State::ActionRequired { reasons, .. } if reasons.is_empty())
    }

    /// Whether the claim is entered in its slot as an open claim.
    pub fn is_entered(&self) -> bool {
        let standing = self.standing();
        // What was not submitted yet has not been checked against the slot, and is not in it.
        let submitted = standing != Standing::Draft && !self.is_added();
        submitted && standing != Standing::Official && !standing.is_closed()
    }

    /// Whether somebody may take the customer's no back: who gave it, or the tenant's own notice address. A mailbox that the
    /// partner named must not undo what somebody else at the customer said, be it that the partner had named before.
    pub fn lets_undo(&self, by: Addressee) -> bool {
        let current = self.notice == Some(by.notice);
        match self.state {
            State::Declined { by: Some(decliner), .. } => {
                decliner == by || (by.to == Recipient::NoticeAddress && current)
            }
            _ => current,
        }
    }

    /// Whether a command applies to the scope as it stands.
    pub fn can(&self, command: CommandName) -> bool {
        let told = command != CommandName::Decline || self.notice.is_some();
        told && command.applies_to().contains(&self.standing())
    }
}
