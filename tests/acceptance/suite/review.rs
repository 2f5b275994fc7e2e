//! What reviewers decide, and what partners answer.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, Stack, Submitted, time};

/// A claim that waits for a reviewer, because its contact is outside the tenant.
fn under_review<'s>(stack: &'s Stack, workloads: &[&str]) -> Submitted<'s> {
    let claim = stack.submit(&ClaimBody::new(stack).contact("jana@elsewhere.example").workloads(workloads));
    claim.is("under_review");
    claim
}

fn reason(code: &str) -> Value {
    json!({ "reasons": [{ "code": code, "detail": "Please see page 2" }] })
}

#[test]
fn an_approved_claim_goes_to_the_customer_and_becomes_official_in_silence() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    assert!(time(&claim.read()["review_due"]) > stack.now());
    drop(claim.review("approve", &json!({})).ok());
    assert_eq!(claim.is("awaiting_customer")["review_due"], Value::Null);
    claim.pass_deadline();
    claim.is("official");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn the_partner_is_told_of_a_review_and_the_review_target_decides_nothing() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    let told = stack.subjects_to("petr@fabrikam.example");
    assert_eq!(told, ["Under review: Contoso Teams rollout"]);
    let due = time(&claim.read()["review_due"]);
    let days = (due - stack.now()).num_days();
    assert!((5..=8).contains(&days), "five business days are not {days} days");
    drop(stack.advance("P60D"));
    claim.is("under_review");
}

#[test]
fn what_is_asked_for_is_edited_resubmitted_and_becomes_official() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("request-information", &reason("missing_dates")).ok());
    let asked = claim.is("action_required");
    let given = &asked["scopes"][0]["reasons"][0];
    assert_eq!((&given["code"], &given["detail"]), (&json!("missing_dates"), &json!("Please see page 2")));
    assert!(!given["cure"].as_str().unwrap().is_empty(), "a reason says what would cure it");
    assert!(time(&asked["action_due"]) > stack.now());
    let mail = stack.mails_to("petr@fabrikam.example").pop().unwrap();
    assert_eq!(mail.subject, "Information needed: Contoso Teams rollout");
    assert!(mail.text.contains("Please see page 2"), "{}", mail.text);

    let patch = json!({
        "evidence": [{ "kind": "contract", "signed_on": stack.days_ago(3), "reference": "SOW-119" }],
        "customer_contact": { "email": "jana@contoso.com" },
    });
    let edited = claim.partner.patch(&claim.path(), &patch).ok();
    assert_eq!(edited["status"], "action_required", "an edit alone moves nothing");
    assert_eq!(edited["evidence"][0]["reference"], "SOW-119");
    assert_eq!(edited["customer_contact"]["name"], "Jana Nováková", "what a patch leaves out stays");
    drop(claim.ask("submit", &json!({})).ok());
    // What a reviewer asked, a reviewer reads.
    let resubmitted = claim.is("under_review");
    assert_eq!(
        (&resubmitted["scopes"][0]["reasons"], &resubmitted["action_due"]),
        (&json!([]), &Value::Null)
    );
    drop(claim.review("approve", &json!({})).ok());
    claim.pass_deadline();
    claim.is("official");
    assert_eq!(claim.events().iter().filter(|event| *event == "edited").count(), 1);
    drop(stack.advance("P60D"));
    claim.is("official");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn no_answer_for_fourteen_business_days_lapses_to_rejected_and_not_a_minute_before() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("request-information", &reason("missing_poe")).ok());
    // Sunday noon: the fourteenth business day is the Thursday of the third week, which ends at 23:00 UTC in winter.
    let due = time(&claim.is("action_required")["action_due"]);
    let days = (due - stack.now()).num_days();
    assert_eq!(days, 18, "from Sunday noon to the end of the third Thursday");
    drop(stack.advance_to(due - TimeDelta::minutes(1)));
    claim.is("action_required");
    drop(stack.advance("PT31M"));
    let lapsed = claim.is("rejected");
    assert_eq!(lapsed["scopes"][0]["reasons"][0]["code"], "no_partner_response");
    assert_eq!(claim.history().last().unwrap()["by"]["role"], "system");
    assert_eq!(stack.subjects_to("petr@fabrikam.example").last().unwrap(), "Rejected: Contoso Teams rollout");
}

