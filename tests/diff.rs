//! `recto diff`: two versions of a small book, built, and what is said of them. `SNAPSHOTS=overwrite cargo test --test diff`
//! blesses what stands in `tests/diff`.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::Book;

const LESSON: &str = "<!-- recto\nverified: true\n-->\n\n# Lesson\n\n```rust\nlet kappa = 10.0;\nlet rate = kit::rate();\n\
    let steps = [1.0, 2.0, 3.0];\n```\n\n\
    The condition number is [$\\kappa = 10$](=kappa), so that the rate is [≈ 0.818](=rate), which is [below 0.9](=rate).\n\
    Written out it is `{rate:.4}`. One more is [11](<=kappa + 1.0>), and one less [9](<=kappa - 1.0>).\n\n\
    - Twice the rate is [≈ 1.64](<=2.0 * rate>).\n- The last step is [3](=steps[2]).\n\n\
    ```rust\n//| label: fig-rate\n//| alt: The rate as a dot.\n\
    let dot = format!(\"<svg viewBox='0 0 2 2'><circle cx='{rate}' cy='1' r='0.1'/></svg>\");\n\
    recto::Figure::from_svg(dot).with_data(&recto::Table::new([\"rate\"]).row([rate]))\n```\n\n\
    ## More {#sec-more}\n\n```rust\nprintln!(\"rate {rate:.1}\");\n```\n\n```output\nrate 0.8\n```\n\n\
    ```rust,should_panic\nlet none: Option<u8> = None;\nnone.unwrap();\n```\n";

/// The lesson of the later version: what stands in it, and what stands there instead.
const EDITS: [(&str, &str); 10] = [
    ("<!-- recto\nverified: true\n-->\n\n", ""),
    ("# Lesson\n", "# Lesson\n\nThis paragraph moves all of what follows, by 42 lines or so.\n"),
    ("[$\\kappa = 10$](=kappa)", "[$\\kappa \\approx 10$](=kappa)"),
    ("[below 0.9](=rate)", "[below 0.95](=rate)"),
    ("[11](<=kappa + 1.0>)", "[11](given)"),
    ("[9](<=kappa - 1.0>)", "nothing"),
    ("[3](=steps[2])", "[3](<=steps[2]>), and the first [1](=steps[0])"),
    ("{#sec-more}", "{#sec-further}"),
    ("rate 0.8\n```\n\n", "rate [..]\n```\n\n"),
    ("rust,should_panic\n", "rust,no_run\n"),
];

fn manifest(version: &str) -> String {
    format!(
        "[package]\nname = \"case\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\n\
         kit = {{ path = \"kit\", version = \"{version}\" }}\n[workspace]\n"
    )
}

/// Writes a version of the book: the later one has another version of its dependency, which computes another rate.
fn write(book: &Book, later: bool) {
    let version = if later { "0.2.0" } else { "0.1.0" };
    let mut lesson = LESSON.to_owned();
    for (from, to) in EDITS.iter().filter(|_| later) {
        assert!(lesson.contains(from), "{from}");
        lesson = lesson.replacen(from, to, 1);
    }
    book.write("src/lesson.md", &lesson);
    book.write("Cargo.toml", &manifest(version));
    book.write("lib.rs", "");
    book.write(
        "kit/Cargo.toml",
        &format!("[package]\nname = \"kit\"\nversion = \"{version}\"\nedition = \"2024\"\n"),
    );
    let rate = if later { "0.8184" } else { "9.0 / 11.0" };
    book.write("kit/src/lib.rs", &format!("pub fn rate() -> f64 {{ {rate} }}\n"));
    let lock = |name: &str, version: &str, rest: &str| {
        format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}")
    };
    let packages = lock("case", "0.1.0", "dependencies = [\n \"kit\",\n]\n") + &lock("kit", version, "");
    book.write("Cargo.lock", &format!("version = 4\n{packages}"));
}

/// A book of which two versions were bound, as `old` and `new`.
fn book(name: &str) -> Book {
    let book = Book::new(name, &[("lesson", LESSON)]);
    for (later, folder) in [(false, "old"), (true, "new")] {
        write(&book, later);
        book.page("lesson.html");
        let _ = std::fs::create_dir_all(book.0.join(folder));
        std::fs::copy(book.0.join("book/verification.json"), book.0.join(folder).join("verification.json")).unwrap();
    }
    book
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn compare(name: &str, found: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff").join(name);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&file, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(expected.as_str(), found).unified_diff().to_string();
    assert!(expected == found, "{} is otherwise:\n{difference}", file.display());
}

#[test]
fn two_versions_of_a_book() {
    let book = book("diff");
    for (format, file) in [
        ("text", "text.txt"),
        ("markdown", "pull-request.md"),
        ("json", "difference.json"),
    ] {
        let output = book.recto(&["diff", "old", "new/verification.json", "--format", format]);
        let (found, errors) = said(&output);
        assert!(output.status.success() && errors.is_empty(), "{errors}");
        compare(file, &found);
    }
    // What is denied, and what is not there to be denied.
    let deny = |old: &str, new: &str, sorts: &str| {
        let output = book.recto(&["diff", old, new, "--deny", sorts]);
        (output.status.code(), said(&output).1)
    };
    for sorts in ["weaker", "moved", "figure", "anchor", "coverage", "moved,anchor", "all"] {
        let (code, errors) = deny("old", "new", sorts);
        assert!(code == Some(1) && errors.contains("of these changes are denied"), "{sorts}: {errors}");
    }
    assert_eq!(deny("old", "old", "all"), (Some(0), String::new()));
    // The way back is a book that claims more.
    assert_eq!(deny("new", "old", "coverage").0, Some(0));
    let (found, _) = said(&book.recto(&["diff", "old", "old"]));
    assert_eq!(found, "no result changed\n");
}

#[test]
fn what_can_not_be_compared_is_said() {
    let book = Book::new("diff-refused", &[("lesson", "# Lesson\n")]);
    book.write("none.json", "{}");
    book.write("later.json", "{ \"format\": 99 }");
    for (old, message, help) in [
        ("nowhere", "`nowhere` is no file, no folder, and no commit", "recto build"),
        ("src", "there is no `verification.json` in the folder `src`", "recto diff OLD book/book"),
        ("none.json", "`none.json` can't be compared: missing field `format`", "of a book that recto bound"),
        ("later.json", "its form is 99, and this recto reads the forms 1 to 2", "the recto that made it"),
    ] {
        let output = book.recto(&["diff", old, "none.json"]);
        let (_, errors) = said(&output);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(message) && errors.contains(help), "{errors}");
    }
}

#[test]
fn two_commits_of_a_repository() {
    let book = Book::new("diff-commits", &[("lesson", LESSON)]);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ]);
        let output = command.args(arguments).current_dir(&book.0).output().expect("git runs");
        assert!(output.status.success(), "{}", said(&output).1);
        said(&output).0
    };
    git(&["init", "--quiet"]);
    for later in [false, true] {
        write(&book, later);
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "A version"]);
    }
    let output = book.recto(&["diff", "HEAD~1", "HEAD", "--format", "json", "--deny", "weaker"]);
    let (found, errors) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let found: Value = serde_json::from_str(&found).unwrap();
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/difference.json");
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    assert_eq!(found["changes"], expected["changes"]);
    assert_eq!(found["old"]["name"], "HEAD~1");
    // Neither the repository nor the book's own files have changed.
    assert_eq!(git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(git(&["status", "--porcelain", "--untracked-files=no"]), "");
}
