//! The fifth stage: everything on the page that can be right or wrong, judged.
//!
//! In: a [`Lesson`], its programs, their [`Transcript`], and the book's [`Index`]. Out: [`Checked`]: for each item what
//! ran, the verdict, the comparison, its typeset form, and each failure as a problem at its place in the markdown.

mod advice;
mod answer;
mod binding;
mod checked;

mod compare;
mod compiler;
mod coverage;
mod date;
mod determinism;
mod ending;
mod formulas;
mod idle;
mod locations;
mod margin;
mod numeral;
mod pinned;
mod relations;
mod stated;
mod value;

pub(crate) use answer::Answer;
pub(crate) use binding::LetReport;
pub(crate) use checked::{Checked, Facet, Finding, ItemReport, Typeset, Verdict};
pub(crate) use compare::{ComparedFormula, ComparedPart, Comparison, Margin, Precision, Tolerance};
pub(crate) use coverage::{Coverage, Unbound, coverage};
use formulas::Formulas;
pub(crate) use pinned::{blessed, wildcards};
pub(crate) use relations::{Relations, relations};
pub(crate) use stated::shifted;
pub(crate) use value::{Form, ShownValue, with_minus};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use pulldown_cmark::{Event, html::push_html};

use crate::claim_text::{self, Stated, StatedPart, Unread};
use crate::html::{self, request, script};
use crate::index::{Index, Label};
use crate::problem::{Kind, Problem, Severity, count};
use crate::read::{
    Asked, Caption, Cell, Claim, Formula, Item, LabelKind, Lesson, Mode, Reference, Scope, caption_events, is_chapter,
};
use crate::run::{End, ItemRun, Output, Panic, ProgramRun, Transcript};
use crate::runtime::value::Value;
use crate::screen::visible;
use crate::source::Place;
use crate::svg::{self, Panels, Picture, Words};
use crate::tangle::{ClaimFormulas, Program, Purpose, Tangled, UnreadPart};
use crate::{Figure, Number, Shown, Sweep};

/// Judges a lesson. `again` is what happened when its programs ran a second time.
pub(crate) fn verify<'a>(
    lesson: &'a Lesson,
    tangled: Arc<Tangled>,
    mut transcript: Transcript,
    again: Option<Transcript>,
    index: &Index,
) -> Checked<'a> {
    let count = lesson.items.len();
    let take_items = |transcript: &mut Transcript| {
        let mut items = transcript.take_items(count);
        tangled.programs.iter().for_each(|program| locations::lead_back(lesson, program, &mut items));
        for item in &mut items {
            let texts = item.numbers.iter_mut().flatten().filter_map(|number| match number {
                Number::Text(text) | Number::Case(text) => Some(text),
                _ => None,
            });
            binding::keep_steady(&mut item.bound);
            item.value.iter_mut().chain(texts).for_each(|text| *text = visible(text));
        }
        items
    };
    let run_items = take_items(&mut transcript);
    let differences = again.map(|mut again| determinism::differences(lesson, &run_items, &take_items(&mut again)));
    let report = |(number, run): (usize, ItemRun)| {
        let digits = match &lesson.items[number] {
            Item::Cell(cell) => cell.options.digits.unwrap_or(lesson.digits),
            _ => lesson.digits,
        };
        let lets = binding::lets(tangled.bindings.get(&number), &run.bound, digits.into());
        ItemReport { run, lets, ..ItemReport::default() }
    };
    let mut judge = Judge {
        lesson,
        index,
        items: run_items.into_iter().enumerate().map(report).collect(),
        loose: Vec::new(),
        untangled: tangled.problems.iter().map(|(item, _)| *item).collect(),
        formulas: &tangled.formulas,
        left_out: left_out(lesson, &tangled),
        unparsed: tangled.unparsed.clone(),
    };
    let early = lesson.problems.iter().chain(index.problems_in(&lesson.path)).cloned();
    let in_rust = tangled.problems.iter().map(|(item, problem)| (Some(*item), problem.clone()));
    let found = OnceLock::new();
    let uncovered = if lesson.verified {
        found.get_or_init(|| coverage(lesson)).unbound.as_slice()
    } else {
        &[]
    };
    for (item, problem) in early.chain(in_rust) {
        judge.add(item, problem);
    }
    for (item, problem) in uncovered.iter().map(Unbound::problem) {
        // A number in what is wrong already, such as a claim that is not read, is no second mistake.
        if !judge.is_known(item, &problem) {
            judge.add(item, problem);
        }
    }
    for (program, run) in tangled.programs.iter().zip(&transcript.programs) {
        judge.program(program, run);
    }
    for (item, of) in lesson.items.iter().enumerate() {
        judge.item(item, of);
    }
    for (item, problem) in differences.into_iter().flatten() {
        judge.add(Some(item), problem);
    }
    judge.not_run();
    for (report, item) in judge.items.iter_mut().zip(&lesson.items) {
        report.verdict = report.verdict(item);
    }
    let Judge { items, loose, .. } = judge;
    Checked {
        lesson,
        tangled,
        transcript,
        items,
        loose,
        coverage: found,
    }
}

