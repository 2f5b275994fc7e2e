//! Who acts, and what they ask: partners, customers, reviewers and operators that compete for few tenants and scopes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{AssociationId, Claim, ClaimId, NoticeNumber, ScopeId, Standing};
use serde_json::{Value, json};

use crate::rng::Rng;
use crate::world::World;

/// The people of a history, and the things that they compete for.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Partner IDs.
    pub partners: Vec<String>,
    /// Tenants.
    pub tenants: Vec<Home>,
    /// Creations that were asked for: partner, key, body.
    pub keys: Vec<(String, String, String)>,
}

/// A tenant.
#[derive(Debug, Clone)]
pub struct Home {
    /// Its ID.
    pub id: String,
    /// Its domain.
    pub domain: String,
    /// Country and time zone of its people.
    pub place: (&'static str, Option<&'static str>),
    /// Its subscriptions, with their products.
    pub subscriptions: Vec<(String, &'static str)>,
}

/// A request of the API, and what its answer must keep.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// What is asked, for the figures.
    pub what: &'static str,
    /// By which role.
    pub role: &'static str,
    /// Of which partner.
    pub partner: Option<String>,
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body.
    pub body: String,
    /// The idempotency key.
    pub key: Option<String>,
    /// The version that is expected.
    pub if_match: Option<u64>,
    /// What the history must hold once it is answered with success.
    pub event: Option<&'static str>,
    /// Whose figures are asked for.
    pub figures: Option<AssociationId>,
    /// Whether what it names is another partner's.
    pub foreign: bool,
}

/// What a customer does with a link.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The link's token.
    pub token: String,
    /// The claim.
    pub claim: ClaimId,
    /// The notice that the link belongs to.
    pub notice: NoticeNumber,
    /// look, decline, accept or undo.
    pub decision: &'static str,
    /// The scopes chosen; none for all.
    pub scopes: Vec<ScopeId>,
}

const PLACES: [(&str, Option<&str>); 5] = [
    ("CZ", Some("Europe/Prague")),
    ("US", None),
    ("JP", Some("Asia/Tokyo")),
    ("DE", Some("Europe/Berlin")),
    ("GB", Some("Europe/London")),
];
const WORKLOADS: [&str; 3] = ["teams", "exchange_online", "intune"];
const PRODUCTS: [&str; 2] = ["power_bi", "dynamics365_sales"];
const STATES: [&str; 6] = ["active", "active", "active", "grace", "expired", "suspended"];

impl Cast {
    /// The people of a history.
    pub fn new(rng: &mut Rng, partners: usize, tenants: usize) -> Self {
        let id = |kind: usize, n: usize| format!("3fa85f64-5717-4562-b3fc-2c96{kind:02}{n:06}");
        let home = |n: usize, rng: &mut Rng| Home {
            id: id(10, n),
            domain: format!("customer{n}.example"),
            place: PLACES[rng.below(PLACES.len())],
            subscriptions: (0..2).map(|s| (id(20 + n, s), PRODUCTS[s % 2])).collect(),
        };
        Self {
            partners: (0..partners).map(|n| format!("{}", 7_300_001 + 111_111 * n)).collect(),
            tenants: (0..tenants).map(|n| home(n, rng)).collect(),
            keys: Vec::new(),
        }
    }

    /// What operators put before anything else happens.
    pub fn beginnings(&self, rng: &mut Rng) -> Vec<Call> {
        let partners =
            self.partners.iter().map(|id| put_partner(id, &["osu_m365", "osa_sell", "osu_business_apps"]));
        let mut calls: Vec<_> = partners.collect();
        for home in &self.tenants {
            calls.push(put_tenant(home, rng, true));
        }
        calls
    }

    /// What somebody asks of the API.
    pub fn call(&mut self, rng: &mut Rng, world: &World) -> Call {
        match rng.below(100) {
            0..=21 => self.create(rng, world.now),
            22..=27 => self.repeat(rng, world.now),
            28..=30 => self.bulk(rng, world.now),
            31..=60 => self.partner(rng, world),
            61..=84 => self.reviewer(rng, world),
            85..=92 => self.operator(rng, world),
            _ => self.reader(rng, world),
        }
    }

