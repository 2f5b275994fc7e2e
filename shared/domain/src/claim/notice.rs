//! What the customer is told: notices, the mails that carry them, and the links in these.

use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claim::link::LinkDigest;
use crate::value::field::{Field, Invalid, codes};

codes! {
    /// Whom a notice goes to.
    Recipient {
        /// The contact that the claim names.
        CustomerContact = "customer_contact",
        /// The claim's second contact.
        SecondContact = "second_contact",
        /// The notice address that the directory knows of the tenant.
        NoticeAddress = "notice_address",
    }
}

codes! {
    /// What is known of the mail to a notice's contact.
    MailState {
        /// Not sent yet.
        Pending = "pending",
        /// Accepted by the mail service.
        Sent = "sent",
        /// Taken by the recipient's server.
        Delivered = "delivered",
        /// On its way, later than usual.
        Delayed = "delayed",
        /// Given up after tries, as for a full mailbox.
        SoftBounced = "soft_bounced",
        /// Refused for good.
        Bounced = "bounced",
        /// Delivered, and reported as unwanted.
        Complained = "complained",
    }
}

impl MailState {
    /// Whether the mail did not reach its recipient, as far as is known.
    pub const fn is_undelivered(self) -> bool {
        matches!(self, Self::SoftBounced | Self::Bounced)
    }
}

/// The number of a notice within its claim, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeNumber(NonZeroU8);

impl NoticeNumber {
    /// The first notice of a claim.
    pub const FIRST: Self = Self(NonZeroU8::MIN);

    /// The number of the notice at a place in the claim's list; `None` beyond the last number that there is.
    pub fn at(place: usize) -> Option<Self> {
        u8::try_from(place.checked_add(1)?).ok().and_then(NonZeroU8::new).map(Self)
    }

    /// Its place in the claim's list.
    pub fn place(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

impl fmt::Display for NoticeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Field for NoticeNumber {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse()
            .map(Self)
            .map_err(|_| Invalid::new("invalid_notice", "must be a notice's number, from 1 on"))
    }
}

impl FromStr for NoticeNumber {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// What the customer was told, when, and until when it may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which of the claim's contacts it goes to. The tenant's notice address, where known, gets it too.
    pub to: Recipient,
    /// The instant at which the window ends, exclusive. Known from the first attempt at sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// When the mail service accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<DateTime<Utc>>,
    /// When the customer was reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<DateTime<Utc>>,
    /// What is known of the mail to the contact.
    pub mail: MailState,
    /// Whether the tenant's notice address has its copy. Noted when the mail to the contact has to be tried again, so
    /// that the address does not get a second one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub copied: bool,
    /// Whether the partner has named other contacts since: nothing more is sent for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
    /// Every link that may have left. Digests only: whoever reads the table cannot make a link of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

impl Notice {
    /// A notice that has not left yet.
    pub(crate) const fn new(to: Recipient) -> Self {
        Self {
            to,
            deadline: None,
            told_at: None,
            reminded_at: None,
            mail: MailState::Pending,
            copied: false,
            outdated: false,
            links: Vec::new(),
        }
    }

    /// Whether it is known that the mail service has taken the mail to the contact.
    pub fn has_left(&self) -> bool {
        self.told_at.is_some() || self.mail != MailState::Pending
    }
}

/// Whom a link went to: a recipient of one of the claim's notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The notice's number.
    pub notice: NoticeNumber,
    /// Which of its recipients.
    pub to: Recipient,
}

/// A link in a mail: a capability to answer for the customer. Stored as `customer_contact#<digest>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link {
    /// Whom it was sent to.
    pub to: Recipient,
    /// The digest of the link's token.
    pub digest: LinkDigest,
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        format!("{}#{}", link.to, link.digest.as_str())
    }
}

impl TryFrom<String> for Link {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let (to, digest) = text.split_once('#').unwrap_or((&text, ""));
        Ok(Self { to: Recipient::parse(to)?, digest: LinkDigest::parse(digest)? })
    }
}
