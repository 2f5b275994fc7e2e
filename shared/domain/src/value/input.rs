//! Reading a JSON body into parsed values, collecting every error with its pointer instead of stopping at the first.

use serde_json::{Map, Value};

use crate::value::field::{Field, Invalid, listed};

/// How many errors a body has at most before members that nobody asked for are no longer named one by one: an answer must not
/// grow with whatever somebody makes up.
const MOST_NAMED: usize = 100;

/// One thing wrong with an input, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InputError {
    /// RFC 6901 pointer to the value in the body, as in `/scopes/0/workload`.
    pub pointer: String,
    /// Stable, snake_case.
    pub code: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl InputError {
    /// An error at a pointer.
    pub fn at(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() }
    }
}

/// Reads the members of one JSON object. Members that nobody asked for are errors when it is finished.
pub struct Reader<'v, 'e> {
    members: Option<&'v Map<String, Value>>,
    pointer: String,
    asked: Vec<&'static str>,
    errors: &'e mut Vec<InputError>,
}

impl<'v, 'e> Reader<'v, 'e> {
    /// Starts on a value that must be an object.
    pub fn new(value: &'v Value, pointer: impl Into<String>, errors: &'e mut Vec<InputError>) -> Self {
        let pointer = pointer.into();
        let members = value.as_object();
        if members.is_none() {
            errors.push(InputError::at(&*pointer, "wrong_type", "must be an object"));
        }
        Self { members, pointer, asked: Vec::new(), errors }
    }

    /// Whether the value is an object at all; if not, that is the error, and its members are not missed.
    pub fn is_object(&self) -> bool {
        self.members.is_some()
    }

    /// Whether a member is there and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.members.and_then(|members| members.get(name)).is_some_and(|value| !value.is_null())
    }

    /// A member that must be there.
    pub fn required<T: Field>(&mut self, name: &'static str) -> Option<T> {
        self.need(name).and_then(|value| self.text(name, value))
    }

    /// A member that may be absent or `null`.
    pub fn optional<T: Field>(&mut self, name: &'static str) -> Option<T> {
        self.get(name).and_then(|value| self.text(name, value))
    }

    /// A truth value, false when absent.
    pub fn flag(&mut self, name: &'static str) -> bool {
        let Some(value) = self.get(name) else { return false };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(name, "wrong_type", "must be true or false");
            false
        })
    }

    /// A whole number from 0, when there.
    pub fn count(&mut self, name: &'static str) -> Option<u64> {
        self.get(name).and_then(|value| self.whole(name, value))
    }

    /// A whole number from 0 that must be there.
    pub fn required_count(&mut self, name: &'static str) -> Option<u64> {
        self.need(name).and_then(|value| self.whole(name, value))
    }

    /// An object that must be there, read by `read`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.need(name)?;
        read_object(value, format!("{}/{name}", self.pointer), self.errors, read)
    }

    /// An object that may be absent or `null`, read by `read`. The outer `None` means that it was wrong.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.get(name) {
            None => Some(None),
            Some(value) => {
                read_object(value, format!("{}/{name}", self.pointer), self.errors, read).map(Some)
            }
        }
    }

    /// A list of objects; an absent one is empty.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        most: usize,
        mut read: impl FnMut(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(values) = self.list(name, most)? else { return Some(Vec::new()) };
        let before = self.errors.len();
        let pointer = format!("{}/{name}", self.pointer);
        let read: Vec<_> = values
            .iter()
            .enumerate()
            .filter_map(|(at, value)| read_object(value, format!("{pointer}/{at}"), self.errors, &mut read))
            .collect();
        (self.errors.len() == before).then_some(read)
    }

    /// A list of texts; an absent one is empty.
    pub fn texts<T: Field>(&mut self, name: &'static str, most: usize) -> Option<Vec<T>> {
        let Some(values) = self.list(name, most)? else { return Some(Vec::new()) };
        let before = self.errors.len();
        let pointer = format!("{}/{name}", self.pointer);
        let read = values
            .iter()
            .enumerate()
            .filter_map(|(at, value)| parse_text(value, &format!("{pointer}/{at}"), self.errors))
            .collect();
        (self.errors.len() == before).then_some(read)
    }

    /// Notes an error at a member, or at the object itself for an empty name.
    pub fn wrong(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        let pointer = if name.is_empty() { self.pointer.clone() } else { format!("{}/{name}", self.pointer) };
        self.errors.push(InputError::at(pointer, code, detail));
    }

    /// Refuses the members that nobody asked for.
    fn finish(self) {
        for name in self.members.into_iter().flat_map(Map::keys) {
            if self.errors.len() >= MOST_NAMED {
                return;
            }
            if !self.asked.contains(&name.as_str()) {
                // A name that the caller made up is shown back shortened: it may be of any length.
                let shown: String = name.chars().take(60).collect();
                let pointer = format!("{}/{}", self.pointer, shown.replace('~', "~0").replace('/', "~1"));
                let detail = format!("is not a field here; fields are {}", listed(&self.asked));
                self.errors.push(InputError::at(pointer, "unknown_field", detail));
            }
        }
    }

    fn get(&mut self, name: &'static str) -> Option<&'v Value> {
        self.asked.push(name);
        self.members.and_then(|members| members.get(name)).filter(|value| !value.is_null())
    }

    fn need(&mut self, name: &'static str) -> Option<&'v Value> {
        let value = self.get(name);
        if value.is_none() && self.members.is_some() {
            self.wrong(name, "required", "is required");
        }
        value
    }

    fn whole(&mut self, name: &str, value: &Value) -> Option<u64> {
        let count = value.as_u64();
        if count.is_none() {
            self.wrong(name, "wrong_type", "must be a whole number, 0 or more");
        }
        count
    }

    fn text<T: Field>(&mut self, name: &str, value: &Value) -> Option<T> {
        parse_text(value, &format!("{}/{name}", self.pointer), self.errors)
    }

    /// The outer `None` means that it was wrong, the inner that it is absent.
    fn list(&mut self, name: &'static str, most: usize) -> Option<Option<&'v Vec<Value>>> {
        let Some(value) = self.get(name) else { return Some(None) };
        match value.as_array() {
            Some(values) if values.len() <= most => Some(Some(values)),
            Some(_) => {
                self.wrong(name, "too_many", format!("must have at most {most} entries"));
                None
            }
            None => {
                self.wrong(name, "wrong_type", "must be a list");
                None
            }
        }
    }
}

/// Reads a whole body that must be one object.
///
/// # Errors
/// Every error found, in the order of the fields.
pub fn read<'v, T>(
    value: &'v Value,
    read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
) -> Result<T, Vec<InputError>> {
    let mut errors = Vec::new();
    let result = read_object(value, String::new(), &mut errors, read);
    match result {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(errors),
    }
}

fn read_object<'v, T>(
    value: &'v Value,
    pointer: String,
    errors: &mut Vec<InputError>,
    read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
) -> Option<T> {
    let mut reader = Reader::new(value, pointer, errors);
    let result = read(&mut reader);
    reader.finish();
    result
}

fn parse_text<T: Field>(value: &Value, pointer: &str, errors: &mut Vec<InputError>) -> Option<T> {
    let parsed = match value.as_str() {
        Some(text) => T::parse(text),
        None => Err(Invalid::new("wrong_type", "must be a string")),
    };
    parsed.map_err(|error| errors.push(InputError::at(pointer, error.code, error.detail))).ok()
}
