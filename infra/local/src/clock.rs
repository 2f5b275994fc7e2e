//! The stack's clock: the system's, moved forward by an offset that tests and people advance.
//!
//! Every process reads the offset from one small file, so that a function that is already running sees a move at once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Result, anyhow};
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};

/// The stack's own view of time, and the only one that moves it.
pub struct StackClock {
    file: PathBuf,
    offset_ms: AtomicI64,
    write: Mutex<()>,
}

impl StackClock {
    /// Starts with the offset that `file` holds; where there is no file yet, at the time that `start` makes of now.
    pub fn open(file: PathBuf, start: fn(DateTime<Utc>) -> DateTime<Utc>) -> Result<Self> {
        let now = system_now();
        let offset = if file.exists() { read_offset(&file) } else { (start(now) - now).num_milliseconds() };
        let clock = Self { file, offset_ms: AtomicI64::new(offset), write: Mutex::new(()) };
        clock.store(offset)?;
        Ok(clock)
    }

    /// The file that functions read the offset from.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The time it is in the stack.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        system_now() + TimeDelta::milliseconds(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves the time to `to`, never back: the real clock may have passed it meanwhile.
    pub fn move_to(&self, to: DateTime<Utc>) -> Result<()> {
        let _writing = self.write.lock().map_err(|_| anyhow!("the clock is broken"))?;
        let missing = (to - self.now()).num_milliseconds();
        if missing > 0 {
            let offset = self.offset_ms.load(Ordering::SeqCst) + missing;
            // Functions first: none may see an older time than the timer that starts it.
            self.store(offset)?;
            self.offset_ms.store(offset, Ordering::SeqCst);
        }
        Ok(())
    }

    fn store(&self, offset: i64) -> Result<()> {
        crate::state::replace(&self.file, offset.to_string().as_bytes())
    }
}

/// The clock of a function's process: the system's, moved by what `file` says at that moment.
#[must_use]
pub fn of_function(file: PathBuf) -> runtime::Clock {
    runtime::Clock::new(move || system_now() + TimeDelta::milliseconds(read_offset(&file)))
}

/// The offset, in milliseconds. Zero when unreadable: the file is gone only when the stack is, too.
fn read_offset(file: &Path) -> i64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

fn system_now() -> DateTime<Utc> {
    runtime::Clock::system().now()
}

/// The coming Saturday at noon: a Saturday almost everywhere on Earth. Whatever the day, a window of five business days
/// that opens then is over a week later, unless a public holiday falls into it.
#[must_use]
pub fn saturday(now: DateTime<Utc>) -> DateTime<Utc> {
    let noon = now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
    let days = (0..=7).map(|days| noon + TimeDelta::days(days));
    days.into_iter().find(|day| day.weekday() == Weekday::Sat && *day >= now).unwrap_or(now)
}

/// The time it is.
#[must_use]
pub fn now(now: DateTime<Utc>) -> DateTime<Utc> {
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_starts_on_the_coming_saturday_at_noon() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, start) in [
            ("2026-11-23T08:00:00Z", "2026-11-28T12:00:00Z"),
            ("2026-11-28T11:59:59Z", "2026-11-28T12:00:00Z"),
            ("2026-11-28T12:00:01Z", "2026-12-05T12:00:00Z"),
            ("2026-11-29T08:00:00Z", "2026-12-05T12:00:00Z"),
        ] {
            assert_eq!(saturday(at(now)), at(start), "{now}");
        }
    }
}
