//! Links are capabilities: who has one answers for the customer, and nobody can make one of what is stored.

use domain::field::Field;
use domain::{LinkToken, Recipient};

use crate::driver::Story;
use crate::fixtures::*;

#[test]
fn a_token_opens_its_own_claim_and_notice() {
    let claim = awaiting().does(WITHIN, bounced(1)).does(WITHIN, submit()).does(WITHIN, prepare(2));
    let claim = claim.does(WITHIN, told(2)).does(WITHIN, remind(2));
    for (secret, notice) in [(1, 1), (2, 2), (0x82, 2)] {
        let (found, link) = claim.opened_by(&token(secret)).unwrap();
        assert_eq!((found, link.to), (n(notice), Recipient::CustomerContact));
    }
    assert_eq!(claim.opened_by(&token(3)), None);
}

#[test]
fn a_token_opens_no_other_claim_even_with_the_same_secret() {
    let other = claim_id(ME, "another");
    assert_eq!(awaiting().opened_by(&LinkToken::new(&other, [1; 32])), None);
    assert_ne!(LinkToken::new(&other, [1; 32]).digest(), token(1).digest());
}

#[test]
fn a_token_opens_nothing_before_a_notice_was_prepared() {
    assert_eq!(draft().does(SUBMITTED, submit()).opened_by(&token(1)), None);
}

#[test]
fn a_token_says_which_claim_it_is_for() {
    assert_eq!(token(1).claim().unwrap(), claim_id(ME, "key"));
}

#[test]
fn a_token_reads_back_as_it_was_written() {
    let text = token(7).expose().to_owned();
    assert_eq!(LinkToken::parse(&text).unwrap(), token(7));
    assert_eq!(text.len(), 78);
    assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{text}");
}

#[test]
fn what_is_no_token_is_refused_without_a_panic() {
    let text = token(7).expose().to_owned();
    for wrong in
        ["", "x", &text[1..], &format!("{text}a"), &text.to_uppercase(), &"ž".repeat(39), &"1".repeat(78)]
    {
        assert_eq!(LinkToken::parse(wrong).unwrap_err().code, "invalid_link", "{wrong}");
    }
}

#[test]
fn one_changed_character_opens_nothing() {
    let text = token(1).expose().to_owned();
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
        let changed = LinkToken::parse(std::str::from_utf8(&changed).unwrap()).unwrap();
        assert_eq!(awaiting().opened_by(&changed), None, "character {at}");
    }
}

#[test]
fn debug_output_shows_nothing_of_a_token() {
    assert_eq!(format!("{:?}", token(1)), format!("{:?}", token(2)));
    let shown = format!("{:?}", token(1));
    for part in token(1).expose().as_bytes().windows(6) {
        assert!(!shown.contains(std::str::from_utf8(part).unwrap()), "{shown}");
    }
}

#[test]
fn what_is_stored_of_a_claim_holds_no_token() {
    let stored = serde_json::to_string(&awaiting()).unwrap();
    let token_1 = token(1);
    let (claim, secret) = token_1.expose().split_at(26);
    assert!(stored.contains(claim), "the claim's own ID is no secret");
    assert!(!stored.contains(secret) && !stored.contains(&secret.to_uppercase()));
    let kept = serde_json::to_string(&link(1)).unwrap();
    assert!(stored.contains(&kept), "{kept} is what is kept");
    // Fewer than 128 bits (22 characters of base 64) could be met by trying.
    assert!(kept.len() >= "customer_contact".len() + 22, "{kept}");
    assert_ne!(token(1).digest(), token(2).digest());
}
