//! `infra/openapi.json` says what the code does: its routes, codes, rules of fields, and examples.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod document;
mod fields;
mod served;
mod shapes;
mod shown;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use document::{DOCUMENT, at, operations, resolved, walk};
use domain::{
    Action, Activity, ActorKind, Channel, EvidenceKind, FileState, FindingCode, MailState, MediaType,
    Program, ReasonCode, Recipient, Role, Standing, SubscriptionState, may,
};
use serde_json::{Value, json};
use web::ApiError;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

/// The routes of the HTTP API, each with whether it asks for a token.
fn routes() -> BTreeMap<(String, String), bool> {
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let mut routes = BTreeMap::new();
    for (_, resource) in template["Resources"].as_mapping().unwrap() {
        let events = resource.get("Properties").and_then(|properties| properties.get("Events"));
        for (_, event) in events.and_then(serde_yaml_ng::Value::as_mapping).into_iter().flatten() {
            if event["Type"].as_str() != Some("HttpApi") {
                continue;
            }
            let properties = &event["Properties"];
            let text = |name: &str| properties[name].as_str().unwrap().to_owned();
            let open = properties.get("Auth").is_some_and(|auth| auth["Authorizer"].as_str() == Some("NONE"));
            routes.insert((text("Path"), text("Method")), !open);
        }
    }
    routes
}

#[test]
fn the_document_has_the_routes_of_the_template_and_no_others() {
    let described = operations().map(|(path, method, operation)| {
        let secured = operation["security"].as_array().is_some_and(|security| !security.is_empty());
        ((path.to_owned(), method), secured)
    });
    assert_eq!(described.collect::<BTreeMap<_, _>>(), routes());
}

#[test]
fn an_operation_names_the_roles_that_may() {
    let mut all = BTreeSet::new();
    for (path, method, operation) in operations().filter(|(path, ..)| *path != "/openapi.json") {
        let id = operation["operationId"].as_str().unwrap();
        let action = match id {
            "createClaim" | "createClaims" | "checkClaim" | "renewClaim" | "submitClaim" => Action::Submit,
            "editClaim" | "withdrawClaim" | "disputeClaim" | "endAssociations" => Action::ManageClaim,
            "listClaims" | "getClaim" | "listHistory" | "exportClaims" => Action::ReadClaims,
            "announceEvidence" | "verifyEvidence" => Action::UploadEvidence,
            "getEvidence" => Action::ReadEvidence,
            "commentOnClaim" => Action::Comment,
            "approveClaim" | "requestInformation" | "rejectClaim" => Action::Review,
            "listAssociations" => {
                // Two actions in one route: partners ask for their own, the vendor's staff for a tenant's.
                assert_eq!(
                    operation["x-roles"],
                    json!(Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>())
                );
                continue;
            }
            "readUsage" => Action::ReadOwnAssociations,
            "listAccesses" => Action::ReadAccesses,
            "readInsights" => Action::ReadInsights,
            "deliverUsage" => Action::DeliverUsage,
            "getPartner" | "putPartner" | "getTenant" | "putTenant" | "getCatalogue" | "putCatalogue" => {
                Action::ManageDirectory
            }
            other => panic!("which action is {other}, {method} {path}?"),
        };
        let roles: Vec<_> =
            Role::ALL.iter().filter(|role| may(**role, action)).map(|role| role.code()).collect();
        assert_eq!(operation["x-roles"], json!(roles), "{method} {path}");
        assert!(all.insert(id), "{id} twice");
    }
}

#[test]
fn every_list_of_codes_is_the_codes_own() {
    macro_rules! codes {
        ($($name:ident),+) => {
            [$((stringify!($name), $name::ALL.iter().map(|value| value.code()).collect::<Vec<_>>())),+]
        };
    }
    let mut lists = BTreeMap::from(codes!(
        Program,
        Activity,
        Standing,
        ReasonCode,
        FindingCode,
        Recipient,
        MailState,
        EvidenceKind,
        MediaType,
        FileState,
        SubscriptionState,
        Channel,
        ActorKind
    ));
    // Nothing is shown of a mail that has not left.
    lists.get_mut("MailState").unwrap().retain(|code| *code != MailState::Pending.code());
    lists.insert("ProblemCode", ApiError::CODES.iter().map(|(_, code)| *code).collect());
    let schemas = at("/components/schemas").as_object().unwrap();
    let described: BTreeMap<_, _> = schemas
        .iter()
        .filter_map(|(name, schema)| {
            let codes = schema.get("enum")?.as_array()?;
            Some((name.as_str(), codes.iter().filter_map(Value::as_str).collect::<Vec<_>>()))
        })
        .collect();
    assert_eq!(described, lists);
    for (name, codes) in described {
        let text = schemas[name]["description"].as_str().unwrap();
        for code in codes {
            assert!(text.contains(&format!("- `{code}`")), "{name}: what is {code}?");
        }
    }
    // No request and no answer has a role in it.
    let text = at("/info/description").as_str().unwrap();
    for role in Role::ALL {
        assert!(text.contains(&format!("- `{role}`: ")), "what is {role}?");
    }
}

