//! What callers see. Each thing has a type here that names every member it is shown with: what the domain or the store
//! keeps beside that is shown to nobody until it gets a name here.

mod association;
mod claim;
mod directory;
mod evidence_file;
mod history;
mod page;
mod review;
mod time;

pub use association::Association;
pub use claim::Claim;
pub(crate) use claim::etag;
pub use directory::{Catalogue, Partner, Tenant};
pub use evidence_file::{AnnouncedFile, EvidenceFile, Link, Upload};
pub use history::{Side, Transition};
pub use page::Page;
pub use review::{Review, rivals};
pub use time::Time;
