//! The Lambda function `manage-claims`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    manage_claims::serve(Clock::system()).await
}
