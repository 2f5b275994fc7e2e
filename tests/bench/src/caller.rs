//! A whole stack in this process, and its callers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures_util::{TryStreamExt, stream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local::clock;
use local::console::Level;
use local::stack::{Options, Stack};
use serde_json::{Value as Json, json};

use crate::world::{PARTNER, tenant_id};

/// The longest answer that is read, in bytes.
const LIMIT: usize = 1 << 30;

/// Requests of a preparation that are under way at once.
const AT_ONCE: usize = 8;

/// How a stack is started here: forgetful, on free ports, with this program as its functions.
pub fn options() -> Result<Options> {
    Ok(Options {
        port: 0,
        link_port: 0,
        data: None,
        start: clock::saturday,
        level: Level::ERROR,
        concurrency: 4,
        parameters: BTreeMap::new(),
        program: std::env::current_exe().context("cannot find this program's own file")?,
    })
}

/// The partner's token.
pub async fn partner(stack: &Stack) -> Result<String> {
    token(stack, &json!({"role": "incentives_admin", "partner_id": PARTNER})).await
}

/// Registers the partner, and the tenants of those numbers.
pub async fn register(stack: &Stack, tenants: Range<u64>) -> Result<()> {
    let operator = token(stack, &json!({"role": "operator"})).await?;
    let fabrikam = json!({"name": "Fabrikam", "programs": ["osu_m365"]});
    send(stack, "PUT", &format!("/partners/{PARTNER}"), &operator, &fabrikam).await?;
    let contoso = json!({"name": "Contoso", "country": "CZ", "notice_email": null, "domains": ["contoso.com"],
        "workloads": ["teams"], "subscriptions": []});
    each(tenants, async |number| {
        send(stack, "PUT", &format!("/tenants/{}", tenant_id(number)), &operator, &contoso).await.map(drop)
    })
    .await
}

/// Does something for each number, a few of them side by side.
pub async fn each(numbers: Range<u64>, work: impl AsyncFn(u64) -> Result<()>) -> Result<()> {
    stream::iter(numbers.map(Ok)).try_for_each_concurrent(AT_ONCE, |number| work(number)).await
}

async fn token(stack: &Stack, role: &Json) -> Result<String> {
    let token = send(stack, "POST", "/_local/token", "-", role).await?;
    Ok(token["access_token"].as_str().unwrap_or_default().to_owned())
}

/// Lets time pass, and everything come to rest.
pub async fn pass(stack: &Stack, time: &str) -> Result<()> {
    send(stack, "POST", "/_local/clock", "-", &json!({"advance": time})).await.map(drop)
}

/// What the stack answers, as JSON, if it does what it is asked to. The idempotency key is the tenant's ID.
pub async fn send(stack: &Stack, method: &str, path: &str, token: &str, body: &Json) -> Result<Json> {
    sent(&stack.gateway, method, path, token, body).await
}

/// The same, of the stack whose gateway is there.
pub async fn sent(gateway: &str, method: &str, path: &str, token: &str, body: &Json) -> Result<Json> {
    let key = body["tenant_id"].as_str().unwrap_or("-");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let url = format!("{gateway}{path}");
    let headers = [
        ("authorization", format!("Bearer {token}")),
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json".to_owned()),
        ("idempotency-key", key.to_owned()),
    ];
    let (status, _, answer) = ask(method, &url, &headers, body).await?;
    if !status.is_success() {
        let answer = String::from_utf8_lossy(&answer);
        bail!("{method} {path} answers {status}: {answer}");
    }
    serde_json::from_slice(&answer).with_context(|| path.to_owned())
}

/// Sends a request and reads its answer.
pub async fn ask(
    method: &str,
    url: &str,
    headers: &[(&str, String)],
    body: impl Into<Body>,
) -> Result<(StatusCode, HeaderMap, Bytes)> {
    static CLIENT: LazyLock<Client<HttpConnector, Body>> = LazyLock::new(|| {
        let pause = Duration::from_secs(1);
        Client::builder(TokioExecutor::new()).pool_idle_timeout(pause).build(HttpConnector::new())
    });
    let method = Method::from_bytes(method.as_bytes()).with_context(|| method.to_owned())?;
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(body.into()).with_context(|| url.to_owned())?;
    let answer = CLIENT.request(request).await.map_err(|error| anyhow!("{url}: {error:?}"))?;
    let (head, body) = answer.into_parts();
    Ok((head.status, head.headers, to_bytes(Body::new(body), LIMIT).await.with_context(|| url.to_owned())?))
}

/// The partner's claims as CSV, wherever the answer leads.
pub async fn export(stack: &Stack, token: &str) -> Result<Bytes> {
    let url = format!("{}/claims/export", stack.gateway);
    let (status, headers, body) =
        ask("GET", &url, &[("authorization", format!("Bearer {token}"))], "").await?;
    match status {
        StatusCode::OK => Ok(body),
        StatusCode::SEE_OTHER => {
            let link = headers.get("location").and_then(|link| link.to_str().ok()).unwrap_or_default();
            Ok(ask("GET", link, &[], "").await?.2)
        }
        status => Err(anyhow!("the export answers {status}: {}", String::from_utf8_lossy(&body))),
    }
}

/// The most memory of this process that was ever resident, in bytes.
pub fn peak_memory() -> Result<u64> {
    crate::process::peak_memory(std::process::id())
}
