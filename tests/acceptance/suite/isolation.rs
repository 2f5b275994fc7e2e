//! Nobody gets near what is another's: every route of the description with another partner's IDs, files and cursors.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::driver::{
    CONTOSO, Caller, ClaimBody, Description, FABRIKAM, Operation, Response, Stack, WINGTIP, body,
};

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
    stack.all_official(&[
        ClaimBody::new(&stack).workloads(&["teams"]),
        ClaimBody::new(&stack).workloads(&["intune"]),
        ClaimBody::of_wingtip(&stack).workloads(&["exchange_online"]),
        ClaimBody::of_wingtip(&stack).workloads(&["sharepoint_online"]),
    ]);
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
