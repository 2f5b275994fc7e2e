//! Many claims in one request: every row stands for itself, and the call can be repeated.

use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, SALES, Stack, WINGTIP};

const LINES: &str = "application/jsonl";
const TABLE: &str = "text/csv";
const COLUMNS: &str = "name,program,activity,partner_id,tenant_id,domain,scopes,customer_contact.name,customer_contact.title,\
    customer_contact.email,customer_contact.language,customer_contact.country,partner_contact.name,partner_contact.email,\
    evidence,comment,draft";

fn lines(bodies: &[ClaimBody]) -> String {
    bodies.iter().map(|body| format!("{}\n", body.json())).collect()
}

/// A row of a table, all right but for what a test puts into these cells.
fn cells(stack: &Stack, name: &str, scopes: &str, draft: &str) -> String {
    let signed = stack.days_ago(30);
    format!(
        "{name},osu_m365,usage,{FABRIKAM},{CONTOSO},contoso.com,{scopes},Jana Nováková,Head of IT,jana@contoso.com,en,CZ,\
        Petr Svoboda,petr@fabrikam.example,signed_statement|{signed}|SOW-118,,{draft}\n"
    )
}

/// The outcomes of the rows, and that the counts are those of the rows, which are there in their order.
#[track_caller]
fn outcomes(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap().to_owned()).collect();
    for outcome in ["created", "repeated", "refused", "not_tried"] {
        let count = outcomes.iter().filter(|one| *one == outcome).count();
        assert_eq!(answer[outcome], count, "{answer:#}");
    }
    let numbers: Vec<_> = rows.iter().map(|row| row["row"].as_u64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=rows.len() as u64), "{numbers:?}");
    outcomes
}

