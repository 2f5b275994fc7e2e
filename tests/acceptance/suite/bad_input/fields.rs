//! A claim's fields, each with every kind of wrong value.

use serde_json::{Value, json};

use crate::driver::{CSP, ClaimBody, EXPIRED, FABRIKAM, GRACE, SALES, Stack, WINGTIP};

/// A row of the table: where, what is put there, and the error's code. Its pointer is the place unless it says another.
type Row = (&'static str, Value, &'static str);

/// Wrong values for a field of text with at most so many characters on one line.
fn line(pointer: &'static str, most: usize) -> Vec<Row> {
    vec![
        (pointer, Value::Null, "required"),
        (pointer, json!(""), "empty"),
        (pointer, json!("   "), "empty"),
        (pointer, json!("x".repeat(most + 1)), "too_long"),
        (pointer, json!("a\u{7}b"), "control_character"),
        (pointer, json!("two\nlines"), "control_character"),
        (pointer, json!("rigged\u{202E}txt"), "control_character"),
        (pointer, json!(5), "wrong_type"),
        (pointer, json!(true), "wrong_type"),
        (pointer, json!(["x"]), "wrong_type"),
        (pointer, json!({ "x": 1 }), "wrong_type"),
    ]
}

/// Wrong values for a field with a form of its own, in which anything else is one code.
fn form(pointer: &'static str, code: &'static str, wrong: &[&str]) -> Vec<Row> {
    let mut rows = vec![
        (pointer, Value::Null, "required"),
        (pointer, json!(7), "wrong_type"),
        (pointer, json!([]), "wrong_type"),
    ];
    rows.extend(["", " ", "\u{0}", &"x".repeat(10_000)].map(|text| (pointer, json!(text), code)));
    rows.extend(wrong.iter().map(|text| (pointer, json!(text), code)));
    rows
}

fn optional(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|(_, value, _)| !value.is_null()).collect()
}

