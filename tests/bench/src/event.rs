//! Events as Lambda hands them out.

use axum::body::Bytes;
use serde_json::{Value as Json, json};

/// A request through the HTTP API, in payload format 2.0, by an admin of the partner.
pub fn api(method: &str, path: &str, key: &str, body: &Json) -> Bytes {
    let mut event = request(method, path);
    event["headers"]["content-type"] = json!("application/json");
    event["headers"]["authorization"] =
        json!("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiZW5jaCJ9.c2lnbmF0dXJl");
    event["headers"]["idempotency-key"] = json!(key);
    event["requestContext"]["authorizer"] = json!({"jwt": {
        "claims": {"sub": "bench", "partner_id": crate::world::PARTNER, "roles": "[incentives_admin]",
            "iss": "https://issuer.example", "aud": "claims", "exp": "2000000000"},
        "scopes": ["claims"],
    }});
    event["body"] = json!(body.to_string());
    Bytes::from(event.to_string())
}

/// A customer who follows a link to the function URL.
pub fn link(token: &str) -> Bytes {
    Bytes::from(request("GET", &format!("/{token}")).to_string())
}

/// Scheduler at a claim's deadline.
pub fn deadline(claim: &str) -> Bytes {
    Bytes::from(json!({"timer": "deadline", "claim_id": claim, "notice": 1}).to_string())
}

fn request(method: &str, path: &str) -> Json {
    let route = format!("{method} {path}");
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
        "headers": {
            "accept": "*/*", "content-length": "600", "host": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
            "user-agent": "bench", "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
            "x-forwarded-for": "203.0.113.7", "x-forwarded-port": "443", "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "000000000000", "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-central-1.amazonaws.com", "domainPrefix": "abcdefghij",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7",
                "userAgent": "bench"},
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": "$default",
            "time": "03/May/2021:10:00:00 +0000", "timeEpoch": 1_620_036_000_000_u64,
        },
        "isBase64Encoded": false,
    })
}
