//! Mail that was not delivered never makes an association official.

use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, Stack, Submitted, time};

#[track_caller]
fn bounced(stack: &Stack, address: &str) {
    let mail = stack.mails_to(address).pop().unwrap_or_else(|| panic!("no mail to {address}"));
    stack.report(&mail, "bounce");
}

#[track_caller]
fn reasons(claim: &Submitted<'_>) -> Vec<String> {
    let claim = claim.read();
    let reasons = claim["scopes"][0]["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_bounce_before_the_deadline_stops_the_clock_for_good() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    drop(stack.advance("P1D"));
    bounced(&stack, "jana@contoso.com");
    let asked = claim.is("action_required");
    assert_eq!(reasons(&claim), ["customer_contact_undeliverable"]);
    assert_eq!(asked["deadline"], Value::Null);
    assert_eq!(asked["notices"][0]["mail"], "bounced");
    drop(stack.advance("P7D"));
    claim.is("action_required");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
    let told = stack.subjects_to("petr@fabrikam.example");
    assert_eq!(told.last().unwrap(), "Customer could not be reached: Contoso Teams rollout");
}

#[test]
fn a_bounce_that_is_reported_after_the_deadline_takes_the_association_back() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let notice = stack.mails_to("jana@contoso.com").remove(0);
    stack.report(&notice, "bounce");
    claim.is("action_required");
    assert_eq!(stack.partner(FABRIKAM).get("/associations").ok()["items"], json!([]));
}

#[test]
fn a_bounce_tries_the_second_contact_whose_window_is_a_full_one() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).second_contact("karel@contoso.com"));
    let first = time(&claim.read()["deadline"]);
    drop(stack.advance("P3D"));
    bounced(&stack, "jana@contoso.com");
    let waiting = claim.is("awaiting_customer");
    assert!(time(&waiting["deadline"]) > first, "the second contact gets its own five business days");
    assert_eq!(waiting["notices"][1]["to"], "second_contact");
    assert_eq!(stack.mails_to("karel@contoso.com").len(), 1);
    drop(stack.advance_past(first));
    claim.is("awaiting_customer");
    claim.pass_deadline();
    claim.is("official");
}

#[test]
fn the_second_contacts_link_declines_and_when_its_mail_bounces_too_the_partner_is_asked() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).second_contact("karel@contoso.com"));
    bounced(&stack, "jana@contoso.com");
    stack.link_to("karel@contoso.com").decline();
    claim.is("declined");

    let other =
        stack.submit(&ClaimBody::new(&stack).workloads(&["intune"]).second_contact("karel@contoso.com"));
    bounced(&stack, "jana@contoso.com");
    bounced(&stack, "karel@contoso.com");
    other.is("action_required");
    assert_eq!(reasons(&other), ["customer_contact_undeliverable"]);
}

#[test]
fn a_corrected_contact_is_told_anew_and_its_silence_counts() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jnaa@contoso.com"));
    bounced(&stack, "jnaa@contoso.com");
    drop(
        claim
            .partner
            .patch(&claim.path(), &json!({ "customer_contact": { "email": "jana@contoso.com" } }))
            .ok(),
    );
    drop(claim.ask("submit", &json!({})).ok());
    claim.is("awaiting_customer");
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
    let old = stack.link_to("jnaa@contoso.com");
    claim.pass_deadline();
    claim.is("official");
    // Whoever has the first link may still say no: a no always counts.
    old.decline();
    claim.is("declined");
}

#[test]
fn the_link_of_a_mail_that_came_back_cannot_accept() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jnaa@contoso.com"));
    bounced(&stack, "jnaa@contoso.com");
    drop(
        claim
            .partner
            .patch(&claim.path(), &json!({ "customer_contact": { "email": "jana@contoso.com" } }))
            .ok(),
    );
    drop(claim.ask("submit", &json!({})).ok());
    let old = stack.link_to("jnaa@contoso.com");
    assert!(!old.page().contains("Accept now"), "{}", old.page());
    old.accept();
    claim.is("awaiting_customer");
}

