//! SES: mails are accepted and kept in an inbox; what becomes of them is told as SES tells it, on the event bus.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::activity::Activity;
use crate::aws_error::AwsError;
use crate::clock::StackClock;
use crate::lambda::Lambda;
use crate::mail_event::{self, MailEvent};
use crate::pattern;
use crate::state::Rows;

/// How many mails the inbox holds. The oldest go first: they have been read, or nobody will read them.
const MOST_MAILS: usize = 10_000;

/// A feedback comes after the answer to SendEmail, never before it.
const FEEDBACK_AFTER: Duration = Duration::from_millis(50);

/// A mail that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mail {
    /// SES's message ID.
    pub id: String,
    /// When it was accepted.
    pub sent_at: DateTime<Utc>,
    /// The sender, with its display name.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Headers that the sender added.
    pub headers: Vec<Pair>,
    /// Tags, which come back with every event.
    pub tags: Vec<Pair>,
    /// The configuration set.
    pub configuration_set: Option<String>,
    /// What was reported about it since.
    pub events: Vec<MailEvent>,
}

/// A name with a value.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// All mails, and the way events about them take.
#[derive(Clone)]
pub struct Post(Arc<Inner>);

struct Inner {
    mails: Mutex<VecDeque<Mail>>,
    rows: Rows,
    configuration_sets: Vec<String>,
    lambda: Lambda,
    activity: Activity,
    clock: Arc<StackClock>,
}

impl Post {
    /// Loads the mails.
    pub fn load(
        configuration_sets: Vec<String>,
        rows: Rows,
        lambda: Lambda,
        activity: Activity,
        clock: Arc<StackClock>,
    ) -> Result<Self> {
        let mails = Mutex::new(rows.load()?.into());
        Ok(Self(Arc::new(Inner { mails, rows, configuration_sets, lambda, activity, clock })))
    }

    /// The service's routes.
    pub fn router(&self) -> Router {
        Router::new().route("/v2/email/outbound-emails", post(send)).with_state(self.clone())
    }

