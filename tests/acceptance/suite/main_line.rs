//! A claim, a notice, five business days, a partner of record.

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc, Weekday};
use serde_json::{Value, json};

use crate::driver::{CONTOSO, ClaimBody, FABRIKAM, GRACE, SALES, Stack, time};

#[test]
fn a_claim_leads_to_a_mail_with_a_link_and_seven_days_of_silence_make_it_official() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    claim.is("awaiting_customer");

    let mails = stack.mails_to("jana@contoso.com");
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert_eq!(mails[0].subject, "Fabrikam asks to be partner of record for Contoso");
    let page = stack.link_to("jana@contoso.com").page();
    for told in
        ["Fabrikam", "Contoso", "Microsoft Teams", "Nothing is required of you", "You can say no until"]
    {
        assert!(page.contains(told), "the page does not say `{told}`:\n{page}");
    }

    drop(stack.advance("P7D"));
    let official = claim.is("official");
    assert_eq!(official["scopes"][0]["standing"], "official");
    assert_eq!(official["deadline"], Value::Null);
    assert_eq!(stack.dead_letters(), json!({}));
}

#[test]
fn a_new_claim_is_answered_with_its_place_its_version_and_everything_stated() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack).workloads(&["teams", "exchange_online"]);
    let answer = stack.partner(FABRIKAM).create("place", body.json());
    let (place, tag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
    let claim = answer.expect(201);
    assert_eq!(place, format!("/claims/{}", claim["id"].as_str().unwrap()));
    assert_eq!(tag, format!("\"{}\"", claim["version"]));
    for (name, stated) in body.json().as_object().unwrap() {
        if name != "scopes" {
            assert_eq!(&claim[name], stated, "{name}");
        }
    }
    assert_eq!(claim["scopes"][1]["workload"], "exchange_online");
    assert_eq!(claim["scopes"][1]["id"], "s2");
    assert_eq!(claim["status"], "notifying", "approved, and the mail not yet accepted");
    assert_eq!(claim["deadline"], Value::Null);
    assert_eq!(time(&claim["created_at"]), time(&claim["updated_at"]));
    assert_eq!(stack.partner(FABRIKAM).get(&place).ok()["id"], claim["id"]);
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn the_window_is_five_full_business_days_of_the_customer_and_not_a_minute_less() {
    let stack = Stack::start();
    // Told on Monday at 11:00 UTC: Tuesday to Friday and the next Monday are the five, and they end at midnight in Prague.
    drop(stack.advance("PT23H"));
    assert_eq!(stack.now().weekday(), Weekday::Mon);
    let monday = stack.now().date_naive();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let deadline = time(&claim.is("awaiting_customer")["deadline"]);
    assert_eq!(deadline, (monday + Days::new(7)).and_hms_opt(23, 0, 0).unwrap().and_utc());

    drop(stack.advance_to(deadline - TimeDelta::minutes(1)));
    claim.is("awaiting_customer");
    drop(stack.advance("PT31M"));
    claim.is("official");
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn the_window_ends_at_midnight_where_the_customer_is() {
    let stack = Stack::start();
    let sunday = stack.now().date_naive();
    let body = ClaimBody::new(&stack)
        .with("/customer_contact/country", "US")
        .with("/customer_contact/time_zone", "America/Los_Angeles");
    let claim = stack.submit(&body).is("awaiting_customer");
    assert_eq!(time(&claim["deadline"]), (sunday + Days::new(6)).and_hms_opt(8, 0, 0).unwrap().and_utc());
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn public_holidays_of_the_customers_country_do_not_count() {
    let stack = Stack::start();
    let (year, now) = (stack.now().year(), stack.now());
    let told = DateTime::<Utc>::from_naive_utc_and_offset(
        chrono::NaiveDate::from_ymd_opt(year, 12, 22).unwrap().and_hms_opt(9, 0, 0).unwrap(),
        Utc,
    );
    assert!(told > now);
    drop(stack.advance_to(told));
    let claim = stack.submit(&ClaimBody::new(&stack)).is("awaiting_customer");

    let free = |day: chrono::NaiveDate| {
        let holiday = matches!((day.month(), day.day()), (12, 24..=26) | (1, 1));
        holiday || matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    };
    let after = told.date_naive().iter_days().skip(1).filter(|day| !free(*day));
    let fifth = after.take(5).last().unwrap();
    // The end of that day in Prague is 23:00 in winter.
    assert_eq!(time(&claim["deadline"]), fifth.and_hms_opt(23, 0, 0).unwrap().and_utc());
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn a_country_without_a_calendar_falls_back_to_weekends_and_the_mail_says_so() {
    let stack = Stack::start();
    let body =
        ClaimBody::new(&stack).with("/customer_contact/country", "IO").without("/customer_contact/time_zone");
    let deadline = time(&stack.submit(&body).is("awaiting_customer")["deadline"]);
    let told = &stack.mails_to("jana@contoso.com")[0];
    let text = told.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("We have no calendar of public holidays for your country"), "{text}");
    let days = (deadline - told.sent_at).num_days();
    assert!((5..=6).contains(&days), "Sunday noon to the end of Friday are five and a half days, not {days}");
}

#[test]
fn opening_the_page_twice_and_asking_for_its_head_change_nothing() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    let before = (claim.read(), claim.history());
    let first = link.open();
    assert_eq!((first.status, link.head().status), (200, 200));
    assert_eq!(first.body, link.open().body);
    assert!(link.head().body.is_empty());
    for query in ["?step=decline", "?step=accept", "?decision=decline", "?decision=accept&scopes=s1"] {
        assert_eq!(link.ask("GET", query).status, 200, "{query}");
        assert_eq!(link.ask("HEAD", query).status, 200, "{query}");
    }
    assert_eq!((claim.read(), claim.history()), before);
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
}

#[test]
fn the_partner_is_told_that_the_customer_was_informed_and_that_the_association_is_official() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack));
    let mails = stack.mails_to("petr@fabrikam.example");
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["Customer informed: Contoso Teams rollout", "Official: Contoso Teams rollout"]);
    for mail in &mails {
        assert!(mail.text.contains(&claim.id) && mail.text.contains("Contoso"), "{}", mail.text);
        assert!(
            !mail.text.contains(stack.links()),
            "a partner must not get the customer's link:\n{}",
            mail.text
        );
        assert!(
            !mail.html.contains(stack.links()),
            "a partner must not get the customer's link:\n{}",
            mail.html
        );
    }
}

