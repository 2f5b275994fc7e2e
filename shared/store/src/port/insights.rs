//! Counts of claims, kept up as claims change, and read by the vendor.

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Utc};
use domain::field::{CatalogueCode, PartnerId};
use domain::insight::{Counted, Generations, Recount, Row, Tally};
use domain::{Claim, ClaimId, Months, Program};

use crate::port::StoreError;

/// A claim as it is, and what has been counted of it.
#[derive(Debug, Clone)]
pub struct Uncounted {
    /// Which claim.
    pub id: ClaimId,
    /// The claim; `None` when it is gone.
    pub claim: Option<Claim>,
    /// What has been counted of it.
    pub counted: Option<Counted>,
}

/// Counts, as whoever keeps them up needs them.
pub trait Counting: Sync {
    /// The generations of counts, and these claims with what has been counted of them. No claim may be named twice.
    fn counting(
        &self,
        claims: &[ClaimId],
    ) -> impl Future<Output = Result<(Generations, Vec<Uncounted>), StoreError>> + Send;
    /// Stores what claims are counted as, and the counts, all or nothing.
    ///
    /// [`StoreError::Conflict`] when somebody has counted one of the claims meanwhile, or changes the same counts now.
    fn store_counts(
        &self,
        recount: &Recount,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The counts of rows, and when the latest of them last changed.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// The rows that have counts.
    pub rows: BTreeMap<Row, Tally>,
    /// When the latest of them changed; `None` without rows.
    pub counted_at: Option<DateTime<Utc>>,
}

impl Counts {
    /// What rows of several books come to, each with when it last changed.
    pub fn of(rows: impl IntoIterator<Item = (Row, Tally, DateTime<Utc>)>) -> Self {
        let mut counts = Self::default();
        for (row, tally, at) in rows {
            counts.rows.entry(row).or_default().add_all(&tally);
            counts.counted_at = counts.counted_at.max(Some(at));
        }
        counts.rows.retain(|_, tally| !tally.is_empty());
        counts
    }
}

/// Counts, as the vendor reads them.
pub trait Insights: Sync {
    /// The counts of months, of claims that are there and of those that are gone.
    fn counts(&self, months: Months) -> impl Future<Output = Result<Counts, StoreError>> + Send;
    /// The partners that hold the most associations under a programme for a workload or product, the first ones first.
    fn leaders(
        &self,
        program: Program,
        code: &CatalogueCode,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(PartnerId, u64)>, StoreError>> + Send;
}
