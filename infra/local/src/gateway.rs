//! The front doors: the HTTP API with its JWT authorizer, and the function URL without.

pub mod payload;
mod routes;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, json};
use uuid::Uuid;

use crate::clock::StackClock;
use crate::lambda::{ErrorKind, Lambda, Outcome, REQUEST_LIMIT, Worker};
use crate::token::{Refusal, Tokens};
use payload::Admission;
use routes::Routes;

/// The most an HTTP API takes; the routers that lead here are limited to it.
pub const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The longest an HTTP API waits for a function.
const API_LIMIT: Duration = Duration::from_secs(30);

/// The HTTP API.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    routes: Routes,
    lambda: Lambda,
    tokens: Arc<Tokens>,
    clock: Arc<StackClock>,
}

impl Gateway {
    /// The API with every function's routes.
    #[must_use]
    pub fn new(lambda: Lambda, tokens: Arc<Tokens>, clock: Arc<StackClock>) -> Self {
        let routes = Routes::new(lambda.workers().map(|worker| worker.function()));
        Self(Arc::new(Inner { routes, lambda, tokens, clock }))
    }
}

/// Answers a request to the API.
pub async fn api(State(gateway): State<Gateway>, request: Request) -> Response<Body> {
    let method = request.method().clone();
    let (route, response) = handle(&gateway.0, request).await;
    // The route and not the path: a line on the console names nobody's claim.
    tracing::info!(
        "{} {}",
        route.unwrap_or_else(|| format!("{method} (no route)")),
        response.status().as_u16()
    );
    response
}

async fn handle(gateway: &Inner, request: Request) -> (Option<String>, Response<Body>) {
    let Some(found) = gateway.routes.find(request.method(), request.uri().path()) else {
        return (None, message(StatusCode::NOT_FOUND, "Not Found"));
    };
    let key = found.route.key();
    let authorizer = if found.route.authorized {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        match gateway.tokens.authorize(header) {
            Ok(jwt) => Some(json!({"jwt": jwt})),
            Err(Refusal::Forbidden) => return (Some(key), message(StatusCode::FORBIDDEN, "Forbidden")),
            Err(Refusal::Unauthorized) => {
                let mut refused = message(StatusCode::UNAUTHORIZED, "Unauthorized");
                refused.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
                return (Some(key), refused);
            }
        }
    } else {
        None
    };
    let Some(worker) = gateway.lambda.find(&found.function) else {
        return (Some(key), message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"));
    };
    let admission = Admission {
        route_key: &key,
        path_parameters: found.parameters,
        authorizer,
        now: gateway.clock.now(),
    };
    let response = match invoke(worker, request, admission).await {
        Err(StatusCode::PAYLOAD_TOO_LARGE) => {
            message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
        }
        Err(refused) => message(refused, "Bad Request"),
        Ok(outcome) => answer(outcome).unwrap_or_else(|kind| match kind {
            // Past half a minute it is the API that gives up; a function's own shorter limit looks like any error.
            Some(ErrorKind::Timeout) if worker.function().timeout >= API_LIMIT => {
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            _ => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }),
    };
    (Some(key), response)
}

/// The function URL of one function.
#[derive(Clone)]
pub struct FunctionUrl {
    worker: Arc<Worker>,
    clock: Arc<StackClock>,
}

impl FunctionUrl {
    /// The URL of this function.
    #[must_use]
    pub fn new(worker: Arc<Worker>, clock: Arc<StackClock>) -> Self {
        Self { worker, clock }
    }
}

/// Answers a request to a function URL.
pub async fn function_url(State(url): State<FunctionUrl>, request: Request) -> Response<Body> {
    let method = request.method().clone();
    let admission = Admission {
        route_key: "$default",
        path_parameters: Map::new(),
        authorizer: None,
        now: url.clock.now(),
    };
    let response = match invoke(&url.worker, request, admission).await {
        Err(refused) => refused.into_response(),
        Ok(outcome) => answer(outcome)
            .unwrap_or_else(|_| (StatusCode::BAD_GATEWAY, "Internal Server Error").into_response()),
    };
    // No path: it is the customer's link.
    tracing::info!("{method} link {}", response.status().as_u16());
    response
}

/// Invokes the function with the request's event, unless the request is more than it may be.
async fn invoke(
    worker: &Arc<Worker>,
    request: Request,
    admission: Admission<'_>,
) -> Result<Outcome, StatusCode> {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(whole, &()).await.map_err(|refused| refused.status())?;
    let request_id = Uuid::new_v4().to_string();
    let event = payload::event(&parts, &body, &request_id, admission).to_string();
    if event.len() > REQUEST_LIMIT {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(worker.invoke(request_id, Bytes::from(event)).await)
}

/// The function's response, or what kept it from one; nothing to name when it was no response at all.
fn answer(outcome: Outcome) -> Result<Response<Body>, Option<ErrorKind>> {
    let answer = outcome.map_err(|error| Some(error.kind))?;
    payload::response(&answer).ok_or_else(|| {
        tracing::error!("a function's answer is no HTTP response");
        None
    })
}

fn message(status: StatusCode, text: &str) -> Response<Body> {
    (status, Json(json!({"message": text}))).into_response()
}
