//! Files that prove claims, each with the link that there is for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::field::{FileName, PartnerId, Sha256Hex};
use domain::{EvidenceId, FileState, FileStatement, MediaType};
use serde::Serialize;

use super::Time;

/// A link that whoever has it can use until it expires.
#[derive(Debug, Serialize)]
pub struct Link<'a> {
    url: &'a str,
    expires_at: Time,
}

impl<'a> Link<'a> {
    /// A link to a place, until a time.
    pub fn new(url: &'a str, expires_at: DateTime<Utc>) -> Self {
        Self { url, expires_at: Time(expires_at) }
    }
}

/// The link by which a file is uploaded.
#[derive(Debug, Serialize)]
pub struct Upload<'a> {
    /// The link.
    #[serde(flatten)]
    pub link: Link<'a>,
    /// With what method.
    pub method: &'a str,
    /// What must be sent with it, as it is.
    pub headers: BTreeMap<&'a str, &'a str>,
}

/// A file once it is announced, with the link to upload it while it is waited for.
#[derive(Debug, Serialize)]
pub struct AnnouncedFile<'a> {
    #[serde(flatten)]
    file: File<'a>,
    upload: Option<Upload<'a>>,
}

impl<'a> AnnouncedFile<'a> {
    /// A file with the link to upload it, if there is one.
    pub fn new(file: &'a domain::EvidenceFile, upload: Option<Upload<'a>>) -> Self {
        Self { file: File::from(file), upload }
    }
}

/// A file, with the link to read it once it is verified.
#[derive(Debug, Serialize)]
pub struct EvidenceFile<'a> {
    #[serde(flatten)]
    file: File<'a>,
    download: Option<Link<'a>>,
}

impl<'a> EvidenceFile<'a> {
    /// A file with the link to read it, if there is one.
    pub fn new(file: &'a domain::EvidenceFile, download: Option<Link<'a>>) -> Self {
        Self { file: File::from(file), download }
    }
}

/// What is known of a file.
#[derive(Debug, Serialize)]
struct File<'a> {
    id: &'a EvidenceId,
    partner_id: &'a PartnerId,
    state: FileState,
    file_name: &'a FileName,
    media_type: MediaType,
    size: u64,
    sha256: &'a Sha256Hex,
    created_at: Time,
    verified_at: Option<Time>,
}

impl<'a> From<&'a domain::EvidenceFile> for File<'a> {
    fn from(file: &'a domain::EvidenceFile) -> Self {
        let domain::EvidenceFile { id, partner_id, statement, state, created_at, verified_at } = file;
        let FileStatement { file_name, media_type, size, sha256 } = statement;
        Self {
            id,
            partner_id,
            state: *state,
            file_name,
            media_type: *media_type,
            size: *size,
            sha256,
            created_at: Time(*created_at),
            verified_at: verified_at.map(Time),
        }
    }
}
