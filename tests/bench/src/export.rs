//! How long a partner with very many claims waits for its export, and what that takes of the function.

use anyhow::{Result, bail};
use axum::body::Bytes;
use local::database::FileStore;
use runtime::Clock;
use serde::Serialize;

use crate::process::Running;
use crate::report::{self, figure, table};
use crate::speed::megabytes;
use crate::world::World;
use crate::{caller, event, growth, programs};

/// What the API's gateway waits for at most, less what it needs itself.
pub const GOAL_MS: f64 = 29_000.0;

/// One export, by a process that has just started.
#[derive(Debug, Serialize)]
pub struct Export {
    /// The partner's claims.
    pub claims: u64,
    /// Load averages.
    pub load: String,
    /// From the request to the answer, with the embedded database and file store, in ms.
    pub ms: f64,
    /// What the function used of a CPU for it, start included, in ms.
    pub cpu_ms: f64,
    /// The most memory of the function that was resident, bytes.
    pub memory: u64,
    /// The file, in bytes.
    pub file: usize,
    /// Rows in it, without the head.
    pub rows: usize,
}

/// Fills a table, exports it, and fetches what came of it.
pub async fn measure(claims: u64) -> Result<Export> {
    let now = Clock::system().now();
    let (world, files) = (World::new().await?, FileStore::start().await?);
    growth::fill(&world, claims, now).await?;
    let environment = [
        ("TABLE_NAME", &world.database.table),
        ("BUCKET_NAME", &files.bucket),
        ("AWS_ENDPOINT_URL_DYNAMODB", &world.database.endpoint),
        ("AWS_ENDPOINT_URL_S3", &files.endpoint),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.clone()));
    let program = programs::function("export", &programs::bootstraps(), environment.to_vec())?;
    let mut running = Running::start(&program).await?;
    let (time, answer) =
        running.invoke(event::api("GET", "/claims/export", "-", &serde_json::Value::Null)).await?;
    let used = running.stop().await?;
    let file = match answer["statusCode"].as_u64() {
        Some(200) => Bytes::from(answer["body"].as_str().unwrap_or_default().to_owned()),
        Some(303) => {
            let link = answer["headers"]["location"].as_str().unwrap_or_default();
            caller::ask("GET", link, &[], "").await?.2
        }
        _ => bail!("export answers {answer}"),
    };
    // No field of the claims that fill the table holds a line break.
    let rows = file.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
    if rows < usize::try_from(claims).unwrap_or(usize::MAX) {
        bail!("{rows} rows of {claims} claims");
    }
    Ok(Export {
        claims,
        load: report::load(),
        ms: time.as_secs_f64() * 1e3,
        cpu_ms: used.cpu.as_secs_f64() * 1e3,
        memory: used.memory,
        file: file.len(),
        rows,
    })
}

impl Export {
    /// Prints it.
    pub fn print(&self) -> Result<()> {
        let size = megabytes(self.file as u64);
        let row = [
            self.claims.to_string(),
            figure(self.ms),
            figure(self.cpu_ms),
            figure(megabytes(self.memory)),
            figure(size),
        ];
        table(
            &format!("Export: one call of a new process; load {}", self.load),
            ["claims", "ms", "CPU ms", "memory MB", "file MB"],
            &[row],
        )
    }
}
