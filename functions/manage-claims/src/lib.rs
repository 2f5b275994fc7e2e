//! manage-claims.
