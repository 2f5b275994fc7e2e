//! Bodies that callers send: how parts of them are read here, and how what the domain has read of them is shown again.
//! What is shown reads back as what it was made of.

use chrono::NaiveDate;
use domain::calendar::{Country, Region};
use domain::field::{
    CatalogueCode, ClaimName, DomainName, Email, JobTitle, LanguageTag, PartnerId, PersonName, Reference,
    Remark, SubscriptionId, TenantId,
};
use domain::input::Reader;
use domain::{
    Activity, ClaimDetails, Contact, Evidence, EvidenceId, EvidenceKind, MOST_SCOPES, PartnerContact,
    Program, Scope, ScopeId, Selection,
};
use serde::Serialize;
use serde_json::{Value, json};
use zone::Zone;

/// The scopes that a body names under `scopes`: without them, all.
pub fn selection(body: &mut Reader<'_, '_>) -> Option<Selection> {
    let scopes = body.texts::<ScopeId>("scopes", MOST_SCOPES)?;
    Some(if scopes.is_empty() { Selection::All } else { Selection::These(scopes) })
}

/// A claim's body as its partner would send it now: what a patch is merged into. `Submission::parse` reads it.
pub fn claim_body(claim: &domain::Claim) -> Value {
    json!(ClaimBody {
        details: DetailsBody::from(&claim.details),
        scopes: claim.scopes.iter().map(|claimed| ScopeBody::from(&claimed.scope)).collect(),
    })
}

#[derive(Debug, Serialize)]
struct ClaimBody<'a> {
    #[serde(flatten)]
    details: DetailsBody<'a>,
    scopes: Vec<ScopeBody<'a>>,
}

/// A claim's body without its scopes. Members that were not given are absent.
#[derive(Debug, Serialize)]
pub(crate) struct DetailsBody<'a> {
    pub name: &'a ClaimName,
    pub program: Program,
    pub activity: Activity,
    pub partner_id: &'a PartnerId,
    pub tenant_id: &'a TenantId,
    pub domain: &'a DomainName,
    pub customer_contact: ContactBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_contact: Option<ContactBody<'a>>,
    pub partner_contact: PartnerContactBody<'a>,
    pub evidence: Vec<EvidenceBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a Remark>,
}

impl<'a> From<&'a ClaimDetails> for DetailsBody<'a> {
    fn from(details: &'a ClaimDetails) -> Self {
        // Whole, here and below: a member that is forgotten would be lost in the next patch.
        let ClaimDetails {
            name,
            program,
            activity,
            partner_id,
            tenant_id,
            domain,
            customer_contact,
            second_contact,
            partner_contact,
            evidence,
            comment,
        } = details;
        Self {
            name,
            program: *program,
            activity: *activity,
            partner_id,
            tenant_id,
            domain,
            customer_contact: ContactBody::from(customer_contact),
            second_contact: second_contact.as_ref().map(ContactBody::from),
            partner_contact: PartnerContactBody::from(partner_contact),
            evidence: evidence.iter().map(EvidenceBody::from).collect(),
            comment: comment.as_ref(),
        }
    }
}

/// A scope, which `domain::scope` reads.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ScopeBody<'a> {
    Workload { workload: &'a CatalogueCode },
    Product { subscription_id: &'a SubscriptionId, product: &'a CatalogueCode },
}

impl<'a> From<&'a Scope> for ScopeBody<'a> {
    fn from(scope: &'a Scope) -> Self {
        match scope {
            Scope::Workload(workload) => Self::Workload { workload },
            Scope::Product { subscription_id, product } => Self::Product { subscription_id, product },
        }
    }
}

/// A person at the customer.
#[derive(Debug, Serialize)]
pub(crate) struct ContactBody<'a> {
    name: &'a PersonName,
    title: &'a JobTitle,
    email: &'a Email,
    language: &'a LanguageTag,
    country: Country,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<Zone>,
}

impl<'a> From<&'a Contact> for ContactBody<'a> {
    fn from(contact: &'a Contact) -> Self {
        let Contact { name, title, email, language, country, region, time_zone } = contact;
        Self { name, title, email, language, country: *country, region: *region, time_zone: *time_zone }
    }
}

/// A person at the partner.
#[derive(Debug, Serialize)]
pub(crate) struct PartnerContactBody<'a> {
    name: &'a PersonName,
    email: &'a Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a LanguageTag>,
}

impl<'a> From<&'a PartnerContact> for PartnerContactBody<'a> {
    fn from(PartnerContact { name, email, language }: &'a PartnerContact) -> Self {
        Self { name, email, language: language.as_ref() }
    }
}

/// A proof, which `domain::evidence` reads.
#[derive(Debug, Serialize)]
pub(crate) struct EvidenceBody<'a> {
    kind: EvidenceKind,
    signed_on: NaiveDate,
    reference: &'a Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a EvidenceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_by: Option<&'a PersonName>,
}

impl<'a> From<&'a Evidence> for EvidenceBody<'a> {
    fn from(Evidence { kind, signed_on, reference, file, acknowledged_by }: &'a Evidence) -> Self {
        Self {
            kind: *kind,
            signed_on: *signed_on,
            reference,
            file: file.as_ref(),
            acknowledged_by: acknowledged_by.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests;
