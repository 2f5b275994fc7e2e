//! EventBridge Scheduler: one-time schedules that fire by the stack's clock, and the template's periods.

pub mod api;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::aws_error::AwsError;
use crate::clock::StackClock;
use crate::lambda::Lambda;
use crate::queues::Queues;
use crate::state::Rows;
use crate::template::{ACCOUNT, REGION};

/// All schedules, and what fires them.
#[derive(Clone)]
pub struct Scheduler(Arc<Inner>);

struct Inner {
    schedules: Mutex<BTreeMap<Key, Schedule>>,
    periods: Mutex<Vec<Period>>,
    groups: Vec<String>,
    rows: Rows,
    lambda: Lambda,
    queues: Queues,
    clock: Arc<StackClock>,
}

type Key = (String, String);

/// A schedule as it was asked for. There may be very many of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Schedule {
    name: String,
    group: String,
    at: DateTime<Utc>,
    created: DateTime<Utc>,
    /// Whether it has fired and stays for show, as it does without `ActionAfterCompletion: DELETE`.
    done: bool,
    /// Whether it was asked not to fire.
    #[serde(default)]
    disabled: bool,
    /// The request, to be shown as it came. It stays a text, which takes a fifth of the memory, until it is needed.
    request: Box<RawValue>,
}

/// A function started again and again.
struct Period {
    function: String,
    every: TimeDelta,
    input: Json,
    next: DateTime<Utc>,
}

/// A timer that fired.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Fired {
    /// The schedule's name.
    pub name: String,
    /// The function's package.
    pub function: String,
    /// The time it was due.
    pub at: DateTime<Utc>,
}

impl Scheduler {
    /// Loads the schedules; the functions' periods start now.
    pub fn load(
        groups: Vec<String>,
        rows: Rows,
        lambda: Lambda,
        queues: Queues,
        clock: Arc<StackClock>,
    ) -> Result<Self> {
        let saved: Vec<Schedule> = rows.load()?;
        let schedules = saved.into_iter().map(|schedule| (schedule.key(), schedule)).collect();
        let now = clock.now();
        let functions = lambda.workers().map(|worker| worker.function());
        let periods = functions.flat_map(|function| {
            function.rates.iter().map(move |rate| {
                let every = TimeDelta::from_std(rate.every).unwrap_or(TimeDelta::days(1));
                Period {
                    function: function.package.clone(),
                    every,
                    input: rate.input.clone(),
                    next: now + every,
                }
            })
        });
        let periods = Mutex::new(periods.collect());
        Ok(Self(Arc::new(Inner {
            schedules: Mutex::new(schedules),
            periods,
            groups,
            rows,
            lambda,
            queues,
            clock,
        })))
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<DateTime<Utc>> {
        self.schedules().values().filter(|schedule| schedule.fires()).map(|schedule| schedule.at).min()
    }

    /// When the next timer, or what runs periodically, is due.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let schedule = self.next_timer();
        let period = self.periods().iter().map(|period| period.next).min();
        schedule.into_iter().chain(period).min()
    }

    /// Fires what is due, in the order in which it was due; answers the timers among it.
    ///
    /// A period comes again no sooner than `at_least` later: a fast-forward over a week does not stand still for
    /// every quarter of an hour in it.
    pub fn fire_due(&self, now: DateTime<Utc>, at_least: TimeDelta) -> Vec<Fired> {
        let mut due = Vec::new();
        {
            let mut schedules = self.schedules();
            let keys: Vec<Key> = (schedules.iter())
                .filter(|(_, schedule)| schedule.fires() && schedule.at <= now)
                .map(|(key, _)| key.clone())
                .collect();
            let mut gone = Vec::new();
            for key in keys {
                let Some(schedule) = schedules.get_mut(&key) else { continue };
                schedule.done = true;
                due.push(schedule.clone());
                if schedule.request()["ActionAfterCompletion"] == "DELETE" {
                    gone.push(schedule.row());
                    schedules.remove(&key);
                } else {
                    self.save(schedule);
                }
            }
            self.0.rows.remove(gone.iter().map(String::as_str));
        }
        due.sort_by(|one, other| (one.at, &one.name).cmp(&(other.at, &other.name)));
        let fired: Vec<_> = due.iter().map(|schedule| self.start(schedule)).collect();
        for period in self.periods().iter_mut().filter(|period| period.next <= now) {
            period.next = now + period.every.max(at_least);
            if let Some(worker) = self.0.lambda.find(&period.function) {
                self.0.lambda.send(worker, period.input.clone());
            }
        }
        fired
    }

