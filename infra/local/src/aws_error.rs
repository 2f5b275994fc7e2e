//! Errors as AWS's REST-JSON services write them, so that the SDK reads the right exception from them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An exception of a service.
#[derive(Debug, PartialEq, Eq)]
pub struct AwsError {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl AwsError {
    /// The exception of that name.
    pub fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }

    /// The request is wrong in itself.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    /// The exception's name.
    #[cfg(test)]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl IntoResponse for AwsError {
    fn into_response(self) -> Response {
        let body = json!({"message": self.message, "Message": self.message});
        (self.status, [("x-amzn-errortype", self.name)], Json(body)).into_response()
    }
}
