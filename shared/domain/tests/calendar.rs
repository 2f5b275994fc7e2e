//! Business days and windows, by known dates and by properties over all countries and time zones.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::collections::BTreeMap;
use std::{fs, path::Path};

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use domain::calendar::{
    Country, CountryError, Locality, Region, RegionError, country_has_region, country_has_zone,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use zone::Zone;

const WINDOW: u32 = 5;

// Days.

#[test]
fn czech_holidays_of_july_2021_are_the_fifth_and_sixth() {
    let czechia = at("CZ");
    assert_eq!(holidays(&czechia, "2021-07-01", "2021-07-31"), ["2021-07-05", "2021-07-06"]);
}

#[test]
fn easter_monday_moves_with_the_year() {
    for monday in ["2020-04-13", "2021-04-05", "2026-04-06", "2035-03-26"] {
        assert!(at("CZ").is_holiday(day(monday)), "{monday}");
    }
    assert!(at("CZ").is_business_day(day("2026-04-07")));
}

#[test]
fn a_holiday_on_a_weekend_is_a_holiday_and_no_business_day() {
    let christmas_on_a_saturday = day("2027-12-25");
    assert!(at("CZ").is_holiday(christmas_on_a_saturday));
    assert!(!at("CZ").is_business_day(christmas_on_a_saturday));
}

#[test]
fn scotland_works_on_easter_monday_and_rests_on_the_second_of_january_and_england_the_other_way_round() {
    let (easter_monday, second_of_january) = (day("2026-04-06"), day("2026-01-02"));
    assert!(at("GB-SCT").is_business_day(easter_monday));
    assert!(at("GB-SCT").is_holiday(second_of_january));
    assert!(at("GB-ENG").is_holiday(easter_monday));
    assert!(at("GB-ENG").is_business_day(second_of_january));
}

#[test]
fn american_independence_day_is_observed_on_friday_if_on_saturday_and_on_monday_if_on_sunday() {
    assert!(!at("US").is_business_day(day("2026-07-03")));
    assert!(!at("US").is_business_day(day("2027-07-05")));
    assert!(at("US").is_business_day(day("2025-07-03")));
}

#[test]
fn bavaria_rests_on_epiphany_and_berlin_does_not() {
    let epiphany = day("2026-01-06");
    assert!(at("DE-BY").is_holiday(epiphany));
    assert!(at("DE-BE").is_business_day(epiphany));
    assert!(at("DE").is_business_day(epiphany));
    assert!(at("DE-BE").is_holiday(day("2026-03-08")), "women's day is Berlin's");
}

#[test]
fn a_region_that_lacks_a_national_holiday_works_on_it() {
    let columbus_day = day("2026-10-12");
    assert!(at("US").is_holiday(columbus_day));
    assert!(at("US-CA").is_business_day(columbus_day));
    assert!(at("US-NY").is_holiday(columbus_day));
}

#[test]
fn a_region_without_holidays_of_its_own_has_the_national_ones() {
    assert!(country_has_region(country("PL"), region("14")));
    assert_eq!(
        holidays(&at("PL-14"), "2026-01-01", "2026-12-31"),
        holidays(&at("PL"), "2026-01-01", "2026-12-31")
    );
}

#[test]
fn a_region_that_the_data_does_not_know_changes_nothing() {
    assert!(!country_has_region(country("DE"), region("ZZZ")));
    assert_eq!(
        holidays(&at("DE-ZZZ"), "2026-01-01", "2026-12-31"),
        holidays(&at("DE"), "2026-01-01", "2026-12-31")
    );
}

#[test]
fn the_emirates_moved_their_weekend_in_2022() {
    let emirates = at("AE");
    assert!(!emirates.is_business_day(day("2021-12-24")), "a Friday");
    assert!(emirates.is_business_day(day("2021-12-26")), "a Sunday");
    assert!(emirates.is_business_day(day("2022-01-07")), "a Friday");
    assert!(!emirates.is_business_day(day("2022-01-09")), "a Sunday");
}

#[test]
fn israel_rests_on_friday_and_saturday_and_works_on_sunday() {
    let working: Vec<_> =
        days("2026-01-04", "2026-01-10").filter(|day| at("IL").is_business_day(*day)).collect();
    assert_eq!(working, days("2026-01-04", "2026-01-08").collect::<Vec<_>>());
}

#[test]
fn a_region_may_have_a_weekend_of_its_own() {
    let (friday, sunday) = (day("2026-01-09"), day("2026-01-11"));
    assert!(at("MY").is_business_day(friday) && !at("MY").is_business_day(sunday));
    assert!(at("MY-02").is_business_day(sunday) && !at("MY-02").is_business_day(friday), "Kedah");
}

#[test]
fn a_region_without_a_weekend_of_its_own_has_the_national_one() {
    let (saturday, sunday) = (day("2026-01-10"), day("2026-01-11"));
    for place in ["DE-BY", "GB-SCT", "US-CA", "MY-10"] {
        assert!(!at(place).is_business_day(saturday) && !at(place).is_business_day(sunday), "{place}");
    }
}

#[test]
fn weekends_before_and_after_the_data_are_the_first_and_the_last_known() {
    assert!(!at("AE").is_business_day(day("1969-12-26")), "a Friday");
    assert!(!at("AE").is_business_day(day("2200-01-05")), "a Sunday");
}

#[test]
fn holidays_are_known_for_years_with_data_only() {
    for (place, date, known) in [
        ("CZ", "2019-12-31", false),
        ("CZ", "2020-01-01", true),
        ("CZ", "2035-12-31", true),
        ("CZ", "2036-01-01", false),
        ("LK", "2026-12-31", true),
        ("LK", "2027-01-01", false),
        // No days off under martial law, which may end: the data cannot know.
        ("UA", "2021-06-01", true),
        ("UA", "2026-06-01", false),
        ("IO", "2026-06-01", false),
    ] {
        assert_eq!(at(place).holidays_known(day(date)), known, "{place} {date}");
    }
}

#[test]
fn a_country_without_data_falls_back_to_weekends() {
    let territory = at("IO");
    let off: Vec<_> =
        days("2026-12-21", "2027-01-03").filter(|day| !territory.is_business_day(*day)).collect();
    assert_eq!(off, ["2026-12-26", "2026-12-27", "2027-01-02", "2027-01-03"].map(day));
    // Monday's notice, and no Christmas in between.
    assert_eq!(territory.end_of_business_day(utc("2026-12-21T12:00:00Z"), 5), utc("2026-12-28T18:00:00Z"));
}

// Windows.

#[test]
fn a_czech_window_across_christmas_and_new_year_takes_eleven_days() {
    // The 23rd, 29th, 30th, 31st and 2nd; 24 to 26 December and 1 January are holidays.
    assert_window("CZ", "2025-12-22T10:00:00Z", "2026-01-03T00:00:00+01:00");
}

#[test]
fn the_window_starts_the_day_after_however_early_the_notice() {
    assert_window("CZ", "2026-02-01T23:00:00Z", "2026-02-10T00:00:00+01:00");
    assert_window("CZ", "2026-02-02T22:59:59Z", "2026-02-10T00:00:00+01:00");
    assert_window("CZ", "2026-02-02T23:00:00Z", "2026-02-11T00:00:00+01:00");
}

#[test]
fn a_window_across_a_change_of_clocks_ends_at_the_new_midnight() {
    assert_window("CZ", "2026-03-25T10:00:00Z", "2026-04-02T00:00:00+02:00");
    assert_window("CZ", "2026-10-21T10:00:00Z", "2026-10-30T00:00:00+01:00");
}

#[test]
fn an_american_window_leaves_out_thanksgiving() {
    assert_window("US@America/New_York", "2026-11-20T15:00:00Z", "2026-12-01T00:00:00-05:00");
}

#[test]
fn a_window_in_israel_counts_sunday() {
    assert_window("IL", "2026-01-08T10:00:00Z", "2026-01-16T00:00:00+02:00");
}

#[test]
fn a_window_in_the_emirates_counts_by_the_weekend_of_each_week() {
    // Sunday 26 to Thursday 30 December 2021, a week later Monday 3 to Friday 7 January 2022.
    assert_window("AE", "2021-12-23T10:00:00Z", "2021-12-31T00:00:00+04:00");
    assert_window("AE", "2021-12-31T10:00:00Z", "2022-01-08T00:00:00+04:00");
}

#[test]
fn a_midnight_that_the_clock_skips_is_the_first_instant_after_it() {
    // On Friday 24 April 2026 Cairo's clock goes from 23:59:59 to 01:00.
    assert_window("EG", "2026-04-16T10:00:00Z", "2026-04-24T01:00:00+03:00");
}

#[test]
fn a_midnight_that_the_clock_shows_twice_is_the_later_one() {
    // On Sunday 2 November 2025 Havana's clock went from 00:59:59 to 00:00. Saturday is a business day in Hong Kong only.
    assert_window("HK@America/Havana", "2025-10-26T15:00:00Z", "2025-11-02T00:00:00-05:00");
}

#[test]
fn a_day_that_the_calendar_skips_is_no_business_day() {
    // Samoa went from Thursday 29 to Saturday 31 December 2011.
    let samoa = at("WS");
    let notice = utc("2011-12-28T12:00:00-10:00");
    let thursday_ends = utc("2011-12-31T00:00:00+14:00");
    assert_eq!(samoa.end_of_business_day(notice, 1), thursday_ends);
    assert_eq!(samoa.end_of_business_day(notice, 2), utc("2012-01-03T00:00:00+14:00"));
    assert_eq!(samoa.business_morning_before(thursday_ends, 1), utc("2011-12-28T09:00:00-10:00"));
}

#[test]
fn a_later_notice_never_ends_earlier_where_clocks_go_back_across_midnight() {
    // On Sunday 7 November 2010 Newfoundland's clock went from 00:01 back to 23:01 of the 6th. Israel works on Sundays.
    let newfoundland = at("IL@America/St_Johns");
    let mut last = None;
    for minute in 0..240 {
        let end =
            newfoundland.end_of_business_day(utc("2010-11-07T01:00:30Z") + TimeDelta::minutes(minute), 1);
        assert!(last <= Some(end), "minute {minute}");
        last = Some(end);
    }
}

#[test]
fn day_zero_of_a_window_is_the_day_of_the_notice() {
    let end = at("CZ").end_of_business_day(utc("2026-02-07T10:00:00Z"), 0);
    assert_eq!(end, utc("2026-02-08T00:00:00+01:00"));
}

#[test]
fn a_window_beyond_all_days_ends_with_the_last_instant() {
    let late = utc("2026-01-01T00:00:00Z").with_year(262_142).expect("chrono's last year");
    assert_eq!(at("CZ").end_of_business_day(late, 400), DateTime::<Utc>::MAX_UTC);
}

// Reminders.

#[test]
fn the_reminder_is_on_the_morning_of_the_business_day_before_the_last() {
    let end = utc("2026-01-03T00:00:00+01:00");
    assert_eq!(at("CZ").business_morning_before(end, 1), utc("2025-12-31T09:00:00+01:00"));
    assert_eq!(at("CZ").business_morning_before(end, 0), utc("2026-01-02T09:00:00+01:00"));
    assert_eq!(at("CZ").business_morning_before(end, 4), utc("2025-12-23T09:00:00+01:00"));
}

#[test]
fn the_reminder_of_a_deadline_at_a_skipped_or_doubled_midnight_counts_from_the_day_before_it() {
    let cairo = at("EG").business_morning_before(utc("2026-04-24T01:00:00+03:00"), 1);
    assert_eq!(cairo, utc("2026-04-22T09:00:00+02:00"));
    let havana = at("HK@America/Havana").business_morning_before(utc("2025-11-02T00:00:00-05:00"), 1);
    assert_eq!(havana, utc("2025-10-31T09:00:00-04:00"));
}

#[test]
fn the_reminder_of_a_deadline_within_a_day_counts_from_that_day() {
    let reminder = at("CZ").business_morning_before(utc("2026-02-05T15:00:00+01:00"), 1);
    assert_eq!(reminder, utc("2026-02-04T09:00:00+01:00"));
}

// Without a time zone.

#[test]
fn without_a_time_zone_midnight_is_the_westernmost() {
    for (place, zone) in [
        ("US", Zone::known("Pacific/Honolulu")),
        ("CA", Zone::known("America/Creston")),
        ("ES", Zone::known("Atlantic/Canary")),
        ("PT", Zone::known("Atlantic/Azores")),
        ("CZ", Zone::known("Europe/Prague")),
    ] {
        assert_eq!(at(place).time_zone, zone, "{place}");
    }
}

#[test]
fn without_a_time_zone_the_notice_counts_from_the_easternmost_day() {
    // It is 7 July in New York and still the 6th in Honolulu: the window is the 8th to the 14th in both.
    assert_window("US", "2026-07-07T05:00:00Z", "2026-07-15T00:00:00-10:00");
    assert_window("US@Pacific/Honolulu", "2026-07-07T05:00:00Z", "2026-07-14T00:00:00-10:00");
}

#[test]
fn no_midnight_is_later_than_the_western_nor_earlier_than_the_eastern_one_of_the_country() {
    for (code, zones) in zones_by_country().into_iter().filter(|(_, zones)| zones.len() > 1) {
        let (west, east) = (zones[0], zones[zones.len() - 1]);
        // Until March 2026 British Columbia put its clocks back in winter, behind those of Creston.
        for day in days("2026-04-01", "2036-12-31") {
            for zone in &zones {
                assert!(latest_midnight(west, day) >= latest_midnight(*zone, day), "{code} {zone} {day}");
                assert!(latest_midnight(east, day) <= latest_midnight(*zone, day), "{code} {zone} {day}");
            }
        }
    }
}

#[test]
fn whether_a_time_zone_was_given_survives_serialization() {
    let given = at("US-CA@Pacific/Honolulu");
    let not_given = at("US-CA");
    assert_eq!(given.time_zone, not_given.time_zone);
    assert_ne!(given, not_given);
    for (locality, json) in [
        (given, r#"{"country":"US","region":"CA","time_zone":"Pacific/Honolulu"}"#),
        (not_given, r#"{"country":"US","region":"CA"}"#),
        (at("CZ"), r#"{"country":"CZ"}"#),
    ] {
        assert_eq!(serde_json::to_string(&locality).unwrap(), json);
        assert_eq!(serde_json::from_str::<Locality>(json).unwrap(), locality);
    }
}

// Codes.

#[test]
fn a_country_is_two_capital_letters_that_exist() {
    for text in ["", "C", "cz", "CZE", "C1", "Č", " CZ"] {
        assert_eq!(text.parse::<Country>(), Err(CountryError::NotTwoCapitals), "{text:?}");
    }
    for text in ["XX", "ZZ", "UK", "EU", "XK", "BV", "HM"] {
        assert_eq!(text.parse::<Country>(), Err(CountryError::DoesNotExist), "{text:?}");
    }
    assert_eq!(Country::try_from("CZ".to_owned()).unwrap().to_string(), "CZ");
    assert!(serde_json::from_str::<Country>(r#""cz""#).is_err());
}

#[test]
fn a_region_is_one_to_three_capital_letters_or_digits() {
    for text in ["", "ABCD", "0123"] {
        assert_eq!(text.parse::<Region>(), Err(RegionError::Length), "{text:?}");
    }
    for text in ["by", "A-B", " ", "Č", "A\0"] {
        assert_eq!(text.parse::<Region>(), Err(RegionError::Character), "{text:?}");
    }
    for text in ["A", "BY", "SCT", "01", "6AE"] {
        assert_eq!(String::from(region(text)), text);
    }
}

#[test]
fn countries_and_regions_are_ordered_by_code() {
    let codes: Vec<_> = Country::all().map(Country::as_str).collect();
    assert!(codes.is_sorted() && codes.len() == 247, "{}", codes.len());
    assert!(Country::all().is_sorted());
    assert!(region("A") < region("AB") && region("AB") < region("B"));
}

// Data.

#[test]
fn every_line_of_the_data_is_in_the_tables_and_nothing_else_is() {
    let mut lines = 0;
    let mut off = BTreeMap::<(String, i32), usize>::new();
    for line in data("holidays.csv") {
        let [code, part, date, kind, _] =
            <[&str; 5]>::try_from(line.splitn(5, ',').collect::<Vec<_>>()).unwrap();
        let place = if part.is_empty() { code.to_owned() } else { format!("{code}-{part}") };
        assert!(part.is_empty() || country_has_region(country(code), region(part)), "{line}");
        if kind.is_empty() {
            continue;
        }
        assert_eq!(at(&place).is_holiday(day(date)), kind == "off", "{line}");
        assert!(at(code).holidays_known(day(date)) || !part.is_empty(), "{line}");
        if part.is_empty() {
            *off.entry((place, day(date).year())).or_default() += 1;
        }
        lines += 1;
    }
    assert!(lines > 50_000, "{lines}");
    for country in Country::all() {
        let locality = at(country.as_str());
        for year in 2018..=2037 {
            let found = holidays(&locality, &format!("{year}-01-01"), &format!("{year}-12-31")).len();
            assert_eq!(
                off.get(&(country.to_string(), year)).copied().unwrap_or(0),
                found,
                "{country} {year}"
            );
        }
    }
}

#[test]
fn the_data_is_made_with_the_time_zones_that_are_compiled_in() {
    let generator = fs::read_to_string(data_path("generate_holidays.py")).unwrap();
    // The package 2026.6 holds the release 2026f.
    assert_eq!(zone::IANA, Some("2026f"));
    assert!(generator.contains(r#""tzdata": "2026.6""#));
}

#[test]
fn every_country_has_its_time_zones() {
    for line in data("countries.csv") {
        let fields: Vec<_> = line.splitn(5, ',').collect();
        for zone in fields[3].split_whitespace() {
            let zone = zone.parse::<Zone>();
            assert!(zone.is_ok_and(|zone| country_has_zone(country(fields[0]), zone)), "{line}");
        }
    }
}

// Properties.

#[test]
fn a_window_keeps_its_promises_in_every_country_and_every_zone() {
    // Around New Year, and around most changes of clocks.
    let notices =
        ["2025-12-23T23:30:00Z", "2026-03-23T04:15:00Z", "2026-10-20T13:00:00Z", "2027-04-25T21:59:59Z"];
    for country in Country::all() {
        for notice in notices {
            assert_promises(&Locality::new(country, None, None), utc(notice), WINDOW);
        }
    }
    for (country, zone) in Country::all().collect::<Vec<_>>().into_iter().cycle().zip(Zone::all()) {
        for notice in notices {
            assert_promises(&Locality::new(country, None, Some(zone)), utc(notice), WINDOW);
        }
    }
}

proptest! {
    // The same cases at every run, and no files for those that failed.
    #![proptest_config(ProptestConfig {
        cases: 3000, rng_seed: RngSeed::Fixed(20_260_101), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_window_holds_exactly_its_business_days_and_ends_at_local_midnight(
        locality in localities(), from in instants(), n in 1u32..=15,
    ) {
        assert_promises(&locality, from, n);
    }

    #[test]
    fn a_later_notice_never_ends_earlier(
        locality in localities(), from in instants(), later in 0i64..=14 * 86_400, n in 1u32..=15,
    ) {
        let later = from + TimeDelta::seconds(later);
        prop_assert!(locality.end_of_business_day(from, n) <= locality.end_of_business_day(later, n));
    }

    #[test]
    fn one_business_day_more_ends_later(locality in localities(), from in instants(), n in 0u32..=15) {
        prop_assert!(locality.end_of_business_day(from, n) < locality.end_of_business_day(from, n + 1));
    }

    #[test]
    fn without_a_time_zone_no_zone_of_the_country_gets_less(
        (country, zone) in zones_of_countries(), from in instants_to_come(), n in 1u32..=15,
    ) {
        let without = Locality::new(country, None, None).end_of_business_day(from, n);
        let with = Locality::new(country, None, Some(zone)).end_of_business_day(from, n);
        prop_assert!(without >= with, "{country} {zone}: {without} {with}");
    }
}

/// What holds for each window and its reminder, by chrono's own reckoning of local time.
#[track_caller]
fn assert_promises(locality: &Locality, from: DateTime<Utc>, n: u32) {
    let zone = locality.time_zone;
    let end = locality.end_of_business_day(from, n);
    let context = format!("{locality:?} {from} {n}: {end}");

    // It ends at the local midnight after a business day.
    let local_end = end.with_timezone(&zone);
    let midnight = local_end.date_naive().and_time(NaiveTime::MIN);
    match zone.from_local_datetime(&midnight).latest() {
        Some(latest) => assert_eq!(latest, end, "{context}"),
        None => {
            let before = (end - TimeDelta::seconds(1)).with_timezone(&zone);
            assert!(before.naive_local() < midnight && midnight < local_end.naive_local(), "{context}");
        }
    }
    let last = local_end.date_naive().pred_opt().unwrap();
    assert!(locality.is_business_day(last), "{context}");

    // It holds n business days in full.
    let notice = from.with_timezone(&zone).date_naive();
    let full = notice
        .iter_days()
        .skip(1)
        .take_while(|day| *day <= last)
        .filter(|day| locality.is_business_day(*day));
    let full = u32::try_from(full.count()).unwrap();
    if *locality == Locality::new(locality.country, locality.region, Some(zone)) {
        assert_eq!(full, n, "{context}");
    } else {
        // The country's other zones may already have been on the next day.
        assert!(full == n || full == n + 1, "{context}: {full}");
    }

    // The reminder is on the morning of the business day before the last.
    let reminder = locality.business_morning_before(end, 1);
    let local = reminder.with_timezone(&zone);
    assert!(reminder < end && (n < 2 || reminder > from), "{context}: {reminder}");
    assert_eq!((local.hour(), local.minute(), local.second()), (9, 0, 0), "{context}: {local}");
    assert!(locality.is_business_day(local.date_naive()), "{context}: {local}");
    let between = local.date_naive().iter_days().skip(1).take_while(|day| *day < last);
    assert_eq!(between.filter(|day| locality.is_business_day(*day)).count(), 0, "{context}: {local}");
}

#[track_caller]
fn assert_window(place: &str, notice: &str, end: &str) {
    let found = at(place).end_of_business_day(utc(notice), WINDOW);
    assert_eq!(found, utc(end), "five business days in {place} after {notice}");
}

/// All countries, with and without region and time zone, in any combination.
fn localities() -> impl Strategy<Value = Locality> {
    let mut places: Vec<(Country, Option<Region>)> = Country::all().map(|country| (country, None)).collect();
    for line in data("holidays.csv") {
        let mut fields = line.split(',');
        let (code, part) = (fields.next().unwrap(), fields.next().unwrap());
        if !part.is_empty() && places.last().is_none_or(|(_, last)| *last != Some(region(part))) {
            places.push((country(code), Some(region(part))));
        }
    }
    let zones = proptest::option::of(proptest::sample::select(Zone::all().collect::<Vec<_>>()));
    (proptest::sample::select(places), zones)
        .prop_map(|((country, region), zone)| Locality::new(country, region, zone))
}

/// The countries that have several, each with one of them.
fn zones_of_countries() -> impl Strategy<Value = (Country, Zone)> {
    let several = zones_by_country().into_iter().filter(|(_, zones)| zones.len() > 1);
    let pairs = several.flat_map(|(code, zones)| zones.into_iter().map(move |zone| (country(&code), zone)));
    proptest::sample::select(pairs.collect::<Vec<_>>())
}

/// Within the data and some years around it.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    seconds("2015-01-01T00:00:00Z", "2040-01-01T00:00:00Z")
}

/// In the past, zones of some countries have changed places.
fn instants_to_come() -> impl Strategy<Value = DateTime<Utc>> {
    seconds("2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z")
}

fn seconds(from: &str, to: &str) -> impl Strategy<Value = DateTime<Utc>> {
    (utc(from).timestamp()..utc(to).timestamp())
        .prop_map(|second| DateTime::from_timestamp(second, 0).unwrap())
}

/// `"DE"`, `"DE-BY"`, `"US@America/New_York"` or `"US-NY@America/New_York"`.
#[track_caller]
fn at(place: &str) -> Locality {
    let (place, zone) = place.split_once('@').map_or((place, None), |(place, zone)| (place, Some(zone)));
    let (code, part) = place.split_once('-').map_or((place, None), |(code, part)| (code, Some(part)));
    Locality::new(country(code), part.map(region), zone.map(|zone| zone.parse().unwrap()))
}

#[track_caller]
fn country(code: &str) -> Country {
    code.parse().unwrap()
}

#[track_caller]
fn region(code: &str) -> Region {
    code.parse().unwrap()
}

#[track_caller]
fn day(date: &str) -> NaiveDate {
    date.parse().unwrap()
}

#[track_caller]
fn utc(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

fn days(first: &str, last: &str) -> impl Iterator<Item = NaiveDate> {
    let last = day(last);
    day(first).iter_days().take_while(move |day| *day <= last)
}

fn holidays(locality: &Locality, first: &str, last: &str) -> Vec<String> {
    days(first, last).filter(|day| locality.is_holiday(*day)).map(|day| day.to_string()).collect()
}

fn latest_midnight(zone: Zone, day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    // No gap is longer than an hour in the years asked for, and none starts before midnight.
    let found = zone.from_local_datetime(&local).latest();
    found.unwrap_or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).unwrap()).to_utc()
}

fn zones_by_country() -> BTreeMap<String, Vec<Zone>> {
    let mut found = BTreeMap::new();
    for line in data("countries.csv") {
        let fields: Vec<_> = line.splitn(5, ',').collect();
        if fields[1].is_empty() {
            found.insert(
                fields[0].to_owned(),
                fields[3].split(' ').map(|zone| zone.parse().unwrap()).collect(),
            );
        }
    }
    found
}

/// The lines of a file below its comment and header.
fn data(name: &str) -> Vec<String> {
    let text = fs::read_to_string(data_path(name)).unwrap();
    text.lines().skip(2).map(str::to_owned).collect()
}

fn data_path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/data").join(name)
}
