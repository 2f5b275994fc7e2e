//! Evidence files: what is known of them. Their bytes are in the file store.

use std::future::Future;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use chrono::{DateTime, Utc};
use domain::{EvidenceFile, EvidenceId, FileState};

use crate::dynamo::{Dynamo, failed};
use crate::item::{self, Key};
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

impl EvidenceFiles for Dynamo {
    async fn file(&self, id: &EvidenceId) -> Result<Option<EvidenceFile>, StoreError> {
        self.get_item(&Key::evidence(id), true).await?.map(item::read).transpose()
    }

    async fn announce(
        &self,
        file: &EvidenceFile,
        keep_until: DateTime<Utc>,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        let mut item = item::write(&Key::evidence(&file.id), "evidence", file)?;
        item.insert("ttl".to_owned(), AttributeValue::N(keep_until.timestamp().to_string()));
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Ok(None)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(found)) => {
                    found.item().cloned().map(item::read).transpose()
                }
                _ => Err(failed("PutItem", error)),
            },
        }
    }

    async fn verified(&self, id: &EvidenceId, at: DateTime<Utc>) -> Result<Option<EvidenceFile>, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::evidence(id).item()))
            .update_expression("SET #state = :verified, verified_at = if_not_exists(verified_at, :at)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":verified", item::text(FileState::Verified.code()))
            .expression_attribute_values(":at", item::text(item::time(at)))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                answer.attributes.map(item::read).transpose()
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(failed("UpdateItem", error)),
            },
        }
    }
}
