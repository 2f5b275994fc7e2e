//! The Lambda function `mail-events`: see its library.

use runtime::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::start_logs();
    mail_events::serve(Clock::system()).await
}
