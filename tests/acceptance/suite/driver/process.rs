//! The stack's program: built once per run, started per test, and gone with the test.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::secrets::Secrets;

/// How long a start may take. It takes a third of a second; two loaded cores take longer.
const START: Duration = Duration::from_secs(60);
/// How long an end may take.
const END: Duration = Duration::from_secs(10);
/// How many lines of what it said are shown when a test fails.
const TAIL: usize = 60;

/// The `local` program: the one that `ACCEPTANCE_PROGRAM` names, or else built on first use with this binary's own
/// profile.
#[track_caller]
pub fn local_program() -> &'static Path {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let program = PROGRAM
        .get_or_init(|| std::env::var_os("ACCEPTANCE_PROGRAM").map_or_else(build, |path| Ok(path.into())));
    program.as_deref().unwrap_or_else(|error| panic!("{error}"))
}

/// Builds the program. Asking Cargo again costs little when it is there, and a stale one would be worse.
///
/// It is asked for as what a test of the workspace needs, because that is how `cargo test --workspace` has just built it. By
/// itself, `local` wants fewer features of a dozen crates deep down, and everything above them would be compiled again. Nothing
/// may depend on those: the rehearsal runs this suite on binaries that are built as they are deployed.
fn build() -> Result<PathBuf, String> {
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["test", "--workspace", "--no-run", "--test", "program", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    // What Cargo tells a test about its package is not for a build: build scripts look at the same names (that of `ring`
    // does), would take them for a change, and half of the workspace would be compiled again, now and at the next build.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            build.env_remove(name);
        }
    }
    let output =
        build.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err("`local` does not build; Cargo's messages are above".to_owned());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut found = messages.filter(|message| message["target"]["name"] == "local");
    let path = found.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    path.ok_or_else(|| "cargo names no executable of `local`".to_owned())
}

/// A program under way. Dropping it ends it.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    said: Arc<Mutex<VecDeque<String>>>,
    /// What it must not have said, tried when it has ended.
    secrets: Arc<Secrets>,
    /// Disconnected once standard error is read to its end.
    unsaid: Receiver<()>,
}

impl Process {
    /// Starts the `local` program with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(local_program());
        command.args(arguments);
        Self::spawn(command)
    }

    /// Starts any program.
    pub fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let secrets = Arc::new(Secrets::default());
        let (sender, lines) = channel();
        let tell = move |line: String| drop(sender.send(line));
        // Both pipes are read to their end, so that the program never waits for a reader.
        read_lines(child.stdout.take(), tell);
        let (tail, log) = (Arc::clone(&said), Arc::clone(&secrets));
        let (saying, unsaid) = channel();
        read_lines(child.stderr.take(), move |line| {
            let _more: &Sender<()> = &saying;
            log.hear(&line);
            let mut said = tail.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() == TAIL {
                said.pop_front();
            }
            said.push_back(line);
        });
        Self { child, lines, said, secrets, unsaid }
    }

    /// The lines of its output up to the one that says `ready`.
    #[track_caller]
    pub fn until_ready(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        self.until(|line| {
            if line.trim() == "ready" {
                return Some(());
            }
            lines.push(line);
            None
        });
        lines
    }

    /// What `found` makes of the first line of its output of which it makes something.
    #[track_caller]
    pub fn until<T>(&mut self, mut found: impl FnMut(String) -> Option<T>) -> T {
        let until = Instant::now() + START;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = found(line) {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("not ready after {START:?}:\n{}", self.tail()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before it was ready:\n{}", self.tail()),
            }
        }
    }

    /// What must not be in its log.
    pub fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines that it wrote to standard error.
    pub fn tail(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        self.wait(END).unwrap_or_else(|| panic!("still running after {END:?}:\n{}", self.tail()))
    }

    /// Asks it to end, and waits until it has.
    #[track_caller]
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The status once it has ended. Its output closes then, which is what is waited for: no polling.
    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    // What it said last may still be on its way through the other pipe.
                    let _ = self.unsaid.recv_timeout(until.saturating_duration_since(Instant::now()));
                    return self.child.wait().ok();
                }
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the last lines of process {} ---\n{}\n---", self.child.id(), self.tail());
        }
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.signal("TERM");
            if self.wait(END).is_none() {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
        // Every process of the suite is tried, whatever its test was about. A test that fails already says why.
        let _ = self.unsaid.recv_timeout(END);
        if !std::thread::panicking() {
            self.secrets.are_kept();
        }
    }
}

/// Sends a signal to a process that this suite has started, or that such a process has.
pub fn signal(id: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
    assert!(sent.is_ok_and(|status| status.success()), "process {id} takes no signal");
}

fn read_lines<R: Read + Send + 'static>(pipe: Option<R>, tell: impl Fn(String) + Send + 'static) {
    let pipe = pipe.expect("the pipe was asked for");
    std::thread::spawn(move || BufReader::new(pipe).lines().map_while(Result::ok).for_each(tell));
}

/// A directory for one test, gone with it.
pub struct Directory(PathBuf);

impl Directory {
    /// Makes one that there was not.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("acceptance-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
