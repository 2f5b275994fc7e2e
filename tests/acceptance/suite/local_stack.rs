//! The local stack as a program: what it keeps, what it says, how it ends.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, Directory, FABRIKAM, Process, Stack, local_program, signal, time};

/// The processes of one function of a stack.
fn processes_of(parent: u32, function: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("there is /proc").filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let child = |id: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let command = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        status.contains(&format!("\nPPid:\t{parent}\n"))
            && command.ends_with(&format!("\0function\0{function}\0"))
    };
    ids.filter(child).collect()
}

/// Waits until a process is gone.
#[track_caller]
fn gone(id: u32) {
    let waiting = ["10", "tail", &format!("--pid={id}"), "-f", "/dev/null"].map(str::to_owned);
    let waited = Command::new("timeout").args(waiting).status().expect("coreutils are installed");
    assert!(waited.success(), "process {id} is still there");
}

/// Runs the program with arguments with which it cannot start: it must say why, and end with an error.
#[track_caller]
fn refuses(arguments: &[&str]) -> String {
    let mut process = Process::start(arguments);
    let status = process.ended();
    assert!(!status.success(), "{arguments:?} ended with {status}");
    let said = process.tail();
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    said
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_data_directory_keeps_claims_mails_clock_and_timers_over_a_restart() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let id = stack.submit(&ClaimBody::new(&stack)).id;
    drop(stack.advance("P1D"));
    let path = format!("/claims/{id}");
    let claim = stack.partner(FABRIKAM).get(&path).ok();
    let (now, mails) = (stack.now(), stack.mails());
    assert!(stack.into_process().stop().success());

    let stack = Stack::again(directory.path());
    let after = stack.now();
    assert!(after >= now && (after - now).num_seconds() < 60, "the clock went from {now} to {after}");
    assert_eq!(stack.partner(FABRIKAM).get(&path).ok(), claim);
    let ids = |mails: &[crate::driver::Mail]| mails.iter().map(|mail| mail.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&stack.mails()), ids(&mails));
    drop(stack.advance("P7D"));
    assert_eq!(stack.partner(FABRIKAM).get(&path).ok()["status"], "official");
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2, "one notice and one reminder");
    assert!(stack.into_process().stop().success());

    let stack = Stack::again(directory.path());
    assert_eq!(stack.partner(FABRIKAM).get(&path).ok()["status"], "official");
    assert_eq!(stack.operator().get(&format!("/tenants/{CONTOSO}")).ok()["name"], "Contoso");
    drop(stack.advance("P30D"));
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2, "nothing fires twice");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_token_is_good_after_a_restart() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let issued = stack.nobody().post("/_local/token", &json!({ "role": "operator" })).ok();
    assert!(stack.into_process().stop().success());
    let stack = Stack::again(directory.path());
    drop(stack.bearer(issued["access_token"].as_str().unwrap()).get("/catalogue").ok());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_power_cut_loses_nothing_that_was_answered() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let body = ClaimBody::new(&stack);
    // Answered, and the notice perhaps still on its way.
    let id =
        stack.partner(FABRIKAM).create("cut", body.json()).expect(201)["id"].as_str().unwrap().to_owned();
    stack.into_process().kill();

    let stack = Stack::again(directory.path());
    stack.settle();
    let claim = stack.partner(FABRIKAM).get(&format!("/claims/{id}")).ok();
    assert_eq!(claim["status"], "awaiting_customer", "{claim:#}");
    assert!(!stack.mails_to("jana@contoso.com").is_empty());
    drop(stack.advance_to(time(&claim["deadline"]) + chrono::TimeDelta::minutes(30)));
    assert_eq!(stack.partner(FABRIKAM).get(&format!("/claims/{id}")).ok()["status"], "official");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_link_that_left_before_a_restart_still_declines() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let id = stack.submit(&ClaimBody::new(&stack)).id;
    let old = stack.link_to("jana@contoso.com").url;
    assert!(stack.into_process().stop().success());
    let stack = Stack::again(directory.path());
    // Another free port this time; the token is what counts.
    let token = old.rsplit('/').next().unwrap();
    stack.link(&format!("{}/{token}", stack.links())).decline();
    assert_eq!(stack.partner(FABRIKAM).get(&format!("/claims/{id}")).ok()["status"], "declined");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn without_a_data_directory_everything_is_forgotten() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    assert!(stack.into_process().stop().success());
    let stack = Stack::bare(&[]);
    assert!(stack.mails().is_empty());
    assert_eq!(stack.partner(FABRIKAM).get("/claims").ok()["items"], json!([]));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_port_in_use_is_said_and_ends_the_program() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = refuses(&["--port", &port, "--link-port", "0"]);
    assert!(said.contains(&format!("port {port} is in use")) && said.contains("--port"), "{said}");
    let said = refuses(&["--port", "0", "--link-port", &port]);
    assert!(said.contains(&format!("port {port} is in use")) && said.contains("--link-port"), "{said}");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_missing_or_unfit_data_directory_is_said_and_ends_the_program() {
    let directory = Directory::new();
    let missing = directory.path().join("missing");
    let missing = missing.to_str().unwrap();
    let said = refuses(&["--port", "0", "--link-port", "0", "--data", missing]);
    assert!(said.contains(&format!("there is no directory {missing}")) && said.contains("mkdir"), "{said}");
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let said = refuses(&["--port", "0", "--link-port", "0", "--data", file.to_str().unwrap()]);
    assert!(said.contains(file.to_str().unwrap()), "{said}");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn two_stacks_on_one_directory_are_refused() {
    let directory = Directory::new();
    let first = Stack::in_directory(directory.path());
    let said = refuses(&["--port", "0", "--link-port", "0", "--data", directory.path().to_str().unwrap()]);
    assert!(said.contains("another local stack is using"), "{said}");
    drop(first.operator().get("/catalogue").ok());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn damaged_state_is_said_and_not_silently_replaced() {
    let directory = Directory::new();
    assert!(Stack::in_directory(directory.path()).into_process().stop().success());
    let state = directory.path().join("state.db");
    forget(directory.path());
    std::fs::write(&state, "{ damaged").unwrap();
    let said = refuses(&["--port", "0", "--link-port", "0", "--data", directory.path().to_str().unwrap()]);
    assert!(said.contains("state.db") && said.contains("not a database"), "{said}");
    assert_eq!(std::fs::read_to_string(&state).unwrap(), "{ damaged");
}

/// Takes away the timers, and with them the mails, which stand in the same file.
fn forget(directory: &Path) {
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        let gone = std::fs::remove_file(directory.join(file));
        assert!(gone.is_ok() || file != "state.db", "no {file} in {}", directory.display());
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_claim_whose_timers_were_lost_is_moved_on_all_the_same() {
    let directory = Directory::new();
    let stack = Stack::in_directory(directory.path());
    let id = stack.submit(&ClaimBody::new(&stack)).id;
    assert!(stack.into_process().stop().success());
    forget(directory.path());

    let stack = Stack::again(directory.path());
    let status = || {
        let claim = stack.partner(FABRIKAM).get(&format!("/claims/{id}")).ok();
        claim["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(stack.advance("P8D"), [] as [String; 0], "no timer is left");
    assert_eq!(status(), "awaiting_customer");
    drop(stack.advance("PT1H"));
    assert_eq!(status(), "official");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn wrong_arguments_are_said_and_end_the_program() {
    for arguments in [
        &["--nonsense"][..],
        &["--port", "70000"],
        &["--set", "CustomerWindow"],
        &["--port", "0", "--link-port", "0", "--set", "NoSuchParameter=1"],
        &["--port", "0", "--link-port", "0", "--set", "CustomerWindow=soon"],
    ] {
        let said = refuses(arguments);
        let named =
            ["nonsense", "port", "CustomerWindow", "NoSuchParameter"].iter().any(|name| said.contains(name));
        assert!(named, "{arguments:?}: {said}");
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_function_that_is_killed_is_started_again_for_the_next_request() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");
    let mut workloads = ["intune", "exchange_online", "sharepoint_online"].iter();
    for function in ["submit-claim", "manage-claims", "notify"] {
        let running = processes_of(stack.process_id(), function);
        assert!(!running.is_empty(), "{function} is not running");
        for id in running {
            signal(id, "KILL");
            gone(id);
        }
        let workload = workloads.next().unwrap();
        stack.submit(&ClaimBody::new(&stack).workloads(&[workload])).is("awaiting_customer");
    }
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn no_function_outlives_the_stack_however_it_ends() {
    for power_cut in [false, true] {
        let stack = Stack::start();
        stack.submit(&ClaimBody::new(&stack));
        let parent = stack.process_id();
        let children: Vec<_> =
            ["submit-claim", "notify", "directory"].iter().flat_map(|f| processes_of(parent, f)).collect();
        assert!(children.len() >= 3, "{children:?}");
        let process = stack.into_process();
        if power_cut {
            process.kill();
        } else {
            assert!(process.stop().success());
        }
        children.into_iter().for_each(gone);
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn an_interrupt_ends_it_in_good_order() {
    let stack = Stack::bare(&[]);
    signal(stack.process_id(), "INT");
    let mut process = stack.into_process();
    assert!(process.ended().success(), "{}", process.tail());
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_tour_of_the_start_up_text_works_when_it_is_pasted() {
    let stack = Stack::bare(&[]);
    let (_, tour) = stack.greeting.split_once("paste into another terminal:").expect("a tour");
    let output = Command::new("bash").arg("-c").arg(tour).output().expect("bash is installed");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(!err.contains("command not found"), "{err}");
    assert!(!out.contains("urn:cpor:problem"), "{out}");
    assert!(out.contains("asks to be") || out.contains("žádá"), "the inbox shows the notice:\n{out}");
    let last: Value = serde_json::from_str(out.lines().last().expect("a claim at the end")).unwrap();
    assert_eq!(last["status"], "official", "{last:#}");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_start_up_text_names_every_address_and_ends_with_ready() {
    let stack = Stack::bare(&[]);
    for text in [stack.gateway(), stack.links(), &format!("{}/_local/inbox", stack.gateway())] {
        assert!(stack.greeting.contains(text) && text.starts_with("http://127.0.0.1:"), "{}", stack.greeting);
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn a_parameter_of_the_template_can_be_set_and_timers_fire_as_real_time_passes() {
    let stack = Stack::start_with(&["--set", "CustomerWindow=PT1S", "--set", "ReminderBefore=none"]);
    let claim = stack.partner(FABRIKAM).create("k", ClaimBody::new(&stack).json()).expect(201);
    let path = format!("/claims/{}", claim["id"].as_str().unwrap());
    let until = Instant::now() + Duration::from_secs(30);
    let mut last = Value::Null;
    while Instant::now() < until {
        stack.settle();
        last = stack.partner(FABRIKAM).get(&path).ok();
        if last["status"] == "official" {
            return;
        }
    }
    panic!("not official after half a minute: {last:#}");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_clock_takes_durations_only_and_never_goes_back() {
    let stack = Stack::bare(&[]);
    let before = stack.now();
    for wrong in ["", "7D", "P", "P1Y", "P1M", "P-1D", "-P1D", "soon", "P99999999D"] {
        let refused = stack.nobody().post("/_local/clock", &json!({ "advance": wrong }));
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
    for wrong in [json!({}), json!({ "advance": 7 }), json!({ "advance": "P1D", "more": 1 }), json!([])] {
        assert_eq!(stack.nobody().post("/_local/clock", &wrong).status, 400, "{wrong}");
    }
    let after = stack.now();
    assert!(after >= before && (after - before).num_minutes() < 2);
    drop(stack.advance("P1DT2H3M4S"));
    assert!((stack.now() - after).num_seconds() >= 86_400 + 7_384);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_inbox_is_a_page_for_a_browser_and_json_for_a_program() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    let inbox = |accept: &str| stack.nobody().request("GET", "/_local/inbox").header("accept", accept).send();
    let page = inbox("text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("Fabrikam asks to be partner of record for Contoso"), "{}", page.text());
    for accept in ["application/json", "*/*"] {
        let json = inbox(accept).ok();
        let mail =
            json["items"].as_array().unwrap().iter().find(|mail| mail["to"] == "jana@contoso.com").unwrap();
        for member in ["id", "to", "subject", "text", "html", "sent_at"] {
            assert!(!mail[member].is_null(), "{member}");
        }
    }
    assert_eq!(stack.nobody().get("/_local/inbox/none").status, 404);
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_issuer_refuses_what_it_does_not_understand() {
    let stack = Stack::bare(&[]);
    for wrong in [json!({}), json!({ "role": 5 }), json!({ "role": "operator", "admin": true }), json!([])] {
        let refused = stack.nobody().post("/_local/token", &wrong);
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn neither_links_nor_tokens_nor_addresses_are_written_to_the_console() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    drop(link.page());
    link.answer("decision=decline&reason=Secret+words");
    let secret = link.url.rsplit('/').next().unwrap().to_owned();
    let process = stack.into_process();
    let said = process.tail();
    assert!(process.stop().success());
    assert!(said.contains("submit-claim"), "there is something to look at: {said}");
    for word in [&secret[26..], "jana@contoso.com", "Nováková", "Secret words", "Bearer", "eyJ"] {
        assert!(!said.contains(word), "`{word}` in\n{said}");
    }
}

/// The program as the tests find it.
#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: the local program's own")]
fn the_program_says_how_it_is_used() {
    let help = Command::new(local_program()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for option in ["--port", "--link-port", "--data", "--set", "--log-level"] {
        assert!(help.contains(option), "{help}");
    }
    assert!(PathBuf::from(local_program()).is_absolute());
}