fn left_out(lesson: &Lesson, tangled: &Tangled) -> Option<usize> {
    let is_in_program = |item: usize| tangled.programs.iter().any(|program| program.items.contains(&item));
    let runs = |item: &Item| matches!(item, Item::Cell(cell) if cell.mode != Mode::Ignore);
    (0..lesson.items.len()).find(|&item| runs(&lesson.items[item]) && !is_in_program(item))
}

struct Judge<'a> {
    lesson: &'a Lesson,
    index: &'a Index,
    items: Vec<ItemReport>,
    loose: Vec<Problem>,
    /// The items of whose Rust something is wrong, before a compiler has seen it.
    untangled: BTreeSet<usize>,
    /// What is compiled of claims' texts.
    formulas: &'a BTreeMap<usize, ClaimFormulas>,
    /// The first cell that is in no program, since something is wrong with its Rust.
    left_out: Option<usize>,
    /// The cells that do not parse.
    unparsed: Vec<usize>,
}

impl<'a> Judge<'a> {
    fn add(&mut self, item: Option<usize>, problem: Problem) {
        match item {
            Some(item) => self.add_to(item, Facet::Itself, problem),
            None => self.loose.push(problem),
        }
    }

    fn add_to(&mut self, item: usize, facet: Facet, problem: Problem) {
        self.items[item].findings.push(Finding { facet, problem });
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        self.lesson.document.place(span)
    }

    /// Where an item is shown to stand: a cell's opening line, the whole of anything else.
    fn place_of(&self, item: usize) -> Place {
        self.place(match &self.lesson.items[item] {
            Item::Cell(cell) => cell.span.start..cell.info.end,
            other => other.span(),
        })
    }

    /// What the compiler said of a program, and how it ended.
    fn program(&mut self, program: &Program, run: &ProgramRun) {
        let said = compiler::problems(self.lesson, program, &run.diagnostics);
        if let Purpose::Fail(reasons) = &program.purpose {
            return self.refusal(program, run, said, reasons);
        }
        let mut is_first = program.items.len() > 1;
        let is_syntax = |(item, problem): &(Option<usize>, Problem)| {
            let is_of_it = problem.severity == Severity::Error && problem.code.is_none();
            item.filter(|item| is_of_it && self.unparsed.contains(item))
        };
        // What the compiler guesses behind a mistake of syntax it may guess wrongly.
        let broken = said.iter().find_map(is_syntax);
        let mut lacking: Vec<String> = Vec::new();
        for (item, mut problem) in said {
            // Of blocks that stand alone rustdoc tells no warnings, and their book may have hundreds.
            if self.lesson.scope == Scope::Block && problem.severity == Severity::Warning {
                continue;
            }
            // Where the text itself is wrong already, what the compiler makes of it helps nobody.
            let misses_it = self.left_out.is_some_and(|cell| item.is_none_or(|item| cell < item))
                || broken.is_some_and(|cell| item.is_none_or(|item| cell <= item));
            if self.is_known(item, &problem) || misses_it && advice::is_of_unknown_name(&problem) {
                continue;
            }
            // A crate that is not there is one mistake, however often it is named.
            if let Some(name) = advice::lacking_crate(&problem) {
                if lacking.contains(&name) {
                    continue;
                }
                lacking.push(name);
            }
            advice::of_crates(&self.index.crates, &mut problem);
            let is_refused = problem.severity == Severity::Error && problem.kind != Kind::Lint;
            if is_refused && std::mem::take(&mut is_first) {
                problem = problem.note("no cell of this lesson was run");
            }
            self.add(item, problem);
        }
        if run.end == End::Refused || self.is_judged_alone(program, run) {
            return;
        }
        // The first item that was not completed is the one in which the program ended.
        let mut left = program.items.iter().filter(|&&item| !self.items[item].run.completed);
        let at = left.next().copied();
        let left = left.count();
        let panics = self.panics(program, at);
        let Some(mut problem) = ending::problem(self.lesson, program, run, at, &panics) else {
            return self.threads(program, run);
        };
        let last = || program.items.iter().copied().rfind(|&item| matches!(self.lesson.items[item], Item::Cell(_)));
        if at.is_none() && problem.place.is_none() {
            problem = problem.note("all cells had come to their end: look at what is dropped there");
        }
        problem.place = problem.place.or_else(|| at.or_else(last).map(|item| self.place_of(item)));
        let problem = match left {
            0 => problem,
            1 => problem.note("one cell, claim or value after it was not run"),
            left => problem.note(format!("{left} cells, claims and values after it were not run")),
        };
        self.add(at, problem);
    }

