//! Evidence files: what is known of them. Their bytes are in the file store.

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::{EvidenceFile, EvidenceId};

use crate::port::StoreError;

/// Evidence files, read and written one by one.
pub trait EvidenceFiles: Sync {
    /// A file as it is now.
    fn file(&self, id: &EvidenceId) -> impl Future<Output = Result<Option<EvidenceFile>, StoreError>> + Send;
    /// Stores a file that is new until `keep_until`; answers the one that is there under its ID, where there is one.
    fn announce(
        &self,
        file: &EvidenceFile,
        keep_until: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<EvidenceFile>, StoreError>> + Send;
    /// Notes that a file's bytes were found to be what was said, and answers it as it is then. The first such note
    /// stays: who comes second has nothing to add. `None` when the file is no more.
    fn verified(
        &self,
        id: &EvidenceId,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<EvidenceFile>, StoreError>> + Send;
}
