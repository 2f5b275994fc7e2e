//! Pages of lists, and the cursors that lead from one to the next.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use domain::field::Invalid;

use crate::port::StoreError;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one starts; `None` on the last.
    pub next: Option<Cursor>,
}

/// Where a page starts. Opaque to callers; checked when it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

/// A place in a list, in the words of the store that reads it.
pub type Place = BTreeMap<String, String>;

/// The member of a cursor that says which list it was made for: one of another list would start in the middle.
const LIST: &str = "list";

impl Cursor {
    /// Parses a cursor that a caller brings back.
    ///
    /// # Errors
    /// [`Invalid`] when it is none of ours.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let cursor = Self(text.to_owned());
        match cursor.read() {
            Some(place) if !place.is_empty() => Ok(cursor),
            _ => Err(Invalid::new("invalid_cursor", "must be the value of `next` of the page before")),
        }
    }

    /// The text that callers bring back.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A cursor at a place in a list.
    pub fn at(list: &str, mut place: Place) -> Self {
        place.insert(LIST.to_owned(), list.to_owned());
        Self(BASE64URL_NOPAD.encode(serde_json::to_string(&place).unwrap_or_default().as_bytes()))
    }

    /// The place in a list that the cursor was made for.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] when it was made for another list.
    pub fn place_in(&self, list: &str) -> Result<Place, StoreError> {
        let mut place = self.read().unwrap_or_default();
        match place.remove(LIST) {
            Some(of) if of == list => Ok(place),
            _ => Err(StoreError::Cursor),
        }
    }

    fn read(&self) -> Option<Place> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?).ok()
    }
}
