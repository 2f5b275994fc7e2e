//! What the service measures of itself, in CloudWatch's embedded metric format: a line in the log that CloudWatch makes
//! metrics of, so that a function calls nobody for them.
//!
//! All metrics are in the namespace [`NAMESPACE`] with the dimension `Stack`. Changes are counted when they are
//! committed: once, whatever was repeated on the way.

use std::sync::OnceLock;

use chrono::TimeDelta;
use metrics::Unit;
use metrics_cloudwatch_embedded::{Builder, Collector};

/// Where CloudWatch shows the metrics.
pub const NAMESPACE: &str = "PartnerOfRecord";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Claims submitted that went straight to their customers.
    SubmissionsApproved,
    /// Claims submitted that went to a reviewer.
    SubmissionsToReview,
    /// Submissions that the checks refused.
    SubmissionsRefused,
    /// Requests that asked again for a claim that there was: an answer given twice.
    SubmissionsRepeated,
    /// Seconds from the approval of a claim to the customer's notice accepted by the mail service.
    NoticeDelay,
    /// Claims whose customer was told.
    NoticesSent,
    /// Associations that became official because the customer stayed silent.
    Promotions,
    /// Seconds from a deadline to the association made official.
    PromotionLateness,
    /// Associations that became official because the customer agreed.
    Acceptances,
    /// Scopes that a customer declined.
    Declines,
    /// Notices that came back.
    Bounces,
    /// Claims that a reviewer, or time, rejected.
    Rejections,
    /// Writes that lost a race, and were decided again.
    Conflicts,
    /// Claims that `reconcile` had to move on, because another part failed.
    Forgotten,
    /// Seconds since the claim was submitted that is first in the review queue; 0 when none waits.
    ReviewAge,
    /// Seconds by which the review that has waited longest is past its target; 0 when none is.
    ReviewOverdue,
}

/// Every metric, for tests.
pub const METRICS: &[Metric] = &[
    Metric::SubmissionsApproved,
    Metric::SubmissionsToReview,
    Metric::SubmissionsRefused,
    Metric::SubmissionsRepeated,
    Metric::NoticeDelay,
    Metric::NoticesSent,
    Metric::Promotions,
    Metric::PromotionLateness,
    Metric::Acceptances,
    Metric::Declines,
    Metric::Bounces,
    Metric::Rejections,
    Metric::Conflicts,
    Metric::Forgotten,
    Metric::ReviewAge,
    Metric::ReviewOverdue,
];

impl Metric {
    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SubmissionsApproved => "SubmissionsApproved",
            Self::SubmissionsToReview => "SubmissionsToReview",
            Self::SubmissionsRefused => "SubmissionsRefused",
            Self::SubmissionsRepeated => "SubmissionsRepeated",
            Self::NoticeDelay => "NoticeDelay",
            Self::NoticesSent => "NoticesSent",
            Self::Promotions => "Promotions",
            Self::PromotionLateness => "PromotionLateness",
            Self::Acceptances => "Acceptances",
            Self::Declines => "Declines",
            Self::Bounces => "Bounces",
            Self::Rejections => "Rejections",
            Self::Conflicts => "Conflicts",
            Self::Forgotten => "Forgotten",
            Self::ReviewAge => "ReviewAge",
            Self::ReviewOverdue => "ReviewOverdue",
        }
    }

    const fn is_time(self) -> bool {
        matches!(self, Self::NoticeDelay | Self::PromotionLateness | Self::ReviewAge | Self::ReviewOverdue)
    }
}

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Starts measuring, for the stack of this name. Without it, or in a second call, nothing happens.
pub fn start(stack: String) {
    let builder = Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension("Stack", stack);
    let Ok(collector) = builder.init() else { return };
    for metric in METRICS {
        if metric.is_time() {
            metrics::describe_histogram!(metric.name(), Unit::Seconds, "");
        } else {
            metrics::describe_counter!(metric.name(), Unit::Count, "");
        }
    }
    let _ = COLLECTOR.set(collector);
}

/// Writes what was measured since the last time to the log. To be called at the end of every invocation: a process that
/// Lambda has frozen writes nothing.
pub fn flush() {
    if let Some(collector) = COLLECTOR.get() {
        // A log that cannot be written to cannot be told so either.
        let _ = collector.flush(std::io::stdout());
    }
}

/// Counts.
pub fn count(metric: Metric, by: usize) {
    metrics::counter!(metric.name()).increment(by as u64);
}

/// Records a length of time, never less than none.
pub fn record(metric: Metric, time: TimeDelta) {
    metrics::histogram!(metric.name()).record(time.as_seconds_f64().max(0.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because the recorder is the process's.
    #[test]
    fn what_was_measured_is_one_line_that_cloudwatch_understands() {
        count(Metric::Declines, 1);
        start("associations".to_owned());
        count(Metric::Declines, 2);
        record(Metric::PromotionLateness, TimeDelta::milliseconds(1500));
        record(Metric::NoticeDelay, TimeDelta::seconds(-3));
        let mut line = Vec::new();
        COLLECTOR.get().unwrap().flush(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Namespace"], NAMESPACE);
        assert_eq!(about["Dimensions"], serde_json::json!([["Stack"]]));
        assert_eq!(line["Stack"], "associations");
        assert_eq!(line["Declines"], 2, "what was counted before the start is nobody's");
        assert_eq!(line["PromotionLateness"], serde_json::json!([1.5]));
        assert_eq!(line["NoticeDelay"], serde_json::json!([0.0]));
        let units = about["Metrics"].as_array().unwrap();
        let unit = |name: &str| units.iter().find(|metric| metric["Name"] == name).unwrap()["Unit"].clone();
        assert_eq!((unit("Declines"), unit("NoticeDelay")), ("Count".into(), "Seconds".into()));
        let mut again = Vec::new();
        COLLECTOR.get().unwrap().flush(&mut again).unwrap();
        assert!(again.is_empty(), "{}", String::from_utf8_lossy(&again));
    }
}
