//! Answers all of a partner's claims as CSV. What one answer holds is the answer; what it does not hold is written to S3 in
//! parts while it is read, and the answer leads there.
//!
//! The index is read ahead and eight batches of claims are under way side by side, one part of 8 MiB is held at most, and what takes
//! longer than 25 seconds is given up, because a request may take 29.

mod claims;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::Action;
use files::{Bucket, Download, Exports, Link};
use futures_util::{TryStreamExt, pin_mut};
use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use runtime::{Clock, Settings};
use store::{ClaimQuery, Dynamo, Lists};
use web::{Answer, ApiError, ApiRequest, CLAIM_FILTERS, CallerClaims, view};

use crate::writer::{Writer, Written};

/// How long the link to a large export can be used: a browser or `curl -L` follows it at once.
const LASTING: TimeDelta = TimeDelta::minutes(15);
/// When an export that is still being read is given up. The API's gateway waits for 30 seconds.
const PATIENCE: Duration = Duration::from_secs(25);
/// What the file is called.
const AS_CSV: Download<'_> = Download { file_name: "claims.csv", media_type: "text/csv; charset=utf-8" };

/// What the handler works with.
#[derive(Debug)]
pub struct Export<S, F> {
    /// Where claims are.
    pub store: S,
    /// Where large exports go.
    pub files: F,
    /// The largest table that is answered directly, in bytes.
    pub most_inline: usize,
    /// How long claims are read before an export is given up.
    pub patience: Duration,
    /// The clock.
    pub clock: Clock,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let claims = CallerClaims::from_settings(&settings);
    let kibibytes = settings.number("EXPORT_INLINE_KIB", 0..=4096)?;
    let most_inline = usize::try_from(kibibytes * 1024).unwrap_or(0);
    let aws = runtime::aws(&settings)?;
    let files = Bucket::new(&aws, settings.text("BUCKET_NAME")?);
    let store = Dynamo::open(&settings, &aws).await?;
    web::serve(Export { store, files, most_inline, patience: PATIENCE, clock }, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S, F>(state: Arc<Export<S, F>>, request: ApiRequest) -> Answer
where
    S: Lists + Send + Sync,
    F: Exports + Send + Sync,
{
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["claims", "export"]) => state.export(&request).await,
        _ => Err(ApiError::NotFound),
    }
}

impl<S: Lists, F: Exports> Export<S, F> {
    /// `GET /claims/export`: the list that `GET /claims` answers, all of it.
    async fn export(&self, request: &ApiRequest) -> Answer {
        request.allow(Action::ReadClaims)?;
        let query = web::claim_query(request, request.unknown_parameters(&CLAIM_FILTERS))?;
        // The request's own ID: two exports at once are two files.
        let key = format!("exports/{}.csv", request.id());
        let mut writer = Writer::new(&self.files, key, self.most_inline);
        if let Some(query) = &query
            && let Err(error) = self.copy(query, &mut writer).await
        {
            writer.give_up().await;
            return Err(error);
        }
        match writer.finish().await.map_err(ApiError::of_files)? {
            Written::Table(bytes) => Ok(table(bytes)),
            Written::File(key) => {
                let link = self.files.read_link(&key, AS_CSV, self.clock.now(), LASTING).await;
                Ok(elsewhere(&link.map_err(ApiError::of_files)?))
            }
        }
    }

    async fn copy(&self, query: &ClaimQuery, writer: &mut Writer<'_, F>) -> Result<(), ApiError> {
        let began = Instant::now();
        let claims = claims::of(&self.store, query);
        pin_mut!(claims);
        while let Some(claims) = claims.try_next().await? {
            if began.elapsed() > self.patience {
                return Err(ApiError::ExportTooLarge);
            }
            writer.add(&claims).await.map_err(ApiError::of_files)?;
        }
        Ok(())
    }
}

/// The answer that a browser saves as a file.
fn table(bytes: Vec<u8>) -> Response<Body> {
    let mut answer = Response::new(Body::Text(String::from_utf8(bytes).unwrap_or_default()));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(AS_CSV.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"claims.csv\""));
    answer
}

/// The answer that leads to the file: who does not follow it by itself finds the link in the body.
fn elsewhere(link: &Link) -> Response<Body> {
    let shown = view::Link::new(&link.url, link.expires_at);
    let mut answer = web::answer(StatusCode::SEE_OTHER, &shown);
    if let Ok(place) = HeaderValue::from_str(&link.url) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    answer
}
