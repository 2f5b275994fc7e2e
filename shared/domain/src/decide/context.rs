//! What is read around a submission: whom and what it names, as the service knows them.

use std::borrow::Cow;

use crate::claim::evidence_file::Files;
use crate::claim::slot::Slots;
use crate::claim::submission::ClaimDetails;
use crate::directory::catalogue::Catalogue;
use crate::directory::partner::Partner;
use crate::directory::program::Scope;
use crate::directory::tenant::Tenant;

/// What the service knows around a submission.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The partner that the claim names.
    pub partner: Option<Partner>,
    /// The tenant that it names.
    pub tenant: Option<Tenant>,
    /// What can be claimed, where an operator has changed it.
    pub catalogue: Option<Catalogue>,
    /// The slots of its scopes.
    pub slots: Slots,
    /// The files that its proofs name.
    pub files: Files,
}

impl Context {
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
