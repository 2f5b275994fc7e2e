//! What other systems are told of claims, on an event bus.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::driver::{ClaimBody, Stack};

const SCHEMA: &str = include_str!("../../../infra/events/claim-event.schema.json");

/// Everything published, oldest first.
#[track_caller]
fn published(stack: &Stack) -> Vec<Value> {
    stack.settle();
    let mut events = stack.nobody().get("/_local/events").ok()["items"].as_array().unwrap().clone();
    events.reverse();
    events
}

#[track_caller]
fn fits(event: &Value) {
    let schema: Map<String, Value> = serde_json::from_str(SCHEMA).unwrap();
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    let validator = options.build(&Value::Object(schema)).unwrap();
    let errors: Vec<_> = validator.iter_errors(event).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{event:#}\n{}", errors.join("\n"));
}

#[test]
fn the_schema_has_an_example_of_every_kind() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/events/examples");
    let mut kinds = BTreeSet::new();
    for file in std::fs::read_dir(directory).unwrap() {
        let example: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        fits(&example);
        kinds.insert(example["detail-type"].as_str().unwrap().to_owned());
    }
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let known = schema["properties"]["detail-type"]["enum"].as_array().unwrap();
    assert_eq!(kinds, known.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the emulator's pipes lead to no bus")]
fn every_change_is_published_once_and_in_order_and_names_nobody() {
    let stack = Stack::start();
    let first = stack.official(&ClaimBody::new(&stack));
    let rival = stack.submit(&ClaimBody::of_wingtip(&stack));
    drop(rival.ask("comments", &json!({ "text": "Jana Nováková knows us" })).ok());
    drop(rival.review("approve", &json!({})).ok());
    rival.pass_deadline();
    rival.is("official");
    drop(stack.link_to("jana@contoso.com").decline());
    let events = published(&stack);
    events.iter().for_each(fits);
    let of =
        |id: &str| events.iter().filter(move |event| event["detail"]["claim_id"] == id).collect::<Vec<_>>();
    let kinds = |id: &str| {
        of(id).iter().map(|event| event["detail-type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&first.id),
        ["Claim Submitted", "Customer Notified", "Association Official", "Claim Ended"]
    );
    assert_eq!(
        kinds(&rival.id),
        [
            "Claim Submitted",
            "Claim Changed",
            "Claim Decided",
            "Customer Notified",
            "Association Official",
            "Claim Declined"
        ]
    );
    for claim in [&first, &rival] {
        let told: Vec<_> =
            of(&claim.id).iter().map(|event| event["detail"]["claim_version"].clone()).collect();
        let history: Vec<_> =
            claim.history().iter().map(|change| json!(change["version"].to_string())).collect();
        assert_eq!(told, history, "each change of the history, once and in its order");
    }
    let ids: BTreeSet<_> = events.iter().map(|event| event["detail"]["id"].to_string()).collect();
    assert_eq!(ids.len(), events.len());
    let said = json!(events).to_string();
    for word in ["Jana", "Nov", "contoso.com", "petr", "SOW-118", "Contoso", "http", "knows"] {
        assert!(!said.contains(word), "{word} is in {said}");
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn without_subscribers_in_mind_nothing_is_published() {
    let stack = Stack::start_with(&["--set", "PublishEvents=false"]);
    stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");
    assert_eq!(published(&stack), Vec::<Value>::new());
}
