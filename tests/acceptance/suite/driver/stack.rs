//! The system under test: a local one for each test, whose clock can be moved, or a deployed one that all share.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use super::claim::{CONTOSO, FABRIKAM, WINGTIP};
use super::customer::Mail;
use super::deployed::Deployed;
use super::names::Names;
use super::secrets::Secrets;
use super::{Caller, Link, Process, Response};

/// How long an answer may take. A fast-forward works off everything that falls due.
const PATIENCE: Duration = Duration::from_secs(90);
/// As `PATIENCE`, of a deployed stack: its fast-forward waits for real timers.
const DEPLOYED_PATIENCE: Duration = Duration::from_secs(600);

/// A stack to test. It is known by its addresses; the process behind them is there when this suite has started it, and not
/// when the stack is a deployed one.
pub struct Stack {
    gateway: String,
    links: String,
    /// Where tokens and mails are to be had, and where time is moved or waited for.
    desk: String,
    /// What this test's names are to a stack that it shares.
    names: Names,
    /// What it said when it started.
    pub greeting: String,
    agent: Agent,
    /// In a lock so that tests may call from several threads.
    process: Option<Mutex<Process>>,
    /// What the stack's log must not say; of a deployed one there is no log to be had.
    secrets: Arc<Secrets>,
}

impl Stack {
    /// A stack with a partner Fabrikam, a partner Wingtip and a tenant Contoso: the deployed one that the environment names,
    /// under names of this test's own; or one of its own, at noon of a Sunday after which fifteen business days follow
    /// without a holiday.
    #[track_caller]
    pub fn start() -> Self {
        let Some(deployed) = Deployed::named() else {
            return Self::start_with(&[]);
        };
        let stack = Self::deployed(deployed);
        stack.furnish();
        stack
    }

    /// As [`Stack::start`], with more arguments for the program.
    #[track_caller]
    pub fn start_with(arguments: &[&str]) -> Self {
        let stack = Self::bare(arguments);
        stack.go_to_quiet_weeks();
        stack.furnish();
        stack
    }

    #[track_caller]
    fn furnish(&self) {
        self.enrol(FABRIKAM, "Fabrikam");
        self.enrol(WINGTIP, "Wingtip");
        self.put_contoso(&json!({}));
    }

    fn deployed(at: Deployed) -> Self {
        Self {
            gateway: at.gateway,
            links: at.links,
            desk: at.desk,
            names: Names::own(at.run),
            greeting: String::new(),
            agent: agent(DEPLOYED_PATIENCE),
            process: None,
            secrets: Arc::default(),
        }
    }

