//! What the customer says, and what its silence means.
//!
//! - A no counts through any link that ever left. A yes counts only through the latest notice's, because an earlier one may have
//!   gone to somebody whom the partner has since corrected.
//! - A no is taken back by the link that gave it, or through the link of the tenant's own notice address: the partner names the
//!   contact, and a contact of its choice must not undo what somebody else at the customer said. A no that came before the contact
//!   was told leads back to the notice, not to the window.
//! - Against silence a no wins: only a scope that awaits the customer is promoted, on the version that was read, so that whoever
//!   comes second decides again on what the first has made of the claim.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::claim::Claim;
use crate::claim::event::Event;
use crate::claim::finding::FindingCode;
use crate::claim::notice::{Addressee, Notice, NoticeNumber, Recipient};
use crate::claim::scope::{ClaimedScope, State};
use crate::decide::case::Case;
use crate::decide::check::no_longer_holds;
use crate::decide::command::Selection;
use crate::decide::context::Unread;
use crate::decide::mail::undelivered;
use crate::decide::rejection::{DecideError, Rejection};
use crate::value::field::Remark;
use crate::value::id::{AssociationId, ScopeId};

/// A no, at any time. Any link that ever left may carry it.
pub(super) fn decline(
    case: &Case<'_>,
    by: Addressee,
    scopes: &Selection,
    reason: Option<Remark>,
) -> Result<Vec<Event>, Rejection> {
    Ok(vec![Event::Declined { scopes: case.chosen(scopes)?, by: Some(by), reason }])
}

/// A yes: official at once. Only the latest link can carry it, because an earlier one may have gone to somebody whom
/// the partner has since corrected.
pub(super) fn accept(
    case: &Case<'_>,
    notice: NoticeNumber,
    scopes: &Selection,
) -> Result<Vec<Event>, DecideError> {
    let scopes = of_notice(case, notice, case.chosen(scopes)?)?;
    Ok(take(case, &scopes, true)?)
}

/// A scope that was declined, with the window that it would go back to.
struct Declined<'a> {
    scope: &'a ClaimedScope,
    reviewed: bool,
    number: NoticeNumber,
    notice: &'a Notice,
    deadline: DateTime<Utc>,
}

impl<'a> Declined<'a> {
    fn of(claim: &'a Claim, id: ScopeId) -> Option<Self> {
        let scope = claim.scope(id)?;
        let State::Declined { reviewed, .. } = scope.state else { return None };
        let number = scope.notice?;
        let notice = claim.notice(number)?;
        Some(Self { scope, reviewed, number, notice, deadline: notice.deadline? })
    }
}

fn ids(declined: &[Declined<'_>]) -> Vec<ScopeId> {
    declined.iter().map(|declined| declined.scope.id).collect()
}

/// A no taken back, while the window that it fell into is open, by who gave it or the tenant's own notice address.
pub(super) fn undo(case: &Case<'_>, by: Addressee, scopes: &Selection) -> Result<Vec<Event>, Rejection> {
    let declined = case.chosen(scopes)?.into_iter().filter_map(|id| Declined::of(case.claim, id));
    let own: Vec<_> = declined.filter(|declined| declined.scope.lets_undo(by)).collect();
    let last = own.iter().map(|declined| declined.deadline).max().ok_or(Rejection::OtherLink)?;
    let open: Vec<_> = own.into_iter().filter(|declined| case.now < declined.deadline).collect();
    if open.is_empty() {
        return Err(Rejection::TooLate(last));
    }
    let mut events = vec![Event::DeclineUndone { scopes: ids(&open) }];
    // Contacts that were named since were never asked, and mails would go to them.
    let (reviewed, told): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|declined| declined.reviewed || declined.notice.outdated);
    if !reviewed.is_empty() {
        let due = case.policy.review_target.end(case.now, &case.claim.locality());
        let because = vec![FindingCode::AnswerToReview];
        events.push(Event::ReviewOpened { scopes: ids(&reviewed), because, due });
    }
    // Should the mail to the contact have come back meanwhile, silence must not count: as for any bounce, the contact has
    // to be reached first. Where the second contact has been tried for one of them, the partner is asked.
    let bounced: Vec<_> = told.into_iter().filter(|declined| declined.notice.mail.is_undelivered()).collect();
    let tried = bounced.iter().find(|declined| declined.notice.to != Recipient::CustomerContact);
    if let Some(one) = tried.or(bounced.first()) {
        events.extend(undelivered(case, one.number, one.notice.to, ids(&bounced)));
    }
    Ok(events)
}

/// Silence until the deadline. Early, late, repeated, for an older notice or after a no, there is nothing to do.
pub(super) fn promote(case: &Case<'_>, notice: NoticeNumber) -> Result<Vec<Event>, DecideError> {
    let over = case.claim.notice(notice).and_then(|notice| notice.deadline).is_some_and(|d| case.now >= d);
    let silent =
        case.claim.scopes.iter().filter(|scope| scope.notice == Some(notice) && scope.can(case.name));
    let silent: Vec<_> = silent.map(|scope| scope.id).collect();
    if !over || silent.is_empty() {
        return Ok(Vec::new());
    }
    Ok(take(case, &silent, false)?)
}

/// Makes scopes official whose slots are free, or held by whom the approval said, and for which all still holds that was
/// checked. Where another partner has come to hold the slot meanwhile, nobody has compared the evidence; where the partner is
/// enrolled no more, or the tenant has not the scope any more, nobody has decided on that: a reviewer does.
fn take(case: &Case<'_>, scopes: &[ScopeId], by_acceptance: bool) -> Result<Vec<Event>, Unread> {
    let mut superseding: BTreeMap<ScopeId, AssociationId> = BTreeMap::new();
    let (mut taken, mut reviewed) = (Vec::new(), BTreeMap::<Vec<FindingCode>, Vec<ScopeId>>::new());
    for scope in scopes.iter().filter_map(|id| case.claim.scope(*id)) {
        let mut because = no_longer_holds(case.claim, scope, case.context)?;
        match case.context.slot(&scope.scope)?.holder.as_ref().map(|holder| holder.association.clone()) {
            None => {}
            Some(holder) if scope.incumbent() == Some(&holder) => {
                superseding.insert(scope.id, holder);
            }
            Some(_) => because.push(FindingCode::CompetingClaim),
        }
        if because.is_empty() {
            taken.push(scope.id);
        } else {
            superseding.remove(&scope.id);
            reviewed.entry(because).or_default().push(scope.id);
        }
    }
    let mut events = Vec::new();
    if !taken.is_empty() {
        events.push(Event::BecameOfficial { scopes: taken, by_acceptance, superseding });
    }
    let due = case.policy.review_target.end(case.now, &case.claim.locality());
    events.extend(reviewed.into_iter().map(|(because, scopes)| Event::ReviewOpened { scopes, because, due }));
    Ok(events)
}

/// Those of the scopes that the notice is the current one of.
fn of_notice(case: &Case<'_>, notice: NoticeNumber, scopes: Vec<ScopeId>) -> Result<Vec<ScopeId>, Rejection> {
    let current = |scope: &ClaimedScope| scope.notice == Some(notice);
    let scopes: Vec<_> = scopes.into_iter().filter(|id| case.claim.scope(*id).is_some_and(current)).collect();
    if scopes.is_empty() { Err(Rejection::OtherLink) } else { Ok(scopes) }
}
