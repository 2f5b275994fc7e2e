//! Forms, tried with whatever may be sent: never a panic, and a reason that is fit to be kept, or none. `PROPTEST_CASES` says
//! how many inputs each property is tried with.

use lambda_http::{Body, Request};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Decision, Form};

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn fits(form: &Form) -> Result<(), TestCaseError> {
    if let Some(reason) = form.reason() {
        let text = reason.to_string();
        prop_assert!(text.chars().count() <= 500 && !text.trim().is_empty());
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_a_form_or_none(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "(decision|scopes|reason|offered|x)=[a-z0-9%+,&=]{0,60}(&(decision|scopes|reason)=[a-z0-9%+,]{0,40}){0,4}".prop_map(String::into_bytes),
    ], text in any::<bool>()) {
        let body = match String::from_utf8(bytes.clone()) {
            Ok(all) if text => Body::Text(all),
            _ => Body::Binary(bytes),
        };
        if let Some(form) = Form::of(&Request::new(body)) {
            fits(&form)?;
        }
    }

    #[test]
    fn a_no_is_read_whatever_is_given_for_a_reason(reason in any::<String>()) {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("decision", "decline").append_pair("reason", &reason).finish();
        let Some(form) = Form::of(&Request::new(Body::Text(form))) else {
            return Err(TestCaseError::fail("a no is refused for its wording"));
        };
        prop_assert_eq!(form.decision, Decision::Decline);
        prop_assert_eq!(&form.reason, &reason);
        fits(&form)?;
    }
}
