//! Judges the simulation: bugs are planted in a copy of the sources, one at a time, and each has to be found.
//!
//! `cargo run -p simulation --bin planted`. The copy holds all of them, each asleep until `PLANTED` names it, so that one
//! build serves all. A bug whose place has changed is said to have no place any more; give it a new one.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[path = "planted/bugs.rs"]
mod bugs;

use bugs::BUGS;

/// A bug: text of a file that is there once, and what stands there instead.
struct Bug {
    name: &'static str,
    /// What is wrong then.
    says: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
}

impl Bug {
    /// The file's text with the bug in it.
    fn planted(&self, text: &str) -> Result<String, String> {
        match text.matches(self.find).count() {
            1 => Ok(text.replace(self.find, self.replace)),
            places => Err(format!("{} has {places} places in {}, not one", self.name, self.file)),
        }
    }
}

/// The switch, in the copy's domain, which all crates see.
const SWITCH: &str = r#"
/// Whether a planted bug is awake.
pub fn planted(name: &str) -> bool {
    static AWAKE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    AWAKE.get_or_init(|| std::env::var("PLANTED").unwrap_or_default()) == name
}
"#;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Asked for, because the copy's build puts its own `planted` where this one was.
    let root = Command::new("git").args(["rev-parse", "--show-toplevel"]).output()?;
    let root = PathBuf::from(String::from_utf8(root.stdout)?.trim_end());
    let copy = copy_of(&root);
    plant(&root, &copy)?;
    let simulate = build(&root, &copy)?;
    let histories = std::env::var("SIMULATION_HISTORIES").unwrap_or_else(|_| "10000".to_owned());
    let only = std::env::args().nth(1);
    let mut missed = 0;
    println!("{:44} {:>9}  found by", "planted", "histories");
    for bug in BUGS.iter().filter(|bug| only.as_deref().is_none_or(|only| only == bug.name)) {
        let output = Command::new(&simulate)
            .env("PLANTED", bug.name)
            .env("SIMULATION_QUIET", "1")
            .env("SIMULATION_HISTORIES", &histories)
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let found = said.lines().find_map(|line| {
            let (count, rest) = line.strip_prefix("after ")?.split_once(" histories: ")?;
            let why = rest.split_once(": ")?.1.chars().take(90).collect::<String>();
            Some((count.to_owned(), why))
        });
        match found {
            Some((count, why)) => println!("{:44} {count:>9}  {why}", bug.name),
            None if !output.status.success() => {
                let why =
                    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
                println!("{:44} {:>9}  {why}", bug.name, "panic");
            }
            None => {
                missed += 1;
                println!("{:44} {:>9}  MISSED: {}", bug.name, "-", bug.says);
            }
        }
    }
    let planted = if only.is_some() { 1 } else { BUGS.len() };
    println!("caught {} of {planted}", planted - missed);
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where a repository's copy is. Not in its target folder: Cargo would note sources in there by their place in it, take the copy's
/// for the repository's own from then on, and build nothing that is changed in the latter.
fn copy_of(root: &Path) -> PathBuf {
    let name = root.display().to_string().replace(std::path::MAIN_SEPARATOR, "-");
    std::env::temp_dir().join(format!("planted{name}"))
}

/// Copies the workspace, with the bugs in it. What is as it was keeps its time, so that little is built again.
fn plant(root: &Path, copy: &Path) -> Result<(), Box<dyn Error>> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output()?;
    let listed = String::from_utf8(listed.stdout)?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let Ok(mut bytes) = fs::read(root.join(name)) else { continue };
        for bug in BUGS.iter().filter(|bug| bug.file == name) {
            bytes = bug.planted(&String::from_utf8(bytes)?)?.into_bytes();
        }
        if name == "shared/domain/src/lib.rs" {
            bytes.extend_from_slice(SWITCH.as_bytes());
        }
        let place = copy.join(name);
        if fs::read(&place).is_ok_and(|known| known == bytes) {
            continue;
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, bytes)?;
    }
    let absent = BUGS.iter().find(|bug| !root.join(bug.file).exists());
    absent.map_or(Ok(()), |bug| Err(format!("{} is planted in {}, which is gone", bug.name, bug.file).into()))
}

/// Builds the simulation of the copy, the way the tests are built: with the libraries that are built already.
fn build(root: &Path, copy: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--quiet", "--locked", "--workspace", "--no-run", "--test", "histories"]);
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", root.join("target"));
    if !cargo.status()?.success() {
        return Err("the planted copy cannot be built".into());
    }
    let kept = copy.join("simulate");
    fs::copy(root.join("target/debug/simulate"), &kept)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known with the other tests, and not after the minutes that the proof takes.
    #[test]
    fn every_bug_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for bug in BUGS {
            bug.planted(&fs::read_to_string(root.join(bug.file)).unwrap()).unwrap();
        }
    }
}
