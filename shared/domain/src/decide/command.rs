//! What can be asked of a claim. A command carries what somebody wants, never what was read: it says what it needs, and
//! deciding reads that from the [`Context`](crate::decide::context::Context).

use crate::claim::Claim;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::{Addressee, Link, MailState, NoticeNumber, Recipient};
use crate::claim::reason::ScopeReason;
use crate::claim::submission::{Evidence, Submission};
use crate::decide::context::Needs;
use crate::value::field::Remark;
use crate::value::id::{ClaimId, ScopeId};

/// Something asked of a claim.
#[derive(Debug, Clone)]
pub enum Command {
    /// The partner submits a draft, or answers a request for information.
    Submit,
    /// The partner edits.
    Edit {
        /// The claim as it shall be.
        submission: Box<Submission>,
    },
    /// The partner takes scopes back before they are official.
    Withdraw {
        /// Which.
        scopes: Selection,
        /// Why.
        reason: Option<Remark>,
    },
    /// The partner disputes a rejection.
    Dispute {
        /// Why it was wrong.
        justification: Remark,
        /// New proofs, beside those of the claim.
        evidence: Vec<Evidence>,
    },
    /// The partner ends its association.
    Disassociate {
        /// Which scopes.
        scopes: Selection,
        /// Why.
        reason: Remark,
    },
    /// The partner or a reviewer comments.
    Comment {
        /// The words.
        text: Remark,
    },
    /// A reviewer approves.
    Approve {
        /// Which scopes.
        scopes: Selection,
    },
    /// A reviewer asks for information.
    RequestInformation {
        /// What, per scope.
        reasons: Vec<ScopeReason>,
    },
    /// A reviewer rejects.
    Reject {
        /// Why, per scope.
        reasons: Vec<ScopeReason>,
    },
    /// The partner's time to answer a request for information may have ended.
    Lapse,
    /// The notice is not to be sent before a reviewer has looked: the partner has written to this contact too often today.
    HoldNotice {
        /// Its number.
        notice: NoticeNumber,
    },
    /// The notice is about to be sent.
    PrepareNotice {
        /// Its number.
        notice: NoticeNumber,
        /// The links about to leave.
        links: Vec<Link>,
    },
    /// The mail service accepted the notice.
    CustomerTold {
        /// Its number.
        notice: NoticeNumber,
    },
    /// The customer is about to be reminded.
    Remind {
        /// The notice it is reminded of.
        notice: NoticeNumber,
        /// The links about to leave.
        links: Vec<Link>,
    },
    /// Mails of a notice, or of its reminder, certainly did not leave; they may be tried again.
    MailFailed {
        /// The notice.
        notice: NoticeNumber,
        /// The links in them.
        links: Vec<Link>,
    },
    /// The mail service says what became of a mail.
    MailReported {
        /// The notice that the mail carried.
        notice: NoticeNumber,
        /// To whom.
        to: Recipient,
        /// What became of it.
        mail: MailState,
    },
    /// The customer agrees, without waiting for the deadline.
    Accept {
        /// The notice whose link was used.
        notice: NoticeNumber,
        /// Which scopes.
        scopes: Selection,
    },
    /// The customer says no.
    Decline {
        /// Whose link was used.
        by: Addressee,
        /// To which scopes.
        scopes: Selection,
        /// Why, if it says.
        reason: Option<Remark>,
    },
    /// The customer takes its no back.
    Undo {
        /// Whose link was used.
        by: Addressee,
        /// For which scopes.
        scopes: Selection,
    },
    /// The customer's window may have ended in silence.
    Promote {
        /// The notice whose window it is.
        notice: NoticeNumber,
    },
    /// Another claim becomes official for these scopes.
    Supersede {
        /// Which scopes.
        scopes: Vec<ScopeId>,
        /// The claim that becomes official.
        by: ClaimId,
    },
    /// The subscription of these scopes has ended.
    Expire {
        /// Which scopes.
        scopes: Vec<ScopeId>,
    },
}

/// Which scopes of a claim a command is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All that the command can apply to.
    All,
    /// These; each must be one that the command can apply to.
    These(Vec<ScopeId>),
}

impl Command {
    /// What has to be read before it can be decided on a claim.
    pub fn needs(&self, claim: &Claim) -> Needs {
        let slots = || claim.scopes.iter().map(|scope| scope.scope.clone()).collect();
        match self {
            Self::Submit => Needs::to_check(&claim.submission()),
            Self::Dispute { evidence, .. } => {
                let files = evidence.iter().filter_map(|proof| proof.file.clone()).collect();
                Needs { slots: slots(), files, ..Needs::default() }
            }
            Self::Approve { .. } => Needs { slots: slots(), ..Needs::default() },
            // What was checked is checked again when it takes effect.
            Self::Accept { .. } | Self::Promote { .. } => {
                Needs { directory: true, slots: slots(), as_it_is_now: true, ..Needs::default() }
            }
            Self::Edit { .. }
            | Self::Withdraw { .. }
            | Self::Disassociate { .. }
            | Self::Comment { .. }
            | Self::RequestInformation { .. }
            | Self::Reject { .. }
            | Self::Lapse
            | Self::HoldNotice { .. }
            | Self::PrepareNotice { .. }
            | Self::CustomerTold { .. }
            | Self::Remind { .. }
            | Self::MailFailed { .. }
            | Self::MailReported { .. }
            | Self::Decline { .. }
            | Self::Undo { .. }
            | Self::Supersede { .. }
            | Self::Expire { .. } => Needs::default(),
        }
    }

    /// The command's name.
    pub const fn name(&self) -> CommandName {
        match self {
            Self::Submit => CommandName::Submit,
            Self::Edit { .. } => CommandName::Edit,
            Self::Withdraw { .. } => CommandName::Withdraw,
            Self::Dispute { .. } => CommandName::Dispute,
            Self::Disassociate { .. } => CommandName::Disassociate,
            Self::Comment { .. } => CommandName::Comment,
            Self::Approve { .. } => CommandName::Approve,
            Self::RequestInformation { .. } => CommandName::RequestInformation,
            Self::Reject { .. } => CommandName::Reject,
            Self::Lapse => CommandName::Lapse,
            Self::HoldNotice { .. } => CommandName::HoldNotice,
            Self::PrepareNotice { .. } => CommandName::PrepareNotice,
            Self::CustomerTold { .. } => CommandName::CustomerTold,
            Self::Remind { .. } => CommandName::Remind,
            Self::MailFailed { .. } => CommandName::MailFailed,
            Self::MailReported { .. } => CommandName::MailReported,
            Self::Accept { .. } => CommandName::Accept,
            Self::Decline { .. } => CommandName::Decline,
            Self::Undo { .. } => CommandName::Undo,
            Self::Promote { .. } => CommandName::Promote,
            Self::Supersede { .. } => CommandName::Supersede,
            Self::Expire { .. } => CommandName::Expire,
        }
    }
}
