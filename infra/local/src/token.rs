//! The local issuer: tokens for people and tests, signed with a key of its own and checked as API Gateway would.
//!
//! The key is the one difference: API Gateway takes RSA only, and to make such a key would take longer than all else at the
//! start. Nobody behind the authorizer sees how a token was signed.

mod ed25519;

use anyhow::{Context, Result, anyhow, bail};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::state::Home;
use crate::template::Authorizer;

/// How long a token is good for, by the real clock: a fast-forward does not end anybody's session.
const LIFETIME_SECONDS: u64 = 12 * 60 * 60;

/// Issues and checks tokens.
pub struct Tokens {
    key: EncodingKey,
    check: DecodingKey,
    validation: Validation,
    authorizer: Authorizer,
    /// Names of the claims that functions read.
    claims: ClaimNames,
}

/// The names of the claims that functions read, from the template's parameters.
pub struct ClaimNames {
    /// The claim with the roles.
    pub roles: String,
    /// The claim with the partner ID.
    pub partner: String,
}

/// What a token is asked for with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// One role.
    pub role: Option<String>,
    /// Or several.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The partner; absent for the vendor's staff.
    pub partner_id: Option<String>,
    /// The person; made up from role and partner when absent.
    pub sub: Option<String>,
}

/// Why a request was turned away.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token, or none that holds.
    Unauthorized,
    /// A token without the scope.
    Forbidden,
}

impl Tokens {
    /// Takes the key from the home, or makes one and keeps it there.
    pub fn open(home: &Home, authorizer: Authorizer, claims: ClaimNames) -> Result<Self> {
        // The first of several stacks in one process has done it for all.
        let _ = ed25519::PROVIDER.install_default();
        let path = home.path("token-key.der");
        let key = if path.exists() {
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?
        } else {
            let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
            let key = key.map_err(|_| anyhow!("cannot make a key"))?;
            if home.is_kept() {
                crate::state::replace(&path, key.as_ref())?;
            }
            key.as_ref().to_vec()
        };
        let pair = Ed25519KeyPair::from_pkcs8(&key)
            .map_err(|error| anyhow!("{} is damaged: {error}", path.display()))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&authorizer.issuer]);
        validation.set_audience(&authorizer.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        let check = DecodingKey::from_ed_der(pair.public_key().as_ref());
        Ok(Self { key: EncodingKey::from_ed_der(&key), check, validation, authorizer, claims })
    }

    /// A token for that person.
    pub fn issue(&self, request: &TokenRequest) -> Result<Json> {
        let roles: Vec<&str> = request.role.iter().chain(&request.roles).map(String::as_str).collect();
        if roles.is_empty() {
            bail!("a token needs a role: incentives_admin, incentives_user, reviewer or operator");
        }
        let partner = request.partner_id.as_deref();
        let subject =
            request.sub.clone().unwrap_or_else(|| format!("{}@{}", roles[0], partner.unwrap_or("vendor")));
        let now = jsonwebtoken::get_current_timestamp();
        let mut claims = json!({
            "iss": self.authorizer.issuer,
            "aud": self.authorizer.audiences.first(),
            "sub": subject,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "scope": self.authorizer.scopes.join(" "),
        });
        claims[&self.claims.roles] = json!(roles);
        if let Some(partner) = partner {
            claims[&self.claims.partner] = json!(partner);
        }
        let token = self.sign(&claims)?;
        Ok(json!({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS}))
    }

    fn sign(&self, claims: &Json) -> Result<String> {
        let header = Header { kid: Some("local".to_owned()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.key).context("cannot sign")
    }

    /// The claims of the token in an `Authorization` header, as the event carries them.
    pub fn authorize(&self, header: Option<&str>) -> Result<Json, Refusal> {
        let header = header.ok_or(Refusal::Unauthorized)?;
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
            Some(_) => return Err(Refusal::Unauthorized),
            None => header,
        };
        let decoded = jsonwebtoken::decode::<Map<String, Json>>(token.trim(), &self.check, &self.validation);
        let claims = decoded.map_err(|_| Refusal::Unauthorized)?.claims;
        let granted = ["scope", "scp"]
            .iter()
            .find_map(|name| claims.get(*name))
            .and_then(Json::as_str)
            .unwrap_or_default();
        let wanted = &self.authorizer.scopes;
        let scopes: Vec<&String> =
            wanted.iter().filter(|scope| granted.split(' ').any(|given| given == *scope)).collect();
        if !wanted.is_empty() && scopes.is_empty() {
            return Err(Refusal::Forbidden);
        }
        let claims: Map<String, Json> =
            claims.into_iter().map(|(name, value)| (name, Json::String(claim_text(&value)))).collect();
        let scopes = if wanted.is_empty() { Json::Null } else { json!(scopes) };
        Ok(json!({"claims": claims, "scopes": scopes}))
    }
}

