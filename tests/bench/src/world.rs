//! What the functions find in the table: partners, tenants, and claims at a point of their life.

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use chrono::{DateTime, Utc};
use domain::field::Field;
use domain::{
    Actor, Claim, ClaimId, Command, Event, IdempotencyKey, Link, LinkToken, Partner, Policy, Recipient,
    Submission, Tenant, check_claim, decide, evolve,
};
use local::database::Database;
use serde_json::{Value as Json, json};
use store::{Change, Claims, Directory, Done, Dynamo, Needs, Request, carry_out};

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
    /// The default policy.
    pub policy: Policy,
}

impl World {
    /// A table with one partner in it.
    pub async fn new() -> Result<Self> {
        let database = Database::without_stream().await?;
        let client = client(&database.endpoint);
        let store = Dynamo::new(client.clone(), &database.table);
        let world = Self { database, client, store, policy: Policy::default() };
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
        let document = &submission.document;
        let around =
            self.store.surroundings(&document.partner_id, &document.tenant_id, &submission.scopes, &[]).await;
        let around = around.context("the surroundings are not read")?;
        let findings = check_claim(&new, &around, &self.policy, at);
        let command = Command::Submit { findings, slots: around.slots.clone() };
        let mut events = vec![Event::Created];
        let submitted = decide(&new, &command, &self.policy, at);
        events.extend(submitted.map_err(|rejection| anyhow!("{rejection:?}"))?);
        let after = evolve(&new, &events, at);
        let change = Change { before: None, after, events, actor: Actor::SYSTEM, at };
        let stored = self.store.commit(std::slice::from_ref(&change), &around.slots, &self.policy).await;
        stored.context("the claim is not stored")?;
        Ok(change.after)
    }

    /// A claim whose customer has been told, with the customer's link.
    pub async fn waiting(&self, tenant: &str, at: DateTime<Utc>) -> Result<(Claim, String)> {
        let claim = self.submit(tenant, &claim_body(tenant, at), at).await?;
        let token = LinkToken::new(&claim.id, [7; 32]);
        let links = vec![Link { digest: token.digest(), to: Recipient::CustomerContact }];
        self.ask(&claim, Command::PrepareNotice { notice: 1, links }, at).await?;
        let told = self.ask(&claim, Command::CustomerTold { notice: 1 }, at).await?;
        Ok((told.claim, token.expose().to_owned()))
    }

    /// Carries out a command that needs no slots.
    pub async fn ask(&self, claim: &Claim, command: Command, now: DateTime<Utc>) -> Result<Done> {
        let asked =
            Request { claim: &claim.id, actor: Actor::SYSTEM, now, if_version: None, needs: Needs::Claim };
        carry_out(&self.store, &self.policy, asked, |_, _| Ok(command.clone()))
            .await
            .context("a command failed")
    }

    /// Lets a deadline pass, as `promote` does.
    pub async fn promote(&self, claim: &Claim, now: DateTime<Utc>) -> Result<Done> {
        let asked =
            Request { claim: &claim.id, actor: Actor::SYSTEM, now, if_version: None, needs: Needs::Slots };
        let promote = |_: &Claim, around: &domain::Surroundings| {
            Ok(Command::Promote { notice: 1, slots: around.slots.clone() })
        };
        carry_out(&self.store, &self.policy, asked, promote).await.context("no promotion")
    }
}

/// A client of an embedded database.
pub fn client(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(local::template::REGION))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
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
