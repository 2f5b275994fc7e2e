//! A request as the functions see it: caller, route, headers, body.

use std::future::Future;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::field::{Field, PartnerId};
use domain::input::InputError;
use domain::{Action, Actor, Caller, ClaimId, IdempotencyKey, Role};
use lambda_http::http::{HeaderValue, Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Cursor, Requester, Sees};

use crate::caller::CallerClaims;
use crate::problem::ApiError;
use crate::{Answer, view};

/// The largest JSON body that is read, in bytes. Bulk routes have limits of their own.
const MOST_BYTES: usize = 256 * 1024;

/// The largest body of lines that is read, in bytes. Lambda takes 6 MiB with all that the gateway wraps around the body,
/// which writes its quotes as two characters, or all of it in base64: what the gateway lets through is less.
const MOST_BYTES_OF_LINES: usize = 6 * 1024 * 1024;

/// A request to the API.
#[derive(Debug)]
pub struct ApiRequest {
    method: Method,
    segments: Vec<String>,
    caller: Caller,
    inner: Request,
}

impl ApiRequest {
    /// Method and path, in segments, for a `match`.
    pub fn route(&self) -> (&str, Vec<&str>) {
        (self.method.as_str(), self.segments.iter().map(String::as_str).collect())
    }

    /// The caller, in the role in which it may do this.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] when none of its roles may.
    pub fn allow(&self, action: Action) -> Result<Role, ApiError> {
        self.caller.role_for(action).ok_or(ApiError::Forbidden)
    }

    /// The subject of the caller's token.
    pub fn subject(&self) -> &str {
        &self.caller.subject
    }

    /// The ID that ties the caller's answer to the log.
    pub fn id(&self) -> String {
        request_id(&self.inner)
    }

    /// Who acts, for the history.
    pub fn actor(&self, role: Role) -> Actor {
        Actor::caller(&self.caller, role)
    }

    /// The caller's partner; `None` for the vendor's staff.
    pub fn partner(&self) -> Option<&PartnerId> {
        self.caller.partner.as_ref()
    }

    /// Which claims the caller may see: its own, or every one for the vendor's staff.
    pub fn sees(&self) -> Sees {
        self.partner().map_or(Sees::Everything, |partner| Sees::Of(partner.clone()))
    }

    /// Who asks for a change, on the version that `If-Match` names.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] when none of the caller's roles may, [`ApiError::IfMatch`].
    pub fn requester(&self, action: Action) -> Result<Requester, ApiError> {
        let actor = self.actor(self.allow(action)?);
        Ok(Requester { actor, sees: self.sees(), seen: self.if_match()? })
    }

    /// Who decides, on a version that `If-Match` must name: what somebody decides on, it has seen.
    ///
    /// # Errors
    /// As [`ApiRequest::requester`], and [`ApiError::IfMatchRequired`] without a version, be it by `*`.
    pub fn decider(&self, action: Action) -> Result<Requester, ApiError> {
        let by = self.requester(action)?;
        if by.seen.is_none() { Err(ApiError::IfMatchRequired) } else { Ok(by) }
    }

    /// The body of a move, which may be left out where nothing in it is required.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::NotJson`].
    pub fn json_or_nothing(&self) -> Result<Value, ApiError> {
        if self.has_body() { self.json() } else { Ok(Value::Object(serde_json::Map::new())) }
    }

