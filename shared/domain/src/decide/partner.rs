//! What the partner asks.
//!
//! - One finding that needs a reviewer sends the whole claim there: the customer gets one mail, not one per scope.
//! - `submitted` does not last: the automatic rules decide in the same step, and a claim that needs a reviewer is `under_review` at
//!   once.
//! - What an edit adds enters its slot when it is submitted, after the same checks as at first. Added and never submitted, it is
//!   withdrawn, not rejected, when the time to answer is over: a dispute would bring it before a reviewer unchecked.
//! - A claim stays with its partner: it would leave the sight of who edits it, under a name that nobody has checked.

use crate::claim::event::Event;
use crate::claim::finding::FindingCode;
use crate::claim::scope::ClaimedScope;
use crate::claim::standing::Standing;
use crate::claim::submission::{Evidence, MOST_EVIDENCE, Submission};
use crate::decide::case::Case;
use crate::decide::check::{check_claim, check_evidence, check_files, check_slots};
use crate::decide::command::Selection;
use crate::decide::rejection::{DecideError, Rejection};
use crate::decide::review::approved;
use crate::value::field::Remark;
use crate::value::id::ScopeId;

/// Submits the scopes that are in draft or were sent back. Findings that are errors stop it; others send the whole
/// claim to a reviewer, so that its customer gets one mail and not one per scope.
pub(super) fn submit(case: &Case<'_>) -> Result<Vec<Event>, DecideError> {
    let scopes = case.selected(&Selection::All)?;
    let findings = check_claim(case.claim, case.context, case.policy, case.now)?;
    let errors: Vec<_> = findings.iter().filter(|finding| !finding.code.is_for_review()).cloned().collect();
    if !errors.is_empty() {
        return Err(Rejection::Findings(errors).into());
    }
    let notice = case.next_notice()?;
    let mut because: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    // What a reviewer asked, a reviewer reads; what only a bounced mail asked, the next mail answers.
    let mut asked = case.claim.scopes.iter().filter(|scope| scope.standing() == Standing::ActionRequired);
    if asked.any(ClaimedScope::is_in_review) {
        because.push(FindingCode::AnswerToReview);
    }
    because.sort_unstable();
    because.dedup();
    let next = if because.is_empty() {
        approved(case, scopes, notice)?
    } else {
        let due = case.policy.review_target.end(case.now, &case.claim.locality());
        Event::ReviewOpened { scopes, because, due }
    };
    Ok(vec![Event::Submitted, next])
}

/// Edits a claim while one of its scopes is in draft or was sent back. Scopes that others have decided on stay as they
/// are, and a claim that was submitted stays with its tenant and programme: its slots were entered there.
pub(super) fn edit(case: &Case<'_>, submission: &Submission) -> Result<Vec<Event>, Rejection> {
    case.selected(&Selection::All)?;
    let (before, claim) = (case.claim.submission(), case.claim);
    if submission.details.partner_id != before.details.partner_id {
        return Err(Rejection::ForeignPartner);
    }
    // A claim of which nothing is in draft was submitted: a submit leaves no draft behind.
    if claim.scopes_in(Standing::Draft).is_empty() {
        let (old, new) = (&before.details, &submission.details);
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
    let mut decided = claim.scopes.iter().filter(|scope| !scope.can(case.name));
    if let Some(scope) = decided.find(|scope| !submission.scopes.contains(&scope.scope)) {
        return Err(case.refused(scope.standing()));
    }
    let mut left_out = claim.scopes.iter().filter(|scope| !submission.scopes.contains(&scope.scope));
    // Added again, it would have a dispute again.
    if let Some(scope) = left_out.find(|scope| scope.notice.is_some() || scope.disputed) {
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
    case: &Case<'_>,
    scopes: &Selection,
    reason: Option<Remark>,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Withdrawn { scopes: case.selected(scopes)?, reason }])
}

/// Disputes a rejection, with words and, where there are any, new proofs.
pub(super) fn dispute(
    case: &Case<'_>,
    justification: &Remark,
    evidence: &[Evidence],
) -> Result<Vec<Event>, DecideError> {
    let disputed = case.claim.scopes.iter().any(|scope| scope.disputed);
    let mut scopes = case
        .selected(&Selection::All)
        .map_err(|refused| if disputed { Rejection::AlreadyDisputed } else { refused })?;
    let until = |id: &ScopeId| case.claim.scope(*id).and_then(ClaimedScope::dispute_until);
    scopes.retain(|id| until(id).is_none_or(|until| case.now < until));
    if let Some(until) = case.claim.dispute_until().filter(|_| scopes.is_empty()) {
        return Err(Rejection::TooLate(until).into());
    }
    // No reviewer could approve what the customer cannot be told of any more.
    case.next_notice()?;
    if case.claim.details.evidence.len() + evidence.len() > MOST_EVIDENCE {
        return Err(Rejection::TooMuchEvidence(MOST_EVIDENCE).into());
    }
    let locality = case.claim.locality();
    let mut findings = check_evidence(evidence, &locality, case.policy, case.now);
    findings.extend(check_files(evidence, &case.claim.details.partner_id, case.context, false)?);
    if !findings.is_empty() {
        return Err(Rejection::Findings(findings).into());
    }
    // What the partner claims elsewhere by now keeps nothing else from being disputed.
    let (mut fit, mut conflicts) = (Vec::new(), Vec::new());
    for id in scopes {
        let found = check_slots(case.claim, &[id], case.context)?;
        if found.is_empty() {
            fit.push(id);
        }
        conflicts.extend(found);
    }
    if fit.is_empty() {
        return Err(Rejection::Findings(conflicts).into());
    }
    let (justification, evidence) = (justification.clone(), evidence.to_vec());
    let due = case.policy.review_target.end(case.now, &locality);
    Ok(vec![Event::Disputed { scopes: fit, justification, evidence, due }])
}

pub(super) fn disassociate(
    case: &Case<'_>,
    scopes: &Selection,
    reason: &Remark,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Disassociated { scopes: case.selected(scopes)?, reason: reason.clone() }])
}
