//! The description of the API: anybody may read it, and answers are as it says.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, Response, SALES, Stack, WINGTIP};

#[test]
fn anybody_may_read_the_description() {
    let stack = Stack::start();
    let answer = stack.nobody().get("/openapi.json");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("cache-control").contains("public"), "{answer:?}");
    let served = answer.ok();
    let kept: Value = serde_json::from_str(include_str!("../../../infra/openapi.json")).unwrap();
    assert_eq!(served, kept);
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(stack.partner(FABRIKAM).get("/openapi.json").ok(), served);
    // Nothing else becomes public by it.
    for (method, path) in
        [("GET", "/openapi.json/"), ("POST", "/openapi.json"), ("GET", "/claims/openapi.json")]
    {
        let status = stack.nobody().request(method, path).send().status;
        assert!(matches!(status, 401 | 404), "{method} {path}: {status}");
    }
}

/// The description as it is served, and what was compared with it.
struct Description {
    gateway: String,
    details: Value,
    seen: BTreeSet<String>,
}

impl Description {
    fn of(stack: &Stack) -> Self {
        let details = stack.nobody().get("/openapi.json").ok();
        Self { gateway: stack.gateway().to_owned(), details, seen: BTreeSet::new() }
    }

    /// The described path that a path is, the one with fewer parameters first.
    fn route(&self, path: &str) -> Option<&String> {
        let segments: Vec<_> = path.split('/').collect();
        let fits = |described: &&String| {
            let described: Vec<_> = described.split('/').collect();
            described.len() == segments.len()
                && described.iter().zip(&segments).all(|(one, other)| one.starts_with('{') || one == other)
        };
        let paths = self.details["paths"].as_object().unwrap().keys();
        paths.filter(fits).min_by_key(|path| path.matches('{').count())
    }

    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        let to = value.get("$ref").and_then(Value::as_str);
        to.map_or(value, |to| self.details.pointer(to.trim_start_matches('#')).unwrap())
    }

    /// Asserts that an answer is one that its route is described with, and returns it.
    #[track_caller]
    fn fits(&mut self, answer: Response) -> Response {
        let (method, url) = answer.asked.split_once(' ').unwrap();
        let path = url.strip_prefix(self.gateway.as_str()).unwrap();
        let path = path.split('?').next().unwrap();
        let route = self.route(path).unwrap_or_else(|| panic!("{} is not described", answer.asked)).clone();
        let operation = &self.details["paths"][&route][method.to_lowercase()];
        let described = &operation["responses"][answer.status.to_string()];
        let shown = format!("{} → {}\n{}", answer.asked, answer.status, answer.text());
        assert!(described.is_object(), "this status is not described: {shown}");
        let content = &self.resolved(described)["content"];
        let media_type = answer.header("content-type").split(';').next().unwrap().to_owned();
        let schema = &content[&media_type]["schema"];
        assert!(schema.is_object(), "{media_type} is not described: {shown}");
        let body = if media_type.ends_with("json") {
            serde_json::from_slice(&answer.body).unwrap()
        } else {
            json!(answer.text())
        };
        let mut root = Map::new();
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("allOf".to_owned(), json!([schema]));
        root.insert("components".to_owned(), self.details["components"].clone());
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        let validator =
            options.build(&Value::Object(root)).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let errors: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| format!("{error} at `{}`", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}\n{shown}", errors.join("\n"));
        let seen = format!("{method} {route} {}", answer.status);
        self.seen.insert(seen);
        answer
    }
}

