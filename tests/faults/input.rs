//! Bad input: texts, settings and files that no author means. recto says what is wrong, where, and comes to an end.

#[path = "input/growth.rs"]
mod growth;

use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::support::Book;

/// Text around a middle, so many times.
fn nested(open: &str, close: &str, times: usize) -> String {
    open.repeat(times) + "1" + &close.repeat(times)
}

/// A chapter with a cell, and more text.
fn with_cell(text: &str) -> String {
    format!("# Lesson\n\n```rust\nlet x = 1.0;\n```\n\n{text}\n")
}

fn bibliography(text: &str) -> (&'static str, Vec<(&'static str, String)>) {
    ("# Lesson\n\nAs [@a] has it.\n", vec![("references.bib", text.to_owned())])
}

/// What is done, the chapter, other files, and a part of what must be said; nothing where nothing is wrong.
type Row = (&'static str, String, Vec<(&'static str, String)>, Option<&'static str>);

fn row(name: &'static str, chapter: impl Into<String>, said: &'static str) -> Row {
    (name, chapter.into(), Vec::new(), Some(said))
}

fn deep() -> Vec<Row> {
    let formula = |latex: String| format!("# Lesson\n\n${latex}$\n");
    let cell = |code: String| format!("# Lesson\n\n```rust\n{code}\n```\n");
    let claim = |text: &str, expression: &str| with_cell(&format!("[{text}](<={expression}>)"));
    vec![
        row("fractions in a formula", formula(nested("\\frac{1}{", "}", 3_000)), "nested more than 64 deep"),
        row("fractions without braces", formula(nested("\\frac1", "", 3_000)), "more than 500 commands in a row"),
        row("powers in a formula", formula(nested("x^{", "}", 3_000)), "nested more than 64 deep"),
        row("brackets in a formula", formula(nested("\\left(", "\\right)", 1_500)), "nested more than 64 deep"),
        row(
            "matrices in a formula",
            formula(nested("\\begin{matrix}", "\\end{matrix}", 1_000)),
            "nested more than 64 deep",
        ),
        row("accents in a formula", formula(nested("\\hat", "", 3_000)), "more than 500 commands in a row"),
        row("negations in a formula", formula(nested("\\not", "", 3_000)), "more than 500 commands in a row"),
        row("colours in a formula", formula(nested("\\textcolor{red}{", "}", 1_000)), "nested more than 64 deep"),
        row("a long formula", formula("1+".repeat(20_000) + "1"), "more than 32 KiB"),
        row("the deepest formula", formula(nested("\\textcolor{red}{", "}", 60)), ""),
        row(
            "fractions in a claim",
            claim(&format!("${}$", nested("\\frac{1}{", "}", 3_000)), "x"),
            "nested more than 64 deep",
        ),
        row(
            "powers in a claim",
            claim(&format!("${}$", nested("2^{", "}", 3_000)), "x"),
            "nested more than 64 deep",
        ),
        row("brackets in a claim's text", claim(&nested("(", ")", 3_000), "x"), "nested more than 64 deep"),
        row("brackets in a cell", cell(nested("(", ")", 32_000)), "brackets are nested more than 128 deep"),
        row(
            "brackets that rustc does not survive",
            cell(nested("(", ")", 2_000)),
            "brackets are nested more than 128 deep",
        ),
        row("brackets that are never closed", cell("(".repeat(2_000)), "brackets are nested more than 128 deep"),
        row("blocks in a cell", cell(nested("{", "}", 1_000)), "brackets are nested more than 128 deep"),
        row("operators before a number", cell(nested("- ", "", 30_000)), "more than 500 operators"),
        row("a sum of thousands", cell("1 + ".repeat(30_000) + "1"), "more than 500 operators"),
        row("closures in closures", cell(nested("|_| ", "", 3_000)), "more than 500 operators"),
        row("methods of methods", cell(nested("a", ".b()", 30_000)), "more than 500 operators"),
        row(
            "brackets in a claim's target",
            claim("1", &nested("(", ")", 2_000)),
            "brackets are nested more than 128 deep",
        ),
        row(
            "brackets in an inline value",
            with_cell(&format!("`{{{}}}`", nested("(", ")", 2_000))),
            "brackets are nested more than 128 deep",
        ),
        row(
            "brackets in a cell that is not run",
            format!("```rust,ignore\n{}\n```\n", nested("(", ")", 32_000)),
            "",
        ),
        row(
            "lists in YAML",
            format!("<!-- recto\nverified: {}\n-->\n", nested("[", "]", 20_000)),
            "can't be read",
        ),
        row(
            "lists in an option",
            cell(format!("//| caption: {}\n1", nested("[", "]", 20_000))),
            "put the text in quotes, `'…'`",
        ),
        row("quotes", format!("{}a\n", "> ".repeat(20_000)), ""),
        row("lists", format!("{}a\n", "- ".repeat(5_000)), ""),
        row("emphasis", nested("*a ", " b*", 20_000), ""),
        row("brackets in prose", nested("[", "]", 20_000), ""),
        row("elements of HTML", nested("<div>", "</div>", 20_000), ""),
    ]
}

