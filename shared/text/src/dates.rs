use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::{Text, Value, Zone};

impl Text {
    /// A date with its weekday: "Wednesday 12 May 2021".
    pub fn day(self, date: NaiveDate) -> String {
        self.get("day", &parts(date))
    }

    /// Until when something may be done, as a phrase with its own preposition, for people in `zone`.
    ///
    /// `instant` is the first moment that is too late. If a day begins with it, the phrase names the day before:
    /// "until the end of Wednesday 12 May 2021 (Prague time)". Otherwise it names the time.
    pub fn deadline(self, instant: DateTime<Utc>, zone: Zone) -> String {
        let local = instant.with_timezone(&zone);
        let before = instant - TimeDelta::nanoseconds(1);
        let last_day = before.with_timezone(&zone).date_naive();
        let place = self.place(zone);
        // Compared by day and not by hour: where clocks go forward at midnight, a day begins at one o'clock.
        if last_day < local.date_naive() {
            let mut args = parts(last_day).to_vec();
            args.push(("place", place.into()));
            self.get("deadline-day", &args)
        } else {
            let mut args = parts(local.date_naive()).to_vec();
            args.extend([("place", place.into()), ("time", local.format("%H:%M").to_string().into())]);
            self.get("deadline-time", &args)
        }
    }

    /// "Prague time"
    fn place(self, zone: Zone) -> String {
        let key = zone.name().rsplit('/').next().unwrap_or_default();
        self.get("place-time", &[("key", key.into()), ("city", key.replace('_', " ").into())])
    }
}

fn parts(date: NaiveDate) -> [(&'static str, Value<'static>); 4] {
    [
        ("weekday", date.weekday().number_from_monday().into()),
        ("day", date.day().into()),
        ("month", date.month().into()),
        // Not as a number, which some languages would group.
        ("year", date.year().to_string().into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    fn deadline(language: &str, instant: &str, zone: &str) -> String {
        Text::new(Language::negotiate(language)).deadline(instant.parse().unwrap(), zone.parse().unwrap())
    }

    #[test]
    fn midnight_is_the_end_of_the_day_before() {
        let show = |language| deadline(language, "2021-05-12T22:00:00Z", "Europe/Prague");
        assert_eq!(show("en"), "until the end of Wednesday 12 May 2021 (Prague time)");
        assert_eq!(show("cs"), "do konce středy 12. května 2021 (místní čas: Praha)");
        assert_eq!(show("de"), "bis zum Ende des Tages am Mittwoch, dem 12. Mai 2021 (Ortszeit Prag)");
        assert_eq!(
            show("fr"),
            "jusqu’à la fin de la journée du mercredi 12 mai 2021 (heure locale : Prague)"
        );
    }

    #[test]
    fn another_time_is_shown_as_a_time() {
        let show = |language| deadline(language, "2021-02-01T13:05:00Z", "America/New_York");
        assert_eq!(show("en"), "until 08:05 on Monday 1 February 2021 (New York time)");
        assert_eq!(show("cs"), "do 08:05 hodin v pondělí 1. února 2021 (místní čas: New York)");
        assert_eq!(show("de"), "bis 08:05 Uhr am Montag, dem 1. Februar 2021 (Ortszeit New York)");
        assert_eq!(show("fr"), "jusqu’à 08:05 le lundi 1er février 2021 (heure locale : New York)");
    }

    #[test]
    fn a_day_that_begins_at_one_o_clock_still_begins() {
        // Lebanon put its clocks forward at midnight: 28 March 2021 began at 01:00, which is 22:00 UTC.
        let shown = deadline("en", "2021-03-27T22:00:00Z", "Asia/Beirut");
        assert_eq!(shown, "until the end of Saturday 27 March 2021 (Beirut time)");
    }

    #[test]
    fn utc_is_no_place() {
        assert_eq!(
            deadline("en", "2021-05-13T00:00:00Z", "UTC"),
            "until the end of Wednesday 12 May 2021 (UTC)"
        );
        assert_eq!(deadline("cs", "2021-05-13T00:00:00Z", "UTC"), "do konce středy 12. května 2021 (UTC)");
    }

    #[test]
    fn every_day_and_month_has_a_name() {
        for language in Language::all() {
            let text = Text::new(language);
            let mut seen = std::collections::HashSet::new();
            for date in NaiveDate::from_ymd_opt(2021, 1, 1).unwrap().iter_days().take(365) {
                assert!(seen.insert(text.day(date)), "{language:?} {date}");
            }
        }
        assert_eq!(
            Text::new(Language::negotiate("cs")).day("2021-05-12".parse().unwrap()),
            "středa 12. května 2021"
        );
    }
}
