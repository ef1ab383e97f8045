//! Worked examples as tests: what the tests that the build script writes call.
//!
//! A lesson is compiled and run once, however many of its examples are asked for: within a process
//! its outcome is remembered, between processes the store has it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use crate::diagnostics::Renderer;
use crate::index::Index;
use crate::pipeline;
use crate::problem::{Problem, Severity};
use crate::read::{self, Book, Example};
use crate::run::{RunOptions, Workspace};
use crate::verify::{Verdict, Verdicts};

/// Why an example fails: its diagnostics, as text.
pub struct Failure(String);

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Failure(format!(
            "the example does not hold\n\n{}\n",
            Renderer::plain().render(problem)
        ))
    }
}

/// Checks one worked example of a lesson; `lesson` is its path below the book's source folder.
///
/// # Errors
/// Something in the example is wrong, or keeps it from being run.
pub fn check(book: &str, lesson: &str, example: &str) -> Result<(), Failure> {
    let outcome = outcome(Path::new(book), Path::new(lesson));
    let outcome = outcome.as_ref().as_ref().map_err(|problem| Failure::from(&**problem))?;
    outcome.judge(example)
}

/// Checks that `book.toml`, `SUMMARY.md`, all chapters and the bibliography can be read.
///
/// # Errors
/// One of them can't.
pub fn readable(book: &str) -> Result<(), Failure> {
    let book = read::book(Path::new(book)).map_err(|problem| Failure::from(&*problem))?;
    let index = Index::of(&book);
    let mut problems = book.problems.iter().chain(index.problems());
    match problems.find(|problem| problem.severity == Severity::Error) {
        Some(problem) => Err(problem.into()),
        None => Ok(()),
    }
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
    pub(crate) fn new(lesson: &read::Lesson, verdicts: &Verdicts) -> Outcome {
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
        let first = self.examples.first().is_some_and(|first| first.name == example.name);
        let owner = |problem: &Problem| match problem.place.as_ref().and_then(|place| place.position) {
            Some(position) => self
                .examples
                .iter()
                .rfind(|it| it.span.start <= position)
                .or(self.examples.first()),
            None => self.examples.first(),
        };
        let own = |problem: &&Problem| owner(problem).map_or(first, |owner| owner.name == example.name);
        self.problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .filter(own)
            .collect()
    }

    /// Whether an item of the example was not reached.
    pub(crate) fn was_cut_short(&self, example: &Example) -> bool {
        self.items
            .iter()
            .any(|(start, verdict)| example.span.contains(start) && *verdict == Verdict::NotRun)
    }

    fn judge(&self, name: &str) -> Result<(), Failure> {
        let Some(example) = self.examples.iter().find(|example| example.name == name) else {
            return Err(Failure(format!(
                "there is no example `{name}` any more; build the tests again"
            )));
        };
        let problems = self.problems_of(example);
        if !problems.is_empty() {
            let renderer = Renderer::plain();
            let rendered: Vec<String> = problems.iter().map(|problem| renderer.render(problem)).collect();
            return Err(Failure(format!(
                "the example does not hold\n\n{}\n",
                rendered.join("\n\n")
            )));
        }
        if self.was_cut_short(example) {
            let cause = self.problems.iter().find(|problem| problem.severity == Severity::Error);
            let cause = cause
                .map(|problem| Renderer::plain().render(problem))
                .unwrap_or_default();
            return Err(Failure(format!(
                "the example was not run, because of another one:\n\n{cause}\n"
            )));
        }
        Ok(())
    }
}

type Slot = Arc<OnceLock<Arc<Result<Outcome, Box<Problem>>>>>;

static OUTCOMES: LazyLock<Mutex<HashMap<(PathBuf, PathBuf), Slot>>> = LazyLock::new(Mutex::default);
type Opened = Arc<Result<(Book, Workspace), Box<Problem>>>;

static BOOKS: LazyLock<Mutex<HashMap<PathBuf, Opened>>> = LazyLock::new(Mutex::default);

fn outcome(root: &Path, lesson: &Path) -> Arc<Result<Outcome, Box<Problem>>> {
    let slot = {
        let mut outcomes = OUTCOMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        outcomes
            .entry((root.to_path_buf(), lesson.to_path_buf()))
            .or_default()
            .clone()
    };
    slot.get_or_init(|| Arc::new(run(root, lesson))).clone()
}

fn book(root: &Path) -> Opened {
    let mut books = BOOKS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let open = || {
        let book = read::book(root)?;
        let workspace = Workspace::of(&book, &RunOptions::default())?;
        Ok((book, workspace))
    };
    books
        .entry(root.to_path_buf())
        .or_insert_with(|| Arc::new(open()))
        .clone()
}

fn run(root: &Path, path: &Path) -> Result<Outcome, Box<Problem>> {
    let opened = book(root);
    let (book, workspace) = opened.as_ref().as_ref().map_err(Clone::clone)?;
    let Some(lesson) = book.lessons.iter().find(|lesson| lesson.path == path) else {
        let message = format!(
            "there is no chapter `{}` any more; build the tests again",
            path.display()
        );
        return Err(Box::new(Problem::error(crate::problem::Kind::Chapter, message)));
    };
    let index = Index::of(book);
    let checked = pipeline::check(book, &index, workspace, &[lesson], &RunOptions::default(), &|_| {})?;
    let verdicts = checked.first().map(|checked| &checked.verdicts);
    Ok(Outcome::new(lesson, verdicts.unwrap_or(&Verdicts::default())))
}
