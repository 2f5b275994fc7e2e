//! Figures: the last delivery wins, the slot says who may read them, and every read is on record.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use domain::field::{Field, TenantId};
use domain::{
    Addressee, AssociationId, Command, Figures, Month, Months, Recipient, Scope, ScopeId, Selection, Usage,
};
use meter::Spent;
use store::{Access, Attribution, Dynamo, StoreError, UsageFigures};

use crate::bench::{Bench, FABRIKAM, TAILSPIN, later, monday, tenant};

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn months(from: &str, to: &str) -> Months {
    Months::asked(Some(month(from)), Some(month(to)), month(to)).unwrap()
}

fn workload(code: &str) -> Scope {
    Scope::Workload(code.parse().unwrap())
}

fn usage(tenant: &TenantId, code: &str, of: &str, users: u32) -> Usage {
    let figures = Figures { monthly_active_users: users, paid_available_units: 200, sold_seats: 250 };
    Usage { tenant: tenant.clone(), scope: workload(code), month: month(of), figures }
}

async fn put(store: &Dynamo, figures: &[Usage]) -> BTreeSet<usize> {
    store.put_figures(&figures.iter().collect::<Vec<_>>()).await.unwrap()
}

async fn users(bench: &Bench, code: &str, from: &str, to: &str) -> Vec<(String, u32)> {
    let found = bench.store.figures(&tenant(), &workload(code), months(from, to)).await.unwrap();
    found.into_iter().map(|(month, figures)| (month.to_string(), figures.monthly_active_users)).collect()
}

fn association(claim: &domain::Claim, n: u8) -> AssociationId {
    AssociationId::of(&claim.id, ScopeId::nth(n))
}

async fn attribution(bench: &Bench, id: &AssociationId) -> Option<Attribution> {
    bench.store.attribution(id).await.unwrap()
}

#[tokio::test]
async fn figures_are_read_by_scope_and_month_and_the_last_delivery_wins() {
    let bench = Bench::start().await;
    let other = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    let delivery = [
        usage(&tenant(), "teams", "2020-12", 1),
        usage(&tenant(), "teams", "2021-01", 2),
        usage(&tenant(), "teams", "2021-02", 3),
        usage(&tenant(), "teams_phone", "2021-01", 4),
        usage(&other, "teams", "2021-01", 5),
    ];
    assert!(put(&bench.store, &delivery).await.is_empty());
    assert!(put(&bench.store, &[usage(&tenant(), "teams", "2021-02", 6)]).await.is_empty());
    let all = [("2020-12".to_owned(), 1), ("2021-01".to_owned(), 2), ("2021-02".to_owned(), 6)];
    assert_eq!(users(&bench, "teams", "2020-01", "2021-12").await, all);
    assert_eq!(users(&bench, "teams", "2020-12", "2021-01").await, all[..2]);
    assert_eq!(users(&bench, "intune", "2020-01", "2021-12").await, []);
}

#[tokio::test]
async fn a_row_costs_a_write_and_a_repeat_costs_none() {
    let bench = Bench::start().await;
    let delivery: Vec<_> = (0..260)
        .map(|n| usage(&format!("00000000-0000-4000-8000-{n:012}").parse().unwrap(), "teams", "2021-05", n))
        .collect();
    let mut before = bench.meter.spent();
    let mut spent = || {
        let now = bench.meter.spent();
        let Spent { calls, writes, reads } = now - before;
        before = now;
        (calls, writes, reads)
    };
    assert!(put(&bench.store, &delivery).await.is_empty());
    let first = spent();
    assert!(put(&bench.store, &delivery).await.is_empty());
    let repeated = spent();
    let mut changed = delivery.clone();
    changed[100].figures.sold_seats = 1;
    assert!(put(&bench.store, &changed).await.is_empty());
    let corrected = spent();
    println!(
        "of 260 rows, calls, writes, reads: new {first:?}, repeated {repeated:?}, one changed {corrected:?}"
    );
    assert_eq!(first, (3 + 11, 260.0, 260.0));
    assert_eq!(repeated, (3, 0.0, 260.0));
    assert_eq!(corrected, (3 + 1, 1.0, 260.0));
}

