//! What simulations have found, told in a few steps each, so that it stays fixed.

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

#[test]
fn a_no_taken_back_before_the_timers_were_set_has_its_timer() {
    let mut stage = Stage::new();
    let claim = stage.submitted();
    // The notice leaves, and nobody notes that it did. Two days later its deadline is moved on, and that is all.
    stage.notify_until(|world| !world.mails.is_empty());
    stage.days(2);
    let version = stage.version(&claim);
    stage.notify_until(|world| world.table.claims.values().any(|claim| claim.get().version > version));
    stage.answer(&claim, "decline");
    stage.answer(&claim, "undo");
    // As far as anybody knows, the contact has not been told yet.
    assert_eq!(stage.standing(&claim), Standing::Notifying);
    assert!(!stage.deadline_has_its_timer(&claim));
    stage.settle_triggers();
    assert_eq!(stage.standing(&claim), Standing::AwaitingCustomer);
    assert!(stage.deadline_has_its_timer(&claim));
}
