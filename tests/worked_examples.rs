//! The worked examples of the curvature book, one test each.
//!
//! The lessons of all examples that are asked for are run together, when the first of them is.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};
use recto::door;

const BOOK: &str = "book";
const READABLE: &str = "the_book_can_be_read";

fn main() -> ExitCode {
    if let Some(code) = door::supervisor() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    let names = door::names(Path::new(BOOK)).unwrap_or_else(|_| {
        // A filter would pass, since it finds no example.
        arguments.filter = None;
        Vec::new()
    });
    let outcomes = Arc::new(LazyLock::new({
        let arguments = arguments.clone();
        move || {
            let is_wanted = |name: &str| !arguments.is_filtered_out(&Trial::test(name, || Ok(())));
            door::judged(Path::new(BOOK), is_wanted)
        }
    }));
    let example = |name: String| {
        let outcomes = outcomes.clone();
        Trial::test(name.clone(), move || match &**outcomes {
            Ok(outcomes) => Ok(outcomes[&name].clone()?),
            Err(failure) => Err(failure.into()),
        })
    };
    let readable = Trial::test(READABLE, || Ok(door::readable(Path::new(BOOK))?));
    let trials = std::iter::once(readable).chain(names.into_iter().map(example));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
