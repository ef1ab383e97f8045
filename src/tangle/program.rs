//! A program, written line by line with its map.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::binding::Told;
use super::formulas::{ClaimPart, CompiledPart, Variable};
use super::map::SourceMap;
use super::merging::merges;
use super::part::{BLOCK, CellPart, Content, Ends, Part, Starts, split};
use super::syntax::{Returns, literal_lines};
use crate::read::{CodeLine, Edition, Lesson, MappedText, Mode, Scope};

/// A program: one binary of a generated package.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Name of the binary, one of its kind in its package: that of the lesson for the first of its programs that is run.
    pub(crate) name: String,
    /// The file as the compiler names it: for that program, the chapter's path below the book's folder.
    pub(crate) file: PathBuf,
    pub(crate) edition: Edition,
    pub(crate) source: String,
    /// From its lines back to the markdown.
    pub(crate) map: SourceMap,
    pub(crate) purpose: Purpose,
    /// Whether it may as well be a module of a program, beside others of its kind.
    pub(crate) merges: bool,
    /// Indices of the lesson's items that it decides about.
    pub(crate) items: Vec<usize>,
}

impl Program {
    /// Whether the compiler means this program by a file name.
    pub(crate) fn is_file(&self, file: &str) -> bool {
        Path::new(file) == self.file
    }
}

/// What a program is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be compiled and run.
    Run,
    /// To be compiled, and not linked.
    Check,
    /// To be compiled and linked, and not run.
    Link,
    /// To be compiled with its `#[test]` functions, which are run.
    Test,
    /// To be refused by the compiler, for all of the stated reasons.
    Fail(Vec<String>),
}

/// Writes a program, keeping its map. The lines of a cell have their columns, and where its code may see numbers of lines,
/// each is the line of this number in the chapter, so that `line!()` and what else names a place names that of the page; what recto adds stands between them.
pub(super) struct Writer<'a> {
    lesson: &'a Lesson,
    /// Whether lines have the numbers of the chapter's: they change with the prose above them, and then all is compiled again.
    keeps_lines: bool,
    source: String,
    /// How many lines are complete, and the characters of the one that is not.
    lines: usize,
    columns: usize,
    map: SourceMap,
    items: Vec<usize>,
    /// Whether it tells of what its `let`s bind.
    tells: bool,
    /// Whether it calls recto.
    is_followed: bool,
}

/// What recto writes into the lines of a cell.
struct Insertion {
    /// The byte of the cell's code before which it stands.
    at: usize,
    text: String,
    /// What it is written on behalf of.
    span: Range<usize>,
    /// What follows on its line is a comment, and no part of what it begins.
    before_comment: bool,
}

/// Lints of the group `unused` that tell of what looks run or checked and is not: `verify` makes problems of them.
pub(crate) const TOLD: [&str; 5] = [
    "unused_must_use",
    "unreachable_code",
    "map_unit_fn",
    "dead_code",
    "unused_variables",
];

/// The macro call around a last expression that is shown.
const SHOW: &str = "::recto::show!(";
const SHOWN: &str = "); ";

/// The function by which a lesson calls a cell that is a program of its own; no author's has that name.
const OUTCOME: &str = "__recto_outcome";

/// What has a `main` count as called, and as one whose value may end a program; nothing of it is compiled.
const CALLED: &str = " const _: fn() = || { let _ = main(); };";
const ENDS: &str = " const _: fn() = || { fn ends<T: ::std::process::Termination>(_: fn() -> T) {} ends(main) };";

/// Names for a `main` that is not the program's own.
const OTHER_MAINS: [&str; 4] = ["mine", "mein", "mayn", "m4in"];

/// A cell, by the index of its item.
type Indexed<'a, 'b> = (usize, &'a CellPart<'b>);

