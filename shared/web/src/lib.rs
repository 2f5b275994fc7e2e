//! What the HTTP functions share: who calls, what is in the body, what is answered when it cannot be done, and how
//! claims and associations are shown.

mod caller;
mod problem;
mod query;
mod request;
mod view;

pub use caller::Claims as CallerClaims;
pub use problem::ApiError;
pub use query::{CLAIM_FILTERS, claim_query};
pub use request::{
    ApiRequest, Open, answer, answer_claim, answer_new, answer_shown, digest, parse, respond, selection,
    serve, serve_with,
};
pub use view::{
    association, claim, claim_body, claims_page, etag, evidence_file, link, review, review_page, rivals,
    transition,
};

/// An answer of the API.
pub type Answer = Result<lambda_http::Response<lambda_http::Body>, ApiError>;
