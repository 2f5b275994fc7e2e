//! The functions over the real adapters: DynamoDB as the local stack has it, SES and Scheduler as far as they are called,
//! all through the real SDK, under an HTTP layer that fails at any call.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic is how a test fails; figures are printed"
)]

mod bench;
mod calls;
mod forgotten;
mod layer;
mod races;
