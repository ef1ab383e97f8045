//! The second stage: a lesson's cells, claims and inline values put together as Rust programs.
//!
//! In: a [`Lesson`]. Out: its [`Program`]s, each with a map from its lines back to the markdown,
//! and what is wrong with the Rust on the page before any compiler has seen it. Each line of a cell
//! is a line of the program with its columns kept; what recto adds stands on lines of its own.

mod map;
mod readable;
mod syntax;

use std::ops::Range;
use std::path::Path;

pub use map::SourceMap;
pub use readable::Readable;

use crate::problem::{Kind, Problem};
use crate::read::{Cell, Claim, CodeLine, Edition, Item, Lesson, Mode, Placed, Placeholder, Scope};
use crate::site::plain_name;

/// The programs of a lesson.
#[derive(Clone, Debug, Default)]
pub struct Tangled {
    /// What is to be compiled, the lesson's main program first.
    pub programs: Vec<Program>,
    /// The same for readers.
    pub readable: Vec<Readable>,
    /// What is wrong with a cell's, claim's or value's Rust.
    pub problems: Vec<Problem>,
}

/// A program: one binary of the generated package.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name of the binary, one of its kind in the book.
    pub name: String,
    /// Its edition.
    pub edition: Edition,
    /// The Rust source.
    pub source: String,
    /// From its lines back to the markdown.
    pub map: SourceMap,
    /// What it is for.
    pub purpose: Purpose,
    /// Indices of the lesson's items that it decides about.
    pub items: Vec<usize>,
}

impl Program {
    /// Whether the compiler means this program by a file name.
    pub fn is_file(&self, file: &str) -> bool {
        let stem = Path::new(file)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        stem.strip_prefix(&self.name)
            .is_some_and(|id| id.len() == 9 && id.starts_with('-'))
    }
}

/// What a program is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be compiled and run.
    Run,
    /// To be refused by the compiler, for the stated reason when there is one.
    Fail(Option<String>),
}

/// Puts a lesson's programs together. `edition` is that of cells that name none.
pub fn tangle(lesson: &Lesson, edition: Edition) -> Tangled {
    let mut tangled = Tangled::default();
    let slug = slug(&lesson.path);
    let parts: Vec<Part<'_>> = lesson
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| tangled.prepare(lesson, index, item))
        .collect();

    tangled.readable = readable::readable(lesson, edition, &parts);
    let is_apart = |cell: &CellPart<'_>| {
        matches!(cell.cell.mode, Mode::CompileFail(_))
            || cell.cell.edition.is_some_and(|its| its != edition)
            || (cell.shape.main.is_some() && cell.shape.names_crate)
    };
    let together: Vec<&Part<'_>> = parts
        .iter()
        .filter(|part| !matches!(&part.content, Content::Cell(cell) if is_apart(cell)))
        .collect();
    if !together.is_empty() {
        tangled
            .programs
            .push(Writer::program(lesson.scope, &slug, edition, Purpose::Run, &together));
    }
    for (position, part) in parts.iter().enumerate() {
        let Content::Cell(cell) = &part.content else { continue };
        if !is_apart(cell) {
            continue;
        }
        let edition = cell.cell.edition.unwrap_or(edition);
        let name = format!("{slug}-{}", part.index);
        tangled.programs.push(match &cell.cell.mode {
            Mode::CompileFail(reason) => {
                let alone = cell.shape.main.is_some() || lesson.scope == Scope::Block || cell.cell.edition.is_some();
                let before: Vec<&Part<'_>> = match alone {
                    true => Vec::new(),
                    false => parts[..position].iter().filter(|part| part.is_context()).collect(),
                };
                Writer::refused(&name, edition, reason.clone(), &before, (part.index, cell))
            }
            _ if cell.shape.names_crate && cell.shape.main.is_some() => {
                Writer::at_root(&name, edition, (part.index, cell))
            }
            _ => Writer::program(Scope::Block, &name, edition, Purpose::Run, &[part]),
        });
    }
    tangled
}

/// A name for the binary, one of its kind.
fn slug(path: &Path) -> String {
    let digest = blake3::hash(path.with_extension("").to_string_lossy().as_bytes()).to_hex();
    format!("{}-{}", plain_name(path), &digest[..6])
}

