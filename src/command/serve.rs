//! `recto serve`: the book in a browser while it is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use cargo_metadata::Metadata;

use super::terminal::{Answer, Said, Terminal, counted};
use crate::diagnostics::Renderer;
use crate::problem::{Failure, Kind, Problem, Severity, count};
use crate::run::{Halt, RunOptions};
use crate::serve::{News, Site, Sources, Watch};
use crate::session::{Built, Session};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each change of a chapter, the library, the data, the theme or the settings builds what depends on it, and pages \
    that are open follow. A failure is shown in its place on the page, as by `build --draft`, and in the terminal. Ctrl-C \
    ends it. The book that `recto build` publishes stays as it is."
)]
pub(super) struct ServeTask {
    /// The book's folder [default: this one, `book` in it, or the nearest above]
    pub(super) book: Option<PathBuf>,
    /// The port; 0 takes one that is free
    #[arg(short, long, value_name = "PORT", default_value_t = 3000)]
    port: u16,
    /// The name or address to listen on; by default only this machine can read the book
    #[arg(short = 'n', long, value_name = "NAME", default_value = "127.0.0.1")]
    hostname: String,
    /// Open the book in a browser
    #[arg(short, long)]
    open: bool,
}

/// Serves a book until the process is ended.
///
/// # Errors
/// Nothing can be served, or watched.
pub(super) fn run(task: &ServeTask, root: &Path, options: &RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let site = Site::open(&task.hostname, task.port)?;
    terminal.status("Serving", &format!("{}; Ctrl-C ends it", site.url()));
    if !site.is_local() {
        let warning = "everyone who reaches this machine can read the book";
        terminal.problem(&Problem::warning(Kind::Environment, warning));
    }
    let here = std::env::current_dir();
    // Where this is, nobody can say any more when it is gone.
    let place = std::path::absolute(root).map_err(|error| Problem::io(root, &error))?;
    let mut watch = Watch::new();
    let mut opens = task.open;
    let mut said = Said::default();
    let halt = Halt::default();
    let mut options = RunOptions {
        halt: Some(halt.clone()),
        ..options.clone()
    };
    watch.turn_to(Sources::of_folder(&place), SystemTime::now(), &halt)?;
    loop {
        if let Ok(here) = &here {
            // Another folder may have taken the place of the one in which this began.
            let _ = std::env::set_current_dir(here);
        }
        let since = SystemTime::now();
        halt.set(false);
        let (built, sources, packages) = build(root, &options, terminal, &mut said);
        // A build that was given up has nothing to tell, and the next one begins at once.
        let is_halted = built.is_err() && halt.is_set();
        let sources = sources.unwrap_or_else(|| Sources::of_folder(&place));
        let folder = built.as_ref().ok().and_then(|built| built.folder.clone());
        let may_open = folder.is_some();
        if !is_halted {
            site.tell(&news(&built), folder);
        }
        if opens && may_open {
            opens = false;
            open(&site.url(), terminal);
        }
        // Where the system watches no more, what was watched before is.
        let has_changed = watch.turn_to(sources, since, &halt).unwrap_or_else(|failure| {
            terminal.problems(failure.problems());
            false
        });
        // What cargo knows of packages does not depend on texts.
        let texts_alone = !has_changed && (is_halted || watch.wait());
        options.packages = packages.filter(|_| texts_alone);
    }
}

type Packages = Option<Arc<Metadata>>;

/// Builds the book as it is now, says what became of it, and, where it could be read, of what it was made and which packages it has.
fn build(
    root: &Path,
    options: &RunOptions,
    terminal: &Terminal,
    said: &mut Said,
) -> (Result<Built, Failure>, Option<Sources>, Packages) {
    let start = Instant::now();
    let session = match Session::open(root, options.clone()) {
        Ok(session) => session,
        Err(failure) => {
            say(&Err(&failure), start, terminal, said);
            return (Err(failure), None, None);
        }
    };
    let mut sources = Sources::of(&session);
    let progress = terminal.progress();
    let built = session.serve(&|event| progress.show(&event));
    progress.finish();
    if built.is_ok() || !options.halt.as_ref().is_some_and(Halt::is_set) {
        say(&built.as_ref(), start, terminal, said);
    }
    sources.add(built.iter().flat_map(|built| built.dependencies.iter().cloned()));
    (built, Some(sources), session.workspace.packages.clone())
}

fn say(built: &Result<&Built, &Failure>, start: Instant, terminal: &Terminal, said: &mut Said) {
    let problems = match built {
        Ok(built) => &built.problems,
        Err(failure) => failure.problems(),
    };
    let errors = count(terminal.news(problems, said), "problem");
    let seconds = start.elapsed().as_secs_f64();
    match built {
        Ok(built) if built.is_right() => {
            terminal.status("Verified", &format!("{} in {seconds:.2} s", counted(&built.totals)));
        }
        Ok(built) if built.folder.is_some() => terminal.failure(&format!("{errors}; the pages show what is wrong")),
        _ => terminal.failure(&format!("{errors}; the pages stay as they were")),
    }
}

/// What those who look at a page are told.
fn news(built: &Result<Built, Failure>) -> News {
    let (problems, published) = match built {
        Ok(built) => (built.problems.as_slice(), built.folder.is_some()),
        Err(failure) => (failure.problems(), false),
    };
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let texts: Vec<String> = errors.map(|problem| Renderer::plain().render(problem)).collect();
    News {
        problems: texts.len(),
        text: texts.join("\n\n"),
        published,
    }
}

fn open(url: &str, terminal: &Terminal) {
    if let Err(error) = opener::open_browser(url) {
        let warning = Problem::warning(Kind::Environment, format!("no browser can be opened: {error}"));
        terminal.problem(&warning.help(format!("open {url} in one")));
    }
}
