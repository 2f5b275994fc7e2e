//! opt-out.
