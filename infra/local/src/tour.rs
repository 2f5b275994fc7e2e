//! What the program prints when it is ready: where everything is, and a tour to paste into another terminal.

use anyhow::{Context, Result};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Template)]
#[template(path = "tour.txt")]
struct Tour<'a> {
    gateway: &'a str,
    links: &'a str,
    clock: String,
    signed_on: String,
}

/// The text up to and without the last line, `ready`.
///
/// # Errors
/// When the text cannot be made.
pub fn text(gateway: &str, links: &str, now: DateTime<Utc>) -> Result<String> {
    let clock = now.format("%A %-d %B %Y %H:%M UTC").to_string();
    // Proof of execution must be recent, by the stack's clock.
    let signed_on = (now - TimeDelta::days(30)).format("%Y-%m-%d").to_string();
    Tour { gateway, links, clock, signed_on }.render().context("the tour")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tour_names_addresses_as_scripts_look_for_them() {
        let text = text("http://127.0.0.1:9000", "http://127.0.0.1:9001", DateTime::UNIX_EPOCH).unwrap();
        assert!(text.contains("gateway http://127.0.0.1:9000 "));
        assert!(text.contains("\"signed_on\": \"1969-12-02\""));
    }
}
