//! A claim as it stands: what the partner states, where each scope is, and what the customer was told.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Locality;
use crate::check::FindingCode;
use crate::command::CommandName;
use crate::document::{Contact, Document, Submission};
use crate::field::{Remark, codes};
use crate::id::{AssociationId, ClaimId, ScopeId};
use crate::notice::{Addressee, Notice, Recipient};
use crate::policy::Policy;
use crate::program::Scope;

codes! {
    /// Where a scope is in its life; a claim's status is one of these too, derived by [`Claim::status`].
    Standing {
        /// Being prepared; proof of execution may be missing.
        Draft = "draft",
        /// Waits for the vendor's validation.
        Submitted = "submitted",
        /// A reviewer looks at the evidence, or at a conflict with another partner.
        UnderReview = "under_review",
        /// The vendor asked for information.
        ActionRequired = "action_required",
        /// Approved by the vendor; the notice to the customer is on its way.
        Notifying = "notifying",
        /// The customer was told; the clock runs.
        AwaitingCustomer = "awaiting_customer",
        /// Partner of record.
        Official = "official",
        /// The customer said no.
        Declined = "declined",
        /// Refused; may be disputed once.
        Rejected = "rejected",
        /// The partner disputes the refusal.
        Disputed = "disputed",
        /// Refused for good.
        RejectedFinal = "rejected_final",
        /// Taken back by the partner before it was official.
        Withdrawn = "withdrawn",
        /// Ended by the partner after it was official.
        Disassociated = "disassociated",
        /// Another partner became partner of record.
        Superseded = "superseded",
        /// The subscription ended.
        Expired = "expired",
    }
}

impl Standing {
    /// Whether nothing more happens by itself, and the scope's slot is free of it.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Declined
            | Self::Rejected
            | Self::RejectedFinal
            | Self::Withdrawn
            | Self::Disassociated
            | Self::Superseded
            | Self::Expired => true,
            Self::Draft
            | Self::Submitted
            | Self::UnderReview
            | Self::ActionRequired
            | Self::Notifying
            | Self::AwaitingCustomer
            | Self::Official
            | Self::Disputed => false,
        }
    }

    /// Which standing speaks for a claim whose scopes differ: the one that most needs somebody comes first.
    const fn rank(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::ActionRequired => 1,
            Self::UnderReview => 2,
            Self::Disputed => 3,
            Self::Submitted => 4,
            Self::Notifying => 5,
            Self::AwaitingCustomer => 6,
            Self::Official => 7,
            Self::Rejected => 8,
            Self::Declined => 9,
            Self::Superseded => 10,
            Self::Expired => 11,
            Self::Disassociated => 12,
            Self::RejectedFinal => 13,
            Self::Withdrawn => 14,
        }
    }
}

codes! {
    /// Why the vendor asks for information, refuses, or why an association ended.
    ReasonCode {
        /// There is no proof of execution.
        MissingPoe = "missing_poe",
        /// The customer has not acknowledged the proof.
        MissingCustomerAcknowledgement = "missing_customer_acknowledgement",
        /// Dates are missing or too old.
        MissingDates = "missing_dates",
        /// The proof does not say what the partner did.
        MissingPartnerService = "missing_partner_service",
        /// The proof does not name the product or workload.
        MissingProduct = "missing_product",
        /// The partner did not answer in time.
        NoPartnerResponse = "no_partner_response",
        /// The partner asked for it.
        PartnerRequest = "partner_request",
        /// The customer said no.
        CustomerDeclined = "customer_declined",
        /// Mail does not reach the customer's contact.
        CustomerContactUndeliverable = "customer_contact_undeliverable",
        /// Another partner's claim had the better evidence.
        LostToCompetingClaim = "lost_to_competing_claim",
    }
}

impl ReasonCode {
    /// What would cure it, for partners.
    pub const fn cure(self) -> &'static str {
        match self {
            Self::MissingPoe => "Add a proof of execution and submit again.",
            Self::MissingCustomerAcknowledgement => {
                "Add a proof that the customer has signed, and submit again."
            }
            Self::MissingDates => {
                "Give a signed proof, with its date, that is recent enough for the programme, and submit again."
            }
            Self::MissingPartnerService => {
                "Give a proof that says what you did for the customer, and submit again."
            }
            Self::MissingProduct => {
                "Give a proof that names the workload or product claimed, and submit again."
            }
            Self::NoPartnerResponse => "Dispute with the information that was asked for.",
            Self::PartnerRequest => "Nothing: you asked for it. Submit a new claim when you need one.",
            Self::CustomerDeclined => "Talk to the customer; with its consent, submit a new claim.",
            Self::CustomerContactUndeliverable => "Correct the customer's contact and submit again.",
            Self::LostToCompetingClaim => "Give newer evidence of your work, in a dispute or a new claim.",
        }
    }
}

/// A coded reason, with words that may accompany the code and never replace it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// More about this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Remark>,
}

