//! One history: from a seed, people act, triggers fire, time passes, things go wrong; then all settles.

mod answers;
mod settling;
mod tasks;
mod triggers;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Policy, Program};

use self::tasks::Task;
use self::triggers::Retry;
use crate::cast::Cast;
use crate::figures::{Figures, count};
use crate::functions::{Simulated, dissolve, simulated};
use crate::rng::Rng;
use crate::watch;
use crate::world::{Fault, MailNews, Record, Schedule, Service, Shared, Trace, World, open};

/// What a history is made of. The same script is the same history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The seed.
    pub seed: u64,
    /// Steps before all settles.
    pub steps: u32,
    /// The kinds of faults that may happen, by their bits.
    pub faults: u32,
    /// Partners that compete; drawn from the seed where 0.
    pub partners: usize,
    /// Tenants that they compete for; drawn from the seed where 0.
    pub tenants: usize,
}

impl Script {
    /// A history of a seed, with everything that may happen.
    pub const fn of(seed: u64, steps: u32) -> Self {
        Self { seed, steps, faults: u32::MAX, partners: 0, tenants: 0 }
    }
}

/// What came of a history.
#[derive(Debug)]
pub struct Outcome {
    /// The first invariant that did not hold.
    pub violation: Option<String>,
    /// Counts.
    pub figures: Figures,
    /// A digest of everything that happened.
    pub digest: u64,
    /// What happened, where it was asked for.
    pub lines: Vec<String>,
}

/// Plays a history.
pub fn play(script: &Script, keep_lines: bool) -> Outcome {
    let mut history = History::new(script, keep_lines);
    history.begin();
    for _ in 0..script.steps {
        if history.is_broken() {
            break;
        }
        history.step();
    }
    history.settle();
    dissolve();
    let mut world = open(&history.world);
    world.figures.histories = 1;
    Outcome {
        violation: world.violation.take(),
        figures: std::mem::take(&mut world.figures),
        digest: world.trace.digest(),
        lines: world.trace.lines.take().unwrap_or_default(),
    }
}

pub(crate) struct History {
    pub(crate) world: Shared,
    functions: Simulated,
    rng: Rng,
    pub(crate) cast: Cast,
    pub(crate) tasks: Vec<Task>,
    next_task: u64,
    /// Claims of which a batch is under way: their later records wait.
    busy: BTreeSet<String>,
    tenants_busy: bool,
    again: Vec<Vec<Record>>,
    retries: Vec<(DateTime<Utc>, Retry)>,
    dead_records: Vec<Record>,
    dead_tenants: Vec<Record>,
    dead_timers: Vec<Schedule>,
    dead_news: Vec<MailNews>,
    reconciled: DateTime<Utc>,
    /// Whether `reconcile` runs before all settles.
    reconciles: bool,
    settling: bool,
}

impl History {
    pub(crate) fn new(script: &Script, keep_lines: bool) -> Self {
        let mut rng = Rng::new(script.seed, 1);
        let partners = 2 + rng.below(3);
        let tenants = 1 + rng.below(2);
        let rate = [0, 3, 8, 20, 50][rng.below(5)];
        let mut policy = Policy {
            most_notices: [1, 2, 3, 3, 5][rng.below(5)],
            most_notices_per_contact: [2, 20, 20][rng.below(3)],
            ..Policy::default()
        };
        let reviewed = rng.below(4) == 0;
        policy.programs.of_mut(Program::OsaSell).always_review = reviewed;
        let reconciles = rng.below(3) > 0;
        // Some day and hour of 2023: weekends, holidays and changes of the clock lie on the way.
        let start = DateTime::from_timestamp(1_672_531_200, 0).unwrap_or_default();
        let now =
            start + TimeDelta::days(i64::try_from(rng.below(365)).unwrap_or(0)) + rng.seconds(0, 86_399);
        let partners = if script.partners > 0 { script.partners } else { partners };
        let tenants = if script.tenants > 0 { script.tenants } else { tenants };
        let cast = Cast::new(&mut rng, partners, tenants);
        let world: Shared = Arc::new(Mutex::new(World {
            fault_rate: rate,
            fault_kinds: script.faults,
            trace: Trace { lines: keep_lines.then(Vec::new), ..Trace::default() },
            ..World::new(now, script.seed)
        }));
        let functions = simulated(&world, &policy);
        Self {
            world,
            functions,
            rng,
            cast,
            tasks: Vec::new(),
            next_task: 1,
            busy: BTreeSet::new(),
            tenants_busy: false,
            again: Vec::new(),
            retries: Vec::new(),
            dead_records: Vec::new(),
            dead_tenants: Vec::new(),
            dead_timers: Vec::new(),
            dead_news: Vec::new(),
            reconciled: now,
            reconciles,
            settling: false,
        }
    }

