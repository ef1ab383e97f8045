//! On what a result depends: for each ingredient a book, what is done to it, and what its page must show.

/// A book of one cell, and what is done to it after it was built twice.
pub(super) struct Row {
    /// On what the result depends.
    pub(super) ingredient: &'static str,
    /// Files of the book beside its chapter.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// An expression, which the cell prints.
    pub(super) cell: &'static str,
    /// What it prints at first.
    pub(super) before: &'static str,
    pub(super) change: Change,
    pub(super) after: After,
}

pub(super) enum Change {
    /// A file has another text, or is there for the first time.
    File(&'static str, &'static str),
    /// A file is gone.
    Gone(&'static str),
    /// The caller has a variable with this value, which it had not.
    Variable(&'static str, &'static str),
}

pub(super) enum After {
    /// The cell prints this.
    Prints(&'static str),
    /// The book is refused, with these words.
    Fails(&'static str),
    /// It prints what it printed, and is not run again.
    Same,
}

use After::{Fails, Prints, Same};
use Change::{File, Gone, Variable};

const KIT: &str =
    "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n";
const NAMED: &str = "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nenvironment = [\"TRACED\", \"LANG\"]\n";
const LIMITED: &str = "[book]\ntitle = \"Case\"\n[preprocessor.recto]\n";
/// A registry in a folder, so that nothing is fetched.
const VENDORED: &str = "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n";
const WORD: &str = "[package]\nname = \"word\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";

macro_rules! kit_with {
    ($more:literal) => {
        concat!(
            "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n",
            $more
        )
    };
}

macro_rules! word {
    ($version:literal) => {
        concat!("[package]\nname = \"word\"\nversion = \"", $version, "\"\nedition = \"2024\"\n")
    };
}

const DEPENDS: &str = kit_with!("[dependencies]\nword = { path = \"word\" }\n");
const REGISTRY: &str = kit_with!("[dependencies]\nword = \"1\"\n");

pub(super) const ROWS: &[Row] = &[
    Row {
        ingredient: "a file that the settings let lessons read by a path",
        files: &[
            ("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nread = [\"more.txt\"]\n"),
            ("more.txt", "old"),
        ],
        cell: "std::fs::read_to_string(std::path::Path::new(&std::env::var(\"RECTO_DATA\")?).with_file_name(\"more.txt\"))?",
        before: "old",
        change: File("more.txt", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "the book's own features",
        files: &[
            ("Cargo.toml", kit_with!("[features]\nbright = []\n")),
            (
                "kit/lib.rs",
                "pub fn word() -> &'static str { if cfg!(feature = \"bright\") { \"bright\" } else { \"dark\" } }",
            ),
        ],
        cell: "kit::word()",
        before: "dark",
        change: File("Cargo.toml", kit_with!("[features]\ndefault = [\"bright\"]\nbright = []\n")),
        after: Prints("bright"),
    },
    Row {
        ingredient: "a file that the book's library includes",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { include_str!(\"word\") }"),
            ("kit/word", "old"),
        ],
        cell: "kit::word()",
        before: "old",
        change: File("kit/word", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "the source of a package by path",
        files: &[
            ("Cargo.toml", DEPENDS),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", WORD),
            ("word/src/lib.rs", "pub fn word() -> u8 { 1 }"),
        ],
        cell: "kit::word()",
        before: "1",
        change: File("word/src/lib.rs", "pub fn word() -> u8 { 2 }"),
        after: Prints("2"),
    },
    Row {
        ingredient: "the version in the manifest of a package by path",
        files: &[
            ("Cargo.toml", DEPENDS),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", word!("1.0.0")),
            ("word/src/lib.rs", "pub fn word() -> &'static str { env!(\"CARGO_PKG_VERSION\") }"),
        ],
        cell: "kit::word()",
        before: "1.0.0",
        change: File("word/Cargo.toml", word!("1.1.0")),
        after: Prints("1.1.0"),
    },
    Row {
        ingredient: "the features in the manifest of a package by path",
        files: &[
            ("Cargo.toml", DEPENDS),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", WORD),
            ("word/src/lib.rs", "pub fn word() -> bool { cfg!(feature = \"bright\") }"),
        ],
        cell: "kit::word()",
        before: "false",
        change: File(
            "word/Cargo.toml",
            "[package]\nname = \"word\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[features]\ndefault = [\"bright\"]\nbright = []\n",
        ),
        after: Prints("true"),
    },
    Row {
        ingredient: "the manifest of a package that a package by path depends on",
        files: &[
            ("Cargo.toml", kit_with!("[dependencies]\nouter = { path = \"outer\" }\n")),
            ("kit/lib.rs", "pub use outer::word;"),
            (
                "outer/Cargo.toml",
                "[package]\nname = \"outer\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[dependencies]\nword = { path = \"../word\" }\n",
            ),
            ("outer/src/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", word!("1.0.0")),
            ("word/src/lib.rs", "pub fn word() -> &'static str { env!(\"CARGO_PKG_VERSION\") }"),
        ],
        cell: "kit::word()",
        before: "1.0.0",
        change: File("word/Cargo.toml", word!("1.2.0")),
        after: Prints("1.2.0"),
    },
    Row {
        ingredient: "a manifest that another inherits from",
        files: &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"word\"]\n[workspace.package]\nversion = \"1.0.0\"\n\
                 [package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n\
                 [dependencies]\nword = { path = \"word\" }\n",
            ),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", "[package]\nname = \"word\"\nversion.workspace = true\nedition = \"2024\"\n"),
            ("word/src/lib.rs", "pub fn word() -> &'static str { env!(\"CARGO_PKG_VERSION\") }"),
        ],
        cell: "kit::word()",
        before: "1.0.0",
        change: File(
            "Cargo.toml",
            "[workspace]\nmembers = [\"word\"]\n[workspace.package]\nversion = \"1.3.0\"\n\
             [package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n\
             [dependencies]\nword = { path = \"word\" }\n",
        ),
        after: Prints("1.3.0"),
    },
    Row {
        ingredient: "rustflags of cargo's configuration",
        files: &[],
        cell: "cfg!(bright)",
        before: "false",
        change: File(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"bright\"]\n"),
        after: Prints("true"),
    },
    Row {
        ingredient: "`[env]` of cargo's configuration",
        files: &[(".cargo/config.toml", "[env]\nWORD = \"old\"\n")],
        cell: "option_env!(\"WORD\").unwrap_or(\"nothing\")",
        before: "old",
        change: File(".cargo/config.toml", "[env]\nWORD = \"new\"\n"),
        after: Prints("new"),
    },
    Row {
        ingredient: "cargo's configuration in a folder above",
        files: &[],
        cell: "option_env!(\"WORD\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: File("../.cargo/config.toml", "[env]\nWORD = \"new\"\n"),
        after: Prints("new"),
    },
    Row {
        ingredient: "cargo's configuration in its home",
        files: &[("home/config.toml", "[env]\nWORD = \"new\"\n")],
        cell: "option_env!(\"WORD\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: Variable("CARGO_HOME", "home"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a `[patch]`, without a lock file",
        files: &[
            ("Cargo.toml", REGISTRY),
            ("kit/lib.rs", "pub use word::word;"),
            (".cargo/config.toml", VENDORED),
            ("vendor/word/.cargo-checksum.json", "{\"files\":{}}"),
            ("vendor/word/Cargo.toml", WORD),
            ("vendor/word/src/lib.rs", "pub fn word() -> &'static str { \"theirs\" }"),
            ("mine/Cargo.toml", word!("1.1.0")),
            ("mine/src/lib.rs", "pub fn word() -> &'static str { \"mine\" }"),
        ],
        cell: "kit::word()",
        before: "theirs",
        change: File(
            "Cargo.toml",
            kit_with!("[dependencies]\nword = \"1\"\n[patch.crates-io]\nword = { path = \"mine\" }\n"),
        ),
        after: Prints("mine"),
    },
    Row {
        ingredient: "a `[patch]` of cargo's configuration, without a lock file",
        files: &[
            ("Cargo.toml", REGISTRY),
            ("kit/lib.rs", "pub use word::word;"),
            (".cargo/config.toml", VENDORED),
            ("vendor/word/.cargo-checksum.json", "{\"files\":{}}"),
            ("vendor/word/Cargo.toml", WORD),
            ("vendor/word/src/lib.rs", "pub fn word() -> &'static str { \"theirs\" }"),
            ("mine/Cargo.toml", word!("1.1.0")),
            ("mine/src/lib.rs", "pub fn word() -> &'static str { \"mine\" }"),
        ],
        cell: "kit::word()",
        before: "theirs",
        change: File(
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n\
             [patch.crates-io]\nword = { path = \"mine\" }\n",
        ),
        after: Prints("mine"),
    },
    Row {
        ingredient: "the source of a package that a `[patch]` names",
        files: &[
            (
                "Cargo.toml",
                kit_with!("[dependencies]\nword = \"1\"\n[patch.crates-io]\nword = { path = \"mine\" }\n"),
            ),
            ("kit/lib.rs", "pub use word::word;"),
            (".cargo/config.toml", VENDORED),
            ("vendor/word/.cargo-checksum.json", "{\"files\":{}}"),
            ("vendor/word/Cargo.toml", WORD),
            ("vendor/word/src/lib.rs", ""),
            ("mine/Cargo.toml", word!("1.1.0")),
            ("mine/src/lib.rs", "pub fn word() -> &'static str { env!(\"CARGO_PKG_VERSION\") }"),
        ],
        cell: "kit::word()",
        before: "1.1.0",
        change: File("mine/Cargo.toml", word!("1.4.0")),
        after: Prints("1.4.0"),
    },
    Row {
        ingredient: "a variable that the settings name, in `option_env!`",
        files: &[("book.toml", NAMED)],
        cell: "option_env!(\"TRACED\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: Variable("TRACED", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a variable that the settings name, in `option_env!` of a package by path",
        files: &[
            ("book.toml", NAMED),
            ("Cargo.toml", DEPENDS),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", WORD),
            (
                "word/src/lib.rs",
                "pub fn word() -> &'static str { option_env!(\"TRACED\").unwrap_or(\"nothing\") }",
            ),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: Variable("TRACED", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a variable that the settings name, at run time",
        files: &[("book.toml", NAMED)],
        cell: "std::env::var(\"TRACED\").unwrap_or(\"nothing\".into())",
        before: "nothing",
        change: Variable("TRACED", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "the language that the settings name, at run time",
        files: &[("book.toml", NAMED)],
        cell: "std::env::var(\"LANG\").unwrap_or(\"nothing\".into())",
        before: "C.UTF-8",
        change: Variable("LANG", "de_DE.UTF-8"),
        after: Prints("de_DE.UTF-8"),
    },
    Row {
        ingredient: "a variable of the machine, in `option_env!`",
        files: &[],
        cell: "option_env!(\"LOGNAME\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: Variable("LOGNAME", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a variable of the machine, in `option_env!` of the book's library",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { option_env!(\"LOGNAME\").unwrap_or(\"nothing\") }"),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: Variable("LOGNAME", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a variable that a build script names by rerun-if-env-changed",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { env!(\"WORD\") }"),
            (
                "build.rs",
                "fn main() { println!(\"cargo::rerun-if-env-changed=LOGNAME\"); \
                 println!(\"cargo::rustc-env=WORD={}\", std::env::var(\"LOGNAME\").unwrap_or(\"nothing\".into())); }",
            ),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: Variable("LOGNAME", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "the compiler of C",
        files: &[],
        cell: "option_env!(\"CC_x86_64_unknown_none\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: Variable("CC_x86_64_unknown_none", "clang"),
        after: Prints("clang"),
    },
    Row {
        ingredient: "a variable that nothing reads",
        files: &[],
        cell: "option_env!(\"LOGNAME\").unwrap_or(\"nothing\")",
        before: "nothing",
        change: Variable("XDG_CACHE_HOME", "/nowhere"),
        after: Same,
    },
    Row {
        ingredient: "the language that the settings do not name",
        files: &[],
        cell: "std::env::var(\"LANG\").unwrap_or(\"nothing\".into())",
        before: "C.UTF-8",
        change: Variable("LANG", "de_DE.UTF-8"),
        after: Same,
    },
    Row {
        ingredient: "a secret: nothing sees it",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { env!(\"WORD\") }"),
            (
                "build.rs",
                "fn main() { println!(\"cargo::rerun-if-env-changed=SECRET_TOKEN\"); \
                 println!(\"cargo::rustc-env=WORD={}\", std::env::var(\"SECRET_TOKEN\").unwrap_or(\"nothing\".into())); }",
            ),
        ],
        cell: "format!(\"{} {:?} {:?}\", kit::word(), option_env!(\"SECRET_TOKEN\"), std::env::var_os(\"SECRET_TOKEN\"))",
        before: "nothing None None",
        change: Variable("SECRET_TOKEN", "sesame"),
        after: Same,
    },
    Row {
        ingredient: "a file of the package whose build script says nothing of it",
        files: &[
            ("Cargo.toml", DEPENDS),
            ("kit/lib.rs", "pub use word::word;"),
            ("word/Cargo.toml", WORD),
            ("word/src/lib.rs", "pub fn word() -> &'static str { env!(\"WORD\") }"),
            (
                "word/build.rs",
                "fn main() { println!(\"cargo::rustc-env=WORD={}\", std::fs::read_to_string(\"words/a\").unwrap_or(\"nothing\".into())); }",
            ),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: File("word/words/a", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a folder that a build script names by rerun-if-changed",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { env!(\"WORD\") }"),
            (
                "build.rs",
                "fn main() { println!(\"cargo::rerun-if-changed=words\"); \
                 println!(\"cargo::rustc-env=WORD={}\", std::fs::read_to_string(\"words/a\").unwrap_or(\"nothing\".into())); }",
            ),
            ("words/b", ""),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: File("words/a", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a file that is not there, which a build script names by rerun-if-changed",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "pub fn word() -> &'static str { env!(\"WORD\") }"),
            (
                "build.rs",
                "fn main() { println!(\"cargo::rerun-if-changed=words/a\"); \
                 println!(\"cargo::rustc-env=WORD={}\", std::fs::read_to_string(\"words/a\").unwrap_or(\"nothing\".into())); }",
            ),
        ],
        cell: "kit::word()",
        before: "nothing",
        change: File("words/a", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a data file",
        files: &[("data/word", "old")],
        cell: "recto::data_string(\"word\")?",
        before: "old",
        change: File("data/word", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a data file that was looked for and not there",
        files: &[],
        cell: "recto::data_string(\"word\").unwrap_or(\"nothing\".into())",
        before: "nothing",
        change: File("data/word", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a data file that is gone",
        files: &[("data/word", "old")],
        cell: "recto::data_string(\"word\").unwrap_or(\"nothing\".into())",
        before: "old",
        change: Gone("data/word"),
        after: Prints("nothing"),
    },
    Row {
        ingredient: "a data file beside one that was asked for",
        files: &[("data/word", ""), ("data/other", "old")],
        cell: "std::fs::read_to_string(recto::data(\"word\")?.with_file_name(\"other\"))?",
        before: "old",
        change: File("data/other", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a data file beside one whose text was asked for",
        files: &[("data/word", "old"), ("data/other", "")],
        cell: "recto::data_string(\"word\")?",
        before: "old",
        change: File("data/other", "new"),
        after: Same,
    },
    Row {
        ingredient: "a data file that nobody asked for",
        files: &[("data/word", "old")],
        cell: "std::fs::read_to_string(std::env::var(\"RECTO_DATA\")? + \"/word\")?",
        before: "old",
        change: File("data/word", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "a data file that the book's library finds by itself",
        files: &[
            ("Cargo.toml", KIT),
            (
                "kit/lib.rs",
                "pub fn word() -> String { std::fs::read_to_string(std::env::var(\"RECTO_DATA\").unwrap() + \"/word\").unwrap() }",
            ),
            ("data/word", "old"),
        ],
        cell: "kit::word()",
        before: "old",
        change: File("data/word", "new"),
        after: Prints("new"),
    },
    Row {
        ingredient: "the data files that the message about a missing one lists",
        files: &[("data/one", "")],
        cell: "recto::data(\"word\").unwrap_err()",
        before: "in the data folder there is one",
        change: File("data/two", ""),
        after: Prints("in the data folder there is one, two"),
    },
    Row {
        ingredient: "the memory that it may use",
        files: &[("book.toml", LIMITED)],
        cell: "vec![1u8; 600 << 20].len()",
        before: "629145600",
        change: File("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nmemory = 512\n"),
        after: Fails("memory"),
    },
    Row {
        ingredient: "the time that it may run",
        files: &[("book.toml", LIMITED)],
        cell: "{ std::thread::sleep(std::time::Duration::from_millis(1200)); 5 }",
        before: "5",
        change: File("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\ntimeout = 1\n"),
        after: Fails("timeout"),
    },
    Row {
        ingredient: "the memory that it may use, when that was not enough",
        files: &[("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\nmemory = 512\n")],
        cell: "{ std::thread::sleep(std::time::Duration::from_millis(500)); Vec::<u8>::new().try_reserve(600 << 20).is_ok() }",
        before: "false",
        change: File("book.toml", LIMITED),
        after: Prints("true"),
    },
    Row {
        ingredient: "the book's library, for a cell that must not compile",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", ""),
            (
                "src/one.md",
                "# One\n\n```rust\nprintln!(\"1, run 1\");\n```\n\n```rust,compile_fail\nkit::word();\n```\n",
            ),
        ],
        cell: "",
        before: "1",
        change: File("kit/lib.rs", "pub fn word() {}"),
        after: Fails("compile-fail"),
    },
    Row {
        ingredient: "what the book's library includes, for a cell that must not compile",
        files: &[
            ("Cargo.toml", KIT),
            ("kit/lib.rs", "include!(\"words\");"),
            ("kit/words", ""),
            (
                "src/one.md",
                "# One\n\n```rust\nprintln!(\"1, run 1\");\n```\n\n```rust,compile_fail\nkit::word();\n```\n",
            ),
        ],
        cell: "",
        before: "1",
        change: File("kit/words", "pub fn word() {}"),
        after: Fails("compile-fail"),
    },
    Row {
        ingredient: "the time that it may run, when that is still enough",
        files: &[("book.toml", LIMITED)],
        cell: "5",
        before: "5",
        change: File("book.toml", "[book]\ntitle = \"Case\"\n[preprocessor.recto]\ntimeout = 30\n"),
        after: Same,
    },
];
