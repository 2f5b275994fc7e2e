use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::*;

const EVIL: &str = "\"></textarea><script>x</script>\u{202e}http://www.evil.example";

fn scope(id: &str, state: State, can_decline: bool) -> Scope {
    let can_accept = state == State::Waiting;
    Scope { id: id.into(), label: format!("Service {id}"), state, can_decline, can_accept }
}

/// Two services wait.
fn waiting(language: Language) -> AssociationPage {
    AssociationPage {
        language,
        partner: Partner {
            name: "Fabrikam".into(),
            id: "1234567".into(),
            contact_name: "Petr Dvořák".into(),
            contact_email: "petr@fabrikam.example".into(),
        },
        tenant_name: "Contoso".into(),
        domain: "contoso.example".into(),
        vendor_name: "Northwind".into(),
        scopes: vec![scope("one", State::Waiting, true), scope("two", State::Waiting, true)],
        sees: Sees { usage: true, sold_seats: false },
        deadline: "2021-05-12T22:00:00Z".parse().ok(),
        undo_until: "2021-05-12T22:00:00Z".parse().ok(),
        time_zone: Zone::known("Europe/Prague"),
        outcome: None,
        can_undo: false,
    }
}

fn in_state(state: State, can_decline: bool) -> AssociationPage {
    AssociationPage {
        scopes: vec![scope("one", state, can_decline), scope("two", state, can_decline)],
        ..waiting(Language::default())
    }
}

fn association(page: AssociationPage) -> String {
    Page::Association(page).render()
}

fn first_decline(page: AssociationPage) -> String {
    Page::ConfirmDecline(page, DeclineForm::default()).render()
}

/// Every kind of page in a language.
fn all(language: Language) -> Vec<String> {
    let page = waiting(language);
    let refused = DeclineForm { nothing_chosen: true, reason: "because".into() };
    vec![
        association(page.clone()),
        association(AssociationPage { can_undo: true, outcome: Some(Outcome::Declined), ..page.clone() }),
        first_decline(page.clone()),
        Page::ConfirmDecline(page.clone(), refused).render(),
        Page::ConfirmAccept(page).render(),
        Page::Neutral.render(),
        Page::Error(language).render(),
    ]
}

