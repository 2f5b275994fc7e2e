//! What the front doors refuse, and how events and answers look.

use std::future::Future;

use axum::body::to_bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::request;
use axum::{Router, routing};
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::template::{Authorizer, Function};
use crate::testing::{Bench, bench, function, route};
use crate::token::{ClaimNames, TokenRequest};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

/// An API whose function does not start.
fn broken() -> (Bench, Router, String) {
    let claims =
        Function { routes: vec![route("GET", "/claims/{id}"), route("POST", "/claims")], ..function("f") };
    let bench = bench(vec![(claims, "exit 1")]);
    let list = |text: &str| vec![text.to_owned()];
    let authorizer = Authorizer { issuer: "i".into(), audiences: list("a"), scopes: list("claims") };
    let names = ClaimNames { roles: "roles".into(), partner: "partner_id".into() };
    let tokens = Arc::new(Tokens::open(&bench.home, authorizer, names).unwrap());
    let request =
        TokenRequest { role: Some("reviewer".into()), roles: Vec::new(), partner_id: None, sub: None };
    let token = tokens.issue(&request).unwrap()["access_token"].as_str().unwrap().to_owned();
    let gateway = Gateway::new(bench.lambda.clone(), tokens, Arc::clone(&bench.clock));
    let router = Router::new().fallback(api).with_state(gateway).layer(DefaultBodyLimit::max(BODY_LIMIT));
    (bench, router, token)
}

async fn send(
    router: &Router,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Body,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[test]
fn requests_are_refused_as_the_gateway_refuses_them() {
    run(async {
        let (_bench, router, token) = broken();
        let big = |bytes: usize| Body::from(vec![b'a'; bytes]);
        for (method, path, token, body, status, text) in [
            ("GET", "/claims/1", None, Body::empty(), 401, "Unauthorized"),
            ("GET", "/claims/1", Some("nonsense"), Body::empty(), 401, "Unauthorized"),
            ("GET", "/nothing", None, Body::empty(), 404, "Not Found"),
            ("DELETE", "/claims/1", Some(token.as_str()), Body::empty(), 404, "Not Found"),
            ("POST", "/claims", Some(token.as_str()), big(BODY_LIMIT + 1), 413, "Request Entity Too Large"),
            (
                "POST",
                "/claims",
                Some(token.as_str()),
                big(REQUEST_LIMIT + 1),
                413,
                "Request Entity Too Large",
            ),
            ("GET", "/claims/1", Some(token.as_str()), Body::empty(), 500, "Internal Server Error"),
        ] {
            let (got, answer) = send(&router, method, path, token, body).await;
            assert_eq!((got.as_u16(), answer["message"].as_str()), (status, Some(text)), "{method} {path}");
        }
    });
}

#[test]
fn a_function_url_hides_what_went_wrong() {
    run(async {
        let (bench, _, _) = broken();
        let worker = Arc::clone(bench.lambda.workers().next().unwrap());
        let url = FunctionUrl::new(worker, Arc::clone(&bench.clock));
        let router = Router::new().route("/{token}", routing::any(function_url)).with_state(url);
        assert_eq!(send(&router, "GET", "/t", None, Body::empty()).await.0, StatusCode::BAD_GATEWAY);
    });
}

fn parts(uri: &str, headers: &[(&str, &str)]) -> request::Parts {
    let mut request = Request::builder().method("POST").uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn event(uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let admission = Admission {
        route_key: "POST /x",
        path_parameters: Map::new(),
        authorizer: None,
        now: chrono::DateTime::UNIX_EPOCH,
    };
    payload::event(&parts(uri, headers), &Bytes::copy_from_slice(body), "id", admission)
}

#[test]
fn several_values_of_one_name_are_joined() {
    let event = event("/x?a=1&b=%20&a=2&c", &[("X-One", "1"), ("X-One", "2"), ("Cookie", "a=1; b=2")], b"");
    assert_eq!(event["queryStringParameters"], json!({"a": "1,2", "b": " ", "c": ""}));
    assert_eq!(event["rawQueryString"], "a=1&b=%20&a=2&c");
    assert_eq!(event["headers"]["x-one"], "1,2");
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert!(event["headers"].get("cookie").is_none() && event.get("body").is_none());
    assert_eq!(event["requestContext"]["timeEpoch"], 0);
}

#[test]
fn what_is_not_text_is_encoded_and_a_form_is_not_text() {
    for (kind, body, encoded) in [
        ("application/json", &b"{}"[..], false),
        ("text/csv; charset=utf-8", b"a,b", false),
        ("application/x-www-form-urlencoded", b"a=b", true),
        ("application/octet-stream", b"a", true),
        ("text/plain", b"\xff", true),
    ] {
        assert_eq!(event("/x", &[("content-type", kind)], body)["isBase64Encoded"], encoded, "{kind}");
    }
}

#[test]
fn an_answer_becomes_a_response() {
    run(async {
        let answer = json!({
            "statusCode": 201,
            "headers": {"content-type": "text/html", "location": "/x"},
            "cookies": ["a=1", "b=2"],
            "isBase64Encoded": true,
            "body": "aGk=",
        });
        let response = payload::response(answer.to_string().as_bytes()).unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["location"], "/x");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(to_bytes(response.into_body(), 10).await.unwrap(), "hi");

        let bare = payload::response(br#"{"ok":true}"#).unwrap();
        assert_eq!(bare.headers()["content-type"], "application/json");
        for nonsense in
            [&b"no JSON"[..], br#"{"statusCode":"x"}"#, br#"{"statusCode":200,"headers":{"a\n":"b"}}"#]
        {
            assert!(payload::response(nonsense).is_none());
        }
    });
}