#[tokio::test]
async fn the_slot_says_whose_figures_they_are_until_the_moment_it_does_not() {
    let bench = Bench::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams", "intune"], monday()).await;
    let (teams, intune) = (association(&claim, 1), association(&claim, 2));
    assert_eq!(attribution(&bench, &teams).await.unwrap().holder, None, "not official yet");
    let told = bench.tell(&claim, 1, monday()).await;
    let official = bench.promote(&told, 1, told.deadline().unwrap()).await.claim;
    let held = attribution(&bench, &teams).await.unwrap();
    assert_eq!(held.partner.as_str(), FABRIKAM);
    assert_eq!((held.tenant, held.scope), (tenant(), workload("teams")));
    let holder = held.holder.unwrap();
    assert_eq!((holder.association, holder.since), (teams.clone(), official.updated_at));

    let no = Command::Decline {
        by: Addressee { notice: 1, to: Recipient::CustomerContact },
        scopes: Selection::These(vec![ScopeId::nth(1)]),
        reason: None,
    };
    bench.ask(&official, no, later(official.updated_at, 60)).await;
    assert_eq!(attribution(&bench, &teams).await.unwrap().holder, None);
    assert!(attribution(&bench, &intune).await.unwrap().holder.is_some(), "the other scope stays");
}

#[tokio::test]
async fn a_successor_in_the_slot_does_not_revive_the_association_before() {
    let bench = Bench::start().await;
    let first = bench.official(FABRIKAM, "a", &["teams"]).await;
    let no = Command::Decline {
        by: Addressee { notice: 1, to: Recipient::CustomerContact },
        scopes: Selection::All,
        reason: None,
    };
    bench.ask(&first, no, later(first.updated_at, 60)).await;
    let second = bench.official(FABRIKAM, "b", &["teams"]).await;
    assert_eq!(attribution(&bench, &association(&first, 1)).await.unwrap().holder, None);
    assert!(attribution(&bench, &association(&second, 1)).await.unwrap().holder.is_some());
}

#[tokio::test]
async fn what_never_was_is_nobodys() {
    let bench = Bench::start().await;
    let claim = bench.official(FABRIKAM, "a", &["teams"]).await;
    assert_eq!(attribution(&bench, &association(&claim, 2)).await, None);
    let never: AssociationId = "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa-s1".parse().unwrap();
    assert_eq!(attribution(&bench, &never).await, None);
}

fn access(claim: &domain::Claim, n: u32) -> Access {
    Access {
        association: association(claim, 1),
        partner_id: claim.details.partner_id.clone(),
        subject: "somebody".to_owned(),
        at: later(monday(), i64::from(n)),
        from: month("2021-05"),
        to: month("2021-07"),
        request_id: format!("request-{n}"),
    }
}

#[tokio::test]
async fn accesses_are_listed_latest_first_and_none_is_recorded_twice() {
    let bench = Bench::start().await;
    let (ours, theirs) = (
        bench.submit(FABRIKAM, "a", &["teams"], monday()).await,
        bench.submit(TAILSPIN, "b", &["intune"], monday()).await,
    );
    let keep_until = later(monday(), 730 * 86_400);
    for n in 0..7 {
        bench.store.put_access(&access(&ours, n), keep_until).await.unwrap();
    }
    bench.store.put_access(&access(&theirs, 0), keep_until).await.unwrap();
    let again = bench.store.put_access(&access(&ours, 3), keep_until).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = bench.store.accesses(&association(&ours, 1), 3, from.as_ref()).await.unwrap();
        assert!(page.items.len() <= 3);
        found.extend(page.items);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..7).rev().map(|n| access(&ours, n)).collect();
    assert_eq!(found, expected);

    let page = bench.store.accesses(&association(&ours, 1), 3, None).await.unwrap();
    let stolen = bench.store.accesses(&association(&theirs, 1), 3, page.next.as_ref()).await;
    assert!(matches!(stolen, Err(StoreError::Cursor)), "{stolen:?}");
}

#[tokio::test]
async fn a_read_costs_one_write_unit_and_at_most_four_read_units() {
    let bench = Bench::start().await;
    let claim = bench.official(FABRIKAM, "a", &["teams"]).await;
    let of = |n: u16| month("2019-01").later(n);
    let delivery: Vec<_> =
        (0..36).map(|n| Usage { month: of(n), ..usage(&tenant(), "teams", "2019-01", 1) }).collect();
    put(&bench.store, &delivery).await;
    let before = bench.meter.spent();
    let held = attribution(&bench, &association(&claim, 1)).await.unwrap();
    let figures = bench.store.figures(&held.tenant, &held.scope, months("2019-01", "2021-12")).await.unwrap();
    assert_eq!(figures.len(), 36);
    bench.store.put_access(&access(&claim, 0), monday()).await.unwrap();
    let spent = bench.meter.spent() - before;
    println!("a read of 36 months: {spent:?}");
    assert_eq!((spent.calls, spent.writes), (4, 1.0));
    assert!(spent.reads <= 4.0, "{spent:?}");
}

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
        .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
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
