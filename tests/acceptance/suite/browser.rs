//! The customer's way in a real browser: inbox, mail, link, page, decision.

use crate::driver::{Browser, ClaimBody, Stack, Submitted, Wish};

/// A claim for two workloads, and a browser; nothing where there is no browser.
fn scene<'s>(stack: &'s Stack, wish: Wish) -> Option<(Submitted<'s>, Browser)> {
    let browser = Browser::start(wish)?;
    Some((stack.submit(&ClaimBody::new(stack).workloads(&["teams", "exchange_online"])), browser))
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_person_clicks_from_the_inbox_through_the_mail_declines_one_of_two_services_and_takes_it_back() {
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish::default()) else { return };
    browser.open(&format!("{}/_local/inbox", stack.gateway()));
    browser.picture("1-inbox");
    browser.press("Fabrikam asks to be partner of record for Contoso");
    browser.picture("2-mail");
    browser.enter_frame();
    browser.press("See the request and decide");
    browser.leave_frame();
    assert!(browser.url().starts_with(stack.links()), "{}", browser.url());
    let page = browser.text();
    for told in [
        "Request of Fabrikam for Contoso",
        "Nothing is required of you",
        "Microsoft Teams",
        "Exchange Online",
    ] {
        assert!(page.contains(told), "{told}:\n{page}");
    }
    browser.picture("3-page");
    browser.press("Say no");
    claim.is("awaiting_customer");
    browser.picture("4-decline");
    assert_eq!(browser.count("input[type=checkbox]:checked"), 2);
    browser.press("Exchange Online");
    browser.type_into("#reason", "We have somebody else for Teams");
    browser.press("Say no now");
    browser.outcome("Done: you said no");
    browser.picture("5-declined");
    assert_eq!(claim.standings(), ["declined", "awaiting_customer"]);
    assert_eq!(claim.read()["scopes"][0]["reasons"][0]["detail"], "We have somebody else for Teams");
    browser.press("Take back my no");
    browser.outcome("Done: your no is taken back");
    browser.picture("6-undone");
    assert_eq!(claim.standings(), ["awaiting_customer"; 2]);
}

#[test]
fn a_person_accepts_after_a_confirming_step_and_can_end_it_later() {
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish::default()) else { return };
    browser.open(&stack.link_to("jana@contoso.com").url);
    browser.press("Accept now");
    claim.is("awaiting_customer");
    let page = browser.text();
    assert!(page.contains("The association becomes official at once"), "{page}");
    browser.picture("7-accept");
    browser.press("Back without deciding");
    claim.is("awaiting_customer");
    browser.press("Accept now");
    browser.click("form button");
    browser.outcome("Done: you accepted");
    browser.picture("8-accepted");
    assert_eq!(claim.standings(), ["official"; 2]);
    browser.press("End the association");
    browser.press("Say no now");
    browser.outcome("Done: you said no");
    claim.is("declined");
}

#[test]
fn a_decline_without_a_service_chosen_is_asked_again_and_keeps_what_was_written() {
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish::default()) else { return };
    browser.open(&stack.link_to("jana@contoso.com").url);
    browser.press("Say no");
    browser.press("Microsoft Teams");
    browser.press("Exchange Online");
    browser.type_into("#reason", "My words");
    browser.press("Say no now");
    browser.outcome("Please choose at least one service");
    assert_eq!(browser.script("return document.getElementById('reason').value"), "My words");
    browser.picture("9-nothing-chosen");
    claim.is("awaiting_customer");
    browser.press("Microsoft Teams");
    browser.press("Say no now");
    browser.outcome("Done: you said no");
    assert_eq!(claim.standings(), ["declined", "awaiting_customer"]);
}