    /// Judges a block that stands alone as rustdoc does, by how its program ended; whether that says all.
    fn is_judged_alone(&mut self, program: &Program, run: &ProgramRun) -> bool {
        let Some(&item) = program.items.first().filter(|_| self.lesson.scope == Scope::Block) else {
            return false;
        };
        let should_panic = matches!(&self.lesson.items[item], Item::Cell(cell) if cell.mode == Mode::ShouldPanic);
        let its = &mut self.items[item].run;
        match ending::of_block(run) {
            Some(_) if its.completed => return false,
            Some(Ok(())) => its.unpanicked |= should_panic && run.end != End::Compiled,
            Some(Err(how)) if should_panic => its.caught = Some(how),
            _ => return false,
        }
        its.completed = true;
        true
    }

    /// The panics while an item ran; of all items where it is none.
    fn panics(&self, program: &Program, at: Option<usize>) -> Vec<Panic> {
        let its = program.items.iter().filter(|item| at.is_none_or(|at| **item == at));
        its.flat_map(|&item| self.items[item].run.panics.iter().cloned()).collect()
    }

    /// Panics in threads of a program that ran to its end. A cell that should panic may have them.
    fn threads(&mut self, program: &Program, run: &ProgramRun) {
        if let Some((item, problem)) =
            ending::hidden(self.lesson, program).filter(|_| self.lesson.scope == Scope::Lesson)
        {
            self.add(Some(item), problem);
        }
        for &item in program.items.iter() {
            let its = &self.items[item].run;
            let panics = its.panics.iter().filter(|_| its.caught.is_none());
            let found: Vec<Problem> =
                panics.filter_map(|panic| ending::unheeded(self.lesson, program, run, panic)).collect();
            for mut problem in found {
                if self.lesson.scope == Scope::Block {
                    // To rustdoc it is nothing.
                    problem.severity = Severity::Warning;
                }
                problem.place = problem.place.or_else(|| Some(self.place_of(item)));
                // That nothing waits for it is no second mistake.
                let is_of_it = |warned: &Problem| {
                    let spans =
                        warned.place.as_ref().zip(problem.place.as_ref()).map(|(one, other)| (&one.span, &other.span));
                    warned.severity == Severity::Warning && spans.is_some_and(|(one, other)| one.contains(&other.start))
                };
                self.items[item].findings.retain(|finding| !is_of_it(&finding.problem));
                self.add(Some(item), problem);
            }
        }
    }

    /// All that is wrong so far.
    fn errors(&self) -> impl Iterator<Item = &Problem> {
        let loose = self.loose.iter().filter(|problem| problem.severity == Severity::Error);
        loose.chain(self.items.iter().flat_map(ItemReport::errors))
    }

    /// What was not run must not pass: where nothing is wrong, all must have been.
    fn not_run(&mut self) {
        let mut items = self.items.iter().zip(&self.lesson.items);
        let left = items.position(|(report, item)| report.verdict(item) == Verdict::NotRun);
        if let Some(item) = left.filter(|_| self.errors().next().is_none()) {
            let problem = Problem::error(Kind::Exit, "this was not run to its end: the lesson was left before that");
            let help = "look for a macro that returns, in this cell or above it";
            self.add(Some(item), problem.at(self.place_of(item)).help(help));
        }
    }

    /// Whether a problem stands at the place of one that is known; of a block that stands alone, of its own: others may
    /// include the same file.
    fn is_known(&self, item: Option<usize>, problem: &Problem) -> bool {
        let Some(place) = &problem.place else { return false };
        let known = |known: &Problem| {
            let known = known.place.as_ref();
            known.is_some_and(|known| {
                known.path() == place.path() && known.span.start <= place.span.start && place.span.end <= known.span.end
            })
        };
        match item.filter(|_| self.lesson.scope == Scope::Block) {
            Some(item) => self.items[item].errors().any(known),
            // A warning says nothing of it.
            None => self.errors().any(known),
        }
    }

    /// A `compile_fail` cell, and what the compiler said of its program.
    fn refusal(
        &mut self,
        program: &Program,
        run: &ProgramRun,
        said: Vec<(Option<usize>, Problem)>,
        reasons: &[String],
    ) {
        let Some(&cell) = program.items.last() else { return };
        let problem = |message: String| Problem::error(Kind::Compiled, message).at(self.place_of(cell));
        let errors = || said.iter().filter(|(_, problem)| problem.severity == Severity::Error);
        let in_cell = || errors().filter(|(item, _)| item.is_none_or(|item| item == cell)).map(|(_, problem)| problem);
        let wrong = if run.end == End::Compiled || errors().next().is_none() {
            let help = "take `compile_fail` away, or make it show the error that it is about";
            Some(problem("this cell compiles, and should not".to_owned()).help(help))
        } else if let Some(reason) =
            reasons.iter().find(|reason| !in_cell().any(|error| error.code.as_ref() == Some(reason)))
        {
            let codes: Vec<&str> = errors().filter_map(|(_, error)| error.code.as_deref()).collect();
            let found = if codes.is_empty() {
                "an error without a code".to_owned()
            } else {
                codes.join(", ")
            };
            let wrong = problem(format!("this cell should fail with {reason}, but fails with {found}"));
            Some(errors().fold(wrong, |wrong, (_, error)| wrong.note(error.message.clone())))
        } else if in_cell().next().is_none() {
            let first = errors().next().map(|(_, error)| error.message.clone());
            Some(problem("a cell above this one does not compile".to_owned()).note(first.unwrap_or_default()))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.add(Some(cell), wrong);
        }
        self.items[cell].refused = said.into_iter().map(|(_, problem)| problem).collect();
    }

