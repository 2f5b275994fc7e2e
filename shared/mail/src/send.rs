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
    #[error("sending mail is suspended: {code}")]
    Parked {
        /// The mail service's code.
        code: String,
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
    /// Sends as `sender` (an address, or `Name <address>`), with the configuration set that reports events.
    ///
    /// The client never retries: SendEmail has no token that tells a repetition from a second mail, so only the
    /// caller, which has recorded what it is about to send, can decide to try again.
    pub fn new(
        config: &aws_config::SdkConfig,
        sender: impl Into<String>,
        configuration_set: Option<String>,
    ) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(TIMEOUT);
        let config = aws_sdk_sesv2::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .build();
        Self { client: Client::from_conf(config), sender: sender.into(), configuration_set }
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
            .map_err(classified)?;
        Ok(MessageId(output.message_id.unwrap_or_default()))
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

fn classified(error: SdkError<SendEmailError>) -> SendError {
    match &error {
        SdkError::ConstructionFailure(_) => SendError::Permanent { code: "invalid_request".into() },
        SdkError::DispatchFailure(_) if never_connected(&error) => {
            SendError::Transient { source: error.into() }
        }
        SdkError::ServiceError(service) => match answered(service.err(), service.raw().status().as_u16()) {
            Answer::Permanent(code) => SendError::Permanent { code },
            Answer::Parked(code) => SendError::Parked { code },
            Answer::Transient => SendError::Transient { source: error.into() },
            Answer::Unclear => SendError::Ambiguous { source: error.into() },
        },
        // A time-out, a connection that broke, an answer that cannot be read: SES may have taken the mail.
        _ => SendError::Ambiguous { source: error.into() },
    }
}

enum Answer {
    Permanent(String),
    Parked(String),
    Transient,
    Unclear,
}

fn answered(error: &SendEmailError, status: u16) -> Answer {
    let code = error.code().unwrap_or_default();
    match error {
        SendEmailError::MessageRejected(_)
        | SendEmailError::MailFromDomainNotVerifiedException(_)
        | SendEmailError::BadRequestException(_) => Answer::Permanent(code.to_owned()),
        SendEmailError::AccountSuspendedException(_) | SendEmailError::SendingPausedException(_) => {
            Answer::Parked(code.to_owned())
        }
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
        // Missing permission, wrong key or expired session: the mail is not at fault.
        _ if status == 401 || status == 403 => Answer::Parked(code.to_owned()),
        _ => Answer::Permanent(code.to_owned()),
    }
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
mod tests {
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_sdk_sesv2::config::{Credentials, HttpClient, SharedCredentialsProvider};
    use aws_smithy_http_client::test_util::{NeverClient, capture_request, infallible_client_fn};
    use serde_json::{Value, json};

    use super::*;

    fn post(http: impl HttpClient + 'static) -> SesPost {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "a", "b", None, None, "test",
            )))
            .http_client(http)
            .build();
        SesPost::new(&config, "Vendor <no-reply@vendor.example>", Some("notices".into()))
    }

    fn mail() -> Outgoing {
        Outgoing {
            to: "jana@contoso.com".into(),
            reply_to: Some("help@vendor.example".into()),
            rendered: Rendered { subject: "S – ž".into(), text: "T".into(), html: "<p>H".into() },
            tags: vec![("claim".into(), "01J.8:x".into()), ("recipient".into(), "primary".into())],
        }
    }

    fn answer(status: u16, code: Option<&str>) -> http::Response<&'static str> {
        let mut response = http::Response::builder().status(status);
        if let Some(code) = code {
            response = response.header("x-amzn-errortype", code);
        }
        response.body("{}").unwrap()
    }

    async fn answered_with(status: u16, code: Option<&'static str>) -> SendError {
        post(infallible_client_fn(move |_| answer(status, code))).send(&mail()).await.unwrap_err()
    }

    #[tokio::test]
    async fn the_request_says_all_and_nothing_else() {
        let ok = http::Response::builder().body(r#"{"MessageId":"m-1"}"#.into()).unwrap();
        let (http, request) = capture_request(Some(ok));
        assert_eq!(post(http).send(&mail()).await.unwrap(), MessageId("m-1".into()));

        let request = request.expect_request();
        assert_eq!(request.uri(), "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails");
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        assert_eq!(
            body,
            json!({
                "FromEmailAddress": "Vendor <no-reply@vendor.example>",
                "Destination": {"ToAddresses": ["jana@contoso.com"]},
                "ReplyToAddresses": ["help@vendor.example"],
                "Content": {"Simple": {
                    "Subject": {"Data": "S – ž", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "T", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>H", "Charset": "UTF-8"},
                    },
                    "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                }},
                "EmailTags": [
                    {"Name": "claim", "Value": "01J_8_x"},
                    {"Name": "recipient", "Value": "primary"},
                ],
                "ConfigurationSetName": "notices",
            })
        );
    }

    #[tokio::test]
    async fn a_refusal_is_permanent() {
        for code in ["MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"] {
            let error = answered_with(400, Some(code)).await;
            assert!(matches!(&error, SendError::Permanent { code: c } if c == code), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_stopped_account_parks_the_work() {
        for (status, code) in [
            (400, "AccountSuspendedException"),
            (400, "SendingPausedException"),
            (404, "NotFoundException"),
            (403, "AccessDeniedException"),
            (403, "ExpiredTokenException"),
        ] {
            let error = answered_with(status, Some(code)).await;
            assert!(matches!(&error, SendError::Parked { code: c } if c == code), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_throttle_or_an_answered_failure_is_transient() {
        for (status, code) in [
            (429, "TooManyRequestsException"),
            (400, "LimitExceededException"),
            (400, "ThrottlingException"),
            (500, "InternalFailure"),
            (503, "ServiceUnavailable"),
        ] {
            let error = answered_with(status, Some(code)).await;
            assert!(matches!(error, SendError::Transient { .. }), "{code}: {error:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_from_somewhere_else_is_ambiguous() {
        let error = answered_with(502, None).await;
        assert!(matches!(error, SendError::Ambiguous { .. }), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_ambiguous_and_is_not_repeated() {
        let http = NeverClient::new();
        let error = post(http.clone()).send(&mail()).await.unwrap_err();
        assert!(matches!(error, SendError::Ambiguous { .. }), "{error:?}");
        assert_eq!(http.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_repeated() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicU32, Ordering};
        let calls = Arc::new(AtomicU32::new(0));
        let counted = calls.clone();
        let http = infallible_client_fn(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            answer(500, Some("InternalFailure"))
        });
        post(http).send(&mail()).await.unwrap_err();
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn an_address_cannot_bring_a_second_recipient() {
        for to in ["a@b.cz, c@d.cz", "a@b.cz\r\nBcc: c@d.cz", "A <a@b.cz>", "nobody", "@b.cz", ""] {
            let http = NeverClient::new();
            let error = post(http.clone()).send(&Outgoing { to: to.into(), ..mail() }).await.unwrap_err();
            assert!(matches!(&error, SendError::Permanent { code } if code == "invalid_address"), "{to:?}");
            assert_eq!(http.num_calls(), 0);
        }
    }

    /// Over a real socket, because only a real client's errors show what was told apart.
    async fn sent_to(endpoint: std::net::SocketAddr) -> SendError {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "a", "b", None, None, "test",
            )))
            .endpoint_url(format!("http://{endpoint}"))
            .build();
        SesPost::new(&config, "no-reply@vendor.example", None).send(&mail()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_refused_connection_is_transient() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = listener.local_addr().unwrap();
        drop(listener);
        let error = sent_to(endpoint).await;
        assert!(matches!(error, SendError::Transient { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_that_breaks_is_ambiguous() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            use std::io::Read;
            let (mut connection, _) = listener.accept().unwrap();
            connection.read_exact(&mut [0; 64]).unwrap();
        });
        let error = sent_to(endpoint).await;
        assert!(matches!(error, SendError::Ambiguous { .. }), "{error:?}");
        server.join().unwrap();
    }
}
