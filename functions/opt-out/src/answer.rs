//! Carries out what the customer answers.

use domain::{
    Addressee, Claim, ClaimId, ClaimedScope, Command, Event, Link, NoticeNumber, Rejection, Selection,
};
use store::{Claims, Done, ExecuteError, Requester};

use crate::form::{Decision, Form};
use crate::page::Outcome;
use crate::{OptOut, PageError};

/// The claim after the answer, and what came of it.
pub(crate) async fn answer<S: Claims>(
    opt_out: &OptOut<S>,
    id: &ClaimId,
    notice: NoticeNumber,
    link: &Link,
    form: &Form,
) -> Result<(Claim, Outcome), PageError> {
    let scopes = if form.scopes.is_empty() { Selection::All } else { Selection::These(form.scopes.clone()) };
    let (by, reason) = (Addressee { notice, to: link.to }, form.reason());
    let command = match form.decision {
        Decision::Decline => Command::Decline { by, scopes, reason },
        Decision::Accept => Command::Accept { notice, scopes },
        Decision::Undo => Command::Undo { by, scopes },
    };
    let done = opt_out.executor.execute(id, &Requester::customer(link.to), command).await;
    let outcome = match done {
        Ok(done) => {
            tracing::info!(claim_id = %id, notice = %notice, status = %done.claim.status(), decision = ?form.decision, "customer answered");
            let outcome = match form.decision {
                Decision::Decline => Outcome::Declined,
                Decision::Accept if done.events.iter().any(is_official) => Outcome::Accepted,
                // Another partner has come to hold the scope meanwhile: a reviewer decides.
                Decision::Accept => Outcome::Examined,
                Decision::Undo if undone(&done).any(ClaimedScope::waits_for_customer) => Outcome::Undone,
                Decision::Undo => Outcome::UndoneToReview,
            };
            return Ok((done.claim, outcome));
        }
        Err(ExecuteError::Rejected(Rejection::TooLate(_))) => Outcome::TooLate,
        Err(ExecuteError::Rejected(Rejection::OtherLink)) => Outcome::OtherLink,
        // The same form sent twice, or a page that was open while something else happened: the page shows what is so.
        Err(ExecuteError::Rejected(_)) => Outcome::NothingToDo,
        Err(error) => return Err(error.into()),
    };
    let claim = opt_out.executor.store.claim(id).await?.ok_or(PageError::Unknown)?;
    Ok((claim, outcome))
}

/// The scopes whose no was taken back, as they are now.
fn undone(done: &Done) -> impl Iterator<Item = &ClaimedScope> {
    let undone = done.events.iter().filter_map(|event| match event {
        Event::DeclineUndone { scopes } => Some(scopes),
        _ => None,
    });
    undone.flatten().filter_map(|id| done.claim.scope(*id))
}

fn is_official(event: &Event) -> bool {
    matches!(event, Event::BecameOfficial { .. })
}
