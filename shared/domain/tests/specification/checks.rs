//! What a submit would meet, said before it and all at once.

use std::collections::BTreeSet;

use domain::{
    Catalogue, CatalogueEntry, Channel, Claim, Command, CommandName, Context, DecideError, FileState,
    Finding, FindingCode, MOST_CLAIMANTS, Needs, Policy, Program, Scope, Slot, Standing, SubscriptionState,
    check, check_claim, decide,
};
use serde_json::{Value, json};

use crate::driver::{Story, given};
use crate::fixtures::*;

/// What is wrong, and where it is found.
struct Case {
    body: Value,
    around: Around,
    policy: Policy,
    pointer: &'static str,
}

#[test]
fn every_finding_is_made_where_it_belongs_and_nothing_else_with_it() {
    for code in found_by_checks() {
        let Case { body, around, policy, pointer } = case(*code);
        assert_eq!(findings(&body, &around, &policy, SUBMITTED), [(pointer.to_owned(), *code)], "{code}");
    }
}

/// All but what the submit itself finds in the claim, and what is found when its notice is about to leave.
fn found_by_checks() -> impl Iterator<Item = &'static FindingCode> {
    let later = [FindingCode::AnswerToReview, FindingCode::ContactNoticeLimit];
    FindingCode::ALL.iter().filter(move |code| !later.contains(code))
}

fn case(code: FindingCode) -> Case {
    let case = |pointer| Case { body: body(), around: usual(), policy: Policy::default(), pointer };
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
        FindingCode::MissingCustomerAcknowledgement => {
            let policy = policy_with(|rules| rules.require_acknowledgement = true);
            Case { policy, ..case("/evidence") }
        }
        FindingCode::MissingEvidenceFile => {
            let policy = policy_with(|rules| rules.require_evidence_file = true);
            Case { policy, ..case("/evidence") }
        }
        FindingCode::EvidenceUnknown => {
            Case { body: with_file(&file_id(ME, "none")), ..case("/evidence/0/file") }
        }
        FindingCode::EvidenceNotVerified => {
            let around = Around { files: file(ME, "key", FileState::Waiting), ..usual() };
            Case { body: with_file(&file_id(ME, "key")), around, ..case("/evidence/0/file") }
        }
        FindingCode::AlreadyClaimedByYou => slot(slot_held_by_claim(ME, "another")),
        FindingCode::TooManyCompetingClaims => slot(crowded(MOST_CLAIMANTS)),
        FindingCode::CompetingClaim => slot(slot_held_by(RIVAL)),
        FindingCode::ContactOutsideTenant => Case {
            body: with(body(), "/customer_contact/email", json!("jana@elsewhere.example")),
            ..case("/customer_contact/email")
        },
        FindingCode::ContactIsPartner => Case {
            body: with(body(), "/partner_contact/email", json!("petr@contoso.com")),
            ..case("/customer_contact/email")
        },
        FindingCode::RoleMailbox => Case {
            body: with(body(), "/customer_contact/email", json!("No-Reply+sow@contoso.com")),
            ..case("/customer_contact/email")
        },
        FindingCode::ProgramReviewed => {
            let policy = policy_with(|rules| rules.always_review = true);
            Case { policy, ..case("/program") }
        }
        FindingCode::AnswerToReview | FindingCode::ContactNoticeLimit => unreachable!("no check finds it"),
    }
}

fn signed_on(day: &str) -> Case {
    let body = with(body(), "/evidence/0/signed_on", json!(day));
    Case { body, around: usual(), policy: Policy::default(), pointer: "/evidence/0/signed_on" }
}

fn slot(slot: Slot) -> Case {
    let around = Around { slots: slots([(teams(), slot)]), ..usual() };
    Case { body: body(), around, policy: Policy::default(), pointer: "/scopes/0" }
}

fn crowded(claims: usize) -> Slot {
    let slots = (0..claims).map(|n| slot_claimed_by(RIVAL, &n.to_string()));
    Slot { version: 1, claimants: slots.flat_map(|slot| slot.claimants).collect(), ..Slot::default() }
}

