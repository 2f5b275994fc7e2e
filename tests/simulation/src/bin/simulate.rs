//! Plays histories and prints what was done: `cargo run -p simulation --bin simulate`.
//!
//! `SIMULATION_HISTORIES` (200), `SIMULATION_STEPS` (200), `SIMULATION_SEED` (1): how many, how long, from which seed on.
//! With `SIMULATION_TRACE`, the one history of the seed is told line by line; `SIMULATION_FAULTS`,
//! `SIMULATION_PARTNERS` and `SIMULATION_TENANTS` make it the shrunk one that a failure printed.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::process::ExitCode;
use std::time::Instant;

use simulation::{Script, play, run, shrink};

fn main() -> ExitCode {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let seed = number("SIMULATION_SEED", 1);
    let steps = u32::try_from(number("SIMULATION_STEPS", 200)).unwrap_or(200);
    if std::env::var("SIMULATION_TRACE").is_ok() {
        let script = Script {
            seed,
            steps,
            faults: u32::try_from(number("SIMULATION_FAULTS", u64::from(u32::MAX))).unwrap_or(u32::MAX),
            partners: usize::try_from(number("SIMULATION_PARTNERS", 0)).unwrap_or(0),
            tenants: usize::try_from(number("SIMULATION_TENANTS", 0)).unwrap_or(0),
        };
        let outcome = play(&script, true);
        println!("{}", outcome.lines.join("\n"));
        println!("digest {:016x}", outcome.digest);
        return if outcome.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let began = Instant::now();
    let done = run(seed, number("SIMULATION_HISTORIES", 200), steps);
    if std::env::var("SIMULATION_QUIET").is_err() {
        println!("{}", done.figures);
        println!("{:.1} s", began.elapsed().as_secs_f64());
    }
    let Some(failure) = done.failure else { return ExitCode::SUCCESS };
    println!("after {} histories: seed {}: {}", done.played, failure.script.seed, failure.violation);
    if std::env::var("SIMULATION_QUIET").is_err() {
        let small = shrink(&failure);
        println!("shrunk: {}", small.violation);
        println!(
            "again: SIMULATION_TRACE=1 SIMULATION_SEED={} SIMULATION_STEPS={} SIMULATION_FAULTS={} SIMULATION_PARTNERS={} SIMULATION_TENANTS={} cargo run -p simulation --bin simulate",
            small.script.seed,
            small.script.steps,
            small.script.faults,
            small.script.partners,
            small.script.tenants
        );
    }
    ExitCode::FAILURE
}
