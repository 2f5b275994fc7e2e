//! What the vendor's reviewers, and the partner's silence, decide.
//!
//! An answer to a reviewer goes back to a reviewer; a corrected contact after a mail that came back goes straight to the customer.

use std::collections::BTreeMap;

use crate::claim::event::Event;
use crate::claim::notice::{NoticeNumber, Recipient};
use crate::claim::reason::{Reason, ReasonCode, ScopeReason, scopes_of};
use crate::claim::scope::ClaimedScope;
use crate::decide::case::{Case, unless_empty};
use crate::decide::command::Selection;
use crate::decide::context::Unread;
use crate::decide::rejection::{DecideError, Rejection};
use crate::value::field::{Field, Remark};
use crate::value::id::ScopeId;

pub(super) fn approve(case: &Case<'_>, scopes: &Selection) -> Result<Vec<Event>, DecideError> {
    let scopes = case.selected(scopes)?;
    let notice = case.next_notice()?;
    // Whoever approves now would not know whom the mail goes to.
    if case.claim.contacts_unchecked {
        return Err(Rejection::ContactUnsubmitted.into());
    }
    Ok(vec![approved(case, scopes, notice)?])
}

/// The approval of scopes, which notes whom each would supersede: the incumbents that were known when it was decided,
/// and no others.
pub(super) fn approved(case: &Case<'_>, scopes: Vec<ScopeId>, notice: NoticeNumber) -> Result<Event, Unread> {
    let mut incumbents = BTreeMap::new();
    for scope in scopes.iter().filter_map(|id| case.claim.scope(*id)) {
        if let Some(holder) = &case.context.slot(&scope.scope)?.holder {
            incumbents.insert(scope.id, holder.association.clone());
        }
    }
    Ok(Event::Approved { scopes, notice, to: Recipient::CustomerContact, incumbents })
}

pub(super) fn request_information(case: &Case<'_>, reasons: &[ScopeReason]) -> Result<Vec<Event>, Rejection> {
    concerned(case, reasons)?;
    let due = case.policy.partner_window.end(case.now, &case.claim.locality());
    Ok(vec![Event::InformationRequested { reasons: reasons.to_vec(), due }])
}

/// Rejects: for good where the partner has disputed before, open to a dispute elsewhere.
pub(super) fn reject(case: &Case<'_>, reasons: &[ScopeReason]) -> Result<Vec<Event>, Rejection> {
    concerned(case, reasons)?;
    Ok(refused(case, reasons.to_vec()))
}

/// The partner did not answer: rejected, once the time of the question is over. What it was asked stays among the reasons.
pub(super) fn lapse(case: &Case<'_>) -> Vec<Event> {
    let over = |scope: &&ClaimedScope| scope.action_due().is_some_and(|due| case.now >= due);
    let lapsed = case.claim.scopes.iter().filter(|scope| scope.can(case.name)).filter(over);
    // What an edit has added was never submitted: there is nothing to reject, and nothing to dispute.
    let (added, asked): (Vec<_>, Vec<_>) = lapsed.partition(|scope| scope.is_added());
    let silent = Reason { code: ReasonCode::NoPartnerResponse, detail: None };
    let reasons = asked.iter().flat_map(|scope| {
        let of_scope = std::iter::once(silent.clone()).chain(scope.reasons());
        of_scope.map(|reason| ScopeReason { scope: scope.id, reason })
    });
    let mut events = refused(case, reasons.collect());
    let added = added.iter().map(|scope| scope.id).collect();
    let reason = Remark::parse("It was added to the claim and not submitted in time.").ok();
    events.extend(unless_empty(added, |scopes| Event::Withdrawn { scopes, reason }));
    events
}

fn refused(case: &Case<'_>, reasons: Vec<ScopeReason>) -> Vec<Event> {
    let disputed = |reason: &ScopeReason| case.claim.scope(reason.scope).is_some_and(|scope| scope.disputed);
    let (last, first): (Vec<_>, Vec<_>) = reasons.into_iter().partition(disputed);
    let mut events = Vec::new();
    if !first.is_empty() {
        let dispute_until = case.policy.dispute_window.end(case.now, &case.claim.locality());
        events.push(Event::Rejected { reasons: first, dispute_until });
    }
    if !last.is_empty() {
        events.push(Event::RejectedFinal { reasons: last });
    }
    events
}

fn concerned(case: &Case<'_>, reasons: &[ScopeReason]) -> Result<(), Rejection> {
    if reasons.is_empty() {
        return Err(Rejection::ReasonMissing);
    }
    case.selected(&Selection::These(scopes_of(reasons))).map(|_| ())
}