    fn item(&mut self, item: usize, of: &'a Item) {
        match of {
            Item::Claim(claim) => self.claim(item, claim),
            Item::Cell(cell) => self.cell(item, cell),
            Item::Formula(formula) => self.formula(item, formula),
            Item::Reference(reference) => self.reference(item, reference),
            Item::Value(_) | Item::Citation(_) | Item::Exempt(_) | Item::Statement(_) => {}
        }
    }

    fn formula(&mut self, item: usize, formula: &Formula) {
        let typeset = self.typeset(item, &formula.latex, formula.display, &formula.latex_span);
        self.items[item].typeset = typeset;
    }

    /// A formula as MathML, which stands in this range of the document.
    fn typeset(&mut self, item: usize, latex: &str, display: bool, whole: &std::ops::Range<usize>) -> Option<String> {
        let error = match self.index.math.mathml(latex, display) {
            Ok(mathml) => return Some(mathml),
            Err(error) => error,
        };
        // In a quote, list or option the formula is not always, byte for byte, what stands in the file.
        let span = if self.lesson.document.text().get(whole.clone()) == Some(latex) {
            whole.start + error.span.start..whole.start + error.span.end.max(error.span.start + 1)
        } else {
            whole.clone()
        };
        let help = error.help.unwrap_or("it must be LaTeX mathematics; a dollar sign in prose is written `\\$`");
        let problem = Problem::error(Kind::Formula, format!("this formula can't be read: {}", error.message));
        self.add(Some(item), problem.at(self.place(span)).help(help));
        None
    }

    fn reference(&mut self, item: usize, reference: &Reference) {
        let labels = &self.index.labels;
        if labels.get(&reference.label).is_some() {
            return;
        }
        if labels.is_lost(&reference.label) {
            self.items[item].is_open = true;
            return;
        }
        if is_chapter(&reference.label) {
            let target = &self.lesson.document.text()[reference.text.end..reference.span.end];
            let message = format!("there is no chapter `{}`", target.trim_start_matches("](").trim_end_matches(')'));
            let problem = Problem::error(Kind::Link, message).at(self.place(reference.span.clone()));
            let near = labels.nearest(&reference.label).and_then(|near| Some((near, labels.get(near)?)));
            return self.add(
                Some(item),
                match near {
                    Some((near, label)) => {
                        let mended = format!("[]({})", label.link_from(&self.lesson.path, near));
                        problem.mended(format!("did you mean `{mended}`?"), self.place(reference.span.clone()), mended)
                    }
                    None => problem.help("the chapters are those that SUMMARY.md lists"),
                },
            );
        }
        let problem = Problem::error(Kind::Label, format!("nothing is labelled `{}`", reference.label))
            .at(self.place(reference.span.clone()));
        let problem = match labels.nearest(&reference.label) {
            Some(near) => {
                let written = &self.lesson.document.text()[reference.span.clone()];
                let mended = written.replacen(&format!("#{}", reference.label), &format!("#{near}"), 1);
                problem.mended(format!("did you mean `{near}`?"), self.place(reference.span.clone()), mended)
            }
            None => problem
                .help("a cell is labelled by `//| label: fig-name`, a formula or heading by `{#eq-name}` after it"),
        };
        self.add(Some(item), problem);
    }

