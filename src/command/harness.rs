//! `recto harness`: a test target of cargo, with the arguments of any; each worked example is a test.
//!
//! The lessons of all examples that are asked for are run together, when the first of them is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};

use super::terminal::Answer;
use crate::examples;
use crate::problem::{Failure, Severity};
use crate::read::{self, Lesson};
use crate::run::RunOptions;
use crate::session::Session;

/// The test that fails if the book can't be read, whatever is asked for.
const READABLE: &str = "the_book_can_be_read";

#[derive(Debug, clap::Args)]
pub(super) struct HarnessTask {
    /// The book's folder [default: the one in which book.toml is]
    pub(super) book: Option<PathBuf>,
    /// What the test target was called with, as `--list` or a part of a name
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

impl HarnessTask {
    pub(super) fn perform(self, root: &Path, options: &RunOptions) -> Answer {
        let all_hold = harness(root, std::iter::once("recto".into()).chain(self.arguments), options);
        Answer::of(usize::from(!all_hold))
    }
}

/// Lists or checks the examples of the book in a folder, as the arguments of a test target say; whether all that were asked
/// for hold.
pub(crate) fn harness(root: &Path, arguments: impl Iterator<Item = OsString>, options: &RunOptions) -> bool {
    let mut arguments = Arguments::from_iter(arguments);
    let names = names(root).unwrap_or_else(|_| {
        // A filter would pass, since it finds no example.
        arguments.filter = None;
        Vec::new()
    });
    let root = Arc::new(root.to_path_buf());
    let outcomes = Arc::new(LazyLock::new({
        let (arguments, root, options) = (arguments.clone(), root.clone(), options.clone());
        move || {
            let is_wanted = |name: &str| !arguments.is_filtered_out(&Trial::test(name, || Ok(())));
            judged(&root, &options, is_wanted)
        }
    }));
    let example = |name: String| {
        let outcomes = outcomes.clone();
        Trial::test(name.clone(), move || match &**outcomes {
            Ok(outcomes) => Ok(outcomes[&name].clone()?),
            Err(failure) => Err(failure.into()),
        })
    };
    let options = options.clone();
    let is_readable = Trial::test(READABLE, move || Ok(readable(&root, options)?));
    let trials = std::iter::once(is_readable).chain(names.into_iter().map(example)).collect();
    !libtest_mimic::run(&arguments, trials).has_failed()
}

fn text(failure: &Failure) -> String {
    examples::text(failure.problems())
}

fn names(root: &Path) -> Result<Vec<String>, Failure> {
    let lessons = read::book(root)?.lessons;
    Ok(lessons.iter().flat_map(read::examples).map(|example| example.name).collect())
}

/// Reads the book, with its bibliography.
fn readable(root: &Path, options: RunOptions) -> Result<(), String> {
    let session = Session::open(root, options).map_err(|failure| text(&failure))?;
    let mut problems = session.problems(&[]);
    let error = problems.find(|problem| problem.severity == Severity::Error);
    error.map_or(Ok(()), |problem| Err(examples::text([problem])))
}

/// What became of the examples in the lessons that have a wanted one, by name: the diagnostics of one that does not hold.
fn judged(
    root: &Path,
    options: &RunOptions,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Result<(), String>>, String> {
    let session = Session::open(root, options.clone()).map_err(|failure| text(&failure))?;
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
