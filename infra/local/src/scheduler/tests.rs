//! What fires, when, in which order, and what CreateSchedule refuses.

use serde_json::json;

use super::*;
use crate::template::Rate;
use crate::testing::{Bench, bench, function};

fn scheduler(bench: &Bench, rows: Rows) -> Scheduler {
    let groups = vec!["claims".to_owned()];
    Scheduler::load(groups, rows, bench.lambda.clone(), bench.queues.clone(), Arc::clone(&bench.clock))
        .unwrap()
}

/// A request for a timer that many seconds from now.
fn request(bench: &Bench, seconds: i64) -> Json {
    let at = bench.clock.now() + TimeDelta::seconds(seconds);
    json!({
        "GroupName": "claims",
        "ScheduleExpression": at.format("at(%Y-%m-%dT%H:%M:%S)").to_string(),
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": "arn:aws:lambda:us-east-1:000000000000:function:gone",
            "RoleArn": "arn:aws:iam::000000000000:role/r",
            "Input": "{\"claim_id\":\"c\"}",
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:undelivered"},
        },
    })
}

fn names(fired: &[Fired]) -> Vec<&str> {
    fired.iter().map(|fired| fired.name.as_str()).collect()
}

#[test]
fn timers_fire_in_the_order_they_are_due_and_none_before_its_time() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    for (name, seconds) in [("late", 300), ("first", 100), ("b", 200), ("a", 200)] {
        scheduler.create(name, request(&bench, seconds)).unwrap();
    }
    assert_eq!(scheduler.fire_due(bench.clock.now() + TimeDelta::seconds(90), TimeDelta::zero()), []);
    let fired = scheduler.fire_due(bench.clock.now() + TimeDelta::seconds(250), TimeDelta::zero());
    assert_eq!(names(&fired), ["first", "a", "b"]);
    assert_eq!(scheduler.list(Some("claims"), "").len(), 1, "what fired and asked for it is deleted");
    let fired = scheduler.fire_due(bench.clock.now() + TimeDelta::seconds(400), TimeDelta::zero());
    assert_eq!(names(&fired), ["late"]);
    assert_eq!(scheduler.next_due(), None);
}

#[test]
fn a_timer_for_a_function_that_is_not_there_goes_to_its_dead_letters() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    scheduler.create("t", request(&bench, 10)).unwrap();
    scheduler.fire_due(bench.clock.now() + TimeDelta::seconds(20), TimeDelta::zero());
    assert_eq!(bench.queues.contents()["undelivered"][0]["body"], json!({"claim_id": "c"}));
}

#[test]
fn without_delete_a_timer_stays_for_show_and_fires_once() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    let mut kept = request(&bench, 10);
    kept["ActionAfterCompletion"] = json!("NONE");
    scheduler.create("t", kept).unwrap();
    let later = bench.clock.now() + TimeDelta::seconds(20);
    assert_eq!(scheduler.fire_due(later, TimeDelta::zero()).len(), 1);
    assert_eq!(scheduler.fire_due(later, TimeDelta::zero()).len(), 0);
    assert_eq!(scheduler.get("claims", "t").unwrap()["State"], "ENABLED");
}

#[test]
fn a_disabled_timer_does_not_fire() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    let mut disabled = request(&bench, 10);
    disabled["State"] = json!("DISABLED");
    scheduler.create("t", disabled).unwrap();
    assert_eq!(scheduler.fire_due(bench.clock.now() + TimeDelta::seconds(20), TimeDelta::zero()), []);
    assert_eq!(scheduler.get("claims", "t").unwrap()["State"], "DISABLED");
}

#[test]
fn a_name_is_taken_once_but_a_repeated_request_is_not_a_second_one() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    let with_token = |token: &str| {
        let mut request = request(&bench, 10);
        request["ClientToken"] = json!(token);
        request
    };
    scheduler.create("t", with_token("1")).unwrap();
    assert!(scheduler.create("t", with_token("1")).is_ok());
    assert_eq!(scheduler.create("t", with_token("2")).unwrap_err().name(), "ConflictException");
    scheduler.delete("claims", "t").unwrap();
    assert_eq!(scheduler.delete("claims", "t").unwrap_err().name(), "ResourceNotFoundException");
    assert!(scheduler.create("t", with_token("2")).is_ok());
}

#[test]
fn what_the_service_would_refuse_is_refused() {
    let bench = bench(Vec::new());
    let scheduler = scheduler(&bench, Rows::none());
    let changed = |pointer: &str, value: Json| {
        let mut request = request(&bench, 10);
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    for (name, request, expected) in [
        ("t", request(&bench, -10), "ValidationException"),
        ("a b", request(&bench, 10), "ValidationException"),
        (&"n".repeat(65), request(&bench, 10), "ValidationException"),
        ("t", changed("/ScheduleExpression", json!("at(2030-01-01)")), "ValidationException"),
        ("t", changed("/FlexibleTimeWindow/MaximumWindowInMinutes", json!(0)), "ValidationException"),
        ("t", changed("/FlexibleTimeWindow/Mode", json!("OFF")), "ValidationException"),
        ("t", changed("/Target/RoleArn", json!("")), "ValidationException"),
        ("t", changed("/Target/Input", json!("no JSON")), "ValidationException"),
        ("t", changed("/GroupName", json!("other")), "ResourceNotFoundException"),
    ] {
        assert_eq!(scheduler.create(name, request.clone()).unwrap_err().name(), expected, "{name} {request}");
    }
}

#[test]
fn timers_outlive_the_program() {
    let bench = bench(Vec::new());
    let dir = bench.home.path("data");
    std::fs::create_dir(&dir).unwrap();
    let rows = crate::state::Home::open(Some(&dir)).unwrap().rows("timers");
    scheduler(&bench, rows.clone()).create("t", request(&bench, 10)).unwrap();
    let again = scheduler(&bench, rows);
    assert_eq!(names(&again.fire_due(bench.clock.now() + TimeDelta::seconds(20), TimeDelta::zero())), ["t"]);
}

#[test]
fn a_period_comes_again_and_no_more_often_than_asked_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter();
    let rate = Rate { every: std::time::Duration::from_secs(60), input: json!({}) };
    let periodic = crate::template::Function { rates: vec![rate], ..function("reconcile") };
    let bench = bench(vec![(periodic, "exit 1")]);
    let scheduler = scheduler(&bench, Rows::none());
    let due = scheduler.next_due().unwrap();
    // It is started, and is none of the timers that are answered.
    assert!(scheduler.fire_due(due, TimeDelta::zero()).is_empty());
    assert_eq!(scheduler.next_due().unwrap() - due, TimeDelta::seconds(60));
    let due = scheduler.next_due().unwrap();
    scheduler.fire_due(due, TimeDelta::hours(3));
    assert_eq!(scheduler.next_due().unwrap() - due, TimeDelta::hours(3));
}

#[test]
fn the_input_says_when_it_was_due() {
    let schedule = Schedule {
        name: "t".to_owned(),
        group: "claims".to_owned(),
        at: DateTime::UNIX_EPOCH,
        created: DateTime::UNIX_EPOCH,
        done: false,
        disabled: false,
        request: to_raw_value(&json!({})).unwrap(),
    };
    let input = input(&schedule, r#"{"at":"<aws.scheduler.scheduled-time>"}"#);
    assert_eq!(input, json!({"at": "1970-01-01T00:00:00Z"}));
}
