//! What a claim leaves behind when its own item has gone.

use domain::ClaimId;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key};
use crate::dynamo::query::Query;
use crate::dynamo::write::Write;
use crate::port::{Forgetting, StoreError};

/// Items deleted in one transaction. A transaction takes 100 items and 4 MB, what is deleted included.
const AT_ONCE: usize = 20;

impl Forgetting for Dynamo {
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
            let deletes = keys.iter().map(Write::delete).collect();
            self.transact_without(&Key::claim(id), deletes).await?.or_conflict()?;
        }
    }
}
