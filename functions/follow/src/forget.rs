//! A claim's item is gone: its retention has passed, or somebody has deleted it. What is left of it goes too.

use domain::ClaimId;
use store::{Counting, Forgetting, StoreError};

use crate::Follow;

impl<S: Counting + Forgetting> Follow<S> {
    /// Forgets what a claim that is gone has left behind: its history, with the names, addresses and words in it. Only that
    /// it was one of so many stays, in the counts.
    ///
    /// # Errors
    /// [`StoreError`] when it has to be tried again; doing so deletes what is left.
    pub async fn claim_gone(&self, id: &ClaimId) -> Result<(), StoreError> {
        // First the counts: they are found by what was counted of the claim, which goes with the rest.
        self.keep_counts(id).await?;
        let forgotten = self.executor.store.forget(id).await?;
        tracing::info!(claim_id = %id, items = forgotten, "claim forgotten");
        Ok(())
    }
}
