use aws_sdk_sesv2::config::{BehaviorVersion, Region};
use aws_sdk_sesv2::config::{Credentials, HttpClient, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::{NeverClient, capture_request, infallible_client_fn};
use aws_types::SdkConfig;
use serde_json::{Value, json};

use super::*;

fn post(http: impl HttpClient + 'static) -> SesPost {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .http_client(http)
        .build();
    SesPost::new(&config, "Vendor, Inc.", "no-reply@vendor.example", Some("notices".into()))
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
            "FromEmailAddress": "\"Vendor, Inc.\" <no-reply@vendor.example>",
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
    for code in ["MessageRejected", "BadRequestException"] {
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
        (403, "ExpiredTokenException"),
    ] {
        let error = answered_with(status, Some(code)).await;
        assert!(matches!(&error, SendError::Parked { code: c } if c == code), "{error:?}");
    }
}

#[tokio::test]
async fn a_denial_names_the_action_and_the_sender() {
    let error = answered_with(403, Some("AccessDeniedException")).await;
    let said =
        "ses:SendEmail from \"Vendor, Inc.\" <no-reply@vendor.example> is not allowed: AccessDeniedException";
    assert_eq!(error.to_string(), said);
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
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .endpoint_url(format!("http://{endpoint}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    SesPost::new(&config, "Vendor", "no-reply@vendor.example", None).send(&mail()).await.unwrap_err()
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

#[test]
fn a_senders_name_is_quoted_or_encoded_and_carries_no_header() {
    for (name, header) in [
        ("Vendor", "\"Vendor\""),
        ("A \"B\" \\ C", "\"A \\\"B\\\" \\\\ C\""),
        ("Vendor\r\nBcc: x@y", "\"VendorBcc: x@y\""),
        ("Společnost", "=?UTF-8?B?U3BvbGXEjW5vc3Q=?="),
    ] {
        assert_eq!(display_name(name), header);
    }
    let long = display_name(&"ž".repeat(50));
    assert!(long.split(' ').count() > 1 && long.split(' ').all(|word| word.len() <= 75), "{long}");
}

#[tokio::test]
async fn an_identity_of_ours_that_is_not_verified_is_not_the_recipients_fault() {
    let refused =
        r#"{"message": "Email address is not verified. The following identities failed the check"}"#;
    let answer = move |_| {
        let response = http::Response::builder().status(400).header("x-amzn-errortype", "MessageRejected");
        response.body(refused).unwrap()
    };
    let error = post(infallible_client_fn(answer)).send(&mail()).await.unwrap_err();
    assert_eq!(error.to_string(), "sending mail waits for an operator: unverified_identity");
    let error = answered_with(400, Some("MailFromDomainNotVerifiedException")).await;
    assert!(matches!(error, SendError::Parked { .. }), "{error:?}");
}
