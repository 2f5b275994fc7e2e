//! Bad input is answered with a problem that says what to correct, and never leaves a trace.

mod fields;
mod requests;
