//! What the customer can say, and what comes of it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, Stack, time};

/// The first scope's reason codes.
fn reasons(claim: &Value) -> Vec<&str> {
    claim["scopes"][0]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_declined_claim_stays_declined_whatever_the_timers_do() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let page = stack.link_to("jana@contoso.com").answer("decision=decline&reason=No+thank+you");
    assert!(page.contains("Done: you said no"), "{page}");
    let declined = claim.is("declined");
    assert_eq!(reasons(&declined), ["customer_declined"]);
    assert_eq!(declined["scopes"][0]["reasons"][0]["detail"], "No thank you");
    drop(stack.advance("P7D"));
    claim.is("declined");
    drop(stack.advance("P60D"));
    claim.is("declined");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
    let told = stack.mails_to("petr@fabrikam.example").pop().unwrap();
    assert_eq!(told.subject, "Declined by the customer: Contoso Teams rollout");
    assert!(told.text.contains("No thank you"), "{}", told.text);
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1, "nobody is reminded of what it has declined");
}

#[test]
fn declining_one_of_two_scopes_leaves_the_other_to_become_official() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).workloads(&["teams", "exchange_online"]));
    stack.link_to("jana@contoso.com").answer("decision=decline&scopes=s2");
    assert_eq!(claim.standings(), ["awaiting_customer", "declined"]);
    claim.is("awaiting_customer");
    claim.pass_deadline();
    assert_eq!(claim.standings(), ["official", "declined"]);
    claim.is("official");
    let own = stack.partner(FABRIKAM).get("/associations").ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!(own["items"][0]["workload"], "teams");
}

#[test]
fn several_scopes_are_declined_as_several_fields_or_as_one_list() {
    let stack = Stack::start();
    let three = ["teams", "exchange_online", "intune"];
    let claim = stack.submit(&ClaimBody::new(&stack).workloads(&three));
    let link = stack.link_to("jana@contoso.com");
    link.answer("decision=decline&scopes=s1&scopes=s3");
    assert_eq!(claim.standings(), ["declined", "awaiting_customer", "declined"]);
    link.answer("decision=undo");
    assert_eq!(claim.standings(), ["awaiting_customer"; 3]);
    link.answer("decision=decline&scopes=s1,s2");
    assert_eq!(claim.standings(), ["declined", "declined", "awaiting_customer"]);
}

#[test]
fn declining_after_official_ends_the_association_at_once() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack).workloads(&["teams", "exchange_online"]));
    let link = stack.link_to("jana@contoso.com");
    link.answer("decision=decline&scopes=s1");
    assert_eq!(claim.standings(), ["declined", "official"]);
    let own = stack.partner(FABRIKAM).get("/associations").ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    link.decline();
    claim.is("declined");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
    let all = stack.reviewer().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
    let ended: Vec<_> = all["items"].as_array().unwrap().iter().map(|one| one["ended_as"].clone()).collect();
    assert_eq!(ended, ["declined", "declined"]);
    let page = link.undo();
    assert!(page.contains("This can no longer be taken back"), "{page}");
    claim.is("declined");
    // The slot is free again.
    stack.official(&ClaimBody::of_wingtip(&stack));
}

#[test]
fn accepting_makes_the_association_official_at_once_and_it_can_still_be_declined() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    let page = link.accept();
    assert!(page.contains("Done: you accepted"), "{page}");
    claim.is("official");
    assert_eq!(claim.history().last().unwrap()["by"]["role"], "customer");
    assert!(
        stack.subjects_to("petr@fabrikam.example").contains(&"Official: Contoso Teams rollout".to_owned())
    );
    let page = link.page();
    assert!(page.contains("The association is official"), "{page}");
    drop(stack.advance("P14D"));
    claim.is("official");
    link.decline();
    claim.is("declined");
}

#[test]
fn a_no_can_be_taken_back_while_the_window_is_open_and_the_deadline_stays() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let deadline = claim.read()["deadline"].clone();
    let link = stack.link_to("jana@contoso.com");
    link.decline();
    drop(stack.advance_to(time(&deadline) - TimeDelta::minutes(2)));
    let page = link.undo();
    assert!(page.contains("Done: your no is taken back"), "{page}");
    assert_eq!(claim.is("awaiting_customer")["deadline"], deadline);
    assert!(
        stack
            .subjects_to("petr@fabrikam.example")
            .contains(&"Customer took its no back: Contoso Teams rollout".to_owned())
    );
    claim.pass_deadline();
    claim.is("official");
}

#[test]
fn a_no_cannot_be_taken_back_after_the_window() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let deadline = time(&claim.read()["deadline"]);
    let link = stack.link_to("jana@contoso.com");
    link.decline();
    drop(stack.advance_to(deadline + TimeDelta::seconds(1)));
    assert!(!link.page().contains("Take back my no"));
    let page = link.undo();
    assert!(page.contains("This can no longer be taken back"), "{page}");
    claim.is("declined");
}

#[test]
fn the_same_form_twice_changes_nothing_the_second_time() {
    let stack = Stack::start();
    for (form, status) in [("decision=decline", "declined"), ("decision=accept", "official")] {
        let claim = stack.submit(&ClaimBody::new(&stack));
        let link = stack.link_to("jana@contoso.com");
        link.answer(form);
        let before = (claim.is(status), claim.history(), stack.mails().len());
        let page = link.answer(form);
        assert!(page.contains("Nothing was changed"), "{page}");
        assert_eq!((claim.is(status), claim.history(), stack.mails().len()), before, "{form}");
    }
}

