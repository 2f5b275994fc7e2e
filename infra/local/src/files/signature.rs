//! Signature version 4, as S3 verifies it, in the query of a link or in a header: the request is signed once more, as it came and
//! with the stack's key, which must come to the same.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningError, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::{Query, Refused};
use crate::template::{ACCESS_KEY, REGION, SECRET_KEY};

/// How far ahead of time a link may start, as clocks differ.
const SKEW: TimeDelta = TimeDelta::minutes(15);

/// What a link says of its signature, which is put in anew when it is signed again.
const OF_SIGNATURE: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// Refuses what is not signed with the stack's key, or has expired.
pub fn verify(request: &Request<Bytes>, query: &Query, now: DateTime<Utc>) -> Result<(), Refused> {
    let stated = Stated::read(request.headers(), query)?;
    let signed_at = NaiveDateTime::parse_from_str(&stated.date, "%Y%m%dT%H%M%SZ");
    let signed_at =
        signed_at.map_err(|_| Refused::denied("AccessDenied", "the request has no date"))?.and_utc();
    if let Some(lasting) = stated.lasting {
        if now > signed_at + lasting {
            return Err(Refused::denied("AccessDenied", "Request has expired"));
        }
        if signed_at > now + SKEW {
            return Err(Refused::denied("AccessDenied", "Request is not yet valid"));
        }
    }
    let scope = format!("{ACCESS_KEY}/{}/{REGION}/s3/aws4_request", signed_at.format("%Y%m%d"));
    if stated.credential != scope {
        let message = "the key is not this stack's, or not for this service";
        return Err(Refused::denied("InvalidAccessKeyId", message));
    }
    let headers = stated.signed(request.headers())?;
    let signature = stated.again(request, query, headers, signed_at.into());
    match signature {
        Ok(signature) if signature == stated.signature => Ok(()),
        _ => Err(Refused::denied("SignatureDoesNotMatch", "the request is not what was signed")),
    }
}

/// What a request says of its signature.
struct Stated {
    credential: String,
    date: String,
    /// How long a link lasts; nothing for a request that carries its signature in a header.
    lasting: Option<Duration>,
    /// The names of the headers that are signed.
    names: String,
    signature: String,
}

impl Stated {
    fn read(headers: &HeaderMap, query: &Query) -> Result<Self, Refused> {
        let in_header = headers.get("authorization").map(|value| value.to_str().unwrap_or_default());
        match (in_header, query.get("X-Amz-Signature")) {
            (Some(_), Some(_)) => Err(Refused::invalid("only one auth mechanism allowed")),
            (None, None) => Err(Refused::denied("AccessDenied", "the request is not signed")),
            (None, Some(signature)) => Self::of_link(signature, query),
            (Some(header), None) => Self::of_header(header, headers),
        }
    }

    fn of_link(signature: &str, query: &Query) -> Result<Self, Refused> {
        let need = |name: &str| {
            query.get(name).cloned().ok_or_else(|| {
                let (code, message) = ("AuthorizationQueryParametersError", format!("{name} is missing"));
                Refused::new(StatusCode::BAD_REQUEST, code, &message)
            })
        };
        let lasting = need("X-Amz-Expires")?.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
        let lasting = lasting.ok_or_else(|| Refused::invalid("X-Amz-Expires must be 1 to 604800"))?;
        Ok(Self {
            credential: need("X-Amz-Credential")?,
            date: need("X-Amz-Date")?,
            lasting: Some(Duration::from_secs(lasting)),
            names: need("X-Amz-SignedHeaders")?,
            signature: signature.to_owned(),
        })
    }

    fn of_header(header: &str, headers: &HeaderMap) -> Result<Self, Refused> {
        let part = |name: &str| {
            let part = header.split([' ', ',']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            part.map(str::to_owned).ok_or_else(|| Refused::invalid("Authorization is incomplete"))
        };
        let date = headers.get("x-amz-date").and_then(|date| date.to_str().ok()).unwrap_or_default();
        Ok(Self {
            credential: part("Credential")?,
            date: date.to_owned(),
            lasting: None,
            names: part("SignedHeaders")?,
            signature: part("Signature")?,
        })
    }

    /// The headers that are signed. What is not could have been added by anybody.
    fn signed<'h>(&self, headers: &'h HeaderMap) -> Result<Vec<(&'h str, &'h str)>, Refused> {
        let names: Vec<_> = self.names.split(';').collect();
        let is_signed = |name: &str| names.contains(&name);
        let unsigned =
            headers.keys().find(|name| name.as_str().starts_with("x-amz-") && !is_signed(name.as_str()));
        if let Some(name) = unsigned {
            let message = format!("there were headers that were not signed: {name}");
            return Err(Refused::denied("AccessDenied", &message));
        }
        let all = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        Ok(all.filter(|(name, _)| is_signed(name)).collect())
    }

    /// The signature of the same request by the stack's key.
    fn again(
        &self,
        request: &Request<Bytes>,
        query: &Query,
        headers: Vec<(&str, &str)>,
        at: SystemTime,
    ) -> Result<String, SigningError> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.excluded_headers = None;
        settings.expires_in = self.lasting;
        let body = match self.lasting {
            Some(_) => {
                settings.signature_location = SignatureLocation::QueryParams;
                SignableBody::UnsignedPayload
            }
            None => {
                let digest = headers.iter().find(|(name, _)| *name == "x-amz-content-sha256");
                SignableBody::Precomputed(digest.map(|(_, digest)| (*digest).to_owned()).unwrap_or_default())
            }
        };
        let key = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local").into();
        let parameters = SigningParams::builder().identity(&key).region(REGION).name("s3").time(at);
        let parameters = parameters.settings(settings).build().map(Into::into).expect("all of it is given");
        let rest = query.iter().filter(|(name, _)| !OF_SIGNATURE.contains(&name.as_str()));
        let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
        // The signer takes the host from here when no header with it is signed, as none of this stack's callers does.
        let uri = format!("http://unsigned{}?{rest}", request.uri().path());
        let request = SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)?;
        Ok(sign(request, &parameters)?.into_parts().1)
    }
}
