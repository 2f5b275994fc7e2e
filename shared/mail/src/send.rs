use std::error::Error;
use std::future::Future;
use std::io;
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use data_encoding::BASE64;

use crate::Rendered;

/// Longer than SES ever takes in practice, shorter than a function may run.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends mails. Accepted is not delivered: what becomes of a mail is told by events.
pub trait Post: Send + Sync {
    /// Sends `mail`, once.
    fn send(&self, mail: &Outgoing) -> impl Future<Output = Result<MessageId, SendError>> + Send;
}

/// A mail and where it goes.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The one recipient's address, without a name.
    pub to: String,
    /// Where an answer goes, if not to the sender.
    pub reply_to: Option<String>,
    /// What it says.
    pub rendered: Rendered,
    /// Names and values that come back with the events about this mail. Other characters than ASCII letters, digits,
    /// "_" and "-" become "_".
    pub tags: Vec<(String, String)>,
}

/// The id that the mail service gave a mail. Events about the mail carry it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(pub String);

/// Why a mail was not sent, by what there is to do about it.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// This mail will never be accepted.
    #[error("the mail was refused: {code}")]
    Permanent {
        /// The mail service's code, or `invalid_address`.
        code: String,
    },
    /// It was certainly not sent, and may be accepted later.
    #[error("the mail was not accepted for now")]
    Transient {
        /// What the mail service or the network said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It may have been sent, or not: sending it again may send it twice.
    #[error("it is not known whether the mail was accepted")]
    Ambiguous {
        /// What the mail service or the network said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No mail at all can be sent until an operator acts: the work waits, and this mail is not at fault.
    #[error("sending mail waits for an operator: {code}")]
    Parked {
        /// The mail service's code, or `unverified_identity`: the sender's, or in SES's sandbox the recipient's.
        code: String,
    },
    /// The function's role may not send: as [`SendError::Parked`], but what has to be fixed is a policy.
    #[error("ses:SendEmail from {sender} is not allowed: {code}")]
    Denied {
        /// The mail service's code.
        code: String,
        /// Whom it would have come from, which is what policies name.
        sender: String,
    },
}

/// Sends through Amazon SES.
#[derive(Clone, Debug)]
pub struct SesPost {
    client: Client,
    sender: String,
    configuration_set: Option<String>,
}

impl SesPost {
    /// Sends as the address under a name, with the configuration set that reports events.
    ///
    /// The client never retries: SendEmail has no token that tells a repetition from a second mail, so only the
    /// caller, which has recorded what it is about to send, can decide to try again.
    pub fn new(
        config: &aws_types::SdkConfig,
        name: &str,
        address: &str,
        configuration_set: Option<String>,
    ) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(TIMEOUT);
        let config = aws_sdk_sesv2::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .build();
        Self {
            client: Client::from_conf(config),
            sender: format!("{} <{address}>", display_name(name)),
            configuration_set,
        }
    }
}

impl Post for SesPost {
    async fn send(&self, mail: &Outgoing) -> Result<MessageId, SendError> {
        let mut addresses = std::iter::once(&mail.to).chain(&mail.reply_to);
        if !addresses.all(|address| is_one_address(address)) {
            return Err(SendError::Permanent { code: "invalid_address".into() });
        }
        let message = message(&mail.rendered).map_err(unbuildable)?;
        let tags = mail.tags.iter().map(|(name, value)| {
            MessageTag::builder().name(tag(name)).value(tag(value)).build().map_err(unbuildable)
        });
        let output = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .set_reply_to_addresses(mail.reply_to.clone().map(|address| vec![address]))
            .content(EmailContent::builder().simple(message).build())
            .set_email_tags(Some(tags.collect::<Result<_, _>>()?))
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await
            .map_err(|error| self.classified(error))?;
        Ok(MessageId(output.message_id.unwrap_or_default()))
    }
}

