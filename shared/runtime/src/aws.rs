//! The configuration of AWS clients: what Lambda sets in a function's environment, and nothing else.
//!
//! `aws-config` would look for it in files, in containers and on the network as well, which no Lambda function has, and bring
//! the code for all of that.
//!
//! TLS is rustls with ring, which is 0.3 MB smaller when packed than aws-lc and starts 0.4 to 1 ms sooner. What is given up is a key
//! exchange that would withstand quantum computers, on connections that stay in AWS's network.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::{ConfigError, Settings};

/// The roots of Amazon Trust Services, by which the endpoints of AWS are signed; whoever keeps a store of trusted roots of its own
/// is asked to have all five of them (<https://www.amazontrust.com/repository>, as Debian 12 packs them in `ca-certificates`).
/// To read the system's 140 takes a millisecond of each start, and none of the others has any business here.
pub const ROOTS: &str = include_str!("../data/amazon-trust-services.pem");

/// Names a file of certificates to trust in place of [`ROOTS`], as for AWS's command line: for calls that go elsewhere than to AWS.
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// Region, keys and endpoints from the environment, and one HTTP client for all clients made of it: they share what it has read
/// of certificates, and its connections.
///
/// # Errors
/// [`ConfigError`] when `AWS_CA_BUNDLE` names no file of certificates. One of them that is broken ends the process at its first call.
pub fn config(settings: &Settings<'_>) -> Result<SdkConfig, ConfigError> {
    // A call that hangs must leave time to try again before the function's own time is up.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(4))
        .build();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted(settings)?)
        .build_https();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .http_client(http)
        .service_config(Endpoints::of(settings));
    config.set_region(settings.optional("AWS_REGION").map(Region::new));
    config.set_credentials_provider(credentials(settings));
    Ok(config.build())
}

fn trusted(settings: &Settings<'_>) -> Result<TlsContext, ConfigError> {
    let wrong = |why: String| {
        let reason = format!("must name a file of certificates in PEM: {why}");
        ConfigError::Wrong { name: BUNDLE, reason }
    };
    let roots = match settings.optional(BUNDLE) {
        None => ROOTS.to_owned(),
        Some(file) => std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?,
    };
    if !roots.contains("-----BEGIN CERTIFICATE-----") {
        return Err(wrong("there is none in it".to_owned()));
    }
    let trusted = TrustStore::empty().with_pem_certificate(roots);
    TlsContext::builder().with_trust_store(trusted).build().map_err(|error| wrong(error.to_string()))
}

/// The role's keys. They are good for longer than Lambda keeps a process.
fn credentials(settings: &Settings<'_>) -> Option<SharedCredentialsProvider> {
    let (id, secret) = (settings.optional("AWS_ACCESS_KEY_ID")?, settings.optional("AWS_SECRET_ACCESS_KEY")?);
    let token = settings.optional("AWS_SESSION_TOKEN");
    Some(SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "Lambda")))
}

/// Services that calls may be sent elsewhere for: those of this system.
const SERVICES: [&str; 4] = ["DYNAMODB", "S3", "SCHEDULER", "SESV2"];

/// Other endpoints than AWS's own, by the variables that all of AWS's SDKs read: `AWS_ENDPOINT_URL_DYNAMODB` for one
/// service, `AWS_ENDPOINT_URL` for those without one of their own.
#[derive(Debug)]
struct Endpoints {
    own: Vec<(&'static str, String)>,
    any: Option<String>,
}

impl Endpoints {
    fn of(settings: &Settings<'_>) -> Self {
        let own = SERVICES.into_iter().filter_map(|service| {
            Some((service, settings.optional(&format!("AWS_ENDPOINT_URL_{service}"))?))
        });
        Self { own: own.collect(), any: settings.optional("AWS_ENDPOINT_URL") }
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() != "AWS_ENDPOINT_URL" {
            return None;
        }
        let service = key.service_id().to_uppercase().replace(' ', "_");
        let own = self.own.iter().find(|(name, _)| *name == service).map(|(_, url)| url);
        own.or(self.any.as_ref()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &'static [(&str, &str)]) -> Settings<'static> {
        Settings::new(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn endpoint(values: &'static [(&str, &str)], service: &str) -> Option<String> {
        let key =
            ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        Endpoints::of(&settings(values)).load_config(key.build().unwrap())
    }

    #[test]
    fn region_and_keys_are_those_of_the_environment() {
        let config = config(&settings(&[
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ]))
        .unwrap();
        assert_eq!(config.region().map(ToString::to_string).as_deref(), Some("eu-central-1"));
        assert!(config.credentials_provider().is_some());
        assert_eq!(config.endpoint_url(), None);
        let half = super::config(&settings(&[("AWS_ACCESS_KEY_ID", "id")])).unwrap();
        assert!(half.credentials_provider().is_none());
    }

    #[test]
    fn clients_share_one_http_client() {
        assert!(config(&settings(&[])).unwrap().http_client().is_some());
    }

    #[tokio::test]
    async fn the_roots_are_certificates() {
        assert_eq!(ROOTS.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let settings = settings(&[
            // Nobody listens there, but what is trusted is read before a connection is tried.
            ("AWS_ENDPOINT_URL", "https://127.0.0.1:9"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]);
        let config = config(&settings).unwrap().into_builder().retry_config(RetryConfig::disabled()).build();
        let failed = aws_sdk_dynamodb::Client::new(&config).list_tables().send().await.unwrap_err();
        assert!(matches!(failed, aws_sdk_dynamodb::error::SdkError::DispatchFailure(_)), "{failed:?}");
    }

    #[test]
    fn a_file_without_certificates_stops_the_start() {
        for file in ["/nowhere/roots.pem", "/dev/null"] {
            let stopped =
                config(&Settings::new(|name| (name == BUNDLE).then(|| file.to_owned()))).unwrap_err();
            assert!(
                stopped.to_string().starts_with("the environment variable AWS_CA_BUNDLE must name a file")
            );
        }
    }

    #[test]
    fn a_service_may_have_an_endpoint_of_its_own() {
        let both = &[("AWS_ENDPOINT_URL_DYNAMODB", "http://a"), ("AWS_ENDPOINT_URL", "http://b")];
        assert_eq!(endpoint(both, "DynamoDB").as_deref(), Some("http://a"));
        assert_eq!(endpoint(both, "SESv2").as_deref(), Some("http://b"));
        assert_eq!(endpoint(&[("AWS_ENDPOINT_URL_SESV2", "http://c")], "Scheduler"), None);
    }
}
