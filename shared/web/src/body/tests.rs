//! What is shown of a claim reads back as the claim. `PROPTEST_CASES` says how many claims it is tried with.

use chrono::DateTime;
use domain::{Claim, ClaimId, IdempotencyKey, Submission};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::claim_body;

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A member that may be absent.
fn maybe<T: std::fmt::Debug + Into<Value>>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Value> {
    prop::option::of(value).prop_map(|value| value.map_or(Value::Null, Into::into))
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-zÀ-ž0-9][A-Za-zÀ-ž0-9 .,'&-]{0,38}[A-Za-zÀ-ž0-9.]"
}

fn email() -> impl Strategy<Value = String> {
    "[a-z]{1,12}(\\.[a-z]{1,12})?@[a-z]{1,12}\\.(com|cz)"
}

fn contact() -> impl Strategy<Value = Value> {
    let place = prop_oneof![
        Just(("CZ", None, Some("Europe/Prague"))),
        Just(("CZ", None, None)),
        Just(("GB", Some("SCT"), Some("Europe/London"))),
        Just(("US", None, Some("America/Denver"))),
    ];
    (text(), text(), email(), "(cs|de-AT|zh-Hant-TW)", place).prop_map(
        |(name, title, email, language, (country, region, zone))| {
            json!({ "name": name, "title": title, "email": email, "language": language, "country": country,
                "region": region, "time_zone": zone })
        },
    )
}

fn scope() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,20}".prop_map(|workload| json!({ "workload": workload })),
        ("[a-z][a-z0-9_]{0,20}", "[0-9a-f]{12}").prop_map(|(product, id)| {
            json!({ "subscription_id": format!("11111111-0000-4000-8000-{id}"), "product": product })
        }),
    ]
}

fn evidence() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(domain::EvidenceKind::ALL);
    (kind, 1_i32..28, text(), maybe("evd_[a-z0-9]{26}"), maybe(text())).prop_map(
        |(kind, day, reference, file, by)| {
            json!({ "kind": kind, "signed_on": format!("2021-05-{day:02}"), "reference": reference,
                "file": file, "acknowledged_by": by })
        },
    )
}

fn body() -> impl Strategy<Value = Value> {
    let parts = (
        prop::sample::select(domain::Program::ALL),
        prop::sample::select(domain::Activity::ALL),
        prop::collection::vec(scope(), 1..5),
        (contact(), maybe(contact())),
        (text(), email(), maybe("(cs|en)")),
        prop::collection::vec(evidence(), 0..4),
        (text(), maybe(text())),
    );
    parts.prop_map(|(program, activity, scopes, (first, second), (name, email, language), evidence, texts)| {
        json!({
            "name": texts.0, "program": program, "activity": activity, "partner_id": "1234567",
            "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "domain": "contoso.com", "scopes": scopes,
            "customer_contact": first, "second_contact": second,
            "partner_contact": { "name": name, "email": email, "language": language },
            "evidence": evidence, "comment": texts.1,
        })
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_claims_body_reads_back_as_what_it_is_shown_of(body in body()) {
        // The same scope twice is no claim.
        let Ok(stated) = Submission::parse(&body) else {
            let scopes = body["scopes"].as_array().map_or(&[][..], Vec::as_slice);
            prop_assert!(scopes.iter().enumerate().any(|(at, scope)| scopes[..at].contains(scope)), "{}", body);
            return Ok(());
        };
        let key: IdempotencyKey = "a-key".parse().unwrap();
        let id = ClaimId::of(&stated.details.partner_id, &key);
        let claim = Claim::new(id, &stated, String::new(), DateTime::UNIX_EPOCH);
        let shown = claim_body(&claim);
        prop_assert_eq!(Submission::parse(&shown), Ok(stated), "{}", shown);
        // Nothing is shown for what was not given, and all that was given is shown.
        let given = |value: &Value| value.as_object().map_or(0, |all| all.values().filter(|member| !member.is_null()).count());
        prop_assert_eq!(given(&shown), given(&body), "{}", shown);
    }
}
