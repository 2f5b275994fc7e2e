use std::sync::Mutex;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::field::{Field, PartnerId, TenantId};
use domain::{Association, Claim, ClaimId, IdempotencyKey, Scope, Slot, Slots, Submission, Transition};
use files::{Begun, FilesError, LEAST_PART, Readable};
use serde_json::json;
use store::{Cursor, Page, StoreError};

use super::*;

const MEBIBYTE: usize = 1024 * 1024;

/// A partner with so many claims.
struct Many {
    count: usize,
    claim: Claim,
}

impl Many {
    fn new(count: usize) -> Self {
        let contact = json!({ "name": "Jana", "title": "IT", "email": "jana@contoso.com", "language": "cs", "country": "CZ" });
        let body = json!({ "name": "=Contoso rollout", "program": "osu_m365", "activity": "usage",
            "partner_id": "1234567", "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "domain": "contoso.com", "scopes": [{ "workload": "teams" }, { "workload": "intune" }],
            "customer_contact": contact, "partner_contact": { "name": "Petr", "email": "petr@fabrikam.example" } });
        let claim = Claim::new(id(0), &Submission::parse(&body).unwrap(), String::new(), now());
        Self { count, claim }
    }
}

fn now() -> DateTime<Utc> {
    "2021-05-03T10:00:00Z".parse().unwrap()
}

fn id(number: usize) -> ClaimId {
    ClaimId::of(&"1234567".parse().unwrap(), &IdempotencyKey::parse(&number.to_string()).unwrap())
}

fn cursor(at: usize) -> Cursor {
    Cursor::parse(&BASE64URL_NOPAD.encode(format!("{{\"at\":\"{at}\"}}").as_bytes())).unwrap()
}

fn at(cursor: &Cursor) -> usize {
    let text = BASE64URL_NOPAD.decode(cursor.as_str().as_bytes()).unwrap();
    let key: serde_json::Value = serde_json::from_slice(&text).unwrap();
    key["at"].as_str().unwrap().parse().unwrap()
}

impl Lists for Many {
    async fn claim_ids(
        &self,
        query: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<ClaimId>, StoreError> {
        assert_eq!(query.partner.as_str(), "1234567");
        let from = from.map_or(0, at);
        let to = self.count.min(from + limit);
        Ok(Page { items: (from..to).map(id).collect(), next: (to < self.count).then(|| cursor(to)) })
    }

    async fn claims_by_id(&self, ids: &[ClaimId]) -> Result<Vec<Claim>, StoreError> {
        assert!(ids.len() <= 100, "more than a batch takes");
        // Some batches are slower than those after them.
        for _ in 0..ids[0].as_str().bytes().map(usize::from).sum::<usize>() % 7 {
            tokio::task::yield_now().await;
        }
        Ok(ids.iter().map(|id| Claim { id: id.clone(), ..self.claim.clone() }).collect())
    }

    async fn claims(&self, _: &ClaimQuery, _: usize, _: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        unreachable!()
    }
    async fn history(
        &self,
        _: &ClaimId,
        _: usize,
        _: Option<&Cursor>,
    ) -> Result<Page<Transition>, StoreError> {
        unreachable!()
    }
    async fn associations(
        &self,
        _: &PartnerId,
        _: usize,
        _: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        unreachable!()
    }
    async fn tenant_associations(
        &self,
        _: &TenantId,
        _: usize,
        _: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        unreachable!()
    }
    async fn slots_of(&self, _: &[Claim]) -> Result<Vec<Slots>, StoreError> {
        unreachable!()
    }
    async fn overdue(&self, _: DateTime<Utc>, _: usize) -> Result<Vec<ClaimId>, StoreError> {
        unreachable!()
    }
    async fn product_slots(&self, _: &TenantId) -> Result<Vec<(Scope, Slot)>, StoreError> {
        unreachable!()
    }
    async fn review_queue(&self, _: usize, _: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        unreachable!()
    }
}

/// A file store that takes so many parts.
struct Shelf {
    most_parts: usize,
    parts: Mutex<Vec<Vec<u8>>>,
    said: Mutex<Vec<&'static str>>,
}

impl Shelf {
    fn of(most_parts: usize) -> Self {
        Self { most_parts, parts: Mutex::default(), said: Mutex::default() }
    }
}

impl Readable for Shelf {
    async fn read_link(
        &self,
        key: &str,
        _: Download<'_>,
        from: DateTime<Utc>,
        lasting: TimeDelta,
    ) -> Result<Link, FilesError> {
        let url = format!("https://files.example/{key}");
        Ok(Link { method: "GET".to_owned(), url, headers: Vec::new(), expires_at: from + lasting })
    }
}

impl Exports for Shelf {
    async fn begin(&self, key: &str, _: &str) -> Result<Begun, FilesError> {
        self.said.lock().unwrap().push("begin");
        Ok(Begun { key: key.to_owned(), upload: "u".to_owned(), parts: Vec::new() })
    }
    async fn part(&self, begun: &mut Begun, bytes: Vec<u8>) -> Result<(), FilesError> {
        let mut parts = self.parts.lock().unwrap();
        if parts.len() == self.most_parts {
            return Err(FilesError { call: "UploadPart", source: "full".into() });
        }
        parts.push(bytes);
        begun.parts.push("tag".to_owned());
        Ok(())
    }
    async fn finish(&self, begun: Begun) -> Result<(), FilesError> {
        assert_eq!(begun.parts.len(), self.parts.lock().unwrap().len());
        self.said.lock().unwrap().push("finish");
        Ok(())
    }
    async fn give_up(&self, _: Begun) -> Result<(), FilesError> {
        self.said.lock().unwrap().push("give up");
        Ok(())
    }
}

async fn export(count: usize, most_parts: usize) -> (Arc<Export<Many, Shelf>>, Answer) {
    // However slow the machine is that runs the tests.
    export_within(Duration::MAX, count, most_parts).await
}

async fn export_within(
    patience: Duration,
    count: usize,
    most_parts: usize,
) -> (Arc<Export<Many, Shelf>>, Answer) {
    let (store, files) = (Many::new(count), Shelf::of(most_parts));
    let state =
        Arc::new(Export { store, files, most_inline: 4 * MEBIBYTE, patience, clock: Clock::new(now) });
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/claims/export", "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "accountId": "000000000000", "apiId": "api", "stage": "$default", "requestId": "r",
            "authorizer": { "jwt": {
                "claims": { "sub": "somebody", "roles": "[incentives_user]", "partner_id": "1234567" },
                "scopes": ["claims"] } },
            "http": { "method": "GET", "path": "/claims/export", "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "test" },
            "time": "10/Jul/2021:12:00:00 +0000", "timeEpoch": 1_625_918_400_000_u64,
        },
        "isBase64Encoded": false,
    });
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let names = CallerClaims::from_settings(&Settings::new(|_| None));
    let answer = handle(Arc::clone(&state), web::parse(request, &names).unwrap()).await;
    (state, answer)
}

