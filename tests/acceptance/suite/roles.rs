//! Roles × routes: every cell is tried, and another partner's claim is not there.

use serde_json::{Value, json};

use crate::driver::{CONTOSO, Caller, ClaimBody, FABRIKAM, Stack, Submitted, WINGTIP};

/// Every route of the interface as the template has it, with a body that fits it; `{id}` is a claim's.
const ROUTES: &[(&str, &str, &str)] = &[
    ("POST", "/claims", ""),
    ("POST", "/claims/check", ""),
    ("GET", "/claims", ""),
    ("GET", "/claims?queue=review", ""),
    ("GET", "/claims/{id}", ""),
    ("GET", "/claims/{id}/history", ""),
    ("PATCH", "/claims/{id}", "{\"comment\": \"Edited\"}"),
    ("POST", "/claims/{id}/submit", "{}"),
    ("POST", "/claims/{id}/withdraw", "{}"),
    ("POST", "/claims/{id}/dispute", "{\"justification\": \"x\"}"),
    ("POST", "/claims/{id}/disassociate", "{\"reason\": \"x\"}"),
    ("POST", "/claims/{id}/comments", "{\"text\": \"x\"}"),
    ("POST", "/claims/{id}/approve", "{}"),
    ("POST", "/claims/{id}/request-information", "{\"reasons\": [{\"code\": \"missing_poe\"}]}"),
    ("POST", "/claims/{id}/reject", "{\"reasons\": [{\"code\": \"missing_poe\"}]}"),
    ("GET", "/associations", ""),
    ("GET", "/associations?tenant_id={tenant}", ""),
    ("PUT", "/partners/{partner}", "{\"name\": \"Fabrikam\", \"programs\": [\"osu_m365\"]}"),
    ("GET", "/partners/{partner}", ""),
    ("PUT", "/tenants/{tenant}", "{tenant}"),
    ("GET", "/tenants/{tenant}", ""),
    // Refused for its body, after its sender: the catalogue is everybody's.
    ("PUT", "/catalogue", "{\"workloads\": 5}"),
    ("GET", "/catalogue", ""),
    ("GET", "/claims/export", ""),
    ("POST", "/claims/bulk", "{}"),
    (
        "POST",
        "/claims/{id}/renew",
        "{\"renewals\": [{\"scope\": \"s1\", \"subscription_id\": \"11111111-0000-4000-8000-000000000001\"}]}",
    ),
    ("POST", "/evidence", "{}"),
    ("GET", "/evidence/{evidence}", ""),
    ("POST", "/evidence/{evidence}/verify", ""),
    ("POST", "/usage", "{}"),
    ("GET", "/associations/{id}-s1/usage?from=2027-01&to=2027-01", ""),
    ("GET", "/associations/{id}-s1/accesses", ""),
    ("GET", "/insights", ""),
];

/// Who may: the partner's admin, its user, the reviewer, the operator, in the order of [`ROUTES`].
const MAY: &[[bool; 4]] = &{
    const Y: bool = true;
    const N: bool = false;
    [
        [Y, N, N, N], // create
        [Y, N, N, N], // check
        [Y, Y, Y, Y], // list
        [N, N, Y, N], // queue
        [Y, Y, Y, Y], // read
        [Y, Y, Y, Y], // history
        [Y, N, N, N], // edit
        [Y, N, N, N], // submit
        [Y, N, N, N], // withdraw
        [Y, N, N, N], // dispute
        [Y, N, N, N], // disassociate
        [Y, N, Y, N], // comment
        [N, N, Y, N], // approve
        [N, N, Y, N], // request information
        [N, N, Y, N], // reject
        [Y, Y, Y, Y], // associations
        [Y, Y, Y, Y], // associations of a tenant
        [N, N, N, Y], // put partner
        [N, N, N, Y], // get partner
        [N, N, N, Y], // put tenant
        [N, N, N, Y], // get tenant
        [N, N, N, Y], // put catalogue
        [N, N, N, Y], // get catalogue
        [Y, Y, Y, Y], // export
        [Y, N, N, N], // bulk
        [Y, N, N, N], // renew
        [Y, N, N, N], // announce a file
        [Y, Y, Y, N], // read a file
        [Y, N, N, N], // verify a file
        [N, N, N, Y], // deliver usage
        [Y, Y, N, N], // read usage
        [N, N, Y, Y], // who has read it
        [N, N, Y, Y], // insights
    ]
};

