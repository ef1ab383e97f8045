//! Markdown below the folder of the chapters that `SUMMARY.md` does not list: a chapter that was forgotten, or one that got
//! another name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::lesson::Lesson;
use crate::problem::{Kind, Problem, count, nearest};
use crate::site::normal;

/// The files, by their paths below that folder, in their order. `listed` are chapters; what these include is a part of them.
pub(super) fn unlisted(src: &Path, lessons: &[Lesson], listed: &HashSet<PathBuf>) -> Vec<PathBuf> {
    let below = |path: &Path| normal(path.strip_prefix(src).ok()?);
    let included: HashSet<PathBuf> = lessons.iter().flat_map(|it| it.document.files()).filter_map(below).collect();
    // To one that a link leads to, the link is the mistake.
    let target = |lesson: &Lesson, target: &str| normal(&lesson.path.parent()?.join(target.split('#').next()?));
    let links = lessons.iter().flat_map(|lesson| lesson.outline.links.iter().map(move |link| (lesson, link)));
    let linked: HashSet<PathBuf> = links.filter_map(|(lesson, link)| target(lesson, &link.target)).collect();
    // Another book may stand below, and what programs made.
    let is_passed = |path: &Path| path.join("CACHEDIR.TAG").exists() || path.join("book.toml").exists();
    let is_passed = move |entry: &ignore::DirEntry| {
        entry.depth() > 0 && entry.path().is_dir() && (entry.file_name() == "node_modules" || is_passed(entry.path()))
    };
    let walk = ignore::WalkBuilder::new(src).filter_entry(move |entry| !is_passed(entry)).build();
    let files = walk.flatten().map(ignore::DirEntry::into_path).filter(|path| path.is_file());
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let found = files.filter_map(|path| below(&path)).filter(is_markdown);
    let is_known = |path: &PathBuf| [listed, &included, &linked].iter().any(|known| known.contains(path));
    let is_other = |path: &PathBuf| path != Path::new("SUMMARY.md") && !is_known(path);
    let mut found: Vec<PathBuf> = found.filter(is_other).collect();
    found.sort();
    found
}

/// Mentions them, all at once.
pub(super) fn mention(src: &Path, files: &[PathBuf]) -> Option<Problem> {
    const MOST: usize = 5;
    let [first, others @ ..] = files else { return None };
    let message = if others.is_empty() {
        format!("`{}` is on no page: SUMMARY.md does not list it", first.display())
    } else {
        format!("{} are on no page: SUMMARY.md does not list them", count(files.len(), "markdown file"))
    };
    let title = title(&src.join(first)).unwrap_or_else(|| first.with_extension("").display().to_string());
    let file = first.display().to_string().replace(' ', "%20");
    let help =
        format!("a chapter has a line `- [{title}]({file})`; what is none may have a name that does not end in `.md`");
    let listed = files.iter().take(MOST).map(|file| format!("`{}`", file.display()));
    let mut listed: Vec<String> = listed.collect();
    if files.len() > MOST {
        listed.push("…".to_owned());
    }
    let problem = Problem::warning(Kind::Chapter, message).help(help);
    Some(if others.is_empty() { problem } else { problem.note(listed.join(", ")) })
}

/// Which of the files a chapter likely is that is not where its line says: one of its name or title, or else of a name much
/// like it.
pub(super) fn moved(src: &Path, (path, title): (&Path, &str), files: &[PathBuf]) -> Option<usize> {
    let has_name = |file: &PathBuf| file.file_name() == path.file_name();
    let has_title = |file: &PathBuf| self::title(&src.join(file)).is_some_and(|its| its == title);
    let alike = || {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let near = nearest(&path.display().to_string(), names.iter().map(String::as_str))?;
        names.iter().position(|name| name == near)
    };
    files.iter().position(has_name).or_else(|| files.iter().position(has_title)).or_else(alike)
}

/// The first heading of a file, without what may stand in braces behind it.
fn title(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let heading = text.lines().find_map(|line| line.strip_prefix("# "))?;
    Some(heading.split(" {#").next().unwrap_or(heading).trim().to_owned())
}