impl SesPost {
    fn classified(&self, error: SdkError<SendEmailError>) -> SendError {
        match &error {
            SdkError::ConstructionFailure(_) => SendError::Permanent { code: "invalid_request".into() },
            SdkError::DispatchFailure(_) if never_connected(&error) => {
                SendError::Transient { source: error.into() }
            }
            SdkError::ServiceError(service) => match answered(service.err(), service.raw().status().as_u16())
            {
                Answer::Permanent(code) => SendError::Permanent { code },
                Answer::Parked(code) => SendError::Parked { code },
                Answer::Denied(code) => SendError::Denied { code, sender: self.sender.clone() },
                Answer::Transient => SendError::Transient { source: error.into() },
                Answer::Unclear => SendError::Ambiguous { source: error.into() },
            },
            // A time-out, a connection that broke, an answer that cannot be read: SES may have taken the mail.
            _ => SendError::Ambiguous { source: error.into() },
        }
    }
}

fn message(rendered: &Rendered) -> Result<Message, BuildError> {
    let content = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().text(content(&rendered.text)?).html(content(&rendered.html)?).build();
    // Keeps out-of-office notes from answering. No List-Unsubscribe: mail programs act on it by themselves, and
    // leaving a list is not what a customer decides here.
    let header = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    Ok(Message::builder().subject(content(&rendered.subject)?).body(body).headers(header).build())
}

fn unbuildable(_: BuildError) -> SendError {
    SendError::Permanent { code: "invalid_request".into() }
}

/// One bare address, and nothing that a mail service could read as a second one or as a header.
fn is_one_address(address: &str) -> bool {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || ",;:<>()[]\"\\".contains(c);
    address.matches('@').count() == 1
        && !address.starts_with('@')
        && !address.ends_with('@')
        && !address.contains(forbidden)
}

fn tag(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.chars().take(256).map(|c| if fits(c) { c } else { '_' }).collect()
}

enum Answer {
    Permanent(String),
    Parked(String),
    Denied(String),
    Transient,
    Unclear,
}

fn answered(error: &SendEmailError, status: u16) -> Answer {
    let code = error.code().unwrap_or_default();
    match error {
        // Ours, and not the recipient's: "Email address is not verified. The following identities failed the check …".
        SendEmailError::MessageRejected(refused)
            if refused.message().is_some_and(|message| message.contains("not verified")) =>
        {
            Answer::Parked("unverified_identity".to_owned())
        }
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => {
            Answer::Permanent(code.to_owned())
        }
        SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::AccountSuspendedException(_)
        | SendEmailError::SendingPausedException(_) => Answer::Parked(code.to_owned()),
        SendEmailError::TooManyRequestsException(_) | SendEmailError::LimitExceededException(_) => {
            Answer::Transient
        }
        // The configuration set is missing: no mail can leave until somebody makes it.
        SendEmailError::NotFoundException(_) => Answer::Parked(code.to_owned()),
        _ if status == 429 || code.contains("Throttl") || code.contains("TooManyRequests") => {
            Answer::Transient
        }
        _ if status >= 500 && !code.is_empty() => Answer::Transient,
        // Not SES but something before it answered, perhaps after SES had taken the mail.
        _ if status >= 500 || code.is_empty() => Answer::Unclear,
        _ if code.contains("AccessDenied") => Answer::Denied(code.to_owned()),
        // Wrong key or expired session: the mail is not at fault.
        _ if status == 401 || status == 403 => Answer::Parked(code.to_owned()),
        _ => Answer::Permanent(code.to_owned()),
    }
}

/// A sender's name as a header carries it: quoted, or encoded where it is not ASCII (RFC 5322 §3.2.4, RFC 2047 §2).
fn display_name(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.is_ascii() {
        return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    // An encoded word has at most 75 characters, of which 63 are left for the text: 45 bytes, cut between characters.
    let mut words = vec![String::new()];
    for c in name.chars() {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > 45) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    let encoded = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word.as_bytes())));
    encoded.collect::<Vec<_>>().join(" ")
}

/// Whether the chain of causes says that there was no connection on which the mail could have left.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let refused = error.downcast_ref::<io::Error>().is_some_and(|error| {
        use io::ErrorKind as Kind;
        matches!(error.kind(), Kind::ConnectionRefused | Kind::HostUnreachable | Kind::NetworkUnreachable)
    });
    refused || error.source().is_some_and(never_connected)
}

#[cfg(test)]
mod tests;
