//! Examples fit their schemas, requests pass the parsers, and answers are those of the code.

use chrono::DateTime;
use domain::field::{Remark, TenantId};
use domain::{
    Actor, Addressee, AssociationId, Catalogue, ClaimId, Delivery, Event, FindingCode, Holder, Link,
    LinkToken, MailState, NoticeNumber, Partner, Program, Reason, ReasonCode, Recipient, RowOutcome, Scope,
    ScopeId, ScopeReason, Standing, Submission, Tenant,
};
use domain::{Association, Transition};
use serde_json::{Value, json};
use web::view::{self, Side};

use crate::document::{DOCUMENT, at, example, fits, operations, resolved, schema, walk};
use crate::story;

#[test]
fn every_example_fits_its_schema() {
    let mut checked = 0;
    walk(&mut |pointer, value| {
        let Some(schema) = value.get("schema").filter(|schema| schema.is_object()) else { return };
        let schema = match schema.get("$ref").and_then(Value::as_str) {
            Some(to) => to.trim_start_matches('#').to_owned(),
            None => format!("{pointer}/schema"),
        };
        for (name, shown) in value.get("examples").and_then(Value::as_object).into_iter().flatten() {
            let shown = &resolved(shown)["value"];
            assert!(!shown.is_null(), "{name} is empty");
            fits(&schema, shown);
            checked += 1;
        }
        if let Some(shown) = value.get("example") {
            fits(&schema, shown);
            checked += 1;
        }
    });
    assert!(checked > 60, "only {checked} examples found");
    // Examples in the schemas themselves.
    for (name, definition) in at("/components/schemas").as_object().unwrap() {
        for shown in definition.get("examples").and_then(Value::as_array).into_iter().flatten() {
            fits(&format!("/components/schemas/{name}"), shown);
        }
    }
}

