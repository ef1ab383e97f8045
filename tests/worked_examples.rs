//! The worked examples of the curvature book, one test each.
//!
//! The lessons of all examples that are asked for are run together, when the first of them is.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};
use recto::read::{self, Book};
use recto::worked;

const READABLE: &str = "the_book_can_be_read";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let trials = match read::book(Path::new("book")) {
        Ok(book) => trials(&Arc::new(book), &arguments),
        Err(problem) => {
            // A filter would pass, since it finds no example.
            arguments.filter = None;
            vec![Trial::test(READABLE, move || Err(worked::text(&[&problem]).into()))]
        }
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(book: &Arc<Book>, arguments: &Arguments) -> Vec<Trial> {
    let outcomes = Arc::new(LazyLock::new({
        let (book, arguments) = (book.clone(), arguments.clone());
        move || worked::run(&book, |name| !arguments.is_filtered_out(&Trial::test(name, || Ok(()))))
    }));
    let readable = Trial::test(READABLE, {
        let book = book.clone();
        move || Ok(worked::readable(&book)?)
    });
    let examples = book.lessons.iter().flat_map(|lesson| {
        let path = &lesson.path;
        read::examples(lesson).into_iter().map(|example| {
            let (outcomes, path) = (outcomes.clone(), path.clone());
            Trial::test(example.name.clone(), move || match &**outcomes {
                Ok(outcomes) => Ok(outcomes[&path].judge(&example)?),
                Err(problem) => Err(problem.into()),
            })
        })
    });
    std::iter::once(readable).chain(examples).collect()
}
