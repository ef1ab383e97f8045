//! A book as it stands in an editor: its texts, what is read of them, and what the last run of each lesson found.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::place::Kept;
use crate::index::Index;
use crate::problem::{Failure, Kind, Problem};
use crate::read::{self, Book, Edition, Item, Lesson, Settings};
use crate::run::{RunOptions, Transcript};
use crate::session::Session;
use crate::tangle::tangle;
use crate::verify::{Checked, verify};

/// A book in which somebody writes.
#[derive(Debug, Default)]
pub(super) struct OpenBook {
    pub(super) root: PathBuf,
    /// The texts of the files that are open, which may not be saved yet.
    pub(super) texts: HashMap<PathBuf, Arc<str>>,
    /// What was read of them last.
    pub(super) read: Option<(Book, Index)>,
    /// What keeps the book as a whole from being read.
    failure: Vec<Problem>,
    /// By the path of the lesson.
    runs: HashMap<PathBuf, LastRun>,
}

/// What the last run of a lesson found.
#[derive(Debug)]
pub(super) struct LastRun {
    /// The text that ran.
    text: String,
    problems: Vec<Problem>,
    /// What claims and inline values were, by their places in that text.
    values: Vec<(Range<usize>, String)>,
}

/// Whether a kind of problem is one that only a run finds.
fn needs_run(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Compile
            | Kind::Lint
            | Kind::Panic
            | Kind::Returned
            | Kind::Timeout
            | Kind::Limit
            | Kind::Exit
            | Kind::Unpanicked
            | Kind::Compiled
            | Kind::Claim
            | Kind::Output
            | Kind::Figure
            | Kind::Determinism
            | Kind::Environment
    )
}

impl OpenBook {
    pub(super) fn new(root: PathBuf) -> OpenBook {
        OpenBook { root, ..OpenBook::default() }
    }

    /// Reads the texts as they are now.
    pub(super) fn read(&mut self) {
        let texts = |path: &Path| self.texts.get(path).cloned();
        match Settings::read(&self.root).and_then(|settings| read::book_with(&self.root, settings, &texts)) {
            Ok(book) => {
                let index = Index::of(&book);
                self.read = Some((book, index));
                self.failure.clear();
            }
            Err(failure) => self.failure = failure.problems().to_vec(),
        }
    }

    /// The lesson in which a file stands.
    pub(super) fn lesson_of(&self, file: &Path) -> Option<&Lesson> {
        let (book, _) = self.read.as_ref()?;
        book.lessons.iter().find(|lesson| lesson.document.files().any(|its| its == file))
    }

    /// What is wrong, or noteworthy, by file. What has no place stands at the beginning of its lesson, or of `book.toml`.
    pub(super) fn problems(&self) -> BTreeMap<PathBuf, Vec<Problem>> {
        let settings = self.root.join("book.toml");
        let mut found: Vec<(PathBuf, Problem)> =
            self.failure.iter().map(|problem| (settings.clone(), problem.clone())).collect();
        if let Some((book, index)) = self.read.as_ref().filter(|_| self.failure.is_empty()) {
            let of_book = book.problems.iter().chain(index.problems());
            found.extend(of_book.map(|problem| (settings.clone(), problem.clone())));
            for lesson in &book.lessons {
                let file = lesson.document.files().next().map(Path::to_path_buf).unwrap_or_default();
                let its = problems_read(lesson, book, index).into_iter().chain(self.problems_of_run(lesson));
                found.extend(its.map(|problem| (file.clone(), problem)));
            }
        }
        let mut by_file: BTreeMap<PathBuf, Vec<Problem>> = BTreeMap::new();
        for (file, problem) in found {
            let file = problem.place.as_ref().map_or(file, |place| place.path().to_path_buf());
            by_file.entry(file).or_default().push(problem);
        }
        by_file
    }

    /// What the last run found, as far as the text is still the same there.
    fn problems_of_run(&self, lesson: &Lesson) -> Vec<Problem> {
        let Some(run) = self.runs.get(&lesson.path) else {
            return Vec::new();
        };
        let kept = Kept::of(&run.text, lesson.document.text());
        let place = |problem: &Problem| match &problem.place {
            None => Some(problem.clone()),
            Some(place) => {
                let Some(position) = place.position else {
                    return Some(problem.clone());
                };
                let span = kept.moved(&(position..position + place.span.len()))?;
                Some(Problem {
                    place: Some(lesson.document.place(span)),
                    ..problem.clone()
                })
            }
        };
        run.problems.iter().filter_map(place).collect()
    }

    /// What an item of a lesson was when it ran last.
    pub(super) fn value_of(&self, lesson: &Lesson, item: &Item) -> Option<&str> {
        let run = self.runs.get(&lesson.path)?;
        let kept = Kept::of(&run.text, lesson.document.text());
        let its = run.values.iter().find(|(span, _)| kept.moved(span) == Some(item.span()));
        its.map(|(_, value)| value.as_str())
    }

    /// Takes in what a run found.
    pub(super) fn ran(&mut self, lesson: PathBuf, run: LastRun) {
        self.runs.insert(lesson, run);
    }
}

/// What is wrong with a lesson without any run.
fn problems_read(lesson: &Lesson, book: &Book, index: &Index) -> Vec<Problem> {
    let edition = book.settings.edition.unwrap_or(Edition::E2024);
    let checked = verify(lesson, tangle(lesson, edition).into(), Transcript::default(), None, index);
    checked.problems().into_iter().filter(|problem| !needs_run(problem.kind)).cloned().collect()
}

/// Runs a lesson of a book as it is saved, or finds its stored results. Nothing where the book has no such lesson, or can't
/// be read, which is told already.
pub(super) fn run(root: &Path, lesson: &Path, options: &RunOptions) -> Option<LastRun> {
    let session = Session::open(root, options.clone());
    let of_failure = |failure: &Failure| LastRun {
        text: String::new(),
        problems: failure.problems().iter().filter(|problem| needs_run(problem.kind)).cloned().collect(),
        values: Vec::new(),
    };
    let session = match session {
        Ok(session) => session,
        Err(failure) => return Some(of_failure(&failure)),
    };
    let lesson = session.book.lessons.iter().find(|its| its.path == lesson)?;
    let checked = match session.check(&[lesson], &|_| {}) {
        Ok(checked) => checked,
        Err(failure) => return Some(of_failure(&failure)),
    };
    checked.first().map(of_checked)
}

fn of_checked(checked: &Checked<'_>) -> LastRun {
    let items = checked.lesson.items.iter().zip(&checked.items);
    let values = items.filter_map(|(item, report)| {
        let value = match item {
            Item::Claim(_) => report.comparison.as_ref()?.computed.join(", "),
            Item::Value(_) => report.run.value.clone()?,
            _ => return None,
        };
        Some((item.span(), value))
    });
    let is_of_run = |problem: &&Problem| needs_run(problem.kind);
    LastRun {
        text: checked.lesson.document.text().to_owned(),
        values: values.collect(),
        problems: checked.problems().into_iter().filter(is_of_run).cloned().collect(),
    }
}
