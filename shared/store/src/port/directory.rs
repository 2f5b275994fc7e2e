//! What the vendor knows of partners and tenants.

use std::future::Future;

use domain::field::{PartnerId, TenantId};
use domain::{Catalogue, Partner, Tenant};

use crate::port::StoreError;

/// The vendor's knowledge of partners and tenants.
pub trait Directory: Sync {
    /// A partner.
    fn partner(&self, id: &PartnerId) -> impl Future<Output = Result<Option<Partner>, StoreError>> + Send;
    /// A tenant.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>, StoreError>> + Send;
    /// The catalogue, if an operator has changed it.
    fn catalogue(&self) -> impl Future<Output = Result<Option<Catalogue>, StoreError>> + Send;
    /// Stores a partner; answers whether it is new.
    fn put_partner(
        &self,
        id: &PartnerId,
        partner: &Partner,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores a tenant; answers whether it is new.
    fn put_tenant(
        &self,
        id: &TenantId,
        tenant: &Tenant,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Stores the catalogue; answers whether it is the first.
    fn put_catalogue(&self, catalogue: &Catalogue) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
