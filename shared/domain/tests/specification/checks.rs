//! What a submit would meet, said before it and all at once.

use domain::{
    Catalogue, CatalogueEntry, Channel, FindingCode, MOST_CLAIMANTS, Policy, Program, Slot,
    SubscriptionState, Surroundings, check,
};
use serde_json::{Value, json};

use crate::fixtures::*;

/// What is wrong, and where it is found.
struct Case {
    body: Value,
    around: Surroundings,
    policy: Policy,
    pointer: &'static str,
}

#[test]
fn every_finding_is_made_where_it_belongs_and_nothing_else_with_it() {
    for code in FindingCode::ALL {
        let Case { body, around, policy, pointer } = case(*code);
        assert_eq!(findings(&body, &around, &policy, SUBMITTED), [(pointer.to_owned(), *code)], "{code}");
    }
}

fn case(code: FindingCode) -> Case {
    let case = |pointer| Case { body: body(), around: surroundings(), policy: Policy::default(), pointer };
    let product = |pointer| Case { body: product_body(), ..case(pointer) };
    let changed = |mut case: Case, change: &dyn Fn(&mut Case)| {
        change(&mut case);
        case
    };
    match code {
        FindingCode::PartnerNotEnrolled => changed(case("/program"), &|case| {
            case.around.partner.as_mut().unwrap().programs = vec![Program::OsaSell]
        }),
        FindingCode::TenantUnknown => changed(case("/tenant_id"), &|case| case.around.tenant = None),
        FindingCode::DomainTenantMismatch => {
            Case { body: with(body(), "/domain", json!("fabrikam.com")), ..case("/domain") }
        }
        FindingCode::ActivityNotInProgram => {
            Case { body: with(body(), "/activity", json!("sell")), ..case("/activity") }
        }
        FindingCode::ScopeNotInProgram => {
            Case { body: with(product_body(), "/program", json!("osu_m365")), ..case("/scopes/0/product") }
        }
        FindingCode::WorkloadNotInTenant => Case {
            body: with(body(), "/scopes/0/workload", json!("viva_engage")),
            ..case("/scopes/0/workload")
        },
        FindingCode::SubscriptionNotInTenant => changed(product("/scopes/0/subscription_id"), &|case| {
            case.around.tenant.as_mut().unwrap().subscriptions.clear();
        }),
        FindingCode::SubscriptionWrongProduct => Case {
            body: with(product_body(), "/scopes/0/product", json!("power_apps")),
            ..case("/scopes/0/product")
        },
        FindingCode::SubscriptionNotActive => changed(product("/scopes/0/subscription_id"), &|case| {
            case.around.tenant.as_mut().unwrap().subscriptions[0].state = SubscriptionState::Suspended;
        }),
        FindingCode::SubscriptionChannelExcluded => changed(product("/scopes/0/subscription_id"), &|case| {
            case.around.tenant.as_mut().unwrap().subscriptions[0].channel = Channel::Csp;
        }),
        FindingCode::MissingPoe => Case { body: with(body(), "/evidence", json!([])), ..case("/evidence") },
        FindingCode::EvidenceTooOld => signed_on("2019-04-12"),
        FindingCode::EvidenceInFuture => signed_on("2021-05-05"),
        FindingCode::AlreadyClaimedByYou => slot(slot_held_by(ME)),
        FindingCode::TooManyCompetingClaims => slot(crowded(MOST_CLAIMANTS)),
        FindingCode::CompetingClaim => slot(slot_held_by(RIVAL)),
        FindingCode::ContactOutsideTenant => Case {
            body: with(body(), "/customer_contact/email", json!("jana@partner.example")),
            ..case("/customer_contact/email")
        },
        FindingCode::ProgramReviewed => {
            let policy = Policy { always_review: vec![Program::OsuM365], ..Policy::default() };
            Case { policy, ..case("/program") }
        }
    }
}

