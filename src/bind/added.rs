//! Chapters that recto adds to a book.

use std::path::PathBuf;

use mdbook_core::book::{BookItem, Chapter};

/// A chapter that no author wrote, at the end of the book.
#[derive(Clone, Debug)]
pub struct Added {
    /// Its title.
    pub title: String,
    /// Below the source folder.
    pub path: PathBuf,
    /// Markdown.
    pub text: String,
    /// Whether the book's search finds it.
    pub searched: bool,
}

impl From<&Added> for BookItem {
    fn from(added: &Added) -> BookItem {
        let mut chapter = Chapter::new(&added.title, added.text.clone(), &added.path, Vec::new());
        // There is no file that one could edit.
        chapter.source_path = None;
        BookItem::Chapter(chapter)
    }
}
