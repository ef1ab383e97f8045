//! What recto keeps may be cut, gone, changed or forged: the next build is right without `clean`.

use std::path::{Path, PathBuf};

use super::printed;
use crate::support::Book;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\ndependencies = [\n \"word\",\n]\n\n\
     [[package]]\nname = \"word\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
const LESSON: &str = "# One\n\n```rust\nprintln!(\"{}, run {}\", kit::word(), std::process::id());\n```\n";

#[derive(Clone, Copy, PartialEq)]
enum Damage {
    /// The second half of it is gone.
    Cut,
    /// Nothing is left of its text.
    Emptied,
    /// It, or the folder, is not there.
    Gone,
    /// It names the version 1.1.0 of the crate.
    OtherVersion,
}

use Damage::{Cut, Emptied, Gone, OtherVersion};

/// A file or folder below that of the book in the target folder, and what is done to it. `*` is any name.
const ROWS: &[(&str, Damage)] = &[
    ("package/2024/Cargo.lock", Cut),
    ("package/2024/Cargo.lock", Emptied),
    ("package/2024/Cargo.lock", Gone),
    ("package/2024/Cargo.lock", OtherVersion),
    ("package/2024/Cargo.lock.book", Cut),
    ("package/2024/Cargo.lock.book", Gone),
    ("package/2024/Cargo.toml", Cut),
    ("package/2024/src/one.md", Cut),
    ("package/2024", Gone),
    ("swept", Cut),
    ("used", Emptied),
    ("used", Gone),
    ("times.json", Cut),
    ("root", Gone),
    ("store/*", Cut),
    ("store/*", Emptied),
    ("store", Gone),
    ("lock", Gone),
    ("../key", Cut),
    ("../key", Gone),
    ("../runtime-*/src/lib.rs", Cut),
    ("../runtime-*/Cargo.toml", Emptied),
];

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged")
}

/// Everything that recto keeps for a book.
fn kept(book: &Book) -> PathBuf {
    let id = blake3::hash(book.0.to_string_lossy().as_bytes()).to_hex()[..8].to_owned();
    target().join("recto").join(id)
}

/// The files of which the name begins as one of a row does, up to its `*`.
fn named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Some((start, rest)) = name.split_once('*') else {
        return vec![folder.join(name)];
    };
    let (parent, start) = start.rsplit_once('/').unwrap();
    let entries = std::fs::read_dir(folder.join(parent)).unwrap().map(|entry| entry.unwrap().path());
    let fits = entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(start));
    fits.map(|path| PathBuf::from(format!("{}{rest}", path.display()))).collect()
}

/// Whether there was something to damage: the runtime of another recto may be damaged already, and nobody mends it.
fn damage(path: &Path, damage: Damage) -> bool {
    if damage == Gone {
        let gone = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
        gone.unwrap();
        return true;
    }
    let bytes = std::fs::read(path).unwrap();
    let damaged = match damage {
        Cut => bytes[..bytes.len() / 2].to_vec(),
        Emptied => Vec::new(),
        _ => {
            let text = String::from_utf8(bytes.clone()).unwrap();
            text.replace("name = \"word\"\nversion = \"1.0.0\"", "name = \"word\"\nversion = \"1.1.0\"").into()
        }
    };
    let is_other = bytes != damaged;
    std::fs::write(path, damaged).unwrap();
    is_other
}

/// A book that depends on a crate in two versions, and takes the older one by its lock file, if it has one.
fn book(name: &str, has_lock: bool) -> Book {
    let book = Book::new(name, &[("one", LESSON)]);
    let manifest = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n\
                    [dependencies]\nword = \"1\"\n";
    book.write("Cargo.toml", manifest);
    book.write("kit/lib.rs", "pub use word::word;");
    let config = "[source.crates-io]\nreplace-with = \"vendored\"\n[source.vendored]\ndirectory = \"vendor\"\n";
    book.write(".cargo/config.toml", config);
    for version in ["1.0.0", "1.1.0"] {
        let manifest = format!("[package]\nname = \"word\"\nversion = \"{version}\"\nedition = \"2024\"\n");
        book.write(&format!("vendor/word-{version}/Cargo.toml"), &manifest);
        let source = "pub fn word() -> &'static str { env!(\"CARGO_PKG_VERSION\") }";
        book.write(&format!("vendor/word-{version}/src/lib.rs"), source);
        book.write(&format!("vendor/word-{version}/.cargo-checksum.json"), "{\"files\":{}}");
    }
    if has_lock {
        book.write("Cargo.lock", LOCK);
    }
    let _ = std::fs::remove_dir_all(kept(&book));
    book
}

