//! Claims changed: their counts are brought up to what the claims are now.
//!
//! A record only says which claim to look at. What is counted follows from the claim as it is and from what was counted of
//! it, so that records that come twice, late, out of order or not at all for a while lead to the same counts.

use domain::insight::{Contribution, Generations, Recount};
use domain::{ClaimId, Month};
use store::{Counting, StoreError, Uncounted};

use crate::Follow;

/// Claims read in one round trip: a batch takes 100 keys, two for each claim and one for the generations.
const AT_ONCE: usize = 49;
/// What one transaction takes. One claim alone changes at most 81: itself, and with all of its 20 scopes replaced 40 rows
/// in two generations.
const MOST_ITEMS: usize = 100;
/// How often claims are counted again when somebody else changes the same counts, before the stream has to repeat them.
const ATTEMPTS: u32 = 8;

impl<S: Counting> Follow<S> {
    /// Counts claims, and answers the earliest month that any of them counts in. Many of them share few transactions: a row
    /// that all of them change is written once for all.
    ///
    /// # Errors
    /// [`StoreError`] when it has to be tried again; claims counted by then are not counted twice.
    pub async fn count(&self, claims: &[ClaimId]) -> Result<Option<Month>, StoreError> {
        let mut distinct = claims.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut earliest = None;
        for some in distinct.chunks(AT_ONCE) {
            earliest = earliest.into_iter().chain(self.count_some(some).await?).min();
        }
        Ok(earliest)
    }

    async fn count_some(&self, claims: &[ClaimId]) -> Result<Option<Month>, StoreError> {
        let mut attempt = 1;
        loop {
            let (generations, read) = self.executor.store.counting(claims).await?;
            match self.store_all(&generations, &read).await {
                Ok(()) => {
                    let months = read.iter().filter_map(|one| Contribution::of(one.claim.as_ref()?));
                    return Ok(months.map(|contribution| contribution.month).min());
                }
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                    tokio::time::sleep((self.pause)(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn store_all(&self, generations: &Generations, read: &[Uncounted]) -> Result<(), StoreError> {
        let fed = generations.fed();
        let mut recount = Recount::default();
        for one in read {
            let counted = one.counted.as_ref();
            if counted.is_some_and(|counted| counted.generations.iter().any(|one| *one > generations.newest))
            {
                // A rebuild has begun since the generations were read.
                return Err(StoreError::Conflict);
            }
            // Of a claim that is gone the counts stay until it is forgotten, and then too.
            let Some(claim) = &one.claim else { continue };
            let mut with = recount.clone();
            with.claim(&fed, claim, counted);
            if with.items() > MOST_ITEMS {
                self.executor.store.store_counts(&recount, self.executor.clock.now()).await?;
                with = Recount::default();
                with.claim(&fed, claim, counted);
            }
            recount = with;
        }
        if recount.is_empty() {
            return Ok(());
        }
        self.executor.store.store_counts(&recount, self.executor.clock.now()).await
    }

    /// Moves the counts of a claim that is gone to where they stay.
    ///
    /// # Errors
    /// [`StoreError`] when it has to be tried again.
    pub(crate) async fn keep_counts(&self, id: &ClaimId) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            let (generations, read) = self.executor.store.counting(std::slice::from_ref(id)).await?;
            let Some(Uncounted { claim: None, counted: Some(counted), .. }) = read.first() else {
                return Ok(());
            };
            let mut recount = Recount::default();
            recount.gone(&generations.fed(), id, counted);
            match self.executor.store.store_counts(&recount, self.executor.clock.now()).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                    tokio::time::sleep((self.pause)(attempt)).await;
                    attempt += 1;
                }
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests;