    /// The claim that a path names. A malformed ID names no claim.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn claim_id(&self, segment: &str) -> Result<ClaimId, ApiError> {
        ClaimId::parse(segment).map_err(|_| ApiError::NotFound)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::NotJson`].
    pub fn json(&self) -> Result<Value, ApiError> {
        // serde_json refuses nesting deeper than 128 levels by itself.
        serde_json::from_slice(self.bytes(MOST_BYTES)?)
            .map_err(|error| ApiError::NotJson(format!("{error}; send one JSON object")))
    }

    /// The body as it is, for a route that reads it line by line.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub fn lines(&self) -> Result<&[u8], ApiError> {
        self.bytes(MOST_BYTES_OF_LINES)
    }

    fn bytes(&self, most: usize) -> Result<&[u8], ApiError> {
        let bytes: &[u8] = match self.inner.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if bytes.len() > most { Err(ApiError::TooLarge(most)) } else { Ok(bytes) }
    }

    /// The body as text, of at most so many bytes.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::NotJson`] when it is not UTF-8.
    pub fn text(&self, most: usize) -> Result<&str, ApiError> {
        std::str::from_utf8(self.bytes(most)?)
            .map_err(|error| ApiError::NotJson(format!("{error}; send UTF-8")))
    }

    /// The media type of the body, without parameters, in lower case.
    pub fn media_type(&self) -> String {
        let value = self.inner.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether there is a body at all.
    pub fn has_body(&self) -> bool {
        match self.inner.body() {
            Body::Text(text) => !text.trim().is_empty(),
            Body::Binary(bytes) => !bytes.is_empty(),
            _ => false,
        }
    }

    /// The key of a creating request.
    ///
    /// # Errors
    /// [`ApiError::IdempotencyKey`] when it is missing or malformed.
    pub fn idempotency_key(&self) -> Result<IdempotencyKey, ApiError> {
        let value = self.inner.headers().get("idempotency-key").ok_or(ApiError::IdempotencyKey(
            "send a header Idempotency-Key with a value of your own, the same when you repeat the request",
        ))?;
        // White space around a header's value is no part of it (RFC 9110, section 5.5).
        let text = value.to_str().unwrap_or_default().trim();
        IdempotencyKey::parse(text).map_err(|_| {
            ApiError::IdempotencyKey("Idempotency-Key must be 1 to 200 printable ASCII characters")
        })
    }

    /// The versions that `If-Match` names, weak or in a list as they may be; `None` without it or with `*`.
    ///
    /// # Errors
    /// [`ApiError::IfMatch`] when one of them is not an `ETag` of ours.
    pub fn if_match(&self) -> Result<Option<Vec<u64>>, ApiError> {
        let Some(value) = self.inner.headers().get(header::IF_MATCH) else { return Ok(None) };
        let text = value.to_str().map_err(|_| ApiError::IfMatch)?.trim();
        if text == "*" {
            return Ok(None);
        }
        // No ETag of ours holds a comma.
        text.split(',')
            .map(|tag| version(tag.trim()).ok_or(ApiError::IfMatch))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// A parameter of the query, parsed.
    ///
    /// # Errors
    /// The parameter's broken rule is added to `errors`.
    pub fn parameter<T: Field>(&self, name: &str, errors: &mut Vec<InputError>) -> Option<T> {
        let value = self.query(name)?;
        T::parse(&value)
            .map_err(|error| errors.push(InputError::at(format!("?{name}"), error.code, error.detail)))
            .ok()
    }

    /// A parameter of the query as it is; an empty one is absent.
    pub fn query(&self, name: &str) -> Option<String> {
        let parameters = self.inner.query_string_parameters_ref()?;
        parameters.first(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Parameters of the query that are not among the known ones: a misspelt filter must not answer everything.
    pub fn unknown_parameters(&self, known: &[&str]) -> Vec<InputError> {
        let Some(parameters) = self.inner.query_string_parameters_ref() else { return Vec::new() };
        let unknown = parameters.iter().map(|(name, _)| name).filter(|name| !known.contains(name));
        let detail = format!("is not a parameter here; parameters are {}", known.join(", "));
        unknown.map(|name| InputError::at(format!("?{name}"), "unknown_parameter", detail.clone())).collect()
    }

    /// Where a page starts: `cursor`.
    pub fn cursor(&self, errors: &mut Vec<InputError>) -> Option<Cursor> {
        let text = self.query("cursor")?;
        Cursor::parse(&text)
            .map_err(|error| errors.push(InputError::at("?cursor", error.code, error.detail)))
            .ok()
    }

    /// The length of a page: `limit`, 25 by default, at most 100.
    pub fn limit(&self, errors: &mut Vec<InputError>) -> usize {
        match self.query("limit").map(|text| text.parse::<usize>()) {
            None => 25,
            Some(Ok(limit)) if (1..=100).contains(&limit) => limit,
            Some(_) => {
                errors.push(InputError::at("?limit", "out_of_range", "must be 1 to 100"));
                25
            }
        }
    }
}

/// The version in an `ETag` of ours.
fn version(tag: &str) -> Option<u64> {
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// A digest of a JSON value that is the same however its members are ordered and spaced.
pub fn digest(value: &Value) -> String {
    let mut hash = Sha256::new();
    canonical(value, &mut hash);
    BASE64URL_NOPAD.encode(&hash.finalize()[..18])
}

/// Feeds a value with its members in the order of their names, whatever order the parser keeps them in.
fn canonical(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            hash.update("{");
            for name in names {
                hash.update(Value::from(name.as_str()).to_string());
                hash.update(":");
                canonical(&members[name], hash);
                hash.update(",");
            }
            hash.update("}");
        }
        Value::Array(entries) => {
            hash.update("[");
            for entry in entries {
                canonical(entry, hash);
                hash.update(",");
            }
            hash.update("]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hash.update(value.to_string()),
    }
}

/// Answers JSON.
pub fn answer(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    let text = serde_json::to_string(body).expect("what is shown has names for its members");
    let mut answer = Response::new(Body::Text(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Answers a claim, with its version as `ETag`.
pub fn answer_claim(status: StatusCode, claim: &domain::Claim) -> Response<Body> {
    answer_shown(status, claim, &view::Claim::from(claim))
}

/// Answers a claim as it was shown, with its version as `ETag`.
pub fn answer_shown(status: StatusCode, claim: &domain::Claim, shown: &impl Serialize) -> Response<Body> {
    let mut answer = answer(status, shown);
    if let Ok(tag) = HeaderValue::from_str(&view::etag(claim)) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Answers a claim that was created, with its place.
pub fn answer_new(claim: &domain::Claim) -> Response<Body> {
    let mut answer = answer_claim(StatusCode::CREATED, claim);
    if let Ok(place) = HeaderValue::from_str(&format!("/claims/{}", claim.id)) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    answer
}

/// What a function answers to anybody, whoever calls: nothing but what is public anyway. `None` for every request
/// that needs a caller.
pub type Open = fn(&str, &str) -> Option<Response<Body>>;

/// Runs an API function: every request that carries a verified caller goes to `handle`, every error comes back as a
/// problem.
///
/// # Errors
/// What the Lambda runtime itself fails with.
pub async fn serve<S, H, F>(state: S, claims: CallerClaims, handle: H) -> Result<(), Error>
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, ApiRequest) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = Answer> + Send,
{
    serve_with(|_, _| None, state, claims, handle).await
}

/// Runs an API function as [`serve`] does, which answers some requests to anybody.
///
/// # Errors
/// What the Lambda runtime itself fails with.
pub async fn serve_with<S, H, F>(open: Open, state: S, claims: CallerClaims, handle: H) -> Result<(), Error>
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, ApiRequest) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = Answer> + Send,
{
    let state = Arc::new(state);
    let claims = Arc::new(claims);
    runtime::start_metrics();
    lambda_http::run(service_fn(move |request: Request| {
        let (state, claims, handle) = (Arc::clone(&state), Arc::clone(&claims), handle.clone());
        async move {
            let answer = respond(request, open, &claims, |request| handle(state, request)).await;
            telemetry::flush();
            Ok::<_, Error>(answer)
        }
    }))
    .await
}

/// The answer to one request, for [`serve_with`] and for tests of functions.
pub async fn respond<F>(
    request: Request,
    open: Open,
    claims: &CallerClaims,
    handle: impl FnOnce(ApiRequest) -> F,
) -> Response<Body>
where
    F: Future<Output = Answer>,
{
    if let Some(answer) = open(request.method().as_str(), request.raw_http_path()) {
        return answer;
    }
    let request_id = request_id(&request);
    let answer = match parse(request, claims) {
        Ok(request) => handle(request).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error.answer(&request_id))
}

/// A request with its caller, for [`respond`] and for tests of handlers.
///
/// # Errors
/// [`ApiError::Unauthenticated`] when no verified token came with it.
pub fn parse(request: Request, claims: &CallerClaims) -> Result<ApiRequest, ApiError> {
    let context = request.request_context_ref().ok_or(ApiError::Unauthenticated)?;
    let caller = claims.caller(context).ok_or(ApiError::Unauthenticated)?;
    let path = request.raw_http_path().to_owned();
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
    Ok(ApiRequest { method: request.method().clone(), segments, caller, inner: request })
}

/// The ID that ties the caller's answer to the log.
fn request_id(request: &Request) -> String {
    request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default()
}

#[cfg(test)]
mod parsers;
