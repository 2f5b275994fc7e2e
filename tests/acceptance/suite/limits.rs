//! How many notices a partner may have sent to one mailbox in a day.

use serde_json::json;

use crate::driver::{ClaimBody, Stack};

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn a_partner_cannot_flood_a_mailbox_what_is_too_much_for_a_day_goes_to_a_reviewer() {
    let stack = Stack::start_with(&["--set", "MaxNoticesPerContact=2"]);
    let claim = |workload: &str| ClaimBody::new(&stack).workloads(&[workload]);
    stack.submit(&claim("teams")).is("awaiting_customer");
    stack.submit(&claim("intune")).is("awaiting_customer");
    let held = stack.submit(&claim("exchange_online"));
    let shown = held.is("under_review");
    assert!(shown["deadline"].is_null(), "{shown}");
    let opened = held.history().into_iter().find(|change| change["events"][0]["event"] == "review_opened");
    assert_eq!(opened.unwrap()["events"][0]["because"], json!(["contact_notice_limit"]));
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2);
    let another = claim("sharepoint_online").contact("karel@contoso.com");
    stack.submit(&another).is("awaiting_customer");

    held.review("approve", &json!({})).expect(200);
    stack.settle();
    held.is("awaiting_customer");
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 3);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: needs a stack with other parameters")]
fn the_tenants_notice_address_is_not_flooded_by_way_of_ever_other_contacts() {
    let stack = Stack::start_with(&["--set", "MaxNoticesPerContact=1"]);
    stack.put_contoso(&json!({ "notice_email": "it-office@contoso.com" }));
    stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");
    let other = ClaimBody::new(&stack).workloads(&["intune"]).contact("karel@contoso.com");
    stack.submit(&other).is("under_review");
    assert_eq!(stack.mails_to("it-office@contoso.com").len(), 1);
    assert_eq!(stack.mails_to("karel@contoso.com").len(), 0);
}
