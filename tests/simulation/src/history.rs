//! One history: from a seed, people act, triggers fire, time passes, things go wrong; then all settles.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Policy, Program};
use lambda_http::{Body, Response};
use schedule::Timer;
use serde_json::Value;

use crate::cast::{Call, Cast, Visit, decision};
use crate::figures::{Figures, count, fit};
use crate::functions::{Simulated, asked, dissolve, plain, simulated, text};
use crate::rng::Rng;
use crate::stream;
use crate::table::{Kept, Table};
use crate::watch::{self, Watch};
use crate::world::{Doing, Fault, MailNews, Record, Running, Schedule, Service, Shared, Trace, World, open};

/// What a history is made of. The same script is the same history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The seed.
    pub seed: u64,
    /// Steps before all settles.
    pub steps: u32,
    /// The kinds of faults that may happen, by their bits.
    pub faults: u32,
    /// Partners that compete; drawn from the seed where 0.
    pub partners: usize,
    /// Tenants that they compete for; drawn from the seed where 0.
    pub tenants: usize,
}

impl Script {
    /// A history of a seed, with everything that may happen.
    pub const fn of(seed: u64, steps: u32) -> Self {
        Self { seed, steps, faults: u32::MAX, partners: 0, tenants: 0 }
    }
}

/// What came of a history.
#[derive(Debug)]
pub struct Outcome {
    /// The first invariant that did not hold.
    pub violation: Option<String>,
    /// Counts.
    pub figures: Figures,
    /// A digest of everything that happened.
    pub digest: u64,
    /// What happened, where it was asked for.
    pub lines: Vec<String>,
}

/// Plays a history.
pub fn play(script: &Script, keep_lines: bool) -> Outcome {
    let mut history = History::new(script, keep_lines);
    history.begin();
    for _ in 0..script.steps {
        if history.is_broken() {
            break;
        }
        history.step();
    }
    history.settle();
    dissolve();
    let mut world = open(&history.world);
    world.figures.histories = 1;
    Outcome {
        violation: world.violation.take(),
        figures: std::mem::take(&mut world.figures),
        digest: world.trace.digest(),
        lines: world.trace.lines.take().unwrap_or_default(),
    }
}

/// What a task answers.
enum Answer {
    Http(Response<Body>),
    Trigger(Result<Value, String>),
}

/// Whom the answer of a task concerns.
enum Then {
    Call(Box<Call>, String),
    Visit(Visit),
    /// A batch, and whether it is one that was handed over before.
    Batch(Vec<Record>, bool),
    Tenants(Vec<Record>),
    /// A timer, and whether it has fired before.
    Timer(Schedule, bool),
    News(MailNews),
    Reconcile,
}

pub(crate) struct Task {
    id: u64,
    future: Pin<Box<dyn Future<Output = Answer>>>,
    then: Then,
}

/// A trigger that could fire now.
enum Trigger {
    Batch(Vec<String>),
    Again(usize),
    Tenants,
    Timer(String),
    Retry(usize),
    News(usize),
    Reconcile,
    Redrive,
}

/// What Lambda will try again.
enum Retry {
    Timer(Schedule),
    News(MailNews),
}

pub(crate) struct History {
    pub(crate) world: Shared,
    functions: Simulated,
    rng: Rng,
    pub(crate) cast: Cast,
    pub(crate) tasks: Vec<Task>,
    next_task: u64,
    /// Claims of which a batch is under way: their later records wait.
    busy: BTreeSet<String>,
    tenants_busy: bool,
    again: Vec<Vec<Record>>,
    retries: Vec<(DateTime<Utc>, Retry)>,
    dead_records: Vec<Record>,
    dead_tenants: Vec<Record>,
    dead_timers: Vec<Schedule>,
    dead_news: Vec<MailNews>,
    reconciled: DateTime<Utc>,
    /// Whether `reconcile` runs before all settles.
    reconciles: bool,
    settling: bool,
}

/// How often a stream's record is tried, as infra/template.yaml says.
const STREAM_ATTEMPTS: u32 = 11;
/// How often Lambda tries an asynchronous invocation, as infra/template.yaml says.
const ASYNC_ATTEMPTS: u32 = 3;
/// Records of a batch, as infra/template.yaml says.
const BATCH: usize = 5;

