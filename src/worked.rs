//! Worked examples as tests: the lessons of those that are wanted are run, each example is judged.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::diagnostics::Renderer;
use crate::index::Index;
use crate::problem::{Problem, Severity};
use crate::read::{self, Book, Example, Lesson};
use crate::run::{RunOptions, Workspace};
use crate::verify::{Verdict, Verdicts};
use crate::{parallel, pipeline};

/// Checks that all chapters and the bibliography of a book can be read.
///
/// # Errors
/// One of them can't; the diagnostic as text.
pub fn readable(book: &Book) -> Result<(), String> {
    let index = Index::of(book);
    let problems = book.problems.iter().chain(index.problems());
    let errors: Vec<&Problem> = problems.filter(|problem| problem.severity == Severity::Error).collect();
    if errors.is_empty() { Ok(()) } else { Err(text(&errors)) }
}

/// Runs the lessons of a book that have a wanted example, and says what became of each by its path.
///
/// # Errors
/// The environment fails; the diagnostic as text.
pub fn run(book: &Book, wanted: impl Fn(&str) -> bool) -> Result<HashMap<PathBuf, Outcome>, String> {
    let wanted = |lesson: &&Lesson| read::examples(lesson).iter().any(|example| wanted(&example.name));
    let lessons: Vec<&Lesson> = book.lessons.iter().filter(wanted).collect();
    let options = RunOptions::default();
    let (index, workspace) = parallel::both(|| Index::of(book), || Workspace::of(book, &options));
    let checked = workspace
        .and_then(|workspace| pipeline::check(book, &index, &workspace, &lessons, &options, &|_| {}))
        .map_err(|problem| text(&[&problem]))?;
    Ok(checked
        .iter()
        .map(|checked| {
            (
                checked.lesson.path.clone(),
                Outcome::new(checked.lesson, &checked.verdicts),
            )
        })
        .collect())
}

/// Diagnostics as text.
pub fn text(problems: &[&Problem]) -> String {
    let renderer = Renderer::plain();
    let rendered: Vec<String> = problems.iter().map(|problem| renderer.render(problem)).collect();
    rendered.join("\n\n")
}

/// A lesson that has been run, with its examples.
#[derive(Debug)]
pub struct Outcome {
    /// The lesson's examples.
    pub examples: Vec<Example>,
    /// What became of its items, and where they start.
    items: Vec<(usize, Verdict)>,
    /// What is wrong.
    problems: Vec<Problem>,
}

impl Outcome {
    pub(crate) fn new(lesson: &Lesson, verdicts: &Verdicts) -> Outcome {
        let starts = lesson.items.iter().map(|item| item.span().start);
        Outcome {
            examples: read::examples(lesson),
            items: starts.zip(verdicts.verdicts.iter().copied()).collect(),
            problems: verdicts.problems.clone(),
        }
    }

    /// The problems of an example: those that stand in it; those of the lesson as a whole, or of
    /// text before the first example, belong to the first one.
    pub(crate) fn problems_of(&self, example: &Example) -> Vec<&Problem> {
        let owner = |problem: &Problem| match problem.place.as_ref().and_then(|place| place.position) {
            Some(position) => self
                .examples
                .iter()
                .rfind(|it| it.span.start <= position)
                .or(self.examples.first()),
            None => self.examples.first(),
        };
        self.problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .filter(|problem| owner(problem) == Some(example))
            .collect()
    }

    /// Whether an item of the example was not reached.
    pub(crate) fn was_cut_short(&self, example: &Example) -> bool {
        self.items
            .iter()
            .any(|(start, verdict)| example.span.contains(start) && *verdict == Verdict::NotRun)
    }

    /// Judges an example.
    ///
    /// # Errors
    /// Something in the example is wrong, or kept it from being run; the diagnostics as text.
    pub fn judge(&self, example: &Example) -> Result<(), String> {
        let problems = self.problems_of(example);
        if !problems.is_empty() {
            return Err(format!("the example does not hold\n\n{}\n", text(&problems)));
        }
        if self.was_cut_short(example) {
            let cause = self.problems.iter().find(|problem| problem.severity == Severity::Error);
            let cause = text(cause.as_slice());
            return Err(format!("the example was not run, because of another one:\n\n{cause}\n"));
        }
        Ok(())
    }
}
