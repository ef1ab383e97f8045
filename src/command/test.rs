//! `recto test`: the worked examples by name, and the blessing of pinned output.

use std::path::Path;
use std::process::ExitCode;

use super::terminal::{Terminal, WRONG, count};
use crate::author;
use crate::index::Index;
use crate::pipeline::{self, Checked};
use crate::problem::{Kind, Problem, Severity};
use crate::read::{self, Item, Lesson};
use crate::run::{RunOptions, Workspace};
use crate::source::Place;
use crate::verify::blessed;
use crate::worked::Outcome;

/// Prints the names of the examples.
pub(super) fn list(root: &Path, filter: &str) -> Result<ExitCode, Box<Problem>> {
    let book = read::book(root)?;
    for example in book.lessons.iter().flat_map(read::examples) {
        if example.name.contains(filter) {
            println!("{}", example.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks the examples whose name contains the filter.
pub(super) fn run(
    root: &Path,
    filter: &str,
    bless: bool,
    options: &RunOptions,
    terminal: &Terminal,
) -> Result<ExitCode, Box<Problem>> {
    let mut checked = Examples::check(root, filter, options, terminal)?;
    if bless {
        let written = checked.bless(terminal)?;
        terminal.status("Blessed", &count(written, "output"));
        if written > 0 {
            checked = Examples::check(root, filter, options, terminal)?;
        }
    }
    Ok(checked.report(filter, terminal))
}

/// What became of the examples, and the files in which outputs are pinned.
struct Examples {
    outcomes: Vec<Outcome>,
    problems: Vec<Problem>,
    pinned: Vec<Rewrite>,
}

/// An `output` fence that states something else than its cell prints.
struct Rewrite {
    /// What is to be replaced.
    place: Place,
    text: String,
    problem: Problem,
}

impl Examples {
    fn check(root: &Path, filter: &str, options: &RunOptions, terminal: &Terminal) -> Result<Examples, Box<Problem>> {
        let book = read::book(root)?;
        let wanted = |lesson: &&Lesson| {
            read::examples(lesson)
                .iter()
                .any(|example| example.name.contains(filter))
        };
        let lessons: Vec<&Lesson> = book.lessons.iter().filter(wanted).collect();
        let workspace = Workspace::of(&book, options)?;
        let index = Index::of(&book);
        let progress = terminal.progress();
        let checked = pipeline::check(&book, &index, &workspace, &lessons, options, &|event| {
            progress.show(&event);
        });
        progress.finish();
        let checked = checked?;
        let missing = index.problems().iter();
        let missing = missing.filter(|problem| problem.severity == Severity::Error);
        Ok(Examples {
            outcomes: checked
                .iter()
                .map(|checked| Outcome::new(checked.lesson, &checked.verdicts))
                .collect(),
            pinned: checked.iter().flat_map(rewrites).collect(),
            problems: book.problems.iter().chain(missing).cloned().collect(),
        })
    }

    /// Prints a line for each example, then what is wrong.
    fn report(&self, filter: &str, terminal: &Terminal) -> ExitCode {
        let mut failed = terminal.problems(&self.problems);
        let mut passed = 0;
        for outcome in &self.outcomes {
            for example in outcome.examples.iter().filter(|example| example.name.contains(filter)) {
                let problems = outcome.problems_of(example);
                let cut_short = outcome.was_cut_short(example);
                let verdict = match (problems.is_empty(), cut_short) {
                    (true, false) => "ok",
                    (true, true) => "not run",
                    (false, _) => "FAILED",
                };
                terminal.text(&format!("test {} ... {verdict}", example.name));
                problems.iter().for_each(|problem| terminal.problem(problem));
                if verdict == "ok" { passed += 1 } else { failed += 1 }
            }
        }
        let result = if failed == 0 { "ok" } else { "FAILED" };
        terminal.text(&format!("\ntest result: {result}. {passed} passed; {failed} failed"));
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(WRONG)
        }
    }

    /// Writes the outputs into the markdown, each file in one step. Returns how many.
    fn bless(&mut self, terminal: &Terminal) -> Result<usize, Box<Problem>> {
        // Last first, so that positions stay; a file that is included twice has each fence twice.
        let place = |rewrite: &Rewrite| (rewrite.place.path().to_path_buf(), rewrite.place.span.start);
        self.pinned.sort_by_key(|rewrite| std::cmp::Reverse(place(rewrite)));
        self.pinned.dedup_by_key(|rewrite| place(rewrite));
        for rewrites in self
            .pinned
            .chunk_by(|one, other| one.place.path() == other.place.path())
        {
            let file = &rewrites[0].place.file;
            let line_end = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
            let mut text = file.text.to_string();
            for rewrite in rewrites {
                text.replace_range(rewrite.place.span.clone(), &rewrite.text.replace('\n', line_end));
            }
            if !author::rewrite(file, &text)? {
                let message = format!(
                    "`{}` has changed since it was read, and stays as it is",
                    file.path.display()
                );
                let problem = Problem::error(Kind::Environment, message).help("run the command again");
                return Err(Box::new(problem));
            }
            for Rewrite { problem, .. } in rewrites {
                let (line, _) = problem.place.as_ref().map_or((0, 0), Place::line_column);
                terminal.status("Writing", &format!("{}:{line}", file.path.display()));
                problem.notes.iter().for_each(|difference| terminal.text(difference));
            }
        }
        Ok(self.pinned.len())
    }
}

/// The pinned outputs of a lesson that differ from what was printed.
fn rewrites(checked: &Checked<'_>) -> Vec<Rewrite> {
    let runs = checked.transcript.items(checked.lesson.items.len());
    let mut found = Vec::new();
    for (item, run) in checked.lesson.items.iter().zip(&runs) {
        let Item::Cell(cell) = item else { continue };
        let Some(pinned) = cell.pinned.as_ref().filter(|_| run.completed) else {
            continue;
        };
        let differs = |problem: &&Problem| {
            let position = problem.place.as_ref().and_then(|place| place.position);
            problem.kind == Kind::Output && position.is_some_and(|position| pinned.span.contains(&position))
        };
        let Some(problem) = checked.verdicts.problems.iter().find(differs) else {
            continue;
        };
        let document = &checked.lesson.document;
        let (range, text) = blessed(document, pinned, &run.plain());
        let place = document.place(range.clone());
        // A fence with an include in it is in no file as it stands here; the author must mend it by hand.
        if place.file.text.get(place.span.clone()) == document.text().get(range) {
            let problem = problem.clone();
            found.push(Rewrite { place, text, problem });
        }
    }
    found
}
