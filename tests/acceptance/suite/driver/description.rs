//! The API's own description: every operation, with a caller who may, and a body that is right.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::claim::{CONTOSO, ClaimBody, FABRIKAM, SALES};
use super::{Caller, Stack};

/// An operation of the API's own description.
pub struct Operation {
    /// Its method.
    pub method: String,
    /// Its path, with names for IDs.
    pub path: String,
    /// The schema of its JSON body, or of a line of it, by its name.
    pub body: Option<String>,
    /// Whether it takes lines of JSON.
    pub lines: bool,
}

/// What the stack says of its API.
pub struct Description(Value);

impl Description {
    /// As it is published.
    pub fn of(stack: &Stack) -> Self {
        Self(stack.nobody().get("/openapi.json").ok())
    }

    /// Its operations.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if !operation["responses"].is_object() || path == "/openapi.json" {
                    continue;
                }
                let content = &operation["requestBody"]["content"];
                let body = content.as_object().and_then(|content| content.values().next());
                let name = body.map(|body| {
                    let name = body["schema"]["$ref"].as_str().unwrap_or_default();
                    name.rsplit('/').next().unwrap_or_default().to_owned()
                });
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    body: name,
                    lines: content["application/jsonl"].is_object(),
                });
            }
        }
        assert!(operations.len() >= 31, "{} operations", operations.len());
        operations
    }

    /// The members of a schema.
    pub fn members(&self, schema: &str) -> BTreeSet<String> {
        let members = self.0["components"]["schemas"][schema]["properties"].as_object();
        members.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }
}

/// The body of an operation, right as far as members go.
pub fn body(stack: &Stack, operation: &Operation) -> Value {
    let reasons = json!({ "reasons": [{ "code": "missing_poe" }] });
    let path = operation.path.as_str();
    match (operation.method.as_str(), path.rsplit('/').next().unwrap()) {
        ("POST", "claims" | "check") => ClaimBody::new(stack).draft().json().clone(),
        ("POST", "bulk") => ClaimBody::new(stack).json().clone(),
        ("POST", "comments") => json!({ "text": "x" }),
        ("PATCH", _) => json!({ "comment": "x" }),
        ("POST", "renew") => json!({ "renewals": [{ "scope": "s1", "subscription_id": SALES }] }),
        ("POST", "dispute") => json!({ "justification": "x" }),
        ("POST", "disassociate") => json!({ "reason": "x" }),
        ("POST", "request-information" | "reject") => reasons,
        ("POST", "evidence") => crate::evidence::statement(b"%PDF-"),
        ("PUT", "catalogue") => json!({ "workloads": [], "products": [] }),
        ("PUT", _) if path.starts_with("/partners") => {
            json!({ "name": "Fabrikam", "programs": ["osu_m365"] })
        }
        ("PUT", _) => json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"] }),
        ("POST", "usage") => {
            json!({ "tenant_id": CONTOSO, "scope": { "workload": "teams" }, "month": "2021-05",
            "monthly_active_users": 1, "paid_available_units": 1, "sold_seats": 1 })
        }
        _ => json!({}),
    }
}

/// Who may call an operation.
pub fn caller_of<'s>(stack: &'s Stack, operation: &Operation) -> Caller<'s> {
    let last = operation.path.rsplit('/').next().unwrap();
    if operation.method == "PUT" || operation.path == "/usage" {
        stack.operator()
    } else if matches!(last, "approve" | "request-information" | "reject") {
        stack.reviewer()
    } else {
        stack.partner(FABRIKAM)
    }
}

/// The ID that an operation is tried with.
pub fn id_of(operation: &Operation, claim: &str) -> String {
    match operation.path.split('/').nth(1).unwrap() {
        "partners" => FABRIKAM.to_owned(),
        "tenants" => CONTOSO.to_owned(),
        _ => claim.to_owned(),
    }
}
