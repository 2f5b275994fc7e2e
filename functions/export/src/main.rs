//! The Lambda function `export`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    export::serve(Clock::system()).await
}