/// One scope of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedScope {
    /// Its place in the claim.
    pub id: ScopeId,
    /// What is claimed.
    pub scope: Scope,
    /// Where it is in its life.
    pub standing: Standing,
    /// Why it is there, where the domain asks for a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The notice that told the customer of it; 0 for none yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub notice: u8,
    /// The association that the approval knew of: the only one that this scope may supersede.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incumbent: Option<AssociationId>,
    /// Since when it has been official.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official_since: Option<DateTime<Utc>>,
    /// Whether the customer agreed, instead of letting the deadline pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Whether its one dispute has been used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// Whose link carried the customer's no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined_by: Option<Addressee>,
    /// Whether it was in review when the customer declined: undoing the decline returns it to review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviewed: bool,
    /// Whether it was a reviewer who asked the partner about it, whatever the reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_in_review: bool,
    /// The first moment that is too late to answer what was asked about it, or to dispute its rejection; while a reviewer has
    /// it, when the review should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why a reviewer has to look, while one has to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<FindingCode>,
    /// Whether its proofs were good enough for the customer to be asked, and no reviewer has looked at them since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
}

impl ClaimedScope {
    /// Whether a reviewer has it, or has asked the partner about it. What only a bounced mail asked, no reviewer has seen;
    /// what an edit added to an answer, one has to.
    pub fn is_in_review(&self) -> bool {
        let by_mail = |reason: &Reason| reason.code == ReasonCode::CustomerContactUndeliverable;
        match self.standing {
            Standing::UnderReview | Standing::Disputed => true,
            Standing::ActionRequired => {
                self.asked_in_review || self.is_added() || !self.reasons.iter().all(by_mail)
            }
            _ => false,
        }
    }

    /// Whether an edit has added it to a claim that was sent back: nobody has asked about it yet.
    pub(crate) fn is_added(&self) -> bool {
        self.standing == Standing::ActionRequired && self.reasons.is_empty()
    }

    /// Whether the claim is entered in its slot as an open claim.
    pub fn is_entered(&self) -> bool {
        // What was not submitted yet has not been checked against the slot, and is not in it.
        let submitted = self.standing != Standing::Draft && !self.is_added();
        submitted && self.standing != Standing::Official && !self.standing.is_closed()
    }

    /// Whether somebody may take the customer's no back: who gave it, or the tenant's own notice address. A mailbox that the
    /// partner named must not undo what somebody else at the customer said, be it that the partner had named before.
    pub fn lets_undo(&self, by: Addressee) -> bool {
        let current = self.notice == by.notice;
        match self.declined_by {
            Some(decliner) => decliner == by || (by.to == Recipient::NoticeAddress && current),
            None => current,
        }
    }

    /// Whether a command applies to the scope as it stands.
    pub fn can(&self, command: CommandName) -> bool {
        let told = command != CommandName::Decline || self.notice > 0;
        told && command.applies_to().contains(&self.standing)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// A partner's claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its ID.
    pub id: ClaimId,
    /// Counts accepted changes, from 1.
    pub version: u64,
    /// What the partner states.
    #[serde(flatten)]
    pub document: Document,
    /// What is claimed. Never empty.
    pub scopes: Vec<ClaimedScope>,
    /// The number that the next scope gets; numbers of removed scopes are not used again.
    pub next_scope: u8,
    /// What the customer was told, oldest first; a scope's `notice` counts from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The claim that this one renews on a new subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<ClaimId>,
    /// Whether the partner has changed a contact and not submitted it since: nobody has checked it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contacts_unchecked: bool,
    /// Whether the last submit found a contact outside the tenant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contacts_outside: bool,
    /// Whether the partner has replaced its proofs since a scope was last approved: nobody has accepted these yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proofs_edited: bool,
    /// Digest of the request that created it: the same key with another body is noticed.
    pub request: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was first submitted; `None` for a draft that never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When the reviews under way should be done; the earliest of its scopes' times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due: Option<DateTime<Utc>>,
    /// Until when the partner can answer a request for information; the earliest of its scopes' times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_due: Option<DateTime<Utc>>,
    /// Until when a rejection may be disputed; the latest of its scopes' times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_until: Option<DateTime<Utc>>,
}

impl Claim {
    /// A claim as it is before anything was decided about it: all scopes in `draft`, at version 0.
    pub fn new(id: ClaimId, submission: &Submission, request: String, at: DateTime<Utc>) -> Self {
        let mut claim = Self {
            id,
            version: 0,
            document: submission.document.clone(),
            scopes: Vec::new(),
            next_scope: 1,
            notices: Vec::new(),
            renews: None,
            contacts_unchecked: false,
            contacts_outside: false,
            proofs_edited: false,
            request,
            created_at: at,
            submitted_at: None,
            updated_at: at,
            review_due: None,
            action_due: None,
            dispute_until: None,
        };
        claim.replace_scopes(&submission.scopes, Standing::Draft);
        claim
    }

