//! What the program says while it runs: one line per request or invocation, on standard error.
//!
//! Never a token, a body, a path of a customer's link or an address: the lines may end up in a bug report.

use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Level {
    /// Only what went wrong.
    Error,
    /// What may surprise, too.
    Warn,
    /// A line per request and invocation.
    #[default]
    Info,
    /// What the functions say at debug level, and every poll that found something.
    Debug,
}

impl Level {
    /// The name that functions understand in `RUST_LOG`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// Sets how much is said from now on.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Something a person must look at.
pub fn error(text: impl AsRef<str>) {
    say(Level::Error, "local", text.as_ref());
}

/// Something that may surprise.
pub fn warn(text: impl AsRef<str>) {
    say(Level::Warn, "local", text.as_ref());
}

/// The ordinary line.
pub fn info(text: impl AsRef<str>) {
    say(Level::Info, "local", text.as_ref());
}

/// Detail.
pub fn debug(text: impl AsRef<str>) {
    say(Level::Debug, "local", text.as_ref());
}

/// A line a function wrote, passed through whatever the level: the function has its own.
pub fn from_function(name: &str, line: &str) {
    say(Level::Error, name, line);
}

fn say(level: Level, who: &str, text: &str) {
    if level as u8 <= LEVEL.load(Ordering::Relaxed) {
        // One write per line, so that lines of several processes do not mix; a closed terminal is no reason to stop.
        let _ = std::io::stderr().write_all(format!("[{who}] {text}\n").as_bytes());
    }
}
