//! What a claim leaves behind when its own item has gone.

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, TransactWriteItem};
use domain::ClaimId;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key};
use crate::dynamo::query::Query;
use crate::port::{Memory, StoreError};

/// Items deleted in one transaction. A transaction takes 100 items and 4 MB, what is deleted included.
const AT_ONCE: usize = 20;

impl Memory for Dynamo {
    /// In transactions, at twice the price of plain deletes, because only a transaction can say "if there is no such claim":
    /// whoever repeats the record of a removal must not delete the history of a claim that was made since.
    async fn forget(&self, id: &ClaimId) -> Result<usize, StoreError> {
        // All of the claim's partition: whatever is ever kept beside a claim goes with it.
        let left = Query::of_table(id.to_string());
        let mut forgotten = 0;
        loop {
            let (items, _) = self.query(&left, AT_ONCE, None).await?;
            let keys: Vec<_> = items.iter().map(Key::of).collect();
            if keys.is_empty() || keys.iter().any(|key| key.sk == item::CLAIM) {
                return Ok(forgotten);
            }
            forgotten += keys.len();
            self.delete_unless_there(id, keys).await?;
        }
    }
}

impl Dynamo {
    async fn delete_unless_there(&self, id: &ClaimId, keys: Vec<Key>) -> Result<(), StoreError> {
        let invalid = |error| StoreError::database("TransactWriteItems", error);
        let gone = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(Key::claim(id).item()))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(invalid)?;
        let mut writes = vec![TransactWriteItem::builder().condition_check(gone).build()];
        for key in keys {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(key.item()));
            let delete = delete.build().map_err(invalid)?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        self.transact(writes, &[]).await
    }
}