impl<'a> Writer<'a> {
    /// The program of parts that share a scope.
    pub(super) fn program(lesson: &'a Lesson, edition: Edition, parts: &[&Part<'_>]) -> Program {
        let cells = parts.iter().filter_map(|part| match &part.content {
            Content::Cell(cell) => Some((part.index, cell)),
            _ => None,
        });
        let mut writer = Writer::start(lesson, cells);
        writer.tells = true;
        writer.items = parts.iter().map(|part| part.index).collect();
        writer.keeps_lines = parts.iter().any(|part| match &part.content {
            Content::Cell(cell) => sees_lines(&cell.cell.lines),
            Content::Claim(part) => sees(&part.claim.expression),
            Content::Value { expression, .. } => sees(expression),
        });
        writer.write("fn main() -> ::std::process::ExitCode { ::recto::lesson::run(lesson) }");
        writer.write(" fn lesson() -> ::std::result::Result<(), ::recto::lesson::Failure> { ");
        for part in parts {
            match &part.content {
                Content::Cell(cell) if cell.shape.main.is_some() => writer.module(part.index, cell),
                Content::Cell(cell) => writer.cell(part.index, cell),
                Content::Value { span, expression, format } => {
                    let format = format!("{{{format}}}").replace('\\', "\\\\").replace('"', "\\\"");
                    let open = format!("::recto::lesson::value({}, &|| ::std::format!(\"{format}\", ", part.index);
                    writer.checked(part.index, span.clone(), &open, expression, ")); ");
                }
                Content::Claim(claim) if claim.variables.is_empty() => writer.claim(part.index, claim),
                Content::Claim(claim) => writer.sampled(part.index, claim),
            }
        }
        // What is dropped now may print: that is of the last cell that may have made it.
        let shares = |part: &&&Part<'_>| matches!(&part.content, Content::Cell(cell) if cell.shape.main.is_none() && cell.cell.mode == Mode::Run);
        if let Some(last) = parts.iter().rfind(shares) {
            writer.write(&format!("::recto::lesson::cell({}); ", last.index));
        }
        writer.write("::std::result::Result::Ok(()) }");
        writer.finish(edition, Purpose::Run)
    }

    /// A program that must not compile: what it needs of the cells above, then the cell.
    pub(super) fn refused(
        lesson: &'a Lesson,
        edition: Edition,
        reasons: Vec<String>,
        before: &[&Part<'_>],
        (index, cell): Indexed<'_, '_>,
    ) -> Program {
        let mut writer = Writer::start(lesson, None);
        if cell.shape.main.is_none() {
            writer.write("fn main() -> ::std::result::Result<(), ::recto::lesson::Failure> { ");
            for part in before {
                if let Content::Cell(cell) = &part.content {
                    writer.body(part.index, cell, &cell.cell.lines);
                }
            }
        }
        writer.code(Some(index), &cell.lines());
        if cell.shape.main.is_none() {
            writer.write("; ::std::result::Result::Ok(()) }");
        }
        writer.items.push(index);
        writer.finish(edition, Purpose::Fail(reasons))
    }

    /// The program of a cell that stands alone and is not followed while it runs: what rustdoc makes of it.
    pub(super) fn plain(
        lesson: &'a Lesson,
        edition: Edition,
        purpose: Purpose,
        (index, cell): Indexed<'_, '_>,
    ) -> Program {
        let mut writer = Writer::start(lesson, Some((index, cell)));
        writer.is_followed = false;
        let span = cell.cell.span.start..cell.cell.span.start;
        if cell.shape.main.is_some() || cell.cell.harness {
            writer.code(Some(index), &cell.lines());
        } else {
            let (open, close) = match cell.ends() {
                Ends::Result => (format!("fn main() {{ {} ", cell.signature()), format!("}} {BLOCK}().unwrap() }}")),
                _ => ("fn main() { ".to_owned(), "}".to_owned()),
            };
            writer.written(Some(index), span.clone(), &open);
            writer.code(Some(index), &cell.lines_below());
            writer.written(Some(index), span.clone(), &close);
        }
        if purpose == Purpose::Check && !cell.cell.harness {
            // In a library the compiler neither calls a `main` nor asks whether a program may end in what it returns.
            let returns = cell.shape.main.as_ref().map(|main| main.returns);
            writer.written(Some(index), span, if returns == Some(Returns::Value) { ENDS } else { CALLED });
        }
        writer.items.push(index);
        let merges = purpose == Purpose::Check && merges(lesson, edition, cell);
        Program {
            merges,
            ..writer.finish(edition, purpose)
        }
    }

    /// The program of a cell that stands alone. With a `main` of its own that is given another name of the same
    /// length, so that columns stay; else its code is a function's, as rustdoc has it.
    pub(super) fn alone(lesson: &'a Lesson, edition: Edition, (index, cell): Indexed<'_, '_>) -> Program {
        let mut writer = Writer::start(lesson, Some((index, cell)));
        writer.tells = true;
        writer.keeps_lines = sees_lines(&cell.cell.lines);
        let call = match &cell.shape.main {
            Some(main) => {
                let mut lines = cell.lines();
                let code = CodeLine::joined(&lines);
                let free = OTHER_MAINS.into_iter().find(|name| !code.contains(name)).unwrap_or("main");
                let (line, column) = split(&lines, main.name.start);
                lines[line].text.replace(column..column + "main".len(), free);
                writer.code(Some(index), &lines);
                outcome(main.returns, &format!("{free}()"))
            }
            None => {
                writer.function(index, cell);
                match (cell.ends(), &cell.cell.mode) {
                    // rustdoc has it panic.
                    (Ends::Result, Mode::ShouldPanic) => outcome(Returns::Value, &format!("{BLOCK}().unwrap()")),
                    _ => outcome(Returns::Value, &format!("{BLOCK}()")),
                }
            }
        };
        // What merges is called from without. Another may have attributes that forbid what is public.
        let is_merged = merges(lesson, edition, cell);
        writer.write(if is_merged { "pub fn main()" } else { "fn main()" });
        writer.write(" -> ::std::process::ExitCode { ::recto::lesson::run(|| { ");
        let should_panic = if lesson.scope == Scope::Block { "should_fail" } else { "should_panic" };
        writer.call(index, cell, should_panic, &call);
        writer.write("::std::result::Result::Ok(()) }) }");
        writer.items.push(index);
        Program {
            merges: is_merged,
            ..writer.finish(edition, Purpose::Run)
        }
    }

    /// The function of a cell that stands alone.
    fn function(&mut self, index: usize, part: &CellPart<'_>) {
        let span = part.cell.span.start..part.cell.span.start;
        self.written(Some(index), span.clone(), &format!("{} ", part.signature()));
        let lines = part.lines_below();
        match (part.ends(), &part.cell.mode) {
            (Ends::Failure, _) | (Ends::Unit, Mode::Run) => self.body(index, part, &lines),
            _ => self.code(Some(index), &lines),
        }
        let close = if part.ends() == Ends::Failure {
            "::std::result::Result::Ok(()) } "
        } else {
            "} "
        };
        self.written(Some(index), span, close);
    }

    /// Begins a program with what of its cells must stand at its top.
    fn start<'b, 'c: 'b>(lesson: &'a Lesson, cells: impl IntoIterator<Item = Indexed<'b, 'c>>) -> Writer<'a> {
        let mut writer = Writer {
            lesson,
            keeps_lines: false,
            source: String::new(),
            lines: 0,
            columns: 0,
            map: SourceMap::default(),
            items: Vec::new(),
            tells: false,
            is_followed: true,
        };
        writer.write("#![allow(unused)] ");
        if lesson.scope == Scope::Lesson {
            writer.write(&format!("#![warn({})] ", TOLD.join(", ")));
        }
        for (index, cell) in cells.into_iter().filter(|(_, cell)| cell.shape.main.is_none()) {
            writer.hoisted(index, cell);
        }
        writer
    }

    /// What of a cell must stand at the top of the program: `#![…]`, `extern crate …`.
    fn hoisted(&mut self, index: usize, part: &CellPart<'_>) {
        for hoisted in &part.shape.hoisted {
            for (line, columns) in part.lines_of(hoisted) {
                let text = part.cell.lines[line].text.slice(columns);
                // One that is a comment would hide what follows; that there is one counts.
                if text.text().starts_with("//") {
                    self.write("#![doc = \"\"] ");
                } else {
                    self.copied(Some(index), text);
                    self.write(" ");
                }
            }
        }
    }

    fn finish(mut self, edition: Edition, purpose: Purpose) -> Program {
        // Behind all that must stand at the top.
        if edition == Edition::E2015 && self.is_followed {
            self.write(" extern crate recto;");
        }
        self.end_line();
        let Lesson { name, file, .. } = self.lesson;
        let kind = match &purpose {
            Purpose::Run => None,
            Purpose::Check => Some("checked"),
            Purpose::Link => Some("linked"),
            Purpose::Test => Some("tests"),
            Purpose::Fail(_) => Some("refused"),
        };
        let (name, file) = match (kind, self.items.last()) {
            (Some(kind), Some(item)) => (format!("{name}_{item}"), Path::new(&format!("{kind}-{item}")).join(file)),
            _ => (name.clone(), file.clone()),
        };
        Program {
            name,
            file,
            edition,
            source: self.source,
            map: self.map,
            purpose,
            merges: false,
            items: self.items,
        }
    }

    /// Text of recto's own that stands for nothing on the page.
    fn write(&mut self, text: &str) {
        self.written(None, 0..0, text);
    }

    fn written(&mut self, item: Option<usize>, span: Range<usize>, text: &str) {
        self.map.push_written(self.columns + 1, item, span);
        self.push(text);
    }

    fn copied(&mut self, item: Option<usize>, text: MappedText) {
        self.push(text.text());
        self.map.push_copied(self.columns + 1 - text.text().chars().count(), item, text);
    }

    fn push(&mut self, text: &str) {
        debug_assert!(!text.contains('\n'), "a segment is of one line");
        self.source.push_str(text);
        self.columns += text.chars().count();
    }

    fn end_line(&mut self) {
        self.source.push('\n');
        self.map.end_line();
        self.lines += 1;
        self.columns = 0;
    }

    /// Goes on to where a line of code stands in the chapter, unless it is past that already or the line is included.
    /// Columns are kept unless that would change a literal.
    fn go_to(&mut self, line: &MappedText, in_literal: bool) {
        let text = line.text();
        let indent = text.len() - text.trim_start().len();
        if indent == text.len() {
            return;
        }
        let place = self.lesson.document.place(line.range(indent..indent + 1));
        let (number, column) = place.line_column();
        let keeps = self.keeps_lines && self.lesson.below_root(place.path()) == self.lesson.file;
        while keeps && self.lines + 1 < number {
            self.end_line();
        }
        let missing = (column - 1).saturating_sub(text[..indent].chars().count());
        if !in_literal && self.columns == 0 {
            self.push(&" ".repeat(missing));
        }
    }

    /// Lines of code, where they stand in the chapter, with what recto writes into them, in order.
    fn code_with(&mut self, item: Option<usize>, lines: &[CodeLine], insertions: &[Insertion]) {
        let literals = literal_lines(&CodeLine::joined(lines));
        let starts = Starts::of(lines);
        let mut insertions = insertions.iter().map(|it| (starts.split(it.at), it)).peekable();
        if self.columns > 0 {
            self.end_line();
        }
        for (index, line) in lines.iter().enumerate() {
            let in_literal = literals.as_ref().is_none_or(|literals| literals.contains(&(index + 1)));
            self.go_to(&line.text, in_literal);
            let (mut start, mut before_comment) = (0, false);
            while let Some(((_, column), it)) = insertions.next_if(|((at, _), _)| *at == index) {
                self.copied(item, line.text.slice(start..column));
                self.written(item, it.span.clone(), &it.text);
                (start, before_comment) = (column, it.before_comment);
            }
            let rest = line.text.slice(start..line.text.text().len());
            if before_comment {
                self.push(rest.text());
            } else {
                self.copied(item, rest);
            }
            self.end_line();
        }
    }

    fn code(&mut self, item: Option<usize>, lines: &[CodeLine]) {
        self.code_with(item, lines, &[]);
    }

    /// An expression of a claim or value.
    fn checked(&mut self, item: usize, span: Range<usize>, open: &str, expression: &MappedText, close: &str) {
        self.written(Some(item), span.clone(), open);
        self.copied(Some(item), expression.clone());
        // It may end in a comment.
        if expression.text().contains("//") {
            self.end_line();
        }
        self.written(Some(item), span, close);
    }

    /// A claim, behind the formulas of its text: it is over when its own value is there.
    fn claim(&mut self, index: usize, part: &ClaimPart<'_>) {
        for (number, formula) in part.parts.iter().enumerate() {
            let open = format!("::recto::lesson::formula({index}, {number}, &|| ");
            self.written(Some(index), formula.span.clone(), &open);
            self.formula(index, formula);
            self.written(Some(index), formula.span.clone(), "); ");
        }
        let open = format!("::recto::lesson::claim({index}, &|| ::recto::lesson::claimed(&(");
        self.checked(index, part.claim.span.clone(), &open, &part.expression, "))); ");
    }

    /// A claim over a range: at each point its value and those of its formulas.
    fn sampled(&mut self, index: usize, part: &ClaimPart<'_>) {
        let span = part.claim.span.clone();
        let (points, ranges) = (usize::from(self.lesson.points), part.ranges());
        let points = if ranges == 0 { 1 } else { points };
        let open = format!("::recto::lesson::sampled({index}, {points}, {ranges}, &|__recto_point| {{ ");
        self.written(Some(index), span.clone(), &open);
        for variable @ Variable { name, of, is_range } in &part.variables {
            let kind = variable.kind();
            self.written(Some(index), span.clone(), "#[allow(non_snake_case)] let ");
            self.copied(Some(index), name.clone());
            let (open, close) = if *is_range {
                (format!("{kind} = __recto_point.at({:?}, ", name.text()), "); ")
            } else {
                (format!("{kind} = "), "; ")
            };
            self.checked(index, span.clone(), &open, of, close);
        }
        self.checked(index, span.clone(), "(::recto::lesson::numbers(&(", &part.expression, ")), ::std::vec![");
        for formula in &part.parts {
            self.formula(index, formula);
            self.written(Some(index), formula.span.clone(), ", ");
        }
        self.written(Some(index), span, "]) }); ");
    }

    fn formula(&mut self, index: usize, formula: &CompiledPart) {
        for (span, code) in &formula.code {
            self.written(Some(index), span.clone(), code);
        }
    }

    /// A cell of the shared scope.
    fn cell(&mut self, index: usize, part: &CellPart<'_>) {
        let span = part.cell.span.start..part.cell.span.start;
        let (open, close) = match part.cell.mode {
            Mode::NoRun => ("if ::recto::lesson::no_run() { ".to_owned(), "} "),
            Mode::ShouldPanic => {
                (format!("::recto::lesson::should_panic({index}, || {{ "), "::std::result::Result::Ok(()) }); ")
            }
            _ => (String::new(), ""),
        };
        self.written(Some(index), span.clone(), &format!("::recto::lesson::cell({index}); {open}"));
        self.body(index, part, &part.lines_below());
        self.written(Some(index), span, &format!("{close}::recto::lesson::end({index}); "));
    }

    /// The lines of a cell, its last expression shown where it is to be.
    fn body(&mut self, index: usize, part: &CellPart<'_>, lines: &[CodeLine]) {
        let span = part.cell.span.start..part.cell.span.start;
        let mut insertions = if self.tells { tellings(index, part) } else { Vec::new() };
        let close = match &part.shape.last_expression {
            Some(last) if part.shows(last) => {
                match Self::opening(part, last, &span) {
                    Some(opening) => insertions.push(opening),
                    None => self.written(Some(index), span.clone(), SHOW),
                }
                SHOWN
            }
            // A last expression that is not shown must be `()` to stand before what follows.
            Some(_) if part.scope == Scope::Lesson => "; ",
            Some(_) | None => "",
        };
        self.code_with(Some(index), lines, &insertions);
        if !close.is_empty() {
            self.written(Some(index), span, close);
        }
    }

    /// The call around a last expression that is shown opens on a line above it, where there is one, so that its columns stay.
    /// None where it opens above all lines.
    fn opening(part: &CellPart<'_>, last: &Range<usize>, span: &Range<usize>) -> Option<Insertion> {
        let (before, lines) = (part.shape.before_last, &part.cell.lines);
        let above = split(lines, before).0 < split(lines, last.start).0;
        (before > 0).then(|| Insertion {
            at: if above { before } else { last.start },
            text: SHOW.to_owned(),
            span: span.clone(),
            before_comment: above,
        })
    }

    /// A cell that is a program of its own, called from the lesson.
    fn call(&mut self, index: usize, part: &CellPart<'_>, should_panic: &str, call: &str) {
        let call = match part.cell.mode {
            Mode::NoRun => format!("if ::recto::lesson::no_run() {{ {call}?; }}"),
            Mode::ShouldPanic => format!("::recto::lesson::{should_panic}({index}, || {call});"),
            _ => format!("{call}?;"),
        };
        let whole = format!("::recto::lesson::cell({index}); {call} ::recto::lesson::end({index}); ");
        self.written(Some(index), called(part), &whole);
    }

    /// A cell that is a program of its own, as a module in a block of its own, and its call.
    fn module(&mut self, index: usize, part: &CellPart<'_>) {
        let span = part.cell.span.start..part.cell.span.start;
        let item = Some(index);
        let signature = format!("pub(super) fn {OUTCOME}() -> ::std::result::Result<(), ::recto::lesson::Failure>");
        self.written(item, span.clone(), "{ mod cell { ");
        self.code(item, &part.lines());
        let returns = part.shape.main.as_ref().map_or(Returns::Nothing, |main| main.returns);
        self.written(item, called(part), &format!("{signature} {{ {} }} }} ", outcome(returns, "main()")));
        self.call(index, part, "should_panic", &format!("cell::{OUTCOME}()"));
        self.written(item, span, "} ");
    }
}

