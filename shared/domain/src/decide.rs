//! Decides what a command does to a claim. Pure: the time, the policy and what was read are arguments.
//!
//! `Ok` of no events means that there is nothing to do: that is the answer to every late, early or repeated trigger
//! of a timer or a mail service. People who ask for what cannot be get a [`Rejection`](rejection::Rejection) instead.

mod case;
pub mod check;
pub mod command;
pub mod context;
mod customer;
mod mail;
mod partner;
pub mod rejection;
mod review;

use chrono::{DateTime, Utc};

use crate::claim::Claim;
use crate::claim::event::Event;
use crate::decide::case::{Case, unless_empty};
use crate::decide::command::Command;
use crate::decide::context::Context;
use crate::decide::rejection::DecideError;
use crate::policy::Policy;

/// What happens to a claim when a command is carried out.
///
/// # Errors
/// [`DecideError`] when it cannot be; the claim stays as it is.
pub fn decide(
    claim: &Claim,
    command: &Command,
    context: &Context,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Event>, DecideError> {
    let case = Case { claim, name: command.name(), context, policy, now };
    match command {
        Command::Submit => partner::submit(&case),
        Command::Edit { submission } => Ok(partner::edit(&case, submission)?),
        Command::Withdraw { scopes, reason } => Ok(partner::withdraw(&case, scopes, reason.clone())?),
        Command::Dispute { justification, evidence } => partner::dispute(&case, justification, evidence),
        Command::Disassociate { scopes, reason } => Ok(partner::disassociate(&case, scopes, reason)?),
        Command::Comment { text } => Ok(vec![Event::Commented { text: text.clone() }]),
        Command::Approve { scopes } => review::approve(&case, scopes),
        Command::RequestInformation { reasons } => Ok(review::request_information(&case, reasons)?),
        Command::Reject { reasons } => Ok(review::reject(&case, reasons)?),
        Command::Lapse => Ok(review::lapse(&case)),
        Command::HoldNotice { notice } => Ok(mail::hold(&case, *notice)),
        Command::PrepareNotice { notice, links } => Ok(mail::prepare(&case, *notice, links)),
        Command::CustomerTold { notice } => Ok(mail::told(&case, *notice)),
        Command::Remind { notice, links } => Ok(mail::remind(&case, *notice, links)),
        Command::MailFailed { notice, links } => Ok(mail::failed(&case, *notice, links)),
        Command::MailReported { notice, to, mail } => Ok(mail::reported(&case, *notice, *to, *mail)),
        Command::Accept { notice, scopes } => customer::accept(&case, *notice, scopes),
        Command::Decline { by, scopes, reason } => Ok(customer::decline(&case, *by, scopes, reason.clone())?),
        Command::Undo { by, scopes } => Ok(customer::undo(&case, *by, scopes)?),
        Command::Promote { notice } => customer::promote(&case, *notice),
        Command::Supersede { scopes, by } => {
            let scopes = case.still(scopes);
            Ok(unless_empty(scopes, |scopes| Event::Superseded { scopes, by: by.clone() }))
        }
        Command::Expire { scopes } => {
            let scopes = case.still(scopes);
            Ok(unless_empty(scopes, |scopes| Event::Expired { scopes }))
        }
    }
}
