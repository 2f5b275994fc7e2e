//! Coded reasons: why the vendor asks or refuses, or why an association ended.

use serde::{Deserialize, Serialize};

use crate::value::field::{Remark, codes};
use crate::value::id::ScopeId;

codes! {
    /// Why the vendor asks for information, refuses, or why an association ended.
    ReasonCode {
        /// There is no proof of execution.
        MissingPoe = "missing_poe",
        /// The customer has not acknowledged the proof.
        MissingCustomerAcknowledgement = "missing_customer_acknowledgement",
        /// Dates are missing or too old.
        MissingDates = "missing_dates",
        /// The proof does not say what the partner did.
        MissingPartnerService = "missing_partner_service",
        /// The proof does not name the product or workload.
        MissingProduct = "missing_product",
        /// The partner did not answer in time.
        NoPartnerResponse = "no_partner_response",
        /// The partner asked for it.
        PartnerRequest = "partner_request",
        /// The customer said no.
        CustomerDeclined = "customer_declined",
        /// Mail does not reach the customer's contact.
        CustomerContactUndeliverable = "customer_contact_undeliverable",
        /// Another partner's claim had the better evidence.
        LostToCompetingClaim = "lost_to_competing_claim",
    }
}

impl ReasonCode {
    /// What would cure it, for partners.
    pub const fn cure(self) -> &'static str {
        match self {
            Self::MissingPoe => "Add a proof of execution and submit again.",
            Self::MissingCustomerAcknowledgement => {
                "Add a proof that the customer has signed, and submit again."
            }
            Self::MissingDates => {
                "Give a signed proof, with its date, that is recent enough for the programme, and submit again."
            }
            Self::MissingPartnerService => {
                "Give a proof that says what you did for the customer, and submit again."
            }
            Self::MissingProduct => {
                "Give a proof that names the workload or product claimed, and submit again."
            }
            Self::NoPartnerResponse => "Dispute with the information that was asked for.",
            Self::PartnerRequest => "Nothing: you asked for it. Submit a new claim when you need one.",
            Self::CustomerDeclined => "Talk to the customer; with its consent, submit a new claim.",
            Self::CustomerContactUndeliverable => "Correct the customer's contact and submit again.",
            Self::LostToCompetingClaim => "Give newer evidence of your work, in a dispute or a new claim.",
        }
    }
}

/// A coded reason, with words that may accompany the code and never replace it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// More about this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Remark>,
}

/// A coded reason for one scope.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScopeReason {
    /// The scope.
    pub scope: ScopeId,
    /// The reason.
    #[serde(flatten)]
    pub reason: Reason,
}

/// The scopes that reasons are given for, each once.
pub fn scopes_of(reasons: &[ScopeReason]) -> Vec<ScopeId> {
    let mut scopes: Vec<_> = reasons.iter().map(|reason| reason.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
