//! Functions under way: started by whoever calls them, they go on from one call outside to the next, each in its turn, until they
//! answer or die.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use lambda_http::{Body, Response};
use serde_json::Value;

use super::History;
use crate::cast::{Call, Visit};
use crate::functions::{asked, plain};
use crate::world::{Doing, Fault, MailNews, Record, Running, Schedule, open};

/// What a task answers.
pub(super) enum Answer {
    Http(Response<Body>),
    Trigger(Result<Value, String>),
}

/// Whom the answer of a task concerns.
pub(super) enum Then {
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

impl History {
    pub(super) fn begin_task(
        &mut self,
        doing: Doing,
        then: Then,
        future: Pin<Box<dyn Future<Output = Answer>>>,
    ) {
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
}
