//! What is sent to DynamoDB, and what its answers mean.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use domain::{Change, Event, Policy, Slots, Usage};
use serde_json::{Value, json};
use store::{Claims, Dynamo, EvidenceFiles, Rebuilding, StoreError, UsageFigures};

use crate::bench::{FABRIKAM, change, monday, new, submission, tenant};
use crate::evidence::file;
use crate::usage::{put, usage};

/// A table that gives these answers, in turn.
fn scripted(answers: &[(u16, &str)]) -> (Dynamo, StaticReplayClient) {
    let events = answers.iter().map(|(status, body)| {
        let request = http::Request::builder().uri("https://dynamodb").body("".into()).unwrap();
        let answer = http::Response::builder().status(*status).body((*body).into()).unwrap();
        ReplayEvent::new(request, answer)
    });
    let http = StaticReplayClient::new(events.collect());
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(http.clone())
        .build();
    (Dynamo::new(aws_sdk_dynamodb::Client::from_conf(config), "claims"), http)
}

const NOTHING_THERE: (u16, &str) = (200, r#"{"Responses":{"claims":[]}}"#);
const ALL_TAKEN: (u16, &str) = (200, "{}");
const BUSY: (u16, &str) = (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#);
/// The second of two rows is left over.
const ONE_LEFT: (u16, &str) = (
    200,
    r#"{"UnprocessedItems":{"claims":[{"PutRequest":{"Item":{
        "pk":{"S":"USAGE#3fa85f64-5717-4562-b3fc-2c963f66afa6#workload:teams"},"sk":{"S":"2021-06"}}}}]}}"#,
);

fn two_rows() -> [Usage; 2] {
    [usage(&tenant(), "teams", "2021-05", 1), usage(&tenant(), "teams", "2021-06", 2)]
}

fn months_sent(http: &StaticReplayClient) -> Vec<Vec<String>> {
    let writes = http.actual_requests().filter_map(|request| {
        let body: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
        let rows = body["RequestItems"]["claims"].as_array()?.clone();
        let month = |row: &Value| Some(row["PutRequest"]["Item"]["sk"]["S"].as_str()?.to_owned());
        Some(rows.iter().filter_map(month).collect())
    });
    writes.collect()
}

#[tokio::test]
async fn what_is_left_over_is_sent_again_and_nothing_else() {
    let (store, http) = scripted(&[NOTHING_THERE, ONE_LEFT, BUSY, ALL_TAKEN]);
    assert!(put(&store, &two_rows()).await.is_empty());
    assert_eq!(months_sent(&http), [vec!["2021-05", "2021-06"], vec!["2021-06"], vec!["2021-06"]]);
}

#[tokio::test]
async fn what_stays_left_over_is_given_up_and_named() {
    let (store, http) = scripted(&[NOTHING_THERE, ONE_LEFT, ONE_LEFT, BUSY, ONE_LEFT, ONE_LEFT]);
    assert_eq!(put(&store, &two_rows()).await, BTreeSet::from([1]));
    assert_eq!(months_sent(&http).len(), 5);
}

#[tokio::test]
async fn what_cannot_be_compared_is_written() {
    let (store, http) = scripted(&[BUSY, ALL_TAKEN]);
    assert!(put(&store, &two_rows()).await.is_empty());
    assert_eq!(months_sent(&http), [["2021-05", "2021-06"]]);
}

