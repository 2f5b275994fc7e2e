//! S3, as much of it as the functions and their links need: one bucket, objects whole and in parts. Like S3 it refuses a
//! link that was altered or has expired, and bytes that are not those that were signed.
//!
//! Links live by the stack's clock, like everything that people are told; requests of the functions' own SDK are signed by
//! the real one, which is not looked at.

mod objects;
mod signature;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, HEXLOWER};
use percent_encoding::percent_decode_str;
use ring::digest::{SHA256, digest};

use objects::Object;
pub use objects::Objects;

use crate::clock::StackClock;

/// The largest request that is taken, in bytes: a part of a large object and then some.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The file store.
#[derive(Clone)]
pub struct Files {
    objects: Objects,
    clock: Arc<StackClock>,
}

/// Why a request is refused, as S3 says it.
#[derive(Debug, Template)]
#[template(ext = "xml", source = "<Error><Code>{{ code }}</Code><Message>{{ message }}</Message></Error>")]
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// An object in parts is begun.
#[derive(Template)]
#[template(
    ext = "xml",
    source = "<InitiateMultipartUploadResult><Bucket>{{ bucket }}</Bucket><Key>{{ key }}</Key>\
              <UploadId>{{ upload }}</UploadId></InitiateMultipartUploadResult>"
)]
struct Begun<'a> {
    bucket: &'a str,
    key: &'a str,
    upload: String,
}

/// An object in parts is whole.
#[derive(Template)]
#[template(
    ext = "xml",
    source = "<CompleteMultipartUploadResult><Bucket>{{ bucket }}</Bucket><Key>{{ key }}</Key>\
              <ETag>\"{{ tag }}\"</ETag></CompleteMultipartUploadResult>"
)]
struct Whole<'a> {
    bucket: &'a str,
    key: &'a str,
    tag: String,
}

impl Files {
    /// The file store over these objects.
    #[must_use]
    pub fn new(objects: Objects, clock: Arc<StackClock>) -> Self {
        Self { objects, clock }
    }

    /// What answers as S3.
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response, Refused> {
        let now = self.clock.now();
        let query = query(request.uri())?;
        signature::verify(request, &query, now)?;
        let (bucket, key) = place(request.uri());
        if bucket != self.objects.bucket() {
            return Err(Refused::new(StatusCode::NOT_FOUND, "NoSuchBucket", "there is no such bucket"));
        }
        match (request.method(), query.get("uploadId")) {
            (&Method::PUT, None) => {
                let sha256 = unspoilt(request)?;
                let put = self.objects.put(&key, request.body(), media_type(request), sha256, now);
                put.map(|tag| tagged(&tag)).map_err(Refused::broken)
            }
            (&Method::POST, None) if query.contains_key("uploads") => {
                let upload = self.objects.begin(&key, media_type(request), now).map_err(Refused::broken)?;
                xml(StatusCode::OK, &Begun { bucket: &bucket, key: &key, upload })
            }
            (&Method::PUT, Some(upload)) => {
                unspoilt(request)?;
                let number = query.get("partNumber").and_then(|number| number.parse().ok());
                let number = number.ok_or_else(|| Refused::invalid("partNumber is missing"))?;
                let part = self.objects.put_part(upload, number, request.body()).map_err(Refused::broken)?;
                part.map(|tag| tagged(&tag)).ok_or_else(Refused::no_upload)
            }
            (&Method::POST, Some(upload)) => {
                let done = self.objects.complete(&key, upload, &numbers(request.body()), now);
                let tag = done.map_err(Refused::broken)?.map_err(|code| {
                    let message = "the upload has no such parts, or parts that are too small";
                    Refused::new(StatusCode::BAD_REQUEST, code, message)
                })?;
                xml(StatusCode::OK, &Whole { bucket: &bucket, key: &key, tag })
            }
            (&Method::DELETE, Some(upload)) => {
                self.objects.abort(upload).map_err(Refused::broken)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            (&Method::GET | &Method::HEAD, None) => {
                let object = self.objects.find(&key).map_err(Refused::broken)?;
                let object = object.ok_or_else(|| {
                    Refused::new(StatusCode::NOT_FOUND, "NoSuchKey", "there is no such object")
                })?;
                self.read(request, &query, &object)
            }
            _ => Err(Refused::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", "not done locally")),
        }
    }

    fn read(&self, request: &Request<Bytes>, query: &Query, object: &Object) -> Result<Response, Refused> {
        let range = header(request, "range").map(|range| wanted(range, object.size)).transpose()?;
        let media_type = query.get("response-content-type").unwrap_or(&object.media_type);
        let mut answer = Response::builder()
            .status(if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK })
            .header(header::ETAG, format!("\"{}\"", object.tag))
            .header(header::ACCEPT_RANGES, "bytes")
            .header(header::CONTENT_TYPE, media_type);
        if let Some(disposition) = query.get("response-content-disposition") {
            answer = answer.header(header::CONTENT_DISPOSITION, disposition);
        }
        if let Some(sha256) = &object.sha256
            && range.is_none()
            && header(request, "x-amz-checksum-mode") == Some("ENABLED")
        {
            answer = answer.header("x-amz-checksum-sha256", sha256);
        }
        let (from, to) = range.unwrap_or((0, object.size));
        if range.is_some() {
            let shown = format!("bytes {from}-{}/{}", to.saturating_sub(1), object.size);
            answer = answer.header(header::CONTENT_RANGE, shown);
        }
        let body = if request.method() == Method::HEAD {
            answer = answer.header(header::CONTENT_LENGTH, object.size);
            Body::empty()
        } else {
            Body::from(self.objects.read(object, from, to).map_err(Refused::broken)?)
        };
        answer.body(body).map_err(|error| Refused::invalid(&error.to_string()))
    }
}

async fn serve(State(files): State<Files>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return Refused::new(StatusCode::BAD_REQUEST, "EntityTooLarge", "too much for this stack")
            .into_response();
    };
    files.answer(&Request::from_parts(parts, body)).unwrap_or_else(IntoResponse::into_response)
}

