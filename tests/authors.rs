//! What authors meet who begin: new books and chapters, books in any folder, the worked examples as a test target, and what
//! other programs are told.

mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::Book;

/// A new book in a folder of that name.
fn new_book(name: &str) -> Book {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_recto")).arg("init").arg(&folder).stdin(Stdio::null()).status();
    assert!(status.unwrap().success());
    Book(folder)
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

#[test]
fn a_new_book_and_a_new_chapter_pass_at_once() {
    let book = new_book("fresh book");
    assert!(book.recto(&["new", "Gradient flow: why?"]).status.success());
    let listed = book.recto(&["test", "--list"]);
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(names.contains("gradient_flow_why::something_to_see"), "{names}");
    let tested = book.recto(&["test"]);
    assert!(tested.status.success(), "{}", said(&tested));
    assert!(book.page("gradient-flow-why.html").contains("Gradient flow: why?"));
    let first = book.read("square-roots.html");
    for part in [
        "Figure\u{a0}1.1",
        "Table\u{a0}1.1",
        "Equation\u{a0}1.1",
        "Exercise\u{a0}1.1",
        "Heath, 1921",
        "type=\"range\"",
    ] {
        assert!(first.contains(part), "{part}");
    }

    let again = book.recto(&["new", "Gradient flow: why?"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("is there already"));
    assert!(book.recto(&["clean"]).status.success());
    assert!(!book.0.join("book").exists());
}

#[test]
fn a_new_book_goes_where_a_repository_was_begun_and_nowhere_else() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command/begun");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join(".github/workflows")).unwrap();
    let own = ["README.md", "LICENSE", ".gitignore", ".github/workflows/lint.yml"];
    for file in own {
        std::fs::write(folder.join(file), "mine\n").unwrap();
    }
    let init = || Command::new(env!("CARGO_BIN_EXE_recto")).args(["init", "."]).current_dir(&folder).output().unwrap();
    for other in ["notes.md", "src/chapter.md", "Cargo.toml"] {
        let path = folder.join(other);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "mine\n").unwrap();
        let refused = init();
        assert_eq!(refused.status.code(), Some(2), "{other}");
        let message = said(&refused);
        assert!(
            message.contains("`.` is not empty") && message.contains(&format!("{other}` is there;")),
            "{message}"
        );
        assert!(!folder.join("book.toml").exists(), "{other}");
        std::fs::remove_file(path).unwrap();
    }
    assert!(init().status.success());
    assert!(own.iter().all(|file| std::fs::read(folder.join(file)).unwrap() == b"mine\n"));
    let book = Book(folder.clone());
    let tested = book.recto(&["test"]);
    assert!(tested.status.success(), "{}", said(&tested));
}

#[test]
fn books_and_chapters_may_have_any_name() {
    for name in ["q\"uote \\ 'and' {{ x }}", "2026-notes", "plotters", "日本語"] {
        let book = new_book(name);
        let tested = book.recto(&["test"]);
        assert!(tested.status.success(), "{name}: {}", said(&tested));
    }
    let book = Book::new("any-name", &[("one", "# One\n")]);
    let titles = [
        "print", "README", "index", "nul", "日本語", "C #", "A [b] \\", "The \"end\"", "2026",
    ];
    for title in titles {
        let made = book.recto(&["new", title]);
        assert!(made.status.success(), "{title}: {}", said(&made));
    }
    let page = book.page("print-chapter.html");
    for file in [
        "readme-chapter", "index-chapter", "nul-chapter", "日本語", "c", "a-b", "the-end", "2026",
    ] {
        assert!(page.contains(&format!("href=\"{file}.html\"")), "{file}");
    }
    assert!(page.contains("A [b] &#92;</a>"), "{page}");
}

