//! Events about mail in the shape in which SES puts them on EventBridge's default bus.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::mail::{Mail, time_text};
use crate::template::{ACCOUNT, REGION};

/// What can be reported about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailEvent {
    /// The recipient's server refused it for good.
    Bounce,
    /// SES gave up after trying for a while.
    SoftBounce,
    /// The recipient marked it as spam.
    Complaint,
    /// The recipient's server took it.
    #[serde(alias = "delivered")]
    Delivery,
    /// The recipient's server does not take it for now.
    Delay,
    /// SES would not send it after all.
    Reject,
}

impl MailEvent {
    /// The name on the console and on the inbox page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::SoftBounce => "soft bounce",
            Self::Complaint => "complaint",
            Self::Delivery => "delivery",
            Self::Delay => "delay",
            Self::Reject => "reject",
        }
    }
}

/// The event as EventBridge delivers it.
#[must_use]
pub fn on_the_bus(mail: &Mail, event: MailEvent, now: DateTime<Utc>) -> Json {
    let (detail_type, event_type, member) = match event {
        MailEvent::Bounce | MailEvent::SoftBounce => ("Email Bounced", "Bounce", "bounce"),
        MailEvent::Complaint => ("Email Complaint Received", "Complaint", "complaint"),
        MailEvent::Delivery => ("Email Delivered", "Delivery", "delivery"),
        MailEvent::Delay => ("Email Delivery Delayed", "DeliveryDelay", "deliveryDelay"),
        MailEvent::Reject => ("Email Rejected", "Reject", "reject"),
    };
    let set = mail.configuration_set.clone().unwrap_or_default();
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "region": REGION,
        "resources": [format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{set}")],
        "detail": {"eventType": event_type, "mail": original(mail), member: happened(mail, event, now)},
    })
}

/// What the event says happened to the mail.
fn happened(mail: &Mail, event: MailEvent, now: DateTime<Utc>) -> Json {
    let time = time_text(now);
    match event {
        MailEvent::Bounce => bounce(mail, &time, ["Permanent", "General", "5.1.1"]),
        MailEvent::SoftBounce => bounce(mail, &time, ["Transient", "MailboxFull", "4.2.2"]),
        MailEvent::Complaint => json!({
            "feedbackId": Uuid::new_v4().to_string(),
            "complaintSubType": null,
            "complainedRecipients": recipients(mail, &json!({})),
            "timestamp": time,
            "userAgent": "simulated",
            "complaintFeedbackType": "abuse",
            "arrivalDate": time,
        }),
        MailEvent::Delivery => json!({
            "timestamp": time,
            "processingTimeMillis": 100,
            "recipients": mail.to,
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "localhost",
        }),
        MailEvent::Delay => json!({
            "timestamp": time,
            "delayType": "MailboxFull",
            "expirationTime": time,
            "delayedRecipients":
                recipients(mail, &json!({"status": "4.2.2", "diagnosticCode": "smtp; 4.2.2 simulated"})),
        }),
        MailEvent::Reject => json!({"reason": "Bad content"}),
    }
}

fn bounce(mail: &Mail, time: &str, [kind, sub, status]: [&str; 3]) -> Json {
    let code = format!("smtp; {status} simulated");
    let each = json!({"action": "failed", "status": status, "diagnosticCode": code});
    json!({
        "feedbackId": Uuid::new_v4().to_string(),
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": recipients(mail, &each),
        "timestamp": time,
        "reportingMTA": "dns; localhost",
    })
}

/// The mail's recipients, with the same said of each.
fn recipients(mail: &Mail, each: &Json) -> Vec<Json> {
    let with = |address: &String| {
        let mut recipient = each.clone();
        recipient["emailAddress"] = json!(address);
        recipient
    };
    mail.to.iter().map(with).collect()
}

fn original(mail: &Mail) -> Json {
    let mut tags = Map::new();
    let own = mail.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str()));
    let set = mail.configuration_set.as_deref().map(|set| ("ses:configuration-set", set));
    for (name, value) in own.chain(set) {
        tags.insert(name.to_owned(), json!([value]));
    }
    let address = mail.from.rsplit('<').next().unwrap_or_default().trim_end_matches('>');
    json!({
        "timestamp": time_text(mail.sent_at),
        "source": mail.from,
        "sourceArn": format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{address}"),
        "sendingAccountId": ACCOUNT,
        "messageId": mail.id,
        "destination": mail.to,
        "headersTruncated": false,
        "headers": mail.headers,
        "commonHeaders": {"from": [mail.from], "to": mail.to, "messageId": mail.id, "subject": mail.subject},
        "tags": tags,
    })
}
