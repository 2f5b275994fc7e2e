//! Every zone's clocks, as chrono-tz has them, which reckons from tables that others made of the same database.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::iter::successors;

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::TZ_VARIANTS;
use zone::{UnknownZone, Zone};

/// Zones whose clocks change in uncommon ways: by half an hour, at midnight, for a month, in the other half of the year.
const UNCOMMON: [&str; 8] = [
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Chatham",
];

#[test]
fn clocks_show_what_chrono_tz_says() {
    // It has the release 2025b. The first change of clocks that was decided later is in September 2026, and what was known of
    // Moldova's past was put right.
    let corrected = |zone: &str| ["Europe/Chisinau", "Europe/Tiraspol"].contains(&zone);
    for other in TZ_VARIANTS.iter().filter(|other| !corrected(other.name())) {
        agree(*other, instants("2020-01-01T12:00:00Z", "2026-07-01T00:00:00Z", TimeDelta::hours(149)));
    }
}

#[test]
fn clocks_change_when_chrono_tz_says() {
    for other in TZ_VARIANTS.iter().filter(|other| UNCOMMON.contains(&other.name())) {
        agree(*other, instants("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z", TimeDelta::minutes(15)));
    }
}

fn agree(other: chrono_tz::Tz, instants: impl Iterator<Item = NaiveDateTime>) {
    let zone: Zone = other.name().parse().unwrap();
    for at in instants {
        let (is, was) = (zone.offset_from_utc_datetime(&at).fix(), other.offset_from_utc_datetime(&at).fix());
        assert_eq!(is, was, "{zone} {at} UTC");
        let (is, was) = (zone.from_local_datetime(&at), other.from_local_datetime(&at));
        assert_eq!(instants_of(is), instants_of(was), "{zone} {at} local");
    }
}

fn instants(from: &str, to: &str, step: TimeDelta) -> impl Iterator<Item = NaiveDateTime> {
    let [from, to] = [from, to].map(|at| at.parse::<DateTime<Utc>>().unwrap().naive_utc());
    successors(Some(from), move |at| Some(*at + step)).take_while(move |at| *at < to)
}

fn instants_of<Z: TimeZone>(result: LocalResult<DateTime<Z>>) -> Vec<i64> {
    let all = match result {
        LocalResult::None => vec![],
        LocalResult::Single(one) => vec![one],
        LocalResult::Ambiguous(one, other) => vec![one, other],
    };
    all.into_iter().map(|at| at.timestamp()).collect()
}

#[test]
fn a_zone_is_written_as_its_name() {
    let prague: Zone = "Europe/Prague".parse().unwrap();
    assert_eq!((prague.name(), prague.to_string().as_str()), ("Europe/Prague", "Europe/Prague"));
    assert_eq!(serde_json::to_string(&prague).unwrap(), r#""Europe/Prague""#);
    assert_eq!(serde_json::from_str::<Zone>(r#""Europe/Prague""#).unwrap(), prague);
    assert!(serde_json::from_str::<Zone>(r#""Europe/Atlantis""#).is_err());
}

#[test]
fn another_name_is_none() {
    for name in ["europe/prague", "Prague", "Europe/Prague ", "", "../etc/passwd", "CEST", "Factory"] {
        assert_eq!(name.parse::<Zone>(), Err(UnknownZone), "{name:?}");
    }
}

#[test]
fn years_outside_the_database_have_clocks_too() {
    let prague: Zone = "Europe/Prague".parse().unwrap();
    for at in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
        assert!(prague.offset_from_utc_datetime(&at).fix().local_minus_utc() > 0);
        assert_eq!(prague.from_local_datetime(&at), LocalResult::None);
    }
}

#[test]
fn rules_hold_in_years_to_come() {
    let prague: Zone = "Europe/Prague".parse().unwrap();
    let summer = "2399-07-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap().with_timezone(&prague);
    assert_eq!(summer.to_string(), "2399-07-01 14:00:00 +02:00");
    // From 2026 on, British Columbia keeps its summer time.
    let vancouver: Zone = "America/Vancouver".parse().unwrap();
    let winter = "2027-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap().with_timezone(&vancouver);
    assert_eq!(winter.to_string(), "2027-01-01 05:00:00 -07:00");
}
