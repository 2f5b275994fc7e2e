//! A claim with what stands against it. For the vendor only.

use std::collections::BTreeSet;

use domain::field::PartnerId;
use domain::{AssociationId, ClaimId, FindingCode, ScopeId, Slots};
use serde::Serialize;

use super::{Claim, Time};
use crate::body::EvidenceBody;

/// A claim with why a reviewer has to look, and what stands against it.
#[derive(Debug, Serialize)]
pub struct Review<'a> {
    #[serde(flatten)]
    claim: Claim<'a>,
    because: Vec<FindingCode>,
    conflicts: Vec<Conflict<'a>>,
}

/// A scope that somebody else holds or claims.
#[derive(Debug, Serialize)]
struct Conflict<'a> {
    scope: ScopeId,
    partner_of_record: Option<PartnerOfRecord<'a>>,
    open_claims: Vec<OpenClaim<'a>>,
}

#[derive(Debug, Serialize)]
struct PartnerOfRecord<'a> {
    partner_id: PartnerId,
    claim_id: ClaimId,
    association_id: AssociationId,
    official_since: Time,
    evidence: Option<Vec<EvidenceBody<'a>>>,
}

#[derive(Debug, Serialize)]
struct OpenClaim<'a> {
    partner_id: PartnerId,
    claim_id: ClaimId,
    evidence: Option<Vec<EvidenceBody<'a>>>,
}

impl<'a> Review<'a> {
    /// A claim beside what its slots hold: per scope, the partner of record and the other open claims, with their evidence
    /// where they are among `rivals`.
    pub fn new(claim: &'a domain::Claim, slots: &Slots, rivals: &'a [domain::Claim]) -> Self {
        let conflicts = claim.scopes.iter().filter_map(|claimed| {
            let slot = slots.get(&claimed.scope)?;
            let rival = slot.holder.as_ref().filter(|holder| *holder.association.claim() != claim.id);
            let partner_of_record = rival.map(|holder| PartnerOfRecord {
                partner_id: holder.partner.clone(),
                evidence: evidence(rivals, holder.association.claim()),
                claim_id: holder.association.claim().clone(),
                association_id: holder.association.clone(),
                official_since: Time(holder.since),
            });
            let others = slot.claimants.iter().filter(|other| other.claim != claim.id);
            let open_claims: Vec<_> = others
                .map(|other| OpenClaim {
                    partner_id: other.partner.clone(),
                    evidence: evidence(rivals, &other.claim),
                    claim_id: other.claim.clone(),
                })
                .collect();
            let stands = partner_of_record.is_some() || !open_claims.is_empty();
            stands.then_some(Conflict { scope: claimed.id, partner_of_record, open_claims })
        });
        Self { claim: Claim::from(claim), because: claim.because(), conflicts: conflicts.collect() }
    }
}

/// The proofs of a claim; `None` when the claim is no more.
fn evidence<'a>(rivals: &'a [domain::Claim], id: &ClaimId) -> Option<Vec<EvidenceBody<'a>>> {
    let rival = rivals.iter().find(|rival| rival.id == *id)?;
    Some(rival.details.evidence.iter().map(EvidenceBody::from).collect())
}

/// The claims that stand against these in their slots, each once: what [`Review`] needs to show both sides' evidence.
pub fn rivals(claims: &[domain::Claim], slots: &[Slots]) -> Vec<ClaimId> {
    let mut found = BTreeSet::new();
    for (claim, slots) in claims.iter().zip(slots) {
        for slot in claim.scopes.iter().filter_map(|claimed| slots.get(&claimed.scope)) {
            let holder = slot.holder.iter().map(|holder| holder.association.claim());
            let others = slot.claimants.iter().map(|other| &other.claim);
            found.extend(others.chain(holder).filter(|other| **other != claim.id).cloned());
        }
    }
    found.into_iter().collect()
}
