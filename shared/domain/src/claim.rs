//! A claim as it stands: what the partner states, where each scope is, and what the customer was told.

pub mod event;
pub mod evidence_file;
pub mod finding;
pub mod lifecycle;
pub mod link;
pub mod notice;
pub mod reason;
pub mod slot;
pub mod standing;
pub mod submission;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Locality;
use crate::claim::finding::FindingCode;
use crate::claim::lifecycle::CommandName;
use crate::claim::link::LinkToken;
use crate::claim::notice::{Addressee, Link, Notice, Recipient};
use crate::claim::reason::{Reason, ReasonCode};
use crate::claim::standing::Standing;
use crate::claim::submission::{ClaimDetails, Contact, Submission};
use crate::directory::program::Scope;
use crate::policy::Policy;
use crate::value::id::{AssociationId, ClaimId, ScopeId};

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
    pub details: ClaimDetails,
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
            details: submission.details.clone(),
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

    /// The notice and the link that a token was made for. Looks at every link, each in constant time.
    pub fn opened_by(&self, token: &LinkToken) -> Option<(u8, &Link)> {
        let digest = token.digest();
        let mut found = None;
        for (notice, number) in self.notices.iter().zip(1..) {
            for link in &notice.links {
                if link.digest.matches(&digest) {
                    found = Some((number, link));
                }
            }
        }
        found
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
            Recipient::CustomerContact => Some(&self.details.customer_contact),
            Recipient::SecondContact => self.details.second_contact.as_ref(),
            Recipient::NoticeAddress => None,
        }
    }

    /// The calendar that the claim's windows are counted in: its customer contact's.
    pub fn locality(&self) -> Locality {
        self.details.customer_contact.locality()
    }

    /// The submission that the claim now amounts to.
    pub fn submission(&self) -> Submission {
        let scopes = self.scopes.iter().map(|scope| scope.scope.clone()).collect();
        Submission { details: self.details.clone(), scopes, draft: self.status() == Standing::Draft }
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
