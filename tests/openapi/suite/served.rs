//! The document is for anybody; nothing else is.

use manage_claims::{DESCRIPTION, open};
use serde_json::Value;
use web::ApiError;

use crate::document::{answer, operations};

#[test]
fn anybody_may_read_the_document() {
    let (status, body, headers) = answer("GET", "/openapi.json", None, open, ApiError::NotFound);
    assert_eq!((status, body.as_slice()), (200, DESCRIPTION.as_bytes()));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "public, max-age=3600");
}

#[test]
fn nothing_else_is_answered_without_a_caller() {
    let mut asked: Vec<_> = operations().map(|(path, method, _)| (method, path.to_owned())).collect();
    asked.retain(|(_, path)| path != "/openapi.json");
    asked.extend(
        [("POST", "/openapi.json"), ("GET", "/openapi.json/"), ("GET", "//openapi.json"), ("GET", "/")]
            .map(|(method, path)| (method.to_owned(), path.to_owned())),
    );
    for (method, path) in asked {
        let path = path.replace("{id}", "clm_abcdefghijklmnopqrstuvwxyz");
        let (status, body, headers) = answer(&method, &path, None, open, ApiError::NotFound);
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, problem["code"].as_str()), (401, Some("unauthenticated")), "{method} {path}");
        assert_eq!(headers["content-type"], "application/problem+json");
    }
}
