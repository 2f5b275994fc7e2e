//! What a log must not say: whatever tells who somebody is, or opens a door. Noted while a test speaks to a stack, and looked
//! for in all that the stack has said once it has ended.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Members of bodies whose text is somebody's name, address or words, whatever the body.
const PERSONAL: &[&str] = &[
    "name",
    "title",
    "email",
    "notice_email",
    "comment",
    "text",
    "reason",
    "justification",
    "detail",
    "reference",
    "acknowledged_by",
    "file_name",
    "subject",
];
/// Shorter texts stand in logs by chance.
const SHORTEST: usize = 6;
/// How much of a long text is looked for.
const LONGEST: usize = 60;

/// A stack's log, and what must not be in it.
#[derive(Default)]
pub struct Secrets(Mutex<Known>);

#[derive(Default)]
struct Known {
    secrets: BTreeSet<String>,
    log: Vec<String>,
}

impl Secrets {
    /// Notes a line of the log.
    pub fn hear(&self, line: &str) {
        self.known().log.push(line.to_owned());
    }

    /// Notes what a request says: its token, the link that it opens, whatever its body names.
    pub fn asked(&self, links: &str, url: &str, headers: &[(String, String)], body: Option<&[u8]>) {
        let link =
            url.strip_prefix(links).and_then(|path| path.trim_start_matches('/').split(['?', '/']).next());
        link.into_iter().for_each(|token| self.note_link(token));
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("authorization") {
                // Head and body of a token are as good as its signature: they name the caller.
                value.split([' ', '.']).filter(|part| part.len() > 20).for_each(|part| self.note(part));
            }
        }
        body.into_iter().for_each(|body| self.read(links, body));
    }

    /// Notes the addresses, links and signatures of an answer. Whatever else is personal in it, a request has said before.
    pub fn answered(&self, links: &str, body: &[u8]) {
        if let Ok(text) = std::str::from_utf8(body) {
            // Mails are text within JSON.
            self.words(links, &text.replace("\\n", " ").replace("\\r", " "));
        }
    }

    /// Notes what a body names: of JSON and JSON lines the members, of anything else the addresses and links.
    fn read(&self, links: &str, body: &[u8]) {
        let Ok(text) = std::str::from_utf8(body) else { return };
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.members(links, &value),
            Err(_) => {
                let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
                lines.for_each(|value| self.members(links, &value));
                self.words(links, text);
            }
        }
    }

    fn members(&self, links: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if PERSONAL.contains(&name.as_str()) => self.note(text.trim()),
                        Value::String(text) => self.words(links, text),
                        other => self.members(links, other),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.members(links, item)),
            Value::String(text) => self.words(links, text),
            _ => {}
        }
    }

    /// Notes addresses, links and signatures that a text has among its words.
    fn words(&self, links: &str, text: &str) {
        let ends = |c: char| c.is_whitespace() || "<>()[]{}\"\\,;=&".contains(c);
        for word in text.split(ends) {
            let word = word.trim_end_matches(['.', ':']);
            if word.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.')) {
                self.note(word);
            }
            if let Some(token) = word.strip_prefix(links) {
                self.note_link(token.trim_start_matches('/').split('?').next().unwrap_or_default());
            }
        }
        if let Some((_, signature)) = text.split_once("X-Amz-Signature=") {
            self.note_link(signature.split(['&', '"']).next().unwrap_or_default());
        }
    }

    /// Notes what opens a door: long, and of any letters. A claim's ID does not, even where somebody has put it for a link.
    fn note_link(&self, token: &str) {
        if token.len() >= 20 && !token.starts_with("clm_") {
            self.known().secrets.insert(token.chars().take(LONGEST).collect());
        }
    }

    /// Notes a text that must not be said.
    pub fn note(&self, secret: &str) {
        // A log escapes what is no letter; the longest stretch that it would not escape is what can be found.
        let plain = |c: char| c.is_control() || c == '"' || c == '\\';
        let Some(stretch) = secret.split(plain).max_by_key(|stretch| stretch.len()) else { return };
        let stretch: String = stretch.chars().take(LONGEST).collect();
        // What looks like a code or an ID is one, and logs are full of them. Tokens and links have capitals, people's words
        // have spaces, addresses their sign.
        let code = stretch.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
        if !code && stretch.trim().chars().count() >= SHORTEST {
            self.known().secrets.insert(stretch);
        }
    }

    /// The lines that say something that they must not, each with what that is.
    pub fn told(&self) -> Vec<(String, String)> {
        let known = self.known();
        let mut told = Vec::new();
        for line in &known.log {
            let found = known.secrets.iter().filter(|secret| line.contains(secret.as_str()));
            told.extend(found.map(|secret| (secret.clone(), line.clone())));
        }
        told
    }

    /// How many lines there are, and how many secrets.
    pub fn sizes(&self) -> (usize, usize) {
        let known = self.known();
        (known.log.len(), known.secrets.len())
    }

    /// Asserts that nothing was said.
    #[track_caller]
    pub fn are_kept(&self) {
        let told = self.told();
        if let (lines, secrets @ 1..) = self.sizes() {
            eprintln!("figures: logs {lines} {secrets}");
        }
        assert!(told.is_empty(), "a log says what it must not: {told:#?}");
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
