//! What the partner asks.

use super::{On, Rejection};
use crate::check::{Finding, FindingCode, check_evidence, check_slots};
use crate::claim::{ClaimedScope, Standing};
use crate::command::Selection;
use crate::document::{Evidence, MOST_EVIDENCE, Submission};
use crate::event::Event;
use crate::evidence::{Files, check_files};
use crate::field::Remark;
use crate::id::ScopeId;
use crate::notice::Recipient;
use crate::slot::Slots;

/// Submits the scopes that are in draft or were sent back. Findings that are errors stop it; others send the whole
/// claim to a reviewer, so that its customer gets one mail and not one per scope.
pub(super) fn submit(on: &On<'_>, findings: &[Finding], slots: &Slots) -> Result<Vec<Event>, Rejection> {
    let scopes = on.selected(&Selection::All)?;
    let errors: Vec<_> = findings.iter().filter(|finding| !finding.code.is_for_review()).cloned().collect();
    if !errors.is_empty() {
        return Err(Rejection::Findings(errors));
    }
    on.can_notify()?;
    let mut because: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    // What a reviewer asked, a reviewer reads; what only a bounced mail asked, the next mail answers.
    let mut asked = on.claim.scopes.iter().filter(|scope| scope.standing == Standing::ActionRequired);
    if asked.any(ClaimedScope::is_in_review) {
        because.push(FindingCode::AnswerToReview);
    }
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

/// Edits a claim while one of its scopes is in draft or was sent back. Scopes that others have decided on stay as they
/// are, and a claim that was submitted stays with its tenant and programme: its slots were entered there.
pub(super) fn edit(on: &On<'_>, submission: &Submission) -> Result<Vec<Event>, Rejection> {
    on.selected(&Selection::All)?;
    let (before, claim) = (on.claim.submission(), on.claim);
    if submission.document.partner_id != before.document.partner_id {
        return Err(Rejection::ForeignPartner);
    }
    // A claim of which nothing is in draft was submitted: a submit leaves no draft behind.
    if claim.scopes_in(Standing::Draft).is_empty() {
        let (old, new) = (&before.document, &submission.document);
        // A mail may still leave to the contacts of a scope that the customer is being asked about.
        let asked =
            [Standing::Notifying, Standing::AwaitingCustomer].map(|standing| claim.scopes_in(standing));
        let free = asked.iter().all(Vec::is_empty);
        let same = [
            ("customer_contact", free || old.customer_contact == new.customer_contact),
            ("second_contact", free || old.second_contact == new.second_contact),
            ("tenant_id", old.tenant_id == new.tenant_id),
            ("program", old.program == new.program),
            ("activity", old.activity == new.activity),
        ];
        if let Some((name, _)) = same.iter().find(|(_, same)| !same) {
            return Err(Rejection::Fixed(name));
        }
    }
    let mut decided = claim.scopes.iter().filter(|scope| !scope.can(on.name));
    if let Some(scope) = decided.find(|scope| !submission.scopes.contains(&scope.scope)) {
        return Err(on.refused(scope.standing));
    }
    let mut left_out = claim.scopes.iter().filter(|scope| !submission.scopes.contains(&scope.scope));
    // Added again, it would have a dispute again.
    if let Some(scope) = left_out.find(|scope| scope.notice > 0 || scope.disputed) {
        return Err(Rejection::Told(scope.id));
    }
    let added = submission.scopes.iter().filter(|scope| !before.scopes.contains(scope)).count();
    if usize::from(claim.next_scope) + added > usize::from(u8::MAX) {
        return Err(Rejection::ScopesExhausted);
    }
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

/// Disputes a rejection, with words and, where there are any, new proofs.
pub(super) fn dispute(
    on: &On<'_>,
    justification: &Remark,
    evidence: &[Evidence],
    files: &Files,
    slots: &Slots,
) -> Result<Vec<Event>, Rejection> {
    let disputed = on.claim.scopes.iter().any(|scope| scope.disputed);
    let mut scopes = on
        .selected(&Selection::All)
        .map_err(|refused| if disputed { Rejection::AlreadyDisputed } else { refused })?;
    let until = |id: &ScopeId| on.claim.scope(*id).and_then(|scope| scope.until).or(on.claim.dispute_until);
    scopes.retain(|id| until(id).is_none_or(|until| on.now < until));
    if let Some(until) = on.claim.dispute_until.filter(|_| scopes.is_empty()) {
        return Err(Rejection::TooLate(until));
    }
    // No reviewer could approve what the customer cannot be told of any more.
    on.can_notify()?;
    if on.claim.document.evidence.len() + evidence.len() > MOST_EVIDENCE {
        return Err(Rejection::TooMuchEvidence(MOST_EVIDENCE));
    }
    let locality = on.claim.locality();
    let mut findings = check_evidence(evidence, &locality, on.policy, on.now);
    findings.extend(check_files(evidence, &on.claim.document.partner_id, files, false));
    if !findings.is_empty() {
        return Err(Rejection::Findings(findings));
    }
    // What the partner claims elsewhere by now keeps nothing else from being disputed.
    let conflicts = |id: &ScopeId| check_slots(on.claim, &[*id], slots);
    let (fit, unfit): (Vec<_>, Vec<_>) = scopes.into_iter().partition(|id| conflicts(id).is_empty());
    if fit.is_empty() {
        return Err(Rejection::Findings(unfit.iter().flat_map(conflicts).collect()));
    }
    let (justification, evidence) = (justification.clone(), evidence.to_vec());
    let due = on.policy.review_target.end(on.now, &locality);
    Ok(vec![Event::Disputed { scopes: fit, justification, evidence, due }])
}

pub(super) fn disassociate(
    on: &On<'_>,
    scopes: &Selection,
    reason: &Remark,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Disassociated { scopes: on.selected(scopes)?, reason: reason.clone() }])
}