#[test]
fn a_finding_that_stands_in_the_way_stops_the_submit_and_others_send_it_to_a_reviewer() {
    let for_review = [
        FindingCode::CompetingClaim,
        FindingCode::ContactOutsideTenant,
        FindingCode::RoleMailbox,
        FindingCode::ProgramReviewed,
        FindingCode::AnswerToReview,
        FindingCode::ContactNoticeLimit,
    ];
    for code in FindingCode::ALL {
        assert_eq!(code.is_for_review(), for_review.contains(code), "{code}");
    }
    for code in found_by_checks() {
        let Case { body, around, policy, .. } = case(*code);
        let submit = Asked { around, ..submit().into() };
        let outcome = given(draft_of(&body)).under(policy).at(SUBMITTED).when(submit);
        if for_review.contains(code) {
            outcome.leads_to(Standing::UnderReview);
        } else {
            outcome.rejects("claim_not_acceptable");
        }
    }
}

#[test]
fn what_was_not_read_cannot_be_decided_on() {
    let standings = Standing::ALL.iter().map(|standing| brought_to(*standing));
    let (mut unread, mut read) = (BTreeSet::new(), BTreeSet::new());
    for claim in standings {
        let dispute =
            Command::Dispute { justification: remark("It was signed."), evidence: vec![named_file()] };
        for command in [submit(), dispute, approve(), accept(1), promote(1), withdraw(), decline()] {
            let name = command.name();
            match decide(&claim, &command, &Context::nothing(), &Policy::default(), at(AFTER)) {
                Err(DecideError::Unread(_)) => unread.insert(name),
                Ok(events) if !events.is_empty() => read.insert(name),
                _ => false,
            };
        }
    }
    use CommandName::{Accept, Approve, Decline, Dispute, Promote, Submit, Withdraw};
    assert_eq!(unread, [Submit, Dispute, Approve, Accept, Promote].into());
    assert_eq!(read, [Withdraw, Decline].into());
}

fn named_file() -> domain::Evidence {
    domain::Evidence { file: Some(file_id(ME, "key")), ..proof("2021-05-01") }
}

#[test]
fn a_claim_as_it_should_be_meets_nothing() {
    assert_eq!(found(&body(), &usual(), SUBMITTED), []);
    assert_eq!(found(&product_body(), &usual(), SUBMITTED), []);
}

#[test]
fn everything_is_found_at_once() {
    let body = with(
        with(with(two_scopes(), "/evidence", json!([])), "/activity", json!("sell")),
        "/domain",
        json!("a.cz"),
    );
    let body = with(body, "/scopes/1/workload", json!("viva_engage"));
    let around =
        Around { partner: None, slots: slots([(teams(), slot_claimed_by(RIVAL, "key"))]), ..usual() };
    assert_eq!(
        found(&body, &around, SUBMITTED),
        [
            ("/program".to_owned(), FindingCode::PartnerNotEnrolled),
            ("/activity".to_owned(), FindingCode::ActivityNotInProgram),
            ("/evidence".to_owned(), FindingCode::MissingPoe),
            ("/domain".to_owned(), FindingCode::DomainTenantMismatch),
        ]
    );
}

#[test]
fn who_names_no_domain_of_a_tenant_is_told_nothing_of_it() {
    // Neither what it has, nor whether somebody else, or the partner itself, claims there, nor whose a contact is.
    let somebody = |claimant| Around { slots: slots([(teams(), claimant)]), ..usual() };
    let elsewhere = with(body(), "/customer_contact/email", json!("jana@elsewhere.example"));
    for (body, around) in [
        (scopes_named(&["viva_engage"]), usual()),
        (
            with(product_body(), "/scopes/0/subscription_id", json!("3fa85f64-0000-4562-b3fc-2c963f66afa6")),
            usual(),
        ),
        (body(), somebody(slot_held_by(RIVAL))),
        (body(), somebody(slot_claimed_by(ME, "another"))),
        (elsewhere, usual()),
    ] {
        let body = with(body, "/domain", json!("a.cz"));
        let mismatch = ("/domain".to_owned(), FindingCode::DomainTenantMismatch);
        assert_eq!(found(&body, &around, SUBMITTED), [mismatch]);
    }
}

