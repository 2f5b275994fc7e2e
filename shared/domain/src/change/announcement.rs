//! What other systems are told of a change: its kind and the names of what happened, and nothing about people.

use std::collections::BTreeSet;

use crate::claim::event::Event;
use crate::value::field::codes;

codes! {
    /// What an accepted change amounts to, for systems that follow claims. Its code is an event's `detail-type`.
    Announcement {
        /// The partner submitted a claim, for the first time or again; the automatic rules may have approved it at once.
        ClaimSubmitted = "Claim Submitted",
        /// The vendor approved, refused, or asked for information; or time did for want of an answer.
        ClaimDecided = "Claim Decided",
        /// The partner disputes a refusal.
        ClaimDisputed = "Claim Disputed",
        /// The customer was told, and its window runs.
        CustomerNotified = "Customer Notified",
        /// The partner became partner of record.
        AssociationOfficial = "Association Official",
        /// The customer said no, before or after the association was official.
        ClaimDeclined = "Claim Declined",
        /// The customer took its no back.
        DeclineUndone = "Decline Undone",
        /// Withdrawn, ended by the partner, superseded, or its subscription ended.
        ClaimEnded = "Claim Ended",
        /// Anything else that the history shows: a draft made, an edit, a comment, a mail that came back, a review opened.
        ClaimChanged = "Claim Changed",
    }
}

/// How an accepted change is announced, by the most telling of what happened; `None` when there is nothing to tell.
pub fn announcement(events: &[Event]) -> Option<Announcement> {
    // What ends a wait comes before what begins one: a claim submitted and approved at once is a submission.
    const TELLING: [Announcement; 9] = [
        Announcement::AssociationOfficial,
        Announcement::ClaimDeclined,
        Announcement::DeclineUndone,
        Announcement::ClaimEnded,
        Announcement::ClaimSubmitted,
        Announcement::ClaimDisputed,
        Announcement::ClaimDecided,
        Announcement::CustomerNotified,
        Announcement::ClaimChanged,
    ];
    let found: BTreeSet<_> = events.iter().filter(|event| event.is_recorded()).map(of).collect();
    TELLING.into_iter().find(|one| found.contains(one))
}

/// The names of what happened, each once: what is told beside the announcement.
pub fn happened(events: &[Event]) -> BTreeSet<&'static str> {
    events.iter().filter(|event| event.is_recorded()).map(Event::name).collect()
}

const fn of(event: &Event) -> Announcement {
    match event {
        Event::Submitted => Announcement::ClaimSubmitted,
        Event::Approved { .. }
        | Event::InformationRequested { .. }
        | Event::Rejected { .. }
        | Event::RejectedFinal { .. } => Announcement::ClaimDecided,
        Event::Disputed { .. } => Announcement::ClaimDisputed,
        Event::CustomerTold { .. } => Announcement::CustomerNotified,
        Event::BecameOfficial { .. } => Announcement::AssociationOfficial,
        Event::Declined { .. } => Announcement::ClaimDeclined,
        Event::DeclineUndone { .. } => Announcement::DeclineUndone,
        Event::Withdrawn { .. }
        | Event::Disassociated { .. }
        | Event::Superseded { .. }
        | Event::Expired { .. } => Announcement::ClaimEnded,
        Event::Created
        | Event::ReviewOpened { .. }
        | Event::Edited { .. }
        | Event::Commented { .. }
        | Event::NoticePrepared { .. }
        | Event::Reminded { .. }
        | Event::MailFailed { .. }
        | Event::MailReported { .. }
        | Event::MailBounced { .. } => Announcement::ClaimChanged,
    }
}
