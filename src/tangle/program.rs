//! A program, written line by line with its map.

use std::ops::Range;
use std::path::Path;

use super::map::SourceMap;
use super::part::{CellPart, Content, Part, split};
use crate::read::{Cell, CodeLine, Edition, MappedText, Mode, Scope};

/// A program: one binary of the generated package.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Name of the binary, one of its kind in the book.
    pub(crate) name: String,
    pub(crate) edition: Edition,
    pub(crate) source: String,
    /// From its lines back to the markdown.
    pub(crate) map: SourceMap,
    pub(crate) purpose: Purpose,
    /// Indices of the lesson's items that it decides about.
    pub(crate) items: Vec<usize>,
}

impl Program {
    /// Whether the compiler means this program by a file name.
    pub(crate) fn is_file(&self, file: &str) -> bool {
        let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        stem.strip_prefix(&self.name).is_some_and(|id| id.len() == 9 && id.starts_with('-'))
    }
}

/// What a program is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be compiled and run.
    Run,
    /// To be refused by the compiler, for the stated reason when there is one.
    Fail(Option<String>),
}

/// Writes a program line by line, keeping its map.
pub(super) struct Writer {
    source: String,
    map: SourceMap,
    items: Vec<usize>,
}

/// Code after a last expression that is shown: ends the macro call opened before it.
const SHOWN: &str = ");";

