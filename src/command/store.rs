//! `recto store`: finished results taken to other machines, and in from them.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::terminal::{Answer, Terminal};
use crate::problem::{Failure, Kind, Problem, count};
use crate::read::Settings;
use crate::run::{self, Job, RunOptions, SharedKey};
use crate::session::Session;

/// The variable that may hold the key.
const VARIABLE: &str = "RECTO_STORE_KEY";

#[derive(Debug, Subcommand)]
pub(super) enum StoreTask {
    /// Write the results of this book that hold now into a file
    #[command(after_help = "Results that hold on this machine alone stay, and are listed.")]
    Export {
        /// The file, a tar
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Take in the results in files that `export` wrote, with the same key
    #[command(
        after_help = "What is not sealed with the key is refused, and its lesson runs again. Exit code 1 if anything was refused."
    )]
    Import {
        /// The files; their results are put together
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// The book's folder [default: this one, `book` in it, or the nearest above]
    #[arg(long, value_name = "DIR")]
    book: Option<PathBuf>,
    /// A file with the key that both sides were given [default: the variable RECTO_STORE_KEY]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl StoreTask {
    fn common(&self) -> &Common {
        let (StoreTask::Export { common, .. } | StoreTask::Import { common, .. }) = self;
        common
    }

    /// The book's folder, where it is named.
    pub(super) fn book(&self) -> Option<PathBuf> {
        self.common().book.clone()
    }
}

/// `book` is the book's folder.
pub(super) fn run(task: StoreTask, book: &Path, options: RunOptions, terminal: &Terminal) -> Result<Answer, Failure> {
    let common = task.common();
    let session = Session::open(book, options)?;
    let key = key(common.key_file.as_deref(), &session.book.settings)?;
    let lessons = session.lessons();
    let tangled = session.tangled(&lessons);
    let jobs: Vec<Job<'_>> = lessons.iter().zip(&tangled).map(|(lesson, tangled)| Job::new(lesson, tangled)).collect();
    match task {
        StoreTask::Export { file, .. } => export(&session, &jobs, &key, &file, terminal),
        StoreTask::Import { files, .. } => import(&session, &jobs, &key, &files, terminal),
    }
}

fn export(
    session: &Session,
    jobs: &[Job<'_>],
    key: &SharedKey,
    file: &Path,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let exported = run::export(&session.workspace, jobs, key, file)?;
    for (lesson, why) in &exported.stay {
        terminal.status("Staying", &format!("{}: {why}", lesson.display()));
    }
    terminal.status("Exported", &format!("{} to {}", count(exported.results, "result"), file.display()));
    if !exported.missing.is_empty() {
        terminal.status("Missing", &format!("those of {}", count(exported.missing.len(), "lesson")));
    }
    Ok(Answer::Right)
}

fn import(
    session: &Session,
    jobs: &[Job<'_>],
    key: &SharedKey,
    files: &[PathBuf],
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let imported = run::import(&session.workspace, jobs, key, files)?;
    let refused = terminal.problems(&imported.problems);
    terminal.status("Imported", &count(imported.results, "result"));
    if !imported.missing.is_empty() {
        let names: Vec<String> = imported.missing.iter().map(|lesson| lesson.display().to_string()).collect();
        terminal.status("Missing", &format!("{} will be run: {}", count(names.len(), "lesson"), names.join(", ")));
    }
    Ok(Answer::of(refused))
}

/// The key that was given, which no lesson may see.
fn key(file: Option<&Path>, settings: &Settings) -> Result<SharedKey, Failure> {
    let refused = |message: String| Problem::error(Kind::Environment, message).in_environment();
    let Some(file) = file else {
        if settings.environment.iter().any(|name| name == VARIABLE) {
            return Err(refused(format!("`environment` in the book's settings gives {VARIABLE} to the lessons")));
        }
        let Some(key) = std::env::var_os(VARIABLE) else {
            let problem = Problem::error(Kind::Environment, "results travel under a key that both sides were given");
            let help = format!("name its file, `--key-file FILE`, or set {VARIABLE}; make one: `openssl rand -hex 32`");
            return Err(problem.help(help).in_environment());
        };
        return SharedKey::of(key.as_encoded_bytes());
    };
    let io = |error: std::io::Error| Problem::io(file, &error);
    let there = std::fs::canonicalize(file).map_err(io)?;
    let open = settings.read.iter().map(PathBuf::as_path).chain([Path::new("data"), &settings.src]);
    for open in open.filter_map(|open| std::fs::canonicalize(settings.root.join(open)).ok()) {
        if there.starts_with(&open) {
            return Err(refused(format!("lessons can read `{}`: keep the key elsewhere", file.display())));
        }
    }
    SharedKey::of(&std::fs::read(file).map_err(io)?)
}
