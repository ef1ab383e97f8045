//! The fourth stage: everything on the page that can be right or wrong, judged.
//!
//! In: a [`Lesson`], its programs and their [`Transcript`]. Out: [`Verdicts`]: one for each item,
//! and each failure as a problem at its place in the markdown.

mod compare;
mod compiler;
mod coverage;
mod determinism;
mod pinned;
mod stated;

use crate::html::request;
use crate::index::Index;
use crate::index::Labels;
use crate::math::Mathematics;
use crate::problem::{Kind, Problem, Severity};
use crate::read::{Cell, Claim, Formula, Item, LabelKind, Lesson, Mode, Piece, Reference, Statement, is_price};
use crate::run::{End, Event, ItemRun, Message, Output, ProgramRun, Transcript};
use crate::tangle::{Program, Purpose, Tangled};
use crate::{Number, Shown};

use std::collections::BTreeMap;

pub use compare::{Comparison, Difference, Fault, Outcome, Tolerance};
pub use coverage::{Coverage, Unbound, coverage};
pub use determinism::differences;
pub use pinned::blessed;
pub use stated::Relation;

/// What became of a lesson.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// For each item of the lesson.
    pub verdicts: Vec<Verdict>,
    /// For each claim that was computed and whose text could be read, by its index among the items.
    pub comparisons: BTreeMap<usize, Comparison>,
    /// What is wrong, in the order of the page.
    pub problems: Vec<Problem>,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is nothing to check.
    Unchecked,
    /// It is right.
    Right,
    /// It is wrong; a problem says why.
    Wrong,
    /// It was not reached, because something else is wrong.
    NotRun,
}

impl Verdicts {
    /// Whether nothing is wrong.
    pub fn are_right(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity == Severity::Warning)
    }
}

/// Judges a lesson.
pub fn verify(lesson: &Lesson, tangled: &Tangled, transcript: &Transcript, index: &Index) -> Verdicts {
    let runs = transcript.items(lesson.items.len());
    let mut judge = Judge {
        lesson,
        labels: &index.labels,
        math: &index.math,
        comparisons: BTreeMap::new(),
        problems: Vec::new(),
    };
    judge.problems.extend(lesson.problems.iter().cloned());
    judge
        .problems
        .extend(tangled.problems.iter().map(|(_, problem)| problem.clone()));
    if lesson.verified {
        judge
            .problems
            .extend(coverage(lesson).unbound.iter().map(Unbound::problem));
    }
    judge.problems.extend(index.problems_in(&lesson.path).cloned());
    for (program, run) in tangled.programs.iter().zip(&transcript.programs) {
        judge.program(program, run, &runs);
    }
    let mut right: Vec<bool> = Vec::with_capacity(runs.len());
    for (index, (item, run)) in lesson.items.iter().zip(&runs).enumerate() {
        let before = judge.problems.len();
        judge.item(index, item, run);
        right.push(
            judge.problems[before..]
                .iter()
                .all(|problem| problem.severity == Severity::Warning),
        );
    }
    let Judge {
        comparisons,
        mut problems,
        ..
    } = judge;
    problems.sort_by_key(|problem| problem.place.as_ref().and_then(|place| place.position));
    let faulty = |item: &Item| {
        let span = item.span();
        problems.iter().any(|problem| {
            let position = problem.place.as_ref().and_then(|place| place.position);
            problem.severity == Severity::Error && position.is_some_and(|position| span.contains(&position))
        })
    };
    let verdicts = lesson
        .items
        .iter()
        .zip(&runs)
        .zip(right)
        .map(|((item, run), right)| match item {
            _ if !item.is_checked() => Verdict::Unchecked,
            _ if !right || faulty(item) => Verdict::Wrong,
            Item::Cell(cell) if matches!(cell.mode, Mode::CompileFail(_)) => Verdict::Right,
            _ if run.completed => Verdict::Right,
            _ => Verdict::NotRun,
        });
    Verdicts {
        verdicts: verdicts.collect(),
        comparisons,
        problems,
    }
}

/// What the compiler said of the `compile_fail` cell that is the item of this index.
pub fn compiler_problems(lesson: &Lesson, tangled: &Tangled, transcript: &Transcript, index: usize) -> Vec<Problem> {
    let programs = tangled.programs.iter().zip(&transcript.programs);
    let its = programs.filter(|(program, _)| program.items == [index] && matches!(program.purpose, Purpose::Fail(_)));
    its.flat_map(|(program, run)| compiler::problems(lesson, program, &run.diagnostics))
        .collect()
}

struct Judge<'a> {
    lesson: &'a Lesson,
    labels: &'a Labels,
    math: &'a Mathematics,
    comparisons: BTreeMap<usize, Comparison>,
    problems: Vec<Problem>,
}

