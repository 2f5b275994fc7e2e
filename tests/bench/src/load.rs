//! Requests that come at a constant rate, whether or not earlier ones have been answered: what callers of a service do. Each is
//! timed from the moment at which it was to be sent, so that whoever waits behind a slow one is counted, too.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use local::stack::{Options, Stack};
use serde::Serialize;
use serde_json::Value as Json;
use tokio::task::JoinSet;

use crate::caller::{self, ask, options, pass, send};
use crate::report::{self, figure, table};
use crate::speed::megabytes;
use crate::world::{claim_body, contact, tenant_id};

/// Of five requests two submit, two read and one declines.
const MIX: [Kind; 5] = [Kind::Submit, Kind::Read, Kind::Submit, Kind::Read, Kind::Decline];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Submit,
    Read,
    Decline,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Decline => "decline",
        }
    }
}

/// What came of a load.
#[derive(Debug, Serialize)]
pub struct Load {
    /// Requests a second.
    pub rate: u64,
    /// Load averages before and after.
    pub load: [String; 2],
    /// One row a kind of request.
    pub rows: Vec<Row>,
    /// How long everything took to come to rest after the last request, in ms.
    pub rest_ms: u128,
    /// What the claims came to that were submitted, by status.
    pub submitted: BTreeMap<String, u64>,
    /// What the claims came to that were declined, by status.
    pub declined: BTreeMap<String, u64>,
    /// The most memory of this process, which is the stack without its functions, and the generator; bytes.
    pub memory: u64,
}

/// Times of one kind of request, in ms.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Which.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Half of them took at most this.
    pub p50: f64,
    /// Nine in ten.
    pub p90: f64,
    /// 99 in a hundred.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Load {
    /// Whether every request was answered as it should be and nothing was lost.
    pub fn is_sound(&self) -> bool {
        let only = |all: &BTreeMap<String, u64>, status: &str| all.keys().eq([status]);
        self.rows.iter().all(|row| row.failed == 0)
            && only(&self.submitted, "awaiting_customer")
            && only(&self.declined, "declined")
    }

    /// Prints it.
    pub fn print(&self) -> Result<()> {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let [p50, p90, p99, max] = [row.p50, row.p90, row.p99, row.max].map(figure);
                [row.kind.to_owned(), row.count.to_string(), row.failed.to_string(), p50, p90, p99, max]
            })
            .collect();
        let title = format!(
            "Load: {} requests a second, as they come; ms from when each was due; load {} to {}",
            self.rate, self.load[0], self.load[1]
        );
        table(&title, ["", "requests", "failed", "p50", "p90", "p99", "max"], &rows)?;
        report::say(&format!(
            "submitted: {:?}; declined: {:?}; at rest {} ms after the last request; {} MB at most",
            self.submitted,
            self.declined,
            self.rest_ms,
            figure(megabytes(self.memory))
        ))
    }
}

struct World {
    stack: Stack,
    partner: String,
    /// Claims that can be read and declined, with their links.
    told: Vec<(String, String)>,
}

/// Sends requests for so many seconds.
pub async fn measure(rate: u64, seconds: u64) -> Result<Load> {
    let before = report::load();
    let requests = rate * seconds;
    let home = std::env::temp_dir().join(format!("bench-load-{}", std::process::id()));
    std::fs::create_dir_all(&home).context("no directory for the state")?;
    let stack = Stack::start(&Options { data: Some(home.clone()), ..options()? }).await?;
    let world = Arc::new(prepare(stack, requests).await?);
    let mut under_way = JoinSet::new();
    let begun = tokio::time::Instant::now();
    for number in 0..requests {
        let due = begun + Duration::from_nanos(number * 1_000_000_000 / rate);
        tokio::time::sleep_until(due).await;
        let world = Arc::clone(&world);
        under_way.spawn(async move {
            let kind = MIX[number as usize % MIX.len()];
            let answer = world.request(kind, number).await;
            (kind, due.elapsed(), answer)
        });
    }
    let mut seen = BTreeMap::new();
    for kind in MIX {
        seen.insert(kind, (Histogram::<u64>::new(3).context("no histogram")?, 0));
    }
    let mut submitted = Vec::new();
    while let Some(done) = under_way.join_next().await {
        let (kind, time, answer) = done.context("a request broke off")?;
        let Some((times, failed)) = seen.get_mut(&kind) else { continue };
        times.record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).context("a time beyond all")?;
        match answer {
            Ok(Some(claim)) => submitted.push(claim),
            Ok(None) => {}
            Err(error) => {
                *failed += 1;
                report::say(&format!("{}: {error}", kind.name()))?;
            }
        }
    }
    let waited = Instant::now();
    pass(&world.stack, "PT0S").await?;
    let rest_ms = waited.elapsed().as_millis();
    let declined = (0..requests).filter(|number| MIX[*number as usize % MIX.len()] == Kind::Decline);
    let declined: Vec<_> = declined.map(|number| world.told(number).0.clone()).collect();
    let load = Load {
        rate,
        load: [before, report::load()],
        rows: seen.into_iter().map(|(kind, (times, failed))| row(kind, &times, failed)).collect(),
        rest_ms,
        submitted: world.statuses(&submitted).await?,
        declined: world.statuses(&declined).await?,
        memory: caller::peak_memory()?,
    };
    if let Ok(world) = Arc::try_unwrap(world) {
        world.stack.stop().await;
    }
    std::fs::remove_dir_all(&home).context("the state stays behind")?;
    Ok(load)
}

