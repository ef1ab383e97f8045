//! Which of the caller's environment variables reach cargo and the programs of lessons.
//!
//! cargo, and with it build scripts and macros, gets what a compiler needs to be found and to work; a program gets a
//! search path and a language that are the same everywhere. Both get what the book's settings name. All else, and so
//! every secret, stays out. No result can depend on a variable unnoticed: those that decide what is built are a part
//! of what each result is kept under, the others where something was compiled that reads them by name.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// What the compilers and linkers of C and Rust are and how they are called; begins of names end in `*`.
const BUILDING: [&str; 27] = [
    "AR",
    "AR_*",
    "CC",
    "CC_*",
    "CFLAGS",
    "CFLAGS_*",
    "CPATH",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "CXXFLAGS_*",
    "CXX_*",
    "C_INCLUDE_PATH",
    "DEVELOPER_DIR",
    "INCLUDE",
    "LDFLAGS",
    "LIB",
    "LIBCLANG_PATH",
    "LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "NIX_BINTOOLS*",
    "NIX_CC*",
    "NIX_CFLAGS*",
    "NIX_LDFLAGS*",
    "PKG_CONFIG*",
    "RUSTC_WRAPPER",
    "SDKROOT",
];

/// What the machine's programs need to find each other, their files and the network.
const MACHINE: [&str; 40] = [
    "ALL_PROXY",
    "APPDATA",
    "CARGO_HOME",
    "CARGO_HTTP_*",
    "CARGO_NET_*",
    "CARGO_REGISTRIES_*",
    "CARGO_REGISTRY_*",
    "CARGO_SOURCE_*",
    "COMSPEC",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "GIT_SSL_CAINFO",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LD_LIBRARY_PATH",
    "LOCALAPPDATA",
    "LOGNAME",
    "NO_PROXY",
    "NUMBER_OF_PROCESSORS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "RUSTUP_*",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
];

/// No build needs these, whatever else their names say.
const SECRET: [&str; 4] = ["TOKEN", "CREDENTIAL", "PASSWORD", "SECRET"];

/// The language of every program, that cargo's too.
const LANGUAGE: (&str, &str) = ("LANG", "C.UTF-8");

/// Where a program finds others. What a book's lessons need beyond it, its settings say.
#[cfg(unix)]
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables of the caller that count.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// Those that decide what is built.
    building: BTreeMap<String, OsString>,
    machine: BTreeMap<String, OsString>,
    /// Those that the book's settings name.
    named: BTreeMap<String, OsString>,
}

impl Variables {
    /// The caller's, as they are now; `named` are those that the book's settings name.
    pub(super) fn of_caller(named: &[String]) -> Variables {
        Variables::of(std::env::vars_os(), named)
    }

    fn of(all: impl Iterator<Item = (OsString, OsString)>, named: &[String]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in all {
            let Ok(name) = name.into_string() else { continue };
            if named.contains(&name) {
                variables.named.insert(name, value);
            } else if is_among(&name, &BUILDING) || is_linker(&name) {
                variables.building.insert(name, value);
            } else if Variables::count_where_read(&name) {
                variables.machine.insert(name, value);
            }
        }
        variables
    }

    /// All that cargo gets of them.
    pub(super) fn of_cargo(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        let caller = self.building.iter().chain(&self.machine).chain(&self.named);
        let language = std::iter::once((LANGUAGE.0, OsStr::new(LANGUAGE.1)));
        language.chain(caller.map(|(name, value)| (name.as_str(), value.as_os_str())))
    }

    /// All that a program gets of them.
    pub(super) fn of_program(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        let language = std::iter::once((LANGUAGE.0, OsStr::new(LANGUAGE.1)));
        let named = self.named.iter().map(|(name, value)| (name.as_str(), value.as_os_str()));
        language.chain(self.search_path()).chain(named)
    }

