//! What the HTTP functions share: who calls, what is in the body, what is answered when it cannot be done, and how
//! claims and associations are shown.

mod caller;
mod problem;
mod request;
mod view;

pub use caller::Claims as CallerClaims;
pub use problem::ApiError;
pub use request::{
    ApiRequest, Open, answer, answer_claim, answer_new, answer_shown, digest, parse, respond, serve,
    serve_with,
};
pub use view::{association, claim, claim_body, claims_page, etag, review, review_page, transition};

/// An answer of the API.
pub type Answer = Result<lambda_http::Response<lambda_http::Body>, ApiError>;
