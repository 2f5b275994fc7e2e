//! What partners ask of a claim, and the comments of both sides.

use domain::input::{self, Reader};
use domain::{Action, Command, Submission};
use lambda_http::http::StatusCode;
use serde_json::Value;
use store::{Claims, ExecuteError, Executor};
use web::{Answer, ApiError, ApiRequest};

/// `PATCH /claims/{id}`: an RFC 7396 merge patch of the claim's body.
pub(crate) async fn edit<S: Claims>(executor: &Executor<S>, request: &ApiRequest, id: &str) -> Answer {
    let (by, id) = (request.requester(Action::ManageClaim)?, request.claim_id(id)?);
    let patch = request.json()?;
    // The patch is of the claim as it is when it is changed: who sends no If-Match asks for no particular version.
    let edited = executor.execute_with(&id, &by, |claim| {
        let mut body = web::claim_body(claim);
        merge(&mut body, &patch);
        let submission = Submission::parse(&body).map_err(ExecuteError::Invalid)?;
        Ok(Command::Edit { submission: Box::new(submission) })
    });
    Ok(web::answer_claim(StatusCode::OK, &edited.await?.claim))
}

/// What else is asked of a claim, by the last segment of its path: the body says the rest.
pub(crate) async fn change<S: Claims>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
    verb: &str,
) -> Answer {
    let (action, read): (_, fn(&mut Reader<'_, '_>) -> Option<Command>) = match verb {
        "withdraw" => (Action::ManageClaim, withdrawal),
        "dispute" => (Action::ManageClaim, dispute),
        "disassociate" => (Action::ManageClaim, end),
        "comments" => (Action::Comment, comment),
        _ => return Err(ApiError::NotFound),
    };
    let by = request.requester(action)?;
    let command = input::read(&request.json_or_nothing()?, read)?;
    let done = executor.execute(&request.claim_id(id)?, &by, command).await?;
    Ok(web::answer_claim(StatusCode::OK, &done.claim))
}

/// `POST /claims/{id}/withdraw`: `{"scopes", "reason"}`, both optional.
fn withdrawal(body: &mut Reader<'_, '_>) -> Option<Command> {
    let (scopes, reason) = (web::selection(body), body.optional("reason"));
    Some(Command::Withdraw { scopes: scopes?, reason })
}

/// `POST /claims/{id}/dispute`: `{"justification", "evidence"}`, the evidence optional and beside what there is.
fn dispute(body: &mut Reader<'_, '_>) -> Option<Command> {
    let justification = body.required("justification");
    let evidence = body.objects("evidence", domain::MOST_EVIDENCE, domain::evidence);
    Some(Command::Dispute { justification: justification?, evidence: evidence? })
}

/// `POST /claims/{id}/disassociate`: `{"scopes", "reason"}`, the reason required.
fn end(body: &mut Reader<'_, '_>) -> Option<Command> {
    let (scopes, reason) = (web::selection(body), body.required("reason"));
    Some(Command::Disassociate { scopes: scopes?, reason: reason? })
}

/// `POST /claims/{id}/comments`: `{"text"}`.
fn comment(body: &mut Reader<'_, '_>) -> Option<Command> {
    body.required("text").map(|text| Command::Comment { text })
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
