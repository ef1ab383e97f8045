//! The rows of the verification pages: what lessons and their items are called there, and the ways to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::read::{Book, Lesson};
use crate::site::{Names, page_of, plain_name, way};

/// The anchor of an item on its lesson's page. No heading has a full stop in its own.
pub(crate) fn anchor(index: usize) -> String {
    format!("check.{index}")
}

/// Where the rows of a book's lessons are: each lesson has a page of them, below the verification page. A lesson has a name there:
/// its path in ASCII letters, digits and `-`, one of its kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    names: BTreeMap<PathBuf, String>,
    /// The verification page's chapter, below the source folder; none where the book leaves it out.
    chapter: Option<PathBuf>,
}

impl Rows {
    /// The names of a book's lessons.
    pub(crate) fn of(book: &Book) -> Rows {
        let rows = Rows::new(book.lessons.iter().map(|lesson| lesson.path.as_path()));
        let wanted = book.settings.verification && book.lessons.iter().any(Lesson::has_program);
        Rows {
            chapter: rows.chapter.filter(|_| wanted),
            ..rows
        }
    }

    fn new<'a>(paths: impl Iterator<Item = &'a Path>) -> Rows {
        let mut used = Names::default();
        // mdBook would make such a page of rows the first one of its folder.
        used.take("readme".to_owned());
        let named = paths.map(|path| {
            let plain = plain_name(path);
            let name = used.unused(&plain, |number| format!("{plain}-{}", number + 1));
            (path.to_path_buf(), name)
        });
        let names: BTreeMap<PathBuf, String> = named.collect();
        let mut chapter = PathBuf::from("verification.md");
        let is_taken = |chapter: &PathBuf| {
            names.keys().any(|path| path == chapter || path.starts_with(chapter.with_extension("")))
        };
        while is_taken(&chapter) {
            chapter = PathBuf::from(format!("recto-{}", chapter.display()));
        }
        Rows { names, chapter: Some(chapter) }
    }

    /// The name of a lesson.
    pub(crate) fn name(&self, lesson: &Path) -> String {
        self.names.get(lesson).cloned().unwrap_or_default()
    }

    /// The verification page's chapter, below the source folder; none where the book leaves it out.
    pub(crate) fn chapter(&self) -> Option<&Path> {
        self.chapter.as_deref()
    }

    /// The chapter with the rows of the lesson of this name, in a folder that is called as the verification page.
    pub(crate) fn page(&self, name: &str) -> Option<PathBuf> {
        Some(self.chapter.as_deref()?.with_extension("").join(format!("{name}.md")))
    }

    /// The way from a lesson's page to the one with its rows.
    pub(crate) fn part(&self, lesson: &Path) -> Option<String> {
        Some(way(lesson, &page_of(&self.page(&self.name(lesson))?)))
    }

    /// The way from a lesson's page to the row of one of its items. The headings of the other page have no full stop in their fragments.
    pub(crate) fn row(&self, lesson: &Path, index: usize) -> Option<String> {
        Some(format!("{}#{}.{index}", self.part(lesson)?, self.name(lesson)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lesson_has_a_name_of_its_own() {
        let paths = ["bowl.md", "part/bowl.md", "part-bowl.md", "größe.md", "κ.md", "λ.md"];
        let rows = Rows::new(paths.iter().map(Path::new));
        let names = paths.map(|path| rows.name(Path::new(path)));
        assert_eq!(names, ["bowl", "part-bowl", "part-bowl-2", "gr--e", "lesson", "lesson-2"]);
        let row = rows.row(Path::new("part/bowl.md"), 3);
        assert_eq!(row.as_deref(), Some("../verification/part-bowl.html#part-bowl.3"));
        let rows = Rows::new(["README.md", "part/README.md"].iter().map(Path::new));
        assert_eq!(rows.part(Path::new("README.md")).as_deref(), Some("verification/readme-2.html"));
        for taken in ["verification.md", "verification/bowl.md"] {
            let rows = Rows::new(std::iter::once(Path::new(taken)));
            assert_eq!(rows.chapter(), Some(Path::new("recto-verification.md")));
        }
    }
}