#[track_caller]
fn call(
    caller: &Caller<'_>,
    route: (&str, &str, &str),
    stack: &Stack,
    id: &str,
    key: &str,
) -> crate::driver::Response {
    let (method, path, body) = route;
    let path = path.replace("{id}", id).replace("{tenant}", CONTOSO).replace("{partner}", FABRIKAM);
    let path = path.replace("{evidence}", "evd_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    let request = caller.request(method, &path).key(key);
    let body = match (method, path.as_str(), body) {
        ("POST", "/claims" | "/claims/check", _) => ClaimBody::new(stack).draft().json().to_string(),
        (_, _, "{tenant}") => {
            json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"] }).to_string()
        }
        (_, _, body) => body.to_owned(),
    };
    if body.is_empty() { request.send() } else { request.bytes(body.into_bytes()).send() }
}

#[test]
fn every_route_of_the_template_is_in_the_table() {
    let template = include_str!("../../../infra/template.yaml");
    // Open to everybody: it describes the others.
    let open = ["GET /openapi.json"];
    let mut missing = Vec::new();
    for line in template.lines().filter(|line| line.contains("Method: ") && line.contains("Path: \"")) {
        let after = |text: &str, end: char| {
            line.split_once(text).and_then(|(_, rest)| rest.split_once(end)).unwrap().0.to_owned()
        };
        let (method, path) = (after("Method: ", ','), after("Path: \"", '"'));
        let shape = |path: &str| {
            let path = path.split('?').next().unwrap_or_default().replace("{id}-s1", "{}");
            ["{id}", "{evidence}", "{tenant}", "{partner}"]
                .iter()
                .fold(path, |path, name| path.replace(name, "{}"))
        };
        let listed = ROUTES.iter().any(|route| route.0 == method && shape(route.1) == shape(&path));
        let route = format!("{method} {path}");
        if !listed && !open.contains(&route.as_str()) {
            missing.push(route);
        }
    }
    assert!(missing.is_empty(), "not in the table of roles: {missing:?}");
}

#[test]
fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let stack = Stack::start();
    assert_eq!(ROUTES.len(), MAY.len());
    let callers = [
        ("admin", stack.partner(FABRIKAM)),
        ("user", stack.user(FABRIKAM)),
        ("reviewer", stack.reviewer()),
        ("operator", stack.operator()),
    ];
    for (number, (route, may)) in ROUTES.iter().zip(MAY).enumerate() {
        for ((name, caller), may) in callers.iter().zip(may) {
            // A claim in `draft` for each cell: what a move may not do to it is a conflict, which is not a refusal.
            let claim = stack.submit(&ClaimBody::new(&stack).draft());
            let before = (claim.read(), claim.history());
            let key = format!("{number}-{name}");
            let answer = call(caller, *route, &stack, &claim.id, &key);
            let said = format!("{} {} by the {name}: {}", route.0, route.1, answer.text());
            if *may {
                // The vendor's staff must say whose claims, or which tenant's associations.
                // An association that there is not yet, or that is not one's own, is no question of the role.
                let other = answer.text().contains("not_partner_of_record")
                    || route.1.contains("associations/")
                    || route.1.contains("evidence/");
                assert!(other || !matches!(answer.status, 401 | 403 | 404), "{said}");
                assert!(answer.status < 500, "{said}");
            } else {
                assert_eq!(answer.status, 403, "{said}");
                drop(answer.problem(403, "forbidden"));
                assert_eq!((claim.read(), claim.history()), before, "{said}");
            }
        }
    }
    eprintln!("figures: roles {} {}", ROUTES.len(), callers.len());
}

#[test]
fn without_a_token_that_holds_every_route_is_401() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).draft());
    let before = (claim.read(), claim.history());
    let good = stack.partner(FABRIKAM);
    let token = good.request("GET", "/claims").send();
    drop(token.ok());
    let issued = stack.operator().token.unwrap();
    let (head, signature) = issued.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let callers = [
        stack.nobody(),
        stack.bearer(""),
        stack.bearer("nonsense"),
        stack.bearer("a.b.c"),
        stack.bearer(head),
        stack.bearer(&format!("{head}.")),
        stack.bearer(&format!("{head}.{flipped}{}", &signature[1..])),
        stack.bearer(&format!("eyJhbGciOiJub25lIn0.{}.", head.split('.').nth(1).unwrap())),
    ];
    for route in ROUTES {
        for caller in &callers {
            let answer = call(caller, *route, &stack, &claim.id, "key");
            assert_eq!(answer.status, 401, "{} {}: {}", route.0, route.1, answer.text());
        }
    }
    assert_eq!((claim.read(), claim.history()), before);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn a_token_of_another_stack_is_401() {
    let (ours, other) = (Stack::start(), Stack::bare(&[]));
    let issued = other.nobody().post("/_local/token", &json!({ "role": "operator" })).ok();
    let stranger = ours.bearer(issued["access_token"].as_str().unwrap());
    assert_eq!(stranger.get("/catalogue").status, 401);
}

