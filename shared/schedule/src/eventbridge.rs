//! Timers as one-time schedules of EventBridge Scheduler.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use runtime::{ConfigError, Settings};

use crate::{Timer, TimerError, Timers};

/// EventBridge Scheduler.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    group: String,
    role: String,
    dead_letters: Option<String>,
    /// Deadlines bunch at midnight: they are fired within so many minutes after their time.
    spread_minutes: i32,
    promote: String,
    notify: String,
    lapse: String,
}

impl EventBridge {
    /// The schedule group and targets that the settings name.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable that is missing or wrong.
    pub fn new(settings: &Settings<'_>, aws: &SdkConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            client: Client::new(aws),
            group: settings.text("SCHEDULE_GROUP")?,
            role: settings.text("SCHEDULE_ROLE_ARN")?,
            dead_letters: settings.optional("SCHEDULE_DLQ_ARN"),
            spread_minutes: settings.parsed("SCHEDULE_SPREAD_MINUTES", 15, |text| {
                // An hour after a deadline `reconcile` takes what has not fired for forgotten (`domain::due_at`).
                let fits = text.parse().ok().filter(|n| (0..=45).contains(n));
                fits.ok_or("must be 0 to 45 minutes")
            })?,
            promote: settings.text("PROMOTE_FUNCTION_ARN")?,
            notify: settings.text("NOTIFY_FUNCTION_ARN")?,
            lapse: settings.text("LAPSE_FUNCTION_ARN")?,
        })
    }

    fn target(&self, timer: &Timer) -> &str {
        match timer {
            Timer::Deadline { .. } => &self.promote,
            Timer::Reminder { .. } => &self.notify,
            Timer::Answer { .. } => &self.lapse,
        }
    }
}

impl Timers for EventBridge {
    async fn set(&self, timer: &Timer, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), TimerError> {
        let name = timer.name(at);
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| TimerError { name: name.clone(), source };
        // A time that has passed may be refused; what is overdue fires as soon as Scheduler takes it.
        let at = at.max(now + TimeDelta::seconds(5));
        let window = FlexibleTimeWindow::builder();
        let window = match self.spread_minutes {
            0 => window.mode(FlexibleTimeWindowMode::Off),
            minutes => window.mode(FlexibleTimeWindowMode::Flexible).maximum_window_in_minutes(minutes),
        };
        let dead_letters = self.dead_letters.as_ref().map(|arn| DeadLetterConfig::builder().arn(arn).build());
        let target = Target::builder()
            .arn(self.target(timer))
            .role_arn(&self.role)
            .input(serde_json::to_string(timer).map_err(|error| failed(error.into()))?)
            // Only for invocations that Lambda does not take: what a function fails at, Lambda itself repeats.
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_retry_attempts(10)
                    .maximum_event_age_in_seconds(86_400)
                    .build(),
            )
            .set_dead_letter_config(dead_letters)
            .build()
            .map_err(|error| failed(error.into()))?;
        let set = self
            .client
            .create_schedule()
            .name(&name)
            .group_name(&self.group)
            // UTC: a time in a gap of a local clock would be skipped.
            .schedule_expression(format!("at({})", at.format("%Y-%m-%dT%H:%M:%S")))
            .flexible_time_window(window.build().map_err(|error| failed(error.into()))?)
            .target(target)
            .action_after_completion(ActionAfterCompletion::Delete)
            .send()
            .await;
        match set {
            Ok(_) => Ok(()),
            // Set by an earlier attempt.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conflict_exception()) => Ok(()),
            Err(error) => Err(failed(error.into())),
        }
    }
}
