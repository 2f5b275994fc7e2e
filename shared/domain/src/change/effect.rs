//! What has to be done outside once a change is stored.

use chrono::{DateTime, Utc};

use crate::claim::event::Event;
use crate::claim::notice::NoticeNumber;
use crate::claim::reason::scopes_of;
use crate::value::field::{Remark, codes};
use crate::value::id::{AssociationId, ScopeId};

/// Something to be done outside, at least once, after the change is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the customer a notice, and set the timers of its window.
    NotifyCustomer {
        /// The notice's number.
        notice: NoticeNumber,
    },
    /// Let the customer's time run again after a no that was taken back: set the timers of the windows that scopes wait in,
    /// and send the notice of those whose no came before it had left.
    AwaitCustomer {
        /// Which scopes.
        scopes: Vec<ScopeId>,
    },
    /// Set the timer of the partner's answer.
    AwaitPartner {
        /// When it lapses.
        due: DateTime<Utc>,
    },
    /// Tell the partner by mail.
    TellPartner {
        /// About what.
        about: PartnerNews,
        /// Which scopes it is about.
        scopes: Vec<ScopeId>,
        /// Words of the one who caused it.
        remark: Option<Remark>,
    },
    /// Tell the partner of record that another partner's claim to its scope was approved.
    TellIncumbent {
        /// Its association.
        association: AssociationId,
    },
}

codes! {
    /// What partners are told of.
    PartnerNews {
        /// A reviewer looks at the claim.
        UnderReview = "under_review",
        /// The customer was told; the window runs.
        NoticeSent = "notice_sent",
        /// The association is official.
        Official = "official",
        /// The customer said no.
        Declined = "declined",
        /// The customer took its no back.
        DeclineUndone = "decline_undone",
        /// The vendor needs information.
        ActionRequired = "action_required",
        /// The vendor refused.
        Rejected = "rejected",
        /// The vendor refused for good.
        RejectedFinal = "rejected_final",
        /// Another partner became partner of record.
        Superseded = "superseded",
        /// The subscription ended.
        Expired = "expired",
        /// The partner withdrew.
        Withdrawn = "withdrawn",
        /// The partner ended the association.
        Disassociated = "disassociated",
    }
}

/// What follows from an event of a claim, which is as it is now.
pub fn effects(event: &Event) -> Vec<Effect> {
    let tell = |about, scopes: &[ScopeId], remark: Option<&Remark>| Effect::TellPartner {
        about,
        scopes: scopes.to_vec(),
        remark: remark.cloned(),
    };
    match event {
        Event::ReviewOpened { scopes, .. } => vec![tell(PartnerNews::UnderReview, scopes, None)],
        Event::Approved { notice, incumbents, .. } => {
            let mut effects = vec![Effect::NotifyCustomer { notice: *notice }];
            let told = incumbents.values().cloned();
            effects.extend(told.map(|association| Effect::TellIncumbent { association }));
            effects
        }
        Event::InformationRequested { reasons, due } => {
            vec![
                Effect::AwaitPartner { due: *due },
                tell(PartnerNews::ActionRequired, &scopes_of(reasons), None),
            ]
        }
        Event::Rejected { reasons, .. } => vec![tell(PartnerNews::Rejected, &scopes_of(reasons), None)],
        Event::RejectedFinal { reasons } => vec![tell(PartnerNews::RejectedFinal, &scopes_of(reasons), None)],
        Event::CustomerTold { scopes, .. } => vec![tell(PartnerNews::NoticeSent, scopes, None)],
        Event::BecameOfficial { scopes, .. } => vec![tell(PartnerNews::Official, scopes, None)],
        Event::Declined { scopes, reason, .. } => vec![tell(PartnerNews::Declined, scopes, reason.as_ref())],
        Event::DeclineUndone { scopes } => {
            vec![
                Effect::AwaitCustomer { scopes: scopes.clone() },
                tell(PartnerNews::DeclineUndone, scopes, None),
            ]
        }
        Event::Superseded { scopes, .. } => vec![tell(PartnerNews::Superseded, scopes, None)],
        Event::Expired { scopes } => vec![tell(PartnerNews::Expired, scopes, None)],
        Event::Withdrawn { scopes, reason } => vec![tell(PartnerNews::Withdrawn, scopes, reason.as_ref())],
        Event::Disassociated { scopes, reason } => {
            vec![tell(PartnerNews::Disassociated, scopes, Some(reason))]
        }
        Event::Created
        | Event::Submitted
        | Event::Disputed { .. }
        | Event::Edited { .. }
        | Event::Commented { .. }
        | Event::NoticePrepared { .. }
        | Event::Reminded { .. }
        | Event::MailFailed { .. }
        | Event::MailReported { .. }
        | Event::MailBounced { .. } => Vec::new(),
    }
}
