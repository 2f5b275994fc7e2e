//! The state machine: which command applies to which standing.

use crate::claim::standing::Standing;
use crate::value::field::codes;

codes! {
    /// The name of a command, for the table below and for messages.
    CommandName {
        /// [`crate::Command::Submit`].
        Submit = "submit",
        /// [`crate::Command::Edit`].
        Edit = "edit",
        /// [`crate::Command::Withdraw`].
        Withdraw = "withdraw",
        /// [`crate::Command::Dispute`].
        Dispute = "dispute",
        /// [`crate::Command::Disassociate`].
        Disassociate = "disassociate",
        /// [`crate::Command::Comment`].
        Comment = "comment",
        /// [`crate::Command::Approve`].
        Approve = "approve",
        /// [`crate::Command::RequestInformation`].
        RequestInformation = "request_information",
        /// [`crate::Command::Reject`].
        Reject = "reject",
        /// [`crate::Command::Lapse`].
        Lapse = "lapse",
        /// [`crate::Command::HoldNotice`].
        HoldNotice = "hold_notice",
        /// [`crate::Command::PrepareNotice`].
        PrepareNotice = "prepare_notice",
        /// [`crate::Command::CustomerTold`].
        CustomerTold = "customer_told",
        /// [`crate::Command::Remind`].
        Remind = "remind",
        /// [`crate::Command::MailFailed`].
        MailFailed = "mail_failed",
        /// [`crate::Command::MailReported`].
        MailReported = "mail_reported",
        /// [`crate::Command::Accept`].
        Accept = "accept",
        /// [`crate::Command::Decline`].
        Decline = "decline",
        /// [`crate::Command::Undo`].
        Undo = "undo",
        /// [`crate::Command::Promote`].
        Promote = "promote",
        /// [`crate::Command::Supersede`].
        Supersede = "supersede",
        /// [`crate::Command::Expire`].
        Expire = "expire",
    }
}

impl CommandName {
    /// The standings of a scope to which the command applies: the state machine, as one table.
    ///
    /// A decline applies to some of its standings only once a link has left; [`crate::ClaimedScope::can`] says so.
    pub const fn applies_to(self) -> &'static [Standing] {
        use Standing as S;
        match self {
            Self::Submit | Self::Edit => &[S::Draft, S::ActionRequired],
            Self::Withdraw => &[
                S::Draft,
                S::Submitted,
                S::UnderReview,
                S::ActionRequired,
                S::Notifying,
                S::AwaitingCustomer,
                S::Disputed,
            ],
            Self::Dispute => &[S::Rejected],
            Self::Disassociate | Self::Supersede => &[S::Official],
            Self::Comment => Standing::ALL,
            Self::Approve | Self::RequestInformation | Self::Reject => {
                &[S::Submitted, S::UnderReview, S::Disputed]
            }
            Self::Lapse => &[S::ActionRequired],
            Self::HoldNotice | Self::PrepareNotice | Self::CustomerTold => &[S::Notifying],
            Self::MailFailed => &[S::Notifying, S::AwaitingCustomer],
            // Nowhere else, which is why a no wins: the scope has left, and a promotion that comes later finds nothing to do.
            Self::Remind | Self::Promote => &[S::AwaitingCustomer],
            Self::MailReported => &[S::Notifying, S::AwaitingCustomer, S::Official],
            Self::Accept => &[S::Notifying, S::AwaitingCustomer],
            // Wherever the claim has gone since the customer was told: back to the partner after a bounced mail, or to a
            // reviewer because another partner came first.
            Self::Decline => &[
                S::Submitted,
                S::UnderReview,
                S::ActionRequired,
                S::Notifying,
                S::AwaitingCustomer,
                S::Official,
                S::Disputed,
            ],
            Self::Undo => &[S::Declined],
            Self::Expire => &[
                S::Submitted,
                S::UnderReview,
                S::ActionRequired,
                S::Notifying,
                S::AwaitingCustomer,
                S::Official,
                S::Disputed,
            ],
        }
    }
}
