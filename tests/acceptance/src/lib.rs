//! acceptance.
