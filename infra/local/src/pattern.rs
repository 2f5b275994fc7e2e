//! EventBridge's event patterns, as rules and event source mappings write them.

use serde_json::Value as Json;

/// Whether an event matches a pattern.
///
/// A pattern names only what it wants to see; an array lists alternatives, and an event's array matches when any of
/// its elements does.
#[must_use]
pub fn matches(pattern: &Json, event: &Json) -> bool {
    let Some(fields) = pattern.as_object() else { return false };
    fields.iter().all(|(name, wanted)| match (name.as_str(), wanted) {
        ("$or", Json::Array(branches)) => branches.iter().any(|branch| matches(branch, event)),
        (_, Json::Array(alternatives)) => alternatives.iter().any(|wanted| value(wanted, event.get(name))),
        (_, nested) => match event.get(name) {
            Some(Json::Array(items)) => items.iter().any(|item| matches(nested, item)),
            Some(inner) => matches(nested, inner),
            None => matches(nested, &Json::Null),
        },
    })
}

fn value(wanted: &Json, found: Option<&Json>) -> bool {
    match wanted.as_object().and_then(|operator| operator.iter().next()) {
        Some((name, argument)) if name == "exists" => argument.as_bool() == Some(found.is_some()),
        operator => match found {
            Some(Json::Array(items)) => items.iter().any(|item| one(wanted, operator, item)),
            Some(found) => one(wanted, operator, found),
            None => false,
        },
    }
}

fn one(wanted: &Json, operator: Option<(&String, &Json)>, found: &Json) -> bool {
    let Some((name, argument)) = operator else { return wanted == found };
    let texts = argument.as_str().zip(found.as_str());
    match name.as_str() {
        "prefix" => texts.is_some_and(|(prefix, text)| text.starts_with(prefix)),
        "suffix" => texts.is_some_and(|(suffix, text)| text.ends_with(suffix)),
        "equals-ignore-case" => texts.is_some_and(|(wanted, text)| wanted.eq_ignore_ascii_case(text)),
        "anything-but" => match argument {
            Json::Array(unwanted) => !unwanted.contains(found),
            Json::Object(_) => {
                !one(argument, argument.as_object().and_then(|inner| inner.iter().next()), found)
            }
            unwanted => unwanted != found,
        },
        "numeric" => numeric(argument, found),
        // An operator that is not known here must not look like a match.
        _ => false,
    }
}

fn numeric(argument: &Json, found: &Json) -> bool {
    let (Some(parts), Some(found)) = (argument.as_array(), found.as_f64()) else { return false };
    parts.chunks(2).all(|pair| match pair {
        [Json::String(sign), limit] => limit.as_f64().is_some_and(|limit| match sign.as_str() {
            "=" => found == limit,
            "<" => found < limit,
            "<=" => found <= limit,
            ">" => found > limit,
            ">=" => found >= limit,
            _ => false,
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(pattern: Json, event: Json, expected: bool) {
        assert_eq!(matches(&pattern, &event), expected, "{pattern} on {event}");
    }

    #[test]
    fn a_new_transition_matches_the_templates_filter_and_nothing_else_does() {
        let pattern =
            json!({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["transition"]}}}});
        let record = |name: &str, kind: &str| json!({"eventName": name, "dynamodb": {"NewImage": {"kind": {"S": kind}}}});
        check(pattern.clone(), record("INSERT", "transition"), true);
        check(pattern.clone(), record("MODIFY", "transition"), false);
        check(pattern.clone(), record("INSERT", "claim"), false);
        check(pattern, json!({"eventName": "INSERT", "dynamodb": {}}), false);
    }

    #[test]
    fn an_events_array_matches_by_any_element() {
        let pattern = json!({"tags": {"ses:configuration-set": ["local"]}});
        check(pattern.clone(), json!({"tags": {"ses:configuration-set": ["other", "local"]}}), true);
        check(pattern, json!({"tags": {"ses:configuration-set": ["other"]}}), false);
    }

    #[test]
    fn operators() {
        for (operator, value, expected) in [
            (json!({"prefix": "a"}), json!("ab"), true),
            (json!({"suffix": "a"}), json!("ab"), false),
            (json!({"equals-ignore-case": "AB"}), json!("ab"), true),
            (json!({"anything-but": ["x"]}), json!("ab"), true),
            (json!({"anything-but": {"prefix": "a"}}), json!("ab"), false),
            (json!({"numeric": [">", 1, "<=", 2]}), json!(2), true),
            (json!({"numeric": [">", 2]}), json!(2), false),
            (json!({"exists": false}), json!("ab"), false),
            (json!({"cidr": "10.0.0.0/8"}), json!("10.0.0.1"), false),
        ] {
            check(json!({"field": [operator]}), json!({"field": value}), expected);
        }
        check(json!({"field": [{"exists": false}]}), json!({}), true);
        check(json!({"$or": [{"a": [1]}, {"b": [2]}]}), json!({"b": 2}), true);
    }
}