/// An item that goes into a program.
struct Part<'a> {
    index: usize,
    content: Content<'a>,
}

enum Content<'a> {
    Cell(CellPart<'a>),
    Value {
        span: Range<usize>,
        expression: &'a str,
        start: usize,
        format: &'a str,
    },
    Claim(&'a Claim),
}

struct CellPart<'a> {
    cell: &'a Cell,
    shape: syntax::Shape,
}

impl Part<'_> {
    /// Whether cells below may use what it defines.
    fn is_context(&self) -> bool {
        matches!(&self.content, Content::Cell(cell) if cell.cell.mode == Mode::Run && cell.shape.main.is_none())
    }
}

impl Tangled {
    fn prepare<'a>(&mut self, lesson: &'a Lesson, index: usize, item: &'a Item) -> Option<Part<'a>> {
        let content = match item {
            Item::Cell(cell) if cell.mode != Mode::Ignore => Content::Cell(self.prepare_cell(lesson, cell)?),
            Item::Value(value) => self.prepare_value(lesson, value)?,
            Item::Claim(claim) => self.prepare_claim(lesson, claim)?,
            _ => return None,
        };
        Some(Part { index, content })
    }

    fn prepare_cell<'a>(&mut self, lesson: &Lesson, cell: &'a Cell) -> Option<CellPart<'a>> {
        let code: String = cell.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect();
        let shape = syntax::shape(&code);
        let mut refused = false;
        if shape.main.is_none() && !matches!(cell.mode, Mode::CompileFail(_)) {
            for found in &shape.returns {
                refused = true;
                let (line, column) = split(&cell.lines, found.start);
                let start = cell.lines[line].start + column;
                self.problems.push(
                    Problem::error(Kind::Syntax, "a `return` here would end the lesson")
                        .at(lesson.document.place(start..start + "return".len()))
                        .note("the cells of a lesson are one function body")
                        .help("put the code into a function or a closure, or use `?` to stop at an error"),
                );
            }
        }
        (!refused).then_some(CellPart { cell, shape })
    }

    fn prepare_value<'a>(&mut self, lesson: &Lesson, value: &'a Placeholder) -> Option<Content<'a>> {
        let Placed::Computed { text, start } = &value.content else {
            return None;
        };
        if let Some((expression, format)) = syntax::split_placeholder(text) {
            return Some(Content::Value {
                span: value.span.clone(),
                expression,
                start: *start,
                format,
            });
        }
        self.problems.push(
            Problem::error(Kind::Syntax, "this inline value is not a Rust format placeholder")
                .at(lesson.document.place(*start..start + text.len()))
                .note("a code span in braces is replaced by the value of the expression in it, as in `{kappa:.3}`")
                .help(format!("to show braces, double them: `{{{{{text}}}}}`")),
        );
        None
    }

    fn prepare_claim<'a>(&mut self, lesson: &Lesson, claim: &'a Claim) -> Option<Content<'a>> {
        let Err(refusal) = syntax::check_expression(&claim.expression) else {
            return Some(Content::Claim(claim));
        };
        let span = &claim.expression_span;
        let start = (span.start + refusal.at).min(span.end);
        self.problems.push(
            Problem::error(Kind::Syntax, refusal.message)
                .at(lesson.document.place(if start < span.end {
                    start..span.end
                } else {
                    span.clone()
                }))
                .help(refusal.help),
        );
        None
    }
}

/// The line of a cell, and the byte within it, at which a byte of the cell's code stands.
fn split(lines: &[CodeLine], mut offset: usize) -> (usize, usize) {
    for (index, line) in lines.iter().enumerate() {
        if offset <= line.text.len() {
            return (index, offset);
        }
        offset -= line.text.len() + 1;
    }
    (lines.len().saturating_sub(1), 0)
}

/// Writes a program line by line, keeping its map.
struct Writer {
    source: String,
    map: SourceMap,
    items: Vec<usize>,
}

/// Code after a last expression that is shown: ends the macro call opened before it.
const SHOWN: &str = ");";

