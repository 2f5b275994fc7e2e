//! Business days where the customer is, and the instants at which windows of them end.
//!
//! Nothing here reads a clock: instants are arguments, in UTC. Days are local ones, in the customer's time zone. The data
//! is compiled in from infra/data by build.rs; `infra/data/README.md` says where it comes from and what it leaves out.
//!
//! A window errs on one side only, the longer one, because it is the customer's time to object:
//! - a midnight that the clock shows twice is the later of the two,
//! - without a time zone, the day of the notice is the one in the easternmost zone of the country, and the window's end is
//!   midnight in the westernmost, so that it holds the full days in every zone between,
//! - weekend days that a government declares to be working days are weekend days.

use std::fmt;
use std::iter::successors;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use serde::{Deserialize, Serialize};
use table::{COUNT, COUNTRIES, CountryData, Place};
use zone::Zone;

use crate::value::field::{Field, Invalid};

/// A country by its ISO 3166-1 alpha-2 code: two capital letters that exist, such as `CZ`.
///
/// Those without inhabitants (`BV`, `HM`) and user-assigned codes (`XK`) are not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(
    /// The index in `COUNTRIES`, which is sorted by code, so that the order is that of the codes.
    u8,
);

/// Why a text is not a [`Country`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountryError {
    /// Not two letters from A to Z.
    #[error("a country is two capital letters (ISO 3166-1 alpha-2)")]
    NotTwoCapitals,
    /// Two capital letters that name no inhabited country.
    #[error("there is no country with this code in ISO 3166-1")]
    DoesNotExist,
}

/// A region of a country: what follows the hyphen in its ISO 3166-2 code, such as `SCT` of `GB-SCT` or `BY` of `DE-BY`.
///
/// Any code of the right form is one; whether the calendar knows it is [`country_has_region`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(
    /// ASCII, filled up with zeros.
    [u8; 3],
);

/// Why a text is not a [`Region`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// Empty, or longer than three characters.
    #[error("a region is one to three characters: what follows the hyphen in its ISO 3166-2 code")]
    Length,
    /// A character other than A to Z and 0 to 9.
    #[error("a region is made of capital letters and digits only")]
    Character,
}

/// Where the customer is: decides calendar and time zone.
///
/// Serialized as what was given, without a time zone if none was: a zone that is only the country's default has to be
/// known as such, because the window is longer then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "StoredLocality", into = "StoredLocality")]
pub struct Locality {
    /// Decides weekends, holidays, and the time zone if none was given.
    pub country: Country,
    /// Changes the country's holidays, for some also the weekend; one that the data does not know changes nothing.
    pub region: Option<Region>,
    /// Where local midnight is: the zone given, or the westernmost of the country.
    pub time_zone: Zone,
    /// Whether `time_zone` was given.
    zone_given: bool,
}

impl Locality {
    /// A locality; without a time zone it counts in all zones of the country at once, as the module says.
    pub fn new(country: Country, region: Option<Region>, time_zone: Option<Zone>) -> Self {
        let zone_given = time_zone.is_some();
        Self { country, region, time_zone: time_zone.unwrap_or(country.data().west), zone_given }
    }

