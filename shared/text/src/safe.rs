//! Names and sentences of others, made harmless before they stand in our mails and pages.
//!
//! A partner names itself, its claim and the customer's contact, and the mail that carries those names is ours. So a
//! name must not end a header line, turn the writing direction, hide characters, crowd out our own words, or become
//! a link: mail programs make links of whatever looks like an address. HTML escaping is not done here but by the templates.

/// Longest name shown, in characters.
const NAME: usize = 80;
/// Longest sentence of others shown, in characters; forms allow 500.
const QUOTE: usize = 500;
/// Longest subject. Longer ones are cut by most mail programs, or bring points with spam filters.
const SUBJECT: usize = 200;

/// Stands between a dot and a letter so that "evil.example" is no address. It has no width and joins nothing.
const BREAK: char = '\u{200c}';

/// A name, on one line, of sensible length, that no mail program makes a link of.
pub fn name(name: &str) -> String {
    unlinked(&shortened(&visible(name), NAME))
}

/// A sentence that somebody wrote into a form. Its line breaks become spaces.
pub fn quote(quote: &str) -> String {
    unlinked(&shortened(&visible(quote), QUOTE))
}

/// A mail address, kept usable if it is an ordinary one, and treated as a name if it is anything else.
pub fn address(address: &str) -> String {
    let ordinary = address.len() <= 254
        && address.split_once('@').is_some_and(|(local, domain)| {
            let fits = |part: &str, more: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            fits(local, "._%+-'") && fits(domain, ".-") && !local.to_ascii_lowercase().starts_with("www.")
        });
    if ordinary { address.to_owned() } else { name(address) }
}

/// A whole subject line: no line breaks, controls, direction marks or isolation characters, and not too long.
pub fn subject(subject: &str) -> String {
    shortened(&visible(subject), SUBJECT)
}

/// Without what does not show or shows as something else; any run of white space is one space.
fn visible(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Direction marks and overrides, isolates, zero-width spaces, fillers and tags. The two joiners stay: Persian, Indic
/// scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let start: String = text.chars().take(longest - 1).collect();
    format!("{}…", start.trim_end())
}

/// "https://www.evil.example" becomes "https[:]//www[.]evil.example" with an unseen break after each further dot:
/// visible where it can only be meant as an address, unseen where it may be an honest name like "Booking.com".
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ':' if rest.peek() == Some(&'/') => out.push_str("[:]"),
            '.' if ends_with_www(&out) => out.push_str("[.]"),
            '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '@'
                if rest.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                out.extend([c, BREAK]);
            }
            _ => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let mut last = text.chars().rev();
    last.by_ref().take(3).filter(|c| c.eq_ignore_ascii_case(&'w')).count() == 3
        && !last.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_name_reads_as_before() {
        assert_eq!(name("  Fabrikam,\u{a0} s. r. o. "), "Fabrikam, s. r. o.");
        assert_eq!(name("Nguyễn & Söhne <Praha>"), "Nguyễn & Söhne <Praha>");
        assert_eq!(name("Booking.com").replace(BREAK, ""), "Booking.com");
        assert_eq!(name("نرم\u{200c}افزار"), "نرم\u{200c}افزار");
    }

    #[test]
    fn a_name_cannot_become_a_link() {
        assert_eq!(name("https://www.evil.example/x"), "https[:]//www[.]evil.\u{200c}example/x");
        assert_eq!(name("WWW.evil.example"), "WWW[.]evil.\u{200c}example");
        assert_eq!(name("evil.example/login"), "evil.\u{200c}example/login");
        assert_eq!(name("me@evil.example"), "me@\u{200c}evil.\u{200c}example");
        assert_eq!(name("mailto:/x"), "mailto[:]/x");
        assert_eq!(name("ww\u{200b}w.evil.example"), "www[.]evil.\u{200c}example");
    }

    #[test]
    fn a_name_cannot_break_a_line_turn_direction_or_hide() {
        assert_eq!(name("Fab\r\nBcc: x@y.cz\0"), "Fab Bcc: x@\u{200c}y.\u{200c}cz");
        assert_eq!(name("a\u{202e}b\u{2066}c\u{2069}d\u{200b}e\u{feff}f\u{2028}g"), "abcdef g");
        assert_eq!(subject("a\u{2068}b\u{2069}\r\nTo: c"), "ab To: c");
    }

    #[test]
    fn long_names_are_cut() {
        let cut = name(&"x".repeat(1000));
        assert_eq!(cut.chars().count(), NAME);
        assert!(cut.ends_with('…'));
        assert_eq!(subject(&"ž".repeat(1000)).chars().count(), SUBJECT);
    }

    #[test]
    fn an_ordinary_address_stays_usable_and_no_other() {
        assert_eq!(address("jana.novakova@fabrikam.cz"), "jana.novakova@fabrikam.cz");
        assert_eq!(address("www.evil.example/x@a.cz"), "www[.]evil.\u{200c}example/x@\u{200c}a.\u{200c}cz");
        assert_eq!(address("a@b@evil.example"), "a@\u{200c}b@\u{200c}evil.\u{200c}example");
        assert_eq!(address("a\r\nBcc: b"), "a Bcc: b");
    }
}
