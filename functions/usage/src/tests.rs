use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use domain::field::{Field, TenantId};
use domain::{AssociationId, Figures, Holder, Month, Months, Policy, Program, Scope, Usage};
use lambda_http::Body;
use runtime::{Clock, Settings};
use serde_json::{Value, json};
use store::{Access, Attribution, Cursor, Executor, Page, StoreError, UsageFigures};
use web::{ApiError, CallerClaims};

use super::*;

const OURS: &str = "clm_aaaaaaaaaaaaaaaaaaaaaaaaaa-s1";
const TENANT: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/// One association of partner 1234567, and figures of every month from 2021-04 to 2021-08.
struct OneAssociation {
    holder: Option<Program>,
    refuses_records: bool,
    busy_from: usize,
    records: Mutex<Vec<(Access, DateTime<Utc>)>>,
    delivered: Mutex<Vec<Usage>>,
}

fn failed() -> StoreError {
    StoreError::Database { call: "PutItem", source: "out of reach".into() }
}

impl UsageFigures for OneAssociation {
    async fn attribution(&self, id: &AssociationId) -> Result<Option<Attribution>, StoreError> {
        let partner = "1234567".parse().unwrap();
        let holder = self.holder.map(|program| Holder {
            association: id.clone(),
            partner: "1234567".parse().unwrap(),
            program,
            since: "2021-05-31T23:59:59Z".parse().unwrap(),
        });
        let (tenant, scope) = (TENANT.parse().unwrap(), Scope::Workload("teams".parse().unwrap()));
        Ok((id.to_string() == OURS).then_some(Attribution { partner, tenant, scope, holder }))
    }

    async fn put_figures(&self, figures: &[&Usage]) -> Result<BTreeSet<usize>, StoreError> {
        self.delivered.lock().unwrap().extend(figures.iter().map(|usage| (*usage).clone()));
        Ok((self.busy_from..figures.len()).collect())
    }

    async fn figures(
        &self,
        tenant: &TenantId,
        _scope: &Scope,
        months: Months,
    ) -> Result<Vec<(Month, Figures)>, StoreError> {
        assert_eq!(tenant.as_str(), TENANT);
        let all = (0..5).map(|n| Month::parse("2021-04").unwrap().later(n));
        let asked = all.filter(|month| (months.from()..=months.to()).contains(month));
        let figures = Figures { monthly_active_users: 120, paid_available_units: 200, sold_seats: 250 };
        Ok(asked.map(|month| (month, figures)).collect())
    }

    async fn put_access(&self, access: &Access, keep_until: DateTime<Utc>) -> Result<(), StoreError> {
        if self.refuses_records {
            return Err(failed());
        }
        self.records.lock().unwrap().push((access.clone(), keep_until));
        Ok(())
    }

    async fn accesses(
        &self,
        _id: &AssociationId,
        limit: usize,
        _from: Option<&Cursor>,
    ) -> Result<Page<Access>, StoreError> {
        let records = self.records.lock().unwrap();
        let items = records.iter().rev().take(limit).map(|(access, _)| access.clone()).collect();
        Ok(Page { items, next: None })
    }
}

fn state(holder: Option<Program>) -> Executor<OneAssociation> {
    let store = OneAssociation {
        holder,
        refuses_records: false,
        busy_from: usize::MAX,
        records: Mutex::default(),
        delivered: Mutex::default(),
    };
    let clock = Clock::new(|| "2021-07-10T12:00:00Z".parse().unwrap());
    Executor { store, policy: Policy::default(), clock }
}

const USER: Option<&str> = Some("1234567");

/// What is answered to a caller: the status of an error, or the body.
async fn ask(
    state: &Arc<Executor<OneAssociation>>,
    (role, partner): (&str, Option<&str>),
    (method, target): (&str, &str),
    body: &str,
) -> Result<Value, ApiError> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameters: serde_json::Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut claims = json!({ "sub": "somebody", "roles": format!("[{role}]") });
    if let Some(partner) = partner {
        claims["partner_id"] = json!(partner);
    }
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": { "content-type": "application/json" },
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "stage": "$default", "requestId": "r",
            "authorizer": { "jwt": { "claims": claims, "scopes": ["claims"] } },
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "test" },
            "time": "10/Jul/2021:12:00:00 +0000", "timeEpoch": 1_625_918_400_000_u64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let names = CallerClaims::from_settings(&Settings::new(|_| None));
    let answer = handle(Arc::clone(state), web::parse(request, &names)?).await?;
    match answer.body() {
        Body::Text(text) => Ok(serde_json::from_str(text).unwrap()),
        other => panic!("{other:?}"),
    }
}