    /// Judges a claim; its text is read even if nothing was computed.
    fn claim(&mut self, item: usize, claim: &Claim) {
        let text = &self.lesson.document.text()[claim.text.clone()];
        if text.trim().is_empty() {
            let problem = Problem::error(Kind::Syntax, "this claim has no text")
                .at(self.place(claim.span.clone()))
                .help("write the number that the reader is to see between the brackets");
            return self.add(Some(item), problem);
        }
        let numbers = self.items[item].run.numbers.as_deref();
        let cases = numbers.map(compare::cases).unwrap_or_default();
        let is_math = claim.pieces.iter().any(|piece| piece.math);
        let is_text = |numbers: &[Number]| matches!(numbers, [Number::Text(_)]);
        if is_math && cases.iter().any(|(_, numbers)| is_text(numbers)) {
            let problem = Problem::error(Kind::Syntax, "a formula can't be compared with a value that is text")
                .at(self.place(claim.span.clone()))
                .help("write what the value says as prose or, between backticks, as code");
            return self.add(Some(item), problem);
        }
        if claim.asked.is_some() && cases.iter().any(|(_, numbers)| is_text(numbers)) {
            let problem = Problem::error(Kind::Claim, "an answer is a number, and this value is text");
            return self.add(Some(item), problem.at(self.place(claim.span.clone())).help("ask for a number"));
        }
        // What is text needs no number.
        let spans = self.formulas.get(&item).map(ClaimFormulas::spans).unwrap_or_default();
        let stated = match claim_text::read_with(&claim.pieces, &spans) {
            Ok(stated) => Some(stated),
            Err(_) if !cases.is_empty() && cases.iter().all(|(_, numbers)| is_text(numbers)) => None,
            // Whether the value is text, a run would say.
            Err(Unread::Words(_)) if numbers.is_none() && !is_math => return,
            // What is compiled of it is not known.
            Err(_) if self.untangled.contains(&item) && !claim_text::candidates(&claim.pieces).is_empty() => return,
            Err(error) => {
                let error = error.fault();
                let unread = self.formulas.get(&item).map(|its| its.unread.as_slice()).unwrap_or_default();
                // Of a formula its reader knows better what is wrong.
                let is_there =
                    |part: &&UnreadPart| part.span.start < error.span.end && error.span.start < part.span.end;
                let problem = unread.iter().find(is_there).map(|part| part.problem.clone());
                let problem = problem.unwrap_or_else(|| {
                    let span = if claim.pieces.is_empty() { claim.span.clone() } else { error.span };
                    let problem = Problem::error(Kind::Syntax, error.message).at(self.place(span));
                    error.help.into_iter().fold(problem, Problem::help)
                });
                return self.add(Some(item), problem);
            }
        };
        let Some((comparison, problem)) = self.comparison(item, claim, stated.as_ref()) else {
            return;
        };
        match problem {
            Some(problem) => self.add(Some(item), problem),
            None => {
                if let (Some(asked), Some(stated)) = (&claim.asked, &stated) {
                    self.answer(item, (claim, asked), (stated, &comparison));
                }
            }
        }
        self.items[item].comparison = Some(comparison);
    }

    /// What a claim states beside what was computed, and what of it is wrong; nothing where it was not computed.
    fn comparison(&self, item: usize, claim: &Claim, stated: Option<&Stated>) -> Option<(Comparison, Option<Problem>)> {
        let run = &self.items[item].run;
        let cases = compare::cases(run.numbers.as_deref()?);
        let nothing = ClaimFormulas::default();
        let compiled = self.formulas.get(&item).unwrap_or(&nothing);
        let formulas = Formulas::of(&compiled.parts, &run.formulas, &cases);
        let checked = formulas.as_ref().zip(stated).map(|(formulas, stated)| formulas.check(stated));
        // Where a formula is wrong, what is said of it is no second mistake.
        let is_shared = |formulas: &Formulas<'_>| stated.is_some_and(|stated| formulas.is_shared(stated));
        let trusted = formulas.as_ref().filter(|formulas| matches!(checked, Some(Ok(_))) || is_shared(formulas));
        let compared = cases.iter().enumerate().map(|(point, (name, numbers))| {
            let said_of = |formula| trusted.and_then(|formulas| formulas.said_of(point, formula));
            (*name, compared(claim, stated, numbers, said_of))
        });
        let mut compared: Vec<(Option<&str>, Comparison)> = compared.collect();
        let first = compared.iter().position(|(_, it)| !it.holds()).or(compared.len().checked_sub(1))?;
        let all: Vec<String> = compared.iter().flat_map(|(_, it)| it.computed.iter().cloned()).collect();
        let digits = margin::least(compared.iter().map(|(_, it)| it.digits));
        let (case, mut comparison) = compared.swap_remove(first);
        if !comparison.holds() {
            let mut problem = Problem::error(Kind::Claim, comparison.to_string())
                .at(self.place(comparison.differing().unwrap_or(claim.span.clone())))
                .note(format!("computed by `{}`", claim.expression.text().trim()));
            problem.notes.extend(case.filter(|case| !case.is_empty()).map(|case| format!("where {case}")));
            let missed = comparison.missed().into_iter();
            let problem = missed.fold(problem, |problem, tolerance| problem.note(format!("tolerance: {tolerance}")));
            return Some((comparison, Some(problem)));
        }
        let parts = stated.map_or(&[][..], |stated| &stated.parts).iter().filter(|part| part.of.is_none());
        let otherwise = |part: &StatedPart| compare::laid_out_otherwise(&part.layout, &run.rows);
        if let Some(message) = parts.into_iter().find_map(otherwise) {
            let problem = Problem::error(Kind::Claim, message).at(self.place(claim.span.clone()));
            return Some((comparison, Some(problem.note("a matrix is compared row by row"))));
        }
        let is_sampled = compiled.is_sampled && cases.len() > 1;
        comparison.computed = if is_sampled { formulas::over_points(&cases) } else { all };
        comparison.points = is_sampled.then_some(cases.len());
        comparison.digits = digits;
        let fault = run.formulas.iter().zip(&compiled.parts).find_map(|(run, part)| Some((part, run.fault.as_ref()?)));
        if let Some((part, fault)) = fault {
            let problem = Problem::error(Kind::Claim, format!("this formula has no value: {fault}"));
            return Some((comparison, Some(problem.at(self.place(part.span.clone())))));
        }
        match checked {
            // What was to be compared and is not there is no pass.
            None => {
                let part = compiled.parts.first().filter(|_| stated.is_some());
                let problem = part.map(|part| {
                    let message = "this formula was not computed, so that nothing is known of it";
                    Problem::error(Kind::Claim, message).at(self.place(part.span.clone()))
                });
                Some((comparison, problem))
            }
            Some(Ok(formulas)) => {
                comparison.digits = margin::least(formulas.iter().map(|it| it.digits).chain([digits]));
                comparison.formulas = formulas;
                Some((comparison, None))
            }
            Some(Err(broken)) => {
                let part = &compiled.parts[broken.formula];
                let mut problem = Problem::error(Kind::Claim, broken.message)
                    .at(self.place(part.span.clone()))
                    .note(format!("the value is computed by `{}`", claim.expression.text().trim()));
                problem.notes.extend(
                    broken
                        .points
                        .map(|(wrong, points, first)| format!("where {first}, and so at {wrong} of {points} points")),
                );
                problem.helps.extend(broken.help.map(str::to_owned));
                if let (false, Some(name), None) = (compiled.is_sampled, part.names.first(), broken.help) {
                    let names = part.names.join("`, `");
                    problem.helps.push(format!(
                        "the formula is computed from `{names}`; where one of them is something else here, say what: \
                         `(<=… for {name} = …>)`"
                    ));
                }
                Some((comparison, Some(problem)))
            }
        }
    }

