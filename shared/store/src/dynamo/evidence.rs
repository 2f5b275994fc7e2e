//! Evidence files: what is known of them. Their bytes are in the file store.

use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, Utc};
use domain::{EvidenceFile, EvidenceId, FileState};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key, text};
use crate::dynamo::write::{Write, Written};
use crate::port::{EvidenceFiles, StoreError};

impl EvidenceFiles for Dynamo {
    async fn file(&self, id: &EvidenceId) -> Result<Option<EvidenceFile>, StoreError> {
        self.get_item(&Key::evidence(id), true).await?.map(item::read).transpose()
    }

    async fn announce(
        &self,
        file: &EvidenceFile,
        keep_until: DateTime<Utc>,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        let item = item::write(&Key::evidence(&file.id), "evidence", file)?;
        let item = item::until(item, keep_until);
        match self.write(Write::put(item).if_absent().showing_what_is_there()).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(found) => found.map(item::read).transpose(),
        }
    }

    async fn verified(&self, id: &EvidenceId, at: DateTime<Utc>) -> Result<Option<EvidenceFile>, StoreError> {
        let set = "SET #state = :verified, verified_at = if_not_exists(verified_at, :at)";
        let update = Write::update(&Key::evidence(id), set)
            .only_if("attribute_exists(pk)")
            .name("#state", "state")
            .value(":verified", text(FileState::Verified.code()))
            .value(":at", text(item::time(at)))
            .answering(ReturnValue::AllNew);
        match self.write(update).await? {
            Written::Done(file) => file.map(item::read).transpose(),
            Written::Refused(_) => Ok(None),
        }
    }
}
