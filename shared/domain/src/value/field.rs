//! Values of single fields, parsed at the edge: whoever holds one knows that its rule is kept.
//!
//! Every type here is a string with a rule. A broken rule is an [`Invalid`] with a stable code and a sentence
//! that says what to correct.

use std::fmt;

/// Why a value was refused: a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Invalid {
    /// Stable, snake_case.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Invalid {
    /// A refusal with its code and sentence.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// A value that can be parsed from the text of one field.
pub trait Field: Sized {
    /// Parses the text, or says which rule it breaks.
    ///
    /// # Errors
    /// [`Invalid`], with the first rule that the text breaks.
    fn parse(text: &str) -> Result<Self, Invalid>;
}

/// Declares string newtypes with a private field, parsed by a rule that answers the normal form.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $rule:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $crate::field::Field for $name {
            fn parse(text: &str) -> Result<Self, $crate::field::Invalid> {
                let rule: fn(&str) -> Result<String, $crate::field::Invalid> = $rule;
                rule(text).map(Self)
            }
        }
        impl $name {
            /// The text in its normal form.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::field::Invalid;
            fn try_from(text: String) -> Result<Self, Self::Error> { $crate::field::Field::parse(&text) }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String { value.0 }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::field::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> { $crate::field::Field::parse(text) }
        }
    )+};
}

pub(crate) use fields;

fields! {
    /// What the partner calls the claim: 1 to 120 characters on one line.
    ClaimName = |text| line(text, 120);
    /// A person's name: 1 to 100 characters on one line.
    PersonName = |text| line(text, 100);
    /// A person's position at the customer: 1 to 100 characters on one line.
    JobTitle = |text| line(text, 100);
    /// The name of a firm: 1 to 120 characters on one line.
    FirmName = |text| line(text, 120);
    /// Where a document can be found again, such as a contract's number: 1 to 100 characters on one line.
    Reference = |text| line(text, 100);
    /// The name of a file: 1 to 120 characters on one line, without a path.
    FileName = file_name;
    /// A SHA-256 digest: 64 hexadecimal digits, in lower case.
    Sha256Hex = sha256_hex;
    /// Words that accompany a change; never in place of a code. 1 to 2,000 characters, line breaks allowed.
    Remark = |text| paragraph(text, 2000);
    /// An e-mail address, ASCII, at most 254 characters; the part after the `@` in lower case.
    Email = email;
    /// A DNS name of at least two labels, in lower case; internationalised names in their `xn--` form.
    DomainName = domain_name;
    /// A BCP 47 language tag such as `cs` or `de-AT`.
    LanguageTag = language_tag;
    /// The code of a workload or product in the catalogue: 1 to 60 of `a-z0-9_`.
    CatalogueCode = catalogue_code;
    /// A partner's ID: seven digits.
    PartnerId = partner_id;
    /// A tenant's ID: a GUID, in lower case.
    TenantId = guid;
    /// A subscription's ID: a GUID, in lower case.
    SubscriptionId = guid;
}

impl Email {
    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether it is a mailbox of a role that people do not read. `admin`, `info`, `office` and `it` are read.
    pub fn is_role_mailbox(&self) -> bool {
        const UNREAD: [&str; 8] =
            ["noreply", "no-reply", "donotreply", "postmaster", "abuse", "spam", "mailer-daemon", "bounce"];
        let mailbox = self.mailbox();
        let name = mailbox.split('@').next().unwrap_or_default();
        UNREAD.contains(&name)
    }

    /// Whether anybody can have an address in its domain: two people there have nothing in common.
    pub fn is_free_mail(&self) -> bool {
        FREE_MAIL.contains(&self.domain())
    }

    /// The mailbox behind the address: many providers deliver `jana+anything@…` to `jana@…`, which must not be a way
    /// around a limit.
    pub fn mailbox(&self) -> String {
        let address = self.0.to_lowercase();
        let (name, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
        format!("{}@{domain}", name.split('+').next().unwrap_or(name))
    }
}

impl DomainName {
    /// Whether a name is this domain or lies below it: `mail.contoso.com` lies in `contoso.com`.
    pub fn contains(&self, name: &str) -> bool {
        name == self.0 || name.strip_suffix(self.0.as_str()).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// Domains of providers that give anybody an address, as they are common in Europe and America. One that is missing makes a
/// check stricter, never looser.
const FREE_MAIL: [&str; 26] = [
    "aol.com",
    "atlas.cz",
    "centrum.cz",
    "email.cz",
    "freemail.hu",
    "gmail.com",
    "gmx.at",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "seznam.cz",
    "t-online.de",
    "web.de",
    "yahoo.com",
];

fn line(text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new("empty", "must not be empty"));
    }
    if text.chars().count() > most {
        return Err(Invalid::new("too_long", format!("must have at most {most} characters")));
    }
    match text.chars().find(|c| is_unfit(*c)) {
        Some(_) => Err(Invalid::new("control_character", "must be one line without control characters")),
        None => Ok(text.to_owned()),
    }
}

fn paragraph(text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(Invalid::new("empty", "must not be empty"));
    }
    if text.chars().count() > most {
        return Err(Invalid::new("too_long", format!("must have at most {most} characters")));
    }
    match text.chars().find(|c| is_unfit(*c) && *c != '\n' && *c != '\t') {
        Some(_) => Err(Invalid::new("control_character", "must not contain control characters")),
        None => Ok(text),
    }
}

