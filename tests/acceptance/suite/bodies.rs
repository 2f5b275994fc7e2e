//! Bodies with members that only the service sets, and bodies that are too large or too deep, on every route that takes one.

use serde_json::{Value, json};

use crate::driver::{ClaimBody, Description, FABRIKAM, Stack, body, caller_of, id_of};

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
