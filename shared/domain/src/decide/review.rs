//! What the vendor's reviewers, and the partner's silence, decide.

use std::collections::BTreeMap;

use super::{On, Rejection};
use crate::claim::{ClaimedScope, Reason, ReasonCode};
use crate::command::scopes_of;
use crate::command::{ScopeReason, Selection};
use crate::event::Event;
use crate::id::ScopeId;
use crate::notice::Recipient;
use crate::slot::Slots;

pub(super) fn approve(on: &On<'_>, scopes: &Selection, slots: &Slots) -> Result<Vec<Event>, Rejection> {
    let scopes = on.selected(scopes)?;
    if on.claim.latest_notice() >= on.policy.most_notices {
        return Err(Rejection::NoticesExhausted(on.policy.most_notices));
    }
    Ok(vec![approved(on, scopes, Recipient::CustomerContact, slots)])
}

/// The approval of scopes, which notes whom each would supersede: the incumbents that were known when it was decided,
/// and no others.
pub(super) fn approved(on: &On<'_>, scopes: Vec<ScopeId>, to: Recipient, slots: &Slots) -> Event {
    let incumbents: BTreeMap<_, _> = scopes
        .iter()
        .filter_map(|id| {
            let holder = slots.get(&on.claim.scope(*id)?.scope).holder?;
            Some((*id, holder.association))
        })
        .collect();
    Event::Approved { scopes, notice: on.claim.latest_notice() + 1, to, incumbents }
}

pub(super) fn request_information(on: &On<'_>, reasons: &[ScopeReason]) -> Result<Vec<Event>, Rejection> {
    concerned(on, reasons)?;
    let due = on.policy.partner_window.end(on.now, &on.claim.locality());
    Ok(vec![Event::InformationRequested { reasons: reasons.to_vec(), due }])
}

/// Rejects: for good where the partner has disputed before, open to a dispute elsewhere.
pub(super) fn reject(on: &On<'_>, reasons: &[ScopeReason]) -> Result<Vec<Event>, Rejection> {
    concerned(on, reasons)?;
    Ok(refused(on, reasons.to_vec()))
}

/// The partner did not answer: rejected, once the time of the question is over. What it was asked stays among the reasons.
pub(super) fn lapse(on: &On<'_>) -> Vec<Event> {
    // A claim that was stored before scopes had times of their own has one for all.
    let until = |scope: &ClaimedScope| scope.until.or(on.claim.action_due);
    let over = |scope: &&ClaimedScope| until(scope).is_some_and(|until| on.now >= until);
    let asked = on.claim.scopes.iter().filter(|scope| scope.can(on.name)).filter(over);
    let silent = Reason { code: ReasonCode::NoPartnerResponse, detail: None };
    let reasons = asked.flat_map(|scope| {
        let of_scope = std::iter::once(silent.clone()).chain(scope.reasons.iter().cloned());
        of_scope.map(|reason| ScopeReason { scope: scope.id, reason })
    });
    refused(on, reasons.collect())
}

fn refused(on: &On<'_>, reasons: Vec<ScopeReason>) -> Vec<Event> {
    let disputed = |reason: &ScopeReason| on.claim.scope(reason.scope).is_some_and(|scope| scope.disputed);
    let (last, first): (Vec<_>, Vec<_>) = reasons.into_iter().partition(disputed);
    let mut events = Vec::new();
    if !first.is_empty() {
        let dispute_until = on.policy.dispute_window.end(on.now, &on.claim.locality());
        events.push(Event::Rejected { reasons: first, dispute_until });
    }
    if !last.is_empty() {
        events.push(Event::RejectedFinal { reasons: last });
    }
    events
}

fn concerned(on: &On<'_>, reasons: &[ScopeReason]) -> Result<(), Rejection> {
    if reasons.is_empty() {
        return Err(Rejection::ReasonMissing);
    }
    on.selected(&Selection::These(scopes_of(reasons))).map(|_| ())
}
