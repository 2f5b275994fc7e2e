//! Requests that are wrong whatever they are about: bodies, parameters, cursors, routes, headers.

use serde_json::json;

use crate::driver::{ClaimBody, FABRIKAM, GRACE, SALES, Stack, WINGTIP};

#[test]
fn a_body_that_is_not_json_is_refused_on_every_route_that_takes_one() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let before = (draft.read(), draft.history());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let broken: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"{\"name\": }".to_vec(),
        b"{} {}".to_vec(),
        b"name=x".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"name\": \"\xc3\x28\"}".to_vec(),
        b"NaN".to_vec(),
        b"\0".to_vec(),
        deep.into_bytes(),
        deep_object.into_bytes(),
    ];
    let (partner, reviewer, operator) = (stack.partner(FABRIKAM), stack.reviewer(), stack.operator());
    let routes = [
        (&partner, "POST", "/claims".to_owned()),
        (&partner, "POST", "/claims/check".to_owned()),
        (&partner, "PATCH", draft.path()),
        (&partner, "POST", draft.at("withdraw")),
        (&partner, "POST", draft.at("dispute")),
        (&partner, "POST", draft.at("disassociate")),
        (&partner, "POST", draft.at("comments")),
        (&reviewer, "POST", draft.at("approve")),
        (&reviewer, "POST", draft.at("request-information")),
        (&reviewer, "POST", draft.at("reject")),
        (&operator, "PUT", "/partners/1234567".to_owned()),
        (&operator, "PUT", "/tenants/3fa85f64-5717-4562-b3fc-2c963f66afa6".to_owned()),
        (&operator, "PUT", "/catalogue".to_owned()),
    ];
    for (caller, method, path) in &routes {
        for body in &broken {
            let answer = caller.request(method, path).key("broken").bytes(body.clone()).send();
            drop(answer.problem(400, "not_json"));
        }
        for body in ["[]", "5", "\"x\"", "null", "true"] {
            let answer = caller.request(method, path).key("broken").bytes(body.into()).send();
            assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text());
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    // Where there must be a body, none is no JSON.
    for (method, path) in
        [("POST", "/claims".to_owned()), ("POST", "/claims/check".to_owned()), ("PATCH", draft.path())]
    {
        drop(partner.request(method, &path).key("empty").send().problem(400, "not_json"));
    }
    assert_eq!((draft.read(), draft.history()), before);
}

#[test]
fn a_body_over_256_kib_is_refused_on_every_route_and_one_just_below_is_read() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let limit = 256 * 1024;
    let padded = |length: usize| {
        let text = "{\"x\": \"\"}";
        format!("{{\"x\": \"{}\"}}", "a".repeat(length - text.len())).into_bytes()
    };
    let (partner, reviewer, operator) = (stack.partner(FABRIKAM), stack.reviewer(), stack.operator());
    for (caller, method, path) in [
        (&partner, "POST", "/claims".to_owned()),
        (&partner, "POST", "/claims/check".to_owned()),
        (&partner, "PATCH", draft.path()),
        (&partner, "POST", draft.at("comments")),
        (&reviewer, "POST", draft.at("reject")),
        (&operator, "PUT", "/partners/1234567".to_owned()),
    ] {
        for length in [limit + 1, 1024 * 1024, 4 * 1024 * 1024] {
            let answer = caller.request(method, &path).key("large").bytes(padded(length)).send();
            drop(answer.problem(413, "body_too_large"));
        }
        let answer = caller.request(method, &path).key("large").bytes(padded(limit)).send();
        drop(answer.problem(400, "invalid_request"));
    }
    draft.is("draft");
    // Beyond what Lambda takes, the gateway itself refuses.
    let answer = partner.request("POST", "/claims").key("huge").bytes(padded(7 * 1024 * 1024)).send();
    assert_eq!(answer.status, 413);
}

#[test]
fn a_field_of_any_length_is_refused_without_being_repeated() {
    let stack = Stack::start();
    let long = "x".repeat(100_000);
    let mut body = ClaimBody::new(&stack).with("/name", long.clone()).json().clone();
    body[&long] = json!(1);
    let answer = stack.partner(FABRIKAM).create("long", &body);
    assert!(answer.body.len() < 4096, "{} bytes", answer.body.len());
    assert_eq!(answer.problem(400, "invalid_request").errors().len(), 2);
    stack.is_untouched();
}

