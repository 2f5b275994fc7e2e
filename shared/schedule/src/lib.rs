//! Timers of claims. A timer is named after what it is for, so that setting it twice sets one; it fires at least once,
//! after its time and never before; and whoever it calls looks at the claim, so that a stale one changes nothing.

mod eventbridge;

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::{ClaimId, NoticeNumber};
use serde::{Deserialize, Serialize};

pub use eventbridge::EventBridge;

/// What a timer calls for, and the body of the invocation when it fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "snake_case")]
pub enum Timer {
    /// The customer's window has ended: `promote` decides.
    Deadline {
        /// The claim.
        claim_id: ClaimId,
        /// The notice whose window it is.
        notice: NoticeNumber,
    },
    /// The customer is reminded: `notify` sends.
    Reminder {
        /// The claim.
        claim_id: ClaimId,
        /// The notice that it is reminded of.
        notice: NoticeNumber,
    },
    /// The partner's time to answer has ended: `lapse` decides.
    Answer {
        /// The claim.
        claim_id: ClaimId,
    },
}

impl Timer {
    /// The claim that it is about.
    pub const fn claim_id(&self) -> &ClaimId {
        match self {
            Self::Deadline { claim_id, .. } | Self::Reminder { claim_id, .. } | Self::Answer { claim_id } => {
                claim_id
            }
        }
    }

    /// The timer's name, for a time: 1 to 64 characters of `[0-9a-zA-Z-_.]`, as Scheduler asks. A timer that is set for
    /// another time is another timer.
    pub fn name(&self, at: DateTime<Utc>) -> String {
        let at = at.timestamp();
        match self {
            Self::Deadline { claim_id, notice } => format!("{claim_id}-n{notice}-deadline-{at}"),
            Self::Reminder { claim_id, notice } => format!("{claim_id}-n{notice}-reminder-{at}"),
            Self::Answer { claim_id } => format!("{claim_id}-answer-{at}"),
        }
    }
}

/// Why a timer could not be set.
#[derive(Debug, thiserror::Error)]
#[error("the timer {name} could not be set")]
pub struct TimerError {
    /// Which.
    pub name: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Sets timers.
pub trait Timers: Sync {
    /// Sets a timer; one that is set already stays.
    fn set(
        &self,
        timer: &Timer,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), TimerError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_what_scheduler_allows() {
        let claim_id: ClaimId = "clm_abcdefghijklmnopqrstuvwxyz".parse().unwrap();
        let timer = Timer::Deadline { claim_id, notice: "9".parse().unwrap() };
        let name = timer.name(DateTime::from_timestamp(4_102_444_800, 0).unwrap());
        assert!(name.len() <= 64, "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{name}");
        let body = serde_json::to_string(&timer).unwrap();
        assert_eq!(body, r#"{"timer":"deadline","claim_id":"clm_abcdefghijklmnopqrstuvwxyz","notice":9}"#);
    }
}