fn table() -> Vec<Row> {
    let enumerated = |pointer| form(pointer, "unknown_value", &["OSU_M365", "osu_m365 ", "teams"]);
    let emails = [
        "jana",
        "@contoso.com",
        "jana@",
        "jana@contoso",
        "a b@contoso.com",
        "a@contoso.com\r\nBcc: x@y.cz",
        "a@b@c.com",
        "jána@contoso.com",
    ];
    let countries = ["CZE", "cz ", "XX", "Česko"];
    let languages = ["c", "čeština", "en_US!", "cs-"];
    [
        line("/name", 120),
        enumerated("/program"),
        enumerated("/activity"),
        form("/partner_id", "invalid_partner_id", &["123456", "12345678", "123456x", "１２３４５６７"]),
        form(
            "/tenant_id",
            "invalid_guid",
            &["3fa85f64", "3fa85f64-5717-4562-b3fc-2c963f66afa", "zfa85f64-5717-4562-b3fc-2c963f66afa6"],
        ),
        form(
            "/domain",
            "invalid_domain",
            &[
                "contoso",
                "contoso..com",
                "-contoso.com",
                "contoso.com/",
                "http://contoso.com",
                "con toso.com",
                "účet.cz",
            ],
        ),
        vec![
            ("/scopes", Value::Null, "required"),
            ("/scopes", json!([]), "required"),
            ("/scopes", json!({}), "wrong_type"),
            ("/scopes", json!("teams"), "wrong_type"),
            (
                "/scopes",
                json!((0..21).map(|n| json!({ "workload": format!("w{n}") })).collect::<Vec<_>>()),
                "too_many",
            ),
            ("/scopes/0", json!("teams"), "wrong_type"),
            ("/scopes/0", json!(null), "wrong_type"),
            ("/scopes/0", json!({}), "invalid_scope"),
            (
                "/scopes/0",
                json!({ "workload": "teams", "subscription_id": SALES, "product": "power_bi" }),
                "invalid_scope",
            ),
            ("/customer_contact", Value::Null, "required"),
            ("/customer_contact", json!([]), "wrong_type"),
            ("/customer_contact", json!("Jana"), "wrong_type"),
            ("/second_contact", json!("Jana"), "wrong_type"),
            ("/partner_contact", Value::Null, "required"),
            ("/partner_contact", json!(1), "wrong_type"),
            ("/evidence", json!({}), "wrong_type"),
            (
                "/evidence",
                json!(vec![json!({ "kind": "contract", "signed_on": "2026-01-01", "reference": "x" }); 11]),
                "too_many",
            ),
            ("/evidence/0", json!("SOW"), "wrong_type"),
            ("/draft", json!("true"), "wrong_type"),
            ("/draft", json!(1), "wrong_type"),
            ("/comment", json!("x".repeat(2001)), "too_long"),
            ("/comment", json!("a\u{0}b"), "control_character"),
            ("/comment", json!(""), "empty"),
            ("/comment", json!(3), "wrong_type"),
        ],
        form("/scopes/0/workload", "invalid_code", &["Teams", "teams!", "te ams"])
            .into_iter()
            .filter(|row| !row.1.is_null())
            .collect(),
        line("/customer_contact/name", 100),
        line("/customer_contact/title", 100),
        form("/customer_contact/email", "invalid_email", &emails),
        form("/customer_contact/language", "invalid_language", &languages),
        form("/customer_contact/country", "invalid_country", &countries),
        optional(form(
            "/customer_contact/time_zone",
            "invalid_time_zone",
            &["Prague", "UTC+1", "Europe/Nowhere"],
        )),
        optional(form("/customer_contact/region", "invalid_region", &["?", "P R", "REGION"])),
        line("/partner_contact/name", 100),
        form("/partner_contact/email", "invalid_email", &emails),
        optional(form("/partner_contact/language", "invalid_language", &languages)),
        enumerated("/evidence/0/kind"),
        form(
            "/evidence/0/signed_on",
            "invalid_date",
            &["2026-13-01", "2026-02-30", "01.02.2026", "2026-1-1", "2026-01-01T00:00:00Z", "yesterday"],
        ),
        line("/evidence/0/reference", 100),
    ]
    .concat()
}

