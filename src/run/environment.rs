//! What the lessons ran on: the toolchain, the crates they may use, the lock file, the kind of machine.

use serde::Serialize;
use toml::Value;

use super::lock::without_programs;
use super::walls::Reach;
use super::workspace::Workspace;

/// What the lessons of a book ran on. No names of hosts or folders, and no times.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Environment {
    pub(crate) recto: &'static str,
    /// `rustc 1.91.0 (…)`.
    pub(crate) rustc: String,
    /// The target of the compiler, as `x86_64-unknown-linux-gnu`.
    pub(crate) host: String,
    pub(crate) llvm: String,
    /// The crates that lessons may use.
    pub(crate) crates: Vec<Crate>,
    /// The versions of all crates.
    pub(crate) lock: Option<Lock>,
    pub(crate) machine: Machine,
    /// What walls kept from the lessons; nothing where there were none.
    pub(crate) walls: Option<&'static str>,
}

/// A crate that lessons may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Its version, where the lock file has it.
    pub(crate) version: Option<String>,
    /// Whether it comes with the book.
    pub(crate) local: bool,
}

/// A lock file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lock {
    /// BLAKE3 hash of `Cargo.lock`.
    pub blake3: String,
    /// How many packages it lists.
    pub(crate) packages: usize,
}

/// A kind of machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) architecture: &'static str,
    pub(crate) system: &'static str,
    /// How many programs can run at once.
    pub(crate) cores: usize,
}

impl Workspace {
    /// What the lessons ran on.
    pub(crate) fn environment(&self) -> Environment {
        let said = |key: &str| {
            let line = self.toolchain.lines().find_map(|line| line.strip_prefix(key));
            line.map(|value| value.trim().to_owned()).unwrap_or_default()
        };
        let text = self.lock_text();
        let locked = text.as_deref().map(Locked::read).unwrap_or_default();
        Environment {
            recto: env!("CARGO_PKG_VERSION"),
            rustc: self.toolchain.lines().next().unwrap_or_default().to_owned(),
            host: said("host:"),
            llvm: said("LLVM version:"),
            crates: self.crates(&locked),
            lock: text.map(|text| Lock {
                blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
                packages: locked.0.len(),
            }),
            machine: Machine {
                architecture: std::env::consts::ARCH,
                system: std::env::consts::OS,
                cores: std::thread::available_parallelism().map_or(1, usize::from),
            },
            walls: self.reach.as_ref().map(Reach::kept_out),
        }
    }

    /// The book's lock file; for a book without one, that of the generated package, without the
    /// packages of the programs themselves, which depend on what was built before.
    pub(crate) fn lock_text(&self) -> Option<String> {
        if let Some(lock) = &self.lock {
            return std::fs::read_to_string(lock).ok();
        }
        self.lock_of_packages().as_deref().map(without_programs)
    }

    fn crates(&self, locked: &Locked) -> Vec<Crate> {
        let direct = self.manifest.dependencies.iter().filter(|(key, _)| *key != "recto");
        direct
            .map(|(key, specification)| {
                let name = specification.get("package").and_then(Value::as_str).unwrap_or(key);
                Crate {
                    name: name.to_owned(),
                    version: locked.version(name, specification),
                    local: specification.get("path").is_some(),
                }
            })
            .collect()
    }
}

/// The packages of a lock file: name and version.
#[derive(Default)]
struct Locked(Vec<(String, String)>);

impl Locked {
    /// Line by line: a lock file is long, and cargo writes it in one way only.
    fn read(text: &str) -> Locked {
        let field = |package: &str, key: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(key));
            value.map(|value| value.trim_matches('"').to_owned())
        };
        let packages = text.split("[[package]]").skip(1);
        Locked(
            packages
                .filter_map(|package| Some((field(package, "name = ")?, field(package, "version = ")?)))
                .collect(),
        )
    }

    /// The version of a crate that its requirement lets lessons use; the newest where there are several.
    fn version(&self, name: &str, specification: &Value) -> Option<String> {
        use cargo_metadata::semver::{Version, VersionReq};
        let requirement = specification.get("version").and_then(Value::as_str).unwrap_or("*");
        let requirement: VersionReq = requirement.parse().ok()?;
        let versions = self.0.iter().filter(|(its, _)| its == name);
        let versions = versions.filter_map(|(_, version)| version.parse::<Version>().ok());
        let fits = |version: &Version| requirement.matches(version) || requirement == VersionReq::STAR;
        versions.filter(fits).max().map(|version| version.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_has_the_version_that_its_requirement_accepts() {
        let locked = Locked::read(
            "version = 4\n[[package]]\nname = \"rand\"\nversion = \"0.9.2\"\n[[package]]\nname = \"rand\"\nversion = \"0.10.1\"\n\
             [[package]]\nname = \"kit\"\nversion = \"0.1.0-alpha\"\n",
        );
        let specification = |text: &str| Value::Table(text.parse::<toml::Table>().unwrap());
        let version = |name: &str, text: &str| locked.version(name, &specification(text));
        assert_eq!(version("rand", "version = \"^0.9\"").as_deref(), Some("0.9.2"));
        assert_eq!(version("rand", "version = \"^0.10\"").as_deref(), Some("0.10.1"));
        assert_eq!(version("kit", "path = \"kit\"").as_deref(), Some("0.1.0-alpha"));
        assert_eq!(version("nalgebra", "version = \"*\""), None);
    }
}
