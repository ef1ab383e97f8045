//! A lesson's code as a program for readers: the cells in the order of the page under their headings,
//! without the calls by which recto follows a run. What the page shows is printed, and each number that it
//! states is printed beside the one computed, so that the types of all expressions are what they were.

use std::sync::LazyLock;

use regex::Regex;

use super::formulas::ClaimPart;
use super::part::{CellPart, Content, Ends, Part};
use super::syntax::literal_lines;
use crate::read::{CodeLine, Edition, Lesson, Mode, Scope};

/// A program for readers.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// Index of the cell that is a program of its own; nothing for the program of the whole lesson.
    pub(crate) cell: Option<usize>,
    pub(crate) source: String,
}

const RESULT: &str = "Result<(), Box<dyn std::error::Error>>";
const CLOSURE: &str = "::std::result::Result<(), ::std::boxed::Box<dyn ::std::error::Error>>";

/// Code that gives the name `Ok` to something else.
static OWN_OK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:struct|enum|fn|type|const|static)\s+Ok\b|\bas\s+Ok\b").expect("a constant"));

/// The lesson's programs for readers: first that of the cells that share a scope, then each cell with its
/// own `main`. Cells that do not compile, or are of another edition, are only named.
pub(super) fn listings(lesson: &Lesson, edition: Edition, parts: &[Part<'_>]) -> Vec<Listing> {
    let mut writer = ListingWriter::default();
    let mut apart = Vec::new();
    let mut functions = ListingWriter::default();
    let mut section = 0;
    for part in parts {
        let at = lesson.section_at(part.start(lesson));
        if at != section {
            section = at;
            let title = lesson.sections[at].title.replace('\n', " ");
            writer.line("");
            writer.line(&format!("    // # {title}"));
        }
        match &part.content {
            Content::Value { expression, format, .. } => writer.value(expression.text(), format),
            Content::Claim(part) => writer.claim(part),
            Content::Cell(cell) if matches!(cell.cell.mode, Mode::CompileFail(_)) => {
                writer.line("    // Here the page has code that does not compile, as it should not.");
            }
            Content::Cell(cell) if cell.cell.edition.is_some_and(|its| its != edition) => {
                writer.line("    // Here the page has code of another edition of Rust.");
            }
            Content::Cell(cell) if cell.shape.main.is_some() => {
                writer.line(&format!(
                    "    // Here the page has a program of its own, in the file that ends in `-{}.rs`.",
                    part.index
                ));
                apart.push(Listing {
                    cell: Some(part.index),
                    source: CodeLine::joined(&cell.cell.lines),
                });
            }
            Content::Cell(cell) if lesson.scope == Scope::Block => {
                let name = format!("cell_{}", part.index);
                let (returned, end, call) = match cell.ends() {
                    Ends::Unit => ("", "}", ";"),
                    Ends::Result => (" -> Result<(), impl std::fmt::Debug>", "}", ".unwrap();"),
                    Ends::Failure => (" -> Result<(), Box<dyn std::error::Error>>", "    Ok(())\n}", "?;"),
                };
                functions.line(&format!("\nfn {name}(){returned} {{"));
                functions.code(&shown(cell, cell.ends() == Ends::Result));
                functions.line(end);
                writer.within(cell, |writer| writer.line(&format!("    {name}(){call}")));
            }
            Content::Cell(cell) => writer.within(cell, |writer| writer.code(&shown(cell, false))),
        }
    }
    let source = format!(
        "{}\nfn main() -> {RESULT} {{{}\n    {}\n}}\n{}",
        head(lesson, edition, parts).0,
        writer.0,
        if writer.0.contains("Ok") && OWN_OK.is_match(&writer.0) {
            "::std::result::Result::Ok(())"
        } else {
            "Ok(())"
        },
        functions.0
    );
    let whole = Listing { cell: None, source };
    let has_whole = parts.len() > apart.len();
    has_whole.then_some(whole).into_iter().chain(apart).collect()
}

/// What stands above the code.
fn head(lesson: &Lesson, edition: Edition, parts: &[Part<'_>]) -> ListingWriter {
    let mut head = ListingWriter::default();
    head.line(&format!("//! {}", lesson.title.replace('\n', " ")));
    head.line("//!");
    head.line("//! The code of this lesson in the order of its page. It prints what the page shows, and beside each");
    head.line("//! number that the page states the one computed; numbers have all their digits.");
    head.line("#![allow(unused)]");
    for part in parts {
        if let Content::Cell(cell) = &part.content
            && cell.shape.main.is_none()
        {
            let code = CodeLine::joined(&cell.cell.lines);
            cell.shape.hoisted.iter().for_each(|range| head.line(&code[range.clone()]));
        }
    }
    if edition == Edition::E2015 {
        head.line("extern crate recto;");
    }
    head
}

impl Part<'_> {
    /// Where it stands on the page.
    fn start(&self, lesson: &Lesson) -> usize {
        lesson.items[self.index].span().start
    }
}

/// A cell's code; its last expression is shown, if the page shows it, or is what its function returns.
fn shown(part: &CellPart<'_>, returned: bool) -> String {
    let mut code = CodeLine::joined(&part.cell.lines);
    if let Some(last) = part.shape.last_expression.as_ref().filter(|_| !returned) {
        if part.shows(last) {
            code.insert_str(last.end, ");");
            code.insert_str(last.start, "::recto::show!(");
        } else {
            code.insert(last.end, ';');
        }
    }
    // After the last expression, which stands behind all of them.
    for hoisted in &part.shape.hoisted {
        code.replace_range(hoisted.clone(), &" ".repeat(hoisted.len()));
    }
    code
}

#[derive(Default)]
struct ListingWriter(String);

impl ListingWriter {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Code, indented except where a line begins within a literal.
    fn code(&mut self, code: &str) {
        let Some(fixed) = literal_lines(code) else {
            return self.line(code.trim_end());
        };
        for (number, line) in code.trim_end().lines().enumerate() {
            if fixed.contains(&(number + 1)) {
                self.line(line);
            } else {
                self.line(format!("    {line}").trim_end());
            }
        }
    }

    /// What a cell's mode puts around it.
    fn within(&mut self, cell: &CellPart<'_>, write: impl FnOnce(&mut ListingWriter)) {
        self.line("");
        let (open, close) = match cell.cell.mode {
            Mode::NoRun => ("    if ::std::hint::black_box(false) {".to_owned(), "    }"),
            Mode::ShouldPanic => (
                format!(
                    "    // It panics, as it should.\n    let panics = ::std::panic::catch_unwind(::std::panic::AssertUnwindSafe(|| -> {CLOSURE} {{"
                ),
                "    ::std::result::Result::Ok(())\n    }));\n    assert!(panics.is_err());",
            ),
            _ => return write(self),
        };
        self.line(&open);
        write(self);
        self.line(close);
    }

    fn value(&mut self, expression: &str, format: &str) {
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let name = escape(expression).replace('{', "{{").replace('}', "}}");
        self.line(&format!("    println!(\"{name} = {{{}}}\", {expression});", escape(format)));
    }

    fn claim(&mut self, part: &ClaimPart<'_>) {
        let claim = part.claim;
        let text: String = claim.pieces.iter().map(|piece| piece.text.as_str()).collect();
        let text = text.replace('\n', " ");
        let text = if text.contains('\\') && !text.contains('"') {
            format!("r\"{}\"", text.trim())
        } else {
            format!("{:?}", text.trim())
        };
        let expression = claim.expression.text().trim().replace('\n', " ");
        if part.variables.is_empty() {
            self.line(&format!("    ::recto::claim!({text}, {});", claim.expression.text().trim()));
        } else {
            self.line(&format!("    // The page states {text} of {expression}."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ListingWriter;

    #[test]
    fn literals_of_several_lines_stay_as_they_are() {
        let mut writer = ListingWriter::default();
        writer.code("let text = f(\"one\n  two\n\",\n    3);\n\nlet x = 1;\n");
        assert_eq!(writer.0, "    let text = f(\"one\n  two\n\",\n        3);\n\n    let x = 1;\n");
    }

    #[test]
    fn a_value_is_printed_with_its_format() {
        let mut writer = ListingWriter::default();
        writer.value("f(\"{x}\")", ":.3");
        assert_eq!(writer.0, "    println!(\"f(\\\"{{x}}\\\") = {:.3}\", f(\"{x}\"));\n");
    }
}