#[test]
fn answering_in_time_cancels_the_lapse() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("request-information", &reason("missing_poe")).ok());
    drop(claim.ask("submit", &json!({})).ok());
    claim.is("under_review");
    drop(stack.advance("P60D"));
    claim.is("under_review");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn a_second_request_for_information_gives_its_full_time_whatever_the_first_one_left_behind() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("request-information", &reason("missing_poe")).ok());
    let first = time(&claim.read()["action_due"]);
    drop(stack.advance("P10D"));
    drop(claim.ask("submit", &json!({})).ok());
    drop(claim.review("request-information", &reason("missing_dates")).ok());
    let second = time(&claim.read()["action_due"]);
    assert!(second > first);
    drop(stack.advance_past(first));
    claim.is("action_required");
    drop(stack.advance_past(second));
    claim.is("rejected");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn a_rejection_may_be_disputed_once_and_a_second_rejection_is_final() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("reject", &reason("missing_product")).ok());
    let rejected = claim.is("rejected");
    assert_eq!(rejected["scopes"][0]["reasons"][0]["code"], "missing_product");
    let until = time(&rejected["dispute_until"]);
    assert!((until - stack.now() - TimeDelta::days(30)).abs() < TimeDelta::minutes(5), "{until}");
    drop(claim.ask("dispute", &json!({ "justification": "Page 3 names Teams" })).ok());
    claim.is("disputed");
    drop(claim.review("reject", &reason("missing_product")).ok());
    let last = claim.is("rejected_final");
    assert_eq!(last["dispute_until"], Value::Null);
    let again = claim.ask("dispute", &json!({ "justification": "Once more" }));
    drop(again.problem(409, "already_disputed"));
    claim.is("rejected_final");
}

#[test]
fn a_dispute_that_convinces_goes_to_the_customer() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("reject", &reason("missing_product")).ok());
    drop(claim.ask("dispute", &json!({ "justification": "Page 3 names Teams" })).ok());
    drop(claim.review("approve", &json!({})).ok());
    claim.pass_deadline();
    claim.is("official");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_dispute_comes_too_late_after_thirty_days_and_just_in_time_a_minute_before() {
    let stack = Stack::start();
    let (early, late) = (under_review(&stack, &["teams"]), under_review(&stack, &["intune"]));
    for claim in [&early, &late] {
        drop(claim.review("reject", &reason("missing_poe")).ok());
    }
    let words = json!({ "justification": "Sorry, holidays" });
    drop(stack.advance_to(time(&early.read()["dispute_until"]) - TimeDelta::minutes(1)));
    drop(early.ask("dispute", &words).ok());
    early.is("disputed");
    drop(stack.advance("PT2M"));
    drop(late.ask("dispute", &words).problem(409, "too_late"));
    late.is("rejected");
}

#[test]
fn what_was_disputed_once_is_rejected_for_good_the_next_time_by_silence_too() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams", "intune"]);
    drop(claim.review("reject", &reason("missing_poe")).ok());
    drop(claim.ask("dispute", &json!({ "justification": "See SOW-119" })).ok());
    drop(claim.review("request-information", &reason("missing_dates")).ok());
    claim.is("action_required");
    drop(stack.advance("P30D"));
    claim.is("rejected_final");
    drop(claim.ask("dispute", &json!({ "justification": "Again" })).problem(409, "already_disputed"));
}

#[test]
fn a_dispute_may_bring_new_evidence_which_must_be_sound() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("reject", &reason("missing_dates")).ok());
    let proof =
        |signed_on: String| json!({ "kind": "contract", "signed_on": signed_on, "reference": "C-77" });
    let dispute =
        |proofs: Value| claim.ask("dispute", &json!({ "justification": "Newer", "evidence": proofs }));
    let old = dispute(json!([proof(stack.days_ago(400))])).problem(422, "claim_not_acceptable");
    old.is_exactly(&[("/evidence/0/signed_on", "evidence_too_old")]);
    let wrong = dispute(json!([{ "kind": "letter", "signed_on": "yesterday", "reference": "" }]));
    wrong.problem(400, "invalid_request").is_exactly(&[
        ("/evidence/0/kind", "unknown_value"),
        ("/evidence/0/signed_on", "invalid_date"),
        ("/evidence/0/reference", "empty"),
    ]);
    claim.is("rejected");
    drop(dispute(json!([proof(stack.days_ago(2))])).ok());
    let disputed = claim.is("disputed");
    let references: Vec<_> =
        disputed["evidence"].as_array().unwrap().iter().map(|one| one["reference"].clone()).collect();
    assert_eq!(references, ["SOW-118", "C-77"]);
}

