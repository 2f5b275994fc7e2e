//! What a partner states, read from JSON: everything that is wrong with it is said at once, and where.

use domain::{FindingCode, MOST_EVIDENCE, MOST_SCOPES, Scope, Submission};
use serde_json::{Value, json};

use crate::driver::given;
use crate::fixtures::*;

#[test]
fn a_complete_body_is_read() {
    let read = submission(&body());
    assert_eq!(read.scopes, [teams()]);
    assert_eq!(read.details.customer_contact.email.as_str(), "jana@contoso.com");
    assert_eq!(read.details.evidence.len(), 1);
    assert!(!read.draft && read.details.second_contact.is_none() && read.details.comment.is_none());
}

#[test]
fn a_product_is_claimed_on_a_subscription() {
    let subscription_id = SUBSCRIPTION.parse().unwrap();
    let product = "power_bi".parse().unwrap();
    assert_eq!(submission(&product_body()).scopes, [Scope::Product { subscription_id, product }]);
}

#[test]
fn everything_that_is_missing_is_said_at_once_and_in_the_order_of_the_fields() {
    let missing = [
        ("/name", "required"),
        ("/program", "required"),
        ("/activity", "required"),
        ("/partner_id", "required"),
        ("/tenant_id", "required"),
        ("/domain", "required"),
        ("/scopes", "required"),
        ("/customer_contact", "required"),
        ("/partner_contact", "required"),
    ];
    refuses(&json!({}), &missing);
    let contact =
        json!({ "customer_contact": {}, "partner_contact": {}, "second_contact": {}, "evidence": [{}] });
    let fields = [
        "/name",
        "/program",
        "/activity",
        "/partner_id",
        "/tenant_id",
        "/domain",
        "/scopes",
        "/customer_contact/name",
        "/customer_contact/title",
        "/customer_contact/email",
        "/customer_contact/language",
        "/customer_contact/country",
        "/second_contact/name",
        "/second_contact/title",
        "/second_contact/email",
        "/second_contact/language",
        "/second_contact/country",
        "/partner_contact/name",
        "/partner_contact/email",
        "/evidence/0/kind",
        "/evidence/0/signed_on",
        "/evidence/0/reference",
    ];
    refuses(&contact, &fields.map(|field| (field, "required")));
}

#[test]
fn everything_that_is_malformed_is_said_at_once() {
    let mut wrong = two_scopes();
    for (pointer, value) in [
        ("/name", ""),
        ("/program", "osu"),
        ("/activity", "golf"),
        ("/partner_id", "123456"),
        ("/tenant_id", "contoso"),
        ("/domain", "contoso"),
        ("/scopes/1/workload", "Teams!"),
        ("/customer_contact/email", "jana"),
        ("/customer_contact/language", "c"),
        ("/customer_contact/country", "XX"),
        ("/customer_contact/time_zone", "Prague"),
        ("/partner_contact/name", "a\u{202E}b"),
        ("/evidence/0/kind", "photo"),
        ("/evidence/0/signed_on", "2021-02-30"),
    ] {
        wrong = with(wrong, pointer, json!(value));
    }
    refuses(
        &wrong,
        &[
            ("/name", "empty"),
            ("/program", "unknown_value"),
            ("/activity", "unknown_value"),
            ("/partner_id", "invalid_partner_id"),
            ("/tenant_id", "invalid_guid"),
            ("/domain", "invalid_domain"),
            ("/scopes/1/workload", "invalid_code"),
            ("/customer_contact/email", "invalid_email"),
            ("/customer_contact/language", "invalid_language"),
            ("/customer_contact/country", "invalid_country"),
            ("/customer_contact/time_zone", "invalid_time_zone"),
            ("/partner_contact/name", "control_character"),
            ("/evidence/0/kind", "unknown_value"),
            ("/evidence/0/signed_on", "invalid_date"),
        ],
    );
}

