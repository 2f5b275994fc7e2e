//! The program as people start it: what it says, what it refuses, what it leaves behind.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_local");

/// A stack that is running; it ends with this.
struct Stack {
    child: Child,
    gateway: String,
    links: String,
}

impl Stack {
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["--port", "0", "--link-port", "0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut gateway, mut links) = (String::new(), String::new());
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["gateway", url, ..] => gateway = url.replace("http://", ""),
                ["links", url, ..] => links = url.replace("http://", ""),
                ["ready"] => return Self { child, gateway, links },
                _ => {}
            }
        }
        panic!("it ended before it was ready: {:?}", child.wait());
    }

    fn terminate(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "a stop that was asked for is no failure");
    }

    /// The processes it has started, by whichever of its threads.
    #[cfg(target_os = "linux")]
    fn children(&self) -> Vec<PathBuf> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let lists = threads.map(|thread| {
            std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap_or_default()
        });
        lists.collect::<String>().split_whitespace().map(|pid| Path::new("/proc").join(pid)).collect()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Asked rather than killed, so that it removes the directory it made.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("local-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Sends a request; the answer with its head.
#[track_caller]
fn http(host: &str, request: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(stream, "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn token(stack: &Stack) -> String {
    let answer = http(&stack.gateway, "POST /_local/token", "", r#"{"role":"operator"}"#);
    let token = answer.split(r#""access_token":""#).nth(1).and_then(|rest| rest.split('"').next());
    format!("Authorization: Bearer {}\r\n", token.unwrap_or_else(|| panic!("{answer}")))
}

fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_function_answers_only_with_a_token() {
    let stack = Stack::start(&[]);
    let answer = http(&stack.gateway, "GET /catalogue", "", "");
    assert!(
        answer.starts_with("HTTP/1.1 401 ") && answer.ends_with(r#"{"message":"Unauthorized"}"#),
        "{answer}"
    );
    let answer = http(&stack.gateway, "GET /catalogue", &token(&stack), "");
    assert!(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = http(&stack.links, "GET /no-such-link", "", "");
    assert!(answer.starts_with("HTTP/1.1 ") && answer.contains("text/html"), "{answer}");
}

#[test]
#[cfg(target_os = "linux")]
fn no_function_outlives_the_stack_even_when_it_is_killed() {
    // Killed, it cannot remove a directory of its own.
    let directory = Directory::new("killed");
    let mut stack = Stack::start(&["--data", directory.path()]);
    let answer = http(&stack.gateway, "GET /catalogue", &token(&stack), "");
    assert!(!answer.starts_with("HTTP/1.1 500 "), "{answer}");
    let children = stack.children();
    assert!(!children.is_empty());
    stack.child.kill().unwrap();
    stack.child.wait().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while children.iter().any(|child| is_running(child)) {
        assert!(std::time::Instant::now() < deadline, "still running: {children:?}");
        std::thread::yield_now();
    }
}

/// A process that has ended but was not waited for by anybody is not running any more.
#[cfg(target_os = "linux")]
fn is_running(process: &Path) -> bool {
    let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[test]
fn the_clock_and_the_key_outlive_the_program() {
    let directory = Directory::new("kept");
    let stack = Stack::start(&["--data", directory.path()]);
    let token = token(&stack);
    let answer = http(&stack.gateway, "POST /_local/clock", "", r#"{"advance":"P1000D"}"#);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let year = |answer: &str| answer.split(r#""now":""#).nth(1).map(|rest| rest[..4].to_owned());
    stack.terminate();

    let again = Stack::start(&["--data", directory.path()]);
    assert_eq!(year(&http(&again.gateway, "GET /_local/clock", "", "")), year(&answer));
    let answer = http(&again.gateway, "GET /catalogue", &token, "");
    assert!(!answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[test]
fn what_cannot_work_is_said_with_a_way_out() {
    assert!(refused(&["--data", "/no/such/directory"]).contains("mkdir -p /no/such/directory"));
    assert!(
        refused(&["--set", "NoSuchParameter=1", "--port", "0", "--link-port", "0"])
            .contains("NoSuchParameter")
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = refused(&["--port", &port]);
    assert!(text.contains(&format!("port {port} is in use")) && text.contains("--port"), "{text}");

    let directory = Directory::new("shared");
    let _stack = Stack::start(&["--data", directory.path()]);
    let text = refused(&["--data", directory.path(), "--port", "0", "--link-port", "0"]);
    assert!(text.contains("another local stack"), "{text}");
}
