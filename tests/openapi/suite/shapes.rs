//! What programs that make clients of the document ask of it: closed answers, names for what they make classes of, types
//! beside constants, and patterns that are regular expressions everywhere.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{at, escaped, operations, resolved, walk};

/// A schema and where it stands.
type Placed = (String, &'static Value);

/// The schemas that stand in a schema.
fn parts((pointer, schema): &Placed) -> Vec<Placed> {
    let mut parts = Vec::new();
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        parts.push((format!("{pointer}/properties/{}", escaped(name)), part));
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for (n, part) in schema[keyword].as_array().into_iter().flatten().enumerate() {
            parts.push((format!("{pointer}/{keyword}/{n}"), part));
        }
    }
    for keyword in ["items", "additionalProperties", "propertyNames", "contentSchema"] {
        let part = schema.get(keyword).filter(|part| part.is_object());
        parts.extend(part.map(|part| (format!("{pointer}/{keyword}"), part)));
    }
    parts
}

/// These schemas and all that stand in them; with `follow`, also those that they lead to.
fn whole(mut open: Vec<Placed>, follow: bool) -> Vec<Placed> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(mut placed) = open.pop() {
        if let Some(to) = placed.1.get("$ref").and_then(Value::as_str).filter(|_| follow) {
            placed = (to.trim_start_matches('#').to_owned(), resolved(placed.1));
        }
        if seen.insert(placed.0.clone()) {
            open.extend(parts(&placed));
            found.push(placed);
        }
    }
    found
}

/// Every schema of the document.
fn all() -> Vec<Placed> {
    let mut roots = Vec::new();
    walk(&mut |pointer, value| {
        let named = pointer.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        if named || pointer.ends_with("/schema") {
            roots.push((pointer.to_owned(), value));
        }
    });
    let all = whole(roots, false);
    assert!(all.len() > 500, "only {} schemas found", all.len());
    all
}

/// Every schema that some answer is described by.
fn answered() -> Vec<Placed> {
    let mut roots = Vec::new();
    for (path, method, operation) in operations() {
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            for (kind, content) in resolved(response)["content"].as_object().into_iter().flatten() {
                roots.push((format!("{method} {path} {status} {kind}"), &content["schema"]));
            }
        }
    }
    whole(roots, true)
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema.get("properties").is_some()
}

/// Whether the schema says of every member what it is.
fn is_closed(schema: &Value) -> bool {
    let others = &schema["additionalProperties"];
    *others == false || others.is_object()
}

fn members(schema: &Value) -> BTreeSet<&String> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect()
}

/// Whether a schema is a part of one that another part closes, and names nothing that this does not name.
fn narrows((pointer, schema): &Placed) -> bool {
    pointer.rsplit_once("/allOf/").is_some_and(|(outer, _)| {
        let parts = at(outer)["allOf"].as_array().into_iter().flatten().map(resolved);
        parts.filter(|part| is_closed(part)).any(|part| members(part).is_superset(&members(schema)))
    })
}

/// Objects in answers that may have members of which the document does not know, and why.
const OPEN: [(&str, &str); 2] = [
    ("/components/schemas/GatewayMessage", "the gateway writes it, not the service"),
    ("/components/schemas/Description", "the OpenAPI Specification says what is in it"),
];

#[test]
fn every_object_of_an_answer_is_closed_or_open_for_a_reason() {
    let mut open = BTreeSet::new();
    for placed in answered() {
        let (pointer, schema) = &placed;
        if is_object(schema) && !is_closed(schema) && !narrows(&placed) {
            let known = OPEN.iter().find(|(place, _)| pointer.starts_with(place));
            open.insert(known.unwrap_or_else(|| panic!("{pointer} takes any member")).0);
        }
    }
    assert_eq!(open, OPEN.iter().map(|(place, _)| *place).collect());
}

#[test]
fn every_object_has_a_name() {
    for (pointer, schema) in all() {
        let name = pointer.strip_prefix("/components/schemas/").filter(|name| !name.contains('/'));
        if is_object(schema) && schema.get("properties").is_some() && !pointer.contains("/allOf/") {
            let name = name.unwrap_or_else(|| panic!("{pointer} has no name"));
            assert!(is_name(name), "{name}");
        }
        // Generators make names of titles.
        if let Some(title) = schema["title"].as_str() {
            assert!(is_name(title), "{pointer}: `{title}` is no name");
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[test]
fn what_can_be_but_some_values_has_their_type() {
    for (pointer, schema) in all() {
        if schema.get("const").is_some() || schema.get("enum").is_some() {
            assert!(schema.get("type").is_some(), "{pointer} has no type");
        }
    }
}

#[test]
fn every_pattern_is_one_with_unicode_too() {
    // What ECMAScript lets a backslash stand before under the flag `u`.
    const ESCAPED: &str = "dDsSwWbBnrtvfu0^$\\.*+?()[]{}|/-";
    let mut patterns = 0;
    for (pointer, schema) in all() {
        let Some(pattern) = schema["pattern"].as_str() else { continue };
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if character == '\\' {
                let escaped = characters.next();
                assert!(escaped.is_some_and(|c| ESCAPED.contains(c)), "{pointer}: {escaped:?} in {pattern}");
            }
        }
        patterns += 1;
    }
    assert!(patterns > 20, "only {patterns} patterns found");
}

#[test]
fn what_two_kinds_of_a_thing_share_is_described_alike() {
    for (one, other) in [
        ("Claim", "ReviewedClaim"),
        ("ClaimedWorkload", "ClaimedProduct"),
        ("WorkloadAssociation", "ProductAssociation"),
        ("EvidenceFile", "AnnouncedFile"),
    ] {
        let [one, other] = [one, other].map(|name| at(&format!("/components/schemas/{name}")));
        let shared: Vec<_> = members(one).intersection(&members(other)).copied().collect();
        assert!(shared.len() > 2);
        for member in shared {
            assert_eq!(one["properties"][member], other["properties"][member], "{member}");
            let required =
                |schema: &Value| schema["required"].as_array().unwrap().contains(&member.as_str().into());
            assert_eq!(required(one), required(other), "{member}");
        }
    }
    let [claim, reviewed] =
        ["Claim", "ReviewedClaim"].map(|name| members(at(&format!("/components/schemas/{name}"))));
    assert!(reviewed.is_superset(&claim));
}
