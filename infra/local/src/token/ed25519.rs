//! Ed25519 by `ring`, in the form in which `jsonwebtoken` takes its cryptography. Its own two backends would each be built for
//! this alone, and one of them is in C.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as Wrong, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

/// What `jsonwebtoken` is given.
pub static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA => Ok(Box::new(Private::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA => Ok(Box::new(Public::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Private(Ed25519KeyPair);

struct Public(UnparsedPublicKey<Vec<u8>>);

impl Private {
    fn new(key: &EncodingKey) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_pkcs8(key.as_bytes());
        pair.map(Self).map_err(|_| ErrorKind::InvalidEddsaKey.into())
    }
}

impl Public {
    fn new(key: &DecodingKey) -> Result<Self, Error> {
        Ok(Self(UnparsedPublicKey::new(&ED25519, key.try_get_as_bytes()?.to_vec())))
    }
}

impl Signer<Vec<u8>> for Private {
    fn try_sign(&self, text: &[u8]) -> Result<Vec<u8>, Wrong> {
        Ok(self.0.sign(text).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, text: &[u8], signature: &Vec<u8>) -> Result<(), Wrong> {
        self.0.verify(text, signature).map_err(|_| Wrong::new())
    }
}

impl JwtSigner for Private {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
