//! What the customer says, and what its silence means.

use std::collections::BTreeMap;

use super::mail::undelivered;
use super::{On, Rejection};
use crate::check::FindingCode;
use crate::claim::ClaimedScope;
use crate::command::Selection;
use crate::event::Event;
use crate::field::Remark;
use crate::id::{AssociationId, ScopeId};
use crate::notice::Addressee;
use crate::slot::Slots;

/// A no, at any time. Any link that ever left may carry it.
pub(super) fn decline(
    on: &On<'_>,
    by: Addressee,
    scopes: &Selection,
    reason: Option<Remark>,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Declined { scopes: on.chosen(scopes)?, by: Some(by), reason }])
}

/// A yes: official at once. Only the latest link can carry it, because an earlier one may have gone to somebody whom
/// the partner has since corrected.
pub(super) fn accept(
    on: &On<'_>,
    notice: u8,
    scopes: &Selection,
    slots: &Slots,
) -> Result<Vec<Event>, Rejection> {
    let scopes = of_notice(on, notice, on.chosen(scopes)?)?;
    Ok(take(on, &scopes, slots, true))
}

/// A no taken back, while the window that it fell into is open, by who gave it or the tenant's own notice address.
pub(super) fn undo(on: &On<'_>, by: Addressee, scopes: &Selection) -> Result<Vec<Event>, Rejection> {
    let notice = by.notice;
    let mut scopes = of_notice(on, notice, on.chosen(scopes)?)?;
    scopes.retain(|id| on.claim.scope(*id).is_some_and(|scope| scope.lets_undo(by)));
    if scopes.is_empty() {
        return Err(Rejection::OtherLink);
    }
    match on.claim.notice(notice).and_then(|notice| notice.deadline) {
        Some(deadline) if on.now < deadline => {
            let mut events = vec![Event::DeclineUndone { scopes: scopes.clone() }];
            // Contacts that were named since were never asked, and mails would go to them.
            let anew = on.claim.contacts_edited;
            let in_review = |id: &ScopeId| anew || on.claim.scope(*id).is_some_and(|scope| scope.reviewed);
            let (reviewed, told): (Vec<_>, Vec<_>) = scopes.into_iter().partition(in_review);
            if !reviewed.is_empty() {
                let due = on.policy.review_target.end(on.now, &on.claim.locality());
                let because = vec![FindingCode::AnswerToReview];
                events.push(Event::ReviewOpened { scopes: reviewed, because, due });
            }
            // Should the mail to the contact have come back meanwhile, silence must not count: as for any bounce, the
            // contact has to be reached first.
            let bounced = on.claim.notice(notice).filter(|told| told.mail.is_undelivered());
            if let Some(bounced) = bounced.filter(|_| !told.is_empty()) {
                events.extend(undelivered(on, notice, bounced.to, told));
            }
            Ok(events)
        }
        Some(deadline) => Err(Rejection::TooLate(deadline)),
        None => Err(Rejection::OtherLink),
    }
}

/// Silence until the deadline. Early, late, repeated, for an older notice or after a no, there is nothing to do.
pub(super) fn promote(on: &On<'_>, notice: u8, slots: &Slots) -> Vec<Event> {
    let over = on.claim.notice(notice).and_then(|notice| notice.deadline).is_some_and(|d| on.now >= d);
    let silent = on.claim.scopes.iter().filter(|scope| scope.notice == notice && scope.can(on.name));
    let silent: Vec<_> = silent.map(|scope| scope.id).collect();
    if !over || silent.is_empty() {
        return Vec::new();
    }
    take(on, &silent, slots, false)
}

/// Makes scopes official whose slots are free, or held by whom the approval said. Where another partner has come to
/// hold the slot meanwhile, nobody has compared the evidence: a reviewer does.
fn take(on: &On<'_>, scopes: &[ScopeId], slots: &Slots, by_acceptance: bool) -> Vec<Event> {
    let mut superseding: BTreeMap<ScopeId, AssociationId> = BTreeMap::new();
    let (mut taken, mut contested) = (Vec::new(), Vec::new());
    for scope in scopes.iter().filter_map(|id| on.claim.scope(*id)) {
        match slots.get(&scope.scope).holder.map(|holder| holder.association) {
            None => taken.push(scope.id),
            Some(holder) if scope.incumbent.as_ref() == Some(&holder) => {
                superseding.insert(scope.id, holder);
                taken.push(scope.id);
            }
            Some(_) => contested.push(scope.id),
        }
    }
    let mut events = Vec::new();
    if !taken.is_empty() {
        events.push(Event::BecameOfficial { scopes: taken, by_acceptance, superseding });
    }
    if !contested.is_empty() {
        let due = on.policy.review_target.end(on.now, &on.claim.locality());
        events.push(Event::ReviewOpened {
            scopes: contested,
            because: vec![FindingCode::CompetingClaim],
            due,
        });
    }
    events
}

/// Those of the scopes that the notice is the current one of.
fn of_notice(on: &On<'_>, notice: u8, scopes: Vec<ScopeId>) -> Result<Vec<ScopeId>, Rejection> {
    let current = |scope: &ClaimedScope| scope.notice == notice;
    let scopes: Vec<_> = scopes.into_iter().filter(|id| on.claim.scope(*id).is_some_and(current)).collect();
    if scopes.is_empty() { Err(Rejection::OtherLink) } else { Ok(scopes) }
}
