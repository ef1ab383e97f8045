//! The bound book that stands is left alone only if a build would make the same: each thing of which it is made, and each of
//! its files, is changed once.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use crate::support::Book;

/// Which folder the bound book is: each is a new one, whatever of its files stays.
fn bound(book: &Book) -> u64 {
    book.0.join("book").metadata().expect("the bound book").ino()
}

enum Change {
    /// A file of the book, below its root.
    Write(&'static str, &'static str),
    Remove(&'static str),
    /// A file is moved away, and a link to it stands in its place.
    Link(&'static str),
    /// A word among a build's arguments.
    Argument(&'static str),
    Variable(&'static str, &'static str),
}

const SETTINGS: &str = "[book]\ntitle = \"Standing\"\n[output.html]\nadditional-css = [\"own.css\"]\n";

/// What is changed, whether the book is bound anew, and a file of it with what is in it then.
const ROWS: [(Change, bool, &str, &str); 19] = [
    (Change::Write("unrelated.txt", "a"), false, "one.html", "A text"),
    (Change::Argument("--fresh"), false, "one.html", "A text"),
    (Change::Write("src/two.md", "# Two\n\nAnother text.\n"), true, "two.html", "Another text"),
    (
        Change::Write("src/picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        true,
        "picture.svg",
        "<svg",
    ),
    (Change::Write("src/404.md", "# Nowhere\n"), true, "404.html", "Nowhere"),
    (Change::Write("src/SUMMARY.md", "- [First](one.md)\n- [Two](two.md)\n"), true, "two.html", "First"),
    (Change::Write("own.css", "p { color: red }\n"), true, "one.html", "A text"),
    (Change::Write("theme/head.hbs", "<meta name=\"own\">\n"), true, "one.html", "name=\"own\""),
    (Change::Write("book.toml", "[book]\ntitle = \"Renamed\"\n"), true, "one.html", "Renamed"),
    (Change::Variable("MDBOOK_BOOK__TITLE", "Of the variable"), true, "one.html", "Of the variable"),
    (Change::Argument("--draft"), true, "one.html", "A text"),
    (Change::Argument("--epub"), true, "standing.epub", ""),
    (Change::Write("book/one.html", "forged"), true, "one.html", "A text"),
    (Change::Write("book/strange.html", "forged"), true, "one.html", "A text"),
    (Change::Link("book/one.html"), true, "one.html", "A text"),
    (Change::Remove("book/two.html"), true, "two.html", "A page"),
    (Change::Remove("book/recto.css"), true, "recto.css", "recto"),
    (Change::Write("book/recto.js", ""), true, "recto.js", "{"),
    (Change::Write("book/verification.json", "{}"), true, "verification.json", "totals"),
];

fn book(number: usize) -> Book {
    let one = "# One\n\nA text.\n\n```rust\nlet x = 1;\n```\n\nIt is [1](=x).\n";
    let book = Book::new(&format!("standing-{number}"), &[("one", one), ("two", "# Two\n\nA page.\n")]);
    book.write("book.toml", SETTINGS);
    book.write("own.css", "p { color: blue }\n");
    book
}

#[test]
fn a_bound_book_stands_only_as_long_as_it_would_be_made_again() {
    let mut failed = Vec::new();
    for (number, (change, is_new, file, text)) in ROWS.iter().enumerate() {
        let book = book(number);
        let build = |arguments: &[&str], variables: &[(&str, &str)]| {
            let output = book.command(&[&["build"], arguments].concat()).envs(variables.iter().copied()).output();
            assert!(output.as_ref().is_ok_and(|it| it.status.success()), "row {number}: {output:?}");
        };
        build(&[], &[]);
        let first = bound(&book);
        build(&[], &[]);
        if bound(&book) != first {
            failed.push(format!("row {number}: bound again without a reason"));
        }
        let mut again: (Vec<&str>, Vec<(&str, &str)>) = Default::default();
        match change {
            Change::Write(name, text) => book.write(name, text),
            Change::Remove(name) => std::fs::remove_file(book.0.join(name)).unwrap(),
            Change::Link(name) => {
                std::fs::rename(book.0.join(name), book.0.join("elsewhere")).unwrap();
                std::os::unix::fs::symlink(book.0.join("elsewhere"), book.0.join(name)).unwrap();
            }
            Change::Argument(argument) => again.0.push(argument),
            Change::Variable(name, value) => again.1.push((name, value)),
        }
        let changed = bound(&book);
        build(&again.0, &again.1);
        if (bound(&book) != changed) != *is_new {
            failed.push(format!("row {number}: bound {}", if *is_new { "not again" } else { "again" }));
        }
        let found = std::fs::read(book.0.join("book").join(file)).unwrap_or_default();
        let is_link = book.0.join("book").join(file).is_symlink();
        if is_link || !String::from_utf8_lossy(&found).contains(text) || book.0.join("book/strange.html").exists() {
            failed.push(format!("row {number}: `{file}` is not as it must be"));
        }
        // What was made with the same words stands.
        let last = bound(&book);
        build(&again.0, &again.1);
        if bound(&book) != last {
            failed.push(format!("row {number}: bound again at last"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Its files are hashed while the lessons run: what is changed meanwhile is made anew, too.
#[test]
fn a_bound_book_that_is_changed_during_a_build_does_not_stand() {
    let lesson = |wait: u64| {
        format!(
            "# One\n\n```rust\nstd::thread::sleep(std::time::Duration::from_secs({wait}));\nprintln!(\"{wait}\");\n```\n"
        )
    };
    let book = Book::new("standing-meanwhile", &[("one", &lesson(0)), ("two", "# Two\n\nA page.\n")]);
    assert!(book.recto(&["build"]).status.success());
    std::thread::sleep(Duration::from_millis(500));
    book.write("src/one.md", &lesson(3));
    let mut build = book.command(&["build", "--fresh"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    book.write("book/two.html", "forged");
    assert!(build.wait().unwrap().success());
    assert!(book.read("one.html").contains(">3"));
    assert!(book.read("two.html").contains("A page."));
}
