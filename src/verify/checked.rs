//! A lesson as it was judged: for each item what ran and what is wrong with it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::answer::Answer;
use super::binding::LetReport;
use super::compare::Comparison;
use super::coverage::{Coverage, coverage};
use super::value::{Form, ShownValue, with_minus};
use crate::Shown;
use crate::problem::{Problem, Severity};
use crate::read::{Cell, Item, Lesson, Mode};
use crate::run::{ItemRun, Output, Transcript};
use crate::screen::visible;
use crate::tangle::Tangled;

/// A lesson that has been run and judged.
#[derive(Clone, Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) tangled: Arc<Tangled>,
    /// What happened when they ran, without what happened to the items.
    pub(crate) transcript: Transcript,
    /// For each of the lesson's items what became of it.
    pub(crate) items: Vec<ItemReport>,
    /// What is wrong, or noteworthy, with no item of the lesson.
    pub(crate) loose: Vec<Problem>,
    /// Which results in its text are bound to code, once someone asks.
    pub(crate) coverage: OnceLock<Coverage>,
}

/// What became of an item.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemReport {
    pub(crate) run: ItemRun,
    pub(crate) verdict: Verdict,
    /// A claim's numbers beside those computed; absent where there are none, or where its text can't be read.
    pub(crate) comparison: Option<Comparison>,
    /// What the page knows of the answer that a claim is.
    pub(crate) answer: Option<Answer>,
    /// A formula's MathML.
    pub(crate) typeset: Option<String>,
    /// For each output, what of it is made for the page.
    pub(crate) shown: Vec<Typeset>,
    /// What the page says of the names that a cell binds.
    pub(crate) lets: Vec<LetReport>,
    /// What the compiler said of a cell that must not compile.
    pub(crate) refused: Vec<Problem>,
    /// It refers to what can't be read, of which is told already.
    pub(crate) is_open: bool,
    /// What is wrong with it, or noteworthy.
    pub(crate) findings: Vec<Finding>,
}

/// What an output is on the page, where that is more than its text.
#[derive(Clone, Debug, Default)]
pub(crate) enum Typeset {
    #[default]
    Nothing,
    /// MathML.
    Math(String),
    /// A value of numbers, in all its forms.
    Value(Box<ShownValue>),
    /// A picture; empty if it holds what no figure may.
    Figure(String),
    /// The note and the picture of each frame of a sweep, empty if it holds what no figure may.
    Frames(Vec<(String, String)>),
}

/// Whether an item is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is nothing to run.
    #[default]
    Unchecked,
    Right,
    /// It is wrong; a finding says why.
    Wrong,
    /// It was not reached, because something else is wrong.
    NotRun,
}

/// A problem of an item.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The side of the item that it is about.
    pub(crate) facet: Facet,
    pub(crate) problem: Problem,
}

/// A side of an item that is judged for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    /// All but the others.
    Itself,
    Output,
    Figure,
}

impl Checked<'_> {
    /// All problems, in the order of the page; those without a place first.
    pub(crate) fn problems(&self) -> Vec<&Problem> {
        let found = self.items.iter().flat_map(|item| &item.findings).map(|finding| &finding.problem);
        let mut problems: Vec<&Problem> = self.loose.iter().chain(found).collect();
        problems.sort_by_key(|problem| problem.place.as_ref().and_then(|place| place.position));
        problems
    }

    /// Which results in its text are bound to code.
    pub(crate) fn coverage(&self) -> &Coverage {
        self.coverage.get_or_init(|| coverage(self.lesson))
    }

    /// Whether nothing is wrong with it.
    pub(crate) fn is_right(&self) -> bool {
        self.problems().iter().all(|problem| problem.severity != Severity::Error)
    }

    /// What kept the rest of it from being run.
    pub(crate) fn stopped_by(&self) -> Option<&Problem> {
        let left = self.items.iter().filter(|item| !item.run.completed).flat_map(ItemReport::errors);
        left.chain(&self.loose).find(|problem| problem.severity == Severity::Error)
    }

    /// How many of its programs ran on other machines.
    pub(crate) fn imported(&self) -> usize {
        self.transcript.programs.iter().filter(|run| run.is_imported).count()
    }

    /// How long its programs ran, now or when their results were kept.
    pub(crate) fn time(&self) -> Duration {
        self.transcript.time()
    }
}

impl ItemReport {
    /// What is wrong with the item.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Problem> {
        let problems = self.findings.iter().map(|finding| &finding.problem);
        problems.filter(|problem| problem.severity == Severity::Error)
    }

    /// How many pictures its output holds.
    pub(crate) fn pictures(&self) -> usize {
        let pictures = self.run.output.iter().map(|output| match output {
            Output::Shown(shown) => shown.pictures(),
            Output::Printed(_) => 0,
        });
        pictures.sum()
    }

    /// Whether the page shows anything below a cell's code.
    pub(crate) fn has_output(&self, cell: &Cell) -> bool {
        let refused = matches!(cell.mode, Mode::CompileFail(_));
        let said = refused || self.run.caught.is_some() || !self.run.stderr.trim().is_empty();
        cell.options.output && (said || !self.run.output.is_empty())
    }

    /// The values of numbers that it shows.
    pub(crate) fn values(&self) -> impl Iterator<Item = &ShownValue> {
        self.shown.iter().filter_map(|typeset| match typeset {
            Typeset::Value(value) => Some(value.as_ref()),
            _ => None,
        })
    }

    /// Everything printed and shown, as text.
    pub(crate) fn text(&self, form: Form) -> String {
        let mut text = String::new();
        for (output, typeset) in self.run.output.iter().zip(&self.shown) {
            let shown = match (output, typeset) {
                (Output::Printed(printed), _) => {
                    text.push_str(&visible(printed));
                    continue;
                }
                (_, Typeset::Value(value)) => value.text(form).to_owned(),
                (Output::Shown(Shown::Table { head, rows, .. }), _) if form == Form::Page => {
                    let line =
                        |row: &Vec<String>| row.iter().map(|cell| with_minus(cell)).collect::<Vec<_>>().join("\t");
                    std::iter::once(head).chain(rows).map(line).collect::<Vec<_>>().join("\n")
                }
                (Output::Shown(shown), _) => shown.plain(),
            };
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&visible(&shown));
            text.push('\n');
        }
        text
    }

    /// What is wrong with a side of the item.
    pub(crate) fn error_of(&self, facet: Facet) -> Option<&Problem> {
        let mut its = self.findings.iter().filter(|finding| finding.facet == facet).map(|finding| &finding.problem);
        its.find(|problem| problem.severity == Severity::Error)
    }

    pub(super) fn verdict(&self, item: &Item) -> Verdict {
        let must_not_compile = matches!(item, Item::Cell(cell) if matches!(cell.mode, Mode::CompileFail(_)));
        if self.errors().next().is_some() {
            Verdict::Wrong
        } else if self.is_open {
            Verdict::NotRun
        } else if !item.is_checked() {
            Verdict::Unchecked
        } else if must_not_compile || self.run.completed {
            Verdict::Right
        } else {
            Verdict::NotRun
        }
    }
}