#[test]
fn fields_that_nobody_asked_for_are_errors_wherever_they_stand() {
    let mut extra = with_second_contact(body());
    for pointer in [
        "/nmae",
        "/scopes/0/code",
        "/customer_contact/phone",
        "/second_contact/phone",
        "/partner_contact/title",
        "/evidence/0/url",
    ] {
        extra = with(extra, pointer, json!("x"));
    }
    refuses(
        &extra,
        &[
            ("/scopes/0/code", "unknown_field"),
            ("/customer_contact/phone", "unknown_field"),
            ("/second_contact/phone", "unknown_field"),
            ("/partner_contact/title", "unknown_field"),
            ("/evidence/0/url", "unknown_field"),
            ("/nmae", "unknown_field"),
        ],
    );
}

#[test]
fn the_pointer_to_an_unknown_field_is_escaped_and_short() {
    let mut extra = body();
    let members = extra.as_object_mut().unwrap();
    members.insert("a/b~c".to_owned(), json!(1));
    members.insert("x".repeat(5000), json!(1));
    refuses(&extra, &[("/a~1b~0c", "unknown_field"), (&format!("/{}", "x".repeat(60)), "unknown_field")]);
}

#[test]
fn wrong_types_are_said_where_they_are() {
    for (pointer, value) in [
        ("/name", json!(7)),
        ("/scopes", json!({ "workload": "teams" })),
        ("/scopes/0", json!("teams")),
        ("/scopes/0/workload", json!(["teams"])),
        ("/customer_contact", json!("jana@contoso.com")),
        ("/second_contact", json!([])),
        ("/evidence", json!("C-17")),
        ("/evidence/0", json!(null)),
        ("/comment", json!({})),
        ("/draft", json!("true")),
    ] {
        let found = errors(&with(body(), pointer, value));
        assert!(found.iter().any(|(at, code)| at == pointer && code == "wrong_type"), "{pointer}: {found:?}");
    }
}

#[test]
fn a_body_that_is_no_object_is_one_error() {
    for wrong in [json!(null), json!([]), json!("claim"), json!(7)] {
        refuses(&wrong, &[("", "wrong_type")]);
    }
}

#[test]
fn null_is_the_same_as_absent() {
    let body = with(with(body(), "/comment", json!(null)), "/second_contact", json!(null));
    let body = with(with(body, "/draft", json!(null)), "/customer_contact/region", json!(null));
    assert_eq!(submission(&body), submission(&crate::fixtures::body()));
    refuses(&with(body, "/name", json!(null)), &[("/name", "required")]);
}

#[test]
fn a_scope_is_claimed_once() {
    let repeated = json!([{ "workload": "teams" }, { "workload": "intune" }, { "workload": "teams" }]);
    refuses(&with(body(), "/scopes", repeated), &[("/scopes/2", "repeated")]);
    let upper = json!({ "subscription_id": SUBSCRIPTION.to_uppercase(), "product": "power_bi" });
    let lower = json!({ "subscription_id": SUBSCRIPTION, "product": "power_bi" });
    let other = json!({ "subscription_id": SUBSCRIPTION, "product": "power_apps" });
    refuses(&with(product_body(), "/scopes", json!([upper, other, lower])), &[("/scopes/2", "repeated")]);
}

#[test]
fn an_entry_is_a_workload_or_a_product_and_never_both_or_neither() {
    let both = json!({ "workload": "teams", "subscription_id": SUBSCRIPTION, "product": "power_bi" });
    refuses(&with(body(), "/scopes/0", both), &[("/scopes/0", "invalid_scope")]);
    refuses(&with(body(), "/scopes/0", json!({})), &[("/scopes/0", "invalid_scope")]);
    let half = json!({ "subscription_id": SUBSCRIPTION });
    refuses(&with(body(), "/scopes/0", half), &[("/scopes/0/product", "required")]);
    let half = json!({ "product": "power_bi" });
    refuses(&with(body(), "/scopes/0", half), &[("/scopes/0/subscription_id", "required")]);
}