    /// The standing that speaks for the claim: of its scopes', the one that most needs somebody.
    pub fn status(&self) -> Standing {
        let standings = self.scopes.iter().map(|scope| scope.standing);
        standings.min_by_key(|standing| standing.rank()).unwrap_or(Standing::Draft)
    }

    /// The instant at which the customer's window ends, while one is open; the earliest of several.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.scopes
            .iter()
            .filter(|scope| scope.standing == Standing::AwaitingCustomer)
            .filter_map(|scope| self.notice(scope.notice)?.deadline)
            .min()
    }

    /// A notice by its number, counted from 1.
    pub fn notice(&self, number: u8) -> Option<&Notice> {
        self.notices.get(usize::from(number).checked_sub(1)?)
    }

    /// The number of the latest notice; 0 for none.
    pub fn latest_notice(&self) -> u8 {
        u8::try_from(self.notices.len()).unwrap_or(u8::MAX)
    }

    /// Whether the claim has led to as many notices as the policy allows. One that a reviewer got to see instead of the
    /// customer is none.
    pub fn has_exhausted_notices(&self, policy: &Policy) -> bool {
        let numbered = self.notices.iter().zip(1..);
        let leads = numbered.filter(|(notice, number)| {
            notice.deadline.is_some() || self.any_of_notice(*number, Standing::Notifying)
        });
        leads.count() >= usize::from(policy.most_notices) || self.latest_notice() == u8::MAX
    }

    /// Why a reviewer has to look at it; empty where none has to.
    pub fn because(&self) -> Vec<FindingCode> {
        let outside = FindingCode::ContactOutsideTenant;
        let own = self.scopes.iter().flat_map(|scope| &scope.because).copied();
        let mut codes: BTreeSet<_> = own.filter(|code| *code != outside).collect();
        if self.contacts_outside && self.review_due.is_some() {
            codes.insert(outside);
        }
        codes.into_iter().collect()
    }

    /// A scope by its ID.
    pub fn scope(&self, id: ScopeId) -> Option<&ClaimedScope> {
        self.scopes.iter().find(|scope| scope.id == id)
    }

    /// Whether a scope whose current notice this is is in a standing.
    pub fn any_of_notice(&self, notice: u8, standing: Standing) -> bool {
        self.scopes.iter().any(|scope| scope.notice == notice && scope.standing == standing)
    }

    /// The IDs of the scopes in a standing.
    pub fn scopes_in(&self, standing: Standing) -> Vec<ScopeId> {
        self.scopes.iter().filter(|scope| scope.standing == standing).map(|scope| scope.id).collect()
    }

    /// The contact that a notice goes to; `None` for the tenant's notice address, which the directory knows.
    pub fn contact(&self, to: Recipient) -> Option<&Contact> {
        match to {
            Recipient::CustomerContact => Some(&self.document.customer_contact),
            Recipient::SecondContact => self.document.second_contact.as_ref(),
            Recipient::NoticeAddress => None,
        }
    }

    /// The calendar that the claim's windows are counted in: its customer contact's.
    pub fn locality(&self) -> Locality {
        self.document.customer_contact.locality()
    }

    /// The submission that the claim now amounts to.
    pub fn submission(&self) -> Submission {
        let scopes = self.scopes.iter().map(|scope| scope.scope.clone()).collect();
        Submission { document: self.document.clone(), scopes, draft: self.status() == Standing::Draft }
    }

    /// When the claim may be forgotten: once every scope is closed, or none was ever submitted, and a time by policy has
    /// passed.
    pub fn expires_at(&self, policy: &Policy) -> Option<DateTime<Utc>> {
        let idle = |scope: &ClaimedScope| scope.standing.is_closed() || scope.standing == Standing::Draft;
        let closed = self.scopes.iter().all(idle);
        let last = self.dispute_until.map_or(self.updated_at, |until| until.max(self.updated_at));
        // Never before a link in a mail could still undo an accidental decline.
        closed.then(|| last + policy.retention.max(TimeDelta::days(30)))
    }

    /// Puts these scopes in place of those there were. Scopes that stay keep their ID and standing.
    pub(crate) fn replace_scopes(&mut self, scopes: &[Scope], standing: Standing) {
        let mut before = std::mem::take(&mut self.scopes);
        for scope in scopes {
            let kept = before.iter().position(|old| old.scope == *scope).map(|at| before.swap_remove(at));
            self.scopes.push(kept.unwrap_or_else(|| {
                let id = ScopeId::nth(self.next_scope);
                self.next_scope = self.next_scope.saturating_add(1);
                ClaimedScope {
                    id,
                    scope: scope.clone(),
                    standing,
                    reasons: Vec::new(),
                    notice: 0,
                    incumbent: None,
                    official_since: None,
                    accepted: false,
                    disputed: false,
                    declined_by: None,
                    reviewed: false,
                    asked_in_review: false,
                    until: None,
                    because: Vec::new(),
                    proven: false,
                }
            }));
        }
        self.scopes.sort_by_key(|scope| scope.id);
    }
}
