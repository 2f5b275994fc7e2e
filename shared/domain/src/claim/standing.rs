//! Where a scope of a claim is in its life.

use crate::value::field::codes;

codes! {
    /// Where a scope is in its life; a claim's status is one of these too, derived by [`crate::Claim::status`].
    Standing {
        /// Being prepared; proof of execution may be missing.
        Draft = "draft",
        /// Waits for the vendor's validation.
        Submitted = "submitted",
        /// A reviewer looks at the evidence, or at a conflict with another partner.
        UnderReview = "under_review",
        /// The vendor asked for information.
        ActionRequired = "action_required",
        /// Approved by the vendor; the notice to the customer is on its way.
        Notifying = "notifying",
        /// The customer was told; the clock runs.
        AwaitingCustomer = "awaiting_customer",
        /// Partner of record.
        Official = "official",
        /// The customer said no.
        Declined = "declined",
        /// Refused; may be disputed once.
        Rejected = "rejected",
        /// The partner disputes the refusal.
        Disputed = "disputed",
        /// Refused for good.
        RejectedFinal = "rejected_final",
        /// Taken back by the partner before it was official.
        Withdrawn = "withdrawn",
        /// Ended by the partner after it was official.
        Disassociated = "disassociated",
        /// Another partner became partner of record.
        Superseded = "superseded",
        /// The subscription ended.
        Expired = "expired",
    }
}

impl Standing {
    /// Whether nothing more happens by itself, and the scope's slot is free of it.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Declined
            | Self::Rejected
            | Self::RejectedFinal
            | Self::Withdrawn
            | Self::Disassociated
            | Self::Superseded
            | Self::Expired => true,
            Self::Draft
            | Self::Submitted
            | Self::UnderReview
            | Self::ActionRequired
            | Self::Notifying
            | Self::AwaitingCustomer
            | Self::Official
            | Self::Disputed => false,
        }
    }

    /// Which standing speaks for a claim whose scopes differ: the one that most needs somebody comes first.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::ActionRequired => 1,
            Self::UnderReview => 2,
            Self::Disputed => 3,
            Self::Submitted => 4,
            Self::Notifying => 5,
            Self::AwaitingCustomer => 6,
            Self::Official => 7,
            Self::Rejected => 8,
            Self::Declined => 9,
            Self::Superseded => 10,
            Self::Expired => 11,
            Self::Disassociated => 12,
            Self::RejectedFinal => 13,
            Self::Withdrawn => 14,
        }
    }
}
