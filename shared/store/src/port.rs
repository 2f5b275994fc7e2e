//! What the functions need of a store: a trait for each need, and plain types. DynamoDB is one store; tests and simulations
//! bring others.

mod claims;
mod directory;
mod evidence;
mod forget;
mod insights;
mod lists;
mod page;
mod quota;
mod rebuild;
mod usage;

use domain::Claim;

pub use claims::Claims;
pub use directory::Directory;
pub use evidence::EvidenceFiles;
pub use forget::Forgetting;
pub use insights::{Counting, Counts, Insights, Uncounted};
pub use lists::{ClaimQuery, Lists, Sort};
pub use page::{Cursor, Page, Place};
pub use quota::Quotas;
pub use rebuild::{Part, Progress, Rebuilding};
pub use usage::{Access, Attribution, UsageFigures};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that was read has changed meanwhile. Read and decide again.
    #[error("what was read has changed meanwhile")]
    Conflict,
    /// The claim that was to be created exists.
    #[error("the claim exists")]
    Exists(Box<Claim>),
    /// A cursor does not belong to the list that it was brought to.
    #[error("the cursor belongs to another list")]
    Cursor,
    /// What is stored cannot be read.
    #[error("what is stored under {key} cannot be read")]
    Corrupt {
        /// The item's key.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database did not answer, or refused.
    #[error("the database failed at {call}")]
    Database {
        /// The call.
        call: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// What is stored under a key cannot be read.
    pub fn corrupt(key: &str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Corrupt { key: key.to_owned(), source: Box::new(source) }
    }

    /// The database did not answer a call, or refused it.
    pub fn database(call: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Database { call, source: source.into() }
    }
}
