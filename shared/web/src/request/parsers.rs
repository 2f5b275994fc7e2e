//! Headers, parameters and cursors, tried with whatever may be sent: never a panic, and a named error for what is none of ours.
//! `PROPTEST_CASES` says how many inputs each property is tried with.

use domain::Caller;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::{Body, Request};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use store::Cursor;

use super::{ApiRequest, digest};
use crate::ApiError;

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn request(name: &'static str, value: &[u8], body: Body) -> Option<ApiRequest> {
    let mut inner = Request::new(body);
    inner.headers_mut().insert(name, HeaderValue::from_bytes(value).ok()?);
    let caller = Caller { subject: "somebody".to_owned(), roles: Vec::new(), partner: None };
    Some(ApiRequest { method: Method::POST, segments: Vec::new(), caller, inner })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_header_is_a_key_or_refused(value in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..220), "[ -~]{0,210}".prop_map(String::into_bytes),
    ]) {
        let Some(request) = request("idempotency-key", &value, Body::Empty) else { return Ok(()) };
        match request.idempotency_key() {
            Ok(key) => prop_assert_eq!(key.as_str().as_bytes(), value.trim_ascii()),
            Err(error) => prop_assert!(matches!(error, ApiError::IdempotencyKey(_))),
        }
    }

    #[test]
    fn any_header_is_a_version_or_refused(value in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40), "((W/)?\"?[0-9]{0,22}\"?, ?){0,2}(W/)?\"?[0-9]{0,22}\"?".prop_map(String::into_bytes),
    ]) {
        let Some(request) = request("if-match", &value, Body::Empty) else { return Ok(()) };
        match request.if_match() {
            Ok(Some(versions)) => {
                let text = String::from_utf8_lossy(&value).into_owned();
                prop_assert!(versions.iter().all(|version| text.contains(&version.to_string()[..1])));
                prop_assert_eq!(versions.len(), text.split(',').count());
            }
            Ok(None) => prop_assert_eq!(value.trim_ascii(), b"*"),
            Err(error) => prop_assert!(matches!(error, ApiError::IfMatch)),
        }
    }

    #[test]
    fn every_version_that_is_told_is_read(version in any::<u64>(), weak in any::<bool>()) {
        let tag = format!("{}\"{version}\"", if weak { "W/" } else { "" });
        let read = request("if-match", tag.as_bytes(), Body::Empty).and_then(|request| request.if_match().ok());
        prop_assert_eq!(read, Some(Some(vec![version])));
    }

    #[test]
    fn any_text_is_a_cursor_or_refused(text in prop_oneof![
        any::<String>(), "[A-Za-z0-9_-]{0,120}",
        prop::collection::btree_map("[a-z_]{1,8}", any::<String>(), 0..4)
            .prop_map(|key| data_encoding::BASE64URL_NOPAD.encode(Value::from_iter(key).to_string().as_bytes())),
    ]) {
        match Cursor::parse(&text) {
            Ok(cursor) => prop_assert_eq!(cursor.as_str(), text),
            Err(error) => prop_assert_eq!(error.code, "invalid_cursor"),
        }
    }

    #[test]
    fn any_body_is_json_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let Some(request) = request("content-type", b"application/json", Body::Binary(bytes)) else { return Ok(()) };
        match request.json() {
            // The digest of a body is that of its meaning.
            Ok(value) => prop_assert_eq!(digest(&value), digest(&value.clone())),
            Err(error) => prop_assert!(matches!(error, ApiError::NotJson(_))),
        }
        prop_assert!(!request.media_type().is_empty());
    }
}
