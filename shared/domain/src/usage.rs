//! Monthly figures of usage and sold seats: as operators deliver them, and which of them a partner of record sees.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::directory::program::{Program, Scope, scope};
use crate::value::date::Month;
use crate::value::field::TenantId;
use crate::value::input;
use crate::value::input::{InputError, Reader};

/// The most rows that one delivery may have: about as many of the shortest as fit in 6 MB.
const MOST_ROWS: usize = 40_000;

/// The longest a row may be, in bytes; a row without needless spaces has at most half of it.
const MOST_ROW_BYTES: usize = 1_000;

/// The most errors that are told of one row.
const MOST_ERRORS_OF_A_ROW: usize = 10;

/// The most errors that are told of one delivery; further rows are refused without saying why. An answer holds 6 MB.
const MOST_ERRORS: usize = 5_000;

/// The figures of one scope in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many people used it in the month.
    pub monthly_active_users: u32,
    /// How many could have: seats paid for and assignable.
    pub paid_available_units: u32,
    /// How many seats were sold.
    pub sold_seats: u32,
}

impl Figures {
    /// The figures that a programme pays for, by name; a partner of record under it sees these and no others.
    pub fn under(&self, program: Program) -> Vec<(&'static str, u32)> {
        let usage = [
            ("monthly_active_users", self.monthly_active_users),
            ("paid_available_units", self.paid_available_units),
        ];
        let mut shown = Vec::new();
        if program.shows_usage() {
            shown.extend(usage);
        }
        if program.shows_sold_seats() {
            shown.push(("sold_seats", self.sold_seats));
        }
        shown
    }
}

/// The figures of a tenant's scope in a month, as an operator delivers them. Tenant, scope and month name them: figures
/// delivered later for the same three replace them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The tenant.
    pub tenant: TenantId,
    /// The scope.
    pub scope: Scope,
    /// The month.
    pub month: Month,
    /// The figures.
    pub figures: Figures,
}

impl Usage {
    /// Parses one line of a delivery.
    ///
    /// # Errors
    /// What is wrong with it, the first ten errors.
    pub fn parse(line: &[u8]) -> Result<Self, Vec<InputError>> {
        if line.len() > MOST_ROW_BYTES {
            let detail = format!("must have at most {MOST_ROW_BYTES} bytes");
            return Err(vec![InputError::at("", "too_long", detail)]);
        }
        let value = serde_json::from_slice(line).map_err(|error| {
            // The line that serde_json counts is always the first.
            let (text, column) = (error.to_string(), error.column());
            let reason = text.split(" at line ").next().unwrap_or_default();
            let detail = format!("{reason} at column {column}; each line must be one JSON object");
            vec![InputError::at("", "not_json", detail)]
        })?;
        input::read(&value, row).map_err(|mut errors| {
            errors.truncate(MOST_ERRORS_OF_A_ROW);
            errors
        })
    }
}

fn row(body: &mut Reader<'_, '_>) -> Option<Usage> {
    // Every field is read before any is needed, so that all errors are found.
    let (tenant, claimed) = (body.required("tenant_id"), body.object("scope", scope));
    let month = body.required("month");
    let users = figure(body, "monthly_active_users");
    let units = figure(body, "paid_available_units");
    let seats = figure(body, "sold_seats");
    let figures = Figures { monthly_active_users: users?, paid_available_units: units?, sold_seats: seats? };
    Some(Usage { tenant: tenant?, scope: claimed?, month: month?, figures })
}

fn figure(body: &mut Reader<'_, '_>, name: &'static str) -> Option<u32> {
    let count = body.required_count(name)?;
    let figure = u32::try_from(count).ok();
    if figure.is_none() {
        body.wrong(name, "out_of_range", format!("must be at most {}", u32::MAX));
    }
    figure
}

/// What is to become of a row of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It is to be stored.
    Stored(Usage),
    /// A later row of the delivery has the same tenant, scope and month.
    Replaced {
        /// The line of that row.
        by: usize,
    },
    /// It is wrong. Without errors where too many others had some.
    Refused(Vec<InputError>),
}

