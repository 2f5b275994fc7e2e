//! What the vendor knows of tenants, as operators keep it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calendar::Country;
use crate::directory::program::Scope;
use crate::value::field::{CatalogueCode, DomainName, Email, FirmName, SubscriptionId, codes};
use crate::value::input;
use crate::value::input::{InputError, Reader};

/// A customer's tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The customer's name.
    pub name: FirmName,
    /// Its country.
    pub country: Country,
    /// An address that always gets the notice too.
    pub notice_email: Option<Email>,
    /// The domains that belong to it.
    pub domains: Vec<DomainName>,
    /// The workloads that it uses.
    pub workloads: Vec<CatalogueCode>,
    /// Its subscriptions.
    pub subscriptions: Vec<Subscription>,
}

codes! {
    /// The state of a subscription.
    SubscriptionState {
        /// Bought, not yet usable.
        Provisioning = "provisioning",
        /// In use.
        Active = "active",
        /// Ended, still usable for a while.
        Grace = "grace",
        /// Ended.
        Expired = "expired",
        /// Switched off.
        Suspended = "suspended",
    }
}

codes! {
    /// Through which channel a subscription was bought.
    Channel {
        /// From the vendor.
        Direct = "direct",
        /// Under a volume agreement.
        Volume = "volume",
        /// From a cloud solution provider; the programmes exclude it.
        Csp = "csp",
    }
}

/// A subscription of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its ID.
    pub id: SubscriptionId,
    /// The product that it is for.
    pub product: CatalogueCode,
    /// Its state.
    pub state: SubscriptionState,
    /// How it was bought.
    pub channel: Channel,
}

impl Subscription {
    /// Whether work on it can be claimed.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, SubscriptionState::Active | SubscriptionState::Grace)
    }
}

impl Tenant {
    /// Whether an address or name lies in one of the tenant's domains.
    pub fn owns(&self, name: &str) -> bool {
        self.domains.iter().any(|domain| domain.contains(name))
    }

    /// Whether a scope is a product whose subscription no longer carries it. A subscription that is still being
    /// provisioned has not ended, and one in grace may yet be renewed.
    pub fn has_ended(&self, scope: &Scope) -> bool {
        use SubscriptionState::{Active, Grace, Provisioning};
        let Scope::Product { subscription_id, product } = scope else { return false };
        let carries = |subscription: &Subscription| {
            subscription.id == *subscription_id
                && subscription.product == *product
                && matches!(subscription.state, Active | Grace | Provisioning)
        };
        !self.subscriptions.iter().any(carries)
    }

    /// Parses the body of `PUT /tenants/{id}`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(body: &Value) -> Result<Self, Vec<InputError>> {
        input::read(body, |body| {
            let (name, country) = (body.required("name"), body.required("country"));
            let notice_email = body.optional("notice_email");
            let domains = body.texts("domains", 200);
            let workloads = body.texts("workloads", 200);
            let subscriptions = subscriptions(body);
            if body.is_object() && domains.as_ref().is_some_and(Vec::is_empty) {
                body.wrong("domains", "required", "must name at least one domain");
            }
            Some(Self {
                name: name?,
                country: country?,
                notice_email,
                domains: domains?,
                workloads: workloads?,
                subscriptions: subscriptions?,
            })
        })
    }
}

/// A subscription can carry several products, each with its own state: an entry for each, and one only.
fn subscriptions(body: &mut Reader<'_, '_>) -> Option<Vec<Subscription>> {
    let entries = body.objects("subscriptions", 500, subscription)?;
    let same = |a: &Subscription, b: &Subscription| a.id == b.id && a.product == b.product;
    let mut repeated = false;
    for (at, entry) in entries.iter().enumerate() {
        if entries[..at].iter().any(|other| same(other, entry)) {
            let detail = "is in the list already, for the same subscription";
            body.wrong(&format!("subscriptions/{at}/product"), "repeated", detail);
            repeated = true;
        }
    }
    (!repeated).then_some(entries)
}

fn subscription(body: &mut Reader<'_, '_>) -> Option<Subscription> {
    let (id, product) = (body.required("id"), body.required("product"));
    let (state, channel) = (body.required("state"), body.required("channel"));
    Some(Subscription { id: id?, product: product?, state: state?, channel: channel? })
}
