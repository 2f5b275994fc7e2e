//! The metrics that functions write into their logs, as CloudWatch would add them up: shown by `GET /_local/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value as Json;

/// One metric since the start of the stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How many values were reported; for a counter, how many times it was.
    pub samples: u64,
    /// All values together.
    pub sum: f64,
    /// The largest value.
    pub maximum: f64,
}

/// All metrics, by name.
#[derive(Clone, Default)]
pub struct Measured(Arc<Mutex<BTreeMap<String, Figures>>>);

impl Measured {
    /// Takes a line of a function's log if it is metrics; false for any other line.
    pub fn take(&self, line: &str) -> bool {
        if !line.starts_with("{\"_aws\"") {
            return false;
        }
        let Ok(line) = serde_json::from_str::<Json>(line) else { return false };
        let groups = line["_aws"]["CloudWatchMetrics"].as_array();
        let metrics = groups.into_iter().flatten().filter_map(|group| group["Metrics"].as_array()).flatten();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in metrics.filter_map(|metric| metric["Name"].as_str()) {
            let values = match &line[name] {
                Json::Array(values) => values.iter().filter_map(Json::as_f64).collect(),
                value => Vec::from_iter(value.as_f64()),
            };
            let figures = all.entry(name.to_owned()).or_default();
            for value in values {
                figures.samples += 1;
                figures.sum += value;
                figures.maximum = figures.maximum.max(value);
            }
        }
        true
    }

    /// Everything measured so far.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<String, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_metrics_are_added_up_and_others_are_left_alone() {
        let measured = Measured::default();
        assert!(!measured.take("{\"level\": \"INFO\", \"fields\": {\"message\": \"customer\"}}"));
        let line = r#"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Declines"},{"Name":"NoticeDelay"}]}]},"Declines":2,"NoticeDelay":[1.5,0.5]}"#;
        assert!(measured.take(line));
        assert!(measured.take(line));
        let figures = measured.figures();
        assert_eq!(figures["Declines"], Figures { samples: 2, sum: 4.0, maximum: 2.0 });
        assert_eq!(figures["NoticeDelay"], Figures { samples: 4, sum: 4.0, maximum: 1.5 });
    }
}
