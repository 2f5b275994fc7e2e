//! Lambda: functions as processes behind the Runtime API, invoked and waited for, or invoked and left to retry.

pub mod api;
mod process;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use chrono::SecondsFormat;
use serde_json::{Value as Json, json};
use uuid::Uuid;

#[cfg(test)]
pub use process::Launch;
pub use process::Launcher;
pub use worker::{ErrorKind, FunctionError, Outcome, Worker};

use crate::activity::Activity;
use crate::clock::StackClock;
use crate::queues::Queues;
use crate::template::Function;

/// What one invocation may carry, asked for synchronously.
pub const REQUEST_LIMIT: usize = 6 * 1024 * 1024;

/// Lambda waits a minute and then two; nobody at a desk would.
const RETRY_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];

/// All functions.
#[derive(Clone)]
pub struct Lambda {
    workers: Arc<Vec<Arc<Worker>>>,
    activity: Activity,
    queues: Queues,
    clock: Arc<StackClock>,
}

impl Lambda {
    /// Makes the functions known; their processes start with their first invocation.
    #[must_use]
    pub fn new(
        functions: &[Function],
        launcher: &Launcher,
        activity: Activity,
        queues: Queues,
        clock: Arc<StackClock>,
    ) -> Self {
        let start = |function| Worker::new(function, launcher.launch(function), launcher.concurrency);
        Self::with(functions.iter().map(start).collect(), activity, queues, clock)
    }

    /// These functions, however they are started.
    pub(crate) fn with(
        workers: Vec<Arc<Worker>>,
        activity: Activity,
        queues: Queues,
        clock: Arc<StackClock>,
    ) -> Self {
        Self { workers: Arc::new(workers), activity, queues, clock }
    }

    /// The function with that package name, name or ARN.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Worker>> {
        let last = name.rsplit(':').next().unwrap_or(name);
        self.workers.iter().find(|worker| worker.function().name == last || worker.function().package == last)
    }

    /// All functions.
    pub fn workers(&self) -> impl Iterator<Item = &Arc<Worker>> {
        self.workers.iter()
    }

    /// Invokes without waiting, with Lambda's retries and on-failure destination.
    pub fn send(&self, worker: &Arc<Worker>, payload: Json) {
        let guard = self.activity.begin(worker.function().package.clone());
        let (worker, queues, clock) = (Arc::clone(worker), self.queues.clone(), Arc::clone(&self.clock));
        tokio::spawn(async move {
            let _guard = guard;
            let function = worker.function();
            let body = Bytes::from(payload.to_string());
            let mut attempts = 0;
            loop {
                let request_id = Uuid::new_v4().to_string();
                attempts += 1;
                let error = match worker.invoke(request_id.clone(), body.clone()).await {
                    Ok(_) => return,
                    Err(error) => error,
                };
                if error.kind == ErrorKind::Closing {
                    return;
                }
                if attempts <= function.retries {
                    let pause = RETRY_AFTER[(attempts as usize - 1).min(RETRY_AFTER.len() - 1)];
                    tracing::warn!("{}: attempt {attempts} failed, next in {pause:?}", function.package);
                    tokio::time::sleep(pause).await;
                    continue;
                }
                if let Some(queue) = &function.on_failure {
                    let now = clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
                    queues
                        .push(queue, failure_record(function, &request_id, attempts, &now, payload, &error));
                }
                return;
            }
        });
    }

    /// Ends all processes.
    pub fn close(&self) {
        for worker in self.workers.iter() {
            worker.close();
        }
    }
}

/// What Lambda sends to an on-failure destination.
fn failure_record(
    function: &Function,
    request_id: &str,
    attempts: u32,
    now: &str,
    payload: Json,
    error: &FunctionError,
) -> Json {
    json!({
        "version": "1.0",
        "timestamp": now,
        "requestContext": {
            "requestId": request_id,
            "functionArn": format!("{}:$LATEST", function.arn()),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": error.body(),
    })
}
