//! Programmes, what can be claimed under each, and the catalogue of workloads and products.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::field::{CatalogueCode, Field, Invalid, SubscriptionId, codes};

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

/// One workload or product that can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// The code used in claims.
    pub code: CatalogueCode,
    /// The name that people read; product names are not translated.
    pub name: String,
    /// The programmes under which it can be claimed.
    pub programs: Vec<Program>,
}

/// What can be claimed. Data that an operator can change; [`Catalogue::standard`] until one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Workloads of a tenant.
    pub workloads: Vec<CatalogueEntry>,
    /// Products on subscriptions.
    pub products: Vec<CatalogueEntry>,
}

impl Catalogue {
    /// The entry that a scope names, if there is one.
    pub fn entry(&self, scope: &Scope) -> Option<&CatalogueEntry> {
        let entries = match scope.kind() {
            ScopeKind::Workload => &self.workloads,
            ScopeKind::Product => &self.products,
        };
        entries.iter().find(|entry| entry.code == *scope.code())
    }

    /// What people call a scope: the name in the catalogue, or the code where the catalogue has lost it.
    pub fn label<'a>(&'a self, scope: &'a Scope) -> &'a str {
        self.entry(scope).map_or_else(|| scope.code().as_str(), |entry| entry.name.as_str())
    }

    /// The catalogue that the service starts with.
    pub fn standard() -> Self {
        let entries = |list: &[(&str, &str)], programs: &[Program]| {
            list.iter()
                .filter_map(|(code, name)| {
                    let code = CatalogueCode::parse(code).ok()?;
                    Some(CatalogueEntry { code, name: (*name).to_owned(), programs: programs.to_vec() })
                })
                .collect()
        };
        Self {
            workloads: entries(WORKLOADS, &[Program::OsuM365]),
            products: entries(PRODUCTS, &[Program::OsaSell, Program::OsuBusinessApps]),
        }
    }
}

const WORKLOADS: &[(&str, &str)] = &[
    ("exchange_online", "Exchange Online"),
    ("sharepoint_online", "SharePoint Online"),
    ("teams", "Microsoft Teams"),
    ("teams_meetings", "Teams Meetings"),
    ("teams_phone", "Teams Phone"),
    ("teams_platform", "Teams Platform"),
    ("m365_apps", "Microsoft 365 Apps"),
    ("viva_engage", "Viva Engage"),
    ("viva_insights", "Viva Insights"),
    ("viva_learning", "Viva Learning"),
    ("viva_connections", "Viva Connections"),
    ("intune", "Microsoft Intune"),
    ("entra_id_premium", "Entra ID Premium"),
    ("defender_office_365", "Defender for Office 365"),
    ("defender_endpoint", "Defender for Endpoint"),
    ("defender_identity", "Defender for Identity"),
    ("purview_information_protection", "Purview Information Protection"),
];

const PRODUCTS: &[(&str, &str)] = &[
    ("dynamics365_sales", "Dynamics 365 Sales"),
    ("dynamics365_customer_service", "Dynamics 365 Customer Service"),
    ("dynamics365_field_service", "Dynamics 365 Field Service"),
    ("dynamics365_marketing", "Dynamics 365 Marketing"),
    ("dynamics365_customer_insights", "Dynamics 365 Customer Insights"),
    ("dynamics365_finance", "Dynamics 365 Finance"),
    ("dynamics365_supply_chain_management", "Dynamics 365 Supply Chain Management"),
    ("dynamics365_commerce", "Dynamics 365 Commerce"),
    ("dynamics365_human_resources", "Dynamics 365 Human Resources"),
    ("dynamics365_project_operations", "Dynamics 365 Project Operations"),
    ("dynamics365_business_central", "Dynamics 365 Business Central"),
    ("dynamics365_fraud_protection", "Dynamics 365 Fraud Protection"),
    ("power_apps", "Power Apps"),
    ("power_automate", "Power Automate"),
    ("power_bi", "Power BI"),
    ("power_pages", "Power Pages"),
    ("power_virtual_agents", "Power Virtual Agents"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_catalogue_keeps_every_line_of_its_tables() {
        let catalogue = Catalogue::standard();
        assert_eq!((catalogue.workloads.len(), catalogue.products.len()), (WORKLOADS.len(), PRODUCTS.len()));
    }

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
