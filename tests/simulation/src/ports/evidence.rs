//! Evidence files, in memory: what is known of them.

use chrono::{DateTime, Utc};
use domain::{EvidenceFile, EvidenceId, FileState};
use store::{EvidenceFiles, StoreError};

use super::Memory;

impl EvidenceFiles for Memory {
    async fn file(&self, id: &EvidenceId) -> Result<Option<EvidenceFile>, StoreError> {
        self.read("GetItem", |world| world.table.files.get(id).cloned()).await
    }

    async fn announce(
        &self,
        file: &EvidenceFile,
        _: DateTime<Utc>,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        self.write("PutItem", |world| {
            let known = world.table.files.get(&file.id).cloned();
            world.table.files.entry(file.id.clone()).or_insert_with(|| file.clone());
            Ok(known)
        })
        .await
    }

    async fn verified(&self, id: &EvidenceId, at: DateTime<Utc>) -> Result<Option<EvidenceFile>, StoreError> {
        self.write("UpdateItem", |world| {
            let file = world.table.files.get_mut(id);
            Ok(file.map(|file| {
                file.state = FileState::Verified;
                file.verified_at.get_or_insert(at);
                file.clone()
            }))
        })
        .await
    }
}
