//! What a partner states in a claim: the body of `POST /claims`, parsed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zone::Zone;

use crate::calendar::{Country, Locality, Region, country_has_region, country_has_zone};
use crate::directory::program::scope;
use crate::directory::program::{Activity, Program, Scope};
use crate::value::date::Day;
use crate::value::field::{
    ClaimName, DomainName, Email, JobTitle, LanguageTag, PartnerId, PersonName, Reference, Remark, TenantId,
    codes,
};
use crate::value::id::EvidenceId;
use crate::value::input;
use crate::value::input::{InputError, Reader};

/// The most scopes that one claim may have. Promotion takes the slots of all of them, and ends as many incumbents,
/// in one DynamoDB transaction of at most 100 items: 2 + 20 × 4 = 82.
pub const MOST_SCOPES: usize = 20;

/// The most documents that one claim may name.
pub const MOST_EVIDENCE: usize = 10;

/// What the partner states, without the scopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDetails {
    /// What the partner calls the claim.
    pub name: ClaimName,
    /// The programme under which it is made.
    pub program: Program,
    /// What the partner did.
    pub activity: Activity,
    /// The partner.
    pub partner_id: PartnerId,
    /// The customer's tenant.
    pub tenant_id: TenantId,
    /// A domain of that tenant, given so that a mistyped tenant is noticed.
    pub domain: DomainName,
    /// Who at the customer is told.
    pub customer_contact: Contact,
    /// Who is told when the first contact cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_contact: Option<Contact>,
    /// Who at the partner is told.
    pub partner_contact: PartnerContact,
    /// Documents that show the work.
    pub evidence: Vec<Evidence>,
    /// What the partner wants the reviewer to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<Remark>,
}

/// A person at the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name.
    pub name: PersonName,
    /// Their position.
    pub title: JobTitle,
    /// Where mail reaches them.
    pub email: Email,
    /// The language that they are written to in.
    pub language: LanguageTag,
    /// Where they are: decides which days are business days.
    pub country: Country,
    /// The part of the country, where it has public holidays of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Their time zone; by default the country's westernmost, so that nobody gets less than the full window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
}

impl Contact {
    /// The calendar and time zone that apply to this person.
    pub fn locality(&self) -> Locality {
        Locality::new(self.country, self.region, self.time_zone)
    }
}

/// A person at the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerContact {
    /// Their name.
    pub name: PersonName,
    /// Where mail reaches them.
    pub email: Email,
    /// The language that they are written to in; English when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
}

codes! {
    /// What kind of document shows the work.
    EvidenceKind {
        /// A statement of the work done, signed by the customer.
        SignedStatement = "signed_statement",
        /// A statement of work.
        StatementOfWork = "statement_of_work",
        /// A contract.
        Contract = "contract",
        /// A purchase order.
        PurchaseOrder = "purchase_order",
        /// Written acknowledgement by the customer in another form.
        Acknowledgement = "acknowledgement",
    }
}

/// A document that shows the work, acknowledged by the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind of document.
    pub kind: EvidenceKind,
    /// The day on which the customer signed it.
    pub signed_on: NaiveDate,
    /// Where it can be found.
    pub reference: Reference,
    /// The file itself, where it was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<EvidenceId>,
    /// Who at the customer signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<PersonName>,
}

/// A parsed `POST /claims`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// What the partner states.
    pub details: ClaimDetails,
    /// What is claimed, without repetition.
    pub scopes: Vec<Scope>,
    /// Keep it as a draft instead of submitting it.
    pub draft: bool,
}

impl ClaimDetails {
    /// The files that its proofs name.
    pub fn files(&self) -> Vec<EvidenceId> {
        self.evidence.iter().filter_map(|proof| proof.file.clone()).collect()
    }
}

impl Submission {
    /// Parses a body.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(body: &Value) -> Result<Self, Vec<InputError>> {
        input::read(body, |body| {
            // Every field is read before any is needed, so that all errors are found.
            let name = body.required("name");
            let program = body.required("program");
            let activity = body.required("activity");
            let partner_id = body.required("partner_id");
            let tenant_id = body.required("tenant_id");
            let domain = body.required("domain");
            let scopes = scopes(body);
            let customer_contact = body.object("customer_contact", contact);
            let second_contact = body.optional_object("second_contact", contact);
            let partner_contact = body.object("partner_contact", partner_contact);
            let evidence = body.objects("evidence", MOST_EVIDENCE, evidence);
            let comment = body.optional("comment");
            let draft = body.flag("draft");
            let details = ClaimDetails {
                name: name?,
                program: program?,
                activity: activity?,
                partner_id: partner_id?,
                tenant_id: tenant_id?,
                domain: domain?,
                customer_contact: customer_contact?,
                second_contact: second_contact?,
                partner_contact: partner_contact?,
                evidence: evidence?,
                comment,
            };
            Some(Self { details, scopes: scopes?, draft })
        })
    }
}

fn scopes(body: &mut Reader<'_, '_>) -> Option<Vec<Scope>> {
    let scopes = body.objects("scopes", MOST_SCOPES, scope)?;
    if scopes.is_empty() {
        if !body.is_object() {
            return None;
        }
        body.wrong("scopes", "required", "must name at least one workload or subscription");
        return None;
    }
    for (at, scope) in scopes.iter().enumerate() {
        if scopes[..at].contains(scope) {
            body.wrong(&format!("scopes/{at}"), "repeated", "is in the list already");
            return None;
        }
    }
    Some(scopes)
}

fn contact(body: &mut Reader<'_, '_>) -> Option<Contact> {
    let (name, title, email) = (body.required("name"), body.required("title"), body.required("email"));
    let (language, country) = (body.required("language"), body.required::<Country>("country"));
    let (region, zone) = (body.optional::<Region>("region"), body.optional::<Zone>("time_zone"));
    if let (Some(country), Some(region)) = (country, region)
        && !country_has_region(country, region)
    {
        body.wrong(
            "region",
            "unknown_region",
            format!("is not a region of {country} with holidays of its own"),
        );
        return None;
    }
    if let (Some(country), Some(zone)) = (country, &zone)
        && !country_has_zone(country, *zone)
    {
        body.wrong(
            "time_zone",
            "time_zone_not_in_country",
            format!("{zone} is not a time zone of {country}"),
        );
        return None;
    }
    Some(Contact {
        name: name?,
        title: title?,
        email: email?,
        language: language?,
        country: country?,
        region,
        time_zone: zone,
    })
}

fn partner_contact(body: &mut Reader<'_, '_>) -> Option<PartnerContact> {
    let (name, email, language) = (body.required("name"), body.required("email"), body.optional("language"));
    Some(PartnerContact { name: name?, email: email?, language })
}

/// A proof, as callers write it.
pub fn evidence(body: &mut Reader<'_, '_>) -> Option<Evidence> {
    let (kind, signed_on) = (body.required("kind"), body.required::<Day>("signed_on"));
    let reference = body.required("reference");
    let (file, acknowledged_by) = (body.optional("file"), body.optional("acknowledged_by"));
    Some(Evidence { kind: kind?, signed_on: signed_on?.0, reference: reference?, file, acknowledged_by })
}