async fn read(state: &Arc<Executor<OneAssociation>>, query: &str) -> Result<Value, ApiError> {
    let target = format!("/associations/{OURS}/usage{query}");
    ask(state, ("incentives_user", USER), ("GET", &target), "").await
}

#[tokio::test]
async fn the_partner_of_record_sees_its_programmes_metrics_from_the_month_of_association_on() {
    let usage =
        |month: &str| json!({ "month": month, "monthly_active_users": 120, "paid_available_units": 200 });
    let seats = |month: &str| json!({ "month": month, "sold_seats": 250 });
    let osu = Arc::new(state(Some(Program::OsuM365)));
    assert_eq!(
        read(&osu, "?from=2021-01&to=2021-06").await.unwrap()["items"],
        json!([usage("2021-05"), usage("2021-06")])
    );
    // Without an end in sight, up to the present month.
    let shown = json!([usage("2021-05"), usage("2021-06"), usage("2021-07")]);
    assert_eq!(read(&osu, "").await.unwrap(), json!({ "items": shown }));
    let osa = Arc::new(state(Some(Program::OsaSell)));
    assert_eq!(read(&osa, "?from=2021-08").await.unwrap()["items"], json!([seats("2021-08")]));
    assert_eq!(read(&osa, "?to=2021-04").await.unwrap()["items"], json!([]));
}

#[tokio::test]
async fn every_read_leaves_a_record_and_none_is_answered_without() {
    let osu = Arc::new(state(Some(Program::OsuM365)));
    read(&osu, "?from=2021-01&to=2021-06").await.unwrap();
    let path = format!("/associations/{OURS}/accesses");
    let listed = ask(&osu, ("reviewer", None), ("GET", &path), "").await.unwrap();
    assert_eq!(
        listed,
        json!({ "items": [{ "at": "2021-07-10T12:00:00Z", "association_id": OURS, "partner_id": "1234567",
            "subject": "somebody", "from": "2021-01", "to": "2021-06", "request_id": "" }], "next": null })
    );
    let kept_until = osu.store.records.lock().unwrap()[0].1;
    assert_eq!(kept_until, osu.clock.now() + osu.policy.retention);

    let mut deaf = state(Some(Program::OsuM365));
    deaf.store.refuses_records = true;
    let refused = read(&Arc::new(deaf), "").await;
    assert!(matches!(refused, Err(ApiError::Store(_))), "{refused:?}");
}

#[tokio::test]
async fn who_is_not_partner_of_record_sees_nothing_and_leaves_no_record() {
    let ended = Arc::new(state(None));
    assert!(matches!(read(&ended, "").await, Err(ApiError::NotPartnerOfRecord)));
    assert!(matches!(read(&ended, "?from=nonsense").await, Err(ApiError::NotPartnerOfRecord)));
    let held = Arc::new(state(Some(Program::OsuM365)));
    let path = format!("/associations/{OURS}/usage");
    let other = ask(&held, ("incentives_admin", Some("7654321")), ("GET", &path), "").await;
    assert!(matches!(other, Err(ApiError::NotFound)), "{other:?}");
    for role in ["reviewer", "operator"] {
        let staff = ask(&held, (role, None), ("GET", &path), "").await;
        assert!(matches!(staff, Err(ApiError::Forbidden)), "{staff:?}");
    }
    for id in ["nonsense", "clm_bbbbbbbbbbbbbbbbbbbbbbbbbb-s1"] {
        let path = format!("/associations/{id}/usage");
        let never = ask(&held, ("incentives_user", USER), ("GET", &path), "").await;
        assert!(matches!(never, Err(ApiError::NotFound)), "{id} {never:?}");
        let path = format!("/associations/{id}/accesses");
        let never = ask(&held, ("operator", None), ("GET", &path), "").await;
        assert!(matches!(never, Err(ApiError::NotFound)), "{id} {never:?}");
    }
    assert!(held.store.records.lock().unwrap().is_empty());
    let path = format!("/associations/{OURS}/accesses");
    let partner = ask(&held, ("incentives_admin", USER), ("GET", &path), "").await;
    assert!(matches!(partner, Err(ApiError::Forbidden)), "{partner:?}");
}

