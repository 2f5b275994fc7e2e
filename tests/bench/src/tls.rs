//! TLS in the path, as in production: an endpoint that ends TLS and passes on what is inside.
//!
//! Whose certificates are trusted is said by the usual variables: the functions trust those of Amazon, as many as in production,
//! and the references what a system trusts.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Where this system keeps its roots: Debian's place, then Fedora's and Amazon Linux's.
const SYSTEM: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// An endpoint with a certificate of its own making.
pub struct Endpoint {
    /// Where it answers.
    pub url: String,
    /// The system's roots and this endpoint's: a file as long as the one in production.
    pub system: PathBuf,
    /// Those that functions have compiled in, and this endpoint's.
    pub functions: PathBuf,
}

impl Endpoint {
    /// Starts an endpoint before an address, keeping its files in a directory.
    pub async fn start(before: &str, dir: &Path) -> Result<Self> {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Of another name than the certificate, which OpenSSL would otherwise take for one signed by itself.
        ca.distinguished_name.push(DnType::CommonName, "Benchmark");
        let ca =
            CertifiedIssuer::self_signed(ca, KeyPair::generate().context("no key")?).context("no root")?;
        let key = KeyPair::generate().context("no key")?;
        let leaf = CertificateParams::new([Ipv4Addr::LOCALHOST.to_string()]).context("no name")?;
        let leaf = leaf.signed_by(&key, &ca).context("no certificate")?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context("no version of TLS")?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .context("the certificate does not fit")?;

        let of_system = SYSTEM.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let with_own = |name: &str, roots: &str| {
            let file = dir.join(name);
            std::fs::write(&file, format!("{roots}\n{}", ca.pem()))
                .with_context(|| file.display().to_string())?;
            anyhow::Ok(file)
        };
        let system = with_own("system.pem", &of_system)?;
        let functions = with_own("functions.pem", runtime::ROOTS)?;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
        let url = format!("https://{}", listener.local_addr().context("a listener has no address")?);
        let (acceptor, before) = (TlsAcceptor::from(Arc::new(config)), before.to_owned());
        tokio::spawn(async move {
            while let Ok((outside, _)) = listener.accept().await {
                let (acceptor, before) = (acceptor.clone(), before.clone());
                tokio::spawn(async move {
                    // Whoever is on the other side sees a connection that ends, and says so.
                    let _ = outside.set_nodelay(true);
                    let Ok(mut outside) = acceptor.accept(outside).await else { return };
                    let Ok(mut inside) = TcpStream::connect(before).await else { return };
                    let _ = inside.set_nodelay(true);
                    let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Ok(Self { url, system, functions })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::retry::RetryConfig;
    use aws_sdk_dynamodb::error::SdkError;
    use runtime::Settings;

    use super::*;

    #[tokio::test]
    async fn functions_ask_nobody_but_who_shows_a_certificate_of_amazon_or_of_a_root_that_is_named() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let database = axum::Router::new().fallback(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async { r#"{"TableNames": []}"# }
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, database).await });
        let dir = std::env::temp_dir().join(format!("bench-tls-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let endpoint = Endpoint::start(&address, &dir).await.unwrap();

        let client = |bundle: Option<&Path>| {
            let settings = Settings::new(|name| {
                Some(match name {
                    "AWS_ENDPOINT_URL" => endpoint.url.clone(),
                    "AWS_REGION" => "eu-central-1".to_owned(),
                    "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "key".to_owned(),
                    "AWS_CA_BUNDLE" => bundle?.display().to_string(),
                    _ => return None,
                })
            });
            let config = runtime::aws(&settings).unwrap().into_builder();
            Client::new(&config.retry_config(RetryConfig::disabled()).build())
        };
        let refused = client(None).list_tables().send().await.unwrap_err();
        assert!(matches!(refused, SdkError::DispatchFailure(_)), "{refused:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        client(Some(&endpoint.functions)).list_tables().send().await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
