//! Usage figures: what operators deliver, what a partner of record sees of them, and who has looked.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};

use crate::driver::{CONTOSO, Caller, ClaimBody, FABRIKAM, Response, SALES, Stack, Submitted, WINGTIP, time};

/// The month so many months after an instant's.
fn month(at: DateTime<Utc>, later: i32) -> String {
    let months = Months::new(later.unsigned_abs());
    let day = at.date_naive();
    let day = if later < 0 { day - months } else { day + months };
    day.format("%Y-%m").to_string()
}

fn figures(scope: Value, month: &str, users: u32) -> Value {
    json!({
        "tenant_id": CONTOSO, "scope": scope, "month": month,
        "monthly_active_users": users, "paid_available_units": users + 1000, "sold_seats": users + 2000,
    })
}

fn teams(month: &str, users: u32) -> Value {
    figures(json!({ "workload": "teams" }), month, users)
}

fn deliver(stack: &Stack, text: String) -> Response {
    let delivery = stack.operator();
    let delivery = delivery.request("POST", "/usage").header("content-type", "application/jsonl");
    delivery.bytes(text.into_bytes()).send()
}

#[track_caller]
fn stored(stack: &Stack, rows: &[Value]) {
    let answer = deliver(stack, rows.iter().map(|row| format!("{row}\n")).collect()).ok();
    assert_eq!(answer["stored"], rows.len(), "{answer:#}");
}

/// The answer to a partner that asks for the figures of its claim's first scope.
fn ask(caller: &Caller<'_>, claim: &Submitted<'_>, query: &str) -> Response {
    caller.get(&format!("/associations/{}-s1/usage{query}", claim.id))
}

fn usage(month: &str, users: u32) -> Value {
    json!({ "month": month, "monthly_active_users": users, "paid_available_units": users + 1000 })
}

#[test]
fn every_row_of_a_delivery_is_stored_replaced_or_refused_for_itself() {
    let stack = Stack::start();
    let row = |month: &str, users: u32| teams(month, users).to_string();
    let mut negative = teams("2026-05", 1);
    negative["sold_seats"] = json!(-1);
    negative["more"] = json!(true);
    let rows = [
        row("2026-05", 1),
        "no json".to_owned(),
        String::new(),
        negative.to_string(),
        teams("2026-13", 1).to_string(),
        row("2026-05", 2),
        figures(json!({ "product": "power_bi", "subscription_id": SALES }), "2026-05", 3).to_string(),
        figures(json!({}), "2026-05", 3).to_string(),
    ];
    let answer = deliver(&stack, rows.join("\r\n")).ok();
    let counts: Vec<_> =
        ["stored", "replaced", "refused", "errors_left_out"].iter().map(|name| &answer[name]).collect();
    assert_eq!(counts, [2, 1, 4, 0], "{answer:#}");
    let shown = answer["rows"].as_array().unwrap();
    let statuses: Vec<_> =
        shown.iter().map(|row| (row["row"].as_u64().unwrap(), row["status"].as_str().unwrap())).collect();
    let expected = [
        (1, "replaced"),
        (2, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "stored"),
        (7, "stored"),
        (8, "refused"),
    ];
    assert_eq!(statuses, expected, "lines are counted, empty ones too");
    assert_eq!(shown[0]["by"], 6);
    let errors = |row: usize| -> BTreeSet<(String, String)> {
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = shown[row]["errors"].as_array().unwrap().iter();
        errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect()
    };
    let is = |pairs: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        pairs.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
    };
    assert_eq!(errors(1), is(&[("", "not_json")]));
    assert_eq!(errors(2), is(&[("/sold_seats", "wrong_type"), ("/more", "unknown_field")]));
    assert_eq!(errors(3), is(&[("/month", "invalid_month")]));
    assert!(!errors(6).is_empty());
}

#[test]
fn a_delivery_can_be_repeated_and_a_later_one_replaces_it() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let present = month(stack.now(), 0);
    let text = format!("{}\n", teams(&present, 7));
    let first = deliver(&stack, text.clone()).ok();
    assert_eq!(first["stored"], 1);
    assert_eq!(deliver(&stack, text).ok(), first);
    let partner = stack.partner(FABRIKAM);
    assert_eq!(ask(&partner, &claim, "").ok()["items"], json!([usage(&present, 7)]));
    stored(&stack, &[teams(&present, 8)]);
    assert_eq!(ask(&partner, &claim, "").ok()["items"], json!([usage(&present, 8)]));
}

