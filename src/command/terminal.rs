//! What the command prints: problems, progress, and a line at the end. Everything but JSON, annotations and lists goes to
//! standard error; no control character of a book reaches a terminal.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::diagnostics::{Renderer, annotation, json, json_line};
use crate::problem::{Problem, Severity, count, count_each};
use crate::progress::Progress;
use crate::report::Totals;
use crate::screen::harmless;

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Right,
    Wrong,
}

impl Answer {
    /// Right, if nothing failed.
    pub(super) fn of(failed: usize) -> Answer {
        if failed == 0 { Answer::Right } else { Answer::Wrong }
    }
}

/// How problems are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// With the source, in rustc's style
    Human,
    /// One JSON object a line, on standard output, and a summary at the end; `recto generate schema messages` says what they hold
    Json,
    /// As people read them, and on standard output as annotations of a GitHub Actions workflow
    Github,
}

/// Where the command says things.
#[derive(Debug)]
pub(super) struct Terminal {
    format: Format,
    quiet: bool,
    renderer: Renderer,
    errors: Cell<usize>,
    warnings: Cell<usize>,
    /// What the summary says beside the number of problems.
    summary: RefCell<Map<String, Value>>,
}

impl Terminal {
    pub(super) fn new(format: Format, quiet: bool) -> Self {
        Terminal {
            format,
            quiet,
            renderer: Renderer::coloured(),
            errors: Cell::default(),
            warnings: Cell::default(),
            summary: RefCell::default(),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Adds to what the summary says.
    pub(super) fn sum_up(&self, more: Value) {
        if let Value::Object(more) = more {
            self.summary.borrow_mut().extend(more);
        }
    }

    /// The last line of JSON: what came of the command.
    pub(super) fn summary(&self, success: bool) {
        if self.is_json() {
            let mut summary = self.summary.take();
            let counts = json!({ "success": success, "errors": self.errors.get(), "warnings": self.warnings.get() });
            summary.extend(counts.as_object().cloned().unwrap_or_default());
            self.record("summary", summary.into());
        }
    }

    /// A line of JSON, where JSON is asked for.
    pub(super) fn record(&self, reason: &str, mut record: Value) {
        if self.is_json() {
            record["reason"] = reason.into();
            self.printed(&(json_line(&record) + "\n"));
        }
    }

    /// A line in cargo's style, its first word to the right and green.
    pub(super) fn status(&self, word: &str, text: &str) {
        if !self.quiet && !self.is_json() {
            let green = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Green.into()));
            say(&format!("{green}{word:>12}{green:#} {}", harmless(text)));
        }
    }

    /// The last line of what went wrong.
    pub(super) fn failure(&self, text: &str) {
        if !self.is_json() {
            let red = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
            say(&format!("{red}error{red:#}: {}", harmless(text)));
        }
    }

    /// A text by itself.
    pub(super) fn text(&self, text: &str) {
        if !self.is_json() {
            say(&harmless(text));
        }
    }

    /// What is right: a text that who asks for quiet does not get.
    pub(super) fn right(&self, text: &str) {
        if !self.quiet {
            self.text(text);
        }
    }

    /// A line of a list that was asked for, on standard output.
    pub(super) fn listed(&self, text: &str) {
        self.printed(&format!("{}\n", harmless(text)));
    }

    /// Text of recto's own, on standard output.
    #[expect(clippy::unused_self, reason = "all that is printed is printed here")]
    pub(super) fn printed(&self, text: &str) {
        // Nobody is left to tell when standard output is closed.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    pub(super) fn problem(&self, problem: &Problem) {
        match problem.severity {
            Severity::Error => self.errors.set(self.errors.get() + 1),
            Severity::Warning => self.warnings.set(self.warnings.get() + 1),
            Severity::Note => {}
        }
        if self.is_json() {
            return self.printed(&(json(problem) + "\n"));
        }
        if self.format == Format::Github {
            let repository = std::env::var_os("GITHUB_WORKSPACE");
            self.printed(&(annotation(problem, repository.as_deref().map(Path::new)) + "\n"));
        }
        if !self.quiet || problem.severity == Severity::Error {
            say(&self.renderer.render(problem));
            say("");
        }
    }