#[test]
fn one_claim_leads_to_three_notices_at_most() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    for round in 1..=3 {
        bounced(&stack, "jana@contoso.com");
        claim.is("action_required");
        let again = claim.ask("submit", &json!({}));
        if round < 3 {
            drop(again.ok());
        } else {
            drop(again.problem(409, "notices_exhausted"));
        }
    }
    claim.is("action_required");
    let notices = stack.mails_to("jana@contoso.com");
    assert_eq!(notices.len(), 3);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_refused_address_is_as_good_as_a_bounce() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("reject@contoso.com"));
    claim.is("action_required");
    assert_eq!(reasons(&claim), ["customer_contact_undeliverable"]);
    drop(stack.advance("P14D"));
    claim.is("action_required");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_bounce_that_comes_at_once_never_lets_the_claim_become_official() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("bounce@contoso.com"));
    // A mailbox that nobody reads, by its name: a reviewer has it first.
    claim.is("under_review");
    drop(claim.review("approve", &json!({})).ok());
    claim.is("action_required");
    drop(stack.advance("P14D"));
    claim.is("action_required");
}

#[test]
fn delivery_delay_and_complaint_are_shown_and_decide_nothing() {
    let stack = Stack::start();
    for (event, shown, workload) in [
        ("delivery", "delivered", "teams"),
        ("delay", "delayed", "intune"),
        ("complaint", "complained", "sharepoint_online"),
    ] {
        let claim = stack.submit(&ClaimBody::new(&stack).workloads(&[workload]));
        let mail = stack.mails_to("jana@contoso.com").pop().unwrap();
        stack.report(&mail, event);
        assert_eq!(claim.is("awaiting_customer")["notices"][0]["mail"], shown, "{event}");
    }
}

#[test]
fn mail_that_is_given_up_stops_the_clock_unless_it_was_known_to_have_arrived() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    stack.report(&stack.mails_to("jana@contoso.com").pop().unwrap(), "soft_bounce");
    assert_eq!(claim.is("action_required")["notices"][0]["mail"], "soft_bounced");
    assert_eq!(reasons(&claim), ["customer_contact_undeliverable"]);

    let claim = stack.submit(&ClaimBody::new(&stack).workloads(&["intune"]));
    let mail =
        stack.mails_to("jana@contoso.com").into_iter().find(|mail| mail.text.contains("Intune")).unwrap();
    stack.report(&mail, "delivery");
    stack.report(&mail, "soft_bounce");
    assert_eq!(claim.is("awaiting_customer")["notices"][0]["mail"], "delivered");
}

#[test]
fn reports_come_twice_and_in_any_order_and_change_nothing_the_second_time() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let mail = stack.mails_to("jana@contoso.com").pop().unwrap();
    stack.report(&mail, "bounce");
    let before = (claim.is("action_required"), claim.history(), stack.mails().len());
    for event in ["bounce", "delivery", "delay", "bounce"] {
        stack.report(&mail, event);
    }
    assert_eq!((claim.is("action_required"), claim.history(), stack.mails().len()), before);
}

#[test]
fn a_bounce_of_the_copy_to_the_notice_address_stops_nothing() {
    let stack = Stack::start();
    stack.put_contoso(&json!({ "notice_email": "office@contoso.com" }));
    let claim = stack.submit(&ClaimBody::new(&stack));
    bounced(&stack, "office@contoso.com");
    claim.is("awaiting_customer");
    claim.pass_deadline();
    claim.is("official");
}

#[test]
fn a_bounce_of_a_mail_to_the_partner_changes_nothing() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let before = claim.read();
    bounced(&stack, "petr@fabrikam.example");
    assert_eq!(claim.read(), before);
}

#[test]
fn a_bounce_after_a_decline_changes_nothing() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).second_contact("karel@contoso.com"));
    stack.link_to("jana@contoso.com").decline();
    bounced(&stack, "jana@contoso.com");
    claim.is("declined");
    assert!(stack.mails_to("karel@contoso.com").is_empty());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_report_about_no_mail_is_refused() {
    let stack = Stack::start();
    let report = |body: Value| stack.nobody().post("/_local/mail-events", &body).status;
    assert_eq!(report(json!({ "mail_id": "none", "event": "bounce" })), 404);
    assert_eq!(report(json!({ "mail_id": "none", "event": "lost" })), 400);
    assert_eq!(report(json!({ "mail": "none" })), 400);
}
