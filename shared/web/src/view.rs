//! How claims, changes and associations are shown to callers.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    ActorKind, Association, Claim, ClaimId, ClaimedScope, Event, EvidenceFile, MailState, Notice, Scope,
    Slots, Transition,
};
use serde_json::{Map, Value, json};
use store::{Cursor, Page};

/// The `ETag` of a claim: its version.
pub fn etag(claim: &Claim) -> String {
    format!("\"{}\"", claim.version)
}

/// A claim.
pub fn claim(claim: &Claim) -> Value {
    // Every member is there in every claim, `null` where there is nothing, so that programs need not ask.
    let mut shown = json!({
        "id": claim.id,
        "version": claim.version,
        "status": claim.status().code(),
        "deadline": claim.deadline().map(time),
        "created_at": time(claim.created_at),
        "updated_at": time(claim.updated_at),
        "review_due": claim.review_due.map(time),
        "action_due": claim.action_due.map(time),
        "dispute_until": claim.dispute_until.map(time),
        "renews": claim.renews,
        "second_contact": null,
        "comment": null,
    });
    let details = serde_json::to_value(&claim.details).unwrap_or_default();
    if let (Some(shown), Value::Object(details)) = (shown.as_object_mut(), details) {
        shown.extend(details);
        shown.insert("scopes".to_owned(), claim.scopes.iter().map(claimed_scope).collect());
        shown.insert("notices".to_owned(), claim.notices.iter().zip(1..).map(notice).collect());
    }
    shown
}

/// A claim's body as a partner would send it, for patches.
pub fn claim_body(claim: &Claim) -> Value {
    let mut body = serde_json::to_value(&claim.details).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        let scopes = claim.scopes.iter().map(|claimed| {
            let mut shown = Map::new();
            scope(&claimed.scope, &mut shown);
            Value::Object(shown)
        });
        members.insert("scopes".to_owned(), scopes.collect());
    }
    body
}

/// A page of claims.
pub fn claims_page(page: &Page<Claim>) -> Value {
    json!({ "items": page.items.iter().map(claim).collect::<Vec<_>>(), "next": page.next.as_ref().map(Cursor::as_str) })
}

/// A page of claims with what stands against each of them, for reviewers.
pub fn review_page(page: &Page<Claim>, slots: &[Slots], rivals: &[Claim]) -> Value {
    let items = page.items.iter().zip(slots).map(|(claim, slots)| review(claim, slots, rivals));
    let items: Vec<_> = items.collect();
    json!({ "items": items, "next": page.next.as_ref().map(Cursor::as_str) })
}

/// The claims that stand against these in their slots, each once: what [`review`] needs to show both sides' evidence.
pub fn rivals(claims: &[Claim], slots: &[Slots]) -> Vec<ClaimId> {
    let mut found = BTreeSet::new();
    for (claim, slots) in claims.iter().zip(slots) {
        for slot in claim.scopes.iter().map(|claimed| slots.get(&claimed.scope)) {
            let holder = slot.holder.map(|holder| holder.association.parts().0);
            let others = slot.claimants.into_iter().map(|other| other.claim);
            found.extend(others.chain(holder).filter(|other| *other != claim.id));
        }
    }
    found.into_iter().collect()
}

/// A claim with why a reviewer has to look, and what stands against it: per scope, the partner of record and the other open
/// claims, with their evidence where they are among `rivals`. For the vendor only.
pub fn review(claim: &Claim, slots: &Slots, rivals: &[Claim]) -> Value {
    let mut shown = self::claim(claim);
    let evidence = |id: &ClaimId| {
        let rival = rivals.iter().find(|rival| rival.id == *id);
        json!(rival.map(|rival| &rival.details.evidence))
    };
    let conflicts = claim.scopes.iter().filter_map(|claimed| {
        let slot = slots.get(&claimed.scope);
        let holder = slot.holder.filter(|holder| holder.association.parts().0 != claim.id);
        let others = slot.claimants.iter().filter(|other| other.claim != claim.id);
        let others: Vec<_> =
            others.map(|other| json!({ "partner_id": other.partner, "claim_id": other.claim, "evidence": evidence(&other.claim) })).collect();
        let holder = holder.map(|holder| {
            let claim = holder.association.parts().0;
            json!({ "partner_id": holder.partner, "association_id": holder.association,
                "official_since": time(holder.since), "evidence": evidence(&claim), "claim_id": claim })
        });
        let stands = holder.is_some() || !others.is_empty();
        stands.then(|| json!({ "scope": claimed.id, "partner_of_record": holder, "open_claims": others }))
    });
    let conflicts = conflicts.collect();
    if let Some(members) = shown.as_object_mut() {
        members.insert("because".to_owned(), json!(claim.because()));
        members.insert("conflicts".to_owned(), conflicts);
    }
    shown
}

