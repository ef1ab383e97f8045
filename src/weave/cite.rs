//! Citations in the text, and the list of references.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;
use tera::Context;

use crate::html;
use crate::index::Index;
use crate::index::citations::{Citations, Styled, Work};
use crate::math::Mathematics;
use crate::read::{Citation, Cite, Lesson};
use crate::site::link;
use crate::templates::html as render;

/// An address in escaped text, without what ends the sentence around it.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"https?://(?:[^\s&]|&amp;|&#123;)*(?:[^\s&;.,:!?)]|&amp;)").expect("a constant"));

/// A work in a citation, as its template sees it.
#[derive(Serialize)]
struct CitePage<'a> {
    html: String,
    id: &'a str,
    href: Option<String>,
}

/// An entry of the list, as its template sees it.
#[derive(Serialize)]
struct WorkPage<'a> {
    id: &'a str,
    html: String,
    links: &'a [(String, String)],
    places: Vec<PlacePage<'a>>,
}

#[derive(Serialize)]
struct PlacePage<'a> {
    href: String,
    number: Option<&'a str>,
    title: &'a str,
}

/// The citation that is the item of this index.
pub(super) fn citation(index: &Index, lesson: &Lesson, item: usize, citation: &Citation) -> String {
    let citations = &index.citations;
    let page = &lesson.path;
    let list = citations.page().unwrap_or(page);
    let cites = citation.cites.iter().zip(citations.cited(page, item));
    let cites = cites.map(|(cite, cited)| match cited {
        Some((cited, work)) => CitePage {
            html: in_text(cite, work, cited.bare),
            id: &cited.id,
            // mdBook makes a link of the whole heading, and a link can't stand in another.
            href: (!citation.in_heading).then(|| link(page, list, &work.id)),
        },
        None => CitePage {
            html: format!("<span class=\"recto-unknown\">{}</span>", html::escape(&cite.key)),
            id: "",
            href: None,
        },
    });
    let mut context = Context::new();
    context.insert("cites", &cites.collect::<Vec<_>>());
    context.insert("marks", &citations.marks());
    html::inline(&render("citation.html", &context))
}

/// `Foret et al., 2021, section 3`, without the names where the sentence has them.
fn in_text(cite: &Cite, work: &Work, bare: bool) -> String {
    let names = (!bare && !work.names.is_empty()).then(|| runs(&work.names));
    let locator = cite.locator.as_deref().map(html::escape);
    let parts = names.into_iter().chain([runs(&work.year)]).chain(locator);
    parts.collect::<Vec<_>>().join(", ")
}

fn runs(runs: &[Styled]) -> String {
    runs.iter()
        .map(|run| match run {
            Styled::Plain(text) => linked(text),
            Styled::Emphasis(text) => format!("<em>{}</em>", html::escape(text)),
            Styled::Strong(text) => format!("<strong>{}</strong>", html::escape(text)),
            Styled::Math(latex) => {
                Mathematics::without_macros().mathml(latex, false).unwrap_or_else(|_| html::escape(latex))
            }
        })
        .collect()
}

/// Text with its addresses as links.
fn linked(text: &str) -> String {
    let link = |found: &Captures<'_>| format!("<a href=\"{0}\">{0}</a>", &found[0]);
    ADDRESS.replace_all(&html::escape(text), link).into_owned()
}

/// The list of references as a block of HTML, for a page.
pub(crate) fn references(citations: &Citations, page: &Path) -> String {
    let works = citations.works().iter().map(|work| WorkPage {
        id: &work.id,
        html: runs(&work.entry),
        links: &work.links,
        places: work
            .places
            .iter()
            .map(|place| PlacePage {
                href: link(page, &place.page, &place.id),
                number: place.number.as_deref(),
                title: &place.title,
            })
            .collect(),
    });
    let mut context = Context::new();
    context.insert("works", &works.collect::<Vec<_>>());
    render("references.html", &context)
}
