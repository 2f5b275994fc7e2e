//! Signature version 4, as S3 verifies it: in the query of a link, or in a header.

use aws_lc_rs::{digest, hmac};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Query, Refused};
use crate::template::{ACCESS_KEY, REGION, SECRET_KEY};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What is written as it is in a canonical request.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// How far ahead of time a link may start, as clocks differ.
const SKEW: TimeDelta = TimeDelta::minutes(15);

/// What a request says of its signature, and what it should have signed.
pub struct Signed {
    credential: String,
    date: String,
    /// How long a link lasts; `None` for a request that carries its signature in a header.
    lasting: Option<TimeDelta>,
    signature: String,
    canonical: String,
}

impl Signed {
    /// Reads the signature of a request.
    pub fn read(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Self, Refused> {
        let query = Query::of(uri);
        let in_header = headers.get("authorization").map(|value| value.to_str().unwrap_or_default());
        let in_query = query.get("X-Amz-Signature");
        let (credential, names, signature, date, lasting) = match (in_header, in_query) {
            (Some(_), Some(_)) => return Err(Refused::invalid("only one auth mechanism allowed")),
            (None, None) => return Err(Refused::denied("AccessDenied", "the request is not signed")),
            (None, Some(signature)) => {
                let need = |name: &str| {
                    query.get(name).ok_or_else(|| {
                        Refused::new(
                            StatusCode::BAD_REQUEST,
                            "AuthorizationQueryParametersError",
                            &format!("{name} is missing"),
                        )
                    })
                };
                let lasting =
                    need("X-Amz-Expires")?.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
                let lasting = lasting.ok_or_else(|| Refused::invalid("X-Amz-Expires must be 1 to 604800"))?;
                let names = need("X-Amz-SignedHeaders")?;
                (
                    need("X-Amz-Credential")?,
                    names,
                    signature,
                    need("X-Amz-Date")?,
                    Some(TimeDelta::seconds(lasting)),
                )
            }
            (Some(header), None) => {
                let part = |name: &str| {
                    let part =
                        header.split([' ', ',']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
                    part.map(str::to_owned).ok_or_else(|| Refused::invalid("Authorization is incomplete"))
                };
                let date = headers.get("x-amz-date").and_then(|date| date.to_str().ok()).unwrap_or_default();
                (part("Credential")?, part("SignedHeaders")?, part("Signature")?, date.to_owned(), None)
            }
        };
        let payload = match lasting {
            Some(_) => "UNSIGNED-PAYLOAD",
            None => {
                headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok()).unwrap_or_default()
            }
        };
        let canonical = canonical(method, uri, headers, &names, payload)?;
        Ok(Self { credential, date, lasting, signature, canonical })
    }

    /// Refuses what has expired, and what is not signed with the stack's key.
    pub fn verify(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        let signed_at = NaiveDateTime::parse_from_str(&self.date, "%Y%m%dT%H%M%SZ");
        let signed_at =
            signed_at.map_err(|_| Refused::denied("AccessDenied", "the request has no date"))?.and_utc();
        if let Some(lasting) = self.lasting {
            if now > signed_at + lasting {
                return Err(Refused::denied("AccessDenied", "Request has expired"));
            }
            if signed_at > now + SKEW {
                return Err(Refused::denied("AccessDenied", "Request is not yet valid"));
            }
        }
        let day = self.date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{REGION}/s3/aws4_request");
        if self.credential != format!("{ACCESS_KEY}/{scope}") {
            return Err(Refused::denied(
                "InvalidAccessKeyId",
                "the key is not this stack's, or not for this service",
            ));
        }
        let digest = HEXLOWER.encode(&sha256(self.canonical.as_bytes()));
        let text = format!("{ALGORITHM}\n{}\n{scope}\n{digest}", self.date);
        let key = [day, REGION, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{SECRET_KEY}").into_bytes(), |key, part| sign(&key, part.as_bytes()));
        if HEXLOWER.encode(&sign(&key, text.as_bytes())) == self.signature {
            Ok(())
        } else {
            Err(Refused::denied("SignatureDoesNotMatch", "the request is not what was signed"))
        }
    }
}

/// The digest of bytes.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// What was signed, if the request is what it was.
fn canonical(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    names: &str,
    payload: &str,
) -> Result<String, Refused> {
    let signed: Vec<&str> = names.split(';').collect();
    // What is not signed could have been added by anybody.
    let unsigned =
        headers.keys().find(|name| name.as_str().starts_with("x-amz-") && !signed.contains(&name.as_str()));
    if let Some(name) = unsigned {
        return Err(Refused::denied(
            "AccessDenied",
            &format!("there were headers that were not signed: {name}"),
        ));
    }
    let encoded = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let path: Vec<_> =
        uri.path().split('/').map(|part| encoded(&percent_decode_str(part).decode_utf8_lossy())).collect();
    let mut query: Vec<_> = (Query::of(uri).0.iter())
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    query.sort_unstable();
    let mut lines = String::new();
    for name in &signed {
        let values = headers.get_all(*name).iter().filter_map(|value| value.to_str().ok()).map(str::trim);
        lines.push_str(&format!("{name}:{}\n", values.collect::<Vec<_>>().join(",")));
    }
    Ok(format!("{method}\n{}\n{}\n{lines}\n{names}\n{payload}", path.join("/"), query.join("&")))
}
