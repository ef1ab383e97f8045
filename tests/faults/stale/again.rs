//! A page that a build leaves alone is the page that it would make: after each edit, the book is what a build makes of it that
//! finds nothing to leave alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::Book;

const ONE: &str = "# One\n\nText[^a], and [two](deep/two.md#below).\n\n[^a]: A note.\n\n```rust\nlet x = 1;\nx\n```\n\nIt is [1](=x).\n\n\
    ## Below\n\n$$\na\n$$ {#eq-a}\n";
const TWO: &str =
    "# Two\n\n[](#eq-a), [one](../one.md), ![A dot](../dot.svg).\n\n## Below\n\nText[^a].\n\n[^a]: A note.\n";

/// What is edited, by file and text, and how many pages are rendered then. The page about all of them is one each time, and the one
/// about a chapter where something else is said of it.
fn edits() -> Vec<(&'static str, String, usize)> {
    let edit = |file, text: &str, rendered| (file, text.to_owned(), rendered);
    vec![
        edit("src/deep/two.md", "# Two\n\n[](#eq-a), [one](../one.md).\n\n## Below\n\nAnother text.\n", 2),
        edit("src/index.md", "# Book\n\nFirst.\n\n<!-- recto contents -->\n", 2),
        edit("src/one.md", &ONE.replace("let x = 1;", "let x = 2 - 1;"), 2),
        edit("src/three.md", "# Three\n\n```toml\na = 1\n```\n", 2),
        // With its first check there is a page more, about the chapter, and without one a page less.
        edit("src/three.md", "# Three\n\n```rust\nlet y = 2;\ny\n```\n\n[2](=y)\n", 8),
        edit("src/three.md", "# Three\n", 7),
        edit(
            "src/three.md",
            "# Three\n\n<script>let a = 1;</script>\n\n<p id=\"own\" style=\"color: red\">Own</p>\n",
            2,
        ),
        edit("src/one.md", ONE, 2),
        edit(
            "src/one.md",
            &ONE.replace("\n\n$$\na\n$$ {#eq-a}", "").replace("## Below", "$$\na\n$$ {#eq-a}\n\n## Below"),
            2,
        ),
        edit("src/deep/two.md", TWO, 2),
        // The text of the page is the same, and what was checked is not.
        edit("src/one.md", &ONE.replace("[1](=x)", "[1](=x+0)"), 3),
        edit("src/three.md", "# Three\n\n$$\nb\n$$ {#eq-b}\n", 2),
        edit("src/deep/two.md", &TWO.replace("[](#eq-a)", "[](#eq-a) [](#eq-b)"), 4),
        // What refers to it says another number.
        edit("src/three.md", "# Three\n\n$$\nc\n$$ {#eq-c}\n\n$$\nb\n$$ {#eq-b}\n", 4),
        // A page beside it leads to the heading of this one.
        edit("src/deep/two.md", &TWO.replace("Text[^a].", "Longer text[^a]."), 4),
        edit("src/three.md", "# Renamed\n\nNothing but words, eigenvalue of them all.\n", 2),
        // These are part of each page.
        edit("src/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>", 7),
        edit(
            "src/SUMMARY.md",
            "[Book](index.md)\n\n- [One](one.md)\n  - [2](deep/two.md)\n- [Three](three.md)\n",
            7,
        ),
        edit("theme/head.hbs", "<meta name=\"own\">\n", 7),
        edit("book.toml", "[book]\ntitle = \"Renamed\"\n", 7),
        edit("book.toml", "[book]\ntitle = \"Renamed\"\n[preprocessor.recto]\nlinks = \"warn\"\n", 7),
    ]
}