impl History {
    pub(crate) fn new(script: &Script, keep_lines: bool) -> Self {
        let mut rng = Rng::new(script.seed, 1);
        let partners = 2 + rng.below(3);
        let tenants = 1 + rng.below(2);
        let rate = [0, 3, 8, 20, 50][rng.below(5)];
        let policy = Policy {
            most_notices: [1, 2, 3, 3, 5][rng.below(5)],
            most_notices_per_contact: [2, 20, 20][rng.below(3)],
            always_review: if rng.below(4) == 0 { vec![Program::OsaSell] } else { Vec::new() },
            ..Policy::default()
        };
        let reconciles = rng.below(3) > 0;
        // Some day and hour of 2023: weekends, holidays and changes of the clock lie on the way.
        let start = DateTime::from_timestamp(1_672_531_200, 0).unwrap_or_default();
        let now =
            start + TimeDelta::days(i64::try_from(rng.below(365)).unwrap_or(0)) + rng.seconds(0, 86_399);
        let partners = if script.partners > 0 { script.partners } else { partners };
        let tenants = if script.tenants > 0 { script.tenants } else { tenants };
        let cast = Cast::new(&mut rng, partners, tenants);
        let world: Shared = Arc::new(Mutex::new(World {
            now,
            tick: 100,
            chance: Rng::new(script.seed, 2),
            fault_rate: rate,
            fault_kinds: script.faults,
            outage: None,
            table: Table::default(),
            stream: BTreeMap::new(),
            tenant_stream: Default::default(),
            sequence: 0,
            schedules: BTreeMap::new(),
            fired: Vec::new(),
            in_work: BTreeMap::new(),
            mails: Vec::new(),
            news: Vec::new(),
            tasks: BTreeMap::new(),
            current: 0,
            secrets: Rng::new(script.seed, 3),
            watch: Watch::default(),
            figures: Figures::default(),
            trace: Trace { lines: keep_lines.then(Vec::new), ..Trace::default() },
            violation: None,
            lost_timers: BTreeSet::new(),
        }));
        let functions = simulated(&world, &policy);
        Self {
            world,
            functions,
            rng,
            cast,
            tasks: Vec::new(),
            next_task: 1,
            busy: BTreeSet::new(),
            tenants_busy: false,
            again: Vec::new(),
            retries: Vec::new(),
            dead_records: Vec::new(),
            dead_tenants: Vec::new(),
            dead_timers: Vec::new(),
            dead_news: Vec::new(),
            reconciled: now,
            reconciles,
            settling: false,
        }
    }

    /// The functions are under another policy from now on.
    pub(crate) fn govern(&mut self, policy: &Policy) {
        self.functions = simulated(&self.world, policy);
    }

    fn is_broken(&self) -> bool {
        open(&self.world).violation.is_some()
    }

    fn now(&self) -> DateTime<Utc> {
        open(&self.world).now
    }

    /// Operators put partners and tenants, with nothing going wrong.
    pub(crate) fn begin(&mut self) {
        let rate = std::mem::take(&mut open(&self.world).fault_rate);
        for call in self.cast.beginnings(&mut self.rng) {
            self.start_call(call);
            self.finish_all();
        }
        open(&self.world).fault_rate = rate;
    }

    /// Something happens.
    fn step(&mut self) {
        open(&self.world).figures.steps += 1;
        match self.rng.below(100) {
            0..=44 => {
                if !self.fire_something() {
                    self.act();
                }
            }
            45..=79 => self.act(),
            _ => self.pass_time(),
        }
        for _ in 0..self.rng.below(8) {
            self.turn();
        }
        while self.tasks.len() > 4 {
            self.turn();
        }
        watch::owned(&mut open(&self.world));
    }

    fn act(&mut self) {
        if self.rng.below(5) == 0 {
            let visit = self.cast.visit(&mut self.rng, &open(&self.world));
            if let Some(visit) = visit {
                return self.start_visit(visit);
            }
        }
        let call = self.cast.call(&mut self.rng, &open(&self.world));
        self.start_call(call);
    }

    fn begin_task(&mut self, doing: Doing, then: Then, future: Pin<Box<dyn Future<Output = Answer>>>) {
        let id = self.next_task;
        self.next_task += 1;
        let mut world = open(&self.world);
        let running = Running { since: world.now, tick: world.tick, faulted: false, work: doing };
        world.tasks.insert(id, running);
        drop(world);
        self.tasks.push(Task { id, future, then });
    }

