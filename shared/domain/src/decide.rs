//! Decides what a command does to a claim. Pure: the time, the policy and what was read are arguments.
//!
//! `Ok` of no events means that there is nothing to do: that is the answer to every late, early or repeated trigger
//! of a timer or a mail service. People who ask for what cannot be get a [`Rejection`] instead.

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
use crate::decide::rejection::Rejection;
use crate::policy::Policy;

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
    let case = Case { claim, name: command.name(), policy, now };
    match command {
        Command::Submit { findings, slots } => partner::submit(&case, findings, slots),
        Command::Edit { submission } => partner::edit(&case, submission),
        Command::Withdraw { scopes, reason } => partner::withdraw(&case, scopes, reason.clone()),
        Command::Dispute { justification, evidence, files, slots } => {
            partner::dispute(&case, justification, evidence, files, slots)
        }
        Command::Disassociate { scopes, reason } => partner::disassociate(&case, scopes, reason),
        Command::Comment { text } => Ok(vec![Event::Commented { text: text.clone() }]),
        Command::Approve { scopes, slots } => review::approve(&case, scopes, slots),
        Command::RequestInformation { reasons } => review::request_information(&case, reasons),
        Command::Reject { reasons } => review::reject(&case, reasons),
        Command::Lapse => Ok(review::lapse(&case)),
        Command::HoldNotice { notice } => Ok(mail::hold(&case, *notice)),
        Command::PrepareNotice { notice, links } => Ok(mail::prepare(&case, *notice, links)),
        Command::CustomerTold { notice } => Ok(mail::told(&case, *notice)),
        Command::Remind { notice, links } => Ok(mail::remind(&case, *notice, links)),
        Command::MailFailed { notice, links } => Ok(mail::failed(&case, *notice, links)),
        Command::MailReported { notice, to, mail } => Ok(mail::reported(&case, *notice, *to, *mail)),
        Command::Accept { notice, scopes, slots } => customer::accept(&case, *notice, scopes, slots),
        Command::Decline { by, scopes, reason } => customer::decline(&case, *by, scopes, reason.clone()),
        Command::Undo { by, scopes } => customer::undo(&case, *by, scopes),
        Command::Promote { notice, slots } => Ok(customer::promote(&case, *notice, slots)),
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
