//! Bad input is answered with a problem that says what to mend, and never leaves a trace.

mod fields;
mod requests;
