//! Nobody gets in: every route of the description with another partner's IDs, files and cursors; members that only the service
//! sets; bodies that are too large or too deep; the time that the neutral page takes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::driver::{CONTOSO, Caller, ClaimBody, FABRIKAM, Response, SALES, Stack, WINGTIP};

/// An operation of the API's own description.
struct Operation {
    method: String,
    path: String,
    /// The schema of its JSON body, or of a line of it, by its name.
    body: Option<String>,
    lines: bool,
}

struct Description(Value);

impl Description {
    fn of(stack: &Stack) -> Self {
        Self(stack.nobody().get("/openapi.json").ok())
    }

    fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if !operation["responses"].is_object() || path == "/openapi.json" {
                    continue;
                }
                let content = &operation["requestBody"]["content"];
                let body = content.as_object().and_then(|content| content.values().next());
                let name = body.map(|body| {
                    let name = body["schema"]["$ref"].as_str().unwrap_or_default();
                    name.rsplit('/').next().unwrap_or_default().to_owned()
                });
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    body: name,
                    lines: content["application/jsonl"].is_object(),
                });
            }
        }
        assert!(operations.len() >= 31, "{} operations", operations.len());
        operations
    }

    /// The members of a schema.
    fn members(&self, schema: &str) -> BTreeSet<String> {
        let members = self.0["components"]["schemas"][schema]["properties"].as_object();
        members.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }
}

/// The body of an operation, right as far as members go.
fn body(stack: &Stack, operation: &Operation) -> Value {
    let reasons = json!({ "reasons": [{ "code": "missing_poe" }] });
    let path = operation.path.as_str();
    match (operation.method.as_str(), path.rsplit('/').next().unwrap()) {
        ("POST", "claims" | "check") => ClaimBody::new(stack).draft().json().clone(),
        ("POST", "bulk") => ClaimBody::new(stack).json().clone(),
        ("POST", "comments") => json!({ "text": "x" }),
        ("PATCH", _) => json!({ "comment": "x" }),
        ("POST", "renew") => json!({ "renewals": [{ "scope": "s1", "subscription_id": SALES }] }),
        ("POST", "dispute") => json!({ "justification": "x" }),
        ("POST", "disassociate") => json!({ "reason": "x" }),
        ("POST", "request-information" | "reject") => reasons,
        ("POST", "evidence") => crate::evidence::statement(b"%PDF-"),
        ("PUT", "catalogue") => json!({ "workloads": [], "products": [] }),
        ("PUT", _) if path.starts_with("/partners") => {
            json!({ "name": "Fabrikam", "programs": ["osu_m365"] })
        }
        ("PUT", _) => json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"] }),
        ("POST", "usage") => {
            json!({ "tenant_id": CONTOSO, "scope": { "workload": "teams" }, "month": "2021-05",
            "monthly_active_users": 1, "paid_available_units": 1, "sold_seats": 1 })
        }
        _ => json!({}),
    }
}

fn send(caller: &Caller<'_>, stack: &Stack, operation: &Operation, id: &str) -> Response {
    let mut path = operation.path.replace("{id}", id);
    if path.ends_with("/usage") && operation.method == "GET" {
        path.push_str("?from=2027-01&to=2027-01");
    }
    let request = caller.request(&operation.method, &path).key("isolation");
    match &operation.body {
        Some(_) => request.json(&body(stack, operation)).send(),
        None => request.send(),
    }
}

/// An answer without what differs from request to request.
fn same(answer: &Response) -> (u16, Value) {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    (answer.status, body)
}

