//! Links in mails: capabilities of 256 random bits, of which only a digest is kept.
//!
//! They are random and not signed: a notice is written before it is sent anyway, for its deadline, so that the digest of a fresh
//! secret costs nothing, no key has to be kept, rotated or guarded, and each recipient has a link of its own.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::value::field::{Field, Invalid};
use crate::value::id::ClaimId;

/// Characters of a claim's ID without its prefix.
const CLAIM_PART: usize = 26;

/// Characters of the secret: 32 bytes in base 32.
const SECRET_PART: usize = 52;

/// What stands in a link: the claim that it is for, and the secret. Never logged, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

/// Shows nothing of the secret.
impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl LinkToken {
    /// A token for a claim, from 32 random bytes.
    pub fn new(claim: &ClaimId, secret: [u8; 32]) -> Self {
        let secret = BASE32_NOPAD.encode(&secret).to_ascii_lowercase();
        Self(format!("{}{secret}", claim.as_str().trim_start_matches("clm_")))
    }

    /// The text that stands in the link: lower case letters and digits, so that no mail program breaks it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The claim that the token says it is for. Whether it is says [`crate::Claim::opened_by`].
    pub fn claim(&self) -> Result<ClaimId, Invalid> {
        ClaimId::parse(&format!("clm_{}", &self.0[..CLAIM_PART]))
    }

    /// What is kept of it.
    pub fn digest(&self) -> LinkDigest {
        LinkDigest(BASE64URL_NOPAD.encode(&Sha256::digest(self.0.as_bytes())[..16]))
    }
}

impl Field for LinkToken {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let fits = text.len() == CLAIM_PART + SECRET_PART
            && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("invalid_link", "is not a link of ours"))
        }
    }
}

/// The digest of a link's token: the first half of its SHA-256. Whoever would forge a link from it has 2^128 to try,
/// and the secret itself has 2^256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDigest(String);

impl LinkDigest {
    /// Whether it is the same, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// The digest as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Field for LinkDigest {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match BASE64URL_NOPAD.decode_len(text.len()) {
            Ok(16) => Ok(Self(text.to_owned())),
            _ => Err(Invalid::new("invalid_digest", "must be a digest of a link")),
        }
    }
}
