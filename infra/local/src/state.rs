//! What survives a restart with `--data`, and where: one directory, one file per matter.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Context, Error, Result};

/// The directory the stack keeps its state in: the caller's with `--data`, else one that goes with the program.
pub struct Home {
    dir: PathBuf,
    kept: bool,
    /// Held while the program runs: two stacks on one directory would spoil each other's state.
    _lock: File,
}

impl Home {
    /// Opens the caller's directory, or makes one that is removed at the end.
    pub fn open(data: Option<&Path>) -> Result<Self> {
        let (dir, kept) = match data {
            Some(dir) if !dir.is_dir() => {
                let dir = dir.display();
                return Err(Error::new(format!("there is no directory {dir}; make it with: mkdir -p {dir}")));
            }
            Some(dir) => (dir.to_owned(), true),
            None => {
                let dir = std::env::temp_dir().join(format!("local-stack-{}", crate::ids::uuid()));
                std::fs::create_dir(&dir).context(format!("cannot make {}", dir.display()))?;
                (dir, false)
            }
        };
        let path = dir.join("lock");
        let lock = File::create(&path).context(format!("cannot write {}", path.display()))?;
        lock.try_lock().map_err(|_| {
            Error::new(format!(
                "another local stack is using {}; stop it or name another --data",
                dir.display()
            ))
        })?;
        Ok(Self { dir, kept, _lock: lock })
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

    /// A slot for one matter's state; it writes nothing when the state is not kept.
    #[must_use]
    pub fn slot(&self, name: &str) -> Slot {
        Slot(self.kept.then(|| self.path(name)))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Where one matter's state is kept, if it is.
#[derive(Clone)]
pub struct Slot(Option<PathBuf>);

impl Slot {
    /// A slot that keeps nothing.
    #[cfg(test)]
    pub fn none() -> Self {
        Self(None)
    }

    /// The state as it was last saved.
    pub fn load<T: DeserializeOwned + Default>(&self) -> Result<T> {
        match &self.0 {
            Some(path) if path.exists() => {
                let text = std::fs::read(path).context(format!("cannot read {}", path.display()))?;
                serde_json::from_slice(&text).context(format!("{} is damaged", path.display()))
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
                crate::console::error(error.to_string());
            }
        }
    }
}

/// Replaces a file in one step, so that no reader ever sees half of it.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, content)
        .and_then(|()| std::fs::rename(&fresh, path))
        .context(format!("cannot write {}", path.display()))
}
