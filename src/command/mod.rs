//! The command line: what it takes, what it prints, its exit codes.

mod coverage;
mod diff;
mod folder;
mod generate;
mod harness;
mod mutate;
mod preprocess;
mod serve;
mod shake;
mod shard;
mod store;
mod terminal;
mod test;
mod timings;

use std::io::{BufRead, IsTerminal, Read};
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use serde_json::json;

use crate::bind::{Output, sweep};
use crate::lsp;
use crate::parallel;
use crate::pdf::Printer;
use crate::problem::{Failure, count};
use crate::progress::Progress;
use crate::read::Sandbox;
use crate::run::{Job, RunOptions, Runs, supervisor, sweep_older};
use crate::scaffold::{self, Where};
use crate::session::{Formats, Session};
use folder::book_folder;
pub(crate) use harness::harness;
use terminal::{Answer, Format, Terminal, counted};
use timings::Clock;

/// Builds books whose Rust code is run, whose figures are drawn by that code, and whose every number is checked.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, after_help = AFTER_HELP, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,

    /// How problems are printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    message_format: Format,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,

    /// Print only what is wrong
    #[arg(short, long, global = true)]
    quiet: bool,

    /// How many programs are compiled, and how many run, at once [default: as many as there are processors]
    #[arg(short, long, global = true, value_name = "N")]
    jobs: Option<NonZero<usize>>,

    /// Where compiled programs and finished transcripts are kept [default: cargo's target folder]
    #[arg(long, global = true, value_name = "DIR")]
    target_dir: Option<PathBuf>,

    /// Whether the lessons' programs run in a sandbox that limits what they read and write, without a network [default:
    /// try, as far as the kernel supports it; `require` runs nothing without all of it]
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    sandbox: Option<Sandbox>,
}

const AFTER_HELP: &str = "\
Without a command, recto builds the book in this folder, in `book` below it, or in the nearest folder above.
As a preprocessor of mdBook (`command = \"recto\"`) it reads the book from standard input.
`recto generate reference` prints all that a lesson may hold.

Exit codes: 0 everything is right, 1 something in the book is not, 2 wrong usage or environment.";

