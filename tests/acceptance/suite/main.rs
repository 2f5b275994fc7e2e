//! The acceptance suite: what callers, customers and people at a console may rely on, tried from outside.
//!
//! Every test starts a stack of its own and speaks to it over HTTP only. Names of tests are claims.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that finds nothing has failed, as the test itself would"
)]

mod driver;

mod bad_input;
mod bodies;
mod browser;
mod bulk;
mod competition;
mod customer;
mod directory;
mod events;
mod evidence;
mod export;
mod idempotency;
mod injection;
mod insights;
mod isolation;
mod languages;
mod limits;
mod links;
mod lists;
mod local_stack;
mod logs;
mod mail_outcomes;
mod main_line;
mod metrics;
mod openapi;
mod readme;
mod retention;
mod review;
mod roles;
mod subscriptions;
mod usage;
