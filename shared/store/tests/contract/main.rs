//! What every store must do, tried on DynamoDB as the local stack has it.

mod bench;
mod cost;
mod lists;
mod usage;
mod writes;
