//! What functions answer, held against the invariants, and what the platform does when one fails: tries again, or gives up.

use chrono::TimeDelta;
use lambda_http::{Body, Response};
use serde_json::Value;

use super::History;
use super::tasks::{Answer, Then};
use super::triggers::Retry;
use crate::cast::{Call, Visit};
use crate::figures::count;
use crate::functions::text;
use crate::stream;
use crate::watch;
use crate::world::{Doing, Fault, MailNews, Record, Running, Schedule, open};

/// How often a stream's record is tried, as infra/template.yaml says.
const STREAM_ATTEMPTS: u32 = 11;
/// How often Lambda tries an asynchronous invocation, as infra/template.yaml says.
const ASYNC_ATTEMPTS: u32 = 3;

impl History {
    pub(super) fn end(&mut self, id: u64, then: Then, answer: Option<Answer>) {
        let mut world = open(&self.world);
        world.tick += 1;
        let Some(running) = world.tasks.remove(&id) else { return };
        if !running.faulted {
            watch::ended_well(&mut world, id);
        }
        drop(world);
        match (then, answer) {
            (Then::Call(call, request), Some(Answer::Http(answer))) => {
                self.called(&call, &request, &running, &answer)
            }
            (Then::Call(call, _), _) => self.outcome(call.what, "no answer".to_owned()),
            (Then::Visit(visit), Some(Answer::Http(answer))) => self.visited(&visit, &running, &answer),
            (Then::Visit(visit), _) => self.outcome(visit_name(&visit), "no answer".to_owned()),
            (then, answer) => {
                let answer = match answer {
                    Some(Answer::Trigger(answer)) => Some(answer),
                    _ => None,
                };
                self.triggered(then, &running, answer);
            }
        }
    }

    fn outcome(&mut self, what: &'static str, came: String) {
        let mut world = open(&self.world);
        world.note(&format!("{what}: {came}"));
        count(&mut world.figures.outcomes, (what, came));
    }

    fn called(&mut self, call: &Call, request: &str, running: &Running, answer: &Response<Body>) {
        let status = answer.status().as_u16();
        let body = text(answer).to_owned();
        let parsed: Value = serde_json::from_str(&body).unwrap_or_default();
        let code = parsed["code"].as_str().unwrap_or_default();
        self.outcome(call.what, format!("{status} {code}").trim().to_owned());
        let mut world = open(&self.world);
        if world.happens(Fault::CallerLost, 20) {
            return;
        }
        world.hold("4: nothing fails without a cause", status < 500 || running.faulted, || {
            format!("{} answered {status}: {body}", call.what)
        });
        if let Some(partner) = &call.partner {
            watch::shown(&mut world, partner, &self.cast.partners, call.what, &body);
        }
        if call.foreign && status < 500 {
            world.hold("5: another partner's claim is not found", matches!(status, 404 | 400 | 422), || {
                format!("{} {} answered {status}: {body}", call.what, call.target)
            });
        }
        if !(200..300).contains(&status) {
            return;
        }
        if call.event.is_some() || call.what == "edit" || call.what == "reject" {
            watch::promised(&mut world, &parsed, call.event);
        }
        if let Some(seen) = call.if_match {
            let version = parsed["version"].as_u64().unwrap_or_default();
            world.hold("4: a change is made to the version that its caller saw", version <= seen + 1, || {
                format!("{} of version {seen} made {version}", call.what)
            });
        }
        if status == 201
            && let (Some(partner), Some(key)) = (&call.partner, &call.key)
        {
            let body = if call.what == "renew" {
                format!("{}{}", call.target, call.body)
            } else {
                call.body.clone()
            };
            watch::created(&mut world, partner, key, &body, &parsed);
        }
        if let Some(association) = &call.figures {
            watch::figures_shown(&mut world, association, running.tick, request);
        }
    }

