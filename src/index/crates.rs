//! Why lessons do not see a crate that their author expects: what the manifest of the book says of it.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::read::Settings;

const KIT: &str = "`kit` is the book's own library in books that `recto init` starts: in Cargo.toml, `[lib]` with `name = \"kit\"` and \
    `path = \"kit/lib.rs\"`";

/// The manifest whose crates the lessons use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crates {
    /// Its text; none where it is not there.
    manifest: Option<String>,
    /// Where one stands in a folder above, if the book has none.
    above: Option<PathBuf>,
}

impl Crates {
    pub(super) fn of(root: &Path, settings: &Settings) -> Crates {
        let manifest = std::fs::read_to_string(root.join(&settings.manifest)).ok();
        let above = (1..4).map(|up| PathBuf::from("../".repeat(up)).join("Cargo.toml"));
        Crates {
            above: above.filter(|_| manifest.is_none()).find(|path| root.join(path).is_file()),
            manifest,
        }
    }

    /// What lets lessons see a crate that no lesson sees, where the compiler can't know it; `is_told` is that it advises to add it.
    pub(crate) fn advice(&self, name: &str, is_told: bool) -> Option<String> {
        let kit = || (is_told && name == "kit").then(|| KIT.to_owned());
        let Some(text) = &self.manifest else {
            return kit().or_else(|| is_told.then(|| self.without_manifest(name)));
        };
        let manifest: Table = text.parse().ok()?;
        let is_it = |other: &str| other.replace('-', "_") == name;
        let table = |key: &str| manifest.get(key).and_then(Value::as_table);
        let named = |key: &str| table(key).into_iter().flatten().find(|(other, _)| is_it(other));
        let package = table("package");
        let is_own = package.and_then(|it| it.get("name")?.as_str()).is_some_and(is_it);
        if let Some((other, dependency)) = named("dependencies") {
            if dependency.get("optional").and_then(Value::as_bool) == Some(true) {
                return Some(format!(
                    "`{other}` is an optional dependency of the book's package: name it below `[features]`, `default = [\"dep:{other}\"]`"
                ));
            }
        } else if let Some((other, _)) = named("dev-dependencies").filter(|_| !is_own) {
            return Some(format!("lessons use `[dependencies]`: `{other}` stands below `[dev-dependencies]`"));
        }
        let edition = package.and_then(|it| it.get("edition"));
        if (is_own || named("dependencies").is_some()) && edition.is_none_or(|it| it.as_str() == Some("2015")) {
            return Some(format!(
                "the book's `Cargo.toml` is of edition 2015, where `use` needs `extern crate {name};` before it: write `edition = \"2024\"` \
                 below its `[package]`, or below `[rust]` in book.toml"
            ));
        }
        let lib = table("lib").and_then(|it| it.get("crate-type")).filter(|_| is_own);
        let lib = lib.map(|kinds| {
            format!("lessons link the library of the package, which is only {kinds}: write `\"lib\"` among them")
        });
        lib.or_else(|| kit().filter(|_| !is_own && named("dependencies").is_none()))
    }

    fn without_manifest(&self, name: &str) -> String {
        match &self.above {
            Some(path) => format!(
                "the book has no `Cargo.toml` beside book.toml: write one, or use that of the package above, by \
                 `manifest = \"{}\"` below `[preprocessor.recto]`",
                path.display()
            ),
            None => format!(
                "the book has no `Cargo.toml`: write one beside book.toml, with a `[package]`, and `{name}` below `[dependencies]`"
            ),
        }
    }
}