    pub(crate) fn start_call(&mut self, call: Call) {
        let id = format!("r{}", self.next_task);
        let match_header = call.if_match.map(|version| format!("\"{version}\""));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(call.key.as_deref().map(|key| ("idempotency-key", key)));
        headers.extend(match_header.as_deref().map(|version| ("if-match", version)));
        let caller = (call.role, call.partner.as_deref());
        let request = asked(call.method, &call.target, caller, &headers, &call.body, &id);
        let text = format!("{id} {} {} {} by {:?}", call.what, call.method, call.target, call.partner);
        open(&self.world).note(&text);
        let functions = self.functions.clone();
        let doing = Doing::Caller { partner: call.partner.clone().unwrap_or_default() };
        let future = async move { Answer::Http(functions.api(request).await) };
        self.begin_task(doing, Then::Call(Box::new(call), id), Box::pin(future));
    }

    pub(crate) fn start_visit(&mut self, visit: Visit) {
        let scopes: Vec<_> = visit.scopes.iter().map(ToString::to_string).collect();
        open(&self.world).note(&format!("customer of {}: {} {scopes:?}", visit.claim, visit.decision));
        let form = match visit.scopes.as_slice() {
            [] => format!("decision={}", visit.decision),
            _ => format!("decision={}&scopes={}", visit.decision, scopes.join(",")),
        };
        let (method, body) = if visit.decision == "look" { ("GET", String::new()) } else { ("POST", form) };
        let request = plain(method, &format!("/{}", visit.token), &[], &body, "customer");
        let opt_out = Arc::clone(&self.functions.opt_out);
        let doing =
            Doing::Customer { claim: visit.claim.clone(), notice: visit.notice, decision: visit.decision };
        let future = async move { Answer::Http(opt_out::handle(&opt_out, &request).await) };
        self.begin_task(doing, Then::Visit(visit), Box::pin(future));
    }

    fn triggers(&mut self) -> Vec<Trigger> {
        let world = open(&self.world);
        let mut found = Vec::new();
        let free: Vec<_> = world
            .stream
            .iter()
            .filter(|(key, records)| !records.is_empty() && !self.busy.contains(*key))
            .map(|(key, _)| key.clone())
            .collect();
        // A shard may hand over several claims' records at once.
        for key in &free {
            found.push(Trigger::Batch(vec![key.clone()]));
        }
        if free.len() > 1 {
            found.push(Trigger::Batch(free));
        }
        found.extend((0..self.again.len()).map(Trigger::Again));
        if !world.tenant_stream.is_empty() && !self.tenants_busy {
            found.push(Trigger::Tenants);
        }
        let due = world.schedules.iter().filter(|(_, schedule)| !schedule.lost && schedule.at <= world.now);
        found.extend(due.map(|(name, _)| Trigger::Timer(name.clone())));
        let due = self.retries.iter().enumerate().filter(|(_, (at, _))| *at <= world.now);
        found.extend(due.map(|(at, _)| Trigger::Retry(at)));
        let due = world.news.iter().enumerate().filter(|(_, news)| news.from <= world.now);
        found.extend(due.map(|(at, _)| Trigger::News(at)));
        if self.reconciles
            && !self.settling
            && world.now - self.reconciled >= TimeDelta::minutes(5)
            && self.rng.below(4) == 0
        {
            found.push(Trigger::Reconcile);
        }
        let dead =
            self.dead_records.len() + self.dead_tenants.len() + self.dead_timers.len() + self.dead_news.len();
        if dead > 0 && (self.settling || self.rng.below(10) == 0) {
            found.push(Trigger::Redrive);
        }
        found
    }

    fn fire_something(&mut self) -> bool {
        let mut triggers = self.triggers();
        if triggers.is_empty() {
            return false;
        }
        let at = self.rng.below(triggers.len());
        let trigger = triggers.swap_remove(at);
        self.fire(trigger);
        true
    }