#[test]
fn a_reviewer_decides_each_scope_on_its_own() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams", "intune", "exchange_online"]);
    drop(claim.review("approve", &json!({ "scopes": ["s1"] })).ok());
    drop(claim.review("reject", &json!({ "reasons": [{ "scope": "s2", "code": "missing_product" }] })).ok());
    let ask = json!({ "scopes": ["s3"], "reasons": [{ "code": "missing_dates" }] });
    drop(claim.review("request-information", &ask).ok());
    assert_eq!(claim.standings(), ["awaiting_customer", "rejected", "action_required"]);
    claim.is("action_required");
    drop(stack.advance("P60D"));
    assert_eq!(claim.standings(), ["official", "rejected", "rejected"]);
}

#[test]
fn a_rejection_without_a_coded_reason_for_every_scope_is_refused() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams", "intune"]);
    let before = (claim.read(), claim.history());
    for verb in ["reject", "request-information"] {
        claim
            .review(verb, &json!({}))
            .problem(400, "invalid_request")
            .is_exactly(&[("/reasons", "required")]);
        claim
            .review(verb, &json!({ "reasons": [] }))
            .problem(400, "invalid_request")
            .is_exactly(&[("/reasons", "required")]);
        let text = json!({ "reasons": [{ "code": "because", "detail": "no" }, { "scope": "x", "code": "missing_poe", "more": 1 }] });
        claim.review(verb, &text).problem(400, "invalid_request").is_exactly(&[
            ("/reasons/0/code", "unknown_value"),
            ("/reasons/1/scope", "invalid_scope_id"),
            ("/reasons/1/more", "unknown_field"),
        ]);
        let partly = json!({ "scopes": ["s1", "s2"], "reasons": [{ "scope": "s1", "code": "missing_poe" }] });
        drop(claim.review(verb, &partly).problem(422, "reason_missing"));
        let unknown = json!({ "reasons": [{ "scope": "s7", "code": "missing_poe" }] });
        drop(claim.review(verb, &unknown).problem(422, "unknown_scope"));
        let beside = json!({ "scopes": ["s1"], "reasons": [{ "scope": "s1", "code": "missing_poe" }, { "scope": "s2", "code": "missing_poe" }] });
        let refused = claim.review(verb, &beside).problem(400, "invalid_request");
        refused.is_exactly(&[("/reasons/1/scope", "unknown_scope")]);
    }
    drop(claim.review("approve", &json!({ "scopes": ["s7"] })).problem(422, "unknown_scope"));
    drop(claim.review("approve", &json!({ "reasons": [] })).problem(400, "invalid_request"));
    assert_eq!((claim.read(), claim.history()), before);
}

#[test]
fn more_words_than_a_claim_can_keep_are_refused_for_every_scope_and_taken_for_one() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams", "intune"]);
    let reason = json!({ "code": "missing_poe", "detail": "ž".repeat(2000) });
    let reasons = vec![reason; 5];
    let refused = claim.review("request-information", &json!({ "reasons": reasons }));
    refused.problem(400, "invalid_request").is_exactly(&[("/reasons", "too_long")]);
    claim.is("under_review");
    drop(claim.review("request-information", &json!({ "scopes": ["s1"], "reasons": reasons })).ok());
    assert_eq!(claim.standings(), ["action_required", "under_review"]);
}

