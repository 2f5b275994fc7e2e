//! promote.