#[test]
fn the_answers_of_a_claims_life_are_as_they_are_described() {
    let stack = Stack::start();
    let mut described = Description::of(&stack);
    let (operator, reviewer, partner) = (stack.operator(), stack.reviewer(), stack.partner(FABRIKAM));
    let mut ok = |answer: Response| described.fits(answer).ok();

    // The directory.
    for path in [format!("/partners/{FABRIKAM}"), format!("/tenants/{CONTOSO}")] {
        let body = ok(operator.get(&path));
        ok(operator.put(&path, &body));
    }
    ok(operator.get("/catalogue"));

    // From a draft to a partner of record.
    let body = ClaimBody::new(&stack).second_contact("karel@contoso.com");
    ok(partner.post("/claims/check", body.json()));
    let draft = stack.submit(&body.clone().draft());
    ok(partner.get(&draft.path()));
    ok(partner.patch(&draft.path(), &json!({ "name": "Another name" })));
    ok(draft.ask("comments", &json!({ "text": "A comment" })));
    ok(draft.ask("submit", &json!({})));
    draft.is("awaiting_customer");
    ok(partner.get(&draft.path()));
    draft.pass_deadline();
    ok(partner.get(&draft.path()));
    ok(partner.get("/claims?limit=1"));
    ok(partner.get(&draft.at("history")));
    ok(partner.get("/associations"));
    let row = json!({
        "tenant_id": CONTOSO, "scope": { "workload": "teams" }, "month": stack.now().format("%Y-%m").to_string(),
        "monthly_active_users": 1, "paid_available_units": 2, "sold_seats": 3,
    });
    let delivery = operator.request("POST", "/usage").header("content-type", "application/jsonl");
    ok(delivery.bytes(format!("{row}\n{row}\n{{}}\n").into_bytes()).send());
    let association = format!("/associations/{}-s1", draft.id);
    assert_eq!(ok(partner.get(&format!("{association}/usage")))["items"].as_array().unwrap().len(), 1);
    ok(reviewer.get(&format!("{association}/accesses")));
    ok(reviewer.get("/insights?program=osu_m365"));

    // Another partner, and a reviewer.
    let rival = stack.submit(&ClaimBody::of_wingtip(&stack).workloads(&["teams", "intune"]));
    ok(reviewer.get("/claims?queue=review"));
    ok(reviewer.get(&rival.path()));
    let about = |scope: &str| json!({ "reasons": [{ "scope": scope, "code": "missing_poe" }] });
    ok(rival.review("request-information", &about("s1")));
    ok(rival.partner.get(&rival.path()));
    ok(rival.ask("submit", &json!({})));
    ok(rival.review("reject", &about("s1")));
    ok(rival.ask("dispute", &json!({ "justification": "See page 3." })));
    ok(rival.review("approve", &json!({})));
    stack.settle();
    stack.link_to("jana@contoso.com").accept();
    for caller in [&rival.partner, &reviewer] {
        ok(caller.get(&rival.path()));
        ok(caller.get(&rival.at("history")));
    }
    ok(partner.get(&draft.path()));
    ok(partner.get(&draft.at("history")));
    ok(reviewer.get(&format!("/associations?tenant_id={CONTOSO}")));
    ok(rival.ask("disassociate", &json!({ "reason": "Over" })));
    ok(rival.partner.get(&rival.at("history")));

    // Many, and a renewal.
    let sales = stack.submit(&ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales"));
    let new = "22222222-0000-4000-8000-000000000001";
    let subscription = |id: &str| json!({ "id": id, "product": "dynamics365_sales", "state": "active", "channel": "volume" });
    stack.put_contoso(&json!({ "subscriptions": [subscription(SALES), subscription(new)] }));
    let renewal = json!({ "renewals": [{ "scope": "s1", "subscription_id": new }] });
    let renewed = partner.request("POST", &sales.at("renew")).key("renewal").json(&renewal).send();
    described.fits(renewed).expect(201);
    let mut ok = |answer: Response| described.fits(answer).ok();
    let lines = format!("{}\n{{}}\n", ClaimBody::new(&stack).workloads(&["intune"]).json());
    ok(partner.bulk("bulk", "application/jsonl", &lines));
    ok(partner.bulk("bulk", "application/jsonl", &lines));
    ok(sales.ask("withdraw", &json!({ "reason": "A mistake" })));
    stack.put_contoso(&json!({ "subscriptions": [] }));
    stack.settle();
    ok(partner.get("/claims?limit=100"));
    assert_eq!(described.fits(partner.get("/claims/export")).status, 200);
    let created = partner.create("created", ClaimBody::new(&stack).draft().json());
    described.fits(created).expect(201);

    // A file, from its announcement to its reader.
    let bytes = b"%PDF-1.7";
    let file = crate::evidence::announce(&partner, "file", &crate::evidence::statement(bytes));
    let file = described.fits(file).expect(201);
    assert_eq!(crate::evidence::upload(&stack, &file, bytes, &[]).status, 200);
    let path = format!("/evidence/{}", file["id"].as_str().unwrap());
    let mut ok = |answer: Response| described.fits(answer).ok();
    ok(partner.get(&path));
    ok(partner.post(&format!("{path}/verify"), &json!({})));
    ok(reviewer.get(&path));

    // Every operation has been answered well once, but for what an operator rarely puts.
    let mut missing = Vec::new();
    for (path, methods) in described.details["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let route = format!("{} {path} ", method.to_uppercase());
            if !described.seen.iter().any(|seen| seen.starts_with(&route)) {
                missing.push(route);
            }
        }
    }
    assert_eq!(missing, ["PUT /catalogue ", "GET /openapi.json "]);
}

