//! The checks on a claim: everything that a submit would meet, found at once.

use chrono::{DateTime, Utc};

use crate::calendar::Locality;
use crate::claim::Claim;
use crate::claim::evidence_file::FileState;
use crate::claim::finding::{Finding, FindingCode};
use crate::claim::lifecycle::CommandName;
use crate::claim::scope::ClaimedScope;
use crate::claim::slot::Slot;
use crate::claim::submission::{ClaimDetails, Contact, Evidence, Submission};
use crate::decide::context::{Context, Unread};
use crate::directory::catalogue::Catalogue;
use crate::directory::partner::Partner;
use crate::directory::program::{Program, Scope, ScopeKind};
use crate::directory::tenant::{Channel, Subscription, Tenant};
use crate::policy::Policy;
use crate::value::field::{PartnerId, SubscriptionId};
use crate::value::id::{ClaimId, ScopeId};

/// The most open claims that may stand against one slot. It bounds the slot's size, and what a reviewer has to compare.
pub const MOST_CLAIMANTS: usize = 20;

/// Everything that a submit of this claim would meet.
///
/// # Errors
/// [`Unread`] when the context lacks what [`crate::Needs::to_check`] says.
pub fn check(
    submission: &Submission,
    claim: &ClaimId,
    context: &Context,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, Unread> {
    let scopes = (0..submission.scopes.len()).collect();
    findings(&Asked { submission, claim, scopes, renewal: false }, context, policy, now)
}

/// Everything that a submit of a claim that there is would meet: of its scopes, only those that it would submit.
///
/// # Errors
/// [`Unread`] when the context lacks what a submit needs.
pub fn check_claim(
    claim: &Claim,
    context: &Context,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, Unread> {
    let submitted = claim.scopes.iter().enumerate().filter(|(_, scope)| scope.can(CommandName::Submit));
    let asked = Asked {
        submission: &claim.submission(),
        claim: &claim.id,
        scopes: submitted.map(|(at, _)| at).collect(),
        renewal: claim.renews.is_some() && !claim.proofs_edited,
    };
    findings(&asked, context, policy, now)
}

/// What is checked.
struct Asked<'a> {
    submission: &'a Submission,
    /// The claim that it is, or would be.
    claim: &'a ClaimId,
    /// The places of the scopes that are submitted.
    scopes: Vec<usize>,
    /// Whether it renews a claim with proofs that were good enough then.
    renewal: bool,
}

fn findings(
    asked: &Asked<'_>,
    context: &Context,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, Unread> {
    let Asked { submission, claim, renewal, .. } = *asked;
    let mut findings = Findings(Vec::new());
    let details = &submission.details;
    let program = details.program;
    let directory = context.directory()?;

    check_enrolment(details, directory.partner.as_ref(), &mut findings);
    if details.activity != program.activity() {
        findings.add(
            "/activity",
            FindingCode::ActivityNotInProgram,
            format!("{program} pays for {}; give that activity or another programme", program.activity()),
        );
    }
    if submission.details.evidence.is_empty() {
        let detail = "give at least one proof of execution, or keep the claim as a draft".to_owned();
        findings.add("/evidence", FindingCode::MissingPoe, detail);
    }
    let locality = details.customer_contact.locality();
    let mut proofs = check_evidence(&details.evidence, &locality, policy, now);
    // What was proved for the claim that this one renews need not be proved again.
    proofs.retain(|finding| !renewal || finding.code != FindingCode::EvidenceTooOld);
    findings.0.extend(proofs);
    findings.0.extend(check_files(&details.evidence, &details.partner_id, context, renewal)?);
    if !renewal {
        check_required(details, policy, &mut findings);
    }
    check_contact_is_partner(details, &mut findings);
    // Who cannot name one of its domains is told nothing of a tenant: neither what it has, nor who else claims there.
    let known = check_tenant(details, directory.tenant.as_ref(), &mut findings);
    let catalogue = directory.catalogue();
    for (at, scope) in submission.scopes.iter().enumerate().filter(|(at, _)| asked.scopes.contains(at)) {
        check_scope(program, at, scope, &catalogue, &mut findings);
        if let Some(tenant) = known {
            check_scope_in_tenant(at, scope, tenant, &mut findings);
            check_slot(&details.partner_id, claim, at, scope, context.slot(scope)?, &mut findings);
        }
    }
    if policy.programs.of(program).always_review {
        findings.add(
            "/program",
            FindingCode::ProgramReviewed,
            format!("every claim under {program} goes to a reviewer; nothing to correct"),
        );
    }
    Ok(findings.0)
}

fn check_enrolment(details: &ClaimDetails, partner: Option<&Partner>, findings: &mut Findings) {
    let program = details.program;
    if !partner.is_some_and(|partner| partner.programs.contains(&program)) {
        let detail = format!(
            "partner {} is not enrolled in {program}; ask the vendor to enrol it",
            details.partner_id
        );
        findings.add("/program", FindingCode::PartnerNotEnrolled, detail);
    }
}

/// What the programme asks of the proofs together, of which one that has it is enough.
fn check_required(details: &ClaimDetails, policy: &Policy, findings: &mut Findings) {
    let (program, evidence) = (details.program, &details.evidence);
    let rules = policy.programs.of(program);
    if rules.require_acknowledgement && evidence.iter().all(|proof| proof.acknowledged_by.is_none()) {
        let detail =
            format!("{program} asks who at the customer signed: name them in acknowledged_by of a proof");
        findings.add("/evidence", FindingCode::MissingCustomerAcknowledgement, detail);
    }
    if rules.require_evidence_file && evidence.iter().all(|proof| proof.file.is_none()) {
        let detail =
            format!("{program} asks for the document itself: upload it and name it in file of a proof");
        findings.add("/evidence", FindingCode::MissingEvidenceFile, detail);
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, pointer: impl Into<String>, code: FindingCode, detail: String) {
        self.0.push(Finding { pointer: pointer.into(), code, detail });
    }
}

/// The dates of proofs, by the customer's clock.
pub(super) fn check_evidence(
    evidence: &[Evidence],
    locality: &Locality,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    // Without a time zone of its own the customer may be anywhere in its country.
    let (earliest, today) = locality.today(now);
    for (at, evidence) in evidence.iter().enumerate() {
        let pointer = format!("/evidence/{at}/signed_on");
        if evidence.signed_on > today {
            let detail = format!("is after today, {today} at the customer");
            findings.add(pointer, FindingCode::EvidenceInFuture, detail);
        } else if evidence.signed_on < earliest - policy.evidence_age {
            let oldest = earliest - policy.evidence_age;
            let detail = format!("must not be before {oldest}; give a proof signed since");
            findings.add(pointer, FindingCode::EvidenceTooOld, detail);
        }
    }
    findings.0
}

/// The tenant, where the claim names one of its domains; what its contacts are, seen from there.
fn check_tenant<'a>(
    details: &ClaimDetails,
    tenant: Option<&'a Tenant>,
    findings: &mut Findings,
) -> Option<&'a Tenant> {
    let Some(tenant) = tenant else {
        let detail = "there is no such tenant; ask the customer for its tenant ID".to_owned();
        findings.add("/tenant_id", FindingCode::TenantUnknown, detail);
        return None;
    };
    if !tenant.domains.contains(&details.domain) {
        let detail =
            format!("{} does not belong to tenant {}; check both", details.domain, details.tenant_id);
        findings.add("/domain", FindingCode::DomainTenantMismatch, detail);
        return None;
    }
    for (name, contact) in contacts(details) {
        if !tenant.owns(contact.email.domain()) {
            let detail =
                "the address is in none of the tenant's domains, so a reviewer looks at the claim first";
            findings.add(format!("/{name}/email"), FindingCode::ContactOutsideTenant, detail.to_owned());
        }
        if contact.email.is_role_mailbox() {
            let detail =
                "few people read such a mailbox, so a reviewer looks at the claim first; name a person";
            findings.add(format!("/{name}/email"), FindingCode::RoleMailbox, detail.to_owned());
        }
    }
    Some(tenant)
}

