//! Carries out what the customer answers.

use chrono::{DateTime, Utc};
use domain::{
    Actor, ActorKind, Addressee, Claim, ClaimId, ClaimedScope, Command, Event, Link, Rejection, Selection,
};
use store::{CarryOutError, Claims, Done, Needs, Request, carry_out};

use crate::form::{Decision, Form};
use crate::page::Outcome;
use crate::{Failure, OptOut, waits};

/// The claim after the answer, and what came of it.
pub(crate) async fn answer<S: Claims>(
    opt_out: &OptOut<S>,
    id: &ClaimId,
    notice: u8,
    link: &Link,
    form: &Form,
    now: DateTime<Utc>,
) -> Result<(Claim, Outcome), Failure> {
    let scopes = if form.scopes.is_empty() { Selection::All } else { Selection::These(form.scopes.clone()) };
    let (by, reason) = (Addressee { notice, to: link.to }, form.reason());
    let asked = Request {
        claim: id,
        // Which of the links was used, not who used it: that nobody knows.
        actor: Actor { kind: ActorKind::Customer, id: Some(link.to.to_string()) },
        now,
        if_version: None,
        needs: if form.decision == Decision::Accept { Needs::Slots } else { Needs::Claim },
    };
    let done = carry_out(&opt_out.store, &opt_out.policy, asked, |_, context| {
        Ok(match form.decision {
            Decision::Decline => Command::Decline { by, scopes: scopes.clone(), reason: reason.clone() },
            Decision::Accept => {
                Command::Accept { notice, scopes: scopes.clone(), slots: context.slots.clone() }
            }
            Decision::Undo => Command::Undo { by, scopes: scopes.clone() },
        })
    })
    .await;
    let outcome = match done {
        Ok(done) => {
            tracing::info!(claim_id = %id, notice, status = %done.claim.status(), decision = ?form.decision, "customer answered");
            let outcome = match form.decision {
                Decision::Decline => Outcome::Declined,
                Decision::Accept if done.events.iter().any(is_official) => Outcome::Accepted,
                // Another partner has come to hold the scope meanwhile: a reviewer decides.
                Decision::Accept => Outcome::Examined,
                Decision::Undo if undone(&done).any(waits) => Outcome::Undone,
                Decision::Undo => Outcome::UndoneToReview,
            };
            return Ok((done.claim, outcome));
        }
        Err(CarryOutError::Rejected(Rejection::TooLate(_))) => Outcome::TooLate,
        Err(CarryOutError::Rejected(Rejection::OtherLink)) => Outcome::OtherLink,
        // The same form sent twice, or a page that was open while something else happened: the page shows what is so.
        Err(CarryOutError::Rejected(_)) => Outcome::NothingToDo,
        Err(error) => return Err(error.into()),
    };
    let claim = opt_out.store.claim(id).await?.ok_or(Failure::Unknown)?;
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
