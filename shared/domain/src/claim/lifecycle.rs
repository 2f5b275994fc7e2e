//! The state machine: which command applies to which standing.

use crate::claim::standing::Standing;
use crate::value::field::codes;

codes! {
    /// The name of a command, for the table below and for messages.
    CommandName {
        /// [`Command::Submit`].
        Submit = "submit",
        /// [`Command::Edit`].
        Edit = "edit",
        /// [`Command::Withdraw`].
        Withdraw = "withdraw",
        /// [`Command::Dispute`].
        Dispute = "dispute",
        /// [`Command::Disassociate`].
        Disassociate = "disassociate",
        /// [`Command::Comment`].
        Comment = "comment",
        /// [`Command::Approve`].
        Approve = "approve",
        /// [`Command::RequestInformation`].
        RequestInformation = "request_information",
        /// [`Command::Reject`].
        Reject = "reject",
        /// [`Command::Lapse`].
        Lapse = "lapse",
        /// [`Command::HoldNotice`].
        HoldNotice = "hold_notice",
        /// [`Command::PrepareNotice`].
        PrepareNotice = "prepare_notice",
        /// [`Command::CustomerTold`].
        CustomerTold = "customer_told",
        /// [`Command::Remind`].
        Remind = "remind",
        /// [`Command::MailFailed`].
        MailFailed = "mail_failed",
        /// [`Command::MailReported`].
        MailReported = "mail_reported",
        /// [`Command::Accept`].
        Accept = "accept",
        /// [`Command::Decline`].
        Decline = "decline",
        /// [`Command::Undo`].
        Undo = "undo",
        /// [`Command::Promote`].
        Promote = "promote",
        /// [`Command::Supersede`].
        Supersede = "supersede",
        /// [`Command::Expire`].
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
