//! Claims, slots and the directory in DynamoDB.
//!
//! [`port`] says what the functions need of a store, and has nothing of AWS in it; [`Dynamo`] is the store in production, and
//! [`Executor`] is the loop around it: read, decide, commit, and again from the start when something changed in between.

mod dynamo;
mod execute;
mod measure;
pub mod port;
pub mod stream;

pub use dynamo::Dynamo;
pub use execute::{Created, Creation, Done, ExecuteError, Executor, Requester, Sees};
pub use port::{
    Access, Attribution, ClaimQuery, Claims, Counting, Counts, Cursor, Directory, EvidenceFiles, Forgetting,
    Insights, Lists, Page, Part, Place, Progress, Quotas, Rebuilding, Sort, StoreError, Uncounted,
    UsageFigures,
};