#[test]
#[cfg_attr(
    feature = "deployed",
    ignore = "local only: business days and minutes are seconds on a deployed stack"
)]
fn exactly_one_reminder_leaves_one_business_day_before_the_deadline() {
    let stack = Stack::start();
    let claim = stack.submit(&ClaimBody::new(&stack));
    let deadline = time(&claim.is("awaiting_customer")["deadline"]);
    // It ends with Friday, so the reminder comes on that last business day's eve or morning, never after it began to be late.
    claim.pass_deadline();
    let mails = stack.mails_to("jana@contoso.com");
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    let subject = "Fabrikam asks to be partner of record for Contoso";
    assert_eq!(subjects, [subject, &format!("Reminder: {subject}")]);
    let before = deadline - mails[1].sent_at;
    assert!(before >= TimeDelta::hours(24) && before <= TimeDelta::hours(48), "{before}");
    drop(stack.advance("P30D"));
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 2);
}

#[test]
fn a_reminder_asks_for_what_is_still_undecided_alone() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack).workloads(&["teams", "exchange_online"]));
    stack.link_to("jana@contoso.com").answer("decision=decline&scopes=s1");
    drop(stack.advance("P14D"));
    let mails = stack.mails_to("jana@contoso.com");
    let [notice, reminder] = &mails[..] else { panic!("{} mails", mails.len()) };
    for name in ["Microsoft Teams", "Exchange Online"] {
        assert!(notice.text.contains(name), "{}", notice.text);
    }
    assert!(!reminder.text.contains("Microsoft Teams"), "{}", reminder.text);
    assert!(reminder.text.contains("Exchange Online"), "{}", reminder.text);
}

#[test]
fn no_reminder_goes_to_a_customer_that_has_decided() {
    let stack = Stack::start();
    stack.submit(&ClaimBody::new(&stack));
    stack.link_to("jana@contoso.com").accept();
    drop(stack.advance("P14D"));
    assert_eq!(stack.mails_to("jana@contoso.com").len(), 1);
}

