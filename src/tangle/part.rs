//! The items of a lesson that go into its programs, with the shape of their Rust.

use std::ops::Range;

use super::binding::Told;
use super::depth::{TooDeep, too_deep};
use super::formulas::{ClaimFormulas, ClaimPart};
use super::threads::Threads;
use super::{shadowed, syntax};
use crate::formula::{Bound, Scope as Names};
use crate::problem::{Kind, Problem};
use crate::read::{
    Cell, Claim, CodeLine, Edition, Item, Lesson, MappedText, Mode, Placeholder, Scope, ValueSpan, nearly_option,
};

/// An item that goes into a program.
pub(super) struct Part<'a> {
    pub(super) index: usize,
    pub(super) content: Content<'a>,
}

pub(super) enum Content<'a> {
    Cell(CellPart<'a>),
    Value {
        span: Range<usize>,
        expression: MappedText,
        format: &'a str,
    },
    Claim(ClaimPart<'a>),
}

pub(super) struct CellPart<'a> {
    pub(super) cell: &'a Cell,
    pub(super) scope: Scope,
    pub(super) shape: syntax::Shape,
    /// The names that its `let`s bind and that the program tells of.
    pub(super) told: Vec<Told>,
}

impl<'a> Part<'a> {
    /// The part that an item makes, below cells that give these names; none for an item that is not computed.
    ///
    /// # Errors
    /// What is wrong with its Rust, as far as that is seen before the compiler looks at it.
    pub(super) fn of(
        lesson: &Lesson,
        names: &Names,
        index: usize,
        item: &'a Item,
    ) -> Result<Option<Self>, Vec<Problem>> {
        let content = match item {
            Item::Cell(cell) if cell.mode != Mode::Ignore && !cell.swallows => Content::Cell(cell_part(lesson, cell)?),
            Item::Value(value) => match &value.content {
                ValueSpan::Computed(text) => value_part(lesson, value, text)?,
                ValueSpan::Literal(_) => return Ok(None),
            },
            Item::Claim(claim) => claim_part(lesson, names, claim)?,
            _ => return Ok(None),
        };
        Ok(Some(Part { index, content }))
    }

    /// Whether a macro may be defined in it.
    pub(super) fn defines_macro(&self) -> bool {
        let is_definition = |line: &CodeLine| line.text.text().contains("macro_rules");
        matches!(&self.content, Content::Cell(cell) if cell.cell.lines.iter().any(is_definition))
    }