#[test]
fn a_contact_in_the_domain_of_the_partners_contact_is_the_partner_unless_anybody_can_have_an_address_there() {
    let both = |customer: &str, partner: &str| {
        let body = with(body(), "/customer_contact/email", json!(customer));
        let found = found(&with(body, "/partner_contact/email", json!(partner)), &usual(), SUBMITTED);
        found.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    use FindingCode::{ContactIsPartner, ContactOutsideTenant};
    let errors = [ContactIsPartner, ContactOutsideTenant];
    assert_eq!(both("jana@partner.example", "petr@partner.example"), errors);
    assert_eq!(both("me+contoso@gmail.com", "Me@gmail.com"), errors);
    assert_eq!(both("jana@gmail.com", "petr@gmail.com"), [ContactOutsideTenant]);
    let second = with(with_second_contact(body()), "/second_contact/email", json!("me@partner.example"));
    let expected = errors.map(|code| ("/second_contact/email".to_owned(), code));
    assert_eq!(found(&second, &usual(), SUBMITTED), expected);
}

#[test]
fn mailboxes_that_nobody_reads_are_known_by_their_names_and_those_that_people_read_are_not_among_them() {
    let role = |name: &str| {
        let body = with(body(), "/customer_contact/email", json!(format!("{name}@contoso.com")));
        found(&body, &usual(), SUBMITTED).iter().any(|(_, code)| *code == FindingCode::RoleMailbox)
    };
    for name in
        ["noreply", "NO-REPLY", "donotreply", "postmaster", "abuse", "spam", "mailer-daemon", "bounce"]
    {
        assert!(role(name), "{name}");
    }
    for name in ["admin", "info", "office", "it", "noreplys", "jana"] {
        assert!(!role(name), "{name}");
    }
}

#[test]
fn every_finding_says_what_would_mend_it_and_none_names_the_rival() {
    for code in found_by_checks() {
        let Case { body, around, policy, .. } = case(*code);
        let found = checked(&body, &around, &policy, SUBMITTED);
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
        found(&body, &usual(), SUBMITTED).len() == 1
    };
    assert!(
        !outside("jana@contoso.com") && !outside("jana@CONTOSO.com") && !outside("jana@mail.contoso.com")
    );
    assert!(outside("jana@evilcontoso.com") && outside("jana@contoso.com.elsewhere.example"));
}

#[test]
fn a_verified_file_of_ones_own_meets_nothing_and_anothers_is_as_unknown_as_none() {
    let around = |files| Around { files, ..usual() };
    let mine = with_file(&file_id(ME, "key"));
    assert_eq!(found(&mine, &around(file(ME, "key", FileState::Verified)), SUBMITTED), []);
    let said = |around: &Around, id| checked(&with_file(id), around, &Policy::default(), SUBMITTED);
    let id = file_id(RIVAL, "key");
    for state in FileState::ALL {
        let theirs = said(&around(file(RIVAL, "key", *state)), &id);
        assert_eq!(theirs, said(&usual(), &id), "{state}");
        assert_eq!(theirs[0].code, FindingCode::EvidenceUnknown);
    }
}

#[test]
fn what_a_programme_asks_of_proofs_one_of_them_may_have_and_other_programmes_need_not() {
    let policy = policy_with(|rules| {
        rules.require_acknowledgement = true;
        rules.require_evidence_file = true;
    });
    let around = Around { files: file(ME, "key", FileState::Verified), ..usual() };
    let proof = body()["evidence"][0].clone();
    let mut second = proof.clone();
    second["file"] = json!(file_id(ME, "key"));
    second["acknowledged_by"] = json!("Jana Nováková");
    let both = with(body(), "/evidence", json!([proof, second]));
    assert_eq!(findings(&both, &around, &policy, SUBMITTED), []);
    assert_eq!(findings(&product_body(), &around, &policy, SUBMITTED), []);
    assert_eq!(findings(&body(), &around, &policy, SUBMITTED).len(), 2);
}

#[test]
fn a_renewal_keeps_its_proofs_however_the_rules_have_changed_but_names_no_other_partners_file() {
    let policy = policy_with(|rules| {
        rules.require_acknowledgement = true;
        rules.require_evidence_file = true;
    });
    let id = file_id(ME, "key");
    let mut claim =
        Claim::new(claim_id(ME, "renewal"), &submission(&with_file(&id)), String::new(), at(SUBMITTED));
    let codes = |claim: &Claim, around: &Around| -> Vec<_> {
        next_submit(claim, around, &policy, SUBMITTED).iter().map(|finding| finding.code).collect()
    };
    use FindingCode::{EvidenceUnknown, MissingCustomerAcknowledgement};
    assert_eq!(codes(&claim, &usual()), [EvidenceUnknown, MissingCustomerAcknowledgement]);
    claim.renews = Some(claim_id(ME, "renewed"));
    // The file has expired since.
    assert_eq!(codes(&claim, &usual()), []);
    let theirs = with_file(&file_id(RIVAL, "key"));
    let mut claim = Claim::new(claim_id(ME, "renewal"), &submission(&theirs), String::new(), at(SUBMITTED));
    claim.renews = Some(claim_id(ME, "renewed"));
    let around = Around { files: file(RIVAL, "key", FileState::Verified), ..usual() };
    assert_eq!(codes(&claim, &around), [EvidenceUnknown]);
}

#[test]
fn the_second_contact_must_lie_in_the_tenant_too() {
    let body = with(with_second_contact(body()), "/second_contact/email", json!("karel@elsewhere.example"));
    let expected = ("/second_contact/email".to_owned(), FindingCode::ContactOutsideTenant);
    assert_eq!(found(&body, &usual(), SUBMITTED), [expected]);
}

#[test]
fn a_claim_does_not_compete_with_itself() {
    let around = Around { slots: slots([(teams(), slot_claimed_by(ME, "key"))]), ..usual() };
    assert_eq!(found(&body(), &around, SUBMITTED), []);
    let around = Around { slots: slots([(teams(), slot_held_by(ME))]), ..usual() };
    assert_eq!(found(&body(), &around, SUBMITTED), [], "the association is the claim's own");
}

#[test]
fn another_open_claim_of_the_same_partner_is_in_the_way() {
    let around = Around { slots: slots([(teams(), slot_claimed_by(ME, "another"))]), ..usual() };
    let expected = ("/scopes/0".to_owned(), FindingCode::AlreadyClaimedByYou);
    assert_eq!(found(&body(), &around, SUBMITTED), [expected]);
}

#[test]
fn one_claim_less_than_too_many_only_competes() {
    let around = Around { slots: slots([(teams(), crowded(MOST_CLAIMANTS - 1))]), ..usual() };
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
        let mut around = usual();
        around.tenant.as_mut().unwrap().subscriptions[0].state = state;
        assert_eq!(found(&product_body(), &around, SUBMITTED).is_empty(), claimable, "{state}");
    }
}

