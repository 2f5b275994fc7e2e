//! The goals, as ratios within one measurement.

use anyhow::Result;
use serde::Serialize;

use crate::report::{figure, table};
use crate::speed::{Report, Row, megabytes};

/// A goal and what was measured.
#[derive(Debug, Serialize)]
pub struct Goal {
    /// What is to hold.
    pub what: String,
    /// The most it may be; for Python, the least.
    pub goal: f64,
    /// What it is.
    pub is: f64,
    /// Whether more is better.
    pub at_least: bool,
}

impl Goal {
    /// Whether it is met, give or take a part of it.
    pub fn is_met(&self, margin: f64) -> bool {
        if self.at_least {
            self.is >= self.goal * (1.0 - margin)
        } else {
            self.is <= self.goal * (1.0 + margin)
        }
    }
}

/// The goals for which there are figures.
pub fn goals(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    for tls in [false, true] {
        let row = |name: &str| report.rows.iter().find(|row| row.name == name && row.tls == tls);
        let mut ratio =
            |name: &str, of: &str, what: &str, measure: fn(&Row) -> f64, goal: f64, at_least: bool| {
                if let (Some(one), Some(other)) = (row(name), row(of)) {
                    let what = format!("{name} / {of}, {what}{}", if tls { ", TLS" } else { "" });
                    goals.push(Goal { what, goal, is: measure(one) / measure(other), at_least });
                }
            };
        for (function, goal) in [("submit-claim", 1.0), ("opt-out", 0.9), ("promote", 0.9)] {
            ratio(function, "put_item", "cold", |row| row.cold_ms, goal, false);
            ratio(function, "put_item", "cold CPU", |row| row.cold_cpu_ms, goal, false);
        }
        ratio("submit-claim", "same_calls", "warm", |row| row.warm_ms, 1.15, false);
        ratio("submit-claim", "same_calls", "warm CPU", |row| row.warm_cpu_ms, 1.15, false);
        ratio("python", "submit-claim", "cold", |row| row.cold_ms, 30.0, true);
    }
    for row in report.rows.iter().filter(|row| local::functions::NAMES.contains(&row.name.as_str())) {
        let what = format!("{} memory MB{}", row.name, if row.tls { ", TLS" } else { "" });
        goals.push(Goal { what, goal: 16.0, is: megabytes(row.memory), at_least: false });
    }
    let ours = report.sizes.iter().filter(|(name, _)| local::functions::NAMES.contains(&name.as_str()));
    if let Some((name, size)) = ours.max_by_key(|(_, size)| **size) {
        let what = format!("largest bootstrap, packed, MB ({name})");
        goals.push(Goal { what, goal: 3.0, is: megabytes(*size), at_least: false });
    }
    goals
}

/// Prints the goals.
pub fn print(goals: &[Goal]) -> Result<()> {
    let rows: Vec<_> = goals
        .iter()
        .map(|goal| {
            let sign = if goal.at_least { "≥" } else { "≤" };
            let met = if goal.is_met(0.0) { "yes" } else { "no" };
            [goal.what.clone(), format!("{sign} {}", figure(goal.goal)), figure(goal.is), met.to_owned()]
        })
        .collect();
    table("Goals", ["", "goal", "is", "met"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_missed_on_its_bad_side_only_and_by_more_than_the_margin() {
        let goal = |is: f64, at_least: bool| Goal { what: String::new(), goal: 2.0, is, at_least };
        assert!(goal(2.0, false).is_met(0.0) && goal(0.1, false).is_met(0.0));
        assert!(!goal(2.1, false).is_met(0.0) && goal(2.1, false).is_met(0.1));
        assert!(!goal(2.3, false).is_met(0.1));
        assert!(goal(2.0, true).is_met(0.0) && goal(9.0, true).is_met(0.0));
        assert!(!goal(1.9, true).is_met(0.0) && goal(1.9, true).is_met(0.1));
        assert!(
            !goal(f64::NAN, true).is_met(0.1) && !goal(f64::NAN, false).is_met(0.1),
            "what was not measured is not met"
        );
    }
}
