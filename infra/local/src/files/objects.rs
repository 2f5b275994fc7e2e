//! The objects of the bucket: one file for the bytes of each and one for what is known of it, in the stack's home.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::state::{Home, replace};
use crate::template::Bucket;

/// S3 takes no part that is smaller, but the last.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// The objects of one bucket.
#[derive(Clone)]
pub struct Objects {
    bucket: Bucket,
    dir: PathBuf,
}

/// What is known of an object, or of one that is being written in parts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it is.
    pub media_type: String,
    /// The digest that it was uploaded with, in base64.
    pub sha256: Option<String>,
    /// What stands for its bytes.
    pub tag: String,
    /// When it was written, or begun.
    pub at: DateTime<Utc>,
}

impl Objects {
    /// Opens the bucket's directory.
    pub fn open(bucket: Bucket, home: &Home) -> Result<Self> {
        let dir = home.path("files");
        fs::create_dir_all(dir.join("uploads")).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self { bucket, dir })
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket.name
    }

    /// Writes an object; answers its tag.
    pub fn put(
        &self,
        key: &str,
        bytes: &[u8],
        media_type: &str,
        sha256: Option<String>,
        at: DateTime<Utc>,
    ) -> Result<String> {
        let (tag, size) = (tag_of(bytes), bytes.len() as u64);
        replace(&self.bytes(key), bytes)?;
        self.note(Object { key: key.to_owned(), size, media_type: media_type.to_owned(), sha256, tag, at })
    }

    /// What is known of an object.
    pub fn find(&self, key: &str) -> Result<Option<Object>> {
        load(self.about(key))
    }

    /// Some of an object's bytes.
    pub fn read(&self, object: &Object, from: u64, to: u64) -> Result<Vec<u8>> {
        let path = self.bytes(&object.key);
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(from))?;
                file.take(to - from).read_to_end(&mut bytes)
            })
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(bytes)
    }

    /// Begins an object in parts; answers the upload's ID.
    pub fn begin(&self, key: &str, media_type: &str, at: DateTime<Utc>) -> Result<String> {
        let upload = Uuid::new_v4().to_string();
        let dir = self.upload(&upload);
        fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let (key, media_type) = (key.to_owned(), media_type.to_owned());
        let begun = Object { key, size: 0, media_type, sha256: None, tag: String::new(), at };
        save(dir.join("about.json"), &begun)?;
        Ok(upload)
    }

    /// Writes a part; answers its tag, or nothing where there is no such upload.
    pub fn put_part(&self, upload: &str, number: u32, bytes: &[u8]) -> Result<Option<String>> {
        let dir = self.upload(upload);
        if !dir.is_dir() {
            return Ok(None);
        }
        replace(&dir.join(format!("{number:05}")), bytes)?;
        Ok(Some(tag_of(bytes)))
    }

    /// Puts an object together of its parts; answers its tag, or the name of what is wrong with them.
    pub fn complete(
        &self,
        key: &str,
        upload: &str,
        parts: &[u32],
        at: DateTime<Utc>,
    ) -> Result<std::result::Result<String, &'static str>> {
        let dir = self.upload(upload);
        let Some(begun) = load::<Object>(dir.join("about.json"))?.filter(|begun| begun.key == key) else {
            return Ok(Err("NoSuchUpload"));
        };
        let paths: Vec<_> = parts.iter().map(|number| dir.join(format!("{number:05}"))).collect();
        if paths.is_empty() || !paths.iter().all(|path| path.is_file()) {
            return Ok(Err("InvalidPart"));
        }
        let size = |path: &PathBuf| fs::metadata(path).map_or(0, |known| known.len());
        if paths[..paths.len() - 1].iter().any(|path| size(path) < LEAST_PART) {
            return Ok(Err("EntityTooSmall"));
        }
        let fresh = dir.join("whole");
        let whole = || -> io::Result<u64> {
            let mut whole = File::create(&fresh)?;
            let mut size = 0;
            for path in &paths {
                size += io::copy(&mut File::open(path)?, &mut whole)?;
            }
            fs::rename(&fresh, self.bytes(key))?;
            Ok(size)
        };
        let size = whole().with_context(|| format!("cannot write {key}"))?;
        self.abort(upload)?;
        let tag = format!("{}-{}", tag_of(upload.as_bytes()), parts.len());
        self.note(Object { size, tag, at, ..begun }).map(Ok)
    }

    /// Forgets an upload in parts.
    pub fn abort(&self, upload: &str) -> Result<()> {
        let dir = self.upload(upload);
        if dir.is_dir() {
            fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))
        } else {
            Ok(())
        }
    }

    /// Deletes what the bucket's rules say has expired by `now`; answers how many objects.
    pub fn sweep(&self, now: DateTime<Utc>) -> Result<usize> {
        let mut swept = 0;
        for object in self.all("json")? {
            let object: Object = match load(object)? {
                Some(object) => object,
                None => continue,
            };
            let expired = |(prefix, days): &(String, i64)| {
                object.key.starts_with(prefix) && object.at + TimeDelta::days(*days) <= now
            };
            if self.bucket.expiry.iter().any(expired) {
                for path in [self.about(&object.key), self.bytes(&object.key)] {
                    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                }
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn all(&self, extension: &str) -> Result<Vec<PathBuf>> {
        let entries =
            fs::read_dir(&self.dir).with_context(|| format!("cannot read {}", self.dir.display()))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(paths.filter(|path| path.extension().is_some_and(|known| known == extension)).collect())
    }

    fn note(&self, object: Object) -> Result<String> {
        save(self.about(&object.key), &object)?;
        Ok(object.tag)
    }

    /// A key may hold anything; a file's name may not.
    fn name(&self, key: &str) -> PathBuf {
        self.dir.join(HEXLOWER.encode(digest(&SHA256, key.as_bytes()).as_ref()))
    }

    fn bytes(&self, key: &str) -> PathBuf {
        self.name(key).with_extension("bytes")
    }

    fn about(&self, key: &str) -> PathBuf {
        self.name(key).with_extension("json")
    }

    /// An upload's directory. An ID that is none of ours leads nowhere.
    fn upload(&self, id: &str) -> PathBuf {
        let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        self.dir.join("uploads").join(if id.is_empty() { "none" } else { &id })
    }
}

fn tag_of(bytes: &[u8]) -> String {
    HEXLOWER.encode(&digest(&SHA256, bytes).as_ref()[..16])
}

fn save(path: PathBuf, object: &Object) -> Result<()> {
    replace(&path, &serde_json::to_vec(object).context("cannot write JSON")?)
}

fn load<T: serde::de::DeserializeOwned>(path: PathBuf) -> Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).map(Some).with_context(|| format!("{} is damaged", path.display()))
}