fn book() -> Book {
    let book = Book::new("again", &[]);
    book.write(
        "src/SUMMARY.md",
        "[Book](index.md)\n\n- [One](one.md)\n  - [Two](deep/two.md)\n- [Three](three.md)\n",
    );
    book.write("src/index.md", "# Book\n\n<!-- recto contents -->\n");
    book.write("src/one.md", ONE);
    book.write("src/deep/two.md", TWO);
    book.write("src/three.md", "# Three\n");
    book.write("src/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    book
}

/// Builds the book; how many pages were rendered.
fn rendered(book: &Book) -> usize {
    let output = book.recto(&["build", "--timings"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let count = said.split("Rendered ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    count.unwrap_or_else(|| panic!("{said}"))
}

/// Each file of the bound book.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let walk = walk(folder);
    walk.into_iter()
        .map(|file| (file.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&file).unwrap()))
        .collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn what_is_left_alone_is_what_would_be_made() {
    compare(&book(), 7, edits());
}

/// A page that is left alone is judged anew where it leads to what has changed.
#[test]
fn what_is_left_alone_still_leads_somewhere() {
    let book = Book::new("again-leads", &[]);
    book.write("src/SUMMARY.md", "- [One](one.md)\n- [Two](two.md)\n- [Three](three.md)\n");
    book.write("src/one.md", "# One\n");
    book.write("src/two.md", "# Two\n\n<p id=\"place\">A place.</p>\n");
    book.write("src/three.md", "# Three\n\n[There](two.md#place).\n");
    assert_eq!(rendered(&book), 3);
    book.write("src/one.md", "# One\n\nEdited.\n");
    assert_eq!(rendered(&book), 1);
    book.write("src/two.md", "# Two\n\n<p>No place.</p>\n");
    let output = book.recto(&["build"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("place") && said.contains("three.md"), "{said}");
}

/// Pages that stand where mdBook writes another one, too.
#[test]
fn pages_of_two_uses_are_what_would_be_made() {
    let book = Book::new("again-twice", &[]);
    book.write("src/SUMMARY.md", "- [One](one.md)\n- [Two](index.md)\n- [Lost](lost.md)\n- [Four](four.md)\n");
    for (name, title) in [("one", "One"), ("index", "Two"), ("lost", "Lost"), ("four", "Four")] {
        book.write(&format!("src/{name}.md"), &format!("# {title}\n"));
    }
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[output.html]\ninput-404 = \"lost.md\"\n");
    let edit = |file, text: &str, rendered| (file, text.to_owned(), rendered);
    let edits = vec![
        edit("src/one.md", "# One\n\nEdited.\n", 1),
        edit("src/index.md", "# Two\n\nEdited.\n", 1),
        edit("src/four.md", "# Four\n\nEdited.\n", 1),
        // It is the page for what is not there.
        edit("src/lost.md", "# Lost\n\nEdited.\n", 4),
    ];
    compare(&book, 4, edits);
    assert!(book.read("lost.html").contains("Edited."));
}

/// With the first thing that is checked the book has a chapter more, and without the last one a chapter less.
#[test]
fn the_chapter_about_what_was_checked_comes_and_goes() {
    let book = Book::new("again-about", &[("one", "# One\n"), ("two", "# Two\n")]);
    let cell = "# One\n\n```rust\nlet x = 1;\nx\n```\n".to_owned();
    compare(&book, 2, vec![("src/two.md", "# Two\n\nEdited.\n".to_owned(), 1)]);
    let edits = [("src/one.md", cell, 4), ("src/one.md", "# One\n".to_owned(), 2)];
    for (file, text, all) in edits {
        book.write(file, &text);
        assert_eq!(rendered(&book), all, "{text}");
        assert_eq!(book.read("two.html").contains("verification.html"), all == 4, "{text}");
    }
}

/// Builds a book of so many pages after each edit, and once more from nothing.
fn compare(book: &Book, all: usize, edits: Vec<(&'static str, String, usize)>) {
    let folder = book.0.join("book");
    assert_eq!(rendered(book), all);
    assert_eq!(rendered(book), 0);
    for (number, (file, text, expected)) in edits.into_iter().enumerate() {
        book.write(file, &text);
        assert_eq!(rendered(book), expected, "edit {number} of {file}");
        let kept = files(&folder);
        // A file that a build does not know makes it begin anew.
        book.write("book/strange.html", "strange");
        assert_eq!(rendered(book), all.max(expected), "edit {number}");
        let made = files(&folder);
        assert_eq!(kept.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>(), "edit {number} of {file}");
        for (name, text) in &made {
            let (kept, made) = (String::from_utf8_lossy(&kept[name]), String::from_utf8_lossy(text));
            assert_eq!(kept, made, "edit {number} of {file}: {}", name.display());
        }
    }
}