#[test]
fn the_history_tells_who_did_what_and_when() {
    let stack = Stack::start();
    let started = stack.now();
    let claim = stack.official(&ClaimBody::new(&stack));
    let link = stack.link_to("jana@contoso.com");
    link.answer("decision=decline&reason=We+work+with+somebody+else");
    let history = claim.history();
    let told: Vec<_> = history
        .iter()
        .map(|change| {
            let events =
                change["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap());
            let by = change["by"]["role"].as_str().unwrap();
            (by, events.collect::<Vec<_>>().join(" "), change["status"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ("partner", "created submitted approved", "notifying"),
        ("system", "customer_told", "awaiting_customer"),
        ("system", "became_official", "official"),
        ("customer", "declined", "declined"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(by, events, status)| (*by, (*events).to_owned(), *status)).collect();
    assert_eq!(told, expected, "{history:#?}");
    let times: Vec<_> = history.iter().map(|change| time(&change["at"])).collect();
    assert!(times.is_sorted() && times[0] >= started - TimeDelta::seconds(1), "{times:?}");
    let versions: Vec<_> = history.iter().map(|change| change["version"].as_u64().unwrap()).collect();
    assert!(versions.is_sorted(), "{versions:?}");
    assert_eq!(history[3]["events"][0]["reason"], "We work with somebody else");
    let secret = link.url.rsplit('/').next().unwrap();
    assert!(!json!(history).to_string().contains(&secret[30..]), "the history shows a link");
}

#[test]
fn the_history_shows_people_to_their_own_side_and_roles_to_the_other() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack).contact("jana@elsewhere.example");
    let claim = stack.submit(&body);
    drop(claim.review("approve", &json!({})).ok());
    let vendor = stack.reviewer().get(&claim.at("history")).ok();
    let of = |history: &Value, role: &str| {
        let found = history["items"].as_array().unwrap().iter().find(|change| change["by"]["role"] == role);
        found.unwrap_or_else(|| panic!("no change by {role} in {history:#}"))["by"]["id"].clone()
    };
    let partner = json!({ "items": claim.history() });
    assert!(of(&partner, "partner").is_string() && of(&partner, "reviewer").is_null());
    assert!(of(&vendor, "reviewer").is_string() && of(&vendor, "partner").is_null());
}

#[test]
fn associations_are_listed_for_their_partner_and_by_tenant_for_the_vendor_ended_ones_too() {
    let stack = Stack::start();
    let body = ClaimBody::new(&stack);
    let both = stack.all_official(&[body.clone(), body.product("osa_sell", SALES, "dynamics365_sales")]);
    let [teams, sales] = &both[..] else { panic!("two claims") };
    let own = stack.user(FABRIKAM).get("/associations").ok();
    let claims: Vec<_> = own["items"].as_array().unwrap().iter().map(|one| one["claim_id"].clone()).collect();
    assert!(
        claims.len() == 2 && claims.contains(&json!(teams.id)) && claims.contains(&json!(sales.id)),
        "{own:#}"
    );
    let of_sales =
        own["items"].as_array().unwrap().iter().find(|one| one["claim_id"] == json!(sales.id)).unwrap();
    assert_eq!(of_sales["subscription_id"], SALES);
    assert_eq!((&of_sales["program"], &of_sales["tenant_id"]), (&json!("osa_sell"), &json!(CONTOSO)));
    assert!(time(&of_sales["official_since"]) <= stack.now());

    drop(teams.ask("disassociate", &json!({ "reason": "The project is over" })).ok());
    let own = stack.partner(FABRIKAM).get("/associations").ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "{own:#}");
    for caller in [stack.reviewer(), stack.operator()] {
        let all = caller.get(&format!("/associations?tenant_id={CONTOSO}")).ok();
        let all = all["items"].as_array().unwrap();
        assert_eq!(all.len(), 2, "{all:#?}");
        assert!(all.iter().all(|one| one["partner_id"] == FABRIKAM));
        let ended = all.iter().find(|one| one["claim_id"] == json!(teams.id)).unwrap();
        assert_eq!(ended["ended_as"], "disassociated");
        assert!(time(&ended["ended_at"]) <= stack.now());
        assert_eq!(all.iter().filter(|one| one["ended_at"].is_null()).count(), 1);
    }
}

#[test]
fn every_programme_reaches_official_and_its_mail_says_what_the_partner_would_see() {
    let stack = Stack::start();
    let usage = "the number of monthly active users";
    let seats = "how many seats you have bought";
    for (body, told, untold) in [
        (ClaimBody::new(&stack), usage, seats),
        (ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales"), seats, usage),
        (ClaimBody::new(&stack).product("osu_business_apps", GRACE, "power_bi"), usage, seats),
    ] {
        stack.submit(&body);
        let mail = stack.mails_to("jana@contoso.com").pop().unwrap();
        let page = stack.link_to("jana@contoso.com").page();
        for text in [&mail.text, &mail.html, &page] {
            assert!(text.contains(told) && !text.contains(untold), "{}\n{text}", body.json()["program"]);
        }
    }
    drop(stack.advance("P7D"));
    let claims = stack.partner(FABRIKAM).get("/claims").ok();
    let statuses: Vec<_> = claims["items"].as_array().unwrap().iter().map(|claim| &claim["status"]).collect();
    assert_eq!(statuses, ["official"; 3]);
}

#[test]
fn a_tenant_and_its_subscriptions_carry_many_partners_over_different_scopes() {
    let stack = Stack::start();
    let (ours, theirs) = (ClaimBody::new(&stack), ClaimBody::of_wingtip(&stack));
    stack.all_official(&[ours.workloads(&["teams"]), theirs.workloads(&["exchange_online"])]);
    let all = stack.operator().get(&format!("/associations?tenant_id={CONTOSO}")).ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "{all:#}");
}