impl Writer {
    /// The program of parts that share a scope, or of parts that each stand alone.
    pub(super) fn program(scope: Scope, name: &str, edition: Edition, parts: &[&Part<'_>]) -> Program {
        let mut writer = Writer::start(edition, parts);
        writer.write("fn main() -> ::std::process::ExitCode { ::recto::lesson::run(lesson) }");
        writer.write("fn lesson() -> ::std::result::Result<(), ::recto::lesson::Failure> {");
        for part in parts {
            match &part.content {
                Content::Cell(cell) if cell.shape.main.is_some() || scope == Scope::Block => {
                    let call = format!("cell_{}::outcome()", part.index);
                    writer.call(part.index, cell.cell, &call);
                }
                Content::Cell(cell) => writer.cell(part.index, cell),
                Content::Value { span, expression, format } => {
                    let format = format!("{{{format}}}").replace('\\', "\\\\").replace('"', "\\\"");
                    let open = format!("::recto::lesson::value({}, || ::std::format!(\"{format}\", ", part.index);
                    writer.checked(part.index, span.clone(), &open, expression, "));");
                }
                Content::Claim(claim) => {
                    let open = format!("::recto::lesson::claim({}, || ::recto::lesson::numbers(&(", part.index);
                    writer.checked(part.index, claim.span.clone(), &open, &claim.expression, ")));");
                }
            }
        }
        writer.write("::std::result::Result::Ok(()) }");
        for part in parts {
            if let Content::Cell(cell) = &part.content
                && (cell.shape.main.is_some() || scope == Scope::Block)
            {
                writer.module(part.index, cell);
            }
        }
        writer.finish(name, edition, Purpose::Run)
    }

    /// A program that must not compile: what it needs of the cells above, then the cell.
    pub(super) fn refused(
        name: &str,
        edition: Edition,
        reason: Option<String>,
        before: &[&Part<'_>],
        (index, cell): (usize, &CellPart<'_>),
    ) -> Program {
        let mut writer = Writer::start(edition, &[]);
        if cell.shape.main.is_none() {
            writer.write("fn main() -> ::std::result::Result<(), ::recto::lesson::Failure> {");
            for part in before {
                if let Content::Cell(cell) = &part.content {
                    writer.body(part.index, cell, &cell.cell.lines);
                }
            }
        }
        writer.code(Some(index), &cell.cell.lines);
        if cell.shape.main.is_none() {
            writer.write("; ::std::result::Result::Ok(()) }");
        }
        writer.items.push(index);
        writer.finish(name, edition, Purpose::Fail(reason))
    }

    /// A program with its own `fn main` that must stand at the root of its crate. Its `main` is
    /// given another name of the same length, so that columns stay.
    pub(super) fn at_root(name: &str, edition: Edition, (index, cell): (usize, &CellPart<'_>)) -> Program {
        let mut writer = Writer::start(edition, &[]);
        let mut lines = cell.cell.lines.clone();
        if let Some(main) = &cell.shape.main {
            let (line, column) = split(&lines, main.start);
            lines[line].text.replace(column..column + "main".len(), "mine");
        }
        writer.code(Some(index), &lines);
        writer.write("fn main() -> ::std::process::ExitCode { ::recto::lesson::run(|| {");
        writer.call(index, cell.cell, "::recto::lesson::outcome(mine())");
        writer.write("::std::result::Result::Ok(()) }) }");
        writer.items.push(index);
        writer.finish(name, edition, Purpose::Run)
    }

    fn start(edition: Edition, parts: &[&Part<'_>]) -> Writer {
        let mut writer = Writer {
            source: String::new(),
            map: SourceMap::default(),
            items: Vec::new(),
        };
        writer.write("#![allow(unused)]");
        writer.inner_attributes(parts);
        if edition == Edition::E2015 {
            writer.write("extern crate recto;");
        }
        writer
    }

    /// The cells' `#![…]`, which must stand at the top of the program.
    fn inner_attributes(&mut self, parts: &[&Part<'_>]) {
        for part in parts {
            self.items.push(part.index);
            if let Content::Cell(cell) = &part.content
                && cell.shape.main.is_none()
            {
                for attribute in &cell.shape.inner_attributes {
                    let (line, column) = split(&cell.cell.lines, attribute.start);
                    let line = &cell.cell.lines[line].text;
                    let end = (column + attribute.len()).min(line.text().len());
                    self.copied(Some(part.index), line.slice(column..end));
                }
            }
        }
    }

    fn finish(self, name: &str, edition: Edition, purpose: Purpose) -> Program {
        let Writer { source, map, items } = self;
        Program {
            name: name.to_owned(),
            edition,
            source,
            map,
            purpose,
            items,
        }
    }

    /// A line of recto's own that stands for nothing on the page.
    fn write(&mut self, text: &str) {
        self.written(None, 0..0, text);
    }

    fn written(&mut self, item: Option<usize>, span: Range<usize>, text: &str) {
        debug_assert!(!text.contains('\n'), "a written line is one line");
        self.source.push_str(text);
        self.source.push('\n');
        self.map.push_written(item, span);
    }

    fn copied(&mut self, item: Option<usize>, text: MappedText) {
        self.source.push_str(text.text());
        self.source.push('\n');
        self.map.push_copied(item, text);
    }

    fn code(&mut self, item: Option<usize>, lines: &[CodeLine]) {
        for line in lines {
            self.copied(item, line.text.clone());
        }
    }

    /// An expression of a claim or value, on a line of its own.
    fn checked(&mut self, item: usize, span: Range<usize>, open: &str, expression: &MappedText, close: &str) {
        self.written(Some(item), span.clone(), open);
        self.copied(Some(item), expression.clone());
        self.written(Some(item), span, close);
    }

    /// A cell of the shared scope.
    fn cell(&mut self, index: usize, part: &CellPart<'_>) {
        let span = part.cell.span.start..part.cell.span.start;
        let (open, close) = match part.cell.mode {
            Mode::NoRun => ("if ::recto::lesson::no_run() {".to_owned(), "}".to_owned()),
            Mode::ShouldPanic => (
                format!("::recto::lesson::should_panic({index}, || {{"),
                "::std::result::Result::Ok(()) });".to_owned(),
            ),
            _ => (String::new(), String::new()),
        };
        self.written(Some(index), span.clone(), &format!("::recto::lesson::cell({index}); {open}"));
        let mut lines = part.cell.lines.clone();
        for attribute in &part.shape.inner_attributes {
            let (line, column) = split(&lines, attribute.start);
            let line = &mut lines[line].text;
            let end = (column + attribute.len()).min(line.text().len());
            line.replace(column..end, &" ".repeat(end - column));
        }
        self.body(index, part, &lines);
        self.written(Some(index), span, &format!("{close} ::recto::lesson::end({index});"));
    }

    /// The lines of a cell, its last expression shown where it is to be.
    fn body(&mut self, index: usize, part: &CellPart<'_>, lines: &[CodeLine]) {
        let span = part.cell.span.start..part.cell.span.start;
        match &part.shape.last_expression {
            Some(last) if part.shows(last) => self.shown(index, lines, last, span),
            // A last expression that is not shown must be `()` to stand before what follows.
            Some(_) => {
                self.code(Some(index), lines);
                self.written(Some(index), span, ";");
            }
            None => self.code(Some(index), lines),
        }
    }

    /// The lines of a cell whose last expression is shown. The line on which the expression begins
    /// is written twice, once up to it and once from it, with spaces that keep its columns.
    fn shown(&mut self, index: usize, lines: &[CodeLine], last: &Range<usize>, span: Range<usize>) {
        let (first, column) = split(lines, last.start);
        let (end, _) = split(lines, last.end);
        self.code(Some(index), &lines[..first]);
        let line = &lines[first].text;
        let (before, from) = line.text().split_at(column);
        if !before.trim().is_empty() {
            self.copied(Some(index), line.slice(0..column));
        }
        self.written(Some(index), span.clone(), "::recto::show!(");
        self.source.push_str(&" ".repeat(before.chars().count()));
        self.source.push_str(from);
        self.source.push('\n');
        self.map.push_copied(Some(index), line.clone());
        self.code(Some(index), &lines[first + 1..=end]);
        self.written(Some(index), span, SHOWN);
        self.code(Some(index), &lines[end + 1..]);
    }

    /// A cell that is a program of its own, called from the lesson.
    fn call(&mut self, index: usize, cell: &Cell, call: &str) {
        let span = cell.span.start..cell.span.start;
        let call = match cell.mode {
            Mode::NoRun => format!("if ::recto::lesson::no_run() {{ {call}?; }}"),
            Mode::ShouldPanic => format!("::recto::lesson::should_panic({index}, || {call});"),
            _ => format!("{call}?;"),
        };
        self.written(
            Some(index),
            span,
            &format!("::recto::lesson::cell({index}); {call} ::recto::lesson::end({index});"),
        );
    }

    /// The module of a cell that is a program of its own or stands alone.
    fn module(&mut self, index: usize, part: &CellPart<'_>) {
        let span = part.cell.span.start..part.cell.span.start;
        let item = Some(index);
        self.written(item, span.clone(), &format!("mod cell_{index} {{"));
        let signature = "pub(super) fn outcome() -> ::std::result::Result<(), ::recto::lesson::Failure> {";
        if part.shape.main.is_some() {
            self.code(item, &part.cell.lines);
            self.written(item, span, &format!("{signature} ::recto::lesson::outcome(main()) }} }}"));
            return;
        }
        self.written(item, span.clone(), signature);
        self.body(index, part, &part.cell.lines);
        self.written(item, span, "::std::result::Result::Ok(()) } }");
    }
}
