//! What people type stays text: in no mail does it become a header, a recipient or a tag, on no page an element, in no table a
//! formula. Whatever can be typed is typed into every place that somebody else reads.

use serde_json::{Value, json};

use crate::driver::{ClaimBody, FABRIKAM, SALES, Stack};

/// What somebody might type to become more than text.
const HOSTILE: &[&str] = &[
    "Jana\r\nBcc: evil@evil.example",
    "Jana\nContent-Type: text/html\n\n<h1>",
    "Jana\rBcc: evil@evil.example",
    "Jana\u{2028}Bcc: evil@evil.example",
    "Jana\u{2029}Bcc: evil@evil.example",
    "Jana\u{85}Bcc: evil@evil.example",
    "Jana\u{b}Bcc: evil@evil.example\u{c}",
    "Jana\u{0}Bcc: evil@evil.example",
    "Jana\u{202e}moc.live@live",
    "Jana\" <evil@evil.example>, \"",
    "Jana <evil@evil.example>",
    "=?UTF-8?Q?Jana=0D=0ABcc:_evil@evil.example?=",
    "Jana%0d%0aBcc:%20evil@evil.example",
    "</title></p><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><a href=\"https://evil.example\">Accept here</a>",
    "' onmouseover='alert(1)",
    "<style>*{display:none}</style>",
    "<!-- ",
    "--></textarea></body></html>",
    "<base href=//evil.example>",
    "&lt;script&gt;&#60;b&#62;",
    "{{ 7 * 7 }} {% include \"x\" %} ${7*7}",
    "{ $partner } { NUMBER(1) }",
    "javascript:alert(1)",
    "\u{feff}\u{200b}\u{2066}\u{e0001}Jana",
];

/// The tags of HTML with the names of their attributes, and where its links lead: all that text may not change.
fn skeleton(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for part in html.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        let name = tag.split_whitespace().next().unwrap_or_default().to_owned();
        let attributes =
            tag.split('"').step_by(2).map(|text| text.trim().rsplit(' ').next().unwrap_or_default());
        tags.push(format!("{name} {}", attributes.collect::<Vec<_>>().join(" ")));
    }
    tags
}

/// A stack where one contact may be written to for each of these.
fn stack() -> Stack {
    Stack::start_with(&["--set", "MaxNoticesPerContact=1000"])
}

/// Mails as the local stack keeps them, newest last: with their headers.
fn letters(stack: &Stack) -> Vec<Value> {
    stack.settle();
    let inbox =
        stack.nobody().request("GET", "/_local/inbox").header("accept", "application/json").send().ok();
    inbox["items"].as_array().unwrap().iter().rev().cloned().collect()
}

/// What of a mail is not its text: whom it goes to, whom answers go to, the names of its headers, the tags of its HTML.
#[track_caller]
fn frame(letter: &Value, hostile: &str) -> (Value, Value, Value, Vec<String>, Vec<String>) {
    for header in ["subject", "from", "to"] {
        let value = letter[header].as_str().unwrap_or_else(|| panic!("no {header}: {letter}"));
        let breaks = |c: char| c.is_control() || "\u{2028}\u{2029}\u{85}\u{202e}\u{2066}".contains(c);
        assert!(!value.contains(breaks), "{hostile:?} breaks `{header}`: {value:?}");
    }
    let headers = letter["headers"].as_array().into_iter().flatten();
    let headers = headers.map(|header| {
        let (name, value) = (header["name"].as_str().unwrap(), header["value"].as_str().unwrap());
        assert!(!format!("{name}{value}").contains(char::is_control), "{hostile:?}: {header}");
        format!("{name}: {value}")
    });
    let html = letter["html"].as_str().unwrap();
    (
        letter["to"].clone(),
        letter["reply_to"].clone(),
        letter["from"].clone(),
        headers.collect(),
        skeleton(html),
    )
}

