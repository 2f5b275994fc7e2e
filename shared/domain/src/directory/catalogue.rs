//! The catalogue: which workloads and products can be claimed, and under which programmes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::directory::program::{Program, Scope, ScopeKind};
use crate::value::field::{CatalogueCode, Field, FirmName};
use crate::value::input;
use crate::value::input::{InputError, Reader};

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

impl Catalogue {
    /// Parses the body of `PUT /catalogue`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(body: &Value) -> Result<Self, Vec<InputError>> {
        input::read(body, |body| {
            let workloads = entries(body, "workloads");
            let products = entries(body, "products");
            Some(Self { workloads: workloads?, products: products? })
        })
    }
}

fn entries(body: &mut Reader<'_, '_>, name: &'static str) -> Option<Vec<CatalogueEntry>> {
    let entries = body.objects(name, 500, |entry| {
        let (code, name) = (entry.required("code"), entry.required::<FirmName>("name"));
        let programs = entry.texts("programs", Program::ALL.len());
        Some(CatalogueEntry { code: code?, name: name?.to_string(), programs: programs? })
    })?;
    for (at, entry) in entries.iter().enumerate() {
        if entries[..at].iter().any(|other| other.code == entry.code) {
            body.wrong(&format!("{name}/{at}/code"), "repeated", "is in the list already");
            return None;
        }
    }
    Some(entries)
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
}
