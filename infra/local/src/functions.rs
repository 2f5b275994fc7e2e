//! The functions, so that this program can start itself again as any of them. To add one, add its line.

use anyhow::{Context, Error, Result, bail};
use runtime::Clock;

macro_rules! functions {
    ($($name:literal => $serve:path,)*) => {
        /// The functions' names: those of their crates.
        pub const NAMES: &[&str] = &[$($name),*];

        /// Serves the function of that name until the process ends.
        pub async fn serve(name: &str, clock: Clock) -> Result<()> {
            match name {
                $($name => $serve(clock).await.map_err(Error::from_boxed).with_context(|| name.to_owned()),)*
                other => bail!("there is no function {other}"),
            }
        }
    };
}

functions! {
    "directory" => directory::serve,
    "evidence" => evidence::serve,
    "export" => export::serve,
    "follow" => follow::serve,
    "lapse" => lapse::serve,
    "mail-events" => mail_events::serve,
    "manage-claims" => manage_claims::serve,
    "notify" => notify::serve,
    "opt-out" => opt_out::serve,
    "promote" => promote::serve,
    "reconcile" => reconcile::serve,
    "review-claims" => review_claims::serve,
    "submit-claim" => submit_claim::serve,
    "usage" => usage::serve,
}
