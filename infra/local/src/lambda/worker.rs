//! One function: calls that wait, instances that work, and what becomes of both when either goes wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde_json::{Value as Json, json};
use tokio::sync::{Notify, oneshot};

use super::process::{self, Launch};
use crate::template::Function;

/// Lambda allows ten seconds for init; a debug build on a busy machine is given more.
const INIT_LIMIT: Duration = Duration::from_secs(30);

/// What an invocation came to.
pub type Outcome = Result<Bytes, FunctionError>;

/// A failed invocation.
#[derive(Clone, Debug)]
pub struct FunctionError {
    /// What failed.
    pub kind: ErrorKind,
    /// The error's type, as Lambda names it.
    pub error_type: String,
    /// What there is to say about it.
    pub message: String,
}

/// How an invocation can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The function answered with an error.
    Answered,
    /// The process did not get as far as asking for work.
    Init,
    /// The process ended in the middle.
    Exit,
    /// The function took longer than it may.
    Timeout,
    /// The stack is being stopped.
    Closing,
}

impl FunctionError {
    fn new(kind: ErrorKind, error_type: &str, message: impl Into<String>) -> Self {
        Self { kind, error_type: error_type.to_owned(), message: message.into() }
    }

    /// The error as Lambda shows it to callers.
    #[must_use]
    pub fn body(&self) -> Json {
        json!({"errorType": self.error_type, "errorMessage": self.message})
    }
}

/// A function with its calls and processes.
pub struct Worker {
    function: Function,
    launch: Launch,
    most: usize,
    state: Mutex<State>,
    work: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Call>,
    instances: BTreeMap<u64, Instance>,
    started: u64,
    closing: bool,
}

struct Call {
    id: String,
    payload: Bytes,
    reply: oneshot::Sender<Outcome>,
}

struct Instance {
    phase: Phase,
    kill: Option<oneshot::Sender<()>>,
}

enum Phase {
    Starting { error: Option<FunctionError> },
    Idle,
    Busy(Call),
}

/// What an instance is given when it asks for work.
pub(super) struct Work {
    pub id: String,
    pub payload: Bytes,
    pub deadline: Duration,
}

impl Worker {
    /// A function without processes yet.
    #[must_use]
    pub fn new(function: &Function, launch: Launch, most: usize) -> Arc<Self> {
        let most = function.concurrency.map_or(most, |reserved| reserved.min(most)).max(1);
        let (function, state) = (function.clone(), Mutex::default());
        Arc::new(Self { function, launch, most, state, work: Notify::new() })
    }

