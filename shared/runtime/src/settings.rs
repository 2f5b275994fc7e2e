//! Settings from the environment, read once at start. A wrong one fails the start, naming the variable.

use std::ops::RangeInclusive;

use domain::field::{Field, Invalid};
use domain::policy::duration;
use domain::{Policy, Program, Window};

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable has a value that it must not have.
    #[error("the environment variable {name} {}", reason.detail)]
    Wrong {
        /// Which.
        name: &'static str,
        /// Why.
        reason: Invalid,
    },
}

/// Answers the value of a variable.
type Read<'a> = dyn Fn(&str) -> Option<String> + Send + Sync + 'a;

/// The environment of a function.
pub struct Settings<'a>(Box<Read<'a>>);

impl<'a> Settings<'a> {
    /// The process's environment.
    pub fn from_env() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// Another source, for tests.
    pub fn new(read: impl Fn(&str) -> Option<String> + Send + Sync + 'a) -> Self {
        Self(Box::new(read))
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] when it is not set, or empty.
    pub fn text(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    /// A value that may be absent; an empty one is absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// A value with a rule, or its default.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] when the value breaks the rule.
    pub fn parsed<T>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => parse(&value).map_err(|reason| ConfigError::Wrong { name, reason }),
        }
    }

    /// A whole number that must be there, within bounds.
    ///
    /// # Errors
    /// [`ConfigError`] when it is not set, no number, or out of bounds.
    pub fn number(&self, name: &'static str, within: RangeInclusive<i64>) -> Result<i64, ConfigError> {
        let fits = self.text(name)?.parse().ok().filter(|number| within.contains(number));
        fits.ok_or_else(|| {
            let detail = format!("must be a whole number, {} to {}", within.start(), within.end());
            ConfigError::Wrong { name, reason: Invalid::new("invalid_number", detail) }
        })
    }

    /// The vendor's policy.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] naming the variable that is not as it must be.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        let standard = Policy::default();
        let programs = |list: &str| list.split(',').map(|name| Program::parse(name.trim())).collect();
        let named = |name, default| self.parsed(name, default, programs);
        Ok(Policy {
            customer_window: self.parsed("CUSTOMER_WINDOW", standard.customer_window, Window::parse)?,
            reminder_before: self.parsed("REMINDER_BEFORE", standard.reminder_before, |text| match text {
                "none" => Ok(None),
                text => Window::parse(text).map(Some),
            })?,
            partner_window: self.parsed("PARTNER_WINDOW", standard.partner_window, Window::parse)?,
            review_target: self.parsed("REVIEW_TARGET", standard.review_target, Window::parse)?,
            dispute_window: self.parsed("DISPUTE_WINDOW", standard.dispute_window, Window::parse)?,
            evidence_age: self.parsed("EVIDENCE_AGE", standard.evidence_age, duration)?,
            most_notices: self.parsed("MAX_NOTICES", standard.most_notices, |text| {
                let fits = text.parse().ok().filter(|n| (1..=9).contains(n));
                fits.ok_or_else(|| Invalid::new("invalid_number", "must be 1 to 9"))
            })?,
            most_notices_per_contact: self.parsed(
                "MAX_NOTICES_PER_CONTACT",
                standard.most_notices_per_contact,
                |text| {
                    let fits = text.parse().ok().filter(|n| (1..=1000).contains(n));
                    fits.ok_or_else(|| Invalid::new("invalid_number", "must be 1 to 1000"))
                },
            )?,
            always_review: named("ALWAYS_REVIEW", standard.always_review)?,
            require_acknowledgement: named("REQUIRE_ACKNOWLEDGEMENT", standard.require_acknowledgement)?,
            require_evidence_file: named("REQUIRE_EVIDENCE_FILE", standard.require_evidence_file)?,
            retention: self.parsed("RETENTION", standard.retention, duration)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &'static [(&str, &str)]) -> Settings<'static> {
        Settings::new(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_settings_the_programme_rules_hold() {
        assert_eq!(settings(&[]).policy().unwrap(), Policy::default());
    }

    #[test]
    fn a_wrong_setting_fails_the_start_and_is_named() {
        let error = settings(&[("CUSTOMER_WINDOW", "5 days")]).policy().unwrap_err();
        assert!(error.to_string().contains("CUSTOMER_WINDOW"), "{error}");
        let error = settings(&[("ALWAYS_REVIEW", "osa_sell,nonsense")]).policy().unwrap_err();
        assert!(error.to_string().contains("ALWAYS_REVIEW"), "{error}");
        assert!(settings(&[("TABLE_NAME", "")]).text("TABLE_NAME").is_err());
    }

    #[test]
    fn windows_can_be_set_for_rehearsals() {
        let policy = settings(&[("CUSTOMER_WINDOW", "PT20S"), ("REMINDER_BEFORE", "none")]).policy().unwrap();
        assert_eq!(policy.customer_window, Window::Span(chrono::TimeDelta::seconds(20)));
        assert_eq!(policy.reminder_before, None);
    }
}
