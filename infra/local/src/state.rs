//! What survives a restart with `--data`, and where: one directory, one file per matter.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The directory the stack keeps its state in: the caller's with `--data`, else one that goes with the program.
pub struct Home {
    dir: PathBuf,
    kept: bool,
    /// Where [`Rows`] are, when the state is kept.
    rows: Option<Arc<Mutex<Connection>>>,
    /// Held while the program runs: two stacks on one directory would spoil each other's state.
    _lock: File,
}

impl Home {
    /// Opens the caller's directory, or makes one that is removed at the end.
    pub fn open(data: Option<&Path>) -> Result<Self> {
        let (dir, kept) = match data {
            Some(dir) if !dir.is_dir() => {
                let dir = dir.display();
                bail!("there is no directory {dir}; make it with: mkdir -p {dir}");
            }
            Some(dir) => (dir.to_owned(), true),
            None => {
                let dir = std::env::temp_dir().join(format!("local-stack-{}", Uuid::new_v4()));
                std::fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
                (dir, false)
            }
        };
        let path = dir.join("lock");
        let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        lock.try_lock().map_err(|_| {
            anyhow!("another local stack is using {}; stop it or name another --data", dir.display())
        })?;
        let rows = if kept { Some(Arc::new(Mutex::new(open(&dir.join("state.db"))?))) } else { None };
        Ok(Self { dir, kept, rows, _lock: lock })
    }

    /// Whether the state outlives the program.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// The path of a file in the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A file for one matter's state; it holds nothing when the state is not kept.
    #[must_use]
    pub fn state_file(&self, name: &str) -> StateFile {
        StateFile(self.kept.then(|| self.path(name)))
    }

    /// Rows for one matter's state; they keep nothing when the state is not kept.
    #[must_use]
    pub fn rows(&self, matter: &'static str) -> Rows {
        Rows { matter, db: self.rows.clone() }
    }
}

fn open(path: &Path) -> Result<Connection> {
    let db = Connection::open(path).and_then(|db| {
        // What a power cut takes of the last moment is no loss here; a disk access for every timer would be.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS rows
               (number INTEGER PRIMARY KEY, matter TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (matter, key));",
        )?;
        Ok(db)
    });
    db.with_context(|| format!("{} does not open", path.display()))
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Where the state of a matter is kept of which there may be very much, if it is: a row for each thing in it, so that a change of
/// one costs the same however many there are.
#[derive(Clone)]
pub struct Rows {
    matter: &'static str,
    db: Option<Arc<Mutex<Connection>>>,
}

impl Rows {
    /// Rows that keep nothing.
    #[cfg(test)]
    pub fn none() -> Self {
        Self { matter: "", db: None }
    }

    /// All rows, in the order in which they first came.
    pub fn load<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let Some(db) = &self.db else { return Ok(Vec::new()) };
        let db = db.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = || -> rusqlite::Result<Vec<String>> {
            let mut all = db.prepare("SELECT value FROM rows WHERE matter = ?1 ORDER BY number")?;
            all.query_map([self.matter], |row| row.get(0))?.collect()
        };
        let texts = texts().with_context(|| format!("the kept {} cannot be read", self.matter))?;
        let parsed = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>();
        parsed.with_context(|| format!("the kept {} are damaged", self.matter))
    }

    /// Writes a row, in the place of the one with the same key.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) {
        self.change(|db| {
            let text = serde_json::to_string(value)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            db.prepare_cached(
                "INSERT INTO rows (matter, key, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (matter, key) DO UPDATE SET value = excluded.value",
            )?
            .execute((self.matter, key, text))
        });
    }

    /// Removes rows, all or none of them.
    pub fn remove<'a>(&self, keys: impl IntoIterator<Item = &'a str>) {
        self.change(|db| {
            let all = db.unchecked_transaction()?;
            for key in keys {
                all.prepare_cached("DELETE FROM rows WHERE matter = ?1 AND key = ?2")?
                    .execute((self.matter, key))?;
            }
            all.commit().map(|()| 0)
        });
    }

    /// A disk that fails is said, not fatal: the stack still works until it stops.
    fn change(&self, change: impl FnOnce(&Connection) -> rusqlite::Result<usize>) {
        if let Some(db) = &self.db
            && let Err(error) = change(&db.lock().unwrap_or_else(PoisonError::into_inner))
        {
            tracing::error!("{} are not kept: {error}", self.matter);
        }
    }
}

/// Where one matter's state is kept, if it is.
#[derive(Clone)]
pub struct StateFile(Option<PathBuf>);

impl StateFile {
    /// The state as it was last saved.
    pub fn load<T: DeserializeOwned + Default>(&self) -> Result<T> {
        match &self.0 {
            Some(path) if path.exists() => {
                let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
            }
            _ => Ok(T::default()),
        }
    }

    /// Saves the state. A disk that fails is said, not fatal: the stack still works until it stops.
    pub fn save<T: Serialize>(&self, state: &T) {
        if let Some(path) = &self.0 {
            let saved =
                serde_json::to_vec(state).context("cannot write JSON").and_then(|text| replace(path, &text));
            if let Err(error) = saved {
                tracing::error!("{error:#}");
            }
        }
    }
}

/// Replaces a file in one step, so that no reader ever sees half of it.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, content)
        .and_then(|()| std::fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
