//! Programmes, what can be claimed under each, and the catalogue of workloads and products.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::field::{CatalogueCode, Field, Invalid, Reference, SubscriptionId, codes};
use crate::value::input::Reader;

codes! {
    /// An incentive programme.
    Program {
        /// Online Services Advisory Sell: pays on sold seats.
        OsaSell = "osa_sell",
        /// Online Services Usage, Microsoft 365: pays on usage.
        OsuM365 = "osu_m365",
        /// Online Services Usage, Business Applications: usage of Dynamics 365 and Power Platform.
        OsuBusinessApps = "osu_business_apps",
    }
}

codes! {
    /// What the partner did: it must be what the programme pays for.
    Activity {
        /// Drove use of a workload or product.
        Usage = "usage",
        /// Advised the customer in buying.
        Sell = "sell",
    }
}

codes! {
    /// What a scope is made of.
    ScopeKind {
        /// A workload of the tenant.
        Workload = "workload",
        /// A product on a subscription of the tenant.
        Product = "product",
    }
}

impl Program {
    /// What a claim under this programme must be for.
    pub const fn scope_kind(self) -> ScopeKind {
        match self {
            Self::OsuM365 => ScopeKind::Workload,
            Self::OsaSell | Self::OsuBusinessApps => ScopeKind::Product,
        }
    }

    /// The activity that this programme pays for.
    pub const fn activity(self) -> Activity {
        match self {
            Self::OsaSell => Activity::Sell,
            Self::OsuM365 | Self::OsuBusinessApps => Activity::Usage,
        }
    }

    /// Whether partners of record under this programme see usage (monthly active users, paid available units).
    pub const fn shows_usage(self) -> bool {
        matches!(self.activity(), Activity::Usage)
    }

    /// Whether partners of record under this programme see sold seats.
    pub const fn shows_sold_seats(self) -> bool {
        matches!(self.activity(), Activity::Sell)
    }
}

/// What exactly is claimed: a workload of the tenant, or a product on one of its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// A workload of the tenant.
    Workload(CatalogueCode),
    /// A product on a subscription of the tenant.
    Product {
        /// The subscription that carries the product.
        subscription_id: SubscriptionId,
        /// The product claimed.
        product: CatalogueCode,
    },
}

impl Scope {
    /// Whether this is a workload or a product.
    pub const fn kind(&self) -> ScopeKind {
        match self {
            Self::Workload(_) => ScopeKind::Workload,
            Self::Product { .. } => ScopeKind::Product,
        }
    }

    /// The workload's or product's code.
    pub const fn code(&self) -> &CatalogueCode {
        match self {
            Self::Workload(code) | Self::Product { product: code, .. } => code,
        }
    }

    /// The subscription, for a product.
    pub const fn subscription_id(&self) -> Option<&SubscriptionId> {
        match self {
            Self::Workload(_) => None,
            Self::Product { subscription_id, .. } => Some(subscription_id),
        }
    }
}

/// The form in which scopes are stored and named in keys: `workload:teams`, `product:power_bi@<subscription>`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload(code) => write!(f, "workload:{code}"),
            Self::Product { subscription_id, product } => write!(f, "product:{product}@{subscription_id}"),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl TryFrom<String> for Scope {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        if let Some(code) = text.strip_prefix("workload:") {
            return CatalogueCode::parse(code).map(Self::Workload);
        }
        match text.strip_prefix("product:").and_then(|rest| rest.split_once('@')) {
            Some((product, subscription)) => Ok(Self::Product {
                subscription_id: SubscriptionId::parse(subscription)?,
                product: CatalogueCode::parse(product)?,
            }),
            None => {
                Err(Invalid::new("invalid_scope", "must be workload:<code> or product:<code>@<subscription>"))
            }
        }
    }
}

/// A scope as callers write it: `{"workload"}` or `{"subscription_id", "product"}`.
pub fn scope(body: &mut Reader<'_, '_>) -> Option<Scope> {
    if !body.is_object() {
        return None;
    }
    if body.has("workload") == (body.has("subscription_id") || body.has("product")) {
        // Asking for all three keeps them from being called unknown as well.
        let _ = (body.optional::<Reference>("workload"), body.optional::<Reference>("subscription_id"));
        let _ = body.optional::<Reference>("product");
        body.wrong(
            "",
            "invalid_scope",
            "must be either {\"workload\"} or {\"subscription_id\", \"product\"}",
        );
        return None;
    }
    if body.has("workload") {
        return body.required("workload").map(Scope::Workload);
    }
    let (subscription_id, product) = (body.required("subscription_id"), body.required("product"));
    Some(Scope::Product { subscription_id: subscription_id?, product: product? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_as_it_was_written() {
        for text in ["workload:teams", "product:power_bi@3fa85f64-5717-4562-b3fc-2c963f66afa6"] {
            assert_eq!(Scope::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["teams", "workload:", "product:power_bi", "product:power_bi@x"] {
            assert!(Scope::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
