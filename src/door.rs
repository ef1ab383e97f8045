//! What this package's own tests and benches use of the tool. Each error is its diagnostic as text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use crate::bind::Added;
pub use crate::command::main;
pub use crate::fuzz::{KINDS, read as fuzz};
pub use crate::math::{MathError, Mathematics};
/// What recto does when it was started by itself to watch a program. A test or bench that runs lessons asks for it first.
pub use crate::run::supervisor;

use crate::examples;
use crate::problem::{Failure, Severity};
use crate::read::{self, Lesson};
use crate::run::RunOptions;
use crate::session::Session;

fn text(failure: &Failure) -> String {
    examples::text(failure.problems())
}

fn open(root: &Path, target: Option<&Path>) -> Result<Session, String> {
    let target = target.map(Path::to_path_buf);
    let options = RunOptions { target, ..RunOptions::default() };
    Session::open(root, options).map_err(|failure| text(&failure))
}

/// The names of the worked examples of the book in a folder.
///
/// # Errors
/// The book can't be read.
pub fn names(root: &Path) -> Result<Vec<String>, String> {
    let lessons = read::book(root).map_err(|failure| text(&failure))?.lessons;
    Ok(lessons.iter().flat_map(read::examples).map(|example| example.name).collect())
}

/// Reads the book in a folder, with its bibliography.
///
/// # Errors
/// A chapter, or what the chapters refer to, can't be read.
pub fn readable(root: &Path) -> Result<(), String> {
    let session = open(root, None)?;
    let mut problems = session.problems(&[]);
    let error = problems.find(|problem| problem.severity == Severity::Error);
    error.map_or(Ok(()), |problem| Err(examples::text([problem])))
}

/// What became of the worked examples in the lessons that have a wanted one, by name: the diagnostics of one that does
/// not hold.
///
/// # Errors
/// The book can't be read, or the environment fails.
pub fn judged(root: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Result<(), String>>, String> {
    let session = open(root, None)?;
    let has_wanted = |lesson: &&Lesson| read::examples(lesson).iter().any(|example| is_wanted(&example.name));
    let lessons: Vec<&Lesson> = session.book.lessons.iter().filter(has_wanted).collect();
    let checked = session.check(&lessons, &|_| {}).map_err(|failure| text(&failure))?;
    let mut judged: BTreeMap<String, Result<(), String>> = BTreeMap::new();
    for example in checked.iter().flat_map(examples::of) {
        // Of two chapters that give their examples the same name, one that holds must not hide one that fails.
        let outcome = judged.entry(example.name).or_insert(Ok(()));
        if outcome.is_ok() {
            *outcome = example.outcome.judge();
        }
    }
    Ok(judged)
}

/// The book in a folder as it is given to mdBook: the markdown of each chapter by its path, and the chapters that recto
/// adds. Compiled things are kept in `target`.
///
/// # Errors
/// The book can't be read, or the environment fails.
pub fn woven(root: &Path, target: &Path) -> Result<(BTreeMap<PathBuf, String>, Vec<Added>), String> {
    let session = open(root, Some(target))?;
    let woven = || {
        let checked = session.check(&session.lessons(), &|_| {})?;
        let added = session.added(&checked, &session.report(&checked, true), true);
        Ok((session.woven(&checked, true)?, added))
    };
    woven().map_err(|failure: Failure| text(&failure))
}
