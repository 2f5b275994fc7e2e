//! The table alone, or the bucket, for tests and measurements of what is stored in them.

use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use crate::clock::{self, StackClock};
use crate::files::{Files, Objects};
use crate::state::Home;
use crate::table::Table;
use crate::template::{LocalValues, SOURCE, Template};

/// A table made as the template says, in memory, answering as DynamoDB on a port of its own.
pub struct Database {
    /// Where it answers.
    pub endpoint: String,
    /// The table's name.
    pub table: String,
    _home: Home,
}

impl Database {
    /// Makes the table and serves it until the runtime ends.
    ///
    /// # Errors
    /// When the template cannot be read or no port is free.
    pub async fn start() -> Result<Self> {
        Self::made(|_| ()).await
    }

    /// The same without its stream: every write then takes as long, however many there were before it. The embedded
    /// database looks through all records of a stream for the last one.
    ///
    /// # Errors
    /// As [`Database::start`].
    pub async fn without_stream() -> Result<Self> {
        Self::made(|template| _ = template.table.remove("StreamSpecification")).await
    }

    async fn made(change: impl FnOnce(&mut Template)) -> Result<Self> {
        let mut template = template()?.clone();
        change(&mut template);
        let home = Home::open(None)?;
        let table = Table::open(&template, &home)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
        let endpoint = format!("http://{}", listener.local_addr().context("no address")?);
        tokio::spawn(dynoxide::server::serve_on(listener, table.database()));
        Ok(Self { endpoint, table: template.table_name, _home: home })
    }
}

/// The bucket alone, named as the template says, in a directory of its own, answering as S3 on a port of its own.
pub struct FileStore {
    /// Where it answers.
    pub endpoint: String,
    /// The bucket's name.
    pub bucket: String,
    _home: Home,
}

impl FileStore {
    /// Makes the bucket and serves it until the runtime ends.
    ///
    /// # Errors
    /// When the template cannot be read or no port is free.
    pub async fn start() -> Result<Self> {
        let home = Home::open(None)?;
        let objects = Objects::open(template()?.bucket.clone(), &home)?;
        let clock = StackClock::open(home.path("clock-offset"), clock::now)?;
        let bucket = objects.bucket().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port is free")?;
        let endpoint = format!("http://{}", listener.local_addr().context("no address")?);
        let router = Files::new(objects, Arc::new(clock)).router();
        tokio::spawn(async move {
            // Without it requests are refused, which whoever asks notices.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { endpoint, bucket, _home: home })
    }
}

/// Read once: tests make a table for each of thousands of rounds.
fn template() -> Result<&'static Template> {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    if let Some(template) = TEMPLATE.get() {
        return Ok(template);
    }
    let parameters =
        [("JwtIssuer", "http://127.0.0.1"), ("JwtAudience", "local"), ("SenderAddress", "a@b.example")];
    let values = LocalValues {
        parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        gateway: String::new(),
        links: String::new(),
    };
    let template = Template::read(SOURCE, &values).context("infra/template.yaml")?;
    Ok(TEMPLATE.get_or_init(|| template))
}
