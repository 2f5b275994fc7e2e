//! Every command, with every call that it makes going wrong in every way: the platform, or the caller, tries again, and
//! comes to the same end as if nothing had gone wrong.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bench::{Bench, OURS, Step, THEIRS};
use crate::layer::{Mail, Wrong};

const CREATE: Step = Step::Create(OURS, "a", &["teams"]);
const PRODUCT: Step = Step::Create(OURS, "a", &["power_bi"]);
const STREAM: Step = Step::Stream(OURS, "a");
const DEADLINE: Step = Step::Timer("deadline", OURS, "a", 1);
const WEEK: Step = Step::Wait(8 * 24);

fn ours(verb: &'static str, body: Value) -> Step {
    Step::Ask(OURS, "a", verb, "incentives_admin", body)
}

fn reviewer(partner: &'static str, verb: &'static str) -> Step {
    let reasons =
        if verb == "approve" { json!({}) } else { json!({ "reasons": [{ "code": "missing_dates" }] }) };
    Step::Ask(partner, "a", verb, "reviewer", reasons)
}

/// A competing claim, so that a reviewer has ours.
fn reviewed() -> Vec<Step> {
    vec![Step::Create(THEIRS, "a", &["teams"]), CREATE]
}

fn told() -> Vec<Step> {
    vec![CREATE, Step::Link(1), STREAM]
}

fn official() -> Vec<Step> {
    [told(), vec![WEEK, DEADLINE]].concat()
}

fn asked() -> Vec<Step> {
    [reviewed(), vec![reviewer(OURS, "request-information"), STREAM]].concat()
}

fn rejected() -> Vec<Step> {
    [reviewed(), vec![reviewer(OURS, "reject")]].concat()
}

/// Each command: its name, what comes before it, and the command.
fn commands() -> Vec<(&'static str, Vec<Step>, Step)> {
    let edit =
        json!({ "evidence": [{ "kind": "contract", "signed_on": "2021-04-20", "reference": "SOW-119" }] });
    let supersede = [
        official(),
        vec![
            Step::Create(THEIRS, "a", &["teams"]),
            reviewer(THEIRS, "approve"),
            Step::Stream(THEIRS, "a"),
            WEEK,
        ],
    ]
    .concat();
    vec![
        ("submit", vec![], CREATE),
        ("submit again", vec![CREATE], CREATE),
        ("edit", asked(), ours("PATCH", edit)),
        ("submit an answer", asked(), ours("submit", json!({}))),
        ("withdraw", told(), ours("withdraw", json!({}))),
        ("approve", reviewed(), reviewer(OURS, "approve")),
        ("ask", reviewed(), reviewer(OURS, "request-information")),
        ("reject", reviewed(), reviewer(OURS, "reject")),
        ("dispute", rejected(), ours("dispute", json!({ "justification": "It is on page 3." }))),
        ("question told", [reviewed(), vec![reviewer(OURS, "request-information")]].concat(), STREAM),
        ("lapse", [asked(), vec![Step::Wait(40 * 24)]].concat(), Step::Timer("answer", OURS, "a", 0)),
        ("notice", vec![CREATE], STREAM),
        ("remind", [told(), vec![Step::Wait(6 * 24)]].concat(), Step::Timer("reminder", OURS, "a", 1)),
        ("decline", told(), Step::Customer("decline")),
        ("decline when official", official(), Step::Customer("decline")),
        ("accept", told(), Step::Customer("accept")),
        ("undo", [told(), vec![Step::Customer("decline")]].concat(), Step::Customer("undo")),
        ("promote", [told(), vec![WEEK]].concat(), DEADLINE),
        ("supersede", supersede, Step::Timer("deadline", THEIRS, "a", 1)),
        ("disassociate", official(), ours("disassociate", json!({ "reason": "The contract has ended." }))),
        ("mail delivered", told(), Step::MailEvent("Delivery", 1)),
        ("mail bounced", told(), Step::MailEvent("Bounce", 1)),
        ("mail bounced late", official(), Step::MailEvent("Bounce", 1)),
        ("expire", vec![PRODUCT, STREAM, Step::Tenant("expired")], Step::TenantStream),
        ("reconcile a notice", vec![CREATE, Step::Wait(1)], Step::Reconcile),
        ("reconcile a deadline", [told(), vec![Step::Wait(9 * 24)]].concat(), Step::Reconcile),
        ("figures delivered", vec![], Step::Deliver),
        ("figures read", [official(), vec![Step::Deliver]].concat(), Step::Figures),
    ]
}

