//! What a claim leaves behind when its own item has gone.

use std::future::Future;

use domain::ClaimId;

use crate::port::StoreError;

/// What the store still knows of claims that are gone.
pub trait Forgetting: Sync {
    /// Deletes everything that is left of a claim whose own item is gone, and answers how many items that were. A claim
    /// that is there keeps all of it: the key that made the claim may have made it anew.
    fn forget(&self, id: &ClaimId) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
