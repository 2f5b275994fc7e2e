//! Names of one test's own, so that tests can share a stack: each name that tests use stands for another on the wire.

use std::sync::atomic::{AtomicU32, Ordering};

/// Partners' IDs as tests write them.
const PARTNERS: [&str; 6] = ["1234567", "7654321", "2345678", "1111111", "5555555", "9999999"];
/// The beginning of a tenant's or subscription's ID as tests write it.
const IDS: [&str; 5] = ["3fa85f64", "11111111", "22222222", "44444444", "99999999"];
/// What distinguishes domains as tests write them.
const DOMAINS: [&str; 5] = ["contoso", "fabrikam", "wingtip", "elsewhere", "adatum"];

/// What a test's names are on the wire, name by name. Both are equally long, so that sizes and limits stay what they are.
#[derive(Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// Names that no other test of this stack has: `run` tells the runs apart, a number the tests.
    pub fn own(run: u32) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let test = (run % 1000) * 1000 + NEXT.fetch_add(1, Ordering::Relaxed) % 1000;
        let mut names = Vec::new();
        for (kind, id) in (1..).zip(IDS) {
            // Only as the first group of an ID: the digits alone could stand for anything.
            let own = format!("{kind}f{test:06}-");
            if id != id.to_uppercase() {
                names.push((format!("{id}-").to_uppercase(), own.to_uppercase()));
            }
            names.push((format!("{id}-"), own));
        }
        for (kind, partner) in (3..).zip(PARTNERS) {
            names.push((partner.to_owned(), format!("{kind}{test:06}")));
        }
        for domain in DOMAINS {
            let kept = &domain[..domain.len() - 6];
            names.push((format!("{domain}."), format!("{kept}{test:06}.")));
        }
        Self(names)
    }

    /// Bytes with this test's own names in them.
    pub fn sent(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.replace(bytes, |(written, own)| (written, own))
    }

    /// Bytes with names as tests write them.
    pub fn received(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.replace(bytes, |(written, own)| (own, written))
    }

    /// As [`Names::sent`], for text.
    pub fn sent_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (written, own)| text.replace(written, own))
    }

    /// What is no text has no names in it.
    fn replace(&self, bytes: Vec<u8>, pair: fn(&(String, String)) -> (&String, &String)) -> Vec<u8> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return error.into_bytes(),
        };
        let replace = |text: String, names| {
            let (from, to) = pair(names);
            if text.contains(from.as_str()) { text.replace(from.as_str(), to) } else { text }
        };
        self.0.iter().fold(text, replace).into_bytes()
    }

    /// The partners, tenants and subscriptions of this test, as the stack knows them.
    pub fn on_the_wire(&self) -> String {
        let own: Vec<_> = self.0.iter().map(|(_, own)| own.as_str()).collect();
        own.join(",")
    }
}
