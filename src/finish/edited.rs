//! A page that is edited, and what is known of the book around it.

use std::collections::HashSet;
use std::path::Path;

use super::sidebar::Toc;
use crate::report::Report;
use crate::site::PRINT;
use crate::splice::{Splice, spliced};

/// What the edits know of the book beside its pages.
pub(crate) struct Around<'a> {
    pub(crate) report: &'a Report,
    /// The page that says how each thing was checked, below the root, where the book has one.
    pub(crate) verification: Option<String>,
    /// Whether the list of chapters has the sections of the page.
    pub(crate) sections: bool,
    /// Whether the book has a page with all of its chapters.
    pub(crate) print: bool,
    /// The pages of the chapters, in the order of the book.
    pub(crate) chapters: &'a [String],
    /// The level of the headings whose sections the search finds by themselves.
    pub(crate) split: u8,
    /// Where mdBook took the pages from, and where they are to their author, where these are not the same.
    pub(crate) moved: Option<(&'a Path, &'a Path)>,
    /// The pages that are searched, in the order of the book.
    pub(crate) searched: &'a [String],
}

/// A page that is edited.
pub(super) struct Edited<'a> {
    /// Its address below the book's root.
    pub(super) name: String,
    /// The way from it to the root.
    pub(super) root: String,
    pub(super) toc: &'a Toc,
    pub(super) around: &'a Around<'a>,
    /// The pages of the chapters.
    pub(super) chapters: &'a HashSet<String>,
}

impl Edited<'_> {
    /// Whether it has all chapters of the book.
    pub(super) fn is_print(&self) -> bool {
        self.name == PRINT
    }
}

/// Two edits of one place are a mistake of this program, which the tests of the page find.
pub(super) fn replaced(html: &str, mut edits: Vec<Splice>) -> String {
    spliced(html, &mut edits).expect("edits that stand apart")
}