    /// A claim that holds, whose number readers are asked for.
    fn answer(&mut self, item: usize, (claim, asked): (&Claim, &Asked), compared: (&Stated, &Comparison)) {
        let found = match self.lesson.exercise_at(claim.span.start) {
            Some((label, section)) => {
                let before = self.lesson.items[..item].iter().filter(|other| {
                    let is_asked = matches!(other, Item::Claim(Claim { asked: Some(_), .. }));
                    is_asked && section.span.contains(&other.span().start)
                });
                let id = format!("{label}.{}", before.count() + 1);
                let name = asked.name.as_ref().map(|name| self.note(item, name, &claim.span));
                let numbers = self.items[item].run.numbers.as_deref().unwrap_or_default();
                let numbers = match compare::cases(numbers).as_slice() {
                    [(_, only)] => only,
                    _ => numbers,
                };
                Answer::of(id, name, asked, compared, numbers)
            }
            None => Err((
                "this answer is in no exercise",
                "it belongs between a heading with a label, as `### Title {#ex-name}`, and the next heading",
            )),
        };
        match found {
            Ok(answer) => self.items[item].answer = Some(answer),
            Err((message, help)) => {
                let problem = Problem::error(Kind::Claim, message).at(self.place(claim.span.clone()));
                self.add(Some(item), problem.help(help));
            }
        }
    }

    /// The note of a sweep's frame as HTML; a formula that is not typeset is shown as code. `at` is where its cell opens.
    fn note(&mut self, item: usize, note: &str, at: &std::ops::Range<usize>) -> String {
        let events = caption_events(note).map(|(event, _)| {
            let display = matches!(event, Event::DisplayMath(_));
            match event {
                Event::InlineMath(latex) | Event::DisplayMath(latex) => match self.typeset(item, &latex, display, at) {
                    Some(mathml) => Event::InlineHtml(mathml.into()),
                    None => Event::Code(latex),
                },
                event => event,
            }
        });
        let mut html = String::new();
        push_html(&mut html, events);
        html::one_line(&html.replace('\n', " "))
    }

    /// A caption that is on no page.
    fn unseen_caption(&mut self, item: usize, cell: &Cell, caption: &Caption) {
        let report = &self.items[item];
        let is_over = report.run.completed || cell.mode == Mode::Ignore;
        if report.has_output(cell) || !is_over {
            return;
        }
        let options = &self.lesson.document.text()[cell.options_span.clone()];
        let start = cell.options_span.start + options.find("caption").unwrap_or(0);
        let message = "this caption is not shown, since its cell shows nothing";
        let holds_check = self.lesson.items[item + 1..].iter().take(caption.items).any(Item::is_checked);
        let problem = if holds_check {
            Problem::error(Kind::Option, message)
        } else {
            Problem::warning(Kind::Option, message)
        };
        let problem = problem.at(self.place(start..start + "caption".len()));
        self.add(
            Some(item),
            problem.help("end the cell with what it is to show, without `;`, or take the caption away"),
        );
    }

