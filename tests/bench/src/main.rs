//! `cargo run -p bench --profile bench-harness`: how fast and how cheap the functions are, beside programs to compare them with.

mod caller;
mod cost;
mod deadlines;
mod event;
mod export;
mod fill;
mod goals;
mod growth;
mod load;
mod plot;
mod process;
mod programs;
mod recorder;
mod report;
mod speed;
mod stats;
mod tls;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// How fast and how cheap the functions are.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// What is measured; speed, cost, growth and export, one after the other, when nothing is named
    #[command(subcommand)]
    command: Option<Command>,
    /// Take what was built before
    #[arg(long, global = true)]
    no_build: bool,
    /// Fail when a goal is missed by more than a tenth of it
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Cold starts, warm invocations, memory and size
    Speed {
        /// Processes of each program
        #[arg(long, default_value_t = 20)]
        rounds: usize,
        /// Invocations of a process after its first
        #[arg(long, default_value_t = 20)]
        warm: usize,
        /// A directory with another build of the functions, to be measured beside
        #[arg(long)]
        against: Vec<PathBuf>,
        /// Only programs whose name contains this
        #[arg(long)]
        only: Vec<String>,
    },
    /// What a claim's whole life costs, alone and among others
    Cost {
        /// How many claims come at once
        #[arg(long, default_values_t = [1, 50])]
        claims: Vec<u64>,
    },
    /// Time and units per operation as the table grows
    Growth {
        /// How many claims are in the tables
        #[arg(long, default_values_t = [1_000, 10_000, 100_000])]
        claims: Vec<u64>,
        /// How often each operation is tried in each
        #[arg(long, default_value_t = 50)]
        rounds: u64,
        /// Where the picture goes: the documents have theirs in tests/bench/growth.svg [default: target/bench/growth.svg]
        #[arg(long)]
        picture: Option<PathBuf>,
    },
    /// The export of a partner with very many claims
    Export {
        /// How many claims it has
        #[arg(long, default_value_t = 100_000)]
        claims: u64,
    },
    /// Requests that come at a constant rate, mixed: submissions, reads, declines
    Load {
        /// Requests a second
        #[arg(long, default_value_t = 40)]
        rate: u64,
        /// For how long
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
    /// Very many deadlines within one hour, on a stack that keeps its state
    Deadlines {
        /// How many
        #[arg(long, default_value_t = 100_000)]
        claims: u64,
    },
    /// Be one function of the stack, recorded; for this program's own use
    #[command(hide = true)]
    Function { name: String },
    /// See `function`
    #[command(hide = true)]
    Recorded { name: String },
}

/// How much a goal may be missed by before `--check` fails: what two runs differ by.
const MARGIN: f64 = 0.1;

/// What is measured when nothing is named.
const ALL: [&str; 4] = ["speed", "cost", "growth", "export"];

fn main() -> Result<ExitCode> {
    let Arguments { command, no_build, check } = Arguments::parse();
    let named = |name: &str| Arguments::parse_from(["bench", name]).command;
    let commands = match command {
        Some(command) => vec![command],
        None => ALL.into_iter().filter_map(named).collect(),
    };
    let done: Result<bool> =
        commands.into_iter().try_fold(true, |met, command| Ok(run(command, no_build, check)? && met));
    Ok(if done? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// False when a goal was missed that was to be checked.
fn run(command: Command, no_build: bool, check: bool) -> Result<bool> {
    let check = |met: bool| met || !check;
    match command {
        Command::Speed { rounds, warm, against, only } => {
            if !no_build {
                programs::build()?;
            }
            let report = wait(speed::measure(&speed::Options { rounds, warm, against, only }))?;
            report.print()?;
            let goals = goals::goals(&report);
            goals::print(&goals)?;
            report::json("speed", &report)?;
            report::json("goals", &goals)?;
            Ok(check(goals.iter().all(|goal| goal.is_met(MARGIN))))
        }
        Command::Cost { claims } => {
            let mut lives = Vec::new();
            for claims in claims {
                let life = wait(cost::measure(claims))?;
                life.print()?;
                lives.push(life);
            }
            report::json("cost", &lives)?;
            let within = |is: f64, goal: f64| is <= goal * (1.0 + MARGIN);
            let met = |life: &cost::Life| {
                within(life.total(), cost::GOAL) && within(life.own_writes(), cost::GOAL_WRITES)
            };
            Ok(check(lives.iter().all(met)))
        }
        Command::Growth { claims, rounds, picture } => {
            let points = wait(growth::measure(&claims, rounds))?;
            growth::print(&points)?;
            report::json("growth", &points)?;
            let picture = picture.unwrap_or_else(|| programs::output().join("growth.svg"));
            std::fs::write(&picture, plot::svg(&points)).with_context(|| picture.display().to_string())?;
            let not_flat = growth::not_flat(&points);
            report::say(&format!(
                "not flat in units within a tenth: {}",
                if not_flat.is_empty() { "none".to_owned() } else { not_flat.join(", ") }
            ))?;
            Ok(check(not_flat.is_empty()))
        }
        Command::Export { claims } => {
            if !no_build {
                programs::build()?;
            }
            let export = wait(export::measure(claims))?;
            export.print()?;
            report::json("export", &export)?;
            Ok(check(export.ms <= export::GOAL_MS * (1.0 + MARGIN)))
        }
        Command::Load { rate, seconds } => {
            let load = wait(load::measure(rate, seconds))?;
            load.print()?;
            report::json("load", &load)?;
            Ok(load.is_sound())
        }
        Command::Deadlines { claims } => {
            let deadlines = wait(deadlines::measure(claims))?;
            deadlines.print()?;
            report::json("deadlines", &deadlines)?;
            Ok(deadlines.is_sound())
        }
        Command::Function { name } => cost::function(&name),
        Command::Recorded { name } => {
            let one = tokio::runtime::Builder::new_current_thread().enable_all().build();
            one.context("cannot start")?.block_on(cost::recorded(&name))
        }
    }
}

fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    std::fs::create_dir_all(programs::output()).context("no directory for the output")?;
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    threads.context("cannot start")?.block_on(work)
}
