//! Writes a table to where it fits: into memory while it is small, into the file store part by part when it is not. No more
//! than one part is ever held.

use domain::Claim;
use files::{Begun, Exports, FilesError};

use crate::AS_CSV;
use crate::table::Table;

/// The size of a part, in bytes, from which it is sent. S3 takes 10,000 parts: 80 GiB.
const PART: usize = 8 * 1024 * 1024;
const _: () = assert!(PART >= files::LEAST_PART);

/// A table that is being written.
pub(crate) struct Writer<'a, F> {
    files: &'a F,
    key: String,
    most_inline: usize,
    table: Table,
    begun: Option<Begun>,
}

/// Where the table is.
pub(crate) enum Written {
    /// Here.
    Table(Vec<u8>),
    /// In the file store, under this key.
    File(String),
}

impl<'a, F: Exports> Writer<'a, F> {
    /// A table that goes to `key` when it has more than `most_inline` bytes.
    pub fn new(files: &'a F, key: String, most_inline: usize) -> Self {
        Self { files, key, most_inline, table: Table::new(), begun: None }
    }

    /// Adds claims.
    pub async fn add(&mut self, claims: &[Claim]) -> Result<(), FilesError> {
        claims.iter().for_each(|claim| self.table.add(claim));
        if self.table.len() < PART {
            return Ok(());
        }
        let bytes = self.table.take();
        self.send(bytes).await
    }

    /// Ends the table.
    pub async fn finish(mut self) -> Result<Written, FilesError> {
        let rest = self.table.take();
        if self.begun.is_none() && rest.len() <= self.most_inline {
            return Ok(Written::Table(rest));
        }
        if let Err(error) = self.send(rest).await {
            self.give_up().await;
            return Err(error);
        }
        if let Some(begun) = self.begun {
            self.files.finish(begun).await?;
        }
        Ok(Written::File(self.key))
    }

    /// Gives the table up, and what was sent of it.
    pub async fn give_up(self) {
        let Some(begun) = self.begun else { return };
        if let Err(error) = self.files.give_up(begun).await {
            // The bucket forgets unfinished files by itself, after a day.
            tracing::warn!(error = %runtime::Causes(&error), "an unfinished export was left behind");
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), FilesError> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            none => none.insert(self.files.begin(&self.key, AS_CSV.media_type).await?),
        };
        // A file has at least one part, and no part is empty but the only one.
        if bytes.is_empty() && !begun.parts.is_empty() {
            return Ok(());
        }
        self.files.part(begun, bytes).await
    }
}
