//! New chapters and new books, complete enough to build and pass at once.

mod chapter;
mod summary;

use std::path::{Path, PathBuf};

use tera::Context;

use crate::author;
use crate::problem::{Failure, Kind, Problem};
use crate::site::{absolute, is_device};
use crate::templates;

pub(crate) use chapter::new_chapter;
pub(crate) use summary::{Where, with_chapter};

/// Starts a book in a folder that is new or empty, or in which that was begun and interrupted.
///
/// # Errors
/// The folder holds something else, or a file can't be written.
pub(crate) fn new_book(folder: &Path) -> Result<(), Failure> {
    let files = files_of_book(folder);
    if !holds_nothing_but(folder, &files) {
        let problem = Problem::error(Kind::Environment, format!("`{}` is not empty", folder.display()));
        return Err(problem.help("name a folder that is not there yet").in_environment());
    }
    for (file, text) in files.into_iter().filter(|(file, _)| !file.exists()) {
        author::create(&file, &text)?;
    }
    Ok(())
}

/// The files of a new book, with their texts.
fn files_of_book(folder: &Path) -> Vec<(PathBuf, String)> {
    let whole = std::fs::canonicalize(folder).or_else(|_| absolute(folder));
    let whole = whole.unwrap_or_else(|_| folder.to_path_buf());
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let title = name.replace(['-', '_'], " ").replace(char::is_control, " ");
    let title = if title.trim().is_empty() { "A book" } else { title.trim() };
    let quoted = toml::Value::from(title).to_string();
    let filled = [
        ("new/book.toml", "book.toml", quoted.as_str()),
        ("new/manifest.toml", "Cargo.toml", ""),
        ("new/README.md", "README.md", title),
    ];
    let filled = filled.map(|(template, file, title)| {
        let mut context = Context::new();
        context.insert("title", title);
        context.insert("name", &package_name(&name));
        (folder.join(file), templates::text(template, &context))
    });
    let others = templates::NEW_BOOK.map(|(file, text)| (folder.join(file), text.to_owned()));
    filled.into_iter().chain(others).collect()
}

/// What cargo takes for the name of a package, and no crate has that a new lesson uses.
fn package_name(folder: &str) -> String {
    const TAKEN: [&str; 9] = [
        "alloc", "core", "kit", "nalgebra", "plotters", "proc-macro", "recto", "std", "test",
    ];
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let plain: String = folder.chars().map(plain).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    match words.join("-") {
        name if name.is_empty() => "book".to_owned(),
        name if name.starts_with(|c: char| c.is_ascii_digit()) || TAKEN.contains(&&*name) || is_device(&name) => {
            format!("book-{name}")
        }
        name => name,
    }
}

/// Whether each file in a folder is one of these, with the same text; what is half written counts for nothing, and neither
/// does the folder of git.
fn holds_nothing_but(folder: &Path, files: &[(PathBuf, String)]) -> bool {
    let Ok(mut entries) = std::fs::read_dir(folder) else {
        return !folder.exists();
    };
    entries.all(|entry| {
        let Ok(path) = entry.map(|entry| entry.path()) else {
            return false;
        };
        let is_above = || path.is_dir() && files.iter().any(|(file, _)| file.starts_with(&path));
        let is_one = |(file, text): &(PathBuf, String)| {
            *file == path && std::fs::read(file).is_ok_and(|found| found == text.as_bytes())
        };
        let is_passed = path.file_name().is_some_and(|name| name == ".git") || author::is_unfinished(&path);
        is_passed || files.iter().any(is_one) || is_above() && holds_nothing_but(&path, files)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_a_name_that_cargo_takes() {
        for (folder, name) in [
            ("my-book", "my-book"),
            ("Notes on q\"uotes", "notes-on-q-uotes"),
            ("2026-notes", "book-2026-notes"),
            ("日本語", "book"),
            ("überblick", "berblick"),
            ("_a__b\\", "a-b"),
            ("std", "book-std"),
            ("Plotters", "book-plotters"),
            ("nul", "book-nul"),
            ("com7", "book-com7"),
            ("com0", "com0"),
            ("compact", "compact"),
            ("", "book"),
        ] {
            assert_eq!(package_name(folder), name, "{folder}");
        }
    }
}