fn files() -> Vec<Row> {
    let with = |name, chapter: &str, files: &[(&'static str, &str)], said| -> Row {
        let files = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        (name, chapter.to_owned(), files, Some(said))
    };
    let bib = |name, text: String, said| -> Row {
        let (chapter, files) = bibliography(&text);
        (name, chapter.to_owned(), files, Some(said))
    };
    let doubling = |first: &str| -> String {
        (1..60)
            .map(|at| format!("@string{{a{at} = a{} # a{}}}\n", at - 1, at - 1))
            .fold(first.to_owned(), |all, it| all + &it)
    };
    vec![
        with(
            "a chapter that includes itself twice",
            "{{#include one.md}}{{#include one.md}}\n",
            &[],
            "`src/one.md` includes itself",
        ),
        with(
            "files that include each other",
            "{{#include a.md}}\n",
            &[
                ("src/a.md", "{{#include b.md}}{{#include b.md}}"),
                ("src/b.md", "{{#include a.md}}{{#include a.md}}"),
            ],
            "`src/a.md` includes itself",
        ),
        with("a device", "{{#include /dev/zero}}\n", &[], "it is no regular file"),
        with("a folder", "{{#include ../src}}\n", &[], "it is a folder"),
        with(
            "ten thousand includes",
            &"{{#include a.md}}\n".repeat(10_001),
            &[("src/a.md", "a")],
            "more than 10000 includes",
        ),
        with(
            "the password file as a chapter",
            "# One\n",
            &[("src/SUMMARY.md", "- [a](/etc/passwd)\n")],
            "outside of the folder",
        ),
        with(
            "a folder as a chapter",
            "# One\n",
            &[("src/SUMMARY.md", "- [a](a.md)\n"), ("src/a.md/b", "")],
            "it is a folder",
        ),
        with(
            "a summary of lists in lists",
            "# One\n",
            &[("src/SUMMARY.md", &format!("{}[a](one.md)\n", "- ".repeat(3_000)))],
            "nested more than 32 deep",
        ),
        with(
            "arrays in settings",
            "# One\n",
            &[("book.toml", &format!("a = {}\n", nested("[", "]", 30_000)))],
            "max recursion depth met",
        ),
        with(
            "a macro of fractions",
            "$\\a$\n",
            &[(
                "book.toml",
                &format!("[preprocessor.recto.macros]\n'\\a' = '{}'\n", nested("\\frac{1}{", "}", 3_000)),
            )],
            "nested more than 64 deep",
        ),
        with(
            "a macro of itself",
            "$x$\n",
            &[("book.toml", "[preprocessor.recto.macros]\n'\\a' = '\\a'\n")],
            "unknown command",
        ),
        with(
            "macros that multiply",
            "$\\c{\\c{\\c{1}}}$\n",
            &[(
                "book.toml",
                &format!("[preprocessor.recto.macros]\n'\\c' = '{}'\n", nested("{", "}", 60).replace('1', "#1")),
            )],
            "",
        ),
        with(
            "a package of the name of the runtime",
            &with_cell(""),
            &[
                (
                    "Cargo.toml",
                    "[package]\nname = \"recto\"\nversion = \"1.0.0\"\n[lib]\npath = \"a.rs\"\n[workspace]\n",
                ),
                ("a.rs", ""),
            ],
            "the package can't be called `recto`",
        ),
        bib(
            "an abbreviation of itself",
            "@string{a = a # a}\n@misc{a, title = a}".to_owned(),
            "stands for itself",
        ),
        bib(
            "abbreviations that double",
            doubling("@string{a0 = \"x\"}\n@misc{a, title = a59}\n"),
            "stand for more than 32 MiB",
        ),
        bib(
            "a work within itself",
            "@misc{a, title = {A}, crossref = {a}}".to_owned(),
            "takes what it lacks from itself",
        ),
        bib(
            "works within each other",
            "@misc{a, xdata = {b}}\n@misc{b, crossref = {a}}".to_owned(),
            "takes what it lacks from itself",
        ),
        bib(
            "braces in a title",
            format!("@misc{{a, title = {{{}}}}}", nested("{", "}", 20_000)),
            "nested more than 64 deep",
        ),
        bib(
            "accents upon accents",
            format!("@misc{{a, title = {{{}}}}}", nested("\\'", "", 20_000)),
            "nested more than 64 deep",
        ),
        bib(
            "formulas in a title",
            format!("@misc{{a, title = {{${}$}}}}", nested("\\frac1", "", 3_000)),
            "more than 500 commands",
        ),
    ]
}

/// The command's end, within a minute on a busy machine; it must not have been a signal or a panic.
fn ended(book: &Book, arguments: &[&str]) -> Output {
    let mut command: Command = book.command(arguments);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("recto runs");
    let (id, (sender, receiver)) = (child.id(), mpsc::channel());
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(Duration::from_secs(60)) else {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("{arguments:?} does not end");
    };
    let output = output.expect("recto ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)), "{:?}: {said}", output.status);
    output
}

fn assert_told(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for (number, (name, chapter, files, said)) in rows.into_iter().enumerate() {
        let book = Book::new(&format!("input-{number}-{}", name.replace(' ', "-")), &[("one", &chapter)]);
        for (path, text) in &files {
            book.write(path, text);
        }
        // A draft goes all the way to the page.
        let output = ended(&book, &["build", "--draft"]);
        let heard = String::from_utf8_lossy(&output.stderr);
        let expected = said.unwrap_or_default();
        let is_right = output.status.success() == expected.is_empty() && heard.contains(expected);
        if !is_right {
            wrong.push(format!("{name}: {:?}\n{}", output.status, heard.chars().take(600).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_nested_too_deep_is_refused_at_its_place() {
    assert_told(deep());
}

#[test]
fn files_that_lead_nowhere_are_refused_at_their_place() {
    assert_told(files());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let book = Book::new("input-pipe", &[("one", "{{#include pipe}}\n")]);
    let made = Command::new("mkfifo").arg(book.0.join("src/pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    let output = ended(&book, &["build", "--draft"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is no regular file"));
}
