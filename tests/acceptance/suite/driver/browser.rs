//! A real browser, driven through chromedriver.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::process::{Directory, Process};

/// How long a page may take to show what came of a form.
const PATIENCE: Duration = Duration::from_secs(10);
const INSTALL: &str = "chromedriver is not installed; on Debian: apt-get install chromium chromium-driver";

/// What a test wants of the browser.
#[derive(Clone, Copy)]
pub struct Wish {
    /// Whether pages may run scripts.
    pub script: bool,
    /// The window's width in pixels.
    pub width: u32,
}

impl Default for Wish {
    fn default() -> Self {
        Self { script: true, width: 1000 }
    }
}

/// A browser with a profile of its own. Dropping it closes it.
pub struct Browser {
    // In this order they are dropped: the session, then the driver with its browser, then the profile.
    client: Option<Client>,
    runtime: Runtime,
    _driver: Process,
    _profile: Directory,
}

impl Browser {
    /// Starts one. Without chromedriver: `None` and a notice, or on CI a failure.
    #[track_caller]
    pub fn start(wish: Wish) -> Option<Self> {
        if Command::new("chromedriver").arg("--version").output().is_err() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{INSTALL}");
            eprintln!("skipped: {INSTALL}");
            return None;
        }
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let mut driver = Process::spawn(command);
        let port: u16 = driver
            .until(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
        let profile = Directory::new();
        let mut arguments = vec![
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=en".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
            format!("--window-size={},1200", wish.width),
        ];
        arguments.sort();
        let allowed = if wish.script { 1 } else { 2 };
        let options = json!({
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": allowed },
        });
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": options }) else {
            unreachable!("an object")
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("http://127.0.0.1:{port}");
        let client = runtime.block_on(async {
            ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&url).await
        });
        let client = client.unwrap_or_else(|error| panic!("no session: {error}\n{}", driver.tail()));
        Some(Self { client: Some(client), runtime, _driver: driver, _profile: profile })
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("open until it is dropped")
    }

    /// Opens an address.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.runtime.block_on(self.client().goto(url)).unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The address shown.
    #[track_caller]
    pub fn url(&self) -> String {
        self.runtime.block_on(self.client().current_url()).expect("an address").to_string()
    }

    /// The page's title.
    #[track_caller]
    pub fn title(&self) -> String {
        self.runtime.block_on(self.client().title()).expect("a title")
    }

    /// The text that a reader sees on the page.
    #[track_caller]
    pub fn text(&self) -> String {
        self.text_of("body")
    }

    /// The text of the first element that a selector finds.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> String {
        let text = self.runtime.block_on(async { self.client().find(Locator::Css(css)).await?.text().await });
        text.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Waits until the page says what came of a form.
    #[track_caller]
    pub fn outcome(&self, expected: &str) {
        let until = Instant::now() + PATIENCE;
        let mut last = String::new();
        while Instant::now() < until {
            // The page before has an outcome, too, and may go away while it is read.
            let read =
                async { self.client().find(Locator::Css("[role=status], [role=alert]")).await?.text().await };
            last = self.runtime.block_on(read).unwrap_or_default();
            if last.contains(expected) {
                return;
            }
        }
        panic!("`{expected}` does not come; the last outcome is `{last}`:\n{}", self.text());
    }

    /// An attribute of the first element that a selector finds.
    #[track_caller]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let found =
            self.runtime.block_on(async { self.client().find(Locator::Css(css)).await?.attr(name).await });
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// How many elements a selector finds.
    #[track_caller]
    pub fn count(&self, css: &str) -> usize {
        self.runtime.block_on(self.client().find_all(Locator::Css(css))).expect("a selector").len()
    }

    /// Clicks the first element that a selector finds.
    #[track_caller]
    pub fn click(&self, css: &str) {
        let done =
            self.runtime.block_on(async { self.client().find(Locator::Css(css)).await?.click().await });
        done.unwrap_or_else(|error| panic!("{css}: {error}\n{}", self.text()));
    }

    /// Clicks the link or button with this text.
    #[track_caller]
    pub fn press(&self, label: &str) {
        let path = format!("//*[self::a or self::button or self::label][normalize-space()='{label}']");
        let done =
            self.runtime.block_on(async { self.client().find(Locator::XPath(&path)).await?.click().await });
        done.unwrap_or_else(|error| panic!("`{label}`: {error}\n{}", self.text()));
    }

    /// Types into the first element that a selector finds.
    #[track_caller]
    pub fn type_into(&self, css: &str, text: &str) {
        let done = self
            .runtime
            .block_on(async { self.client().find(Locator::Css(css)).await?.send_keys(text).await });
        done.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Types where the focus is.
    #[track_caller]
    pub fn keys(&self, keys: &str) {
        let done =
            self.runtime.block_on(async { self.client().active_element().await?.send_keys(keys).await });
        done.unwrap_or_else(|error| panic!("{keys:?}: {error}"));
    }

    /// Presses the tabulator until the element in focus has this text or value.
    #[track_caller]
    pub fn tab_to(&self, label: &str) {
        for _ in 0..40 {
            self.keys("\u{E004}");
            let focused = self.script(
                "const e = document.activeElement; return (e.closest('label') ?? e).innerText || e.id;",
            );
            if focused.as_str().is_some_and(|text| text.trim() == label) {
                return;
            }
        }
        panic!("`{label}` is not reached with the keyboard:\n{}", self.text());
    }

    /// Goes into the first frame of the page; what is found from then on is in there, until a page is opened.
    #[track_caller]
    pub fn enter_frame(&self) {
        self.runtime.block_on(self.client().enter_frame(0)).expect("a frame");
    }

    /// Goes out of all frames.
    #[track_caller]
    pub fn leave_frame(&self) {
        self.runtime.block_on(self.client().enter_parent_frame()).expect("a page");
    }

    /// What a script returns.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        self.runtime
            .block_on(self.client().execute(script, Vec::new()))
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Keeps a picture of the page under `target/acceptance/`, for people to look at.
    #[track_caller]
    pub fn picture(&self, name: &str) {
        let directory = pictures();
        std::fs::create_dir_all(&directory).expect("the target directory can be written");
        let picture = self.runtime.block_on(self.client().screenshot()).expect("a picture");
        std::fs::write(directory.join(format!("{name}.png")), picture).expect("the picture can be written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // The browser ends with its session; should it not, it ends with the driver.
            let _ = self.runtime.block_on(client.close());
        }
    }
}

fn pictures() -> PathBuf {
    // Beside the test's own binary: target/debug/deps/….
    let binary = std::env::current_exe().expect("this program has a file");
    let target = binary.ancestors().nth(3).unwrap_or_else(|| Path::new("target"));
    target.join("acceptance")
}
