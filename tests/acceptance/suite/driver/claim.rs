//! Claims as tests make them.

use serde_json::{Value, json};

use super::{Caller, Stack};

/// The partner that claims.
pub const FABRIKAM: &str = "1234567";
/// The partner that claims the same.
pub const WINGTIP: &str = "7654321";
/// The customer's tenant.
pub const CONTOSO: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
/// Subscriptions of the tenant, by what is right or wrong with them.
pub const SALES: &str = "11111111-0000-4000-8000-000000000001";
/// Ended, still usable for a while.
pub const GRACE: &str = "11111111-0000-4000-8000-000000000002";
/// Ended.
pub const EXPIRED: &str = "11111111-0000-4000-8000-000000000003";
/// Bought through an excluded channel.
pub const CSP: &str = "11111111-0000-4000-8000-000000000004";

/// The tenant as the operator puts it.
pub fn contoso() -> Value {
    json!({
        "name": "Contoso", "country": "CZ", "notice_email": null, "domains": ["contoso.com"],
        "workloads": ["teams", "exchange_online", "sharepoint_online", "intune"],
        "subscriptions": [
            { "id": SALES, "product": "dynamics365_sales", "state": "active", "channel": "volume" },
            { "id": GRACE, "product": "power_bi", "state": "grace", "channel": "direct" },
            { "id": EXPIRED, "product": "power_apps", "state": "expired", "channel": "direct" },
            { "id": CSP, "product": "power_pages", "state": "active", "channel": "csp" },
        ],
    })
}

/// The body of a claim, right in every field until a test changes one.
#[derive(Clone)]
pub struct ClaimBody(Value);

impl ClaimBody {
    /// Fabrikam's claim for Teams at Contoso, for a contact that reads English.
    pub fn new(stack: &Stack) -> Self {
        Self(json!({
            "name": "Contoso Teams rollout", "program": "osu_m365", "activity": "usage",
            "partner_id": FABRIKAM, "tenant_id": CONTOSO, "domain": "contoso.com",
            "scopes": [{ "workload": "teams" }],
            "customer_contact": {
                "name": "Jana Nováková", "title": "IT manager", "email": "jana@contoso.com",
                "language": "en", "country": "CZ", "time_zone": "Europe/Prague",
            },
            "second_contact": null,
            "partner_contact": { "name": "Petr Svoboda", "email": "petr@fabrikam.example" },
            "evidence": [{ "kind": "signed_statement", "signed_on": stack.days_ago(30), "reference": "SOW-118" }],
            "comment": null,
        }))
    }

    /// The same of another partner, whose contact is `claims@wingtip.example`.
    pub fn of_wingtip(stack: &Stack) -> Self {
        Self::new(stack).with("/partner_id", WINGTIP).with("/partner_contact/email", "claims@wingtip.example")
    }

    /// With these workloads.
    pub fn workloads(self, codes: &[&str]) -> Self {
        let scopes: Vec<_> = codes.iter().map(|code| json!({ "workload": code })).collect();
        self.with("/scopes", scopes)
    }

    /// Under a programme for products, on this subscription.
    pub fn product(self, program: &str, subscription: &str, product: &str) -> Self {
        let activity = if program == "osa_sell" { "sell" } else { "usage" };
        self.with("/program", program)
            .with("/activity", activity)
            .with("/scopes", json!([{ "subscription_id": subscription, "product": product }]))
    }

    /// For a contact at this address.
    pub fn contact(self, email: &str) -> Self {
        self.with("/customer_contact/email", email)
    }

    /// With a second contact at this address.
    pub fn second_contact(self, email: &str) -> Self {
        let second = json!({ "name": "Karel Dvořák", "title": "CIO", "email": email, "language": "en", "country": "CZ" });
        self.with("/second_contact", second)
    }

    /// As a draft.
    pub fn draft(self) -> Self {
        self.with("/draft", true)
    }

    /// With another value, or a new member, at a pointer.
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        match self.0.pointer_mut(parent).expect("the parent is there") {
            Value::Object(members) => drop(members.insert(name.to_owned(), value.into())),
            Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value.into(),
            other => panic!("nothing can be put into {other}"),
        }
        self
    }

    /// Without the member at a pointer.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent =
            self.0.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent is an object");
        assert!(parent.remove(name).is_some(), "{pointer} is not there");
        self
    }

    /// The JSON.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

/// A claim that a partner has sent in.
pub struct Submitted<'s> {
    /// Who claims.
    pub partner: Caller<'s>,
    stack: &'s Stack,
    /// Its ID.
    pub id: String,
}

