//! What was done and what came of it, counted.

use std::collections::BTreeMap;
use std::fmt;

use domain::Standing;
use domain::field::Field;

/// Counts of one or many histories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Histories.
    pub histories: u64,
    /// Steps, without those of settling.
    pub steps: u64,
    /// Steps of settling.
    pub settling: u64,
    /// Calls that functions made outside.
    pub calls: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// What was asked or triggered, and what was answered.
    pub outcomes: BTreeMap<(&'static str, String), u64>,
    /// Events that were committed.
    pub events: BTreeMap<String, u64>,
    /// Standings that scopes came to.
    pub standings: BTreeMap<&'static str, u64>,
    /// Checks of invariants.
    pub checks: BTreeMap<&'static str, u64>,
}

impl Figures {
    /// Adds what another history has counted.
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.settling += other.settling;
        self.calls += other.calls;
        merge(&mut self.faults, &other.faults);
        merge(&mut self.outcomes, &other.outcomes);
        merge(&mut self.events, &other.events);
        merge(&mut self.standings, &other.standings);
        merge(&mut self.checks, &other.checks);
    }

    /// Standings that no scope came to.
    pub fn standings_missed(&self) -> Vec<&'static str> {
        Standing::ALL
            .iter()
            .map(|standing| standing.code())
            .filter(|code| !self.standings.contains_key(code))
            .collect()
    }
}

fn merge<K: Ord + Clone>(into: &mut BTreeMap<K, u64>, from: &BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(key.clone()).or_default() += count;
    }
}

/// Counts one more.
pub fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    *counts.entry(key).or_default() += 1;
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "histories {:>14}", self.histories)?;
        writeln!(f, "steps {:>18}", self.steps)?;
        writeln!(f, "steps of settling {:>6}", self.settling)?;
        writeln!(f, "calls outside {:>10}", self.calls)?;
        let mut section = |title: &str, rows: Vec<(String, u64)>| {
            writeln!(f, "{title}, {} in all", rows.iter().map(|(_, count)| count).sum::<u64>())?;
            rows.iter().try_for_each(|(name, count)| writeln!(f, "  {name:48} {count:>10}"))
        };
        let plain = |counts: &BTreeMap<&'static str, u64>| {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        section("faults", plain(&self.faults))?;
        let outcomes = self.outcomes.iter();
        section(
            "asked and triggered",
            outcomes.map(|((what, came), n)| (format!("{what}: {came}"), *n)).collect(),
        )?;
        section("events", self.events.iter().map(|(name, count)| (name.clone(), *count)).collect())?;
        section("standings reached", plain(&self.standings))?;
        section("invariants checked", plain(&self.checks))
    }
}

/// The name of a standing, as a key.
pub fn standing(standing: Standing) -> &'static str {
    standing.code()
}

/// Reads a text that the simulation itself made.
pub fn fit<T: Field>(text: &str) -> T {
    match T::parse(text) {
        Ok(value) => value,
        Err(error) => panic!("{text}: {}", error.detail),
    }
}
