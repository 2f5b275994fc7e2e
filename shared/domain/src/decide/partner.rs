//! What the partner asks.

use super::{On, Rejection};
use crate::check::Finding;
use crate::claim::{Recipient, Standing};
use crate::command::Selection;
use crate::document::Submission;
use crate::event::Event;
use crate::field::Remark;
use crate::slot::Slots;

/// Submits the scopes that are in draft or were sent back. Findings that are errors stop it; others send the whole
/// claim to a reviewer, so that its customer gets one mail and not one per scope.
pub(super) fn submit(on: &On<'_>, findings: &[Finding], slots: &Slots) -> Result<Vec<Event>, Rejection> {
    let scopes = on.selected(&Selection::All)?;
    let errors: Vec<_> = findings.iter().filter(|finding| !finding.code.is_for_review()).cloned().collect();
    if !errors.is_empty() {
        return Err(Rejection::Findings(errors));
    }
    if on.claim.latest_notice() >= on.policy.most_notices {
        return Err(Rejection::NoticesExhausted(on.policy.most_notices));
    }
    let mut because: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    because.sort_unstable();
    because.dedup();
    let next = if because.is_empty() {
        super::review::approved(on, scopes, Recipient::CustomerContact, slots)
    } else {
        let due = on.policy.review_target.end(on.now, &on.claim.locality());
        Event::ReviewOpened { scopes, because, due }
    };
    Ok(vec![Event::Submitted, next])
}

/// Edits a claim of which every scope can be edited: an edit of what others have decided on would undo their decision.
pub(super) fn edit(on: &On<'_>, submission: &Submission) -> Result<Vec<Event>, Rejection> {
    if let Some(scope) = on.claim.scopes.iter().find(|scope| !on.applies(scope.standing)) {
        return Err(on.refused(scope.standing));
    }
    if submission.document.partner_id != on.claim.document.partner_id {
        return Err(Rejection::ForeignPartner);
    }
    let before = on.claim.submission();
    let mut now = submission.clone();
    now.draft = before.draft;
    if before == now {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Edited { before: Box::new(before), now: Box::new(now) }])
}

pub(super) fn withdraw(
    on: &On<'_>,
    scopes: &Selection,
    reason: Option<Remark>,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Withdrawn { scopes: on.selected(scopes)?, reason }])
}

pub(super) fn dispute(on: &On<'_>, justification: &Remark) -> Result<Vec<Event>, Rejection> {
    let scopes = on.selected(&Selection::All)?;
    if on.claim.disputed {
        return Err(Rejection::AlreadyDisputed);
    }
    if let Some(until) = on.claim.dispute_until.filter(|until| on.now >= *until) {
        return Err(Rejection::TooLate(until));
    }
    debug_assert!(
        scopes.iter().all(|id| on.claim.scope(*id).is_some_and(|s| s.standing == Standing::Rejected))
    );
    let due = on.policy.review_target.end(on.now, &on.claim.locality());
    Ok(vec![Event::Disputed { scopes, justification: justification.clone(), due }])
}

pub(super) fn disassociate(
    on: &On<'_>,
    scopes: &Selection,
    reason: &Remark,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Disassociated { scopes: on.selected(scopes)?, reason: reason.clone() }])
}
