//! The worked examples of the curvature book, one test each.
//!
//! The lessons of all examples that are asked for are run together, when the first of them is.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};
use recto::examples::{Outcome, examples, text};
use recto::problem::Severity;
use recto::read::{self, Lesson};
use recto::run::RunOptions;
use recto::session::Session;

const BOOK: &str = "book";
const READABLE: &str = "the_book_can_be_read";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let trials = match read::book(Path::new(BOOK)) {
        Ok(book) => trials(&book.lessons, &arguments),
        Err(failure) => {
            // A filter would pass, since it finds no example.
            arguments.filter = None;
            vec![Trial::test(READABLE, move || Err(text([failure.problem()]).into()))]
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(lessons: &[Lesson], arguments: &Arguments) -> Vec<Trial> {
    let outcomes = Arc::new(LazyLock::new({
        let arguments = arguments.clone();
        move || run(|name| !arguments.is_filtered_out(&Trial::test(name, || Ok(()))))
    }));
    let example = |name: String| {
        let outcomes = outcomes.clone();
        Trial::test(name.clone(), move || match &**outcomes {
            Ok(outcomes) => Ok(outcomes[&name].judge()?),
            Err(problem) => Err(problem.into()),
        })
    };
    let names = lessons.iter().flat_map(read::examples).map(|found| found.name);
    std::iter::once(Trial::test(READABLE, readable))
        .chain(names.map(example))
        .collect()
}

/// Whether all chapters and the bibliography can be read.
fn readable() -> Result<(), libtest_mimic::Failed> {
    let session = Session::open(Path::new(BOOK), RunOptions::default()).map_err(|failure| text([failure.problem()]))?;
    let mut errors = session
        .problems(&[])
        .filter(|problem| problem.severity == Severity::Error)
        .peekable();
    if errors.peek().is_none() {
        Ok(())
    } else {
        Err(text(errors).into())
    }
}

/// What became of the examples of the lessons that have a wanted one, by their names.
fn run(is_wanted: impl Fn(&str) -> bool) -> Result<HashMap<String, Outcome>, String> {
    let session = Session::open(Path::new(BOOK), RunOptions::default()).map_err(|failure| text([failure.problem()]))?;
    let has_wanted = |lesson: &&Lesson| read::examples(lesson).iter().any(|found| is_wanted(&found.name));
    let lessons: Vec<&Lesson> = session.book.lessons.iter().filter(has_wanted).collect();
    let checked = session
        .check(&lessons, &|_| {})
        .map_err(|failure| text([failure.problem()]))?;
    let examples = checked.iter().flat_map(examples);
    Ok(examples.map(|example| (example.name, example.outcome)).collect())
}
