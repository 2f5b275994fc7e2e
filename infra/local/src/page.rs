//! The inbox in a browser: mails as their readers would see them, and what SES could report about each.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::mail::Mail;

/// All mails, newest first.
#[derive(Template)]
#[template(path = "inbox.html")]
pub struct Inbox<'a> {
    /// The mails.
    pub mails: &'a [Mail],
    /// The time by the stack's clock.
    pub now: DateTime<Utc>,
}

/// One mail.
#[derive(Template)]
#[template(path = "mail.html")]
pub struct Page<'a> {
    /// The mail.
    pub mail: &'a Mail,
}

fn shown(time: &DateTime<Utc>) -> String {
    time.format("%A, %-d %B %Y, %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Pair;

    #[test]
    fn a_mail_cannot_break_out_of_the_page() {
        let hostile = Mail {
            id: "1".into(),
            sent_at: DateTime::UNIX_EPOCH,
            from: "<a@b>".into(),
            to: vec!["<script>@b".into()],
            reply_to: Vec::new(),
            subject: "</title><script>".into(),
            text: "</pre><script>".into(),
            html: "\"></iframe><script>".into(),
            headers: vec![Pair { name: "X".into(), value: "<script>".into() }],
            tags: Vec::new(),
            configuration_set: None,
            events: Vec::new(),
        };
        for page in [
            Page { mail: &hostile }.render().unwrap(),
            Inbox { mails: std::slice::from_ref(&hostile), now: DateTime::UNIX_EPOCH }.render().unwrap(),
        ] {
            assert!(!page.contains("<script"), "{page}");
        }
    }
}
