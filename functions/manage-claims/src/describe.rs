//! `GET /openapi.json`: the description of the API, for anybody.

use lambda_http::http::{HeaderValue, header};
use lambda_http::{Body, Response};

/// The description of the whole API: every function's routes, not only this one's.
pub const DESCRIPTION: &str = include_str!("../../../infra/openapi.json");

/// What is answered without a caller: the description, which holds nothing that is not public.
pub fn open(method: &str, path: &str) -> Option<Response<Body>> {
    if (method, path) != ("GET", "/openapi.json") {
        return None;
    }
    let mut answer = Response::new(Body::from(DESCRIPTION));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Some(answer)
}
