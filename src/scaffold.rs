//! New chapters and new books from templates, complete enough to build and pass at once.

use std::path::{Path, PathBuf};

use tera::Context;

use crate::author;
use crate::problem::{Failure, Kind, Problem};
use crate::read::{Settings, identifier};
use crate::source::SourceFile;
use crate::templates;

/// Adds a chapter to the book: its file, and its line in `SUMMARY.md` after the last numbered
/// chapter. Returns the file.
///
/// # Errors
/// The title has no letter, a chapter of that name is there, or a file can't be written.
pub(crate) fn new_chapter(root: &Path, title: &str) -> Result<PathBuf, Failure> {
    let settings = Settings::read(root)?;
    let src = root.join(&settings.src);
    let slug = identifier(title).replace('_', "-").trim_matches('-').to_owned();
    if !title.chars().any(char::is_alphanumeric) || title.contains('\n') {
        let problem = Problem::error(Kind::Chapter, "a chapter needs a title with a letter in it");
        let help = "`recto new \"Gradient flow\"` makes the chapter gradient-flow.md";
        return Err(problem.help(help).in_book());
    }
    let file = src.join(format!("{slug}.md"));
    let summary = src.join("SUMMARY.md");
    let read = || SourceFile::read(&summary).map_err(|error| Problem::io(&summary, &error));
    let mut listed = read()?;
    let line = format!("- [{}]({slug}.md)", title.replace('[', "\\[").replace(']', "\\]"));
    let text = render("chapter.md", title);
    // One that no author has touched, and that is not listed, is what an interrupted command left.
    let is_left = std::fs::read_to_string(&file).is_ok_and(|found| found == text);
    if !is_left || listed.text.contains(&format!("({slug}.md)")) {
        author::create(&file, &text)?;
    }
    // Another command may add its chapter at the same time.
    while !author::rewrite(&listed, &with_line(&listed.text, &line))? {
        listed = read()?;
    }
    Ok(file)
}

/// The summary with a line added after its last numbered chapter, or at its end; the rest stays as it is.
pub(crate) fn with_line(summary: &str, line: &str) -> String {
    let is_chapter = |line: &str| line.trim_start().starts_with(['-', '*', '+']) && line.contains("](");
    let end = if summary.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = summary.split_inclusive('\n');
    let ends = lines.scan(0, |at, line| {
        *at += line.len();
        Some((*at, line))
    });
    let last = ends.filter(|(_, line)| is_chapter(line)).last();
    let (before, after) = summary.split_at(last.map_or(summary.len(), |(end, _)| end));
    let open = if before.is_empty() || before.ends_with('\n') { "" } else { end };
    let gap = if last.is_none() && !summary.is_empty() { end } else { "" };
    format!("{before}{open}{gap}{line}{end}{after}")
}

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
    let name = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let title = if name.is_empty() {
        "A book".to_owned()
    } else {
        name.replace(['-', '_'], " ")
    };
    let templates = [
        ("book.toml", "book.toml"),
        ("Cargo.toml", "Cargo.toml"),
        ("lib.rs", "kit/lib.rs"),
        ("SUMMARY.md", "src/SUMMARY.md"),
        ("chapter.md", "src/first-chapter.md"),
    ];
    let files = templates.into_iter().map(|(template, file)| {
        let title = if template == "chapter.md" { "First chapter" } else { &title };
        (folder.join(file), render(template, title))
    });
    files.chain([(folder.join(".gitignore"), "/book\n/target\n".to_owned())]).collect()
}

/// Whether each file in a folder is one of these, with the same text; what is half written counts for nothing.
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
        author::is_unfinished(&path) || files.iter().any(is_one) || is_above() && holds_nothing_but(&path, files)
    })
}

fn render(template: &str, title: &str) -> String {
    let mut context = Context::new();
    context.insert("title", title);
    context.insert("name", identifier(title).trim_matches('_'));
    templates::text(template, &context)
}

#[cfg(test)]
mod tests {
    use super::with_line;

    #[test]
    fn a_chapter_goes_after_the_last_numbered_one() {
        let summary = "# Summary\n\n[Preface](p.md)\n\n- [One](1.md)\n  - [Deep](2.md)\n\n---\n\n[End](e.md)\n";
        let expected =
            "# Summary\n\n[Preface](p.md)\n\n- [One](1.md)\n  - [Deep](2.md)\n- [New](n.md)\n\n---\n\n[End](e.md)\n";
        assert_eq!(with_line(summary, "- [New](n.md)"), expected);
        for (summary, expected) in [
            ("# Summary\n", "# Summary\n\nNEW\n"),
            ("", "NEW\n"),
            (
                "# Summary\r\n\r\n- [One](1.md)\r\n\r\n\r\n[End](e.md)",
                "# Summary\r\n\r\n- [One](1.md)\r\nNEW\r\n\r\n\r\n[End](e.md)",
            ),
            ("- [One](1.md)", "- [One](1.md)\nNEW\n"),
        ] {
            let expected = expected.replace("NEW", "- [New](n.md)");
            assert_eq!(with_line(summary, "- [New](n.md)"), expected);
        }
    }
}