#[test]
fn every_wrong_value_of_every_field_is_told_with_its_pointer_and_code_and_nothing_is_written() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack);
    let table = table();
    assert!(table.len() > 200, "{}", table.len());
    let mut surprises = Vec::new();
    for (at, (pointer, value, code)) in table.into_iter().enumerate() {
        let wrong = body.clone().with(pointer, value.clone());
        let answer = partner.create(&format!("row-{at}"), wrong.json());
        let shown: String = value.to_string().chars().take(60).collect();
        if answer.status != 400 {
            surprises.push(format!("{pointer} = {shown}: {} {}", answer.status, answer.text()));
            continue;
        }
        let errors = answer.problem(400, "invalid_request").errors();
        if errors != [(pointer.to_owned(), code.to_owned())] {
            surprises.push(format!("{pointer} = {shown}: expected {code}, found {errors:?}"));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    stack.is_untouched();
}

#[test]
fn a_missing_field_is_told_like_an_empty_one() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack).second_contact("karel@contoso.com");
    for pointer in [
        "/name",
        "/program",
        "/activity",
        "/partner_id",
        "/tenant_id",
        "/domain",
        "/scopes",
        "/customer_contact",
        "/partner_contact",
        "/customer_contact/name",
        "/customer_contact/title",
        "/customer_contact/email",
        "/customer_contact/language",
        "/customer_contact/country",
        "/second_contact/name",
        "/second_contact/email",
        "/partner_contact/name",
        "/partner_contact/email",
        "/evidence/0/kind",
        "/evidence/0/signed_on",
        "/evidence/0/reference",
    ] {
        let refused = partner.create("missing", body.clone().without(pointer).json());
        refused.problem(400, "invalid_request").is_exactly(&[(pointer, "required")]);
    }
    for pointer in ["/second_contact", "/comment", "/customer_contact/time_zone"] {
        let key = format!("without {pointer}");
        let claim = partner.create(&key, body.clone().without(pointer).draft().json()).expect(201);
        assert_eq!(claim["status"], "draft", "{pointer} may be missing");
    }
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let body = ClaimBody::new(&stack).second_contact("karel@contoso.com");
    let levels = ["", "/scopes/0", "/customer_contact", "/second_contact", "/partner_contact", "/evidence/0"];
    for level in levels {
        let pointer = format!("{level}/surprise");
        let refused = partner.create("unknown", body.clone().with(&pointer, 1).json());
        refused.problem(400, "invalid_request").is_exactly(&[(&pointer, "unknown_field")]);
    }
    let all = levels.iter().fold(body, |body, level| body.with(&format!("{level}/surprise"), Value::Null));
    let pointers: Vec<_> = levels.iter().map(|level| format!("{level}/surprise")).collect();
    let expected: Vec<_> = pointers.iter().map(|pointer| (pointer.as_str(), "unknown_field")).collect();
    partner.create("unknown", all.json()).problem(400, "invalid_request").is_exactly(&expected);
    // What the answer adds is not part of the body either.
    for name in ["id", "version", "status", "deadline", "created_at", "notices", "__proto__", "a/b~c"] {
        let mut body = ClaimBody::new(&stack).json().clone();
        body[name] = json!("x");
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let refused = partner.create("unknown", &body).problem(400, "invalid_request");
        refused.is_exactly(&[(&pointer, "unknown_field")]);
    }
    stack.is_untouched();
}

#[test]
fn all_errors_are_told_at_once() {
    let stack = Stack::start();
    let refused = stack.partner(FABRIKAM).create("empty", &json!({}));
    refused.problem(400, "invalid_request").is_exactly(&[
        ("/name", "required"),
        ("/program", "required"),
        ("/activity", "required"),
        ("/partner_id", "required"),
        ("/tenant_id", "required"),
        ("/domain", "required"),
        ("/scopes", "required"),
        ("/customer_contact", "required"),
        ("/partner_contact", "required"),
    ]);
    let body = ClaimBody::new(&stack)
        .with("/name", "")
        .with("/partner_id", WINGTIP)
        .with("/customer_contact/email", "jana")
        .with("/customer_contact/country", "XX")
        .with("/evidence/0/signed_on", "soon")
        .with("/extra", 1);
    stack.partner(FABRIKAM).create("many", body.json()).problem(400, "invalid_request").is_exactly(&[
        ("/name", "empty"),
        ("/partner_id", "partner_id_not_yours"),
        ("/customer_contact/email", "invalid_email"),
        ("/customer_contact/country", "invalid_country"),
        ("/evidence/0/signed_on", "invalid_date"),
        ("/extra", "unknown_field"),
    ]);
    stack.is_untouched();
}