#[test]
fn a_chapter_goes_where_it_is_wanted() {
    let book = Book::new("placed", &[("one", "# One\n"), ("two", "# Two\n")]);
    let summary = "# Summary\n\n- [One](one.md)\n\n# Part\n\n- [Two](two.md)  \n";
    book.write("src/SUMMARY.md", summary);
    assert!(book.recto(&["new", "Between", "--after", "one"]).status.success());
    assert!(book.recto(&["new", "Last", "--part", "part"]).status.success());
    let expected = summary.replace("(one.md)\n", "(one.md)\n- [Between](between.md)\n") + "- [Last](last.md)\n";
    assert_eq!(std::fs::read_to_string(book.0.join("src/SUMMARY.md")).unwrap(), expected);
    let nowhere = book.recto(&["new", "Nowhere", "--after", "tow.md"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(said(&nowhere).contains("SUMMARY.md has no chapter `tow.md`"), "{}", said(&nowhere));
    assert!(said(&nowhere).contains("did you mean `two.md`?"), "{}", said(&nowhere));
    assert!(!book.0.join("src/nowhere.md").exists());
}

#[test]
fn worked_examples_are_a_test_target_of_any_crate() {
    let lesson = "# One\n\n## Right\n\nIt is [3](=1+2).\n\n## Wrong\n\nIt is [4](=1+2).\n";
    let book = Book::new("target", &[("one", lesson)]);
    let book_given = |arguments: &[&str]| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        let mut command = Command::new(env!("CARGO_BIN_EXE_recto"));
        command.arg("--target-dir").arg(target).args(["harness", ".", "--"]).args(arguments);
        command.current_dir(&book.0).stdin(Stdio::null()).output().unwrap()
    };
    let listed = book_given(&["--list", "--format", "terse"]);
    assert_eq!(
        String::from_utf8_lossy(&listed.stdout),
        "the_book_can_be_read: test\none::right: test\none::wrong: test\n"
    );
    assert!(book_given(&["one::right", "--exact"]).status.success());
    let wrong = book_given(&["wrong"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("the text says 4, the value is 3"), "{}", said(&wrong));

    // The target that `init` writes says what it lacks.
    let target = book.0.join("target-of-cargo");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/new/lessons.rs");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-o"]).arg(&target).arg(source).env("CARGO_MANIFEST_DIR", &book.0);
    assert!(rustc.status().unwrap().success());
    let alone = Command::new(&target).env("PATH", "/nowhere").output().unwrap();
    assert_eq!(alone.status.code(), Some(1));
    assert!(said(&alone).contains("the worked examples need the command `recto`"), "{}", said(&alone));
    let found = Path::new(env!("CARGO_BIN_EXE_recto")).parent().unwrap();
    let listed = Command::new(&target).arg("--list").env("PATH", found).output().unwrap();
    assert!(said(&listed).contains("one::wrong: test"), "{}", said(&listed));
}

#[test]
fn a_book_is_found_in_a_folder_above() {
    let book = Book::new("above", &[("one", "# One\n\nIt is [4](=kit::number()).\n")]);
    book.write("kit/lib.rs", "pub fn number() -> u8 { 3 }\n");
    let manifest = "[package]\nname = \"above\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
        [lib]\nname = \"kit\"\npath = \"kit/lib.rs\"\n[workspace]\n";
    book.write("Cargo.toml", manifest);
    book.write("src/deep/note.txt", "");
    let built = book.command(&["build"]).current_dir(book.0.join("src/deep")).output().unwrap();
    assert_eq!(built.status.code(), Some(1));
    assert!(said(&built).contains("../../src/one.md:3:7"), "{}", said(&built));
    assert!(said(&built).contains("the text says 4, the value is 3"), "{}", said(&built));
}

#[test]
fn problems_are_annotations_on_github() {
    let book = Book::new("github", &[("one", "# One\n\nIt is [4](=1+2).\n")]);
    let repository = book.0.parent().unwrap();
    let built = book
        .command(&["build", "--message-format", "github"])
        .env("GITHUB_WORKSPACE", repository)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&built.stdout),
        "::error file=github/src/one.md,line=3,endLine=3,col=7,endColumn=16,title=claim::\
         the text says 4, the value is 3; they differ by 1%0Anote: computed by `1+2`\n"
    );
    assert!(String::from_utf8_lossy(&built.stderr).contains("--> src/one.md:3:7"));
}

#[test]
fn json_has_the_form_of_its_schema() {
    let schema = Command::new(env!("CARGO_BIN_EXE_recto")).args(["generate", "schema", "messages"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let lesson = "# One\n\n```rust\n//| labell: x\nlet x: i32 = 3;\nx\n```\n\n## Right\n\nIt is [3](=x).\n\n## Wrong\n\nIt is [4](=x).\n";
    let book = Book::new("schema", &[("one", lesson)]);
    let draws = "# One\n\n```rust\nlet x = 3 + recto::seed();\n```\n\nIt is [3](=x), [≈ 3.0](<=x as f64>) and `{x}`.\n";
    Book::new("shaken", &[("one", draws)]);
    let mut reasons = Vec::new();
    for command in [
        &["build"][..],
        &["test"],
        &["test", "--shake", "6", "--book", "../shaken"],
        &["test", "nothing"],
        &["coverage"],
        &["build", "nowhere"],
    ] {
        let output = book.recto(&[command, &["--message-format", "json"]].concat());
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Err(error) = validator.validate(&record) {
                panic!("{error}: {line}");
            }
            reasons.push(record["reason"].as_str().unwrap().to_owned());
        }
        assert_eq!(reasons.last().map(String::as_str), Some("summary"), "{command:?}");
    }
    assert_eq!(reasons.iter().filter(|reason| *reason == "example").count(), 4);
    assert_eq!(reasons.iter().filter(|reason| *reason == "shaken").count(), 4);
}

#[test]
fn shells_and_manuals_are_told_of_the_command() {
    let recto = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_recto")).args(arguments).output().unwrap();
    let script = said(&recto(&["generate", "completions", "bash"]));
    assert!(script.contains("--message-format") && script.contains("harness"), "{script}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command/manual");
    let _ = std::fs::remove_dir_all(&folder);
    assert!(recto(&["generate", "man", folder.to_str().unwrap()]).status.success());
    let page = std::fs::read_to_string(folder.join("recto-build.1")).unwrap();
    assert!(page.contains("bind the book"), "{page}");
}