    fn fire(&mut self, trigger: Trigger) {
        match trigger {
            Trigger::Batch(keys) => {
                let mut records = Vec::new();
                let mut world = open(&self.world);
                for key in keys {
                    let Some(waiting) = world.stream.get_mut(&key) else { continue };
                    let mut taken = 0;
                    while records.len() < BATCH {
                        let Some(record) = waiting.pop_front() else { break };
                        records.push(record);
                        taken += 1;
                    }
                    if taken > 0 {
                        *world.in_work.entry(key.clone()).or_default() += taken;
                        self.busy.insert(key);
                    }
                }
                if world.happens(Fault::StreamTwice, 40) {
                    self.again.push(records.clone());
                }
                drop(world);
                self.start_batch(records, false);
            }
            Trigger::Again(at) => {
                let records = self.again.swap_remove(at);
                self.start_batch(records, true);
            }
            Trigger::Tenants => {
                let mut world = open(&self.world);
                let count = world.tenant_stream.len().min(3);
                let records: Vec<_> = world.tenant_stream.drain(..count).collect();
                world.note(&format!("batch of {} tenants", records.len()));
                drop(world);
                self.tenants_busy = true;
                let (follow, changed) = (Arc::clone(&self.functions.follow), records.clone());
                let future = async move {
                    for record in changed {
                        if follow.tenant_changed(&fit(&record.key)).await.is_err() {
                            return Answer::Trigger(Ok(stream::failed_at(&record)));
                        }
                    }
                    Answer::Trigger(Ok(Value::Null))
                };
                self.begin_task(Doing::Trigger("tenants"), Then::Tenants(records), Box::pin(future));
            }
            Trigger::Timer(name) => {
                let mut world = open(&self.world);
                let Some(schedule) = world.schedules.remove(&name) else { return };
                world.fired.push(schedule.clone());
                if world.happens(Fault::TimerTwice, 30) {
                    let later = world.chance.seconds(0, 7200);
                    self.retries.push((
                        world.now + later,
                        Retry::Timer(Schedule { failures: u32::MAX, ..schedule.clone() }),
                    ));
                }
                drop(world);
                self.start_timer(schedule, false);
            }
            Trigger::Retry(at) => match self.retries.swap_remove(at).1 {
                Retry::Timer(schedule) => {
                    let again = schedule.failures == u32::MAX;
                    self.start_timer(schedule, again);
                }
                Retry::News(news) => self.start_news(news),
            },
            Trigger::News(at) => {
                let news = open(&self.world).news.swap_remove(at);
                self.start_news(news);
            }
            Trigger::Reconcile => self.start_reconcile(),
            Trigger::Redrive => self.redrive(),
        }
    }

    fn start_batch(&mut self, records: Vec<Record>, again: bool) {
        let keys: Vec<_> =
            records.iter().map(|record| format!("{}@{}", record.key, record.sequence)).collect();
        open(&self.world).note(&format!("batch {keys:?} again={again}"));
        let (notify, event) = (Arc::clone(&self.functions.notify), stream::batch(&records));
        let future = async move { Answer::Trigger(told(notify::handle(&*notify, event).await)) };
        self.begin_task(Doing::Trigger("stream"), Then::Batch(records, again), Box::pin(future));
    }

    fn start_timer(&mut self, schedule: Schedule, again: bool) {
        open(&self.world).note(&format!("timer {:?} of {} fires", schedule.timer, schedule.at));
        let (timer, functions) = (schedule.timer.clone(), self.functions.clone());
        let doing = Doing::Trigger(match timer {
            Timer::Reminder { .. } => "reminder",
            Timer::Deadline { .. } => "deadline",
            Timer::Answer { .. } => "answer",
        });
        let future = async move {
            Answer::Trigger(match timer {
                Timer::Deadline { .. } => told(promote::handle(&functions.promote, timer).await),
                Timer::Answer { .. } => told(lapse::handle(&functions.lapse, timer).await),
                Timer::Reminder { .. } => {
                    let event = serde_json::to_value(&timer).unwrap_or_default();
                    told(notify::handle(&*functions.notify, event).await)
                }
            })
        };
        self.begin_task(doing, Then::Timer(schedule, again), Box::pin(future));
    }

    fn start_news(&mut self, news: MailNews) {
        open(&self.world).note(&format!("{} of {:?}", news.kind, news.about));
        let (events, event) = (Arc::clone(&self.functions.mail_events), news.event.clone());
        let future = async move {
            Answer::Trigger(match serde_json::from_value(event) {
                Ok(event) => told(mail_events::handle(&events, event).await),
                Err(error) => Err(error.to_string()),
            })
        };
        self.begin_task(Doing::Trigger("mail event"), Then::News(news), Box::pin(future));
    }

