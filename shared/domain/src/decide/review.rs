//! What the vendor's reviewers, and the partner's silence, decide.

use std::collections::BTreeMap;

use super::{On, Rejection, unless_empty};
use crate::claim::{ClaimedScope, Reason, ReasonCode};
use crate::command::{ScopeReason, Selection, scopes_of};
use crate::event::Event;
use crate::field::{Field, Remark};
use crate::id::ScopeId;
use crate::notice::Recipient;
use crate::slot::Slots;

pub(super) fn approve(on: &On<'_>, scopes: &Selection, slots: &Slots) -> Result<Vec<Event>, Rejection> {
    let scopes = on.selected(scopes)?;
    on.can_notify()?;
    // Whoever approves now would not know whom the mail goes to.
    if on.claim.contacts_unchecked {
        return Err(Rejection::ContactUnsubmitted);
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
    let lapsed = on.claim.scopes.iter().filter(|scope| scope.can(on.name)).filter(over);
    // What an edit has added was never submitted: there is nothing to reject, and nothing to dispute.
    let (added, asked): (Vec<_>, Vec<_>) = lapsed.partition(|scope| scope.is_added());
    let silent = Reason { code: ReasonCode::NoPartnerResponse, detail: None };
    let reasons = asked.iter().flat_map(|scope| {
        let of_scope = std::iter::once(silent.clone()).chain(scope.reasons.iter().cloned());
        of_scope.map(|reason| ScopeReason { scope: scope.id, reason })
    });
    let mut events = refused(on, reasons.collect());
    let added = added.iter().map(|scope| scope.id).collect();
    let reason = Remark::parse("It was added to the claim and not submitted in time.").ok();
    events.extend(unless_empty(added, |scopes| Event::Withdrawn { scopes, reason }));
    events
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
