//! A repeated request is answered again, and done once. Drafts, versions.

use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, Response, Stack, WINGTIP};

/// What a caller can tell two answers apart by.
fn answer(response: Response) -> (u16, String, String, String) {
    let header = |name: &str| response.header(name).to_owned();
    (response.status, header("location"), header("etag"), response.text())
}

#[test]
fn the_same_key_and_body_are_answered_with_the_first_answer_byte_for_byte() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack).workloads(&["teams", "intune"]);
    let first = answer(partner.create("same", body.json()));
    assert_eq!(first.0, 201);
    assert_eq!(answer(partner.create("same", body.json())), first, "at once");
    drop(stack.advance("P1D"));
    assert_eq!(answer(partner.create("same", body.json())), first, "after the notice");
    stack.link_to("jana@contoso.com").answer("decision=decline&scopes=s2");
    drop(stack.advance("P14D"));
    assert_eq!(answer(partner.create("same", body.json())), first, "after the claim is official");
    // Another order of members and other white space are the same body.
    let spaced = format!(" {}\n", serde_json::to_string_pretty(body.json()).unwrap());
    let again = partner.request("POST", "/claims").key("same").bytes(spaced.into_bytes()).send();
    assert_eq!(answer(again), first);
    let claims = partner.get("/claims").ok();
    assert_eq!(claims["items"].as_array().unwrap().len(), 1);
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2, "the notice and the reminder");
}

#[test]
fn the_first_answer_comes_again_after_review_edit_and_rejection() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack).contact("jana@elsewhere.example");
    let sent = partner.create("edited", body.json());
    let path = sent.header("location").to_owned();
    let first = answer(sent);
    stack.settle();
    let ask = json!({ "reasons": [{ "code": "missing_poe" }] });
    drop(stack.review(&path, "request-information", &ask).ok());
    let patch = json!({ "name": "Another name", "scopes": [{ "workload": "intune" }], "comment": "Changed" });
    drop(partner.patch(&path, &patch).ok());
    assert_eq!(answer(partner.create("edited", body.json())), first);
    drop(partner.patch(&path, &json!({ "name": "A third name" })).ok());
    assert_eq!(answer(partner.create("edited", body.json())), first);
    drop(partner.post(&format!("{path}/submit"), &json!({})).ok());
    drop(stack.review(&path, "reject", &ask).ok());
    assert_eq!(answer(partner.create("edited", body.json())), first);
}

#[test]
fn the_first_answer_comes_again_without_the_proofs_that_a_dispute_has_added() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack).contact("jana@elsewhere.example");
    let sent = partner.create("disputed", body.json());
    let path = sent.header("location").to_owned();
    let first = answer(sent);
    stack.settle();
    let reject = json!({ "reasons": [{ "code": "missing_poe" }] });
    drop(stack.review(&path, "reject", &reject).ok());
    let proof = json!({ "kind": "contract", "signed_on": stack.days_ago(2), "reference": "C-77" });
    let dispute = json!({ "justification": "Newer", "evidence": [proof] });
    let disputed = partner.post(&format!("{path}/dispute"), &dispute).ok();
    assert_eq!(disputed["evidence"].as_array().unwrap().len(), 2);
    assert_eq!(answer(partner.create("disputed", body.json())), first);
}

#[test]
fn eight_requests_at_once_under_one_key_make_one_claim_and_get_one_answer() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack);
    let partner = stack.partner(FABRIKAM);
    let mut answers: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> =
            (0..8).map(|_| scope.spawn(|| answer(partner.create("race", body.json())))).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(answers[0].0, 201);
    assert_eq!(partner.get("/claims").ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
}

#[test]
fn the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack);
    drop(partner.create("reused", body.json()).expect(201));
    stack.settle();
    for other in [
        body.clone().with("/name", "Another"),
        body.clone().workloads(&["intune"]),
        body.clone().draft(),
        body.clone().with("/comment", "x"),
    ] {
        drop(partner.create("reused", other.json()).problem(422, "idempotency_key_reused"));
    }
    assert_eq!(partner.get("/claims").ok()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_missing_or_malformed_key_is_refused() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack);
    drop(partner.post("/claims", body.json()).problem(400, "idempotency_key_required"));
    for key in ["", " ", &"k".repeat(201)] {
        drop(partner.create(key, body.json()).problem(400, "idempotency_key_required"));
    }
    stack.is_untouched();
    drop(partner.create(&"k".repeat(200), body.json()).expect(201));
}

#[test]
fn keys_of_two_partners_have_nothing_to_do_with_each_other() {
    let stack = Stack::start();
    let ours = stack.partner(FABRIKAM).create("shared", ClaimBody::new(&stack).json()).expect(201);
    let theirs = ClaimBody::of_wingtip(&stack).workloads(&["intune"]);
    let theirs = stack.partner(WINGTIP).create("shared", theirs.json()).expect(201);
    assert_ne!(ours["id"], theirs["id"]);
}