impl Stack {
    /// Sends a claim in as the partner that it names, under a key of its own, and waits until the customer is told or
    /// whatever else follows has happened.
    #[track_caller]
    pub fn submit(&self, body: &ClaimBody) -> Submitted<'_> {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let key = format!("key-{}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let partner = self.partner(body.json()["partner_id"].as_str().expect("a partner"));
        let claim = partner.create(&key, body.json()).expect(201);
        self.settle();
        Submitted { partner, stack: self, id: claim["id"].as_str().expect("an ID").to_owned() }
    }

    /// A claim that there is, by its partner and ID.
    #[track_caller]
    pub fn claim(&self, partner: &str, id: &Value) -> Submitted<'_> {
        let id = id.as_str().expect("an ID").to_owned();
        Submitted { partner: self.partner(partner), stack: self, id }
    }

    /// Sends a claim in and lets its window pass in silence.
    #[track_caller]
    pub fn official(&self, body: &ClaimBody) -> Submitted<'_> {
        self.all_official(std::slice::from_ref(body)).remove(0)
    }

    /// Sends claims in and lets their windows pass in silence: at once, because on a deployed stack a window takes its time.
    #[track_caller]
    pub fn all_official(&self, bodies: &[ClaimBody]) -> Vec<Submitted<'_>> {
        let told = bodies.iter().map(|body| {
            let claim = self.submit(body);
            let deadline = super::stack::time(&claim.is("awaiting_customer")["deadline"]);
            (claim, deadline)
        });
        let (claims, deadlines): (Vec<_>, Vec<_>) = told.unzip();
        drop(self.advance_past(deadlines.into_iter().max().expect("a claim")));
        claims.iter().for_each(|claim| drop(claim.is("official")));
        claims
    }

    /// Asserts that nothing was written by whatever was refused: no claim, no mail, no dead letter.
    #[track_caller]
    pub fn is_untouched(&self) {
        for partner in [FABRIKAM, WINGTIP] {
            let list = self.partner(partner).get("/claims").ok();
            assert_eq!(list["items"], json!([]), "partner {partner} has claims");
        }
        let associations = self.operator().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
        assert_eq!(associations["items"], json!([]));
        assert!(self.mails().is_empty(), "a mail has left");
        assert_eq!(self.dead_letters(), json!({}));
    }
}

impl Submitted<'_> {
    /// The path of the claim.
    pub fn path(&self) -> String {
        format!("/claims/{}", self.id)
    }

    /// The path of one of its moves.
    pub fn at(&self, verb: &str) -> String {
        format!("/claims/{}/{verb}", self.id)
    }

    /// The claim as its partner reads it.
    #[track_caller]
    pub fn read(&self) -> Value {
        self.stack.settle();
        self.partner.get(&self.path()).ok()
    }

    /// Asserts the claim's status, and returns the claim.
    #[track_caller]
    pub fn is(&self, status: &str) -> Value {
        let claim = self.read();
        assert_eq!(claim["status"], status, "{claim:#}");
        claim
    }

    /// The standings of its scopes, in their order.
    #[track_caller]
    pub fn standings(&self) -> Vec<String> {
        let claim = self.read();
        let scopes = claim["scopes"].as_array().expect("scopes");
        scopes.iter().map(|scope| scope["standing"].as_str().expect("a standing").to_owned()).collect()
    }

    /// Moves the clock past the customer's deadline.
    #[track_caller]
    pub fn pass_deadline(&self) {
        let deadline = super::stack::time(&self.is("awaiting_customer")["deadline"]);
        drop(self.stack.advance_past(deadline));
    }

    /// Its history, oldest first.
    #[track_caller]
    pub fn history(&self) -> Vec<Value> {
        self.stack.settle();
        let page = self.partner.get(&format!("{}?limit=100", self.at("history"))).ok();
        page["items"].as_array().expect("a list").clone()
    }

    /// The names of everything that happened to it, oldest first.
    #[track_caller]
    pub fn events(&self) -> Vec<String> {
        let history = self.history();
        let events = history.iter().flat_map(|change| change["events"].as_array().expect("events"));
        events.map(|event| event["event"].as_str().expect("a name").to_owned()).collect()
    }

    /// Asks for a move as its partner.
    pub fn ask(&self, verb: &str, body: &Value) -> super::Response {
        self.partner.post(&self.at(verb), body)
    }

    /// Asks for a move as a reviewer who has just looked.
    pub fn review(&self, verb: &str, body: &Value) -> super::Response {
        self.stack.review(&self.path(), verb, body)
    }
}
