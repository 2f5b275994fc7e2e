//! The inbox in a browser: mails as their readers would see them, and what SES could report about each.

use chrono::{DateTime, Utc};

use crate::mail::{Mail, Pair};
use crate::mail_event::MailEvent;

const STYLE: &str = include_str!("page.css");

/// All mails, newest first.
#[must_use]
pub fn inbox(mails: &[Mail], now: DateTime<Utc>) -> String {
    let list = if mails.is_empty() {
        "<p class=\"empty\">No mail yet. Submit a claim, and the customer's notice will be here.</p>"
            .to_owned()
    } else {
        let items: String = mails.iter().map(item).collect();
        format!("<ol class=\"mails\">{items}</ol>")
    };
    let count = mails.len();
    let clock = escape(&shown(now));
    let body = format!(
        "<header><h1>Inbox</h1><p>{count} {mails} sent by the local stack. Its clock says {clock}.</p></header>\n<main>{list}</main>",
        mails = if count == 1 { "mail" } else { "mails" },
    );
    details("Inbox", &body)
}

/// One mail.
#[must_use]
pub fn mail(mail: &Mail) -> String {
    // The reader's links replace this page: inside the frame the sandbox would keep their page from working.
    let framed = escape(&format!("<base target=\"_top\">{}", mail.html));
    let buttons: String = [MailEvent::Delivery, MailEvent::Bounce, MailEvent::Complaint].map(button).concat();
    let happened = if mail.events.is_empty() {
        "Nothing was reported about it yet.".to_owned()
    } else {
        let names: Vec<_> = mail.events.iter().map(|event| event.name()).collect();
        format!("Reported so far: {}.", names.join(", "))
    };
    let body = format!(
        "<header><nav aria-label=\"Back\"><a href=\"/_local/inbox\">Inbox</a></nav><h1>{subject}</h1></header>\n<main>\
         <dl><dt>To</dt><dd>{to}</dd><dt>From</dt><dd>{from}</dd><dt>Sent</dt><dd>{sent}</dd>{headers}</dl>\
         <section aria-labelledby=\"html\"><h2 id=\"html\">As HTML</h2>\
         <iframe title=\"The mail as HTML\" srcdoc=\"{framed}\" sandbox=\"allow-popups allow-popups-to-escape-sandbox \
         allow-top-navigation-by-user-activation\"></iframe></section>\
         <section aria-labelledby=\"text\"><h2 id=\"text\">As plain text</h2><pre tabindex=\"0\">{text}</pre></section>\
         <section aria-labelledby=\"events\"><h2 id=\"events\">What SES would report</h2><p role=\"status\">{happened}</p>\
         <form method=\"post\">{buttons}</form></section></main>",
        subject = escape(&mail.subject),
        to = escape(&mail.to.join(", ")),
        from = escape(&mail.from),
        sent = escape(&shown(mail.sent_at)),
        headers = mail.headers.iter().map(header).collect::<String>(),
        text = escape(&mail.text),
    );
    details(&mail.subject, &body)
}

fn item(mail: &Mail) -> String {
    let events: String =
        mail.events.iter().map(|event| format!(" <span class=\"event\">{}</span>", event.name())).collect();
    format!(
        "<li><a href=\"/_local/inbox/{id}\">{subject}</a><p>{to} <time datetime=\"{machine}\">{sent}</time>{events}</p></li>",
        id = escape(&mail.id),
        subject = escape(&mail.subject),
        to = escape(&mail.to.join(", ")),
        machine = mail.sent_at.to_rfc3339(),
        sent = escape(&shown(mail.sent_at)),
    )
}

fn header(header: &Pair) -> String {
    format!("<dt>{}</dt><dd>{}</dd>", escape(&header.name), escape(&header.value))
}

fn button(event: MailEvent) -> String {
    let (value, label) = match event {
        MailEvent::Delivery => ("delivery", "Delivered"),
        MailEvent::Bounce => ("bounce", "Bounce"),
        _ => ("complaint", "Complaint"),
    };
    format!("<button name=\"event\" value=\"{value}\">{label}</button>")
}

fn details(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n",
        escape(title)
    )
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%A, %-d %B %Y, %H:%M:%S UTC").to_string()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for page in [mail(&hostile), inbox(std::slice::from_ref(&hostile), DateTime::UNIX_EPOCH)] {
            assert!(!page.contains("<script"), "{page}");
        }
    }
}
