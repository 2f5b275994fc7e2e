//! The customer and the partner are written to in their own language.

use crate::driver::{ClaimBody, Stack};

#[test]
fn mail_and_page_speak_the_customers_language_and_fall_back_to_english() {
    let stack = Stack::start();
    let workloads = ["teams", "exchange_online", "sharepoint_online", "intune"];
    let expected = [
        ("en", "en", "asks to be partner of record", "Nothing is required of you"),
        ("cs", "cs", "žádá o evidenci jako partner", "Nic se po Vás nežádá"),
        ("de-AT", "de", "", ""),
        ("fr", "fr", "", ""),
    ];
    for (at, (asked, tag, subject, state)) in expected.into_iter().enumerate() {
        let email = format!("reader-{asked}@contoso.com");
        let body = ClaimBody::new(&stack)
            .workloads(&workloads[at..=at])
            .contact(&email)
            .with("/customer_contact/language", asked);
        stack.submit(&body);
        let mail = stack.mails_to(&email).pop().unwrap();
        assert!(mail.subject.contains("Fabrikam") && mail.subject.contains("Contoso"), "{}", mail.subject);
        assert!(mail.subject.contains(subject), "{}", mail.subject);
        assert!(mail.html.contains(&format!("lang=\"{tag}\"")), "{}", mail.html);
        let page = stack.link_to(&email).page();
        assert!(page.contains(&format!("<html lang=\"{tag}\"")) && page.contains(state), "{page}");
    }
}

#[test]
fn a_language_that_nobody_has_translated_is_english() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack).with("/customer_contact/language", "ja"));
    assert_eq!(stack.subjects_to("jana@contoso.com"), ["Fabrikam asks to be partner of record for Contoso"]);
    assert!(stack.link_to("jana@contoso.com").page().contains("<html lang=\"en\""));
}

#[test]
fn the_page_can_be_read_in_every_language_and_keeps_it_through_the_steps() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    let mut bodies = Vec::new();
    for tag in ["en", "cs", "de", "fr"] {
        for query in
            [format!("?lang={tag}"), format!("?step=decline&lang={tag}"), format!("?step=accept&lang={tag}")]
        {
            let page = link.ask("GET", &query).text();
            assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{query}");
            // Links and forms of a page carry its language on.
            assert!(page.contains(&format!("lang={tag}")), "{query}");
            bodies.push(page);
        }
        let page = link.ask("GET", &format!("?lang={tag}")).text();
        for other in ["en", "cs", "de", "fr"] {
            assert!(page.contains(&format!("hreflang=\"{other}\"")), "{tag}: no way to {other}");
        }
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 12, "two of the pages are the same");
    for odd in ["?lang=xx", "?lang=", "?lang=%3Cscript%3E", "?lang=../../etc", "?lang=en&lang=cs"] {
        let page = link.ask("GET", odd);
        assert_eq!(page.status, 200, "{odd}");
        assert!(!page.text().contains("<script"), "{odd}");
    }
}

#[test]
fn the_partner_reads_its_mails_in_its_own_language() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack).with("/partner_contact/language", "cs"));
    let mail = stack.mails_to("petr@fabrikam.example").pop().unwrap();
    assert!(mail.html.contains("lang=\"cs\""), "{}", mail.html);
    assert_ne!(mail.subject, "Customer informed: Contoso Teams rollout");
}
