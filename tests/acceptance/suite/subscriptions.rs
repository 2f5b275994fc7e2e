//! Subscriptions that end take along what is claimed on them; the same work goes on under a new one.

use serde_json::{Value, json};

use crate::driver::{CONTOSO, Caller, ClaimBody, FABRIKAM, Response, SALES, Stack, Submitted, WINGTIP};

const GONE: &str = "22222222-0000-4000-8000-000000000001";
const OTHER: &str = "22222222-0000-4000-8000-000000000002";
const LATE: &str = "22222222-0000-4000-8000-000000000003";
const NEW: &str = "22222222-0000-4000-8000-000000000004";

/// Contoso's subscriptions from now on, each with its product and state.
#[track_caller]
fn subscribe(stack: &Stack, subscriptions: &[(&str, &str, &str)]) {
    let entry = |(id, product, state): &(&str, &str, &str)| json!({ "id": id, "product": product, "state": state, "channel": "volume" });
    let entries: Vec<_> = subscriptions.iter().map(entry).collect();
    stack.put_contoso(&json!({ "subscriptions": entries }));
    stack.settle();
}

fn on(stack: &Stack, subscription: &str, product: &str) -> ClaimBody {
    let name = format!("Contoso {product}");
    ClaimBody::new(stack).product("osu_business_apps", subscription, product).with("/name", name)
}

#[track_caller]
fn association_of(stack: &Stack, claim: &Submitted<'_>) -> Value {
    let all = stack.reviewer().get(&format!("/associations?tenant_id={CONTOSO}&limit=100")).ok();
    let found = all["items"].as_array().unwrap().iter().find(|one| one["claim_id"] == claim.id.as_str());
    found.unwrap_or_else(|| panic!("no association of {}", claim.id)).clone()
}

fn ended(stack: &Stack) -> Vec<String> {
    let subjects = stack.subjects_to("petr@fabrikam.example");
    subjects.into_iter().filter(|subject| subject.starts_with("Ended: ")).collect()
}

