//! Puts the stack together: reads the template, opens the state, starts the doors and the things behind them.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
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
use crate::lambda::{self, Lambda};
use crate::mail::Post;
use crate::measured::Measured;
use crate::queues::Queues;
use crate::scheduler::{self, Scheduler};
use crate::state::Home;
use crate::stream::{Mapping, Positions};
use crate::table::Table;
use crate::template::{PipeSource, SOURCE, Settings, Template};
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

impl Stack {
    /// Starts everything.
    pub async fn start(options: &Options) -> Result<Self> {
        console::start(options.level);
        let home = Home::open(options.data.as_deref())?;
        let front = listen(options.port, "--port").await?;
        let link = listen(options.link_port, "--link-port").await?;
        let inner = listen(0, "").await?;
        let database = listen(0, "").await?;
        let files = listen(0, "").await?;
        let (gateway, links) = (url(&front)?, url(&link)?);
        let (database_url, services_url) = (url(&database)?, url(&inner)?);

        let settings =
            Settings { parameters: parameters(options), gateway: gateway.clone(), links: links.clone() };
        let template = Template::read(SOURCE, &settings).context("infra/template.yaml")?;
        let clock = Arc::new(StackClock::open(home.path("clock-offset"), options.start)?);
        let table = Table::open(&template, &home)?;
        let objects = Objects::open(template.bucket.clone(), &home)?;
        let (activity, queues, measured) = (Activity::default(), Queues::default(), Measured::default());
        let environment = [
            ("AWS_ENDPOINT_URL_DYNAMODB", database_url.clone()),
            ("AWS_ENDPOINT_URL_S3", url(&files)?),
            ("AWS_ENDPOINT_URL_SESV2", services_url.clone()),
            ("AWS_ENDPOINT_URL_SCHEDULER", services_url.clone()),
            (CLOCK_FILE, clock.file().display().to_string()),
        ];
        let launch = lambda::Settings {
            program: options.program.clone(),
            runtime_api: services_url.clone(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            concurrency: options.concurrency,
            measured: measured.clone(),
        };
        let lambda =
            Lambda::new(&template.functions, &launch, activity.clone(), queues.clone(), Arc::clone(&clock));
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
        let tokens = Arc::new(Tokens::open(&home, template.authorizer.clone(), claim_names(&template))?);
        let positions = Positions::load(home.slot("stream-positions.json"))?;
        let mappings: Vec<_> = (lambda.workers())
            .flat_map(|worker| worker.function().streams.iter().map(move |source| (worker, source)))
            .map(|(worker, source)| {
                let (worker, source) = (Arc::clone(worker), source.clone());
                Arc::new(Mapping::new(worker, source, table.clone(), positions.clone(), queues.clone()))
            })
            .collect();
        let bus = Bus::load(home.rows("events"))?;
        let pipe = |source: &PipeSource| {
            let (source, table, positions) = (source.clone(), table.clone(), positions.clone());
            Arc::new(Pipe { source, table, positions, bus: bus.clone() })
        };
        let pipes: Vec<_> = template.pipes.iter().map(pipe).collect();
        let control = Arc::new(Control {
            clock: Arc::clone(&clock),
            scheduler: scheduler.clone(),
            mappings: mappings.clone(),
            pipes: pipes.clone(),
            activity,
            table: table.clone(),
            objects: objects.clone(),
            turn: Mutex::new(()),
        });

        let services =
            lambda::api::router(lambda.clone()).merge(scheduler::api::router(scheduler)).merge(post.router());
        serve(inner, services.layer(DefaultBodyLimit::disable()));
        serve(files, Files::new(objects, Arc::clone(&clock)).router());
        tokio::spawn(dynoxide::server::serve_on(database, table.database()));
        let api = Gateway::new(lambda.clone(), Arc::clone(&tokens), Arc::clone(&clock));
        let api = Router::new().fallback(gateway::api).with_state(api);
        let desk = desk::router(Desk {
            tokens,
            control: Arc::clone(&control),
            post,
            queues,
            measured,
            lambda: lambda.clone(),
            bus,
        });
        serve(front, desk.merge(api).layer(DefaultBodyLimit::max(gateway::BODY_LIMIT)));
        if let Some(worker) = lambda.workers().find(|worker| worker.function().has_url) {
            let door = FunctionUrl::new(Arc::clone(worker), Arc::clone(&clock));
            let door = Router::new().fallback(gateway::function_url).with_state(door);
            serve(link, door.layer(DefaultBodyLimit::max(gateway::BODY_LIMIT)));
        }
        for mapping in mappings {
            tokio::spawn(mapping.run());
        }
        for pipe in pipes {
            tokio::spawn(pipe.run());
        }
        tokio::spawn(Arc::clone(&control).run());
        let (database, services) = (database_url, services_url);
        Ok(Self { gateway, links, database, services, clock, lambda, control, _home: home })
    }

    /// Lets what is under way come to rest, and ends the functions' processes.
    pub async fn stop(self) {
        let _ = tokio::time::timeout(PATIENCE, self.control.rest()).await;
        self.lambda.close();
        tokio::time::sleep(FAREWELL).await;
    }
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

fn address(listener: &TcpListener) -> Result<SocketAddr> {
    listener.local_addr().context("a listener has no address")
}

fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", address(listener)?))
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("a listener ended: {error}");
        }
    });
}
