//! The page of all chapters, put together of their pages.
//!
//! In: the text of each chapter's page, and the page that mdBook has made of all, for what stands around the text. Out: that
//! page with each chapter on it once. A chapter's part is made of its own page alone, so that it changes only where the chapter does:
//! an id that others may have too gets the chapter's address before it, whatever the others hold.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::edited::{Edited, replaced};
use super::{code, contents, template};
use crate::html::escape;
use crate::html::request::has_host;
use crate::html::tags::{Attribute, Tag, Token, tokens};
use crate::policy::{Needs, Policy};
use crate::read::LabelKind;
use crate::site::{address, normal};
use crate::splice::Splice;

/// Large files are written in pieces of so many bytes.
pub(super) const PIECE: usize = 1 << 20;

/// Where the text of a page begins.
fn text_at(html: &str) -> Option<usize> {
    const MAIN: &str = "<main>";
    // A comment in the head may have the same word.
    let body = html.find("<body")?;
    Some(body + html[body..].find(MAIN)? + MAIN.len())
}

/// Where it ends.
const END: &str = "</main>";

/// Attributes that name other elements of the page.
const NAMING: [&str; 14] = [
    "for",
    "headers",
    "list",
    "form",
    "itemref",
    "popovertarget",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-details",
    "aria-errormessage",
    "aria-flowto",
    "aria-activedescendant",
];

/// Elements in which a name may stand.
const HOLDERS: [&str; 16] = [
    "a", "article", "aside", "b", "blockquote", "code", "dd", "div", "dt", "em", "figure", "li", "p", "section",
    "span", "strong",
];

/// What each chapter has on the page of all, by its page and in their order there.
pub(crate) type Printed = Vec<(String, Extent)>;

/// How much of the page of all is a chapter's, and what that needs of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    length: usize,
    has_math: bool,
    needs_highlighter: bool,
    needs: Needs,
}

/// What a chapter has on the page of all.
#[derive(Debug)]
pub(super) struct Part<'a> {
    html: Cow<'a, str>,
    extent: Extent,
}

/// The page of all chapters. It is long: it is put together when it is written.
pub(crate) struct Whole<'a> {
    /// What stands around the text.
    pub(crate) frame: String,
    /// Where in it the text goes.
    at: usize,
    texts: Vec<Cow<'a, str>>,
    pub(crate) printed: Printed,
}

/// The part of a chapter. `html` is its page with all that is done to its text, and `page` the page of all.
pub(super) fn part(name: &str, html: &str, tokens: &[Token<'_>], page: &Edited<'_>) -> Part<'static> {
    let main = tokens.iter().enumerate().find_map(|(at, token)| match token {
        Token::Open(tag) if tag.name == "main" => Some((&tokens[at + 1..], tag.span.end)),
        _ => None,
    });
    let (tokens, start) = main.unwrap_or((&[], html.len()));
    let end = html.rfind(END).unwrap_or(html.len()).max(start);
    let mut edits = contents::edits(&html[..end], start, page);
    let chapter = Chapter::new(name, page.chapters, tokens);
    let mut pictures = 0_usize;
    let is_behind = |token: &Token<'_>| matches!(token, Token::Open(tag) if tag.span.end > end);
    let tokens = &tokens[..tokens.iter().position(is_behind).unwrap_or(tokens.len())];
    for token in tokens {
        match token {
            Token::Open(tag) => {
                // A picture's ids are its own; its links are the page's.
                if pictures == 0 || tag.name == "a" {
                    edits.extend(chapter.edits(tag));
                }
                pictures += usize::from(tag.name == "svg" && !tag.self_closing);
            }
            Token::Close(name) => pictures -= usize::from(name == "svg" && pictures > 0),
            Token::Text(..) | Token::Style(..) => {}
        }
    }
    let head = format!("<div id=\"{}\" class=\"recto-chapter\"></div>\n", escape(&plain(name)));
    edits.push(Splice::new(0..start, head));
    let text = replaced(&html[..end], edits);
    let extent = Extent {
        length: text.len(),
        has_math: html[start..end].contains("<math"),
        needs_highlighter: code::needs_highlighter(&html[start..end], tokens),
        needs: Needs::of_chapter(tokens),
    };
    Part { html: text.into(), extent }
}

/// The parts of a finished page of all, by their pages.
pub(super) fn parts<'a>(all: &'a str, printed: &Printed) -> BTreeMap<String, Part<'a>> {
    let mut rest = text_at(all).map_or("", |at| &all[at..]);
    let part = |(page, extent): &(String, Extent)| {
        let (html, behind) = rest.split_at_checked(extent.length)?;
        rest = behind;
        Some((
            page.clone(),
            Part {
                html: html.into(),
                extent: extent.clone(),
            },
        ))
    };
    printed.iter().map_while(part).collect()
}

