//! The directory: what operators put is what claims meet.

use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, SALES, Stack};

/// A path, a body, and the pointers and codes of what is wrong with it.
type Row<'t> = (&'t str, Value, Vec<(&'t str, &'t str)>);

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn a_put_answers_201_when_new_then_200_and_is_read_back() {
    let stack = Stack::bare(&[]);
    let operator = stack.operator();
    let partner = json!({ "name": "Fabrikam", "programs": ["osu_m365", "osa_sell"] });
    let tenant = json!({
        "name": "Contoso", "country": "CZ", "notice_email": "office@contoso.com", "domains": ["contoso.com", "contoso.cz"],
        "workloads": ["teams"],
        "subscriptions": [{ "id": SALES, "product": "dynamics365_sales", "state": "active", "channel": "volume" }],
    });
    let catalogue = json!({
        "workloads": [{ "code": "teams", "name": "Teams", "programs": ["osu_m365"] }],
        "products": [{ "code": "power_bi", "name": "Power BI", "programs": ["osa_sell", "osu_business_apps"] }],
    });
    let (partner_path, tenant_path) = (format!("/partners/{FABRIKAM}"), format!("/tenants/{CONTOSO}"));
    for (path, body) in [(&partner_path, &partner), (&tenant_path, &tenant)] {
        drop(operator.get(path).problem(404, "not_found"));
        assert_eq!(&operator.put(path, body).expect(201), body);
        assert_eq!(&operator.put(path, body).expect(200), body);
        assert_eq!(&operator.get(path).ok(), body);
    }
    let standard = operator.get("/catalogue").ok();
    assert!(
        standard["workloads"].as_array().unwrap().len() >= 17
            && standard["products"].as_array().unwrap().len() >= 17
    );
    assert_eq!(operator.put("/catalogue", &catalogue).expect(201), catalogue);
    assert_eq!(operator.put("/catalogue", &catalogue).expect(200), catalogue);
    assert_eq!(operator.get("/catalogue").ok(), catalogue);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn everything_wrong_in_the_directory_is_told_at_once_and_nothing_is_kept() {
    let stack = Stack::bare(&[]);
    let operator = stack.operator();
    let partner = format!("/partners/{FABRIKAM}");
    let tenant = format!("/tenants/{CONTOSO}");
    let table: Vec<Row<'_>> = vec![
        (&partner, json!({}), vec![("/name", "required")]),
        (
            &partner,
            json!({ "name": "", "programs": ["osu", 5], "more": 1 }),
            vec![
                ("/name", "empty"),
                ("/programs/0", "unknown_value"),
                ("/programs/1", "wrong_type"),
                ("/more", "unknown_field"),
            ],
        ),
        (&partner, json!({ "name": "F", "programs": "osu_m365" }), vec![("/programs", "wrong_type")]),
        (&tenant, json!({}), vec![("/name", "required"), ("/country", "required"), ("/domains", "required")]),
        (
            &tenant,
            json!({ "name": "C", "country": "XX", "domains": ["contoso"], "notice_email": "x", "workloads": ["Teams"],
                "subscriptions": [{ "id": "x", "product": "Power BI", "state": "on", "channel": "web", "seats": 5 }, {}] }),
            vec![
                ("/country", "invalid_country"),
                ("/domains/0", "invalid_domain"),
                ("/notice_email", "invalid_email"),
                ("/workloads/0", "invalid_code"),
                ("/subscriptions/0/id", "invalid_guid"),
                ("/subscriptions/0/product", "invalid_code"),
                ("/subscriptions/0/state", "unknown_value"),
                ("/subscriptions/0/channel", "unknown_value"),
                ("/subscriptions/0/seats", "unknown_field"),
                ("/subscriptions/1/id", "required"),
                ("/subscriptions/1/product", "required"),
                ("/subscriptions/1/state", "required"),
                ("/subscriptions/1/channel", "required"),
            ],
        ),
        // Which of the two would count, nobody could tell.
        (
            &tenant,
            json!({ "name": "C", "country": "CZ", "domains": ["contoso.com"], "subscriptions": [
                { "id": "11111111-0000-4000-8000-000000000001", "product": "power_bi", "state": "active", "channel": "direct" },
                { "id": "11111111-0000-4000-8000-000000000001", "product": "power_apps", "state": "active", "channel": "direct" },
                { "id": "11111111-0000-4000-8000-000000000001", "product": "power_bi", "state": "expired", "channel": "direct" },
            ] }),
            vec![("/subscriptions/2/product", "repeated")],
        ),
        (
            "/catalogue",
            json!({ "workloads": [{ "code": "teams", "name": "Teams", "programs": ["x"] }], "products": [{}] }),
            vec![
                ("/workloads/0/programs/0", "unknown_value"),
                ("/products/0/code", "required"),
                ("/products/0/name", "required"),
            ],
        ),
        (
            "/catalogue",
            json!({ "workloads": [{ "code": "teams", "name": "A" }, { "code": "teams", "name": "B" }], "products": [] }),
            vec![("/workloads/1/code", "repeated")],
        ),
        ("/partners/123", json!({ "name": "F", "programs": [] }), vec![("path", "invalid_partner_id")]),
        (
            "/tenants/contoso",
            json!({ "name": "F", "country": "CZ", "domains": ["a.cz"] }),
            vec![("path", "invalid_guid")],
        ),
    ];
    for (path, body, errors) in &table {
        operator.put(path, body).problem(400, "invalid_request").is_exactly(errors);
    }
    drop(operator.get(&partner).problem(404, "not_found"));
    drop(operator.get(&tenant).problem(404, "not_found"));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn what_an_operator_changes_holds_for_the_next_claim() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    stack.put_contoso(&json!({ "workloads": ["intune"] }));
    let refused = partner.create("k1", ClaimBody::new(&stack).json()).problem(422, "claim_not_acceptable");
    refused.is_exactly(&[("/scopes/0/workload", "workload_not_in_tenant")]);
    stack.put_contoso(&json!({}));
    let catalogue =
        json!({ "workloads": [{ "code": "teams", "name": "Chat", "programs": [] }], "products": [] });
    drop(stack.operator().put("/catalogue", &catalogue).expect(201));
    let refused = partner.create("k2", ClaimBody::new(&stack).json()).problem(422, "claim_not_acceptable");
    refused.is_exactly(&[("/scopes/0/workload", "scope_not_in_program")]);
    let catalogue = json!({ "workloads": [{ "code": "teams", "name": "Chat", "programs": ["osu_m365"] }], "products": [] });
    drop(stack.operator().put("/catalogue", &catalogue).expect(200));
    stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");
    assert!(
        stack.mails_to("jana@contoso.com")[0].text.contains("Chat"),
        "the mail uses the catalogue's name"
    );
}

#[test]
fn ids_are_the_same_in_upper_and_lower_case() {
    let stack = Stack::start();
    let upper = CONTOSO.to_uppercase();
    assert_eq!(stack.operator().get(&format!("/tenants/{upper}")).ok()["name"], "Contoso");
    let claim = stack.submit(&ClaimBody::new(&stack).with("/tenant_id", upper));
    assert_eq!(claim.is("awaiting_customer")["tenant_id"], CONTOSO);
}
