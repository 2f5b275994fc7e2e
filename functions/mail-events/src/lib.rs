//! Notes what became of the mails to customers. Mail that was not delivered never makes an association official.
//!
//! Called by EventBridge with the events that SES publishes: at least once, in any order. Which notice a mail carried, and to
//! whom, stands in the tags that `notify` sent it with. The template's rule lets no others by.

use domain::field::Field;
use domain::{ClaimId, Command, MailState, NoticeNumber, Recipient};
use lambda_runtime::Error;
use runtime::{Clock, Settings};
use serde::Deserialize;
use serde_json::Value;
use store::{Claims, ExecuteError, Executor, Requester};

/// The part of an event that is read. Names are those of the SES event publishing documentation.
#[derive(Debug, Clone, Deserialize)]
pub struct MailEvent {
    detail: Detail,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    #[serde(default)]
    bounce: Option<Bounce>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    #[serde(default)]
    tags: std::collections::HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    runtime::run(|event: MailEvent| handle(&executor, event)).await
}

/// Handles one event.
///
/// # Errors
/// When the store fails; Lambda then calls again.
pub async fn handle<S: Claims>(executor: &Executor<S>, event: MailEvent) -> Result<Value, Error> {
    let detail = event.detail;
    let Some(mail) = state(&detail) else { return Ok(Value::Null) };
    let message_id = detail.mail.message_id.as_str();
    let Some((claim_id, notice, to)) = addressed(&detail.mail) else {
        tracing::warn!(message_id, mail = %mail, "no mail to a customer");
        return Ok(Value::Null);
    };
    let command = Command::MailReported { notice, to, mail };
    match executor.execute(&claim_id, &Requester::SYSTEM, command).await {
        Ok(done) => {
            let changed = !done.events.is_empty();
            tracing::info!(claim_id = %claim_id, notice = %notice, to = %to, mail = %mail, message_id, changed, "mail to a customer");
            Ok(Value::Null)
        }
        Err(ExecuteError::NotFound) => Ok(Value::Null),
        Err(error) => Err(runtime::failed_on(&claim_id, error)),
    }
}

fn state(detail: &Detail) -> Option<MailState> {
    match detail.event_type.as_str() {
        "Delivery" => Some(MailState::Delivered),
        "DeliveryDelay" => Some(MailState::Delayed),
        "Complaint" => Some(MailState::Complained),
        // Refused by SES itself, after it was accepted: nobody will get it.
        "Reject" => Some(MailState::Bounced),
        "Bounce" => match detail.bounce.as_ref().map(|bounce| bounce.bounce_type.as_str()) {
            Some("Permanent") => Some(MailState::Bounced),
            // A full mailbox, say: SES publishes it once it has given up.
            _ => Some(MailState::SoftBounced),
        },
        _ => None,
    }
}

fn addressed(mail: &Mail) -> Option<(ClaimId, NoticeNumber, Recipient)> {
    let tag = |name: &str| mail.tags.get(name).and_then(|values| values.first());
    Some((
        ClaimId::parse(tag("claim")?).ok()?,
        NoticeNumber::parse(tag("notice")?).ok()?,
        Recipient::parse(tag("recipient")?).ok()?,
    ))
}