fn signed_on(day: &str) -> Case {
    let body = with(body(), "/evidence/0/signed_on", json!(day));
    Case { body, around: surroundings(), policy: Policy::default(), pointer: "/evidence/0/signed_on" }
}

fn slot(slot: Slot) -> Case {
    let around = Surroundings { slots: slots([(teams(), slot)]), ..surroundings() };
    Case { body: body(), around, policy: Policy::default(), pointer: "/scopes/0" }
}

fn crowded(claims: usize) -> Slot {
    let slots = (0..claims).map(|n| slot_claimed_by(RIVAL, &n.to_string()));
    Slot { version: 1, claimants: slots.flat_map(|slot| slot.claimants).collect(), ..Slot::default() }
}

#[test]
fn a_claim_as_it_should_be_meets_nothing() {
    assert_eq!(found(&body(), &surroundings(), SUBMITTED), []);
    assert_eq!(found(&product_body(), &surroundings(), SUBMITTED), []);
}

#[test]
fn everything_is_found_at_once() {
    let body = with(
        with(with(two_scopes(), "/evidence", json!([])), "/activity", json!("sell")),
        "/domain",
        json!("a.cz"),
    );
    let body = with(body, "/scopes/1/workload", json!("viva_engage"));
    let around = Surroundings {
        partner: None,
        slots: slots([(teams(), slot_claimed_by(RIVAL, "key"))]),
        ..surroundings()
    };
    assert_eq!(
        found(&body, &around, SUBMITTED),
        [
            ("/program".to_owned(), FindingCode::PartnerNotEnrolled),
            ("/activity".to_owned(), FindingCode::ActivityNotInProgram),
            ("/evidence".to_owned(), FindingCode::MissingPoe),
            ("/domain".to_owned(), FindingCode::DomainTenantMismatch),
            ("/scopes/0".to_owned(), FindingCode::CompetingClaim),
            ("/scopes/1/workload".to_owned(), FindingCode::WorkloadNotInTenant),
        ]
    );
}

#[test]
fn every_finding_says_what_would_mend_it_and_none_names_the_rival() {
    for code in FindingCode::ALL {
        let Case { body, around, policy, .. } = case(*code);
        let found = check(&submission(&body), &claim_id(ME, "key"), &around, &policy, at(SUBMITTED));
        for finding in found {
            assert!(finding.detail.len() > 10, "{code}");
            assert!(!finding.detail.contains(RIVAL), "{code} tells who the other is");
        }
    }
}

#[test]
fn a_contact_below_one_of_the_tenants_domains_is_the_tenants_and_one_that_only_looks_so_is_not() {
    let outside = |email: &str| {
        let body = with(body(), "/customer_contact/email", json!(email));
        found(&body, &surroundings(), SUBMITTED).len() == 1
    };
    assert!(
        !outside("jana@contoso.com") && !outside("jana@CONTOSO.com") && !outside("jana@mail.contoso.com")
    );
    assert!(outside("jana@evilcontoso.com") && outside("jana@contoso.com.partner.example"));
}

#[test]
fn the_second_contact_must_lie_in_the_tenant_too() {
    let body = with(with_second_contact(body()), "/second_contact/email", json!("karel@partner.example"));
    let expected = ("/second_contact/email".to_owned(), FindingCode::ContactOutsideTenant);
    assert_eq!(found(&body, &surroundings(), SUBMITTED), [expected]);
}

#[test]
fn a_claim_does_not_compete_with_itself() {
    let around = Surroundings { slots: slots([(teams(), slot_claimed_by(ME, "key"))]), ..surroundings() };
    assert_eq!(found(&body(), &around, SUBMITTED), []);
}

#[test]
fn another_open_claim_of_the_same_partner_is_in_the_way() {
    let around = Surroundings { slots: slots([(teams(), slot_claimed_by(ME, "another"))]), ..surroundings() };
    let expected = ("/scopes/0".to_owned(), FindingCode::AlreadyClaimedByYou);
    assert_eq!(found(&body(), &around, SUBMITTED), [expected]);
}

