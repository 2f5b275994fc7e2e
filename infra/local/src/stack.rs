//! Puts the stack together: reads the template, opens the state, starts the doors and the things behind them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::activity::Activity;
use crate::bus::{Bus, Pipe};
use crate::clock::StackClock;
use crate::console::{self, Level};
use crate::control::Control;
use crate::desk::{self, Desk};
use crate::files::{Files, Objects};
use crate::gateway::{self, FunctionUrl, Gateway};
use crate::lambda::{self, Lambda, Launcher, Worker};
use crate::mail::Post;
use crate::measured::Measured;
use crate::queues::Queues;
use crate::scheduler::{self, Scheduler};
use crate::state::Home;
use crate::stream::{Mapping, Positions};
use crate::table::Table;
use crate::template::{LocalValues, PipeSource, SOURCE, StreamSource, Template};
use crate::token::{ClaimNames, Tokens};

/// Names the file from which a function's process reads how far the clock was moved.
pub const CLOCK_FILE: &str = "LOCAL_CLOCK_FILE";

/// How long what is under way is given to come to rest: a timer that has fired is not kept anywhere else.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long functions' processes are given to end.
const FAREWELL: Duration = Duration::from_millis(200);

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway's port, 0 for any free one.
    pub port: u16,
    /// The function URL's port, 0 for any free one.
    pub link_port: u16,
    /// The directory for the state, none for a stack that forgets.
    pub data: Option<PathBuf>,
    /// Where the clock of a fresh stack starts, given the real time.
    pub start: fn(DateTime<Utc>) -> DateTime<Utc>,
    /// How much is logged.
    pub level: Level,
    /// Most processes per function.
    pub concurrency: usize,
    /// Values for parameters of the template.
    pub parameters: BTreeMap<String, String>,
    /// The program that can be started as a function: this one.
    pub program: PathBuf,
}

/// A stack that runs.
pub struct Stack {
    /// Where the gateway answers.
    pub gateway: String,
    /// Where links answer.
    pub links: String,
    /// Where the table answers as DynamoDB.
    pub database: String,
    /// Where Scheduler and SES answer.
    pub services: String,
    /// The clock.
    pub clock: Arc<StackClock>,
    lambda: Lambda,
    control: Arc<Control>,
    _home: Home,
}

/// What listens, before anything is there to answer.
struct Listeners {
    gateway: TcpListener,
    links: TcpListener,
    services: TcpListener,
    database: TcpListener,
    files: TcpListener,
}

/// Where what listens is found.
struct Addresses {
    gateway: String,
    links: String,
    services: String,
    database: String,
    files: String,
}

/// The parts behind the doors.
struct Parts {
    clock: Arc<StackClock>,
    table: Table,
    objects: Objects,
    lambda: Lambda,
    scheduler: Scheduler,
    post: Post,
    tokens: Arc<Tokens>,
    bus: Bus,
    queues: Queues,
    measured: Measured,
    control: Arc<Control>,
}

impl Stack {
    /// Starts everything.
    pub async fn start(options: &Options) -> Result<Self> {
        console::start(options.level);
        let home = Home::open(options.data.as_deref())?;
        let listeners = Listeners::open(options).await?;
        let addresses = listeners.addresses()?;
        let values = LocalValues {
            parameters: parameters(options),
            gateway: addresses.gateway.clone(),
            links: addresses.links.clone(),
        };
        let template = Template::read(SOURCE, &values).context("infra/template.yaml")?;
        let parts = Parts::open(options, &template, &home, &addresses)?;
        let (clock, lambda, control) =
            (Arc::clone(&parts.clock), parts.lambda.clone(), Arc::clone(&parts.control));
        parts.serve(listeners);
        let Addresses { gateway, links, database, services, .. } = addresses;
        Ok(Self { gateway, links, database, services, clock, lambda, control, _home: home })
    }

    /// Lets what is under way come to rest, and ends the functions' processes.
    pub async fn stop(self) {
        let _ = tokio::time::timeout(PATIENCE, self.control.rest()).await;
        self.lambda.close();
        tokio::time::sleep(FAREWELL).await;
    }
}

impl Listeners {
    async fn open(options: &Options) -> Result<Self> {
        Ok(Self {
            gateway: listen(options.port, "--port").await?,
            links: listen(options.link_port, "--link-port").await?,
            services: listen(0, "").await?,
            database: listen(0, "").await?,
            files: listen(0, "").await?,
        })
    }

    fn addresses(&self) -> Result<Addresses> {
        Ok(Addresses {
            gateway: url(&self.gateway)?,
            links: url(&self.links)?,
            services: url(&self.services)?,
            database: url(&self.database)?,
            files: url(&self.files)?,
        })
    }
}

