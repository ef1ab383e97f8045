//! Nothing lost: whatever the settings, links and names of folders, what the author wrote stays as it is.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::Book;

const LESSON: &str = "# One\n\nIt is [3](=1+2).\n";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `build-dir` names, and a word of the reason why it can't be the output.
const REFUSED: &[(&str, &str)] = &[
    ("src", "overlaps with `src`"),
    ("./src/../src", "overlaps with `src`"),
    ("src/deep", "overlaps with `src`"),
    ("data", "overlaps with `data`"),
    ("kit", "overlaps with `kit`"),
    (".git", "overlaps with `.git`"),
    (".", "holds the book's own folder"),
    ("..", "holds the book's own folder"),
    ("notes", "holds files that no build wrote"),
    ("site", "holds files that no build wrote"),
    ("pages", "holds `pages/.git`"),
    ("file", "is a file"),
    ("nowhere", "is a link that leads nowhere"),
    ("linked", "overlaps with `src`"),
];

#[test]
fn an_output_that_would_lose_something_is_refused_and_nothing_is_touched() {
    let book = Book::new("refused/book", &[("one", LESSON)]);
    let manifest = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n";
    for (name, text) in [
        ("Cargo.toml", manifest),
        ("kit/lib.rs", ""),
        ("data/a", "a"),
        (".git/config", ""),
        ("notes/mine", "mine"),
        ("site/.nojekyll", ""),
        ("site/index.html", "mine"),
        ("pages/.nojekyll", ""),
        ("pages/book.js", ""),
        ("pages/.git", "gitdir: elsewhere"),
        ("file", "mine"),
    ] {
        book.write(name, text);
    }
    #[cfg(unix)]
    for (link, to) in [("nowhere", "not there"), ("linked", "src")] {
        std::os::unix::fs::symlink(to, book.0.join(link)).unwrap();
    }
    let all = || {
        let mut command = Command::new("find");
        command.args([".", "-type", "f", "-exec", "cksum", "{}", "+"]).current_dir(&book.0);
        let listed = command.output().unwrap();
        assert!(listed.status.success());
        let mut lines: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for (name, reason) in REFUSED {
        book.write("book.toml", &format!("[book]\ntitle = \"Case\"\n[build]\nbuild-dir = \"{name}\"\n"));
        let before = all();
        for command in ["build", "clean"] {
            let output = book.recto(&[command]);
            assert_eq!(output.status.code(), Some(2), "{command} into {name}: {}", said(&output));
            assert!(said(&output).contains(reason), "{command} into {name}: {}", said(&output));
            assert_eq!(all(), before, "{command} into {name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_stays_one_and_its_folder_is_the_book() {
    let book = Book::new("linked", &[("one", LESSON)]);
    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command/linked-elsewhere");
    let _ = std::fs::remove_dir_all(&elsewhere);
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, book.0.join("book")).unwrap();
    for command in ["build", "build", "clean", "build"] {
        let output = book.recto(&[command]);
        assert!(output.status.success(), "{command}: {}", said(&output));
        assert!(book.0.join("book").is_symlink(), "{command}");
        assert_eq!(elsewhere.join("one.html").is_file(), command == "build");
    }
}

#[test]
fn a_draft_writes_no_chapter_that_is_missing() {
    let book = Book::new("missing-chapter", &[("one", LESSON)]);
    book.write("src/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n");
    let output = book.recto(&["build", "--draft"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("SUMMARY.md:2:9"), "{}", said(&output));
    assert!(!book.0.join("src/two.md").exists() && !book.0.join("book").exists());
}

#[test]
fn of_many_blessings_at_once_the_lesson_is_whole() {
    let lesson = "# One\n\n```rust\nprintln!(\"new\");\n```\n\n```output\nold\n```\n\nThe end.\n";
    let book = Book::new("blessings", &[("one", lesson)]);
    let mut all: Vec<_> = (0..3)
        .map(|_| book.command(&["test", "--bless"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    for child in &mut all {
        // It is done, or it says that another has been faster.
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 2)));
    }
    let now = std::fs::read_to_string(book.0.join("src/one.md")).unwrap();
    assert_eq!(now, lesson.replace("old", "new"));
}

#[test]
fn many_new_chapters_at_once_are_all_listed() {
    let book = Book::new("chapters", &[("one", LESSON)]);
    let titles = ["Two", "Three", "Four", "Five"];
    let mut all: Vec<_> = titles.iter().map(|title| book.command(&["new", title]).spawn().unwrap()).collect();
    assert!(all.iter_mut().all(|child| child.wait().unwrap().success()));
    let listed = std::fs::read_to_string(book.0.join("src/SUMMARY.md")).unwrap();
    for title in titles {
        assert_eq!(listed.matches(&format!("- [{title}]({}.md)\n", title.to_lowercase())).count(), 1, "{listed}");
    }
    let again = book.recto(&["new", "Two"]);
    assert!(again.status.code() == Some(1) && said(&again).contains("is there already"), "{}", said(&again));
    // A chapter that is not listed, and that its author has begun, is not touched.
    book.write("src/mine.md", "# Mine\n");
    assert!(said(&book.recto(&["new", "Mine"])).contains("is there already"));
    assert_eq!(std::fs::read_to_string(book.0.join("src/mine.md")).unwrap(), "# Mine\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cargo_can_not_compile_in_is_said() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, reason) in [
        (&b"caf\xe9"[..], "is no UTF-8"),
        (b"a:b", "the sign that separates paths"),
    ] {
        let root = folder.path().join(OsStr::from_bytes(name));
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("book.toml"), "[book]\ntitle = \"Case\"\n").unwrap();
        std::fs::write(root.join("src/SUMMARY.md"), "- [One](one.md)\n").unwrap();
        std::fs::write(root.join("src/one.md"), LESSON).unwrap();
        // A folder that the caller has for what is compiled may have another name.
        let mut build = Command::new(env!("CARGO_BIN_EXE_recto"));
        let output = build.arg("build").current_dir(&root).env_remove("CARGO_TARGET_DIR").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(reason) && said(&output).contains("= help: "), "{}", said(&output));
    }
}

#[cfg(unix)]
#[test]
fn the_library_of_a_book_with_a_line_break_in_its_path_is_watched() {
    let lesson = "# One\n\n```rust\nprintln!(\"{}\", kit::word());\n```\n";
    let book = Book::new("line\nbreak", &[("one", lesson)]);
    let manifest = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"kit/lib.rs\"\n[workspace]\n";
    book.write("Cargo.toml", manifest);
    for word in ["old", "new"] {
        book.write("kit/lib.rs", &format!("pub fn word() -> &'static str {{ \"{word}\" }}"));
        assert!(book.page("one.html").contains(&format!("recto-printed\">{word}<")));
    }
}
