//! Settings from the environment, read once at start. A wrong one fails the start, naming the variable.

use std::ops::RangeInclusive;

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable has a value that it must not have.
    #[error("the environment variable {name} {reason}")]
    Wrong {
        /// Which.
        name: &'static str,
        /// Why.
        reason: String,
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
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => {
                parse(&value).map_err(|error| ConfigError::Wrong { name, reason: error.to_string() })
            }
        }
    }

    /// A whole number that must be there, within bounds.
    ///
    /// # Errors
    /// [`ConfigError`] when it is not set, no number, or out of bounds.
    pub fn number(&self, name: &'static str, within: RangeInclusive<i64>) -> Result<i64, ConfigError> {
        let fits = self.text(name)?.parse().ok().filter(|number| within.contains(number));
        fits.ok_or_else(|| {
            let reason = format!("must be a whole number, {} to {}", within.start(), within.end());
            ConfigError::Wrong { name, reason }
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
    fn a_wrong_setting_fails_the_start_and_is_named() {
        let whole = |text: &str| text.parse::<u8>();
        assert_eq!(settings(&[]).parsed("PAGES", 7, whole).unwrap(), 7);
        let error = settings(&[("PAGES", "many")]).parsed("PAGES", 7, whole).unwrap_err();
        assert!(error.to_string().contains("PAGES"), "{error}");
        assert!(settings(&[("TABLE_NAME", "")]).text("TABLE_NAME").is_err());
        assert!(settings(&[("DAYS", "0")]).number("DAYS", 1..=9).unwrap_err().to_string().contains("1 to 9"));
    }
}
