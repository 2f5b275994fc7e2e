//! What is counted and logged of committed changes: once each, whoever made them.

use domain::{Change, Claim, ClaimedScope, Event};
use telemetry::Metric;

use crate::port::StoreError;

/// Counts what a commit came to, and logs each change: the line ties a claim to the invocation, whose ID an API's caller was
/// told.
pub(crate) fn commit(changes: &[Change], outcome: &Result<(), StoreError>) {
    match outcome {
        Ok(()) => changes.iter().for_each(|one| {
            log(one);
            change(one);
        }),
        Err(StoreError::Conflict) => telemetry::count(Metric::Conflicts, 1),
        Err(_) => {}
    }
}

fn log(change: &Change) {
    let (claim, by) = (&change.after, change.actor.kind);
    let happened: Vec<_> = change.events.iter().map(Event::name).collect();
    tracing::info!(claim_id = %claim.id, version = claim.version, status = %claim.status(), ?by, happened = happened.join(" "), "claim changed");
}

fn change(change: &Change) {
    if let Some(metric) = submission(&change.events) {
        telemetry::count(metric, 1);
    }
    for event in &change.events {
        match event {
            Event::CustomerTold { .. } => telemetry::count(Metric::NoticesSent, 1),
            Event::BecameOfficial { scopes, by_acceptance: true, .. } => {
                telemetry::count(Metric::Acceptances, scopes.len());
            }
            Event::BecameOfficial { scopes, .. } => {
                telemetry::count(Metric::Promotions, scopes.len());
                let first = scopes.first().and_then(|scope| change.before.as_ref()?.scope(*scope));
                if let Some(deadline) = first.and_then(|scope| deadline(change.before.as_ref()?, scope)) {
                    telemetry::record(Metric::PromotionLateness, change.at - deadline);
                }
            }
            Event::Declined { scopes, .. } => telemetry::count(Metric::Declines, scopes.len()),
            Event::MailBounced { .. } => telemetry::count(Metric::Bounces, 1),
            Event::Rejected { .. } | Event::RejectedFinal { .. } => telemetry::count(Metric::Rejections, 1),
            _ => {}
        }
    }
}

/// Where a submission went, if the events are of one.
fn submission(events: &[Event]) -> Option<Metric> {
    let submitted = events.iter().any(|event| matches!(event, Event::Submitted));
    let approved = events.iter().any(|event| matches!(event, Event::Approved { .. }));
    match (submitted, approved) {
        (false, _) => None,
        (true, true) => Some(Metric::SubmissionsApproved),
        (true, false) => Some(Metric::SubmissionsToReview),
    }
}

fn deadline(claim: &Claim, scope: &ClaimedScope) -> Option<chrono::DateTime<chrono::Utc>> {
    claim.notice_of(scope)?.deadline
}