/// Where a cell that is a program of its own has the name that is called: its `main`, or its begin.
fn called(part: &CellPart<'_>) -> Range<usize> {
    let Some(main) = &part.shape.main else {
        return part.cell.span.start..part.cell.span.start;
    };
    let (line, column) = split(&part.cell.lines, main.name.start);
    part.cell.lines[line].text.range(column..column + main.name.len())
}

/// What became of a cell's own `main`, as the lesson has it.
fn outcome(returns: Returns, call: &str) -> String {
    match returns {
        // Of what never returns there is nothing to ask.
        Returns::Never => {
            format!("{{ let never: ::std::result::Result<(), ::recto::lesson::Failure> = {call}; never }}")
        }
        Returns::Nothing | Returns::Value => format!("::recto::outcome!({call})"),
    }
}

/// What tells of the names that a cell's `let`s bind, each right behind its statement.
fn tellings(index: usize, part: &CellPart<'_>) -> Vec<Insertion> {
    let telling = |(number, told): (usize, &Told)| Insertion {
        at: told.end,
        text: format!(" ::recto::lesson::{}({index}, {number}, &{}, 0, 0);", told.call, told.name),
        span: told.span.clone(),
        before_comment: false,
    };
    part.told.iter().enumerate().map(telling).collect()
}

/// Whether code may see the numbers of its lines otherwise than in a whole place, as `dbg!` prints it: that is led back.
fn sees_lines(lines: &[CodeLine]) -> bool {
    lines.iter().any(|line| sees(&line.text))
}

fn sees(code: &MappedText) -> bool {
    ["line!", "ocation", "acktrace"].iter().any(|word| code.text().contains(word))
}
