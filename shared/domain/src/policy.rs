//! What the vendor can set: the lengths of windows and what always needs a reviewer. Rules that changed over the
//! years are policy, not code.

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Locality;
use crate::directory::program::Program;
use crate::value::field::{Field, Invalid};

/// The vendor's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What is different from programme to programme.
    pub programs: ProgramTable,
    /// How long before the end of the customer's window it is reminded; `None` for no reminder.
    pub reminder_before: Option<Window>,
    /// How long a partner has to answer a request for information.
    pub partner_window: Window,
    /// How soon a review should be done; shown and alarmed, decides nothing.
    pub review_target: Window,
    /// How long after a rejection a partner may dispute it.
    pub dispute_window: Window,
    /// How old a proof of execution may be.
    pub evidence_age: TimeDelta,
    /// The most notices that one claim may lead to.
    pub most_notices: usize,
    /// The most notices that a partner may have sent to one contact in a day, without a reviewer having looked.
    pub most_notices_per_contact: usize,
    /// How long a closed claim is kept; then its personal data expires.
    pub retention: TimeDelta,
}

impl Default for Policy {
    /// The defaults of the programme rules.
    fn default() -> Self {
        Self {
            programs: ProgramTable::default(),
            reminder_before: Some(Window::BusinessDays(1)),
            partner_window: Window::BusinessDays(14),
            review_target: Window::BusinessDays(5),
            dispute_window: Window::Span(TimeDelta::days(30)),
            evidence_age: TimeDelta::days(366),
            most_notices: 3,
            most_notices_per_contact: 20,
            retention: TimeDelta::days(730),
        }
    }
}

/// What holds for claims under one programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRules {
    /// How long a customer may opt out before silence counts.
    pub customer_window: Window,
    /// Whether every claim goes to a reviewer.
    pub always_review: bool,
    /// Whether a proof must name who at the customer signed.
    pub require_acknowledgement: bool,
    /// Whether a proof must come with its file.
    pub require_evidence_file: bool,
}

impl ProgramRules {
    /// The rules that a programme has unless the vendor sets others: the table of programmes. What a programme is made of and
    /// pays for is no policy: [`Program::scope_kind`], [`Program::activity`].
    pub const fn standard(program: Program) -> Self {
        match program {
            Program::OsaSell | Program::OsuM365 | Program::OsuBusinessApps => Self {
                customer_window: Window::BusinessDays(5),
                always_review: false,
                require_acknowledgement: false,
                require_evidence_file: false,
            },
        }
    }
}

/// The rules of every programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramTable {
    osa_sell: ProgramRules,
    osu_m365: ProgramRules,
    osu_business_apps: ProgramRules,
}

impl Default for ProgramTable {
    fn default() -> Self {
        Self {
            osa_sell: ProgramRules::standard(Program::OsaSell),
            osu_m365: ProgramRules::standard(Program::OsuM365),
            osu_business_apps: ProgramRules::standard(Program::OsuBusinessApps),
        }
    }
}

impl ProgramTable {
    /// A programme's rules.
    pub const fn of(&self, program: Program) -> &ProgramRules {
        match program {
            Program::OsaSell => &self.osa_sell,
            Program::OsuM365 => &self.osu_m365,
            Program::OsuBusinessApps => &self.osu_business_apps,
        }
    }

    /// A programme's rules, to be set.
    pub const fn of_mut(&mut self, program: Program) -> &mut ProgramRules {
        match program {
            Program::OsaSell => &mut self.osa_sell,
            Program::OsuM365 => &mut self.osu_m365,
            Program::OsuBusinessApps => &mut self.osu_business_apps,
        }
    }

    /// Sets something for every programme.
    #[must_use]
    pub fn with(mut self, mut set: impl FnMut(Program, &mut ProgramRules)) -> Self {
        Program::ALL.iter().for_each(|program| set(*program, self.of_mut(*program)));
        self
    }
}

/// A setting of the policy that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} {reason}")]
pub struct WrongSetting {
    /// Which.
    pub name: &'static str,
    /// Why.
    pub reason: Invalid,
}