impl<'a> Whole<'a> {
    /// The page of mdBook's and the parts of its chapters. None where it holds the chapters somewhere else.
    pub(super) fn of(mdbooks: &str, parts: Vec<(String, Part<'a>)>, page: &Edited<'_>) -> Option<Whole<'a>> {
        let around = [&mdbooks[..text_at(mdbooks)?], &mdbooks[mdbooks.rfind(END)?..]].concat();
        let (printed, texts): (Printed, Vec<Cow<'a, str>>) =
            parts.into_iter().map(|(name, part)| ((name, part.extent), part.html)).unzip();
        let needs_highlighter = printed.iter().any(|(_, extent)| extent.needs_highlighter);
        let found: Vec<Token<'_>> = tokens(&around).collect();
        let around = replaced(&around, code::highlighter(&around, &found, needs_highlighter));
        let has_math = printed.iter().any(|(_, extent)| extent.has_math);
        let found: Vec<Token<'_>> = tokens(&around).collect();
        let frame = replaced(&around, template::edits(&around, &found, page, has_math));
        Some(Whole {
            at: frame.rfind(END)?,
            frame,
            texts,
            printed,
        })
    }

    /// Writes it with its policy.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn write(&self, file: &Path, policy: &Policy) -> std::io::Result<()> {
        let needs = self.printed.iter().map(|(_, extent)| &extent.needs);
        let (head, tag) = policy.around(&self.frame, needs).unwrap_or_default();
        let (before, after) = self.frame.split_at(self.at);
        let (first, second) = before.split_at(head);
        let mut file = BufWriter::with_capacity(PIECE, File::create(file)?);
        let texts = self.texts.iter().map(AsRef::as_ref);
        [first, &tag, second]
            .into_iter()
            .chain(texts)
            .chain([after])
            .try_for_each(|text| file.write_all(text.as_bytes()))?;
        file.flush()
    }
}

/// A chapter among those on the page.
struct Chapter<'a> {
    /// The address of its page.
    name: &'a str,
    all: &'a HashSet<String>,
    /// The ids of its headings.
    headings: HashSet<&'a str>,
}

impl<'a> Chapter<'a> {
    fn new(name: &'a str, all: &'a HashSet<String>, tokens: &'a [Token<'_>]) -> Chapter<'a> {
        let headings = tokens.iter().filter_map(|token| match token {
            Token::Open(tag) if is_heading(tag) => tag.attribute("id"),
            _ => None,
        });
        Chapter { name, all, headings: headings.collect() }
    }

    fn edits(&self, tag: &Tag<'_>) -> Vec<Splice> {
        let mut edits = Vec::new();
        for attribute in tag.attributes.iter().filter(|it| !it.value.is_empty()) {
            match attribute.name.as_ref() {
                "id" => edits.extend(self.id(tag, attribute)),
                "href" | "src" | "xlink:href" => {
                    edits.extend(self.way(&attribute.value).map(|way| replacing(attribute, &way)));
                }
                name if NAMING.contains(&name) => {
                    let named: Vec<String> =
                        attribute.value.split_ascii_whitespace().map(|id| self.named(id)).collect();
                    edits.push(replacing(attribute, &named.join(" ")));
                }
                _ => {}
            }
        }
        edits
    }

    /// The name that an element has on the page. What an author calls by an id, scripts and styles may look for: it keeps that one, and
    /// gets the name beside it.
    fn id(&self, tag: &Tag<'_>, attribute: &Attribute<'_>) -> Option<Splice> {
        let id = attribute.value.as_ref();
        if is_unique(id) {
            None
        } else if is_heading(tag) || is_numbered(id) {
            Some(replacing(attribute, &self.at(id)))
        } else {
            let name = format!("<span id=\"{}\"></span>", escape(&self.at(id)));
            HOLDERS.contains(&tag.name.as_ref()).then(|| Splice::insertion(tag.span.end, name))
        }
    }

    /// By what another element of the chapter names this one.
    fn named(&self, id: &str) -> String {
        let is_moved = is_numbered(id) || self.headings.contains(id) && !is_unique(id);
        if is_moved { self.at(id) } else { id.to_owned() }
    }

    fn at(&self, id: &str) -> String {
        at(&plain(self.name), id)
    }

    /// Where a link leads from the page of all, if elsewhere than from the chapter's.
    fn way(&self, target: &str) -> Option<String> {
        let (path, fragment) = target.split_once('#').map_or((target, None), |(path, it)| (path, Some(it)));
        let (path, query) = path.split_once('?').map_or((path, ""), |(path, it)| (path, it));
        if has_host(target) || path.starts_with('/') || path.contains(':') {
            return None;
        }
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let folder = Path::new(self.name).parent().unwrap_or(Path::new(""));
        let to = match path {
            "" => self.name.to_owned(),
            _ => address(&normal(&folder.join(decoded.as_ref()))?),
        };
        if !self.all.contains(&to) {
            let rest = &target[path.len()..];
            return (!path.is_empty()).then(|| format!("{to}{rest}"));
        }
        match fragment.filter(|it| !it.is_empty()) {
            Some(id) if is_unique(id) => Some(format!("#{id}")),
            Some(id) => Some(format!("#{}", at(&to, id))),
            None if path.is_empty() && query.is_empty() => None,
            None => Some(format!("#{to}")),
        }
    }
}

