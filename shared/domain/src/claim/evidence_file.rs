//! Files that show the work: what a partner says of one before it uploads it, and whether what arrived is that.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::value::field::{FileName, PartnerId, Sha256Hex, codes};
use crate::value::id::EvidenceId;
use crate::value::input;
use crate::value::input::InputError;

/// The largest file that is taken, in bytes.
pub const MOST_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// How many of a file's first bytes tell its kind.
pub const TELLING_BYTES: u64 = 1024;

codes! {
    /// What kind of file.
    MediaType {
        /// PDF.
        Pdf = "application/pdf",
        /// A PNG image.
        Png = "image/png",
        /// A JPEG image.
        Jpeg = "image/jpeg",
        /// A Word document (DOCX).
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
}

codes! {
    /// How far a file has come.
    FileState {
        /// Announced; its bytes have not been looked at.
        Waiting = "waiting",
        /// Its bytes are what its partner said of them.
        Verified = "verified",
    }
}

/// What a partner says of a file before it uploads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStatement {
    /// Its name, as it is shown and saved.
    pub file_name: FileName,
    /// What kind of file it is.
    pub media_type: MediaType,
    /// Its length in bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub sha256: Sha256Hex,
}

/// A file as the service knows it. Its bytes are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Its ID.
    pub id: EvidenceId,
    /// Whose it is.
    pub partner_id: PartnerId,
    /// What its partner says of it.
    #[serde(flatten)]
    pub statement: FileStatement,
    /// How far it has come.
    pub state: FileState,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When its bytes were found to be what was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<DateTime<Utc>>,
}

/// What was found of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Its length in bytes.
    pub size: u64,
    /// The digest of its bytes, where the file store has one.
    pub sha256: Option<Sha256Hex>,
    /// Its first bytes, up to [`TELLING_BYTES`].
    pub first: Vec<u8>,
}

/// The files that claims name, by their IDs. One that is missing is unknown.
pub type Files = BTreeMap<EvidenceId, EvidenceFile>;

impl FileStatement {
    /// Parses the body of `POST /evidence`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(body: &Value) -> Result<Self, Vec<InputError>> {
        input::read(body, |body| {
            let (file_name, media_type) = (body.required("file_name"), body.required("media_type"));
            let (size, sha256) = (body.required_count("size"), body.required("sha256"));
            if size.is_some_and(|size| !(1..=MOST_FILE_BYTES).contains(&size)) {
                body.wrong("size", "out_of_range", format!("must be 1 to {MOST_FILE_BYTES} bytes"));
            }
            Some(Self { file_name: file_name?, media_type: media_type?, size: size?, sha256: sha256? })
        })
    }

    /// What is wrong with an uploaded file, by what was said of it; nothing when it is acceptable.
    pub fn judge(&self, uploaded: &Uploaded) -> Vec<InputError> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, code: &str, detail: String| {
            errors.push(InputError::at(pointer, code, detail));
        };
        if uploaded.size != self.size {
            let detail = format!("{} bytes were announced and {} uploaded", self.size, uploaded.size);
            wrong("/size", "wrong_size", detail);
        }
        if uploaded.sha256.as_ref() != Some(&self.sha256) {
            wrong("/sha256", "wrong_digest", "is not the digest of what was uploaded".to_owned());
        }
        if !self.media_type.fits(&uploaded.first) {
            let detail = format!("what was uploaded does not begin as {} does", self.media_type);
            wrong("/media_type", "wrong_media_type", detail);
        }
        errors
    }
}

impl MediaType {
    /// Whether a file of this kind begins with these bytes.
    pub fn fits(self, first: &[u8]) -> bool {
        match self {
            // Readers take a header anywhere in the first kilobyte, and so do the programs that write one.
            Self::Pdf => first.windows(5).any(|bytes| bytes == b"%PDF-"),
            Self::Png => first.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => first.starts_with(b"\xff\xd8\xff"),
            Self::Docx => is_docx(first),
        }
    }
}

/// A ZIP archive whose first entry is named as one of a Word document's.
fn is_docx(first: &[u8]) -> bool {
    // A local file header: the length of the name at 26, the name at 30.
    let [b'P', b'K', 3, 4, ..] = first else { return false };
    let Some(length) = first.get(26..28) else { return false };
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let Some(name) = first.get(30..30 + length) else { return false };
    name == b"[Content_Types].xml"
        || [&b"_rels/"[..], b"word/", b"docProps/", b"customXml/"].iter().any(|part| name.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_begin_as_their_kind_does() {
        let mut docx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0".to_vec();
        docx.extend_from_slice(b"[Content_Types].xml");
        let mut zip = docx.clone();
        zip.truncate(30);
        zip.extend_from_slice(b"malware/program.exe");
        let samples: [(&[u8], Option<MediaType>); 8] = [
            (b"%PDF-1.7\n", Some(MediaType::Pdf)),
            (b"\xef\xbb\xbf\n%PDF-1.4", Some(MediaType::Pdf)),
            (b"\x89PNG\r\n\x1a\n....", Some(MediaType::Png)),
            (b"\xff\xd8\xff\xe0..JFIF", Some(MediaType::Jpeg)),
            (&docx, Some(MediaType::Docx)),
            (&zip, None),
            (b"MZ\x90\0", None),
            (b"", None),
        ];
        for (bytes, kind) in samples {
            for media_type in MediaType::ALL {
                assert_eq!(media_type.fits(bytes), Some(*media_type) == kind, "{media_type}: {bytes:?}");
            }
        }
    }
}
