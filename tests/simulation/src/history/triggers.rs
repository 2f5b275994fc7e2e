//! What starts functions by itself: the stream, timers, reports about mails, `reconcile`, and the operator who hands back what was
//! given up.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ClaimId;
use schedule::Timer;
use serde_json::Value;

use super::History;
use super::tasks::{Answer, Then};
use crate::figures::{count, fit};
use crate::stream;
use crate::world::{Doing, Fault, MailNews, Record, Schedule, open};

/// A trigger that could fire now.
pub(super) enum Trigger {
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
pub(super) enum Retry {
    Timer(Schedule),
    News(MailNews),
}

/// Records of a batch, as infra/template.yaml says.
const BATCH: usize = 5;

impl History {
    pub(super) fn triggers(&mut self) -> Vec<Trigger> {
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

    pub(super) fn fire_something(&mut self) -> bool {
        let mut triggers = self.triggers();
        if triggers.is_empty() {
            return false;
        }
        let at = self.rng.below(triggers.len());
        let trigger = triggers.swap_remove(at);
        self.fire(trigger);
        true
    }

    pub(super) fn fire(&mut self, trigger: Trigger) {
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

    /// Hands over what the stream has of claims.
    pub(crate) fn fire_batches(&mut self) {
        let batches = self.triggers().into_iter().filter(|trigger| matches!(trigger, Trigger::Batch(_)));
        for trigger in batches.collect::<Vec<_>>().into_iter().take(1) {
            self.fire(trigger);
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

    fn start_batch(&mut self, records: Vec<Record>, again: bool) {
        let keys: Vec<_> =
            records.iter().map(|record| format!("{}@{}", record.key, record.sequence)).collect();
        open(&self.world).note(&format!("batch {keys:?} again={again}"));
        let (notify, event) = (Arc::clone(&self.functions.outreach), stream::batch(&records));
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
                Timer::Deadline { .. } => told(promote::handle(&functions.executor, timer).await),
                Timer::Answer { .. } => told(lapse::handle(&functions.executor, timer).await),
                Timer::Reminder { .. } => {
                    let event = serde_json::to_value(&timer).unwrap_or_default();
                    told(notify::handle(&*functions.outreach, event).await)
                }
            })
        };
        self.begin_task(doing, Then::Timer(schedule, again), Box::pin(future));
    }

    fn start_news(&mut self, news: MailNews) {
        open(&self.world).note(&format!("{} of {:?}", news.kind, news.about));
        let (events, event) = (Arc::clone(&self.functions.executor), news.event.clone());
        let future = async move {
            Answer::Trigger(match serde_json::from_value(event) {
                Ok(event) => told(mail_events::handle(&events, event).await),
                Err(error) => Err(error.to_string()),
            })
        };
        self.begin_task(Doing::Trigger("mail event"), Then::News(news), Box::pin(future));
    }

    pub(super) fn start_reconcile(&mut self) {
        let mut world = open(&self.world);
        self.reconciled = world.now;
        world.note("reconcile");
        drop(world);
        let notify = Arc::clone(&self.functions.outreach);
        let future = async move { Answer::Trigger(told(reconcile::handle(&*notify).await)) };
        self.begin_task(Doing::Trigger("reconcile"), Then::Reconcile, Box::pin(future));
    }

    /// An operator does what the runbook says about what was given up. Timers and events of mails are handed back. Of records only
    /// their places are known, and the stream holds nothing there any more: `reconcile` does what it can, and tenants are
    /// put again, so that what has ended with a subscription is found.
    fn redrive(&mut self) {
        let mut world = open(&self.world);
        world.note("redrive");
        count(&mut world.figures.outcomes, ("redrive", "done".to_owned()));
        self.reconciles |= !self.dead_records.is_empty();
        for record in self.dead_records.drain(..) {
            if let Some(count) = world.in_work.get_mut(&record.key) {
                *count -= 1;
                if *count == 0 {
                    world.in_work.remove(&record.key);
                }
            }
            let claim = record.key.parse().ok().and_then(|id: ClaimId| world.table.claim(&id).cloned());
            if let Some(claim) = claim {
                world.tenant_changed(&claim.details.tenant_id);
                world.purged.insert(claim.id);
            }
        }
        for record in self.dead_tenants.drain(..) {
            if let Ok(id) = record.key.parse() {
                world.tenant_changed(&id);
            }
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

    /// When something is due next that is not due yet.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        let world = open(&self.world);
        let timers = world.schedules.values().filter(|schedule| !schedule.lost).map(|schedule| schedule.at);
        let news = world.news.iter().map(|news| news.from);
        let retries = self.retries.iter().map(|(at, _)| *at);
        timers.chain(news).chain(retries).filter(|at| *at > world.now).min()
    }
}

fn told<E: std::fmt::Display>(answer: Result<Value, E>) -> Result<Value, String> {
    answer.map_err(|error| error.to_string())
}
