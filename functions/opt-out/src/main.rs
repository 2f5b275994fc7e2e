//! The Lambda function `opt-out`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    opt_out::serve(Clock::system()).await
}