/// The customer's contacts, by their members' names.
fn contacts(details: &ClaimDetails) -> impl Iterator<Item = (&'static str, &Contact)> {
    let second = details.second_contact.iter().map(|second| ("second_contact", second));
    std::iter::once(("customer_contact", &details.customer_contact)).chain(second)
}

/// Nobody may ask itself for consent: a contact at the customer is no mailbox of the partner's, nor in its contact's domain.
fn check_contact_is_partner(details: &ClaimDetails, findings: &mut Findings) {
    let own = &details.partner_contact.email;
    for (name, contact) in contacts(details) {
        let same_mailbox = contact.email.mailbox() == own.mailbox();
        let same_domain = contact.email.domain() == own.domain() && !own.is_free_mail();
        if same_mailbox || same_domain {
            let detail = "is yours, by partner_contact; name somebody at the customer".to_owned();
            findings.add(format!("/{name}/email"), FindingCode::ContactIsPartner, detail);
        }
    }
}

fn check_scope(program: Program, at: usize, scope: &Scope, catalogue: &Catalogue, findings: &mut Findings) {
    let member = match scope.kind() {
        ScopeKind::Workload => "workload",
        ScopeKind::Product => "product",
    };
    let claimable = catalogue.entry(scope).is_some_and(|entry| entry.programs.contains(&program));
    if scope.kind() != program.scope_kind() || !claimable {
        let wanted = match program.scope_kind() {
            ScopeKind::Workload => "a workload of the catalogue",
            ScopeKind::Product => "a subscription with a product of the catalogue",
        };
        findings.add(
            format!("/scopes/{at}/{member}"),
            FindingCode::ScopeNotInProgram,
            format!("{} cannot be claimed under {program}, which takes {wanted}", scope.code()),
        );
    }
}

