//! Terms that a text defines: what a definition emphasises, and `<dfn>` anywhere.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::label::LabelKind;
use crate::html::tags::tags;

/// A defined term, for the index of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// As the index has it.
    pub(crate) text: String,
    /// Its label, as `trm-strict-saddle`.
    pub(crate) label: String,
    /// The emphasised words with their marks, or the tag `<dfn>`.
    pub(crate) span: Range<usize>,
    pub(crate) is_element: bool,
}

/// Reads the terms of a chapter, event by event.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) found: Vec<Term>,
    labels: HashSet<String>,
    open: Option<Open>,
    /// The block quote in which the reader is, or was.
    quote: Range<usize>,
    /// The text of a definition.
    definition: Range<usize>,
}

/// A term of which the end was not seen yet.
#[derive(Debug)]
struct Open {
    span: Range<usize>,
    is_element: bool,
    /// What the index has instead of the text.
    entry: Option<String>,
    text: String,
}

impl Terms {
    /// The quote around is a definition, whose text begins here.
    pub(super) fn define(&mut self, start: usize) {
        self.definition = start..self.quote.end;
    }

    pub(super) fn event(&mut self, event: &Event<'_>, span: &Range<usize>, is_linked: bool) {
        match event {
            Event::Start(Tag::BlockQuote(None)) => self.quote = span.clone(),
            Event::Start(Tag::Emphasis) if self.definition.contains(&span.start) && !is_linked => {
                self.begin(span, None, false);
            }
            Event::InlineHtml(html) if html.starts_with("<dfn") && !is_linked => {
                // One that has an id is its author's own.
                if let Some(tag) = tags(html).next().filter(|tag| tag.name == "dfn" && tag.attribute("id").is_none()) {
                    self.begin(span, tag.attribute("title"), true);
                }
            }
            Event::End(TagEnd::Emphasis) => self.end(false),
            Event::InlineHtml(html) if html.starts_with("</dfn") => self.end(true),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => self.push(text),
            Event::SoftBreak => self.push(" "),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell) => self.open = None,
            _ => {}
        }
    }

    fn begin(&mut self, span: &Range<usize>, entry: Option<&str>, is_element: bool) {
        self.open.get_or_insert(Open {
            span: span.clone(),
            is_element,
            entry: entry.map(str::to_owned),
            text: String::new(),
        });
    }

    fn push(&mut self, text: &str) {
        self.open.iter_mut().for_each(|open| open.text.push_str(text));
    }

    fn end(&mut self, is_element: bool) {
        let Some(Open { span, entry, text, .. }) = self.open.take_if(|open| open.is_element == is_element) else {
            return;
        };
        let text = entry.unwrap_or(text).trim().to_owned();
        let label = format!("{}{}", LabelKind::Term.prefix(), slug(&text));
        // The first one of a page is the one that a link leads to.
        if label.len() > LabelKind::Term.prefix().len() && self.labels.insert(label.clone()) {
            self.found.push(Term { text, label, span, is_element });
        }
    }
}

/// Letters and digits in lower case, with `-` between words.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::super::{Scope, samples};

    #[test]
    fn terms_of_definitions_and_elements() {
        let text = "> **Definition (*x*).** A *strict\n> saddle* is *$L$-smooth*, a *strict saddle* too, [*a*](b.md).\n\n\
            > **Theorem.** *None.*\n\n*None.* A <dfn>valley</dfn> and <dfn title=\"minimum, flat\">flat one</dfn>, <dfn id=a>b</dfn>.\n";
        let lesson = &samples::book(text, Scope::Lesson).lessons[0];
        let terms: Vec<(&str, &str)> =
            lesson.terms.iter().map(|term| (term.text.as_str(), term.label.as_str())).collect();
        assert_eq!(
            terms,
            [
                ("strict saddle", "trm-strict-saddle"),
                ("L-smooth", "trm-l-smooth"),
                ("valley", "trm-valley"),
                ("minimum, flat", "trm-minimum-flat"),
            ]
        );
        assert_eq!(&lesson.document.text()[lesson.terms[0].span.clone()], "*strict\n> saddle*");
    }
}
