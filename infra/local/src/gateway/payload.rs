//! Payload format 2.0: the event a function gets for a request, and the response its answer stands for.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode, Uri, request};
use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use serde_json::{Map, Value as Json, json};

use crate::template::ACCOUNT;

/// What the event says besides the request itself.
pub struct Admission<'a> {
    /// `POST /claims`, or `$default` for a function URL.
    pub route_key: &'a str,
    /// The parameters in the route's path.
    pub path_parameters: Map<String, Json>,
    /// The authorizer's part, `{"jwt": {…}}`.
    pub authorizer: Option<Json>,
    /// The time by the stack's clock.
    pub now: DateTime<Utc>,
}

/// The event for a request.
#[must_use]
pub fn event(parts: &request::Parts, body: &Bytes, request_id: &str, admission: Admission<'_>) -> Json {
    let raw_path = parts.uri.path();
    let host = header(&parts.headers, "host").unwrap_or("localhost");
    let is_text = body.is_empty() || is_text(header(&parts.headers, "content-type").unwrap_or_default());
    let text = is_text.then(|| std::str::from_utf8(body).ok()).flatten();
    let mut event = json!({
        "version": "2.0",
        "routeKey": admission.route_key,
        "rawPath": raw_path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": header(&parts.headers, "user-agent").unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": admission.route_key,
            "stage": "$default",
            "time": admission.now.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": admission.now.timestamp_millis(),
        },
        "isBase64Encoded": text.is_none(),
    });
    if !body.is_empty() {
        event["body"] = text.map_or_else(|| json!(BASE64.encode(body)), |text| json!(text));
    }
    if let Some(authorizer) = admission.authorizer {
        event["requestContext"]["authorizer"] = authorizer;
    }
    if !admission.path_parameters.is_empty() {
        event["pathParameters"] = Json::Object(admission.path_parameters);
    }
    let query = query(&parts.uri);
    if !query.is_empty() {
        event["queryStringParameters"] = Json::Object(query);
    }
    let cookies: Vec<&str> = (parts.headers.get_all("cookie").iter())
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    event
}

/// The response that a function's answer stands for, or nothing when it stands for none.
#[must_use]
pub fn response(answer: &[u8]) -> Option<Response<Body>> {
    let answer: Json = serde_json::from_slice(answer).ok()?;
    let Some(status) = answer.get("statusCode") else {
        // The format lets a function answer with its body alone.
        let body = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        return Response::builder().header("content-type", "application/json").body(body.into()).ok();
    };
    let status = StatusCode::from_u16(status.as_u64()?.try_into().ok()?).ok()?;
    let mut response = Response::builder().status(status);
    let mut has_type = false;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        has_type |= name.eq_ignore_ascii_case("content-type");
        response = response.header(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        response = response.header("set-cookie", cookie);
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => BASE64.decode(body.as_bytes()).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    if !has_type && !body.is_empty() {
        response = response.header("content-type", "text/plain");
    }
    response.body(body.into()).ok()
}

/// Whether the gateway passes a body of this type on as text. A form is not among them, which surprises.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(kind.as_str(), "application/json" | "application/javascript" | "application/xml")
        // No type at all is taken for text.
        || kind.is_empty()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Names in lower case, several values of one name joined, cookies apart.
fn headers(all: &HeaderMap) -> Map<String, Json> {
    let mut joined = Map::new();
    for name in all.keys().filter(|name| *name != "cookie") {
        let values: Vec<_> =
            all.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        joined.insert(name.as_str().to_owned(), json!(values.join(",")));
    }
    joined
}

/// Decoded, several values of one name joined.
fn query(uri: &Uri) -> Map<String, Json> {
    let mut all: Map<String, Json> = Map::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let joined = match all.get(&*name).and_then(Json::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        all.insert(name.into_owned(), json!(joined));
    }
    all
}
