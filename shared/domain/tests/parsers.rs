//! Everything that reads what callers send, tried with whatever they might: it never panics, refuses by name, and what it has
//! read it reads again from what it writes.
//!
//! `PROPTEST_CASES` says how many inputs each property is tried with.

use std::fmt::Display;

use domain::field::{
    ClaimName, DomainName, Email, Field, Invalid, LanguageTag, PartnerId, PersonName, Remark, SubscriptionId,
    TenantId,
};
use domain::input::InputError;
use domain::{
    AssociationId, ClaimId, Day, Delivery, EvidenceId, IdempotencyKey, LinkDigest, LinkToken, Month,
    RowOutcome, ScopeId, Submission, Usage,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Any JSON, not too deep.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            "teams",
            "osu_m365",
            "usage",
            "1234567",
            "CZ",
            "cs",
            "2021-05-03",
            "Europe/Prague",
            "s1",
            "",
            " ",
            "\u{202e}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof![any::<String>(), "[a-z_]{1,12}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// A body that is right in every member.
fn body() -> Value {
    json!({
        "name": "Contoso rollout", "program": "osu_m365", "activity": "usage", "partner_id": "1234567",
        "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "domain": "contoso.com",
        "scopes": [{ "workload": "teams" }, { "subscription_id": "11111111-0000-4000-8000-000000000001", "product": "power_bi" }],
        "customer_contact": { "name": "Jana", "title": "CIO", "email": "jana@contoso.com", "language": "cs", "country": "CZ",
            "region": null, "time_zone": "Europe/Prague" },
        "second_contact": { "name": "Karel", "title": "CTO", "email": "k@contoso.com", "language": "de-AT", "country": "DE",
            "region": "BY" },
        "partner_contact": { "name": "Petr", "email": "petr@fabrikam.example", "language": "en" },
        "evidence": [{ "kind": "contract", "signed_on": "2021-05-03", "reference": "SOW", "file": null, "acknowledged_by": "Jana" }],
        "comment": "Two\nlines", "draft": true,
    })
}

/// The pointers of all values within a value.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| places(value, format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| places(value, format!("{at}/{n}"), found))
        }
        _ => {}
    }
}

/// Errors that say where, by name, and what would be right.
fn are_named(errors: &[InputError]) -> Result<(), TestCaseError> {
    prop_assert!(!errors.is_empty(), "refused without a word");
    for InputError { pointer, code, detail } in errors {
        prop_assert!(pointer.is_empty() || pointer.starts_with('/'), "{pointer:?}");
        prop_assert!(
            !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{code:?}"
        );
        prop_assert!(!detail.is_empty() && detail.len() < 4000, "{code}: {} bytes of detail", detail.len());
    }
    Ok(())
}

/// A body is refused by name, or is a submission that is read again from what is stored of it.
fn is_read(body: &Value) -> Result<(), TestCaseError> {
    match Submission::parse(body) {
        Err(errors) => are_named(&errors),
        Ok(read) => {
            let mut again = serde_json::to_value(&read.details)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            again["scopes"] = body["scopes"].clone();
            again["draft"] = json!(read.draft);
            prop_assert_eq!(Submission::parse(&again), Ok(read.clone()), "stored as {}", again);
            let stored =
                serde_json::to_value(&read).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let loaded: Submission =
                serde_json::from_value(stored).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(loaded, read);
            Ok(())
        }
    }
}

/// A text is refused by name, or is a value whose own text is read as the same.
fn is_field<T: Field + PartialEq + std::fmt::Debug>(
    text: &str,
    shown: impl Fn(&T) -> String,
) -> Result<(), TestCaseError> {
    match T::parse(text) {
        Err(Invalid { code, detail }) => {
            prop_assert!(!code.is_empty() && !detail.is_empty());
        }
        Ok(value) => {
            let shown = shown(&value);
            match T::parse(&shown) {
                Ok(again) => prop_assert_eq!(again, value, "{:?} is shown as {:?}", text, shown),
                Err(error) => return Err(TestCaseError::fail(format!("{shown:?}: {}", error.detail))),
            }
        }
    }
    Ok(())
}

fn is_shown<T: Field + PartialEq + std::fmt::Debug + Display>(text: &str) -> Result<(), TestCaseError> {
    is_field::<T>(text, ToString::to_string)
}

