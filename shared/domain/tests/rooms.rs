//! The domain's rooms stand on one another: no file imports one that stands above it, and no two import each other.
//!
//! Read off the sources, so that a circle fails here on the day on which it is made.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up. A file may import files of its own room and of rooms below.
const ROOMS: [&str; 10] =
    ["value", "calendar", "directory", "policy", "role", "claim", "decide", "change", "insight", "usage"];

/// A module by its path within the crate: `claim::notice`.
type Module = String;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every module with its text without tests and comments.
fn modules() -> BTreeMap<Module, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let named = paths.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().with_extension("");
        let name = name.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("::");
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
        (name, lines.collect::<Vec<_>>().join("\n"))
    });
    named.filter(|(name, _)| name != "lib").collect()
}

/// The modules that a text names by `crate::…`: each the longest path that is a module.
fn imports(text: &str, known: &BTreeSet<Module>) -> BTreeSet<Module> {
    assert!(!text.contains("super::"), "name modules from the crate's root, so that this test sees them");
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let path: String =
            text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let parts: Vec<_> = path.split("::").filter(|part| !part.is_empty()).collect();
        // `crate::value::{field, input}` names modules in braces.
        let rest = &text[at + 7 + path.len()..];
        let braces = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let inner = braces.into_iter().flat_map(|names| names.split(',')).map(str::trim);
        let whole = inner.map(|name| parts.iter().copied().chain([name]).collect::<Vec<_>>());
        for path in whole.chain([parts.clone()]) {
            let longest =
                (1..=path.len()).rev().map(|n| path[..n].join("::")).find(|name| known.contains(name));
            found.extend(longest);
        }
    }
    found
}

fn room(module: &str) -> usize {
    let room = module.split("::").next().unwrap_or_default();
    ROOMS
        .iter()
        .position(|known| *known == room)
        .unwrap_or_else(|| panic!("{module} stands in no room of the list"))
}

/// Who imports whom. A room's own file (`claim.rs`) stands above the files in it.
fn graph() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let known: BTreeSet<_> = modules.keys().cloned().collect();
    let arrows = modules.iter().map(|(name, text)| {
        // The parent of `claim::{notice, slot}` is named on the way to its files, and is not meant.
        let imported = imports(text, &known);
        let means = |other: &Module| {
            other != name
                && !imported
                    .iter()
                    .any(|deeper| deeper.starts_with(&format!("{other}::")) && !names_item_of(text, other))
        };
        (name.clone(), imported.iter().filter(|other| means(other)).cloned().collect())
    });
    arrows.collect()
}

/// Whether a text names an item of the module itself, and not only modules in it.
fn names_item_of(text: &str, module: &str) -> bool {
    let start = format!("crate::{module}::");
    text.match_indices(&start).any(|(at, _)| {
        let rest = &text[at + start.len()..];
        rest.starts_with(|c: char| c.is_uppercase())
            || rest.strip_prefix('{').is_some_and(|names| {
                names.split('}').next().unwrap_or_default().contains(|c: char| c.is_uppercase())
            })
    })
}

#[test]
fn nothing_imports_what_stands_above_it() {
    let upward: Vec<_> = graph()
        .into_iter()
        .flat_map(|(from, to)| to.into_iter().map(move |to| (from.clone(), to)))
        .filter(|(from, to)| room(to) > room(from))
        .collect();
    assert_eq!(upward, [], "a file imports one of a room above its own");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut left = graph();
    // What imports nothing that is left stands at the ground; taken away floor by floor, nothing may remain.
    loop {
        let ground: BTreeSet<_> = left
            .iter()
            .filter(|(_, to)| to.iter().all(|to| !left.contains_key(to)))
            .map(|(name, _)| name.clone())
            .collect();
        if ground.is_empty() {
            break;
        }
        left.retain(|name, _| !ground.contains(name));
    }
    assert!(left.is_empty(), "these files import each other in a circle: {:#?}", left.keys());
}

#[test]
fn the_graph_is_seen_at_all() {
    let graph = graph();
    let of = |name: &str| graph.get(name).cloned().unwrap_or_default();
    assert!(of("claim").contains("claim::notice") && of("decide").contains("claim"), "{graph:#?}");
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 60);
}
