//! A finished page as a browser reads it: what looks like recto's, what it can be linked by, what it links to, and
//! markdown that nothing has acted on. Ids are those of the whole page, all else is that of `<main>`, the chapter.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::html::request::{Request, in_token};
use crate::html::tags::{Tag, Token, tokens};
use crate::policy::Held;
use crate::report::PartKind;

/// What the audit wants to know of a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What looks like recto's.
    pub(super) parts: Vec<Found>,
    /// What a link may lead to.
    pub(super) fragments: HashSet<String>,
    /// Ids that stand for the second time.
    pub(super) repeated: Vec<(String, Range<usize>)>,
    /// Descriptions of images.
    pub(super) descriptions: Vec<String>,
    /// Where links, images and the like lead.
    pub(super) links: Vec<(String, Range<usize>)>,
    /// Markdown that nothing has acted on.
    pub(super) unread: Vec<(String, Range<usize>)>,
    /// What is fetched from other hosts.
    pub(super) requests: Vec<Request>,
    /// What its policy must let it.
    pub(super) held: Held,
}

/// What looks like recto's.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: PartKind,
    pub(super) text: String,
    /// Its tag.
    pub(super) span: Range<usize>,
    /// Code without a word that says whether it is Rust's.
    pub(super) bare: bool,
}

/// What is left of claims, what is marked as given, references, citations, directives and formulas.
static UNREAD: LazyLock<Regex> = LazyLock::new(|| {
    let links = r"(?:\[[^\[\]]*)?\]\((?:<?=[^)]*|given)\)|\[\]\(#[^)]*\)|\[-?@\w[^\]]*\]";
    let directives = r"\{\{#(?:include|rustdoc_include|playground|title)\b[^}]*\}\}";
    let formulas = r"\$\$|(\$[^\s$](?:[^$]*[^\s$])?\$)(?:\D|$)";
    Regex::new(&format!("{links}|{directives}|{formulas}")).expect("a constant")
});

/// Whether an element has no end tag.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Words that rustdoc reads after the backticks, without `rust` too.
const RUSTDOC: &str = "rust ignore no_run should_panic compile_fail test_harness standalone_crate noplayground noplaypen editable \
                       runnable mdbook-runnable";

/// Whose the text in an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    Author,
    /// A program's: code, what it prints, and pictures.
    Program,
    /// The number of a formula, beside it.
    Equation,
    /// A formula's; of it only the LaTeX is text.
    Formula,
}

/// An element that is open.
#[derive(Debug)]
struct Element<'a> {
    name: Cow<'a, str>,
    voice: Voice,
    /// Index of the part whose text is in it.
    part: Option<usize>,
}

#[derive(Debug, Default)]
struct Reader<'a> {
    page: Page,
    /// From `<main>` inwards; of pictures and formulas only the outermost elements, and annotations.
    open: Vec<Element<'a>>,
    /// A link in which nothing has stood so far.
    empty_link: Option<(String, Range<usize>)>,
}

impl Page {
    pub(super) fn read(html: &str) -> Page {
        let mut reader = Reader::default();
        for token in tokens(html) {
            reader.page.requests.extend(in_token(&token));
            reader.page.held.token(&token);
            match token {
                Token::Open(tag) => reader.open(tag),
                Token::Close(name) => reader.close(&name),
                Token::Text(text, span) => reader.text(&text, &span),
                Token::Style(..) => {}
            }
        }
        reader.page
    }

    fn look_for_unread(&mut self, text: &str, span: &Range<usize>) {
        let found = UNREAD.captures_iter(text).filter_map(|found| found.iter().flatten().last());
        self.unread.extend(found.map(|found| (found.as_str().to_owned(), span.clone())));
    }
}

impl<'a> Reader<'a> {
    fn open(&mut self, tag: Tag<'a>) {
        if let Some(id) = tag.attribute("id")
            && !self.page.fragments.insert(id.to_owned())
        {
            self.page.repeated.push((id.to_owned(), tag.span.clone()));
        }
        let Some(parent) = self.open.last() else {
            if tag.name == "main" {
                self.open.push(Element {
                    name: tag.name,
                    voice: Voice::Author,
                    part: None,
                });
            }
            return;
        };
        addresses(&tag, &mut self.page);
        let target = tag.attribute("href").filter(|_| tag.name == "a");
        self.empty_link = target.map(|target| (format!("[]({target})"), tag.span.clone()));
        let is_inner = parent.voice == Voice::Formula || parent.name == "svg";
        if is_inner && !matches!(tag.name.as_ref(), "svg" | "annotation") || is_void(&tag.name) {
            return;
        }
        let part = part(&tag, parent).and_then(|(kind, text)| {
            let bare = kind == PartKind::Code && tag.attribute("class").is_none();
            self.page.parts.push(Found { kind, text, span: tag.span.clone(), bare });
            let is_told_by_text = !matches!(kind, PartKind::Figure | PartKind::Output | PartKind::Answer);
            is_told_by_text.then(|| self.page.parts.len() - 1)
        });
        let voice = voice(&tag, parent.voice);
        self.open.push(Element { name: tag.name, voice, part });
    }