#[test]
fn the_language_can_be_switched_on_every_step() {
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish::default()) else { return };
    browser.open(&stack.link_to("jana@contoso.com").url);
    let language = || browser.attribute("html", "lang");
    for (name, tag) in
        [("Čeština", "cs"), ("Deutsch", "de"), ("Français", "fr"), ("English", "en"), ("Čeština", "cs")]
    {
        browser.press(name);
        assert_eq!(language().as_deref(), Some(tag));
    }
    browser.picture("10-czech");
    browser.press("Odmítnout");
    assert_eq!(language().as_deref(), Some("cs"));
    browser.press("Deutsch");
    assert_eq!(browser.count("input[type=checkbox]"), 2, "switching the language keeps the step");
    browser.press("Čeština");
    browser.picture("11-czech-decline");
    browser.press("Odmítnout nyní");
    browser.outcome("Hotovo: odmítli jste");
    browser.picture("12-czech-declined");
    claim.is("declined");
}

#[test]
fn everything_can_be_done_with_the_keyboard_alone() {
    const ENTER: &str = "\u{E007}";
    const SPACE: &str = " ";
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish::default()) else { return };
    browser.open(&stack.link_to("jana@contoso.com").url);
    browser.tab_to("Skip to the content");
    browser.keys(ENTER);
    browser.tab_to("Say no");
    browser.picture("13-focus");
    browser.keys(ENTER);
    browser.tab_to("Microsoft Teams");
    browser.keys(SPACE);
    browser.tab_to("reason");
    browser.keys("By keyboard");
    browser.tab_to("Say no now");
    browser.keys(ENTER);
    browser.outcome("Done: you said no");
    assert_eq!(claim.standings(), ["awaiting_customer", "declined"]);
    browser.tab_to("Take back my no");
    browser.keys(ENTER);
    browser.outcome("Done: your no is taken back");
    assert_eq!(claim.standings(), ["awaiting_customer"; 2]);
}

#[test]
fn the_page_works_with_scripts_switched_off() {
    let stack = Stack::start();
    let Some((claim, browser)) = scene(&stack, Wish { script: false, ..Wish::default() }) else { return };
    browser.open("data:text/html,<title>off</title><script>document.title='on'</script>");
    assert_eq!(browser.title(), "off", "scripts run");
    browser.open(&stack.link_to("jana@contoso.com").url);
    browser.press("Say no");
    browser.press("Say no now");
    browser.outcome("Done: you said no");
    claim.is("declined");
    browser.press("Take back my no");
    browser.outcome("Done: your no is taken back");
    claim.is("awaiting_customer");
    browser.press("Accept now");
    browser.click("form button");
    browser.outcome("Done: you accepted");
    claim.is("official");
}

#[test]
fn the_page_fits_a_telephone_and_has_what_a_screen_reader_needs() {
    let stack = Stack::start();
    let Some((_claim, browser)) = scene(&stack, Wish { width: 500, ..Wish::default() }) else { return };
    let link = stack.link_to("jana@contoso.com").url;
    for (at, step) in ["", "?step=decline", "?step=accept"].into_iter().enumerate() {
        browser.open(&format!("{link}{step}"));
        browser.picture(&format!("14-narrow-{at}"));
        let overflow = browser
            .script("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, 0, "{step} must be scrolled sideways");
        assert_eq!(browser.count("h1"), 1, "{step}");
        assert_eq!(browser.count("main"), 1, "{step}");
        assert!(!browser.title().is_empty());
        let bare = browser.script(
            "return [...document.querySelectorAll('input:not([type=hidden]), textarea')]\
             .filter(e => e.labels.length === 0).length",
        );
        assert_eq!(bare, 0, "{step}: a field without a label");
        let small = browser.script(
            "return [...document.querySelectorAll('button, .button')]\
             .filter(e => e.getBoundingClientRect().height < 24).map(e => e.innerText)",
        );
        assert_eq!(small, serde_json::json!([]), "{step}: too small to hit");
    }
}

#[test]
fn a_wrong_link_is_a_page_that_a_person_understands() {
    let stack = Stack::start();
    let Some(browser) = Browser::start(Wish::default()) else { return };
    browser.open(&format!("{}/abc", stack.links()));
    browser.picture("15-neutral");
    let page = browser.text();
    assert!(page.contains("This link does not work") && page.contains("Please open the link"), "{page}");
}
