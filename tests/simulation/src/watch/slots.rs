//! Invariant 1: slots and claims agree, and who entered a slot knew what was in it.

use domain::field::TenantId;
use domain::{AssociationId, Claim, Claimant, ClaimedScope, Scope, ScopeId, Standing};

use crate::ports::OPEN;
use crate::world::World;

pub(super) fn holds_its_slot(world: &mut World, claim: &Claim, id: ScopeId) {
    let Some(scope) = claim.scope(id) else { return };
    let slot = world.table.slot(&claim.details.tenant_id, &scope.scope);
    let mine = AssociationId::of(&claim.id, id);
    let holds = slot
        .holder
        .as_ref()
        .is_some_and(|holder| holder.association == mine && holder.partner == claim.details.partner_id);
    let official = scope.standing() == Standing::Official;
    world.hold("1: who is official holds the slot, and nobody else", holds == official, || {
        format!("{mine} is {}, the slot of {} holds {:?}", scope.standing(), scope.scope, slot.holder)
    });
    let me = Claimant { partner: claim.details.partner_id.clone(), claim: claim.id.clone() };
    let entered = slot.claimants.contains(&me);
    // What an edit has added to an answer is entered when it is submitted.
    let added = scope.is_added();
    let open = OPEN.contains(&scope.standing()) && !added;
    world.hold("1: slots and claims agree", entered == open, || {
        format!("{mine} is {}, entered in {}: {entered}", scope.standing(), scope.scope)
    });
}

/// A claim that was just submitted or disputed was decided about the slot as it is, and not as it was before somebody else entered it.
pub(super) fn entered_knowingly(world: &mut World, claim: &Claim, scope: &ClaimedScope) {
    let slot = world.table.slot(&claim.details.tenant_id, &scope.scope);
    let holder = slot.holder.iter().filter(|holder| holder.association.claim().clone() != claim.id);
    let others = slot.claimants.iter().filter(|other| other.claim != claim.id);
    let others: Vec<_> =
        holder.map(|holder| &holder.partner).chain(others.map(|other| &other.partner)).collect();
    let twice = others.contains(&&claim.details.partner_id);
    let compared =
        others.is_empty() || matches!(scope.standing(), Standing::UnderReview | Standing::Disputed);
    world.hold("1: a claim is submitted knowing its competitors", !twice && compared, || {
        format!("{} {} is {} beside {others:?}", claim.id, scope.id, scope.standing())
    });
}

pub(super) fn slot_holds(world: &mut World, tenant: &TenantId, scope: &Scope) {
    let slot = world.table.slot(tenant, scope);
    if let Some(holder) = &slot.holder {
        let id = holder.association.scope();
        let claim = world.table.claim(holder.association.claim());
        let held =
            claim.and_then(|claim| claim.scope(id)).is_some_and(|held| held.standing() == Standing::Official);
        world.hold("1: who holds a slot is official", held, || format!("{scope} holds {holder:?}"));
    }
    for claimant in &slot.claimants {
        let claim = world.table.claim(&claimant.claim);
        let open = claim.is_some_and(|claim| {
            claim.scopes.iter().any(|held| held.scope == *scope && OPEN.contains(&held.standing()))
        });
        world.hold("1: slots and claims agree", open, || format!("{scope} lists {claimant:?}"));
    }
}