fn header<'r>(request: &'r Request<Bytes>, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn media_type(request: &Request<Bytes>) -> &str {
    header(request, "content-type").unwrap_or("binary/octet-stream")
}

/// Refuses bytes that are not those that the request's digests speak of; answers the digest that the object keeps.
fn unspoilt(request: &Request<Bytes>) -> Result<Option<String>, Refused> {
    if header(request, "content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked")) {
        return Err(Refused::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "bodies in chunks are not read",
        ));
    }
    let found = digest(&SHA256, request.body());
    let spoilt = |code| Refused::new(StatusCode::BAD_REQUEST, code, "the body is not what its digest says");
    if let Some(stated) = header(request, "x-amz-content-sha256")
        && stated.len() == 64
        && stated != HEXLOWER.encode(found.as_ref())
    {
        return Err(spoilt("XAmzContentSHA256Mismatch"));
    }
    match header(request, "x-amz-checksum-sha256") {
        Some(stated) if stated != BASE64.encode(found.as_ref()) => Err(spoilt("BadDigest")),
        stated => Ok(stated.map(str::to_owned)),
    }
}

/// The bytes that a `Range` of one piece asks for, from and up to.
fn wanted(range: &str, size: u64) -> Result<(u64, u64), Refused> {
    let wrong = || Refused::new(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", "there are no such bytes");
    let (from, to) =
        range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(wrong)?;
    let from: u64 = from.parse().map_err(|_| wrong())?;
    let to = to.parse::<u64>().map_or(size, |last| size.min(last.saturating_add(1)));
    if from < to { Ok((from, to)) } else { Err(wrong()) }
}

/// The bucket and the key that a path names.
fn place(uri: &Uri) -> (String, String) {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy().into_owned();
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (bucket.to_owned(), key.to_owned())
}

/// The parameters of a request, decoded.
type Query = BTreeMap<String, String>;

fn query(uri: &Uri) -> Result<Query, Refused> {
    let query = axum::extract::Query::try_from_uri(uri);
    query.map(|query| query.0).map_err(|error| Refused::invalid(&error.to_string()))
}

/// The numbers of the parts that an object is to be put together of, in their order.
fn numbers(body: &Bytes) -> Vec<u32> {
    let text = String::from_utf8_lossy(body);
    text.split("<PartNumber>").skip(1).filter_map(|rest| rest.split('<').next()?.parse().ok()).collect()
}

fn tagged(tag: &str) -> Response {
    (StatusCode::OK, [(header::ETAG, format!("\"{tag}\""))]).into_response()
}

fn xml(status: StatusCode, body: &impl Template) -> Result<Response, Refused> {
    let body = body.render().map_err(|error| Refused::invalid(&error.to_string()))?;
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    Ok((status, [(header::CONTENT_TYPE, "application/xml")], body).into_response())
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }

    fn denied(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgument", message)
    }

    fn no_upload() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NoSuchUpload", "there is no such upload")
    }

    fn broken(error: anyhow::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("{error:#}"))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        xml(self.status, &self).unwrap_or_else(|_| self.status.into_response())
    }
}
