//! The stack's clock: the system's, moved forward by an offset that tests and people advance.
//!
//! Every process reads the offset from one small file, so that a function that is already running sees a move at once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Context, Error, Result};

/// The stack's own view of time, and the only one that moves it.
pub struct StackClock {
    file: PathBuf,
    offset_ms: AtomicI64,
    write: Mutex<()>,
}

impl StackClock {
    /// Starts with the offset that `file` holds, none where there is no file yet.
    pub fn open(file: PathBuf) -> Result<Self> {
        let offset = if file.exists() { read_offset(&file) } else { 0 };
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
        let _writing = self.write.lock().map_err(|_| Error::new("the clock is broken"))?;
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

/// Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds. Months and years have no fixed length.
pub fn parse_duration(text: &str) -> Result<TimeDelta> {
    let wrong = || Error::new(format!("`{text}` is no ISO 8601 duration such as P7D or PT20S"));
    let rest = text.strip_prefix('P').ok_or_else(wrong)?;
    let (mut seconds, mut number, mut in_time, mut units) = (0i64, String::new(), false, 0);
    for sign in rest.chars() {
        let unit = match (sign, in_time) {
            ('0'..='9', _) => {
                number.push(sign);
                continue;
            }
            ('T', false) if number.is_empty() => {
                in_time = true;
                continue;
            }
            ('W', false) => 604_800,
            ('D', false) => 86_400,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return Err(wrong()),
        };
        let count: i64 = number.parse().context(format!("`{text}` is no duration"))?;
        let part = count.checked_mul(unit).and_then(|part| seconds.checked_add(part));
        seconds = part.filter(|sum| *sum <= 100 * 366 * 86_400).ok_or_else(|| Error::new("too far ahead"))?;
        number.clear();
        units += 1;
    }
    if units == 0 || !number.is_empty() || rest.ends_with('T') {
        return Err(wrong());
    }
    Ok(TimeDelta::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_fixed_length_are_read() {
        for (text, seconds) in
            [("P7D", 604_800), ("PT0S", 0), ("P1W", 604_800), ("P1DT2H3M4S", 93_784), ("PT90M", 5_400)]
        {
            assert_eq!(parse_duration(text).unwrap().num_seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "7D",
            "P1Y",
            "P1M",
            "P7",
            "P-1D",
            "PT1D",
            "P1DT",
            "P99999999999999999999D",
            "P9999999D",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
