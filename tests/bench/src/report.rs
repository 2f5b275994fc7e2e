//! Tables for people, and the same as JSON for programs.

use std::io::Write;

use anyhow::{Context, Result};
use serde::Serialize;

/// Prints a table whose columns are as wide as what stands in them; the first column is text, the others are figures.
pub fn table<const N: usize>(title: &str, heads: [&str; N], rows: &[[String; N]]) -> Result<()> {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .chain([heads[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let line = |row: [&str; N]| {
        let cells = row.iter().enumerate().map(|(column, text)| {
            if column == 0 {
                format!("{text:<0$}", width(column))
            } else {
                format!("{text:>0$}", width(column))
            }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = (0..N).map(|column| {
        if column == 0 {
            "-".repeat(width(column))
        } else {
            format!("{}:", "-".repeat(width(column).saturating_sub(1)))
        }
    });
    let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
    let rows: String = rows.iter().map(|row| line(row.each_ref().map(String::as_str))).collect();
    say(&format!("\n{title}\n\n{}{rule}{rows}", line(heads)))
}

/// Prints.
pub fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("nobody reads")
}

/// Writes a report to `target/bench/<name>.json`.
pub fn json<T: Serialize>(name: &str, report: &T) -> Result<()> {
    let path = crate::programs::output().join(format!("{name}.json"));
    let text = serde_json::to_vec_pretty(report).context("the report")?;
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

/// How busy the machine is: the load averages, for whoever wonders about absolute figures.
pub fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .map(|text| text.split(' ').take(3).collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

/// A figure to three digits or so.
pub fn figure(value: f64) -> String {
    match value {
        value if value.is_nan() => "–".to_owned(),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