#[tokio::test]
async fn months_that_are_none_are_told_and_nothing_is_read() {
    let held = Arc::new(state(Some(Program::OsuM365)));
    for (query, pointers) in [
        ("?from=2021-13&to=x", vec!["?from", "?to"]),
        ("?from=2021-06&to=2021-05", vec!["?to"]),
        ("?from=2021-01&to=2024-01", vec!["?to"]),
        ("?month=2021-05", vec!["?month"]),
    ] {
        let Err(ApiError::Invalid(errors)) = read(&held, query).await else { panic!("{query}") };
        assert_eq!(
            errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
            pointers,
            "{query}"
        );
    }
    assert!(held.store.records.lock().unwrap().is_empty());
}

fn row(workload: &str, users: &str) -> String {
    format!(
        r#"{{"tenant_id":"{TENANT}","scope":{{"workload":"{workload}"}},"month":"2021-05","monthly_active_users":{users},"paid_available_units":200,"sold_seats":250}}"#
    )
}

const POST: (&str, &str) = ("POST", "/usage");

#[tokio::test]
async fn each_row_of_a_delivery_is_answered_for_itself() {
    let state = Arc::new(state(None));
    let body = [row("teams", "1"), row("intune", "-1"), String::new(), row("teams", "2"), row("intune", "3")];
    let answer = ask(&state, ("operator", None), POST, &body.join("\n")).await.unwrap();
    let wrong = json!([{ "pointer": "/monthly_active_users", "code": "wrong_type",
        "detail": "must be a whole number, 0 or more" }]);
    assert_eq!(
        answer,
        json!({ "stored": 2, "replaced": 1, "refused": 1, "errors_left_out": 0, "rows": [
            { "row": 1, "status": "replaced", "by": 4 },
            { "row": 2, "status": "refused", "errors": wrong },
            { "row": 4, "status": "stored" },
            { "row": 5, "status": "stored" },
        ] })
    );
    let delivered = state.store.delivered.lock().unwrap();
    let users: Vec<_> = delivered.iter().map(|usage| usage.figures.monthly_active_users).collect();
    assert_eq!(users, [2, 3], "the replaced row is not sent");
}

#[tokio::test]
async fn rows_that_the_database_had_no_time_for_are_not_called_stored() {
    let mut state = state(None);
    state.store.busy_from = 1;
    let body = [row("teams", "1"), "nonsense".to_owned(), row("intune", "3")].join("\n");
    let answer = ask(&Arc::new(state), ("operator", None), POST, &body).await.unwrap();
    assert_eq!((&answer["stored"], &answer["refused"]), (&json!(1), &json!(2)));
    assert_eq!(answer["rows"][0]["status"], "stored");
    assert_eq!(answer["rows"][1]["errors"][0]["code"], "not_json");
    assert_eq!(answer["rows"][2]["errors"][0]["code"], "try_again");
}

#[tokio::test]
async fn only_operators_deliver() {
    let state = Arc::new(state(None));
    for caller in [("incentives_admin", USER), ("incentives_user", USER), ("reviewer", None)] {
        let refused = ask(&state, caller, POST, &row("teams", "1")).await;
        assert!(matches!(refused, Err(ApiError::Forbidden)), "{refused:?}");
    }
    let empty = ask(&state, ("operator", None), POST, "").await;
    assert!(matches!(empty, Err(ApiError::Invalid(_))), "{empty:?}");
    let large = ask(&state, ("operator", None), POST, &" ".repeat(6 * 1024 * 1024 + 1)).await;
    assert!(matches!(large, Err(ApiError::TooLarge(_))), "{large:?}");
    assert!(state.store.delivered.lock().unwrap().is_empty());
}
