//! A stage for scenes of a few steps: nothing goes wrong on it, and every step is named.

use domain::{ClaimId, Policy, ScopeId, Standing};
use schedule::Timer;
use serde_json::json;

use crate::cast::{Call, Home, Visit, put_tenant_in, vendor};
use crate::history::{History, Script};
use crate::world::{World, open};

/// The stage: one tenant, two partners.
pub struct Stage {
    history: History,
    home: Home,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// An empty stage, with partners and tenant known.
    pub fn new() -> Self {
        let script = Script { partners: 2, tenants: 1, faults: 0, ..Script::of(1, 0) };
        let mut history = History::new(&script, true);
        history.govern(&Policy::default());
        open(&history.world).fault_rate = 0;
        history.begin();
        history.settle_triggers();
        let home = history.cast.tenants[0].clone();
        Self { history, home }
    }

    fn create(&self) -> Call {
        let partner = self.history.cast.partners[0].clone();
        let (subscription, product) = &self.home.subscriptions[0];
        let now = open(&self.history.world).now;
        let signed = (now - chrono::TimeDelta::days(30)).format("%Y-%m-%d").to_string();
        let body = json!({
            "name": "Rollout", "program": "osa_sell", "activity": "sell", "partner_id": partner,
            "tenant_id": self.home.id, "domain": self.home.domain,
            "scopes": [{ "subscription_id": subscription, "product": product }],
            "customer_contact": { "name": "Jana", "title": "Head of IT", "email": format!("jana@{}", self.home.domain),
                "language": "en", "country": "CZ", "time_zone": "Europe/Prague" },
            "partner_contact": { "name": "Petr", "email": "petr@partner.example" },
            "evidence": [{ "kind": "contract", "signed_on": signed, "reference": "SOW-118" }],
        });
        Call {
            what: "create",
            role: "incentives_admin",
            partner: Some(partner),
            method: "POST",
            target: "/claims".to_owned(),
            body: body.to_string(),
            key: Some("one".to_owned()),
            ..Call::default()
        }
    }

    fn only_claim(&self) -> ClaimId {
        let world = open(&self.history.world);
        match world.table.claims.keys().next() {
            Some(id) => id.clone(),
            None => panic!("no claim was created: {:?}", world.trace.lines),
        }
    }

    /// A claim for a product whose customer has been told.
    pub fn told_of_a_product(&mut self) -> ClaimId {
        let call = self.create();
        self.history.start_call(call);
        self.history.finish_all();
        self.settle_triggers();
        self.only_claim()
    }

    /// A claim that is submitted, and of which nobody has been told.
    pub fn submitted(&mut self) -> ClaimId {
        let call = self.create();
        self.history.start_call(call);
        self.history.finish_all();
        self.only_claim()
    }

    /// `notify` works on the stream until something is so, and dies.
    pub fn notify_until(&mut self, so: impl Fn(&World) -> bool) {
        self.history.fire_batches();
        for _ in 0..100 {
            if so(&open(&self.history.world)) {
                break;
            }
            self.history.turn();
        }
        self.history.kill_all();
    }

    /// Days go by, and nothing happens.
    pub fn days(&mut self, days: i64) {
        open(&self.history.world).now += chrono::TimeDelta::days(days);
    }

    /// Whether the deadline of the claim's latest notice has its timer.
    pub fn deadline_has_its_timer(&self, claim: &ClaimId) -> bool {
        let world = open(&self.history.world);
        let deadline = world.table.claim(claim).and_then(|claim| claim.notices.last()?.deadline);
        let mut timers = world.schedules.values();
        timers.any(|set| matches!(set.timer, Timer::Deadline { .. }) && Some(set.at) == deadline)
    }

    /// A claim that is submitted while something else happens: after it was checked, before it is stored.
    pub fn submit_while(&mut self, meanwhile: impl Fn(&mut Self)) -> ClaimId {
        let call = self.create();
        self.history.start_call(call);
        // Up to the read of what is known around it, and through it.
        self.history.turn();
        self.history.turn();
        let task = self.history.tasks.pop();
        meanwhile(self);
        self.settle_triggers();
        self.history.tasks.extend(task);
        self.history.finish_all();
        self.only_claim()
    }

    /// The customer answers through the latest link.
    pub fn answer(&mut self, claim: &ClaimId, decision: &'static str) {
        let token = {
            let world = open(&self.history.world);
            let mails =
                world.mails.iter().rev().find(|mail| mail.about.as_ref().is_some_and(|(id, ..)| id == claim));
            mails.and_then(|mail| mail.token.clone()).unwrap_or_default()
        };
        self.history.start_visit(Visit {
            token,
            claim: claim.clone(),
            notice: domain::NoticeNumber::FIRST,
            decision,
            scopes: Vec::new(),
        });
        self.history.finish_all();
    }

    /// The operator learns that the subscription has ended.
    pub fn end_subscription(&mut self) {
        let body = put_tenant_in(&self.home, "expired");
        let call = vendor("operator", "put tenant", "PUT", format!("/tenants/{}", self.home.id), body);
        self.history.start_call(call);
        self.history.finish_all();
    }

    /// Everything that follows from what has happened so far; no time passes.
    pub fn settle_triggers(&mut self) {
        self.history.settle_triggers();
    }

    /// Where the claim's first scope is.
    pub fn standing(&self, claim: &ClaimId) -> Standing {
        let world = open(&self.history.world);
        let scope = world.table.claim(claim).and_then(|claim| claim.scope(ScopeId::nth(1)));
        scope.map_or(Standing::Draft, |scope| scope.standing())
    }

    /// The claim's version.
    pub fn version(&self, claim: &ClaimId) -> u64 {
        open(&self.history.world).table.claim(claim).map_or(0, |claim| claim.version)
    }

    /// Mails to customers that were accepted.
    pub fn mails_to_customers(&self) -> usize {
        open(&self.history.world).mails.iter().filter(|mail| mail.about.is_some()).count()
    }
}
