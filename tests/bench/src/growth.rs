//! What operations take and cost as the table grows. Tables of all sizes stand side by side and are asked in turn, so that
//! whatever else the machine does meets all of them alike.

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Addressee, Claim, Command, Recipient, Selection};
use runtime::Clock;
use serde::Serialize;
use serde_json::json;
use std::time::Instant;
use store::{ClaimQuery, Claims, Lists, Sort};

use crate::fill::{Filling, Model};
use crate::report::{figure, say, table};
use crate::stats::Times;
use crate::world::{PARTNER, World, claim_body, claim_id, tenant_id};

/// The operations, in the order of the tables.
const OPERATIONS: [&str; 6] = ["submit", "read", "decline", "promote", "list page", "queue page"];

/// What a page holds.
const PAGE: usize = 25;

/// Every so many claims one waits for a reviewer.
const REVIEWED: u64 = 10;

/// Tenants of the claims that operations are tried on; those of the claims that fill the table come from 0 on.
const TRIED: u64 = 1 << 40;

/// What an operation takes in a table of a size.
#[derive(Debug, Serialize)]
pub struct Point {
    /// The operation.
    pub operation: &'static str,
    /// How many claims are in the table.
    pub claims: u64,
    /// The median time, in ms.
    pub ms: f64,
    /// Read units, on average.
    pub read_units: f64,
    /// Write units, on average.
    pub write_units: f64,
}

impl Point {
    /// All units.
    pub fn units(&self) -> f64 {
        self.read_units + self.write_units
    }
}

struct Size {
    world: World,
    claims: u64,
    seen: [(Times, f64, f64); OPERATIONS.len()],
}

/// Measures: every operation so many times in a table of each size.
pub async fn measure(sizes: &[u64], rounds: u64) -> Result<Vec<Point>> {
    let now = Clock::system().now();
    let mut all = Vec::new();
    for claims in sizes {
        let world = World::new().await?;
        let started = Instant::now();
        fill(&world, *claims, now).await?;
        say(&format!("{claims} claims are in a table after {:.0} s", started.elapsed().as_secs_f64()))?;
        all.push(Size { world, claims: *claims, seen: Default::default() });
    }
    for round in 0..=rounds {
        for size in &mut all {
            size.round(round, now).await?;
        }
    }
    let point = |size: &Size, index: usize| {
        let (times, reads, writes) = &size.seen[index];
        let each = |units: &f64| units / times.count();
        Point {
            operation: OPERATIONS[index],
            claims: size.claims,
            ms: times.median(),
            read_units: each(reads),
            write_units: each(writes),
        }
    };
    Ok((0..OPERATIONS.len()).flat_map(|index| all.iter().map(move |size| point(size, index))).collect())
}

impl Size {
    /// Every operation once. The first round is not counted.
    async fn round(&mut self, round: u64, now: DateTime<Utc>) -> Result<()> {
        let tenant = |index: u64| TRIED + round * 4 + index;
        let fresh = self.world.tenant(tenant(0)).await?;
        let body = claim_body(&fresh, now);
        let (waiting, _) = self.world.waiting(&self.world.tenant(tenant(1)).await?, now).await?;
        let due = now - TimeDelta::days(40);
        let (silent, _) = self.world.waiting(&self.world.tenant(tenant(2)).await?, due).await?;
        let some = claim_id(&filler(round * 7919 % self.claims))?;
        for (index, operation) in OPERATIONS.iter().enumerate() {
            let world = &self.world;
            let before = world.meter.spent();
            let started = Instant::now();
            match *operation {
                "submit" => drop(world.submit(&fresh, &body, now).await?),
                "read" => drop(world.store.claim(&some).await.context("read")?.context("no claim")?),
                "decline" => decline(world, &waiting, now).await?,
                "promote" => drop(world.promote(&silent, now).await?),
                "list page" => {
                    full(world.store.claims(&newest()?, PAGE, None).await.context("list")?.items.len())?
                }
                _ => full(world.store.review_queue(PAGE, None).await.context("queue")?.items.len())?,
            }
            let time = started.elapsed();
            if round > 0 {
                let spent = world.meter.spent() - before;
                let seen = &mut self.seen[index];
                seen.0.push(time);
                seen.1 += spent.reads;
                seen.2 += spent.writes;
            }
        }
        Ok(())
    }
}

