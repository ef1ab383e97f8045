//! The lists of a book: its figures, tables, statements and exercises, and the index of its terms.

use std::collections::BTreeMap;
use std::path::Path;

use pulldown_cmark::{Event, Tag, TagEnd, html::push_html};
use serde::Serialize;
use tera::Context;

use crate::html;
use crate::index::Index;
use crate::math::Mathematics;
use crate::read::{Book, Item, LabelKind, Lesson, ListKind, Statement, ValueSpan, caption_events};
use crate::site::link;
use crate::templates::html as render;
use crate::verify::Checked;

/// An entry of a list.
#[derive(Serialize)]
struct Entry {
    /// What it is called, as HTML.
    title: String,
    /// What else is said of it.
    words: String,
    /// The names of its places, and the ways there.
    places: Vec<(String, String)>,
}

/// The lists that a book wants and has, as markdown for a page; none where there are none.
pub(crate) fn lists(book: &Book, index: &Index, checked: &[Checked<'_>], page: &Path) -> Option<String> {
    let lists = Lists { index, checked, page };
    let found = book.settings.lists.iter().filter_map(|kind| {
        let (title, entries) = match kind {
            ListKind::Figures => ("Figures", lists.cells(LabelKind::Figure)),
            ListKind::Tables => ("Tables", lists.cells(LabelKind::Table)),
            ListKind::Statements => ("Statements", lists.statements()),
            ListKind::Exercises => ("Exercises", lists.exercises()),
            ListKind::Terms => ("Terms", lists.terms()),
        };
        let mut context = Context::new();
        context.insert("entries", &entries);
        context.insert("index", &(*kind == ListKind::Terms));
        (!entries.is_empty()).then(|| format!("## {title}\n\n{}\n\n", render("list.html", &context)))
    });
    let found: String = found.collect();
    (!found.is_empty()).then_some(found)
}

struct Lists<'a> {
    index: &'a Index,
    checked: &'a [Checked<'a>],
    page: &'a Path,
}

impl Lists<'_> {
    /// The entry of a thing with a label; none for another kind.
    fn entry(&self, label: &str, title: String, words: String) -> Option<Entry> {
        let known = self.index.labels.get(label)?;
        let places = vec![(known.name(), known.link_from(self.page, label))];
        Some(Entry { title, words, places })
    }

    fn cells(&self, kind: LabelKind) -> Vec<Entry> {
        let items = self.checked.iter().flat_map(|checked| {
            let items = checked.lesson.items.iter().zip(&checked.items).enumerate();
            items.map(move |(number, (item, report))| (checked, number, item, report))
        });
        let entries = items.filter_map(|(checked, number, item, report)| {
            let Item::Cell(cell) = item else { return None };
            let label = cell.options.label.as_deref().filter(|label| LabelKind::of(label) == Some(kind))?;
            let in_caption = cell.caption.as_ref().map_or(0, |caption| caption.items);
            let values = checked.items[number + 1..].iter().take(in_caption).filter_map(|it| it.run.value.clone());
            let caption = cell.options.caption.as_deref().unwrap_or_default();
            let title = inline(first_sentence(caption), &self.index.math, values);
            // What is not shown is on no page.
            report.has_output(cell).then(|| self.entry(label, title, String::new()))?
        });
        entries.collect()
    }

    fn statements(&self) -> Vec<Entry> {
        let items = self
            .checked
            .iter()
            .flat_map(|checked| checked.lesson.items.iter().map(move |it| (checked.lesson, it)));
        let entries = items.filter_map(|(lesson, item)| {
            let Item::Statement(statement) = item else { return None };
            let title = title_of(lesson, statement);
            self.entry(statement.label.as_deref()?, inline(title, &self.index.math, std::iter::empty()), String::new())
        });
        entries.collect()
    }

    fn exercises(&self) -> Vec<Entry> {
        let sections = self.checked.iter().flat_map(|checked| &checked.lesson.sections);
        let entries = sections.filter_map(|section| {
            let exercise = section.exercise.as_ref()?;
            self.entry(section.label.as_deref()?, html::escape(section.title.trim()), exercise.words())
        });
        entries.collect()
    }

    /// The terms in the order of the alphabet, each with the sections that define it, and what definitions are called.
    fn terms(&self) -> Vec<Entry> {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for lesson in self.checked.iter().map(|checked| checked.lesson) {
            let terms = lesson.terms.iter().map(|term| (term.text.as_str(), term.span.start, term.label.as_str()));
            let definitions = lesson.items.iter().filter_map(|item| match item {
                Item::Statement(it) if it.kind == LabelKind::Definition => {
                    Some((title_of(lesson, it), it.title.start, it.label.as_deref()?))
                }
                _ => None,
            });
            for (text, position, label) in terms.chain(definitions).filter(|(text, ..)| !text.is_empty()) {
                let entry = entries.entry(text.to_lowercase()).or_insert_with(|| Entry {
                    title: inline(text, &self.index.math, std::iter::empty()),
                    words: String::new(),
                    places: Vec::new(),
                });
                // A definition may be called as what it defines.
                let place = place(lesson, position);
                if entry.places.iter().all(|(known, _)| *known != place) {
                    entry.places.push((place, link(self.page, &lesson.path, label)));
                }
            }
        }
        entries.into_values().collect()
    }
}