#[test]
fn a_decision_that_the_status_does_not_allow_is_a_conflict_and_changes_nothing() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let before = (claim.read(), claim.history());
    for verb in ["approve", "reject", "request-information"] {
        let body = if verb == "approve" { json!({}) } else { reason("missing_poe") };
        let refused = claim.review(verb, &body).problem(409, "not_in_this_status");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with(&verb.replace('-', "_")), "{detail}");
    }
    for (verb, body) in
        [("submit", json!({})), ("withdraw", json!({})), ("dispute", json!({ "justification": "Why not" }))]
    {
        drop(claim.ask(verb, &body).problem(409, "not_in_this_status"));
    }
    drop(
        claim.partner.patch(&claim.path(), &json!({ "name": "Another" })).problem(409, "not_in_this_status"),
    );
    assert_eq!((claim.read(), claim.history()), before);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn the_review_queue_shows_what_waits_oldest_due_first_page_by_page() {
    let stack = Stack::start();
    let mut expected = Vec::new();
    for workload in ["teams", "intune", "exchange_online", "sharepoint_online"] {
        expected.push(under_review(&stack, &[workload]).id);
        drop(stack.advance("P1D"));
    }
    let not_waiting = ClaimBody::new(&stack).product("osa_sell", crate::driver::SALES, "dynamics365_sales");
    stack.submit(&not_waiting).is("awaiting_customer");
    let reviewer = stack.reviewer();
    let ids = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|claim| claim["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = reviewer.get("/claims?queue=review").ok();
    assert_eq!(ids(&all), expected);
    let dues: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|claim| time(&claim["review_due"])).collect();
    assert!(dues.is_sorted(), "{dues:?}");
    let mut paged = Vec::new();
    let mut path = "/claims?queue=review&limit=1".to_owned();
    for _ in 0..10 {
        let page = reviewer.get(&path).ok();
        assert!(page["items"].as_array().unwrap().len() <= 1);
        paged.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/claims?queue=review&limit=1&cursor={next}");
    }
    assert_eq!(paged, expected);
    // What is decided leaves the queue.
    let path = format!("/claims/{}", expected[0]);
    drop(stack.review(&path, "approve", &json!({})).ok());
    stack.settle();
    assert_eq!(ids(&reviewer.get("/claims?queue=review").ok()), expected[1..]);
}

#[test]
fn comments_go_both_ways_and_stand_in_the_history() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    drop(claim.review("comments", &json!({ "text": "Which page?" })).ok());
    drop(claim.ask("comments", &json!({ "text": "Page 3.\nSecond line." })).ok());
    let history = claim.history();
    let texts: Vec<_> = history
        .iter()
        .flat_map(|change| change["events"].as_array().unwrap().iter().map(move |event| (change, event)))
        .filter(|(_, event)| event["event"] == "commented")
        .map(|(change, event)| (change["by"]["role"].as_str().unwrap(), event["text"].as_str().unwrap()))
        .collect();
    assert_eq!(texts, [("reviewer", "Which page?"), ("partner", "Page 3.\nSecond line.")]);
    claim.is("under_review");
    claim.ask("comments", &json!({})).problem(400, "invalid_request").is_exactly(&[("/text", "required")]);
    claim
        .ask("comments", &json!({ "text": " " }))
        .problem(400, "invalid_request")
        .is_exactly(&[("/text", "empty")]);
}

#[test]
fn a_claim_is_withdrawn_before_it_is_official_and_the_customer_cannot_revive_it() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).workloads(&["teams", "intune"]));
    let link = stack.link_to("jana@contoso.com");
    drop(claim.ask("withdraw", &json!({ "scopes": ["s2"], "reason": "Wrong workload" })).ok());
    assert_eq!(claim.standings(), ["awaiting_customer", "withdrawn"]);
    drop(claim.ask("withdraw", &json!({})).ok());
    claim.is("withdrawn");
    let page = link.accept();
    assert!(page.contains("Nothing was changed"), "{page}");
    drop(stack.advance("P14D"));
    claim.is("withdrawn");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
    drop(stack.partner(FABRIKAM).create("again", ClaimBody::new(&stack).json()).expect(201));
}

