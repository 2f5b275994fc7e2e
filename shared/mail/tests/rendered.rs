//! What the mails say, and what nobody can make them say.
//!
//! `snapshots/` holds the text parts as they are read. After a change of words, run the tests with `BLESS=1` and
//! read the difference before committing it.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::collections::HashSet;
use std::{env, fs, path::Path};

use mail::{CustomerNotice, PartnerUpdate, Reason, Rendered, ScopeLine, UpdateKind};
use text::{Language, Partner, Sees, Zone};

const LINK: &str =
    "https://opt-out.vendor.example/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const EVIL: &str = "<script>x</script>\r\nBcc: a@b.cz\u{202e} http://www.evil.example/login evil.example";

fn notice(language: Language) -> CustomerNotice {
    CustomerNotice {
        language,
        customer_name: "Jana Nováková".into(),
        partner: Partner {
            name: "Fabrikam & Söhne".into(),
            id: "1234567".into(),
            contact_name: "Petr Dvořák".into(),
            contact_email: "petr.dvorak@fabrikam.example".into(),
        },
        tenant_name: "Contoso".into(),
        domain: "contoso".into(),
        scopes: vec!["Microsoft Teams".into(), "Exchange Online".into()],
        sees: Sees { usage: true, sold_seats: true },
        deadline: "2021-05-12T22:00:00Z".parse().unwrap(),
        time_zone: Zone::known("Europe/Prague"),
        holidays_known: true,
        link: LINK.into(),
        vendor_name: "Northwind".into(),
        reminder: false,
    }
}

fn update(language: Language, kind: UpdateKind) -> PartnerUpdate {
    let detail = Some("The signature is from 2019.".into());
    let reasons = vec![
        Reason { code: "missing_dates".into(), detail },
        Reason { code: "missing_product".into(), detail: None },
    ];
    PartnerUpdate {
        language,
        kind,
        contact_name: "Petr Dvořák".into(),
        claim_name: "Teams rollout".into(),
        claim_id: "01J8Z".into(),
        tenant_name: "Contoso".into(),
        scopes: vec![
            ScopeLine { label: "Microsoft Teams".into(), standing: "action_required".into(), reasons },
            ScopeLine { label: "Intune".into(), standing: "under_review".into(), reasons: vec![] },
        ],
        time_zone: Zone::known("Europe/Prague"),
        vendor_name: "Northwind".into(),
    }
}

fn kinds() -> Vec<UpdateKind> {
    let instant = "2021-05-12T22:00:00Z".parse().unwrap();
    vec![
        UpdateKind::NoticeSent { deadline: instant },
        UpdateKind::Official,
        UpdateKind::Declined { reason: Some("We work with another firm.".into()) },
        UpdateKind::DeclineUndone { deadline: instant },
        UpdateKind::ActionRequired { due: instant },
        UpdateKind::Rejected { dispute_until: Some(instant) },
        UpdateKind::Superseded,
        UpdateKind::CompetingClaim,
        UpdateKind::UnderReview,
        UpdateKind::Expired { was_official: true },
        UpdateKind::Expired { was_official: false },
        UpdateKind::Undeliverable { due: instant },
        UpdateKind::Disassociated,
        UpdateKind::Withdrawn,
    ]
}

#[track_caller]
fn assert_snapshot(name: &str, mail: &Rendered) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.txt"));
    let now = format!("Subject: {}\n\n{}", mail.subject, mail.text);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), now, "{name}");
}

#[test]
fn every_language_reads_as_recorded() {
    for language in Language::all() {
        let tag = language.tag();
        assert_snapshot(&format!("notice-{tag}"), &notice(language).render());
        let reminder = CustomerNotice { reminder: true, holidays_known: false, ..notice(language) };
        assert_snapshot(&format!("reminder-{tag}"), &reminder.render());
        let due = "2021-05-12T22:00:00Z".parse().unwrap();
        let update = update(language, UpdateKind::ActionRequired { due });
        assert_snapshot(&format!("action-required-{tag}"), &update.render());
    }
}

#[test]
fn both_parts_of_a_notice_name_who_what_until_when_and_the_link() {
    for language in Language::all() {
        let mail = notice(language).render();
        let html = mail.html.replace("&#38;", "&");
        let joined = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for fact in [
            "Fabrikam & Söhne",
            "1234567",
            "Petr Dvořák",
            "petr.dvorak@fabrikam.example",
            "Contoso",
            "contoso",
            "Microsoft Teams",
            "Exchange Online",
            "2021",
            "Jana Nováková",
            "Northwind",
        ] {
            assert!(joined.contains(fact) && html.contains(fact), "{fact} in {language:?}");
        }
        assert!(mail.text.lines().any(|line| line == LINK));
        assert_eq!(html.matches(&format!("href=\"{LINK}\"")).count(), 1);
        assert!(html.contains(&format!("<html lang=\"{}\" dir=\"ltr\">", language.tag())));
    }
}

