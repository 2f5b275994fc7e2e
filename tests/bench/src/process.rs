//! A bootstrap in a process of its own, behind a Runtime API of its own, as Lambda starts it.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use runtime::Clock;
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use wait4::Wait4;

/// The longest that is waited for a process: a Python on a busy machine takes seconds to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// What the tables call it.
    pub name: String,
    /// The executable, and what it is given.
    pub command: Vec<PathBuf>,
    /// Its environment, besides what Lambda sets.
    pub environment: Vec<(String, String)>,
}

/// A process that has asked for its first invocation.
pub struct Running {
    child: Ended,
    api: tokio::task::JoinHandle<()>,
    invoke: mpsc::Sender<(String, Bytes)>,
    said: mpsc::Receiver<Said>,
    /// From the start of the process to its first request for an invocation.
    pub init: Duration,
    count: u64,
}

/// A process that is ended at the latest when nobody needs it any more.
struct Ended(Option<Child>);

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a process used from its start to its end.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Time on the CPU, in user and kernel together.
    pub cpu: Duration,
    /// The most memory that was resident, in bytes.
    pub memory: u64,
}

enum Said {
    Asked(Instant),
    Answered(Instant, Bytes),
    Failed(Bytes),
}

struct Api {
    said: mpsc::Sender<Said>,
    invocations: Mutex<mpsc::Receiver<(String, Bytes)>>,
    clock: Clock,
}

impl Running {
    /// Starts the program and waits until it asks for work.
    pub async fn start(program: &Program) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
        let address = listener.local_addr().context("a listener has no address")?;
        let (invoke, invocations) = mpsc::channel(1);
        let (say, mut said) = mpsc::channel(4);
        let state = Api { said: say, invocations: Mutex::new(invocations), clock: Clock::system() };
        let router = router(Arc::new(state));
        let api = tokio::spawn(async move {
            // Without it no invocation comes, which is noticed there.
            let _ = axum::serve(listener, router).await;
        });
        let mut command = Command::new(&program.command[0]);
        command
            .args(&program.command[1..])
            .env_clear()
            .envs(lambda_environment())
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(if std::env::var_os("BENCH_STDERR").is_some() {
                Stdio::inherit()
            } else {
                Stdio::null()
            });
        let started = Instant::now();
        let child = command
            .spawn()
            .map(|child| Ended(Some(child)))
            .with_context(|| format!("{} does not start", program.command[0].display()))?;
        let asked = match tokio::time::timeout(PATIENCE, said.recv()).await {
            Ok(Some(Said::Asked(at))) => at,
            Ok(Some(Said::Failed(why))) => return Err(failed(&program.name, &why)),
            _ => bail!("{} asks for no work", program.name),
        };
        Ok(Self { child, api, invoke, said, init: asked - started, count: 0 })
    }

    /// Invokes it: the time from handing out the event to getting the answer, and the answer.
    pub async fn invoke(&mut self, event: Bytes) -> Result<(Duration, Json)> {
        self.count += 1;
        let id = format!("8476a536-e9f4-11e8-9739-{:012x}", self.count);
        let sent = Instant::now();
        self.invoke.send((id, event)).await.map_err(|_| anyhow!("the Runtime API ended"))?;
        let mut answer = None;
        // It has to ask again before the next invocation is timed.
        loop {
            match tokio::time::timeout(PATIENCE, self.said.recv()).await {
                Ok(Some(Said::Answered(at, body))) => answer = Some((at - sent, body)),
                Ok(Some(Said::Asked(_))) => {
                    let (time, body) = answer.context("asked without an answer")?;
                    return Ok((time, serde_json::from_slice(&body).context("the answer is no JSON")?));
                }
                Ok(Some(Said::Failed(why))) => return Err(failed("the function", &why)),
                _ => bail!("the function does not answer"),
            }
        }
    }

    /// What its threads have used of the CPU so far.
    pub fn cpu(&self) -> Result<Duration> {
        let child = self.child.0.as_ref().context("there is no process")?;
        let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).context("no threads")?;
        let nanoseconds = tasks.flatten().filter_map(|task| {
            let told = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse::<u64>().ok()
        });
        Ok(Duration::from_nanos(nanoseconds.sum()))
    }

    /// Ends the process.
    pub async fn stop(mut self) -> Result<Used> {
        let mut child = self.child.0.take().context("there is no process")?;
        let memory = peak_memory(child.id())?;
        child.kill().context("the process does not end")?;
        let used = child.wait4().context("the process does not end")?.rusage;
        self.api.abort();
        Ok(Used { cpu: used.utime + used.stime, memory })
    }
}

fn failed(name: &str, why: &Bytes) -> anyhow::Error {
    anyhow!("{name} failed: {}", String::from_utf8_lossy(why))
}

/// What Lambda sets for every function. No home, no files, no metadata service: keys are in the environment.
fn lambda_environment() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_REGION", local::template::REGION),
        ("AWS_DEFAULT_REGION", local::template::REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ]
    .into_iter()
}

/// The most memory of a process that was ever resident, in bytes.
pub fn peak_memory(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("no status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kib| kib.trim().parse::<u64>().ok());
    Ok(kib.context("the kernel does not tell VmHWM")? * 1024)
}

fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .layer(DefaultBodyLimit::disable())
        .with_state(api)
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    let _ = api.said.send(Said::Asked(Instant::now())).await;
    let Some((id, event)) = api.invocations.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = (api.clock.now() + PATIENCE).timestamp_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:bench".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    let _ = api.said.send(Said::Answered(Instant::now(), body)).await;
    StatusCode::ACCEPTED
}

async fn error(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let _ = api.said.send(Said::Failed(body)).await;
    StatusCode::ACCEPTED
}