    fn start(&self, schedule: &Schedule) -> Fired {
        let target = &schedule.request()["Target"];
        let arn = target["Arn"].as_str().unwrap_or_default();
        let input = input(schedule, target["Input"].as_str().unwrap_or("{}"));
        let name = schedule.name.clone();
        let function = match self.0.lambda.find(arn) {
            Some(worker) => {
                let package = worker.function().package.clone();
                tracing::info!("timer {name} starts {package}");
                self.0.lambda.send(worker, input);
                package
            }
            None => {
                tracing::error!("timer {name} has no function {arn} to start");
                let queue = target["DeadLetterConfig"]["Arn"].as_str().and_then(|arn| arn.rsplit(':').next());
                if let Some(queue) = queue {
                    let attributes =
                        json!({"ERROR_CODE": "ResourceNotFoundException", "SCHEDULE_ARN": schedule.arn()});
                    self.0.queues.push(queue, json!({"body": input, "attributes": attributes}));
                }
                arn.to_owned()
            }
        };
        Fired { name, function, at: schedule.at }
    }

    fn create(&self, name: &str, request: Json) -> Result<String, AwsError> {
        let now = self.0.clock.now();
        let schedule = check(name, request, &self.0.groups, now)?;
        let mut schedules = self.schedules();
        if let Some(existing) = schedules.get(&schedule.key()) {
            let token = |schedule: &Schedule| schedule.request()["ClientToken"].as_str().map(str::to_owned);
            // The SDK repeats a request whose answer was lost, with the same token.
            if token(existing).is_some() && token(existing) == token(&schedule) {
                return Ok(existing.arn());
            }
            let message = format!("Schedule {name} already exists.");
            return Err(AwsError::new(axum::http::StatusCode::CONFLICT, "ConflictException", message));
        }
        let arn = schedule.arn();
        self.save(&schedule);
        schedules.insert(schedule.key(), schedule);
        Ok(arn)
    }

    fn update(&self, name: &str, request: Json) -> Result<String, AwsError> {
        let schedule = check(name, request, &self.0.groups, self.0.clock.now())?;
        let mut schedules = self.schedules();
        let existing = schedules.get_mut(&schedule.key()).ok_or_else(|| unknown(name))?;
        *existing = Schedule { created: existing.created, ..schedule };
        self.save(existing);
        Ok(existing.arn())
    }

    fn get(&self, group: &str, name: &str) -> Result<Json, AwsError> {
        let schedules = self.schedules();
        let schedule = schedules.get(&(group.to_owned(), name.to_owned())).ok_or_else(|| unknown(name))?;
        Ok(schedule.shown())
    }

    fn delete(&self, group: &str, name: &str) -> Result<(), AwsError> {
        let mut schedules = self.schedules();
        let gone = schedules.remove(&(group.to_owned(), name.to_owned())).ok_or_else(|| unknown(name))?;
        self.0.rows.remove([gone.row().as_str()]);
        Ok(())
    }

    fn list(&self, group: Option<&str>, prefix: &str) -> Vec<Json> {
        let schedules = self.schedules();
        let wanted = schedules.values().filter(|schedule| {
            group.is_none_or(|group| schedule.group == group) && schedule.name.starts_with(prefix)
        });
        wanted.map(Schedule::shown).collect()
    }

    fn save(&self, schedule: &Schedule) {
        self.0.rows.put(&schedule.row(), schedule);
    }

