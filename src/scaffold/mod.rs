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

/// What a new book makes if it is not there, and otherwise leaves as it is.
const OPTIONAL: [&str; 2] = [".gitignore", "README.md"];

/// How the files begin that a repository has before there is anything in it.
const FIRST: [&str; 6] = [".", "changelog", "copying", "licence", "license", "readme"];

/// Starts a book in a folder that is new, or holds nothing but what a new repository has, or in which that was begun and
/// interrupted. What is there stays.
///
/// # Errors
/// The folder holds something else, or a file can't be written.
pub(crate) fn new_book(folder: &Path) -> Result<(), Failure> {
    let files = files_of_book(folder);
    if folder.is_file() {
        let message = format!("`{}` is a file", folder.display());
        let help = "name a folder that is not there yet";
        return Err(Problem::error(Kind::Environment, message).help(help).in_environment());
    }
    if let Some(other) = first_other(folder, &files) {
        let problem = Problem::error(Kind::Environment, format!("`{}` is not empty", folder.display()));
        let help = format!("`{}` is there; name a folder that is not there yet", other.display());
        return Err(problem.help(help).in_environment());
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

/// What a folder holds that is not part of a new repository and none of these files with the same text. What is half written
/// counts for nothing.
fn first_other(folder: &Path, files: &[(PathBuf, String)]) -> Option<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return folder.exists().then(|| folder.to_path_buf());
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().find_map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_made = files.iter().find(|(file, _)| file == path);
        match is_made {
            _ if author::is_unfinished(path) || OPTIONAL.contains(&&*name) => None,
            Some((_, text)) => (!std::fs::read(path).is_ok_and(|it| it == text.as_bytes())).then(|| path.clone()),
            None if FIRST.iter().any(|first| name.to_lowercase().starts_with(first)) => None,
            None if path.is_dir() && files.iter().any(|(file, _)| file.starts_with(path)) => first_other(path, files),
            None => Some(path.clone()),
        }
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