#[test]
fn a_subscription_may_carry_several_products() {
    let mut around = usual();
    let subscriptions = &mut around.tenant.as_mut().unwrap().subscriptions;
    let mut other = subscriptions[0].clone();
    other.product = "power_apps".parse().unwrap();
    other.channel = Channel::Csp;
    subscriptions.insert(0, other);
    assert_eq!(found(&product_body(), &around, SUBMITTED), []);
}

#[test]
fn what_can_be_claimed_is_what_the_operators_catalogue_says() {
    let mut around = usual();
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
    let signed = |day: &str, now: &str| found(&signed_on(day).body, &usual(), now);
    let too_old = [("/evidence/0/signed_on".to_owned(), FindingCode::EvidenceTooOld)];
    assert_eq!(signed("2020-05-02", "2021-05-03T21:59:59Z"), []);
    assert_eq!(signed("2020-05-02", "2021-05-03T22:00:00Z"), too_old);
    assert_eq!(signed("2020-05-03", "2021-05-03T22:00:00Z"), []);
}

#[test]
fn evidence_signed_today_at_the_customer_is_not_of_the_future() {
    let signed = |day: &str, now: &str| found(&signed_on(day).body, &usual(), now);
    let future = [("/evidence/0/signed_on".to_owned(), FindingCode::EvidenceInFuture)];
    assert_eq!(signed("2021-05-04", "2021-05-03T21:59:59Z"), future);
    assert_eq!(signed("2021-05-04", "2021-05-03T22:00:00Z"), []);
}

