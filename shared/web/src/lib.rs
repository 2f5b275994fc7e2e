//! What the HTTP functions share: who calls, what is in the body, what is answered when it cannot be done, and how
//! claims and associations are shown. It is not called `http`, because the crate of that name is used beside it.

mod body;
mod caller;
mod problem;
mod query;
mod request;
pub mod view;

pub use body::{claim_body, selection};
pub use caller::CallerClaims;
pub use problem::ApiError;
pub use query::{CLAIM_FILTERS, claim_query};
pub use request::{
    ApiRequest, Open, answer, answer_claim, answer_new, answer_shown, digest, parse, respond, serve,
    serve_with,
};

/// An answer of the API.
pub type Answer = Result<lambda_http::Response<lambda_http::Body>, ApiError>;
