//! What checks find.

use serde::{Deserialize, Serialize};

use crate::value::field::codes;

codes! {
    /// What a check can find.
    FindingCode {
        /// The partner is unknown or not enrolled in the programme.
        PartnerNotEnrolled = "partner_not_enrolled",
        /// No such tenant.
        TenantUnknown = "tenant_unknown",
        /// The domain does not belong to the tenant.
        DomainTenantMismatch = "domain_tenant_mismatch",
        /// The activity is not what the programme pays for.
        ActivityNotInProgram = "activity_not_in_program",
        /// The scope cannot be claimed under the programme.
        ScopeNotInProgram = "scope_not_in_program",
        /// The tenant does not use the workload.
        WorkloadNotInTenant = "workload_not_in_tenant",
        /// The subscription is not the tenant's.
        SubscriptionNotInTenant = "subscription_not_in_tenant",
        /// The subscription is for another product.
        SubscriptionWrongProduct = "subscription_wrong_product",
        /// The subscription is neither active nor in grace.
        SubscriptionNotActive = "subscription_not_active",
        /// The subscription was bought through a channel that the programme excludes.
        SubscriptionChannelExcluded = "subscription_channel_excluded",
        /// There is no proof of execution.
        MissingPoe = "missing_poe",
        /// The proof is older than the programme allows.
        EvidenceTooOld = "evidence_too_old",
        /// The proof is dated after today.
        EvidenceInFuture = "evidence_in_future",
        /// No proof names the person at the customer who signed, as the programme asks.
        MissingCustomerAcknowledgement = "missing_customer_acknowledgement",
        /// No proof comes with its file, as the programme asks.
        MissingEvidenceFile = "missing_evidence_file",
        /// A proof names a file that the partner does not have.
        EvidenceUnknown = "evidence_unknown",
        /// A proof names a file whose bytes have not been verified.
        EvidenceNotVerified = "evidence_not_verified",
        /// A contact at the customer is a mailbox of the partner's, or in the domain of its contact.
        ContactIsPartner = "contact_is_partner",
        /// The partner holds or claims this scope already.
        AlreadyClaimedByYou = "already_claimed_by_you",
        /// Too many open claims stand against this scope.
        TooManyCompetingClaims = "too_many_competing_claims",
        /// Another partner holds or claims this scope: a reviewer decides.
        CompetingClaim = "competing_claim",
        /// The contact's address is in none of the tenant's domains: a reviewer looks.
        ContactOutsideTenant = "contact_outside_tenant",
        /// The contact's address is one that nobody reads, such as `noreply`: a reviewer looks.
        RoleMailbox = "role_mailbox",
        /// The vendor reviews every claim under this programme.
        ProgramReviewed = "program_reviewed",
        /// A reviewer asked for information: a reviewer reads the answer.
        AnswerToReview = "answer_to_review",
        /// The partner has had as many notices sent to this contact today as the vendor allows: a reviewer looks.
        ContactNoticeLimit = "contact_notice_limit",
    }
}

impl FindingCode {
    /// Whether it only sends the claim to a reviewer, instead of standing in its way.
    pub const fn is_for_review(self) -> bool {
        matches!(
            self,
            Self::CompetingClaim
                | Self::ContactOutsideTenant
                | Self::RoleMailbox
                | Self::ProgramReviewed
                | Self::AnswerToReview
                | Self::ContactNoticeLimit
        )
    }
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// RFC 6901 pointer into the claim's body.
    pub pointer: String,
    /// What was found.
    pub code: FindingCode,
    /// What would correct it.
    pub detail: String,
}
