//! The file store in S3: one bucket.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, CompletedMultipartUpload, CompletedPart};
use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use domain::FileStatement;

use crate::content;
use crate::port::{Begun, Download, Exports, FilesError, Found, Link, Proofs, Readable};

/// A bucket in S3.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of that name, with the HTTP client that other clients of this configuration use.
    pub fn new(aws: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: Client::new(aws), name: name.into() }
    }
}

impl Readable for Bucket {
    async fn read_link(
        &self,
        key: &str,
        as_what: Download<'_>,
        from: DateTime<Utc>,
        lasting: TimeDelta,
    ) -> Result<Link, FilesError> {
        let signed = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .response_content_disposition(content::attachment(as_what.file_name))
            .response_content_type(as_what.media_type)
            .presigned(presigning(from, lasting)?)
            .await
            .map_err(|error| failed("GetObject", error))?;
        Ok(link(&signed, from + lasting))
    }
}

impl Proofs for Bucket {
    async fn upload_link(
        &self,
        key: &str,
        file: &FileStatement,
        from: DateTime<Utc>,
        lasting: TimeDelta,
    ) -> Result<Link, FilesError> {
        // Length, type and digest are signed: whoever has the link can upload these bytes and no others.
        let signed = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(file.media_type.code())
            .content_length(i64::try_from(file.size).unwrap_or(i64::MAX))
            .checksum_sha256(content::to_base64(&file.sha256))
            .presigned(presigning(from, lasting)?)
            .await
            .map_err(|error| failed("PutObject", error))?;
        Ok(link(&signed, from + lasting))
    }

    async fn find(&self, key: &str) -> Result<Option<Found>, FilesError> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.name)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        match answer {
            Ok(found) => Ok(Some(Found {
                size: found.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0),
                sha256: found.checksum_sha256().and_then(content::from_base64),
            })),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(None),
            Err(error) => Err(failed("HeadObject", error)),
        }
    }

    async fn first_bytes(&self, key: &str, most: u64) -> Result<Vec<u8>, FilesError> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .range(format!("bytes=0-{}", most.saturating_sub(1)))
            .send()
            .await
            .map_err(|error| failed("GetObject", error))?;
        let bytes = answer.body.collect().await;
        let bytes = bytes.map_err(|error| FilesError { call: "GetObject", source: Box::new(error) })?;
        Ok(bytes.to_vec())
    }
}

impl Exports for Bucket {
    async fn begin(&self, key: &str, media_type: &str) -> Result<Begun, FilesError> {
        let answer = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .content_type(media_type)
            .send()
            .await
            .map_err(|error| failed("CreateMultipartUpload", error))?;
        let upload = answer.upload_id.unwrap_or_default();
        Ok(Begun { key: key.to_owned(), upload, parts: Vec::new() })
    }

    async fn part(&self, begun: &mut Begun, bytes: Vec<u8>) -> Result<(), FilesError> {
        let answer = self
            .client
            .upload_part()
            .bucket(&self.name)
            .key(&begun.key)
            .upload_id(&begun.upload)
            .part_number(number(begun.parts.len()))
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| failed("UploadPart", error))?;
        begun.parts.push(answer.e_tag.unwrap_or_default());
        Ok(())
    }

    async fn finish(&self, begun: Begun) -> Result<(), FilesError> {
        let parts = begun.parts.iter().enumerate();
        let parts =
            parts.map(|(at, tag)| CompletedPart::builder().part_number(number(at)).e_tag(tag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let answer = self
            .client
            .complete_multipart_upload()
            .bucket(&self.name)
            .key(&begun.key)
            .upload_id(&begun.upload)
            .multipart_upload(parts)
            .send()
            .await;
        answer.map(drop).map_err(|error| failed("CompleteMultipartUpload", error))
    }

    async fn give_up(&self, begun: Begun) -> Result<(), FilesError> {
        let answer = self
            .client
            .abort_multipart_upload()
            .bucket(&self.name)
            .key(&begun.key)
            .upload_id(&begun.upload)
            .send()
            .await;
        answer.map(drop).map_err(|error| failed("AbortMultipartUpload", error))
    }
}

/// The number of a part, from its place.
fn number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

/// A link that starts at the caller's own time, not at what the SDK's clock says: whoever is told when it expires reads
/// that by the same clock.
fn presigning(from: DateTime<Utc>, lasting: TimeDelta) -> Result<PresigningConfig, FilesError> {
    let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    PresigningConfig::builder()
        .start_time(SystemTime::UNIX_EPOCH + seconds(from.timestamp()))
        .expires_in(seconds(lasting.num_seconds()))
        .build()
        .map_err(|error| FilesError { call: "presign", source: Box::new(error) })
}

fn link(signed: &PresignedRequest, expires_at: DateTime<Utc>) -> Link {
    Link {
        method: signed.method().to_owned(),
        url: signed.uri().to_owned(),
        headers: signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        expires_at,
    }
}

fn failed<E, R>(call: &'static str, error: SdkError<E, R>) -> FilesError
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    FilesError { call, source: Box::new(error) }
}
