//! How a program goes on, cell by cell: all that one tells whose blocks show and claim nothing.

use std::borrow::Cow;

#[cfg(feature = "generator")]
use super::words::Error;
use super::words::{Part, Words, variants};

/// What a program tells recto of its course.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub enum Step {
    /// The first message: the word that is in the marks of this run.
    Hello(String),
    /// A cell begins; the number is the item's index in the lesson.
    Cell(u32),
    /// A cell ended as it should.
    CellEnd(u32),
    /// The switch of this number was reached.
    Reached(u32),
    /// A panic, as the hook sees it; the thread may yet go on.
    Panic {
        /// File as the compiler names it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Name of the thread, empty for the main one.
        thread: String,
        /// What it said.
        message: String,
    },
    /// A panic ended the lesson; this is what it said.
    Unwound(String),
    /// A `should_panic` cell panicked.
    Caught {
        /// Index of the item.
        item: u32,
        /// What it said.
        message: String,
    },
    /// A `should_panic` cell did not panic.
    Unpanicked(u32),
    /// A cell returned an error.
    Error {
        /// File as the compiler names it.
        file: String,
        /// Line of the `?`, from 1.
        line: usize,
        /// Column of the `?`, from 1.
        column: usize,
        /// The error and its causes.
        message: String,
    },
    /// The program is about to end by itself.
    Done,
}

variants! { Step:
    "hello" => Hello(nonce),
    "cell" => Cell(item),
    "end" => CellEnd(item),
    "reached" => Reached(number),
    "panic" => Panic { file, line, column, thread, message },
    "unwound" => Unwound(message),
    "caught" => Caught { item, message },
    "unpanicked" => Unpanicked(item),
    "error" => Error { file, line, column, message },
    "done" => Done,
}

impl Words for Step {
    fn words(&self) -> Vec<Cow<'_, str>> {
        let mut words = vec!["step".into()];
        self.write(&mut words);
        words
    }
}
