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
    let time = time_text(now);
    let recipients = |extra: Json| -> Vec<Json> {
        let with = |address: &String| {
            let mut recipient = extra.clone();
            recipient["emailAddress"] = json!(address);
            recipient
        };
        mail.to.iter().map(with).collect()
    };
    let bounce = |kind: &str, sub: &str, status: &str| {
        let code = format!("smtp; {status} simulated");
        json!({
            "feedbackId": Uuid::new_v4().to_string(),
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": recipients(json!({"action": "failed", "status": status, "diagnosticCode": code})),
            "timestamp": time,
            "reportingMTA": "dns; localhost",
        })
    };
    let (detail_type, event_type, key, body) = match event {
        MailEvent::Bounce => ("Email Bounced", "Bounce", "bounce", bounce("Permanent", "General", "5.1.1")),
        MailEvent::SoftBounce => {
            ("Email Bounced", "Bounce", "bounce", bounce("Transient", "MailboxFull", "4.2.2"))
        }
        MailEvent::Complaint => (
            "Email Complaint Received",
            "Complaint",
            "complaint",
            json!({
                "feedbackId": Uuid::new_v4().to_string(),
                "complaintSubType": null,
                "complainedRecipients": recipients(json!({})),
                "timestamp": time,
                "userAgent": "simulated",
                "complaintFeedbackType": "abuse",
                "arrivalDate": time,
            }),
        ),
        MailEvent::Delivery => (
            "Email Delivered",
            "Delivery",
            "delivery",
            json!({
                "timestamp": time,
                "processingTimeMillis": 100,
                "recipients": mail.to,
                "smtpResponse": "250 2.6.0 Message received",
                "reportingMTA": "localhost",
            }),
        ),
        MailEvent::Delay => (
            "Email Delivery Delayed",
            "DeliveryDelay",
            "deliveryDelay",
            json!({
                "timestamp": time,
                "delayType": "MailboxFull",
                "expirationTime": time,
                "delayedRecipients": recipients(json!({"status": "4.2.2", "diagnosticCode": "smtp; 4.2.2 simulated"})),
            }),
        ),
        MailEvent::Reject => ("Email Rejected", "Reject", "reject", json!({"reason": "Bad content"})),
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
        "detail": {"eventType": event_type, "mail": original(mail), key: body},
    })
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