#[test]
fn a_claim_names_one_scope_at_least_and_not_more_than_one_transaction_can_move() {
    let scopes = |n: usize| (0..n).map(|n| json!({ "workload": format!("w{n}") })).collect::<Vec<_>>();
    refuses(&with(body(), "/scopes", json!([])), &[("/scopes", "required")]);
    assert_eq!(submission(&with(body(), "/scopes", json!(scopes(MOST_SCOPES)))).scopes.len(), MOST_SCOPES);
    refuses(&with(body(), "/scopes", json!(scopes(MOST_SCOPES + 1))), &[("/scopes", "too_many")]);
}

#[test]
fn evidence_may_wait_while_the_claim_is_a_draft_and_is_limited() {
    assert!(submission(&with(body(), "/evidence", json!([]))).details.evidence.is_empty());
    let evidence = vec![body()["evidence"][0].clone(); MOST_EVIDENCE + 1];
    refuses(&with(body(), "/evidence", json!(evidence)), &[("/evidence", "too_many")]);
}

#[test]
fn a_region_must_be_one_that_the_calendar_knows() {
    let german = with(body(), "/customer_contact/country", json!("DE"));
    let bavaria = with(german.clone(), "/customer_contact/region", json!("BY"));
    assert!(Submission::parse(&bavaria).is_ok());
    let nowhere = with(german.clone(), "/customer_contact/region", json!("ZZZ"));
    refuses(&nowhere, &[("/customer_contact/region", "unknown_region")]);
    refuses(
        &with(german, "/customer_contact/region", json!("by")),
        &[("/customer_contact/region", "invalid_region")],
    );
}

#[test]
fn a_day_has_one_form() {
    for day in ["2021-4-12", "12.04.2021", "2021-04-12T00:00:00Z", "20210412", ""] {
        refuses(
            &with(body(), "/evidence/0/signed_on", json!(day)),
            &[("/evidence/0/signed_on", "invalid_date")],
        );
    }
}

#[test]
fn a_submit_without_findings_is_approved_by_rule_and_its_customer_is_told_next() {
    let to = domain::Recipient::CustomerContact;
    given(draft()).at(SUBMITTED).when(submit()).then([domain::Event::Submitted, approved(&[1], 1, to)]);
}

#[test]
fn one_finding_about_one_scope_sends_the_whole_claim_to_review_so_that_the_customer_gets_one_mail() {
    let found = [FindingCode::ProgramReviewed, FindingCode::CompetingClaim, FindingCode::CompetingClaim];
    let opened = domain::Event::ReviewOpened {
        scopes: vec![s(1), s(2)],
        because: vec![FindingCode::CompetingClaim, FindingCode::ProgramReviewed],
        due: at(DEADLINE),
    };
    let claim = draft_of(&two_scopes());
    let claim = given(claim).at(SUBMITTED).when(submit_with(&found)).then([domain::Event::Submitted, opened]);
    assert_eq!(claim.review_due(), Some(at(DEADLINE)));
}

#[test]
fn only_what_stands_in_the_way_is_shown_when_a_submit_is_refused() {
    let found = [FindingCode::CompetingClaim, FindingCode::PartnerNotEnrolled];
    let rejection = given(draft()).when(submit_with(&found)).rejects("claim_not_acceptable");
    let domain::Rejection::Findings(findings) = rejection else { panic!("{rejection}") };
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [FindingCode::PartnerNotEnrolled]);
}

fn errors(body: &Value) -> Vec<(String, String)> {
    let errors = Submission::parse(body).expect_err("the body is wrong");
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

#[track_caller]
fn refuses(body: &Value, expected: &[(&str, &str)]) {
    let found = errors(body);
    let found: Vec<_> = found.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
    assert_eq!(found, expected);
}
