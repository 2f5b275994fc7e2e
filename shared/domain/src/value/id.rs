//! Identities of claims, their scopes and the associations that come of them.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::value::field::{Field, Invalid, PartnerId, fields};

fields! {
    /// A claim's ID: `clm_` and 26 characters.
    ClaimId = claim_id;
    /// An evidence file's ID: `evd_` and 26 characters.
    EvidenceId = evidence_id;
    /// A caller's key that makes a creating request repeatable: 1 to 200 printable ASCII characters.
    IdempotencyKey = idempotency_key;
}

impl ClaimId {
    /// The ID of the claim that a partner creates under an idempotency key.
    ///
    /// Derived, not drawn: a repeated request names the same claim, so that the claim itself is the record of the
    /// key and no other has to be kept.
    pub fn of(partner: &PartnerId, key: &IdempotencyKey) -> Self {
        Self::digest(&[partner.as_str(), key.as_str()])
    }

    /// The ID of the claim that a row of a bulk upload creates. Rows count from 1.
    pub fn of_row(partner: &PartnerId, key: &IdempotencyKey, row: usize) -> Self {
        Self::digest(&[partner.as_str(), key.as_str(), &row.to_string()])
    }

    /// An ID that no claim has, for checks of claims that are not to be created yet.
    pub fn of_none(partner: &PartnerId) -> Self {
        Self::digest(&[partner.as_str()])
    }

    fn digest(parts: &[&str]) -> Self {
        Self(derived("clm_", parts))
    }
}

impl EvidenceId {
    /// The ID of the file that a partner announces under an idempotency key, derived as a claim's is.
    pub fn of(partner: &PartnerId, key: &IdempotencyKey) -> Self {
        Self(derived("evd_", &[partner.as_str(), key.as_str()]))
    }
}

/// None of the parts can hold the byte that separates them.
fn derived(prefix: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hash.update([0]);
        }
        hash.update(part);
    }
    format!("{prefix}{}", BASE32_NOPAD.encode(&hash.finalize()[..16]).to_ascii_lowercase())
}

/// An association's ID: the claim's ID and the scope's, as in `clm_…-s1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssociationId {
    claim: ClaimId,
    scope: ScopeId,
}

impl AssociationId {
    /// The ID of the association that a claim's scope becomes.
    pub fn of(claim: &ClaimId, scope: ScopeId) -> Self {
        Self { claim: claim.clone(), scope }
    }

    /// The claim.
    pub const fn claim(&self) -> &ClaimId {
        &self.claim
    }

    /// The scope in it.
    pub const fn scope(&self) -> ScopeId {
        self.scope
    }
}

impl fmt::Display for AssociationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.claim, self.scope)
    }
}

impl Field for AssociationId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let parts = text.split_once('-').and_then(|(claim, scope)| {
            Some(Self { claim: ClaimId::parse(claim).ok()?, scope: ScopeId::parse(scope).ok()? })
        });
        parts.ok_or_else(|| Invalid::new("invalid_association_id", "must be an association's id"))
    }
}

impl std::str::FromStr for AssociationId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl TryFrom<String> for AssociationId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<AssociationId> for String {
    fn from(id: AssociationId) -> Self {
        id.to_string()
    }
}

/// A scope's place in its claim: `s1`, `s2`, … Never used again, not even when an edit removes the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeId(u8);

impl ScopeId {
    /// The n-th scope, counted from 1.
    pub const fn nth(n: u8) -> Self {
        Self(n)
    }

    /// Its number, counted from 1.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl Field for ScopeId {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix('s')
            .filter(|digits| !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| Invalid::new("invalid_scope_id", "must be a scope's id such as s1"))
    }
}

impl TryFrom<String> for ScopeId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<ScopeId> for String {
    fn from(id: ScopeId) -> Self {
        id.to_string()
    }
}

fn claim_id(text: &str) -> Result<String, Invalid> {
    if is_id("clm_", text) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_claim_id", "must be a claim's id"))
    }
}

fn evidence_id(text: &str) -> Result<String, Invalid> {
    if is_id("evd_", text) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_evidence_id", "must be the id of an evidence file"))
    }
}

/// A prefix and what [`derived`] puts behind it.
fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn idempotency_key(text: &str) -> Result<String, Invalid> {
    if (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new("invalid_idempotency_key", "must be 1 to 200 printable ASCII characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_of_the_same_partner_names_the_same_claim_and_no_other_does() {
        let partner = |id| PartnerId::parse(id).unwrap();
        let key = |key| IdempotencyKey::parse(key).unwrap();
        let id = ClaimId::of(&partner("1234567"), &key("a"));
        assert_eq!(id, ClaimId::of(&partner("1234567"), &key("a")));
        assert_ne!(id, ClaimId::of(&partner("1234567"), &key("b")));
        assert_ne!(id, ClaimId::of(&partner("1234568"), &key("a")));
        assert_eq!(ClaimId::parse(id.as_str()).unwrap(), id);
        let row = ClaimId::of_row(&partner("1234567"), &key("a"), 1);
        assert_eq!(row, ClaimId::of_row(&partner("1234567"), &key("a"), 1));
        assert!(row != id && row != ClaimId::of_row(&partner("1234567"), &key("a"), 2));
    }

    #[test]
    fn an_association_names_its_claim_and_scope() {
        let claim = ClaimId::of(&PartnerId::parse("1234567").unwrap(), &IdempotencyKey::parse("a").unwrap());
        let id = AssociationId::of(&claim, ScopeId::nth(3));
        let read = AssociationId::parse(&id.to_string()).unwrap();
        assert_eq!((read.claim(), read.scope()), (&claim, ScopeId::nth(3)));
        for text in ["", "x-s1", "s1", "clm_-s1"] {
            assert!(AssociationId::parse(text).is_err(), "{text}");
        }
        for text in ["s0", "s01", "s256", "1", "s", "s-1"] {
            assert!(ScopeId::parse(text).is_err(), "{text}");
        }
    }
}