    fn cell(&mut self, item: usize, cell: &Cell) {
        if let Some(caption) = &cell.caption {
            self.unseen_caption(item, cell, caption);
        }
        if self.items[item].run.unpanicked {
            let problem = Problem::error(Kind::Unpanicked, "this cell should panic and did not")
                .at(self.place_of(item))
                .help("take `should_panic` away, or make it show the panic that it is about");
            self.add(Some(item), problem);
        }
        let run = &self.items[item].run;
        let labelled = cell.options.label.as_deref().and_then(LabelKind::of) == Some(LabelKind::Figure);
        if labelled && run.completed && !run.output.iter().any(is_figure) {
            let problem = Problem::error(Kind::Figure, "this cell is labelled as a figure and shows none")
                .at(self.place_of(item))
                .help("end it with the figure, without `;`, or take the label away");
            self.add_to(item, Facet::Figure, problem);
        }
        let run = &self.items[item].run;
        if cell.options.data && run.completed && run.output.iter().all(|output| output.data().is_empty()) {
            let problem = Problem::error(Kind::Figure, "this cell shows no figure that has its data")
                .at(self.place_of(item))
                .help(
                    "give the figure a table of what it shows: `figure.with_data(&table)`; or take `data: true` away",
                );
            self.add_to(item, Facet::Figure, problem);
        }
        let outputs = std::mem::take(&mut self.items[item].run.output);
        let last = outputs.iter().rposition(|output| matches!(output, Output::Shown(Shown::Value(_))));
        let shown = outputs.iter().enumerate().map(|(at, output)| match output {
            Output::Shown(Shown::Value(value)) => {
                let names = cell.options.names.as_deref().filter(|_| Some(at) == last);
                self.value(item, cell, value, names)
            }
            Output::Shown(shown) => self.shown((item, at), cell, shown),
            Output::Printed(_) => Typeset::Nothing,
        });
        let shown = shown.collect();
        let report = &mut self.items[item];
        (report.shown, report.run.output) = (shown, outputs);
        let report = &self.items[item];
        let is_over = report.run.completed;
        let pinned = cell.pinned.as_ref().filter(|_| is_over);
        let differs = pinned.and_then(|it| pinned::check(&self.lesson.document, it, |form| report.text(form)));
        if let Some(problem) = differs {
            self.add_to(item, Facet::Output, problem);
        }
        if cell.options.names.is_some() && is_over && last.is_none() {
            self.add(Some(item), self.misnamed(cell, None));
        }
    }

    /// Names that do not fit what a cell shows: a value of so many parts, or none.
    fn misnamed(&self, cell: &Cell, parts: Option<usize>) -> Problem {
        let options = &self.lesson.document.text()[cell.options_span.clone()];
        let start = cell.options_span.start + options.find("names").unwrap_or(0);
        let names = cell.options.names.as_deref().unwrap_or_default().len();
        let (message, help) = match parts {
            Some(parts) => (
                format!("{} for a value of {}", count(names, "name"), count(parts, "part")),
                "a name for each part, or one for the whole: `//| names: [a, b]`",
            ),
            None => (
                "these names stand before no value".to_owned(),
                "end the cell with a number, tuple, list or matrix, without `;`, or take the names away",
            ),
        };
        let place = self.place(start..start + "names".len());
        Problem::error(Kind::Option, message).at(place).help(help)
    }

    /// A value of numbers that a cell shows.
    fn value(&mut self, item: usize, cell: &Cell, value: &Value, names: Option<&[String]>) -> Typeset {
        let digits = cell.options.digits.unwrap_or(self.lesson.digits).into();
        let mut shown = match ShownValue::of(value, digits, names) {
            Ok(shown) => shown,
            Err(parts) => {
                self.add(Some(item), self.misnamed(cell, Some(parts)));
                return Typeset::Nothing;
            }
        };
        let opening = cell.span.start..cell.info.end;
        // The two of a decomposition stand below each other where there is no room.
        let formulas = shown.latex.iter().flat_map(|latex| latex.split(",\\qquad "));
        let parts: Option<Vec<String>> = formulas.map(|latex| self.typeset(item, latex, true, &opening)).collect();
        shown.mathml = parts.and_then(|mut parts| {
            let last = parts.pop()?;
            // No line begins with a comma.
            let before = parts.iter().map(|part| format!("<span class=\"recto-joined\">{part},</span> "));
            Some(before.chain([last]).collect())
        });
        Typeset::Value(Box::new(shown))
    }

