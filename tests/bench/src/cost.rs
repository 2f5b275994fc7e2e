//! What a claim costs: the calls that its whole life makes on the local stack, in the units that AWS bills, at list prices.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Error, Result, bail};
use local::clock;
use local::functions;
use local::stack::{CLOCK_FILE, Options, Stack};
use serde::Serialize;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use crate::caller::{self, pass, send};
use crate::programs;
use crate::recorder::{self, Call, Calls};
use crate::report::{figure, table};
use crate::world::{claim_body, contact, tenant_id};

/// The day of the prices: list prices in us-east-1, on demand, without free tiers, as published.
const PRICES_OF: &str = "2026-11";
/// US$ per million write units of DynamoDB.
const WRITE: f64 = 0.625;
/// US$ per million read units of DynamoDB.
const READ: f64 = 0.125;
/// US$ per million requests to an HTTP API.
const API: f64 = 1.00;
/// US$ per million invocations of Lambda.
const INVOCATION: f64 = 0.20;
/// US$ per million GB-seconds of Lambda on arm64.
const GB_SECOND: f64 = 13.333_4;
/// US$ per million timers of Scheduler.
const TIMER: f64 = 1.00;
/// US$ per million mails of SES.
const MAIL: f64 = 100.0;
/// US$ per million transitions of a Standard workflow of Step Functions.
const TRANSITION: f64 = 25.0;
/// Transitions of the same flow as a workflow: start, notice, wait for the customer or the reminder (callback), remind, wait for
/// the customer or the deadline (callback), promote, tell, end.
const TRANSITIONS: f64 = 8.0;

/// Assumed, because it cannot be measured here: what an invocation takes of its own with 256 MB, in ms, …
const OWN_MS: f64 = 5.0;
/// … and what each call to another service adds.
const CALL_MS: f64 = 6.0;
/// The template's memory, in GB.
const MEMORY_GB: f64 = 0.25;

/// The most that a million claims may cost apart from the mails, in US$.
pub const GOAL: f64 = 25.0;
/// The most write units for a claim.
pub const GOAL_WRITES: f64 = 30.0;

/// What the life of a claim made.
#[derive(Debug, Default, Serialize)]
pub struct Life {
    /// How many claims lived side by side; everything else is for one of them.
    pub claims: u64,
    /// Write units.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
    /// Requests to the API.
    pub requests: f64,
    /// Invocations, by function.
    pub invocations: BTreeMap<String, f64>,
    /// Calls to other services, by function.
    pub calls: BTreeMap<String, f64>,
    /// Calls to the database with their units, by function and operation.
    pub units: BTreeMap<String, (f64, f64)>,
    /// Timers set.
    pub timers: f64,
    /// Mails sent.
    pub mails: f64,
}

/// Follows claims from their submission to their last mail's delivery, by silence: so many, which come at once.
pub async fn measure(claims: u64) -> Result<Life> {
    let calls = Calls::default();
    let recorder = recorder::start(&calls).await?;
    std::fs::write(address_file(), &recorder).context("the recorder's address")?;
    let stack = Stack::start(&Options { concurrency: 1, ..caller::options()? }).await?;
    // The first life starts all processes, whose start is not a claim's.
    let mut life = Life::default();
    for round in 0..2 {
        let numbers = round * claims..(round + 1) * claims;
        caller::register(&stack, numbers.clone()).await?;
        pass(&stack, "PT0S").await?;
        calls.take();
        live(&stack, numbers).await?;
        life = Life::of(&calls.take(), claims);
    }
    stack.stop().await;
    std::fs::remove_file(address_file()).context("the recorder's address")?;
    Ok(life)
}

