//! The Lambda function `lapse`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    lapse::serve(Clock::system()).await
}
