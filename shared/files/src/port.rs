//! What the functions need of a file store. S3 is one; tests bring others.

use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};
use domain::FileStatement;
use domain::field::Sha256Hex;

/// The smallest part of a large file but its last, in bytes: S3 takes none that is smaller.
pub const LEAST_PART: usize = 5 * 1024 * 1024;

/// Why the file store could not do it.
#[derive(Debug, thiserror::Error)]
#[error("the file store failed at {call}")]
pub struct FilesError {
    /// The call.
    pub call: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A link that whoever has it can use, without a token, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// With what method.
    pub method: String,
    /// Where.
    pub url: String,
    /// The headers that must be sent with it, as they are.
    pub headers: Vec<(String, String)>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What is known of a stored file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its length in bytes.
    pub size: u64,
    /// The digest that it was uploaded with.
    pub sha256: Option<Sha256Hex>,
}

/// As what a file is downloaded.
#[derive(Debug, Clone, Copy)]
pub struct Download<'a> {
    /// The name under which it is saved.
    pub file_name: &'a str,
    /// What the browser is told that it is.
    pub media_type: &'a str,
}

/// Files that are read by link.
pub trait Readable: Sync {
    /// A link by which a file can be read.
    fn read_link(
        &self,
        key: &str,
        as_what: Download<'_>,
        from: DateTime<Utc>,
        lasting: TimeDelta,
    ) -> impl Future<Output = Result<Link, FilesError>> + Send;
}

/// Files that partners upload.
pub trait Proofs: Readable {
    /// A link by which a file of exactly these bytes can be uploaded: the store refuses any others.
    fn upload_link(
        &self,
        key: &str,
        file: &FileStatement,
        from: DateTime<Utc>,
        lasting: TimeDelta,
    ) -> impl Future<Output = Result<Link, FilesError>> + Send;
    /// What is there under a key, if anything is.
    fn find(&self, key: &str) -> impl Future<Output = Result<Option<Found>, FilesError>> + Send;
    /// The first bytes of a file that is there.
    fn first_bytes(&self, key: &str, most: u64) -> impl Future<Output = Result<Vec<u8>, FilesError>> + Send;
}

/// A large file that is being written.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Its key.
    pub key: String,
    /// The store's name for this writing of it.
    pub upload: String,
    /// What the store answered to each part, in their order.
    pub parts: Vec<String>,
}

/// Large files, written in parts.
pub trait Exports: Readable {
    /// Begins a file.
    fn begin(&self, key: &str, media_type: &str) -> impl Future<Output = Result<Begun, FilesError>> + Send;
    /// Adds a part; all but the last have at least [`LEAST_PART`] bytes.
    fn part(&self, begun: &mut Begun, bytes: Vec<u8>) -> impl Future<Output = Result<(), FilesError>> + Send;
    /// Ends the file: only now it is there.
    fn finish(&self, begun: Begun) -> impl Future<Output = Result<(), FilesError>> + Send;
    /// Gives the file up.
    fn give_up(&self, begun: Begun) -> impl Future<Output = Result<(), FilesError>> + Send;
}
