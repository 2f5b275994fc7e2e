//! The functions over a table of their own, and steps in the life of claims.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Claim, ClaimId, IdempotencyKey, Policy, Scope, Slot, Transition};
use lambda_http::{Body, Response};
use local::database::Database;
use mail::SesPost;
use runtime::{Clock, Settings};
use schedule::{EventBridge, Timer};
use serde_json::{Value, json};
use simulation::functions::{Functions, asked, plain, text};
use simulation::world::Record;
use store::{Claims, Dynamo, Lists};

use crate::layer::Layer;

pub const TENANT: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
pub const SUBSCRIPTION: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa7";
pub const OURS: &str = "1234567";
pub const THEIRS: &str = "7654321";

/// Everything that a scene needs.
pub struct Bench {
    pub layer: Layer,
    pub functions: Functions<Dynamo, SesPost, EventBridge>,
    /// The table, looked at without the layer.
    pub store: Dynamo,
    time: Arc<Mutex<DateTime<Utc>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    _database: Database,
}

static DRAWN: AtomicU64 = AtomicU64::new(1);

fn secret() -> Result<[u8; 32], outreach::OutreachError> {
    let drawn = DRAWN.fetch_add(1, Ordering::Relaxed);
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&drawn.to_le_bytes());
    Ok(secret)
}

/// Settings of `notify`.
fn setting(name: &str) -> Option<String> {
    let arn = |name: &str| format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}");
    Some(match name {
        "SCHEDULE_GROUP" => "timers".to_owned(),
        "SCHEDULE_ROLE_ARN" => "arn:aws:iam::000000000000:role/timers".to_owned(),
        "PROMOTE_FUNCTION_ARN" => arn("promote"),
        "NOTIFY_FUNCTION_ARN" => arn("notify"),
        "LAPSE_FUNCTION_ARN" => arn("lapse"),
        _ => return None,
    })
}

