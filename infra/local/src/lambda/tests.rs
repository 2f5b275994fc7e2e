//! The Runtime API's ways to fail. The tests play the function; its process is a shell that does as little.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, StatusCode};
use serde_json::json;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

use super::{ErrorKind, Outcome, api};
use crate::template::Function;
use crate::testing::{Bench, bench, function};

/// A process that does nothing until its input closes.
const WAITS: &str = "read line";

/// Runs a test on the runtime it needs; the workspace's tokio has no test macro to itself.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

fn one(function: Function, script: &str) -> Bench {
    bench(vec![(function, script)])
}

fn invoke(bench: &Bench, payload: &str) -> JoinHandle<Outcome> {
    let worker = Arc::clone(bench.lambda.workers().next().unwrap());
    let payload = Bytes::from(payload.to_owned());
    tokio::spawn(async move { worker.invoke(Uuid::new_v4().to_string(), payload).await })
}

async fn call(bench: &Bench, method: &str, path: &str, body: &str) -> Response<Body> {
    let uri = format!("/f/{path}");
    let request = Request::builder().method(method).uri(uri).body(Body::from(body.to_owned())).unwrap();
    api::router(bench.lambda.clone()).oneshot(request).await.unwrap()
}

/// Asks for work as that instance; the call's id.
async fn next(bench: &Bench, instance: u64) -> String {
    let answer = call(bench, "GET", &format!("{instance}/2018-06-01/runtime/invocation/next"), "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("lambda-runtime-deadline-ms"));
    answer.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned()
}

async fn answer(bench: &Bench, instance: u64, id: &str, kind: &str, body: &str) -> StatusCode {
    let path = format!("{instance}/2018-06-01/runtime/invocation/{id}/{kind}");
    call(bench, "POST", &path, body).await.status()
}

#[track_caller]
fn failed(outcome: Result<Outcome, tokio::task::JoinError>, kind: ErrorKind) -> String {
    let error = outcome.unwrap().unwrap_err();
    assert_eq!(error.kind, kind, "{error:?}");
    format!("{}: {}", error.error_type, error.message)
}

#[test]
fn a_call_is_handed_over_and_its_answer_comes_back() {
    run(async {
        let bench = one(function("f"), WAITS);
        let outcome = invoke(&bench, r#"{"a":1}"#);
        // The process starts with its first call, so there is no first instance before.
        wait_for_instance(&bench).await;
        let got = call(&bench, "GET", "1/2018-06-01/runtime/invocation/next", "").await;
        let id = got.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
        assert_eq!(to_bytes(got.into_body(), 100).await.unwrap(), r#"{"a":1}"#);
        assert_eq!(answer(&bench, 1, &id, "response", "\"yes\"").await, StatusCode::ACCEPTED);
        assert_eq!(outcome.await.unwrap().unwrap(), "\"yes\"");
        assert_eq!(answer(&bench, 1, &id, "response", "\"again\"").await, StatusCode::BAD_REQUEST);
    });
}

#[test]
fn an_error_answer_is_the_functions_own() {
    run(async {
        let bench = one(function("f"), WAITS);
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        let id = next(&bench, 1).await;
        let body = r#"{"errorType":"Boom","errorMessage":"why"}"#;
        assert_eq!(answer(&bench, 1, &id, "error", body).await, StatusCode::ACCEPTED);
        assert_eq!(failed(outcome.await, ErrorKind::Answered), "Boom: why");
    });
}

#[test]
fn a_process_that_never_asks_for_work_fails_every_call_that_waits() {
    run(async {
        let bench = one(function("f"), "exit 7");
        let outcomes = [invoke(&bench, "1"), invoke(&bench, "2"), invoke(&bench, "3")];
        for outcome in outcomes {
            assert!(failed(outcome.await, ErrorKind::Init).contains("exit status: 7"));
        }
        assert!(failed(invoke(&bench, "4").await, ErrorKind::Init).contains("exit status: 7"));
    });
}

#[test]
fn what_a_function_says_about_its_failed_start_is_passed_on() {
    run(async {
        let bench = one(function("f"), "sleep 0.2; exit 1");
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        let body = r#"{"errorType":"Config","errorMessage":"TABLE_NAME is not set"}"#;
        call(&bench, "POST", "1/2018-06-01/runtime/init/error", body).await;
        assert_eq!(failed(outcome.await, ErrorKind::Init), "Config: TABLE_NAME is not set");
    });
}

#[test]
fn a_process_that_dies_at_work_fails_that_call_and_the_next_gets_a_new_one() {
    run(async {
        let bench = one(function("f"), "sleep 0.3; exit 3");
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        next(&bench, 1).await;
        assert!(failed(outcome.await, ErrorKind::Exit).contains("exit status: 3"));
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        let id = next(&bench, 2).await;
        answer(&bench, 2, &id, "response", "1").await;
        assert!(outcome.await.unwrap().is_ok());
    });
}

#[test]
fn a_call_that_takes_too_long_ends_its_process() {
    run(async {
        let bench = one(Function { timeout: Duration::from_millis(100), ..function("f") }, WAITS);
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        let id = next(&bench, 1).await;
        assert!(failed(outcome.await, ErrorKind::Timeout).contains("timed out after 0.10 seconds"));
        assert_eq!(answer(&bench, 1, &id, "response", "1").await, StatusCode::BAD_REQUEST);
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        let id = loop {
            // The old process may still be on its way out; only the new one is given work.
            let got = call(&bench, "GET", "2/2018-06-01/runtime/invocation/next", "").await;
            if got.status() == StatusCode::OK {
                break got.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
            }
        };
        answer(&bench, 2, &id, "response", "1").await;
        assert!(outcome.await.unwrap().is_ok());
    });
}

#[test]
fn an_asynchronous_call_is_tried_three_times_and_then_queued() {
    run(async {
        let bench = one(function("f"), "exit 1");
        let worker = Arc::clone(bench.lambda.workers().next().unwrap());
        bench.lambda.send(&worker, json!({"claim_id": "c"}));
        bench.activity.quiet().await;
        let queues = bench.queues.contents();
        let [message] = &queues["failed"][..] else { panic!("{queues:?}") };
        assert_eq!(message["requestPayload"], json!({"claim_id": "c"}));
        assert_eq!(message["requestContext"]["approximateInvokeCount"], 3);
        assert_eq!(message["requestContext"]["condition"], "RetriesExhausted");
        assert_eq!(message["responsePayload"]["errorType"], "Runtime.InitError");
    });
}

#[test]
fn closing_lets_nobody_wait() {
    run(async {
        let bench = one(function("f"), WAITS);
        let outcome = invoke(&bench, "{}");
        wait_for_instance(&bench).await;
        bench.lambda.close();
        failed(outcome.await, ErrorKind::Closing);
        failed(invoke(&bench, "{}").await, ErrorKind::Closing);
    });
}

#[test]
fn a_function_is_found_by_package_name_and_arn() {
    run(async {
        let bench = one(function("f"), WAITS);
        for name in ["f", "local-f", "arn:aws:lambda:us-east-1:000000000000:function:local-f"] {
            assert!(bench.lambda.find(name).is_some(), "{name}");
        }
        assert!(bench.lambda.find("g").is_none());
    });
}

async fn wait_for_instance(bench: &Bench) {
    let worker = bench.lambda.workers().next().unwrap();
    while !worker.has_instance() {
        tokio::task::yield_now().await;
    }
}
