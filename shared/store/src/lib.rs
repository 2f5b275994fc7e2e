//! Claims, slots and the directory in DynamoDB.
//!
//! [`port`] says what the functions need of a store, and has nothing of AWS in it; [`Dynamo`] is the store in production, and
//! [`carry_out()`] is the loop around it: read, decide, commit, and again from the start when something changed in between.

mod carry_out;
mod dynamo;
mod measure;
pub mod port;
pub mod stream;

pub use carry_out::{CarryOutError, Done, Needs, Request, carry_out, carry_out_on};
pub use dynamo::Dynamo;
pub use port::{
    Access, Attribution, ClaimQuery, Claims, Counting, Counts, Cursor, Directory, EvidenceFiles, Insights,
    Lists, Memory, Page, Part, Place, Progress, Quotas, Rebuilding, Sort, StoreError, Uncounted,
    UsageFigures,
};