#[test]
fn a_delivery_has_a_row_at_least() {
    let stack = Stack::start();
    for text in ["", "\n\n", "\u{FEFF}\r\n"] {
        let refused = deliver(&stack, text.to_owned()).problem(400, "invalid_request");
        refused.is_exactly(&[("", "required")]);
    }
    let refused = deliver(&stack, "[]\n".to_owned()).ok();
    assert_eq!(refused["refused"], 1);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_partner_of_record_sees_its_scope_from_the_month_of_association_on() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let since = time(&stack.partner(FABRIKAM).get("/associations").ok()["items"][0]["official_since"]);
    let months: Vec<String> = (-2..=3).map(|later| month(since, later)).collect();
    let rows: Vec<_> = months.iter().zip(10..).map(|(month, users)| teams(month, users)).collect();
    stored(&stack, &rows);
    let elsewhere = figures(json!({ "workload": "intune" }), &months[2], 99);
    stored(&stack, &[elsewhere]);
    let items = |query: &str| ask(&stack.user(FABRIKAM), &claim, query).ok()["items"].clone();
    assert_eq!(items(""), json!([usage(&months[2], 12)]), "from that month to the present one");
    assert_eq!(items(&format!("?to={}", months[1])), json!([]));
    assert_eq!(items(&format!("?from={}&to={}", months[0], months[1])), json!([]));
    assert_eq!(
        items(&format!("?from={}&to={}", months[0], months[3])),
        json!([usage(&months[2], 12), usage(&months[3], 13)])
    );
    assert_eq!(items(&format!("?from={}&to={}", months[3], months[3])), json!([usage(&months[3], 13)]));
    assert_eq!(items(&format!("?from={}", months[4])), json!([usage(&months[4], 14), usage(&months[5], 15)]));
    drop(stack.advance("P40D"));
    let later = ask(&stack.partner(FABRIKAM), &claim, "").ok()["items"].clone();
    assert!(later.as_array().unwrap().len() >= 2 && later[0] == usage(&months[2], 12), "{later:#}");
}

#[test]
fn a_programme_shows_the_figures_that_it_pays_for_and_no_others() {
    let stack = Stack::start();
    let other = "22222222-0000-4000-8000-000000000001";
    let subscription = |id: &str| json!({ "id": id, "product": "dynamics365_sales", "state": "active", "channel": "volume" });
    stack.put_contoso(&json!({ "subscriptions": [subscription(SALES), subscription(other)] }));
    let sold = stack.submit(&ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales"));
    let used = stack.submit(&ClaimBody::new(&stack).product("osu_business_apps", other, "dynamics365_sales"));
    drop(stack.advance("P7D"));
    let present = month(stack.now(), 0);
    let row =
        |id: &str| figures(json!({ "product": "dynamics365_sales", "subscription_id": id }), &present, 5);
    stored(&stack, &[row(SALES), row(other)]);
    let partner = stack.partner(FABRIKAM);
    assert_eq!(ask(&partner, &sold, "").ok(), json!({ "items": [{ "month": present, "sold_seats": 2005 }] }));
    assert_eq!(ask(&partner, &used, "").ok(), json!({ "items": [usage(&present, 5)] }));
}

#[test]
fn months_that_are_none_or_too_many_are_told() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let partner = stack.partner(FABRIKAM);
    for (query, expected) in [
        ("?from=2026-13&to=x", &[("?from", "invalid_month"), ("?to", "invalid_month")][..]),
        ("?from=2026-06&to=2026-05", &[("?to", "out_of_order")]),
        ("?from=2026-01&to=2029-01", &[("?to", "too_many_months")]),
        ("?month=2026-05", &[("?month", "unknown_parameter")]),
    ] {
        ask(&partner, &claim, query).problem(400, "invalid_request").is_exactly(expected);
    }
    drop(ask(&partner, &claim, "?from=2026-02&to=2029-01").ok());
}

