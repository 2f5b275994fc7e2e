//! A command on a claim, at a time, under a policy: what every decision looks at.

use chrono::{DateTime, Utc};

use crate::claim::Claim;
use crate::claim::event::Event;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::NoticeNumber;
use crate::claim::standing::Standing;
use crate::decide::command::Selection;
use crate::decide::context::Context;
use crate::decide::rejection::Rejection;
use crate::policy::Policy;
use crate::value::id::ScopeId;

/// A command on a claim, at a time, under a policy.
pub(super) struct Case<'a> {
    pub claim: &'a Claim,
    pub name: CommandName,
    pub context: &'a Context,
    pub policy: &'a Policy,
    pub now: DateTime<Utc>,
}

impl Case<'_> {
    /// The scopes that the command applies to.
    pub fn applicable(&self) -> Vec<ScopeId> {
        let scopes = self.claim.scopes.iter().filter(|scope| scope.can(self.name));
        scopes.map(|scope| scope.id).collect()
    }

    /// Those of the scopes that the command still applies to: for triggers that may come late.
    pub fn still(&self, scopes: &[ScopeId]) -> Vec<ScopeId> {
        self.applicable().into_iter().filter(|id| scopes.contains(id)).collect()
    }

    /// The scopes that a person selected, of which the command must apply to every one.
    pub fn selected(&self, selection: &Selection) -> Result<Vec<ScopeId>, Rejection> {
        if let Selection::These(ids) = selection {
            let mut known = ids.iter().filter_map(|id| self.claim.scope(*id));
            if let Some(scope) = known.find(|scope| !scope.can(self.name)) {
                return Err(self.refused(scope.standing()));
            }
        }
        self.chosen(selection)
    }

    /// Those of the scopes that a customer chose to which the command still applies. A page shows what was so when it was
    /// opened: what has ended since must not keep the rest of an answer from counting.
    pub fn chosen(&self, selection: &Selection) -> Result<Vec<ScopeId>, Rejection> {
        let found = match selection {
            Selection::All => self.applicable(),
            Selection::These(ids) => {
                if let Some(unknown) = ids.iter().find(|id| self.claim.scope(**id).is_none()) {
                    return Err(Rejection::UnknownScope(*unknown));
                }
                self.still(ids)
            }
        };
        if found.is_empty() { Err(self.refused(self.claim.status())) } else { Ok(found) }
    }

    /// The number of the next notice, where the claim may lead to another.
    pub fn next_notice(&self) -> Result<NoticeNumber, Rejection> {
        let next = NoticeNumber::at(self.claim.notices.len());
        next.filter(|_| !self.claim.has_exhausted_notices(self.policy))
            .ok_or(Rejection::NoticesExhausted(self.policy.most_notices))
    }

    pub fn refused(&self, found: Standing) -> Rejection {
        Rejection::NotInThisStatus { command: self.name, found }
    }
}

pub(super) fn unless_empty(scopes: Vec<ScopeId>, event: impl FnOnce(Vec<ScopeId>) -> Event) -> Vec<Event> {
    if scopes.is_empty() { Vec::new() } else { vec![event(scopes)] }
}