    /// The function's settings.
    #[must_use]
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Invokes the function and waits for what comes of it.
    pub async fn invoke(self: &Arc<Self>, id: String, payload: Bytes) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let started = Instant::now();
        {
            let mut state = self.state();
            if state.closing {
                return Err(closing());
            }
            state.waiting.push_back(Call { id, payload, reply });
            self.start_missing(&mut state);
        }
        self.work.notify_waiters();
        let outcome = answer.await.unwrap_or_else(|_| Err(closing()));
        let (name, ms) = (&self.function.package, started.elapsed().as_millis());
        match &outcome {
            Ok(_) => tracing::info!("{name}: {ms} ms"),
            Err(error) if error.kind == ErrorKind::Closing => {}
            Err(error) => {
                tracing::error!("{name}: {}: {} ({ms} ms)", error.error_type, error.message)
            }
        }
        outcome
    }

    /// Whether any process was started and is still there.
    #[cfg(test)]
    pub fn has_instance(&self) -> bool {
        !self.state().instances.is_empty()
    }

    /// Gives an instance its next call, once there is one. Nothing when the instance is not known.
    pub(super) async fn next(self: &Arc<Self>, instance: u64) -> Option<Work> {
        loop {
            let work = self.work.notified();
            tokio::pin!(work);
            // Before looking, so that a call that comes in between is not slept through.
            work.as_mut().enable();
            {
                let mut state = self.state();
                if !state.instances.contains_key(&instance) {
                    return None;
                }
                let call = state.waiting.pop_front();
                let found = call.as_ref().map(|call| (call.id.clone(), call.payload.clone()));
                if let Some(instance) = state.instances.get_mut(&instance) {
                    instance.phase = call.map_or(Phase::Idle, Phase::Busy);
                }
                if let Some((id, payload)) = found {
                    tokio::spawn(Arc::clone(self).limit(instance, id.clone()));
                    return Some(Work { id, payload, deadline: self.function.timeout });
                }
            }
            work.await;
        }
    }

    /// Takes an instance's answer; false when it was not asked that, or too long ago.
    pub(super) fn answer(&self, instance: u64, id: &str, outcome: Result<Bytes, Json>) -> bool {
        let outcome = outcome.map_err(|body| answered(&body));
        self.finish(instance, id, outcome)
    }

    /// Notes why an instance cannot start; its process ends by itself.
    pub(super) fn init_failed(&self, instance: u64, body: &Json) {
        if let Some(Instance { phase: Phase::Starting { error }, .. }) =
            self.state().instances.get_mut(&instance)
        {
            *error = Some(FunctionError { kind: ErrorKind::Init, ..answered(body) });
        }
    }

    /// Ends the processes and what waits for them.
    pub fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        state.waiting.clear();
        for instance in state.instances.values_mut() {
            instance.kill.take().map(|kill| kill.send(()));
        }
    }

    fn finish(&self, instance: u64, id: &str, outcome: Outcome) -> bool {
        let mut state = self.state();
        let Some(instance) = state.instances.get_mut(&instance) else { return false };
        match std::mem::replace(&mut instance.phase, Phase::Idle) {
            Phase::Busy(call) if call.id == id => call.reply.send(outcome).is_ok(),
            other => {
                instance.phase = other;
                false
            }
        }
    }

    /// Ends an invocation that takes too long, and its process with it, as Lambda does.
    async fn limit(self: Arc<Self>, instance: u64, id: String) {
        tokio::time::sleep(self.function.timeout).await;
        let seconds = self.function.timeout.as_secs_f64();
        let error = FunctionError::new(
            ErrorKind::Timeout,
            "Sandbox.Timedout",
            format!("Task timed out after {seconds:.2} seconds"),
        );
        if self.finish(instance, &id, Err(error)) {
            self.kill(instance);
        }
    }

    fn kill(&self, instance: u64) {
        if let Some(instance) = self.state().instances.get_mut(&instance) {
            instance.kill.take().map(|kill| kill.send(()));
        }
    }

    /// Starts a process when more calls wait than processes will soon ask for one.
    fn start_missing(self: &Arc<Self>, state: &mut State) {
        let free =
            state.instances.values().filter(|instance| !matches!(instance.phase, Phase::Busy(_))).count();
        if state.closing || state.waiting.len() <= free || state.instances.len() >= self.most {
            return;
        }
        state.started += 1;
        let number = state.started;
        let (kill, killed) = oneshot::channel();
        let instance = Instance { phase: Phase::Starting { error: None }, kill: Some(kill) };
        state.instances.insert(number, instance);
        tokio::spawn(Arc::clone(self).supervise(number, killed));
    }

    async fn supervise(self: Arc<Self>, number: u64, killed: oneshot::Receiver<()>) {
        let watchdog = tokio::spawn({
            let worker = Arc::clone(&self);
            async move {
                tokio::time::sleep(INIT_LIMIT).await;
                worker.init_timed_out(number);
            }
        });
        let end = process::run(&self.launch, number, killed).await;
        watchdog.abort();
        self.ended(number, &end);
    }

    fn init_timed_out(&self, number: u64) {
        if let Some(instance) = self.state().instances.get_mut(&number)
            && let Phase::Starting { error } = &mut instance.phase
        {
            let message = format!("it asked for no work within {} s of its start", INIT_LIMIT.as_secs());
            *error = Some(FunctionError::new(ErrorKind::Init, "Runtime.InitTimeout", message));
            instance.kill.take().map(|kill| kill.send(()));
        }
    }

    /// A process is gone: whoever waits for it is told, and whoever else waits gets a new one.
    fn ended(self: &Arc<Self>, number: u64, end: &str) {
        let mut state = self.state();
        let Some(instance) = state.instances.remove(&number) else { return };
        if state.closing {
            return;
        }
        match instance.phase {
            Phase::Busy(call) => {
                let message = format!("the process ended in the middle of an invocation: {end}");
                let _ =
                    call.reply.send(Err(FunctionError::new(ErrorKind::Exit, "Runtime.ExitError", message)));
            }
            Phase::Starting { error } => {
                let error = error.unwrap_or_else(|| {
                    let message = format!("the process ended before it asked for work: {end}");
                    FunctionError::new(ErrorKind::Init, "Runtime.InitError", message)
                });
                // Another start would end the same way: everyone who waits hears of it rather than waiting on.
                for call in state.waiting.drain(..) {
                    let _ = call.reply.send(Err(error.clone()));
                }
            }
            Phase::Idle => tracing::debug!("{}: an idle process ended: {end}", self.function.package),
        }
        self.start_missing(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered(body: &Json) -> FunctionError {
    let field = |name: &str| body[name].as_str().unwrap_or("unknown").to_owned();
    FunctionError {
        kind: ErrorKind::Answered,
        error_type: field("errorType"),
        message: field("errorMessage"),
    }
}

fn closing() -> FunctionError {
    FunctionError::new(ErrorKind::Closing, "Local.Closing", "the local stack is being stopped")
}