/// What somebody or something does.
#[derive(Debug, Clone)]
pub enum Step {
    /// A partner creates a claim under a key: workloads, or products on the subscription.
    Create(&'static str, &'static str, &'static [&'static str]),
    /// A claim of a key is asked something: role, partner, method, what follows its path, body.
    Ask(&'static str, &'static str, &'static str, &'static str, Value),
    /// The stream hands over what it has not yet handed over of a partner's claim.
    Stream(&'static str, &'static str),
    /// A batch of the stream, as it was handed over before.
    Records(Vec<Record>),
    /// A timer fires: deadline, reminder or answer, of a notice.
    Timer(&'static str, &'static str, &'static str, u8),
    /// The mail service tells of a notice's mail.
    MailEvent(&'static str, u8),
    /// The customer answers through its latest link.
    Customer(&'static str),
    /// The operator says of which state the subscription is.
    Tenant(&'static str),
    /// The stream hands over the tenant.
    TenantStream,
    /// `reconcile` runs.
    Reconcile,
    /// The operator delivers figures.
    Deliver,
    /// The partner reads figures.
    Figures,
    /// The customer gets a link to a notice that is on its way.
    Link(u8),
    /// Time passes, in hours.
    Wait(i64),
}

pub fn claim_of(partner: &str, key: &str) -> ClaimId {
    ClaimId::of(&partner.parse().unwrap(), &key.parse::<IdempotencyKey>().unwrap())
}

pub fn body(partner: &str, scopes: &[&str]) -> String {
    let products = scopes.contains(&"power_bi");
    let (program, activity) = if products { ("osa_sell", "sell") } else { ("osu_m365", "usage") };
    let scope = |code: &&str| match products {
        true => json!({ "subscription_id": SUBSCRIPTION, "product": code }),
        false => json!({ "workload": code }),
    };
    json!({
        "name": "Rollout", "program": program, "activity": activity, "partner_id": partner, "tenant_id": TENANT,
        "domain": "contoso.com", "scopes": scopes.iter().map(scope).collect::<Vec<_>>(),
        "customer_contact": { "name": "Jana", "title": "Head of IT", "email": "jana@contoso.com", "language": "en",
            "country": "CZ", "time_zone": "Europe/Prague" },
        "partner_contact": { "name": "Petr", "email": format!("petr@partner{partner}.example") },
        "evidence": [{ "kind": "contract", "signed_on": "2021-04-03", "reference": "SOW-118" }],
    })
    .to_string()
}

impl Bench {
    pub async fn start() -> Self {
        let database = Database::start().await.unwrap();
        let layer = Layer::new();
        let config = |http: Option<Layer>| {
            let config = SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
                .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                    "id", "secret", None, None, "test",
                )));
            match http {
                Some(http) => config.http_client(http).build(),
                None => config.http_client(Layer::new()).build(),
            }
        };
        let dynamo = |config: &SdkConfig| {
            let config =
                aws_sdk_dynamodb::config::Builder::from(config).endpoint_url(&database.endpoint).build();
            Dynamo::new(aws_sdk_dynamodb::Client::from_conf(config), &database.table)
        };
        let aws = config(Some(layer.clone()));
        let time = Arc::new(Mutex::new("2021-05-03T10:00:00Z".parse::<DateTime<Utc>>().unwrap()));
        let now = Arc::clone(&time);
        let clock = Clock::new(move || *now.lock().unwrap());
        let post = SesPost::new(&aws, "Vendor", "no-reply@vendor.example", None);
        let timers = EventBridge::new(&Settings::new(setting), &aws).unwrap();
        let functions = Functions::compose(&dynamo(&aws), post, timers, &Policy::default(), &clock, secret);
        let store = dynamo(&config(None));
        let bench = Self { layer, functions, store, time, tokens: Arc::default(), _database: database };
        for id in [OURS, THEIRS] {
            let partner =
                json!({ "name": format!("Partner {id}"), "programs": ["osu_m365", "osa_sell"] }).to_string();
            bench.api("PUT", &format!("/partners/{id}"), ("operator", None), None, &partner).await;
        }
        bench.perform(&Step::Tenant("active")).await.unwrap();
        bench
    }

    pub async fn api(
        &self,
        method: &str,
        target: &str,
        caller: (&str, Option<&str>),
        key: Option<&str>,
        body: &str,
    ) -> Response<Body> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let request = asked(method, target, caller, &headers, body, "r1");
        self.functions.clone().api(request).await
    }

    /// Whether it was done, or refused for good: then the platform, or the caller, does not try again.
    pub async fn perform(&self, step: &Step) -> Result<u16, String> {
        let ours = |partner: &'static str| ("incentives_admin", Some(partner));
        let answer = match step {
            Step::Create(partner, key, scopes) => {
                self.api("POST", "/claims", ours(partner), Some(key), &body(partner, scopes)).await
            }
            Step::Ask(partner, key, verb, role, body) => {
                let id = claim_of(partner, key);
                let caller = (*role, (*role == "incentives_admin").then_some(*partner));
                let (method, target) = match verb.strip_prefix("PATCH") {
                    Some(_) => ("PATCH", format!("/claims/{id}")),
                    None => ("POST", format!("/claims/{id}/{verb}")),
                };
                // Who decides has looked at the claim first.
                let seen = match *role {
                    "reviewer" => {
                        self.claim(partner, key).await.map(|claim| format!("\"{}\"", claim.version))
                    }
                    _ => None,
                };
                let mut headers = vec![("content-type", "application/json")];
                headers.extend(seen.as_deref().map(|seen| ("if-match", seen)));
                let request = asked(method, &target, caller, &headers, &body.to_string(), "r1");
                self.functions.clone().api(request).await
            }
            Step::Customer(decision) => self.answer(decision).await,
            Step::Tenant(state) => {
                let tenant = json!({ "name": "Contoso", "country": "CZ", "notice_email": "notices@contoso.com",
                    "domains": ["contoso.com"], "workloads": ["teams", "exchange_online", "intune"],
                    "subscriptions": [{ "id": SUBSCRIPTION, "product": "power_bi", "state": state, "channel": "volume" }] });
                self.api("PUT", &format!("/tenants/{TENANT}"), ("operator", None), None, &tenant.to_string())
                    .await
            }
            Step::Deliver => {
                let line = json!({ "tenant_id": TENANT, "scope": { "workload": "teams" }, "month": "2021-05",
                    "monthly_active_users": 120, "paid_available_units": 200, "sold_seats": 250 });
                self.api("POST", "/usage", ("operator", None), None, &line.to_string()).await
            }
            Step::Figures => {
                let target = format!("/associations/{}-s1/usage", claim_of(OURS, "a"));
                self.api("GET", &target, ("incentives_user", Some(OURS)), None, "").await
            }
            _ => return self.trigger(step).await.map(|()| 200),
        };
        let status = answer.status().as_u16();
        if status < 500 { Ok(status) } else { Err(text(&answer).to_owned()) }
    }

    /// The step as it is repeated: a batch of the stream stays the batch that it was.
    pub async fn fixed(&self, step: &Step) -> Step {
        match step {
            Step::Stream(partner, key) => {
                Step::Records(self.history(&claim_of(partner, key)).await.iter().map(record).collect())
            }
            other => other.clone(),
        }
    }

    async fn trigger(&self, step: &Step) -> Result<(), String> {
        let said = |error: lambda_http::Error| error.to_string();
        match step {
            Step::Stream(..) => return Box::pin(self.trigger(&self.fixed(step).await)).await,
            Step::Records(records) => {
                // What was handed over before is handed over again: it must do no harm.
                let answer =
                    notify::handle(&*self.functions.outreach, simulation::stream::batch(records)).await;
                let failed =
                    answer.map_err(said)?["batchItemFailures"].as_array().is_some_and(|all| !all.is_empty());
                if failed { Err("a record failed".to_owned()) } else { Ok(()) }
            }
            Step::Timer(what, partner, key, notice) => {
                let (claim_id, notice) = (claim_of(partner, key), *notice);
                let functions = &self.functions;
                let done = match *what {
                    "deadline" => {
                        promote::handle(
                            &functions.executor,
                            Timer::Deadline { claim_id, notice: number(notice) },
                        )
                        .await
                    }
                    "answer" => lapse::handle(&functions.executor, Timer::Answer { claim_id }).await,
                    _ => {
                        let timer =
                            serde_json::to_value(Timer::Reminder { claim_id, notice: number(notice) })
                                .unwrap();
                        notify::handle(&*functions.outreach, timer).await
                    }
                };
                done.map(|_| ()).map_err(said)
            }
            Step::MailEvent(kind, notice) => {
                let event = json!({ "detail": { "eventType": kind, "bounce": { "bounceType": "Permanent" },
                    "mail": { "messageId": "m1", "tags": { "claim": [claim_of(OURS, "a")], "notice": [notice.to_string()],
                        "recipient": ["customer_contact"] } } } });
                let event = serde_json::from_value(event).unwrap();
                mail_events::handle(&self.functions.executor, event).await.map(|_| ()).map_err(said)
            }
            Step::TenantStream => {
                let image = json!({ "pk": { "S": format!("TENANT#{TENANT}") }, "sk": { "S": "TENANT" } });
                let record = Record { sequence: 1, key: TENANT.to_owned(), image, failures: 0 };
                let answer = self.functions.follow.batch(simulation::stream::batch(&[record])).await;
                let failed = answer.map_err(|error| error.to_string())?["batchItemFailures"]
                    .as_array()
                    .is_some_and(|all| !all.is_empty());
                if failed { Err("a record failed".to_owned()) } else { Ok(()) }
            }
            Step::Reconcile => {
                let answer = reconcile::handle(&*self.functions.outreach).await.map_err(said)?;
                if answer["failed"].as_u64() == Some(0) { Ok(()) } else { Err("a claim stays".to_owned()) }
            }
            Step::Link(notice) => {
                self.link("a", *notice).await;
                Ok(())
            }
            Step::Wait(hours) => {
                *self.time.lock().unwrap() += TimeDelta::hours(*hours);
                Ok(())
            }
            other => panic!("{other:?} is no trigger"),
        }
    }

    /// The customer posts the form behind a link of its claim. Links are not kept anywhere, so it gets one of its own.
    async fn answer(&self, decision: &str) -> Response<Body> {
        let id = claim_of(OURS, "a");
        let token = {
            let known = self.tokens.lock().unwrap().last().cloned();
            match known {
                Some(token) => token,
                None => panic!("{id} has no link"),
            }
        };
        let request = plain("POST", &format!("/{token}"), &[], &format!("decision={decision}"), "r1");
        opt_out::handle(&self.functions.opt_out, &request).await
    }

    /// Gives the customer a link to a notice, as a mail that leaves twice would.
    pub async fn link(&self, key: &str, notice: u8) {
        use domain::{Command, Link, LinkToken, Recipient};
        use store::Requester;
        let id = claim_of(OURS, key);
        let token = LinkToken::new(&id, secret().unwrap());
        let links = vec![Link { to: Recipient::CustomerContact, digest: token.digest() }];
        let command = Command::PrepareNotice { notice: number(notice), links };
        self.functions.executor.execute(&id, &Requester::SYSTEM, command).await.unwrap();
        self.tokens.lock().unwrap().push(token.expose().to_owned());
    }

    pub async fn claim(&self, partner: &str, key: &str) -> Option<Claim> {
        self.store.claim(&claim_of(partner, key)).await.unwrap()
    }

    pub async fn slot(&self, scope: &str) -> Slot {
        let scope = Scope::try_from(scope.to_owned()).unwrap();
        let needs = domain::Needs { slots: vec![scope.clone()], ..domain::Needs::default() };
        let context =
            self.store.context(&OURS.parse().unwrap(), &TENANT.parse().unwrap(), &needs).await.unwrap();
        context.slot(&scope).unwrap().clone()
    }

    async fn history(&self, id: &ClaimId) -> Vec<Transition> {
        self.store.history(id, 100, None).await.unwrap().items
    }

    /// What there is, without what may differ: versions, and links, of which each attempt makes one.
    pub async fn state(&self) -> Value {
        let mut claims = Vec::new();
        for (partner, key) in [(OURS, "a"), (OURS, "b"), (THEIRS, "a")] {
            let Some(claim) = self.claim(partner, key).await else { continue };
            let history = self.history(&claim.id).await;
            let mut shown = serde_json::to_value(&claim).unwrap();
            shown.as_object_mut().unwrap().remove("version");
            for notice in shown["notices"].as_array_mut().into_iter().flatten() {
                notice.as_object_mut().unwrap().remove("links");
                // Noted only where the mail to the contact had to be tried again.
                notice.as_object_mut().unwrap().remove("copied");
            }
            let events =
                history.iter().map(|transition| json!([transition.at, transition.actor, transition.events]));
            claims.push(json!({ "claim": shown, "history": events.collect::<Vec<_>>() }));
        }
        let mut slots = Vec::new();
        for scope in [
            "workload:teams".to_owned(),
            "workload:intune".to_owned(),
            format!("product:power_bi@{SUBSCRIPTION}"),
        ] {
            let slot = self.slot(&scope).await;
            slots.push(json!([scope, slot.holder, slot.claimants]));
        }
        json!({ "claims": claims, "slots": slots, "schedules": self.layer.schedules() })
    }
}

fn record(transition: &Transition) -> Record {
    Record {
        sequence: transition.version,
        key: transition.claim.to_string(),
        image: simulation::stream::image(transition),
        failures: 0,
    }
}

fn number(notice: u8) -> domain::NoticeNumber {
    notice.to_string().parse().unwrap()
}