#[test]
fn no_route_of_the_description_lets_one_partner_near_what_is_anothers() {
    let stack = Stack::start();
    let named = |name: &str| ClaimBody::new(&stack).with("/name", name);
    let ours = stack.official(&named("Fabrikam's secret rollout"));
    let draft = stack.submit(&named("Fabrikam's secret draft").workloads(&["intune"]).draft());
    let file =
        crate::evidence::announce(&stack.partner(FABRIKAM), "f", &crate::evidence::statement(b"%PDF-"))
            .expect(201);
    let file = file["id"].as_str().unwrap().to_owned();
    stack.submit(&ClaimBody::of_wingtip(&stack).workloads(&["exchange_online"]));
    let cursor = |path: &str| {
        let page = stack.partner(FABRIKAM).get(path).ok();
        page["next"].as_str().map(str::to_owned)
    };
    let cursors: Vec<_> =
        ["/claims?limit=1", "/claims?limit=1&sort=created"].into_iter().filter_map(cursor).collect();
    assert_eq!(cursors.len(), 2);
    let before = (ours.read(), ours.history(), draft.read(), draft.history());

    let description = Description::of(&stack);
    let mut tried = 0;
    for (role, caller) in [("admin", stack.partner(WINGTIP)), ("user", stack.user(WINGTIP))] {
        for operation in description.operations() {
            let said = format!("{} {} by the rival's {role}", operation.method, operation.path);
            let pairs: Vec<(String, String)> = if !operation.path.contains("{id}") {
                Vec::new()
            } else if operation.path.starts_with("/claims") {
                let nothing = "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
                vec![(ours.id.clone(), nothing.clone()), (draft.id.clone(), nothing)]
            } else if operation.path.starts_with("/associations") {
                vec![(format!("{}-s1", ours.id), "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa-s1".to_owned())]
            } else if operation.path.starts_with("/evidence") {
                vec![(file.clone(), "evd_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned())]
            } else {
                // Partners and tenants: the operator's alone.
                vec![(FABRIKAM.to_owned(), WINGTIP.to_owned())]
            };
            for (theirs, nothing) in pairs {
                let (theirs, nothing) =
                    (send(&caller, &stack, &operation, &theirs), send(&caller, &stack, &operation, &nothing));
                assert!(matches!(theirs.status, 403 | 404), "{said}: {} {}", theirs.status, theirs.text());
                assert_eq!(same(&theirs), same(&nothing), "{said}: what is there differs from what is not");
                tried += 1;
            }
            if !operation.path.contains("{id}") && operation.method == "GET" {
                for query in
                    ["", &format!("?partner_id={FABRIKAM}"), &format!("?tenant_id={CONTOSO}"), "?q=secret"]
                {
                    let answer = caller.get(&format!("{}{query}", operation.path));
                    let text = answer.text();
                    let shows = [ours.id.as_str(), draft.id.as_str(), "secret", file.as_str()];
                    assert!(
                        !shows.iter().any(|part| text.contains(part) && !query.contains(part)),
                        "{said}{query}: {text}"
                    );
                    tried += 1;
                }
                for cursor in &cursors {
                    let answer = caller.get(&format!("{}?limit=1&cursor={cursor}", operation.path));
                    assert!(
                        (400..500).contains(&answer.status),
                        "{said} with a cursor of another's: {}",
                        answer.text()
                    );
                    tried += 1;
                }
            }
        }
    }
    // In bodies: another's file, another's ID.
    let rival = stack.partner(WINGTIP);
    let body = ClaimBody::of_wingtip(&stack).workloads(&["sharepoint_online"]);
    let found = |file: &str| {
        let body = body.clone().with("/evidence/0/file", file);
        same(&rival.create("file", body.json()))
    };
    let (theirs, nothing) = (found(&file), found("evd_aaaaaaaaaaaaaaaaaaaaaaaaaa"));
    assert_eq!(theirs, nothing, "another's file differs from none");
    assert!(matches!(theirs.0, 400 | 422), "{theirs:?}");
    let line = ClaimBody::new(&stack).workloads(&["sharepoint_online"]).json().to_string();
    let rows = rival.bulk("rows", "application/jsonl", &line).ok();
    assert!(rows.to_string().contains("partner_id_not_yours"), "{rows}");
    tried += 3;
    assert_eq!((ours.read(), ours.history(), draft.read(), draft.history()), before);
    eprintln!("figures: isolation {tried}");
}

#[test]
fn a_forged_cursor_opens_nothing_of_anothers_and_breaks_nothing() {
    let stack = Stack::start();
    for workload in ["teams", "intune"] {
        stack.official(&ClaimBody::new(&stack).workloads(&[workload]));
    }
    for workload in ["exchange_online", "sharepoint_online"] {
        stack.official(&ClaimBody::of_wingtip(&stack).workloads(&[workload]));
    }
    let (ours, rival) = (stack.partner(FABRIKAM), stack.partner(WINGTIP));
    let own: BTreeSet<String> = {
        let page = rival.get("/claims").ok();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|claim| claim["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let claim = own.first().unwrap().clone();
    let decoded = |text: &str| -> Value {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()).unwrap()
    };
    let mut tried = 0;
    let lists = [
        "/claims?limit=1",
        "/claims?sort=deadline&limit=1",
        "/associations?limit=1",
        &format!("/claims/{claim}/history?limit=1"),
    ];
    for path in lists {
        let Some(cursor) = rival.get(path).ok()["next"].as_str().map(str::to_owned) else {
            assert!(path.contains("deadline"), "{path} has no second page");
            continue;
        };
        let mut forged: BTreeSet<String> = BTreeSet::new();
        // Every bit of every third sign, as long as it is still one of the alphabet.
        for at in (0..cursor.len()).step_by(3) {
            for bit in 0..7 {
                let mut bytes = cursor.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                forged.extend(String::from_utf8(bytes).ok().filter(|text| {
                    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                }));
            }
        }
        // Every member in place of another's, of nothing, and of what leads out of the list.
        let theirs = ours.get(path.split_once("/claims/").map_or(path, |_| "/claims?limit=1")).ok();
        let theirs = theirs["next"].as_str().map(decoded).unwrap_or_default();
        let (plain, before) = (decoded(&cursor), tried);
        for name in plain.as_object().unwrap().keys() {
            for value in [
                theirs[name].clone(),
                json!(""),
                json!("~"),
                json!("0"),
                json!("\u{0}"),
                json!("x".repeat(3000)),
                json!(FABRIKAM),
                json!(5),
                json!(null),
                json!({}),
            ] {
                let mut other = plain.clone();
                other[name] = value;
                forged.insert(BASE64URL_NOPAD.encode(other.to_string().as_bytes()));
            }
            let mut less = plain.clone();
            less.as_object_mut().unwrap().remove(name);
            forged.insert(BASE64URL_NOPAD.encode(less.to_string().as_bytes()));
        }
        let mut more = plain.clone();
        more["more"] = json!("x");
        forged.insert(BASE64URL_NOPAD.encode(more.to_string().as_bytes()));
        for cursor in &forged {
            let answer = rival.get(&format!("{path}&cursor={cursor}"));
            tried += 1;
            if answer.status == 200 {
                let page = answer.ok();
                for item in page["items"].as_array().unwrap() {
                    let id = item["claim_id"]
                        .as_str()
                        .or(item["id"].as_str())
                        .map(|id| id.split('-').next().unwrap().to_owned());
                    assert!(
                        path.contains("history") || id.as_ref().is_some_and(|id| own.contains(id)),
                        "{path}: {item}"
                    );
                }
            } else {
                answer.problem(400, "invalid_request").is_exactly(&[("?cursor", "invalid_cursor")]);
            }
        }
        assert!(tried > before + 50, "{path}: only {} forged", tried - before);
    }
    eprintln!("figures: cursors {tried}");
}

/// Who may call an operation.
fn caller_of<'s>(stack: &'s Stack, operation: &Operation) -> Caller<'s> {
    let last = operation.path.rsplit('/').next().unwrap();
    if operation.method == "PUT" || operation.path == "/usage" {
        stack.operator()
    } else if matches!(last, "approve" | "request-information" | "reject") {
        stack.reviewer()
    } else {
        stack.partner(FABRIKAM)
    }
}

/// The ID that an operation is tried with.
fn id_of(operation: &Operation, claim: &str) -> String {
    match operation.path.split('/').nth(1).unwrap() {
        "partners" => FABRIKAM.to_owned(),
        "tenants" => CONTOSO.to_owned(),
        _ => claim.to_owned(),
    }
}

#[test]
fn what_only_the_service_sets_is_in_no_body() {
    let stack = Stack::start();
    let description = Description::of(&stack);
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jana@elsewhere.example"));
    let before = (claim.read(), claim.history());
    // All that answers hold, and what is kept beside it.
    let mut set = description.members("Claim");
    for schema in ["ClaimedScope", "Association", "EvidenceFile", "Transition"] {
        set.extend(description.members(schema));
    }
    set.extend(
        [
            "pk",
            "sk",
            "role",
            "roles",
            "sub",
            "is_admin",
            "links",
            "digest",
            "expires_at",
            "state",
            "verified_at",
        ]
        .map(str::to_owned),
    );
    let mut tried = 0;
    for operation in description.operations().iter().filter(|operation| operation.body.is_some()) {
        let caller = caller_of(&stack, operation);
        let path = operation.path.replace("{id}", &id_of(operation, &claim.id));
        let schema = match (&operation.body, operation.path.as_str()) {
            (Some(name), _) if !name.is_empty() => name.clone(),
            (_, "/usage") => "UsageRow".to_owned(),
            _ => "ClaimBody".to_owned(),
        };
        let known = description.members(&schema);
        assert!(!known.is_empty(), "{} has no members", schema);
        let mut offered = Vec::new();
        for name in set.difference(&known) {
            let mut body = body(&stack, operation);
            body[name] =
                before.0.get(name).cloned().filter(|value| !value.is_null()).unwrap_or_else(|| json!("x"));
            offered.push((format!("/{name}"), body));
        }
        // Inside a scope, a contact, a proof.
        if schema == "ClaimBody" {
            for place in [
                "/scopes/0/standing",
                "/scopes/0/id",
                "/customer_contact/verified",
                "/evidence/0/state",
                "/partner_contact/role",
            ] {
                offered
                    .push((place.to_owned(), ClaimBody::new(&stack).with(place, "official").json().clone()));
            }
        }
        for (pointer, body) in offered {
            let answer = caller.request(&operation.method, &path).key("mass").json(&body).send();
            let said = format!(
                "{} {}: {pointer}: {} {}",
                operation.method,
                operation.path,
                answer.status,
                answer.text()
            );
            let whole: Value = serde_json::from_slice(&answer.body).unwrap();
            // Lines are answered line by line.
            let (status, errors) = match operation.lines {
                true => (200, &whole["rows"][0]["errors"]),
                false => (400, &whole["errors"]),
            };
            assert_eq!(answer.status, status, "{said}");
            let refused = errors.as_array().is_some_and(|errors| {
                errors
                    .iter()
                    .any(|error| error["pointer"] == json!(pointer) && error["code"] == "unknown_field")
            });
            assert!(refused, "{said}");
            tried += 1;
        }
    }
    assert_eq!((claim.read(), claim.history()), before);
    assert_eq!(stack.dead_letters(), json!({}));
    eprintln!("figures: mass {tried}");
}

#[test]
fn a_body_too_large_too_deep_or_with_too_many_members_is_refused_on_every_route_that_takes_one() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack).contact("jana@elsewhere.example"));
    let before = (claim.read(), claim.history());
    let mut tried = 0;
    for operation in Description::of(&stack).operations().iter().filter(|operation| operation.body.is_some())
    {
        let caller = caller_of(&stack, operation);
        let path = operation.path.replace("{id}", &id_of(operation, &claim.id));
        let send = |bytes: Vec<u8>| {
            let request = caller
                .request(&operation.method, &path)
                .key("large")
                .header("content-type", "application/jsonl");
            let answer = request.bytes(bytes).send();
            assert!(answer.status < 500, "{} {}: {}", operation.method, operation.path, answer.text());
            answer
        };
        let most = if operation.lines { 7 * 1024 * 1024 } else { 256 * 1024 };
        let large = send(format!("{{\"x\": \"{}\"}}", "a".repeat(most)).into_bytes());
        assert_eq!(large.status, 413, "{} {}: {:.200}", operation.method, operation.path, large.text());
        let deep = |open: &str, close: &str, levels: usize| {
            format!("{{\"name\": {}1{}}}", open.repeat(levels), close.repeat(levels))
        };
        let many: String = (0..20_000).map(|n| format!("\"m{n}\":1,")).collect();
        for body in [
            deep("[", "]", 127),
            deep("[", "]", 60_000),
            deep("{\"a\":", "}", 30_000),
            format!("{{{}\"z\":1}}", many),
            format!("[{}1]", "1,".repeat(100_000)),
            format!("{{\"name\": 1e{}}}", "9".repeat(1_000)),
            format!("{{\"scopes\": [{}{{}}]}}", "{},".repeat(50_000)),
        ] {
            let answer = send(body.into_bytes());
            let refused = if operation.lines {
                answer.status == 200 || answer.status == 400
            } else {
                answer.status == 400
            };
            assert!(
                refused,
                "{} {}: {} {:.300}",
                operation.method,
                operation.path,
                answer.status,
                answer.text()
            );
            // What is refused is not answered with more than Lambda and the gateway can carry.
            assert!(
                answer.body.len() < 1024 * 1024,
                "{} {}: {} bytes",
                operation.method,
                operation.path,
                answer.body.len()
            );
            tried += 1;
        }
        tried += 1;
    }
    // A thousand rows, each with as many wrong members as fit: more errors than an answer of Lambda's could hold.
    let members: String = (0..350).map(|n| format!("\"m{n}\":1,")).collect();
    let rows = vec![format!("{{{members}\"z\":1}}"); 1000].join("\n");
    let answer = stack.partner(FABRIKAM).bulk("rows", "application/jsonl", &rows);
    assert!(answer.body.len() < 2 * 1024 * 1024, "{} bytes", answer.body.len());
    let answer = answer.ok();
    assert_eq!(answer["refused"], 1000);
    let told: usize =
        answer["rows"].as_array().unwrap().iter().map(|row| row["errors"].as_array().unwrap().len()).sum();
    assert_eq!((told, &answer["errors_left_out"]), (5000, &json!(95_000)));
    assert_eq!((claim.read(), claim.history()), before);
    eprintln!("figures: bodies {}", tried + 1);
}

