//! Errors as callers see them: RFC 9457 problem details with a stable code. Mapped here, once.

use domain::Rejection;
use domain::input::InputError;
use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use runtime::Causes;
use serde_json::json;
use store::{ExecuteError, StoreError};

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No verified token came with the request, or one that names no role of ours.
    #[error("the token carries no identity")]
    Unauthenticated,
    /// The caller's role may not do this.
    #[error("the caller's role may not do this")]
    Forbidden,
    /// The caller's association does not hold, or not any more.
    #[error("the caller is not partner of record")]
    NotPartnerOfRecord,
    /// There is nothing here that the caller may see.
    #[error("there is no such thing")]
    NotFound,
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The body is larger than is read.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// Fields of the body, the query or the path are wrong.
    #[error("the request has errors")]
    Invalid(Vec<InputError>),
    /// A creating request came without its key.
    #[error("Idempotency-Key is missing or malformed")]
    IdempotencyKey(&'static str),
    /// The key was used for another body.
    #[error("the Idempotency-Key was used with another body")]
    KeyReused,
    /// The caller's version is old.
    #[error("the claim is at version {0}")]
    Stale(u64),
    /// `If-Match` is not a version.
    #[error("If-Match is not an ETag of a claim")]
    IfMatch,
    /// A decision came without the version that it is made on.
    #[error("If-Match is missing")]
    IfMatchRequired,
    /// The domain refuses.
    #[error("the claim refuses")]
    Rejected(#[source] Rejection),
    /// Others were changing the same things; the caller can try again.
    #[error("too many others change the same things")]
    Busy,
    /// The list is longer than can be read while the caller waits.
    #[error("the export takes longer than a request may")]
    ExportTooLarge,
    /// Nothing was uploaded for a file that is to be verified.
    #[error("nothing was uploaded")]
    EvidenceNotUploaded,
    /// What was uploaded is not what was announced.
    #[error("what was uploaded is not what was announced")]
    EvidenceNotAcceptable(Vec<InputError>),
    /// The file store failed.
    #[error("the file store failed")]
    Files(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A command was decided on without what it needs.
    #[error("a command was decided on without what it needs")]
    Unread(#[source] domain::Unread),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cursor => {
                let detail = "must be the value of `next` of this list's page before";
                Self::Invalid(vec![InputError::at("?cursor", "invalid_cursor", detail)])
            }
            StoreError::Conflict => Self::Busy,
            StoreError::Exists(_) | StoreError::Corrupt { .. } | StoreError::Database { .. } => {
                Self::Store(error)
            }
        }
    }
}

impl From<ExecuteError> for ApiError {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::NotFound => Self::NotFound,
            ExecuteError::Stale(version) => Self::Stale(version),
            ExecuteError::Invalid(errors) => Self::Invalid(errors),
            ExecuteError::Rejected(rejection) => Self::Rejected(rejection),
            ExecuteError::Busy => Self::Busy,
            ExecuteError::Unread(unread) => Self::Unread(unread),
            ExecuteError::Store(error) => error.into(),
        }
    }
}

impl From<Vec<InputError>> for ApiError {
    fn from(errors: Vec<InputError>) -> Self {
        Self::Invalid(errors)
    }
}

impl ApiError {
    /// Every status and code that the API answers, in the order of the statuses: what its description must list.
    pub const CODES: &[(u16, &str)] = &[
        (400, "invalid_request"),
        (400, "not_json"),
        (400, "idempotency_key_required"),
        (400, "invalid_if_match"),
        (401, "unauthenticated"),
        (403, "forbidden"),
        (403, "not_partner_of_record"),
        (404, "not_found"),
        (409, "not_in_this_status"),
        (409, "too_late"),
        (409, "already_disputed"),
        (409, "notices_exhausted"),
        (409, "contact_unsubmitted"),
        (409, "scopes_exhausted"),
        (409, "evidence_not_uploaded"),
        (409, "try_again"),
        (412, "stale"),
        (413, "body_too_large"),
        (422, "claim_not_acceptable"),
        (422, "idempotency_key_reused"),
        (422, "partner_id_not_yours"),
        (422, "fixed_after_submit"),
        (422, "customer_was_told"),
        (422, "export_too_large"),
        (422, "evidence_not_acceptable"),
        (422, "unknown_scope"),
        (422, "reason_missing"),
        (422, "too_much_evidence"),
        (428, "if_match_required"),
        (500, "internal"),
    ];

