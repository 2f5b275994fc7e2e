//! Whether a request came through the vendor's own domain, where one stands before the function URL.
//!
//! The URL itself is public and cannot be closed: CloudFront's way of signing to it asks a form's POST for a digest of its
//! body, which browsers do not send. So CloudFront shows a secret, and whoever does not is shown the neutral page, by which
//! the raw URL says nothing about links.

use lambda_http::Request;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header in which CloudFront shows the secret.
const HEADER: &str = "x-origin-secret";

/// What a request has to show.
#[derive(Debug, Clone, Default)]
pub struct OriginCheck(Option<[u8; 32]>);

impl OriginCheck {
    /// A check that lets in who shows this secret, or to everybody when there is none.
    pub fn new(secret: Option<&str>) -> Self {
        Self(secret.map(|secret| Sha256::digest(secret).into()))
    }

    /// Whether the request may come in.
    pub fn admits(&self, request: &Request) -> bool {
        let Some(secret) = &self.0 else { return true };
        let shown = request.headers().get(HEADER).map(|value| Sha256::digest(value.as_bytes()));
        // Digests, so that the comparison takes the same time for secrets of any length.
        shown.is_some_and(|shown| bool::from(shown[..].ct_eq(secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(secret: Option<&str>) -> Request {
        let mut request = Request::default();
        if let Some(secret) = secret {
            request.headers_mut().insert(HEADER, secret.parse().unwrap());
        }
        request
    }

    #[test]
    fn only_who_shows_the_secret_comes_in() {
        let origin = OriginCheck::new(Some("0123456789abcdef0123456789abcdef"));
        assert!(origin.admits(&request(Some("0123456789abcdef0123456789abcdef"))));
        assert!(!origin.admits(&request(Some("0123456789abcdef0123456789abcdeF"))));
        assert!(!origin.admits(&request(Some(""))));
        assert!(!origin.admits(&request(None)));
    }

    #[test]
    fn without_a_secret_everybody_comes_in() {
        assert!(OriginCheck::new(None).admits(&request(None)));
        assert!(OriginCheck::default().admits(&request(Some("anything"))));
    }
}
