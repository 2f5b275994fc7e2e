//! What is sent to DynamoDB, and what its answers mean.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use domain::Usage;
use store::{Dynamo, StoreError, UsageFigures};

use crate::bench::tenant;
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
        let body: serde_json::Value = serde_json::from_slice(request.body().bytes()?).ok()?;
        let rows = body["RequestItems"]["claims"].as_array()?.clone();
        let month = |row: &serde_json::Value| Some(row["PutRequest"]["Item"]["sk"]["S"].as_str()?.to_owned());
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
