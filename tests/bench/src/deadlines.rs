//! Very many deadlines within one hour: what a day on which very many claims were submitted comes to, a week later.

use std::time::Instant;

use anyhow::{Context, Error, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use local::stack::{Options, Stack};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::caller::{self, ask, options, pass, send};
use crate::fill::{Filling, Model};
use crate::report::{self, figure, table};
use crate::speed::megabytes;
use crate::world::{claim_body, claim_id, client, tenant_id};

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Deadlines {
    /// How many.
    pub claims: u64,
    /// Load averages before and after.
    pub load: [String; 2],
    /// Claims in the export that are official.
    pub official: u64,
    /// Claims in the export that are not.
    pub others: u64,
    /// Messages in dead-letter queues.
    pub failed: u64,
    /// How long the hour took, in s.
    pub seconds: f64,
    /// How long the export took, in s.
    pub export_seconds: f64,
    /// The most memory of this process before the hour, which is the stack without its functions; bytes.
    pub memory_before: u64,
    /// The most in the end.
    pub memory: u64,
}

impl Deadlines {
    /// Whether every claim is official.
    pub fn is_sound(&self) -> bool {
        self.official == self.claims && self.others == 0 && self.failed == 0
    }

    /// Prints it.
    pub fn print(&self) -> Result<()> {
        let row = [
            self.claims.to_string(),
            self.official.to_string(),
            self.others.to_string(),
            self.failed.to_string(),
            figure(self.seconds),
            figure(self.export_seconds),
            figure(megabytes(self.memory_before)),
            figure(megabytes(self.memory)),
        ];
        let title = format!("Deadlines within an hour, load {} to {}", self.load[0], self.load[1]);
        let heads = ["claims", "official", "others", "failed", "s", "export s", "MB before", "MB"];
        table(&title, heads, &[row])
    }
}

/// Lets one hour pass in which so many deadlines fall.
pub async fn measure(claims: u64) -> Result<Deadlines> {
    let before = report::load();
    let home = std::env::temp_dir().join(format!("bench-deadlines-{}", std::process::id()));
    std::fs::create_dir_all(&home).context("no directory for the state")?;
    let stack = Stack::start(&Options { data: Some(home.clone()), ..options()? }).await?;
    let partner = caller::partner(&stack).await?;
    let prepared = prepare(&stack, &partner).await?;
    let started = Instant::now();
    fill(&stack, &prepared, claims).await?;
    let memory_before = caller::peak_memory()?;
    report::say(&format!(
        "{claims} claims and timers are there after {:.0} s",
        started.elapsed().as_secs_f64()
    ))?;
    // To the deadline, and through the hour after it.
    let to_go = prepared.deadline - stack.clock.now();
    pass(&stack, &format!("PT{}S", to_go.num_seconds().max(0))).await?;
    let started = Instant::now();
    pass(&stack, "PT1H").await?;
    let seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let (official, others) = counted(&caller::export(&stack, &partner).await?);
    let export_seconds = started.elapsed().as_secs_f64();
    let queues = send(&stack, "GET", "/_local/queues", "-", &Json::Null).await?;
    let failed = queues
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, queue)| queue.as_array())
        .map(|queue| queue.len() as u64)
        .sum();
    stack.stop().await;
    std::fs::remove_dir_all(&home).context("the state stays behind")?;
    let load = [before, report::load()];
    let memory = caller::peak_memory()?;
    Ok(Deadlines { claims, load, official, others, failed, seconds, export_seconds, memory_before, memory })
}

/// A claim that went the ordinary way, of which the others are copies.
struct Prepared {
    table: String,
    model: Model,
    timer: Json,
    deadline: DateTime<Utc>,
}

async fn prepare(stack: &Stack, partner: &str) -> Result<Prepared> {
    let number = u64::from(u32::MAX);
    let tenant = tenant_id(number);
    caller::register(stack, number..number + 1).await?;
    let claim = send(stack, "POST", "/claims", partner, &claim_body(&tenant, stack.clock.now())).await?;
    let id = claim["id"].as_str().ok_or_else(|| Error::msg(claim.to_string()))?.to_owned();
    pass(stack, "PT0S").await?;
    let claim = send(stack, "GET", &format!("/claims/{id}"), partner, &Json::Null).await?;
    let deadline = claim["deadline"].as_str().and_then(|time| time.parse().ok());
    let deadline = deadline.with_context(|| format!("no deadline: {claim}"))?;
    let (_, _, timers) = ask("GET", &format!("{}/schedules", stack.services), &[], "").await?;
    let timers: Json = serde_json::from_slice(&timers).context("the timers")?;
    let timer = timers["Schedules"].as_array().into_iter().flatten();
    let mut timer =
        timer.filter(|timer| timer["Name"].as_str().is_some_and(|name| name.contains("-deadline-")));
    let timer = timer.next().cloned().context("no timer")?;
    let client = client(&stack.database);
    let tables = client.list_tables().send().await.map_err(|error| anyhow!("{error:?}"))?;
    let table = tables.table_names().first().cloned().context("no table")?;
    // The claim itself, its tenant and its slot. Its transitions would have mails sent again.
    let wanted = |sort: &str| ["CLAIM", "TENANT"].contains(&sort) || sort.starts_with("SLOT#");
    let model = Model::read(&client, &table, (&id, &tenant), wanted).await?;
    Ok(Prepared { table, model, timer, deadline })
}

async fn fill(stack: &Stack, prepared: &Prepared, claims: u64) -> Result<()> {
    let client = client(&stack.database);
    let mut filling = Filling::new(&client, &prepared.table);
    // The model is one of them.
    for number in 1..claims {
        let id = claim_id(&format!("deadline-{number}"))?.to_string();
        let created = stack.clock.now() - TimeDelta::seconds(number.cast_signed());
        for item in prepared.model.copy(&id, &tenant_id(number), created) {
            filling.put(item).await?;
        }
        // By the minute: the stack's clock comes to rest at every instant at which a timer is due.
        let minute = i64::try_from(number * 60 / claims).unwrap_or_default();
        set(stack, prepared, &id, prepared.deadline + TimeDelta::minutes(minute)).await?;
    }
    filling.end().await
}

async fn set(stack: &Stack, prepared: &Prepared, id: &str, at: DateTime<Utc>) -> Result<()> {
    let text = prepared.timer.to_string().replace(&prepared.model.id, id);
    let mut timer: Json = serde_json::from_str(&text).context("the timer")?;
    timer["ScheduleExpression"] = json!(format!("at({})", at.format("%Y-%m-%dT%H:%M:%S")));
    let name = timer["Name"].as_str().unwrap_or_default();
    let url = format!("{}/schedules/{name}", stack.services);
    let json = [("content-type", "application/json".to_owned())];
    let (status, _, answer) = ask("POST", &url, &json, timer.to_string()).await?;
    if status.is_success() { Ok(()) } else { Err(Error::msg(String::from_utf8_lossy(&answer).into_owned())) }
}

/// Official claims and others in an export.
fn counted(export: &[u8]) -> (u64, u64) {
    let text = String::from_utf8_lossy(export);
    let rows = text.lines().skip(1);
    let (official, others): (Vec<_>, Vec<_>) =
        rows.partition(|line| line.split(',').nth(2) == Some("official"));
    (official.len() as u64, others.len() as u64)
}