    /// What else a cell shows, at this place of its output; what of it is made for the page.
    fn shown(&mut self, (item, at): (usize, usize), cell: &Cell, shown: &Shown) -> Typeset {
        let opening = cell.span.start..cell.info.end;
        if shown.pictures() > 0 {
            if cell.options.output && cell.options.alt.as_deref().is_none_or(|alt| alt.trim().is_empty()) {
                let problem = Problem::error(Kind::Figure, "this figure has no alt text")
                    .at(self.place(opening.clone()))
                    .help("say what it shows, for those who can't see it: `//| alt: …` at the top of the cell");
                self.add_to(item, Facet::Figure, problem);
            }
            if !shown.figures().all(Figure::has_finite_coordinates) {
                let problem = Problem::error(Kind::Figure, "this figure has coordinates that are no finite numbers")
                    .at(self.place(opening.clone()))
                    .help("look for a division by zero, or a logarithm of zero, in what is drawn");
                self.add_to(item, Facet::Figure, problem);
            }
        }
        match shown {
            Shown::Math { latex, .. } => {
                self.typeset(item, latex, true, &opening).map(Typeset::Math).unwrap_or_default()
            }
            Shown::Figure(figure) => {
                let title = self.name_of(cell);
                let words = Words {
                    title: &title,
                    description: cell.options.alt.as_deref().unwrap_or_default(),
                };
                let panels = self.panels(item, cell, (figure, words), &format!("{item}-{at}"));
                Typeset::Figure(svg::shared_panels(panels.into_iter().collect()).concat())
            }
            Shown::Sweep(sweep) => Typeset::Frames(self.frames((item, at), cell, sweep)),
            Shown::Html(html) if cell.options.output => {
                let hosts = &self.index.image_hosts;
                for request in request::in_html(html).into_iter().filter(|it| !hosts.allow(&it.element, &it.url)) {
                    let message = format!("what this cell shows fetches `{}`", request.url);
                    let problem = Problem::error(Kind::Request, message).at(self.place(opening.clone()));
                    self.add(Some(item), request::external(&request.element, &request.url, problem));
                }
                if let Some(script) = script::all(html).into_iter().next() {
                    let message = format!("what this cell shows holds {}, which no page runs", script.kind);
                    let problem = Problem::error(Kind::Script, message).at(self.place(opening.clone()));
                    self.add(Some(item), problem.help(script::HELP));
                }
                Typeset::Nothing
            }
            _ => Typeset::Nothing,
        }
    }

    /// What a figure is called: by its number, where it has a label.
    fn name_of(&self, cell: &Cell) -> String {
        let label = cell.options.label.as_deref().and_then(|label| self.index.labels.get(label));
        label.map_or_else(|| "Figure".to_owned(), Label::name)
    }

    /// The note and the picture of each frame of a sweep.
    fn frames(&mut self, (item, at): (usize, usize), cell: &Cell, sweep: &Sweep) -> Vec<(String, String)> {
        let opening = cell.span.start..cell.info.end;
        let mut notes = Vec::new();
        let mut pictures = Vec::new();
        for (number, frame) in sweep.frames.iter().enumerate() {
            notes.push(self.note(item, &frame.note, &opening));
            let title = sweep.at(number);
            let words = Words { title: &title, description: &frame.note };
            pictures.extend(self.panels(item, cell, (&frame.figure, words), &format!("{item}-{at}-{number}")));
        }
        if pictures.len() < notes.len() {
            return notes.into_iter().map(|note| (note, String::new())).collect();
        }
        notes.into_iter().zip(svg::shared_panels(pictures)).collect()
    }

    /// The panels of a figure as they stand on the page; none if one holds what no figure may. The words are told once.
    fn panels(&mut self, item: usize, cell: &Cell, (figure, words): (&Figure, Words<'_>), id: &str) -> Option<Panels> {
        let mut pictures = Vec::new();
        for (number, svg) in figure.svgs.iter().enumerate() {
            pictures.extend(match number {
                0 => self.picture(item, cell, (svg, words), id),
                _ => self.picture(item, cell, (svg, Words::NONE), &format!("{id}.{number}")),
            });
        }
        let columns = figure.columns;
        (pictures.len() == figure.svgs.len()).then_some(Panels { columns, pictures })
    }

    /// A picture as it stands on the page; none if it holds what no figure may.
    fn picture(&mut self, item: usize, cell: &Cell, (svg, words): (&str, Words<'_>), id: &str) -> Option<Picture> {
        let refused = match svg::figure(svg, words, id, &format!("{}-{id}", self.lesson.name)) {
            Ok(picture) => return Some(picture),
            Err(refused) => refused,
        };
        for refused in refused.into_iter().filter(|_| cell.options.output) {
            let problem = Problem::error(Kind::Figure, refused.message).at(self.place_of(item)).help(refused.help);
            // The frames of a sweep have the same faults.
            let is_known = |finding: &Finding| finding.problem.message == problem.message;
            if !self.items[item].findings.iter().any(is_known) {
                self.add_to(item, Facet::Figure, problem);
            }
        }
        None
    }
}

/// The numbers of a case beside what the claim states; nothing is stated where all cases are text. `said_of` gives the numbers
/// of the formula that a part is said of.
fn compared<'a>(
    claim: &Claim,
    stated: Option<&Stated>,
    numbers: &[Number],
    said_of: impl Fn(usize) -> Option<(&'a str, &'a [Number])>,
) -> Comparison {
    match (numbers, stated) {
        ([Number::Text(computed)], _) => compare::compare_text(&claim.seen, computed),
        (numbers, Some(stated)) => compare::compare_with(stated, numbers, said_of),
        (_, None) => compare::compare_text(&claim.seen, ""),
    }
}

fn is_figure(output: &Output) -> bool {
    match output {
        Output::Shown(Shown::Html(_)) => true,
        Output::Shown(shown) => shown.pictures() > 0,
        Output::Printed(_) => false,
    }
}
