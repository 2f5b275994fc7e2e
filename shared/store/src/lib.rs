//! Claims, slots and the directory in DynamoDB.
//!
//! [`port`] says what the functions need of a store, [`Dynamo`] is the one in production, and [`Executor`] is the loop
//! around it: read, decide, commit, and again from the start when something changed in between.

mod dynamo;
mod evidence;
mod execute;
mod forget;
mod insights;
mod item;
mod lists;
mod measure;
pub mod port;
mod quota;
mod rebuild;
pub mod stream;
mod usage;

pub use dynamo::{Dynamo, Meter};
pub use evidence::EvidenceFiles;
pub use execute::{Created, Creation, Done, ExecuteError, Executor, Requester, Sees};
pub use forget::Memory;
pub use insights::{Counting, Counts, Insights, Uncounted};
pub use port::{ClaimQuery, Claims, Cursor, Directory, Lists, Page, Sort, StoreError};
pub use quota::Quotas;
pub use rebuild::{Part, Progress, Rebuilding};
pub use usage::{Access, Attribution, UsageFigures};