impl Policy {
    /// The policy that settings say; what they do not say is as the programme rules have it.
    ///
    /// # Errors
    /// [`WrongSetting`] naming the one that is not as it must be.
    pub fn from_settings(setting: impl Fn(&'static str) -> Option<String>) -> Result<Self, WrongSetting> {
        let standard = Self::default();
        let settings = Texts(&setting);
        let listed = |list: &str| list.split(',').map(|name| Program::parse(name.trim())).collect();
        let named = |name| settings.parsed(name, Vec::new(), listed);
        let windows = settings.parsed("CUSTOMER_WINDOW", Vec::new(), by_program)?;
        let reviewed: Vec<Program> = named("ALWAYS_REVIEW")?;
        let acknowledged: Vec<Program> = named("REQUIRE_ACKNOWLEDGEMENT")?;
        let filed: Vec<Program> = named("REQUIRE_EVIDENCE_FILE")?;
        let programs = standard.programs.with(|program, rules| {
            let own = |(of, _): &&(Option<Program>, Window)| of.is_none_or(|of| of == program);
            // What is said for one programme comes after what is said for all.
            if let Some((_, window)) = windows.iter().rfind(own) {
                rules.customer_window = *window;
            }
            rules.always_review |= reviewed.contains(&program);
            rules.require_acknowledgement |= acknowledged.contains(&program);
            rules.require_evidence_file |= filed.contains(&program);
        });
        let number = |within: std::ops::RangeInclusive<usize>| {
            move |text: &str| {
                let fits = text.parse().ok().filter(|number| within.contains(number));
                let detail = format!("must be {} to {}", within.start(), within.end());
                fits.ok_or_else(|| Invalid::new("invalid_number", detail))
            }
        };
        Ok(Self {
            programs,
            reminder_before: settings.parsed(
                "REMINDER_BEFORE",
                standard.reminder_before,
                |text| match text {
                    "none" => Ok(None),
                    text => Window::parse(text).map(Some),
                },
            )?,
            partner_window: settings.parsed("PARTNER_WINDOW", standard.partner_window, Window::parse)?,
            review_target: settings.parsed("REVIEW_TARGET", standard.review_target, Window::parse)?,
            dispute_window: settings.parsed("DISPUTE_WINDOW", standard.dispute_window, Window::parse)?,
            evidence_age: settings.parsed("EVIDENCE_AGE", standard.evidence_age, duration)?,
            most_notices: settings.parsed("MAX_NOTICES", standard.most_notices, number(1..=9))?,
            most_notices_per_contact: settings.parsed(
                "MAX_NOTICES_PER_CONTACT",
                standard.most_notices_per_contact,
                number(1..=1000),
            )?,
            retention: settings.parsed("RETENTION", standard.retention, duration)?,
        })
    }
}

/// A window for every programme, and others for some: `5bd`, or `5bd,osa_sell=7bd`. What is for all comes first.
fn by_program(text: &str) -> Result<Vec<(Option<Program>, Window)>, Invalid> {
    let mut found: Vec<(Option<Program>, Window)> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let one = match part.split_once('=') {
            None => (None, Window::parse(part)?),
            Some((program, window)) => (Some(Program::parse(program.trim())?), Window::parse(window.trim())?),
        };
        if found.iter().any(|(program, _)| *program == one.0) {
            return Err(Invalid::new(
                "repeated",
                "must say one window for all programmes, and one for each at most",
            ));
        }
        found.push(one);
    }
    found.sort_by_key(|(program, _)| program.is_some());
    Ok(found)
}

/// Texts by their names, as an environment has them.
struct Texts<'a>(&'a dyn Fn(&'static str) -> Option<String>);

impl Texts<'_> {
    fn parsed<T>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<T, WrongSetting> {
        match (self.0)(name).filter(|text| !text.is_empty()) {
            None => Ok(default),
            Some(text) => parse(&text).map_err(|reason| WrongSetting { name, reason }),
        }
    }
}

/// A length of time, counted in business days of the customer or in plain time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// So many full business days: it starts on the day after, and ends with the last of them.
    BusinessDays(u32),
    /// So much time, to the second.
    Span(TimeDelta),
}

impl Window {
    /// The instant at which a window that starts at `from` has ended.
    pub fn end(self, from: DateTime<Utc>, locality: &Locality) -> DateTime<Utc> {
        match self {
            Self::BusinessDays(days) => locality.end_of_business_day(from, days),
            Self::Span(span) => from + span,
        }
    }

    /// The instant so long before a deadline; for business days, in the morning of that day.
    pub fn before(self, deadline: DateTime<Utc>, locality: &Locality) -> DateTime<Utc> {
        match self {
            Self::BusinessDays(days) => locality.business_morning_before(deadline, days),
            Self::Span(span) => deadline - span,
        }
    }
}

impl Field for Window {
    /// `5bd` for business days, or an ISO 8601 duration of weeks, days, hours, minutes and seconds: `P30D`, `PT20S`.
    fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(days) = text.strip_suffix("bd") {
            return match days.parse() {
                Ok(days) if (1..=250).contains(&days) => Ok(Self::BusinessDays(days)),
                _ => Err(Invalid::new("invalid_window", "must be 1bd to 250bd")),
            };
        }
        duration(text).map(Self::Span)
    }
}

