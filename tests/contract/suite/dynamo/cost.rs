//! What a claim costs in DynamoDB. The READMEs of `shared/store` and `functions/follow` state these figures;
//! this test keeps them true.

use chrono::TimeDelta;
use domain::{Command, Link, LinkToken, Needs, NoticeNumber, Recipient, Selection, Standing, Usage};
use meter::Spent;
use store::{Claims, Quotas, UsageFigures};

use crate::bench::{Bench, FABRIKAM, monday, tenant};
use crate::evidence::file;
use crate::insights::{elsewhere, follow};
use crate::stores::Table;
use crate::usage::{access, association, attribution, month, months, put, usage};

#[tokio::test]
async fn the_whole_life_of_a_claim_of_one_scope_costs_at_most_30_write_units() {
    let bench = Bench::<Table>::start().await;
    let mut before = bench.kind.meter.spent();
    let mut steps = Vec::new();
    let mut step = |name: &'static str| {
        let now = bench.kind.meter.spent();
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
    let prepare = Command::PrepareNotice { notice: NoticeNumber::FIRST, links: link(1) };
    let prepared = bench.ask_on(&claim, prepare, monday()).await.unwrap().claim;
    step("notice prepared");
    let told = bench
        .ask_on(&prepared, Command::CustomerTold { notice: NoticeNumber::FIRST }, monday())
        .await
        .unwrap()
        .claim;
    step("customer told");
    let deadline = told.deadline().unwrap();
    let remind = Command::Remind { notice: NoticeNumber::FIRST, links: link(2) };
    let known = bench.read(&told).await;
    bench.ask_on(&known, remind, deadline - TimeDelta::days(1)).await.unwrap();
    step("reminded");
    bench.promote(&told, deadline).await;
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
            ("official", 3, 10.0, 5.0),
        ]
    );
    assert!(total <= 30.0);
}

#[tokio::test]
async fn a_command_on_a_claim_that_was_just_read_reads_it_no_more() {
    let bench = Bench::<Table>::start().await;
    let claim = bench.submit(FABRIKAM, "a", &["teams"], monday()).await;
    let before = bench.kind.meter.spent().calls;
    let withdraw = Command::Withdraw { scopes: Selection::All, reason: None };
    let done = bench.ask_on(&claim, withdraw, monday()).await.unwrap();
    assert_eq!(done.claim.status(), Standing::Withdrawn);
    assert_eq!(bench.kind.meter.spent().calls - before, 1);
    assert_eq!(bench.read(&claim).await, done.claim);
}

#[tokio::test]
async fn counting_a_claim_alone_costs_four_write_units_and_half_of_it_in_company() {
    let bench = Bench::<Table>::start().await;
    let follow = follow(&bench);
    let mut claims = Vec::new();
    for number in 0..51 {
        claims.push(elsewhere(&bench, FABRIKAM, number).await);
    }
    let mut costs = Vec::new();
    for ids in [&claims[..1], &claims[1..]] {
        let ids: Vec<_> = ids.iter().map(|claim| claim.id.clone()).collect();
        let before = bench.kind.meter.spent();
        follow.count(&ids).await.unwrap();
        costs.push(bench.kind.meter.spent() - before);
    }
    let told = bench.tell(&claims[0], monday()).await;
    let official = bench.promote(&told, told.deadline().unwrap() + TimeDelta::minutes(1)).await.claim;
    let before = bench.kind.meter.spent();
    follow.count(&[official.id]).await.unwrap();
    costs.push(bench.kind.meter.spent() - before);
    let costs: Vec<_> = costs.iter().map(|spent| (spent.calls, spent.writes, spent.reads)).collect();
    println!("counting one claim, fifty more, one that became official: calls, writes, reads: {costs:?}");
    assert_eq!(costs, [(2, 4.0, 3.0), (4, 104.0, 102.0), (3, 7.0, 4.0)]);
}

#[tokio::test]
async fn a_row_costs_a_write_and_a_repeat_costs_none() {
    let bench = Bench::<Table>::start().await;
    let delivery: Vec<_> = (0..260)
        .map(|n| usage(&format!("00000000-0000-4000-8000-{n:012}").parse().unwrap(), "teams", "2021-05", n))
        .collect();
    let mut before = bench.kind.meter.spent();
    let mut spent = || {
        let now = bench.kind.meter.spent();
        let Spent { calls, writes, reads } = now - before;
        before = now;
        (calls, writes, reads)
    };
    assert!(put(&bench.store, &delivery).await.is_empty());
    let first = spent();
    assert!(put(&bench.store, &delivery).await.is_empty());
    let repeated = spent();
    let mut changed = delivery.clone();
    changed[100].figures.sold_seats = 1;
    assert!(put(&bench.store, &changed).await.is_empty());
    let corrected = spent();
    println!(
        "of 260 rows, calls, writes, reads: new {first:?}, repeated {repeated:?}, one changed {corrected:?}"
    );
    assert_eq!(first, (3 + 11, 260.0, 260.0));
    assert_eq!(repeated, (3, 0.0, 260.0));
    assert_eq!(corrected, (3 + 1, 1.0, 260.0));
}

#[tokio::test]
async fn a_read_costs_one_write_unit_and_at_most_four_read_units() {
    let bench = Bench::<Table>::start().await;
    let claim = bench.official(FABRIKAM, "a", &["teams"]).await;
    let of = |n: u16| month("2019-01").later(n);
    let delivery: Vec<_> =
        (0..36).map(|n| Usage { month: of(n), ..usage(&tenant(), "teams", "2019-01", 1) }).collect();
    put(&bench.store, &delivery).await;
    let before = bench.kind.meter.spent();
    let held = attribution(&bench, &association(&claim, 1)).await.unwrap();
    let figures = bench.store.figures(&held.tenant, &held.scope, months("2019-01", "2021-12")).await.unwrap();
    assert_eq!(figures.len(), 36);
    bench.store.put_access(&access(&claim, 0), monday()).await.unwrap();
    let spent = bench.kind.meter.spent() - before;
    println!("a read of 36 months: {spent:?}");
    assert_eq!((spent.calls, spent.writes), (4, 1.0));
    assert!(spent.reads <= 4.0, "{spent:?}");
}

#[tokio::test]
async fn files_come_with_what_is_known_around_a_submission_in_the_same_round_trip() {
    let bench = Bench::<Table>::start().await;
    let before = bench.kind.meter.spent();
    let files = [file("a", 7).id, file("b", 7).id];
    let needs = Needs { directory: true, files: files.to_vec(), ..Needs::default() };
    bench.store.context(&FABRIKAM.parse().unwrap(), &tenant(), &needs).await.unwrap();
    assert_eq!((bench.kind.meter.spent() - before).calls, 1);
}
