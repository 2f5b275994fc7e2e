//! What came back, with what was asked, for a message that explains itself.

use serde_json::Value;
use ureq::http::HeaderMap;

/// An answer.
#[must_use = "say what the answer must be"]
#[derive(Debug)]
pub struct Response {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}\n{}", self.asked, self.text());
        self.json()
    }

    /// The body as JSON, when the answer is a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.expect(200)
    }

    /// The problem, when the answer is one with this status and code, and has every member that problems have.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Problem {
        let asked = self.asked.clone();
        assert_eq!(self.status, status, "{asked}\n{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{asked}");
        let body = self.json();
        assert_eq!(body["code"], code, "{asked}\n{body:#}");
        assert_eq!(body["status"], status, "{asked}\n{body:#}");
        for member in ["type", "title", "detail", "request_id"] {
            let text = body[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{asked}: `{member}` is missing\n{body:#}");
        }
        Problem { asked, body }
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: no JSON ({error})\n{}", self.asked, self.text()))
    }
}

/// A problem, as RFC 9457 has it.
#[derive(Debug)]
pub struct Problem {
    asked: String,
    /// The whole body.
    pub body: Value,
}

impl Problem {
    /// The errors' pointers and codes, sorted. Each error must say what to correct.
    #[track_caller]
    pub fn errors(&self) -> Vec<(String, String)> {
        let errors = self.body["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no errors\n{:#}", self.asked, self.body));
        let member = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let mut found = Vec::new();
        for error in errors {
            assert!(
                !member(error, "detail").is_empty(),
                "{}: an error without detail\n{:#}",
                self.asked,
                self.body
            );
            found.push((member(error, "pointer"), member(error, "code")));
        }
        found.sort();
        found
    }

    /// Asserts that these are all errors, in any order.
    #[track_caller]
    pub fn is_exactly(&self, expected: &[(&str, &str)]) {
        let mut expected: Vec<_> = expected.iter().map(|(p, c)| ((*p).to_owned(), (*c).to_owned())).collect();
        expected.sort();
        assert_eq!(self.errors(), expected, "{}\n{:#}", self.asked, self.body);
    }
}