#[test]
fn the_policy_allows_the_style_and_nothing_else() {
    let hash = BASE64.encode(&Sha256::digest(STYLE));
    assert_eq!(
        CONTENT_SECURITY_POLICY,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    );
    for html in Language::all().flat_map(all) {
        assert_eq!(html.matches(&format!("<style>{STYLE}</style>")).count(), 1);
        for forbidden in ["<script", "style=", "<img", "<link", "src=", "url(", "@import", "://", "onclick"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn every_page_has_its_language_one_title_one_heading_and_one_main_part() {
    for language in Language::all() {
        for (index, html) in all(language).iter().enumerate() {
            // The neutral page is the same for everybody.
            let tag = if index == 5 { "en" } else { language.tag() };
            assert!(
                html.starts_with(&format!("<!doctype html>\n<html lang=\"{tag}\" dir=\"ltr\">")),
                "{html}"
            );
            for element in ["<title>", "<h1>", "<main"] {
                assert_eq!(html.matches(element).count(), 1, "{element} in {html}");
            }
            assert!(!html.contains("{ $"), "{html}");
        }
    }
}

#[test]
fn an_open_request_says_who_what_until_when_and_that_nothing_is_required() {
    let html = association(waiting(Language::default()));
    for fact in [
        "Nothing is required of you",
        "until the end of Wednesday 12 May 2021 (Prague time)",
        "Fabrikam (partner ID 1234567)",
        "Petr Dvořák, petr@fabrikam.example",
        "Service one",
        "usage: the number of monthly active users",
        "Nothing else: no content",
        "You can also say no at any later time",
        "href=\"?step=decline&amp;lang=en\"",
        "href=\"?step=accept&amp;lang=en\"",
    ] {
        assert!(html.contains(fact), "{fact} in {html}");
    }
    assert!(!html.contains("sold seats:"));
    assert!(!html.contains("<form"));
}

#[test]
fn an_official_association_can_still_be_ended() {
    let html = association(in_state(State::Official, true));
    assert!(html.contains("The association is official") && html.contains("End the association"));
    assert!(!html.contains("You can say no until") && !html.contains("step=accept"));
}

#[test]
fn what_is_over_offers_nothing() {
    for state in [State::Declined, State::Ended, State::Over, State::Preparing] {
        let page = in_state(state, false);
        for html in [
            association(page.clone()),
            first_decline(page.clone()),
            Page::ConfirmAccept(page.clone()).render(),
        ] {
            assert!(!html.contains("step=") && !html.contains("<form"), "{state:?}: {html}");
        }
    }
}

#[test]
fn services_that_differ_are_said_to_differ() {
    let mut page = waiting(Language::default());
    page.scopes[1].state = State::Declined;
    let html = association(page);
    assert!(html.contains("The state differs by service"));
    assert!(html.contains(">waiting<") && html.contains(">declined<"));
}

#[test]
fn the_title_begins_with_the_outcome() {
    for (outcome, title) in [
        (Outcome::Declined, "Done: you said no"),
        (Outcome::Accepted, "Done: you accepted"),
        (Outcome::Examined, "Nothing is official yet"),
        (Outcome::Undone, "Done: your no is taken back"),
        (Outcome::UndoneToReview, "Done: your no is taken back"),
        (Outcome::NothingToDo, "Nothing was changed"),
        (Outcome::TooLate, "This can no longer be taken back"),
        (Outcome::OtherLink, "Nothing was changed"),
    ] {
        let html = association(AssociationPage { outcome: Some(outcome), ..waiting(Language::default()) });
        assert!(html.contains(&format!("<title>{title} – ")), "{html}");
        assert_eq!(html.matches("role=\"status\"").count(), 1);
    }
}

#[test]
fn undo_is_one_button_while_it_is_possible() {
    let undo = "name=\"decision\" value=\"undo\"";
    for outcome in [None, Some(Outcome::Declined), Some(Outcome::NothingToDo)] {
        let page = AssociationPage { outcome, can_undo: true, ..in_state(State::Declined, false) };
        assert_eq!(association(page).matches(undo).count(), 1, "{outcome:?}");
    }
    assert!(!association(in_state(State::Declined, false)).contains(undo));
}

#[test]
fn the_decline_form_offers_what_can_be_declined_and_posts_to_the_same_path() {
    let mut page = waiting(Language::negotiate("de"));
    page.scopes.push(scope("three", State::Declined, false));
    let html = first_decline(page);
    assert!(html.contains("<form method=\"post\" action=\"?lang=de\">"));
    assert!(html.contains("name=\"decision\" value=\"decline\""));
    for id in ["one", "two"] {
        assert!(
            html.contains(&format!("<input type=\"checkbox\" name=\"scopes\" value=\"{id}\" checked>")),
            "{html}"
        );
    }
    assert!(!html.contains("value=\"three\""));
    assert!(html.contains(&format!("maxlength=\"{LONGEST_REASON}\"")));
    assert!(html.contains("href=\"?step=decline&amp;lang=fr\""), "a change of language keeps the step");
}

#[test]
fn a_single_service_needs_no_choice() {
    let mut page = waiting(Language::default());
    page.scopes.truncate(1);
    let html = first_decline(page);
    assert!(html.contains("<input type=\"hidden\" name=\"scopes\" value=\"one\">"));
    assert!(!html.contains("type=\"checkbox\""));
}

#[test]
fn a_form_without_a_service_asks_again_and_keeps_the_reason() {
    let form = DeclineForm { nothing_chosen: true, reason: "Not our partner".into() };
    let html = Page::ConfirmDecline(waiting(Language::default()), form).render();
    assert!(html.contains("role=\"alert\">Please choose at least one service."));
    assert!(html.contains("<title>Error: "));
    assert!(html.contains("Not our partner</textarea>"));
    assert!(!html.contains("checked"));
}

#[test]
fn accepting_says_what_it_means_and_takes_one_button() {
    let mut page = waiting(Language::default());
    page.scopes.push(Scope { can_accept: false, ..scope("told-of-by-another-mail", State::Waiting, true) });
    let html = Page::ConfirmAccept(page).render();
    assert!(html.contains("The association becomes official at once"));
    assert!(html.contains("Service two") && !html.contains("told-of-by-another-mail"), "{html}");
    assert!(html.contains("name=\"decision\" value=\"accept\""));
    assert!(!html.contains("name=\"scopes\""));
}

#[test]
fn nothing_that_others_wrote_becomes_markup_or_a_link() {
    let evil = || EVIL.to_owned();
    let page = AssociationPage {
        partner: Partner { name: evil(), id: evil(), contact_name: evil(), contact_email: evil() },
        tenant_name: evil(),
        domain: evil(),
        scopes: vec![
            Scope { id: evil(), label: evil(), state: State::Waiting, can_decline: true, can_accept: true },
            scope("two", State::Waiting, true),
        ],
        ..waiting(Language::default())
    };
    let form = DeclineForm { nothing_chosen: true, reason: evil() };
    for html in [
        association(page.clone()),
        Page::ConfirmDecline(page.clone(), form).render(),
        Page::ConfirmAccept(page).render(),
    ] {
        assert!(!html.contains("<script") && html.contains("&#60;script"), "{html}");
    }
}

#[test]
fn the_neutral_page_speaks_every_language_and_never_changes() {
    let html = Page::Neutral.render();
    assert_eq!(html, Page::Neutral.render());
    for language in Language::all() {
        assert!(html.contains(&Text::new(language).say("neutral-title")), "{language:?}");
    }
    assert!(!html.contains("<form") && !html.contains("href"));
}
