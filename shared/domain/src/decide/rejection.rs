//! Why a command cannot be carried out.

use chrono::{DateTime, Utc};

use crate::claim::finding::Finding;
use crate::claim::lifecycle::CommandName;
use crate::claim::standing::Standing;
use crate::decide::context::Unread;
use crate::value::field::listed;
use crate::value::id::ScopeId;

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The command cannot be carried out on the claim as it is.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// What the decision depends on was not read: a fault of ours.
    #[error(transparent)]
    Unread(#[from] Unread),
}

/// Why a command cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No scope, or not the one named, is where the command applies.
    #[error("{command} applies to scopes that are {}; this is {found}", listed(command.applies_to()))]
    NotInThisStatus {
        /// What was asked.
        command: CommandName,
        /// Where the scope, or the claim, is.
        found: Standing,
    },
    /// The claim has no such scope.
    #[error("the claim has no scope {0}")]
    UnknownScope(ScopeId),
    /// The checks found what must be corrected first.
    #[error("the claim cannot be submitted as it is")]
    Findings(Vec<Finding>),
    /// The time for it has passed.
    #[error("this was possible until {0}")]
    TooLate(DateTime<Utc>),
    /// The one dispute has been used.
    #[error("a scope can be disputed once")]
    AlreadyDisputed,
    /// A reason is needed for every scope concerned.
    #[error("give at least one coded reason for every scope concerned")]
    ReasonMissing,
    /// The claim has led to as many notices as the policy allows.
    #[error(
        "this claim has led to {0} notices, as many as a claim may; withdraw what is open of it and submit a new one"
    )]
    NoticesExhausted(usize),
    /// The partner has changed a contact, and not submitted it yet.
    #[error(
        "the partner has changed a contact of this claim and not submitted it yet; ask it to, and approve once it has"
    )]
    ContactUnsubmitted,
    /// The link cannot carry this answer: a later notice has replaced it, or somebody else gave the no.
    #[error("another link has to carry this answer")]
    OtherLink,
    /// An edit may not move a claim to another partner.
    #[error("a claim stays with its partner")]
    ForeignPartner,
    /// An edit may not change this once the claim was submitted, or while the customer is asked about another scope.
    #[error(
        "{0} cannot be changed now: the claim was submitted, or the customer is being asked about another scope of it; \
         wait for its answer, or withdraw what is open and submit a new claim"
    )]
    Fixed(&'static str),
    /// An edit may not leave out a scope that the customer was told of, whose no could not find it any more, or one that was
    /// disputed, which could be added again and disputed again.
    #[error("the customer was told of {0}, or it was disputed; withdraw it instead of leaving it out")]
    Told(ScopeId),
    /// The claim was edited so often that its scopes have run out of numbers.
    #[error("the claim was edited too often; submit a new one")]
    ScopesExhausted,
    /// The claim has as many proofs as it may have.
    #[error("a claim can have at most {0} proofs")]
    TooMuchEvidence(usize),
}

impl Rejection {
    /// The stable code that callers see.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInThisStatus { .. } => "not_in_this_status",
            Self::UnknownScope(_) => "unknown_scope",
            Self::Findings(_) => "claim_not_acceptable",
            Self::TooLate(_) => "too_late",
            Self::AlreadyDisputed => "already_disputed",
            Self::ReasonMissing => "reason_missing",
            Self::NoticesExhausted(_) => "notices_exhausted",
            Self::ContactUnsubmitted => "contact_unsubmitted",
            Self::OtherLink => "other_link",
            Self::ForeignPartner => "partner_id_not_yours",
            Self::Fixed(_) => "fixed_after_submit",
            Self::Told(_) => "customer_was_told",
            Self::ScopesExhausted => "scopes_exhausted",
            Self::TooMuchEvidence(_) => "too_much_evidence",
        }
    }
}
