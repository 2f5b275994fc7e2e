//! Simulation of the whole system: the real domain, the real loop around the store and the real handlers of all
//! functions, driven by a seed over backends in memory, with a virtual clock and everything that can go wrong outside.
//!
//! [`play`] plays one history: people act, triggers fire, time passes, calls fail, functions die; after every commit and
//! every step the invariants are checked ([`watch`]); at the end faults stop, time runs on, and everything has to settle.
//! A history is determined by its [`Script`].

pub mod cast;
pub mod figures;
pub mod functions;
mod history;
pub mod ports;
pub mod rng;
mod run;
pub mod stage;
pub mod stream;
pub mod table;
pub mod watch;
pub mod world;

pub use figures::Figures;
pub use history::{Outcome, Script, play};
pub use run::{Failure, Run, run, shrink};