async fn decline(world: &World, claim: &Claim, now: DateTime<Utc>) -> Result<()> {
    let command = Command::Decline {
        by: Addressee { notice: domain::NoticeNumber::FIRST, to: Recipient::CustomerContact },
        scopes: Selection::All,
        reason: None,
    };
    world.ask(claim, command, now).await.map(drop)
}

fn newest() -> Result<ClaimQuery> {
    let partner = PARTNER.parse().map_err(|_| anyhow!("the partner's ID is wrong"))?;
    Ok(ClaimQuery {
        partner,
        status: None,
        program: None,
        tenant: None,
        name_contains: None,
        sort: Sort::Created,
        descending: true,
    })
}

fn full(items: usize) -> Result<()> {
    if items == PAGE { Ok(()) } else { Err(anyhow!("a page of {items}")) }
}

fn filler(number: u64) -> String {
    format!("filler-{number}")
}

/// Fills a table with claims of one partner, the worst case for its lists: copies of two claims that went the ordinary
/// way, each under its own ID, tenant and time.
pub async fn fill(world: &World, claims: u64, now: DateTime<Utc>) -> Result<()> {
    let (client, table) = (&world.client, world.database.table.as_str());
    let (waiting, _) = world.waiting(&world.tenant(TRIED - 1).await?, now).await?;
    let mut body = claim_body(&world.tenant(TRIED - 2).await?, now);
    body["customer_contact"]["email"] = json!("jana.novakova@elsewhere.example");
    let reviewed = world.submit(&tenant_id(TRIED - 2), &body, now).await?;
    let model = async |claim: &Claim, tenant: u64| {
        let ids = (claim.id.to_string(), tenant_id(tenant));
        Model::read(client, table, (&ids.0, &ids.1), |sort| sort != "TENANT").await
    };
    let (waiting, reviewed) = (model(&waiting, TRIED - 1).await?, model(&reviewed, TRIED - 2).await?);
    let mut filling = Filling::new(client, table);
    for number in 0..claims {
        let model = if number % REVIEWED == 0 { &reviewed } else { &waiting };
        let id = claim_id(&filler(number))?.to_string();
        let created = now - TimeDelta::seconds(number.cast_signed());
        for mut item in model.copy(&id, &tenant_id(number), created) {
            // In one of the queue's shards, like the others.
            let shard = AttributeValue::S(format!("S#{}", number / REVIEWED % 8));
            item.entry("review_shard".to_owned()).and_modify(|at| *at = shard);
            filling.put(item).await?;
        }
    }
    filling.end().await
}

/// The points of each operation, in the order of the tables.
pub fn by_operation(points: &[Point]) -> impl Iterator<Item = (&'static str, Vec<&Point>)> {
    OPERATIONS
        .into_iter()
        .map(|operation| (operation, points.iter().filter(|point| point.operation == operation).collect()))
}

/// Operations that cost more or less than a tenth away from what they cost in the smallest table.
pub fn not_flat(points: &[Point]) -> Vec<&'static str> {
    by_operation(points)
        .filter(|(_, points)| {
            let first = points.first().map_or(0.0, |point| point.units());
            points.iter().any(|point| (point.units() / first - 1.0).abs() > 0.1)
        })
        .map(|(operation, _)| operation)
        .collect()
}

/// Prints the points.
pub fn print(points: &[Point]) -> Result<()> {
    let rows: Vec<_> = points
        .iter()
        .map(|point| {
            let [ms, reads, writes] = [point.ms, point.read_units, point.write_units].map(figure);
            [point.operation.to_owned(), point.claims.to_string(), ms, reads, writes]
        })
        .collect();
    let title =
        format!("Growth: median times with the emulator's, units on average; load {}", crate::report::load());
    table(&title, ["", "claims", "ms", "read units", "write units"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_in_a_larger_table_is_found() {
        let point = |operation, claims, units| Point {
            operation,
            claims,
            ms: 1.0,
            read_units: units,
            write_units: 0.0,
        };
        let points = [
            point("read", 1_000, 1.0),
            point("read", 10_000, 1.05),
            point("submit", 1_000, 8.0),
            point("submit", 10_000, 9.0),
        ];
        assert_eq!(not_flat(&points), ["submit"]);
    }
}
