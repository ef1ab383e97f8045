//! `recto test`: the worked examples by name, and the blessing of pinned output.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::shake;
use super::shard::{Part, Shard, Wanted};
use super::terminal::{Answer, Terminal};
use crate::author;
use crate::examples::{self, ExampleOutcome};
use crate::problem::{Failure, Kind, Problem, count};
use crate::read::{self, Item};
use crate::run::RunOptions;
use crate::session::Session;
use crate::source::Place;
use crate::verify::{Checked, Facet, Form, blessed};

#[derive(Debug, clap::Args)]
pub(super) struct TestTask {
    /// Only examples whose name contains this, as in `bowl::` or `spectrum`
    filter: Option<String>,
    /// The book's folder [default: this one, `book` in it, or the nearest above]
    #[arg(long, value_name = "DIR")]
    pub(super) book: Option<PathBuf>,
    /// Write what cells print into the `output` fences below them, and show the difference
    #[arg(long)]
    bless: bool,
    /// Run every lesson a second time; the two runs must give the same bytes
    #[arg(long)]
    twice: bool,
    /// List the examples and run none
    #[arg(long, conflicts_with = "bless")]
    list: bool,
    /// Only this part of the lessons, as `1/8`: each is in one of the eight, and in the same on each machine
    #[arg(long, value_name = "PART", conflicts_with = "bless")]
    shard: Option<Shard>,
    /// How long lessons run, as `build --timings=FILE` writes it, for parts that take equally long; give all
    /// machines the same
    #[arg(long, value_name = "FILE", requires = "shard")]
    times: Option<PathBuf>,
    /// Run every lesson so many times more, with other seeds, optimisation and numbers of threads, and say in how many of
    /// these runs each claim held and how far it was from failing
    #[arg(long, value_name = "N", conflicts_with_all = ["bless", "list"], value_parser = clap::value_parser!(u16).range(1..))]
    shake: Option<u16>,
}

/// Lists or checks what is asked for.
pub(super) fn perform(
    task: &TestTask,
    book: &Path,
    options: RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let wanted = Wanted {
        filter: task.filter.clone().unwrap_or_default(),
        part: task.shard.map(|shard| Part::of(shard, task.times.as_deref())).transpose()?,
    };
    if task.list {
        return list(book, &wanted, terminal);
    }
    let options = RunOptions { twice: task.twice, ..options };
    run(book, &wanted, (task.bless, task.shake), options, terminal)
}

/// Prints the names of the examples.
fn list(root: &Path, wanted: &Wanted, terminal: &Terminal) -> Result<Answer, Failure> {
    let book = read::book(root)?;
    wanted.check(&book)?;
    for example in wanted.lessons(&book).into_iter().flat_map(read::examples) {
        if example.name.contains(&wanted.filter) {
            terminal.listed(&example.name);
        }
    }
    Ok(Answer::Right)
}

/// Checks the wanted examples.
fn run(
    root: &Path,
    wanted: &Wanted,
    (bless, shake): (bool, Option<u16>),
    options: RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    if bless {
        let session = Session::open(root, options.clone())?;
        wanted.check(&session.book)?;
        let checked = check(&session, wanted, terminal)?;
        let (written, unwritten) = write(checked.iter().flat_map(rewrites).collect(), terminal);
        terminal.status("Blessed", &count(written, "output"));
        if !unwritten.is_empty() {
            return Err(Failure::Environment(unwritten));
        }
        if written == 0 {
            return Ok(report(&session, &checked, &wanted.filter, terminal));
        }
    }
    let session = Session::open(root, options)?;
    wanted.check(&session.book)?;
    let checked = check(&session, wanted, terminal)?;
    let answer = report(&session, &checked, &wanted.filter, terminal);
    let Some(runs) = shake else { return Ok(answer) };
    let shaken = shake::run(&session, &checked, (runs.into(), &wanted.filter), terminal)?;
    Ok(if answer == Answer::Right { shaken } else { answer })
}

fn check<'a>(session: &'a Session, wanted: &Wanted, terminal: &Terminal) -> Result<Vec<Checked<'a>>, Failure> {
    let lessons = wanted.lessons(&session.book);
    let progress = terminal.progress();
    let checked = session.check(&lessons, &|event| progress.show(&event));
    progress.finish();
    checked
}

