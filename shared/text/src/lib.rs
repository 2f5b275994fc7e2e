//! What customers and partners read, in their language: mails and the page alike.
//!
//! Each language is one Fluent file in `languages/`, named by its BCP 47 tag; the file is all it takes to add one.
//! A message that a language lacks is shown in English, but a test refuses such a file.

mod dates;
mod language;
mod partner;
pub mod safe;

use fluent_bundle::FluentArgs;

pub use language::Language;
pub use partner::{Partner, Sees};
pub use zone::Zone;

/// A value that a message shows or chooses its words by: made from strings and whole numbers by `into()`.
pub type Value<'a> = fluent_bundle::FluentValue<'a>;

/// The messages of one language. Cheap to make and to copy: a language is parsed once per process, when first used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text {
    language: Language,
}

impl Text {
    /// The messages of `language`.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The language that the messages are in.
    pub fn language(self) -> Language {
        self.language
    }

    /// The message `id` with its variables filled in.
    ///
    /// An unknown `id` is a programming error: it panics in a debug build, and shows the id itself in a release.
    pub fn get(self, id: &str, args: &[(&str, Value<'_>)]) -> String {
        let mut fluent_args = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            fluent_args.set(*name, value.clone());
        }
        let found = [self.language, Language::default()]
            .into_iter()
            .find_map(|language| language.format(id, &fluent_args));
        debug_assert!(found.is_some(), "no message {id}");
        found.unwrap_or_else(|| id.to_owned())
    }

    /// The message `id`, which has no variables.
    pub fn say(self, id: &str) -> String {
        self.get(id, &[])
    }

    /// The items as one phrase: "A, B and C".
    pub fn list(self, items: &[String]) -> String {
        let [start @ .., last] = items else { return String::new() };
        let Some(start) = start.iter().cloned().reduce(|start, next| self.join("list-more", &start, &next))
        else {
            return last.clone();
        };
        self.join("list-last", &start, last)
    }

    fn join(self, id: &str, start: &str, next: &str) -> String {
        self.get(id, &[("start", start.into()), ("next", next.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_phrases() {
        let items: Vec<_> = ["Teams", "Intune", "Power BI"].map(String::from).into();
        let list = |tag, count| Text::new(Language::negotiate(tag)).list(&items[..count]);
        assert_eq!(list("en", 0), "");
        assert_eq!(list("en", 1), "Teams");
        assert_eq!(list("en", 2), "Teams and Intune");
        assert_eq!(list("en", 3), "Teams, Intune and Power BI");
        assert_eq!(list("cs", 3), "Teams, Intune a Power BI");
        assert_eq!(list("de", 3), "Teams, Intune und Power BI");
        assert_eq!(list("fr", 3), "Teams, Intune et Power BI");
    }
}
