//! The one error of this program: a sentence for the person at the console.

/// A sentence that says what is wrong and, where there is one, the way out.
#[derive(Debug)]
pub struct Error(String);

/// A result whose error is such a sentence.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that reads like this.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Puts what was being done in front of what went wrong.
pub trait Context<T> {
    /// Puts `doing` in front of the error.
    fn context(self, doing: impl std::fmt::Display) -> Result<T>;
}

impl<T, E: std::fmt::Display> Context<T> for Result<T, E> {
    fn context(self, doing: impl std::fmt::Display) -> Result<T> {
        self.map_err(|error| Error(format!("{doing}: {error}")))
    }
}
