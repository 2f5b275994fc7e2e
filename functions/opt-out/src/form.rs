//! The form that the customer submits.

use domain::ScopeId;
use domain::field::{Field, Remark};
use lambda_http::{Body, Request};

use crate::page::LONGEST_REASON;

/// No form of ours is larger, in bytes.
const MOST_BYTES: usize = 16 * 1024;

/// What the customer asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Decline,
    Accept,
    Undo,
}

/// The fields of a form.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub decision: Decision,
    /// The scopes chosen; none for all.
    pub scopes: Vec<ScopeId>,
    /// What it wrote, as it wrote it.
    pub reason: String,
    /// Whether the form offered scopes to choose from: then choosing none means none, not all.
    offered: bool,
}

impl Form {
    /// Reads a form; `None` for anything else.
    pub fn of(request: &Request) -> Option<Self> {
        let bytes: &[u8] = match request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => return None,
        };
        if bytes.len() > MOST_BYTES {
            return None;
        }
        let (mut decision, mut scopes, mut reason, mut offered) = (None, Vec::new(), String::new(), false);
        for (name, value) in form_urlencoded::parse(bytes) {
            match (&*name, &*value) {
                ("decision", "decline") => decision = Some(Decision::Decline),
                ("decision", "accept") => decision = Some(Decision::Accept),
                ("decision", "undo") => decision = Some(Decision::Undo),
                ("decision", _) => return None,
                // Several scopes come as several fields, or as one list.
                ("scopes", list) => {
                    for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                        scopes.push(ScopeId::parse(id).ok()?);
                    }
                }
                ("reason", text) => text.clone_into(&mut reason),
                ("offered", _) => offered = true,
                // A browser's extension may add fields of its own.
                _ => {}
            }
        }
        Some(Self { decision: decision?, scopes, reason, offered })
    }

    /// Whether the customer meant to decline, and chose nothing to decline.
    pub fn nothing_chosen(&self) -> bool {
        self.decision == Decision::Decline && self.offered && self.scopes.is_empty()
    }

    /// The reason, made fit to be kept. A no is never refused for its wording.
    pub fn reason(&self) -> Option<Remark> {
        let fit: String =
            self.reason.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_REASON).collect();
        let plain = |c: &char| Remark::parse(&format!("x{c}x")).is_ok();
        Remark::parse(&fit.chars().filter(|c| *c == '\n' || plain(c)).collect::<String>()).ok()
    }
}

#[cfg(test)]
mod parsers;