fn row(kind: Kind, times: &Histogram<u64>, failed: u64) -> Row {
    let ms = |quantile: f64| Duration::from_micros(times.value_at_quantile(quantile)).as_secs_f64() * 1e3;
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(ms);
    Row { kind: kind.name(), count: times.len(), failed, p50, p90, p99, max }
}

/// Registers a tenant for every claim that will be submitted, and has a claim told to its customer for each that is to be declined.
async fn prepare(stack: Stack, requests: u64) -> Result<World> {
    let partner = caller::partner(&stack).await?;
    let told = requests / MIX.len() as u64 + 1;
    caller::register(&stack, 0..requests + told).await?;
    let now = stack.clock.now();
    caller::each(0..told, async |number| {
        let body = contact(claim_body(&tenant_id(requests + number), now), number);
        send(&stack, "POST", "/claims", &partner, &body).await.map(drop)
    })
    .await?;
    pass(&stack, "PT0S").await?;
    let inbox = send(&stack, "GET", "/_local/inbox", "-", &Json::Null).await?;
    let mails = inbox["items"].as_array().cloned().unwrap_or_default();
    let link = |mail: &Json| {
        let text = mail["text"].as_str().unwrap_or_default();
        text.split_whitespace().find(|word| word.starts_with(&stack.links)).map(str::to_owned)
    };
    let mut links: Vec<_> = mails.iter().filter_map(link).collect();
    links.sort();
    links.dedup();
    // A link begins with its claim's ID.
    let told: Vec<_> = links.into_iter().filter_map(|link| Some((claim_of(&link)?, link))).collect();
    if (told.len() as u64) < requests / MIX.len() as u64 {
        bail!("{} customers were told", told.len());
    }
    Ok(World { stack, partner, told })
}

fn claim_of(link: &str) -> Option<String> {
    let token = link.rsplit('/').next()?;
    token.get(..26).map(|id| format!("clm_{id}"))
}

impl World {
    fn told(&self, number: u64) -> &(String, String) {
        &self.told[(number as usize / MIX.len()) % self.told.len()]
    }

    /// Sends one request; the claim that it made.
    async fn request(&self, kind: Kind, number: u64) -> Result<Option<String>> {
        match kind {
            Kind::Submit => {
                let body =
                    contact(claim_body(&tenant_id(number), self.stack.clock.now()), 1_000_000 + number);
                let claim = send(&self.stack, "POST", "/claims", &self.partner, &body).await?;
                let id = claim["id"].as_str().ok_or_else(|| Error::msg(claim.to_string()))?;
                Ok(Some(id.to_owned()))
            }
            Kind::Read => {
                let (id, _) = self.told(number);
                let claim =
                    send(&self.stack, "GET", &format!("/claims/{id}"), &self.partner, &Json::Null).await?;
                if claim["id"] == **id { Ok(None) } else { Err(Error::msg(claim.to_string())) }
            }
            Kind::Decline => {
                let (_, link) = self.told(number);
                let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
                let (status, _, page) = ask("POST", link, &form, "decision=decline").await?;
                if status.is_success() || status.is_redirection() {
                    Ok(None)
                } else {
                    Err(anyhow!("{status}: {}", String::from_utf8_lossy(&page)))
                }
            }
        }
    }

    async fn statuses(&self, claims: &[String]) -> Result<BTreeMap<String, u64>> {
        let ask = async |id: &String| {
            let claim =
                send(&self.stack, "GET", &format!("/claims/{id}"), &self.partner, &Json::Null).await?;
            Ok::<_, Error>(claim["status"].as_str().unwrap_or("lost").to_owned())
        };
        let all: Vec<_> = stream::iter(claims).then(ask).try_collect().await?;
        let mut counts = BTreeMap::new();
        for status in all {
            *counts.entry(status).or_default() += 1;
        }
        Ok(counts)
    }
}