    fn create(&mut self, rng: &mut Rng, now: DateTime<Utc>) -> Call {
        let partner = rng.pick(&self.partners).cloned().unwrap_or_default();
        let body = self.body(rng, &partner, now).to_string();
        let key = format!("key-{}", self.keys.len());
        if rng.below(8) == 0 {
            return Call { what: "check", target: "/claims/check".to_owned(), ..post(&partner, body) };
        }
        self.keys.push((partner.clone(), key.clone(), body.clone()));
        Call {
            what: "create",
            target: "/claims".to_owned(),
            key: Some(key),
            event: Some("created"),
            ..post(&partner, body)
        }
    }

    /// The same key again, with the same body or another.
    fn repeat(&mut self, rng: &mut Rng, now: DateTime<Utc>) -> Call {
        let Some((partner, key, body)) = rng.pick(&self.keys).cloned() else { return self.create(rng, now) };
        let body = if rng.below(6) == 0 { self.body(rng, &partner, now).to_string() } else { body };
        Call {
            what: "create again",
            target: "/claims".to_owned(),
            key: Some(key),
            event: Some("created"),
            ..post(&partner, body)
        }
    }

    fn bulk(&mut self, rng: &mut Rng, now: DateTime<Utc>) -> Call {
        let partner = rng.pick(&self.partners).cloned().unwrap_or_default();
        let rows = (0..2 + rng.below(2)).map(|_| self.body(rng, &partner, now).to_string());
        let body = rows.collect::<Vec<_>>().join("\n");
        let key = format!("bulk-{}", rng.below(3));
        Call { what: "bulk", target: "/claims/bulk".to_owned(), key: Some(key), ..post(&partner, body) }
    }

    fn partner(&self, rng: &mut Rng, world: &World) -> Call {
        let partner = rng.pick(&self.partners).cloned().unwrap_or_default();
        let (verb, what, event, standings): (_, _, _, &[Standing]) = match rng.below(20) {
            0..=3 => ("submit", "submit", Some("submitted"), &[Standing::Draft, Standing::ActionRequired]),
            4..=6 => ("", "edit", None, &[Standing::Draft, Standing::ActionRequired]),
            7 | 8 => (
                "withdraw",
                "withdraw",
                Some("withdrawn"),
                &[
                    Standing::UnderReview,
                    Standing::AwaitingCustomer,
                    Standing::Notifying,
                    Standing::ActionRequired,
                ],
            ),
            9..=11 => ("dispute", "dispute", Some("disputed"), &[Standing::Rejected]),
            12 | 13 => ("disassociate", "disassociate", Some("disassociated"), &[Standing::Official]),
            14 => ("comments", "comment", Some("commented"), Standing::ALL),
            15..=17 => ("renew", "renew", Some("created"), &[Standing::Official, Standing::Expired]),
            _ => ("history", "history", None, Standing::ALL),
        };
        let foreign = rng.below(12) == 0;
        let of = |claim: &Claim| (claim.details.partner_id.as_str() == partner) != foreign;
        let Some(claim) = choose(rng, world, standings, of) else {
            return Call {
                what: "list",
                method: "GET",
                target: "/claims?limit=10".to_owned(),
                ..post(&partner, String::new())
            };
        };
        let body = match what {
            "edit" => self.patch(rng, claim, world.now).to_string(),
            "dispute" => json!({ "justification": "It is on page 3." }).to_string(),
            "disassociate" => json!({ "reason": "The contract has ended." }).to_string(),
            "withdraw" if rng.below(3) == 0 => scopes(rng, claim).to_string(),
            "comment" => json!({ "text": format!("A word of {partner}.") }).to_string(),
            "renew" => renewal(rng, self, claim),
            _ => String::new(),
        };
        let method = match what {
            "edit" => "PATCH",
            "history" => "GET",
            _ => "POST",
        };
        let target = if verb.is_empty() {
            format!("/claims/{}", claim.id)
        } else {
            format!("/claims/{}/{verb}", claim.id)
        };
        let key = (what == "renew").then(|| format!("renew-{}", rng.below(1000)));
        let if_match =
            (rng.below(4) == 0).then(|| claim.version.saturating_sub(u64::from(rng.below(4) == 0)));
        Call { what, method, target, key, event, if_match, foreign, ..post(&partner, body) }
    }