fn check_scope_in_tenant(at: usize, scope: &Scope, tenant: &Tenant, findings: &mut Findings) {
    match scope {
        Scope::Workload(code) if !tenant.workloads.contains(code) => findings.add(
            format!("/scopes/{at}/workload"),
            FindingCode::WorkloadNotInTenant,
            format!("the tenant does not use {code}"),
        ),
        Scope::Workload(_) => {}
        Scope::Product { subscription_id, .. } => {
            check_subscription(at, scope, subscription_id, tenant, findings);
        }
    }
}

fn check_subscription(
    at: usize,
    scope: &Scope,
    id: &SubscriptionId,
    tenant: &Tenant,
    findings: &mut Findings,
) {
    let pointer = format!("/scopes/{at}/subscription_id");
    let mut of_it = tenant.subscriptions.iter().filter(|subscription| subscription.id == *id).peekable();
    if of_it.peek().is_none() {
        let detail = format!("subscription {id} is not the tenant's; give one of its subscription IDs");
        return findings.add(pointer, FindingCode::SubscriptionNotInTenant, detail);
    }
    // A subscription can carry several products; its entry for the one claimed counts.
    let Some(subscription) = of_it.find(|subscription| subscription.product == *scope.code()) else {
        let detail = format!("subscription {id} is not for {}", scope.code());
        return findings.add(format!("/scopes/{at}/product"), FindingCode::SubscriptionWrongProduct, detail);
    };
    if !Subscription::is_active(subscription) {
        let detail = format!("subscription {id} is {}; it must be active or in grace", subscription.state);
        findings.add(&*pointer, FindingCode::SubscriptionNotActive, detail);
    }
    if subscription.channel == Channel::Csp {
        let detail =
            format!("subscription {id} was bought through {}, which is excluded", subscription.channel);
        findings.add(pointer, FindingCode::SubscriptionChannelExcluded, detail);
    }
}

