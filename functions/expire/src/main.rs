//! The Lambda function `expire`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    expire::serve(Clock::system()).await
}