/// Parses an ISO 8601 duration without years and months, whose lengths vary.
///
/// # Errors
/// [`Invalid`] when it is not one, or longer than a hundred years.
pub fn duration(text: &str) -> Result<TimeDelta, Invalid> {
    let wrong = || {
        Invalid::new(
            "invalid_duration",
            "must be a duration such as P30D or PT20S (ISO 8601, no years or months)",
        )
    };
    let rest =
        text.strip_prefix('P').filter(|rest| !rest.is_empty() && !rest.ends_with('T')).ok_or_else(wrong)?;
    let (days, times) = rest.split_once('T').unwrap_or((rest, ""));
    let mut seconds: i64 = 0;
    for (part, units) in [(days, "WD"), (times, "HMS")] {
        let mut part = part;
        let mut units = units;
        while !part.is_empty() {
            let at = part.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let unit = part[at..].chars().next().ok_or_else(wrong)?;
            let rank = units.find(unit).ok_or_else(wrong)?;
            let length = match unit {
                'W' => 7 * 86_400,
                'D' => 86_400,
                'H' => 3600,
                'M' => 60,
                _ => 1,
            };
            let count: i64 = part[..at].parse().map_err(|_| wrong())?;
            seconds = count.checked_mul(length).and_then(|n| seconds.checked_add(n)).ok_or_else(wrong)?;
            units = &units[rank + 1..];
            part = &part[at + 1..];
        }
    }
    if (0..=100 * 366 * 86_400).contains(&seconds) { Ok(TimeDelta::seconds(seconds)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_in_business_days_or_as_durations() {
        assert_eq!(Window::parse("5bd"), Ok(Window::BusinessDays(5)));
        assert_eq!(Window::parse("PT20S"), Ok(Window::Span(TimeDelta::seconds(20))));
        assert_eq!(Window::parse("P1W2DT3H4M5S"), Ok(Window::Span(TimeDelta::seconds(788_645))));
        for text in [
            "",
            "5",
            "0bd",
            "-1bd",
            "P",
            "PT",
            "P1DT",
            "P1Y",
            "P1M",
            "PT1D",
            "P1S",
            "P1D2W",
            "PT1S1H",
            "P999999999999D",
            "PéD",
        ] {
            assert!(Window::parse(text).is_err(), "{text}");
        }
    }

    fn set(values: &[(&'static str, &'static str)]) -> Result<Policy, WrongSetting> {
        Policy::from_settings(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_settings_the_programme_rules_hold() {
        assert_eq!(set(&[]), Ok(Policy::default()));
        assert_eq!(set(&[("CUSTOMER_WINDOW", "")]), Ok(Policy::default()));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (name, text) in [
            ("CUSTOMER_WINDOW", "5 days"),
            ("ALWAYS_REVIEW", "osa_sell,nonsense"),
            ("MAX_NOTICES", "10"),
            ("MAX_NOTICES_PER_CONTACT", "0"),
        ] {
            let wrong = set(&[(name, text)]).unwrap_err();
            assert_eq!(wrong.name, name);
            assert!(wrong.to_string().contains(name), "{wrong}");
        }
    }

    #[test]
    fn windows_can_be_set_for_rehearsals() {
        let policy = set(&[("CUSTOMER_WINDOW", "PT20S"), ("REMINDER_BEFORE", "none")]).unwrap();
        for program in Program::ALL {
            assert_eq!(policy.programs.of(*program).customer_window, Window::Span(TimeDelta::seconds(20)));
        }
        assert_eq!(policy.reminder_before, None);
    }

    #[test]
    fn a_programme_may_have_a_window_and_a_review_of_its_own() {
        let window = |text: &'static str, program| {
            set(&[("CUSTOMER_WINDOW", text)]).unwrap().programs.of(program).customer_window
        };
        for text in ["5bd,osa_sell=7bd", "osa_sell=7bd, 5bd", "osa_sell=7bd"] {
            assert_eq!(window(text, Program::OsaSell), Window::BusinessDays(7), "{text}");
            assert_eq!(window(text, Program::OsuM365), Window::BusinessDays(5), "{text}");
        }
        for text in ["5bd,6bd", "osa_sell=7bd,osa_sell=8bd", "nonsense=5bd", "osa_sell=", "5bd,"] {
            assert_eq!(set(&[("CUSTOMER_WINDOW", text)]).unwrap_err().name, "CUSTOMER_WINDOW", "{text}");
        }
        let reviewed = set(&[("ALWAYS_REVIEW", "osa_sell, osu_m365")]).unwrap();
        let of = |program: &&Program| reviewed.programs.of(**program).always_review;
        assert_eq!(Program::ALL.iter().filter(of).count(), 2);
    }
}