#[test]
fn unknown_and_malformed_query_parameters_are_refused_by_name() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let (partner, reviewer) = (stack.partner(FABRIKAM), stack.reviewer());
    let tenant = crate::driver::CONTOSO;
    for (caller, path, errors) in [
        (&partner, "/claims?staus=official".to_owned(), vec![("?staus", "unknown_parameter")]),
        (&partner, "/claims?status=offical".to_owned(), vec![("?status", "unknown_value")]),
        (&partner, "/claims?program=osu".to_owned(), vec![("?program", "unknown_value")]),
        (&partner, "/claims?tenant_id=contoso".to_owned(), vec![("?tenant_id", "invalid_guid")]),
        (&partner, "/claims?sort=name".to_owned(), vec![("?sort", "unknown_value")]),
        (&partner, "/claims?partner_id=x".to_owned(), vec![("?partner_id", "invalid_partner_id")]),
        (&partner, "/claims?limit=0".to_owned(), vec![("?limit", "out_of_range")]),
        (&partner, "/claims?limit=101".to_owned(), vec![("?limit", "out_of_range")]),
        (&partner, "/claims?limit=-1".to_owned(), vec![("?limit", "out_of_range")]),
        (&partner, "/claims?limit=ten".to_owned(), vec![("?limit", "out_of_range")]),
        (&partner, "/claims?limit=99999999999999999999".to_owned(), vec![("?limit", "out_of_range")]),
        (&partner, "/claims?cursor=abc".to_owned(), vec![("?cursor", "invalid_cursor")]),
        (&partner, "/claims?cursor=%00".to_owned(), vec![("?cursor", "invalid_cursor")]),
        (
            &partner,
            "/claims?limit=x&status=y&sort=z&more=1".to_owned(),
            vec![
                ("?limit", "out_of_range"),
                ("?status", "unknown_value"),
                ("?sort", "unknown_value"),
                ("?more", "unknown_parameter"),
            ],
        ),
        (&partner, format!("{}?limit=0", claim.at("history")), vec![("?limit", "out_of_range")]),
        (&partner, format!("{}?page=2", claim.at("history")), vec![("?page", "unknown_parameter")]),
        (&partner, format!("{}?cursor=abc", claim.at("history")), vec![("?cursor", "invalid_cursor")]),
        (&partner, "/associations?tenant=x".to_owned(), vec![("?tenant", "unknown_parameter")]),
        (&partner, "/associations?cursor=abc".to_owned(), vec![("?cursor", "invalid_cursor")]),
        (&reviewer, "/claims".to_owned(), vec![("?partner_id", "required")]),
        (&reviewer, "/claims?queue=all".to_owned(), vec![("?queue", "unknown_value")]),
        (
            &reviewer,
            "/claims?queue=review&status=official".to_owned(),
            vec![("?status", "unknown_parameter")],
        ),
        (&reviewer, "/claims?queue=review&cursor=abc".to_owned(), vec![("?cursor", "invalid_cursor")]),
        (&reviewer, "/associations".to_owned(), vec![("?tenant_id", "required")]),
        (&reviewer, format!("/associations?tenant_id={tenant}&limit=0"), vec![("?limit", "out_of_range")]),
        (&reviewer, "/associations?tenant_id=x".to_owned(), vec![("?tenant_id", "invalid_guid")]),
    ] {
        caller.get(&path).problem(400, "invalid_request").is_exactly(&errors);
    }
}