/// A delivery of figures: JSON lines, one row each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The rows, each with its line counted from 1. Empty lines are none.
    pub rows: Vec<(usize, RowOutcome)>,
    /// How many errors are not told.
    pub errors_left_out: usize,
}

impl Delivery {
    /// Parses the body of `POST /usage`. A bad row spoils no other.
    ///
    /// # Errors
    /// When there is no row at all, or too many.
    pub fn parse(body: &[u8]) -> Result<Self, Vec<InputError>> {
        // Some programs begin a text with a byte order mark.
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let mut delivery = Self::default();
        let mut told = 0;
        let lines = body.split(|byte| *byte == b'\n').zip(1..).map(|(text, line)| (text.trim_ascii(), line));
        for (text, line) in lines.filter(|(text, _)| !text.is_empty()) {
            if delivery.rows.len() == MOST_ROWS {
                let detail =
                    format!("must have at most {MOST_ROWS} rows; send the others in another request");
                return Err(vec![InputError::at("", "too_many", detail)]);
            }
            let fate = match Usage::parse(text) {
                Ok(usage) => RowOutcome::Stored(usage),
                Err(errors) if told + errors.len() > MOST_ERRORS => {
                    delivery.errors_left_out += errors.len();
                    RowOutcome::Refused(Vec::new())
                }
                Err(errors) => {
                    told += errors.len();
                    RowOutcome::Refused(errors)
                }
            };
            delivery.rows.push((line, fate));
        }
        if delivery.rows.is_empty() {
            return Err(vec![InputError::at("", "required", "must have at least one row")]);
        }
        delivery.let_the_last_win();
        Ok(delivery)
    }

