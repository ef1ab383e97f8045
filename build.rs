//! Lists the runtime's sources, which the tool carries: for each its path and its text.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // `ignore-…` in the words of a fence names a part of it.
    println!("cargo::rustc-env=RECTO_TARGET={}", std::env::var("TARGET")?);
    // The runtime itself carries nothing.
    if cfg!(feature = "generator") {
        println!("cargo::rerun-if-changed=src/runtime");
        let list = Path::new(&std::env::var("OUT_DIR")?).join("runtime.rs");
        std::fs::write(list, format!("[{}]", entries()?.concat()))?;
    }
    Ok(())
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
