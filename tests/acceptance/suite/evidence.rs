//! Files that prove claims: announced, uploaded by link, verified, named in claims, read by reviewers.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::driver::{Caller, ClaimBody, Directory, FABRIKAM, Response, SALES, Stack, WINGTIP};

const PDF: &[u8] = b"%PDF-1.7\nThe customer has signed this.\n%%EOF\n";

/// What a partner says of a file of these bytes.
pub fn statement(bytes: &[u8]) -> Value {
    json!({ "file_name": "SOW-118 podepsáno.pdf", "media_type": "application/pdf", "size": bytes.len(),
        "sha256": HEXLOWER.encode(&Sha256::digest(bytes)) })
}

pub fn announce(caller: &Caller<'_>, key: &str, body: &Value) -> Response {
    caller.request("POST", "/evidence").key(key).json(body).send()
}

/// Sends bytes to an upload link as it says, but for these headers.
pub fn upload(stack: &Stack, file: &Value, bytes: &[u8], changed: &[(&str, &str)]) -> Response {
    let link = &file["upload"];
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in link["headers"].as_object().unwrap() {
        let other = changed.iter().find(|(changed, _)| changed == name).map(|(_, value)| *value);
        headers.push((name.clone(), other.unwrap_or(value.as_str().unwrap()).to_owned()));
    }
    stack.send("PUT", link["url"].as_str().unwrap(), &headers, Some(bytes.to_vec()))
}

/// A file that is announced and uploaded.
#[track_caller]
fn uploaded(stack: &Stack, caller: &Caller<'_>, key: &str) -> Value {
    let file = announce(caller, key, &statement(PDF)).expect(201);
    let answer = upload(stack, &file, PDF, &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    file
}

/// The ID of a file that is verified.
#[track_caller]
fn verified(stack: &Stack, caller: &Caller<'_>, key: &str) -> String {
    let id = uploaded(stack, caller, key)["id"].as_str().unwrap().to_owned();
    assert_eq!(caller.post(&format!("/evidence/{id}/verify"), &json!({})).ok()["state"], "verified");
    id
}

fn read(caller: &Caller<'_>, id: &str) -> Response {
    caller.get(&format!("/evidence/{id}"))
}

#[track_caller]
fn download(stack: &Stack, file: &Value) -> Response {
    stack.send("GET", file["download"]["url"].as_str().unwrap(), &[], None)
}

#[test]
fn a_reviewer_reads_byte_for_byte_what_the_partner_uploaded() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let answer = announce(&partner, "sow", &statement(PDF));
    let place = answer.header("location").to_owned();
    let file = answer.expect(201);
    assert_eq!(place, format!("/evidence/{}", file["id"].as_str().unwrap()));
    assert_eq!((&file["state"], &file["verified_at"]), (&json!("waiting"), &Value::Null));
    assert_eq!(partner.get(&place).ok()["download"], Value::Null);
    assert_eq!(upload(&stack, &file, PDF, &[]).status, 200);
    let verified = partner.post(&format!("{place}/verify"), &json!({})).ok();
    assert_eq!(verified["state"], "verified");
    // Again is the same, and so it stays.
    assert_eq!(
        partner.post(&format!("{place}/verify"), &json!({})).ok()["verified_at"],
        verified["verified_at"]
    );
    let id = file["id"].as_str().unwrap();
    for caller in [stack.reviewer(), stack.user(FABRIKAM), partner] {
        let answer = download(&stack, &read(&caller, id).ok());
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.body, PDF);
        assert_eq!(answer.header("content-type"), "application/pdf");
        let saved = answer.header("content-disposition");
        assert!(
            saved.starts_with("attachment; ") && saved.contains("SOW-118%20podeps%C3%A1no.pdf"),
            "{saved}"
        );
    }
}

#[test]
fn another_partners_file_is_not_there_and_an_operator_has_no_business_with_it() {
    let stack = Stack::start();
    let id = verified(&stack, &stack.partner(FABRIKAM), "sow");
    for caller in [stack.partner(WINGTIP), stack.user(WINGTIP)] {
        drop(read(&caller, &id).problem(404, "not_found"));
    }
    drop(
        stack.partner(WINGTIP).post(&format!("/evidence/{id}/verify"), &json!({})).problem(404, "not_found"),
    );
    drop(read(&stack.operator(), &id).problem(403, "forbidden"));
    // The same key of another partner is another file.
    assert_ne!(announce(&stack.partner(WINGTIP), "sow", &statement(PDF)).expect(201)["id"], json!(id));
    for id in ["evd_aaaaaaaaaaaaaaaaaaaaaaaaaa", "evd_", "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa", "x"] {
        drop(read(&stack.reviewer(), id).problem(404, "not_found"));
    }
}