#[test]
fn answers_are_those_of_the_code() {
    let answers = story::answers();
    for (name, answer) in &answers {
        assert_eq!(example(name), *answer, "{name} is\n{answer:#}");
    }
    for (path, method, operation) in operations() {
        for response in operation["responses"].as_object().unwrap().values().map(resolved) {
            for content in response["content"].as_object().into_iter().flat_map(|content| content.values()) {
                for name in
                    content.get("examples").and_then(Value::as_object).into_iter().flat_map(|all| all.keys())
                {
                    let put = ["partner_body", "tenant_body", "catalogue_body"].contains(&name.as_str());
                    assert!(
                        put || answers.contains_key(name.as_str()),
                        "{method} {path}: where is {name} from?"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_put_is_answered_as_it_was_put() {
    let same = |name: &str, read: &dyn Fn(&Value) -> Value| assert_eq!(read(&example(name)), example(name));
    same("partner_body", &|body| json!(view::Partner::from(&Partner::parse(body).unwrap())));
    same("tenant_body", &|body| json!(view::Tenant::from(&Tenant::parse(body).unwrap())));
    same("catalogue_body", &|body| json!(view::Catalogue::from(&Catalogue::parse(body).unwrap())));
}

#[test]
fn a_claims_body_is_read_as_the_schema_says() {
    let body = schema("/components/schemas/ClaimBody");
    for name in ["claim_body", "draft_body", "rival_body"] {
        Submission::parse(&example(name)).unwrap();
    }
    // Every single change of a right body is right or wrong for both.
    let right = example("claim_body");
    let mut members: Vec<String> = Vec::new();
    fn pointers(value: &Value, pointer: &str, into: &mut Vec<String>) {
        match value {
            Value::Object(all) => all.iter().for_each(|(name, value)| {
                into.push(format!("{pointer}/{name}"));
                pointers(value, &format!("{pointer}/{name}"), into);
            }),
            Value::Array(all) => all.iter().enumerate().for_each(|(n, value)| {
                pointers(value, &format!("{pointer}/{n}"), into);
            }),
            _ => {}
        }
    }
    pointers(&right, "", &mut members);
    members.extend(
        ["/draft", "/customer_contact/region", "/partner_contact/language", "/unknown", "/scopes/0/product"]
            .map(str::to_owned),
    );
    for name in ["/scopes/0/subscription_id", "/evidence/0/file", "/evidence/0/acknowledged_by"] {
        members.push(name.to_owned());
    }
    let long = "x".repeat(2001);
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(""),
        json!(" "),
        json!("a\u{202E}"),
        json!(long),
        json!([]),
        json!({}),
        json!([{}]),
        json!([{ "workload": "teams" }, { "workload": "teams" }]),
    ];
    for pointer in &members {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        for value in values.iter().map(Some).chain([None]) {
            let mut changed = right.clone();
            let parent = changed.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            match value {
                Some(value) => parent.insert(name.to_owned(), value.clone()),
                None => parent.remove(name),
            };
            let (read, described) = (Submission::parse(&changed), body.is_valid(&changed));
            assert_eq!(read.is_ok(), described, "{pointer} = {value:?}: {read:?}");
        }
    }
    let many =
        |count: usize| json!((0..count).map(|n| json!({ "workload": format!("w{n}") })).collect::<Vec<_>>());
    for count in [domain::MOST_SCOPES, domain::MOST_SCOPES + 1] {
        let mut changed = right.clone();
        changed["scopes"] = many(count);
        assert_eq!(Submission::parse(&changed).is_ok(), body.is_valid(&changed), "{count} scopes");
    }
    for count in [domain::MOST_EVIDENCE, domain::MOST_EVIDENCE + 1] {
        let mut changed = right.clone();
        changed["evidence"] = json!(vec![right["evidence"][0].clone(); count]);
        assert_eq!(Submission::parse(&changed).is_ok(), body.is_valid(&changed), "{count} proofs");
    }
}

#[test]
fn lines_are_what_they_are_said_to_be() {
    let lines = |name: &str| -> Vec<Value> {
        example(name).as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (row, body) = (schema("/components/schemas/UsageRow"), schema("/components/schemas/ClaimBody"));
    let delivery = Delivery::parse(example("usage_lines").as_str().unwrap().as_bytes()).unwrap();
    for (line, (_, fate)) in lines("usage_lines").iter().zip(&delivery.rows) {
        assert_eq!(row.is_valid(line), matches!(fate, RowOutcome::Stored(_)), "{line}");
    }
    for line in lines("bulk_lines") {
        assert_eq!(body.is_valid(&line), Submission::parse(&line).is_ok(), "{line}");
    }
}

#[test]
fn an_association_is_shown_as_it_is_described_whatever_it_is_for() {
    for (scope, kind) in [
        ("workload:teams", "WorkloadAssociation"),
        ("product:power_bi@3fa85f64-5717-4562-b3fc-2c963f66afa6", "ProductAssociation"),
    ] {
        let id = AssociationId::of(&own(), ScopeId::nth(1));
        let holder = Holder {
            association: id.clone(),
            partner: "1234567".parse().unwrap(),
            program: Program::OsuBusinessApps,
            since: DateTime::UNIX_EPOCH,
        };
        let tenant: TenantId = "3fa85f64-5717-4562-b3fc-2c963f66afa6".parse().unwrap();
        let scope: Scope = scope.to_owned().try_into().unwrap();
        for ended in [None, Some((DateTime::UNIX_EPOCH, Standing::Expired))] {
            let association = Association {
                id: id.clone(),
                tenant: tenant.clone(),
                scope: scope.clone(),
                holder: holder.clone(),
                ended,
            };
            let shown = json!(view::Association::from(&association));
            fits("/components/schemas/Association", &shown);
            fits(&format!("/components/schemas/{kind}"), &shown);
        }
    }
}

/// Every event with every member it may have, one after the other: the compiler asks for the place of a new one.
fn event_after(event: &Event) -> Option<Event> {
    let (scopes, at) = (vec![ScopeId::nth(1)], DateTime::UNIX_EPOCH);
    let remark: Remark = "x".parse().unwrap();
    let (to, notice, mail) = (Recipient::CustomerContact, NoticeNumber::FIRST, MailState::Sent);
    let reason = Reason { code: ReasonCode::MissingPoe, detail: Some(remark.clone()) };
    let reasons = vec![ScopeReason { scope: ScopeId::nth(1), reason }];
    let said = || Box::new(Submission::parse(&example("claim_body")).unwrap());
    let other = || AssociationId::of(&rival(), ScopeId::nth(7));
    let links = || vec![Link { to, digest: LinkToken::new(&rival(), [7; 32]).digest() }];
    Some(match event {
        Event::Created => Event::Submitted,
        Event::Submitted => {
            Event::ReviewOpened { scopes, because: vec![FindingCode::CompetingClaim], due: at }
        }
        Event::ReviewOpened { .. } => {
            Event::Approved { scopes, notice, to, incumbents: [(ScopeId::nth(1), other())].into() }
        }
        Event::Approved { .. } => Event::InformationRequested { reasons, due: at },
        Event::InformationRequested { .. } => Event::Rejected { reasons, dispute_until: at },
        Event::Rejected { .. } => Event::RejectedFinal { reasons },
        Event::RejectedFinal { .. } => {
            let evidence = said().details.evidence;
            Event::Disputed { scopes, justification: remark, evidence, due: at }
        }
        Event::Disputed { .. } => Event::Edited { before: said(), now: said() },
        Event::Edited { .. } => Event::Commented { text: remark },
        Event::Commented { .. } => Event::Withdrawn { scopes, reason: Some(remark) },
        Event::Withdrawn { .. } => Event::Disassociated { scopes, reason: remark },
        Event::Disassociated { .. } => Event::NoticePrepared { notice, deadline: at, links: links() },
        Event::NoticePrepared { .. } => Event::CustomerTold { notice, scopes, deadline: at },
        Event::CustomerTold { .. } => Event::Reminded { notice, links: links() },
        Event::Reminded { .. } => Event::MailFailed { notice, links: links() },
        Event::MailFailed { .. } => Event::MailReported { notice, to, mail },
        Event::MailReported { .. } => Event::MailBounced { notice, to },
        Event::MailBounced { .. } => Event::BecameOfficial {
            scopes,
            by_acceptance: true,
            superseding: [(ScopeId::nth(1), other())].into(),
        },
        Event::BecameOfficial { .. } => Event::Declined {
            scopes,
            by: Some(Addressee { notice, to: Recipient::NoticeAddress }),
            reason: Some(remark),
        },
        Event::Declined { .. } => Event::DeclineUndone { scopes },
        Event::DeclineUndone { .. } => Event::Superseded { scopes, by: rival() },
        Event::Superseded { .. } => Event::Expired { scopes },
        Event::Expired { .. } => return None,
    })
}

fn events() -> impl Iterator<Item = Event> {
    std::iter::successors(Some(Event::Created), event_after)
}

/// The events of a history's only change, as the vendor's staff reads it.
fn history_of(event: &Event) -> Value {
    let transition = Transition {
        claim: own(),
        version: 1,
        at: DateTime::UNIX_EPOCH,
        actor: Actor::SYSTEM,
        events: vec![event.clone()],
        status: Standing::Official,
    };
    let shown = json!(view::Transition::new(&transition, Side::Vendor));
    if event.is_recorded() {
        fits("/components/schemas/Transition", &shown);
    }
    shown["events"].clone()
}

/// What is stored with an event and shown to nobody.
const PRIVATE: [(&str, &str); 4] = [
    ("approved", "incumbents"),
    ("became_official", "superseding"),
    ("declined", "by"),
    ("superseded", "by"),
];

#[test]
fn nothing_of_a_stored_event_is_shown_that_is_not_named() {
    fn texts(value: &Value) -> Vec<String> {
        match value {
            Value::Object(members) => members.values().flat_map(texts).collect(),
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::String(text) => vec![text.clone()],
            _ => Vec::new(),
        }
    }
    let mut kept = Vec::new();
    for event in events() {
        let (stored, shown) = (json!(event), history_of(&event));
        if !event.is_recorded() {
            assert_eq!(shown, json!([]), "{stored}");
            continue;
        }
        let (name, shown) = (event.name(), &shown[0]);
        for (member, value) in stored.as_object().unwrap() {
            if shown.get(member).is_none() {
                kept.push((name, member.clone()));
                let leaked: Vec<_> =
                    texts(value).into_iter().filter(|text| shown.to_string().contains(text)).collect();
                assert!(leaked.is_empty(), "{name} shows {leaked:?} of {member}: {shown}");
            }
        }
        for (_, member) in PRIVATE {
            assert!(shown.get(member).is_none(), "{name} shows {member}: {shown}");
        }
    }
    assert_eq!(kept, PRIVATE.map(|(name, member)| (name, member.to_owned())));
}

#[test]
fn every_event_of_the_history_is_described() {
    let mapping = at("/components/schemas/Event/discriminator/mapping").as_object().unwrap();
    let mut told = Vec::new();
    for event in events().filter(Event::is_recorded) {
        let shown = history_of(&event);
        let code = shown[0]["event"].as_str().unwrap().to_owned();
        let named = mapping[&code].as_str().unwrap().trim_start_matches('#');
        fits(named, &shown[0]);
        told.push(code);
    }
    told.sort();
    // In the order of the names: the parser may keep that of the file.
    let mut described: Vec<_> = mapping.keys().cloned().collect();
    described.sort();
    assert_eq!(told, described);
    assert_eq!(told.len(), at("/components/schemas/Event/oneOf").as_array().unwrap().len());
}

/// The claim's ID.
fn own() -> ClaimId {
    DOCUMENT["components"]["schemas"]["ClaimId"]["examples"][0].as_str().unwrap().parse().unwrap()
}

/// The ID of another claim.
fn rival() -> ClaimId {
    "clm_rivalrivalrivalrivalrival7".parse().unwrap()
}
