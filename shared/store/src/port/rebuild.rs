//! What it takes to count every claim anew, beside the counts that are in use.

use std::collections::BTreeMap;
use std::future::Future;

use domain::insight::{Generations, Row, Tally};
use domain::{ClaimId, Month};
use serde::{Deserialize, Serialize};

use crate::port::StoreError;

/// How far a rebuild has got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The generation that it builds.
    pub generation: u32,
    /// Where the scan goes on; `None` at its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Claims seen so far.
    pub claims: u64,
    /// The earliest month that anything was counted for.
    pub first: Month,
}

/// A part of the table.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The claims in it.
    pub claims: Vec<ClaimId>,
    /// The earliest month of the counts in it.
    pub first: Option<Month>,
    /// Where the next part begins; `None` behind the last.
    pub next: Option<String>,
}

/// What counting everything anew needs of a store.
pub trait Rebuilding: Sync {
    /// The generations of counts.
    fn generations_now(&self) -> impl Future<Output = Result<Generations, StoreError>> + Send;
    /// Puts other generations in place of those that were seen; a conflict when somebody else has.
    fn put_generations(
        &self,
        seen: &Generations,
        now: &Generations,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// How far the latest rebuild had got.
    fn progress(&self) -> impl Future<Output = Result<Option<Progress>, StoreError>> + Send;
    /// Notes how far a rebuild has got.
    fn put_progress(&self, progress: &Progress) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Reads so many items of the table, of which those are told that are claims; counts of generations that are neither
    /// read nor built any more are deleted by the way.
    fn part(
        &self,
        after: Option<&str>,
        items: u16,
        generations: &Generations,
    ) -> impl Future<Output = Result<Part, StoreError>> + Send;
    /// A generation's counts of a month.
    fn rows(
        &self,
        generation: u32,
        month: Month,
    ) -> impl Future<Output = Result<BTreeMap<Row, Tally>, StoreError>> + Send;
}
