//! Pages, in which every list is answered.

use serde::Serialize;
use store::Cursor;

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page<'a, T> {
    items: Vec<T>,
    next: Option<&'a str>,
}

impl<'a, T: Serialize> Page<'a, T> {
    /// A page with these items. Without a `next` it is the last.
    pub fn new(items: impl IntoIterator<Item = T>, next: Option<&'a Cursor>) -> Self {
        Self { items: items.into_iter().collect(), next: next.map(Cursor::as_str) }
    }

    /// The only page of a list with nothing on it.
    pub fn empty() -> Self {
        Self::new([], None)
    }
}