#[derive(Debug, Subcommand)]
enum Task {
    /// Run the lessons, check every result, and bind the book
    #[command(
        after_help = "Nothing is published while anything is wrong; the last good book stays. \
        With --draft it is published with each failure shown in its place."
    )]
    Build {
        /// The book's folder, in which book.toml is [default: this one, `book` in it, or the nearest above]
        book: Option<PathBuf>,
        /// Publish even if something is wrong, with the failures shown on the pages
        #[arg(long)]
        draft: bool,
        /// Compile and run every lesson, changed or not
        #[arg(long)]
        fresh: bool,
        /// Compile and run nothing: fail, and list the lessons, if any would have to run
        #[arg(long, conflicts_with_all = ["fresh", "twice"])]
        check: bool,
        /// Run every lesson a second time; the two runs must give the same bytes
        #[arg(long)]
        twice: bool,
        /// Make an EPUB of the book too, for e-readers
        #[arg(long)]
        epub: bool,
        /// Make a PDF of the book too; Chromium prints it
        #[arg(long)]
        pdf: bool,
        /// Say how long each stage of the build took, and each lesson ran, now or when its results were kept; with a file, write
        /// there how long lessons ran, for `test --times`
        #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
        timings: Option<Option<PathBuf>>,
    },
    /// Show the book in a browser while it is written
    Serve(serve::ServeTask),
    /// Check the worked examples, without binding the book
    Test(test::TestTask),
    /// Show that the checks can fail: list the changes of the code that none of them notices
    Mutate(mutate::MutateTask),
    /// Say what changed in a book's results between two versions
    Diff(diff::DiffTask),
    /// Take finished results to other machines, and in from them
    #[command(subcommand)]
    Store(store::StoreTask),
    /// List the numbers in the prose that are results and are bound to nothing
    #[command(
        after_help = "Nothing is run. A number in digits is a result, unless it is 0 or 1, a literal in a cell of its \
        lesson, part of a word, a year, or the number of something (section 3). Bind a result by a claim `[10](=kappa)` or an \
        inline value `{kappa}`; mark one that no code computes as `[110](given)`.\n\nExit code 1 if a lesson with \
        `verified: true` has an unbound result."
    )]
    Coverage {
        /// The book's folder [default: this one, `book` in it, or the nearest above]
        book: Option<PathBuf>,
        /// List the formulas with relations that no claim checks, too
        #[arg(long)]
        formulas: bool,
    },
    /// Add a chapter that passes at once, and its line in SUMMARY.md
    New {
        /// The chapter's title
        title: String,
        /// Put it behind this chapter, given by its file or title [default: the last numbered one]
        #[arg(long, value_name = "CHAPTER", conflicts_with = "part")]
        after: Option<String>,
        /// Put it at the end of this part, a heading of SUMMARY.md
        #[arg(long, value_name = "PART")]
        part: Option<String>,
        /// The book's folder [default: this one, `book` in it, or the nearest above]
        #[arg(long, value_name = "DIR")]
        book: Option<PathBuf>,
    },
    /// Start a book that builds and passes at once
    Init {
        /// A folder that is not there yet, is empty, or has the first files of a repository (README, licence, hidden files)
        dir: PathBuf,
    },
    /// Remove what recto keeps for a book, and the bound book
    Clean {
        /// The book's folder [default: this one, `book` in it, or the nearest above]
        book: Option<PathBuf>,
        /// Only what the book does not use now and has not used for a time, as `30d`, `12h` or `2w`; the bound book stays
        #[arg(long, value_name = "AGE", value_parser = age)]
        older_than: Option<Duration>,
    },
    /// Be a test target of cargo, in which each worked example is a test
    #[command(
        after_help = "A test target with `harness = false` that starts this command with its own arguments behind `--` lists and \
        runs the worked examples; `recto init` writes one, tests/lessons.rs."
    )]
    Harness(harness::HarnessTask),
    /// Tell an editor, by the Language Server Protocol, what is wrong while you write, and answer what it asks
    #[command(after_help = "What needs a run is told from the last one, which begins when a file is opened or saved.")]
    Lsp,
    /// Print the reference, completions for a shell, manual pages, or the schema of what recto prints
    #[command(subcommand)]
    Generate(generate::GenerateTask),
    /// Answer mdBook whether a renderer is supported
    #[command(hide = true)]
    Supports {
        /// Name of the renderer
        renderer: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// When standard error is a terminal and NO_COLOR is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    if let Some(code) = supervisor() {
        return code;
    }
    let arguments = Arguments::parse();
    match arguments.color {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
    arguments.jobs.into_iter().for_each(parallel::limit);
    let terminal = Terminal::new(arguments.message_format, arguments.quiet);
    let options = RunOptions {
        target: arguments.target_dir,
        sandbox: arguments.sandbox,
        ..RunOptions::default()
    };
    let is_summed_up = arguments.task.as_ref().is_some_and(Task::is_summed_up);
    // 0: everything is right. 1: something in the book is not. 2: wrong usage, or the environment fails.
    let code = match perform(arguments.task, options, &terminal) {
        Ok(Answer::Right) => 0,
        Ok(Answer::Wrong) => 1,
        Err(failure) => {
            terminal.problems(failure.problems());
            match failure {
                Failure::Book(_) => 1,
                Failure::Environment(_) => 2,
            }
        }
    };
    if is_summed_up {
        terminal.summary(code == 0);
    }
    ExitCode::from(code)
}

impl Task {
    /// Whether a summary is told: not where standard output is somebody else's.
    fn is_summed_up(&self) -> bool {
        !matches!(self, Task::Supports { .. } | Task::Harness(_) | Task::Generate(_) | Task::Lsp)
    }
}

