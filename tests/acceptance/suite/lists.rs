//! Lists: filters, orders, pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, SALES, Stack, WINGTIP, time};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn drafts(stack: &Stack, count: usize, prefix: &str) -> Vec<String> {
    let partner = stack.partner(FABRIKAM);
    let make = |number: usize| {
        let body = ClaimBody::new(stack).draft().with("/name", format!("{prefix} {number:03}"));
        partner.create(&format!("{prefix}-{number}"), body.json()).expect(201)["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (0..count).map(make).collect()
}

#[test]
fn sixty_claims_are_paged_through_without_loss_or_repetition_each_way() {
    let stack = Stack::start();
    let made: BTreeSet<String> = drafts(&stack, 60, "Claim").into_iter().collect();
    stack.submit(&ClaimBody::of_wingtip(&stack));
    let partner = stack.user(FABRIKAM);
    let mut orders: Vec<Vec<String>> = Vec::new();
    for (query, pages) in [
        ("?limit=7&sort=created", 9),
        ("?limit=7&sort=-created", 9),
        ("?limit=25&sort=-created", 3),
        ("?limit=60&sort=created", 1),
        ("?limit=100&sort=created", 1),
        ("?limit=1&sort=-created", 60),
    ] {
        let (items, sizes) = partner.all_pages(&format!("/claims{query}"));
        let found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found.len(), 60, "{query}");
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), made, "{query}");
        // A last page that is empty is allowed when the one before was just filled.
        assert!(
            sizes.len() == pages || (sizes.len() == pages + 1 && sizes[pages] == 0),
            "{query}: {sizes:?}"
        );
        let times: Vec<_> = items.iter().map(|item| time(&item["created_at"])).collect();
        let ordered =
            if query.contains("-created") { times.is_sorted_by(|a, b| a >= b) } else { times.is_sorted() };
        assert!(ordered, "{query}: {times:?}");
        orders.push(found);
    }
    let reversed: Vec<_> = orders[1].iter().rev().cloned().collect();
    assert_eq!(orders[0], reversed, "one order is not the other turned round");
    assert_eq!(orders[1], orders[2]);
    assert_eq!(partner.get("/claims").ok()["items"].as_array().unwrap().len(), 25, "25 is the default");
}

#[test]
fn a_page_behind_a_filter_is_full_and_the_next_goes_on_where_it_ended() {
    let stack = Stack::start();
    let odd: BTreeSet<String> = drafts(&stack, 30, "Alpha").into_iter().collect();
    drafts(&stack, 30, "Beta");
    let partner = stack.partner(FABRIKAM);
    for path in ["/claims?q=alpha&limit=7", "/claims?q=ALPHA&limit=7&sort=created"] {
        let (items, sizes) = partner.all_pages(path);
        let found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found.len(), 30, "{path}: {sizes:?}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), odd, "{path}");
        assert!(sizes[..4].iter().all(|size| *size == 7), "{sizes:?}");
    }
}

#[test]
fn a_page_stays_right_while_claims_are_added_and_changed() {
    let stack = Stack::start();
    drafts(&stack, 12, "First");
    let partner = stack.partner(FABRIKAM);
    let made = ids(&partner.get("/claims?sort=created").ok());
    let page = partner.get("/claims?limit=5&sort=created").ok();
    assert_eq!(ids(&page), made[..5]);
    drop(partner.post(&format!("/claims/{}/withdraw", made[4]), &json!({})).ok());
    drop(stack.advance("PT5S"));
    drafts(&stack, 3, "Later");
    let next = page["next"].as_str().unwrap();
    let rest = partner.get(&format!("/claims?limit=7&sort=created&cursor={next}")).ok();
    assert_eq!(ids(&rest), made[5..]);
}

