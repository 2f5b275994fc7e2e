//! Lists `languages/`, so that a language is added by adding its file and nothing else.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name| env::var(name).map_err(io::Error::other);
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("languages");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut files: Vec<_> = fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
        .collect();
    files.sort();

    let tags: Vec<_> = files.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    let english =
        tags.iter().position(|tag| *tag == "en").ok_or(io::Error::other("languages/en.ftl is missing"))?;

    let mut code = format!("static SOURCES: [Source; {}] = [\n", files.len());
    for (tag, path) in tags.iter().zip(&files) {
        writeln!(code, "    Source::new({tag:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    write!(code, "];\nconst ENGLISH: usize = {english};\n").map_err(io::Error::other)?;
    fs::write(Path::new(&variable("OUT_DIR")?).join("languages.rs"), code)
}
