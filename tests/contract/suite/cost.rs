//! What a claim costs in DynamoDB. ARCHITECTURE.md states these figures; this test keeps them true.

use domain::{Command, Link, LinkToken, Recipient};
use meter::Spent;
use store::Quotas;

use crate::bench::{Bench, FABRIKAM, monday};

#[tokio::test]
async fn the_whole_life_of_a_claim_of_one_scope_costs_at_most_30_write_units() {
    let bench = Bench::start().await;
    let mut before = bench.meter.spent();
    let mut steps = Vec::new();
    let mut step = |name: &'static str| {
        let now = bench.meter.spent();
        let Spent { calls, writes, reads } = now - before;
        steps.push((name, calls, writes, reads));
        before = now;
    };

    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    step("submitted");
    let claim = bench.read(&claim).await;
    step("read to be noticed");
    let contact = &claim.details.customer_contact.email;
    assert!(bench.store.admit(&claim.details.partner_id, contact, &claim.id, monday(), 20).await.unwrap());
    step("contact admitted");
    let link = |seed: u8| {
        let token = LinkToken::new(&claim.id, [seed; 32]);
        vec![Link { digest: token.digest(), to: Recipient::CustomerContact }]
    };
    let prepare = Command::PrepareNotice { notice: 1, links: link(1) };
    let prepared = bench.ask_on(&claim, prepare, monday()).await.unwrap().claim;
    step("notice prepared");
    let told = bench.ask_on(&prepared, Command::CustomerTold { notice: 1 }, monday()).await.unwrap().claim;
    step("customer told");
    let deadline = told.deadline().unwrap();
    let remind = Command::Remind { notice: 1, links: link(2) };
    let known = bench.read(&told).await;
    bench.ask_on(&known, remind, deadline - chrono::TimeDelta::days(1)).await.unwrap();
    step("reminded");
    bench.promote(&told, 1, deadline).await;
    step("official");

    let total: f64 = steps.iter().map(|(_, _, writes, _)| writes).sum();
    let row = |(name, calls, writes, reads): &(&str, u64, f64, f64)| {
        format!("{name:18} {calls:5} {writes:6} {reads:6}")
    };
    let table = steps.iter().map(row).collect::<Vec<_>>().join("\n");
    println!("{:18} calls writes  reads\n{table}\n{:18}       {total:6}", "", "in all");
    assert_eq!(
        steps,
        [
            ("submitted", 2, 8.0, 2.0),
            ("read to be noticed", 1, 0.0, 1.0),
            ("contact admitted", 1, 1.0, 0.0),
            ("notice prepared", 1, 1.0, 0.0),
            ("customer told", 1, 8.0, 0.0),
            ("reminded", 2, 1.0, 1.0),
            ("official", 3, 10.0, 2.0),
        ]
    );
    assert!(total <= 30.0);
}
