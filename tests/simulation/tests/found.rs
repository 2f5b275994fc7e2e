//! What simulations have found, told in a few steps each, so that it stays mended.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use domain::Standing;
use simulation::stage::Stage;

#[test]
fn a_no_taken_back_after_the_subscription_has_ended_does_not_become_official() {
    let mut stage = Stage::new();
    let claim = stage.told_of_a_product();
    stage.answer(&claim, "decline");
    stage.end_subscription();
    stage.settle_triggers();
    assert_eq!(stage.standing(&claim), Standing::Declined);
    stage.answer(&claim, "undo");
    stage.settle_triggers();
    assert_eq!(stage.standing(&claim), Standing::Expired);
}

#[test]
fn a_claim_submitted_while_its_subscription_ends_is_ended_before_the_customer_is_asked() {
    let mut stage = Stage::new();
    // The submission has read the tenant as it was; it is stored after the tenant's record was worked off.
    let claim = stage.submit_while(Stage::end_subscription);
    stage.settle_triggers();
    assert_eq!(stage.standing(&claim), Standing::Expired);
    assert_eq!(stage.mails_to_customers(), 0);
}