    /// Whether people work on a local day: neither weekend nor holiday.
    ///
    /// Where [holidays are not known](Self::holidays_known), any day but the weekend's.
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !self.is_weekend(day) && !self.is_holiday(day)
    }

    /// Whether a local day is a public holiday, also when it falls on a weekend.
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        let Some(day) = day_number(day) else { return false };
        let national = self.country.data().place.off.binary_search(&day).is_ok();
        self.region_place().map_or(national, |region| {
            region.off.binary_search(&day).is_ok() || (national && region.work.binary_search(&day).is_err())
        })
    }

    /// Whether there is holiday data for the country in the year of a local day.
    ///
    /// If not, only weekends are counted, and the caller has to say so.
    pub fn holidays_known(&self, day: NaiveDate) -> bool {
        let year = |day: &u16| date_of(*day).year();
        let off = self.country.data().place.off;
        off.get(off.partition_point(|other| year(other) < day.year()))
            .is_some_and(|next| year(next) == day.year())
    }

    /// The day that it is at the customer: the earliest and the latest that it can be, which differ where no time zone was
    /// given and the country has several.
    pub fn today(&self, now: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
        let latest = if self.zone_given { self.time_zone } else { self.country.data().east };
        (day_of(self.time_zone, now), day_of(latest, now))
    }

    /// The instant at which the `n`-th full business day after the local day of `from` ends.
    ///
    /// It is the first instant that no longer belongs to the window: the local midnight that starts the following day, the
    /// later one if the clock shows it twice, or the first instant after it if the clock skips it. The window starts the day
    /// after `from`, however early on its day `from` is. `n` counts from 1; with 0 the day of `from` itself ends.
    pub fn end_of_business_day(&self, from: DateTime<Utc>, n: u32) -> DateTime<Utc> {
        let first = if self.zone_given { self.time_zone } else { self.country.data().east };
        let day_of_notice = day_of(first, from);
        let last = match n.checked_sub(1) {
            None => Some(day_of_notice),
            Some(before) => successors(day_of_notice.succ_opt(), NaiveDate::succ_opt)
                .filter(|day| self.is_business_day(*day) && self.exists(*day))
                .nth(before as usize),
        };
        let following = last.and_then(|last| last.succ_opt());
        following.map_or(DateTime::<Utc>::MAX_UTC, |day| start_of(self.time_zone, day))
    }

    /// 09:00 local time on the business day that lies `n` business days before the last day of the window that ends at
    /// `deadline`.
    ///
    /// A reminder is due with `n` = 1. With `n` = 0 it is the window's last day itself.
    pub fn business_morning_before(&self, deadline: DateTime<Utc>, n: u32) -> DateTime<Utc> {
        let backwards = |day| successors(Some(day), NaiveDate::pred_opt);
        // More than one step only where the calendar skipped a day, as that of Samoa did.
        let last =
            backwards(day_of(self.time_zone, deadline)).find(|day| start_of(self.time_zone, *day) < deadline);
        let morning = last.and_then(|last| match n.checked_sub(1) {
            None => Some(last),
            Some(between) => backwards(last)
                .skip(1)
                .filter(|day| self.is_business_day(*day) && self.exists(*day))
                .nth(between as usize),
        });
        morning.map_or(DateTime::<Utc>::MIN_UTC, |day| instant_of(self.time_zone, day.and_time(MORNING)))
    }

    fn is_weekend(&self, day: NaiveDate) -> bool {
        let national = self.country.data().place.weekends;
        let weekends =
            self.region_place().map(|place| place.weekends).filter(|own| !own.is_empty()).unwrap_or(national);
        // Before the first day that has a number, the first weekend holds; after the last, the last.
        let day_number = day_number(day).unwrap_or(if day < EPOCH { 0 } else { u16::MAX });
        let current = weekends.iter().rev().find(|(from, _)| *from <= day_number);
        current.is_some_and(|(_, days)| days & (1 << day.weekday().num_days_from_monday()) != 0)
    }

    /// Whether the clock showed the day at all: Samoa had no 30 December 2011.
    fn exists(&self, day: NaiveDate) -> bool {
        day.succ_opt().is_some_and(|next| start_of(self.time_zone, day) < start_of(self.time_zone, next))
    }

    fn region_place(&self) -> Option<&'static Place> {
        self.country.region(self.region?)
    }
}

/// Whether a time zone lies between the country's westernmost and easternmost, in winter and in summer. Another one
/// would end a customer's window before its day has ended, or begin it late.
///
/// In 2035, the year by which the data puts the zones of a country in their order: in the years before, some change places.
pub fn country_has_zone(country: Country, zone: Zone) -> bool {
    let data = country.data();
    let seasons = [DateTime::from_timestamp(2_052_432_000, 0), DateTime::from_timestamp(2_068_070_400, 0)];
    seasons.into_iter().flatten().all(|at| {
        let clock = |zone: Zone| at.with_timezone(&zone).naive_local();
        (clock(data.west)..=clock(data.east)).contains(&clock(zone))
    })
}

/// Whether the calendar knows the region, if only to know that it has no holidays of its own.
pub fn country_has_region(country: Country, region: Region) -> bool {
    country.region(region).is_some()
}

impl Country {
    /// The code, such as `CZ`.
    pub fn as_str(self) -> &'static str {
        self.data().code
    }

    /// All countries there are, by code.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..COUNT).map(Self)
    }

    fn data(self) -> &'static CountryData {
        &COUNTRIES[usize::from(self.0)]
    }

    fn region(self, region: Region) -> Option<&'static Place> {
        let regions = self.data().regions;
        let index = regions.binary_search_by_key(&region.as_str(), |(code, _)| code).ok()?;
        Some(&regions[index].1)
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(CountryError::NotTwoCapitals);
        }
        let index = COUNTRIES.binary_search_by_key(&text, |country| country.code).ok();
        index.and_then(|index| u8::try_from(index).ok()).map(Self).ok_or(CountryError::DoesNotExist)
    }
}

