//! Counts of claims, in memory, and what is left of claims that are gone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::field::{CatalogueCode, PartnerId};
use domain::insight::{Book, Generations, Recount, Row, Tally};
use domain::{ClaimId, Month, Months, Program};
use store::{Counting, Counts, Forgetting, Insights, Part, Progress, Rebuilding, StoreError, Uncounted};

use super::Memory;
use crate::world::World;

impl Counting for Memory {
    async fn counting(&self, claims: &[ClaimId]) -> Result<(Generations, Vec<Uncounted>), StoreError> {
        self.read("BatchGetItem", |world| {
            let read = |id: &ClaimId| Uncounted {
                id: id.clone(),
                claim: world.table.claim(id).cloned(),
                counted: world.table.counted.get(id).cloned(),
            };
            (generations(world), claims.iter().map(read).collect())
        })
        .await
    }

    async fn store_counts(&self, recount: &Recount, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write("TransactWriteItems", |world| {
            let table = &mut world.table;
            let revision = |id| table.counted.get(id).map(|counted| counted.revision);
            if recount.claims.iter().any(|(id, seen, _)| revision(id) != *seen) {
                return Err(StoreError::Conflict);
            }
            for (id, _, counted) in &recount.claims {
                match counted {
                    Some(counted) => table.counted.insert(id.clone(), counted.clone()),
                    None => table.counted.remove(id),
                };
            }
            for (place, tally) in &recount.rows {
                let (counters, counted_at) = table.rows.entry(place.clone()).or_default();
                counters.add_all(tally);
                *counted_at = at;
            }
            for (place, change) in &recount.holdings {
                let held = table.holdings.entry(place.clone()).or_default();
                *held = held.saturating_add_signed(*change);
            }
            Ok(())
        })
        .await
    }
}

fn generations(world: &World) -> Generations {
    world.table.generations.clone().unwrap_or_default()
}

impl Insights for Memory {
    async fn counts(&self, months: Months) -> Result<Counts, StoreError> {
        self.read("Query", |world| {
            let current = Book::Generation(generations(world).current);
            let read = |book: Book| book == current || book == Book::Forgotten;
            let months = months.from()..=months.to();
            let rows = world.table.rows.iter();
            let rows = rows.filter(|((book, row), _)| read(*book) && months.contains(&row.month));
            Counts::of(rows.map(|((_, row), (tally, at))| (row.clone(), tally.clone(), *at)))
        })
        .await
    }

    async fn leaders(
        &self,
        program: Program,
        code: &CatalogueCode,
        limit: usize,
    ) -> Result<Vec<(PartnerId, u64)>, StoreError> {
        self.read("Query", |world| {
            let current = generations(world).current;
            let of_it = world.table.holdings.iter().filter(|((generation, holding), count)| {
                *generation == current && holding.program == program && holding.code == *code && **count > 0
            });
            let mut found: Vec<_> =
                of_it.map(|((_, holding), count)| (holding.partner.clone(), *count)).collect();
            found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            found.truncate(limit);
            found
        })
        .await
    }
}

impl Rebuilding for Memory {
    async fn generations_now(&self) -> Result<Generations, StoreError> {
        self.read("GetItem", |world| generations(world)).await
    }

    async fn put_generations(&self, seen: &Generations, now: &Generations) -> Result<(), StoreError> {
        self.write("PutItem", |world| {
            let stored = generations(world);
            if (stored.current, stored.building) != (seen.current, seen.building) {
                return Err(StoreError::Conflict);
            }
            world.table.generations = Some(now.clone());
            Ok(())
        })
        .await
    }

    async fn progress(&self) -> Result<Option<Progress>, StoreError> {
        self.read("GetItem", |world| world.table.progress.clone()).await
    }

    async fn put_progress(&self, progress: &Progress) -> Result<(), StoreError> {
        self.write("PutItem", |world| {
            world.table.progress = Some(progress.clone());
            Ok(())
        })
        .await
    }

    /// Counts are all in the first part, claims in each.
    async fn part(
        &self,
        after: Option<&str>,
        items: u16,
        generations: &Generations,
    ) -> Result<Part, StoreError> {
        self.write("Scan", |world| {
            let table = &mut world.table;
            let mut part = Part::default();
            if after.is_none() {
                let fed = generations.fed();
                table.rows.retain(|(book, _), _| match book {
                    Book::Generation(generation) => fed.contains(generation),
                    Book::Forgotten => true,
                });
                table.holdings.retain(|(generation, _), _| fed.contains(generation));
                part.first = table.rows.keys().map(|(_, row)| row.month).min();
            }
            let mut behind = table.claims.keys().filter(|id| after.is_none_or(|after| id.as_str() > after));
            part.claims = behind.by_ref().take(items.into()).cloned().collect();
            part.next = behind.next().and(part.claims.last()).map(ToString::to_string);
            Ok(part)
        })
        .await
    }

    async fn rows(&self, generation: u32, month: Month) -> Result<BTreeMap<Row, Tally>, StoreError> {
        self.read("Query", |world| {
            let wanted =
                |(book, row): &(Book, Row)| *book == Book::Generation(generation) && row.month == month;
            let rows =
                world.table.rows.iter().filter(|(place, (tally, _))| wanted(place) && !tally.is_empty());
            rows.map(|((_, row), (tally, _))| (row.clone(), tally.clone())).collect()
        })
        .await
    }
}

impl Forgetting for Memory {
    async fn forget(&self, id: &ClaimId) -> Result<usize, StoreError> {
        self.write("TransactWriteItems", |world| {
            let table = &mut world.table;
            if table.claims.contains_key(id) {
                return Ok(0);
            }
            let history = table.transitions.remove(id).map_or(0, |history| history.len());
            Ok(history + usize::from(table.counted.remove(id).is_some()))
        })
        .await
    }
}
