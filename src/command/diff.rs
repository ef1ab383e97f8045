//! `recto diff`: what changed in a book's results between two versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use super::terminal::{Answer, Terminal};
use crate::diff::{Change, Difference, Reported, Sort, Unreadable};
use crate::problem::{Failure, Kind, Problem};
use crate::run::RunOptions;
use crate::scratch::{self, Scratch};
use crate::session::Session;

/// The report's file in a bound book.
const REPORT: &str = "verification.json";
/// How the folder begins in which a commit is checked out.
const CHECKOUT: &str = "recto-diff-";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A version is a `verification.json`, a folder with one, as a bound book has it, or a commit of the book's \
    repository, whose lessons are then run.\n\nExit code 1 if there is a change of a sort that `--deny` names."
)]
pub(super) struct DiffTask {
    /// The version before: a report, a bound book, or a commit
    old: String,
    /// The version after
    new: String,
    /// How the difference is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Fail if there are changes of these sorts
    #[arg(long, value_name = "SORTS", value_delimiter = ',')]
    deny: Vec<Denied>,
    /// The book's folder, for commits [default: this one, `book` in it, or the nearest above]
    #[arg(long, value_name = "DIR")]
    pub(super) book: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each change
    Text,
    /// For a pull request
    Markdown,
    /// One JSON object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Checks that let more pass, or are gone
    Weaker,
    /// Values that moved though the text says the same
    Moved,
    /// Figures that show something else under the same description
    Figure,
    /// Anchors that are gone
    Anchor,
    /// Results that are no longer bound to code
    Coverage,
    /// All of these
    All,
}

impl Denied {
    fn denies(self, change: &Change) -> bool {
        match self {
            Denied::Weaker => change.sort == Sort::Weaker,
            Denied::Moved => change.sort == Sort::Moved,
            Denied::Figure => change.sort == Sort::Figure,
            Denied::Anchor => change.sort == Sort::Anchor,
            Denied::Coverage => change.sort == Sort::Coverage,
            Denied::All => !matches!(change.sort, Sort::Restated | Sort::Added | Sort::Rounding),
        }
    }
}

/// Prints what is different. Commits are of the repository in which the book is.
pub(super) fn run(
    task: &DiffTask,
    book: Option<&Path>,
    options: &RunOptions,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let version = |name: &str| version(name, book, options, terminal);
    let (old, new) = (version(&task.old)?, version(&task.new)?);
    let difference = Difference::of((&task.old, &old), (&task.new, &new));
    terminal.listed(&match task.format {
        Format::Text => difference.text(),
        Format::Markdown => difference.markdown(),
        Format::Json => difference.json(),
    });
    let is_denied = |change: &&Change| task.deny.iter().any(|denied| denied.denies(change));
    let denied = difference.changes.iter().filter(is_denied).count();
    if denied > 0 {
        terminal.failure(&format!("{denied} of these changes are denied"));
    }
    Ok(Answer::of(denied))
}

/// The report of a version.
fn version(name: &str, book: Option<&Path>, options: &RunOptions, terminal: &Terminal) -> Result<Reported, Failure> {
    let path = Path::new(name);
    if path.is_dir() && path.join(REPORT).is_file() {
        return read(&path.join(REPORT));
    }
    if path.is_file() {
        return read(path);
    }
    let is_folder = path.is_dir();
    let commit = book.and_then(|book| Some((commit(book, name)?, book)));
    if let Some((commit, book)) = commit.filter(|_| !is_folder) {
        return checked_out(book, &commit, name, options, terminal);
    }
    let message = if is_folder {
        format!("there is no `{REPORT}` in the folder `{name}`")
    } else {
        format!("`{name}` is no file, no folder, and no commit of the book's repository")
    };
    let help = format!("a bound book has its `{REPORT}` in its folder: `recto build`, then `recto diff OLD book/book`");
    Err(Problem::error(Kind::Environment, message).help(help).in_environment())
}

fn read(file: &Path) -> Result<Reported, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Problem::io(file, &error))?;
    Reported::read(&text).map_err(|error| {
        let message = format!("`{}` can't be compared: {error}", file.display());
        let problem = Problem::error(Kind::Environment, message);
        let help = match error {
            Unreadable::Newer(_) => "compare it with the recto that made it, or a later one",
            Unreadable::Form(_) => "name the `verification.json` of a book that recto bound",
        };
        problem.help(help).in_environment()
    })
}

/// The hash of a commit of the repository in which a book is.
fn commit(book: &Path, name: &str) -> Option<String> {
    let revision = format!("{name}^{{commit}}");
    git(book, &["rev-parse", "--verify", "--quiet", "--end-of-options", &revision]).ok()
}

/// Runs git in the book's folder, without what its hooks would do, and returns the line that it prints.
fn git(book: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git")
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(book)
        .output()
        .map_err(|error| Failure::environment(format!("git can't be run: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::environment(format!("git {} failed: {said}", arguments.first().unwrap_or(&""))))
}

/// A commit as a folder, which is gone when this is dropped.
struct Worktree<'a> {
    book: &'a Path,
    folder: Scratch,
}

impl<'a> Worktree<'a> {
    fn of(book: &'a Path, commit: &str) -> Result<Worktree<'a>, Failure> {
        let parent = std::env::temp_dir();
        scratch::sweep(CHECKOUT, &parent);
        let folder = Scratch::new(CHECKOUT, &parent).map_err(|error| Problem::io(&parent, &error))?;
        let worktree = Worktree { book, folder };
        let path = worktree.folder.path().to_string_lossy().into_owned();
        git(book, &["worktree", "add", "--detach", "--force", "--quiet", &path, commit])?;
        Ok(worktree)
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        let path = self.folder.path().to_string_lossy().into_owned();
        // Nothing is pruned: another worktree may be on a disk that is not there now.
        let _ = git(self.book, &["worktree", "remove", "--force", &path]);
    }
}

/// Runs the lessons of a commit. What they depend on is compiled where the book's own is.
fn checked_out(
    book: &Path,
    commit: &str,
    name: &str,
    options: &RunOptions,
    terminal: &Terminal,
) -> Result<Reported, Failure> {
    terminal.status("Checking", &format!("{name} ({})", &commit[..commit.len().min(10)]));
    let below = git(book, &["rev-parse", "--show-prefix"])?;
    let target = match &options.target {
        Some(target) => std::path::absolute(target).map_err(|error| Problem::io(target, &error))?,
        None => Session::open(book, options.clone())?.workspace.target().to_path_buf(),
    };
    let worktree = Worktree::of(book, commit)?;
    let root = worktree.folder.path().join(below);
    let options = RunOptions { target: Some(target), ..options.clone() };
    let session = Session::open(&root, options)?;
    let progress = terminal.progress();
    let written = session.write(&session.lessons(), true, &|event| progress.show(&event));
    progress.finish();
    let report = written?.report;
    if !report.verified {
        terminal.status("Wrong", &format!("{name} does not pass; what is not right in it is not compared"));
    }
    // Its results are kept under the path of this folder, which nobody will have again.
    let _ = std::fs::remove_dir_all(session.workspace.folder());
    Reported::read(&report.json()).map_err(|error| Failure::environment(error.to_string()))
}
