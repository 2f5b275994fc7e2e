//! What a decision comes to: the claim after it, its line in the history, the slots that change, and what follows.

pub mod announcement;
pub mod effect;
pub mod evolve;
pub mod slot_changes;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::change::evolve::apply;
use crate::change::slot_changes::{SlotChange, slot_changes};
use crate::claim::Claim;
use crate::claim::event::Event;
use crate::claim::scope::{ClaimedScope, State};
use crate::claim::slot::{Association, Holder};
use crate::claim::standing::Standing;
use crate::directory::program::Scope;
use crate::role::Actor;
use crate::value::id::{AssociationId, ClaimId, ScopeId};

/// A change of one claim, decided and ready to be stored.
#[derive(Debug, Clone)]
pub struct Change {
    /// The claim as it was read; `None` for one to be created.
    pub before: Option<Claim>,
    /// The claim as it becomes.
    pub after: Claim,
    /// What happened.
    pub events: Vec<Event>,
    /// Who made it happen.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

impl Change {
    /// What the history and the stream get of it; `None` when nobody reads of it.
    pub fn transition(&self) -> Option<Transition> {
        let events: Vec<_> = self.events.iter().filter(|event| event.is_recorded()).cloned().collect();
        (!events.is_empty()).then(|| Transition {
            claim: self.after.id.clone(),
            version: self.after.version,
            at: self.at,
            actor: self.actor.clone(),
            events,
            status: self.after.status(),
        })
    }

    /// What happens to the slots of the claim's scopes, in the order of the events.
    pub fn slot_changes(&self) -> Vec<(Scope, SlotChange)> {
        // A claim that is created changes slots as one that was in draft.
        let mut now = match &self.before {
            Some(before) => before.clone(),
            None => {
                let mut draft = self.after.clone();
                draft.scopes.iter_mut().for_each(|scope| scope.state = State::Draft);
                draft
            }
        };
        let mut changes = Vec::new();
        for event in &self.events {
            changes.extend(slot_changes(&now, event));
            now = apply(now, event, self.at);
        }
        changes
    }

    /// The association that the claim has, or had, for a scope.
    pub fn association(&self, scope: &Scope) -> AssociationId {
        let mut known = self.after.scopes.iter().chain(self.before.iter().flat_map(|claim| &claim.scopes));
        let id = known.find(|known| known.scope == *scope).map_or(ScopeId::nth(0), |known| known.id);
        AssociationId::of(&self.after.id, id)
    }

    /// The associations that it ends, as they are kept: who was partner of record for what, and until when.
    pub fn ended(&self) -> Vec<Association> {
        let Some(before) = &self.before else { return Vec::new() };
        let mut ended = Vec::new();
        for scope in self.after.scopes.iter().filter(|scope| scope.standing() != Standing::Official) {
            let was = before.scope(scope.id).filter(|was| was.standing() == Standing::Official);
            let Some(tenure) = was.and_then(ClaimedScope::tenure) else { continue };
            let id = AssociationId::of(&before.id, scope.id);
            ended.push(Association {
                id: id.clone(),
                tenant: before.details.tenant_id.clone(),
                scope: scope.scope.clone(),
                holder: Holder {
                    association: id,
                    partner: before.details.partner_id.clone(),
                    program: before.details.program,
                    since: tenure.since,
                },
                ended: Some((self.at, scope.standing())),
            });
        }
        ended
    }
}

/// One accepted change, as the history shows it and as the effects are read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The claim.
    pub claim: ClaimId,
    /// The version that the claim got.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What happened.
    pub events: Vec<Event>,
    /// The claim's status since.
    pub status: Standing,
}

/// When a timer, a mail or a stream record should have moved the claim on, with some grace: found by
/// what looks for the overdue after that, it was forgotten. Reviews are not among them: they have an owner and their own queue.
pub fn due_at(claim: &Claim) -> Option<DateTime<Utc>> {
    let any = |standing| claim.scopes.iter().any(|scope| scope.standing() == standing);
    let told = any(Standing::Notifying).then(|| claim.updated_at + TimeDelta::minutes(15));
    // The flexible window in which timers fire (`ScheduleSpreadMinutes`, 45 at most), and then some.
    let grace = TimeDelta::hours(1);
    let silence = claim.deadline().map(|deadline| deadline + grace);
    let answer = claim.action_due().map(|due| due + grace);
    [told, silence, answer].into_iter().flatten().min()
}
