//! Lists the runtime's sources, which the tool carries: for each its path and its text. Tells the sources that run
//! lessons from others of the same version.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // `ignore-…` in the words of a fence names a part of it.
    println!("cargo::rustc-env=RECTO_TARGET={}", std::env::var("TARGET")?);
    // The runtime itself carries nothing.
    if cfg!(feature = "generator") {
        println!("cargo::rerun-if-changed=src/runtime");
        println!("cargo::rerun-if-changed=src/run");
        println!("cargo::rustc-env=RECTO_SOURCES={:x}", hash_of("src/run")?);
        let list = Path::new(&std::env::var("OUT_DIR")?).join("runtime.rs");
        std::fs::write(list, format!("[{}]", entries()?.concat()))?;
    }
    Ok(())
}

/// Stands for the sources that decide what a result is, so that each recto trusts only what it would do again.
fn hash_of(folder: &str) -> Result<u64, Box<dyn Error>> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn entries() -> Result<Vec<String>, Box<dyn Error>> {
    let mut entries = vec![entry("src/lib.rs")];
    for file in std::fs::read_dir("src/runtime")? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rs") {
            entries.push(entry(&format!("src/runtime/{name}")));
        }
    }
    entries.sort();
    Ok(entries)
}

fn entry(path: &str) -> String {
    format!("({path:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {path:?}))),\n")
}
