use axum::http::Request;
use tower::ServiceExt;

use chrono::{DateTime, Utc};

use super::*;
use crate::state::Home;
use crate::template::Bucket;

/// A file store whose exports expire after a day, with nothing in it.
fn objects(home: &Home) -> Objects {
    let bucket = Bucket { name: "files".to_owned(), expiry: vec![("exports/".to_owned(), 1)] };
    Objects::open(bucket, home).unwrap()
}

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

#[test]
fn parts_become_one_object_in_the_order_of_their_numbers() {
    let home = Home::open(None).unwrap();
    let objects = objects(&home);
    let upload = objects.begin("exports/a.csv", "text/csv", noon()).unwrap();
    let large = vec![b'x'; 5 * 1024 * 1024];
    objects.put_part(&upload, 2, b"end").unwrap().unwrap();
    objects.put_part(&upload, 1, &large).unwrap().unwrap();
    assert_eq!(objects.complete("exports/b.csv", &upload, &[1, 2], noon()).unwrap(), Err("NoSuchUpload"));
    assert_eq!(objects.complete("exports/a.csv", &upload, &[1, 2, 3], noon()).unwrap(), Err("InvalidPart"));
    assert_eq!(objects.complete("exports/a.csv", &upload, &[2, 1], noon()).unwrap(), Err("EntityTooSmall"));
    assert!(objects.find("exports/a.csv").unwrap().is_none());
    objects.complete("exports/a.csv", &upload, &[1, 2], noon()).unwrap().unwrap();
    let object = objects.find("exports/a.csv").unwrap().unwrap();
    assert_eq!(object.size, large.len() as u64 + 3);
    assert_eq!(objects.read(&object, object.size - 4, object.size).unwrap(), b"xend");
    assert!(objects.put_part(&upload, 3, b"late").unwrap().is_none());
}

#[test]
fn objects_expire_by_the_rules_of_the_bucket() {
    let home = Home::open(None).unwrap();
    let objects = objects(&home);
    for key in ["exports/a.csv", "evidence/b"] {
        objects.put(key, b"x", "text/plain", None, noon()).unwrap();
    }
    assert_eq!(objects.sweep(noon() + chrono::TimeDelta::hours(23)).unwrap(), 0);
    assert_eq!(objects.sweep(noon() + chrono::TimeDelta::days(1)).unwrap(), 1);
    assert!(
        objects.find("exports/a.csv").unwrap().is_none() && objects.find("evidence/b").unwrap().is_some()
    );
}

#[tokio::test]
async fn what_is_not_signed_or_for_another_key_is_refused() {
    let home = Home::open(None).unwrap();
    let clock = StackClock::open(home.path("clock-offset"), crate::clock::now).unwrap();
    let router = Files::new(objects(&home), Arc::new(clock)).router();
    let now = crate::clock::now(runtime::Clock::system().now()).format("%Y%m%dT%H%M%SZ");
    let link = |key: &str| {
        format!(
            "/files/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20261123%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date={now}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
        )
    };
    for target in ["/files/a".to_owned(), "/".to_owned(), link("local"), link("other")] {
        let request = Request::get(&target).header("host", "x").body(Body::empty()).unwrap();
        assert_eq!(
            router.clone().oneshot(request).await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{target}"
        );
    }
}