/// What a run came to.
struct Came {
    state: Value,
    mails: Vec<Mail>,
    calls: usize,
    attempts: usize,
}

async fn play(before: &[Step], command: &Step, wrong: Option<(usize, Wrong)>) -> Came {
    let bench = Bench::start().await;
    for step in before {
        let status = bench.perform(step).await.unwrap();
        assert!(status < 300, "{step:?} is to succeed, and answers {status}");
    }
    let command = &bench.fixed(command).await;
    let known = bench.layer.mails().len();
    bench.layer.count(wrong);
    let mut attempts = 0;
    let mut calls = 0;
    loop {
        attempts += 1;
        assert!(attempts <= 3, "{command:?} fails with nothing wrong any more");
        let done = tokio::select! {
            done = bench.perform(command) => done,
            () = bench.layer.died() => Err("died".to_owned()),
        };
        calls += bench.layer.calls();
        match done {
            Ok(status) if wrong.is_none() => {
                assert!(status < 300, "{command:?} answers {status}");
                break;
            }
            Ok(_) => break,
            Err(error) => assert!(wrong.is_some(), "{command:?}: {error}"),
        }
        bench.layer.count(None);
    }
    bench.layer.count(None);
    Came { state: bench.state().await, mails: bench.layer.mails().split_off(known), calls, attempts }
}

fn counted(mails: &[Mail]) -> BTreeMap<&Mail, usize> {
    let mut counted = BTreeMap::new();
    for mail in mails {
        *counted.entry(mail).or_default() += 1;
    }
    counted
}

/// The ways in which calls go wrong here: all of them with `REAL_FAULTS=all`, else those after which nobody but the table
/// knows what was done.
fn ways() -> Vec<Wrong> {
    let all = std::env::var("REAL_FAULTS").is_ok_and(|text| text == "all");
    if all { Wrong::ALL.to_vec() } else { vec![Wrong::LostAndDown, Wrong::Killed] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_call_goes_wrong_the_end_is_the_same() {
    println!("{:24} {:>5} {:>6} {:>8} {:>11}", "command", "calls", "faults", "retried", "mails twice");
    let mut faults = 0;
    for pair in commands().chunks(2) {
        let both = pair.iter().cloned().map(|command| tokio::spawn(every_call(command))).collect::<Vec<_>>();
        for one in both {
            faults += one.await.unwrap();
        }
    }
    println!("{faults} faults");
}

/// Tries every call of a command in every way; answers how often something went wrong.
async fn every_call((name, before, command): (&'static str, Vec<Step>, Step)) -> usize {
    let plain = play(&before, &command, None).await;
    let expected = counted(&plain.mails);
    let (mut tried, mut retried, mut twice) = (0, 0, 0);
    for wrong in ways() {
        for call in 0..plain.calls {
            let came = play(&before, &command, Some((call, wrong))).await;
            let at = format!("{name}: call {call} of {} {wrong:?}", plain.calls);
            assert_eq!(came.state, plain.state, "{at}");
            let mails = counted(&came.mails);
            // What the network repeats below us, no mail service tells from a second mail.
            let below = usize::from(wrong == Wrong::Twice);
            for (mail, count) in &expected {
                let sent = mails.get(mail).copied().unwrap_or_default();
                // News to a partner are not sent again when it is not known whether they left. A reminder is noted before it
                // leaves, so that nobody is reminded twice: whoever dies in between has not reminded.
                let once_at_most = name == "remind" || mail.1.iter().any(|(_, value)| value == "partner");
                assert!(sent >= *count || once_at_most, "{at}: {mail:?} did not leave");
                // Each attempt that failed may have sent a mail that the next one does not know of.
                assert!(sent <= count * came.attempts + below, "{at}: {mail:?} left {sent} times");
                twice += usize::from(sent > *count);
            }
            assert!(mails.keys().all(|mail| expected.contains_key(mail)), "{at}: a mail too many");
            tried += 1;
            retried += usize::from(came.attempts > 1);
        }
    }
    println!("{name:24} {:>5} {tried:>6} {retried:>8} {twice:>11}", plain.calls);
    tried
}
