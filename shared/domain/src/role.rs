//! Who may do what: one table.

use serde::{Deserialize, Serialize};

use crate::value::field::{PartnerId, codes};

codes! {
    /// A caller's role.
    Role {
        /// Acts for a partner.
        IncentivesAdmin = "incentives_admin",
        /// Reads for a partner.
        IncentivesUser = "incentives_user",
        /// Validates claims for the vendor.
        Reviewer = "reviewer",
        /// Runs the service for the vendor.
        Operator = "operator",
    }
}

codes! {
    /// What a caller can ask for.
    Action {
        /// Create, submit and check claims.
        Submit = "submit",
        /// Edit, submit, withdraw, dispute and end claims that there are.
        ManageClaim = "manage_claim",
        /// Read claims and their history.
        ReadClaims = "read_claims",
        /// Announce and verify evidence files.
        UploadEvidence = "upload_evidence",
        /// Read evidence files.
        ReadEvidence = "read_evidence",
        /// Comment on a claim.
        Comment = "comment",
        /// Read one's own associations and their figures.
        ReadOwnAssociations = "read_own_associations",
        /// Read the review queue; approve, ask, reject.
        Review = "review",
        /// Read who is and was partner of record at a tenant.
        ReadTenantAssociations = "read_tenant_associations",
        /// Change partners, tenants and the catalogue.
        ManageDirectory = "manage_directory",
        /// Deliver figures of usage.
        DeliverUsage = "deliver_usage",
        /// Read who has read an association's figures.
        ReadAccesses = "read_accesses",
        /// Read counts and rates over all partners.
        ReadInsights = "read_insights",
    }
}

/// Whether a role may do a thing at all. That a partner's claims are its own is decided where they are read.
pub const fn may(role: Role, action: Action) -> bool {
    match action {
        Action::Submit | Action::ManageClaim | Action::UploadEvidence => {
            matches!(role, Role::IncentivesAdmin)
        }
        Action::ReadOwnAssociations => matches!(role, Role::IncentivesAdmin | Role::IncentivesUser),
        Action::ReadClaims => true,
        // Operators keep the directory; what proves a claim is between partner and reviewer.
        Action::ReadEvidence => !matches!(role, Role::Operator),
        Action::Comment => matches!(role, Role::IncentivesAdmin | Role::Reviewer),
        Action::Review => matches!(role, Role::Reviewer),
        Action::ReadTenantAssociations | Action::ReadAccesses | Action::ReadInsights => {
            matches!(role, Role::Reviewer | Role::Operator)
        }
        Action::ManageDirectory | Action::DeliverUsage => matches!(role, Role::Operator),
    }
}

impl Role {
    /// Whether the role is the vendor's staff, who belong to no partner.
    pub const fn is_vendor(self) -> bool {
        matches!(self, Self::Reviewer | Self::Operator)
    }
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The subject of its token.
    pub subject: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// The partner it belongs to; `None` for the vendor's staff.
    pub partner: Option<PartnerId>,
}

impl Caller {
    /// The role in which the caller may do a thing.
    pub fn role_for(&self, action: Action) -> Option<Role> {
        // A partner's role without a partner, or a vendor's with one, is a token made wrongly: it opens nothing.
        self.roles
            .iter()
            .copied()
            .find(|role| may(*role, action) && role.is_vendor() == self.partner.is_none())
    }
}

codes! {
    /// In which capacity somebody, or something, made a change.
    ActorKind {
        /// A partner's incentives admin.
        Partner = "partner",
        /// The vendor's reviewer.
        Reviewer = "reviewer",
        /// The vendor's operator.
        Operator = "operator",
        /// The customer, through the link in its mail.
        Customer = "customer",
        /// A rule, a timer or a mail service's report.
        System = "system",
    }
}

/// Who made a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// In which capacity.
    pub kind: ActorKind,
    /// The subject of the caller's token, or which link the customer used; shown to the same side only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Actor {
    /// A rule, a timer or a report.
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: None };

    /// A caller acting in a role.
    pub fn caller(caller: &Caller, role: Role) -> Self {
        let kind = match role {
            Role::IncentivesAdmin | Role::IncentivesUser => ActorKind::Partner,
            Role::Reviewer => ActorKind::Reviewer,
            Role::Operator => ActorKind::Operator,
        };
        Self { kind, id: Some(caller.subject.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partners_role_without_a_partner_opens_nothing() {
        let caller = |roles: &[Role], partner: Option<&str>| Caller {
            subject: "s".to_owned(),
            roles: roles.to_vec(),
            partner: partner.map(|id| id.parse().unwrap()),
        };
        assert_eq!(caller(&[Role::IncentivesAdmin], None).role_for(Action::Submit), None);
        assert_eq!(caller(&[Role::Operator], Some("1234567")).role_for(Action::ManageDirectory), None);
        let admin = caller(&[Role::IncentivesUser, Role::IncentivesAdmin], Some("1234567"));
        assert_eq!(admin.role_for(Action::Submit), Some(Role::IncentivesAdmin));
    }
}