#[test]
fn refusals_are_as_they_are_described() {
    let stack = Stack::start();
    let mut described = Description::of(&stack);
    let partner = stack.partner(FABRIKAM);
    let claim = stack.submit(&ClaimBody::new(&stack));
    let mut refused = |answer: Response, status: u16| {
        assert_eq!(described.fits(answer).status, status);
    };
    refused(stack.nobody().get("/claims"), 401);
    refused(stack.bearer("nonsense").get("/claims"), 401);
    refused(partner.get("/claims?sort=name"), 400);
    refused(partner.get("/claims/export?limit=1"), 400);
    refused(partner.create("bad", &json!({ "name": 5 })), 400);
    refused(partner.post("/claims", ClaimBody::new(&stack).json()), 400);
    refused(partner.request("POST", "/claims").key("k").bytes(b"{".to_vec()).send(), 400);
    refused(partner.create("again", ClaimBody::new(&stack).json()), 422);
    refused(partner.bulk("none", "text/csv", "nmae\nx\n"), 400);
    refused(partner.get(&format!("/associations/{}-s1/usage", claim.id)), 403);
    refused(stack.user(FABRIKAM).post(&claim.at("withdraw"), &json!({})), 403);
    refused(stack.partner(WINGTIP).get(&claim.path()), 404);
    refused(claim.review("approve", &json!({})), 409);
    refused(claim.review("reject", &json!({ "reasons": [] })), 400);
    refused(claim.review("reject", &json!({ "reasons": [{ "scope": "s9", "code": "missing_poe" }] })), 422);
    let stale = partner.request("POST", &claim.at("withdraw")).header("if-match", "\"1\"").json(&json!({}));
    refused(stale.send(), 412);
    let odd = partner.request("POST", &claim.at("withdraw")).header("if-match", "one").json(&json!({}));
    refused(odd.send(), 400);
    refused(partner.patch(&claim.path(), &json!({ "name": "Late" })), 409);
    refused(stack.operator().put("/catalogue", &json!({ "workloads": 5 })), 400);
    refused(stack.operator().put(&format!("/tenants/{CONTOSO}"), &json!({})), 400);
    refused(stack.operator().get("/partners/9999999"), 404);
    let large = json!({ "comment": "x".repeat(300 * 1024) });
    refused(partner.create("large", &large), 413);
    let delivery = stack.operator();
    refused(delivery.request("POST", "/usage").bytes(b"\n".to_vec()).send(), 400);
}
