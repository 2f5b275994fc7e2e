//! Cold starts, warm invocations, memory and size, each program in turn, round after round: whatever else the machine does
//! then meets all of them alike, and ratios hold on a busy machine, too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use chrono::TimeDelta;
use runtime::Clock;
use serde::Serialize;
use serde_json::json;

use crate::process::{Program, Running};
use crate::recorder::{self, Calls};
use crate::report::{self, figure, table};
use crate::stats::Times;
use crate::tls::Endpoint;
use crate::world::{World, claim_body, claim_id};
use crate::{event, programs};

/// What is measured.
pub struct Options {
    /// Processes of each program, in each mode.
    pub rounds: usize,
    /// Invocations of a process after its first.
    pub warm: usize,
    /// Other builds of the functions, to be measured beside.
    pub against: Vec<PathBuf>,
    /// Only programs whose name contains one of these.
    pub only: Vec<String>,
}

/// What an invocation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Nothing,
    PutItem,
    Submit,
    SameCalls,
    Page,
    Promote,
}

struct Subject {
    program: Program,
    work: Work,
    tls: bool,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    init: Times,
    first: Times,
    first_cpu: Times,
    cold: Times,
    cold_cpu: Times,
    warm: Times,
    /// CPU time of a whole warm process less that of the median cold one, by invocation.
    warm_cpu: Times,
    memory: u64,
}

/// What was measured of one program.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The program.
    pub name: String,
    /// Whether TLS was in the path.
    pub tls: bool,
    /// From the start of the process to its first request for work, median, ms.
    pub init_ms: f64,
    /// The first invocation, median, ms.
    pub first_ms: f64,
    /// CPU time of the first invocation, of which Lambda gives a function a share by its memory: of 256 MB a seventh; median, ms.
    pub first_cpu_ms: f64,
    /// Both together, median of the sums, ms.
    pub cold_ms: f64,
    /// CPU time, user and system, of a process that is started, invoked once and killed; median, ms.
    pub cold_cpu_ms: f64,
    /// An invocation after the first, median, ms.
    pub warm_ms: f64,
    /// The same, 99th percentile.
    pub warm_p99_ms: f64,
    /// CPU time of an invocation after the first, median over processes, ms.
    pub warm_cpu_ms: f64,
    /// The most resident memory of any of its processes, bytes.
    pub memory: u64,
}

/// The whole measurement.
#[derive(Debug, Serialize)]
pub struct Report {
    /// When.
    pub at: String,
    /// Load averages before and after.
    pub load: [String; 2],
    /// Processes per program.
    pub rounds: usize,
    /// Warm invocations per process.
    pub warm: usize,
    /// One row a program and mode.
    pub rows: Vec<Row>,
    /// Packed sizes, bytes.
    pub sizes: BTreeMap<String, u64>,
}

/// Measures.
pub async fn measure(options: &Options) -> Result<Report> {
    let before = report::load();
    let world = World::new().await?;
    let output = programs::output();
    let plain_url = world.database.endpoint.clone();
    let tls = Endpoint::start(plain_url.trim_start_matches("http://"), &output).await?;
    record(&world).await?;
    let mut bench = Bench { world, next: 1, clock: Clock::system() };
    let mut subjects = Vec::new();
    for with_tls in [false, true] {
        let url = if with_tls { &tls.url } else { &plain_url };
        subjects.extend(self::subjects(&bench.world.database.table, url, &tls, with_tls, options)?);
    }
    if !options.only.is_empty() {
        subjects.retain(|subject| options.only.iter().any(|only| subject.program.name.contains(only)));
    }
    for round in 0..=options.rounds {
        for subject in &mut subjects {
            bench.round(subject, options.warm, round == 0).await?;
        }
    }
    Ok(Report {
        at: bench.clock.now().to_rfc3339(),
        load: [before, report::load()],
        rounds: options.rounds,
        warm: options.warm,
        rows: subjects.iter().map(Subject::row).collect(),
        sizes: programs::sizes()?.into_iter().collect(),
    })
}

