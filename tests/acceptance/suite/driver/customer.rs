//! The customer: reads its mail, opens the link, answers.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Response;
use super::Stack;
use super::stack::time;

/// A mail that has left.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its ID.
    pub id: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
}

impl Mail {
    #[track_caller]
    pub(super) fn of(mail: &Value) -> Self {
        let text =
            |name: &str| mail[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {mail}")).to_owned();
        Self {
            id: text("id"),
            to: text("to"),
            subject: text("subject"),
            text: text("text"),
            html: text("html"),
            sent_at: time(&mail["sent_at"]),
        }
    }

    /// The link in its text. The HTML must have the same one.
    #[track_caller]
    pub fn link(&self, links: &str) -> String {
        let mut found = self.text.split_whitespace().filter(|word| word.starts_with(links));
        let link = found.next().unwrap_or_else(|| panic!("no link to {links} in\n{}", self.text));
        let link = link.trim_end_matches(['.', '>', ')']).to_owned();
        assert!(self.html.contains(&link), "the HTML has another link than the text:\n{}", self.html);
        link
    }
}

/// A customer's link, or what somebody takes for one.
#[derive(Clone)]
pub struct Link<'s> {
    pub(super) stack: &'s Stack,
    /// Its address.
    pub url: String,
}

impl Link<'_> {
    /// Opens the page.
    #[track_caller]
    pub fn open(&self) -> Response {
        self.ask("GET", "")
    }

    /// Asks for the headers only.
    #[track_caller]
    pub fn head(&self) -> Response {
        self.ask("HEAD", "")
    }

    /// Opens the page with a query.
    #[track_caller]
    pub fn ask(&self, method: &str, query: &str) -> Response {
        self.stack.send(method, &format!("{}{query}", self.url), &[], None)
    }

    /// Sends a form.
    #[track_caller]
    pub fn post(&self, form: &str) -> Response {
        let form_type = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        self.stack.send("POST", &self.url, &[form_type], Some(form.as_bytes().to_vec()))
    }

    /// Says no to everything, and waits until it has taken effect.
    #[track_caller]
    pub fn decline(&self) -> String {
        self.answer("decision=decline")
    }

    /// Accepts.
    #[track_caller]
    pub fn accept(&self) -> String {
        self.answer("decision=accept")
    }

    /// Takes a no back.
    #[track_caller]
    pub fn undo(&self) -> String {
        self.answer("decision=undo")
    }

    /// Sends a form that must be answered with a page, and returns the page.
    #[track_caller]
    pub fn answer(&self, form: &str) -> String {
        let page = self.post(form);
        assert_eq!(page.status, 200, "{}", page.text());
        self.stack.settle();
        page.text()
    }

    /// The text of the page.
    #[track_caller]
    pub fn page(&self) -> String {
        let page = self.open();
        assert_eq!(page.status, 200, "{}", page.text());
        page.text()
    }
}
