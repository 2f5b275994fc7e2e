//! Evidence files: what is known of them. Their bytes are in the file store.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use chrono::{DateTime, Utc};
use domain::{EvidenceFile, EvidenceId, FileState};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key};
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
        let mut item = item::write(&Key::evidence(&file.id), "evidence", file)?;
        item.insert("ttl".to_owned(), AttributeValue::N(keep_until.timestamp().to_string()));
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(found)) => {
                    found.item().cloned().map(item::read).transpose()
                }
                _ => Err(StoreError::database("PutItem", error)),
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
            .send()
            .await;
        match answer {
            Ok(answer) => answer.attributes.map(item::read).transpose(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(StoreError::database("UpdateItem", error)),
            },
        }
    }
}
