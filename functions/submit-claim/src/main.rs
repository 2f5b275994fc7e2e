//! The Lambda function `submit-claim`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    submit_claim::serve(Clock::system()).await
}