/// What was checked when a scope was approved and no longer holds now that a yes, or silence, would make it official:
/// enrolment, the contacts' domains, and that the tenant still has what is claimed. A contact outside the tenant that a
/// reviewer has approved stays approved.
pub(super) fn no_longer_holds(
    claim: &Claim,
    scope: &ClaimedScope,
    context: &Context,
) -> Result<Vec<FindingCode>, Unread> {
    let (details, directory) = (&claim.details, context.directory()?);
    let mut findings = Findings(Vec::new());
    check_enrolment(details, directory.partner.as_ref(), &mut findings);
    if let Some(tenant) = check_tenant(details, directory.tenant.as_ref(), &mut findings) {
        check_scope_in_tenant(0, &scope.scope, tenant, &mut findings);
    }
    let mut codes: Vec<_> = findings.0.into_iter().map(|finding| finding.code).collect();
    // What sends a new claim to a reviewer, a reviewer has seen by now.
    let seen = |code: &FindingCode| match code {
        FindingCode::ContactOutsideTenant => claim.contacts_outside,
        code => code.is_for_review(),
    };
    codes.retain(|code| !seen(code));
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}

/// What stands in the way of scopes of a claim that are to be entered in their slots again.
pub(super) fn check_slots(
    claim: &Claim,
    scopes: &[ScopeId],
    context: &Context,
) -> Result<Vec<Finding>, Unread> {
    let mut findings = Findings(Vec::new());
    for (at, scope) in claim.scopes.iter().enumerate().filter(|(_, scope)| scopes.contains(&scope.id)) {
        let slot = context.slot(&scope.scope)?;
        check_slot(&claim.details.partner_id, &claim.id, at, &scope.scope, slot, &mut findings);
    }
    findings.0.retain(|finding| !finding.code.is_for_review());
    Ok(findings.0)
}

fn check_slot(
    me: &PartnerId,
    claim: &ClaimId,
    at: usize,
    scope: &Scope,
    slot: &Slot,
    findings: &mut Findings,
) {
    let pointer = format!("/scopes/{at}");
    let others: Vec<_> = slot.claimants.iter().filter(|claimant| claimant.claim != *claim).collect();
    let holder = slot.holder.as_ref().filter(|holder| holder.association.claim() != claim);
    let held_by_me = holder.is_some_and(|holder| holder.partner == *me);
    if held_by_me || others.iter().any(|claimant| claimant.partner == *me) {
        let state = if held_by_me { "you are partner of record" } else { "you have an open claim" };
        let detail = format!("{state} for {scope} at this tenant already");
        return findings.add(pointer, FindingCode::AlreadyClaimedByYou, detail);
    }
    if others.len() >= MOST_CLAIMANTS {
        let detail =
            format!("{MOST_CLAIMANTS} open claims stand against this scope; try when some are decided");
        return findings.add(pointer, FindingCode::TooManyCompetingClaims, detail);
    }
    if holder.is_some() || !others.is_empty() {
        // Who the other is, is none of the claimant's business.
        let detail =
            "another partner holds or claims this scope, so a reviewer compares the evidence".to_owned();
        findings.add(pointer, FindingCode::CompetingClaim, detail);
    }
}

/// Whether the files that proofs name are the partner's own and verified. A `renewal` keeps what was proved for the claim
/// that it renews, even where the file has expired by now; another partner's it may not name either.
pub(super) fn check_files(
    evidence: &[Evidence],
    partner: &PartnerId,
    context: &Context,
    renewal: bool,
) -> Result<Vec<Finding>, Unread> {
    let mut findings = Vec::new();
    for (at, id) in evidence.iter().enumerate().filter_map(|(at, proof)| Some((at, proof.file.as_ref()?))) {
        let (code, detail) = match context.file(id)? {
            None if renewal => continue,
            Some(file) if file.partner_id == *partner && file.state == FileState::Verified => continue,
            Some(file) if file.partner_id == *partner => (
                FindingCode::EvidenceNotVerified,
                format!("upload the file, then call POST /evidence/{id}/verify"),
            ),
            // Another partner's is as unknown as one that nobody has.
            _ => (
                FindingCode::EvidenceUnknown,
                "you have no such file; give the ID of one of yours".to_owned(),
            ),
        };
        findings.push(Finding { pointer: format!("/evidence/{at}/file"), code, detail });
    }
    Ok(findings)
}