fn subjects(
    table: &str,
    url: &str,
    tls: &Endpoint,
    with_tls: bool,
    options: &Options,
) -> Result<Vec<Subject>> {
    let trusting = |roots: &Path| {
        [
            ("TABLE_NAME", table),
            ("AWS_ENDPOINT_URL_DYNAMODB", url),
            // Where the system's roots are, for the SDK as it comes, and what boto3 and our functions trust.
            ("SSL_CERT_FILE", &tls.system.display().to_string()),
            ("AWS_CA_BUNDLE", &roots.display().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    };
    let environment = || trusting(&tls.system);
    let mut same_calls = environment();
    same_calls.push(("CALLS".to_owned(), programs::output().join("calls.json").display().to_string()));
    let mut all = vec![
        (programs::reference("hello", environment()), Work::Nothing),
        (programs::reference("put_item", environment()), Work::PutItem),
        (programs::reference("same_calls", same_calls), Work::SameCalls),
        (programs::python(environment()), Work::Submit),
    ];
    let functions = [("submit-claim", Work::Submit), ("opt-out", Work::Page), ("promote", Work::Promote)];
    let own = programs::bootstraps();
    for from in std::iter::once(&own).chain(&options.against) {
        for (name, work) in functions {
            let mut program = programs::function(name, from, trusting(&tls.functions))?;
            if *from != own {
                let label = from.file_name().unwrap_or_default().to_string_lossy();
                program.name = format!("{name} ({label})");
            }
            all.push((program, work));
        }
    }
    let subject = |(program, work)| Subject { program, work, tls: with_tls, seen: Seen::default() };
    Ok(all.into_iter().map(subject).collect())
}

struct Bench {
    world: World,
    next: u64,
    clock: Clock,
}

impl Bench {
    /// One process with its first invocation alone, for what a cold start costs, and one with more.
    async fn round(&mut self, subject: &mut Subject, warm: usize, rehearsal: bool) -> Result<()> {
        let name = subject.program.name.clone();
        let mut running = Running::start(&subject.program).await?;
        let started = running.cpu()?;
        let first = self.invoke(&mut running, subject.work).await.with_context(|| name.clone())?;
        let first_cpu = running.cpu()?.saturating_sub(started);
        let init = running.init;
        let used = running.stop().await?;
        if rehearsal {
            return Ok(());
        }
        let seen = &mut subject.seen;
        seen.init.push(init);
        seen.first.push(first);
        seen.first_cpu.push(first_cpu);
        seen.cold.push(init + first);
        seen.cold_cpu.push(used.cpu);
        if warm == 0 {
            seen.memory = seen.memory.max(used.memory);
            return Ok(());
        }
        let mut running = Running::start(&subject.program).await?;
        self.invoke(&mut running, subject.work).await.with_context(|| name.clone())?;
        for _ in 0..warm {
            let time = self.invoke(&mut running, subject.work).await.with_context(|| name.clone())?;
            subject.seen.warm.push(time);
        }
        let all = running.stop().await?;
        subject.seen.warm_cpu.push(all.cpu.saturating_sub(used.cpu) / u32::try_from(warm).unwrap_or(1));
        subject.seen.memory = subject.seen.memory.max(all.memory);
        Ok(())
    }

    async fn invoke(&mut self, running: &mut Running, work: Work) -> Result<std::time::Duration> {
        let (event, status) = self.event(work).await?;
        let (time, answer) = running.invoke(event).await?;
        // What fails is fast.
        if status.is_some_and(|status| answer["statusCode"] != status) {
            bail!("it answers {answer}");
        }
        Ok(time)
    }

    /// An event that this work can be done for, and the status to be answered.
    async fn event(&mut self, work: Work) -> Result<(Bytes, Option<u16>)> {
        self.next += 1;
        let now = self.clock.now();
        let key = format!("key-{}", self.next);
        Ok(match work {
            Work::Nothing => (Bytes::from_static(b"{}"), Some(200)),
            Work::PutItem => {
                let body = claim_body(&crate::world::tenant_id(self.next), now);
                (event::api("POST", "/claims", &key, &body), Some(201))
            }
            Work::Submit => {
                let tenant = self.world.tenant(self.next).await?;
                (event::api("POST", "/claims", &key, &claim_body(&tenant, now)), Some(201))
            }
            Work::SameCalls => {
                let tenant = self.world.tenant(self.next).await?;
                let (id, recorded) = (claim_id(&key)?, claim_id(RECORDED)?);
                let replace =
                    json!({recorded.to_string(): id.to_string(), crate::world::tenant_id(0): tenant});
                (Bytes::from(replace.to_string()), Some(201))
            }
            Work::Page => {
                let tenant = self.world.tenant(self.next).await?;
                let (_, link) = self.world.waiting(&tenant, now).await?;
                (event::link(&link), Some(200))
            }
            Work::Promote => {
                let tenant = self.world.tenant(self.next).await?;
                let (claim, _) = self.world.waiting(&tenant, now - TimeDelta::days(40)).await?;
                (event::deadline(&claim.id.to_string()), None)
            }
        })
    }
}

/// The key of the submission that is recorded.
const RECORDED: &str = "recorded";

/// Records the calls of a submission, for `same_calls`.
async fn record(world: &World) -> Result<()> {
    let calls = Calls::default();
    let recorder = recorder::start(&calls).await?;
    let environment = [
        ("TABLE_NAME".to_owned(), world.database.table.clone()),
        (
            "AWS_ENDPOINT_URL_DYNAMODB".to_owned(),
            recorder::behind(&recorder, "record", &world.database.endpoint),
        ),
    ];
    let program = programs::function("submit-claim", &programs::bootstraps(), environment.to_vec())?;
    let mut running = Running::start(&program).await?;
    let tenant = world.tenant(0).await?;
    let body = claim_body(&tenant, Clock::system().now());
    calls.take();
    let (_, answer) = running.invoke(event::api("POST", "/claims", RECORDED, &body)).await?;
    running.stop().await?;
    let made = calls.take();
    let [read, write] = &made[..] else {
        bail!("submit-claim makes {} calls and answers {answer}", made.len());
    };
    let recorded = json!({"read": read.request, "write": write.request});
    let path = programs::output().join("calls.json");
    std::fs::write(&path, recorded.to_string()).with_context(|| path.display().to_string())
}

impl Subject {
    fn row(&self) -> Row {
        let seen = &self.seen;
        Row {
            name: self.program.name.clone(),
            tls: self.tls,
            init_ms: seen.init.median(),
            first_ms: seen.first.median(),
            first_cpu_ms: seen.first_cpu.median(),
            cold_ms: seen.cold.median(),
            cold_cpu_ms: seen.cold_cpu.median(),
            warm_ms: seen.warm.median(),
            warm_p99_ms: seen.warm.percentile(99),
            warm_cpu_ms: seen.warm_cpu.median(),
            memory: seen.memory,
        }
    }
}

impl Report {
    /// Prints what was measured.
    pub fn print(&self) -> Result<()> {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let name = format!("{}{}", row.name, if row.tls { ", TLS" } else { "" });
                let memory = figure(megabytes(row.memory));
                let [init, first, first_cpu, cold, cpu, warm, p99, warm_cpu] = [
                    row.init_ms,
                    row.first_ms,
                    row.first_cpu_ms,
                    row.cold_ms,
                    row.cold_cpu_ms,
                    row.warm_ms,
                    row.warm_p99_ms,
                    row.warm_cpu_ms,
                ]
                .map(figure);
                [name, init, first, first_cpu, cold, cpu, warm, p99, warm_cpu, memory]
            })
            .collect();
        let title = format!(
            "Speed: medians of {} processes each, in ms; {} warm invocations each; load {} to {}",
            self.rounds,
            self.rounds * self.warm,
            self.load[0],
            self.load[1]
        );
        let heads = [
            "",
            "init",
            "first",
            "first CPU",
            "cold",
            "cold CPU",
            "warm",
            "warm p99",
            "warm CPU",
            "memory MB",
        ];
        table(&title, heads, &rows)?;
        let rows: Vec<_> =
            self.sizes.iter().map(|(name, size)| [name.clone(), figure(megabytes(*size))]).collect();
        table("Bootstraps, packed, in MB", ["", "MB"], &rows)
    }
}

/// Megabytes of 2^20 bytes.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
