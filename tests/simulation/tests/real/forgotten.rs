//! What `reconcile` is there for: timers, records and mails are dropped on purpose, and claims move on all the same.

use domain::Standing;
use serde_json::json;

use crate::bench::{Bench, OURS, Step, THEIRS};
use crate::layer::Wrong;

const CREATE: Step = Step::Create(OURS, "a", &["teams"]);
const STREAM: Step = Step::Stream(OURS, "a");
const DAY: i64 = 24;

async fn after(steps: &[Step]) -> Bench {
    let bench = Bench::start().await;
    for step in steps {
        assert!(bench.perform(step).await.unwrap() < 300, "{step:?}");
    }
    bench
}

async fn standing(bench: &Bench) -> Standing {
    bench.claim(OURS, "a").await.unwrap().scopes[0].standing()
}

/// How many claims a run of `reconcile` found and moved on.
async fn moved(bench: &Bench) -> u64 {
    let answer = reconcile::handle(&*bench.functions.outreach).await.unwrap();
    assert_eq!(answer["failed"], 0);
    answer["moved"].as_u64().unwrap()
}

fn told(bench: &Bench) -> usize {
    bench.layer.mails().iter().filter(|(to, _)| to == "jana@contoso.com").count()
}

#[tokio::test]
async fn a_dropped_record_of_the_stream_leaves_no_customer_untold() {
    let bench = after(&[CREATE]).await;
    assert_eq!(moved(&bench).await, 0, "the stream has its time");
    bench.perform(&Step::Wait(1)).await.unwrap();
    assert_eq!((moved(&bench).await, told(&bench)), (1, 1));
    assert_eq!(standing(&bench).await, Standing::AwaitingCustomer);
    assert_eq!(bench.layer.schedules().len(), 2, "the timers, too");
    assert_eq!((moved(&bench).await, told(&bench)), (0, 1), "once");
}

#[tokio::test]
async fn a_dropped_mail_leaves_no_customer_untold() {
    for call in 0.. {
        let bench = after(&[CREATE]).await;
        bench.layer.count(Some((call, Wrong::Down)));
        assert!(bench.perform(&STREAM).await.is_err(), "no mail was dropped");
        bench.layer.count(None);
        if bench.layer.schedules().len() < 2 {
            continue;
        }
        assert_eq!((standing(&bench).await, told(&bench)), (Standing::Notifying, 0));
        bench.perform(&Step::Wait(1)).await.unwrap();
        assert_eq!((moved(&bench).await, told(&bench)), (1, 1));
        assert_eq!(standing(&bench).await, Standing::AwaitingCustomer);
        break;
    }
}

#[tokio::test]
async fn a_dropped_timer_of_the_deadline_keeps_no_claim_from_becoming_official() {
    let bench = after(&[CREATE, STREAM, Step::Wait(5 * DAY)]).await;
    assert_eq!(
        (moved(&bench).await, standing(&bench).await),
        (0, Standing::AwaitingCustomer),
        "not before its deadline"
    );
    bench.perform(&Step::Wait(4 * DAY)).await.unwrap();
    assert_eq!((moved(&bench).await, standing(&bench).await), (1, Standing::Official));
    assert_eq!(moved(&bench).await, 0);
}

#[tokio::test]
async fn a_dropped_timer_of_the_answer_keeps_no_claim_waiting_for_its_partner() {
    let question = json!({ "reasons": [{ "code": "missing_dates" }] });
    let asked = Step::Ask(OURS, "a", "request-information", "reviewer", question);
    let bench =
        after(&[Step::Create(THEIRS, "a", &["teams"]), CREATE, asked, STREAM, Step::Wait(10 * DAY)]).await;
    assert_eq!(
        (moved(&bench).await, standing(&bench).await),
        (1, Standing::ActionRequired),
        "the rival's notice alone"
    );
    bench.perform(&Step::Wait(20 * DAY)).await.unwrap();
    assert!(moved(&bench).await >= 1);
    assert_eq!(standing(&bench).await, Standing::Rejected);
}

#[tokio::test]
async fn a_notice_that_cannot_leave_for_long_does_not_fill_its_claim_with_links() {
    let bench = after(&[CREATE]).await;
    bench.layer.pause_mails(true);
    for _ in 0..5 {
        bench.perform(&Step::Wait(1)).await.unwrap();
        assert_eq!(reconcile::handle(&*bench.functions.outreach).await.unwrap()["failed"], 1);
        let notices = bench.claim(OURS, "a").await.unwrap().notices;
        assert!(notices[0].deadline.is_some() && notices[0].links.is_empty(), "{notices:?}");
    }
    bench.layer.pause_mails(false);
    assert_eq!(moved(&bench).await, 1);
    assert_eq!(
        bench.claim(OURS, "a").await.unwrap().notices[0].links.len(),
        2,
        "the contact and the notice address"
    );
}

#[tokio::test]
async fn mails_that_cannot_leave_keep_no_forgotten_deadline_waiting() {
    let approve = |scope: &str| Step::Ask(OURS, "a", "approve", "reviewer", json!({ "scopes": [scope] }));
    let rival = Step::Create(THEIRS, "a", &["teams"]);
    let both = Step::Create(OURS, "a", &["teams", "intune"]);
    // One scope's window has passed and the other's notice was dropped, and so was the rival's.
    let bench = after(&[rival, both, approve("s2"), STREAM, approve("s1"), Step::Wait(9 * DAY)]).await;
    let standings = async || {
        let claim = bench.claim(OURS, "a").await.unwrap();
        claim.scopes.iter().map(|scope| scope.standing()).collect::<Vec<_>>()
    };
    bench.layer.pause_mails(true);
    let answer = reconcile::handle(&*bench.functions.outreach).await.unwrap();
    assert_eq!(answer["failed"], 2);
    assert_eq!(standings().await, [Standing::Notifying, Standing::Official]);
    assert_eq!(bench.layer.refused_mails(), 1, "after one that did not leave, no other is tried");
    bench.layer.pause_mails(false);
    // The promotion has changed the claim: its notice has its time again.
    bench.perform(&Step::Wait(1)).await.unwrap();
    assert_eq!(moved(&bench).await, 2);
    assert_eq!(standings().await, [Standing::AwaitingCustomer, Standing::Official]);
}