    /// The names that it gives to what stands below it; `edition` is that of cells that name none.
    pub(super) fn names(&self, edition: Edition) -> Vec<(&str, Bound)> {
        match &self.content {
            Content::Cell(cell) if self.is_context() && cell.cell.edition.is_none_or(|its| its == edition) => {
                cell.shape.names.iter().map(|(name, bound)| (name.as_str(), bound.clone())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is compiled of a claim's text, with its index.
    pub(super) fn formulas(&self) -> Option<(usize, ClaimFormulas)> {
        match &self.content {
            Content::Claim(claim) => Some((self.index, claim.formulas()?)),
            _ => None,
        }
    }

    /// Whether cells below may use what it defines.
    pub(super) fn is_context(&self) -> bool {
        matches!(&self.content, Content::Cell(cell) if cell.cell.mode == Mode::Run && cell.shape.main.is_none())
    }
}

fn cell_part<'a>(lesson: &Lesson, cell: &'a Cell) -> Result<CellPart<'a>, Vec<Problem>> {
    let code = CodeLine::joined(&cell.lines);
    let shape = match lesson.scope {
        Scope::Lesson => syntax::shape(&code),
        Scope::Block => syntax::shape_of_block(&code),
    };
    let shape = shape.map_err(|TooDeep { at, message, help }| {
        let (line, column) = split(&cell.lines, at);
        let text = &cell.lines[line].text;
        let length = text.text()[column..].chars().next().map_or(0, char::len_utf8);
        let place = lesson.document.place(text.range(column..column + length));
        vec![Problem::error(Kind::Syntax, message).at(place).help(help)]
    })?;
    let is_last = || lesson.document.text()[cell.span.end..].trim().is_empty();
    if let (Scope::Lesson, Some(marks), false) = (lesson.scope, &cell.unclosed, shape.is_rust)
        && is_last()
    {
        let problem = Problem::error(Kind::Fence, "this fence is never closed, and what follows is no Rust");
        let problem = problem.at(lesson.document.place(cell.span.start..cell.info.end));
        return Err(vec![problem.help(format!("write `` {marks} `` on a line of its own where the code ends"))]);
    }
    let strange = strange_options(lesson, cell);
    if !strange.is_empty() {
        return Err(strange);
    }
    if lesson.scope == Scope::Lesson
        && !shape.is_rust
        && !matches!(cell.mode, Mode::CompileFail(_))
        && let Some((at, message, help)) = syntax::unbalanced(&code)
    {
        let place = lesson.document.place(range_of(cell, at..at + 1));
        return Err(vec![Problem::error(Kind::Compile, message).at(place).help(help)]);
    }
    let shares_scope =
        lesson.scope == Scope::Lesson && shape.main.is_none() && !matches!(cell.mode, Mode::CompileFail(_));
    if !shares_scope || shape.returns.is_empty() {
        let (scope, told) = (lesson.scope, Vec::new());
        return Ok(CellPart { cell, scope, shape, told });
    }
    let problem = |found: &Range<usize>| {
        let place = range_of(cell, found.start..found.start + "return".len());
        Problem::error(Kind::Syntax, "a `return` here would end the lesson")
            .at(lesson.document.place(place))
            .note("the cells of a lesson are one function body")
            .help("put the code into a function or a closure, or use `?` to stop at an error")
    };
    Err(shape.returns.iter().map(problem).collect())
}

/// Lines at the top of a cell that begin as options do in other tools, or nearly as they do here.
fn strange_options(lesson: &Lesson, cell: &Cell) -> Vec<Problem> {
    if lesson.scope == Scope::Block {
        return Vec::new();
    }
    let lines = cell.lines.iter().map_while(|line| {
        let text = line.text.text();
        let start = text.len() - text.trim_start().len();
        let mark = ["#|", "///|", "//!|", "%%|"].into_iter().find(|mark| text[start..].starts_with(mark))?;
        Some(lesson.document.place(line.text.range(start..start + mark.len())))
    });
    let problem =
        |place| Problem::error(Kind::Option, "an option begins with `//|`").at(place).suggest("write ", "//|");
    lines.map(problem).collect()
}

/// What is wrong with a cell, though it can be run.
pub(super) fn oddities(lesson: &Lesson, cell: &Cell) -> Vec<Problem> {
    let mut problems = Vec::new();
    if cell.swallows {
        return problems;
    }
    let code = || CodeLine::joined(&cell.lines);
    let is_option = |line: &CodeLine| line.text.text().trim_start().starts_with("//|");
    if lesson.scope == Scope::Lesson && cell.lines.iter().any(is_option) {
        let literal = syntax::literal_lines(&code()).unwrap_or_default();
        let numbered = cell.lines.iter().zip(1..);
        let misplaced = numbered.filter(|(line, number)| is_option(line) && !literal.contains(number));
        problems.extend(misplaced.map(|(line, _)| {
            let text = line.text.text();
            Problem::error(Kind::Option, "this option does not lead its cell, and has no effect")
                .at(lesson.document.place(line.text.range(text.len() - text.trim_start().len()..text.len())))
                .help("move it up, right below the backticks, or take the bar away if it is a comment")
        }));
    }
    problems.extend(comments_for_options(lesson, cell));
    if lesson.scope == Scope::Lesson && matches!(cell.mode, Mode::Run) {
        problems.extend(Threads::of(&code()).asserting.into_iter().map(|started| {
            let message = "nothing waits for this thread: the lesson may end before it has asserted anything";
            let problem = Problem::warning(Kind::Lint, message).at(lesson.document.place(range_of(cell, started)));
            problem.help("keep its handle and join it: `handle.join()`")
        }));
    }
    // Of `test_harness` this is said at the fence.
    let is_said = lesson.document.text()[cell.info.clone()].contains("test_harness");
    if lesson.scope == Scope::Lesson
        && cell.mode != Mode::Ignore
        && !is_said
        && let Some(attribute) = syntax::test_attribute(&code())
    {
        let place = range_of(cell, attribute);
        let is_of_tests = lesson.document.text()[place.clone()].contains("test");
        let problem = Problem::error(Kind::Syntax, "what stands under this attribute is neither compiled nor run");
        let problem = problem.at(lesson.document.place(place));
        let note = if is_of_tests {
            "a lesson's program is no test"
        } else {
            "this holds in no program"
        };
        let problem = problem.note(note);
        problems.push(
            problem.help("take the attribute away and call what it tests, or write `rust,ignore` after the backticks"),
        );
    }
    if lesson.scope == Scope::Lesson && cell.mode != Mode::Ignore {
        problems.extend(shadowed::assertions(&code()).into_iter().map(|name| {
            let place = range_of(cell, name);
            let name = &lesson.document.text()[place.clone()];
            Problem::error(Kind::Syntax, format!("this lesson defines its own `{name}`"))
                .at(lesson.document.place(place))
                .note("a reader takes it for the one of Rust, which checks something")
                .help(format!("give it another name, as `own_{name}`"))
        }));
    }
    if cell.mode != Mode::Ignore
        && code().contains("main")
        && let Ok(Some(main)) = syntax::shape(&code()).map(|shape| shape.main_beside_code)
    {
        let place = range_of(cell, main.start..main.start + "main".len());
        let message = "this `main` is not run, since there is code outside of it";
        // Where each block stands alone, rustdoc too warns of it only.
        let problem = match lesson.scope {
            Scope::Lesson => Problem::error(Kind::Syntax, message),
            Scope::Block => Problem::warning(Kind::Syntax, message),
        };
        let problem = problem.at(lesson.document.place(place)).note("in a program all code is in functions");
        problems.push(problem.help("put the code into `main`, or take `fn main` away"));
    }
    problems
}

/// Comments that are likely meant to be options.
fn comments_for_options(lesson: &Lesson, cell: &Cell) -> Vec<Problem> {
    let is_comment = |line: &CodeLine| line.text.text().trim_start().starts_with("//");
    if lesson.scope == Scope::Block || !cell.lines.iter().any(is_comment) {
        return Vec::new();
    }
    let literal = syntax::literal_lines(&CodeLine::joined(&cell.lines)).unwrap_or_default();
    let leads = |line: &&CodeLine| nearly_option(line.text.text().trim(), true).is_some();
    let leading = cell.lines.iter().take_while(leads).count();
    let lines = cell.lines.iter().enumerate().filter(|(at, _)| !literal.contains(&(at + 1)));
    let meant = lines.filter_map(|(at, line)| {
        let text = line.text.text();
        let start = text.len() - text.trim_start().len();
        let option = nearly_option(text[start..].trim_end(), at < leading)?;
        let problem = Problem::warning(Kind::Option, "this is a comment, and has no effect as an option")
            .at(lesson.document.place(line.text.range(start..text.trim_end().len())));
        Some(if at < leading {
            problem.suggest("write ", option)
        } else {
            problem.help(format!("write `{option}` right below the backticks"))
        })
    });
    meant.collect()
}

fn value_part<'a>(lesson: &Lesson, value: &Placeholder, text: &'a MappedText) -> Result<Content<'a>, Vec<Problem>> {
    if let Some(TooDeep { at, message, help }) = too_deep(text.text()) {
        let place = lesson.document.place(text.range(at..text.text().len()));
        return Err(vec![Problem::error(Kind::Syntax, message).at(place).help(help)]);
    }
    if let Some((expression, format)) = syntax::split_placeholder(text.text()) {
        let span = value.span.clone();
        return Ok(Content::Value {
            span,
            expression: text.slice(0..expression.len()),
            format,
        });
    }
    let whole = value.span.clone();
    let written = &lesson.document.text()[whole.clone()];
    let (open, close) = (written.find('{').unwrap_or(0), written.rfind('}').unwrap_or(written.len()));
    if let Some((at, mended)) = syntax::nearly_placeholder(text.text()) {
        let message = if at == 0 { "a brace too many" } else { "this is no format of Rust's" };
        let problem =
            Problem::error(Kind::Syntax, message).at(lesson.document.place(text.range(at..text.text().len())));
        return Err(vec![match mended {
            Some(mended) => {
                let whole_mended = [&written[..=open], &mended, &written[close..]].concat();
                problem.mended(format!("write `{{{mended}}}`"), lesson.document.place(whole), whole_mended)
            }
            None => problem.help("a format is `:.3`, `:e` or `:?`, as in `{kappa:.3}`"),
        }]);
    }
    let doubled = [&written[..open], "{", &written[open..close], "}", &written[close..]].concat();
    let problem = Problem::error(Kind::Syntax, "this inline value is not a Rust format placeholder")
        .at(lesson.document.place(text.range(0..text.text().len())))
        .note("a code span in braces is replaced by the value of the expression in it, as in `{kappa:.3}`")
        .mended(
            format!("to show braces, double them: `{{{{{}}}}}`", text.text()),
            lesson.document.place(whole),
            doubled,
        );
    Err(vec![problem])
}

