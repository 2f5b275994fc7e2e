//! What the functions log tells nobody who somebody is, and opens no door.
//!
//! The driver tries this of every stack of the whole suite, in `driver/secrets.rs`: what a test has sent and been answered,
//! read in a mail or opened as a link must not be in what the stack has said by the time it has ended. Here are a life that
//! is busy enough, and the proof that a leak is seen.

use serde_json::json;

use crate::driver::{ClaimBody, FABRIKAM, Secrets, Stack, WINGTIP};

const LOCAL: &str = "http://127.0.0.1:1";

/// Everything that usually leads to a line in a log, and most of what does not.
fn busy_life(stack: &Stack) {
    let partner = stack.partner(FABRIKAM);
    let office = json!({ "notice_email": "it-office@contoso.com" });
    stack.put_contoso(&office);
    let claim = stack
        .submit(&ClaimBody::new(stack).second_contact("karel@contoso.com").with("/comment", "For Jana only"));
    // Mails: told, bounced, corrected, complained of, refused, reminded of.
    let mail = stack.mails_to("jana@contoso.com").pop().unwrap();
    stack.report(&mail, "delivery");
    stack.report(&mail, "bounce");
    stack.submit(&ClaimBody::new(stack).workloads(&["intune"]).contact("reject@contoso.com"));
    let bounced = ClaimBody::new(stack).workloads(&["sharepoint_online"]).contact("bounce@contoso.com");
    drop(stack.submit(&bounced).review("approve", &json!({})).ok());
    drop(claim.ask("comments", &json!({ "text": "Call Jana Nováková at home" })));
    // The customer: looks, says no, takes it back, sends nonsense, guesses.
    let link = stack.link_to("it-office@contoso.com");
    link.page();
    link.answer("decision=decline&reason=Petr+never+came");
    link.undo();
    drop(link.post("decision=perhaps&reason=Petr+never+came"));
    drop(stack.link(&format!("{}x", link.url)).open());
    drop(stack.link(&format!("{}?lang=cs&email=jana@contoso.com", link.url)).open());
    // Wrong input, with people in it, in every place.
    let wrong = ClaimBody::new(stack).with("/customer_contact/email", "Jana Nováková <jana@contoso.com>");
    drop(partner.create("Jana Novakova's key", wrong.json()).problem(400, "invalid_request"));
    drop(
        partner
            .create("key", ClaimBody::new(stack).with("/jana@contoso.com", 1).json())
            .problem(400, "invalid_request"),
    );
    drop(partner.request("POST", "/claims").key("k").bytes(b"{\"email\": jana@contoso.com".to_vec()).send());
    drop(partner.get("/claims?q=jana%40contoso.com&cursor=jana%40contoso.com"));
    drop(partner.get("/claims?jana%40contoso.com=Jana"));
    drop(partner.get("/claims/jana%40contoso.com/history"));
    drop(partner.get("/jana%40contoso.com"));
    drop(stack.operator().get("/partners/jana%40contoso.com"));
    let line = ClaimBody::new(stack).workloads(&["teams"]).json().to_string();
    drop(partner.bulk("bulk", "application/jsonl", &format!("{line}\n{{\"email\": jana@contoso.com\n")));
    drop(partner.bulk("bulk", "text/csv", "name,customer_contact.email\nJana Nováková,jana@contoso.com\n"));
    // Who calls: nobody, somebody with a broken token, somebody else.
    drop(stack.bearer(&format!("{}x", partner.token.clone().unwrap())).get("/claims"));
    drop(stack.partner(WINGTIP).get(&claim.path()));
    drop(
        partner
            .request("PATCH", &claim.path())
            .header("if-match", "\"99\"")
            .json(&json!({ "comment": "Jana!" }))
            .send(),
    );
    // Files and lists.
    let statement = json!({ "file_name": "Jana Nováková.pdf", "media_type": "application/pdf", "size": 4, "sha256": "0".repeat(64) });
    let file = partner.request("POST", "/evidence").key("file").json(&statement).send().expect(201);
    drop(partner.post(&format!("/evidence/{}/verify", file["id"].as_str().unwrap()), &json!({})));
    drop(partner.get("/claims/export"));
    // A reviewer's words, a rival, and the end.
    let rival = stack.submit(&ClaimBody::of_wingtip(stack).contact("eva@elsewhere.example"));
    drop(
        rival.review(
            "reject",
            &json!({ "reasons": [{ "code": "missing_poe", "detail": "Ask Petr Svoboda" }] }),
        ),
    );
    drop(rival.ask("dispute", &json!({ "justification": "Jana has signed it" })));
    drop(stack.advance("P14D"));
    drop(stack.advance("P90D"));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: reads the stack's own output")]
fn a_busy_life_leaves_no_name_address_link_or_token_in_any_log() {
    let stack = Stack::start();
    busy_life(&stack);
    let secrets = stack.secrets();
    drop(stack);
    let (lines, known) = secrets.sizes();
    assert!(lines > 100 && known > 40, "{lines} lines, {known} secrets: that was no busy life");
    assert_eq!(secrets.told(), []);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn nor_does_it_where_everything_is_logged() {
    let stack = Stack::start_with(&["--log-level", "debug"]);
    busy_life(&stack);
    let secrets = stack.secrets();
    drop(stack);
    assert_eq!(secrets.told(), []);
}

#[test]
fn a_log_that_tells_is_seen() {
    let token =
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyb2xlOnBhcnRuZXIifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    let headers = [("Authorization".to_owned(), format!("Bearer {token}"))];
    let body = json!({ "customer_contact": { "name": "Jana Nováková", "email": "jana@contoso.com" }, "comment": "For you" });
    let inbox = json!({ "items": [{ "to": "petr@fabrikam.example", "text": format!("Open {LOCAL}/m4nyrandomsigns2ofalinkthatopens.") }] });
    let told = |line: &str| {
        let secrets = Secrets::default();
        secrets.asked(
            LOCAL,
            &format!("{LOCAL}/an0therrandom3ofalinkthatopens?lang=cs"),
            &headers,
            Some(body.to_string().as_bytes()),
        );
        secrets.answered(LOCAL, inbox.to_string().as_bytes());
        secrets.hear(line);
        !secrets.told().is_empty()
    };
    for line in [
        "contact=Jana Nováková was told",
        "to=jana@contoso.com refused",
        "comment: For you",
        "to=petr@fabrikam.example",
        "GET /m4nyrandomsigns2ofalinkthatopens",
        "GET /an0therrandom3ofalinkthatopens 404",
        &format!("authorization: Bearer {token}"),
        "token c2lnbmF0dXJlLW9mLXRoZS10b2tlbg",
    ] {
        assert!(told(line), "not seen: {line}");
    }
    assert!(!told(
        "customer told claim_id=clm_aeb4fibyeei2u3tsahcuvlwi2a notice=1 to=contact status=awaiting_customer"
    ));
}
