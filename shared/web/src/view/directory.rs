//! What the vendor knows of partners, tenants and products, as operators read it back.

use domain::calendar::Country;
use domain::field::{CatalogueCode, DomainName, Email, FirmName, SubscriptionId};
use domain::{Channel, Program, SubscriptionState};
use serde::Serialize;

/// A partner and its enrolments.
#[derive(Debug, Serialize)]
pub struct Partner<'a> {
    name: &'a FirmName,
    programs: &'a [Program],
}

impl<'a> From<&'a domain::Partner> for Partner<'a> {
    fn from(domain::Partner { name, programs }: &'a domain::Partner) -> Self {
        Self { name, programs }
    }
}

/// A customer's tenant.
#[derive(Debug, Serialize)]
pub struct Tenant<'a> {
    name: &'a FirmName,
    country: Country,
    notice_email: Option<&'a Email>,
    domains: &'a [DomainName],
    workloads: &'a [CatalogueCode],
    subscriptions: Vec<Subscription<'a>>,
}

impl<'a> From<&'a domain::Tenant> for Tenant<'a> {
    fn from(tenant: &'a domain::Tenant) -> Self {
        let domain::Tenant { name, country, notice_email, domains, workloads, subscriptions } = tenant;
        Self {
            name,
            country: *country,
            notice_email: notice_email.as_ref(),
            domains,
            workloads,
            subscriptions: subscriptions.iter().map(Subscription::from).collect(),
        }
    }
}

/// A product on a subscription of a tenant.
#[derive(Debug, Serialize)]
struct Subscription<'a> {
    id: &'a SubscriptionId,
    product: &'a CatalogueCode,
    state: SubscriptionState,
    channel: Channel,
}

impl<'a> From<&'a domain::Subscription> for Subscription<'a> {
    fn from(domain::Subscription { id, product, state, channel }: &'a domain::Subscription) -> Self {
        Self { id, product, state: *state, channel: *channel }
    }
}

/// What can be claimed.
#[derive(Debug, Serialize)]
pub struct Catalogue<'a> {
    workloads: Vec<CatalogueEntry<'a>>,
    products: Vec<CatalogueEntry<'a>>,
}

impl<'a> From<&'a domain::Catalogue> for Catalogue<'a> {
    fn from(domain::Catalogue { workloads, products }: &'a domain::Catalogue) -> Self {
        Self {
            workloads: workloads.iter().map(CatalogueEntry::from).collect(),
            products: products.iter().map(CatalogueEntry::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct CatalogueEntry<'a> {
    code: &'a CatalogueCode,
    name: &'a str,
    programs: &'a [Program],
}

impl<'a> From<&'a domain::CatalogueEntry> for CatalogueEntry<'a> {
    fn from(domain::CatalogueEntry { code, name, programs }: &'a domain::CatalogueEntry) -> Self {
        Self { code, name, programs }
    }
}