/// What a statement is called, as markdown: `the best step` of `**Theorem (the best step).**`.
fn title_of<'a>(lesson: &'a Lesson, statement: &Statement) -> &'a str {
    let rest = &lesson.document.text()[statement.word_end..statement.title.end];
    let title = rest.trim_matches(['*', '_', '.', ' ']);
    title.strip_prefix('(').and_then(|title| title.strip_suffix(')')).unwrap_or(title)
}

/// The number of the section around a position, or else of the chapter, or else its title.
fn place(lesson: &Lesson, position: usize) -> String {
    let numbers = lesson.sections[..=lesson.section_at(position)]
        .iter()
        .rev()
        .filter_map(|section| section.number.as_ref());
    numbers.chain(&lesson.number).next().unwrap_or(&lesson.title).clone()
}

/// The first sentence of a caption, without its full stop. One that stands in a formula ends none.
fn first_sentence(caption: &str) -> &str {
    let ends = caption.match_indices(". ").map(|(at, _)| at);
    let end = ends
        .filter(|at| caption[..*at].matches('$').count().is_multiple_of(2))
        .find(|at| !caption[..*at].ends_with("e.g"));
    caption[..end.unwrap_or(caption.len())].trim_end_matches(['.', '\n', ' '])
}

/// A line of markdown as HTML, its links as text, with the values that stand in it.
fn inline(markdown: &str, math: &Mathematics, mut values: impl Iterator<Item = String>) -> String {
    let events = caption_events(markdown).filter_map(|(event, at)| match event {
        Event::Start(Tag::Link { .. } | Tag::Image { .. }) | Event::End(TagEnd::Link | TagEnd::Image) => None,
        Event::InlineMath(latex) | Event::DisplayMath(latex) => {
            let mathml = math.mathml(&latex, false);
            Some(mathml.map_or(Event::Code(latex), |mathml| Event::InlineHtml(mathml.into())))
        }
        Event::Code(code) => match ValueSpan::read(&code, &markdown[at.clone()], at.start) {
            Some(ValueSpan::Computed(_)) => values.next().map(|value| Event::Text(value.into())),
            _ => Some(Event::Code(code)),
        },
        event => Some(event),
    });
    let mut found = String::new();
    push_html(&mut found, events);
    html::one_line(&found.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_is_cut_behind_its_first_sentence() {
        for (caption, first) in [
            ("Three steps. With more.", "Three steps"),
            ("One of $0. 5$ only.", "One of $0. 5$ only"),
            ("0.5 is less", "0.5 is less"),
            ("", ""),
        ] {
            assert_eq!(first_sentence(caption), first);
        }
    }

    #[test]
    fn titles_have_formulas_and_values_and_no_links() {
        let values = ["3".to_owned()].into_iter();
        let html = inline("*A* [$x$](=y) of `{k}` `b` [](#fig-a)", Mathematics::without_macros(), values);
        assert!(html.starts_with("<em>A</em> <math>") && html.ends_with(" of 3 <code>b</code> "), "{html}");
    }
}
