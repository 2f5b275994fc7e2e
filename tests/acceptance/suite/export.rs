//! The list of claims as a table that spreadsheet programs open safely.

use serde_json::Value;

use crate::driver::{CONTOSO, Caller, ClaimBody, FABRIKAM, Response, SALES, Stack, WINGTIP};

const COLUMNS: [&str; 17] = [
    "id",
    "name",
    "status",
    "program",
    "activity",
    "tenant_id",
    "domain",
    "scopes",
    "standings",
    "reasons",
    "deadline",
    "action_due",
    "dispute_until",
    "customer_contact.email",
    "partner_contact.email",
    "created_at",
    "updated_at",
];

/// The rows of a table, whose answer is one that a browser saves.
#[track_caller]
fn rows(answer: &Response) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}\n{}", answer.asked, answer.text());
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"claims.csv\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    rows_of(answer)
}

/// The rows of a table, however it was come by.
#[track_caller]
fn rows_of(answer: &Response) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}\n{}", answer.asked, answer.text());
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    let mut rows =
        reader.records().map(|row| row.unwrap_or_else(|error| panic!("{error}:\n{}", answer.text())));
    assert!(rows.next().expect("a header").iter().eq(COLUMNS));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

#[track_caller]
fn ids(caller: &Caller<'_>, query: &str) -> Vec<String> {
    rows(&caller.get(&format!("/claims/export?{query}"))).into_iter().map(|row| row[0].clone()).collect()
}

#[track_caller]
fn listed(caller: &Caller<'_>, query: &str) -> Vec<String> {
    let (items, _) = caller.all_pages(&format!("/claims?limit=100&{query}"));
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn cell<'r>(row: &'r [String], name: &str) -> &'r str {
    &row[COLUMNS.iter().position(|column| *column == name).expect("a column")]
}

#[test]
fn a_hundred_and_fifty_claims_are_all_there_in_the_order_of_the_list() {
    let stack = Stack::start();
    let row = |number: usize| {
        let body = ClaimBody::new(&stack).draft().with("/name", format!("Draft {number:03}"));
        format!("{}\n", body.json())
    };
    let text: String = (0..150).map(row).collect();
    let made = stack.partner(FABRIKAM).bulk("many", "application/jsonl", &text).ok();
    assert_eq!(made["created"], 150, "{made:#}");
    stack.submit(&ClaimBody::of_wingtip(&stack));
    let user = stack.user(FABRIKAM);
    for query in ["", "sort=created", "sort=-created", "sort=deadline", "q=DRAFT%201"] {
        let exported = ids(&user, query);
        assert_eq!(exported, listed(&user, query), "{query}");
        assert_eq!(exported.len(), if query.starts_with('q') { 50 } else { 150 }, "{query}");
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn an_export_that_no_answer_holds_is_behind_a_link() {
    let stack = Stack::start_with(&["--set", "ExportInlineKiB=16"]);
    let row = |number: usize| {
        let body = ClaimBody::new(&stack).draft().with("/name", format!("Draft {number:03} ž"));
        format!("{}\n", body.json())
    };
    let text: String = (0..150).map(row).collect();
    assert_eq!(stack.partner(FABRIKAM).bulk("many", "application/jsonl", &text).ok()["created"], 150);
    let user = stack.user(FABRIKAM);
    let answer = user.get("/claims/export?sort=created");
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").to_owned();
    let body = answer.expect(303);
    assert_eq!(body["url"], place.as_str());
    let get = |headers: &[(String, String)]| stack.send("GET", &place, headers, None);
    let exported: Vec<_> = rows_of(&get(&[])).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(exported, listed(&user, "sort=created"));
    // Two ways to sign in are one too many: that is why the token must not be sent along.
    assert_eq!(get(&[("authorization".to_owned(), "Bearer x".to_owned())]).status, 400);
    drop(stack.advance("PT16M"));
    assert_eq!(get(&[]).status, 403);
    // Few claims are the answer itself.
    assert_eq!(rows(&user.get("/claims/export?q=Draft%20001")).len(), 1);
}

#[test]
fn an_export_takes_the_filters_of_the_list() {
    let stack = Stack::start();
    let official = stack.official(&ClaimBody::new(&stack).with("/name", "Ärzte & Co. Teams"));
    let draft = stack.submit(&ClaimBody::new(&stack).draft().with("/name", "Intune draft"));
    let sell = stack.submit(
        &ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales").with("/name", "Sales 100%"),
    );
    let partner = stack.partner(FABRIKAM);
    let other = "44444444-0000-4000-8000-000000000004";
    for (query, count) in [
        (String::new(), 3),
        ("status=official".to_owned(), 1),
        ("status=declined".to_owned(), 0),
        ("program=osa_sell".to_owned(), 1),
        (format!("tenant_id={CONTOSO}"), 3),
        (format!("tenant_id={other}"), 0),
        ("q=%C3%84RZTE".to_owned(), 1),
        ("q=100%25".to_owned(), 1),
        ("status=draft&program=osu_m365&q=intune&sort=created".to_owned(), 1),
        ("sort=-deadline".to_owned(), 3),
        (format!("partner_id={FABRIKAM}"), 3),
    ] {
        let exported = ids(&partner, &query);
        assert_eq!(exported, listed(&partner, &query), "{query}");
        assert_eq!(exported.len(), count, "{query}");
    }
    assert_eq!(ids(&partner, "status=draft"), [draft.id]);
    assert_eq!(ids(&partner, "status=official"), [official.id]);
    assert_eq!(ids(&partner, "status=awaiting_customer"), [sell.id]);
}

#[test]
fn a_row_says_of_a_claim_what_the_claim_says() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack)
        .workloads(&["teams", "intune", "exchange_online"])
        .with("/name", "Contoso, \"Teams\"; and more");
    let claim = stack.submit(&body);
    stack.link_to("jana@contoso.com").answer("decision=decline&scopes=s2");
    let shown = claim.read();
    let exported = rows(&claim.partner.get("/claims/export"));
    let row = &exported[0];
    for name in [
        "id",
        "name",
        "status",
        "program",
        "activity",
        "tenant_id",
        "domain",
        "deadline",
        "action_due",
        "dispute_until",
        "created_at",
        "updated_at",
    ] {
        assert_eq!(cell(row, name), shown[name].as_str().unwrap_or_default(), "{name}");
    }
    assert_eq!(cell(row, "scopes"), "workload:teams; workload:intune; workload:exchange_online");
    assert_eq!(cell(row, "standings"), "awaiting_customer; declined; awaiting_customer");
    let reasons: Vec<String> = shown["scopes"].as_array().unwrap().iter().map(reasons).collect();
    assert_eq!(cell(row, "reasons"), reasons.join("; "));
    assert_eq!(cell(row, "customer_contact.email"), "jana@contoso.com");
    assert_eq!(cell(row, "partner_contact.email"), "petr@fabrikam.example");
}