#[test]
fn from_the_very_second_of_a_no_on_nothing_is_shown() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    stored(&stack, &[teams(&month(stack.now(), 0), 7)]);
    let (partner, user) = (stack.partner(FABRIKAM), stack.user(FABRIKAM));
    let link = stack.link_to("jana@contoso.com");
    assert_eq!(ask(&partner, &claim, "").ok()["items"].as_array().unwrap().len(), 1);
    // Nothing settles in between.
    assert_eq!(link.post("decision=decline").status, 200);
    let refused = ask(&partner, &claim, "").problem(403, "not_partner_of_record");
    assert!(!refused.body.to_string().contains("monthly_active_users"), "{:#}", refused.body);
    drop(ask(&user, &claim, "").problem(403, "not_partner_of_record"));
    drop(stack.advance("P30D"));
    drop(ask(&stack.partner(FABRIKAM), &claim, "").problem(403, "not_partner_of_record"));
}

#[test]
fn nothing_is_shown_before_a_claim_is_official_nor_after_it_has_ended() {
    let stack = Stack::start();
    let present = month(stack.now(), 0);
    for workload in ["teams", "intune", "exchange_online"] {
        stored(&stack, &[figures(json!({ "workload": workload }), &present, 7)]);
    }
    let hidden = |claim: &Submitted<'_>| {
        drop(ask(&stack.partner(FABRIKAM), claim, "").problem(403, "not_partner_of_record"));
    };
    let body = |workload: &str| ClaimBody::new(&stack).workloads(&[workload]);
    hidden(&stack.submit(&body("exchange_online").draft()));
    let declined = stack.submit(&body("exchange_online"));
    hidden(&declined);
    stack.link_to("jana@contoso.com").decline();
    hidden(&declined);

    let over = stack.submit(&body("intune"));
    drop(stack.advance("P7D"));
    drop(ask(&stack.partner(FABRIKAM), &over, "").ok());
    drop(over.ask("disassociate", &json!({ "reason": "Over" })).ok());
    hidden(&over);
    drop(stack.official(&body("intune")));
    hidden(&over);
}

#[test]
fn a_superseded_partner_sees_nothing_more_and_its_successor_sees_its_own_months() {
    let stack = Stack::start();
    let ours = stack.official(&ClaimBody::new(&stack));
    let theirs = stack.submit(&ClaimBody::of_wingtip(&stack).contact("karel@contoso.com"));
    drop(theirs.review("approve", &json!({})).ok());
    drop(ask(&stack.partner(WINGTIP), &theirs, "").problem(403, "not_partner_of_record"));
    drop(ask(&stack.partner(FABRIKAM), &ours, "").ok());
    stack.link_to("karel@contoso.com").accept();
    let present = month(stack.now(), 0);
    stored(&stack, &[teams(&present, 7)]);
    drop(ask(&stack.partner(FABRIKAM), &ours, "").problem(403, "not_partner_of_record"));
    assert_eq!(ask(&stack.partner(WINGTIP), &theirs, "").ok()["items"], json!([usage(&present, 7)]));
}

#[test]
fn an_expired_subscription_shows_nothing_more() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales"));
    drop(ask(&stack.partner(FABRIKAM), &claim, "").ok());
    stack.put_contoso(&json!({ "subscriptions": [] }));
    claim.is("expired");
    drop(ask(&stack.partner(FABRIKAM), &claim, "").problem(403, "not_partner_of_record"));
}

#[test]
fn another_partners_association_is_not_there() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    for other in [stack.partner(WINGTIP), stack.user(WINGTIP)] {
        drop(ask(&other, &claim, "").problem(404, "not_found"));
    }
    let partner = stack.partner(FABRIKAM);
    for id in [
        format!("{}-s2", claim.id),
        claim.id.clone(),
        "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa-s1".to_owned(),
        "nonsense".to_owned(),
    ] {
        drop(partner.get(&format!("/associations/{id}/usage")).problem(404, "not_found"));
        drop(stack.reviewer().get(&format!("/associations/{id}/accesses")).problem(404, "not_found"));
    }
    for staff in [stack.reviewer(), stack.operator()] {
        drop(ask(&staff, &claim, "").problem(403, "forbidden"));
    }
}

