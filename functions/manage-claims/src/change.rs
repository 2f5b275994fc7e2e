//! What partners ask of a claim, and the comments of both sides.

use domain::field::Remark;
use domain::input;
use domain::{Action, Command, Context, Submission};
use lambda_http::http::StatusCode;
use serde_json::Value;
use store::{CarryOutError, Claims, Needs, Request, carry_out};
use web::{Answer, ApiError, ApiRequest};

use crate::ManageClaims;

/// `PATCH /claims/{id}`: an RFC 7396 merge patch of the claim's body.
pub(crate) async fn edit<S: Claims>(state: &ManageClaims<S>, request: &ApiRequest, id: &str) -> Answer {
    let role = request.allow(Action::ManageClaim)?;
    let patch = request.json()?;
    let id = request.claim_id(id)?;
    let asked = Request {
        claim: &id,
        actor: request.actor(role),
        now: state.clock.now(),
        if_version: request.if_match()?,
        needs: Needs::Claim,
    };
    // The patch is of the claim as it is when it is changed: who sends no If-Match asks for no particular version.
    let done = carry_out(&state.store, &state.policy, asked, |claim, _| {
        if !request.may_see(&claim.details.partner_id) {
            return Err(CarryOutError::NotFound);
        }
        let mut body = web::claim_body(claim);
        merge(&mut body, &patch);
        let submission = Submission::parse(&body).map_err(CarryOutError::Invalid)?;
        Ok(Command::Edit { submission: Box::new(submission) })
    })
    .await?;
    Ok(web::answer_claim(StatusCode::OK, &done.claim))
}

/// `POST /claims/{id}/withdraw`: `{"scopes", "reason"}`, both optional.
pub(crate) async fn withdraw<S: Claims>(state: &ManageClaims<S>, request: &ApiRequest, id: &str) -> Answer {
    request.allow(Action::ManageClaim)?;
    let (scopes, reason) = input::read(&body(request)?, |body| {
        let (scopes, reason) = (web::selection(body), body.optional::<Remark>("reason"));
        Some((scopes?, reason))
    })?;
    change(state, request, id, Action::ManageClaim, Command::Withdraw { scopes, reason }).await
}

/// `POST /claims/{id}/dispute`: `{"justification", "evidence"}`, the evidence optional and beside what there is.
pub(crate) async fn dispute<S: Claims>(state: &ManageClaims<S>, request: &ApiRequest, id: &str) -> Answer {
    request.allow(Action::ManageClaim)?;
    let (justification, evidence) = input::read(&body(request)?, |body| {
        let justification = body.required::<Remark>("justification");
        let evidence = body.objects("evidence", domain::MOST_EVIDENCE, domain::evidence);
        Some((justification?, evidence?))
    })?;
    let files: Vec<_> = evidence.iter().filter_map(|proof: &domain::Evidence| proof.file.clone()).collect();
    let needs = Needs::SlotsAndFiles(&files);
    change_with(state, request, id, Action::ManageClaim, needs, |context| Command::Dispute {
        justification: justification.clone(),
        evidence: evidence.clone(),
        files: context.files.clone(),
        slots: context.slots.clone(),
    })
    .await
}

/// `POST /claims/{id}/disassociate`: `{"scopes", "reason"}`, the reason required.
pub(crate) async fn disassociate<S: Claims>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    request.allow(Action::ManageClaim)?;
    let (scopes, reason) = input::read(&body(request)?, |body| {
        let (scopes, reason) = (web::selection(body), body.required::<Remark>("reason"));
        Some((scopes?, reason?))
    })?;
    change(state, request, id, Action::ManageClaim, Command::Disassociate { scopes, reason }).await
}

/// `POST /claims/{id}/comments`: `{"text"}`.
pub(crate) async fn comment<S: Claims>(state: &ManageClaims<S>, request: &ApiRequest, id: &str) -> Answer {
    request.allow(Action::Comment)?;
    let text = input::read(&body(request)?, |body| body.required("text"))?;
    change(state, request, id, Action::Comment, Command::Comment { text }).await
}

async fn change<S: Claims>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
    action: Action,
    command: Command,
) -> Answer {
    change_with(state, request, id, action, Needs::Claim, |_| command.clone()).await
}

async fn change_with<S: Claims>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
    action: Action,
    needs: Needs<'_>,
    command: impl Fn(&Context) -> Command + Sync,
) -> Answer {
    let role = request.allow(action)?;
    let id = request.claim_id(id)?;
    let asked = Request {
        claim: &id,
        actor: request.actor(role),
        now: state.clock.now(),
        if_version: request.if_match()?,
        needs,
    };
    let done = carry_out(&state.store, &state.policy, asked, |claim, context| {
        if request.may_see(&claim.details.partner_id) {
            Ok(command(context))
        } else {
            Err(CarryOutError::NotFound)
        }
    })
    .await?;
    Ok(web::answer_claim(StatusCode::OK, &done.claim))
}

/// The body of a move, which may be left out where nothing in it is required.
fn body(request: &ApiRequest) -> Result<Value, ApiError> {
    if request.has_body() { request.json() } else { Ok(Value::Object(serde_json::Map::new())) }
}

/// RFC 7396: members of the patch replace members of the target, `null` removes them.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_does_what_its_rfc_shows() {
        // RFC 7396, section 3.
        let mut target = json!({ "title": "Goodbye!", "author": { "givenName": "John", "familyName": "Doe" },
            "tags": ["example", "sample"], "content": "This will be unchanged" });
        let patch = json!({ "title": "Hello!", "phoneNumber": "+01-123-456-7890",
            "author": { "familyName": null }, "tags": ["example"] });
        merge(&mut target, &patch);
        assert_eq!(
            target,
            json!({ "title": "Hello!", "author": { "givenName": "John" }, "tags": ["example"],
            "content": "This will be unchanged", "phoneNumber": "+01-123-456-7890" })
        );
    }
}
