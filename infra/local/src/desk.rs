//! The routes under `/_local`: what a person or a test at this machine may do that no caller in the cloud can.

use std::sync::Arc;

use anyhow::{Context, Error, Result};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bus::Bus;
use crate::control::Control;
use crate::lambda::Lambda;
use crate::mail::{Mail, Post};
use crate::mail_event::MailEvent;
use crate::measured::Measured;
use crate::page::{Inbox, Page};
use crate::queues::Queues;
use crate::token::{TokenRequest, Tokens};

/// What the routes work with.
#[derive(Clone)]
pub struct Desk {
    /// The issuer.
    pub tokens: Arc<Tokens>,
    /// The clock and what hangs on it.
    pub control: Arc<Control>,
    /// The mails.
    pub post: Post,
    /// What failed.
    pub queues: Queues,
    /// What the functions measured.
    pub measured: Measured,
    /// The functions.
    pub lambda: Lambda,
    /// What was published.
    pub bus: Bus,
}

/// The routes under `/_local`.
pub fn router(desk: Desk) -> Router {
    Router::new()
        .route("/_local/token", post(token))
        .route("/_local/clock", get(clock).post(advance))
        .route("/_local/inbox", get(inbox))
        .route("/_local/inbox/{id}", get(mail).post(report_from_page))
        .route("/_local/mail-events", post(report))
        .route("/_local/events", get(events))
        .route("/_local/queues", get(queues))
        .route("/_local/metrics", get(metrics))
        .route("/_local/lambda/2015-03-31/functions/{name}/invocations", post(invoke))
        .with_state(desk)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    mail_id: String,
    event: MailEvent,
}

#[derive(Deserialize)]
struct PageReport {
    event: MailEvent,
}

#[derive(Deserialize)]
struct InboxFilter {
    to: Option<String>,
}

struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let title = self.0.canonical_reason().unwrap_or_default();
        (self.0, Json(json!({"title": title, "status": self.0.as_u16(), "detail": self.1}))).into_response()
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
    }
}

/// Reads a body whatever its type is said to be: `curl -d` says it is a form.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

fn no_mail() -> Refused {
    Refused(StatusCode::NOT_FOUND, "there is no such mail".to_owned())
}

async fn token(State(desk): State<Desk>, body: Bytes) -> Result<Response, Refused> {
    let request: TokenRequest = read(&body)?;
    let token = desk
        .tokens
        .issue(&request)
        .map_err(|error| Refused(StatusCode::BAD_REQUEST, format!("{error:#}")))?;
    Ok(Json(token).into_response())
}

async fn clock(State(desk): State<Desk>) -> Response {
    let control = &desk.control;
    Json(json!({"now": control.clock.now(), "next_timer": control.scheduler.next_timer()})).into_response()
}

async fn advance(State(desk): State<Desk>, body: Bytes) -> Result<Response, Refused> {
    let request: Advance = read(&body)?;
    let by = domain::policy::duration(&request.advance)
        .map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok(Json(desk.control.advance(by).await?).into_response())
}

async fn inbox(
    State(desk): State<Desk>,
    Query(filter): Query<InboxFilter>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let mut mails = desk.post.newest_first();
    mails.retain(|mail| filter.to.as_ref().is_none_or(|to| mail.to.contains(to)));
    if wants_page(&headers) {
        return page(&Inbox { mails: &mails, now: desk.control.clock.now() });
    }
    let items: Vec<_> = mails.iter().map(shown).collect();
    Ok(Json(json!({"items": items, "next": null})).into_response())
}

/// A mail as scripts read it: every mail of this service has one recipient.
fn shown(mail: &Mail) -> Value {
    let mut shown = json!(mail);
    shown["to"] = json!(mail.to.join(", "));
    shown
}

async fn mail(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let mail = desk.post.find(&id).ok_or_else(no_mail)?;
    if wants_page(&headers) { page(&Page { mail: &mail }) } else { Ok(Json(shown(&mail)).into_response()) }
}

async fn report(State(desk): State<Desk>, body: Bytes) -> Result<Response, Refused> {
    let request: Report = read(&body)?;
    let told = desk.post.report(&request.mail_id, request.event).ok_or_else(no_mail)?;
    desk.control.rest().await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"event": request.event, "delivered_to": told}))).into_response())
}

async fn report_from_page(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(request): Form<PageReport>,
) -> Result<Redirect, Refused> {
    desk.post.report(&id, request.event).ok_or_else(no_mail)?;
    desk.control.rest().await?;
    Ok(Redirect::to(&format!("/_local/inbox/{id}")))
}

/// What other systems were told, newest first.
async fn events(State(desk): State<Desk>) -> Response {
    Json(json!({"items": desk.bus.newest_first(), "next": null})).into_response()
}

/// Lambda's Invoke, for what an operator calls by hand: `aws lambda invoke --endpoint-url …/_local/lambda` does.
async fn invoke(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let missing = || Refused(StatusCode::NOT_FOUND, format!("there is no function {name}"));
    let worker = desk.lambda.find(&name).ok_or_else(missing)?;
    Ok(match worker.invoke(Uuid::new_v4().to_string(), body).await {
        Ok(answer) => answer.into_response(),
        Err(error) => ([("x-amz-function-error", "Unhandled")], Json(error.body())).into_response(),
    })
}

async fn queues(State(desk): State<Desk>) -> Response {
    Json(desk.queues.contents()).into_response()
}

async fn metrics(State(desk): State<Desk>) -> Response {
    Json(desk.measured.figures()).into_response()
}

fn page(template: &impl Template) -> Result<Response, Refused> {
    Ok(Html(template.render().context("the page")?).into_response())
}

/// A browser says that it takes HTML; `curl` and clients of an API do not.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get("accept")
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
