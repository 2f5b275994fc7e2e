//! Decides what a command does to a claim. Pure: the time, the policy and what was read are arguments.
//!
//! `Ok` of no events means that there is nothing to do: that is the answer to every late, early or repeated trigger
//! of a timer or a mail service. People who ask for what cannot be get a [`Rejection`] instead.

mod customer;
mod mail;
mod partner;
mod review;

use chrono::{DateTime, Utc};

use crate::check::Finding;
use crate::claim::{Claim, Standing};
use crate::command::{Command, CommandName, Selection};
use crate::event::Event;
use crate::field::listed;
use crate::id::ScopeId;
use crate::policy::Policy;

/// Why a command cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No scope, or not the one named, is where the command applies.
    #[error("{command} applies to scopes that are {}; this is {found}", listed(command.applies_to()))]
    NotInThisStatus {
        /// What was asked.
        command: CommandName,
        /// Where the scope, or the claim, is.
        found: Standing,
    },
    /// The claim has no such scope.
    #[error("the claim has no scope {0}")]
    UnknownScope(ScopeId),
    /// The checks found what must be corrected first.
    #[error("the claim cannot be submitted as it is")]
    Findings(Vec<Finding>),
    /// The time for it has passed.
    #[error("this was possible until {0}")]
    TooLate(DateTime<Utc>),
    /// The one dispute has been used.
    #[error("a scope can be disputed once")]
    AlreadyDisputed,
    /// A reason is needed for every scope concerned.
    #[error("give at least one coded reason for every scope concerned")]
    ReasonMissing,
    /// The claim has led to as many notices as the policy allows.
    #[error(
        "this claim has led to {0} notices, as many as a claim may; withdraw what is open of it and submit a new one"
    )]
    NoticesExhausted(u8),
    /// The partner has changed a contact, and not submitted it yet.
    #[error(
        "the partner has changed a contact of this claim and not submitted it yet; ask it to, and approve once it has"
    )]
    ContactUnsubmitted,
    /// The link cannot carry this answer: a later notice has replaced it, or somebody else gave the no.
    #[error("another link has to carry this answer")]
    OtherLink,
    /// An edit may not move a claim to another partner.
    #[error("a claim stays with its partner")]
    ForeignPartner,
    /// An edit may not change this once the claim was submitted, or while the customer is asked about another scope.
    #[error(
        "{0} cannot be changed now: the claim was submitted, or the customer is being asked about another scope of it; \
         wait for its answer, or withdraw what is open and submit a new claim"
    )]
    Fixed(&'static str),
    /// An edit may not leave out a scope that the customer was told of, whose no could not find it any more, or one that was
    /// disputed, which could be added again and disputed again.
    #[error("the customer was told of {0}, or it was disputed; withdraw it instead of leaving it out")]
    Told(ScopeId),
    /// The claim was edited so often that its scopes have run out of numbers.
    #[error("the claim was edited too often; submit a new one")]
    ScopesExhausted,
    /// The claim has as many proofs as it may have.
    #[error("a claim can have at most {0} proofs")]
    TooMuchEvidence(usize),
}

impl Rejection {
    /// The stable code that callers see.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInThisStatus { .. } => "not_in_this_status",
            Self::UnknownScope(_) => "unknown_scope",
            Self::Findings(_) => "claim_not_acceptable",
            Self::TooLate(_) => "too_late",
            Self::AlreadyDisputed => "already_disputed",
            Self::ReasonMissing => "reason_missing",
            Self::NoticesExhausted(_) => "notices_exhausted",
            Self::ContactUnsubmitted => "contact_unsubmitted",
            Self::OtherLink => "other_link",
            Self::ForeignPartner => "partner_id_not_yours",
            Self::Fixed(_) => "fixed_after_submit",
            Self::Told(_) => "customer_was_told",
            Self::ScopesExhausted => "scopes_exhausted",
            Self::TooMuchEvidence(_) => "too_much_evidence",
        }
    }
}

