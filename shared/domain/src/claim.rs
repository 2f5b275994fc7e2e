//! A claim as it stands: what the partner states, where each scope is, and what the customer was told.

pub mod event;
pub mod evidence_file;
pub mod finding;
pub mod lifecycle;
pub mod link;
pub mod notice;
pub mod reason;
pub mod scope;
pub mod slot;
pub mod standing;
pub mod submission;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Locality;
use crate::claim::finding::FindingCode;
use crate::claim::link::LinkToken;
use crate::claim::notice::{Link, Notice, NoticeNumber, Recipient};
use crate::claim::scope::{ClaimedScope, State};
use crate::claim::standing::Standing;
use crate::claim::submission::{ClaimDetails, Contact, Submission};
use crate::directory::program::Scope;
use crate::policy::Policy;
use crate::value::id::{ClaimId, ScopeId};

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
    /// What the customer was told, oldest first.
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
        };
        claim.replace_scopes(&submission.scopes, &State::Draft);
        claim
    }

    /// When the reviews under way should be done; the earliest of its scopes' times.
    pub fn review_due(&self) -> Option<DateTime<Utc>> {
        self.scopes.iter().filter_map(ClaimedScope::review_due).min()
    }

    /// Until when the partner can answer a request for information; the earliest of its scopes' times.
    pub fn action_due(&self) -> Option<DateTime<Utc>> {
        self.scopes.iter().filter_map(ClaimedScope::action_due).min()
    }

    /// Until when a rejection may be disputed; the latest of its scopes' times.
    pub fn dispute_until(&self) -> Option<DateTime<Utc>> {
        self.scopes.iter().filter_map(ClaimedScope::dispute_until).max()
    }

    /// The standing that speaks for the claim: of its scopes', the one that most needs somebody.
    pub fn status(&self) -> Standing {
        let standings = self.scopes.iter().map(ClaimedScope::standing);
        standings.min_by_key(|standing| standing.rank()).unwrap_or(Standing::Draft)
    }

    /// The instant at which the customer's window ends, while one is open; the earliest of several.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.scopes
            .iter()
            .filter(|scope| scope.standing() == Standing::AwaitingCustomer)
            .filter_map(|scope| self.notice_of(scope)?.deadline)
            .min()
    }

    /// A notice by its number.
    pub fn notice(&self, number: NoticeNumber) -> Option<&Notice> {
        self.notices.get(number.place())
    }

    /// The notices with their numbers, oldest first.
    pub fn numbered_notices(&self) -> impl Iterator<Item = (NoticeNumber, &Notice)> {
        self.notices.iter().enumerate().filter_map(|(place, notice)| Some((NoticeNumber::at(place)?, notice)))
    }

    /// The number of the latest notice; `None` while there is none.
    pub fn latest_notice(&self) -> Option<NoticeNumber> {
        self.notices.len().checked_sub(1).and_then(NoticeNumber::at)
    }

    /// The latest notice that was to tell the customer of a scope.
    pub fn notice_of(&self, scope: &ClaimedScope) -> Option<&Notice> {
        self.notice(scope.notice?)
    }

    /// Whether the claim has led to as many notices as the policy allows. One that a reviewer got to see instead of the
    /// customer is none.
    pub fn has_exhausted_notices(&self, policy: &Policy) -> bool {
        let leads = self.numbered_notices().filter(|(number, notice)| {
            notice.deadline.is_some() || self.any_of_notice(*number, Standing::Notifying)
        });
        leads.count() >= policy.most_notices || NoticeNumber::at(self.notices.len()).is_none()
    }

    /// Why a reviewer has to look at it; empty where none has to.
    pub fn because(&self) -> Vec<FindingCode> {
        let outside = FindingCode::ContactOutsideTenant;
        let own = self.scopes.iter().flat_map(ClaimedScope::because).copied();
        let mut codes: BTreeSet<_> = own.filter(|code| *code != outside).collect();
        if self.contacts_outside && self.review_due().is_some() {
            codes.insert(outside);
        }
        codes.into_iter().collect()
    }

    /// The notice and the link that a token was made for. Looks at every link, each in constant time.
    pub fn opened_by(&self, token: &LinkToken) -> Option<(NoticeNumber, &Link)> {
        let digest = token.digest();
        let mut found = None;
        for (number, notice) in self.numbered_notices() {
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
    pub fn any_of_notice(&self, notice: NoticeNumber, standing: Standing) -> bool {
        self.scopes.iter().any(|scope| scope.notice == Some(notice) && scope.standing() == standing)
    }

    /// The IDs of the scopes in a standing.
    pub fn scopes_in(&self, standing: Standing) -> Vec<ScopeId> {
        self.scopes.iter().filter(|scope| scope.standing() == standing).map(|scope| scope.id).collect()
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
        let idle = |scope: &ClaimedScope| scope.standing().is_closed() || scope.standing() == Standing::Draft;
        let closed = self.scopes.iter().all(idle);
        let last = self.dispute_until().map_or(self.updated_at, |until| until.max(self.updated_at));
        // Never before a link in a mail could still undo an accidental decline.
        closed.then(|| last + policy.retention.max(TimeDelta::days(30)))
    }

    /// Puts these scopes in place of those there were. Scopes that stay keep their ID and standing.
    pub(crate) fn replace_scopes(&mut self, scopes: &[Scope], state: &State) {
        let mut before = std::mem::take(&mut self.scopes);
        for scope in scopes {
            let kept = before.iter().position(|old| old.scope == *scope).map(|at| before.swap_remove(at));
            self.scopes.push(kept.unwrap_or_else(|| {
                let id = ScopeId::nth(self.next_scope);
                self.next_scope = self.next_scope.saturating_add(1);
                ClaimedScope::new(id, scope.clone(), state.clone())
            }));
        }
        self.scopes.sort_by_key(|scope| scope.id);
    }
}
