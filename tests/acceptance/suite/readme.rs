//! What the README and infra/local/README.md tell a reader to type works as it is written.

use std::process::Command;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::{Value, json};

use crate::driver::{CONTOSO, Directory, FABRIKAM, Stack, WINGTIP};

/// The tour's commands: those of the README's section, and those of the page that goes on from there in the same shell.
fn tour() -> String {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("\n## A tour\n").expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    [section, include_str!("../../../infra/local/README.md")].map(commands).join("\n")
}

/// The commands of a text, one after the other.
fn commands(text: &str) -> String {
    let blocks = text.split("\n```sh\n").skip(1);
    blocks.map(|block| block.split_once("\n```").expect("a block ends").0).collect::<Vec<_>>().join("\n")
}

/// A partner's claims, oldest first.
fn claims(stack: &Stack, partner: &str) -> Vec<Value> {
    let list = stack.partner(partner).get("/claims?sort=created").ok();
    list["items"].as_array().unwrap().clone()
}

/// Two weeks before the Saturday before Christmas Eve: of the four weeks that follow, the last two have the most holidays of all
/// the Czech year. What works then, works whenever somebody reads the README.
fn go_to_christmas(stack: &Stack) {
    let now = stack.now();
    let start = |year: i32| {
        let eve = NaiveDate::from_ymd_opt(year, 12, 24).expect("every year has one");
        let days = (1..=7).map(|days| eve - Days::new(days));
        let saturday = days.into_iter().find(|day| day.weekday() == Weekday::Sat).expect("a week has one");
        (saturday - Days::new(14)).and_hms_opt(12, 0, 0).expect("noon").and_utc()
    };
    let next = if start(now.year()) > now { start(now.year()) } else { start(now.year() + 1) };
    drop(stack.advance_to(next));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_tour_of_the_readme_leads_where_it_says() {
    let stack = Stack::bare(&[]);
    go_to_christmas(&stack);
    let directory = Directory::new();
    let tour = tour();
    // Of that time, too.
    let signed = "$(date -d '30 days ago' +%F 2>/dev/null || date -v-30d +%F)";
    assert!(tour.contains(signed), "{tour}");
    let tour = tour.replace(signed, &(stack.now() - Days::new(30)).format("%F").to_string());
    assert!(tour.contains("http://127.0.0.1:9000") && tour.contains(" /tmp/"), "{tour}");
    let own = format!(" {}/", directory.path().display());
    let tour = tour.replace("http://127.0.0.1:9000", stack.gateway()).replace(" /tmp/", &own);
    // A reader's own address, which the tour would take, is not this stack's.
    let output =
        Command::new("bash").arg("-c").arg(&tour).env_remove("API").output().expect("bash is installed");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(err.is_empty(), "{err}");
    assert!(!out.contains("urn:cpor:problem"), "{out}");

    // What a reader sees on the way.
    let mut rest = &*out;
    for shown in [
        "\"status\":\"notifying\"",
        "\"status\":\"awaiting_customer\"",
        "\"status\":\"official\"",
        "\"competing_claim\"",
        "\"status\":\"under_review\"",
        "\"status\":\"official\"",
        "\"status\":\"superseded\"",
        "\"status\":\"under_review\"",
        "\"status\":\"rejected\"",
        "\"status\":\"disputed\"",
        "\"state\":\"verified\"",
    ] {
        let at = rest.find(shown).unwrap_or_else(|| panic!("{shown} does not come, in this order:\n{out}"));
        rest = &rest[at + shown.len()..];
    }

    // And where it has led.
    let ours = claims(&stack, FABRIKAM);
    let statuses = |claims: &[Value]| {
        claims.iter().map(|claim| claim["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&ours), ["superseded"]);
    let theirs = claims(&stack, WINGTIP);
    assert_eq!(statuses(&theirs), ["official", "disputed"]);
    let history =
        stack.partner(FABRIKAM).get(&format!("/claims/{}/history", ours[0]["id"].as_str().unwrap())).ok();
    let events: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| change["events"].as_array().unwrap())
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    let place =
        |event: &str| events.iter().position(|one| *one == event).unwrap_or_else(|| panic!("{events:?}"));
    assert!(place("became_official") < place("superseded"), "{events:?}");
    let all = stack.operator().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
    let live: Vec<_> =
        all["items"].as_array().unwrap().iter().filter(|one| one["ended_at"].is_null()).collect();
    assert_eq!(live.len(), 1, "{all:#}");
    assert_eq!(live[0]["partner_id"], WINGTIP);
    assert_eq!(stack.dead_letters(), json!({}));
}
