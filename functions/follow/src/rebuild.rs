//! Counts everything anew into a generation of counts of its own, puts it in the place of the one in use, and says where
//! the two differed. Meanwhile the stream feeds both.
//!
//! An operator asks for it by invoking the function with `{"rebuild": {}}`, as often as the answer says `"done": false`:
//! each call goes on where the one before, or one that died, has noted to have got. That needs the right to invoke this
//! function and none to the table, and no other program than this one knows how to count.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::Month;
use domain::insight::Generations;
use serde::{Deserialize, Serialize};
use store::{Counting, Progress, Rebuilding, StoreError};

use crate::Follow;

/// Items of the table read at once.
const PART: u16 = 1000;
/// How long one call works, some time before Lambda would end it.
const WORK: TimeDelta = TimeDelta::seconds(60);
/// The most differences that are told; the number of all of them is.
const MOST_DIFFERENCES: usize = 100;

/// What an operator asks for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// Begin anew, instead of going on with what is under way.
    #[serde(default)]
    pub restart: bool,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Whether the new counts are in use. If not, ask again.
    pub done: bool,
    /// The generation built.
    pub generation: u32,
    /// Claims seen so far.
    pub claims: u64,
    /// In how many counters the two generations differed, in the end.
    pub different: usize,
    /// The first hundred of them.
    pub differences: Vec<Difference>,
}

/// A counter in which the counts that were in use differed from those counted anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The row's month.
    pub month: Month,
    /// The row's programme.
    pub program: String,
    /// The row's workload or product.
    pub scope: String,
    /// The counter.
    pub counter: String,
    /// What was in use.
    pub before: i64,
    /// What is now.
    pub after: i64,
}

impl<S: Counting + Rebuilding> Follow<S> {
    /// Goes on with counting everything anew, or begins with it.
    ///
    /// # Errors
    /// [`StoreError`]; what was done by then is done. A conflict says that somebody else has begun or ended one meanwhile.
    pub async fn rebuild(&self, asked: Rebuild) -> Result<Rebuilt, StoreError> {
        let until = self.executor.clock.now() + WORK;
        let (generations, building) = self.begin(asked.restart).await?;
        let mut progress =
            self.executor.store.progress().await?.filter(|one| one.generation == building).unwrap_or(
                Progress {
                    generation: building,
                    next: None,
                    claims: 0,
                    first: Month::of(self.executor.clock.now()),
                },
            );
        loop {
            let part = self.executor.store.part(progress.next.as_deref(), PART, &generations).await?;
            let counted = self.count(&part.claims).await?;
            let months = [Some(progress.first), part.first, counted];
            progress.first = months.into_iter().flatten().min().unwrap_or(progress.first);
            progress.claims += part.claims.len() as u64;
            progress.next = part.next;
            self.executor.store.put_progress(&progress).await?;
            if progress.next.is_none() {
                break;
            }
            if self.executor.clock.now() >= until {
                tracing::info!(claims = progress.claims, "counting anew; not done yet");
                return Ok(answer(false, &progress, Vec::new()));
            }
        }
        let differences = self.differences(&generations, &progress).await?;
        let now = Generations { current: building, building: None, newest: generations.newest };
        self.executor.store.put_generations(&generations, &now).await?;
        tracing::info!(claims = progress.claims, different = differences.len(), "counted anew");
        Ok(answer(true, &progress, differences))
    }

    async fn begin(&self, restart: bool) -> Result<(Generations, u32), StoreError> {
        let seen = self.executor.store.generations_now().await?;
        match seen.building {
            Some(building) if !restart => Ok((seen, building)),
            _ => {
                let building = seen.newest + 1;
                let now = Generations { current: seen.current, building: Some(building), newest: building };
                self.executor.store.put_generations(&seen, &now).await?;
                Ok((now, building))
            }
        }
    }

    async fn differences(
        &self,
        generations: &Generations,
        progress: &Progress,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut differences = Vec::new();
        let last = Month::of(self.executor.clock.now());
        let mut month = progress.first;
        while month <= last {
            let mut found = self.differences_in(generations, progress.generation, month).await?;
            if !found.is_empty() {
                // Every change is made in both at once, but they are read one after the other: read again.
                found = self.differences_in(generations, progress.generation, month).await?;
            }
            differences.extend(found);
            if month == month.later(1) {
                break;
            }
            month = month.later(1);
        }
        Ok(differences)
    }

    async fn differences_in(
        &self,
        generations: &Generations,
        building: u32,
        month: Month,
    ) -> Result<Vec<Difference>, StoreError> {
        let before = self.executor.store.rows(generations.current, month).await?;
        let after = self.executor.store.rows(building, month).await?;
        let rows: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let mut differences = Vec::new();
        for row in rows {
            let (old, new) =
                (before.get(row).cloned().unwrap_or_default(), after.get(row).cloned().unwrap_or_default());
            let mut change = new.clone();
            old.counters().for_each(|(measure, count)| change.add(measure, -count));
            differences.extend(change.counters().map(|(measure, _)| Difference {
                month,
                program: row.program.code().to_owned(),
                scope: row.code.to_string(),
                counter: measure.name(),
                before: old.get(measure),
                after: new.get(measure),
            }));
        }
        Ok(differences)
    }
}

fn answer(done: bool, progress: &Progress, mut differences: Vec<Difference>) -> Rebuilt {
    let different = differences.len();
    differences.truncate(MOST_DIFFERENCES);
    Rebuilt { done, generation: progress.generation, claims: progress.claims, different, differences }
}
