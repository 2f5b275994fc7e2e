//! The Lambda function `review-claims`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    review_claims::serve(Clock::system()).await
}