    /// A stack as it starts, by the real clock and with nothing in it.
    #[track_caller]
    pub fn bare(arguments: &[&str]) -> Self {
        let all: Vec<_> = ["--port", "0", "--link-port", "0"].iter().chain(arguments).copied().collect();
        let mut process = Process::start(&all);
        let lines = process.until_ready();
        let address = |name: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            let address = line.and_then(|line| line.split_whitespace().next());
            address.unwrap_or_else(|| panic!("no address of `{name}` in\n{}", lines.join("\n"))).to_owned()
        };
        Self {
            desk: address("gateway"),
            gateway: address("gateway"),
            links: address("links"),
            names: Names::default(),
            greeting: lines.join("\n"),
            agent: agent(PATIENCE),
            secrets: process.secrets(),
            process: Some(Mutex::new(process)),
        }
    }

    /// A stack that keeps its state in a directory.
    #[track_caller]
    pub fn in_directory(directory: &Path) -> Self {
        Self::start_with(&["--data", directory.to_str().expect("a path of UTF-8")])
    }

    /// The stack that has kept its state in a directory, started again.
    #[track_caller]
    pub fn again(directory: &Path) -> Self {
        Self::bare(&["--data", directory.to_str().expect("a path of UTF-8")])
    }

    /// The gateway's address.
    pub fn gateway(&self) -> &str {
        &self.gateway
    }

    /// The address of the customers' links.
    pub fn links(&self) -> &str {
        &self.links
    }

    /// What its log must not say, and whether it does.
    pub fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
    }

    /// The ID of the stack's process.
    pub fn process_id(&self) -> u32 {
        let process = self.process.as_ref().expect("this stack was started here");
        process.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Takes the process out, to end it.
    pub fn into_process(self) -> Process {
        self.process
            .expect("this stack was started here")
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    // Roles.

    /// The vendor's operator.
    pub fn operator(&self) -> Caller<'_> {
        self.role(&json!({ "role": "operator" }))
    }

    /// The vendor's reviewer.
    pub fn reviewer(&self) -> Caller<'_> {
        self.role(&json!({ "role": "reviewer" }))
    }

    /// A reviewer decides on the claim of a path, as it is when it has just looked.
    pub fn review(&self, path: &str, verb: &str, body: &Value) -> Response {
        // What an earlier decision has set going moves the claim on, and its version.
        self.settle();
        let reviewer = self.reviewer();
        let seen = reviewer.get(path).header("etag").to_owned();
        reviewer.request("POST", &format!("{path}/{verb}")).header("if-match", &seen).json(body).send()
    }

    /// A partner's incentives admin.
    pub fn partner(&self, id: &str) -> Caller<'_> {
        self.role(&json!({ "role": "incentives_admin", "partner_id": id }))
    }

    /// A partner's incentives user.
    pub fn user(&self, id: &str) -> Caller<'_> {
        self.role(&json!({ "role": "incentives_user", "partner_id": id }))
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Caller<'_> {
        Caller { stack: self, token: None }
    }

    /// Somebody with this text for a token.
    pub fn bearer(&self, token: &str) -> Caller<'_> {
        Caller { stack: self, token: Some(token.to_owned()) }
    }

    /// Whoever the local issuer makes of this.
    #[track_caller]
    pub fn role(&self, who: &Value) -> Caller<'_> {
        let token = self.at_desk("POST", "/_local/token", Some(who)).ok();
        self.bearer(token["access_token"].as_str().expect("a token"))
    }

    // Time.

    /// The time it is in the stack.
    #[track_caller]
    pub fn now(&self) -> DateTime<Utc> {
        time(&self.at_desk("GET", "/_local/clock", None).ok()["now"])
    }

    /// Moves the clock by an ISO 8601 duration, and returns the timers that fired once all is quiet. A deployed stack's days
    /// are short ones, and its timers are waited for.
    #[track_caller]
    pub fn advance(&self, by: &str) -> Vec<Value> {
        let moved = self.at_desk("POST", "/_local/clock", Some(&json!({ "advance": by }))).ok();
        moved["fired"].as_array().cloned().unwrap_or_default()
    }

    /// Moves the clock to an instant. A deployed stack is waited for until it has come.
    #[track_caller]
    pub fn advance_to(&self, to: DateTime<Utc>) -> Vec<Value> {
        if self.process.is_none() {
            let until = json!({ "until": to.to_rfc3339_opts(chrono::SecondsFormat::Millis, true) });
            drop(self.at_desk("POST", "/_local/clock", Some(&until)).ok());
            return Vec::new();
        }
        let seconds = (to - self.now() + TimeDelta::milliseconds(999)).num_seconds().max(0);
        self.advance(&format!("PT{seconds}S"))
    }

    /// Moves the clock past a timer's time, as far as that timer may be late: its schedule is spread over a quarter of an hour.
    #[track_caller]
    pub fn advance_past(&self, due: DateTime<Utc>) -> Vec<Value> {
        let lateness = if self.process.is_some() { TimeDelta::minutes(30) } else { TimeDelta::zero() };
        self.advance_to(due + lateness)
    }

    /// Moves the clock to shortly before a deadline, when the customer has been reminded of it.
    #[track_caller]
    pub fn advance_to_shortly_before(&self, deadline: DateTime<Utc>) -> Vec<Value> {
        let shortly = if self.process.is_some() { TimeDelta::hours(2) } else { TimeDelta::seconds(13) };
        self.advance_to(deadline - shortly)
    }

    /// Returns once everything that is under way has come to rest.
    #[track_caller]
    pub fn settle(&self) {
        drop(self.advance("PT0S"));
    }

    /// The day so many days ago by the stack's clock, as evidence dates are written.
    pub fn days_ago(&self, days: i64) -> String {
        (self.now() - TimeDelta::days(days)).format("%Y-%m-%d").to_string()
    }

    /// The Sunday before the first Monday of a February still to come: no country in these tests has a holiday in the
    /// weeks that follow, whenever the suite runs.
    fn go_to_quiet_weeks(&self) {
        let now = self.now();
        let sunday = |year: i32| {
            let first = NaiveDate::from_ymd_opt(year, 2, 1).expect("there is a February every year");
            let monday = first.iter_days().find(|day| day.weekday() == Weekday::Mon).expect("a Monday comes");
            (monday - Days::new(1)).and_hms_opt(12, 0, 0).expect("noon").and_utc()
        };
        let next = if sunday(now.year()) > now { sunday(now.year()) } else { sunday(now.year() + 1) };
        drop(self.advance_to(next));
    }

    // The directory.

    /// Registers a partner for every programme.
    #[track_caller]
    pub fn enrol(&self, id: &str, name: &str) {
        let body = json!({ "name": name, "programs": ["osu_m365", "osa_sell", "osu_business_apps"] });
        let answer = self.operator().put(&format!("/partners/{id}"), &body);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }

    /// Registers the tenant Contoso, with these members in place of the usual ones.
    #[track_caller]
    pub fn put_contoso(&self, changes: &Value) {
        let mut body = super::claim::contoso();
        for (name, value) in changes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let answer = self.operator().put(&format!("/tenants/{CONTOSO}"), &body);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }

    // Mail.

    /// All mails, oldest first, once everything is quiet.
    #[track_caller]
    pub fn mails(&self) -> Vec<Mail> {
        self.settle();
        let inbox = self.at_desk("GET", "/_local/inbox", None).ok();
        inbox["items"].as_array().expect("a list").iter().rev().map(Mail::of).collect()
    }

    /// The mails to an address, oldest first.
    #[track_caller]
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// The subjects of the mails to an address, oldest first.
    #[track_caller]
    pub fn subjects_to(&self, address: &str) -> Vec<String> {
        self.mails_to(address).into_iter().map(|mail| mail.subject).collect()
    }

    /// The link in the latest mail to an address.
    #[track_caller]
    pub fn link_to(&self, address: &str) -> Link<'_> {
        let mails = self.mails_to(address);
        let mail = mails.last().unwrap_or_else(|| panic!("no mail to {address}"));
        self.link(&mail.link(&self.links))
    }

    /// A link at this address, be it one or not.
    pub fn link(&self, url: &str) -> Link<'_> {
        Link { stack: self, url: url.to_owned() }
    }

    /// Reports what became of a mail, as SES would, and waits until it has been dealt with.
    #[track_caller]
    pub fn report(&self, mail: &Mail, event: &str) {
        let body = json!({ "mail_id": mail.id, "event": event });
        let answer = self.at_desk("POST", "/_local/mail-events", Some(&body));
        assert_eq!(answer.status, 202, "{answer:?}");
        self.settle();
    }

    /// What no function could deal with. Nothing should ever be here.
    #[track_caller]
    pub fn dead_letters(&self) -> Value {
        self.settle();
        self.at_desk("GET", "/_local/queues", None).ok()
    }

    /// Asks at the desk, naming whose things are meant where the stack is shared.
    fn at_desk(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let headers = [
            ("accept".to_owned(), "application/json".to_owned()),
            ("x-names".to_owned(), self.names.on_the_wire()),
        ];
        let body = body.map(|body| body.to_string().into_bytes());
        self.send(method, &format!("{}{path}", self.desk), &headers, body)
    }

    /// Sends a request to any address.
    #[track_caller]
    pub fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
    ) -> Response {
        let mut request = Request::builder().method(method).uri(self.names.sent_text(url));
        for (name, value) in headers {
            request = request.header(name, self.names.sent_text(value));
        }
        let body = body.map(|body| self.names.sent(body));
        self.secrets.asked(&self.links, url, headers, body.as_deref());
        let asked = format!("{method} {url}");
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let answer = sent.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let (mut parts, mut body) = answer.into_parts();
        for value in parts.headers.values_mut() {
            if let Ok(received) = self.names.received(value.as_bytes().to_vec()).try_into() {
                *value = received;
            }
        }
        let body = body.read_to_vec().unwrap_or_else(|error| panic!("{asked}: {error}"));
        self.secrets.answered(&self.links, &body);
        Response {
            asked,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: self.names.received(body),
        }
    }
}

fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(patience))
        // A server that refuses a body unread closes the connection; nobody else may be sent into it.
        .max_idle_connections(0)
        .proxy(None);
    config.build().into()
}

/// A time as the interface writes it.
#[track_caller]
pub fn time(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    assert!(text.ends_with('Z'), "not in UTC: {text}");
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