    /// Status, stable code and title. infra/api.md has the same table, with when each is answered.
    const fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Not signed in"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Your role may not do this"),
            Self::NotPartnerOfRecord => {
                (StatusCode::FORBIDDEN, "not_partner_of_record", "You are not partner of record for this")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "Not found"),
            Self::NotJson(_) => (StatusCode::BAD_REQUEST, "not_json", "The body is not JSON"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request", "The request has errors"),
            Self::IdempotencyKey(_) => {
                (StatusCode::BAD_REQUEST, "idempotency_key_required", "An Idempotency-Key is needed")
            }
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "The Idempotency-Key was used for another request",
            ),
            Self::Stale(_) => (StatusCode::PRECONDITION_FAILED, "stale", "The claim has changed"),
            Self::IfMatch => (StatusCode::BAD_REQUEST, "invalid_if_match", "If-Match is not an ETag"),
            Self::IfMatchRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "if_match_required", "If-Match is needed")
            }
            Self::Rejected(rejection) => (
                match rejection {
                    Rejection::Findings(_)
                    | Rejection::ForeignPartner
                    | Rejection::Fixed(_)
                    | Rejection::Told(_)
                    | Rejection::TooMuchEvidence(_)
                    | Rejection::ReasonMissing => StatusCode::UNPROCESSABLE_ENTITY,
                    Rejection::UnknownScope(_) => StatusCode::UNPROCESSABLE_ENTITY,
                    Rejection::NotInThisStatus { .. }
                    | Rejection::TooLate(_)
                    | Rejection::AlreadyDisputed
                    | Rejection::ScopesExhausted
                    | Rejection::NoticesExhausted(_)
                    | Rejection::ContactUnsubmitted
                    | Rejection::OtherLink => StatusCode::CONFLICT,
                },
                rejection.code(),
                "The claim cannot be changed like this",
            ),
            Self::Busy => (StatusCode::CONFLICT, "try_again", "Others are changing the same things"),
            Self::ExportTooLarge => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "export_too_large",
                "The export is too large for one request",
            ),
            Self::EvidenceNotUploaded => {
                (StatusCode::CONFLICT, "evidence_not_uploaded", "The file was not uploaded")
            }
            Self::EvidenceNotAcceptable(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "evidence_not_acceptable",
                "The file is not what was announced",
            ),
            Self::Files(_) | Self::Unread(_) | Self::Store(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The service failed")
            }
        }
    }

    /// What the caller is told of this case. Never internal text.
    fn detail(&self) -> String {
        match self {
            Self::Unauthenticated => {
                "send a token that names a role and, for partners, a partner ID".to_owned()
            }
            Self::Forbidden => "ask for a role that may, or use another route".to_owned(),
            Self::NotPartnerOfRecord => {
                "figures are shown while the association is official; its claim says when and why it is not"
                    .to_owned()
            }
            Self::NotFound => "there is nothing here that you may see; check the ID and the route".to_owned(),
            Self::NotJson(detail) => detail.clone(),
            Self::TooLarge(most) => format!("send at most {most} bytes"),
            Self::Invalid(errors) => {
                format!("{} in the request; correct and send again", count(errors.len(), "error"))
            }
            Self::IdempotencyKey(detail) => (*detail).to_owned(),
            Self::KeyReused => "use a new key for a new request, or repeat the first body exactly".to_owned(),
            Self::Stale(version) => format!("it is at version {version} now; read it and decide again"),
            Self::IfMatch => "send the ETag of the claim that you read, such as \"3\"".to_owned(),
            Self::IfMatchRequired => {
                "send If-Match with the ETag of the claim that you have looked at; * names none".to_owned()
            }
            Self::Rejected(Rejection::Findings(findings)) => {
                format!("{} in the claim; correct and submit again", count(findings.len(), "finding"))
            }
            Self::Rejected(rejection) => rejection.to_string(),
            Self::Busy => "nothing was changed; send the same request again".to_owned(),
            Self::ExportTooLarge => {
                "narrow the list by status, program, tenant_id or q, and export the parts".to_owned()
            }
            Self::EvidenceNotUploaded => {
                "upload the file by the link that POST /evidence answered, then verify it; repeat that request for a fresh link"
                    .to_owned()
            }
            Self::EvidenceNotAcceptable(errors) => format!(
                "{} in the file; announce the right one with a new Idempotency-Key",
                count(errors.len(), "error")
            ),
            Self::Files(_) | Self::Unread(_) | Self::Store(_) => {
                "send the same request again; tell the operator the request_id if it stays".to_owned()
            }
        }
    }

    /// The file store failed, however it says so: this crate does not know file stores.
    pub fn of_files(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Files(Box::new(error))
    }

    /// What a row of a bulk request that failed says: the members of a problem without those of an answer.
    pub fn row(&self) -> serde_json::Value {
        let (_, code, _) = self.kind();
        json!({ "code": code, "detail": self.detail(), "errors": self.errors().unwrap_or_else(|| json!([])) })
    }

    /// Logs an error that does not become an answer of its own, with its causes.
    pub fn log(&self, row: usize) {
        tracing::error!(row, error = %Causes(self), "a row failed");
    }

    /// Whether the service is at fault, and not the request.
    pub fn is_ours(&self) -> bool {
        self.kind().0.is_server_error()
    }

    fn errors(&self) -> Option<serde_json::Value> {
        match self {
            Self::Invalid(errors) | Self::EvidenceNotAcceptable(errors) => Some(json!(errors)),
            Self::Rejected(Rejection::Findings(findings)) => Some(json!(findings)),
            _ => None,
        }
    }

    /// The answer. What is the service's fault is logged here, once, with its causes.
    pub(crate) fn answer(&self, request_id: &str) -> Response<Body> {
        let (status, code, title) = self.kind();
        if status.is_server_error() {
            tracing::error!(request_id, code, error = %Causes(self), "request failed");
        } else {
            tracing::info!(request_id, code, status = status.as_u16(), "request refused");
        }
        let mut body = json!({
            "type": format!("urn:cpor:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail(),
            "code": code,
            "request_id": request_id,
        });
        if let (Some(errors), Some(members)) = (self.errors(), body.as_object_mut()) {
            members.insert("errors".to_owned(), errors);
        }
        let mut answer = Response::new(Body::Text(body.to_string()));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;
    use domain::{CommandName, ScopeId, Standing};

    use super::*;

    /// Every rejection, one after the other: the compiler asks for the place of a new one.
    fn rejection_after(rejection: &Rejection) -> Option<Rejection> {
        Some(match rejection {
            Rejection::NotInThisStatus { .. } => Rejection::UnknownScope(ScopeId::nth(1)),
            Rejection::UnknownScope(_) => Rejection::Findings(Vec::new()),
            Rejection::Findings(_) => Rejection::TooLate(DateTime::UNIX_EPOCH),
            Rejection::TooLate(_) => Rejection::AlreadyDisputed,
            Rejection::AlreadyDisputed => Rejection::ReasonMissing,
            Rejection::ReasonMissing => Rejection::NoticesExhausted(3),
            Rejection::NoticesExhausted(_) => Rejection::ContactUnsubmitted,
            Rejection::ContactUnsubmitted => Rejection::OtherLink,
            Rejection::OtherLink => Rejection::ForeignPartner,
            Rejection::ForeignPartner => Rejection::Fixed("program"),
            Rejection::Fixed(_) => Rejection::Told(ScopeId::nth(1)),
            Rejection::Told(_) => Rejection::ScopesExhausted,
            Rejection::ScopesExhausted => Rejection::TooMuchEvidence(10),
            Rejection::TooMuchEvidence(_) => return None,
        })
    }

    /// Every other error, likewise.
    fn error_after(error: &ApiError) -> Option<ApiError> {
        Some(match error {
            ApiError::Unauthenticated => ApiError::Forbidden,
            ApiError::Forbidden => ApiError::NotPartnerOfRecord,
            ApiError::NotPartnerOfRecord => ApiError::NotFound,
            ApiError::NotFound => ApiError::NotJson(String::new()),
            ApiError::NotJson(_) => ApiError::TooLarge(1),
            ApiError::TooLarge(_) => ApiError::Invalid(Vec::new()),
            ApiError::Invalid(_) => ApiError::IdempotencyKey(""),
            ApiError::IdempotencyKey(_) => ApiError::KeyReused,
            ApiError::KeyReused => ApiError::Stale(1),
            ApiError::Stale(_) => ApiError::IfMatch,
            ApiError::IfMatch => ApiError::IfMatchRequired,
            ApiError::IfMatchRequired => ApiError::Busy,
            ApiError::Busy => ApiError::ExportTooLarge,
            ApiError::ExportTooLarge => ApiError::EvidenceNotUploaded,
            ApiError::EvidenceNotUploaded => ApiError::EvidenceNotAcceptable(Vec::new()),
            ApiError::EvidenceNotAcceptable(_) => ApiError::Store(StoreError::Conflict),
            ApiError::Files(_) | ApiError::Unread(_) | ApiError::Store(_) | ApiError::Rejected(_) => {
                return None;
            }
        })
    }

    #[test]
    fn every_code_is_listed_with_its_status() {
        let first = Rejection::NotInThisStatus { command: CommandName::Submit, found: Standing::Official };
        let rejections = std::iter::successors(Some(first), rejection_after).map(ApiError::Rejected);
        let others = std::iter::successors(Some(ApiError::Unauthenticated), error_after);
        let answered: BTreeSet<_> = rejections
            .chain(others)
            // Only the customer's page has links.
            .filter(|error| !matches!(error, ApiError::Rejected(Rejection::OtherLink)))
            .map(|error| (error.kind().0.as_u16(), error.kind().1))
            .collect();
        assert_eq!(answered, ApiError::CODES.iter().copied().collect());
        assert_eq!(answered.len(), ApiError::CODES.len());
    }
}
