//! What this package's own tests and benches use of the tool. Each error is its diagnostic as text.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use crate::bind::Added;
pub use crate::command::main;
pub use crate::fuzz::{KINDS, read as fuzz};
pub use crate::math::{MathError, Mathematics};
/// What recto does when it was started by itself to watch a program. A test or bench that runs lessons asks for it first.
pub use crate::run::supervisor;

use crate::command;
use crate::examples;
use crate::problem::Failure;
use crate::run::RunOptions;
use crate::session::Session;

fn text(failure: &Failure) -> String {
    examples::text(failure.problems())
}

fn open(root: &Path, target: Option<&Path>) -> Result<Session, String> {
    let target = target.map(Path::to_path_buf);
    let options = RunOptions { target, ..RunOptions::default() };
    Session::open(root, options).map_err(|failure| text(&failure))
}

/// Lists or checks the worked examples of the book in a folder, as the arguments of a test target say; whether all that
/// were asked for hold.
pub fn harness(root: &Path, arguments: impl Iterator<Item = OsString>) -> bool {
    command::harness(root, arguments, &RunOptions::default())
}

/// The book in a folder as it is given to mdBook: the markdown of each chapter by its path, and the chapters that recto
/// adds. Compiled things are kept in `target`.
///
/// # Errors
/// The book can't be read, or the environment fails.
pub fn woven(root: &Path, target: &Path) -> Result<(BTreeMap<PathBuf, String>, Vec<Added>), String> {
    let session = open(root, Some(target))?;
    let woven = || {
        let written = session.write(&session.lessons(), true, &|_| {})?;
        let added = session.added(&written, true);
        Ok((written.woven?, added))
    };
    woven().map_err(|failure: Failure| text(&failure))
}
