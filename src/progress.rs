//! What is told of long work while it goes on.

use std::path::PathBuf;
use std::time::Duration;

/// Something that happened, for a progress display.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// A part of a build begins, and the one before it is over.
    Stage(Stage),
    /// So many programs must be compiled.
    Compiling(usize),
    /// A crate that lessons depend on was compiled.
    Dependency(String),
    /// A lesson's program starts; how long it took last, where that is known.
    Running(PathBuf, Option<Duration>),
    /// A lesson's program is over.
    Ran,
    /// So many mutants of a lesson are to run, each of them a program that will be over.
    Mutating(PathBuf, usize),
}

/// Receives progress; called from several threads.
pub(crate) type Observer<'a> = &'a (dyn Fn(Progress) + Sync);

/// A part of a build. What has no part of its own is done beside another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The book is read and numbered; cargo and rustc are asked what they are.
    Read,
    /// The programs are written, and kept results looked for.
    Tangle,
    /// Programs are compiled and run. Beside it lessons with known results are judged, and the book that stands is hashed.
    Run,
    /// What is left of the lessons is judged and woven.
    Judge,
    /// The book is compared with the one that stands.
    Compare,
    /// mdBook renders chapters.
    Render,
    /// The pages are finished.
    Finish,
    /// The pages are audited. Beside it the index of the search is written.
    Audit,
    /// EPUB and PDF are made.
    Convert,
    /// The book takes the place of the last one.
    Publish,
}

impl Stage {
    /// Its word, as in "Rendering".
    pub(crate) fn word(self) -> &'static str {
        match self {
            Stage::Read => "Reading",
            Stage::Tangle => "Tangling",
            Stage::Run => "Running",
            Stage::Judge => "Judging",
            Stage::Compare => "Comparing",
            Stage::Render => "Rendering",
            Stage::Finish => "Finishing",
            Stage::Audit => "Auditing",
            Stage::Convert => "Converting",
            Stage::Publish => "Publishing",
        }
    }
}
