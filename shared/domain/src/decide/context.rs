//! What is read around a claim before a command on it is decided: whom and what it names, as the service knows them.
//!
//! A command says what it needs ([`Needs`]); what was not read cannot be decided on: asking for it is an error
//! ([`Unread`]), never "nothing there".

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::claim::evidence_file::EvidenceFile;
use crate::claim::slot::{Slot, Slots};
use crate::claim::submission::{ClaimDetails, Submission};
use crate::directory::catalogue::Catalogue;
use crate::directory::partner::Partner;
use crate::directory::program::Scope;
use crate::directory::tenant::Tenant;
use crate::value::id::EvidenceId;

/// A decision asked for something that was not read: a fault of the code that read, never of who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} was to be decided on and had not been read")]
pub struct Unread(String);

/// What has to be read before a command can be decided, besides the claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Whether the partner, the tenant and the catalogue are needed.
    pub directory: bool,
    /// The scopes whose slots are needed.
    pub slots: Vec<Scope>,
    /// The evidence files that are needed.
    pub files: Vec<EvidenceId>,
    /// Whether it must be read as it is now, and not as it may have been a moment ago.
    pub as_it_is_now: bool,
}

impl Needs {
    /// What a check of a submission needs.
    pub fn to_check(submission: &Submission) -> Self {
        Self {
            directory: true,
            slots: submission.scopes.clone(),
            files: submission.details.files(),
            as_it_is_now: false,
        }
    }

    /// Whether nothing has to be read.
    pub fn is_nothing(&self) -> bool {
        !self.directory && self.slots.is_empty() && self.files.is_empty()
    }
}

/// What the vendor knows of the partner and the tenant of a claim, and what can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryEntries {
    /// The partner that the claim names; `None` for one that is unknown.
    pub partner: Option<Partner>,
    /// The tenant that it names; `None` for one that is unknown.
    pub tenant: Option<Tenant>,
    /// What can be claimed, where an operator has changed it.
    pub catalogue: Option<Catalogue>,
}

impl DirectoryEntries {
    /// What can be claimed: as an operator has put it, or the standard catalogue.
    pub fn catalogue(&self) -> Cow<'_, Catalogue> {
        self.catalogue.as_ref().map_or_else(|| Cow::Owned(Catalogue::standard()), Cow::Borrowed)
    }

    /// What people call the partner of a claim: as the directory knows it, or by its ID.
    pub fn partner_name(&self, details: &ClaimDetails) -> String {
        let known = self.partner.as_ref().map(|partner| partner.name.to_string());
        known.unwrap_or_else(|| details.partner_id.to_string())
    }

    /// What people call the customer of a claim: as the directory knows the tenant, or by its domain.
    pub fn tenant_name(&self, details: &ClaimDetails) -> String {
        let known = self.tenant.as_ref().map(|tenant| tenant.name.to_string());
        known.unwrap_or_else(|| details.domain.to_string())
    }

    /// What people call scopes, each with its subscription, where it has one.
    pub fn labels<'a>(&self, scopes: impl IntoIterator<Item = &'a Scope>) -> Vec<String> {
        let catalogue = self.catalogue();
        let label = |scope: &Scope| match (catalogue.label(scope), scope.subscription_id()) {
            (name, None) => name.to_owned(),
            (name, Some(subscription)) => format!("{name} ({subscription})"),
        };
        scopes.into_iter().map(label).collect()
    }
}

/// What was read around a claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    directory: Option<DirectoryEntries>,
    slots: Slots,
    files: BTreeMap<EvidenceId, Option<EvidenceFile>>,
}

impl Context {
    /// Where nothing has been read.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// With the directory's entries.
    #[must_use]
    pub fn with_directory(self, directory: DirectoryEntries) -> Self {
        Self { directory: Some(directory), ..self }
    }

    /// With these slots, in place of those there were.
    #[must_use]
    pub fn with_slots(self, slots: Slots) -> Self {
        Self { slots, ..self }
    }

    /// With a file that was looked for, be there one or not.
    #[must_use]
    pub fn with_file(mut self, id: EvidenceId, file: Option<EvidenceFile>) -> Self {
        self.files.insert(id, file);
        self
    }

    /// What the directory knows.
    ///
    /// # Errors
    /// [`Unread`] when it was not asked.
    pub fn directory(&self) -> Result<&DirectoryEntries, Unread> {
        self.directory.as_ref().ok_or_else(|| Unread("the directory".to_owned()))
    }

    /// The slot of a scope.
    ///
    /// # Errors
    /// [`Unread`] when it was not read.
    pub fn slot(&self, scope: &Scope) -> Result<&Slot, Unread> {
        self.slots.get(scope).ok_or_else(|| Unread(format!("the slot of {scope}")))
    }

    /// The slots that were read.
    pub const fn slots(&self) -> &Slots {
        &self.slots
    }

    /// A file, or `None` where there is none of this ID.
    ///
    /// # Errors
    /// [`Unread`] when it was not looked for.
    pub fn file(&self, id: &EvidenceId) -> Result<Option<&EvidenceFile>, Unread> {
        self.files.get(id).map(Option::as_ref).ok_or_else(|| Unread(format!("the file {id}")))
    }
}
