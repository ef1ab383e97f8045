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
    /// Whether it stands below the last one that does not.
    pub below: bool,
}

impl Added {
    /// As mdBook has them.
    pub fn items<'a>(added: impl IntoIterator<Item = &'a Added>) -> Vec<BookItem> {
        let mut chapters: Vec<Chapter> = Vec::new();
        for added in added {
            let mut chapter = Chapter::new(&added.title, added.text.clone(), &added.path, Vec::new());
            // There is no file that one could edit.
            chapter.source_path = None;
            match chapters.last_mut().filter(|_| added.below) {
                Some(above) => {
                    chapter.parent_names = vec![above.name.clone()];
                    above.sub_items.push(BookItem::Chapter(chapter));
                }
                None => chapters.push(chapter),
            }
        }
        chapters.into_iter().map(BookItem::Chapter).collect()
    }
}
