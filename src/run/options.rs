//! How to run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cargo_metadata::Metadata;

use crate::read::Sandbox;

/// How to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptions {
    /// Where compiled things and transcripts are kept; cargo's target folder when absent.
    pub(crate) target: Option<PathBuf>,
    /// In the place of what the book's settings say.
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) runs: Runs,
    /// Run each program a second time, and compare.
    pub(crate) twice: bool,
    /// What cargo said of the book's packages, where nothing has changed since on which that depends. Asking takes longer than
    /// building a book of which little has changed.
    pub(crate) packages: Option<Arc<Metadata>>,
    /// Where somebody may want no result any more.
    pub(crate) halt: Option<Halt>,
}

/// Says that what is built is out of date: its programs need not run to their ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halt(Arc<AtomicBool>);

impl Halt {
    pub(crate) fn set(&self, is_set: bool) {
        self.0.store(is_set, Ordering::SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Which programs run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Those without a stored result that holds.
    #[default]
    Missing,
    /// All of them.
    All,
    /// None: one without a result is an error.
    None,
}