/// A chapter's own name on the page of all: links have it as an address, and ids as it is.
fn plain(address: &str) -> String {
    percent_decode_str(address).decode_utf8_lossy().into_owned()
}

fn is_heading(tag: &Tag<'_>) -> bool {
    matches!(tag.name.as_bytes(), [b'h', b'1'..=b'6'])
}

/// What stands for an id of a chapter on the page of all.
fn at(chapter: &str, id: &str) -> String {
    format!("{chapter}/{id}")
}

/// Whether only one page of a book has something of this name: what has a label, a work that is cited, and the rows of the page about all.
fn is_unique(id: &str) -> bool {
    LabelKind::of(id).is_some() || id.starts_with("ref-") || id.contains('.') && !is_numbered(id)
}

/// Whether mdBook or recto gives such a name on any page, by counting.
fn is_numbered(id: &str) -> bool {
    const COUNTED: [&str; 7] = ["answer.", "check.", "cite.", "footnote-", "fr-", "precision.", "sweep."];
    COUNTED.iter().any(|prefix| id.starts_with(prefix))
}

fn replacing(attribute: &Attribute<'_>, value: &str) -> Splice {
    Splice::new(attribute.span.clone(), escape(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_page(name: &str, main: &str) -> String {
        let all: HashSet<String> = ["one.html", "deep/two.html", "100%25.html"].map(str::to_owned).into();
        let found: Vec<Token<'_>> = tokens(main).collect();
        let chapter = Chapter::new(name, &all, &found);
        let edits = found.iter().flat_map(|token| match token {
            Token::Open(tag) => chapter.edits(tag),
            _ => Vec::new(),
        });
        replaced(main, edits.collect())
    }

    #[test]
    fn links_between_chapters_lead_from_place_to_place() {
        for (name, from, to) in [
            ("one.html", "deep/two.html", "#deep/two.html"),
            ("one.html", "deep/two.html#first", "#deep/two.html/first"),
            ("one.html", "deep/two.html?eta=1#fig-a", "#fig-a"),
            ("deep/two.html", "../one.html", "#one.html"),
            ("one.html", "100%25.html#a", "#100%25.html/a"),
            ("deep/two.html", "#first", "#deep/two.html/first"),
            ("deep/two.html", "#eq-a", "#eq-a"),
            ("deep/two.html", "a.png", "deep/a.png"),
            ("deep/two.html", "../programs/one.rs", "programs/one.rs"),
            ("deep/two.html", "three.html#a", "deep/three.html#a"),
            ("one.html", "#", "#"),
            ("one.html", "https://example.org/one.html#a", "https://example.org/one.html#a"),
            ("one.html", "mailto:a@example.org", "mailto:a@example.org"),
        ] {
            assert_eq!(on_page(name, &format!("<a href=\"{from}\">")), format!("<a href=\"{to}\">"), "{name}");
        }
    }

    #[test]
    fn ids_are_no_addresses() {
        assert_eq!(on_page("100%25.html", "<h2 id=\"a\">"), "<h2 id=\"100%.html/a\">");
    }

    #[test]
    fn what_many_chapters_have_is_told_apart() {
        for (from, to) in [
            ("<h2 id=\"a\">", "<h2 id=\"one.html/a\">"),
            ("<h2 id=\"sec-a\">", "<h2 id=\"sec-a\">"),
            ("<a id=\"check.3\">", "<a id=\"one.html/check.3\">"),
            ("<li id=\"footnote-1\">", "<li id=\"one.html/footnote-1\">"),
            ("<tr id=\"one.3\">", "<tr id=\"one.3\">"),
            ("<input id=\"sweep.3.0\">", "<input id=\"one.html/sweep.3.0\">"),
            ("<label for=\"sweep.3.0\">", "<label for=\"one.html/sweep.3.0\">"),
            ("<div id=\"plot\">", "<div id=\"plot\"><span id=\"one.html/plot\"></span>"),
            ("<img id=\"plot\">", "<img id=\"plot\">"),
            ("<p aria-describedby=\"plot fr-a-1\">", "<p aria-describedby=\"plot one.html/fr-a-1\">"),
            (
                "<ul aria-labelledby=\"a plot sec-a\"><h2 id=\"a\"><h2 id=\"sec-a\">",
                "<ul aria-labelledby=\"one.html/a plot sec-a\"><h2 id=\"one.html/a\"><h2 id=\"sec-a\">",
            ),
            ("<h3 id=b><div aria-details=b>", "<h3 id=one.html/b><div aria-details=one.html/b>"),
        ] {
            assert_eq!(on_page("one.html", from), to);
        }
    }
}
