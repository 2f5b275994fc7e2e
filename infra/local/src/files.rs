//! S3, as much of it as the functions and their links need: one bucket, objects whole and in parts. Like S3 it refuses a
//! link that was altered or has expired, and bytes that are not those that were signed.
//!
//! Links live by the stack's clock, like everything that people are told; requests of the functions' own SDK are signed by
//! the real one, which is not looked at.

mod objects;
mod signature;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use data_encoding::{BASE64, HEXLOWER};
use percent_encoding::percent_decode_str;

use objects::Object;
pub use objects::Objects;
use signature::Signed;

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
#[derive(Debug)]
struct Refused(StatusCode, &'static str, String);

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

    fn answer(&self, asked: &Asked) -> Result<Response, Refused> {
        let now = self.clock.now();
        let query = Query::of(&asked.uri);
        let signed = Signed::read(&asked.method, &asked.uri, &asked.headers)?;
        signed.verify(now)?;
        let (bucket, key) = place(&asked.uri);
        if bucket != self.objects.bucket() {
            return Err(Refused::new(StatusCode::NOT_FOUND, "NoSuchBucket", "there is no such bucket"));
        }
        match (&asked.method, query.get("uploadId")) {
            (&Method::PUT, None) => {
                let sha256 = unspoilt(asked)?;
                let put = self.objects.put(&key, &asked.body, asked.media_type(), sha256, now);
                put.map(|tag| tagged(&tag)).map_err(Refused::broken)
            }
            (&Method::POST, None) if query.has("uploads") => self.begin(&bucket, &key, asked, now),
            (&Method::PUT, Some(upload)) => {
                unspoilt(asked)?;
                let number = query.get("partNumber").and_then(|number| number.parse().ok());
                let number = number.ok_or_else(|| Refused::invalid("partNumber is missing"))?;
                let part = self.objects.put_part(&upload, number, &asked.body).map_err(Refused::broken)?;
                part.map(|tag| tagged(&tag)).ok_or_else(Refused::no_upload)
            }
            (&Method::POST, Some(upload)) => self.complete(&bucket, &key, &upload, asked, now),
            (&Method::DELETE, Some(upload)) => {
                self.objects.abort(&upload).map_err(Refused::broken)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            (&Method::GET | &Method::HEAD, None) => {
                let object = self.objects.find(&key).map_err(Refused::broken)?;
                let object = object.ok_or_else(|| {
                    Refused::new(StatusCode::NOT_FOUND, "NoSuchKey", "there is no such object")
                })?;
                self.read(asked, &query, &object)
            }
            _ => Err(Refused::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", "not done locally")),
        }
    }

    fn begin(&self, bucket: &str, key: &str, asked: &Asked, now: DateTime<Utc>) -> Result<Response, Refused> {
        let upload = self.objects.begin(key, asked.media_type(), now).map_err(Refused::broken)?;
        Ok(xml(
            StatusCode::OK,
            &format!(
                "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            ),
        ))
    }

    fn complete(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        asked: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Response, Refused> {
        let text = String::from_utf8_lossy(&asked.body);
        let numbers =
            text.split("<PartNumber>").skip(1).filter_map(|rest| rest.split('<').next()?.parse().ok());
        let done = self.objects.complete(key, upload, &numbers.collect::<Vec<u32>>(), now);
        let tag = done.map_err(Refused::broken)?.map_err(|code| {
            Refused::new(
                StatusCode::BAD_REQUEST,
                code,
                "the upload has no such parts, or parts that are too small",
            )
        })?;
        Ok(xml(
            StatusCode::OK,
            &format!(
                "<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>\"{tag}\"</ETag></CompleteMultipartUploadResult>"
            ),
        ))
    }

    fn read(&self, asked: &Asked, query: &Query, object: &Object) -> Result<Response, Refused> {
        let range = asked.header("range").map(|range| wanted(range, object.size)).transpose()?;
        let mut answer = Response::builder()
            .status(if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK })
            .header(header::ETAG, format!("\"{}\"", object.tag))
            .header(header::ACCEPT_RANGES, "bytes")
            .header(
                header::CONTENT_TYPE,
                query.get("response-content-type").unwrap_or_else(|| object.media_type.clone()),
            );
        if let Some(disposition) = query.get("response-content-disposition") {
            answer = answer.header(header::CONTENT_DISPOSITION, disposition);
        }
        if let Some(sha256) = &object.sha256
            && range.is_none()
            && asked.header("x-amz-checksum-mode") == Some("ENABLED")
        {
            answer = answer.header("x-amz-checksum-sha256", sha256);
        }
        let (from, to) = range.unwrap_or((0, object.size));
        if range.is_some() {
            let shown = format!("bytes {from}-{}/{}", to.saturating_sub(1), object.size);
            answer = answer.header(header::CONTENT_RANGE, shown);
        }
        let body = if asked.method == Method::HEAD {
            answer = answer.header(header::CONTENT_LENGTH, object.size);
            Body::empty()
        } else {
            Body::from(self.objects.read(object, from, to).map_err(Refused::broken)?)
        };
        answer.body(body).map_err(|error| Refused::invalid(&error.to_string()))
    }
}

/// A request, whole.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn media_type(&self) -> &str {
        self.header("content-type").unwrap_or("binary/octet-stream")
    }
}

async fn serve(State(files): State<Files>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return Refused::new(StatusCode::BAD_REQUEST, "EntityTooLarge", "too much for this stack")
            .into_response();
    };
    let asked = Asked { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    files.answer(&asked).unwrap_or_else(IntoResponse::into_response)
}

/// Refuses bytes that are not those that the request's digests speak of; answers the digest that the object keeps.
fn unspoilt(asked: &Asked) -> Result<Option<String>, Refused> {
    if asked.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked")) {
        return Err(Refused::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "bodies in chunks are not read",
        ));
    }
    let digest = signature::sha256(&asked.body);
    let spoilt = |code| Refused::new(StatusCode::BAD_REQUEST, code, "the body is not what its digest says");
    if let Some(stated) = asked.header("x-amz-content-sha256")
        && stated.len() == 64
        && stated != HEXLOWER.encode(&digest)
    {
        return Err(spoilt("XAmzContentSHA256Mismatch"));
    }
    match asked.header("x-amz-checksum-sha256") {
        Some(stated) if stated != BASE64.encode(&digest) => Err(spoilt("BadDigest")),
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
struct Query(Vec<(String, String)>);

impl Query {
    fn of(uri: &Uri) -> Self {
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(n, v)| (plain(n), plain(v)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

fn tagged(tag: &str) -> Response {
    (StatusCode::OK, [(header::ETAG, format!("\"{tag}\""))]).into_response()
}

fn xml(status: StatusCode, body: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self(status, code, message.to_owned())
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

    fn broken(error: crate::error::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        xml(status, &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    }
}