#[test]
fn every_problem_is_described_under_its_status_and_nowhere_else() {
    let mut described = BTreeSet::new();
    for (path, method, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = resolved(response);
            let Some(problem) = response.pointer("/content/application~1problem+json/schema") else {
                continue;
            };
            let own = &resolved(problem)["allOf"][1]["properties"];
            assert_eq!(own["status"]["enum"], json!([status.parse::<u16>().unwrap()]), "{method} {path}");
            for code in own["code"]["enum"].as_array().unwrap() {
                let (status, code) = (status.parse::<u16>().unwrap(), code.as_str().unwrap());
                assert!(ApiError::CODES.contains(&(status, code)), "{method} {path}: {status} {code}");
                let text = response["description"].as_str().unwrap();
                assert!(text.contains(&format!("- `{code}`: ")), "{method} {path}: what is {code}?");
                described.insert((status, code));
            }
        }
    }
    assert_eq!(described, ApiError::CODES.iter().copied().collect());
}

#[test]
fn every_reference_leads_somewhere_and_every_part_is_used() {
    let mut named = BTreeSet::new();
    walk(&mut |pointer, value| {
        let to = value.get("$ref").and_then(Value::as_str);
        for to in to.into_iter().filter(|_| !pointer.ends_with("/properties")) {
            assert!(DOCUMENT.pointer(to.trim_start_matches('#')).is_some(), "{pointer} leads to {to}");
            named.insert(to);
        }
        if let Some(mapping) = value.pointer("/discriminator/mapping").and_then(Value::as_object) {
            for to in mapping.values().filter_map(Value::as_str) {
                assert!(named.contains(to) || DOCUMENT.pointer(to.trim_start_matches('#')).is_some(), "{to}");
            }
        }
    });
    for (kind, parts) in
        at("/components").as_object().unwrap().iter().filter(|(kind, _)| *kind != "securitySchemes")
    {
        for name in parts.as_object().unwrap().keys() {
            assert!(
                named.contains(format!("#/components/{kind}/{name}").as_str()),
                "{kind}/{name} is not used"
            );
        }
    }
}

#[test]
fn every_operation_says_what_a_caller_needs() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
    assert_eq!(DOCUMENT["info"]["version"], env!("CARGO_PKG_VERSION"));
    let tags: Vec<_> = at("/tags").as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations() {
        let here = format!("{method} {path}");
        let open = path == "/openapi.json";
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{here}: the ID is taken");
        assert!(tags.contains(&&operation["tags"][0]), "{here}");
        for text in ["summary", "description"] {
            assert!(!operation[text].as_str().unwrap_or_default().is_empty(), "{here}: {text}");
        }
        let bearer = if open { json!([]) } else { json!([{ "bearer": [] }]) };
        assert_eq!(operation["security"], bearer, "{here}");
        let in_path: BTreeSet<_> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let mut named = BTreeSet::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten().map(resolved) {
            assert!(!parameter["description"].as_str().unwrap_or_default().is_empty(), "{here}: {parameter}");
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{here}");
                named.insert(parameter["name"].as_str().unwrap());
            }
        }
        assert_eq!(named, in_path, "{here}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{here}");
        let wanted: &[&str] = if open { &["429"] } else { &["401", "403", "429", "500"] };
        for status in wanted {
            assert!(responses.contains_key(*status), "{here}: {status}");
        }
        let body = operation.get("requestBody").map(|body| ("the body".to_owned(), body));
        let answers = responses.iter().map(|(status, response)| (status.clone(), resolved(response)));
        for (what, part) in answers.chain(body) {
            let content =
                part["content"].as_object().unwrap_or_else(|| panic!("{here}: {what} holds nothing"));
            for (kind, content) in content {
                assert!(content.get("schema").is_some(), "{here}: {what}, {kind}");
                let schema = resolved(&content["schema"]);
                if what == "the body" && schema["type"] == "object" {
                    assert_eq!(schema["additionalProperties"], false, "{here}: unknown fields are refused");
                }
                let named =
                    content.get("examples").and_then(Value::as_object).is_some_and(|all| !all.is_empty());
                assert!(named || content.get("example").is_some(), "{here}: {what}, {kind} has no example");
            }
        }
    }
}
