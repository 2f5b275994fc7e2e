//! The document, and how parts of it are found, checked and compared.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use web::{ApiError, CallerClaims};

/// The document as it is served.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(manage_claims::DESCRIPTION).expect("openapi.json is JSON"));

/// What stands at a pointer.
#[track_caller]
pub fn at(pointer: &str) -> &'static Value {
    DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

/// The value of a named example.
#[track_caller]
pub fn example(name: &str) -> Value {
    at(&format!("/components/examples/{name}/value")).clone()
}

/// A value or what its `$ref` names.
pub fn resolved(value: &'static Value) -> &'static Value {
    value.get("$ref").and_then(Value::as_str).map_or(value, |to| at(to.trim_start_matches('#')))
}

/// Every operation: its path, method and definition.
pub fn operations() -> impl Iterator<Item = (&'static str, String, &'static Value)> {
    let paths = at("/paths").as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(|(method, operation)| (path.as_str(), method.to_uppercase(), operation))
    })
}

/// Calls `visit` with every value in the document and its pointer.
pub fn walk(visit: &mut dyn FnMut(&str, &'static Value)) {
    fn step(pointer: &str, value: &'static Value, visit: &mut dyn FnMut(&str, &'static Value)) {
        visit(pointer, value);
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    step(&format!("{pointer}/{}", escaped(name)), member, visit);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| step(&format!("{pointer}/{n}"), item, visit));
            }
            _ => {}
        }
    }
    step("", &DOCUMENT, visit);
}

/// A name as it stands in a pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A validator for the schema at a pointer.
#[track_caller]
pub fn schema(pointer: &str) -> Validator {
    at(pointer);
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("$ref".to_owned(), json!(format!("#{}", pointer.replace('{', "%7B").replace('}', "%7D"))));
    for part in ["components", "paths"] {
        root.insert(part.to_owned(), DOCUMENT[part].clone());
    }
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&Value::Object(root)).unwrap_or_else(|error| panic!("{pointer}: {error}"))
}

/// Asserts that a value is what the schema at a pointer describes.
#[track_caller]
pub fn fits(pointer: &str, value: &Value) {
    let errors: Vec<_> = schema(pointer)
        .iter_errors(value)
        .map(|error| format!("{} at `{}`", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{pointer} does not describe {value:#}\n{}", errors.join("\n"));
}

/// The problem that an error is answered with.
pub fn answered(error: ApiError) -> Value {
    let caller = json!({ "sub": "90ac…eva", "roles": "[reviewer]" });
    let answer = answer("GET", "/claims", Some(&caller), |_, _| None, error);
    let mut problem: Value = serde_json::from_slice(&answer.1).expect("a problem");
    problem["request_id"] = json!("c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    problem
}

/// The answer to a request as the gateway hands it over, where the function itself answers with an error.
pub fn answer(
    method: &str,
    path: &str,
    caller: Option<&Value>,
    open: web::Open,
    error: ApiError,
) -> (u16, Vec<u8>, lambda_http::http::HeaderMap) {
    let mut event = json!({
        "version": "2.0", "routeKey": format!("{method} {path}"), "rawPath": path, "rawQueryString": "",
        "headers": {}, "isBase64Encoded": false,
        "requestContext": { "accountId": "0", "apiId": "a", "stage": "$default", "requestId": "r", "timeEpoch": 0,
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "" } }
    });
    if let Some(claims) = caller {
        event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": ["claims"] } });
    }
    let request = lambda_http::request::from_str(&event.to_string()).expect("an event");
    let claims = CallerClaims::from_settings(&runtime::Settings::new(|_| None));
    let answer = web::respond(request, open, &claims, |_| async { Err(error) });
    let executor = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (parts, body) = executor.block_on(answer).into_parts();
    (parts.status.as_u16(), body.as_ref().to_vec(), parts.headers)
}