/// A claim's life of mails: notice, reminder and news to the partner, then the page.
fn story(
    stack: &Stack,
    at: usize,
    fill: impl Fn(ClaimBody) -> ClaimBody,
    hostile: &str,
) -> Option<Vec<String>> {
    let known = letters(stack).len();
    let body = fill(ClaimBody::new(stack).workloads(&["teams"]));
    let answer = stack.partner(FABRIKAM).create(&format!("injection-{at}"), body.json());
    if answer.status != 201 {
        // Refused at the door, by name, and nothing of it has left.
        drop(answer.problem(400, "invalid_request").errors());
        assert_eq!(letters(stack).len(), known, "{hostile:?} was refused, and a mail has left");
        return None;
    }
    stack.settle();
    let page = stack.link_to("jana@contoso.com");
    let mut seen = vec![format!("{:?}", skeleton(&page.page()))];
    seen.push(format!("{:?}", skeleton(&page.ask("GET", "?step=decline").text())));
    let form: String = hostile.bytes().map(|byte| format!("%{byte:02x}")).collect();
    seen.push(format!("{:?}", skeleton(&page.answer(&format!("decision=decline&reason={form}")))));
    for letter in &letters(stack)[known..] {
        seen.push(format!("{:?}", frame(letter, hostile)));
    }
    Some(seen)
}