#[test]
fn what_the_directory_says_otherwise_is_told_all_at_once_and_nothing_is_written() {
    let stack = Stack::start();
    let other = "99999999-0000-4000-8000-000000000009";
    let scope =
        |subscription: &str, product: &str| json!([{ "subscription_id": subscription, "product": product }]);
    let body = || ClaimBody::new(&stack);
    let products = |subscription, product| body().product("osa_sell", subscription, product);
    let table: Vec<(ClaimBody, Vec<(&str, &str)>)> = vec![
        (body().with("/tenant_id", other), vec![("/tenant_id", "tenant_unknown")]),
        (body().with("/domain", "fabrikam.example"), vec![("/domain", "domain_tenant_mismatch")]),
        (body().with("/activity", "sell"), vec![("/activity", "activity_not_in_program")]),
        (body().workloads(&["viva_engage"]), vec![("/scopes/0/workload", "workload_not_in_tenant")]),
        (
            body().workloads(&["teams", "no_such_workload"]),
            vec![
                ("/scopes/1/workload", "scope_not_in_program"),
                ("/scopes/1/workload", "workload_not_in_tenant"),
            ],
        ),
        (
            body().with("/scopes", scope(SALES, "dynamics365_sales")),
            vec![("/scopes/0/product", "scope_not_in_program")],
        ),
        (
            body().with("/program", "osa_sell").with("/activity", "sell"),
            vec![("/scopes/0/workload", "scope_not_in_program")],
        ),
        (
            products(other, "dynamics365_sales"),
            vec![("/scopes/0/subscription_id", "subscription_not_in_tenant")],
        ),
        (products(SALES, "power_bi"), vec![("/scopes/0/product", "subscription_wrong_product")]),
        (products(EXPIRED, "power_apps"), vec![("/scopes/0/subscription_id", "subscription_not_active")]),
        (products(CSP, "power_pages"), vec![("/scopes/0/subscription_id", "subscription_channel_excluded")]),
        (body().with("/evidence", json!([])), vec![("/evidence", "missing_poe")]),
        (body().without("/evidence"), vec![("/evidence", "missing_poe")]),
        (
            body().with("/evidence/0/signed_on", stack.days_ago(400)),
            vec![("/evidence/0/signed_on", "evidence_too_old")],
        ),
        (
            body().with("/evidence/0/signed_on", stack.days_ago(-3)),
            vec![("/evidence/0/signed_on", "evidence_in_future")],
        ),
        (
            body()
                .with("/domain", "fabrikam.example")
                .with("/activity", "sell")
                .with("/evidence", json!([]))
                .workloads(&["viva_engage", "teams", "power_bi"]),
            vec![
                ("/domain", "domain_tenant_mismatch"),
                ("/activity", "activity_not_in_program"),
                ("/evidence", "missing_poe"),
                // What the tenant has is not said to whoever cannot name a domain of it.
                ("/scopes/2/workload", "scope_not_in_program"),
            ],
        ),
    ];
    let partner = stack.partner(FABRIKAM);
    for (at, (body, findings)) in table.iter().enumerate() {
        let refused = partner.create(&format!("row-{at}"), body.json());
        refused.problem(422, "claim_not_acceptable").is_exactly(findings);
        // The check says the same, without refusing.
        let checked = partner.post("/claims/check", body.json()).ok();
        assert_eq!(checked["acceptable"], false);
        assert_eq!(checked["findings"].as_array().unwrap().len(), findings.len(), "{checked:#}");
    }
    stack.is_untouched();
    stack.submit(&body().product("osu_business_apps", GRACE, "power_bi")).is("awaiting_customer");
}

#[test]
fn a_partner_that_is_not_enrolled_cannot_claim() {
    let stack = Stack::start();
    let only = json!({ "name": "Fabrikam", "programs": ["osa_sell"] });
    drop(stack.operator().put(&format!("/partners/{FABRIKAM}"), &only).ok());
    let refused = stack.partner(FABRIKAM).create("k", ClaimBody::new(&stack).json());
    refused.problem(422, "claim_not_acceptable").is_exactly(&[("/program", "partner_not_enrolled")]);
    let unknown = ClaimBody::new(&stack).with("/partner_id", "5555555");
    let refused = stack.partner("5555555").create("k", unknown.json());
    refused.problem(422, "claim_not_acceptable").is_exactly(&[("/program", "partner_not_enrolled")]);
    stack.is_untouched();
}

#[test]
fn the_same_scope_twice_is_refused() {
    let stack = Stack::start();
    let refused = stack
        .partner(FABRIKAM)
        .create("k", ClaimBody::new(&stack).workloads(&["teams", "intune", "teams"]).json());
    refused.problem(400, "invalid_request").is_exactly(&[("/scopes/2", "repeated")]);
    stack.is_untouched();
}