#[test]
fn the_partner_is_said_to_see_only_what_its_programme_shows() {
    let says = |usage, sold_seats| {
        let text =
            CustomerNotice { sees: Sees { usage, sold_seats }, ..notice(Language::default()) }.render().text;
        (text.contains("- usage:"), text.contains("- sold seats:"))
    };
    assert_eq!(says(true, false), (true, false));
    assert_eq!(says(false, true), (false, true));
}

#[test]
fn a_mail_loads_nothing_and_runs_nothing() {
    let english = Language::default();
    for html in kinds()
        .into_iter()
        .map(|kind| update(english, kind).render().html)
        .chain([notice(english).render().html])
    {
        for forbidden in ["<script", "<img", "<link", "<form", "<iframe", "src=", "url(", "@import", "<table"]
        {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn a_notice_carries_no_link_but_ours_whatever_a_partner_is_called() {
    for language in Language::all() {
        let evil = || EVIL.to_owned();
        let mail = CustomerNotice {
            customer_name: evil(),
            partner: Partner { name: evil(), id: evil(), contact_name: evil(), contact_email: evil() },
            tenant_name: evil(),
            domain: evil(),
            scopes: vec![evil()],
            ..notice(language)
        }
        .render();
        for part in [&mail.subject, &mail.text, &mail.html] {
            let ours_gone = part.replace(LINK, "");
            assert!(!ours_gone.contains("://") && !ours_gone.contains("www."), "{ours_gone}");
            assert!(!part.contains("evil.example") && !part.contains('\u{202e}'), "{part}");
        }
        assert!(!mail.subject.contains(char::is_control));
        assert!(!mail.html.contains("<script"));
        assert!(mail.html.contains("&#60;script"));
    }
}

#[test]
fn a_partner_s_mail_carries_no_link_of_a_customer_or_reviewer() {
    let mut update = update(
        Language::default(),
        UpdateKind::Declined { reason: Some(format!("{EVIL}{}", "x".repeat(2000))) },
    );
    update.scopes[0].reasons[0].detail = Some(EVIL.into());
    let mail = update.render();
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains("://") && !part.contains("evil.example"), "{part}");
    }
    assert!(!mail.html.contains("<script"));
    assert!(mail.text.len() < 3000);
}

#[test]
fn subjects_are_one_short_line_without_direction_characters() {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for language in Language::all() {
        let long = || "ž".repeat(500);
        let mut mails = vec![
            notice(language).render(),
            CustomerNotice {
                tenant_name: long(),
                partner: Partner { name: long(), ..notice(language).partner },
                ..notice(language)
            }
            .render(),
        ];
        mails.extend(kinds().into_iter().map(|kind| update(language, kind).render()));
        for mail in mails {
            assert!(!mail.subject.contains(hidden), "{}", mail.subject);
            assert!((1..=200).contains(&mail.subject.chars().count()), "{}", mail.subject);
        }
    }
}

#[test]
fn every_kind_of_update_has_its_own_words_in_every_language() {
    let mut subjects = HashSet::new();
    for language in Language::all() {
        for kind in kinds() {
            let mail = update(language, kind.clone()).render();
            assert!(mail.subject.contains("Teams rollout"), "{}", mail.subject);
            assert!(!mail.text.contains(['{', '$']), "{}", mail.text);
            assert!(subjects.insert(mail.subject), "{kind:?} in {language:?}");
        }
    }
}

#[test]
fn every_reason_says_what_cures_it_in_every_language() {
    let codes = [
        "missing_poe",
        "missing_customer_acknowledgement",
        "missing_dates",
        "missing_partner_service",
        "missing_product",
        "no_partner_response",
        "partner_request",
        "customer_declined",
        "customer_contact_undeliverable",
        "lost_to_competing_claim",
    ];
    for language in Language::all() {
        let mut texts = HashSet::new();
        for code in codes {
            let mut update = update(language, UpdateKind::Rejected { dispute_until: None });
            update.scopes[0].reasons = vec![Reason { code: code.into(), detail: None }];
            let text = update.render().text;
            assert!(!text.contains(code), "{code} in {language:?}");
            assert!(texts.insert(text), "{code} in {language:?}");
        }
    }
}

#[test]
fn a_code_that_has_no_words_yet_is_shown_as_it_is() {
    let mut update = update(Language::default(), UpdateKind::UnderReview);
    update.scopes[0].standing = "brand_new".into();
    update.scopes[0].reasons = vec![Reason { code: "brand_new_reason".into(), detail: None }];
    let text = update.render().text;
    assert!(text.contains("Microsoft Teams: brand_new") && text.contains("Reason: brand_new_reason"));
}
