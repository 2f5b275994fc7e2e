//! Mails: what they say ([`CustomerNotice`], [`PartnerUpdate`]) and how they leave ([`Post`]).
//!
//! The views are plain data, so that this crate depends on no rule of the domain. Names in them may come from anybody:
//! [`text::safe`] makes them harmless here, so callers pass them as they are.

mod letter;
mod notice;
mod send;
mod update;

pub use letter::Rendered;
pub use notice::CustomerNotice;
pub use send::{MessageId, Outgoing, Post, SendError, SesPost};
pub use update::{PartnerUpdate, Reason, ScopeLine, UpdateKind};
