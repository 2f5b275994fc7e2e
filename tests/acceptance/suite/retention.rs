//! Closed claims are forgotten when policy says so, with all that was kept beside them.

use serde_json::json;

use crate::driver::{ClaimBody, FABRIKAM, Stack};

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_closed_claim_is_forgotten_after_its_retention_with_its_whole_history() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack).with("/evidence", json!([]));
    let partner = stack.partner(FABRIKAM);
    let claim = partner.create("the-key", body.clone().draft().json()).expect(201);
    let path = format!("/claims/{}", claim["id"].as_str().unwrap());
    drop(partner.post(&format!("{path}/comments"), &json!({ "text": "Ask Jana Nováková" })).ok());
    drop(partner.post(&format!("{path}/withdraw"), &json!({})).ok());
    drop(stack.advance("P729D"));
    assert_eq!(partner.get(&format!("{path}/history")).ok()["items"].as_array().unwrap().len(), 3);
    drop(stack.advance("P2D"));
    assert_eq!(partner.get(&path).status, 404);
    // The same key makes the same claim anew: it could not if anything of its history were left.
    let anew = partner.create("the-key", body.draft().json()).expect(201);
    assert_eq!(anew["id"], claim["id"]);
    let history = partner.get(&format!("{path}/history")).ok();
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "{history:#}");
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn an_official_claim_is_not_forgotten_however_old() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    drop(stack.advance("P8D"));
    drop(stack.advance("P3000D"));
    assert_eq!(claim.is("official")["id"], claim.id.as_str());
    assert!(claim.history().len() >= 3);
}
