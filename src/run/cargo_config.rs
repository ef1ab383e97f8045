//! cargo's own configuration, as far as it may decide what is built: the files `.cargo/config.toml` that cargo reads in
//! a folder, above it and in its home, and those that they include.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The files of cargo's configuration for a folder, by their paths.
#[derive(Debug, Default)]
pub(super) struct CargoConfig(BTreeMap<PathBuf, Vec<u8>>);

impl CargoConfig {
    /// What holds in a folder; `home` is cargo's, where the caller names one.
    pub(super) fn of(folder: &Path, home: Option<&OsStr>) -> CargoConfig {
        let above = folder.ancestors().map(|folder| folder.join(".cargo"));
        let home = home.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
        let mut config = CargoConfig::default();
        for folder in above.chain(home) {
            config.add(&folder.join("config.toml"));
            config.add(&folder.join("config"));
        }
        config
    }

    /// Adds a file, if it is there, and those that it includes.
    fn add(&mut self, file: &Path) {
        if self.0.contains_key(file) {
            return;
        }
        let Ok(bytes) = std::fs::read(file) else { return };
        let table = table(&bytes);
        self.0.insert(file.to_path_buf(), bytes);
        let included = match table.get("include") {
            Some(Value::Array(several)) => several.iter().collect(),
            one => Vec::from_iter(one),
        };
        for included in included {
            if let Some(path) = included.as_str().or_else(|| included.get("path")?.as_str()) {
                self.add(&file.with_file_name(path));
            }
        }
    }

    /// A hash of all of it.
    pub(super) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in &self.0 {
            hasher.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
            hasher.update(blake3::hash(bytes).as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Its tables `[patch]`.
    pub(super) fn patches(&self) -> String {
        let patches = self.0.values().filter_map(|bytes| table(bytes).remove("patch"));
        patches.map(|patch| patch.to_string()).collect()
    }
}

/// A file's table; an empty one where cargo itself will say what is wrong.
fn table(bytes: &[u8]) -> Table {
    let text = str::from_utf8(bytes).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_above_in_the_home_and_included_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        };
        write("above/.cargo/config", "[build]");
        write(
            "above/book/.cargo/config.toml",
            "include = ['one.toml', { path = '../../two.toml', optional = true }]",
        );
        write("above/book/.cargo/one.toml", "include = 'config.toml'\npatch.crates-io.kit.path = 'kit'");
        write("above/two.toml", "no TOML");
        write("home/config.toml", "");
        let home = folder.path().join("home");
        let found = CargoConfig::of(&folder.path().join("above/book"), Some(home.as_os_str()));
        assert!(found.patches().contains("kit"));
        let mut found: Vec<PathBuf> = found
            .0
            .into_keys()
            .filter_map(|path| Some(std::fs::canonicalize(path).ok()?.strip_prefix(folder.path()).ok()?.to_path_buf()))
            .collect();
        found.sort();
        let expected = [
            "above/.cargo/config",
            "above/book/.cargo/config.toml",
            "above/book/.cargo/one.toml",
            "above/two.toml",
            "home/config.toml",
        ];
        assert_eq!(found, expected.map(PathBuf::from));
    }
}
