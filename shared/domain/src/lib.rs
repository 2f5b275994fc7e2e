//! Claims, associations, and who decides what when.
//!
//! Everything here is pure: no AWS, no clock, no randomness, no I/O. A request is parsed into a [`Command`], which
//! [`decide`] turns into [`Event`]s for a [`Claim`] at a time under a [`Policy`]; [`evolve`] says what the claim is
//! then, [`slot_changes`] what happens to the slots, and [`effects`] what has to be done outside once both are stored.

mod announce;
pub mod calendar;
mod check;
mod claim;
mod command;
mod decide;
mod directory;
mod document;
mod effect;
mod event;
mod evidence;
mod evolve;
pub mod field;
mod id;
pub mod input;
pub mod insight;
mod link;
mod notice;
pub mod policy;
mod program;
mod role;
mod slot;
mod surroundings;
mod usage;

pub use announce::{Announcement, announcement};
pub use check::{Finding, FindingCode, MOST_CLAIMANTS, check, check_claim};
pub use claim::{Claim, ClaimedScope, Reason, ReasonCode, Standing};
pub use command::{Command, CommandName, ScopeReason, Selection, scopes_of};
pub use decide::{Rejection, decide};
pub use directory::{Channel, Partner, Subscription, SubscriptionState, Tenant};
pub use document::{
    Contact, Day, Document, Evidence, EvidenceKind, MOST_EVIDENCE, MOST_SCOPES, PartnerContact, Submission,
    evidence, scope,
};
pub use effect::{Effect, Telling, effects};
pub use event::Event;
pub use evidence::{
    EvidenceFile, FileState, FileStatement, Files, MOST_FILE_BYTES, MediaType, TELLING_BYTES, Uploaded,
};
pub use evolve::{apply, evolve};
pub use id::{AssociationId, ClaimId, EvidenceId, IdempotencyKey, ScopeId};
pub use link::{LinkDigest, LinkToken};
pub use notice::{Addressee, Link, MailState, Notice, Recipient};
pub use policy::{Policy, Window};
pub use program::{Activity, Catalogue, CatalogueEntry, Program, Scope, ScopeKind};
pub use role::{Action, Actor, ActorKind, Caller, Role, may};
pub use slot::{Claimant, Holder, Slot, SlotChange, Slots, slot_changes};
pub use surroundings::Surroundings;
pub use usage::{Delivery, Fate, Figures, Month, Months, Usage};