    fn reviewer(&self, rng: &mut Rng, world: &World) -> Call {
        let review = [Standing::UnderReview, Standing::Disputed];
        let Some(claim) = choose(rng, world, &review, |_| true) else {
            return vendor("reviewer", "queue", "GET", "/claims?queue=review".to_owned(), String::new());
        };
        decision(rng, claim)
    }

    fn operator(&self, rng: &mut Rng, world: &World) -> Call {
        let Some(home) = rng.pick(&self.tenants) else { return Call::default() };
        match rng.below(8) {
            0 => {
                let programs = ["osu_m365", "osa_sell", "osu_business_apps"];
                let left = rng.below(3);
                let enrolled: Vec<_> =
                    programs.into_iter().enumerate().filter(|(at, _)| *at != left).map(|(_, p)| p).collect();
                put_partner(rng.pick(&self.partners).map_or("", String::as_str), &enrolled)
            }
            1..=5 => put_tenant(home, rng, false),
            _ => {
                let month = world.now.format("%Y-%m").to_string();
                let line = json!({ "tenant_id": home.id, "scope": { "workload": WORKLOADS[rng.below(3)] }, "month": month,
                    "monthly_active_users": rng.below(500), "paid_available_units": 200, "sold_seats": 250 });
                vendor("operator", "deliver usage", "POST", "/usage".to_owned(), line.to_string())
            }
        }
    }

    fn reader(&self, rng: &mut Rng, world: &World) -> Call {
        let partner = rng.pick(&self.partners).cloned().unwrap_or_default();
        let get = |what, target| Call {
            what,
            method: "GET",
            role: "incentives_user",
            target,
            ..post(&partner, String::new())
        };
        match rng.below(7) {
            0 => get("list", "/claims?limit=3&sort=deadline".to_owned()),
            1 => get("associations", "/associations".to_owned()),
            2 => get("export", "/claims/export".to_owned()),
            3 => {
                let foreign = rng.below(2) == 0;
                let of = |claim: &Claim| (claim.details.partner_id.as_str() == partner) != foreign;
                match choose(rng, world, Standing::ALL, of) {
                    Some(claim) => Call { foreign, ..get("claim", format!("/claims/{}", claim.id)) },
                    None => get("associations", "/associations".to_owned()),
                }
            }
            4 => {
                let tenant = rng.pick(&self.tenants).map(|home| home.id.clone()).unwrap_or_default();
                vendor(
                    "reviewer",
                    "tenant associations",
                    "GET",
                    format!("/associations?tenant_id={tenant}"),
                    String::new(),
                )
            }
            _ => {
                let held = world.table.slots.values().filter_map(|slot| slot.get().holder.as_ref());
                let ended = world.table.ended.values().flatten().map(|was| &was.holder);
                let known: Vec<_> = held.chain(ended).collect();
                let Some(holder) = rng.pick(&known) else {
                    return get("associations", "/associations".to_owned());
                };
                let own = rng.below(4) > 0;
                let by = if own { holder.partner.to_string() } else { partner.clone() };
                let foreign = by != holder.partner.as_str();
                let target = format!("/associations/{}/usage", holder.association);
                let figures = Some(holder.association.clone());
                Call { partner: Some(by), foreign, figures, ..get("usage", target) }
            }
        }
    }