#[test]
fn another_partners_claim_is_not_there_on_any_route() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jana@elsewhere.example"));
    let before = (claim.read(), claim.history());
    let nothing = "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for caller in [stack.partner(WINGTIP), stack.user(WINGTIP)] {
        for route in ROUTES.iter().filter(|(_, path, _)| path.contains("/claims/{id}")) {
            let theirs = call(&caller, *route, &stack, &claim.id, "key");
            let none = call(&caller, *route, &stack, nothing, "key");
            // What may not be done at all is 403, be the claim there or not; nothing tells the two apart.
            let (status, expected) = (theirs.status, none.status);
            assert!(matches!(status, 403 | 404), "{} {}: {}", route.0, route.1, theirs.text());
            assert_eq!(status, expected, "{} {}", route.0, route.1);
            let strip = |answer: crate::driver::Response| {
                let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
                body["request_id"] = Value::Null;
                body
            };
            assert_eq!(strip(theirs), strip(none), "{} {}", route.0, route.1);
        }
    }
    let admin = stack.partner(WINGTIP);
    for (method, path, body) in ROUTES.iter().filter(|(_, path, _)| path.contains("/claims/{id}")) {
        if !["approve", "request-information", "reject"].iter().any(|verb| path.ends_with(verb)) {
            let answer = call(&admin, (method, path, body), &stack, &claim.id, "key");
            drop(answer.problem(404, "not_found"));
        }
    }
    assert_eq!(admin.get("/claims").ok()["items"], json!([]));
    assert_eq!(admin.get(&format!("/claims?partner_id={FABRIKAM}")).ok()["items"], json!([]));
    assert_eq!((claim.read(), claim.history()), before);
}

#[test]
fn a_claim_for_another_partner_is_refused() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack);
    let refused = stack.partner(WINGTIP).create("k", body.json());
    refused.problem(400, "invalid_request").is_exactly(&[("/partner_id", "partner_id_not_yours")]);
    let refused = stack.partner(WINGTIP).post("/claims/check", body.json());
    refused.problem(400, "invalid_request").is_exactly(&[("/partner_id", "partner_id_not_yours")]);
    stack.is_untouched();
}

#[test]
fn a_token_that_mixes_the_sides_or_names_no_role_opens_nothing() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).draft());
    for who in [
        json!({ "role": "incentives_admin" }),
        json!({ "role": "operator", "partner_id": FABRIKAM }),
        json!({ "role": "reviewer", "partner_id": FABRIKAM }),
        json!({ "role": "boss" }),
        json!({ "role": "INCENTIVES_ADMIN", "partner_id": FABRIKAM }),
        json!({ "role": "incentives_admin", "partner_id": "x" }),
        json!({ "role": "incentives_admin", "partner_id": "" }),
    ] {
        let caller = stack.role(&who);
        for route in ROUTES {
            let answer = call(&caller, *route, &stack, &claim.id, "key");
            assert!(
                matches!(answer.status, 401 | 403),
                "{who}: {} {}: {} {}",
                route.0,
                route.1,
                answer.status,
                answer.text()
            );
        }
    }
    claim.is("draft");
}

#[test]
fn whoever_has_several_roles_may_do_what_any_of_them_may() {
    let stack = Stack::start();
    let both = stack.role(&json!({ "roles": ["reviewer", "operator"] }));
    drop(both.get("/claims?queue=review").ok());
    drop(both.get("/catalogue").ok());
    let partner =
        stack.role(&json!({ "roles": ["incentives_user", "incentives_admin"], "partner_id": FABRIKAM }));
    drop(partner.create("k", ClaimBody::new(&stack).json()).expect(201));
}

#[test]
fn vendor_staff_reads_every_partners_claims_by_name_of_the_partner() {
    let stack = Stack::start();
    let ours: Submitted<'_> = stack.submit(&ClaimBody::new(&stack));
    stack.submit(&ClaimBody::of_wingtip(&stack).workloads(&["intune"]));
    for caller in [stack.reviewer(), stack.operator()] {
        let list = caller.get(&format!("/claims?partner_id={FABRIKAM}")).ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["id"], json!(ours.id));
        assert_eq!(caller.get(&ours.path()).ok()["id"], json!(ours.id));
    }
}
