//! The Lambda Runtime API, one prefix per instance: `/{function}/{instance}/2018-06-01/runtime/…`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Lambda, REQUEST_LIMIT, Worker};

/// The routes that functions' processes call.
pub fn router(lambda: Lambda) -> Router {
    Router::new()
        .route("/{function}/{instance}/2018-06-01/runtime/invocation/next", get(next))
        .route("/{function}/{instance}/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/{function}/{instance}/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/{function}/{instance}/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(lambda)
}

async fn next(State(lambda): State<Lambda>, Path((function, instance)): Path<(String, u64)>) -> Response {
    let Some(worker) = lambda.find(&function).cloned() else { return refused("no such function") };
    let Some(work) = worker.next(instance).await else { return refused("no such instance") };
    let headers = [
        ("lambda-runtime-aws-request-id", work.id.clone()),
        ("lambda-runtime-deadline-ms", deadline_ms(work.deadline).to_string()),
        ("lambda-runtime-invoked-function-arn", worker.function().arn()),
        (
            "lambda-runtime-trace-id",
            format!("Root=1-00000000-{:0>24};Sampled=0", work.id.replace('-', "").split_off(8)),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (headers.map(|(name, value)| (name, value)), work.payload).into_response()
}

async fn response(
    State(lambda): State<Lambda>,
    Path((function, instance, id)): Path<(String, u64, String)>,
    body: Bytes,
) -> Response {
    let outcome = if body.len() > REQUEST_LIMIT {
        let message =
            format!("Response payload size exceeded maximum allowed payload size ({REQUEST_LIMIT} bytes).");
        Err(json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}))
    } else {
        Ok(body)
    };
    answered(lambda.find(&function), instance, &id, outcome)
}

async fn error(
    State(lambda): State<Lambda>,
    Path((function, instance, id)): Path<(String, u64, String)>,
    body: Bytes,
) -> Response {
    answered(lambda.find(&function), instance, &id, Err(serde_json::from_slice(&body).unwrap_or_default()))
}

async fn init_error(
    State(lambda): State<Lambda>,
    Path((function, instance)): Path<(String, u64)>,
    body: Bytes,
) -> Response {
    if let Some(worker) = lambda.find(&function) {
        worker.init_failed(instance, &serde_json::from_slice(&body).unwrap_or_default());
    }
    accepted()
}

fn answered(
    worker: Option<&Arc<Worker>>,
    instance: u64,
    id: &str,
    outcome: Result<Bytes, Value>,
) -> Response {
    match worker {
        Some(worker) if worker.answer(instance, id, outcome) => accepted(),
        // Lambda says the same to a function that answers after its time.
        _ => refused("Invalid request ID"),
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn refused(why: &str) -> Response {
    let body = json!({"errorType": "InvalidRequestID", "errorMessage": why});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// The deadline on the real clock: the function's runtime compares it with that one.
#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's deadline is real time, also when the stack's clock was moved"
)]
fn deadline_ms(left: std::time::Duration) -> u128 {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + left).as_millis()
}