/// `bench function <name>`: what the stack starts. Its endpoints are put behind the recorder, where there is one, and then it is
/// the function.
pub fn function(name: &str) -> Result<bool> {
    let recorder = std::fs::read_to_string(address_file()).ok();
    let mut function = Command::new(std::env::current_exe().context("cannot find this program's own file")?);
    function.args(["recorded", name]);
    for variable in [
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_SESV2",
        "AWS_ENDPOINT_URL_SCHEDULER",
    ] {
        let endpoint = std::env::var(variable).context(variable)?;
        if let Some(recorder) = &recorder {
            function.env(variable, recorder::behind(recorder, name, &endpoint));
        }
    }
    Err(Error::msg(function.exec().to_string()))
}

/// `bench recorded <name>`: a function, as the local stack runs it.
pub async fn recorded(name: &str) -> Result<bool> {
    let file = std::env::var_os(CLOCK_FILE).context("this is for the benchmark's own use")?;
    // The stack holds the other end. When it closes, the stack is gone, however that came about.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    functions::serve(name, clock::of_function(file.into())).await.map(|()| true)
}

fn address_file() -> std::path::PathBuf {
    programs::output().join("recorder")
}

/// Submitted, noticed, reminded, official by silence.
async fn live(stack: &Stack, numbers: Range<u64>) -> Result<()> {
    let partner = caller::partner(stack).await?;
    let mut submitted = JoinSet::new();
    for number in numbers {
        let body = contact(claim_body(&tenant_id(number), stack.clock.now()), number);
        let (gateway, partner) = (stack.gateway.clone(), partner.clone());
        submitted.spawn(async move { caller::sent(&gateway, "POST", "/claims", &partner, &body).await });
    }
    let mut claims = Vec::new();
    while let Some(claim) = submitted.join_next().await {
        claims.push(claim.context("a submission broke off")??);
    }
    // From a Saturday: the notice, the reminder before the fifth business day ends, and its end.
    for time in ["PT0S", "P6D", "P8D"] {
        pass(stack, time).await?;
        deliver(stack).await?;
    }
    for claim in claims {
        let id = claim["id"].as_str().unwrap_or_default();
        let now = send(stack, "GET", &format!("/claims/{id}"), &partner, &Json::Null).await?;
        if now["status"] != "official" {
            bail!("the claim is {}", now["status"]);
        }
    }
    Ok(())
}

/// Every mail arrives, as SES reports of most.
async fn deliver(stack: &Stack) -> Result<()> {
    let inbox = send(stack, "GET", "/_local/inbox", "-", &Json::Null).await?;
    for mail in inbox["items"].as_array().into_iter().flatten() {
        if mail["events"].as_array().is_none_or(Vec::is_empty) {
            let report = json!({"mail_id": mail["id"], "event": "delivery"});
            send(stack, "POST", "/_local/mail-events", "-", &report).await?;
        }
    }
    pass(stack, "PT0S").await
}

impl Life {
    fn of(calls: &[Call], claims: u64) -> Self {
        // The look back at what was forgotten runs every five minutes whether there are claims or not; it is no claim's.
        let calls: Vec<_> = calls.iter().filter(|call| call.by != "reconcile").collect();
        let mut life = Self { claims, ..Self::default() };
        for call in calls {
            let by = call.by.clone();
            if call.what.ends_with("/response") {
                *life.invocations.entry(by).or_default() += 1.0;
                continue;
            }
            if call.what.contains("/runtime/") {
                continue;
            }
            if call.units() > 0.0 && call.by != "manage-claims" {
                let (calls, units) = life.units.entry(format!("{by}: {}", call.what)).or_default();
                *calls += 1.0;
                *units += call.units();
            }
            *life.calls.entry(by).or_default() += 1.0;
            match call.what.as_str() {
                "GetItem" | "BatchGetItem" | "Query" => life.reads += call.units(),
                "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" => life.writes += call.units(),
                what if what.contains("/schedules/") && what.starts_with("POST") => life.timers += 1.0,
                what if what.contains("outbound-emails") => life.mails += 1.0,
                _ => {}
            }
        }
        // The status was asked for here, and is not part of a life.
        life.invocations.remove("manage-claims");
        life.reads -= life.calls.remove("manage-claims").unwrap_or_default();
        life.requests = life.invocations.get("submit-claim").copied().unwrap_or_default();
        life.for_each(|figure| *figure /= claims.max(1) as f64);
        life
    }

