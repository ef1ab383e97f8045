//! The folder of the book that is meant.

use std::path::{Path, PathBuf};

use crate::problem::{Failure, Kind, Problem};

/// The folder that was named; or else the one in which the command was given, `book` below it, or the nearest above that
/// has a book.
pub(super) fn book_folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(folder) = named {
        return existing(folder);
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

/// A folder that was named, if it is one, and not one within a book.
fn existing(folder: PathBuf) -> Result<PathBuf, Failure> {
    let above = folder.ancestors().skip(1).find(|above| has_book(above));
    let message = if !folder.exists() {
        format!("there is no folder `{}`", folder.display())
    } else if !folder.is_dir() {
        format!("`{}` is a file, and not the folder of a book", folder.display())
    } else if above.is_some() && !has_book(&folder) {
        format!("there is no book.toml in `{}`", folder.display())
    } else {
        return Ok(folder);
    };
    let name = match above {
        Some(above) if above.as_os_str().is_empty() => ".".to_owned(),
        Some(above) => above.display().to_string(),
        None => "my-book".to_owned(),
    };
    let help = format!("name the folder in which book.toml is: `{name}`");
    Err(Problem::error(Kind::Settings, message).help(help).in_environment())
}

fn has_book(folder: &Path) -> bool {
    folder.join("book.toml").is_file()
}
