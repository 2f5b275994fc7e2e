//! What is under way, so that a move of the clock can wait until the stack is quiet, and say what it waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The work that nobody waits for by holding a connection open: asynchronous invocations.
#[derive(Clone, Default)]
pub struct Activity(Arc<Inner>);

#[derive(Default)]
struct Inner {
    labels: Mutex<(u64, BTreeMap<u64, String>)>,
    ended: Notify,
}

/// One piece of work; it ends when this is dropped, however that comes about.
pub struct Guard {
    activity: Activity,
    number: u64,
}

impl Activity {
    /// Notes the start of a piece of work.
    #[must_use]
    pub fn begin(&self, label: impl Into<String>) -> Guard {
        let mut labels = self.0.labels.lock().unwrap_or_else(PoisonError::into_inner);
        labels.0 += 1;
        let number = labels.0;
        labels.1.insert(number, label.into());
        Guard { activity: self.clone(), number }
    }

    /// What is under way.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let labels = self.0.labels.lock().unwrap_or_else(PoisonError::into_inner);
        labels.1.values().cloned().collect()
    }

    /// How many pieces of work have ended, ever.
    #[must_use]
    pub fn ended(&self) -> u64 {
        let labels = self.0.labels.lock().unwrap_or_else(PoisonError::into_inner);
        labels.0 - labels.1.len() as u64
    }

    /// Returns once nothing is under way.
    pub async fn quiet(&self) {
        loop {
            let ended = self.0.ended.notified();
            if self.labels().is_empty() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut labels = self.activity.0.labels.lock().unwrap_or_else(PoisonError::into_inner);
        labels.1.remove(&self.number);
        self.activity.0.ended.notify_waiters();
    }
}
