//! The rules of single fields are those of the code.

use domain::calendar::{Country, Region};
use domain::field::{
    CatalogueCode, ClaimName, DomainName, Email, Field, FileName, FirmName, JobTitle, LanguageTag, PartnerId,
    PersonName, Reference, Remark, Sha256Hex, SubscriptionId, TenantId,
};
use domain::{AssociationId, ClaimId, Day, EvidenceId, IdempotencyKey, Month, ScopeId};
use serde_json::json;

use crate::document::schema;

/// Texts on both sides of every rule.
fn samples() -> Vec<String> {
    let of = |part: &str, count: usize| part.repeat(count);
    let label = of("a", 63);
    let domain = format!("{}.{}.{}.{}", label, label, label, of("a", 61));
    let mut all: Vec<String> = [
        "",
        " ",
        "a",
        "ab",
        "abc",
        "A",
        "CZ",
        "cz",
        "C1",
        "SCT",
        "BYXX",
        "1",
        "123",
        "1234567",
        "12345678",
        "１２３４５６７",
        "teams",
        "Teams",
        "a-b",
        "a_b",
        "a b",
        "a\nb",
        "a\tb",
        "a\r\nb",
        "a\rb",
        "a\u{7f}b",
        "a\u{85}b",
        "a\u{2028}b",
        "a\u{202e}b",
        "a\u{2069}b",
        "a\u{200b}",
        "ž",
        "contoso.com",
        "Contoso.COM",
        "a.b",
        "a",
        "a..b",
        "-a.b",
        "a-.b",
        "a.b-",
        "xn--a.cz",
        "a_b.c",
        ".a.b",
        "a.b.",
        "a@b.com",
        "A.b+c@D.com",
        "a@b",
        "@b.com",
        "a@@b.com",
        "a@b@c.com",
        ".a@b.com",
        "a.@b.com",
        "a..b@c.com",
        "\"a\"@b.com",
        "a,b@c.com",
        "ž@b.com",
        "cs",
        "de-AT",
        "de_AT",
        "d",
        "deut",
        "de-",
        "de-AT-1996",
        "de-123456789",
        "zh-Hant-TW",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "3FA85F64-5717-4562-B3FC-2C963F66AFA6",
        "3fa85f64-5717-4562-b3fc-2c963f66afa",
        "3fa85f6405717-4562-b3fc-2c963f66afa6",
        "3fa85f64-5717-4562-b3fc-2c963f66afag",
        "s0",
        "s1",
        "s01",
        "s20",
        "s99",
        "s100",
        "s199",
        "s200",
        "s249",
        "s255",
        "s256",
        "s300",
        "s1000",
        "S1",
        "clm_abcdefghijklmnopqrstuvwxyz",
        "clm_abcdefghijklmnopqrstuvwxy",
        "clm_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "clm_abcdefghijklmnopqrstuvwxyz-s1",
        "clm_abcdefghijklmnopqrstuvwxyz-s256",
        "evd_abcdefghijklmnopqrstuvwxyz",
        "evd_abcdefghijklmnopqrstuvwxy",
        "signed work.pdf",
        "a/b.pdf",
        "a\\b.pdf",
        "2021-05",
        "2021-5",
        "2021-00",
        "2021-13",
        "1999-12",
        "2000-01",
        "2099-12",
        "2100-01",
        "2021-05-03",
        "2021-5-3",
        "2021-02-29",
        "2020-02-29",
        "2021-13-01",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend([of("a", 64), of("A", 64), of("g", 64), of("0", 63)]);
    for most in [35, 60, 100, 120, 200, 253, 254, 2000] {
        all.extend([of("a", most), of("a", most + 1), of("ž", most), of("ž", most + 1)]);
    }
    all.extend([
        domain.clone(),
        format!("{domain}a"),
        format!("{label}.a"),
        format!("{label}a.a"),
        format!("de-{}", of("abcdefgh-", 3)),
        format!("de{}", of("-abcdefg", 4)),
        format!("de{}", of("-abcdefgh", 4)),
    ]);
    for local in [64, 65] {
        all.extend([
            format!("{}@b.com", of("a", local)),
            format!("{}@{}.{}.{}", of("a", local), label, label, of("a", 61)),
        ]);
    }
    all
}

#[track_caller]
fn agree<T: Field>(pointer: &str) {
    let schema = schema(pointer);
    let mut both = [0, 0];
    for text in samples() {
        let read = T::parse(&text).is_ok();
        assert_eq!(schema.is_valid(&json!(text)), read, "{pointer}: {text:?}");
        both[usize::from(read)] += 1;
    }
    assert!(both.iter().all(|count| *count > 0), "{pointer}: {both:?}");
}

#[test]
fn rules_of_fields_are_those_of_the_code() {
    let own = |name: &str| format!("/components/schemas/{name}");
    agree::<PartnerId>(&own("PartnerId"));
    agree::<TenantId>(&own("TenantId"));
    agree::<SubscriptionId>(&own("SubscriptionId"));
    agree::<ClaimId>(&own("ClaimId"));
    agree::<ScopeId>(&own("ScopeId"));
    agree::<AssociationId>(&own("AssociationId"));
    agree::<CatalogueCode>(&own("CatalogueCode"));
    agree::<DomainName>(&own("DomainName"));
    agree::<Email>(&own("Email"));
    agree::<LanguageTag>(&own("LanguageTag"));
    agree::<Region>(&own("Region"));
    agree::<Month>(&own("Month"));
    agree::<Day>(&own("Day"));
    agree::<Remark>(&own("Remark"));
    agree::<FirmName>(&own("FirmName"));
    agree::<ClaimName>(&own("ClaimName"));
    agree::<PersonName>(&own("PersonName"));
    agree::<PersonName>(&own("Evidence/properties/acknowledged_by"));
    agree::<JobTitle>(&own("JobTitle"));
    agree::<EvidenceId>(&own("EvidenceId"));
    agree::<FileName>(&own("FileName"));
    agree::<Sha256Hex>(&own("Sha256"));
    agree::<Reference>(&own("Reference"));
    agree::<IdempotencyKey>("/components/parameters/IdempotencyKey/schema");
    // Which countries there are, the schema does not say.
    let country = schema(&own("Country"));
    for text in samples().iter().filter(|text| Country::parse(text).is_ok()) {
        assert!(country.is_valid(&json!(text)), "{text}");
    }
}