#[test]
fn a_key_whose_request_was_refused_can_be_used_for_the_mended_one() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack);
    drop(
        partner
            .create("corrected", body.clone().workloads(&["viva_engage"]).json())
            .problem(422, "claim_not_acceptable"),
    );
    drop(partner.create("corrected", body.clone().with("/name", "").json()).problem(400, "invalid_request"));
    drop(partner.create("corrected", body.json()).expect(201));
}

#[test]
fn a_draft_is_kept_edited_and_submitted_and_tells_nobody_before() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack).draft().with("/evidence", json!([]));
    let draft = stack.submit(&body);
    assert_eq!(draft.is("draft")["evidence"], json!([]));
    assert!(stack.mails().is_empty());
    draft
        .ask("submit", &json!({}))
        .problem(422, "claim_not_acceptable")
        .is_exactly(&[("/evidence", "missing_poe")]);
    draft.is("draft");
    let evidence = json!([{ "kind": "contract", "signed_on": stack.days_ago(10), "reference": "C-1" }]);
    let patch = json!({ "evidence": evidence, "scopes": [{ "workload": "intune" }, { "workload": "teams" }], "name": "Ready" });
    let edited = draft.partner.patch(&draft.path(), &patch).ok();
    assert_eq!((&edited["name"], edited["scopes"].as_array().unwrap().len()), (&json!("Ready"), 2));
    drop(draft.ask("submit", &json!({})).ok());
    draft.is("awaiting_customer");
    draft.pass_deadline();
    draft.is("official");
}

#[test]
fn a_draft_can_be_withdrawn_and_blocks_nobody() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    stack.submit(&ClaimBody::of_wingtip(&stack)).is("awaiting_customer");
    drop(draft.ask("withdraw", &json!({})).ok());
    draft.is("withdrawn");
    assert!(stack.mails_to("petr@fabrikam.example").len() <= 1);
}

#[test]
fn a_draft_meets_what_has_changed_around_it_when_it_is_submitted() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    stack.official(&ClaimBody::of_wingtip(&stack));
    drop(draft.ask("submit", &json!({})).ok());
    draft.is("under_review");
}

#[test]
fn a_merge_patch_replaces_what_it_names_and_removes_what_is_null() {
    let stack = Stack::start();
    let draft = stack.submit(
        &ClaimBody::new(&stack).draft().second_contact("karel@contoso.com").with("/comment", "First"),
    );
    let patched = draft
        .partner
        .patch(&draft.path(), &json!({ "comment": null, "second_contact": { "name": "K. D." } }))
        .ok();
    assert_eq!(patched["comment"], Value::Null);
    assert_eq!(patched["second_contact"]["name"], "K. D.");
    assert_eq!(patched["second_contact"]["email"], "karel@contoso.com");
    let patched = draft.partner.patch(&draft.path(), &json!({ "second_contact": null })).ok();
    assert_eq!(patched["second_contact"], Value::Null);
    let before = draft.read();
    let refused = draft
        .partner
        .patch(&draft.path(), &json!({ "name": null, "domain": 5, "status": "official", "id": "x" }));
    refused.problem(400, "invalid_request").is_exactly(&[
        ("/name", "required"),
        ("/domain", "wrong_type"),
        ("/status", "unknown_field"),
        ("/id", "unknown_field"),
    ]);
    for body in [json!([]), json!("x"), json!(null), json!(5)] {
        let refused = draft.partner.patch(&draft.path(), &body);
        assert_eq!(refused.status, 400, "{body}: {}", refused.text());
    }
    assert_eq!(draft.read(), before);
}

#[test]
fn an_edit_that_changes_nothing_is_no_change() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let before = (draft.read(), draft.history());
    drop(draft.partner.patch(&draft.path(), &json!({})).ok());
    drop(draft.partner.patch(&draft.path(), &json!({ "name": before.0["name"] })).ok());
    assert_eq!((draft.read(), draft.history()), before);
}

#[test]
fn a_claim_stays_with_its_partner() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let moved = draft.partner.patch(&draft.path(), &json!({ "partner_id": WINGTIP }));
    assert!(matches!(moved.status, 400 | 422), "{}", moved.text());
    assert_eq!(draft.read()["partner_id"], FABRIKAM);
}

#[test]
fn two_edits_on_one_version_leave_one_of_them() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let tag = draft.partner.get(&draft.path()).header("etag").to_owned();
    let edit = |name: &str| {
        let request = draft.partner.request("PATCH", &draft.path()).header("if-match", &tag);
        let answer = request.json(&json!({ "name": name })).send();
        (answer.status, name.to_owned())
    };
    let mut answers: Vec<_> = std::thread::scope(|scope| {
        let edit = &edit;
        let sent: Vec<_> =
            ["A", "B", "C", "D"].into_iter().map(|name| scope.spawn(move || edit(name))).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    answers.sort();
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 412, 412, 412]);
    assert_eq!(draft.read()["name"], json!(answers[0].1));
}
