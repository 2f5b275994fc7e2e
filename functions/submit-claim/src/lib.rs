//! submit-claim.