impl Writer {
    /// The program of parts that share a scope, or of parts that each stand alone.
    fn program(scope: Scope, name: &str, edition: Edition, purpose: Purpose, parts: &[&Part<'_>]) -> Program {
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
                Content::Value {
                    span,
                    expression,
                    start,
                    format,
                } => {
                    let format = format!("{{{format}}}").replace('\\', "\\\\").replace('"', "\\\"");
                    let open = format!(
                        "::recto::lesson::value({}, || ::std::format!(\"{format}\", ",
                        part.index
                    );
                    writer.checked(part.index, span.clone(), &open, expression, *start, "));");
                }
                Content::Claim(claim) => {
                    let open = format!("::recto::lesson::claim({}, || ::recto::lesson::numbers(&(", part.index);
                    let start = claim.expression_span.start;
                    writer.checked(part.index, claim.span.clone(), &open, &claim.expression, start, ")));");
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
        writer.finish(name, edition, purpose)
    }

    /// A program that must not compile: what it needs of the cells above, then the cell.
    fn refused(
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
    fn at_root(name: &str, edition: Edition, (index, cell): (usize, &CellPart<'_>)) -> Program {
        let mut writer = Writer::start(edition, &[]);
        let mut lines = cell.cell.lines.clone();
        if let Some(main) = &cell.shape.main {
            let (line, column) = split(&lines, main.start);
            lines[line].text.replace_range(column..column + "main".len(), "mine");
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
                    let line = &cell.cell.lines[line];
                    let end = (column + attribute.len()).min(line.text.len());
                    self.copied(Some(part.index), line.start + column, &line.text[column..end]);
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

    fn copied(&mut self, item: Option<usize>, start: usize, text: &str) {
        self.source.push_str(text);
        self.source.push('\n');
        self.map.push_copied(item, start, text);
    }

    fn code(&mut self, item: Option<usize>, lines: &[CodeLine]) {
        for line in lines {
            self.copied(item, line.start, &line.text);
        }
    }

    /// An expression of a claim or value, on a line of its own.
    fn checked(&mut self, item: usize, span: Range<usize>, open: &str, expression: &str, start: usize, close: &str) {
        self.written(Some(item), span.clone(), open);
        self.copied(Some(item), start, expression);
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
        self.written(
            Some(index),
            span.clone(),
            &format!("::recto::lesson::cell({index}); {open}"),
        );
        let mut lines = part.cell.lines.clone();
        for attribute in &part.shape.inner_attributes {
            let (line, column) = split(&lines, attribute.start);
            let end = (column + attribute.len()).min(lines[line].text.len());
            lines[line].text.replace_range(column..end, &" ".repeat(end - column));
        }
        self.body(index, part, &lines);
        self.written(Some(index), span, &format!("{close} ::recto::lesson::end({index});"));
    }

    /// The lines of a cell of the shared scope, its last expression shown where it is to be.
    fn body(&mut self, index: usize, part: &CellPart<'_>, lines: &[CodeLine]) {
        let span = part.cell.span.start..part.cell.span.start;
        match &part.shape.last_expression {
            Some(last) if part.cell.mode == Mode::Run && !lines[split(lines, last.start).0].hidden => {
                self.shown(index, lines, last, span);
            }
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
        let line = &lines[first];
        let (before, from) = line.text.split_at(column);
        if !before.trim().is_empty() {
            self.copied(Some(index), line.start, before);
        }
        self.written(Some(index), span.clone(), "::recto::lesson::show!(");
        self.source.push_str(&" ".repeat(before.chars().count()));
        self.source.push_str(from);
        self.source.push('\n');
        self.map.push_copied(Some(index), line.start, &line.text);
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
            self.written(
                item,
                span,
                &format!("{signature} ::recto::lesson::outcome(main()) }} }}"),
            );
            return;
        }
        self.written(item, span.clone(), signature);
        match &part.shape.last_expression {
            Some(last) if part.cell.mode == Mode::Run => self.shown(index, &part.cell.lines, last, span.clone()),
            Some(_) => {
                self.code(item, &part.cell.lines);
                self.written(item, span.clone(), ";");
            }
            None => self.code(item, &part.cell.lines),
        }
        self.written(item, span, "::std::result::Result::Ok(()) } }");
    }
}
