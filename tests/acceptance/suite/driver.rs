//! What the tests say, and how it is said to a stack.

mod browser;
mod caller;
mod claim;
mod customer;
mod deployed;
mod description;
mod names;
mod process;
mod response;
mod secrets;
mod stack;

pub use browser::{Browser, Wish};
pub use caller::Caller;
pub use claim::{CONTOSO, CSP, ClaimBody, EXPIRED, FABRIKAM, GRACE, SALES, Submitted, WINGTIP};
pub use customer::{Link, Mail};
pub use description::{Description, Operation, body, caller_of, id_of};
pub use process::{Directory, Process, local_program, signal};
pub use response::Response;
pub use secrets::Secrets;
pub use stack::{Stack, time};
