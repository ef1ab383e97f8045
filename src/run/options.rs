//! How to run, and what is told of it meanwhile.

use std::path::PathBuf;

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Where compiled things and transcripts are kept; cargo's target folder when absent.
    pub target: Option<PathBuf>,
    /// Run each program again, stored transcript or not.
    pub fresh: bool,
    /// Run each program a second time, and compare.
    pub twice: bool,
}

/// Something that happened, for whoever shows progress.
#[derive(Clone, Debug)]
pub enum Progress {
    /// So many programs must be compiled.
    Compiling(usize),
    /// A crate that lessons depend on was compiled.
    Dependency(String),
    /// A lesson's program starts.
    Running(PathBuf),
    /// A lesson's program is over.
    Ran(PathBuf),
}

/// Receives progress; called from several threads.
pub type Observer<'a> = &'a (dyn Fn(Progress) + Sync);