#[test]
fn the_file_store_takes_no_bytes_but_those_announced() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let file = announce(&partner, "sow", &statement(PDF)).expect(201);
    let verify = format!("/evidence/{}/verify", file["id"].as_str().unwrap());
    let mut other = PDF.to_vec();
    other[10] ^= 1;
    let digest = data_encoding::BASE64.encode(&Sha256::digest(&other));
    let refused = [
        upload(&stack, &file, &other, &[]),
        upload(&stack, &file, &other, &[("x-amz-checksum-sha256", digest.as_str())]),
        upload(&stack, &file, &PDF[1..], &[("content-length", "44")]),
        upload(&stack, &file, PDF, &[("content-type", "text/html")]),
        stack.send("PUT", file["upload"]["url"].as_str().unwrap(), &[], Some(PDF.to_vec())),
    ];
    for answer in refused {
        assert!(matches!(answer.status, 400 | 403), "{} {}", answer.status, answer.text());
        drop(partner.post(&verify, &json!({})).problem(409, "evidence_not_uploaded"));
    }
    assert_eq!(upload(&stack, &file, PDF, &[]).status, 200);
    drop(partner.post(&verify, &json!({})).ok());
}

#[test]
fn what_does_not_begin_as_its_kind_is_not_verified() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let program = b"MZ\x90\0 this is no document";
    let file = announce(&partner, "sow", &statement(program)).expect(201);
    assert_eq!(upload(&stack, &file, program, &[]).status, 200);
    let verify = format!("/evidence/{}/verify", file["id"].as_str().unwrap());
    let problem = partner.post(&verify, &json!({})).problem(422, "evidence_not_acceptable");
    problem.is_exactly(&[("/media_type", "wrong_media_type")]);
    assert_eq!(read(&partner, file["id"].as_str().unwrap()).ok()["state"], "waiting");
}

#[test]
fn a_link_that_was_altered_opens_nothing() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let id = verified(&stack, &partner, "sow");
    let file = read(&partner, &id).ok();
    let url = file["download"]["url"].as_str().unwrap();
    let get = |url: &str| stack.send("GET", url, &[], None).status;
    let (stem, signature) = url.split_once("X-Amz-Signature=").unwrap();
    let flipped = if signature.starts_with('a') { "b" } else { "a" };
    let (unsigned, _) = url.split_once('?').unwrap();
    for altered in [
        format!("{stem}X-Amz-Signature={flipped}{}", &signature[1..]),
        url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
        url.replace(&id, "evd_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        url.replace("application%2Fpdf", "text%2Fhtml"),
        unsigned.to_owned(),
    ] {
        assert_ne!(altered, url);
        assert_eq!(get(&altered), 403, "{altered}");
    }
    assert_eq!(stack.send("DELETE", url, &[], None).status, 403);
    assert_eq!(get(url), 200);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_link_that_has_expired_opens_nothing() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let id = verified(&stack, &partner, "sow");
    let file = read(&partner, &id).ok();
    let url = file["download"]["url"].as_str().unwrap();
    let get = |url: &str| stack.send("GET", url, &[], None).status;
    assert_eq!(get(url), 200);
    let late = announce(&partner, "late", &statement(PDF)).expect(201);
    drop(stack.advance("PT16M"));
    assert_eq!(get(url), 403);
    assert_eq!(upload(&stack, &late, PDF, &[]).status, 403);
    // A fresh link works, however far the clock was moved.
    drop(stack.advance("P30D"));
    assert_eq!(download(&stack, &read(&partner, &id).ok()).status, 200);
    let again = announce(&partner, "late", &statement(PDF)).expect(201);
    assert_eq!(again["id"], late["id"]);
    assert_eq!(upload(&stack, &again, PDF, &[]).status, 200);
}

#[test]
fn the_same_key_is_the_same_file() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let strip = |mut file: Value| {
        file["upload"] = Value::Null;
        file
    };
    let first = announce(&partner, "sow", &statement(PDF)).expect(201);
    let again = announce(&partner, "sow", &statement(PDF)).expect(201);
    assert_eq!(strip(first), strip(again));
    let mut other = statement(PDF);
    other["file_name"] = json!("other.pdf");
    drop(announce(&partner, "sow", &other).problem(422, "idempotency_key_reused"));
    drop(partner.post("/evidence", &statement(PDF)).problem(400, "idempotency_key_required"));
}