/// The middle one of several durations.
fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: a network's delays would hide what is measured")]
fn the_neutral_page_is_the_same_whatever_is_guessed_and_its_time_is_told() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com").url;
    let (base, token) = link.rsplit_once('/').unwrap();
    let (claim, secret) = token.split_at(26);
    let turned: String = secret.chars().rev().collect();
    let guesses = [
        ("a claim that there is, another secret", format!("{claim}{turned}")),
        ("a claim that there is not", format!("{}{secret}", "a".repeat(26))),
        ("no token at all", "x".to_owned()),
    ];
    let seen = |answer: Response| {
        let changing = ["date", "x-amzn-requestid", "x-amzn-trace-id"];
        let headers = answer.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
        let mut headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.sort();
        (answer.status, headers, answer.body)
    };
    let first = seen(stack.link(&format!("{base}/nothing")).open());
    assert_eq!(first.0, 404);
    let mut times = vec![Vec::new(); guesses.len()];
    for round in 0..60 {
        for at in 0..guesses.len() {
            // In turns, so that what else the machine does falls on all of them.
            let at = (at + round) % guesses.len();
            let guess = stack.link(&format!("{base}/{}", guesses[at].1));
            let began = Instant::now();
            let answer = guess.open();
            times[at].push(began.elapsed());
            assert_eq!(seen(answer), first, "{}", guesses[at].0);
        }
    }
    // Told and not judged: on a machine that others use, times decide nothing.
    for ((what, _), times) in guesses.iter().zip(times) {
        eprintln!("figures: neutral {} us: {what}", median(times).as_micros());
    }
}
