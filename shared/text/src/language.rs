use std::fmt;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// A language that there is a file for. The default is English.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(usize);

struct Source {
    tag: &'static str,
    ftl: &'static str,
    bundle: OnceLock<FluentBundle<FluentResource>>,
}

impl Language {
    /// The language that fits a BCP 47 tag best: itself, itself with less detail ("de" for "de-AT"), the same language
    /// elsewhere ("pt-BR" for "pt"), and at last English.
    pub fn negotiate(tag: &str) -> Self {
        let wanted = tag.trim().replace('_', "-");
        let mut prefix = wanted.as_str();
        loop {
            if let Some(found) = Self::all().find(|language| language.tag().eq_ignore_ascii_case(prefix)) {
                return found;
            }
            match prefix.rsplit_once('-') {
                Some((shorter, _)) => prefix = shorter,
                None => break,
            }
        }
        let primary = |tag: &'static str| tag.split('-').next().unwrap_or(tag);
        Self::all().find(|language| primary(language.tag()).eq_ignore_ascii_case(prefix)).unwrap_or_default()
    }

    /// Every language, in the order of the tags.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SOURCES.len()).map(Self)
    }

    /// The BCP 47 tag, for a `lang` attribute.
    pub fn tag(self) -> &'static str {
        SOURCES[self.0].tag
    }

    /// What the language calls itself.
    pub fn name(self) -> String {
        crate::Text::new(self).say("language-name")
    }

    /// The writing direction, for a `dir` attribute.
    pub fn dir(self) -> &'static str {
        let direction = self.format("language-direction", &FluentArgs::new());
        if direction.as_deref() == Some("rtl") { "rtl" } else { "ltr" }
    }

    /// The message, or nothing if this language lacks it.
    pub(crate) fn format(self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let source = &SOURCES[self.0];
        let bundle = source.bundle.get_or_init(|| source.parse());
        let pattern = bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{id} in {}: {errors:?}", source.tag);
        Some(text)
    }
}

impl Source {
    const fn new(tag: &'static str, ftl: &'static str) -> Self {
        Self { tag, ftl, bundle: OnceLock::new() }
    }

    fn parse(&self) -> FluentBundle<FluentResource> {
        let identifier: LanguageIdentifier = self.tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // A file with an error still gives its good messages; a test refuses the error.
        let resource = FluentResource::try_new(self.ftl.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        // Isolation characters around each variable show as boxes in some mail programs: only where names and
        // sentences are likely to run in opposite directions are they worth it.
        let right_to_left = bundle
            .get_message("language-direction")
            .and_then(|message| message.value())
            .is_some_and(|value| bundle.format_pattern(value, None, &mut Vec::new()) == "rtl");
        bundle.set_use_isolating(right_to_left);
        bundle
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(ENGLISH)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_finds_the_nearest_language() {
        for (tag, expected) in [
            ("cs", "cs"),
            ("cs-CZ", "cs"),
            ("DE_at", "de"),
            ("de-Latn-AT-1996", "de"),
            (" fr-CA ", "fr"),
            ("en-GB", "en"),
            ("csb", "en"),
            ("tlh", "en"),
            ("-", "en"),
            ("", "en"),
        ] {
            assert_eq!(Language::negotiate(tag).tag(), expected, "{tag:?}");
        }
    }

    #[test]
    fn a_language_knows_its_name_and_direction() {
        assert_eq!(Language::negotiate("cs").name(), "Čeština");
        assert!(Language::all().all(|language| language.dir() == "ltr"));
    }
}
