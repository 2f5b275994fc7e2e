//! What every store must do, tried on DynamoDB as the local stack has it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod bench;
mod cost;
mod evidence;
mod forget;
mod insights;
mod lists;
mod overdue;
mod quota;
mod usage;
mod writes;