    fn start_reconcile(&mut self) {
        let mut world = open(&self.world);
        self.reconciled = world.now;
        world.note("reconcile");
        drop(world);
        let notify = Arc::clone(&self.functions.notify);
        let future = async move { Answer::Trigger(told(reconcile::handle(&*notify).await)) };
        self.begin_task(Doing::Trigger("reconcile"), Then::Reconcile, Box::pin(future));
    }

    /// An operator hands back what was given up.
    fn redrive(&mut self) {
        let mut world = open(&self.world);
        world.note("redrive");
        count(&mut world.figures.outcomes, ("redrive", "done".to_owned()));
        for record in self.dead_records.drain(..).rev() {
            if let Some(count) = world.in_work.get_mut(&record.key) {
                *count -= 1;
                if *count == 0 {
                    world.in_work.remove(&record.key);
                }
            }
            let key = record.key.clone();
            world.stream.entry(key).or_default().push_front(Record { failures: 0, ..record });
        }
        for record in self.dead_tenants.drain(..) {
            world.tenant_stream.push_front(Record { failures: 0, ..record });
        }
        let now = world.now;
        drop(world);
        for schedule in self.dead_timers.drain(..) {
            self.retries.push((now, Retry::Timer(Schedule { failures: 0, ..schedule })));
        }
        for news in self.dead_news.drain(..) {
            self.retries.push((now, Retry::News(MailNews { failures: 0, ..news })));
        }
    }

    /// One of the tasks goes on to its next call outside, or dies on the way.
    pub(crate) fn turn(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let at = self.rng.below(self.tasks.len());
        let mut world = open(&self.world);
        world.tick += 1;
        if self.rng.below(20) == 0 {
            world.now += TimeDelta::seconds(1);
        }
        let rate = world.fault_rate / 3;
        let killed = world.happens(Fault::Killed, rate);
        world.current = self.tasks[at].id;
        if killed {
            world.excuse();
        }
        drop(world);
        if killed {
            let task = self.tasks.swap_remove(at);
            return self.end(task.id, task.then, None);
        }
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(answer) = self.tasks[at].future.as_mut().poll(&mut context) {
            let task = self.tasks.swap_remove(at);
            self.end(task.id, task.then, Some(answer));
        }
    }

    pub(crate) fn finish_all(&mut self) {
        let mut turns = 0;
        while !self.tasks.is_empty() && !self.is_broken() {
            self.turn();
            turns += 1;
            assert!(turns < 100_000, "a function does not end");
        }
    }