#[test]
fn the_same_form_from_many_windows_at_once_declines_once() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| link.decline());
        }
    });
    claim.is("declined");
    assert_eq!(claim.events().iter().filter(|event| *event == "declined").count(), 1);
}

#[test]
fn decline_against_accept_at_the_same_time_ends_in_one_of_the_two_and_a_later_no_wins() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    std::thread::scope(|scope| {
        scope.spawn(|| link.accept());
        scope.spawn(|| link.decline());
    });
    // Accept first, then decline: declined. Decline first, then accept: nothing left to accept. A no wins either way.
    claim.is("declined");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
}

#[test]
fn the_tenants_notice_address_always_gets_the_notice_and_its_own_link_declines() {
    let stack = Stack::start();
    stack.put_contoso(&json!({ "notice_email": "it-office@contoso.com" }));
    let claim = stack.submit(&ClaimBody::new(&stack));
    let contact = stack.link_to("jana@contoso.com");
    let office = stack.link_to("it-office@contoso.com");
    assert_ne!(contact.url, office.url);
    office.decline();
    claim.is("declined");
    assert!(contact.page().contains("Declined"));
    drop(stack.advance("P14D"));
    claim.is("declined");
}

#[test]
fn the_contact_whom_the_partner_named_cannot_take_back_the_no_of_the_notice_address() {
    let stack = Stack::start();
    stack.put_contoso(&json!({ "notice_email": "it-office@contoso.com" }));
    let claim = stack.submit(&ClaimBody::new(&stack));
    let (contact, office) = (stack.link_to("jana@contoso.com"), stack.link_to("it-office@contoso.com"));
    office.decline();
    assert!(!contact.page().contains("Take back my no"));
    assert!(contact.answer("decision=undo").contains("Nothing was changed"));
    assert!(contact.answer("decision=accept").contains("Nothing was changed"));
    claim.is("declined");
    // The other way round it can: the address is the tenant's own.
    assert!(office.page().contains("Take back my no"));
    office.undo();
    claim.is("awaiting_customer");
    contact.decline();
    office.undo();
    claim.is("awaiting_customer");
}

#[test]
fn every_link_that_has_left_works_the_reminders_and_the_first_ones() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let first = stack.link_to("jana@contoso.com");
    let deadline = time(&claim.read()["deadline"]);
    drop(stack.advance_to_shortly_before(deadline));
    let reminder = stack.link_to("jana@contoso.com");
    assert_ne!(first.url, reminder.url);
    reminder.decline();
    claim.is("declined");
    first.undo();
    claim.is("awaiting_customer");
    first.decline();
    claim.is("declined");
}

#[test]
fn a_form_that_is_none_of_ours_changes_nothing() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    let before = (claim.read(), claim.history());
    let long = format!("decision=decline&reason={}", "x".repeat(20_000));
    for form in [
        "",
        "decision=",
        "decision=perhaps",
        "scopes=s1",
        "decision=decline&scopes=../s1",
        "{}",
        "%%%",
        &long,
    ] {
        let answer = link.post(form);
        assert_eq!(answer.status, 400, "{form:.40}\n{}", answer.text());
        assert!(answer.text().contains("Something went wrong"), "{form:.40}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    // A scope that the claim does not have, and a form in which nothing was chosen: pages that explain, and no change.
    assert!(link.answer("decision=decline&scopes=s9").contains("Nothing was changed"));
    assert!(link.answer("decision=decline&offered=scopes").contains("Please choose at least one service"));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert!((400..500).contains(&link.ask(method, "").status), "{method}");
    }
    assert_eq!((claim.read(), claim.history()), before);
}

#[test]
fn what_the_customer_writes_cannot_break_a_page_a_mail_or_a_no() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let hostile = "</textarea><script>alert(1)</script>\u{202E}\u{0}\r\nBcc: x@evil.example";
    let form: String = hostile.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let page = stack.link_to("jana@contoso.com").answer(&format!("decision=decline&reason={form}"));
    assert!(!page.contains("<script"), "{page}");
    claim.is("declined");
    for mail in stack.mails() {
        assert!(!mail.html.contains("<script") && !mail.subject.contains('\n'), "{}", mail.html);
        assert_ne!(mail.to, "x@evil.example");
    }
}

#[test]
fn names_from_partners_are_shown_as_text_and_links_in_them_lead_nowhere() {
    let stack = Stack::start();
    stack.enrol(FABRIKAM, "<b>Evil</b> http://evil.example/login & Sons");
    let body = ClaimBody::new(&stack).with("/customer_contact/name", "<img src=x onerror=alert(1)>");
    stack.submit(&body);
    let mail = stack.mails_to("jana@contoso.com").pop().unwrap();
    let page = stack.link_to("jana@contoso.com").page();
    for html in [&mail.html, &page] {
        assert!(!html.contains("<b>Evil") && !html.contains("<img src=x"), "{html}");
        assert!(!html.contains("href=\"http://evil.example"), "{html}");
    }
}
