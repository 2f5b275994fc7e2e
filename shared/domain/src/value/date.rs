//! Days and months of the calendar, as callers write them.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::value::field::{Field, Invalid};

/// The most months that one read may ask for.
const MOST_MONTHS: u16 = 36;

/// The first year that months are counted from, and the first that they do not reach.
const YEARS: std::ops::Range<u16> = 2000..2100;

const LAST: u16 = (YEARS.end - YEARS.start) * 12 - 1;

/// A calendar month in UTC, written `2021-05`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(u16);

impl Month {
    /// The month that an instant lies in.
    pub fn of(at: DateTime<Utc>) -> Self {
        let year = u16::try_from(at.year()).unwrap_or(YEARS.start).clamp(YEARS.start, YEARS.end - 1);
        let month = u16::try_from(at.month0()).unwrap_or_default();
        Self((year - YEARS.start) * 12 + month)
    }

    /// So many months later, or the last month that there is.
    #[must_use]
    pub fn later(self, months: u16) -> Self {
        Self(self.0.saturating_add(months).min(LAST))
    }

    /// So many months earlier, or the first month that there is.
    #[must_use]
    pub const fn earlier(self, months: u16) -> Self {
        Self(self.0.saturating_sub(months))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", YEARS.start + self.0 / 12, self.0 % 12 + 1)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}

impl Field for Month {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = |text: &str, length: usize| {
            let fits = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| text.parse::<u16>().ok()).flatten()
        };
        text.split_once('-')
            .and_then(|(year, month)| Some((digits(year, 4)?, digits(month, 2)?)))
            .filter(|(year, month)| YEARS.contains(year) && (1..=12).contains(month))
            .map(|(year, month)| Self((year - YEARS.start) * 12 + month - 1))
            .ok_or_else(|| Invalid::new("invalid_month", "must be a month from 2000 to 2099 such as 2021-05"))
    }
}

impl TryFrom<String> for Month {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl std::str::FromStr for Month {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// Months in a row, the first and the last included; never more than 36.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Months {
    from: Month,
    to: Month,
}

impl Months {
    /// The months that a reader asks for. Without an end, as many as there may be from the start on; without a start,
    /// as many up to the end; without both, as many up to the present month.
    ///
    /// # Errors
    /// [`Invalid`], about the end, when it is before the start or too far behind it.
    pub fn asked(from: Option<Month>, to: Option<Month>, present: Month) -> Result<Self, Invalid> {
        let reach = MOST_MONTHS - 1;
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, from.later(reach)),
            (None, to) => {
                let to = to.unwrap_or(present);
                (to.earlier(reach), to)
            }
        };
        if to < from {
            return Err(Invalid::new("out_of_order", "must not be before `from`"));
        }
        if to > from.later(reach) {
            let detail = format!("must be at most {MOST_MONTHS} months from `from` on, both included");
            return Err(Invalid::new("too_many_months", detail));
        }
        Ok(Self { from, to })
    }

    /// The first month.
    pub const fn from(self) -> Month {
        self.from
    }

    /// The last month.
    pub const fn to(self) -> Month {
        self.to
    }

    /// All of them, in order.
    pub fn all(self) -> impl Iterator<Item = Month> {
        (self.from.0..=self.to.0).map(Month)
    }

    /// Those not before a month, if there are any.
    pub fn not_before(self, first: Month) -> Option<Self> {
        let from = self.from.max(first);
        (from <= self.to).then_some(Self { from, to: self.to })
    }
}

/// A calendar day as callers write it.
pub struct Day(pub NaiveDate);

impl Field for Day {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("invalid_date", "must be a day such as 2021-05-03");
        // chrono accepts `2021-5-3` too; one form is enough.
        if text.len() != 10 {
            return Err(wrong());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    #[test]
    fn a_month_reads_back_as_it_was_written_and_has_one_form() {
        for text in ["2000-01", "2021-05", "2021-12", "2022-01", "2099-12"] {
            assert_eq!(month(text).to_string(), text);
        }
        for text in
            ["", "2021", "2021-5", "2021-00", "2021-13", "1999-12", "2100-01", "2021-05-01", "+021-05"]
        {
            assert!(Month::parse(text).is_err(), "{text}");
        }
        assert!(month("2021-12") < month("2022-01"));
        assert_eq!(month("2021-12").later(1), month("2022-01"));
        assert_eq!(month("2022-01").earlier(1), month("2021-12"));
        assert_eq!(month("2099-12").later(1), month("2099-12"));
        assert_eq!(month("2000-01").earlier(1), month("2000-01"));
    }

    #[test]
    fn an_instant_lies_in_the_month_that_it_has_in_utc() {
        let at = |text: &str| Month::of(text.parse().unwrap());
        assert_eq!(at("2021-05-31T23:59:59Z"), month("2021-05"));
        assert_eq!(at("2021-06-01T00:00:00+02:00"), month("2021-05"));
        assert_eq!(at("2021-06-01T00:00:00Z"), month("2021-06"));
    }

    #[test]
    fn at_most_three_years_are_read_at_once_and_what_is_not_said_is_filled_in() {
        let asked = |from: &str, to: &str| {
            let optional = |text: &str| (!text.is_empty()).then(|| month(text));
            Months::asked(optional(from), optional(to), month("2024-03"))
                .map(|months| (months.from().to_string(), months.to().to_string()))
                .map_err(|error| error.code)
        };
        let months = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(asked("2021-05", "2021-07"), months("2021-05", "2021-07"));
        assert_eq!(asked("2021-05", "2021-05"), months("2021-05", "2021-05"));
        assert_eq!(asked("2021-05", "2024-04"), months("2021-05", "2024-04"));
        assert_eq!(asked("2021-05", "2024-05"), Err("too_many_months"));
        assert_eq!(asked("2021-05", "2021-04"), Err("out_of_order"));
        assert_eq!(asked("2021-05", ""), months("2021-05", "2024-04"));
        assert_eq!(asked("", "2021-05"), months("2018-06", "2021-05"));
        assert_eq!(asked("", ""), months("2021-04", "2024-03"));
    }

    #[test]
    fn only_months_from_the_association_on_are_left() {
        let months = Months::asked(Some(month("2021-05")), Some(month("2021-07")), month("2021-07")).unwrap();
        assert_eq!(months.not_before(month("2021-01")), Some(months));
        assert_eq!(months.not_before(month("2021-07")).map(Months::from), Some(month("2021-07")));
        assert_eq!(months.not_before(month("2021-08")), None);
    }
}
