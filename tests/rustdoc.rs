//! Where each fence stands alone, recto's verdicts are rustdoc's: both are given the same blocks. What differs is listed
//! with its reason; a new difference fails the test, and so does one that is gone.

mod support;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use support::Book;

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    /// It is no Rust, or is ignored.
    NotRun,
}
use Verdict::{NotRun, Right, Wrong};

/// The words of fences whose code panics.
const WORDS: &str = include_str!("rustdoc/words.txt");

/// Blocks, each below a heading that names it.
const BLOCKS: &str = include_str!("rustdoc/blocks.md");

/// Blocks of which some would be right if they saw what others have; few are wrong, so that the others are compiled together.
const NEIGHBOURS: &str = include_str!("rustdoc/neighbours.md");

const FIRST_WORD: &str = "a fence whose first word is `rust` is one of Rust, as mdBook shows it";
const CODES: &str = "error codes are compared, and are words of Rust, as in nightly rustdoc";
const FOLDER: &str = "blocks run in an empty folder";

/// Blocks on which recto and rustdoc differ: the name or the words, rustdoc's verdict and recto's, and the
/// reason, which `REFERENCE.md` gives to authors.
const DIFFERENCES: &[(&str, Verdict, Verdict, &str)] = &[
    ("rust,custom", NotRun, Wrong, FIRST_WORD),
    ("rust,x=1", NotRun, Wrong, FIRST_WORD),
    ("rust,x=1,should_panic", NotRun, Right, FIRST_WORD),
    ("rust,foo,should_panic", NotRun, Right, FIRST_WORD),
    ("rust,é", NotRun, Wrong, FIRST_WORD),
    ("E0382", NotRun, Wrong, CODES),
    ("E0382,compile_fail", NotRun, Wrong, CODES),
    ("compile_fail_wrong_code", Right, Wrong, CODES),
    ("compile_fail_one_of_two_codes", Right, Wrong, CODES),
    ("file_is_there", Right, Wrong, FOLDER),
];

/// The chapter, and the words of those blocks that are named by a number.
fn chapter() -> (String, BTreeMap<String, &'static str>) {
    let mut names = BTreeMap::new();
    let mut text = String::new();
    for (number, words) in WORDS.lines().enumerate() {
        let name = format!("words_{number}");
        text.push_str(&format!("## {name}\n\n~~~{words}\npanic!(\"in {name}\");\n~~~\n\n"));
        names.insert(name, words);
    }
    (text + BLOCKS, names)
}

/// The verdicts in the lines `test blocks::name … ... verdict`.
fn verdicts(said: &str, separator: &str) -> BTreeMap<String, Verdict> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("test ")?.rsplit_once(" ... "));
    let named = lines.map(|(test, verdict)| {
        let name = test.split(separator).nth(1).unwrap_or(test).split([' ', '(']).next().unwrap_or_default();
        let verdict = match verdict {
            "ok" => Right,
            "ignored" => NotRun,
            _ => Wrong,
        };
        (name.to_owned(), verdict)
    });
    named.collect()
}

fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// In one edition; with `RUSTDOC=all` also in 2024, in which rustdoc compiles tests together, and in a book that names none.
#[test]
fn verdicts_are_those_of_rustdoc() {
    let all = std::env::var("RUSTDOC").is_ok_and(|it| it == "all");
    let editions = [Some("2021"), Some("2024"), None];
    editions.into_iter().take(if all { 3 } else { 1 }).for_each(verdicts_are_those_of_rustdoc_in);
}

fn verdicts_are_those_of_rustdoc_in(edition: Option<&str>) {
    let (text, words) = chapter();
    let book = Book::new("rustdoc", &[("blocks", &text)]);
    let of_book = edition.map(|year| format!("[rust]\nedition = \"{year}\"\n\n")).unwrap_or_default();
    book.write(
        "book.toml",
        &format!("[book]\ntitle = \"Case\"\n\n{of_book}[preprocessor.recto]\nscope = \"block\"\n"),
    );
    let options = edition.map(|year| ["--edition", year]);
    let rustdoc = said(
        Command::new("rustdoc")
            .args(["--test", "blocks.md"])
            .args(options.into_iter().flatten())
            .current_dir(book.0.join("src")),
    );
    let recto = said(&mut book.command(&["test"]));
    let (by_rustdoc, by_recto) = (verdicts(&rustdoc, "::"), verdicts(&recto, "::"));
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert!(names.len() >= 300 && by_rustdoc.len() >= 300, "{} blocks\n{rustdoc}", names.len());
    let mut wrong = Vec::new();
    let mut listed = 0;
    for name in names {
        let of = |verdicts: &BTreeMap<String, Verdict>| verdicts.get(name).copied().unwrap_or(NotRun);
        let found = (of(&by_rustdoc), of(&by_recto));
        let shown = words.get(name).copied().unwrap_or(name);
        let known = DIFFERENCES.iter().find(|(known, ..)| *known == shown);
        listed += usize::from(known.is_some());
        let expected = known.map_or((found.0, found.0), |&(_, rustdoc, recto, _)| (rustdoc, recto));
        if found != expected {
            let reason = known.map_or("", |(.., reason)| reason);
            wrong.push(format!("{shown}: rustdoc {:?}, recto {:?}; expected {expected:?} {reason}", found.0, found.1));
        }
    }
    assert_eq!(listed, DIFFERENCES.len(), "a listed difference is about no block");
    assert!(wrong.is_empty(), "{edition:?}: {}\n\n{recto}\n\n{rustdoc}", wrong.join("\n"));
}

#[test]
fn no_block_sees_what_another_has() {
    no_block_sees_what_another_has_in("2021");
    no_block_sees_what_another_has_in("2015");
}

fn no_block_sees_what_another_has_in(edition: &str) {
    let book = Book::new("neighbours", &[("blocks", NEIGHBOURS)]);
    let settings = "[preprocessor.recto]\nscope = \"block\"";
    book.write("book.toml", &format!("[book]\ntitle = \"Case\"\n\n[rust]\nedition = \"{edition}\"\n\n{settings}\n"));
    let mut rustdoc = Command::new("rustdoc");
    let rustdoc = said(rustdoc.args(["--test", "--edition", edition, "blocks.md"]).current_dir(book.0.join("src")));
    let recto = said(&mut book.command(&["test"]));
    let by_rustdoc = verdicts(&rustdoc, "::");
    assert_eq!(by_rustdoc.len(), NEIGHBOURS.matches("## ").count(), "{rustdoc}");
    assert_eq!(verdicts(&recto, "::"), by_rustdoc, "{recto}");
}
