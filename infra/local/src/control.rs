//! Moving the stack's time, step by step from timer to timer, each step only when the one before has come to rest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::activity::Activity;
use crate::bus::Pipe;
use crate::clock::StackClock;
use crate::files::Objects;
use crate::scheduler::{Fired, Scheduler};
use crate::stream::Mapping;
use crate::table::Table;

/// How long nothing may move before everything is at rest, by the real clock. However much there is to do, it may take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked at whether anything moves.
const GLANCE: Duration = Duration::from_secs(1);

/// How often timers are looked at, by the real clock.
const TICK: Duration = Duration::from_millis(100);

/// Every how many of those the stream's old records are dropped.
const TICKS_OF_A_SWEEP: u32 = 10;

/// How often a periodic function may run during one fast-forward, at most.
const MOST_PERIODS: i32 = 2;

/// Everything that time moves.
pub struct Control {
    /// The clock.
    pub clock: Arc<StackClock>,
    /// The timers.
    pub scheduler: Scheduler,
    /// The stream's readers.
    pub mappings: Vec<Arc<Mapping>>,
    /// Its other readers, which publish.
    pub pipes: Vec<Arc<Pipe>>,
    /// What else is under way.
    pub activity: Activity,
    /// The table, for its expiry.
    pub table: Table,
    /// The files, for theirs.
    pub objects: Objects,
    /// Held by whoever fires timers: a fast-forward is never overtaken by the ordinary course of things.
    pub turn: Mutex<()>,
}

/// What a move of the clock came to.
#[derive(Debug, Serialize)]
pub struct Moved {
    /// The time it is now.
    pub now: DateTime<Utc>,
    /// The timers that fired, in order.
    pub fired: Vec<Fired>,
}

impl Control {
    /// Moves the clock and returns when everything that this set off has come to rest.
    pub async fn advance(&self, by: TimeDelta) -> Result<Moved> {
        let _turn = self.turn.lock().await;
        self.rest().await?;
        let target = self.clock.now() + by;
        let mut fired = Vec::new();
        loop {
            let now = self.clock.now().min(target);
            fired.extend(self.scheduler.fire_due(now, by / MOST_PERIODS));
            self.rest().await?;
            // What runs by itself waits for its turn, and there may be very many steps.
            self.drop_old_records()?;
            match self.scheduler.next_due().filter(|due| *due <= target) {
                Some(due) => self.clock.move_to(due)?,
                None => break,
            }
        }
        self.clock.move_to(target)?;
        let swept = self.table.sweep(self.clock.now())? + self.objects.sweep(self.clock.now())?;
        self.rest().await?;
        let (now, count) = (self.clock.now(), fired.len());
        tracing::info!(
            "the clock stands at {}; {count} timer(s) fired, {swept} item(s) and file(s) expired",
            now.format("%F %T")
        );
        Ok(Moved { now, fired })
    }

    /// Fires timers as real time passes, for as long as the stack runs.
    pub async fn run(self: Arc<Self>) {
        for tick in (0..TICKS_OF_A_SWEEP).cycle() {
            tokio::time::sleep(TICK).await;
            if tick == 0
                && let Err(error) = self.drop_old_records()
            {
                tracing::error!("{error:#}");
            }
            if self.scheduler.next_due().is_some_and(|due| due <= self.clock.now()) {
                let _turn = self.turn.lock().await;
                self.scheduler.fire_due(self.clock.now(), TimeDelta::zero());
            }
        }
    }

    /// Returns once no invocation is under way and the stream is worked off.
    pub async fn rest(&self) -> Result<()> {
        self.rest_within(PATIENCE).await
    }

    async fn rest_within(&self, patience: Duration) -> Result<()> {
        let (mut moved, mut at) = (self.progress(), Instant::now());
        loop {
            let _ = tokio::time::timeout(GLANCE.min(patience), self.activity.quiet()).await;
            let drained = self.is_drained()?;
            let mut waiting = self.activity.labels();
            if drained && waiting.is_empty() {
                return Ok(());
            }
            let now = self.progress();
            if now != moved {
                (moved, at) = (now, Instant::now());
            } else if at.elapsed() >= patience {
                if !drained {
                    waiting.push("the stream".to_owned());
                }
                let (seconds, waiting) = (patience.as_secs(), waiting.join(", "));
                bail!("nothing has moved for {seconds} s; still under way: {waiting}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What changes whenever something is done: the work that has ended, and where readers of the stream are.
    fn progress(&self) -> (u64, Vec<Option<String>>) {
        (self.activity.ended(), self.positions().collect())
    }

    fn positions(&self) -> impl Iterator<Item = Option<String>> {
        let mappings = self.mappings.iter().map(|mapping| mapping.position());
        mappings.chain(self.pipes.iter().map(|pipe| pipe.position()))
    }

    /// Drops what every reader of the stream has passed.
    fn drop_old_records(&self) -> Result<()> {
        let all: Option<Vec<String>> = self.positions().collect();
        match all.and_then(|all| all.into_iter().min()) {
            Some(least) => self.table.drop_records_before(&least),
            None => Ok(()),
        }
    }

    fn is_drained(&self) -> Result<bool> {
        for mapping in &self.mappings {
            if !mapping.is_drained()? {
                return Ok(false);
            }
        }
        for pipe in &self.pipes {
            if !pipe.is_drained()? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
