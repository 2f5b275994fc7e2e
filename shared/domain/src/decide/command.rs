//! What can be asked of a claim.

use crate::claim::evidence_file::Files;
use crate::claim::finding::Finding;
use crate::claim::lifecycle::CommandName;
use crate::claim::notice::{Addressee, Link, MailState, Recipient};
use crate::claim::reason::ScopeReason;
use crate::claim::slot::Slots;
use crate::claim::submission::{Evidence, Submission};
use crate::value::field::Remark;
use crate::value::id::{ClaimId, ScopeId};

/// Something asked of a claim.
#[derive(Debug, Clone)]
pub enum Command {
    /// The partner submits a draft, or answers a request for information.
    Submit {
        /// What the checks found.
        findings: Vec<Finding>,
        /// The slots of its scopes.
        slots: Slots,
    },
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
        /// The files that they name.
        files: Files,
        /// The slots of the claim's scopes.
        slots: Slots,
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
        /// The slots of its scopes: who is superseded should this become official.
        slots: Slots,
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
        notice: u8,
    },
    /// The notice is about to be sent.
    PrepareNotice {
        /// Its number.
        notice: u8,
        /// The links about to leave.
        links: Vec<Link>,
    },
    /// The mail service accepted the notice.
    CustomerTold {
        /// Its number.
        notice: u8,
    },
    /// The customer is about to be reminded.
    Remind {
        /// The notice it is reminded of.
        notice: u8,
        /// The links about to leave.
        links: Vec<Link>,
    },
    /// Mails of a notice, or of its reminder, certainly did not leave; they may be tried again.
    MailFailed {
        /// The notice.
        notice: u8,
        /// The links in them.
        links: Vec<Link>,
    },
    /// The mail service says what became of a mail.
    MailReported {
        /// The notice that the mail carried.
        notice: u8,
        /// To whom.
        to: Recipient,
        /// What became of it.
        mail: MailState,
    },
    /// The customer agrees, without waiting for the deadline.
    Accept {
        /// The notice whose link was used.
        notice: u8,
        /// Which scopes.
        scopes: Selection,
        /// The slots of its scopes.
        slots: Slots,
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
        notice: u8,
        /// The slots of its scopes.
        slots: Slots,
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
    /// The command's name.
    pub const fn name(&self) -> CommandName {
        match self {
            Self::Submit { .. } => CommandName::Submit,
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