/// A claim as API Gateway writes it into the event: always text, a list as `[a b]`.
fn claim_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(claim_text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn tokens() -> Tokens {
        let list = |text: &str| vec![text.to_owned()];
        let authorizer =
            Authorizer { issuer: "http://issuer".into(), audiences: list("local"), scopes: list("claims") };
        let claims = ClaimNames { roles: "roles".into(), partner: "partner_id".into() };
        Tokens::open(&Home::open(None).unwrap(), authorizer, claims).unwrap()
    }

    fn request(role: &str, partner_id: Option<&str>) -> TokenRequest {
        let partner_id = partner_id.map(str::to_owned);
        TokenRequest { role: Some(role.to_owned()), roles: Vec::new(), partner_id, sub: None }
    }

    fn good() -> Json {
        let now = jsonwebtoken::get_current_timestamp();
        json!({"iss": "http://issuer", "aud": "local", "sub": "s", "exp": now + 600, "scope": "openid claims"})
    }

    #[track_caller]
    fn check(tokens: &Tokens, claims: &Json) -> Result<Json, Refusal> {
        tokens.authorize(Some(&format!("Bearer {}", tokens.sign(claims).unwrap())))
    }

    #[test]
    fn an_issued_token_carries_its_claims_as_text() {
        let tokens = tokens();
        let issued = tokens.issue(&request("incentives_admin", Some("1234567"))).unwrap();
        let header = format!("Bearer {}", issued["access_token"].as_str().unwrap());
        let jwt = tokens.authorize(Some(&header)).unwrap();
        assert_eq!(jwt["claims"]["roles"], "[incentives_admin]");
        assert_eq!(jwt["claims"]["partner_id"], "1234567");
        assert!(jwt["claims"]["exp"].is_string());
        assert_eq!(jwt["scopes"], json!(["claims"]));
        assert!(tokens.issue(&TokenRequest { role: None, ..request("", None) }).is_err());
    }

    #[test]
    fn a_token_that_does_not_hold_is_unauthorized() {
        let tokens = tokens();
        assert!(check(&tokens, &good()).is_ok());
        let changed = |key: &str, value: Json| {
            let mut claims = good();
            claims[key] = value;
            claims
        };
        for claims in [
            changed("iss", json!("http://other")),
            changed("aud", json!("other")),
            changed("exp", json!(jsonwebtoken::get_current_timestamp() - 120)),
            changed("exp", Json::Null),
            changed("nbf", json!(jsonwebtoken::get_current_timestamp() + 600)),
        ] {
            assert_eq!(check(&tokens, &claims), Err(Refusal::Unauthorized), "{claims}");
        }
    }

    #[test]
    fn another_key_or_algorithm_is_unauthorized() {
        let (ours, theirs) = (tokens(), tokens());
        let foreign = format!("Bearer {}", theirs.sign(&good()).unwrap());
        assert_eq!(ours.authorize(Some(&foreign)), Err(Refusal::Unauthorized));
        let part = |json: &Json| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let unsigned = format!("Bearer {}.{}.", part(&json!({"alg": "none"})), part(&good()));
        for header in
            [None, Some(""), Some("Bearer"), Some("Basic abc"), Some("Bearer a.b.c"), Some(unsigned.as_str())]
        {
            assert_eq!(ours.authorize(header), Err(Refusal::Unauthorized), "{header:?}");
        }
    }

    #[test]
    fn a_token_without_the_scope_is_forbidden() {
        let tokens = tokens();
        let mut claims = good();
        claims["scope"] = json!("openid");
        assert_eq!(check(&tokens, &claims), Err(Refusal::Forbidden));
    }
}