/// The claims of a table, in its order.
fn ids(table: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table);
    reader.records().map(|row| row.unwrap()[0].to_owned()).collect()
}

#[tokio::test]
async fn a_hundred_thousand_claims_are_all_in_the_file_in_their_order_and_no_part_is_large() {
    let (state, answer) = export(100_000, usize::MAX).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let place = answer.headers()[header::LOCATION].to_str().unwrap();
    assert!(place.starts_with("https://files.example/exports/"), "{place}");
    assert_eq!(*state.files.said.lock().unwrap(), ["begin", "finish"]);
    let parts = state.files.parts.lock().unwrap();
    let (last, others) = parts.split_last().unwrap();
    assert!(others.len() >= 2 && others.iter().all(|part| part.len() >= LEAST_PART));
    assert!(parts.iter().all(|part| part.len() < 9 * MEBIBYTE) && !last.is_empty());
    let found = ids(&parts.concat());
    assert!(
        found.iter().map(String::as_str).eq((0..100_000)
            .map(id)
            .collect::<Vec<_>>()
            .iter()
            .map(ClaimId::as_str))
    );
}

#[tokio::test]
async fn what_one_answer_holds_is_the_answer() {
    for count in [0, 1, 99, 100, 101, 1000, 1001, 9_000] {
        let (state, answer) = export(count, 0).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{count}");
        let Body::Text(table) = answer.body() else { panic!("no text") };
        assert!(table.len() <= 4 * MEBIBYTE);
        assert_eq!(ids(table.as_bytes()).len(), count);
        assert!(state.files.said.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn between_one_answer_and_one_part_there_is_one_part() {
    let (state, answer) = export(20_000, usize::MAX).await;
    assert_eq!(answer.unwrap().status(), StatusCode::SEE_OTHER);
    let parts = state.files.parts.lock().unwrap();
    assert_eq!(parts.iter().map(|part| ids(part).len()).collect::<Vec<_>>(), [20_000]);
}

#[tokio::test]
async fn an_export_that_cannot_be_written_is_given_up() {
    for most_parts in [0, 1, 2] {
        let (state, answer) = export(100_000, most_parts).await;
        assert!(matches!(answer, Err(ApiError::Files(_))), "{most_parts}");
        assert_eq!(*state.files.said.lock().unwrap(), ["begin", "give up"], "{most_parts}");
    }
}

#[tokio::test]
async fn an_export_that_takes_too_long_is_refused_and_leaves_nothing_behind() {
    let (state, answer) = export_within(Duration::ZERO, 100_000, usize::MAX).await;
    assert!(matches!(answer, Err(ApiError::ExportTooLarge)));
    assert!(!state.files.said.lock().unwrap().contains(&"finish"));
}
