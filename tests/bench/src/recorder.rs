//! Passes requests on to an AWS endpoint and remembers what was asked and what it cost: of DynamoDB it asks for the price of each
//! call, which the functions do not.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use tokio::net::TcpListener;

/// The largest message that is passed on, in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asked: the first segment of the path that it was given.
    pub by: String,
    /// The method and the rest of the path, or DynamoDB's operation.
    pub what: String,
    /// What was asked, where it is JSON.
    pub request: Json,
    /// What was answered, where it is JSON.
    pub answer: Json,
}

impl Call {
    /// The units it has consumed by DynamoDB's count.
    pub fn units(&self) -> f64 {
        let consumed = &self.answer["ConsumedCapacity"];
        let all = consumed.as_array().map_or_else(|| vec![consumed], |all| all.iter().collect());
        all.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum()
    }
}

/// Whatever went through, in the order of the answers.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// What has come since this was last asked.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Recorder {
    client: Client<HttpConnector, Body>,
    calls: Calls,
}

/// An endpoint before others on this machine: [`behind`] makes their addresses.
pub async fn start(calls: &Calls) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
    let url = format!("http://{}", listener.local_addr().context("a listener has no address")?);
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let recorder = Arc::new(Recorder { client, calls: calls.clone() });
    let router = Router::new().fallback(pass_on).with_state(recorder);
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok(url)
}

/// The address of an endpoint behind the recorder at `recorder`, for a caller of that name. `endpoint` is one of this machine:
/// its port and path are kept.
pub fn behind(recorder: &str, by: &str, endpoint: &str) -> String {
    let rest = endpoint.trim_start_matches("http://").split_once(':').map_or("", |(_, rest)| rest);
    format!("{recorder}/{by}/{rest}")
}

async fn pass_on(State(recorder): State<Arc<Recorder>>, request: Request) -> Response {
    answer(&recorder, request).await.unwrap_or_else(|| StatusCode::BAD_GATEWAY.into_response())
}

async fn answer(recorder: &Recorder, request: Request) -> Option<Response> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query()?.as_str().trim_start_matches('/');
    let (by, rest) = path.split_once('/')?;
    let (port, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (by, port, rest) = (by.to_owned(), port.parse::<u16>().ok()?, format!("/{rest}"));
    let operation = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let is_priced = operation.is_some_and(|target| target.starts_with("DynamoDB_"));
    let what = operation.and_then(|target| target.split_once('.')).map(|(_, operation)| operation.to_owned());
    let what = what.unwrap_or_else(|| format!("{} {rest}", parts.method));
    parts.uri = format!("http://{}:{port}{rest}", Ipv4Addr::LOCALHOST).parse::<Uri>().ok()?;
    let asked = to_bytes(body, LIMIT).await.ok()?;
    let sent = if is_priced { priced(&asked)? } else { asked.to_vec() };
    // It has another length than the one that was said.
    parts.headers.remove(CONTENT_LENGTH);
    let request = Request::from_parts(parts, Body::from(sent));
    let (parts, body) = recorder.client.request(request).await.ok()?.into_parts();
    let answered = to_bytes(Body::new(body), LIMIT).await.ok()?;
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
    let call = Call { by, what, request: json(&asked), answer: json(&answered) };
    recorder.calls.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    Some(Response::from_parts(parts, Body::from(answered)))
}

/// The same request to DynamoDB, whose answer is to say what it cost.
fn priced(request: &[u8]) -> Option<Vec<u8>> {
    let mut request: Json = serde_json::from_slice(request).ok()?;
    request["ReturnConsumedCapacity"] = "TOTAL".into();
    serde_json::to_vec(&request).ok()
}
