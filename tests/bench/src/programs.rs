//! What is measured and what it is measured against: built here, so that one command is enough.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use local::functions::NAMES;
use local::template::{LocalValues, SOURCE, Template};

use crate::process::Program;

/// The repository: this crate is two levels below it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where everything goes that is made here.
pub fn output() -> PathBuf {
    root().join("target/bench")
}

/// Where the functions' release build is.
pub fn bootstraps() -> PathBuf {
    root().join("target/release")
}

/// Builds the functions as they are deployed but for the target, the references in Rust, and the Python.
pub fn build() -> Result<()> {
    std::fs::create_dir_all(output()).context("no directory for the output")?;
    let cargo = || {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(root()).args(["build", "--release", "--locked"]);
        // What this process was started with is not for those that it starts: build scripts take what Cargo tells a program
        // about its package for a change, and everything above them would be compiled again.
        for (name, _) in std::env::vars_os() {
            let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
            if name.to_str().is_some_and(|name| name == "RUSTFLAGS" || own(name)) {
                cargo.env_remove(name);
            }
        }
        cargo
    };
    let excluded =
        ["local", "acceptance", "bench", "simulation"].into_iter().flat_map(|name| ["--exclude", name]);
    run(cargo().arg("--workspace").args(excluded))?;
    run(cargo()
        .args(["--manifest-path", "tests/bench/reference/Cargo.toml"])
        .arg("--target-dir")
        .arg(references()))?;
    let python = output().join("python");
    if !python.join("bin/python").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
    }
    let requirements = root().join("tests/bench/reference/python/requirements.txt");
    run(Command::new(python.join("bin/pip")).args(["install", "-q", "-r"]).arg(requirements))
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if status.success() { Ok(()) } else { Err(anyhow!("{command:?}: {status}")) }
}

fn references() -> PathBuf {
    output().join("reference")
}

/// The program of a reference.
pub fn reference(name: &str, environment: Vec<(String, String)>) -> Program {
    let command = vec![references().join("release").join(name)];
    Program { name: name.to_owned(), command, environment }
}

/// The same submission in Python.
pub fn python(mut environment: Vec<(String, String)>) -> Program {
    let command =
        vec![output().join("python/bin/python"), "-m".into(), "awslambdaric".into(), "claims.handler".into()];
    let sources = root().join("tests/bench/reference/python");
    environment.push(("PYTHONPATH".to_owned(), sources.display().to_string()));
    environment.push(("LAMBDA_TASK_ROOT".to_owned(), sources.display().to_string()));
    // Lambda's own Pythons come compiled; the first run here compiles, and is not counted.
    environment.push(("PYTHONPYCACHEPREFIX".to_owned(), output().join("pycache").display().to_string()));
    Program { name: "python".to_owned(), command, environment }
}

/// A function with the environment that the template gives it, from a directory of bootstraps.
pub fn function(package: &str, from: &Path, environment: Vec<(String, String)>) -> Result<Program> {
    let parameters = [
        ("JwtIssuer", "https://issuer.example"),
        ("JwtAudience", "claims"),
        ("SenderAddress", "notices@northwind.example"),
        ("VendorName", "Northwind"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let values =
        LocalValues { parameters, links: "https://links.example".to_owned(), ..LocalValues::default() };
    let template = Template::read(SOURCE, &values).context("infra/template.yaml")?;
    let own = template.functions.into_iter().find(|function| function.package == package);
    let own = own.with_context(|| format!("the template has no function {package}"))?;
    let environment = own.environment.into_iter().chain(environment).collect();
    Ok(Program { name: package.to_owned(), command: vec![from.join(package)], environment })
}

/// What each bootstrap weighs when it is packed, in bytes, as one deflated file.
pub fn sizes() -> Result<Vec<(String, u64)>> {
    let functions = NAMES.iter().map(|name| (*name, bootstraps().join(name)));
    let others = ["hello", "put_item"].map(|name| (name, references().join("release").join(name)));
    // With `--no-build` not everything need be there.
    let all = functions.chain(others).filter(|(_, path)| path.exists());
    all.map(|(name, path)| Ok((name.to_owned(), packed(&path)?))).collect()
}

fn packed(path: &Path) -> Result<u64> {
    let content = std::fs::read(path).with_context(|| path.display().to_string())?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::new(6));
    packed.write_all(&content).with_context(|| path.display().to_string())?;
    Ok(packed.finish().with_context(|| path.display().to_string())?.len() as u64)
}