fn claim_part<'a>(lesson: &Lesson, names: &Names, claim: &'a Claim) -> Result<Content<'a>, Vec<Problem>> {
    let part = match too_deep(claim.expression.text()) {
        None => ClaimPart::of(lesson, claim)?,
        Some(_) => ClaimPart::whole(claim),
    };
    let text = part.expression.text();
    let Err(refusal) = syntax::check_expression(text) else {
        return Ok(Content::Claim(part.with_formulas(lesson, names)?));
    };
    let start = if refusal.at < text.len() { refusal.at } else { 0 };
    let problem = Problem::error(Kind::Syntax, refusal.message)
        .at(lesson.document.place(claim.expression.range(start..text.len())))
        .help(refusal.help);
    Err(vec![problem])
}

/// The function of a cell that stands alone; no author's has that name.
pub(super) const BLOCK: &str = "__recto_block";

/// How the function of a cell that stands alone ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Unit,
    /// In a line such as `Ok::<(), E>(())`: what rustdoc takes for a result.
    Result,
    /// Anywhere at a `?`, in a lesson.
    Failure,
}

impl CellPart<'_> {
    /// Whether a cell whose last expression this is shows it: not where it is hidden from the reader, nor in a block that
    /// stands alone, where it must be `()`, as rustdoc has it.
    pub(super) fn shows(&self, last: &Range<usize>) -> bool {
        let hidden = self.cell.lines[split(&self.cell.lines, last.start).0].hidden;
        self.scope == Scope::Lesson && self.cell.mode == Mode::Run && !self.shape.is_silent && !hidden
    }

    /// Whether an attribute of the crate has this name.
    pub(super) fn has_attribute(&self, name: &str) -> bool {
        let code = CodeLine::joined(&self.cell.lines);
        self.shape
            .hoisted
            .iter()
            .any(|range| code[range.clone()].starts_with("#!") && code[range.clone()].contains(name))
    }

    pub(super) fn ends(&self) -> Ends {
        if self.shape.ends_in_result {
            Ends::Result
        } else if self.scope == Scope::Lesson
            && self.shape.returns.is_empty()
            && self.cell.lines.iter().any(|line| line.text.text().contains('?'))
        {
            Ends::Failure
        } else {
            Ends::Unit
        }
    }

    /// What opens the function of a cell that stands alone.
    pub(super) fn signature(&self) -> String {
        let returned = match self.ends() {
            Ends::Unit => "()",
            Ends::Result => "::std::result::Result<(), impl ::std::fmt::Debug>",
            Ends::Failure => "::std::result::Result<(), ::recto::lesson::Failure>",
        };
        format!("fn {BLOCK}() -> {returned} {{")
    }

    /// The lines and columns of a range of the code.
    pub(super) fn lines_of(&self, range: &Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let lines = &self.cell.lines;
        let starts = Starts::of(lines);
        let ((first, start), (last, end)) = (starts.split(range.start), starts.split(range.end));
        (first..=last).map(move |line| {
            let start = if line == first { start } else { 0 };
            (line, start..if line == last { end } else { lines[line].text.text().len() })
        })
    }

    /// The lines without what names the crate.
    pub(super) fn lines(&self) -> Vec<CodeLine> {
        self.lines_without(self.shape.crate_names.iter().chain(&self.shape.behind))
    }

    /// The lines without what stands at the top of the program too.
    pub(super) fn lines_below(&self) -> Vec<CodeLine> {
        let shape = &self.shape;
        self.lines_without(shape.hoisted.iter().chain(&shape.crate_names).chain(&shape.behind))
    }

    /// The lines with spaces in the place of some code.
    fn lines_without<'b>(&self, ranges: impl Iterator<Item = &'b Range<usize>>) -> Vec<CodeLine> {
        let mut lines = self.cell.lines.clone();
        for (line, columns) in ranges.flat_map(|range| self.lines_of(range)) {
            lines[line].text.replace(columns.clone(), &" ".repeat(columns.len()));
        }
        lines
    }
}

/// Where each line of a cell begins in its code, and where a line behind the last one would.
pub(super) struct Starts(Vec<usize>);

impl Starts {
    pub(super) fn of(lines: &[CodeLine]) -> Starts {
        let ends = lines.iter().scan(0, |end, line| {
            *end += line.text.text().len() + 1;
            Some(*end)
        });
        Starts(std::iter::once(0).chain(ends).collect())
    }

    /// The line, and the byte within it, at which a byte of the code stands.
    pub(super) fn split(&self, offset: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= offset) - 1;
        match self.0.len() - 1 {
            lines if line < lines => (line, offset - self.0[line]),
            lines => (lines.saturating_sub(1), 0),
        }
    }
}

/// Where a part of a cell's code stands in the chapter, up to the end of the line on which it begins.
pub(crate) fn range_of(cell: &Cell, part: Range<usize>) -> Range<usize> {
    let (line, column) = split(&cell.lines, part.start);
    let text = &cell.lines[line].text;
    text.range(column..text.text().len().min(column + part.len()))
}

/// The same for one byte.
pub(super) fn split(lines: &[CodeLine], offset: usize) -> (usize, usize) {
    Starts::of(lines).split(offset)
}
