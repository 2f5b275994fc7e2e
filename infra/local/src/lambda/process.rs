//! A function's process: this program again, under the function's name, with the environment Lambda would give it.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::console;
use crate::measured::Measured;
use crate::template::{ACCESS_KEY, Function, REGION, SECRET_KEY};

/// How functions are started.
pub struct Launcher {
    /// The program to start; it is given `function <package>`.
    pub program: PathBuf,
    /// The address of the Runtime API, with its scheme: the runtime takes a path behind it only so.
    pub runtime_api: String,
    /// Environment that every function gets besides its own: endpoints, keys, the clock.
    pub environment: Vec<(String, String)>,
    /// Most processes of one function.
    pub concurrency: usize,
    /// Takes the metrics out of their logs.
    pub measured: Measured,
}

/// How one function's processes are started.
pub struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    package: String,
    runtime_api: String,
    environment: Vec<(String, String)>,
    measured: Measured,
}

impl Launcher {
    /// Puts together what every process of this function is started with.
    #[must_use]
    pub fn launch(&self, function: &Function) -> Launch {
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            // Without these a function would look for keys on the network, or in the developer's own files.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ];
        let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value));
        let own = function.environment.clone().into_iter();
        Launch {
            program: self.program.clone(),
            arguments: vec!["function".to_owned(), function.package.clone()],
            package: function.package.clone(),
            runtime_api: format!("{}/{}", self.runtime_api, function.package),
            environment: fixed.chain(own).chain(self.environment.iter().cloned()).collect(),
            measured: self.measured.clone(),
        }
    }
}

#[cfg(test)]
impl Launch {
    /// A process that is no function but does what a shell is told.
    pub fn shell(package: &str, script: &str) -> Self {
        Self {
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            package: package.to_owned(),
            runtime_api: String::new(),
            environment: Vec::new(),
            measured: Measured::default(),
        }
    }
}

/// Runs a process to its end, its own or the one it is asked to come to, and says how it ended.
pub(super) async fn run(launch: &Launch, instance: u64, killed: oneshot::Receiver<()>) -> String {
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        // A function that leans on the developer's environment would fail in Lambda.
        .env_clear()
        .envs(
            ["LLVM_PROFILE_FILE", "RUST_BACKTRACE"]
                .into_iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", format!("{}/{instance}", launch.runtime_api))
        // The process ends when this end of its input closes, so that none outlives the stack, however that ends.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for the stack, which then ends its functions in good order.
        .process_group(0)
        .kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return format!("{} did not start: {error}", launch.program.display()),
    };
    pass_on(launch, child.stdout.take());
    pass_on(launch, child.stderr.take());
    let _input = child.stdin.take();
    let ended = tokio::select! {
        ended = child.wait() => ended,
        // A sender that is gone asks for nothing.
        Ok(()) = killed => match child.start_kill() {
            Ok(()) => child.wait().await,
            Err(error) => Err(error),
        },
    };
    ended.map_or_else(|error| error.to_string(), |status| status.to_string())
}

fn pass_on(launch: &Launch, output: Option<impl AsyncRead + Unpin + Send + 'static>) {
    let Some(output) = output else { return };
    let (name, measured) = (launch.package.clone(), launch.measured.clone());
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if !measured.take(&line) {
                console::from_function(&name, &line);
            }
        }
    });
}
