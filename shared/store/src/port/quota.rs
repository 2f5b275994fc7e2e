//! How often a partner has had a contact written to: a limit on what can be sent through the service to one mailbox.
//!
//! It is counted where mails leave, because a burst of submissions would outrun a count kept where they come in. What is beyond the
//! limit goes to a reviewer, whose approval sends the mail in any case.

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::ClaimId;
use domain::field::{Email, PartnerId};

use crate::port::StoreError;

/// Limits on what leaves.
pub trait Quotas: Sync {
    /// Notes that a claim's notice is about to go to a contact, and answers whether it may: whether fewer than `most` other
    /// claims of the partner have had one sent there on this day (UTC). The same claim may again, however often.
    fn admit(
        &self,
        partner: &PartnerId,
        contact: &Email,
        claim: &ClaimId,
        now: DateTime<Utc>,
        most: usize,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