    #[cfg(unix)]
    fn search_path(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        std::iter::once(("PATH", OsStr::new(SEARCH_PATH)))
    }

    /// Windows starts no program without them.
    #[cfg(not(unix))]
    fn search_path(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        let needed = self.machine.iter().filter(|(name, _)| is_among(name, &["PATH", "SYSTEMROOT"]));
        needed.map(|(name, value)| (name.as_str(), value.as_os_str()))
    }

    /// What cargo sees under a name.
    pub(super) fn value(&self, name: &str) -> Option<&OsStr> {
        self.of_cargo().filter(|(its, _)| *its == name).last().map(|(_, value)| value)
    }

    /// A hash of what cargo sees under a name; none where it sees nothing. A store is no place for values.
    pub(super) fn hash(&self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        Some(blake3::hash(value.as_encoded_bytes()).to_hex().to_string())
    }

    /// The names of those that count only where they are read.
    pub(super) fn unkeyed(&self) -> impl Iterator<Item = &str> {
        self.machine.keys().map(String::as_str)
    }

    /// Whether cargo would see it, and it counts only where it is read.
    pub(super) fn count_where_read(name: &str) -> bool {
        is_among(name, &MACHINE) && !is_secret(name)
    }

    /// Those that count for every program.
    pub(super) fn keyed(&self) -> String {
        let keyed = self.building.keys().chain(self.named.keys());
        keyed.map(|name| format!("{name}={}\n", self.hash(name).unwrap_or_default())).collect()
    }
}

fn is_among(name: &str, patterns: &[&str]) -> bool {
    let name = name.to_ascii_uppercase();
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

fn is_linker(name: &str) -> bool {
    name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)], named: &[&str]) -> Variables {
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        Variables::of(all.iter().map(|(name, value)| (name.into(), value.into())), &named)
    }

    #[test]
    fn no_secret_reaches_cargo_or_a_program_unless_the_book_names_it() {
        let all = [
            ("SECRET_TOKEN", "sesame"),
            ("AWS_SECRET_ACCESS_KEY", "sesame"),
            ("CARGO_REGISTRY_TOKEN", "sesame"),
            ("CARGO_REGISTRIES_OURS_TOKEN", "sesame"),
            ("SSH_AUTH_SOCK", "sesame"),
            ("CARGO_ENCODED_RUSTFLAGS", "sesame"),
            ("CARGO_REGISTRIES_OURS_INDEX", "index"),
            ("CC_x86_64-unknown-linux-gnu", "clang"),
            ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "mold"),
            ("https_proxy", "proxy"),
            ("PATH", "/opt"),
        ];
        let seen = |variables: &Variables| {
            let of = |it: (&str, &OsStr)| format!("{}={}", it.0, it.1.to_string_lossy());
            (variables.of_cargo().map(of).collect::<String>(), variables.of_program().map(of).collect::<String>())
        };
        let (cargo, program) = seen(&variables(&all, &[]));
        assert!(!cargo.contains("sesame"), "{cargo}");
        for kept in ["=index", "=clang", "=mold", "=proxy", "PATH=/opt"] {
            assert!(cargo.contains(kept), "{cargo}");
        }
        #[cfg(unix)]
        assert_eq!(program, format!("LANG=C.UTF-8PATH={SEARCH_PATH}"));
        let (cargo, program) = seen(&variables(&all, &["SECRET_TOKEN"]));
        assert!(cargo.contains("SECRET_TOKEN=sesame") && program.contains("SECRET_TOKEN=sesame"));
    }

    #[test]
    fn what_is_named_hides_what_is_the_same_everywhere() {
        let variables = variables(&[("LANG", "de")], &["LANG"]);
        assert_eq!(variables.of_program().filter(|(name, _)| *name == "LANG").last().unwrap().1, "de");
        assert_eq!(variables.hash("LANG"), Some(blake3::hash(b"de").to_hex().to_string()));
        assert_eq!(variables.hash("HOME"), None);
    }
}
