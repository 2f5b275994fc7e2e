//! Somebody with a token, or without.

use serde_json::Value;

use super::{Response, Stack};

/// Who calls the interface.
#[derive(Clone)]
pub struct Caller<'s> {
    pub(super) stack: &'s Stack,
    /// What is sent as a bearer token.
    pub token: Option<String>,
}

/// A request being put together.
#[must_use = "send it"]
pub struct Request<'c> {
    caller: &'c Caller<'c>,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl<'s> Caller<'s> {
    /// A request of any kind.
    pub fn request(&'s self, method: &str, path: &str) -> Request<'s> {
        Request {
            caller: self,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    /// Asks for a move of a claim, or anything else that takes JSON.
    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.request("POST", path).json(body).send()
    }

    /// Puts.
    pub fn put(&self, path: &str, body: &Value) -> Response {
        self.request("PUT", path).json(body).send()
    }

    /// Edits.
    pub fn patch(&self, path: &str, body: &Value) -> Response {
        self.request("PATCH", path).json(body).send()
    }

    /// Creates, under an idempotency key.
    pub fn create(&self, key: &str, body: &Value) -> Response {
        self.request("POST", "/claims").key(key).json(body).send()
    }

    /// Creates many, as JSON lines or a table.
    pub fn bulk(&self, key: &str, media_type: &str, text: &str) -> Response {
        let upload = self.request("POST", "/claims/bulk").key(key).header("content-type", media_type);
        upload.bytes(text.as_bytes().to_vec()).send()
    }

    /// All pages of a list, with the sizes of the pages.
    #[track_caller]
    pub fn all_pages(&self, path: &str) -> (Vec<Value>, Vec<usize>) {
        let (mut items, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
        for _ in 0..500 {
            let page = self.get(&format!("{path}{cursor}")).ok();
            let found = page["items"].as_array().expect("a list");
            sizes.push(found.len());
            items.extend(found.iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (items, sizes),
            }
        }
        panic!("{path} does not end");
    }
}

impl Request<'_> {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sets a body of JSON.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string().into_bytes())
    }

    /// Sets a body that may be anything.
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it.
    pub fn send(self) -> Response {
        let url = format!("{}{}", self.caller.stack.gateway(), self.path);
        let authorization =
            self.caller.token.as_ref().map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        let headers: Vec<_> = self.headers.into_iter().chain(authorization).collect();
        self.caller.stack.send(&self.method, &url, &headers, self.body)
    }
}
