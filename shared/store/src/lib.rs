//! Claims, slots and the directory in DynamoDB.
//!
//! [`port`] says what the functions need of a store, [`Dynamo`] is the one in production, and [`carry_out()`] is the
//! loop around it: read, decide, commit, and again from the start when something changed in between.

mod carry_out;
mod dynamo;
mod item;
mod lists;
pub mod port;

/// The transition in a stream's record, whose image is in DynamoDB's JSON: `{"S": "…"}`.
///
/// # Errors
/// [`StoreError::Corrupt`] when the image is not a transition.
pub fn transition_of(image: serde_json::Map<String, serde_json::Value>) -> Result<Transition, StoreError> {
    item::transition_of(image)
}

pub use carry_out::{CarryOutError, Done, Needs, Request, carry_out};
pub use dynamo::{Dynamo, Meter};
pub use port::{
    Association, Change, ClaimQuery, Claims, Cursor, Directory, Lists, Page, Sort, StoreError, Transition,
};