fn reasons(scope: &Value) -> String {
    let reasons = scope["reasons"].as_array().unwrap().iter();
    reasons.map(|reason| reason["code"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_cell_is_a_formula() {
    let stack = Stack::start();
    let names = [
        "=cmd|' /C calc'!A0",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1:A9)",
        "=HYPERLINK(\"https://x\",\"y\")",
    ];
    for name in names {
        stack.submit(&ClaimBody::new(&stack).draft().with("/name", name));
    }
    // A contact's address may begin with what begins a formula, too.
    let signs = ["=jana@contoso.com", "+jana@contoso.com", "-jana@contoso.com"];
    for sign in signs {
        let body = ClaimBody::new(&stack).draft().contact(sign);
        let answer = stack.partner(FABRIKAM).create(sign, body.json());
        assert!(matches!(answer.status, 201 | 400), "{answer:?}");
    }
    let exported = rows(&stack.partner(FABRIKAM).get("/claims/export?sort=created"));
    for row in &exported {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell}");
        }
    }
    for name in names {
        let safe = format!("'{name}");
        assert!(exported.iter().any(|row| cell(row, "name") == safe), "{safe} is not there");
    }
}

#[test]
fn the_vendors_staff_name_a_partner() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    for staff in [stack.reviewer(), stack.operator()] {
        let refused = staff.get("/claims/export").problem(400, "invalid_request");
        refused.is_exactly(&[("?partner_id", "required")]);
        assert_eq!(ids(&staff, &format!("partner_id={FABRIKAM}")), [claim.id.as_str()]);
        assert!(ids(&staff, &format!("partner_id={WINGTIP}")).is_empty());
    }
}

#[test]
fn another_partners_claims_are_none() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    for caller in [stack.partner(WINGTIP), stack.user(WINGTIP)] {
        assert!(ids(&caller, "").is_empty());
        assert!(ids(&caller, &format!("partner_id={FABRIKAM}")).is_empty());
    }
    assert_eq!(stack.nobody().get("/claims/export").status, 401);
}

#[test]
fn a_parameter_that_is_none_or_wrong_is_told() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    for (query, expected) in [
        ("limit=5", ("?limit", "unknown_parameter")),
        ("cursor=x", ("?cursor", "unknown_parameter")),
        ("queue=review", ("?queue", "unknown_parameter")),
        ("state=official", ("?state", "unknown_parameter")),
        ("status=finished", ("?status", "unknown_value")),
        ("sort=name", ("?sort", "unknown_value")),
    ] {
        let refused = partner.get(&format!("/claims/export?{query}")).problem(400, "invalid_request");
        refused.is_exactly(&[expected]);
    }
}
