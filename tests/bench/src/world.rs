//! What the functions find in the table: partners, tenants, and claims at a point of their life.

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use chrono::{DateTime, Utc};
use domain::field::Field;
use domain::{
    Actor, Change, Claim, ClaimId, Command, Event, IdempotencyKey, Link, LinkToken, Partner, Policy,
    Recipient, Submission, Tenant, decide, evolve,
};
use local::database::Database;
use meter::Meter;
use runtime::Clock;
use serde_json::{Value as Json, json};
use store::{Claims, Directory, Done, Dynamo, Executor, Requester};

/// The partner that claims.
pub const PARTNER: &str = "1234567";

/// A table and the store on it.
pub struct World {
    /// The table, answering as DynamoDB.
    pub database: Database,
    /// A client of it.
    pub client: Client,
    /// The store on it.
    pub store: Dynamo,
    /// What the store's calls cost.
    pub meter: Meter,
    /// The default policy.
    pub policy: Policy,
}

impl World {
    /// A table with one partner in it.
    pub async fn new() -> Result<Self> {
        let database = Database::without_stream().await?;
        let config = config(&database.endpoint);
        let meter = Meter::default();
        let metered = config.clone().interceptor(meter.clone()).build();
        let store = Dynamo::new(Client::from_conf(metered), &database.table);
        let client = Client::from_conf(config.build());
        let world = Self { database, client, store, meter, policy: Policy::default() };
        let partner = Partner::parse(&json!({"name": "Fabrikam", "programs": ["osu_m365"]}));
        let partner = partner.map_err(|_| anyhow!("the partner is wrong"))?;
        world.store.put_partner(&parsed(PARTNER)?, &partner).await.context("the partner is not stored")?;
        Ok(world)
    }

    /// Registers a tenant; its ID.
    pub async fn tenant(&self, number: u64) -> Result<String> {
        let id = tenant_id(number);
        let tenant = json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"],
            "workloads": ["teams", "exchange_online", "intune"], "subscriptions": [] });
        let tenant = Tenant::parse(&tenant).map_err(|_| anyhow!("the tenant is wrong"))?;
        self.store.put_tenant(&parsed(&id)?, &tenant).await.context("the tenant is not stored")?;
        Ok(id)
    }

    /// Submits a claim, as `submit-claim` does.
    pub async fn submit(&self, tenant: &str, body: &Json, at: DateTime<Utc>) -> Result<Claim> {
        let submission = Submission::parse(body).map_err(|_| anyhow!("the claim is wrong"))?;
        let id = claim_id(&format!("prepared-{tenant}"))?;
        let new = Claim::new(id.clone(), &submission, "digest-of-the-body".to_owned(), at);
        let details = &submission.details;
        let needs = Command::Submit.needs(&new);
        let context = self.store.context(&details.partner_id, &details.tenant_id, &needs).await;
        let context = context.context("the context is not read")?;
        let mut events = vec![Event::Created];
        let submitted = decide(&new, &Command::Submit, &context, &self.policy, at);
        events.extend(submitted.map_err(|rejection| anyhow!("{rejection:?}"))?);
        let after = evolve(&new, &events, at);
        let change = Change { before: None, after, events, actor: Actor::SYSTEM, at };
        let stored = self.store.commit(std::slice::from_ref(&change), context.slots(), &self.policy).await;
        stored.context("the claim is not stored")?;
        Ok(change.after)
    }

    /// A claim whose customer has been told, with the customer's link.
    pub async fn waiting(&self, tenant: &str, at: DateTime<Utc>) -> Result<(Claim, String)> {
        let claim = self.submit(tenant, &claim_body(tenant, at), at).await?;
        let token = LinkToken::new(&claim.id, [7; 32]);
        let links = vec![Link { digest: token.digest(), to: Recipient::CustomerContact }];
        self.ask(&claim, Command::PrepareNotice { notice: domain::NoticeNumber::FIRST, links }, at).await?;
        let told =
            self.ask(&claim, Command::CustomerTold { notice: domain::NoticeNumber::FIRST }, at).await?;
        Ok((told.claim, token.expose().to_owned()))
    }

    /// Carries out a command.
    pub async fn ask(&self, claim: &Claim, command: Command, now: DateTime<Utc>) -> Result<Done> {
        let clock = Clock::new(move || now);
        let executor = Executor { store: self.store.clone(), policy: self.policy.clone(), clock };
        executor.execute(&claim.id, &Requester::SYSTEM, command).await.context("a command failed")
    }

    /// Lets a deadline pass, as `promote` does.
    pub async fn promote(&self, claim: &Claim, now: DateTime<Utc>) -> Result<Done> {
        self.ask(claim, Command::Promote { notice: domain::NoticeNumber::FIRST }, now).await
    }
}

/// A client of an embedded database.
pub fn client(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

fn config(endpoint: &str) -> Builder {
    aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(local::template::REGION))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
}

/// The tenant of that number.
pub fn tenant_id(number: u64) -> String {
    format!("3fa85f64-5717-4562-b3fc-{number:012x}")
}

/// The claim that a key of the partner's makes.
pub fn claim_id(key: &str) -> Result<ClaimId> {
    Ok(ClaimId::of(&parsed(PARTNER)?, &parsed::<IdempotencyKey>(key)?))
}

/// The claim of the README's tour, for a tenant.
pub fn claim_body(tenant: &str, at: DateTime<Utc>) -> Json {
    let signed = (at - chrono::TimeDelta::days(30)).date_naive();
    json!({
        "name": "Contoso Teams rollout", "program": "osu_m365", "activity": "usage",
        "partner_id": PARTNER, "tenant_id": tenant, "domain": "contoso.com", "scopes": [{"workload": "teams"}],
        "customer_contact": { "name": "Jana Nováková", "title": "Head of IT", "email": "jana.novakova@contoso.com",
            "language": "cs", "country": "CZ", "time_zone": "Europe/Prague" },
        "second_contact": null,
        "partner_contact": { "name": "Petr Svoboda", "email": "petr.svoboda@fabrikam.example" },
        "evidence": [{ "kind": "signed_statement", "signed_on": signed, "reference": "SOW-118" }],
        "comment": null,
    })
}

/// Each claim with a contact of its own: only so many mails a day go to one.
pub fn contact(mut body: Json, number: u64) -> Json {
    body["customer_contact"]["email"] = json!(format!("contact-{number}@contoso.com"));
    body
}

fn parsed<T: Field>(text: &str) -> Result<T> {
    T::parse(text).map_err(|invalid| anyhow!("{text} {}", invalid.detail))
}
