//! A store, and claims that are led through their life the way the functions do it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::field::{Field, TenantId};
use domain::{
    Actor, Change, Claim, ClaimId, Command, Event, IdempotencyKey, Link, LinkToken, Needs, NoticeNumber,
    Partner, Policy, Recipient, Slots, Submission, Tenant, decide, evolve,
};
use runtime::Clock;
use serde_json::json;
use store::{Claims, Directory, Done, ExecuteError, Executor, Requester, StoreError};

use crate::stores::Kind;

pub const TENANT: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
pub const FABRIKAM: &str = "1234567";
pub const TAILSPIN: &str = "7654321";

pub struct Bench<K: Kind> {
    pub kind: K,
    pub store: K::Store,
    pub policy: Policy,
}

/// A Monday morning.
pub fn monday() -> DateTime<Utc> {
    "2021-05-03T10:00:00Z".parse().unwrap()
}

pub fn tenant() -> TenantId {
    TENANT.parse().unwrap()
}

impl<K: Kind> Bench<K> {
    pub async fn start() -> Self {
        let kind = K::empty().await;
        let store = kind.store();
        for id in [FABRIKAM, TAILSPIN] {
            let partner = json!({ "name": format!("Partner {id}"), "programs": ["osu_m365"] });
            store.put_partner(&id.parse().unwrap(), &Partner::parse(&partner).unwrap()).await.unwrap();
        }
        let bench = Self { kind, store, policy: Policy::default() };
        bench.register(&tenant()).await;
        bench
    }

    /// Registers a tenant.
    pub async fn register(&self, id: &TenantId) {
        let contoso = json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"],
            "workloads": ["teams", "exchange_online", "intune"], "subscriptions": [] });
        self.store.put_tenant(id, &Tenant::parse(&contoso).unwrap()).await.unwrap();
    }

    /// Submits a claim as `submit-claim` does: two round trips.
    pub async fn submit(&self, partner: &str, key: &str, workloads: &[&str], at: DateTime<Utc>) -> Claim {
        self.submit_as(&submission(partner, workloads), key, at).await
    }

    /// The same of any submission.
    pub async fn submit_as(&self, submission: &Submission, key: &str, at: DateTime<Utc>) -> Claim {
        let (change, slots) = self.decided(submission, key, at).await;
        self.store.commit(std::slice::from_ref(&change), &slots, &self.policy).await.unwrap();
        change.after
    }

    /// A submission, decided and not yet stored.
    pub async fn decided(&self, submission: &Submission, key: &str, at: DateTime<Utc>) -> (Change, Slots) {
        let new = new(submission, key, at);
        let details = &submission.details;
        let needs = Command::Submit.needs(&new);
        let context = self.store.context(&details.partner_id, &details.tenant_id, &needs).await.unwrap();
        let mut events = vec![Event::Created];
        events.extend(decide(&new, &Command::Submit, &context, &self.policy, at).unwrap());
        (change(&new, events, at), context.slots().clone())
    }

    /// Stores a claim to which this has happened, whoever is to have decided it.
    pub async fn put(
        &self,
        submission: &Submission,
        key: &str,
        events: &[Event],
        at: DateTime<Utc>,
    ) -> Claim {
        let change = change(&new(submission, key, at), events.to_vec(), at);
        self.store.commit(std::slice::from_ref(&change), &Slots::default(), &self.policy).await.unwrap();
        change.after
    }

    /// The executor as functions have it, at a time.
    pub fn executor(&self, now: DateTime<Utc>) -> Executor<K::Store> {
        let clock = Clock::new(move || now);
        Executor { store: self.store.clone(), policy: self.policy.clone(), clock }
    }

    /// Carries out a command.
    pub async fn ask(&self, claim: &Claim, command: Command, now: DateTime<Utc>) -> Done {
        self.try_ask(claim, command, now).await.unwrap()
    }

    pub async fn try_ask(
        &self,
        claim: &Claim,
        command: Command,
        now: DateTime<Utc>,
    ) -> Result<Done, ExecuteError> {
        self.executor(now).execute(&claim.id, &Requester::SYSTEM, command).await
    }

    /// The same on a claim as it was read, which spares a read.
    pub async fn ask_on(
        &self,
        known: &Claim,
        command: Command,
        now: DateTime<Utc>,
    ) -> Result<Done, ExecuteError> {
        self.executor(now).execute_on(known.clone(), &Requester::SYSTEM, command).await
    }

    /// Tells the customer, as `notify` does.
    pub async fn tell(&self, claim: &Claim, now: DateTime<Utc>) -> Claim {
        let link = |seed: u8| Link {
            digest: LinkToken::new(&claim.id, [seed; 32]).digest(),
            to: Recipient::CustomerContact,
        };
        let prepared = Command::PrepareNotice { notice: NoticeNumber::FIRST, links: vec![link(1)] };
        let prepared = self.ask_on(claim, prepared, now).await.unwrap().claim;
        self.ask_on(&prepared, Command::CustomerTold { notice: NoticeNumber::FIRST }, now)
            .await
            .unwrap()
            .claim
    }

    /// Lets a deadline pass, as `promote` does.
    pub async fn promote(&self, claim: &Claim, now: DateTime<Utc>) -> Done {
        self.ask(claim, Command::Promote { notice: NoticeNumber::FIRST }, now).await
    }

    /// Approves, as `review-claims` does.
    pub async fn approve(&self, claim: &Claim, now: DateTime<Utc>) -> Claim {
        self.ask(claim, Command::Approve { scopes: domain::Selection::All }, now).await.claim
    }

    /// From nothing to partner of record, by silence.
    pub async fn official(&self, partner: &str, key: &str, workloads: &[&str]) -> Claim {
        let claim = self.submit(partner, key, workloads, monday()).await;
        let told = self.tell(&claim, monday()).await;
        let deadline = told.deadline().unwrap();
        self.promote(&told, deadline).await.claim
    }

    pub async fn read(&self, claim: &Claim) -> Claim {
        self.store.claim(&claim.id).await.unwrap().unwrap()
    }

    /// Deletes a claim's own item, as its expiry does.
    pub async fn remove(&self, claim: &Claim) {
        self.kind.remove(&claim.id).await;
    }

    pub async fn holder(&self, workload: &str) -> Option<String> {
        let scope = domain::Scope::Workload(workload.parse().unwrap());
        let needs = Needs { slots: vec![scope.clone()], ..Needs::default() };
        let context = self.store.context(&FABRIKAM.parse().unwrap(), &tenant(), &needs).await.unwrap();
        context.slot(&scope).unwrap().holder.as_ref().map(|holder| holder.partner.to_string())
    }
}