#[tokio::test]
async fn a_table_that_refuses_is_an_error_and_no_row_is_called_stored() {
    let (store, _) = scripted(&[
        NOTHING_THERE,
        (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException"}"#),
    ]);
    let rows = two_rows();
    let refused = store.put_figures(&rows.iter().collect::<Vec<_>>()).await;
    assert!(matches!(refused, Err(StoreError::Database { call: "BatchWriteItem", .. })), "{refused:?}");
}

/// A claim to Teams, created and submitted.
fn submitted() -> Change {
    let new = new(&submission(FABRIKAM, &["teams"]), "a", monday());
    change(&new, vec![Event::Created, Event::Submitted], monday())
}

async fn commit(store: &Dynamo, change: &Change) -> Result<(), StoreError> {
    store.commit(std::slice::from_ref(change), &Slots::default(), &Policy::default()).await
}

fn sent(http: &StaticReplayClient) -> Value {
    let request = http.actual_requests().next().unwrap();
    serde_json::from_slice(request.body().bytes().unwrap()).unwrap()
}

#[tokio::test]
async fn a_claim_its_history_and_its_slots_are_written_in_one_transaction_each_on_its_condition() {
    let (store, http) = scripted(&[ALL_TAKEN]);
    let created = submitted();
    commit(&store, &created).await.unwrap();
    let parts = sent(&http)["TransactItems"].clone();
    let id = created.after.id.to_string();
    let [claim, transition, slot] = parts.as_array().unwrap().as_slice() else { panic!("{parts}") };
    for (put, sk) in [(claim, "CLAIM"), (transition, "T#00000001")] {
        let put = &put["Put"];
        assert_eq!(put["TableName"], "claims");
        assert_eq!((&put["Item"]["pk"]["S"], &put["Item"]["sk"]["S"]), (&json!(id), &json!(sk)));
        assert_eq!(put["ConditionExpression"], "attribute_not_exists(pk)");
    }
    assert_eq!(claim["Put"]["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
    let key = json!({ "pk": { "S": format!("TENANT#{}", tenant()) }, "sk": { "S": "SLOT#workload:teams" } });
    assert_eq!(slot["Update"]["Key"], key);
}

#[tokio::test]
async fn what_nobody_reads_in_the_history_is_written_alone_at_the_version_that_was_read() {
    let (store, http) = scripted(&[ALL_TAKEN]);
    let before = submitted().after;
    let mut later = change(&before, Vec::new(), monday());
    later.before = Some(before);
    commit(&store, &later).await.unwrap();
    let put = sent(&http);
    assert_eq!(put["ConditionExpression"], "#seen = :seen");
    assert_eq!(put["ExpressionAttributeNames"], json!({ "#seen": "version" }));
    assert_eq!(put["ExpressionAttributeValues"], json!({ ":seen": { "N": "1" } }));
}

/// What a transaction comes to that is cancelled for these reasons, one of each of its parts.
async fn cancelled(reasons: Value) -> Result<(), StoreError> {
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let answer = json!({ "__type": kind, "CancellationReasons": reasons }).to_string();
    let (store, _) = scripted(&[(400, &answer)]);
    commit(&store, &submitted()).await
}

#[tokio::test]
async fn a_cancelled_transaction_is_a_conflict_where_others_were_in_its_way() {
    let none = json!({ "Code": "None" });
    for code in
        ["ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
    {
        let done = cancelled(json!([none, none, { "Code": code }])).await;
        assert!(matches!(done, Err(StoreError::Conflict)), "{code}: {done:?}");
    }
    let done =
        cancelled(json!([{ "Code": "ConditionalCheckFailed" }, { "Code": "ValidationError" }, none])).await;
    assert!(matches!(done, Err(StoreError::Database { call: "TransactWriteItems", .. })), "{done:?}");
}

#[tokio::test]
async fn a_claim_that_was_in_the_way_of_its_own_creation_is_told() {
    let (store, http) = scripted(&[ALL_TAKEN]);
    commit(&store, &submitted()).await.unwrap();
    let there = &sent(&http)["TransactItems"][0]["Put"]["Item"];
    let none = json!({ "Code": "None" });
    let done = cancelled(json!([{ "Code": "ConditionalCheckFailed", "Item": there }, none, none])).await;
    match done {
        Err(StoreError::Exists(existing)) => assert_eq!(*existing, submitted().after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_single_write_that_meets_a_transaction_is_a_conflict_and_never_taken_for_done() {
    let refusal = |kind: &str| format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{kind}"}}"#);
    let conflict = refusal("TransactionConflictException");
    let (store, _) = scripted(&[(400, &conflict)]);
    let announced = store.announce(&file("a", 7), monday()).await;
    assert!(matches!(announced, Err(StoreError::Conflict)), "{announced:?}");

    let (unmet, busy) = (refusal("ConditionalCheckFailedException"), refusal("ThrottlingException"));
    let (store, _) = scripted(&[(400, &unmet), (400, &busy)]);
    let generations = domain::insight::Generations::default();
    let put = store.put_generations(&generations, &generations).await;
    assert!(matches!(put, Err(StoreError::Conflict)), "{put:?}");
    let put = store.put_generations(&generations, &generations).await;
    assert!(matches!(put, Err(StoreError::Database { call: "PutItem", .. })), "{put:?}");
}