    fn visited(&mut self, visit: &Visit, running: &Running, answer: &Response<Body>) {
        let status = answer.status().as_u16();
        self.outcome(visit_name(visit), status.to_string());
        let mut world = open(&self.world);
        world.hold("4: nothing fails without a cause", status < 500 || running.faulted, || {
            format!("the page answered {status}")
        });
        world.hold("2: a link that left keeps working", status != 404, || visit.claim.to_string());
        if visit.decision == "decline" && status == 200 {
            watch::no_was_heard(&mut world, &visit.claim, &visit.scopes, running.tick);
        }
    }

    fn triggered(&mut self, then: Then, running: &Running, answer: Option<Result<Value, String>>) {
        let name = match &running.work {
            Doing::Trigger(name) => *name,
            _ => "",
        };
        let came = match &answer {
            None => "died".to_owned(),
            Some(Err(_)) => "failed".to_owned(),
            Some(Ok(value)) if value["batchItemFailures"].as_array().is_some_and(|all| !all.is_empty()) => {
                "failed in part".to_owned()
            }
            Some(Ok(value)) if value["moved"].as_u64().is_some_and(|moved| moved > 0) => "moved".to_owned(),
            Some(Ok(_)) => "done".to_owned(),
        };
        self.outcome(name, came.clone());
        let failed = came.starts_with("failed");
        let text = format!("{name} {answer:?}");
        open(&self.world).hold("4: nothing fails without a cause", !failed || running.faulted, || text);
        let done = answer.as_ref().and_then(|answer| answer.as_ref().ok());
        match then {
            Then::Batch(records, again) => {
                let from = stream::failed_from(done, &records);
                if !again {
                    self.batch_ended(records, from);
                }
            }
            Then::Tenants(mut records) => {
                let from = stream::failed_from(done, &records);
                self.tenants_busy = false;
                let mut world = open(&self.world);
                for mut record in records.drain(from..).rev() {
                    record.failures += 1;
                    if record.failures >= STREAM_ATTEMPTS {
                        self.dead_tenants.push(record);
                    } else {
                        world.tenant_stream.push_front(record);
                    }
                }
            }
            Then::Timer(schedule, again) if !again => {
                let mut world = open(&self.world);
                if done.is_some() {
                    let found = world
                        .fired
                        .iter()
                        .position(|fired| fired.timer == schedule.timer && fired.at == schedule.at);
                    if let Some(at) = found {
                        world.fired.swap_remove(at);
                    }
                    return;
                }
                let now = world.now;
                drop(world);
                let tried = Schedule { failures: schedule.failures + 1, ..schedule };
                if tried.failures >= ASYNC_ATTEMPTS {
                    self.dead_timers.push(tried);
                } else {
                    self.retries.push((now + TimeDelta::minutes(1), Retry::Timer(tried)));
                }
            }
            Then::News(news) => {
                let mut world = open(&self.world);
                if done.is_some() {
                    watch::told_of_mail(&mut world, &news.about, news.kind);
                    return;
                }
                let now = world.now;
                drop(world);
                let tried = MailNews { failures: news.failures + 1, ..news };
                if tried.failures >= ASYNC_ATTEMPTS {
                    self.dead_news.push(tried);
                } else {
                    self.retries.push((now + TimeDelta::minutes(1), Retry::News(tried)));
                }
            }
            _ => {}
        }
    }

    fn batch_ended(&mut self, mut records: Vec<Record>, from: usize) {
        let mut world = open(&self.world);
        let left = records.split_off(from);
        for record in records.iter().chain(&left) {
            self.busy.remove(&record.key);
            if let Some(count) = world.in_work.get_mut(&record.key) {
                *count -= 1;
                if *count == 0 {
                    world.in_work.remove(&record.key);
                }
            }
        }
        for mut record in left.into_iter().rev() {
            record.failures += 1;
            if record.failures >= STREAM_ATTEMPTS {
                *world.in_work.entry(record.key.clone()).or_default() += 1;
                self.dead_records.push(record);
            } else {
                world.stream.entry(record.key.clone()).or_default().push_front(record);
            }
        }
    }
}

fn visit_name(visit: &Visit) -> &'static str {
    match visit.decision {
        "decline" => "customer declines",
        "accept" => "customer accepts",
        "undo" => "customer undoes",
        _ => "customer looks",
    }
}
