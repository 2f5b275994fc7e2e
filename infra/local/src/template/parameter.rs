//! What CloudFormation checks of a parameter before it deploys anything.

use anyhow::{Context, Result, anyhow};
use regex_lite::Regex;
use serde_yaml_ng::Value as Yaml;

/// Refuses a value that the template does not allow, naming the parameter and the rule.
pub(super) fn check(name: &str, value: &str, rules: &Yaml) -> Result<()> {
    let refused = |rule: String| Err(anyhow!("parameter {name} must {rule}; `{value}` does not"));
    if let Some(pattern) = rules.get("AllowedPattern").and_then(Yaml::as_str) {
        let whole = Regex::new(pattern).with_context(|| format!("the pattern of parameter {name}"))?;
        if !whole.is_match(value) {
            return refused(format!("match {pattern}"));
        }
    }
    if let Some(allowed) = rules.get("AllowedValues").and_then(Yaml::as_sequence) {
        let allowed: Vec<String> = allowed.iter().filter_map(text).collect();
        if !allowed.iter().any(|one| one == value) {
            return refused(format!("be one of {}", allowed.join(", ")));
        }
    }
    if rules.get("Type").and_then(Yaml::as_str) == Some("Number") {
        let Ok(number) = value.parse::<f64>() else { return refused("be a number".to_owned()) };
        let bound = |rule: &str| rules.get(rule).and_then(Yaml::as_f64);
        if let Some(least) = bound("MinValue").filter(|least| number < *least) {
            return refused(format!("be at least {least}"));
        }
        if let Some(most) = bound("MaxValue").filter(|most| number > *most) {
            return refused(format!("be at most {most}"));
        }
    }
    Ok(())
}

fn text(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_the_template_does_not_allow_is_refused_with_its_rule() {
        let rules: Yaml = serde_yaml_ng::from_str(
            "{Pattern: {AllowedPattern: '^[0-9]+bd$'}, Values: {AllowedValues: [1, two]}, Number: {Type: Number, MinValue: 1, MaxValue: 9}}",
        )
        .unwrap();
        for (name, value) in [("Pattern", "5bd"), ("Values", "1"), ("Values", "two"), ("Number", "9")] {
            check(name, value, &rules[name]).unwrap();
        }
        for (name, value) in
            [("Pattern", "soon"), ("Values", "3"), ("Number", "0"), ("Number", "10"), ("Number", "x")]
        {
            let error = check(name, value, &rules[name]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