/// Prints a line for each example, each with what is wrong with it; before and after them what is wrong with the book.
fn report(session: &Session, checked: &[Checked<'_>], filter: &str, terminal: &Terminal) -> Answer {
    let mut failed = terminal.problems(&session.book.problems);
    let (mut passed, mut wrong, mut not_run) = (0, 0, 0);
    for lesson in checked {
        let examples = examples::of(lesson);
        if examples.is_empty() {
            failed += terminal.problems(lesson.problems());
        }
        for example in examples.iter().filter(|example| example.name.contains(filter)) {
            let verdict = match &example.outcome {
                ExampleOutcome::Holds => {
                    terminal.right(&format!("test {} ... ok", example.name));
                    passed += 1;
                    "ok"
                }
                ExampleOutcome::NotRun(_) => {
                    terminal.text(&format!("test {} ... not run", example.name));
                    not_run += 1;
                    "not run"
                }
                ExampleOutcome::Fails(problems) => {
                    terminal.text(&format!("test {} ... FAILED", example.name));
                    terminal.problems(problems);
                    wrong += 1;
                    "failed"
                }
            };
            terminal.record("example", json!({ "name": example.name, "verdict": verdict }));
        }
    }
    failed += wrong + not_run + terminal.problems(session.index.problems());
    terminal.sum_up(json!({ "passed": passed, "failed": wrong, "not_run": not_run }));
    let result = if failed == 0 { "ok" } else { "FAILED" };
    let summary = format!("\ntest result: {result}. {passed} passed; {failed} failed");
    if failed == 0 {
        terminal.right(&summary);
    } else {
        terminal.text(&summary);
    }
    Answer::of(failed)
}

/// An `output` fence that states something else than its cell prints.
struct Rewrite {
    place: Place,
    text: String,
    problem: Problem,
}

/// The pinned outputs of a lesson that differ from what was printed.
fn rewrites(checked: &Checked<'_>) -> Vec<Rewrite> {
    let document = &checked.lesson.document;
    let items = checked.lesson.items.iter().zip(&checked.items);
    let rewrites = items.filter_map(|(item, report)| {
        let Item::Cell(cell) = item else { return None };
        let problem = report.error_of(Facet::Output)?.clone();
        let (place, text) = blessed(document, cell.pinned.as_ref()?, &report.text(Form::Page))?;
        Some(Rewrite { place, text, problem })
    });
    rewrites.collect()
}

/// Writes the outputs into the markdown, each file in one step. Returns how many, and which files could not be written.
fn write(mut pinned: Vec<Rewrite>, terminal: &Terminal) -> (usize, Vec<Problem>) {
    let (mut written, mut unwritten) = (0, Vec::new());
    // Last first, so that positions stay; a file that is included twice has each fence twice.
    let place = |rewrite: &Rewrite| (rewrite.place.path().to_path_buf(), rewrite.place.span.start);
    pinned.sort_by_key(|rewrite| std::cmp::Reverse(place(rewrite)));
    pinned.dedup_by_key(|rewrite| place(rewrite));
    for rewrites in pinned.chunk_by(|one, other| one.place.path() == other.place.path()) {
        let file = &rewrites[0].place.file;
        let mut text = file.text.to_string();
        for rewrite in rewrites {
            text.replace_range(rewrite.place.span.clone(), &rewrite.text);
        }
        match author::rewrite(file, &text) {
            Ok(true) => written += rewrites.len(),
            Ok(false) => {
                let message = format!("`{}` has changed since it was read, and stays as it is", file.path.display());
                unwritten.push(Problem::error(Kind::Environment, message).help("run the command again"));
                continue;
            }
            Err(failure) => {
                unwritten.extend(failure.problems().iter().cloned());
                continue;
            }
        }
        for Rewrite { problem, .. } in rewrites {
            let (line, _) = problem.place.as_ref().map_or((0, 0), Place::line_column);
            terminal.status("Writing", &format!("{}:{line}", file.path.display()));
            problem.notes.iter().for_each(|difference| terminal.text(difference));
        }
    }
    (written, unwritten)
}