#[test]
fn every_read_is_listed_for_the_vendor_the_latest_first_and_page_by_page() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let path = format!("/associations/{}-s1/accesses", claim.id);
    assert_eq!(stack.reviewer().get(&path).ok(), json!({ "items": [], "next": null }));
    let (partner, user) = (stack.partner(FABRIKAM), stack.user(FABRIKAM));
    let mut asked = Vec::new();
    for number in 1..=7 {
        let (from, to) = (format!("2026-{number:02}"), format!("2027-{number:02}"));
        let caller = if number % 2 == 0 { &partner } else { &user };
        drop(ask(caller, &claim, &format!("?from={from}&to={to}")).ok());
        asked.push((from, to));
        drop(stack.advance("PT1M"));
    }
    // What was refused has shown nothing.
    drop(ask(&partner, &claim, "?from=x").problem(400, "invalid_request"));
    drop(ask(&stack.partner(WINGTIP), &claim, "").problem(404, "not_found"));
    drop(ask(&stack.operator(), &claim, "").problem(403, "forbidden"));
    let (whole, _) = stack.operator().all_pages(&format!("{path}?limit=100"));
    let found: Vec<_> = whole
        .iter()
        .rev()
        .map(|read| (read["from"].as_str().unwrap().to_owned(), read["to"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(found, asked);
    for read in &whole {
        assert_eq!(read["partner_id"], FABRIKAM);
        assert_eq!(read["association_id"], format!("{}-s1", claim.id));
        for member in ["subject", "request_id"] {
            assert!(read[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {read:#}");
        }
    }
    let times: Vec<_> = whole.iter().map(|read| time(&read["at"])).collect();
    assert!(times.is_sorted_by(|later, earlier| later > earlier), "{times:?}");
    for limit in [1, 3, 7] {
        let (paged, sizes) = stack.reviewer().all_pages(&format!("{path}?limit={limit}"));
        assert_eq!(paged, whole, "limit {limit}");
        assert!(sizes.iter().all(|size| *size <= limit), "{sizes:?}");
    }
    drop(partner.get(&path).problem(403, "forbidden"));
    let refused = stack.reviewer().get(&format!("{path}?limit=0&cursor=x"));
    let refused = refused.problem(400, "invalid_request");
    assert!(refused.errors().iter().any(|(pointer, _)| pointer == "?limit"), "{refused:?}");
}

#[test]
fn reads_at_the_same_instant_are_all_listed_and_stay_after_the_end() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let partner = stack.partner(FABRIKAM);
    std::thread::scope(|scope| {
        let reads: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(&partner, &claim, "").ok())).collect();
        reads.into_iter().for_each(|read| drop(read.join().unwrap()));
    });
    stack.link_to("jana@contoso.com").decline();
    drop(ask(&partner, &claim, "").problem(403, "not_partner_of_record"));
    let path = format!("/associations/{}-s1/accesses", claim.id);
    let (reads, _) = stack.reviewer().all_pages(&format!("{path}?limit=3"));
    let requests: BTreeSet<_> = reads.iter().map(|read| read["request_id"].as_str().unwrap()).collect();
    assert_eq!((reads.len(), requests.len()), (8, 8), "{reads:#?}");
}

#[test]
fn a_cursor_opens_the_reads_of_its_own_association_only() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack).workloads(&["teams", "intune"]));
    let partner = stack.partner(FABRIKAM);
    for scope in ["s1", "s2"] {
        for _ in 0..2 {
            drop(partner.get(&format!("/associations/{}-{scope}/usage", claim.id)).ok());
            drop(stack.advance("PT1S"));
        }
    }
    let reviewer = stack.reviewer();
    let page = |scope: &str, query: &str| {
        reviewer.get(&format!("/associations/{}-{scope}/accesses?limit=1{query}", claim.id))
    };
    let next = page("s1", "").ok()["next"].as_str().unwrap().to_owned();
    assert_eq!(page("s1", &format!("&cursor={next}")).ok()["items"].as_array().unwrap().len(), 1);
    let foreign = page("s2", &format!("&cursor={next}")).problem(400, "invalid_request");
    foreign.is_exactly(&[("?cursor", "invalid_cursor")]);
    stack.submit(&ClaimBody::new(&stack).draft());
    let claims = partner.get("/claims?limit=1").ok()["next"].as_str().unwrap().to_owned();
    drop(page("s1", &format!("&cursor={claims}")).problem(400, "invalid_request"));
}
