//! At most one partner of record per tenant and scope; a competing claim goes to a reviewer.

use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, SALES, Stack, WINGTIP, time};

/// Who holds Teams at Contoso now. Never more than one.
#[track_caller]
fn holders(stack: &Stack) -> Vec<String> {
    let all = stack.reviewer().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
    let live = all["items"].as_array().unwrap().iter().filter(|one| one["ended_at"].is_null());
    live.map(|one| one["partner_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_second_partner_cannot_hold_the_same_scope_until_it_supersedes_the_first_in_one_step() {
    let stack = Stack::start();
    let incumbent = stack.official(&ClaimBody::new(&stack));
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    newcomer.is("under_review");
    assert!(
        stack.mails_to("karel@contoso.com").is_empty(),
        "the customer is told before the vendor has approved"
    );
    assert_eq!(holders(&stack), [FABRIKAM]);

    drop(newcomer.review("approve", &json!({})).ok());
    newcomer.is("awaiting_customer");
    incumbent.is("official");
    assert_eq!(holders(&stack), [FABRIKAM]);
    let told = stack.subjects_to("petr@fabrikam.example");
    assert_eq!(told.last().unwrap(), "Another partner claims the same: Contoso Teams rollout");

    newcomer.pass_deadline();
    newcomer.is("official");
    let superseded = incumbent.is("superseded");
    assert_eq!(superseded["scopes"][0]["reasons"][0]["code"], "lost_to_competing_claim");
    assert_eq!(holders(&stack), [WINGTIP]);
    let told = stack.subjects_to("petr@fabrikam.example");
    assert_eq!(told.last().unwrap(), "Another partner is now partner of record: Contoso Teams rollout");
    // One step: the incumbent ended at the very instant at which the newcomer began.
    let all = stack.reviewer().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
    let find = |partner: &str| {
        all["items"].as_array().unwrap().iter().find(|one| one["partner_id"] == partner).unwrap().clone()
    };
    assert_eq!(find(FABRIKAM)["ended_as"], "superseded");
    assert_eq!(find(FABRIKAM)["ended_at"], find(WINGTIP)["official_since"]);
}

#[test]
fn a_customer_that_declines_the_newcomer_leaves_the_incumbent_in_place() {
    let stack = Stack::start();
    let incumbent = stack.official(&ClaimBody::new(&stack));
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(newcomer.review("approve", &json!({})).ok());
    stack.link_to("karel@contoso.com").decline();
    drop(stack.advance("P30D"));
    newcomer.is("declined");
    incumbent.is("official");
    assert_eq!(holders(&stack), [FABRIKAM]);
}

#[test]
fn a_customer_that_accepts_the_newcomer_supersedes_the_incumbent_at_once() {
    let stack = Stack::start();
    let incumbent = stack.official(&ClaimBody::new(&stack));
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(newcomer.review("approve", &json!({})).ok());
    stack.link_to("karel@contoso.com").accept();
    newcomer.is("official");
    incumbent.is("superseded");
    assert_eq!(holders(&stack), [WINGTIP]);
}

#[test]
fn who_accepts_what_another_partner_has_come_to_hold_is_told_that_nothing_is_official_yet() {
    let stack = Stack::start();
    let first = stack.submit(&ClaimBody::new(&stack));
    let second = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(second.review("approve", &json!({})).ok());
    second.is("awaiting_customer");
    stack.link_to("jana@contoso.com").accept();
    first.is("official");
    let page = stack.link_to("karel@contoso.com").answer("decision=accept");
    assert!(page.contains("Nothing is official yet"), "{page}");
    second.is("under_review");
    assert_eq!(holders(&stack), [FABRIKAM]);
}

#[test]
fn the_incumbents_customer_link_ends_nothing_of_the_newcomer() {
    let stack = Stack::start();
    let incumbent = stack.official(&ClaimBody::new(&stack));
    let old_link = stack.link_to("jana@contoso.com");
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(newcomer.review("approve", &json!({})).ok());
    newcomer.pass_deadline();
    let page = old_link.decline();
    assert!(page.contains("Nothing was changed"), "{page}");
    incumbent.is("superseded");
    newcomer.is("official");
    assert_eq!(holders(&stack), [WINGTIP]);
}

#[test]
fn an_open_claim_of_another_partner_makes_a_competing_claim_too() {
    let stack = Stack::start();
    let first = stack.submit(&ClaimBody::new(&stack));
    let second = stack.submit(&ClaimBody::of_wingtip(&stack));
    second.is("under_review");
    first.pass_deadline();
    first.is("official");
    // Approved only now, by a reviewer who knows of the incumbent.
    drop(second.review("approve", &json!({})).ok());
    second.pass_deadline();
    second.is("official");
    first.is("superseded");
}

#[test]
fn where_another_has_come_to_hold_the_scope_since_the_approval_a_reviewer_looks_again() {
    let stack = Stack::start();
    let first = stack.submit(&ClaimBody::new(&stack));
    let second = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(second.review("approve", &json!({})).ok());
    // Both windows are open; the first customer contact accepts first.
    stack.link_to("jana@contoso.com").accept();
    first.is("official");
    second.pass_deadline();
    second.is("under_review");
    assert_eq!(holders(&stack), [FABRIKAM]);
}

#[test]
fn the_other_partner_is_not_named_to_the_one_that_competes() {
    let stack = Stack::start();
    stack.official(&ClaimBody::new(&stack));
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack));
    let shown = json!([newcomer.read(), newcomer.history()]).to_string();
    drop(newcomer.review("approve", &json!({})).ok());
    newcomer.pass_deadline();
    let mails: String = stack.mails_to("claims@wingtip.example").into_iter().map(|mail| mail.text).collect();
    let later = json!([newcomer.read(), newcomer.history()]).to_string();
    for text in [shown, later, mails] {
        for name in [FABRIKAM, "Fabrikam", "petr@fabrikam.example"] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
}

#[test]
fn the_incumbent_is_not_told_who_competes() {
    let stack = Stack::start();
    let incumbent = stack.official(&ClaimBody::new(&stack));
    let newcomer = stack.submit(&ClaimBody::of_wingtip(&stack));
    drop(newcomer.review("approve", &json!({})).ok());
    newcomer.pass_deadline();
    let mails: String = stack.mails_to("petr@fabrikam.example").into_iter().map(|mail| mail.text).collect();
    let shown = json!([incumbent.read(), incumbent.history()]).to_string();
    for text in [mails, shown] {
        for name in [WINGTIP, "Wingtip", &newcomer.id] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
}

#[test]
fn several_scopes_held_by_different_incumbents_are_superseded_together() {
    let stack = Stack::start();
    stack.enrol("1111111", "Tailspin");
    let incumbents = [ClaimBody::new(&stack), ClaimBody::of_wingtip(&stack).workloads(&["intune"])];
    let incumbents = stack.all_official(&incumbents);
    let [ours, theirs] = &incumbents[..] else { panic!("two claims") };
    let both = ClaimBody::new(&stack).with("/partner_id", "1111111").workloads(&[
        "teams",
        "intune",
        "exchange_online",
    ]);
    let newcomer = stack.submit(&both);
    drop(newcomer.review("approve", &json!({})).ok());
    newcomer.pass_deadline();
    assert_eq!(newcomer.standings(), ["official"; 3]);
    ours.is("superseded");
    theirs.is("superseded");
    assert_eq!(holders(&stack), ["1111111"; 3]);
}

#[test]
fn claims_of_many_partners_at_once_leave_one_partner_of_record() {
    let stack = Stack::start();
    let partners: Vec<String> = (0..6).map(|n| format!("200000{n}")).collect();
    for partner in &partners {
        stack.enrol(partner, &format!("Partner {partner}"));
    }
    let bodies: Vec<_> =
        partners.iter().map(|id| ClaimBody::new(&stack).with("/partner_id", id.as_str())).collect();
    let claims: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> = bodies.iter().map(|body| scope.spawn(|| stack.submit(body))).collect();
        sent.into_iter().map(|claim| claim.join().unwrap()).collect()
    });
    let statuses: Vec<_> =
        claims.iter().map(|claim| claim.read()["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "awaiting_customer").count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| *status == "under_review").count(), 5, "{statuses:?}");
    drop(stack.advance("P14D"));
    assert_eq!(holders(&stack).len(), 1);
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
fn a_claim_on_what_one_has_claimed_or_holds_already_is_refused() {
    let stack = Stack::start();
    let first = stack.submit(&ClaimBody::new(&stack));
    let again = ClaimBody::new(&stack).workloads(&["exchange_online", "teams"]);
    let refused =
        |key: &str| stack.partner(FABRIKAM).create(key, again.json()).problem(422, "claim_not_acceptable");
    refused("again").is_exactly(&[("/scopes/1", "already_claimed_by_you")]);
    first.pass_deadline();
    refused("once more").is_exactly(&[("/scopes/1", "already_claimed_by_you")]);
    drop(first.ask("disassociate", &json!({ "reason": "The project is over" })).ok());
    drop(stack.partner(FABRIKAM).create("free", again.json()).expect(201));
}

#[test]
fn products_on_different_subscriptions_do_not_compete_and_on_the_same_one_do() {
    let stack = Stack::start();
    let other = "22222222-0000-4000-8000-000000000001";
    let sales = |id: &str| json!({ "id": id, "product": "dynamics365_sales", "state": "active", "channel": "volume" });
    stack.put_contoso(&json!({ "subscriptions": [sales(SALES), sales(other)] }));
    stack.official(&ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales"));
    stack
        .submit(&ClaimBody::of_wingtip(&stack).product("osa_sell", other, "dynamics365_sales"))
        .is("awaiting_customer");
    stack
        .submit(&ClaimBody::of_wingtip(&stack).product("osa_sell", SALES, "dynamics365_sales"))
        .is("under_review");
}

#[test]
fn a_contact_outside_the_tenants_domains_sends_the_claim_to_review() {
    let stack = Stack::start();
    for (email, status, workload) in [
        ("jana@contoso.com", "awaiting_customer", "teams"),
        ("jana@mail.contoso.com", "awaiting_customer", "exchange_online"),
        ("jana@elsewhere.example", "under_review", "sharepoint_online"),
        ("jana@evilcontoso.com", "under_review", "intune"),
    ] {
        let claim = stack.submit(&ClaimBody::new(&stack).contact(email).workloads(&[workload]));
        claim.is(status);
        assert_eq!(stack.mails_to(email).len(), usize::from(status == "awaiting_customer"), "{email}");
    }
}

#[test]
fn a_second_contact_outside_the_tenants_domains_sends_the_claim_to_review() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack).second_contact("me@elsewhere.example")).is("under_review");
}

#[test]
fn a_check_finds_what_a_submit_would_meet_and_changes_nothing() {
    let stack = Stack::start();
    let check = |body: &ClaimBody| {
        let partner = stack.partner(body.json()["partner_id"].as_str().unwrap());
        partner.post("/claims/check", body.json()).ok()
    };
    let good = check(&ClaimBody::new(&stack));
    assert_eq!(good, json!({ "acceptable": true, "goes_to": "customer", "findings": [] }));
    let outside = check(&ClaimBody::new(&stack).contact("jana@elsewhere.example"));
    assert_eq!((&outside["acceptable"], &outside["goes_to"]), (&json!(true), &json!("review")));
    assert_eq!(outside["findings"][0]["code"], "contact_outside_tenant");
    let bad = |body: &ClaimBody| {
        let bad = check(body);
        assert_eq!((&bad["acceptable"], &bad["goes_to"]), (&json!(false), &Value::Null));
        let codes = bad["findings"].as_array().unwrap().iter().map(|finding| finding["code"].clone());
        codes.collect::<Vec<_>>()
    };
    let unused = ClaimBody::new(&stack).workloads(&["viva_engage"]);
    assert_eq!(bad(&unused), ["workload_not_in_tenant"]);
    // Who cannot name one of its domains is told nothing else of a tenant.
    assert_eq!(bad(&unused.with("/domain", "fabrikam.example")), ["domain_tenant_mismatch"]);
    let own = ClaimBody::new(&stack).contact("me+contoso@fabrikam.example");
    assert_eq!(bad(&own), ["contact_is_partner", "contact_outside_tenant"]);
    stack.is_untouched();

    stack.official(&ClaimBody::new(&stack));
    let competing = check(&ClaimBody::of_wingtip(&stack));
    assert_eq!(competing["findings"][0]["code"], "competing_claim");
    assert!(!competing.to_string().contains(FABRIKAM), "{competing}");
}

#[test]
fn an_association_that_ended_frees_its_scope_for_others_without_review() {
    let stack = Stack::start();
    let first = stack.official(&ClaimBody::new(&stack));
    drop(first.ask("disassociate", &json!({ "reason": "Over" })).ok());
    first.is("disassociated");
    stack.submit(&ClaimBody::of_wingtip(&stack)).is("awaiting_customer");
    assert!(time(&first.read()["updated_at"]) <= stack.now());
}
