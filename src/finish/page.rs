//! The elements of a page's text, where they stand.

use std::ops::Range;

use crate::html::tags::{Tag, Token};

/// Elements without an end tag.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
];

/// An element of the page's text.
pub(super) struct Element<'a> {
    pub(super) name: &'a str,
    pub(super) id: Option<&'a str>,
    pub(super) class: &'a str,
    pub(super) is_hidden: bool,
    pub(super) span: Range<usize>,
    pub(super) parent: Option<usize>,
}

/// A page, whose text stands in `<main>`.
pub(super) struct Page<'a> {
    pub(super) html: &'a str,
    /// Those in `<main>`, in their order.
    pub(super) elements: Vec<Element<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn read(html: &'a str, tokens: &'a [Token<'a>]) -> Page<'a> {
        let mut page = Page { html, elements: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let (mut is_main, mut at) = (false, 0);
        for token in tokens {
            match token {
                Token::Open(tag) => {
                    at = tag.span.end;
                    if is_main {
                        let is_closed = tag.self_closing || VOID.contains(&tag.name.as_ref());
                        page.elements.push(Element::of(tag, open.last().copied()));
                        open.extend((!is_closed).then(|| page.elements.len() - 1));
                    }
                    is_main |= tag.name == "main";
                }
                Token::Close(name) => {
                    // Only comments may stand before it.
                    let Some(end) = end_of_tag(html, at) else { break };
                    at = end;
                    is_main &= name != "main";
                    if let Some(depth) = open.iter().rposition(|&element| page.elements[element].name == name.as_ref())
                    {
                        open.drain(depth..).for_each(|element| page.elements[element].span.end = end);
                    }
                }
                Token::Text(_, span) | Token::Style(_, span) => at = span.end,
            }
        }
        page
    }

    /// An element and those around it, from within.
    pub(super) fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |&at| self.elements[at].parent)
    }
}

/// The end of the next end tag.
fn end_of_tag(html: &str, at: usize) -> Option<usize> {
    let start = at + html[at..].find("</")?;
    Some(start + html[start..].find('>')? + 1)
}

impl<'a> Element<'a> {
    fn of(tag: &'a Tag<'a>, parent: Option<usize>) -> Element<'a> {
        Element {
            name: tag.name.as_ref(),
            id: tag.attribute("id"),
            class: tag.attribute("class").unwrap_or_default(),
            is_hidden: tag.attribute("hidden").is_some(),
            span: tag.span.clone(),
            parent,
        }
    }

    /// Its level, if it is a heading.
    pub(super) fn heading(&self) -> Option<u8> {
        match self.name.as_bytes() {
            [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
            _ => None,
        }
    }
}
