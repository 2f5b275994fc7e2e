//! What the service measures of itself.

use crate::driver::{ClaimBody, FABRIKAM, Stack};

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn what_happens_to_claims_is_measured_once_each() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");
    stack.submit(&ClaimBody::new(&stack).workloads(&["exchange_online"]).contact("eva@contoso.com"));
    stack.link_to("eva@contoso.com").decline();
    let refused = ClaimBody::new(&stack).with("/domain", "fabrikam.example");
    let partner = stack.partner(FABRIKAM);
    assert_eq!(partner.create("refused", refused.json()).status, 422);
    let row = partner.bulk("rows", "application/jsonl", &refused.json().to_string()).ok();
    assert_eq!(row["refused"], 1, "{row}");
    stack.advance("P9D");
    let figures = stack.nobody().get("/_local/metrics").ok();
    let sum = |name: &str| figures[name]["sum"].as_f64();
    assert_eq!(sum("SubmissionsApproved"), Some(2.0), "{figures}");
    assert_eq!(sum("SubmissionsRefused"), Some(2.0), "{figures}");
    assert_eq!(sum("NoticesSent"), Some(2.0), "{figures}");
    assert_eq!(sum("Declines"), Some(1.0), "{figures}");
    assert_eq!(sum("Promotions"), Some(1.0), "{figures}");
    assert_eq!(figures["NoticeDelay"]["samples"], 2, "{figures}");
    assert_eq!(figures["PromotionLateness"]["samples"], 1, "{figures}");
    assert!(figures.get("Bounces").is_none(), "{figures}");
}
