//! cargo's own configuration, as far as it may decide what is built: the files `.cargo/config.toml` that cargo reads in
//! a folder, above it and in its home, and those that they include.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// The files of cargo's configuration for a folder, in the order in which they count.
#[derive(Debug, Default)]
pub(super) struct CargoConfig(Vec<File>);

#[derive(Debug)]
struct File {
    /// Where it is, told from the folder or from cargo's home.
    name: String,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl CargoConfig {
    /// What holds in a folder; `home` is cargo's.
    pub(super) fn of(folder: &Path, home: Option<&Path>) -> CargoConfig {
        let mut config = CargoConfig::default();
        for (distance, folder) in folder.ancestors().map(|folder| folder.join(".cargo")).enumerate() {
            let is_home = home == Some(folder.as_path());
            config.add_folder(&folder, &if is_home { "home".to_owned() } else { format!("{distance} above") });
        }
        if let Some(home) = home {
            config.add_folder(home, "home");
        }
        config
    }

    fn add_folder(&mut self, folder: &Path, name: &str) {
        for file in ["config.toml", "config"] {
            self.add(&folder.join(file), format!("{name}/{file}"));
        }
    }

    /// Adds a file, if it is there, and those that it includes.
    fn add(&mut self, path: &Path, name: String) {
        if self.0.iter().any(|known| known.path == path) {
            return;
        }
        let Ok(bytes) = std::fs::read(path) else { return };
        let table = table(&bytes);
        let included = match table.get("include") {
            Some(Value::Array(several)) => several.iter().collect(),
            one => Vec::from_iter(one),
        };
        let included = included.into_iter().filter_map(|it| it.as_str().or_else(|| it.get("path")?.as_str()));
        let included: Vec<(PathBuf, String)> =
            included.map(|file| (path.with_file_name(file), format!("{name} includes {file}"))).collect();
        self.0.push(File { name, path: path.to_path_buf(), bytes });
        for (path, name) in included {
            self.add(&path, name);
        }
    }

    /// A hash of all of it.
    pub(super) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for File { name, bytes, .. } in &self.0 {
            hasher.update(blake3::hash(name.as_bytes()).as_bytes());
            hasher.update(blake3::hash(bytes).as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Its tables `[patch]`.
    pub(super) fn patches(&self) -> String {
        let patches = self.0.iter().filter_map(|file| table(&file.bytes).remove("patch"));
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
        let found = CargoConfig::of(&folder.path().join("above/book"), Some(&home));
        assert!(found.patches().contains("kit"));
        let mut found: Vec<PathBuf> = found
            .0
            .into_iter()
            .filter_map(|file| {
                Some(std::fs::canonicalize(file.path).ok()?.strip_prefix(folder.path()).ok()?.to_path_buf())
            })
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

    #[test]
    fn the_same_configuration_has_the_same_hash_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let hash = |book: &str, home: &str| {
            CargoConfig::of(&folder.path().join(book), Some(&folder.path().join(home).join(".cargo"))).hash()
        };
        for (name, text) in [
            ("one/book/.cargo/config.toml", "include = 'more.toml'"),
            ("one/book/.cargo/more.toml", "[build]"),
            ("one/.cargo/config.toml", "[net]"),
            ("two/a/b/book/.cargo/config.toml", "include = 'more.toml'"),
            ("two/a/b/book/.cargo/more.toml", "[build]"),
            ("three/.cargo/config.toml", "[net]"),
            ("four/book/.cargo/config.toml", "include = 'more.toml'"),
            ("four/book/.cargo/more.toml", "[build]"),
            ("four/.cargo/config.toml", "[term]"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        // cargo's home above the book, and elsewhere.
        assert_eq!(hash("one/book", "one"), hash("two/a/b/book", "three"));
        assert_ne!(hash("one/book", "one"), hash("four/book", "four"));
        // The same file, but as configuration of a folder.
        assert_ne!(hash("one/book", "nowhere"), hash("two/a/b/book", "three"));
    }
}
