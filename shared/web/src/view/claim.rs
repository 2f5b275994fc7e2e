//! A claim, for its partner and for the vendor's staff.

use domain::field::{ClaimName, DomainName, PartnerId, Remark, TenantId};
use domain::{Activity, ClaimId, MailState, NoticeNumber, Program, ReasonCode, Recipient, ScopeId, Standing};
use serde::Serialize;

use super::Time;
use crate::body::{ContactBody, DetailsBody, EvidenceBody, PartnerContactBody, ScopeBody};

/// The `ETag` of a claim: its version.
pub(crate) fn etag(claim: &domain::Claim) -> String {
    format!("\"{}\"", claim.version)
}

/// A claim. Every member is there in every claim, `null` where there is nothing, so that programs need not ask.
#[derive(Debug, Serialize)]
pub struct Claim<'a> {
    id: &'a ClaimId,
    version: u64,
    status: Standing,
    deadline: Option<Time>,
    created_at: Time,
    updated_at: Time,
    review_due: Option<Time>,
    action_due: Option<Time>,
    dispute_until: Option<Time>,
    renews: Option<&'a ClaimId>,
    name: &'a ClaimName,
    program: Program,
    activity: Activity,
    partner_id: &'a PartnerId,
    tenant_id: &'a TenantId,
    domain: &'a DomainName,
    scopes: Vec<ClaimedScope<'a>>,
    customer_contact: ContactBody<'a>,
    second_contact: Option<ContactBody<'a>>,
    partner_contact: PartnerContactBody<'a>,
    evidence: Vec<EvidenceBody<'a>>,
    comment: Option<&'a Remark>,
    notices: Vec<Notice>,
}

#[derive(Debug, Serialize)]
struct ClaimedScope<'a> {
    id: ScopeId,
    #[serde(flatten)]
    scope: ScopeBody<'a>,
    standing: Standing,
    reasons: Vec<Reason>,
}

/// Why a scope is where it is, with what would cure it.
#[derive(Debug, Serialize)]
struct Reason {
    code: ReasonCode,
    detail: Option<Remark>,
    cure: &'static str,
}

/// A notice, without its links: they are the customer's.
#[derive(Debug, Serialize)]
struct Notice {
    number: NoticeNumber,
    to: Recipient,
    sent_at: Option<Time>,
    deadline: Option<Time>,
    reminded_at: Option<Time>,
    mail: Option<MailState>,
}

impl<'a> From<&'a domain::Claim> for Claim<'a> {
    fn from(claim: &'a domain::Claim) -> Self {
        let DetailsBody {
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
        } = DetailsBody::from(&claim.details);
        Self {
            id: &claim.id,
            version: claim.version,
            status: claim.status(),
            deadline: claim.deadline().map(Time),
            created_at: Time(claim.created_at),
            updated_at: Time(claim.updated_at),
            review_due: claim.review_due().map(Time),
            action_due: claim.action_due().map(Time),
            dispute_until: claim.dispute_until().map(Time),
            renews: claim.renews.as_ref(),
            name,
            program,
            activity,
            partner_id,
            tenant_id,
            domain,
            scopes: claim.scopes.iter().map(ClaimedScope::from).collect(),
            customer_contact,
            second_contact,
            partner_contact,
            evidence,
            comment,
            notices: claim.numbered_notices().map(Notice::from).collect(),
        }
    }
}

impl<'a> From<&'a domain::ClaimedScope> for ClaimedScope<'a> {
    fn from(claimed: &'a domain::ClaimedScope) -> Self {
        Self {
            id: claimed.id,
            scope: ScopeBody::from(&claimed.scope),
            standing: claimed.standing(),
            reasons: claimed.reasons().into_iter().map(Reason::from).collect(),
        }
    }
}

impl From<domain::Reason> for Reason {
    fn from(domain::Reason { code, detail }: domain::Reason) -> Self {
        Self { code, detail, cure: code.cure() }
    }
}

impl From<(NoticeNumber, &domain::Notice)> for Notice {
    fn from((number, notice): (NoticeNumber, &domain::Notice)) -> Self {
        Self {
            number,
            to: notice.to,
            sent_at: notice.told_at.map(Time),
            // Until the notice has left, its deadline is a plan.
            deadline: notice.told_at.and(notice.deadline).map(Time),
            reminded_at: notice.reminded_at.map(Time),
            mail: (notice.mail != MailState::Pending).then_some(notice.mail),
        }
    }
}