    /// The mails, newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<Mail> {
        self.mails().iter().rev().cloned().collect()
    }

    /// One mail.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Mail> {
        self.mails().iter().find(|mail| mail.id == id).cloned()
    }

    /// Reports an event about a mail to the functions whose rules match; their names, or nothing without that mail.
    pub fn report(&self, id: &str, event: MailEvent) -> Option<Vec<String>> {
        let mail = {
            let mut mails = self.mails();
            let mail = mails.iter_mut().find(|mail| mail.id == id)?;
            mail.events.push(event);
            self.0.rows.put(id, mail);
            mail.clone()
        };
        let payload = mail_event::on_the_bus(&mail, event, self.0.clock.now());
        let workers = self.0.lambda.workers();
        let matching = workers
            .filter(|worker| worker.function().rules.iter().any(|rule| pattern::matches(rule, &payload)));
        let mut told = Vec::new();
        for worker in matching {
            self.0.lambda.send(worker, payload.clone());
            told.push(worker.function().package.clone());
        }
        if told.is_empty() {
            tracing::info!("no rule is waiting for {} of mail {id}", payload["detail-type"]);
        }
        Some(told)
    }

    fn accept(&self, request: &Value) -> Result<Mail, AwsError> {
        let mail = parse(request, &self.0.configuration_sets, self.0.clock.now())?;
        self.0.rows.put(&mail.id, &mail);
        let mut mails = self.mails();
        mails.push_back(mail.clone());
        if mails.len() > MOST_MAILS
            && let Some(oldest) = mails.pop_front()
        {
            self.0.rows.remove([oldest.id.as_str()]);
        }
        tracing::info!("mail {} accepted; see /_local/inbox", mail.id);
        Ok(mail)
    }

    fn mails(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        self.0.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(State(post): State<Post>, Json(request): Json<Value>) -> Result<Json<Value>, AwsError> {
    let mail = post.accept(&request)?;
    if let Some(event) = simulated(&mail) {
        let (id, guard, post) = (mail.id.clone(), post.0.activity.begin("mail feedback"), post.clone());
        tokio::spawn(async move {
            tokio::time::sleep(FEEDBACK_AFTER).await;
            post.report(&id, event);
            drop(guard);
        });
    }
    Ok(Json(json!({"MessageId": mail.id})))
}

/// What happens by itself to mail for addresses like those of SES's mailbox simulator: `bounce@…`, `complaint+x@…`.
fn simulated(mail: &Mail) -> Option<MailEvent> {
    mail.to.iter().find_map(|to| match simulator_name(to) {
        "bounce" => Some(MailEvent::Bounce),
        "complaint" => Some(MailEvent::Complaint),
        "success" => Some(MailEvent::Delivery),
        _ => None,
    })
}

fn simulator_name(address: &str) -> &str {
    let local = address.split('@').next().unwrap_or_default();
    local.split('+').next().unwrap_or_default()
}

/// The rules of SendEmail that a caller could break, as far as they need no identity or quota.
fn parse(request: &Value, configuration_sets: &[String], now: DateTime<Utc>) -> Result<Mail, AwsError> {
    let bad = |message: &str| AwsError::new(StatusCode::BAD_REQUEST, "BadRequestException", message);
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let to = texts(&request["Destination"]["ToAddresses"]);
    if to.is_empty() || to.len() > 50 {
        return Err(bad("1 to 50 recipients are needed"));
    }
    if to.iter().any(|address| !address.contains('@') || address.contains(['\r', '\n'])) {
        return Err(bad("Local address contains control or whitespace"));
    }
    if to.iter().any(|address| simulator_name(address) == "reject") {
        return Err(AwsError::new(StatusCode::BAD_REQUEST, "MessageRejected", "This recipient is refused."));
    }
    let from = request["FromEmailAddress"].as_str().unwrap_or_default().to_owned();
    if !from.contains('@') || from.contains(['\r', '\n']) {
        return Err(bad("Missing or malformed FromEmailAddress"));
    }
    let configuration_set = request["ConfigurationSetName"].as_str().map(str::to_owned);
    if let Some(name) = configuration_set.as_ref().filter(|name| !configuration_sets.contains(name)) {
        let message = format!("Configuration set <{name}> does not exist.");
        return Err(AwsError::new(StatusCode::NOT_FOUND, "NotFoundException", message));
    }
    let simple = &request["Content"]["Simple"];
    let body = |part: &str| simple["Body"][part]["Data"].as_str().unwrap_or_default().to_owned();
    let subject = simple["Subject"]["Data"].as_str().unwrap_or_default().to_owned();
    if subject.is_empty() || (body("Text").is_empty() && body("Html").is_empty()) {
        return Err(bad("the local stack takes simple content with a subject and a body only"));
    }
    let headers = pairs(&simple["Headers"]);
    let printable = |text: &str| text.chars().all(|sign| (' '..='~').contains(&sign));
    if headers
        .iter()
        .any(|header| header.name.is_empty() || !printable(&header.name) || !printable(&header.value))
    {
        return Err(bad("Header names and values are printable ASCII"));
    }
    let tags = pairs(&request["EmailTags"]);
    let tag_text = |text: &str| {
        (1..=256).contains(&text.len())
            && text.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-.@".contains(sign))
    };
    if tags.iter().any(|tag| !tag_text(&tag.name) || !tag_text(&tag.value)) {
        return Err(bad("Tag names and values are 1 to 256 ASCII letters, digits, `_`, `-`, `.` and `@`"));
    }
    Ok(Mail {
        id: format!("{:016x}-{}-000000", now.timestamp_millis(), Uuid::new_v4()),
        sent_at: now,
        from,
        to,
        reply_to: texts(&request["ReplyToAddresses"]),
        subject,
        text: body("Text"),
        html: body("Html"),
        headers,
        tags,
        configuration_set,
        events: Vec::new(),
    })
}

fn pairs(list: &Value) -> Vec<Pair> {
    let text = |pair: &Value, key: &str| pair[key].as_str().unwrap_or_default().to_owned();
    let pairs = list.as_array().into_iter().flatten();
    pairs.map(|pair| Pair { name: text(pair, "Name"), value: text(pair, "Value") }).collect()
}

/// The time as SES writes it.
#[must_use]
pub fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
