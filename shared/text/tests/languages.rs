//! Every language says everything, with the same variables, and nothing is said that nobody reads.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser;

/// What a message depends on: its variables, other messages, and the codes it has words for.
#[derive(Default, Clone, Debug, PartialEq)]
struct Message {
    variables: BTreeSet<String>,
    messages: BTreeSet<String>,
    codes: BTreeSet<(String, String)>,
}

/// Selected by codes of the program. Other selectors (numbers, cities) are each language's own affair.
const CODES: [&str; 4] = ["state", "outcome", "standing", "reason"];

type Messages = BTreeMap<String, Message>;

#[test]
fn every_language_has_every_message_of_english_with_the_same_variables() {
    let languages = languages();
    let english = &languages["en"];
    for (tag, messages) in &languages {
        let ids = |messages: &Messages| messages.keys().cloned().collect::<BTreeSet<_>>();
        let (here, there) = (ids(messages), ids(english));
        assert_eq!(
            here.difference(&there).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "not in en, but in {tag}"
        );
        assert_eq!(there.difference(&here).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in {tag}");
        for id in english.keys() {
            assert_eq!(variables(messages, id), variables(english, id), "{id} in {tag}");
            assert_eq!(messages[id].codes, english[id].codes, "{id} in {tag}");
        }
    }
}

#[test]
fn every_message_is_used_and_every_used_message_exists() {
    let messages = &languages()["en"];
    let sources = sources();
    let mut used: BTreeSet<String> = messages.values().flat_map(|message| message.messages.clone()).collect();
    for (path, source) in &sources {
        used.extend(messages.keys().filter(|id| source.contains(&format!("\"{id}\""))).cloned());
        for id in asked_for(source) {
            assert!(messages.contains_key(&id), "{} asks for {id}, which no language has", path.display());
        }
    }
    let unused: Vec<_> = messages.keys().filter(|id| !used.contains(*id)).collect();
    assert!(unused.is_empty(), "nobody uses {unused:?}");
}

fn languages() -> BTreeMap<String, Messages> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages");
    let mut languages = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let tag = path.file_stem().unwrap().to_str().unwrap().to_owned();
        languages.insert(tag, parse(&path));
    }
    languages
}

fn parse(path: &Path) -> Messages {
    let resource = parser::parse(fs::read_to_string(path).unwrap())
        .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
    let mut messages = Messages::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut found = Message::default();
        collect(&message.value.expect("a value"), &mut found);
        let id = message.id.name;
        assert!(messages.insert(id.clone(), found).is_none(), "{id} twice in {}", path.display());
    }
    messages
}

fn collect(pattern: &Pattern<String>, found: &mut Message) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => collect_inline(inline, found),
            Expression::Select { selector, variants } => {
                collect_inline(selector, found);
                for variant in variants {
                    collect(&variant.value, found);
                    if let (InlineExpression::VariableReference { id }, VariantKey::Identifier { name }) =
                        (selector, &variant.key)
                        && CODES.contains(&id.name.as_str())
                    {
                        found.codes.insert((id.name.clone(), name.clone()));
                    }
                }
            }
        }
    }
}

fn collect_inline(expression: &InlineExpression<String>, found: &mut Message) {
    match expression {
        InlineExpression::VariableReference { id } => _ = found.variables.insert(id.name.clone()),
        InlineExpression::MessageReference { id, .. } => _ = found.messages.insert(id.name.clone()),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!(
            "terms and functions are not used here, so that no language needs more than the others: {other:?}"
        ),
    }
}

/// Of the message and of all that it refers to.
fn variables(messages: &Messages, id: &str) -> BTreeSet<String> {
    let Message { mut variables, messages: others, .. } = messages[id].clone();
    for other in others {
        variables.extend(self::variables(messages, &other));
    }
    variables
}

/// The code and templates that show messages.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("functions/opt-out/src/page.rs")];
    for folder in
        ["shared/text/src", "shared/mail/src", "shared/mail/templates", "functions/opt-out/templates"]
    {
        files
            .extend(fs::read_dir(root.join(folder)).into_iter().flatten().map(|entry| entry.unwrap().path()));
    }
    files
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// Every `id` in `.get("id"` and `.say("id"`.
fn asked_for(source: &str) -> Vec<String> {
    [".get(", ".say("]
        .iter()
        .flat_map(|call| source.split(call).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect()
}