fn perform(task: Option<Task>, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    match task {
        None => match piped_book() {
            Some(input) => preprocess::run(&input, options, terminal),
            None => build(None, &Building::default(), options, terminal),
        },
        Some(Task::Build {
            book,
            draft,
            fresh,
            check,
            twice,
            epub,
            pdf,
            timings,
        }) => {
            let runs = match (fresh, check) {
                (true, _) => Runs::All,
                (_, true) => Runs::None,
                _ => Runs::Missing,
            };
            let options = RunOptions { runs, twice, ..options };
            let pdf = if pdf { Some(Printer::find()?) } else { None };
            let formats = Formats { epub, pdf };
            build(book, &Building { draft, timings, formats }, options, terminal)
        }
        Some(Task::Serve(task)) => serve::run(&task, &book_folder(task.book.clone())?, &options, terminal),
        Some(Task::Test(task)) => {
            let book = book_folder(task.book.clone())?;
            test::perform(&task, &book, options, terminal)
        }
        Some(Task::Mutate(task)) => {
            let book = book_folder(task.book.clone())?;
            mutate::run(&task, &book, options, terminal)
        }
        Some(Task::Diff(task)) => {
            let book = book_folder(task.book.clone()).ok();
            diff::run(&task, book.as_deref(), &options, terminal)
        }
        Some(Task::Store(task)) => {
            let book = book_folder(task.book())?;
            store::run(task, &book, options, terminal)
        }
        Some(Task::Coverage { book, formulas }) => coverage::run(&book_folder(book)?, formulas, terminal),
        Some(Task::New { title, after, part, book }) => {
            let place = match (&after, &part) {
                (Some(chapter), _) => Where::After(chapter),
                (_, Some(part)) => Where::Part(part),
                _ => Where::Last,
            };
            let file = scaffold::new_chapter(&book_folder(book)?, &title, place)?;
            terminal.status("Created", &format!("{} and its line in SUMMARY.md", file.display()));
            Ok(Answer::Right)
        }
        Some(Task::Init { dir }) => {
            scaffold::new_book(&dir)?;
            terminal.status("Created", &format!("a book; `recto build {}` builds it", dir.display()));
            Ok(Answer::Right)
        }
        Some(Task::Clean { book, older_than }) => match older_than {
            Some(age) => clean_older(book, age, options, terminal),
            None => clean(book, options, terminal),
        },
        Some(Task::Harness(task)) => {
            let book = book_folder(task.book.clone())?;
            Ok(task.perform(&book, &options))
        }
        Some(Task::Generate(task)) => generate::run(task, Arguments::command(), terminal),
        Some(Task::Lsp) => lsp::serve(options).map(|()| Answer::Right),
        Some(Task::Supports { renderer }) => Ok(Answer::of(usize::from(renderer == "not-supported"))),
    }
}

/// What mdBook sends to its preprocessors: a JSON array on standard input, at once. An input that
/// stays open and silent, as some build machines have it, is no book.
fn piped_book() -> Option<String> {
    const PATIENCE: Duration = Duration::from_secs(1);
    if std::io::stdin().is_terminal() {
        return None;
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let begins = stdin.fill_buf().is_ok_and(|bytes| bytes.trim_ascii_start().starts_with(b"["));
        let mut input = String::new();
        // First that something came, then what it is.
        let _ = sender.send(None);
        let read = if begins { stdin.read_to_string(&mut input).ok() } else { None };
        let _ = sender.send(read.map(|_| input));
    });
    receiver.recv_timeout(PATIENCE).ok()?;
    receiver.recv().ok()?
}

/// What to do when a book is built.
#[derive(Clone, Debug, Default)]
struct Building {
    draft: bool,
    timings: Option<Option<PathBuf>>,
    formats: Formats,
}

