//! Many histories, on as many threads as there are cores; and a failing one made small.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::figures::Figures;
use crate::history::{Script, play};
use crate::world::Fault;

/// What came of many histories.
#[derive(Debug, Default)]
pub struct Run {
    /// Counts over all of them.
    pub figures: Figures,
    /// The first that failed.
    pub failure: Option<Failure>,
    /// How many were played when it did, the last included.
    pub played: u64,
}

/// A history in which an invariant does not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The history.
    pub script: Script,
    /// What does not hold.
    pub violation: String,
}

/// Plays histories of the seeds from `first` on, until one fails.
pub fn run(first: u64, histories: u64, steps: u32) -> Run {
    let next = AtomicU64::new(0);
    let done = Mutex::new(Run::default());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Figures::default();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= histories {
                        break;
                    }
                    let script = Script::of(first.wrapping_add(at), steps);
                    let outcome = play(&script, false);
                    own.add(&outcome.figures);
                    if let Some(violation) = outcome.violation {
                        next.store(histories, Ordering::Relaxed);
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        let earlier =
                            done.failure.as_ref().is_none_or(|known| script.seed < known.script.seed);
                        if earlier {
                            done.failure = Some(Failure { script, violation });
                        }
                        break;
                    }
                }
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.figures.add(&own);
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.played = done.figures.histories;
    done
}

/// Makes a failing history smaller as long as it fails: fewer steps, fewer kinds of faults, fewer people.
pub fn shrink(failure: &Failure) -> Failure {
    let mut best = failure.clone();
    let better = |script: &Script, best: &mut Failure| match play(script, false).violation {
        Some(violation) => {
            *best = Failure { script: script.clone(), violation };
            true
        }
        None => false,
    };
    for fault in Fault::ALL {
        let script = Script { faults: best.script.faults & !fault.bit(), ..best.script.clone() };
        better(&script, &mut best);
    }
    for (partners, tenants) in [(2, 0), (0, 1), (2, 1), (1, 1)] {
        let script = Script { partners, tenants, ..best.script.clone() };
        better(&script, &mut best);
    }
    let mut cut = best.script.steps / 2;
    while cut > 0 {
        let fewer = best.script.steps.saturating_sub(cut);
        let script = Script { steps: fewer, ..best.script.clone() };
        if !better(&script, &mut best) || best.script.steps == 0 {
            cut /= 2;
        }
    }
    best
}