impl Region {
    /// The code, such as `SCT`.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        str::from_utf8(&self.0[..length]).expect("a region is parsed from ASCII")
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        if !text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Err(RegionError::Character);
        }
        let mut code = [0; 3];
        match code.get_mut(..text.len()) {
            Some(start) if !text.is_empty() => start.copy_from_slice(text.as_bytes()),
            _ => return Err(RegionError::Length),
        }
        Ok(Self(code))
    }
}

/// The traits that both codes have because they are text outside.
macro_rules! code {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
    };
}

code!(Country, CountryError);

code!(Region, RegionError);

/// A [`Locality`] as it is written down.
#[derive(Serialize, Deserialize)]
struct StoredLocality {
    country: Country,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<Zone>,
}

impl From<StoredLocality> for Locality {
    fn from(StoredLocality { country, region, time_zone }: StoredLocality) -> Self {
        Self::new(country, region, time_zone)
    }
}

impl From<Locality> for StoredLocality {
    fn from(Locality { country, region, time_zone, zone_given }: Locality) -> Self {
        Self { country, region, time_zone: zone_given.then_some(time_zone) }
    }
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("1 January is a date");

const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("09:00 is a time");

/// The tables' number of a day, which those outside 1970 to 2149 do not have.
fn day_number(day: NaiveDate) -> Option<u16> {
    u16::try_from(day.signed_duration_since(EPOCH).num_days()).ok()
}

fn date_of(day_number: u16) -> NaiveDate {
    EPOCH + TimeDelta::days(day_number.into())
}

/// The local day of an instant, or the following day if that has already been on the clock.
///
/// The latter is so where clocks were set back across midnight (as in Newfoundland until 2011), and keeps a later notice
/// from getting an earlier deadline.
fn day_of(zone: Zone, instant: DateTime<Utc>) -> NaiveDate {
    let day = instant.with_timezone(&zone).date_naive();
    let Some(next) = day.succ_opt() else { return day };
    match zone.from_local_datetime(&next.and_time(NaiveTime::MIN)).earliest() {
        Some(seen) if seen <= instant => next,
        _ => day,
    }
}

/// Where one local day ends and the next begins.
fn start_of(zone: Zone, day: NaiveDate) -> DateTime<Utc> {
    instant_of(zone, day.and_time(NaiveTime::MIN))
}

/// The instant at which the clock shows a local time, the later one if there are two; if it skips the time, the first
/// instant after it.
fn instant_of(zone: Zone, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => instant.with_timezone(&Utc),
        LocalResult::Ambiguous(one, other) => one.max(other).with_timezone(&Utc),
        LocalResult::None => after_gap(zone, local),
    }
}

/// The instant at which the clock jumps over a local time.
///
/// Found by halving, as chrono does not name transitions: they happen on whole seconds, and two days are more than any
/// offset and gap together.
fn after_gap(zone: Zone, local: NaiveDateTime) -> DateTime<Utc> {
    let instant = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
    let about = local.and_utc().timestamp();
    let (mut before, mut after) = (about - 2 * 86_400, about + 2 * 86_400);
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        if instant(middle).with_timezone(&zone).naive_local() < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    instant(after)
}

/// What build.rs makes of infra/data. Days are numbered from 1970-01-01 and sorted.
mod table {
    use zone::Zone;

    pub(super) struct CountryData {
        pub(super) code: &'static str,
        /// The zone with the smallest UTC offset.
        pub(super) west: Zone,
        /// The zone with the largest UTC offset.
        pub(super) east: Zone,
        pub(super) place: Place,
        /// Sorted by code.
        pub(super) regions: &'static [(&'static str, Place)],
    }

    /// A country, or what is different in a region of it.
    pub(super) struct Place {
        /// From which day on which days of the week, as bits (Monday the lowest); empty in a region that has the country's.
        pub(super) weekends: &'static [(u16, u8)],
        /// The public holidays.
        pub(super) off: &'static [u16],
        /// The national holidays that the region does not have.
        pub(super) work: &'static [u16],
    }

    include!(concat!(env!("OUT_DIR"), "/calendar.rs"));
}

impl Field for Zone {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse().map_err(|_| {
            Invalid::new(
                "invalid_time_zone",
                "must be a time zone of the IANA database such as Europe/Prague",
            )
        })
    }
}

impl Field for Country {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse().map_err(|_| {
            Invalid::new(
                "invalid_country",
                "must be a country's two-letter code such as CZ (ISO 3166-1 alpha-2)",
            )
        })
    }
}

impl Field for Region {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse().map_err(|_| {
            Invalid::new("invalid_region", "must be the second part of an ISO 3166-2 code such as SCT")
        })
    }
}