#[test]
fn one_claim_less_than_too_many_only_competes() {
    let around = Surroundings { slots: slots([(teams(), crowded(MOST_CLAIMANTS - 1))]), ..surroundings() };
    assert_eq!(found(&body(), &around, SUBMITTED), [("/scopes/0".to_owned(), FindingCode::CompetingClaim)]);
}

#[test]
fn a_subscription_in_grace_can_be_claimed_on_and_one_not_yet_usable_or_ended_cannot() {
    for (state, claimable) in [
        (SubscriptionState::Provisioning, false),
        (SubscriptionState::Active, true),
        (SubscriptionState::Grace, true),
        (SubscriptionState::Expired, false),
        (SubscriptionState::Suspended, false),
    ] {
        let mut around = surroundings();
        around.tenant.as_mut().unwrap().subscriptions[0].state = state;
        assert_eq!(found(&product_body(), &around, SUBMITTED).is_empty(), claimable, "{state}");
    }
}

#[test]
fn a_subscription_may_carry_several_products() {
    let mut around = surroundings();
    let subscriptions = &mut around.tenant.as_mut().unwrap().subscriptions;
    let mut other = subscriptions[0].clone();
    other.product = "power_apps".parse().unwrap();
    other.channel = Channel::Csp;
    subscriptions.insert(0, other);
    assert_eq!(found(&product_body(), &around, SUBMITTED), []);
}

#[test]
fn what_can_be_claimed_is_what_the_operators_catalogue_says() {
    let mut around = surroundings();
    around.catalogue = Some(Catalogue { workloads: Vec::new(), products: Vec::new() });
    let not_there = [("/scopes/0/workload".to_owned(), FindingCode::ScopeNotInProgram)];
    assert_eq!(found(&body(), &around, SUBMITTED), not_there);
    let entry = CatalogueEntry {
        code: "teams".parse().unwrap(),
        name: "Teams".to_owned(),
        programs: vec![Program::OsuBusinessApps],
    };
    around.catalogue = Some(Catalogue { workloads: vec![entry], products: Vec::new() });
    assert_eq!(found(&body(), &around, SUBMITTED), not_there);
}

#[test]
fn evidence_counts_for_a_year_to_the_last_minute_of_the_day_at_the_customer() {
    // 23:59 on 3 May in Prague, then midnight.
    let signed = |day: &str, now: &str| found(&signed_on(day).body, &surroundings(), now);
    let too_old = [("/evidence/0/signed_on".to_owned(), FindingCode::EvidenceTooOld)];
    assert_eq!(signed("2020-05-02", "2021-05-03T21:59:59Z"), []);
    assert_eq!(signed("2020-05-02", "2021-05-03T22:00:00Z"), too_old);
    assert_eq!(signed("2020-05-03", "2021-05-03T22:00:00Z"), []);
}

#[test]
fn evidence_signed_today_at_the_customer_is_not_of_the_future() {
    let signed = |day: &str, now: &str| found(&signed_on(day).body, &surroundings(), now);
    let future = [("/evidence/0/signed_on".to_owned(), FindingCode::EvidenceInFuture)];
    assert_eq!(signed("2021-05-04", "2021-05-03T21:59:59Z"), future);
    assert_eq!(signed("2021-05-04", "2021-05-03T22:00:00Z"), []);
}

fn found(body: &Value, around: &Surroundings, now: &str) -> Vec<(String, FindingCode)> {
    findings(body, around, &Policy::default(), now)
}

fn findings(body: &Value, around: &Surroundings, policy: &Policy, now: &str) -> Vec<(String, FindingCode)> {
    let found = check(&submission(body), &claim_id(ME, "key"), around, policy, at(now));
    found.into_iter().map(|finding| (finding.pointer, finding.code)).collect()
}
