//! The queues for what failed: lists in memory, shown by `GET /_local/queues`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

/// All queues, by name.
#[derive(Clone, Default)]
pub struct Queues(Arc<Mutex<BTreeMap<String, Vec<Json>>>>);

impl Queues {
    /// Adds a message, and says so: nothing should end here unseen.
    pub fn push(&self, queue: &str, message: Json) {
        tracing::error!("a message went to the queue {queue}; see /_local/queues");
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.entry(queue.to_owned()).or_default().push(message);
    }

    /// Everything in the queues.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, Vec<Json>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
