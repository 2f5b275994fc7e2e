//! What the vendor knows of partners and tenants.

use domain::field::{PartnerId, TenantId};
use domain::{Catalogue, Partner, Tenant};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key};
use crate::port::{Directory, StoreError};

impl Directory for Dynamo {
    async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, StoreError> {
        self.get(&Key::partner(id)).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        // Consistent: who asks may have been told of a change that a moment ago was made.
        self.get_item(&Key::tenant(id), true).await?.map(item::read).transpose()
    }

    async fn catalogue(&self) -> Result<Option<Catalogue>, StoreError> {
        self.get(&Key::catalogue()).await
    }

    async fn put_partner(&self, id: &PartnerId, partner: &Partner) -> Result<bool, StoreError> {
        self.put(&Key::partner(id), "partner", partner).await
    }

    async fn put_tenant(&self, id: &TenantId, tenant: &Tenant) -> Result<bool, StoreError> {
        self.put(&Key::tenant(id), "tenant", tenant).await
    }

    async fn put_catalogue(&self, catalogue: &Catalogue) -> Result<bool, StoreError> {
        self.put(&Key::catalogue(), "catalogue", catalogue).await
    }
}
