//! The text that a reader gets to see of a chapter's prose and raw HTML: without markup, and with the characters that
//! references stand for. A number that is bold in part is one number here.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::mapped_text::MappedText;
use crate::html::tags;
use crate::source::Document;

/// Text that a reader sees in one stretch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// With the way back to where it is written.
    pub(crate) text: MappedText,
    /// It begins a heading.
    pub(crate) begins_heading: bool,
}

/// Stands for what is no prose: code, a formula, a claim, an image.
const OBJECT: &str = "\u{fffc}";

/// All that is seen of a chapter, code and the insides of formulas apart.
pub(super) fn seen(events: &[(Event<'_>, Range<usize>)], document: &Document, html: &[MappedText]) -> Vec<Seen> {
    let mut reader = Reader {
        document,
        found: Vec::new(),
        open: Seen::default(),
        is_code: false,
        is_html_code: false,
        links: Vec::new(),
        lists: Vec::new(),
        last: 0,
    };
    for (event, span) in events {
        reader.event(event, span);
    }
    reader.end();
    html.iter().for_each(|html| reader.html(html));
    reader.found
}

struct Reader<'a> {
    document: &'a Document,
    found: Vec<Seen>,
    /// What is seen so far of a stretch that may go on.
    open: Seen,
    is_code: bool,
    /// A tag `<code>` is open within a line.
    is_html_code: bool,
    /// The number of the next item of each list that is open, and of the last one that was; 0 without numbers.
    lists: Vec<u64>,
    last: u64,
    /// Of each link that is open, whether recto acts on it.
    links: Vec<bool>,
}

impl Reader<'_> {
    fn end(&mut self) {
        self.is_html_code = false;
        let seen = std::mem::take(&mut self.open);
        if !seen.text.text().trim().is_empty() {
            self.found.push(seen);
        }
    }

    fn event(&mut self, event: &Event<'_>, span: &Range<usize>) {
        let written = &self.document.text()[span.clone()];
        match event {
            Event::Text(_) if self.is_code || self.is_html_code => {}
            Event::Text(text) => self.open.text.add(text, written, span.start),
            Event::SoftBreak | Event::HardBreak => self.open.text.push(" ", span.start),
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                self.open.text.push(OBJECT, span.start);
            }
            Event::InlineHtml(tag) if tag.starts_with("<sup") => self.open.text.push("^", span.start),
            Event::InlineHtml(tag) if tag.starts_with("<sub") => self.open.text.push("_", span.start),
            Event::InlineHtml(tag) if tag.starts_with("<code") || tag.starts_with("</code") => {
                self.is_html_code = !tag.starts_with("</");
                self.open.text.push(OBJECT, span.start);
            }
            Event::InlineHtml(tag) if tag.starts_with("<!--") || tags::is_phrasing(tag) => {}
            Event::InlineHtml(_) => self.open.text.push(OBJECT, span.start),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => {}
            Event::Start(Tag::Link { dest_url, title, .. }) => {
                self.title(title, span);
                let is_item = dest_url.starts_with('=') || &**dest_url == "given";
                self.links.push(is_item);
                self.open.text.push(if is_item { OBJECT } else { "" }, span.start);
            }
            Event::End(TagEnd::Link) => {
                let is_item = self.links.pop().unwrap_or_default();
                self.open.text.push(if is_item { OBJECT } else { "" }, span.end);
            }
            Event::Start(Tag::List(first)) => {
                self.end();
                // One that goes on with the last, or begins with 1, only counts its items.
                if let Some(first) = first.filter(|first| *first > 1 && *first != self.last) {
                    self.open.text.push(&first.to_string(), span.start);
                    self.end();
                }
                self.lists.push(first.unwrap_or(0));
            }
            Event::End(TagEnd::List(_)) => {
                self.end();
                self.last = self.lists.pop().unwrap_or(0);
            }
            Event::Start(tag) => {
                if let (Tag::Item, Some(next)) = (tag, self.lists.last_mut()) {
                    *next += u64::from(*next > 0);
                }
                self.end();
                self.is_code = matches!(tag, Tag::CodeBlock(_));
                self.open.begins_heading = matches!(tag, Tag::Heading { .. });
                if let Tag::Image { title, .. } = tag {
                    self.title(title, span);
                }
            }
            _ => {
                self.end();
                self.is_code = false;
            }
        }
    }

    /// The title of a link or image, which readers see when they point at it.
    fn title(&mut self, title: &str, span: &Range<usize>) {
        let written = &self.document.text()[span.clone()];
        let mut text = MappedText::default();
        text.push(title, span.start + written.rfind(title).unwrap_or_default());
        if !title.is_empty() {
            self.found.push(Seen { text, begins_heading: false });
        }
    }

    fn html(&mut self, html: &MappedText) {
        for tags::Seen { text, span, follows } in tags::seen(html.text()) {
            if !follows {
                self.end();
            }
            let mut read = MappedText::default();
            read.add(&text, &html.text()[span.clone()], span.start);
            self.open.text.append(&read.through(html), 0..text.len());
        }
        self.end();
    }
}
