//! What is logged, and how.

use tracing_subscriber::filter::LevelFilter;

use crate::Settings;

/// Starts the logs: JSON lines or text, as Lambda's logging configuration says (`AWS_LAMBDA_LOG_FORMAT`), from the level on that
/// the template says, or else Lambda (`RUST_LOG`, `AWS_LAMBDA_LOG_LEVEL`); `info` when neither does, or what is said is no level.
///
/// What `lambda_runtime` starts filters by module and field as well, with a library of regular expressions in each bootstrap.
pub fn start_logs() {
    let settings = Settings::from_env();
    let lines = tracing_subscriber::fmt().with_max_level(level(&settings)).with_target(false).without_time();
    let format = settings.optional("AWS_LAMBDA_LOG_FORMAT");
    if format.is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        lines.json().init();
    } else {
        lines.init();
    }
}

fn level(settings: &Settings<'_>) -> LevelFilter {
    let said = settings.optional("RUST_LOG").or_else(|| settings.optional("AWS_LAMBDA_LOG_LEVEL"));
    said.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(values: &'static [(&str, &str)]) -> LevelFilter {
        level(&Settings::new(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }))
    }

    #[test]
    fn the_template_s_level_goes_before_lambda_s() {
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "INFO"), ("RUST_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "WARN")]), LevelFilter::WARN);
        assert_eq!(said(&[]), LevelFilter::INFO);
        assert_eq!(said(&[("RUST_LOG", "store=trace")]), LevelFilter::INFO, "that is no level");
    }
}