    fn end(&mut self, id: u64, then: Then, answer: Option<Answer>) {
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
                    if let Some(about) = &news.about {
                        watch::told_of_mail(&mut world, about, news.kind);
                    }
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

    /// Minutes, hours or days go by. Functions end within seconds, or their time is up.
    fn pass_time(&mut self) {
        if self.rng.below(8) > 0 {
            self.finish_all();
        }
        for _ in &self.tasks {
            count(&mut open(&self.world).figures.faults, "function timed out");
        }
        self.kill_all();
        // Mostly, what is due is done before the next day.
        if self.rng.below(4) > 0 {
            for _ in 0..40 {
                let triggers = self.triggers();
                let Some(trigger) = triggers.into_iter().next() else { break };
                self.fire(trigger);
                self.finish_all();
            }
        }
        let next = self.next_due();
        let now = self.now();
        let to = match (self.rng.below(10), next) {
            (0..=4, Some(next)) => next.max(now) + self.rng.seconds(0, 900),
            (5 | 6, _) => now + self.rng.seconds(1, 3600),
            (7 | 8, _) => now + self.rng.seconds(3600, 2 * 86_400),
            _ => now + self.rng.seconds(86_400, 9 * 86_400),
        };
        let mut world = open(&self.world);
        world.now = to;
        world.note("time passes");
        let down = world.fault_rate > 0 && self.rng.below(25) == 0;
        if down && world.fault_kinds & Fault::Outage.bit() != 0 {
            let service = [Service::Table, Service::Mail, Service::Scheduler][self.rng.below(3)];
            world.outage = Some((service, to + self.rng.seconds(60, 3 * 3600)));
        }
    }

    /// Hands over what the stream has of claims.
    pub(crate) fn fire_batches(&mut self) {
        let batches = self.triggers().into_iter().filter(|trigger| matches!(trigger, Trigger::Batch(_)));
        for trigger in batches.collect::<Vec<_>>().into_iter().take(1) {
            self.fire(trigger);
        }
    }

    /// Every function dies where it is.
    pub(crate) fn kill_all(&mut self) {
        while let Some(task) = self.tasks.pop() {
            let mut world = open(&self.world);
            world.current = task.id;
            world.excuse();
            drop(world);
            self.end(task.id, task.then, None);
        }
    }

    /// Works off every trigger that is due now.
    pub(crate) fn settle_triggers(&mut self) {
        for _ in 0..200 {
            let Some(trigger) = self.triggers().into_iter().next() else { return };
            self.fire(trigger);
            self.finish_all();
        }
    }

    /// When something is due next that is not due yet.
    fn next_due(&self) -> Option<DateTime<Utc>> {
        let world = open(&self.world);
        let timers = world.schedules.values().filter(|schedule| !schedule.lost).map(|schedule| schedule.at);
        let news = world.news.iter().map(|news| news.from);
        let retries = self.retries.iter().map(|(at, _)| *at);
        timers.chain(news).chain(retries).filter(|at| *at > world.now).min()
    }

    /// Nothing goes wrong any more, and time runs on until nothing is left to do.
    fn settle(&mut self) {
        self.finish_all();
        let mut world = open(&self.world);
        world.fault_rate = 0;
        world.outage = None;
        world.note("settling");
        drop(world);
        self.settling = true;
        for _ in 0..2000 {
            if self.is_broken() {
                return;
            }
            open(&self.world).figures.settling += 1;
            if self.fire_something() {
                self.finish_all();
                watch::owned(&mut open(&self.world));
                continue;
            }
            if let Some(call) = self.review() {
                self.start_call(call);
                self.finish_all();
                continue;
            }
            let overdue = {
                let world = open(&self.world);
                let claims = world.table.claims.values().map(Kept::get);
                claims.filter_map(store::due_at).min()
            };
            let now = self.now();
            if overdue.is_some_and(|due| due <= now) && self.reconciled < now {
                self.start_reconcile();
                self.finish_all();
                continue;
            }
            let next = self.next_due().into_iter().chain(overdue.filter(|due| *due > now)).min();
            let later =
                if overdue.is_some_and(|due| due <= now) { Some(now + TimeDelta::minutes(5)) } else { None };
            match next.into_iter().chain(later).min() {
                Some(next) => open(&self.world).now = next,
                None => break,
            }
        }
        let mut world = open(&self.world);
        let left = world.schedules.values().filter(|schedule| !schedule.lost).count()
            + world.fired.len()
            + world.news.len();
        let left = left
            + self.retries.len()
            + self.dead_records.len()
            + self.dead_timers.len()
            + self.dead_news.len();
        world
            .hold("3: every timer, record and event is worked off", left == 0, || format!("{left} are left"));
        watch::settled(&mut world);
    }

    /// A reviewer takes the next of the queue.
    fn review(&mut self) -> Option<Call> {
        let claim = {
            let world = open(&self.world);
            let claims = world.table.claims.values().map(Kept::get);
            let mut waiting: Vec<_> = claims.filter(|claim| claim.review_due.is_some()).collect();
            waiting.sort_by_key(|claim| claim.review_due);
            waiting.first().map(|claim| (*claim).clone())?
        };
        let call = decision(&mut self.rng, &claim);
        // Some claims have had all their notices: they can only be rejected.
        let target = if call.what == "approve" && self.rng.below(2) == 0 { "reject" } else { call.what };
        let body = if target == "approve" {
            "{}".to_owned()
        } else {
            r#"{"reasons":[{"code":"missing_dates"}]}"#.to_owned()
        };
        Some(Call {
            what: "review at the end",
            target: format!("/claims/{}/{target}", claim.id),
            body,
            event: None,
            if_match: None,
            ..call
        })
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

fn told<E: std::fmt::Display>(answer: Result<Value, E>) -> Result<Value, String> {
    answer.map_err(|error| error.to_string())
}