    /// Prints the problems and counts the errors.
    pub(super) fn problems<'a>(&self, problems: impl IntoIterator<Item = &'a Problem>) -> usize {
        let printed = problems.into_iter().inspect(|problem| self.problem(problem));
        printed.filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Prints those problems that were not there before, and of the others the place and message of errors, and the number of
    /// warnings. Says how many errors there are. Programs get all of them.
    pub(super) fn news<'a>(&self, problems: impl IntoIterator<Item = &'a Problem>, said: &mut Said) -> usize {
        const MOST: usize = 5;
        let before = std::mem::take(&mut said.0);
        let (mut errors, mut old, mut warnings) = (0, Vec::new(), 0);
        for problem in problems {
            let key = key(problem);
            errors += usize::from(problem.severity == Severity::Error);
            match problem.severity {
                _ if self.format != Format::Human || !before.contains(&key) => self.problem(problem),
                Severity::Error => old.push(line(problem)),
                _ => warnings += 1,
            }
            said.0.insert(key);
        }
        old.iter().take(MOST).for_each(|line| self.failure(&format!("as before: {line}")));
        let more = count_each(&[(old.len().saturating_sub(MOST), "more error"), (warnings, "warning")]);
        if !more.is_empty() {
            self.status("As before", &more);
        }
        errors
    }

    /// A progress bar when standard error is a terminal, silence when not.
    pub(super) fn progress(&self) -> Bar {
        let bar = ProgressBar::new(0);
        if self.quiet || self.is_json() || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            bar.set_style(style(WORDS));
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Bar(bar)
    }
}

/// The problems that were told of last.
#[derive(Debug, Default)]
pub(super) struct Said(HashSet<String>);

/// What makes a problem the same one, wherever lines have moved it.
fn key(problem: &Problem) -> String {
    let source = problem.place.as_ref().map(|place| {
        let text = &place.file.text;
        let start = text[..place.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[place.span.end..].find('\n').map_or(text.len(), |newline| place.span.end + newline);
        (place.path().to_owned(), text[start..end].to_owned())
    });
    format!("{:?}", (problem.severity, problem.kind, &problem.message, &problem.notes, &problem.helps, source))
}

/// A problem in one line.
fn line(problem: &Problem) -> String {
    match &problem.place {
        Some(place) => {
            let (line, column) = place.line_column();
            format!("{}:{line}:{column}: {}", place.path().display(), problem.message)
        }
        None => problem.message.clone(),
    }
}

/// What was checked, in numbers.
pub(super) fn counted(totals: &Totals) -> String {
    let counted = count_each(&[
        (totals.cells, "cell"),
        (totals.claims, "claim"),
        (totals.values, "inline value"),
    ]);
    if counted.is_empty() {
        "a book without anything to check".to_owned()
    } else {
        format!("{} with {counted}", count(totals.lessons, "lesson"))
    }
}

/// A closed standard error is no reason to fail.
fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A lesson that runs, and for how long it is expected to.
fn running(lesson: &Path, last: Option<Duration>) -> String {
    match last {
        Some(last) => format!("{}, {:.1} s last time", lesson.display(), last.as_secs_f64()),
        None => lesson.display().to_string(),
    }
}

/// A progress line, and one with a bar.
const WORDS: &str = "{prefix:>12.bold.cyan} {wide_msg}";
const BAR: &str = "{prefix:>12.bold.cyan} [{bar:24}] {pos}/{len} {wide_msg}";

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

/// Progress of a run.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn show(&self, event: &Progress) {
        match event {
            Progress::Stage(stage) => {
                self.0.set_style(style(WORDS));
                self.tell(stage.word(), "");
            }
            Progress::Compiling(programs) => self.count(*programs, "Compiling", ""),
            Progress::Dependency(name) => self.0.set_message(harmless(name).into_owned()),
            Progress::Running(lesson, last) => self.tell("Running", &running(lesson, *last)),
            Progress::Ran => self.0.inc(1),
            Progress::Mutating(lesson, mutants) => self.count(*mutants, "Mutating", &lesson.display().to_string()),
        }
    }

    fn tell(&self, word: &'static str, what: &str) {
        self.0.set_prefix(word);
        self.0.set_message(harmless(what).into_owned());
    }

    /// Begins a bar for so many programs.
    fn count(&self, programs: usize, word: &'static str, what: &str) {
        self.0.set_style(style(BAR));
        self.0.set_length(programs as u64);
        self.0.set_position(0);
        self.tell(word, what);
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