    fn text(&mut self, text: &str, span: &Range<usize>) {
        self.empty_link = None;
        match self.open.last() {
            None => return,
            Some(inner) if inner.voice == Voice::Formula && inner.name != "annotation" => return,
            Some(inner) if inner.voice == Voice::Author => self.page.look_for_unread(text, span),
            // No claim says the number of its formula.
            Some(inner) if inner.voice == Voice::Equation => return self.page.look_for_unread(text, span),
            Some(_) => {}
        }
        for part in self.open.iter().filter_map(|element| element.part) {
            self.page.parts[part].text.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        self.page.unread.extend(self.empty_link.take());
        if let Some(open) = self.open.iter().rposition(|element| element.name == name) {
            self.open.truncate(open);
        }
    }
}

/// What a tag can be linked by beside its id, what it links to, and what its description says.
fn addresses(tag: &Tag<'_>, page: &mut Page) {
    for attribute in &tag.attributes {
        let value = attribute.value.as_ref();
        match (tag.name.as_ref(), attribute.name.as_ref()) {
            ("a", "name") => {
                page.fragments.insert(value.to_owned());
            }
            (_, "href" | "xlink:href" | "src") => page.links.push((value.to_owned(), tag.span.clone())),
            (_, "alt") => {
                page.descriptions.push(value.to_owned());
                page.look_for_unread(value, &tag.span);
            }
            _ => {}
        }
    }
}

/// What a tag begins that looks like recto's; its text is added later.
fn part(tag: &Tag<'_>, parent: &Element<'_>) -> Option<(PartKind, String)> {
    let is_marked = tag.attribute("class").is_some_and(|class| class.contains("recto-"));
    let is = |class: &str| is_marked && classes(tag).any(|its| its == class);
    let kind = match tag.name.as_ref() {
        "code" if parent.name == "pre" => return is_rust(tag).then(|| (PartKind::Code, String::new())),
        "svg" => {
            let cell = tag.attribute("data-figure")?.split('-').next()?;
            return Some((PartKind::Figure, cell.to_owned()));
        }
        "form" if is("recto-answer") => {
            let facts = ["id", "whole", "step", "offset", "hash"];
            let facts = facts.map(|name| tag.attribute(&format!("data-{name}")).unwrap_or_default());
            return Some((PartKind::Answer, facts.join(" ")));
        }
        "annotation" if parent.voice == Voice::Formula => PartKind::Formula,
        _ if is("recto-claim") => PartKind::Claim,
        _ if is("recto-value") => PartKind::Value,
        _ if is("recto-output") => PartKind::Output,
        _ if is("recto-lets") => PartKind::Lets,
        "code" => PartKind::Literal,
        _ => return None,
    };
    Some((kind, String::new()))
}

fn voice(tag: &Tag<'_>, outer: Voice) -> Voice {
    let is_marked = tag.attribute("class").is_some_and(|class| class.contains("recto-"));
    match tag.name.as_ref() {
        "math" => Voice::Formula,
        "code" | "pre" | "script" | "style" | "svg" | "textarea" => Voice::Program,
        "figcaption" => Voice::Author,
        _ if !is_marked => outer,
        _ if classes(tag).any(|class| class == "recto-equation") => Voice::Equation,
        _ if classes(tag).any(|class| class == "recto-output" || class == "recto-lets") => Voice::Program,
        _ if classes(tag).any(|class| class == "recto-caption") => Voice::Author,
        _ => outer,
    }
}

fn classes<'a>(tag: &'a Tag<'_>) -> impl Iterator<Item = &'a str> + Clone {
    tag.attribute("class").unwrap_or_default().split_ascii_whitespace()
}

/// Whether a block of code is Rust's, or may be: it has no language.
fn is_rust(tag: &Tag<'_>) -> bool {
    let mut words = classes(tag).map(|class| class.strip_prefix("language-").unwrap_or(class));
    let is_rustdocs = |word: &str| word.starts_with("edition") || RUSTDOC.split(' ').any(|it| it == word);
    // What is coloured as Rust has that class anywhere.
    let is_coloured = classes(tag).any(|class| class == "language-rust");
    is_coloured || words.clone().next() == Some("rust") || words.all(is_rustdocs)
}