    /// What a customer does with one of the mails that it got.
    pub fn visit(&self, rng: &mut Rng, world: &World) -> Option<Visit> {
        let undo = rng.below(4) == 0;
        let declined = |claim: &ClaimId| {
            world
                .table
                .claim(claim)
                .is_some_and(|claim| claim.scopes.iter().any(|scope| scope.standing() == Standing::Declined))
        };
        let links: Vec<_> = world
            .mails
            .iter()
            .filter_map(|mail| Some((mail.token.as_ref()?, mail.about.as_ref()?, mail.came_back)))
            .filter(|(_, (claim, ..), came_back)| !came_back && (!undo || declined(claim)))
            .collect();
        // The latest mails are those that people act on; any may be found again.
        let recent = links.len().saturating_sub(4);
        let (token, (claim, notice, _), _) =
            *if rng.below(3) > 0 { rng.pick(&links[recent..]) } else { rng.pick(&links) }?;
        let decision = if undo { "undo" } else { ["look", "decline", "decline", "accept"][rng.below(4)] };
        let mut chosen = Vec::new();
        if rng.below(3) == 0
            && let Some(scope) = world.table.claim(claim).and_then(|claim| rng.pick(&claim.scopes))
        {
            chosen.push(scope.id);
        }
        Some(Visit { token: token.clone(), claim: claim.clone(), notice: *notice, decision, scopes: chosen })
    }

    fn body(&self, rng: &mut Rng, partner: &str, now: DateTime<Utc>) -> Value {
        let home = rng.pick(&self.tenants).cloned().unwrap_or_else(|| self.tenants[0].clone());
        let program = ["osu_m365", "osu_m365", "osa_sell", "osu_business_apps"][rng.below(4)];
        let scopes: Vec<Value> = if program == "osu_m365" {
            let first = rng.below(2);
            let count = 1 + rng.below(2);
            WORKLOADS[first..].iter().take(count).map(|code| json!({ "workload": code })).collect()
        } else {
            let count = 1 + rng.below(2);
            let carried = home.subscriptions.iter().take(count);
            carried.map(|(id, product)| json!({ "subscription_id": id, "product": product })).collect()
        };
        let (country, zone) = home.place;
        let contact = |name: &str, at: &str| {
            let mut contact = json!({ "name": "Jana", "title": "Head of IT", "email": format!("{name}@{at}"), "language": "en", "country": country });
            if let Some(zone) = zone {
                contact["time_zone"] = json!(zone);
            }
            contact
        };
        let at = if rng.below(10) == 0 { "elsewhere.example" } else { &home.domain };
        let second = if rng.below(3) == 0 { contact("second", &home.domain) } else { Value::Null };
        let signed = (now - TimeDelta::days(30)).format("%Y-%m-%d").to_string();
        let activity = if program == "osa_sell" { "sell" } else { "usage" };
        json!({
            "name": format!("Rollout of {partner}"), "program": program, "activity": activity,
            "partner_id": partner, "tenant_id": home.id, "domain": home.domain, "scopes": scopes,
            "customer_contact": contact("first", at), "second_contact": second,
            "partner_contact": { "name": format!("Person of {partner}"), "email": format!("claims@partner{partner}.example") },
            "evidence": [{ "kind": "signed_statement", "signed_on": signed, "reference": format!("SOW {partner}") }],
            "comment": null, "draft": rng.below(6) == 0,
        })
    }

    /// An edit: another contact, a scope more or less, another proof.
    fn patch(&self, rng: &mut Rng, claim: &Claim, now: DateTime<Utc>) -> Value {
        let signed = (now - TimeDelta::days(20)).format("%Y-%m-%d").to_string();
        match rng.below(4) {
            0 => {
                let email = format!("corrected{}@{}", rng.below(100), claim.details.domain);
                json!({ "customer_contact": { "email": email } })
            }
            1 => {
                json!({ "scopes": WORKLOADS[..1 + rng.below(3)].iter().map(|code| json!({ "workload": code })).collect::<Vec<_>>() })
            }
            2 => json!({ "comment": format!("Now as asked, {}.", rng.below(100)) }),
            _ => {
                json!({ "evidence": [{ "kind": "contract", "signed_on": signed, "reference": "A newer one" }] })
            }
        }
    }
}

