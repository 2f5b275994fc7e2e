//! What is logged, and how.

use tracing_subscriber::filter::LevelFilter;

use crate::Settings;

/// Starts the logs: JSON lines or text, as Lambda's logging configuration says (`AWS_LAMBDA_LOG_FORMAT`), from the level on that
/// it or the template says (`AWS_LAMBDA_LOG_LEVEL`, `RUST_LOG`); `info` when neither does, or what is said is no level.
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
    let said = settings.optional("AWS_LAMBDA_LOG_LEVEL").or_else(|| settings.optional("RUST_LOG"));
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
    fn lambda_s_level_goes_before_the_template_s() {
        assert_eq!(said(&[("AWS_LAMBDA_LOG_LEVEL", "WARN"), ("RUST_LOG", "debug")]), LevelFilter::WARN);
        assert_eq!(said(&[("RUST_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(said(&[]), LevelFilter::INFO);
        assert_eq!(said(&[("RUST_LOG", "store=trace")]), LevelFilter::INFO, "that is no level");
    }
}