/// Control characters, line separators, and the marks that reorder the text around them (a name that uses them can
/// pass for another one).
fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn file_name(text: &str) -> Result<String, Invalid> {
    let name = line(text, 120)?;
    if name.contains(['/', '\\']) {
        return Err(Invalid::new("invalid_file_name", "must be a file's name without its folders"));
    }
    Ok(name)
}

fn sha256_hex(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Invalid::new("invalid_digest", "must be a SHA-256 digest as 64 hexadecimal digits"))
    }
}

fn email(text: &str) -> Result<String, Invalid> {
    let wrong = |detail: &str| Err(Invalid::new("invalid_email", detail));
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else {
        return wrong("must be an e-mail address such as name@example.com");
    };
    if local.is_empty() || local.len() > 64 || text.len() > 254 {
        return wrong("must have 1 to 64 characters before the @ and 254 in all");
    }
    // The characters of an unquoted local part (RFC 5322 §3.2.3); anything else is a way to smuggle headers.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if !local.chars().all(allowed) || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return wrong("has a character before the @ that an address must not have");
    }
    match domain_name(domain) {
        Ok(domain) => Ok(format!("{local}@{domain}")),
        Err(error) => wrong(&format!("after the @: {}", error.detail)),
    }
}

fn domain_name(text: &str) -> Result<String, Invalid> {
    let name = text.trim().to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').count() >= 2 && name.split('.').all(label) {
        Ok(name)
    } else {
        Err(Invalid::new(
            "invalid_domain",
            "must be a domain name such as contoso.com (international names as xn--…)",
        ))
    }
}

fn language_tag(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let mut parts = text.split('-');
    let primary = parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    if primary
        && text.len() <= 35
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_language", "must be a language tag such as cs or de-AT (BCP 47)"))
    }
}

fn catalogue_code(text: &str) -> Result<String, Invalid> {
    let fits = (1..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_code", "must be 1 to 60 characters of a-z, 0-9 and _"))
    }
}

fn partner_id(text: &str) -> Result<String, Invalid> {
    if text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_partner_id", "must be a partner ID: seven digits"))
    }
}

fn guid(text: &str) -> Result<String, Invalid> {
    let fits = text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    if fits {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Invalid::new("invalid_guid", "must be a GUID such as 3fa85f64-5717-4562-b3fc-2c963f66afa6"))
    }
}

/// Declares an enum of codes: one list for parsing, printing, storing and enumerating.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The code that callers see.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.code()) }
        }
        impl $crate::field::Field for $name {
            fn parse(text: &str) -> Result<Self, $crate::field::Invalid> {
                Self::ALL.iter().copied().find(|value| value.code() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.code()).collect();
                    $crate::field::Invalid::new("unknown_value", format!("must be one of {}", known.join(", ")))
                })
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::field::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> { $crate::field::Field::parse(text) }
        }
    };
}

pub(crate) use codes;

/// Joins values for a sentence.
pub(crate) fn listed<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_carry_a_second_header() {
        for text in
            ["a@b.com\r\nBcc: c@d.com", "a b@c.com", "\"a\"@b.com", "a@b", "@b.com", "a@-b.com", "a..b@c.com"]
        {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Email::parse(" Jan.Novak+x@Contoso.COM ").unwrap().as_str(), "Jan.Novak+x@contoso.com");
    }

    #[test]
    fn a_name_cannot_reorder_the_text_around_it() {
        assert_eq!(ClaimName::parse("a\u{202E}b").unwrap_err().code, "control_character");
        assert_eq!(ClaimName::parse("a\nb").unwrap_err().code, "control_character");
        assert_eq!(ClaimName::parse("   ").unwrap_err().code, "empty");
        assert_eq!(ClaimName::parse(&"ž".repeat(121)).unwrap_err().code, "too_long");
        assert_eq!(ClaimName::parse(&"ž".repeat(120)).unwrap().as_str().chars().count(), 120);
    }

    #[test]
    fn a_domain_contains_itself_and_what_lies_below_it_only() {
        let domain = DomainName::parse("contoso.com").unwrap();
        assert!(domain.contains("contoso.com") && domain.contains("mail.contoso.com"));
        assert!(!domain.contains("evilcontoso.com") && !domain.contains("contoso.com.evil.net"));
    }

    #[test]
    fn ids_have_one_normal_form() {
        let id = TenantId::parse("3FA85F64-5717-4562-B3FC-2C963F66AFA6").unwrap();
        assert_eq!(id.as_str(), "3fa85f64-5717-4562-b3fc-2c963f66afa6");
        assert!(TenantId::parse("3fa85f64-5717-4562-b3fc-2c963f66afa").is_err());
        assert!(PartnerId::parse("123456").is_err() && PartnerId::parse("12345678").is_err());
        assert!(PartnerId::parse("１２３４５６７").is_err());
    }
}
