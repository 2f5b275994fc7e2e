//! What partners send, as JSON, to start from.

use domain::{Scope, Submission};
use serde_json::{Value, json};

use crate::fixtures::{ME, SUBSCRIPTION};

/// The body with a contact whom mail reaches.
pub fn corrected(body: Value) -> Value {
    with(body, "/customer_contact/email", json!("jana.novakova@contoso.com"))
}

/// The body with another proof.
pub fn proven(body: Value) -> Value {
    with(body, "/evidence/0/reference", json!("C-18"))
}

pub fn scopes_named(workloads: &[&str]) -> Value {
    let scopes: Vec<_> = workloads.iter().map(|code| json!({ "workload": code })).collect();
    with(body(), "/scopes", json!(scopes))
}

/// One workload, a contact in the tenant's domain, one signed statement.
pub fn body() -> Value {
    json!({
        "name": "Teams at Contoso",
        "program": "osu_m365",
        "activity": "usage",
        "partner_id": ME,
        "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "domain": "contoso.com",
        "scopes": [{ "workload": "teams" }],
        "customer_contact": {
            "name": "Jana Nováková", "title": "IT manager", "email": "jana@contoso.com", "language": "cs",
            "country": "CZ", "time_zone": "Europe/Prague",
        },
        "partner_contact": { "name": "Petr Svoboda", "email": "petr@partner.example" },
        "evidence": [{ "kind": "signed_statement", "signed_on": "2021-04-12", "reference": "C-17" }],
    })
}

pub fn product_body() -> Value {
    let body = with(body(), "/program", json!("osu_business_apps"));
    with(body, "/scopes/0", json!({ "subscription_id": SUBSCRIPTION, "product": "power_bi" }))
}

pub fn two_scopes() -> Value {
    scopes_named(&["teams", "intune"])
}

pub fn with_second_contact(body: Value) -> Value {
    let second = json!({
        "name": "Karel Dvořák", "title": "CFO", "email": "karel@contoso.com", "language": "cs", "country": "CZ",
    });
    with(body, "/second_contact", second)
}

/// The body with another value at a pointer, whose parent must be there.
#[track_caller]
pub fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(last.to_owned(), value)),
        Value::Array(entries) => entries[last.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
    body
}

pub fn submission(body: &Value) -> Submission {
    Submission::parse(body).unwrap()
}

pub fn teams() -> Scope {
    Scope::Workload("teams".parse().unwrap())
}

pub fn intune() -> Scope {
    Scope::Workload("intune".parse().unwrap())
}