#[test]
fn claims_are_filtered_by_status_programme_tenant_and_name() {
    let stack = Stack::start();
    let other_tenant = "44444444-0000-4000-8000-000000000004";
    let tenant =
        json!({ "name": "Adatum", "country": "DE", "domains": ["adatum.example"], "workloads": ["teams"] });
    drop(stack.operator().put(&format!("/tenants/{other_tenant}"), &tenant).expect(201));
    let official = stack.official(&ClaimBody::new(&stack).with("/name", "Ärzte & Co. Teams"));
    let draft = stack.submit(&ClaimBody::new(&stack).draft().with("/name", "Intune draft"));
    let sell = stack.submit(
        &ClaimBody::new(&stack).product("osa_sell", SALES, "dynamics365_sales").with("/name", "Sales 100%"),
    );
    let adatum = ClaimBody::new(&stack)
        .with("/tenant_id", other_tenant)
        .with("/domain", "adatum.example")
        .contact("x@adatum.example")
        .with("/name", "Adatum Teams");
    let adatum = stack.submit(&adatum);
    let partner = stack.partner(FABRIKAM);
    let check = |query: &str, expected: &[&str]| {
        let mut found = ids(&partner.get(&format!("/claims?{query}")).ok());
        let mut expected: Vec<_> = expected.iter().map(|id| (*id).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{query}");
    };
    check("", &[&official.id, &draft.id, &sell.id, &adatum.id]);
    check("status=official", &[&official.id]);
    check("status=draft", &[&draft.id]);
    check("status=awaiting_customer", &[&sell.id, &adatum.id]);
    check("status=rejected", &[]);
    check("program=osa_sell", &[&sell.id]);
    check("program=osu_business_apps", &[]);
    check(&format!("tenant_id={other_tenant}"), &[&adatum.id]);
    check(&format!("tenant_id={}&status=awaiting_customer", crate::driver::CONTOSO), &[&sell.id]);
    check("q=teams", &[&official.id, &adatum.id]);
    check("q=TEAMS&program=osu_m365&status=official", &[&official.id]);
    check("q=%C3%A4rzte+%26", &[&official.id]);
    check("q=100%25", &[&sell.id]);
    check("q=nothing", &[]);
    check("q=%27%22%29+OR+1%3D1", &[]);
    check(&format!("q={}", "x".repeat(500)), &[]);
    check(&format!("partner_id={FABRIKAM}&q=draft"), &[&draft.id]);
    check(&format!("partner_id={WINGTIP}"), &[]);
}

#[test]
fn claims_are_sorted_by_deadline_each_way() {
    let stack = Stack::start();
    let mut expected = Vec::new();
    for workload in ["teams", "intune", "exchange_online"] {
        expected.push(stack.submit(&ClaimBody::new(&stack).workloads(&[workload])).id);
        drop(stack.advance("P1D"));
    }
    let partner = stack.partner(FABRIKAM);
    assert_eq!(ids(&partner.get("/claims?sort=deadline&status=awaiting_customer").ok()), expected);
    expected.reverse();
    assert_eq!(ids(&partner.get("/claims?sort=-deadline&status=awaiting_customer").ok()), expected);
    let (paged, _) = partner.all_pages("/claims?sort=-deadline&limit=1");
    let paged: Vec<_> = paged.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(paged, expected);
}

#[test]
fn a_list_sorted_by_deadline_loses_no_claim_that_has_none() {
    let stack = Stack::start();
    let draft = stack.submit(&ClaimBody::new(&stack).draft());
    let waiting = stack.submit(&ClaimBody::new(&stack).workloads(&["intune"]));
    let all: BTreeSet<_> = [draft.id, waiting.id].into();
    for sort in ["deadline", "-deadline", "created", "-created"] {
        let found = ids(&stack.partner(FABRIKAM).get(&format!("/claims?sort={sort}")).ok());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), all, "{sort}");
    }
}

#[test]
fn history_and_associations_are_paged_too() {
    let stack = Stack::start();
    let claim = stack.official(&ClaimBody::new(&stack).workloads(&["teams", "intune", "exchange_online"]));
    let whole = claim.history();
    let (paged, _) = claim.partner.all_pages(&format!("{}?limit=1", claim.at("history")));
    assert_eq!(paged, whole);
    stack.link_to("jana@contoso.com").answer("decision=decline&scopes=s2");
    let (own, _) = claim.partner.all_pages("/associations?limit=1");
    assert_eq!(own.len(), 2);
    let tenant = format!("/associations?tenant_id={}", crate::driver::CONTOSO);
    for limit in 1..=4 {
        let (all, _) = stack.reviewer().all_pages(&format!("{tenant}&limit={limit}"));
        let ids: BTreeSet<_> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!((all.len(), ids.len()), (3, 3), "limit {limit}: {all:#?}");
    }
    let (own_of_tenant, _) = claim.partner.all_pages(&format!("{tenant}&limit=1"));
    assert_eq!(own_of_tenant.len(), 2);
    let other = "/associations?tenant_id=44444444-0000-4000-8000-000000000004";
    assert_eq!(claim.partner.get(other).ok()["items"], json!([]));
}