#[test]
fn everything_wrong_with_an_announcement_is_said_at_once() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body =
        json!({ "file_name": "../passwd", "media_type": "text/html", "size": 0, "sha256": "x", "url": "y" });
    announce(&partner, "k", &body).problem(400, "invalid_request").is_exactly(&[
        ("/file_name", "invalid_file_name"),
        ("/media_type", "unknown_value"),
        ("/size", "out_of_range"),
        ("/sha256", "invalid_digest"),
        ("/url", "unknown_field"),
    ]);
    announce(&partner, "k", &json!({})).problem(400, "invalid_request").is_exactly(&[
        ("/file_name", "required"),
        ("/media_type", "required"),
        ("/size", "required"),
        ("/sha256", "required"),
    ]);
    let mut body = statement(PDF);
    for (size, fits) in [(json!(10 * 1024 * 1024), true), (json!(10 * 1024 * 1024 + 1), false)] {
        body["size"] = size.clone();
        assert_eq!(announce(&partner, &size.to_string(), &body).status == 201, fits, "{size}");
    }
    for size in [json!(-1), json!(1.5), json!("7"), json!(true)] {
        body["size"] = size;
        announce(&partner, "k", &body).problem(400, "invalid_request").is_exactly(&[("/size", "wrong_type")]);
    }
    let garbage = partner.request("POST", "/evidence").key("k").bytes(b"{".to_vec()).send();
    drop(garbage.problem(400, "not_json"));
}

#[test]
fn a_claim_names_verified_files_of_its_own_partner_only() {
    let stack = Stack::start();
    let (partner, rival) = (stack.partner(FABRIKAM), stack.partner(WINGTIP));
    let good = verified(&stack, &partner, "sow");
    let waiting = uploaded(&stack, &partner, "waiting")["id"].as_str().unwrap().to_owned();
    let foreign = verified(&stack, &rival, "sow");
    let named = |file: &str| ClaimBody::new(&stack).with("/evidence/0/file", file);
    for (file, code) in [
        (waiting.as_str(), "evidence_not_verified"),
        (foreign.as_str(), "evidence_unknown"),
        ("evd_aaaaaaaaaaaaaaaaaaaaaaaaaa", "evidence_unknown"),
    ] {
        let found = partner.post("/claims/check", named(file).json()).ok();
        assert_eq!(found["acceptable"], false);
        assert_eq!(found["findings"][0]["code"], code, "{found:#}");
        let refused = partner.create(file, named(file).json()).problem(422, "claim_not_acceptable");
        refused.is_exactly(&[("/evidence/0/file", code)]);
        // A draft may wait for its file; submitting it may not.
        let draft = stack.submit(&named(file).draft());
        draft
            .ask("submit", &json!({}))
            .problem(422, "claim_not_acceptable")
            .is_exactly(&[("/evidence/0/file", code)]);
        drop(partner.patch(&draft.path(), &json!({ "evidence": [] })).ok());
        drop(partner.patch(&draft.path(), &json!({ "evidence": named(&good).json()["evidence"] })).ok());
        drop(draft.ask("withdraw", &json!({})).ok());
    }
    let rows = format!("{}\n{}\n", named(&waiting).json(), named(&good).workloads(&["intune"]).json());
    let result = partner.bulk("rows", "application/jsonl", &rows).ok();
    assert_eq!(result["rows"][0]["errors"][0]["code"], "evidence_not_verified", "{result:#}");
    assert_eq!(result["rows"][1]["outcome"], "created", "{result:#}");
    let claim = stack.submit(&named(&good)).is("awaiting_customer");
    assert_eq!(claim["evidence"][0]["file"], json!(good));
}

#[test]
fn a_dispute_brings_verified_files_only() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jana@elsewhere.example"));
    drop(claim.review("reject", &json!({ "reasons": [{ "code": "missing_poe" }] })).ok());
    let dispute = |file: &str| {
        json!({ "justification": "Here it is.", "evidence": [{ "kind": "contract",
            "signed_on": stack.days_ago(20), "reference": "C-7", "file": file }] })
    };
    let waiting = uploaded(&stack, &partner, "waiting")["id"].as_str().unwrap().to_owned();
    let refused = claim.ask("dispute", &dispute(&waiting)).problem(422, "claim_not_acceptable");
    refused.is_exactly(&[("/evidence/0/file", "evidence_not_verified")]);
    claim.is("rejected");
    drop(partner.post(&format!("/evidence/{waiting}/verify"), &json!({})).ok());
    drop(claim.ask("dispute", &dispute(&waiting)).ok());
    claim.is("disputed");
}