    fn schedules(&self) -> MutexGuard<'_, BTreeMap<Key, Schedule>> {
        self.0.schedules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn periods(&self) -> MutexGuard<'_, Vec<Period>> {
        self.0.periods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Schedule {
    fn key(&self) -> Key {
        (self.group.clone(), self.name.clone())
    }

    /// What its row is called. Neither part can hold the stroke.
    fn row(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    fn arn(&self) -> String {
        format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{}/{}", self.group, self.name)
    }

    fn fires(&self) -> bool {
        !self.done && !self.disabled
    }

    fn request(&self) -> Json {
        serde_json::from_str(self.request.get()).unwrap_or_default()
    }

    fn shown(&self) -> Json {
        let mut shown = self.request();
        if let Some(map) = shown.as_object_mut() {
            map.remove("ClientToken");
        }
        let seconds = self.created.timestamp();
        for (key, value) in [
            ("Arn", json!(self.arn())),
            ("Name", json!(self.name)),
            ("GroupName", json!(self.group)),
            ("CreationDate", json!(seconds)),
            ("LastModificationDate", json!(seconds)),
        ] {
            shown[key] = value;
        }
        if shown["State"].is_null() {
            shown["State"] = json!("ENABLED");
        }
        shown
    }
}

fn unknown(name: &str) -> AwsError {
    let message = format!("Schedule {name} does not exist.");
    AwsError::new(axum::http::StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

/// The rules of CreateSchedule that a caller could break.
fn check(name: &str, request: Json, groups: &[String], now: DateTime<Utc>) -> Result<Schedule, AwsError> {
    let allowed = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        return Err(AwsError::validation(format!("`{name}` is no schedule name: 1 to 64 of [0-9a-zA-Z-_.]")));
    }
    let group = request["GroupName"].as_str().unwrap_or("default").to_owned();
    if group != "default" && !groups.contains(&group) {
        let message = format!("Schedule group {group} does not exist.");
        return Err(AwsError::new(axum::http::StatusCode::NOT_FOUND, "ResourceNotFoundException", message));
    }
    let expression = request["ScheduleExpression"].as_str().unwrap_or_default();
    let time = expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')'));
    let time = time.and_then(|time| NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S").ok());
    let zone = request["ScheduleExpressionTimezone"].as_str().unwrap_or("UTC");
    let at = match time {
        Some(time) if zone == "UTC" => time.and_utc(),
        Some(_) => return Err(AwsError::validation("the local stack knows schedules in UTC only")),
        None => return Err(AwsError::validation(format!("Invalid Schedule Expression {expression}."))),
    };
    if at <= now {
        return Err(AwsError::validation("The schedule expression must be in the future."));
    }
    let window = &request["FlexibleTimeWindow"];
    let minutes = window["MaximumWindowInMinutes"].as_u64();
    match (window["Mode"].as_str(), minutes) {
        (Some("OFF"), None) | (Some("FLEXIBLE"), Some(1..=1440)) => {}
        _ => return Err(AwsError::validation(format!("FlexibleTimeWindow {window} is not valid."))),
    }
    for key in ["Arn", "RoleArn"] {
        if !request["Target"][key].as_str().is_some_and(|arn| arn.starts_with("arn:")) {
            return Err(AwsError::validation(format!("Target.{key} is no ARN.")));
        }
    }
    if let Some(input) = request["Target"]["Input"].as_str()
        && serde_json::from_str::<Json>(input).is_err()
    {
        return Err(AwsError::validation("Target.Input is no JSON, which a Lambda function needs."));
    }
    let disabled = request["State"] == "DISABLED";
    let request = to_raw_value(&request).map_err(|error| AwsError::validation(error.to_string()))?;
    Ok(Schedule { name: name.to_owned(), group, at, created: now, done: false, disabled, request })
}

/// The input with Scheduler's context attributes filled in.
fn input(schedule: &Schedule, text: &str) -> Json {
    let at = schedule.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = (text.replace("<aws.scheduler.schedule-arn>", &schedule.arn()))
        .replace("<aws.scheduler.scheduled-time>", &at)
        .replace("<aws.scheduler.execution-id>", &Uuid::new_v4().to_string())
        .replace("<aws.scheduler.attempt-number>", "1");
    serde_json::from_str(&text).unwrap_or_default()
}
