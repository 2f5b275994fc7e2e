//! The whole system on this machine: the functions unmodified, each a process of its own behind Lambda's Runtime API,
//! with an embedded DynamoDB, routers that stand for SES, Scheduler and API Gateway, and the template's own wiring.
//!
//! What it is not: it checks no permissions, throttles nothing, and fires timers at their time rather than spread
//! over the minutes after it.

mod activity;
mod aws_error;
mod bus;
pub mod clock;
pub mod console;
mod control;
pub mod database;
mod desk;
mod files;
pub mod functions;
mod gateway;
mod lambda;
mod mail;
mod mail_event;
mod measured;
mod page;
mod pattern;
mod queues;
mod scheduler;
pub mod stack;
mod state;
mod stream;
mod table;
pub mod template;
#[cfg(test)]
mod testing;
mod token;
pub mod tour;