/// What the cell prints now; the build must succeed.
fn page(book: &Book, after: &str) -> String {
    let output = book.command_in(&target(), &["build"]).output().unwrap();
    assert!(output.status.success(), "after {after}: {}", String::from_utf8_lossy(&output.stderr));
    printed(&book.read("one.html")).to_owned()
}

#[test]
fn what_is_damaged_is_made_anew() {
    let book = book("damaged-book", true);
    assert!(page(&book, "nothing").starts_with("1.0.0"));
    for (number, &(name, how)) in ROWS.iter().enumerate() {
        let paths = named(&kept(&book), name);
        let damaged = paths.iter().filter(|path| damage(path, how)).count();
        assert!(damaged > 0, "nothing is damaged: {name}");
        // What is compiled anew needs a cell that has changed.
        if ["package", "used", "times", "../runtime"].iter().any(|start| name.starts_with(start)) {
            book.write("src/one.md", &LESSON.replace("println", &format!("let _ = {number}; println")));
        }
        assert!(page(&book, name).starts_with("1.0.0"), "{name}");
    }
}

#[test]
fn the_generated_lock_of_a_book_without_one_is_made_anew_and_no_result_is_of_another() {
    let book = book("damaged-lockless", false);
    let first = page(&book, "nothing");
    assert!(first.starts_with("1.1.0"), "{first}");
    let lock = kept(&book).join("package/2024/Cargo.lock");
    assert!(damage(&lock, Cut));
    book.write("src/one.md", &LESSON.replace("println", "let _ = 1; println"));
    assert!(page(&book, "a cut").starts_with("1.1.0"));
    // The page states the versions of this file: a result of others must not stand beside them.
    let text = std::fs::read_to_string(&lock).unwrap();
    let word = "name = \"word\"\nversion = ";
    std::fs::write(&lock, text.replace(&format!("{word}\"1.1.0\""), &format!("{word}\"1.0.0\""))).unwrap();
    let now = page(&book, "another version");
    let stated = std::fs::read_to_string(book.0.join("book/programs/Cargo.lock")).unwrap();
    let version = now.split_once(',').unwrap().0;
    assert!(stated.contains(&format!("{word}\"{version}\"")), "{now}: {stated}");
}

#[test]
fn a_forged_result_is_none() {
    let lesson = "# One\n\n```rust\nlet k = 2.5;\n```\n\nIt is [42](=k).\n";
    let book = Book::new(
        "forged",
        &[
            ("one", lesson),
            ("two", "# Two\n\n```rust\nlet k = 42.0;\n```\n\nIt is [42](=k).\n"),
        ],
    );
    let _ = std::fs::remove_dir_all(kept(&book));
    let is_refused = || {
        let output = book.command_in(&target(), &["build"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("the text says 42, the value is 2.5"), "{said}");
    };
    is_refused();
    let entries = named(&kept(&book), "store/*");
    let text_of = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    let own = entries.iter().find(|path| text_of(path).contains("\"2.5\"")).unwrap();
    let other = entries.iter().find(|path| text_of(path).contains("\"42.0\"")).unwrap();
    let (own_text, other_text) = (text_of(own), text_of(other));
    let (seal, json) = own_text.split_once('\n').unwrap();
    let forged = json.replace("\"2.5\"", "\"42.0\"");
    assert_ne!(json, forged);
    let checksum = blake3::hash(forged.as_bytes()).to_hex();
    for text in [
        format!("{seal}\n{forged}"),
        format!("{checksum}\n{forged}"),
        other_text.clone(),
    ] {
        std::fs::write(own, text).unwrap();
        is_refused();
        // A result that holds is found again: what was refused was refused for its seal.
        assert_eq!(text_of(other), other_text);
    }
}
