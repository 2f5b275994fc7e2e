//! What the vendor knows: programmes, what can be claimed under each, partners and tenants.

pub mod catalogue;
pub mod partner;
pub mod program;
pub mod tenant;
