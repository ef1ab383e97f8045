//! What the command prints: problems, progress, and a line at the end. Everything but JSON and lists goes to standard error;
//! no control character of a book reaches a terminal.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diagnostics::{self, Renderer};
use crate::problem::{Problem, Severity};
use crate::run::Progress;
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

/// Where the command says things.
#[derive(Debug)]
pub(super) struct Terminal {
    json: bool,
    quiet: bool,
    renderer: Renderer,
}

impl Terminal {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Terminal {
            json,
            quiet,
            renderer: Renderer::coloured(),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// A line in cargo's style, its first word to the right and green.
    pub(super) fn status(&self, word: &str, text: &str) {
        if !self.quiet && !self.json {
            let green = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Green.into()));
            say(&format!("{green}{word:>12}{green:#} {}", harmless(text)));
        }
    }

    /// The last line of what went wrong.
    pub(super) fn failure(&self, text: &str) {
        if !self.json {
            let red = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
            say(&format!("{red}error{red:#}: {}", harmless(text)));
        }
    }

    /// How long each lesson ran, the slowest first, and all of them together.
    pub(super) fn times(&self, times: &[(PathBuf, Duration)]) {
        let mut times: Vec<(String, Duration)> =
            times.iter().map(|(lesson, time)| (lesson.display().to_string(), *time)).collect();
        times.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        let all = times.iter().map(|(_, time)| *time).sum();
        times.push(("in all".to_owned(), all));
        for (what, time) in times {
            self.status(&format!("{:.2} s", time.as_secs_f64()), &what);
        }
    }

    /// A text by itself.
    pub(super) fn text(&self, text: &str) {
        if !self.json {
            say(&harmless(text));
        }
    }

    /// A line of a list that was asked for, on standard output.
    #[expect(clippy::unused_self, reason = "all that is printed is printed here")]
    pub(super) fn listed(&self, text: &str) {
        let _ = writeln!(std::io::stdout(), "{}", harmless(text));
    }

    pub(super) fn problem(&self, problem: &Problem) {
        if self.json {
            // Nobody is left to tell when standard output is closed.
            let _ = writeln!(std::io::stdout(), "{}", diagnostics::json(problem));
        } else if !self.quiet || problem.severity == Severity::Error {
            say(&self.renderer.render(problem));
            say("");
        }
    }

    /// Prints the problems and counts the errors.
    pub(super) fn problems<'a>(&self, problems: impl IntoIterator<Item = &'a Problem>) -> usize {
        let printed = problems.into_iter().inspect(|problem| self.problem(problem));
        printed.filter(|problem| problem.severity == Severity::Error).count()
    }

    /// A progress bar when standard error is a terminal, silence when not.
    pub(super) fn progress(&self) -> Bar {
        let bar = ProgressBar::new(0);
        if self.quiet || self.json || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            let style = ProgressStyle::with_template("{prefix:>12.bold.cyan} [{bar:24}] {pos}/{len} {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Bar(bar)
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

/// Progress of a run.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn show(&self, event: &Progress) {
        match event {
            Progress::Compiling(programs) => {
                self.0.set_length(*programs as u64);
                self.0.set_prefix("Compiling");
            }
            Progress::Dependency(name) => self.0.set_message(harmless(name).into_owned()),
            Progress::Running(lesson, last) => {
                self.0.set_prefix("Running");
                self.0.set_message(harmless(&running(lesson, *last)).into_owned());
            }
            Progress::Ran => self.0.inc(1),
        }
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
