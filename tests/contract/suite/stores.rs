//! The stores that the suite is run on.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ClaimId;
use local::database::Database;
use meter::Meter;
use simulation::ports::Memory;
use simulation::world::{World, open};
use store::{
    Claims, Counting, Directory, Dynamo, EvidenceFiles, Forgetting, Insights, Lists, Quotas, Rebuilding,
    UsageFigures,
};

/// A kind of store.
pub trait Kind: Sized {
    /// The store.
    type Store: Claims
        + Clone
        + Counting
        + Directory
        + EvidenceFiles
        + Forgetting
        + Insights
        + Lists
        + Quotas
        + Rebuilding
        + UsageFigures;

    /// A new one with nothing in it.
    async fn empty() -> Self;

    /// The store.
    fn store(&self) -> Self::Store;

    /// Deletes a claim's own item, as its expiry does.
    async fn remove(&self, claim: &ClaimId);
}

/// DynamoDB's adapter, over the local stack's table.
pub struct Table {
    store: Dynamo,
    /// What the store's calls cost.
    pub meter: Meter,
    client: Client,
    database: Database,
}

impl Kind for Table {
    type Store = Dynamo;

    async fn empty() -> Self {
        let database = Database::start().await.unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .endpoint_url(&database.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let meter = Meter::default();
        let metered = config.clone().interceptor(meter.clone()).build();
        let store = Dynamo::new(Client::from_conf(metered), &database.table);
        Self { store, meter, client: Client::from_conf(config.build()), database }
    }

    fn store(&self) -> Dynamo {
        self.store.clone()
    }

    async fn remove(&self, claim: &ClaimId) {
        let key = [("pk", claim.to_string()), ("sk", "CLAIM".to_owned())];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let delete = self.client.delete_item().table_name(&self.database.table).set_key(Some(key.into()));
        delete.send().await.unwrap();
    }
}

/// The store in memory that the simulation has in its place, where nothing goes wrong.
pub struct InMemory(Memory);

impl Kind for InMemory {
    type Store = Memory;

    async fn empty() -> Self {
        Self(Memory(Arc::new(Mutex::new(World::new(crate::bench::monday(), 1)))))
    }

    fn store(&self) -> Memory {
        self.0.clone()
    }

    async fn remove(&self, claim: &ClaimId) {
        open(&self.0.0).table.claims.remove(claim);
    }
}