    fn for_each(&mut self, change: impl Fn(&mut f64)) {
        let single =
            [&mut self.writes, &mut self.reads, &mut self.requests, &mut self.timers, &mut self.mails];
        single.into_iter().for_each(&change);
        self.invocations.values_mut().chain(self.calls.values_mut()).for_each(&change);
        for (calls, units) in self.units.values_mut() {
            change(calls);
            change(units);
        }
    }

    /// Write units of the claim's own path: all but those of the counts for insights.
    pub fn own_writes(&self) -> f64 {
        let follow =
            |what: &str| what.starts_with("follow: ") && !what.contains("Get") && !what.contains("Query");
        let counting: f64 =
            self.units.iter().filter(|(what, _)| follow(what)).map(|(_, (_, units))| units).sum();
        self.writes - counting
    }

    fn gb_seconds(&self) -> f64 {
        let invocations: f64 = self.invocations.values().sum();
        let calls: f64 = self.calls.values().sum();
        (invocations * OWN_MS + calls * CALL_MS) / 1e3 * MEMORY_GB
    }

    /// What a million claims make of everything but the mails, and what that costs in US$.
    pub fn bill(&self) -> Vec<(String, f64, f64)> {
        let invocations = self.invocations.values().sum::<f64>();
        let line = |what: &str, many: f64, price: f64| (what.to_owned(), many, many * price);
        vec![
            line("DynamoDB: write units of its own", self.own_writes(), WRITE),
            line("DynamoDB: write units of counting it", self.writes - self.own_writes(), WRITE),
            line("DynamoDB: read units", self.reads, READ),
            line("DynamoDB: stream reads by Lambda", 0.0, 0.0),
            line("HTTP API: requests", self.requests, API),
            line("Lambda: invocations", invocations, INVOCATION),
            line("Lambda: GB-seconds, arm64, assumed", self.gb_seconds(), GB_SECOND),
            line("Scheduler: timers", self.timers, TIMER),
        ]
    }

    /// All of the bill, in US$ per million claims.
    pub fn total(&self) -> f64 {
        self.bill().iter().map(|(_, _, dollars)| dollars).sum()
    }

    /// Prints the bill.
    pub fn print(&self) -> Result<()> {
        let row = |what: &str, many: f64, dollars: f64| [what.to_owned(), figure(many), figure(dollars)];
        let mut rows: Vec<_> =
            self.bill().iter().map(|(what, many, dollars)| row(what, *many, *dollars)).collect();
        rows.push(row("in all, without mails", f64::NAN, self.total()));
        rows.push(row("SES: mails", self.mails, self.mails * MAIL));
        let workflow = TRANSITIONS * TRANSITION;
        rows.push(row("for comparison: Step Functions, state transitions alone", TRANSITIONS, workflow));
        let by = self.invocations.iter().map(|(function, many)| {
            let calls = self.calls.get(function).copied().unwrap_or_default();
            [function.clone(), figure(*many), figure(calls)]
        });
        let among =
            if self.claims == 1 { "alone".to_owned() } else { format!("one of {} at once", self.claims) };
        table(
            &format!("A claim's whole life, by silence, {among}"),
            ["", "invocations", "calls"],
            &by.collect::<Vec<_>>(),
        )?;
        let units =
            self.units.iter().map(|(what, (calls, units))| [what.clone(), figure(*calls), figure(*units)]);
        table("Its calls to DynamoDB", ["", "calls", "units"], &units.collect::<Vec<_>>())?;
        let title = format!(
            "Cost: a million claims of one scope, {among}, in US$; list prices of {PRICES_OF}, us-east-1"
        );
        table(&title, ["", "a claim", "US$"], &rows)
    }
}
