//! What the vendor learns of all claims, kept up as they change.

use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, Stack, WINGTIP};

#[track_caller]
fn insights(stack: &Stack, query: &str) -> Value {
    stack.settle();
    stack.reviewer().get(&format!("/insights{query}")).ok()
}

/// The group in which these members are so.
#[track_caller]
fn group<'v>(groups: &'v Value, members: &Value) -> &'v Value {
    let is = |group: &&Value| members.as_object().unwrap().iter().all(|(name, value)| group[name] == *value);
    groups.as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("no {members} in {groups:#}"))
}

#[track_caller]
fn rebuild(stack: &Stack, asked: &Value) -> Value {
    stack
        .nobody()
        .post("/_local/lambda/2015-03-31/functions/follow/invocations", &json!({ "rebuild": asked }))
        .ok()
}

/// Fabrikam is official for Teams, is superseded by Wingtip, and declined for Intune; a draft of its own is nobody's matter.
fn story(stack: &Stack) {
    let first = stack.official(&ClaimBody::new(stack));
    let declined = stack.submit(&ClaimBody::new(stack).workloads(&["intune"]));
    declined.is("awaiting_customer");
    drop(stack.link_to("jana@contoso.com").decline());
    declined.is("declined");
    let rival = stack.submit(&ClaimBody::of_wingtip(stack));
    drop(rival.review("approve", &json!({})).ok());
    rival.pass_deadline();
    rival.is("official");
    first.is("superseded");
    drop(stack.submit(&ClaimBody::new(stack).workloads(&["exchange_online"]).draft()));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn the_insights_count_what_became_of_every_claim() {
    let stack = Stack::start();
    let none = insights(&stack, "");
    assert_eq!(
        (&none["totals"]["claimed"], &none["counted_at"], &none["by_month"]),
        (&json!(0), &Value::Null, &json!([]))
    );
    assert_eq!(none["totals"]["opt_out_rate"], Value::Null);
    story(&stack);
    let all = insights(&stack, "");
    let totals = &all["totals"];
    assert_eq!(totals["claimed"], 3, "{all:#}");
    assert_eq!(totals["by_status"], json!({ "declined": 1, "official": 1, "superseded": 1 }));
    assert_eq!(
        (&totals["told"], &totals["declined"], &totals["became_official"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!((&totals["opt_out_rate"], &totals["official_rate"]), (&json!(0.3333), &json!(0.6667)));
    let time = &totals["time_to_official"];
    assert_eq!(time["count"], 2);
    let days = |name: &str| time[name].as_u64().unwrap() / 86_400;
    assert!((5..=9).contains(&days("mean_seconds")) && (5..=9).contains(&days("p90_seconds")), "{time}");
    let teams = group(&all["by_scope"], &json!({ "program": "osu_m365", "scope": "teams" }));
    assert_eq!(teams["by_status"], json!({ "official": 1, "superseded": 1 }));
    assert_eq!(group(&all["by_program"], &json!({ "program": "osu_m365" }))["claimed"], 3);
    let months = all["by_month"].as_array().unwrap();
    assert_eq!(months.iter().map(|month| month["claimed"].as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!(all["top_partners"], json!([]), "of everything there would be many");
    let teams = insights(&stack, "?scope=teams&program=osu_m365");
    assert_eq!(teams["totals"]["claimed"], 2);
    let top = json!([{ "program": "osu_m365", "scope": "teams", "partners": [{ "partner_id": WINGTIP, "official": 1 }] }]);
    assert_eq!(teams["top_partners"], top);
    assert_eq!(insights(&stack, "?program=osa_sell")["totals"]["claimed"], 0);
    assert_eq!(insights(&stack, "?to=2020-01")["totals"]["claimed"], 0);
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: sees what all tests of a deployed stack do")]
fn a_rebuild_counts_everything_anew_and_finds_no_difference() {
    let stack = Stack::start();
    story(&stack);
    let before = insights(&stack, "?program=osu_m365");
    let rebuilt = rebuild(&stack, &json!({}));
    assert_eq!(
        (&rebuilt["done"], &rebuilt["claims"], &rebuilt["differences"]),
        (&json!(true), &json!(4), &json!([]))
    );
    assert_eq!(rebuilt["generation"], 2);
    let after = insights(&stack, "?program=osu_m365");
    for member in ["totals", "by_program", "by_scope", "by_month", "top_partners"] {
        assert_eq!(before[member], after[member], "{member}");
    }
    // The stream feeds the new counts.
    stack.submit(&ClaimBody::new(&stack).workloads(&["sharepoint_online"])).is("awaiting_customer");
    assert_eq!(insights(&stack, "")["totals"]["claimed"], 4);
    assert_eq!(rebuild(&stack, &json!({ "restart": true }))["differences"], json!([]));
    assert_eq!(insights(&stack, "")["totals"]["claimed"], 4);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the clock of a deployed stack cannot be moved")]
fn a_claim_that_is_forgotten_stays_counted() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    drop(claim.ask("withdraw", &json!({})).ok());
    let month = stack.now().format("%Y-%m").to_string();
    drop(stack.advance("P731D"));
    assert_eq!(stack.partner(FABRIKAM).get(&claim.path()).status, 404);
    let query = format!("?from={month}&to={month}");
    assert_eq!(insights(&stack, &query)["totals"]["by_status"], json!({ "withdrawn": 1 }));
    assert_eq!(rebuild(&stack, &json!({}))["differences"], json!([]));
    assert_eq!(insights(&stack, &query)["totals"]["by_status"], json!({ "withdrawn": 1 }));
}

#[test]
fn everything_wrong_with_a_question_is_told_at_once() {
    let stack = Stack::start();
    let ask =
        |query: &str| stack.operator().get(&format!("/insights?{query}")).problem(400, "invalid_request");
    ask("program=osu&scope=A%20b&from=2021-13&to=x&when=now").is_exactly(&[
        ("?when", "unknown_parameter"),
        ("?program", "unknown_value"),
        ("?scope", "invalid_code"),
        ("?from", "invalid_month"),
        ("?to", "invalid_month"),
    ]);
    ask("from=2021-05&to=2021-04").is_exactly(&[("?to", "out_of_order")]);
    ask("from=2021-01&to=2024-01&program=x")
        .is_exactly(&[("?program", "unknown_value"), ("?to", "too_many_months")]);
}