#[test]
fn a_renewal_keeps_its_file() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let file = verified(&stack, &partner, "sow");
    let body = ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales");
    let claim = stack.official(&body.with("/evidence/0/file", file.as_str()));
    let next = "55555555-0000-4000-8000-000000000005";
    let mut tenant = stack.operator().get(&format!("/tenants/{}", crate::driver::CONTOSO)).ok();
    let subscription =
        json!({ "id": next, "product": "dynamics365_sales", "state": "active", "channel": "volume" });
    tenant["subscriptions"].as_array_mut().unwrap().push(subscription);
    stack.put_contoso(&json!({ "subscriptions": tenant["subscriptions"] }));
    let renewals = json!({ "renewals": [{ "scope": "s1", "subscription_id": next }] });
    let renew = |key: &str| partner.request("POST", &claim.at("renew")).key(key).json(&renewals).send();
    assert_eq!(renew("again").expect(201)["evidence"][0]["file"], json!(file));
}

/// A claim as the review queue shows it.
#[track_caller]
fn queued(reviewer: &Caller<'_>, id: &str) -> Value {
    let first = "/claims?queue=review&limit=100".to_owned();
    let mut page = reviewer.get(&first).ok();
    loop {
        if let Some(claim) = page["items"].as_array().unwrap().iter().find(|claim| claim["id"] == id) {
            return claim.clone();
        }
        let next = page["next"].as_str().unwrap_or_else(|| panic!("{id} is not in the queue"));
        page = reviewer.get(&format!("{first}&cursor={next}")).ok();
    }
}

#[test]
fn reviewers_see_both_sides_evidence_and_read_its_files() {
    let stack = Stack::start();
    let ours = verified(&stack, &stack.partner(FABRIKAM), "sow");
    let theirs = verified(&stack, &stack.partner(WINGTIP), "sow");
    let holder = stack.official(&ClaimBody::new(&stack).with("/evidence/0/file", ours.as_str()));
    let rival = stack.submit(&ClaimBody::of_wingtip(&stack).with("/evidence/0/file", theirs.as_str()));
    let reviewer = stack.reviewer();
    for shown in [queued(&reviewer, &rival.id), reviewer.get(&rival.path()).ok()] {
        assert_eq!(shown["evidence"][0]["file"], json!(theirs));
        let other = &shown["conflicts"][0]["partner_of_record"];
        assert_eq!(other["claim_id"], json!(holder.id));
        assert_eq!(other["evidence"][0]["file"], json!(ours), "{shown:#}");
    }
    for file in [ours, theirs] {
        assert_eq!(download(&stack, &read(&reviewer, &file).ok()).body, PDF);
    }
    assert!(stack.partner(WINGTIP).get(&rival.path()).ok().get("conflicts").is_none());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn a_programme_can_ask_for_the_file_and_for_who_acknowledged_it() {
    let arguments =
        ["--set", "RequireAcknowledgement=osu_m365", "--set", "RequireEvidenceFile=osu_m365,osa_sell"];
    let stack = Stack::start_with(&arguments);
    let partner = stack.partner(FABRIKAM);
    let refused = partner.create("k", ClaimBody::new(&stack).json()).problem(422, "claim_not_acceptable");
    refused.is_exactly(&[
        ("/evidence", "missing_customer_acknowledgement"),
        ("/evidence", "missing_evidence_file"),
    ]);
    let sell = ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales");
    let refused = partner.create("sell", sell.json()).problem(422, "claim_not_acceptable");
    refused.is_exactly(&[("/evidence", "missing_evidence_file")]);
    let file = verified(&stack, &partner, "sow");
    let whole = ClaimBody::new(&stack)
        .with("/evidence/0/file", file.as_str())
        .with("/evidence/0/acknowledged_by", "Jana Nováková");
    let claim = stack.submit(&whole).is("awaiting_customer");
    assert_eq!(claim["evidence"][0]["acknowledged_by"], "Jana Nováková");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_file_outlives_a_restart_and_expires_by_policy() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let id = verified(&stack, &stack.partner(FABRIKAM), "sow");
    assert!(stack.into_process().stop().success());
    let stack = Stack::again(directory.path());
    let partner = stack.partner(FABRIKAM);
    let file = read(&partner, &id).ok();
    assert_eq!(download(&stack, &file).body, PDF);
    drop(stack.advance("P1095D"));
    assert_eq!(download(&stack, &read(&partner, &id).ok()).body, PDF);
    drop(stack.advance("P2D"));
    drop(read(&partner, &id).problem(404, "not_found"));
    // Its bytes are gone too: what is announced under the same key is waited for again.
    drop(announce(&partner, "sow", &statement(PDF)).expect(201));
    drop(partner.post(&format!("/evidence/{id}/verify"), &json!({})).problem(409, "evidence_not_uploaded"));
}