impl Judge<'_> {
    /// What the compiler said of a program and how it ended.
    fn program(&mut self, program: &Program, run: &ProgramRun, items: &[ItemRun<'_>]) {
        if let Purpose::Fail(reason) = &program.purpose {
            return self.refusal(program, run, reason.as_deref());
        }
        let said = compiler::problems(self.lesson, program, &run.diagnostics);
        let refused = run.end == End::Refused;
        let mut errors = 0;
        for mut problem in said {
            // Where the text itself is wrong already, what the compiler makes of it helps nobody.
            if self.is_known(&problem) {
                continue;
            }
            if problem.severity == Severity::Error {
                errors += 1;
                if errors == 1 && program.items.len() > 1 {
                    problem = problem.note("no cell of this lesson was run");
                }
            }
            self.problems.push(problem);
        }
        if refused {
            return;
        }
        let left = program.items.iter().filter(|&&index| !items[index].completed).count();
        let note = |problem: Problem| match left.saturating_sub(1) {
            0 => problem,
            1 => problem.note("one cell, claim or value after it was not run"),
            left => problem.note(format!("{left} cells, claims and values after it were not run")),
        };
        // The first item that was not completed is the one in which the program ended.
        let at = program.items.iter().find(|&&index| !items[index].completed).copied();
        let place = at.map(|index| self.place_of(index));
        let end = match &run.end {
            End::Panicked | End::Failed => run.events.iter().rev().find_map(|event| self.stop(program, event, at)),
            End::TimedOut(limit) => Some(
                Problem::error(Kind::Timeout, format!("this lesson ran past its limit of {} s", limit.as_secs_f64()))
                    .help("make it faster, or raise the limit: `timeout` in `[preprocessor.recto]`, in a comment `<!-- recto` at the top of the lesson, or as option `//| timeout: 120` of a cell"),
            ),
            End::Exited(code) => Some(
                Problem::error(Kind::Exit, format!("this cell ended the lesson's program with exit code {code}"))
                    .help("a cell must not call `std::process::exit`: what stands below it would not run"),
            ),
            End::Killed(signal) => {
                let problem = Problem::error(Kind::Exit, format!("the lesson's program was ended by {signal}"));
                let said: String = run.stderr.iter().map(|(_, text)| text.as_str()).collect();
                let said = said.trim();
                Some(if said.is_empty() { problem } else { problem.note(format!("it wrote: {said}")) })
            }
            End::Finished | End::Compiled | End::Refused => None,
        };
        if let Some(mut problem) = end {
            if problem.place.is_none() {
                problem.place = place;
            }
            self.problems.push(note(problem));
        }
    }

    /// Whether a problem stands at the place of one that is known.
    fn is_known(&self, problem: &Problem) -> bool {
        let Some(place) = &problem.place else { return false };
        self.problems
            .iter()
            .filter_map(|known| known.place.as_ref())
            .any(|known| {
                known.path() == place.path() && known.span.start <= place.span.start && place.span.end <= known.span.end
            })
    }

    /// The panic or returned error that ended a program.
    fn stop(&self, program: &Program, event: &Event, at: Option<usize>) -> Option<Problem> {
        let (kind, what, file, line, column, thread, message) = match event {
            Event::Message(Message::Panic {
                expected: false,
                file,
                line,
                column,
                thread,
                message,
            }) => (Kind::Panic, "panicked", file, *line, *column, thread.as_str(), message),
            Event::Message(Message::Error {
                file,
                line,
                column,
                message,
            }) => (Kind::Error, "returned an error", file, *line, *column, "", message),
            _ => return None,
        };
        let mut lines = message.lines();
        let first = lines.next().unwrap_or_default();
        let subject = match at.map(|index| &self.lesson.items[index]) {
            Some(Item::Claim(_)) => "this claim",
            Some(Item::Value(_)) => "this inline value",
            _ => "this cell",
        };
        let mut problem = Problem::error(kind, format!("{subject} {what}: {first}"));
        let rest = lines.collect::<Vec<_>>().join("\n");
        if !rest.trim().is_empty() {
            problem = problem.note(rest);
        }
        if !thread.is_empty() {
            problem = problem.note(format!("in thread `{thread}`"));
        }
        if program.is_file(file) {
            let located = program
                .map
                .locate((line, column), (line, column + 1))
                .filter(|span| !span.is_empty());
            problem.place = located.map(|span| self.lesson.document.place(self.to_word_end(span)));
            return Some(problem);
        }
        Some(problem.note(format!("at {file}:{line}:{column}")))
    }

    /// From the start of a span to the end of the word or punctuation that begins there.
    fn to_word_end(&self, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let text = &self.lesson.document.text()[span.start..];
        let word = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        let macro_mark = usize::from(word > 0 && text[word..].starts_with('!'));
        let first = text.chars().next().map_or(0, char::len_utf8);
        span.start..span.start + (word + macro_mark).max(first)
    }

    /// Where an item is shown to stand: a cell's opening line, the whole of anything else.
    fn place_of(&self, index: usize) -> crate::source::Place {
        let span = match &self.lesson.items[index] {
            Item::Cell(cell) => cell.span.start..cell.info.end,
            other => other.span(),
        };
        self.lesson.document.place(span)
    }

    /// A `compile_fail` cell.
    fn refusal(&mut self, program: &Program, run: &ProgramRun, reason: Option<&str>) {
        let Some(&index) = program.items.first() else { return };
        let place = self.place_of(index);
        let said = compiler::problems(self.lesson, program, &run.diagnostics);
        let errors: Vec<&Problem> = said
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .collect();
        let problem = |message: String| Problem::error(Kind::Compiled, message).at(place.clone());
        if run.end == End::Compiled || errors.is_empty() {
            self.problems.push(
                problem("this cell compiles, and should not".to_owned())
                    .help("take `compile_fail` away, or make it show the error that it is about"),
            );
            return;
        }
        let cell = self.lesson.items[index].span();
        let in_cell = |problem: &&&Problem| {
            problem
                .place
                .as_ref()
                .and_then(|place| place.position)
                .is_none_or(|position| cell.contains(&position))
        };
        if let Some(reason) = reason
            && !errors
                .iter()
                .filter(in_cell)
                .any(|error| error.code.as_deref() == Some(reason))
        {
            let codes: Vec<&str> = errors.iter().filter_map(|error| error.code.as_deref()).collect();
            let found = if codes.is_empty() {
                "an error without a code".to_owned()
            } else {
                codes.join(", ")
            };
            let mut problem = problem(format!("this cell should fail with {reason}, but fails with {found}"));
            for error in errors {
                problem = problem.note(error.message.clone());
            }
            self.problems.push(problem);
        } else if !errors.iter().any(|error| in_cell(&error)) {
            let first = errors[0].clone();
            self.problems
                .push(problem("a cell above this one does not compile".to_owned()).note(first.message));
        }
    }

    fn item(&mut self, index: usize, item: &Item, run: &ItemRun<'_>) {
        match item {
            Item::Claim(claim) => {
                let comparison = self.claim(claim, run.numbers);
                self.comparisons
                    .extend(comparison.map(|comparison| (index, comparison)));
            }
            Item::Cell(cell) => self.cell(cell, run),
            Item::Formula(formula) => self.formula(formula),
            Item::Reference(reference) => self.reference(reference),
            Item::Statement(statement) => self.statement(statement),
            Item::Value(_) | Item::Citation(_) | Item::Given(_) => {}
        }
    }

    fn formula(&mut self, formula: &Formula) {
        let Err(fault) = self.math.mathml(&formula.latex, formula.display) else {
            return;
        };
        let document = &self.lesson.document;
        let whole = formula.latex_span.clone();
        // In a quote or list the formula is not, byte for byte, what stands in the file.
        let span = match document.text()[whole.clone()] == formula.latex {
            true => whole.start + fault.span.start..whole.start + fault.span.end.max(fault.span.start + 1),
            false => whole,
        };
        self.problems.push(
            Problem::error(Kind::Formula, format!("this formula can't be read: {}", fault.message))
                .at(document.place(span))
                .help(
                    fault
                        .help
                        .unwrap_or("it must be LaTeX mathematics; a dollar sign in prose is written `\\$`"),
                ),
        );
    }

    fn statement(&mut self, statement: &Statement) {
        let Some(label) = &statement.label else { return };
        if LabelKind::of(label) != Some(statement.kind) {
            let word = statement.kind.word().to_lowercase();
            self.problems.push(
                Problem::error(Kind::Label, format!("the label `{label}` is not that of a {word}"))
                    .at(self.lesson.document.place(statement.label_span.clone()))
                    .help(format!("a {word}'s label begins with `{}`", statement.kind.prefix())),
            );
        }
    }

    fn reference(&mut self, reference: &Reference) {
        if self.labels.get(&reference.label).is_some() {
            return;
        }
        let problem = Problem::error(Kind::Label, format!("nothing is labelled `{}`", reference.label))
            .at(self.lesson.document.place(reference.span.clone()));
        self.problems.push(match self.labels.nearest(&reference.label) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem
                .help("a cell is labelled by `//| label: fig-name`, a formula or heading by `{#eq-name}` after it"),
        });
    }

    /// Judges a claim; its text is read even if nothing was computed.
    fn claim(&mut self, claim: &Claim, numbers: Option<&[Number]>) -> Option<Comparison> {
        let document = &self.lesson.document;
        let text = &document.text()[claim.text.clone()];
        if text.trim().is_empty() {
            self.problems.push(
                Problem::error(Kind::Syntax, "this claim has no text")
                    .at(document.place(claim.span.clone()))
                    .help("write the number that the reader is to see between the brackets"),
            );
            return None;
        }
        let comparison = match numbers {
            Some([Number::Text(computed)]) => compare::compare_text(text, computed),
            _ => {
                let pieces: Vec<stated::Piece<'_>> = claim.pieces.iter().map(piece).collect();
                let stated = match stated::read(&pieces) {
                    Ok(stated) => stated,
                    Err(fault) => {
                        let mut problem = Problem::error(Kind::Syntax, fault.message).at(document.place(fault.span));
                        problem.helps.extend(fault.help);
                        self.problems.push(problem);
                        return None;
                    }
                };
                compare::compare(&stated, numbers?)
            }
        };
        if !comparison.holds() {
            let problem = Problem::error(Kind::Claim, comparison.to_string())
                .at(document.place(claim.span.clone()))
                .note(format!("computed by `{}`", claim.expression.trim()));
            self.problems.push(match comparison.tolerance {
                Tolerance::None => problem,
                tolerance => problem.note(format!("tolerance: {tolerance}")),
            });
        }
        Some(comparison)
    }

    /// The formulas of a cell's caption.
    fn caption(&mut self, cell: &Cell) {
        let Some(caption) = &cell.options.caption else { return };
        let document = &self.lesson.document;
        let written = &document.text()[cell.options_span.clone()];
        let events = pulldown_cmark::Parser::new_ext(caption, pulldown_cmark::Options::ENABLE_MATH);
        for (event, at) in events.into_offset_iter() {
            let (latex, display) = match event {
                pulldown_cmark::Event::InlineMath(_) if is_price(caption, &at) => continue,
                pulldown_cmark::Event::InlineMath(latex) => (latex, false),
                pulldown_cmark::Event::DisplayMath(latex) => (latex, true),
                _ => continue,
            };
            if let Err(fault) = self.math.mathml(&latex, display) {
                let start = cell.options_span.start;
                let span = match written.find(&*latex) {
                    Some(found) => start + found..start + found + latex.len(),
                    None => cell.options_span.clone(),
                };
                let message = format!("this formula can't be read: {}", fault.message);
                self.problems
                    .push(Problem::error(Kind::Formula, message).at(document.place(span)));
            }
        }
    }

    fn cell(&mut self, cell: &Cell, run: &ItemRun<'_>) {
        self.caption(cell);
        let document = &self.lesson.document;
        let opening = || document.place(cell.span.start..cell.info.end);
        if run.unpanicked {
            self.problems.push(
                Problem::error(Kind::Unpanicked, "this cell should panic and did not")
                    .at(opening())
                    .help("take `should_panic` away, or make it show the panic that it is about"),
            );
        }
        if run.completed
            && let Some(pinned) = &cell.pinned
        {
            self.problems.extend(pinned::check(document, pinned, &run.plain()));
        }
        let labelled = cell.options.label.as_deref().and_then(LabelKind::of) == Some(LabelKind::Figure);
        let is_figure = |output: &Output<'_>| match output {
            Output::Shown(Shown::Html(_)) => true,
            Output::Shown(display) => display.is_finite_figure().is_some(),
            Output::Printed(_) => false,
        };
        if labelled && run.completed && !run.output.iter().any(is_figure) {
            self.problems.push(
                Problem::error(Kind::Figure, "this cell is labelled as a figure and shows none")
                    .at(opening())
                    .help("end it with the figure, without `;`, or take the label away"),
            );
        }
        for output in &run.output {
            let Output::Shown(display) = output else { continue };
            let requests = display.markup().into_iter().flat_map(request::in_html);
            for request in requests.filter(|_| cell.options.output) {
                let message = format!("what this cell shows fetches `{}`", request.url);
                self.problems
                    .push(request::external(Problem::error(Kind::Request, message).at(opening())));
            }
            let Some(finite) = display.is_finite_figure() else {
                continue;
            };
            if cell.options.output && cell.options.alt.as_deref().is_none_or(|alt| alt.trim().is_empty()) {
                self.problems.push(
                    Problem::error(Kind::Figure, "this figure has no alt text")
                        .at(opening())
                        .help("say what it shows, for those who can't see it: `//| alt: …` at the top of the cell"),
                );
            }
            if !finite {
                self.problems.push(
                    Problem::error(Kind::Figure, "this figure has coordinates that are no finite numbers")
                        .at(opening())
                        .help("look for a division by zero, or a logarithm of zero, in what is drawn"),
                );
            }
        }
    }
}

fn piece(piece: &Piece) -> stated::Piece<'_> {
    stated::Piece {
        kind: if piece.math {
            stated::PieceKind::Math
        } else {
            stated::PieceKind::Prose
        },
        text: &piece.text,
        start: piece.start,
    }
}
