//! The folder of the book that is meant.

use std::path::{Path, PathBuf};

use crate::problem::{Failure, Kind, Problem};

/// The folder that was named; or else the one in which the command was given, `book` below it, or the nearest above that
/// has a book.
pub(super) fn book_folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(folder) = named {
        return Ok(folder);
    }
    let depth = std::env::current_dir().map_or(0, |here| here.components().count());
    let above = (1..depth).map(|levels| [".."].repeat(levels).iter().collect());
    let mut candidates = [PathBuf::from("."), PathBuf::from("book")].into_iter().chain(above);
    candidates.find(|folder: &PathBuf| has_book(folder)).ok_or_else(|| {
        Problem::error(Kind::Settings, "there is no book.toml here, nor in `book`, nor in a folder above")
            .help("name the folder of the book: `recto build my-book`; or start one: `recto init my-book`")
            .in_environment()
    })
}

fn has_book(folder: &Path) -> bool {
    folder.join("book.toml").is_file()
}