    /// Of rows with the same tenant, scope and month, all but the last are replaced.
    fn let_the_last_win(&mut self) {
        let mut last: HashMap<_, (usize, usize)> = HashMap::new();
        let mut replaced = Vec::new();
        for (place, (line, fate)) in self.rows.iter().enumerate().rev() {
            let RowOutcome::Stored(Usage { tenant, scope, month, .. }) = fate else { continue };
            let (_, by) = *last.entry((tenant, scope, month)).or_insert((place, *line));
            if by != *line {
                replaced.push((place, by));
            }
        }
        for (place, by) in replaced {
            self.rows[place].1 = RowOutcome::Replaced { by };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn line(workload: &str, month: &str, users: &str) -> String {
        format!(
            r#"{{"tenant_id":"{TENANT}","scope":{{"workload":"{workload}"}},"month":"{month}","monthly_active_users":{users},"paid_available_units":200,"sold_seats":250}}"#
        )
    }

    fn wrong(line: &str) -> Vec<(String, String)> {
        let errors = Usage::parse(line.as_bytes()).unwrap_err();
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    #[test]
    fn a_programme_shows_what_it_pays_for_and_nothing_else() {
        let figures = Figures { monthly_active_users: 120, paid_available_units: 200, sold_seats: 250 };
        assert_eq!(figures.under(Program::OsaSell), [("sold_seats", 250)]);
        for program in [Program::OsuM365, Program::OsuBusinessApps] {
            let usage = [("monthly_active_users", 120), ("paid_available_units", 200)];
            assert_eq!(figures.under(program), usage, "{program}");
        }
    }

    #[test]
    fn a_row_says_everything_or_is_told_what_is_missing() {
        let usage = Usage::parse(line("teams", "2021-05", "120").as_bytes()).unwrap();
        assert_eq!((usage.month, usage.figures.monthly_active_users), (month("2021-05"), 120));
        let all = [
            ("/tenant_id", "required"),
            ("/scope", "required"),
            ("/month", "required"),
            ("/monthly_active_users", "required"),
            ("/paid_available_units", "required"),
            ("/sold_seats", "required"),
        ];
        assert_eq!(wrong("{}"), all.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        for users in ["-1", "1.5", "1e3", "\"1\"", "true"] {
            let errors = wrong(&line("teams", "2021-05", users));
            assert_eq!(errors, one("/monthly_active_users", "wrong_type"), "{users}");
        }
        let errors = wrong(&line("teams", "2021-05", "4294967296"));
        assert_eq!(errors, one("/monthly_active_users", "out_of_range"));
        assert_eq!(wrong(&line("teams", "May 2021", "1")), one("/month", "invalid_month"));
        assert_eq!(wrong(&line("Teams!", "2021-05", "1")), one("/scope/workload", "invalid_code"));
        assert_eq!(wrong("{"), one("", "not_json"));
        assert_eq!(wrong("[]"), one("", "wrong_type"));
        assert_eq!(Usage::parse(b"\"\xff\"").unwrap_err()[0].code, "not_json");
        assert_eq!(wrong(&"x".repeat(MOST_ROW_BYTES + 1)), one("", "too_long"));
    }

    #[test]
    fn a_bad_row_spoils_no_other_and_is_named_by_its_line() {
        let good = line("teams", "2021-05", "1");
        let text = format!("\u{FEFF}{good}\r\n\n{{}}\nnonsense\n{}\n", line("intune", "2021-05", "2"));
        let delivery = Delivery::parse(text.as_bytes()).unwrap();
        let lines: Vec<_> = delivery.rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4, 5]);
        assert!(matches!(&delivery.rows[0].1, RowOutcome::Stored(_)));
        assert!(matches!(&delivery.rows[1].1, RowOutcome::Refused(errors) if errors.len() == 6));
        assert!(matches!(&delivery.rows[2].1, RowOutcome::Refused(errors) if errors[0].code == "not_json"));
        assert!(matches!(&delivery.rows[3].1, RowOutcome::Stored(_)));
    }

    #[test]
    fn of_rows_for_the_same_figures_the_last_good_one_wins() {
        let text = [
            line("teams", "2021-05", "1"),
            line("teams", "2021-06", "2"),
            line("teams", "2021-05", "3").replace(TENANT, &TENANT.to_uppercase()),
            line("teams", "2021-05", "4"),
            line("teams", "2021-05", "-5"),
        ];
        let delivery = Delivery::parse(text.join("\n").as_bytes()).unwrap();
        let fates: Vec<_> = delivery.rows.iter().map(|(_, fate)| fate).collect();
        assert_eq!(fates[0], &RowOutcome::Replaced { by: 4 });
        assert!(matches!(fates[1], RowOutcome::Stored(_)));
        assert_eq!(fates[2], &RowOutcome::Replaced { by: 4 });
        assert!(matches!(fates[3], RowOutcome::Stored(usage) if usage.figures.monthly_active_users == 4));
        assert!(matches!(fates[4], RowOutcome::Refused(_)));
    }

    #[test]
    fn a_delivery_has_a_row_and_not_too_many() {
        for text in ["", "\n", " \r\n\t\n"] {
            assert_eq!(Delivery::parse(text.as_bytes()).unwrap_err()[0].code, "required", "{text:?}");
        }
        assert!(Delivery::parse("1\n".repeat(MOST_ROWS).as_bytes()).is_ok());
        assert_eq!(Delivery::parse("1\n".repeat(MOST_ROWS + 1).as_bytes()).unwrap_err()[0].code, "too_many");
    }

    #[test]
    fn errors_are_told_until_the_answer_would_not_hold_them() {
        let many = format!("{{{}}}\n", (0..100).map(|n| format!("\"x{n}\":0")).collect::<Vec<_>>().join(","));
        let delivery = Delivery::parse(many.repeat(1000).as_bytes()).unwrap();
        let told: usize = delivery
            .rows
            .iter()
            .map(|(_, fate)| if let RowOutcome::Refused(errors) = fate { errors.len() } else { 0 })
            .sum();
        assert_eq!(told, MOST_ERRORS);
        assert_eq!(told + delivery.errors_left_out, 1000 * MOST_ERRORS_OF_A_ROW);
    }
}