    /// The functions are under another policy from now on.
    pub(crate) fn govern(&mut self, policy: &Policy) {
        self.functions = simulated(&self.world, policy);
    }

    fn is_broken(&self) -> bool {
        open(&self.world).violation.is_some()
    }

    fn now(&self) -> DateTime<Utc> {
        open(&self.world).now
    }

    /// Operators put partners and tenants, with nothing going wrong.
    pub(crate) fn begin(&mut self) {
        let rate = std::mem::take(&mut open(&self.world).fault_rate);
        for call in self.cast.beginnings(&mut self.rng) {
            self.start_call(call);
            self.finish_all();
        }
        open(&self.world).fault_rate = rate;
    }

    /// Something happens.
    fn step(&mut self) {
        open(&self.world).figures.steps += 1;
        match self.rng.below(100) {
            0..=44 => {
                if !self.fire_something() {
                    self.act();
                }
            }
            45..=79 => self.act(),
            _ => self.pass_time(),
        }
        for _ in 0..self.rng.below(8) {
            self.turn();
        }
        while self.tasks.len() > 4 {
            self.turn();
        }
        watch::owned(&mut open(&self.world));
    }

    fn act(&mut self) {
        if self.rng.below(5) == 0 {
            let visit = self.cast.visit(&mut self.rng, &open(&self.world));
            if let Some(visit) = visit {
                return self.start_visit(visit);
            }
        }
        let call = self.cast.call(&mut self.rng, &open(&self.world));
        self.start_call(call);
    }

    /// Minutes, hours or days go by. Functions end within seconds, or their time is up.
    fn pass_time(&mut self) {
        if self.rng.below(8) > 0 {
            self.finish_all();
        }
        for _ in &self.tasks {
            count(&mut open(&self.world).figures.faults, "function timed out");
        }
        self.kill_all();
        // Mostly, what is due is done before the next day.
        if self.rng.below(4) > 0 {
            for _ in 0..40 {
                let triggers = self.triggers();
                let Some(trigger) = triggers.into_iter().next() else { break };
                self.fire(trigger);
                self.finish_all();
            }
        }
        let next = self.next_due();
        let now = self.now();
        let to = match (self.rng.below(10), next) {
            (0..=4, Some(next)) => next.max(now) + self.rng.seconds(0, 900),
            (5 | 6, _) => now + self.rng.seconds(1, 3600),
            (7 | 8, _) => now + self.rng.seconds(3600, 2 * 86_400),
            _ => now + self.rng.seconds(86_400, 9 * 86_400),
        };
        let mut world = open(&self.world);
        world.now = to;
        world.note("time passes");
        let down = world.fault_rate > 0 && self.rng.below(25) == 0;
        if down && world.fault_kinds & Fault::Outage.bit() != 0 {
            let service = [Service::Table, Service::Mail, Service::Scheduler][self.rng.below(3)];
            world.outage = Some((service, to + self.rng.seconds(60, 3 * 3600)));
        }
    }
}