impl Parts {
    fn open(options: &Options, template: &Template, home: &Home, addresses: &Addresses) -> Result<Self> {
        let clock = Arc::new(StackClock::open(home.path("clock-offset"), options.start)?);
        let table = Table::open(template, home)?;
        let objects = Objects::open(template.bucket.clone(), home)?;
        let (activity, queues, measured) = (Activity::default(), Queues::default(), Measured::default());
        let launcher = Launcher {
            program: options.program.clone(),
            runtime_api: addresses.services.clone(),
            environment: environment(addresses, &clock),
            concurrency: options.concurrency,
            measured: measured.clone(),
        };
        let lambda =
            Lambda::new(&template.functions, &launcher, activity.clone(), queues.clone(), Arc::clone(&clock));
        let scheduler = Scheduler::load(
            template.schedule_groups.clone(),
            home.rows("timers"),
            lambda.clone(),
            queues.clone(),
            Arc::clone(&clock),
        )?;
        let post = Post::load(
            template.configuration_sets.clone(),
            home.rows("mails"),
            lambda.clone(),
            activity.clone(),
            Arc::clone(&clock),
        )?;
        let tokens = Arc::new(Tokens::open(home, template.authorizer.clone(), claim_names(template))?);
        let positions = Positions::load(home.state_file("stream-positions.json"))?;
        let bus = Bus::load(home.rows("events"))?;
        let control = Arc::new(Control {
            clock: Arc::clone(&clock),
            scheduler: scheduler.clone(),
            mappings: mappings(&lambda, &table, &positions, &queues),
            pipes: pipes(template, &table, &positions, &bus),
            activity,
            table: table.clone(),
            objects: objects.clone(),
            turn: Mutex::new(()),
        });
        Ok(Self { clock, table, objects, lambda, scheduler, post, tokens, bus, queues, measured, control })
    }

    /// Lets everything answer, and run, from now on.
    fn serve(self, listeners: Listeners) {
        let Self { clock, table, objects, lambda, scheduler, post, tokens, bus, queues, measured, control } =
            self;
        let services =
            lambda::api::router(lambda.clone()).merge(scheduler::api::router(scheduler)).merge(post.router());
        serve(listeners.services, services.layer(DefaultBodyLimit::disable()));
        serve(listeners.files, Files::new(objects, Arc::clone(&clock)).router());
        tokio::spawn(dynoxide::server::serve_on(listeners.database, table.database()));

        let api = Gateway::new(lambda.clone(), Arc::clone(&tokens), Arc::clone(&clock));
        let api = Router::new().fallback(gateway::api).with_state(api);
        if let Some(worker) = lambda.workers().find(|worker| worker.function().has_url) {
            let url = FunctionUrl::new(Arc::clone(worker), clock);
            let url = Router::new().fallback(gateway::function_url).with_state(url);
            serve(listeners.links, url.layer(DefaultBodyLimit::max(gateway::BODY_LIMIT)));
        }
        for mapping in &control.mappings {
            tokio::spawn(Arc::clone(mapping).run());
        }
        for pipe in &control.pipes {
            tokio::spawn(Arc::clone(pipe).run());
        }
        tokio::spawn(Arc::clone(&control).run());
        let desk = desk::router(Desk { tokens, control, post, queues, measured, lambda, bus });
        serve(listeners.gateway, desk.merge(api).layer(DefaultBodyLimit::max(gateway::BODY_LIMIT)));
    }
}

/// What every function's environment has here besides its own.
fn environment(addresses: &Addresses, clock: &StackClock) -> Vec<(String, String)> {
    let environment = [
        ("AWS_ENDPOINT_URL_DYNAMODB", addresses.database.clone()),
        ("AWS_ENDPOINT_URL_S3", addresses.files.clone()),
        ("AWS_ENDPOINT_URL_SESV2", addresses.services.clone()),
        ("AWS_ENDPOINT_URL_SCHEDULER", addresses.services.clone()),
        (CLOCK_FILE, clock.file().display().to_string()),
    ];
    environment.map(|(name, value)| (name.to_owned(), value)).into()
}

/// The functions that read the table's stream.
fn mappings(lambda: &Lambda, table: &Table, positions: &Positions, queues: &Queues) -> Vec<Arc<Mapping>> {
    let sources = lambda
        .workers()
        .flat_map(|worker| worker.function().streams.iter().map(move |source| (worker, source)));
    let mapping = |(worker, source): (&Arc<Worker>, &StreamSource)| {
        let (worker, source) = (Arc::clone(worker), source.clone());
        Arc::new(Mapping::new(worker, source, table.clone(), positions.clone(), queues.clone()))
    };
    sources.map(mapping).collect()
}

/// What publishes of the stream.
fn pipes(template: &Template, table: &Table, positions: &Positions, bus: &Bus) -> Vec<Arc<Pipe>> {
    let pipe = |source: &PipeSource| {
        let (source, table, positions) = (source.clone(), table.clone(), positions.clone());
        Arc::new(Pipe { source, table, positions, bus: bus.clone() })
    };
    template.pipes.iter().map(pipe).collect()
}

/// Values for the parameters that have no default, then those that were asked for.
fn parameters(options: &Options) -> BTreeMap<String, String> {
    let level = options.level.as_str().to_ascii_lowercase();
    let local = [
        ("JwtIssuer", "http://127.0.0.1/_local"),
        ("JwtAudience", "local"),
        ("SenderAddress", "notices@northwind.example"),
        ("VendorName", "Northwind"),
        ("LogLevel", level.as_str()),
    ];
    let mut all: BTreeMap<_, _> = local.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    all.extend(options.parameters.clone());
    all
}

/// The claims' names as the functions are told them.
fn claim_names(template: &Template) -> ClaimNames {
    let name = |variable: &str, default: &str| {
        let found = template.functions.iter().find_map(|function| function.environment.get(variable));
        found.cloned().unwrap_or_else(|| default.to_owned())
    };
    ClaimNames { roles: name("ROLES_CLAIM", "roles"), partner: name("PARTNER_CLAIM", "partner_id") }
}

/// Only this machine may call: the issuer hands out any role to whoever asks.
async fn listen(port: u16, option: &str) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("port {port} is in use; choose another with {option}, or 0 for any free one")
        }
        _ => anyhow!("cannot listen on port {port}: {error}"),
    })
}

fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr().context("a listener has no address")?))
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("a listener ended: {error}");
        }
    });
}