#[test]
fn a_cursor_opens_no_list_but_the_one_that_it_came_from() {
    let stack = Stack::start();
    let ours = ["teams", "intune"].map(|workload| ClaimBody::new(&stack).workloads(&[workload]));
    stack.all_official(&ours);
    // Two with a deadline, for the list that is sorted by it.
    let sell = |subscription, product| {
        stack.submit(&ClaimBody::new(&stack).product("osa_sell", subscription, product))
    };
    sell(SALES, "dynamics365_sales").is("awaiting_customer");
    sell(GRACE, "power_bi").is("awaiting_customer");
    for workload in ["exchange_online", "sharepoint_online"] {
        stack.submit(&ClaimBody::of_wingtip(&stack).workloads(&[workload]).contact("x@elsewhere.example"));
    }
    for workload in ["teams", "intune"] {
        let competing = stack.submit(&ClaimBody::of_wingtip(&stack).workloads(&[workload]));
        drop(competing.review("approve", &json!({})).ok());
    }
    stack.settle();
    let claim = stack.partner(FABRIKAM).get("/claims").ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let (ours, theirs, reviewer) = (stack.partner(FABRIKAM), stack.partner(WINGTIP), stack.reviewer());
    let tenant = format!("/associations?tenant_id={}", crate::driver::CONTOSO);
    let lists = [
        (&ours, "/claims?sort=created".to_owned()),
        (&ours, "/claims?sort=deadline".to_owned()),
        (&ours, format!("/claims/{claim}/history?")),
        (&ours, "/associations?".to_owned()),
        (&theirs, "/claims?sort=created".to_owned()),
        (&theirs, "/claims?sort=deadline".to_owned()),
        (&reviewer, "/claims?queue=review".to_owned()),
        (&reviewer, tenant),
    ];
    let cursors: Vec<String> = lists
        .iter()
        .map(|(caller, path)| {
            let page = caller.get(&format!("{path}&limit=1")).ok();
            page["next"].as_str().unwrap_or_else(|| panic!("{path} has no second page: {page:#}")).to_owned()
        })
        .collect();
    let mut surprises = Vec::new();
    for (at, (caller, path)) in lists.iter().enumerate() {
        // Those of every list, and some that are cut, turned or made up.
        let made_up = [
            "e30",
            "bnVsbA",
            "W10",
            "eyJwayI6ImEifQ",
            &cursors[at][1..],
            &cursors[at][..cursors[at].len() - 3],
        ];
        for (from, cursor) in cursors.iter().map(String::as_str).chain(made_up).enumerate() {
            let expected = if from == at { 200 } else { 400 };
            let answer = caller.get(&format!("{path}&limit=1&cursor={cursor}"));
            if answer.status != expected {
                surprises.push(format!("{path} with cursor {from}: {}, expected {expected}", answer.status));
            } else if expected == 400 {
                answer.problem(400, "invalid_request").is_exactly(&[("?cursor", "invalid_cursor")]);
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn a_route_or_method_that_there_is_not_is_404_and_never_5xx() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let partner = stack.partner(FABRIKAM);
    for (method, path) in [
        ("GET", "/".to_owned()),
        ("GET", "/nothing".to_owned()),
        ("DELETE", claim.path()),
        ("PUT", claim.path()),
        ("GET", claim.at("submit")),
        ("POST", claim.at("official")),
        ("POST", claim.path()),
        ("GET", "/claims/".to_owned()),
        ("GET", "/claims//history".to_owned()),
        ("GET", "/claims/clm_nothing".to_owned()),
        ("GET", "/claims/%00".to_owned()),
        ("GET", "/claims/..%2fpartners%2f1234567".to_owned()),
        ("GET", format!("/claims/{}", "x".repeat(3000))),
        ("GET", format!("{}/history/more", claim.path())),
        ("GET", claim.path().to_uppercase()),
    ] {
        let answer = partner.request(method, &path).send();
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
    }
}

#[test]
fn odd_headers_are_refused_or_ignored_and_never_5xx() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack);
    let partner = stack.partner(FABRIKAM);
    // A body that says it is something else is read all the same, or refused with a problem.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
        "x",
    ] {
        let answer = partner.request("POST", "/claims").key(kind).header("content-type", kind);
        let answer = answer.bytes(body.json().to_string().into_bytes()).send();
        assert!(answer.status < 500, "{kind}: {}", answer.text());
    }
    let answer = partner.request("GET", "/claims").header("x-long", &"x".repeat(7000)).send();
    assert!(answer.status < 500, "{}", answer.text());
    assert_eq!(stack.dead_letters(), json!({}));
}