#[test]
fn an_association_ends_when_its_subscription_expires_disappears_or_carries_another_product() {
    let stack = Stack::start();
    subscribe(
        &stack,
        &[
            (SALES, "dynamics365_sales", "active"),
            (GONE, "power_bi", "active"),
            (OTHER, "power_apps", "active"),
            (LATE, "power_pages", "active"),
        ],
    );
    let claims = stack.all_official(&[
        on(&stack, SALES, "dynamics365_sales"),
        on(&stack, GONE, "power_bi"),
        on(&stack, OTHER, "power_apps"),
        on(&stack, LATE, "power_pages"),
    ]);
    let new = [
        (SALES, "dynamics365_sales", "expired"),
        (OTHER, "power_automate", "active"),
        (LATE, "power_pages", "active"),
    ];
    subscribe(&stack, &new);
    for claim in &claims[..3] {
        let shown = claim.is("expired");
        assert_eq!(shown["deadline"], Value::Null);
        assert_eq!(claim.standings(), ["expired"]);
        let last = claim.history().last().unwrap().clone();
        assert_eq!(last["events"][0]["event"], "expired", "{last:#}");
        assert_eq!(last["by"]["role"], "system", "{last:#}");
        let association = association_of(&stack, claim);
        assert_eq!(association["ended_as"], "expired");
        assert_eq!(association["ended_at"], last["at"]);
    }
    claims[3].is("official");
    assert_eq!(association_of(&stack, &claims[3])["ended_at"], Value::Null);
    let mut told = ended(&stack);
    told.sort();
    assert_eq!(
        told,
        ["Ended: Contoso dynamics365_sales", "Ended: Contoso power_apps", "Ended: Contoso power_bi"]
    );
    let own = stack.partner(FABRIKAM).get("/associations").ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "only what holds is listed: {own:#}");
    // The same again ends nothing twice, and what is free can be claimed.
    subscribe(&stack, &new);
    assert_eq!(ended(&stack).len(), 3);
    let free = on(&stack, OTHER, "power_automate").with("/partner_id", WINGTIP);
    stack.submit(&free.with("/partner_contact/email", "claims@wingtip.example")).is("awaiting_customer");
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
fn a_subscription_in_grace_or_being_provisioned_ends_nothing_and_one_that_comes_back_revives_nothing() {
    let stack = Stack::start();
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active")]);
    let claims = stack.all_official(&[on(&stack, SALES, "dynamics365_sales")]);
    for state in ["grace", "active", "provisioning", "active", "grace"] {
        subscribe(&stack, &[(SALES, "dynamics365_sales", state)]);
        claims[0].is("official");
    }
    assert!(ended(&stack).is_empty());
    subscribe(&stack, &[(SALES, "dynamics365_sales", "expired")]);
    claims[0].is("expired");
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active")]);
    claims[0].is("expired");
    assert_eq!(ended(&stack).len(), 1);
    // It is free again, for the same partner too.
    stack.submit(&on(&stack, SALES, "dynamics365_sales")).is("awaiting_customer");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn an_open_claim_ends_with_the_subscription_and_its_customer_is_not_asked_any_more() {
    let stack = Stack::start();
    subscribe(
        &stack,
        &[
            (SALES, "dynamics365_sales", "active"),
            (OTHER, "power_apps", "active"),
            (LATE, "power_bi", "active"),
        ],
    );
    let waiting = stack.submit(&on(&stack, SALES, "dynamics365_sales"));
    waiting.is("awaiting_customer");
    let link = stack.link_to("jana@contoso.com");
    let reviewed = stack.submit(
        &on(&stack, SALES, "dynamics365_sales")
            .with("/partner_id", WINGTIP)
            .with("/partner_contact/email", "claims@wingtip.example"),
    );
    reviewed.is("under_review");
    let asked = stack.submit(&on(&stack, OTHER, "power_apps").contact("jana@elsewhere.example"));
    drop(asked.review("request-information", &json!({ "reasons": [{ "code": "missing_poe" }] })).ok());
    asked.is("action_required");
    let draft = stack.submit(&on(&stack, LATE, "power_bi").draft());

    subscribe(&stack, &[]);
    for claim in [&waiting, &reviewed, &asked] {
        let shown = claim.is("expired");
        for member in ["deadline", "review_due", "action_due"] {
            assert_eq!(shown[member], Value::Null, "{member}");
        }
    }
    draft.is("draft");
    // None of them was official, so that it is no association that has ended.
    assert_eq!(ended(&stack).len(), 0);
    for (partner, name) in [
        ("petr@fabrikam.example", "Contoso power_apps"),
        ("claims@wingtip.example", "Contoso dynamics365_sales"),
    ] {
        let ended = format!("Claim ended: {name}");
        assert!(stack.subjects_to(partner).contains(&ended), "{partner}");
    }
    assert_eq!(stack.reviewer().get("/claims?queue=review").ok()["items"], json!([]));
    let mails = stack.mails().len();
    drop(stack.advance("P30D"));
    assert_eq!(stack.mails().len(), mails, "nobody is reminded or told anything more");
    for claim in [&waiting, &reviewed, &asked] {
        claim.is("expired");
    }
    let page = link.decline();
    assert!(page.contains("Nothing was changed") && page.contains("The request has ended"), "{page}");
    assert!(!page.contains("no longer your partner of record"), "it never was: {page}");
    waiting.is("expired");
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
fn only_the_scope_whose_subscription_has_ended_ends() {
    let stack = Stack::start();
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active"), (OTHER, "power_apps", "active")]);
    let scopes = json!([
        { "subscription_id": SALES, "product": "dynamics365_sales" },
        { "subscription_id": OTHER, "product": "power_apps" },
    ]);
    let claim = stack.official(&on(&stack, SALES, "dynamics365_sales").with("/scopes", scopes));
    subscribe(&stack, &[(OTHER, "power_apps", "active")]);
    assert_eq!(claim.standings(), ["expired", "official"]);
    claim.is("official");
    assert_eq!(ended(&stack).len(), 1);
}

#[test]
fn both_partners_claims_on_a_subscription_end_with_it() {
    let stack = Stack::start();
    let ours = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    let theirs = stack.submit(
        &on(&stack, SALES, "dynamics365_sales")
            .with("/partner_id", WINGTIP)
            .with("/partner_contact/email", "claims@wingtip.example"),
    );
    drop(theirs.review("approve", &json!({})).ok());
    theirs.is("awaiting_customer");
    subscribe(&stack, &[]);
    ours.is("expired");
    theirs.is("expired");
    drop(stack.advance("P14D"));
    theirs.is("expired");
    assert_eq!(association_of(&stack, &ours)["ended_as"], "expired");
}

// Renewals.

fn renewal(scope: &str, subscription: &str) -> Value {
    json!({ "renewals": [{ "scope": scope, "subscription_id": subscription }] })
}

fn renew(caller: &Caller<'_>, claim: &str, key: &str, body: &Value) -> Response {
    caller.request("POST", &format!("/claims/{claim}/renew")).key(key).json(body).send()
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_renewal_keeps_contacts_and_evidence_however_old_and_goes_to_the_customer_again() {
    let stack = Stack::start();
    let body = on(&stack, SALES, "dynamics365_sales").second_contact("karel@contoso.com");
    let old = stack.official(&body);
    drop(stack.advance("P370D"));
    subscribe(&stack, &[(SALES, "dynamics365_sales", "grace"), (NEW, "dynamics365_sales", "active")]);
    // A new claim would have to be proved anew.
    let partner = stack.partner(FABRIKAM);
    let fresh = body.clone().product("osu_business_apps", NEW, "dynamics365_sales");
    partner
        .create("fresh", fresh.json())
        .problem(422, "claim_not_acceptable")
        .is_exactly(&[("/evidence/0/signed_on", "evidence_too_old")]);
    let mails = stack.mails_to("jana@contoso.com").len();

    let answer = renew(&partner, &old.id, "renewal", &renewal("s1", NEW));
    let place = answer.header("location").to_owned();
    assert_eq!(answer.header("etag"), "\"1\"");
    let renewed = answer.expect(201);
    assert_eq!(place, format!("/claims/{}", renewed["id"].as_str().unwrap()));
    assert_ne!(renewed["id"], old.id.as_str());
    assert_eq!(renewed["renews"], old.id.as_str());
    assert_eq!(renewed["scopes"][0]["subscription_id"], NEW);
    assert_eq!(renewed["scopes"][0]["product"], "dynamics365_sales");
    for member in [
        "name",
        "program",
        "activity",
        "partner_id",
        "tenant_id",
        "domain",
        "customer_contact",
        "second_contact",
        "partner_contact",
        "evidence",
    ] {
        assert_eq!(&renewed[member], &body.json()[member], "{member}");
    }
    let new = stack.claim(FABRIKAM, &renewed["id"]);
    new.is("awaiting_customer");
    assert_eq!(new.read()["renews"], old.id.as_str());
    assert_eq!(stack.mails_to("jana@contoso.com").len(), mails + 1);
    new.pass_deadline();
    new.is("official");

    // The old association stays until its subscription ends, and the new one stays then.
    assert_eq!(stack.claim(FABRIKAM, &json!(old.id)).is("official")["renews"], Value::Null);
    subscribe(&stack, &[(SALES, "dynamics365_sales", "expired"), (NEW, "dynamics365_sales", "active")]);
    stack.claim(FABRIKAM, &json!(old.id)).is("expired");
    new.is("official");
}

#[test]
fn a_customer_can_decline_a_renewal_and_an_expired_claim_can_be_renewed() {
    let stack = Stack::start();
    let old = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    subscribe(&stack, &[(NEW, "dynamics365_sales", "active")]);
    old.is("expired");
    let renewed = renew(&stack.partner(FABRIKAM), &old.id, "renewal", &renewal("s1", NEW)).expect(201);
    let new = stack.claim(FABRIKAM, &renewed["id"]);
    new.is("awaiting_customer");
    stack.link_to("jana@contoso.com").decline();
    new.is("declined");
    drop(stack.advance("P14D"));
    new.is("declined");
    // What was declined can be asked for again, from the renewal too.
    subscribe(&stack, &[(NEW, "dynamics365_sales", "active"), (LATE, "dynamics365_sales", "active")]);
    let again = renew(&stack.partner(FABRIKAM), &new.id, "again", &renewal("s1", LATE)).expect(201);
    assert_eq!(again["renews"], new.id.as_str());
}

#[test]
fn a_renewal_is_made_once_per_key() {
    let stack = Stack::start();
    let old = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    subscribe(
        &stack,
        &[
            (SALES, "dynamics365_sales", "active"),
            (NEW, "dynamics365_sales", "active"),
            (LATE, "dynamics365_sales", "active"),
        ],
    );
    let partner = stack.partner(FABRIKAM);
    let ask = |key: &str, subscription: &str| renew(&partner, &old.id, key, &renewal("s1", subscription));
    let seen = |answer: Response| {
        let header = |name: &str| answer.header(name).to_owned();
        (answer.status, header("location"), header("etag"), answer.text())
    };
    let first = seen(ask("once", NEW));
    assert_eq!(first.0, 201, "{first:?}");
    assert_eq!(seen(ask("once", NEW)), first, "at once");
    drop(stack.advance("P14D"));
    let partner = stack.partner(FABRIKAM);
    let ask = |key: &str, subscription: &str| renew(&partner, &old.id, key, &renewal("s1", subscription));
    assert_eq!(seen(ask("once", NEW)), first, "after it is official");
    drop(ask("once", LATE).problem(422, "idempotency_key_reused"));
    ask("twice", NEW)
        .problem(422, "claim_not_acceptable")
        .is_exactly(&[("/scopes/0", "already_claimed_by_you")]);
    let unkeyed = partner.request("POST", &old.at("renew")).json(&renewal("s1", NEW)).send();
    drop(unkeyed.problem(400, "idempotency_key_required"));
    // The key of a claim of another kind.
    let body = on(&stack, LATE, "dynamics365_sales").draft();
    drop(partner.create("plain", body.json()).expect(201));
    drop(ask("plain", LATE).problem(422, "idempotency_key_reused"));
    let claims = partner.get("/claims").ok();
    assert_eq!(claims["items"].as_array().unwrap().len(), 3);
}

#[test]
fn a_renewal_that_another_partner_stands_against_goes_to_a_reviewer() {
    let stack = Stack::start();
    let old = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active"), (NEW, "dynamics365_sales", "active")]);
    let theirs = on(&stack, NEW, "dynamics365_sales").with("/partner_id", WINGTIP);
    stack.submit(&theirs.with("/partner_contact/email", "claims@wingtip.example"));
    let renewed = renew(&stack.partner(FABRIKAM), &old.id, "contested", &renewal("s1", NEW)).expect(201);
    assert_eq!(renewed["status"], "under_review");
}

#[test]
fn a_renewal_of_an_unknown_scope_or_onto_an_unfit_subscription_is_refused_and_changes_nothing() {
    let stack = Stack::start();
    let both = stack.all_official(&[on(&stack, SALES, "dynamics365_sales"), ClaimBody::new(&stack)]);
    let [old, workload] = &both[..] else { panic!("two claims") };
    subscribe(
        &stack,
        &[
            (SALES, "dynamics365_sales", "active"),
            (OTHER, "power_apps", "active"),
            (LATE, "dynamics365_sales", "expired"),
        ],
    );
    let partner = stack.partner(FABRIKAM);
    let draft = on(&stack, OTHER, "power_apps").draft();
    let draft = stack.claim(FABRIKAM, &partner.create("draft", draft.json()).expect(201)["id"]);
    let before = partner.get("/claims").ok();
    for (claim, body, expected) in [
        (old, renewal("s2", NEW), ("/renewals/0/scope", "unknown_scope")),
        (workload, renewal("s1", NEW), ("/renewals/0/scope", "not_a_subscription")),
        (&draft, renewal("s1", NEW), ("/renewals/0/scope", "not_approved")),
        (old, renewal("s1", SALES), ("/renewals/0/subscription_id", "repeated")),
        (old, json!({ "renewals": [] }), ("/renewals", "required")),
        (old, json!({}), ("/renewals", "required")),
        (old, json!({ "renewals": [{ "scope": "s1" }] }), ("/renewals/0/subscription_id", "required")),
    ] {
        renew(&partner, &claim.id, "wrong", &body).problem(400, "invalid_request").is_exactly(&[expected]);
    }
    for (subscription, expected) in [
        (NEW, ("/scopes/0/subscription_id", "subscription_not_in_tenant")),
        (OTHER, ("/scopes/0/product", "subscription_wrong_product")),
        (LATE, ("/scopes/0/subscription_id", "subscription_not_active")),
    ] {
        let refused = renew(&partner, &old.id, "unfit", &renewal("s1", subscription));
        refused.problem(422, "claim_not_acceptable").is_exactly(&[expected]);
    }
    assert_eq!(partner.get("/claims").ok(), before);
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
fn proofs_that_a_reviewer_has_refused_since_are_not_good_enough_for_a_renewal() {
    let stack = Stack::start();
    let claim = stack.submit(&on(&stack, SALES, "dynamics365_sales").contact("jana@elsewhere.example"));
    drop(claim.review("approve", &json!({})).ok());
    let mail = stack.mails_to("jana@elsewhere.example").remove(0);
    stack.report(&mail, "bounce");
    let partner = stack.partner(FABRIKAM);
    drop(partner.post(&format!("/claims/{}/submit", claim.id), &json!({})).ok());
    claim.is("under_review");
    drop(claim.review("reject", &json!({ "reasons": [{ "code": "missing_dates" }] })).ok());
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active"), (NEW, "dynamics365_sales", "active")]);
    let refused = renew(&partner, &claim.id, "refused", &renewal("s1", NEW));
    refused.problem(400, "invalid_request").is_exactly(&[("/renewals/0/scope", "not_approved")]);
}

#[test]
fn a_scope_is_renewed_once_per_request() {
    let stack = Stack::start();
    let old = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    let subscriptions = [SALES, NEW, LATE].map(|id| (id, "dynamics365_sales", "active"));
    subscribe(&stack, &subscriptions);
    let both = [NEW, LATE].map(|subscription| json!({ "scope": "s1", "subscription_id": subscription }));
    let refused = renew(&stack.partner(FABRIKAM), &old.id, "both", &json!({ "renewals": both }));
    refused.problem(400, "invalid_request").is_exactly(&[("/renewals/1/scope", "repeated")]);
}

#[test]
fn only_its_own_partner_renews_a_claim() {
    let stack = Stack::start();
    let old = stack.official(&on(&stack, SALES, "dynamics365_sales"));
    subscribe(&stack, &[(SALES, "dynamics365_sales", "active"), (NEW, "dynamics365_sales", "active")]);
    let ask = |caller: &Caller<'_>, id: &str| renew(caller, id, "theirs", &renewal("s1", NEW));
    drop(ask(&stack.partner(WINGTIP), &old.id).problem(404, "not_found"));
    drop(ask(&stack.partner(FABRIKAM), "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa").problem(404, "not_found"));
    drop(ask(&stack.partner(FABRIKAM), "nonsense").problem(404, "not_found"));
    for other in [stack.user(FABRIKAM), stack.reviewer(), stack.operator()] {
        drop(ask(&other, &old.id).problem(403, "forbidden"));
    }
    assert_eq!(stack.partner(WINGTIP).get("/claims").ok()["items"], json!([]));
    assert_eq!(stack.partner(FABRIKAM).get("/claims").ok()["items"].as_array().unwrap().len(), 1);
}
