//! Who is partner of record for what, and who was.

use domain::field::{PartnerId, TenantId};
use domain::{AssociationId, ClaimId, Holder, Program, Standing};
use serde::Serialize;

use super::Time;
use crate::body::ScopeBody;

/// An association.
#[derive(Debug, Serialize)]
pub struct Association<'a> {
    id: &'a AssociationId,
    claim_id: ClaimId,
    partner_id: &'a PartnerId,
    program: Program,
    tenant_id: &'a TenantId,
    #[serde(flatten)]
    scope: ScopeBody<'a>,
    official_since: Time,
    ended_at: Option<Time>,
    ended_as: Option<Standing>,
}

impl<'a> From<&'a domain::Association> for Association<'a> {
    fn from(association: &'a domain::Association) -> Self {
        let domain::Association { id, tenant, scope, holder, ended } = association;
        let Holder { association: _, partner, program, since } = holder;
        Self {
            id,
            claim_id: id.claim().clone(),
            partner_id: partner,
            program: *program,
            tenant_id: tenant,
            scope: ScopeBody::from(scope),
            official_since: Time(*since),
            ended_at: ended.map(|(at, _)| Time(at)),
            ended_as: ended.map(|(_, standing)| standing),
        }
    }
}
