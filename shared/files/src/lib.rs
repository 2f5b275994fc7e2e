//! Files in S3.
//!
//! [`port`] says what the functions need of a file store, [`Bucket`] is the one in production. Only the functions that
//! work with files depend on this crate: the others start faster without its SDK.

mod bucket;
mod content;
pub mod port;

pub use bucket::Bucket;
pub use port::{Begun, Download, Exports, FilesError, Found, LEAST_PART, Link, Proofs, Readable};