/// As it is written in a form and in names of firms, too.
#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: reads headers that the emulator does not keep")]
fn whatever_is_typed_no_mail_and_no_page_changes_its_shape() {
    let stack = stack();
    let shape = |page: Option<Vec<String>>| page.expect("accepted");
    let plain = shape(story(&stack, 0, |body| body, "Jana"));
    let fields = [
        "/name",
        "/customer_contact/name",
        "/customer_contact/title",
        "/partner_contact/name",
        "/comment",
        "/evidence/0/reference",
    ];
    let (mut tried, mut accepted) = (0, 0);
    for (number, hostile) in HOSTILE.iter().enumerate() {
        // All places that take it, at once: those that do not are named, and left as they are.
        let full = fields.iter().fold(ClaimBody::new(&stack), |body, field| body.with(field, *hostile));
        let answer = stack.partner(FABRIKAM).post("/claims/check", full.json());
        let refused: Vec<String> = if answer.status == 200 {
            Vec::new()
        } else {
            answer.problem(400, "invalid_request").errors().into_iter().map(|(pointer, _)| pointer).collect()
        };
        let fits: Vec<_> =
            fields.iter().filter(|field| !refused.iter().any(|pointer| pointer == *field)).collect();
        let fill = |body: ClaimBody| fits.iter().fold(body, |body, field| body.with(field, *hostile));
        let seen = shape(story(&stack, number + 1, fill, hostile));
        assert_eq!(seen, plain, "{hostile:?} in {fits:?} changes a mail or a page");
        tried += fields.len() + 1;
        accepted += fits.len() + 1;
    }
    eprintln!("figures: injection {tried} {accepted}");
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: reads headers that the emulator does not keep")]
fn names_of_firms_stay_text_too() {
    let stack = stack();
    let plain = story(&stack, 0, |body| body, "x").expect("accepted");
    for (number, hostile) in HOSTILE.iter().enumerate() {
        let firm = json!({ "name": hostile, "programs": ["osu_m365"] });
        let put = stack.operator().put(&format!("/partners/{FABRIKAM}"), &firm);
        if put.status == 400 {
            drop(put.problem(400, "invalid_request").errors());
        } else {
            stack.put_contoso(&json!({ "name": hostile }));
        }
        let seen = story(&stack, number + 1, |body| body, "x").expect("accepted");
        assert_eq!(seen, plain, "{hostile:?} as the name of a firm changes a mail or a page");
    }
}

#[test]
#[cfg_attr(feature = "deployed", ignore = "local only: reads headers that the emulator does not keep")]
fn no_address_is_two_or_a_header() {
    let stack = Stack::start();
    let addresses = [
        "jana@contoso.com,evil@evil.example",
        "jana@contoso.com;evil@evil.example",
        "jana@contoso.com evil@evil.example",
        "jana@contoso.com\r\nBcc: evil@evil.example",
        "jana@contoso.com\nBcc:evil@evil.example",
        "jana@contoso.com\u{0}",
        "\"jana@evil.example\"@contoso.com",
        "<evil@evil.example>jana@contoso.com",
        "jana@evil.example@contoso.com",
        "jana(evil@evil.example)@contoso.com",
        "jana@contoso.com\u{2028}evil@evil.example",
        "jana@[127.0.0.1]",
        "=?utf-8?q?evil=40evil.example?=@contoso.com",
        "jana@contoso.com%0aBcc:evil@evil.example",
        "jana@cont\u{43e}so.com",
    ];
    for (at, address) in addresses.iter().enumerate() {
        let own = address.replace("contoso.com", "fabrikam.example");
        for (field, address) in [("/customer_contact/email", *address), ("/partner_contact/email", &own)] {
            let body = ClaimBody::new(&stack).with(field, address);
            let answer = stack.partner(FABRIKAM).create(&format!("address-{at}{field}"), body.json());
            if answer.status == 201 {
                // An odd address, but one address.
                let id = answer.expect(201)["id"].as_str().unwrap().to_owned();
                stack.settle();
                drop(stack.partner(FABRIKAM).post(&format!("/claims/{id}/withdraw"), &json!({})).ok());
                continue;
            }
            let errors = answer.problem(400, "invalid_request").errors();
            assert!(errors.iter().any(|(pointer, _)| pointer == field), "{address:?}: {errors:?}");
        }
        let operator = stack.operator().put("/tenants/3fa85f64-5717-4562-b3fc-2c963f66afa6", &{
            json!({ "name": "Contoso", "country": "CZ", "domains": ["contoso.com"], "notice_email": address })
        });
        assert!(matches!(operator.status, 200 | 400), "{address:?}: {}", operator.text());
        stack.put_contoso(&json!({}));
    }
    for letter in letters(&stack) {
        let to = letter["to"].as_str().unwrap();
        assert!(
            to.matches('@').count() == 1
                && !to.ends_with("evil.example")
                && !to.contains([',', ';', ' ', '<']),
            "{to:?}"
        );
        assert!(!letter["reply_to"].to_string().contains("evil.example\""), "{letter}");
    }
}

#[test]
fn no_cell_of_an_export_is_a_formula_whatever_is_typed_in_any_place() {
    let stack = Stack::start();
    let partner = stack.partner(FABRIKAM);
    let formulas = [
        "=1+1",
        "+1",
        "-1",
        "@A1",
        "\t=1+1",
        " =1+1",
        "\u{a0}=1+1",
        "\u{feff}=1+1",
        "\u{200b}=1+1",
        "=cmd|' /C calc'!A0",
        "\"=1+1\"",
        "x\";=1+1;\"",
        "x,=1+1",
        "'=1+1",
        "|calc",
        "%0A=1+1",
        "\u{ff1d}1+1",
        "\u{ff0b}1",
        "\u{ff0d}1",
        "\u{ff20}A1",
    ];
    let mut drafts = 0;
    for (at, formula) in formulas.iter().enumerate() {
        for field in
            ["/name", "/comment", "/customer_contact/name", "/partner_contact/name", "/evidence/0/reference"]
        {
            let body = ClaimBody::new(&stack)
                .product("osu_business_apps", SALES, "dynamics365_sales")
                .draft()
                .with(field, *formula);
            let answer = partner.create(&format!("{at}{field}"), body.json());
            assert!(matches!(answer.status, 201 | 400), "{formula:?}: {}", answer.text());
            drafts += usize::from(answer.status == 201);
        }
    }
    let exported = partner.get("/claims/export");
    assert_eq!(exported.status, 200);
    let mut reader = csv::ReaderBuilder::new().from_reader(exported.body.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), drafts, "a row more or less than claims");
    for cell in rows.iter().flatten() {
        // What spreadsheets pass over before they look for a formula.
        let shown = cell.trim_start_matches(|c: char| {
            c.is_whitespace() || c.is_control() || "\u{feff}\u{200b}".contains(c)
        });
        let starts = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
        assert!(!shown.starts_with(starts), "{cell:?}");
    }
    eprintln!("figures: formulas {}", rows.len());
}