/// Pointers and codes of a refused row's errors.
fn errors(row: &Value) -> Vec<(&str, &str)> {
    let errors = row["errors"].as_array().unwrap().iter();
    errors.map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

#[test]
fn json_lines_are_a_claim_each_and_every_claim_goes_its_own_way() {
    let stack = Stack::start();
    let text = lines(&[
        ClaimBody::new(&stack),
        ClaimBody::new(&stack).workloads(&["intune"]).draft(),
        ClaimBody::new(&stack).workloads(&["exchange_online"]).contact("jana@elsewhere.example"),
    ]);
    // Empty lines are no rows, and some programs begin a text with a byte order mark.
    let text = format!("\u{feff}{}\r\n \n", text.replace('\n', "\r\n\r\n"));
    let answer = stack.partner(FABRIKAM).bulk("lines", LINES, &text).ok();
    assert_eq!(outcomes(&answer), ["created"; 3]);
    let statuses: Vec<_> = answer["rows"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["notifying", "draft", "under_review"]);
    for (row, status) in
        answer["rows"].as_array().unwrap().iter().zip(["awaiting_customer", "draft", "under_review"])
    {
        stack.claim(FABRIKAM, &row["claim_id"]).is(status);
    }
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
    assert_eq!(stack.dead_letters(), json!({}));
    drop(stack.advance("P14D"));
    stack.claim(FABRIKAM, &answer["rows"][0]["claim_id"]).is("official");
}

#[test]
fn lines_are_read_under_any_media_type_but_that_of_tables() {
    let stack = Stack::start();
    for (media_type, workload) in [
        ("application/json", "teams"),
        ("application/x-ndjson; charset=utf-8", "intune"),
        ("text/plain", "exchange_online"),
    ] {
        let text = lines(&[ClaimBody::new(&stack).workloads(&[workload])]);
        let answer = stack.partner(FABRIKAM).bulk(media_type, media_type, &text).ok();
        assert_eq!(outcomes(&answer), ["created"], "{media_type}");
    }
}

#[test]
fn a_row_of_a_table_is_the_claim_that_its_cells_amount_to() {
    let stack = Stack::start();
    let signed = stack.days_ago(30);
    let table = format!(
        "\u{FEFF}name,program,activity,partner_id,tenant_id,domain,scopes,customer_contact.name,customer_contact.title,\
        customer_contact.email,customer_contact.language,customer_contact.country,customer_contact.time_zone,\
        second_contact.name,second_contact.title,second_contact.email,second_contact.language,second_contact.country,\
        partner_contact.name,partner_contact.email,evidence,comment,draft\r\n\
        \"Contoso, \"\"Teams\"\"\",osu_m365,usage,{FABRIKAM},{CONTOSO},contoso.com,workload:teams; workload:intune,\
        Jana Nováková,IT manager,jana@contoso.com,en,CZ,Europe/Prague,Karel Dvořák,CIO,karel@contoso.com,en,CZ,\
        Petr Svoboda,petr@fabrikam.example,signed_statement|{signed}|SOW-118; signed_statement|{signed}|SOW|119,\
        \"Two\nlines\",\r\n\
        Sales,osa_sell,sell,{FABRIKAM},{CONTOSO},contoso.com,product:dynamics365_sales@{SALES},\
        Jana Nováková,IT manager,jana@contoso.com,en,CZ,Europe/Prague,,,,,,\
        Petr Svoboda,petr@fabrikam.example,signed_statement|{signed}|SOW-118,,true\r\n"
    );
    let answer = stack.partner(FABRIKAM).bulk("table", "Text/CSV; charset=utf-8", &table).ok();
    assert_eq!(outcomes(&answer), ["created"; 2], "{answer:#}");
    let proof =
        |reference: &str| json!({ "kind": "signed_statement", "signed_on": signed, "reference": reference });
    let body = ClaimBody::new(&stack)
        .with("/name", "Contoso, \"Teams\"")
        .workloads(&["teams", "intune"])
        .second_contact("karel@contoso.com")
        .with("/evidence", json!([proof("SOW-118"), proof("SOW|119")]))
        .with("/comment", "Two\nlines");
    let sales = ClaimBody::new(&stack).with("/name", "Sales").product("osa_sell", SALES, "dynamics365_sales");
    for ((row, stated), status) in
        answer["rows"].as_array().unwrap().iter().zip([body, sales]).zip(["awaiting_customer", "draft"])
    {
        let claim = stack.claim(FABRIKAM, &row["claim_id"]).is(status);
        for (name, value) in stated.json().as_object().unwrap().iter().filter(|(name, _)| *name != "scopes") {
            assert_eq!(&claim[name], value, "{name}");
        }
        for (scope, value) in
            claim["scopes"].as_array().unwrap().iter().zip(stated.json()["scopes"].as_array().unwrap())
        {
            for (name, value) in value.as_object().unwrap() {
                assert_eq!(&scope[name], value, "{name}");
            }
        }
    }
}

#[test]
fn a_bad_line_spoils_no_other_and_says_everything_that_is_wrong_with_it() {
    let stack = Stack::start();
    let good = ClaimBody::new(&stack);
    let text = [
        good.json().to_string(),
        "{ no json".to_owned(),
        good.clone().without("/domain").with("/name", "").json().to_string(),
        "[]".to_owned(),
        ClaimBody::of_wingtip(&stack).json().to_string(),
        good.clone().workloads(&["viva_engage"]).json().to_string(),
        good.clone().workloads(&["intune"]).json().to_string(),
    ];
    let answer = stack.partner(FABRIKAM).bulk("bad", LINES, &text.join("\n")).ok();
    assert_eq!(
        outcomes(&answer),
        ["created", "refused", "refused", "refused", "refused", "refused", "created"]
    );
    let rows = &answer["rows"];
    for (row, code) in [
        (1, "not_json"),
        (2, "invalid_request"),
        (3, "invalid_request"),
        (4, "invalid_request"),
        (5, "claim_not_acceptable"),
    ] {
        assert_eq!(rows[row]["code"], code, "{:#}", rows[row]);
        assert!(rows[row]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{:#}", rows[row]);
        assert!(rows[row].get("claim_id").is_none(), "{:#}", rows[row]);
    }
    assert_eq!(errors(&rows[1]), []);
    let mut found = errors(&rows[2]);
    found.sort_unstable();
    assert_eq!(found, [("/domain", "required"), ("/name", "empty")]);
    assert_eq!(errors(&rows[4]), [("/partner_id", "partner_id_not_yours")]);
    assert_eq!(errors(&rows[5]), [("/scopes/0/workload", "workload_not_in_tenant")]);
    assert_eq!(stack.partner(FABRIKAM).get("/claims").ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(stack.partner(WINGTIP).get("/claims").ok()["items"], json!([]));
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2);
}

#[test]
fn a_bad_row_of_a_table_spoils_no_other() {
    let stack = Stack::start();
    let table = [
        format!("{COLUMNS}\n"),
        cells(&stack, "First", "workload:teams", ""),
        "too,few\n".to_owned(),
        cells(&stack, "Perhaps a draft", "workload:intune", "perhaps"),
        cells(&stack, "No scope", "nonsense", ""),
        cells(&stack, "No date", "workload:intune", "").replace(&stack.days_ago(30), "yesterday"),
        cells(&stack, "Last", "workload:intune", ""),
    ];
    let answer = stack.partner(FABRIKAM).bulk("table", TABLE, &table.concat()).ok();
    let rows = &answer["rows"];
    assert_eq!(errors(&rows[1]), [("", "invalid_csv")], "{:#}", rows[1]);
    assert_eq!(errors(&rows[2]), [("/draft", "wrong_type")], "{:#}", rows[2]);
    assert_eq!(
        errors(&rows[4]).iter().map(|error| error.0).collect::<Vec<_>>(),
        ["/evidence/0/signed_on"],
        "{answer:#}"
    );
    let scopes = errors(&rows[3]);
    assert!(!scopes.is_empty(), "{:#}", rows[3]);
    assert!(scopes.iter().all(|error| error.0.starts_with("/scopes/0")), "{scopes:?}");
    assert_eq!(
        outcomes(&answer),
        ["created", "refused", "refused", "refused", "refused", "created"],
        "{answer:#}"
    );
}

#[test]
fn a_repeated_call_answers_what_is_there_and_creates_what_is_missing() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let text = lines(&[
        ClaimBody::new(&stack),
        ClaimBody::new(&stack).workloads(&["viva_engage"]),
        ClaimBody::new(&stack).workloads(&["intune"]).draft(),
    ]);
    let first = partner.bulk("again", LINES, &text).ok();
    assert_eq!(outcomes(&first), ["created", "refused", "created"]);
    stack.put_contoso(&json!({ "workloads": ["teams", "viva_engage", "intune"] }));
    drop(stack.advance("P14D"));
    let partner = stack.partner(FABRIKAM);
    let second = partner.bulk("again", LINES, &text).ok();
    assert_eq!(outcomes(&second), ["repeated", "created", "repeated"]);
    for row in [0, 2] {
        for member in ["claim_id", "status"] {
            assert_eq!(second["rows"][row][member], first["rows"][row][member], "{member} of row {row}");
        }
    }
    stack.settle();
    let third = partner.bulk("again", LINES, &text).ok();
    assert_eq!(outcomes(&third), ["repeated"; 3]);
    assert_eq!(third["rows"][1]["claim_id"], second["rows"][1]["claim_id"]);
    assert_eq!(partner.get("/claims").ok()["items"].as_array().unwrap().len(), 3);
    let notices = stack.subjects_to("jana@contoso.com");
    assert_eq!(
        notices.iter().filter(|subject| subject.starts_with("Fabrikam asks")).count(),
        2,
        "{notices:?}"
    );
}

#[test]
fn a_row_that_has_changed_under_its_key_is_refused_and_the_others_are_repeated() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let row = |workload: &str| ClaimBody::new(&stack).workloads(&[workload]);
    drop(partner.bulk("changed", LINES, &lines(&[row("teams"), row("intune")])).ok());
    let changed = [row("teams"), row("intune").with("/name", "Another"), row("exchange_online")];
    let answer = partner.bulk("changed", LINES, &lines(&changed)).ok();
    assert_eq!(outcomes(&answer), ["repeated", "refused", "created"]);
    assert_eq!(answer["rows"][1]["code"], "idempotency_key_reused");
}

#[test]
fn a_key_names_other_claims_in_a_bulk_call_than_in_a_single_one_and_for_another_partner() {
    let stack = Stack::start();
    let row = |workload: &str| ClaimBody::new(&stack).workloads(&[workload]);
    drop(stack.partner(FABRIKAM).create("shared", row("teams").json()).expect(201));
    let ours = stack.partner(FABRIKAM).bulk("shared", LINES, &lines(&[row("intune")])).ok();
    let theirs = ClaimBody::of_wingtip(&stack).workloads(&["exchange_online"]);
    let theirs = stack.partner(WINGTIP).bulk("shared", LINES, &lines(&[theirs])).ok();
    assert_eq!((outcomes(&ours), outcomes(&theirs)), (vec!["created".into()], vec!["created".into()]));
    assert_ne!(ours["rows"][0]["claim_id"], theirs["rows"][0]["claim_id"]);
    let id = theirs["rows"][0]["claim_id"].as_str().unwrap();
    drop(stack.partner(FABRIKAM).get(&format!("/claims/{id}")).problem(404, "not_found"));
}

#[test]
fn sixty_rows_are_created_once_when_two_calls_run_at_once() {
    let stack = Stack::start();
    let row = |number: usize| ClaimBody::new(&stack).draft().with("/name", format!("Draft {number:02}"));
    let text = lines(&(0..60).map(row).collect::<Vec<_>>());
    let partner = stack.partner(FABRIKAM);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..2).map(|_| scope.spawn(|| partner.bulk("sixty", LINES, &text).ok())).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let created: u64 = answers.iter().map(|answer| answer["created"].as_u64().unwrap()).sum();
    let repeated: u64 = answers.iter().map(|answer| answer["repeated"].as_u64().unwrap()).sum();
    assert_eq!((created, repeated), (60, 60), "{answers:#?}");
    let (claims, _) = partner.all_pages("/claims?limit=100");
    assert_eq!(claims.len(), 60);
    let mut names: Vec<_> = claims.iter().map(|claim| claim["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 60);
}

#[test]
fn of_rows_that_claim_the_same_one_is_created_and_the_others_are_refused() {
    let stack = Stack::start();
    let row = |number: usize| ClaimBody::new(&stack).with("/name", format!("Claim {number}"));
    let text = lines(&(0..5).map(row).collect::<Vec<_>>());
    let answer = stack.partner(FABRIKAM).bulk("same", LINES, &text).ok();
    let mut found = outcomes(&answer);
    found.sort_unstable();
    assert_eq!(found, ["created", "refused", "refused", "refused", "refused"], "{answer:#}");
    for row in answer["rows"].as_array().unwrap().iter().filter(|row| row["outcome"] == "refused") {
        assert_eq!(errors(row), [("/scopes/0", "already_claimed_by_you")]);
    }
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
    let again = stack.partner(FABRIKAM).bulk("same", LINES, &text).ok();
    assert_eq!((&again["repeated"], &again["refused"]), (&json!(1), &json!(4)));
}

#[test]
fn a_row_that_competes_goes_to_a_reviewer() {
    let stack = Stack::start();
    stack.official(&ClaimBody::of_wingtip(&stack));
    let text = lines(&[ClaimBody::new(&stack), ClaimBody::new(&stack).workloads(&["intune"])]);
    let answer = stack.partner(FABRIKAM).bulk("competing", LINES, &text).ok();
    assert_eq!(outcomes(&answer), ["created"; 2]);
    assert_eq!(answer["rows"][0]["status"], "under_review");
    assert_eq!(answer["rows"][1]["status"], "notifying");
    assert!(!answer.to_string().contains(WINGTIP), "{answer:#}");
}

#[test]
fn without_a_key_nothing_is_created() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let text = lines(&[ClaimBody::new(&stack)]);
    let upload = || {
        let upload = partner.request("POST", "/claims/bulk").header("content-type", LINES);
        upload.bytes(text.clone().into_bytes())
    };
    drop(upload().send().problem(400, "idempotency_key_required"));
    let long = "k".repeat(201);
    for key in ["", long.as_str()] {
        drop(upload().key(key).send().problem(400, "idempotency_key_required"));
    }
    stack.is_untouched();
}

#[test]
fn a_header_that_is_not_understood_refuses_the_table_as_a_whole() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let row = cells(&stack, "First", "workload:teams", "");
    let with = |header: &str| partner.bulk("header", TABLE, &format!("{header}\n{row}"));
    let misspelt = COLUMNS.replacen("name,", "nmae,", 1);
    with(&misspelt).problem(400, "invalid_request").is_exactly(&[("", "unknown_column")]);
    let twice = COLUMNS.replacen("domain,", "name,", 1);
    with(&twice).problem(400, "invalid_request").is_exactly(&[("", "repeated_column")]);
    let both = misspelt.replacen("domain,", "scopes,", 1);
    with(&both)
        .problem(400, "invalid_request")
        .is_exactly(&[("", "repeated_column"), ("", "unknown_column")]);
    // Lines that say that they are a table.
    let lines = lines(&[ClaimBody::new(&stack)]);
    drop(partner.bulk("header", TABLE, &lines).problem(400, "invalid_request"));
    stack.is_untouched();
    // The key is not used up.
    assert_eq!(outcomes(&with(COLUMNS).ok()), ["created"]);
}

#[test]
fn a_call_has_one_to_a_thousand_rows_and_at_most_four_mebibytes() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let wrong = |media_type: &str, text: &str| {
        partner
            .bulk("number", media_type, text)
            .problem(400, "invalid_request")
            .is_exactly(&[("", "wrong_number_of_rows")]);
    };
    for (media_type, text) in [(LINES, ""), (LINES, " \n\n"), (TABLE, ""), (TABLE, COLUMNS)] {
        wrong(media_type, text);
    }
    wrong(LINES, &"{}\n".repeat(1001));
    wrong(TABLE, &format!("name,domain\n{}", "a,b\n".repeat(1001)));
    let most = partner.bulk("number", LINES, &"{}\n".repeat(1000)).ok();
    assert_eq!(most["refused"], 1000);
    let large = partner.bulk("number", LINES, &" ".repeat(4 * 1024 * 1024 + 1));
    drop(large.problem(413, "body_too_large"));
    let binary = partner.request("POST", "/claims/bulk").key("number").header("content-type", LINES);
    drop(binary.bytes(vec![b'{', 0xFF, 0xFE]).send().problem(400, "not_json"));
    stack.is_untouched();
}