/// What a reviewer decides about a claim.
pub fn decision(rng: &mut Rng, claim: &Claim) -> Call {
    let mut body = if rng.below(4) == 0 { scopes(rng, claim) } else { json!({}) };
    let (verb, event) = match rng.below(10) {
        0..=5 => ("approve", Some("approved")),
        6 | 7 => ("request-information", Some("information_requested")),
        _ => ("reject", None),
    };
    if verb != "approve" {
        body["reasons"] = json!([{ "code": "missing_dates" }]);
    }
    let if_match = Some(claim.version);
    let target = format!("/claims/{}/{verb}", claim.id);
    Call { event, if_match, ..vendor("reviewer", verb, "POST", target, body.to_string()) }
}

fn scopes(rng: &mut Rng, claim: &Claim) -> Value {
    let one = rng.pick(&claim.scopes).map(|scope| scope.id.to_string());
    json!({ "scopes": one.into_iter().collect::<Vec<_>>() })
}

fn renewal(rng: &mut Rng, cast: &Cast, claim: &Claim) -> String {
    let tenant = cast.tenants.iter().find(|home| home.id == claim.details.tenant_id.as_str());
    let renewals = claim.scopes.iter().take(1).filter_map(|scope| {
        let (subscription, _) = rng.pick(&tenant?.subscriptions)?;
        Some(json!({ "scope": scope.id, "subscription_id": subscription }))
    });
    json!({ "renewals": renewals.collect::<Vec<_>>() }).to_string()
}

/// A claim, mostly one of which a scope is in one of these standings.
fn choose<'w>(
    rng: &mut Rng,
    world: &'w World,
    standings: &[Standing],
    of: impl Fn(&Claim) -> bool,
) -> Option<&'w Claim> {
    let all: Vec<_> =
        world.table.claims.values().map(crate::table::Kept::get).filter(|claim| of(claim)).collect();
    let fits = |claim: &&&Claim| claim.scopes.iter().any(|scope| standings.contains(&scope.standing()));
    let fitting: Vec<_> = all.iter().filter(fits).copied().collect();
    if fitting.is_empty() || rng.below(8) == 0 {
        rng.pick(&all).copied()
    } else {
        rng.pick(&fitting).copied()
    }
}

fn post(partner: &str, body: String) -> Call {
    Call {
        role: "incentives_admin",
        partner: Some(partner.to_owned()),
        method: "POST",
        body,
        ..Call::default()
    }
}

pub(crate) fn vendor(
    role: &'static str,
    what: &'static str,
    method: &'static str,
    target: String,
    body: String,
) -> Call {
    Call { what, role, method, target, body, ..Call::default() }
}

fn put_partner(id: &str, programs: &[&str]) -> Call {
    let body = json!({ "name": format!("Partner {id}"), "programs": programs }).to_string();
    vendor("operator", "put partner", "PUT", format!("/partners/{id}"), body)
}

/// The body of a tenant all of whose subscriptions are in a state.
pub(crate) fn put_tenant_in(home: &Home, state: &str) -> String {
    let subscriptions = home.subscriptions.iter();
    let subscriptions = subscriptions
        .map(|(id, product)| json!({ "id": id, "product": product, "state": state, "channel": "volume" }));
    json!({ "name": "Customer", "country": home.place.0, "notice_email": null, "domains": [home.domain],
        "workloads": WORKLOADS, "subscriptions": subscriptions.collect::<Vec<_>>() })
    .to_string()
}

fn put_tenant(home: &Home, rng: &mut Rng, new: bool) -> Call {
    let subscriptions = home.subscriptions.iter().map(|(id, product)| {
        let state = if new { "active" } else { STATES[rng.below(STATES.len())] };
        json!({ "id": id, "product": product, "state": state, "channel": "volume" })
    });
    let subscriptions: Vec<_> = subscriptions.collect();
    let notice = if rng.below(3) == 0 { json!(format!("notices@{}", home.domain)) } else { Value::Null };
    let body = json!({ "name": "Customer", "country": home.place.0, "notice_email": notice, "domains": [home.domain],
        "workloads": WORKLOADS, "subscriptions": subscriptions });
    vendor("operator", "put tenant", "PUT", format!("/tenants/{}", home.id), body.to_string())
}
