//! Histories, as many as the environment asks for; see `src/bin/simulate.rs`.

use simulation::{Script, play, run, shrink};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_invariants_hold_in_every_history() {
    let (seed, histories) = (number("SIMULATION_SEED", 1), number("SIMULATION_HISTORIES", 120));
    let done = run(seed, histories, 200);
    println!("{}", done.figures);
    if let Some(failure) = done.failure {
        let small = shrink(&failure);
        let again = play(&small.script, true);
        println!("{}", again.lines.join("\n"));
        panic!(
            "seed {}: {}\nshrunk to {:?}: {}",
            failure.script.seed, failure.violation, small.script, small.violation
        );
    }
    assert_eq!(done.figures.standings_missed(), Vec::<&str>::new(), "no scope came to these standings");
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in 1..=5 {
        let (first, second) = (play(&Script::of(seed, 200), false), play(&Script::of(seed, 200), false));
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert_eq!(first.figures, second.figures, "seed {seed}");
    }
    assert_ne!(play(&Script::of(1, 200), false).digest, play(&Script::of(2, 200), false).digest);
}