#[test]
fn without_a_time_zone_it_is_any_day_that_it_is_somewhere_in_the_country() {
    let american = with(body(), "/customer_contact/country", json!("US"));
    let mut anywhere = american.clone();
    anywhere["customer_contact"].as_object_mut().unwrap().remove("time_zone");
    let at_west = with(american, "/customer_contact/time_zone", json!("Pacific/Honolulu"));
    // Four in the morning of 3 May in New York, still 2 May in Honolulu.
    let now = "2021-05-03T08:00:00Z";
    let signed = |body: &Value, day: &str| {
        let found = found(&with(body.clone(), "/evidence/0/signed_on", json!(day)), &usual(), now);
        found.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(signed(&anywhere, "2021-05-03"), []);
    assert_eq!(signed(&anywhere, "2021-05-04"), [FindingCode::EvidenceInFuture]);
    assert_eq!(signed(&at_west, "2021-05-03"), [FindingCode::EvidenceInFuture]);
    assert_eq!(signed(&anywhere, "2020-05-01"), []);
    assert_eq!(signed(&anywhere, "2020-04-30"), [FindingCode::EvidenceTooOld]);
}

// What the next submit of a claim that there is would meet.

#[test]
fn a_draft_meets_what_its_body_would() {
    for code in found_by_checks() {
        let Case { body, around, policy, pointer } = case(*code);
        let found = next_submit(&draft_of(&body), &around, &policy, SUBMITTED);
        let found: Vec<_> = found.into_iter().map(|finding| (finding.pointer, finding.code)).collect();
        assert_eq!(found, [(pointer.to_owned(), *code)], "{code}");
    }
}

/// Around in which a scope is neither in the tenant nor free.
fn in_the_way(scope: Scope) -> Around {
    let mut around = usual();
    let Scope::Workload(code) = &scope else { panic!("{scope} is no workload") };
    around.tenant.as_mut().unwrap().workloads.retain(|workload| workload != code);
    around.slots = slots([(scope, slot_claimed_by(ME, "another"))]);
    around
}

#[test]
fn scopes_that_are_closed_official_or_with_somebody_else_are_not_checked_again() {
    let told = || awaiting_of(&two_scopes());
    let held = slots([(teams(), slot_held_by(RIVAL))]);
    let contested = Command::Accept { notice: n(1), scopes: these(&[1]) }.among(held);
    for (standing, claim) in [
        (Standing::Withdrawn, told().does(WITHIN, withdraw_one(1)).does(WITHIN, bounced(1))),
        (Standing::Declined, told().does(WITHIN, decline_one(1)).does(WITHIN, bounced(1))),
        (Standing::Official, told().does(WITHIN, accept_one(1, 1)).does(WITHIN, bounced(1))),
        (Standing::UnderReview, told().does(WITHIN, contested).does(WITHIN, bounced(1))),
        (
            Standing::Rejected,
            under_review_of(&two_scopes()).does(REVIEWED, reject(&[1])).does(WITHIN, ask(&[2])),
        ),
    ] {
        assert_eq!(claim.scopes_in(standing), [s(1)]);
        assert_eq!(claim.scopes_in(Standing::ActionRequired), [s(2)]);
        let found = |around| next_submit(&claim, &around, &Policy::default(), WITHIN);
        assert_eq!(found(in_the_way(teams())), [], "{standing}");
        let found: Vec<_> =
            found(in_the_way(intune())).into_iter().map(|finding| (finding.pointer, finding.code)).collect();
        let workload = ("/scopes/1/workload".to_owned(), FindingCode::WorkloadNotInTenant);
        assert_eq!(
            found,
            [workload, ("/scopes/1".to_owned(), FindingCode::AlreadyClaimedByYou)],
            "{standing}"
        );
    }
}

#[test]
fn what_the_partner_states_is_checked_whatever_its_scopes_are() {
    let found =
        next_submit(&action_required_of(&body()), &usual(), &Policy::default(), "2022-05-03T08:00:00Z");
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [FindingCode::EvidenceTooOld]);
}

fn checked(body: &Value, around: &Around, policy: &Policy, now: &str) -> Vec<Finding> {
    let submission = submission(body);
    let context = around.context(&Needs::to_check(&submission));
    check(&submission, &claim_id(ME, "key"), &context, policy, at(now)).unwrap()
}

/// What the next submit of a claim would meet.
fn next_submit(claim: &Claim, around: &Around, policy: &Policy, now: &str) -> Vec<Finding> {
    check_claim(claim, &around.context(&Needs::to_check(&claim.submission())), policy, at(now)).unwrap()
}

fn found(body: &Value, around: &Around, now: &str) -> Vec<(String, FindingCode)> {
    findings(body, around, &Policy::default(), now)
}

fn findings(body: &Value, around: &Around, policy: &Policy, now: &str) -> Vec<(String, FindingCode)> {
    let found = checked(body, around, policy, now);
    found.into_iter().map(|finding| (finding.pointer, finding.code)).collect()
}
