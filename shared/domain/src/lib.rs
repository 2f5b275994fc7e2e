//! Claims, associations, and who decides what when.
//!
//! Everything here is pure: no AWS, no clock, no randomness, no I/O. A request is parsed into a [`Command`], which
//! [`decide`] turns into [`Event`]s for a [`Claim`] at a time under a [`Policy`]; [`evolve`] says what the claim is
//! then, [`slot_changes`] what happens to the slots, and [`effects`] what has to be done outside once both are stored.
//!
//! The rooms stand on one another: `value`, `calendar`, `directory`, `policy` and `role`, `claim`, `decide`, `change`, and
//! on top of all `insight` and `usage`. Nothing imports what stands above it; `tests/rooms.rs` holds that.

pub mod calendar;
mod change;
mod claim;
mod decide;
mod directory;
pub mod insight;
pub mod policy;
mod role;
mod usage;
mod value;

pub use change::announcement::{Announcement, announcement, happened};
pub use change::effect::{Effect, PartnerNews, effects};
pub use change::evolve::{apply, evolve};
pub use change::slot_changes::{SlotChange, slot_changes};
pub use change::{Change, Transition, due_at};
pub use claim::Claim;
pub use claim::event::Event;
pub use claim::evidence_file::{
    EvidenceFile, FileState, FileStatement, Files, MOST_FILE_BYTES, MediaType, TELLING_BYTES, Uploaded,
};
pub use claim::finding::{Finding, FindingCode};
pub use claim::lifecycle::CommandName;
pub use claim::link::{LinkDigest, LinkToken};
pub use claim::notice::{Addressee, Link, MailState, Notice, NoticeNumber, Recipient};
pub use claim::reason::{Reason, ReasonCode, ScopeReason, scopes_of};
pub use claim::scope::{ClaimedScope, State, Tenure};
pub use claim::slot::{Association, Claimant, Holder, Slot, Slots};
pub use claim::standing::Standing;
pub use claim::submission::{
    ClaimDetails, Contact, Evidence, EvidenceKind, MOST_EVIDENCE, MOST_SCOPES, PartnerContact, Submission,
    evidence,
};
pub use decide::check::{MOST_CLAIMANTS, check, check_claim};
pub use decide::command::{Command, Selection};
pub use decide::context::{Context, DirectoryEntries, Needs, Unread};
pub use decide::decide;
pub use decide::rejection::{DecideError, Rejection};
pub use directory::catalogue::{Catalogue, CatalogueEntry};
pub use directory::partner::Partner;
pub use directory::program::{Activity, Program, Scope, ScopeKind, scope};
pub use directory::tenant::{Channel, Subscription, SubscriptionState, Tenant};
pub use policy::{Policy, ProgramRules, ProgramTable, Window, WrongSetting};
pub use role::{Action, Actor, ActorKind, Caller, Role, may};
pub use usage::{Delivery, Figures, RowOutcome, Usage};
pub use value::date::{Day, Month, Months};
pub use value::id::{AssociationId, ClaimId, EvidenceId, IdempotencyKey, ScopeId};
pub use value::{field, input};
