//! What stands in the place of a chapter's line `<!-- recto contents -->`: the parts of the book, and what it comes with.

use tera::Context;

use super::edited::Edited;
use crate::report::page;
use crate::splice::Splice;
use crate::templates::html as render;

/// What an author writes; a book that is made without recto shows nothing there.
const MARK: &str = "<!-- recto contents -->";

/// Whether a chapter shows what is in the book.
pub(crate) fn shows_contents(markdown: &str) -> bool {
    markdown.contains(MARK)
}

/// The edits of a page behind some place of it.
pub(super) fn edits(html: &str, start: usize, page: &Edited<'_>) -> Vec<Splice> {
    let places = html[start..].match_indices(MARK).map(|(at, _)| start + at..start + at + MARK.len());
    places.map(|place| Splice::new(place, contents(page))).collect()
}

fn contents(page: &Edited<'_>) -> String {
    let report = page.around.report;
    let mut context = Context::new();
    context.insert("root", &page.root);
    context.insert("list", &list(page));
    context.insert("verified", &report.verified);
    context.insert("counted", &page::counted(&report.totals, false));
    context.insert("verification", &page.around.verification);
    context.insert("print", &(page.around.print && !page.is_print()));
    render("contents.html", &context)
}

/// The chapters; those of the page that has all of them stand there.
fn list(page: &Edited<'_>) -> String {
    let root = if page.is_print() { "#" } else { &page.root };
    page.toc.list(&page.name, |href| format!("{root}{href}"))
}
