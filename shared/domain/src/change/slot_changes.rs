//! What an event changes in the slots of a claim.

use crate::claim::Claim;
use crate::claim::event::Event;
use crate::claim::lifecycle::CommandName;
use crate::claim::reason::scopes_of;
use crate::claim::scope::ClaimedScope;
use crate::claim::standing::Standing;
use crate::directory::program::Scope;
use crate::value::id::{AssociationId, ScopeId};

/// What happens to a scope's slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotChange {
    /// An open claim is entered, at the version at which the slot was read.
    Enter,
    /// An open claim is struck out.
    Leave,
    /// The claim takes the slot from this incumbent, or from nobody.
    Take(Option<AssociationId>),
    /// The claim gives the slot back, and is no open claim to it either.
    Release,
    /// The claim gives the slot back, and stays entered as an open claim.
    Reopen,
}

/// What an event changes in the slots of a claim, which is as it was before the event.
pub fn slot_changes(before: &Claim, event: &Event) -> Vec<(Scope, SlotChange)> {
    let of = |scopes: &[ScopeId], change: &dyn Fn(&ClaimedScope) -> Option<SlotChange>| {
        let found = scopes.iter().filter_map(|id| before.scope(*id));
        found.filter_map(|scope| Some((scope.scope.clone(), change(scope)?))).collect()
    };
    let ended = |scope: &ClaimedScope| match scope.standing() {
        Standing::Official => Some(SlotChange::Release),
        _ => scope.is_entered().then_some(SlotChange::Leave),
    };
    let reopened =
        |scope: &ClaimedScope| (scope.standing() == Standing::Official).then_some(SlotChange::Reopen);
    match event {
        Event::Submitted => {
            let entering = before.scopes.iter().filter(|scope| scope.can(CommandName::Submit));
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
        Event::InformationRequested { reasons, .. } => of(&scopes_of(reasons), &reopened),
        Event::Approved { scopes, .. } => of(scopes, &reopened),
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
