//! Who calls: the claims of the token that the gateway has verified.

use domain::field::{Field, PartnerId};
use domain::{Caller, Role};
use lambda_http::request::RequestContext;
use runtime::Settings;

/// The names under which an identity provider writes the caller's partner and roles.
#[derive(Debug, Clone)]
pub struct CallerClaims {
    partner: String,
    roles: String,
}

impl CallerClaims {
    /// Reads the names from the settings `PARTNER_CLAIM` and `ROLES_CLAIM`.
    pub fn from_settings(settings: &Settings<'_>) -> Self {
        let name =
            |variable: &str, default: &str| settings.optional(variable).unwrap_or_else(|| default.to_owned());
        Self { partner: name("PARTNER_CLAIM", "partner_id"), roles: name("ROLES_CLAIM", "roles") }
    }

    /// The caller of a request, or `None` when the gateway has verified no token: a route without an authorizer.
    pub(crate) fn caller(&self, context: &RequestContext) -> Option<Caller> {
        let RequestContext::ApiGatewayV2(context) = context else { return None };
        let claims = &context.authorizer.as_ref()?.jwt.as_ref()?.claims;
        let subject = claims.get("sub")?.clone();
        let roles = claims.get(&self.roles).map(|roles| list(roles)).unwrap_or_default();
        let roles = roles.iter().filter_map(|role| Role::parse(role).ok()).collect();
        let partner = match claims.get(&self.partner).filter(|id| !id.is_empty()) {
            None => None,
            // A partner ID that is none must not turn a partner into the vendor's staff.
            Some(id) => Some(PartnerId::parse(id).ok()?),
        };
        Some(Caller { subject, roles, partner })
    }
}

/// The values of a list claim, which an HTTP API hands over as `[a b]`; a single value is a list of one.
fn list(value: &str) -> Vec<&str> {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    inner.split([' ', ',']).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_claim_reads_as_the_gateway_writes_it() {
        assert_eq!(list("[reviewer operator]"), ["reviewer", "operator"]);
        assert_eq!(list("reviewer"), ["reviewer"]);
        assert_eq!(list("[]"), Vec::<&str>::new());
    }
}