#[test]
fn disassociating_needs_a_reason_and_ends_the_association() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack).workloads(&["teams", "intune"]));
    claim
        .ask("disassociate", &json!({}))
        .problem(400, "invalid_request")
        .is_exactly(&[("/reason", "required")]);
    drop(claim.ask("disassociate", &json!({ "scopes": ["s1"], "reason": "Moved to another partner" })).ok());
    assert_eq!(claim.standings(), ["disassociated", "official"]);
    drop(claim.ask("disassociate", &json!({ "reason": "The rest as well" })).ok());
    let ended = claim.is("disassociated");
    assert_eq!(ended["scopes"][1]["reasons"][0]["code"], "partner_request");
    assert_eq!(ended["scopes"][1]["reasons"][0]["detail"], "The rest as well");
    drop(claim.ask("disassociate", &json!({ "reason": "Twice" })).problem(409, "not_in_this_status"));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn a_programme_that_is_always_reviewed_sends_every_claim_to_a_reviewer() {
    let stack = Stack::start_with(&["--set", "AlwaysReview=osu_m365"]);
    let claim = stack.submit(&ClaimBody::new(&stack));
    claim.is("under_review");
    let sell = ClaimBody::new(&stack).product("osa_sell", crate::driver::SALES, "dynamics365_sales");
    stack.submit(&sell).is("awaiting_customer");
}

#[test]
fn a_stale_etag_is_refused_for_every_move_and_a_fresh_one_is_taken() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams"]);
    let fresh = claim.partner.get(&claim.path()).header("etag").to_owned();
    drop(claim.ask("comments", &json!({ "text": "Moves the version" })).ok());
    let before = claim.read();
    for (verb, body) in [
        ("withdraw", json!({})),
        ("submit", json!({})),
        ("dispute", json!({ "justification": "x" })),
        ("disassociate", json!({ "reason": "x" })),
        ("comments", json!({ "text": "x" })),
    ] {
        let stale =
            claim.partner.request("POST", &claim.at(verb)).header("if-match", &fresh).json(&body).send();
        drop(stale.problem(412, "stale"));
    }
    let reviewer = stack.reviewer();
    for verb in ["approve", "reject", "request-information"] {
        let body = if verb == "approve" { json!({}) } else { reason("missing_poe") };
        drop(
            reviewer
                .request("POST", &claim.at(verb))
                .header("if-match", &fresh)
                .json(&body)
                .send()
                .problem(412, "stale"),
        );
        // A decision names what it was made on: no version, or any, is none.
        drop(reviewer.post(&claim.at(verb), &body).problem(428, "if_match_required"));
        let any = reviewer.request("POST", &claim.at(verb)).header("if-match", "*").json(&body);
        drop(any.send().problem(428, "if_match_required"));
    }
    let patch = claim
        .partner
        .request("PATCH", &claim.path())
        .header("if-match", &fresh)
        .json(&json!({ "name": "New" }));
    drop(patch.send().problem(412, "stale"));
    for wrong in ["1", "\"x\"", "\"-1\"", "", "\"1\", x", "\"1\","] {
        let asked = claim.partner.request("POST", &claim.at("comments")).header("if-match", wrong);
        drop(asked.json(&json!({ "text": "x" })).send().problem(400, "invalid_if_match"));
    }
    assert_eq!(claim.read(), before);
    // Weak forms and lists are understood.
    let now = format!("\"99\", W/{}", claim.partner.get(&claim.path()).header("etag"));
    let asked =
        claim.partner.request("POST", &claim.at("withdraw")).header("if-match", &now).json(&json!({}));
    drop(asked.send().ok());
    claim.is("withdrawn");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn the_page_of_a_later_mail_names_the_earliest_deadline_and_accepts_its_own_services_alone() {
    let stack = Stack::start();
    let claim = under_review(&stack, &["teams", "intune"]);
    let until = |page: &str| {
        let from = page.find("You can say no ").unwrap_or_else(|| panic!("{page}"));
        page[from..].split("</p>").next().unwrap().to_owned()
    };
    drop(claim.review("approve", &json!({ "scopes": ["s1"] })).ok());
    stack.settle();
    let first = stack.link_to("jana@elsewhere.example");
    let earliest = until(&first.ask("GET", "?lang=en").text());
    drop(stack.advance("P2D"));
    drop(claim.review("approve", &json!({ "scopes": ["s2"] })).ok());
    stack.settle();
    let second = stack.link_to("jana@elsewhere.example");
    assert_ne!(first.url, second.url);
    assert_eq!(until(&second.ask("GET", "?lang=en").text()), earliest);
    let accepting = second.ask("GET", "?step=accept&lang=en").text();
    assert!(accepting.contains("Intune") && !accepting.contains("Teams"), "{accepting}");
}