fn claimed_scope(claimed: &ClaimedScope) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(claimed.id));
    scope(&claimed.scope, &mut shown);
    shown.insert("standing".to_owned(), json!(claimed.standing.code()));
    let reasons = claimed.reasons.iter();
    let reasons = reasons.map(|r| json!({ "code": r.code, "detail": r.detail, "cure": r.code.cure() }));
    shown.insert("reasons".to_owned(), reasons.collect());
    Value::Object(shown)
}

fn scope(scope: &Scope, into: &mut Map<String, Value>) {
    match scope {
        Scope::Workload(code) => {
            into.insert("workload".to_owned(), json!(code));
        }
        Scope::Product { subscription_id, product } => {
            into.insert("subscription_id".to_owned(), json!(subscription_id));
            into.insert("product".to_owned(), json!(product));
        }
    }
}

/// A notice, without its links: they are the customer's.
fn notice((notice, number): (&Notice, u8)) -> Value {
    let mail = if notice.mail == MailState::Pending { None } else { Some(notice.mail.code()) };
    json!({
        "number": number,
        "to": notice.to.code(),
        "sent_at": notice.told_at.map(time),
        "deadline": notice.told_at.and(notice.deadline).map(time),
        "reminded_at": notice.reminded_at.map(time),
        "mail": mail,
    })
}

/// A change of a claim. The vendor's staff and the partner's are shown to their own side by ID, to the other by role.
pub fn transition(transition: &Transition, to_vendor: bool) -> Value {
    let vendor = matches!(transition.actor.kind, ActorKind::Reviewer | ActorKind::Operator);
    let partner = transition.actor.kind == ActorKind::Partner;
    let id = transition.actor.id.as_ref().filter(|_| (vendor && to_vendor) || (partner && !to_vendor));
    json!({
        "version": transition.version,
        "at": time(transition.at),
        "by": { "role": transition.actor.kind.code(), "id": id },
        "status": transition.status.code(),
        "events": transition.events.iter().map(event).collect::<Vec<_>>(),
    })
}

/// An event as the history shows it. Who the incumbent is stays with the vendor, and whose link carried a no with the customer.
fn event(event: &Event) -> Value {
    let mut shown = serde_json::to_value(event).unwrap_or_default();
    if let Some(members) = shown.as_object_mut() {
        for private in ["incumbents", "superseding", "by"] {
            members.remove(private);
        }
    }
    shown
}

/// A file that proves claims, with the link that there is for it: `upload` while it is waited for, `download` once it can
/// be read.
pub fn evidence_file(file: &EvidenceFile, name: &str, link: Option<Value>) -> Value {
    let mut shown = json!({
        "id": file.id,
        "partner_id": file.partner_id,
        "state": file.state,
        "file_name": file.statement.file_name,
        "media_type": file.statement.media_type,
        "size": file.statement.size,
        "sha256": file.statement.sha256,
        "created_at": time(file.created_at),
        "verified_at": file.verified_at.map(time),
    });
    shown[name] = json!(link);
    shown
}

/// A link that whoever has it can use until it expires.
pub fn link(url: &str, expires_at: DateTime<Utc>) -> Value {
    json!({ "url": url, "expires_at": time(expires_at) })
}

/// An association.
pub fn association(association: &Association) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(association.id));
    shown.insert("claim_id".to_owned(), json!(association.id.parts().0));
    shown.insert("partner_id".to_owned(), json!(association.holder.partner));
    shown.insert("program".to_owned(), json!(association.holder.program));
    shown.insert("tenant_id".to_owned(), json!(association.tenant));
    scope(&association.scope, &mut shown);
    shown.insert("official_since".to_owned(), json!(time(association.holder.since)));
    shown.insert("ended_at".to_owned(), json!(association.ended.map(|(at, _)| time(at))));
    shown.insert("ended_as".to_owned(), json!(association.ended.map(|(_, standing)| standing.code())));
    Value::Object(shown)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
