//! Compiles infra/data/countries.csv and holidays.csv to the static tables that `src/calendar.rs` includes.
//!
//! Both files are checked here, so that the calendar can rely on sorted days and on weeks with a working day.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../infra/data");
    println!("cargo::rerun-if-changed=build.rs");

    let mut countries = BTreeMap::<String, Country>::new();
    read(
        &data.join("countries.csv"),
        "country,region,weekend,time_zones,name",
        |[country, region, weekend, zones, _]| {
            let weekends = parse_weekends(weekend)?;
            if region.is_empty() {
                let zones = zones.split_whitespace().map(zone_literal).collect::<Vec<_>>();
                let (Some(west), Some(east)) = (zones.first().cloned(), zones.last().cloned()) else {
                    return Err("no time zone".into());
                };
                let place = Place { weekends, ..Place::default() };
                countries.insert(country.into(), Country { west, east, place, regions: BTreeMap::new() });
            } else {
                let country = countries.get_mut(country).ok_or("region before its country")?;
                country.regions.entry(region.into()).or_default().weekends = weekends;
            }
            Ok(())
        },
    )?;
    read(&data.join("holidays.csv"), "country,region,date,day,name", |[country, region, date, day, _]| {
        let country = countries.get_mut(country).ok_or("not in countries.csv")?;
        let place = match region {
            "" => &mut country.place,
            _ => country.regions.entry(region.into()).or_default(),
        };
        match day {
            "off" => push(&mut place.off, day_number(date)?),
            "work" if !region.is_empty() => push(&mut place.work, day_number(date)?),
            "" if date.is_empty() && !region.is_empty() => Ok(()),
            _ => Err(format!("{day:?} is not a kind of day").into()),
        }
    })?;

    fs::write(Path::new(&env::var("OUT_DIR")?).join("calendar.rs"), tables(&countries)?)?;
    Ok(())
}

struct Country {
    west: String,
    east: String,
    place: Place,
    regions: BTreeMap<String, Place>,
}

/// What `calendar.rs` calls the same.
#[derive(Default)]
struct Place {
    /// The day from which it holds, and the weekend's days as bits, Monday the lowest.
    weekends: Vec<(u16, u8)>,
    off: Vec<u16>,
    work: Vec<u16>,
}

fn tables(countries: &BTreeMap<String, Country>) -> Result<String, Box<dyn Error>> {
    let count = u8::try_from(countries.len())?;
    let mut out = format!("pub(super) const COUNT: u8 = {count};\n");
    out.push_str("pub(super) static COUNTRIES: [CountryData; COUNT as usize] = [\n");
    for (code, Country { west, east, place, regions }) in countries {
        write!(out, "CountryData {{ code: {code:?}, west: {west}, east: {east}, place: {}", literal(place))?;
        out.push_str(", regions: &[");
        for (code, place) in regions {
            write!(out, "({code:?}, {}), ", literal(place))?;
        }
        out.push_str("] },\n");
    }
    out.push_str("];\n");
    Ok(out)
}

fn literal(Place { weekends, off, work }: &Place) -> String {
    format!("Place {{ weekends: &{weekends:?}, off: &{off:?}, work: &{work:?} }}")
}

/// Gives each line's fields to `row`; the last field is a name and may hold commas.
fn read(
    path: &PathBuf,
    header: &str,
    mut row: impl FnMut([&str; 5]) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    if lines.next().map(|(_, line)| line) != Some(header) {
        return Err(format!("{}: the header is not {header}", path.display()).into());
    }
    for (index, line) in lines {
        let fields = line.splitn(5, ',').collect::<Vec<_>>();
        <[&str; 5]>::try_from(fields)
            .map_err(|_| "fewer than five fields".into())
            .and_then(&mut row)
            .map_err(|error| format!("{}:{}: {error}", path.display(), index + 1))?;
    }
    Ok(())
}

fn push(days: &mut Vec<u16>, day: u16) -> Result<(), Box<dyn Error>> {
    if days.last().is_some_and(|last| *last >= day) {
        return Err("not sorted by date".into());
    }
    days.push(day);
    Ok(())
}

/// `"FRI+SAT 2022-01-01:SAT+SUN"`: a weekend, then later ones with the day from which they hold.
fn parse_weekends(text: &str) -> Result<Vec<(u16, u8)>, Box<dyn Error>> {
    const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let mut weekends = Vec::new();
    for change in text.split(' ') {
        let (from, days) = match change.split_once(':') {
            Some((date, days)) => (day_number(date)?, days),
            None => (0, change),
        };
        let mut bits = 0u8;
        for name in days.split('+') {
            let day =
                NAMES.iter().position(|known| *known == name).ok_or_else(|| format!("no day {name:?}"))?;
            bits |= 1 << day;
        }
        if bits == 0b111_1111 {
            return Err("a week without a working day".into());
        }
        if weekends.last().map_or(from != 0, |(last, _)| *last >= from) {
            return Err("weekends are not sorted".into());
        }
        weekends.push((from, bits));
    }
    Ok(weekends)
}

/// A test checks that the zone exists.
fn zone_literal(name: &str) -> String {
    format!("Zone::known({name:?})")
}

/// Days since 1970-01-01 of a date in ISO 8601 (Howard Hinnant's `days_from_civil`).
fn day_number(date: &str) -> Result<u16, Box<dyn Error>> {
    let parts = date.splitn(3, '-').map(str::parse::<i64>).collect::<Result<Vec<_>, _>>()?;
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else {
        return Err(format!("{date:?} is not a date").into());
    };
    // Years begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Ok(u16::try_from(era * 146_097 + day_of_era - 719_468)?)
}