/// A claim to which nothing has happened yet.
pub fn new(submission: &Submission, key: &str, at: DateTime<Utc>) -> Claim {
    let key = IdempotencyKey::parse(key).unwrap();
    let id = ClaimId::of(&submission.details.partner_id, &key);
    Claim::new(id, submission, "digest-of-the-body".to_owned(), at)
}

/// The creation of a claim, with what happened in it.
pub fn change(new: &Claim, events: Vec<Event>, at: DateTime<Utc>) -> Change {
    Change { before: None, after: evolve(new, &events, at), events, actor: Actor::SYSTEM, at }
}

pub fn submission(partner: &str, workloads: &[&str]) -> Submission {
    let scopes: Vec<_> = workloads.iter().map(|workload| json!({ "workload": workload })).collect();
    let body = json!({
        "name": "Contoso Teams rollout", "program": "osu_m365", "activity": "usage",
        "partner_id": partner, "tenant_id": TENANT, "domain": "contoso.com", "scopes": scopes,
        "customer_contact": { "name": "Jana Nováková", "title": "Head of IT", "email": "jana.novakova@contoso.com",
            "language": "cs", "country": "CZ", "time_zone": "Europe/Prague" },
        "second_contact": null,
        "partner_contact": { "name": "Petr Svoboda", "email": "petr.svoboda@fabrikam.example" },
        "evidence": [{ "kind": "signed_statement", "signed_on": "2021-04-03", "reference": "SOW-118" }],
        "comment": null,
    });
    Submission::parse(&body).unwrap()
}

pub fn is_conflict(result: Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}

/// So much later.
pub fn later(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at + TimeDelta::seconds(seconds)
}