/// Texts that are nearly right for some field: of its letters, of its shape, and with what people paste.
fn nearly() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9]{1,10}@[a-z0-9.-]{1,12}\\.[a-z]{2,3}",
        "[ -~]{0,30}@[ -~]{0,30}",
        "(clm|evd)_[a-z0-9]{24,28}(-s[0-9]{1,4})?",
        "s[0-9]{1,5}",
        "[0-9]{6,8}",
        "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        "[0-9]{3,5}-[0-9]{1,2}(-[0-9]{1,2})?",
        "[a-zA-Z]{1,4}(-[a-zA-Z0-9]{1,9}){0,3}",
        "([a-z0-9-]{1,8}\\.){0,4}[a-z-]{1,5}",
        "[a-z2-7]{77,79}",
        "[A-Za-z0-9_-]{21,23}",
        "[\\s\\u{0}-\\u{20}\\u{2028}\\u{202e}\\u{feff}a-z]{0,20}",
        "\\PC{0,300}",
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_json_is_a_claims_body_or_refused_by_name(body in anything()) {
        is_read(&body)?;
    }

    #[test]
    fn a_body_with_anything_anywhere_is_read_or_refused_by_name(
        changes in prop::collection::vec((any::<Index>(), anything()), 0..4), names in prop::collection::vec(any::<String>(), 0..2),
    ) {
        let mut body = body();
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&body, String::new(), &mut found);
            if let Some(place) = body.pointer_mut(index.get(&found).as_str()) {
                *place = value;
            }
        }
        if let Value::Object(members) = &mut body {
            members.extend(names.into_iter().map(|name| (name, Value::Null)));
        }
        is_read(&body)?;
    }

    #[test]
    fn a_body_with_nearly_right_texts_is_read_or_refused_by_name(
        changes in prop::collection::vec((any::<Index>(), nearly()), 1..4),
    ) {
        let mut body = body();
        for (index, text) in changes {
            let mut found = Vec::new();
            places(&body, String::new(), &mut found);
            let place = index.get(&found);
            if let Some(place) = body.pointer_mut(place).filter(|place| !place.is_object() && !place.is_array()) {
                *place = json!(text);
            }
        }
        is_read(&body)?;
    }

    #[test]
    fn any_text_is_a_field_or_refused_by_name(text in nearly()) {
        is_shown::<ClaimName>(&text)?;
        is_shown::<PersonName>(&text)?;
        is_shown::<Remark>(&text)?;
        is_shown::<Email>(&text)?;
        is_shown::<DomainName>(&text)?;
        is_shown::<LanguageTag>(&text)?;
        is_shown::<PartnerId>(&text)?;
        is_shown::<TenantId>(&text)?;
        is_shown::<SubscriptionId>(&text)?;
        is_shown::<ClaimId>(&text)?;
        is_shown::<EvidenceId>(&text)?;
        is_shown::<AssociationId>(&text)?;
        is_shown::<ScopeId>(&text)?;
        is_shown::<IdempotencyKey>(&text)?;
        is_shown::<Month>(&text)?;
        is_field::<LinkDigest>(&text, |digest| digest.as_str().to_owned())?;
        is_field::<LinkToken>(&text, |token| token.expose().to_owned())?;
        if let Ok(Day(day)) = Day::parse(&text) {
            prop_assert_eq!(day.to_string(), text.trim());
        }
        if let Ok(id) = AssociationId::parse(&text) {
            let (claim, scope) = (id.claim().clone(), id.scope());
            prop_assert_eq!(AssociationId::of(&claim, scope), id);
        }
        if let Ok(token) = LinkToken::parse(&text) {
            // It may name no claim; it must not say what it is.
            let _ = token.claim();
            prop_assert_eq!(format!("{:?}", token), "LinkToken(…)");
        }
    }

    #[test]
    fn a_link_names_its_claim_and_has_a_digest_of_its_own(partner in "[0-9]{7}", key in "[ -~]{1,20}", secret in any::<[u8; 32]>()) {
        let fits = |_| TestCaseError::reject("does not fit");
        let claim = ClaimId::of(&PartnerId::parse(&partner).map_err(fits)?, &IdempotencyKey::parse(&key).map_err(fits)?);
        let token = LinkToken::new(&claim, secret);
        prop_assert_eq!(token.claim().ok(), Some(claim.clone()));
        prop_assert_eq!(LinkToken::parse(token.expose()).ok(), Some(token.clone()));
        prop_assert_eq!(LinkDigest::parse(token.digest().as_str()).ok(), Some(token.digest()));
        let mut other = secret;
        other[0] ^= 1;
        prop_assert_ne!(LinkToken::new(&claim, other).digest(), token.digest());
    }

    #[test]
    fn any_bytes_are_figures_or_refused_by_name(line in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        anything().prop_map(|value| value.to_string().into_bytes()),
        (anything(), any::<Index>()).prop_map(|(value, index)| {
            let mut row = json!({ "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "scope": { "workload": "teams" },
                "month": "2021-05", "monthly_active_users": 1, "paid_available_units": 2, "sold_seats": 3 });
            let mut found = Vec::new();
            places(&row, String::new(), &mut found);
            if let Some(place) = row.pointer_mut(index.get(&found).as_str()) {
                *place = value;
            }
            row.to_string().into_bytes()
        }),
    ]) {
        if let Err(errors) = Usage::parse(&line) {
            are_named(&errors)?;
        }
    }

    #[test]
    fn every_line_of_a_delivery_has_its_fate(lines in prop::collection::vec(
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            Just(Vec::new()),
            Just(br#"{"tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "scope": {"workload": "teams"}, "month": "2021-05",
                "monthly_active_users": 1, "paid_available_units": 2, "sold_seats": 3}"#.iter().filter(|b| **b != b'\n').copied().collect()),
        ], 0..12,
    )) {
        let text = lines.join(&b'\n');
        match Delivery::parse(&text) {
            Err(errors) => are_named(&errors)?,
            Ok(delivery) => for (line, fate) in &delivery.rows {
                prop_assert!((1..=text.split(|b| *b == b'\n').count()).contains(line));
                if let RowOutcome::Refused(errors) = fate {
                    are_named(errors)?;
                }
            },
        }
    }
}
