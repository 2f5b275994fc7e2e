//! What the program says while it runs: a line per request or invocation, on standard error.
//!
//! Never a token, a body, a path of a customer's link or an address: the lines may end up in a bug report.

use std::io::Write;

pub use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts what this program says, from that level on; what its dependencies say stays out. The first of several stacks in one
/// process starts it for all.
pub fn start(level: Level) {
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time().with_target(false);
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let _ = tracing_subscriber::registry().with(lines).with(own).try_init();
}

/// A line a function wrote, passed through whatever the level: the function has its own.
pub fn from_function(name: &str, line: &str) {
    // One write per line, so that lines of several processes do not mix; a closed terminal is no reason to stop.
    let _ = std::io::stderr().write_all(format!("[{name}] {line}\n").as_bytes());
}