/// What happens to a claim when a command is carried out.
///
/// # Errors
/// [`Rejection`] when it cannot be; the claim stays as it is.
pub fn decide(
    claim: &Claim,
    command: &Command,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Event>, Rejection> {
    let on = On { claim, name: command.name(), policy, now };
    match command {
        Command::Submit { findings, slots } => partner::submit(&on, findings, slots),
        Command::Edit { submission } => partner::edit(&on, submission),
        Command::Withdraw { scopes, reason } => partner::withdraw(&on, scopes, reason.clone()),
        Command::Dispute { justification, evidence, files, slots } => {
            partner::dispute(&on, justification, evidence, files, slots)
        }
        Command::Disassociate { scopes, reason } => partner::disassociate(&on, scopes, reason),
        Command::Comment { text } => Ok(vec![Event::Commented { text: text.clone() }]),
        Command::Approve { scopes, slots } => review::approve(&on, scopes, slots),
        Command::RequestInformation { reasons } => review::request_information(&on, reasons),
        Command::Reject { reasons } => review::reject(&on, reasons),
        Command::Lapse => Ok(review::lapse(&on)),
        Command::HoldNotice { notice } => Ok(mail::hold(&on, *notice)),
        Command::PrepareNotice { notice, links } => Ok(mail::prepare(&on, *notice, links)),
        Command::CustomerTold { notice } => Ok(mail::told(&on, *notice)),
        Command::Remind { notice, links } => Ok(mail::remind(&on, *notice, links)),
        Command::MailFailed { notice, links } => Ok(mail::failed(&on, *notice, links)),
        Command::MailReported { notice, to, mail } => Ok(mail::reported(&on, *notice, *to, *mail)),
        Command::Accept { notice, scopes, slots } => customer::accept(&on, *notice, scopes, slots),
        Command::Decline { by, scopes, reason } => customer::decline(&on, *by, scopes, reason.clone()),
        Command::Undo { by, scopes } => customer::undo(&on, *by, scopes),
        Command::Promote { notice, slots } => Ok(customer::promote(&on, *notice, slots)),
        Command::Supersede { scopes, by } => {
            let scopes = on.still(scopes);
            Ok(unless_empty(scopes, |scopes| Event::Superseded { scopes, by: by.clone() }))
        }
        Command::Expire { scopes } => {
            let scopes = on.still(scopes);
            Ok(unless_empty(scopes, |scopes| Event::Expired { scopes }))
        }
    }
}

/// A command on a claim, at a time, under a policy.
struct On<'a> {
    claim: &'a Claim,
    name: CommandName,
    policy: &'a Policy,
    now: DateTime<Utc>,
}

impl On<'_> {
    /// The scopes that the command applies to.
    fn applicable(&self) -> Vec<ScopeId> {
        let scopes = self.claim.scopes.iter().filter(|scope| scope.can(self.name));
        scopes.map(|scope| scope.id).collect()
    }

    /// Those of the scopes that the command still applies to: for triggers that may come late.
    fn still(&self, scopes: &[ScopeId]) -> Vec<ScopeId> {
        self.applicable().into_iter().filter(|id| scopes.contains(id)).collect()
    }

    /// The scopes that a person selected, of which the command must apply to every one.
    fn selected(&self, selection: &Selection) -> Result<Vec<ScopeId>, Rejection> {
        if let Selection::These(ids) = selection {
            let mut known = ids.iter().filter_map(|id| self.claim.scope(*id));
            if let Some(scope) = known.find(|scope| !scope.can(self.name)) {
                return Err(self.refused(scope.standing));
            }
        }
        self.chosen(selection)
    }

    /// Those of the scopes that a customer chose to which the command still applies. A page shows what was so when it was
    /// opened: what has ended since must not keep the rest of an answer from counting.
    fn chosen(&self, selection: &Selection) -> Result<Vec<ScopeId>, Rejection> {
        let found = match selection {
            Selection::All => self.applicable(),
            Selection::These(ids) => {
                if let Some(unknown) = ids.iter().find(|id| self.claim.scope(**id).is_none()) {
                    return Err(Rejection::UnknownScope(*unknown));
                }
                self.still(ids)
            }
        };
        if found.is_empty() { Err(self.refused(self.claim.status())) } else { Ok(found) }
    }

    /// Whether the claim may lead to another notice.
    fn can_notify(&self) -> Result<(), Rejection> {
        match self.claim.has_exhausted_notices(self.policy) {
            true => Err(Rejection::NoticesExhausted(self.policy.most_notices)),
            false => Ok(()),
        }
    }

    fn refused(&self, found: Standing) -> Rejection {
        Rejection::NotInThisStatus { command: self.name, found }
    }
}

fn unless_empty(scopes: Vec<ScopeId>, event: impl FnOnce(Vec<ScopeId>) -> Event) -> Vec<Event> {
    if scopes.is_empty() { Vec::new() } else { vec![event(scopes)] }
}