fn build(
    book: Option<PathBuf>,
    building: &Building,
    options: RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let root = book_folder(book)?;
    let start = Instant::now();
    let clock = Clock::start();
    let progress = terminal.progress();
    let observer = |event| {
        if let Progress::Stage(stage) = event {
            clock.begins(stage);
        }
        progress.show(&event);
    };
    // The process ends soon, and gives its memory back at once.
    let session = ManuallyDrop::new(Session::open(&root, options)?);
    let built = session.build(building.draft, &building.formats, &observer);
    progress.finish();
    let stages = clock.stop();
    let built = built?;
    let errors = terminal.problems(&built.problems);
    if let Some(file) = &building.timings {
        timings::tell(&stages, &built, terminal);
        file.iter().try_for_each(|file| shard::write_times(file, &built.times))?;
    }
    let totals = built.totals;
    terminal.sum_up(json!({
        "lessons": totals.lessons, "cells": totals.cells, "claims": totals.claims, "values": totals.values,
        "book": built.folder, "files": built.files,
    }));
    let seconds = start.elapsed().as_secs_f64();
    let made = built.folder.iter().flat_map(|folder| built.files.iter().map(move |name| folder.join(name)));
    made.for_each(|file| terminal.status("Made", &file.display().to_string()));
    match (&built.folder, errors) {
        (Some(folder), 0) => {
            terminal.status("Verified", &format!("{} in {seconds:.1} s", counted(&built.totals)));
            let unchecked = built.totals.unchecked();
            if !unchecked.is_empty() {
                terminal.status("Unchecked", &unchecked);
            }
            terminal.status("Open", &folder.join("index.html").display().to_string());
            Ok(Answer::Right)
        }
        (Some(folder), _) => {
            terminal.failure(&format!("{} in a draft of the book", count(errors, "problem")));
            terminal.status("Open", &folder.join("index.html").display().to_string());
            Ok(Answer::Wrong)
        }
        (None, _) => {
            terminal.failure(&format!("{}; nothing was published", count(errors, "problem")));
            Ok(Answer::Wrong)
        }
    }
}

/// An age, as `30d`.
fn age(text: &str) -> Result<Duration, String> {
    let seconds = |(at, unit): (usize, char)| {
        let unit = match unit {
            'h' => 3600,
            'd' => 24 * 3600,
            'w' => 7 * 24 * 3600,
            _ => return None,
        };
        text[..at].parse::<u64>().ok()?.checked_mul(unit)
    };
    let seconds = text.char_indices().next_back().and_then(seconds);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "an age is a number of hours, days or weeks, as `12h`, `30d`, `2w`".to_owned())
}

fn clean_older(
    book: Option<PathBuf>,
    age: Duration,
    options: RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let session = Session::open(&book_folder(book)?, options)?;
    let lessons = session.lessons();
    let tangled = session.tangled(&lessons);
    let jobs: Vec<Job<'_>> = lessons.iter().zip(&tangled).map(|(lesson, tangled)| Job::new(lesson, tangled)).collect();
    let freed = sweep_older(&session.workspace, &jobs, age)?;
    terminal.status("Removed", &format!("{:.1} MB", freed as f64 / 1e6));
    Ok(Answer::Right)
}

fn clean(book: Option<PathBuf>, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let root = book_folder(book)?;
    let session = Session::open(&root, options)?;
    let output = Output::of(&session.book, &session.workspace)?;
    sweep(&output);
    let kept = session.workspace.folder();
    let removed = [
        (kept, std::fs::remove_dir_all(kept)),
        (output.folder(), if output.folder().is_dir() { output.remove() } else { Ok(()) }),
    ];
    for (folder, removed) in removed {
        removed.map_err(|error| Failure::environment(format!("can't remove `{}`: {error}", folder.display())))?;
        terminal.status("Removed", &folder.display().to_string());
    }
    Ok(Answer::Right)
}
