//! What stands in the place of a chapter's line `<!-- recto contents -->`: the parts of the book, and what it comes with.

use tera::Context;

use super::edited::Edited;
use crate::html::tags::{Tag, Token};
use crate::report::page;
use crate::splice::Splice;
use crate::templates::html as render;

/// What an author writes; a book that is made without recto shows nothing there.
const MARK: &str = "<!-- recto contents -->";

pub(super) fn edits(html: &str, tokens: &[Token<'_>], page: &Edited<'_>) -> Vec<Splice> {
    let places = html.match_indices(MARK).map(|(at, _)| at..at + MARK.len());
    places.map(|place| Splice::new(place, contents(tokens, page))).collect()
}

fn contents(tokens: &[Token<'_>], page: &Edited<'_>) -> String {
    let report = page.around.report;
    let mut context = Context::new();
    context.insert("root", &page.root);
    context.insert("list", &list(tokens, page));
    context.insert("verified", &report.verified);
    context.insert("counted", &page::counted(&report.totals, false));
    context.insert("verification", &page.around.verification);
    context.insert("print", &(page.around.print && !page.is_print()));
    render("contents.html", &context)
}

/// The chapters; those of the page that has all of them stand there.
fn list(tokens: &[Token<'_>], page: &Edited<'_>) -> String {
    if !page.is_print() {
        return page.toc.list(&page.name, |href| format!("{}{href}", page.root));
    }
    let headings = tokens.iter().filter_map(|token| match token {
        Token::Open(tag) if tag.name == "h1" => Tag::attribute(tag, "id"),
        _ => None,
    });
    let chapters: Vec<&str> = headings.collect();
    let mut chapters = chapters.iter();
    page.toc.list(&page.name, |_| format!("#{}", chapters.next().copied().unwrap_or_default()))
}
