//! What a chapter links to, and what in it can be linked to.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::mapped_text::MappedText;
use super::numbering::Numbering;
use crate::html::request;
use crate::html::tags::tags;
use crate::site::Names;
use crate::source::Document;

/// The links of a chapter and its fragments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    pub(crate) links: Vec<Link>,
    /// The headings, and the terms of definition lists.
    pub(crate) headings: Vec<Anchor>,
    /// The fragments that are not headings': of raw HTML and footnotes.
    pub(crate) fragments: HashSet<String>,
    /// Raw HTML.
    pub(crate) html: Vec<MappedText>,
}

/// A link, an image, or something else that is fetched.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// All of it.
    pub(crate) span: Range<usize>,
    /// Where it leads, as it is written.
    pub(crate) target: String,
    /// Where that is written; all of it where it is written elsewhere.
    pub(crate) target_span: Range<usize>,
    /// It is written in the text as `[text](target)` or `[text][name]`.
    pub(crate) inline: bool,
    pub(crate) kind: LinkKind,
    /// Its text is the name under which its target is defined; what has to stand where for that name to stay, should the
    /// text become another.
    pub(crate) name: Option<(Range<usize>, String)>,
}

/// What becomes of a link's target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// The reader may follow it.
    Link {
        /// There is nothing that could be seen of it.
        empty: bool,
    },
    /// It is shown.
    Image {
        /// Nothing says what it shows.
        undescribed: bool,
    },
    /// An element of raw HTML fetches it with the page.
    Part {
        /// It is an image, and nothing says what it shows.
        undescribed: bool,
    },
    /// `[text][name]` without a definition of the name, which is the target.
    Undefined,
}

/// A place to which a link may lead.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    /// Its fragment.
    pub(crate) id: String,
    /// mdBook would give it another, made of what recto writes into the heading; where to write this one.
    pub(crate) write: Option<IdInsertion>,
    /// The number of a heading.
    pub(crate) number: Option<String>,
    /// It is the term of a definition list.
    pub(crate) is_term: bool,
}

/// Where a fragment is to be written into a heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdInsertion {
    /// ` {#id}` here.
    Block(usize),
    /// `#id ` here, in a block of attributes.
    Attribute(usize),
}

/// What markdown sees in a text, and where.
type Events<'a> = [(Event<'a>, Range<usize>)];

struct Heading {
    span: Range<usize>,
    id: Option<String>,
    has_attributes: bool,
    text: String,
    /// Something in it is woven.
    woven: bool,
    is_term: bool,
    number: Option<String>,
}

impl Outline {
    pub(super) fn of(
        events: &Events<'_>,
        document: &Document,
        smart_punctuation: bool,
        numbering: Numbering,
    ) -> Outline {
        let mut outline = Outline::default();
        let mut notes: HashMap<&str, usize> = HashMap::new();
        let mut html = MappedText::default();
        for (index, (event, span)) in events.iter().enumerate() {
            let next = events.get(index + 1).map(|(event, _)| event);
            match event {
                Event::Start(Tag::Link { link_type, dest_url, .. }) if *link_type != LinkType::Email => {
                    let empty = matches!(next, Some(Event::End(TagEnd::Link)));
                    let kind = LinkKind::Link { empty };
                    outline.links.push(link(document, span, dest_url, *link_type, kind));
                }
                Event::Start(Tag::Image { link_type, dest_url, .. }) => {
                    let undescribed = matches!(next, Some(Event::End(TagEnd::Image)));
                    let kind = LinkKind::Image { undescribed };
                    outline.links.push(link(document, span, dest_url, *link_type, kind));
                }
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    outline.fragments.insert(format!("footnote-{name}"));
                }
                Event::FootnoteReference(name) => {
                    let count = notes.entry(name).or_default();
                    *count += 1;
                    outline.fragments.insert(format!("fr-{name}-{count}"));
                }
                Event::Html(text) | Event::InlineHtml(text) => {
                    html.push(text, span.start);
                    if !matches!(next, Some(Event::Html(_))) {
                        outline.raw(std::mem::take(&mut html));
                    }
                }
                _ => {}
            }
        }
        outline.headings = anchors(headings(events, smart_punctuation, numbering), document);
        outline
    }

    /// The tags of raw HTML.
    fn raw(&mut self, html: MappedText) {
        for tag in tags(html.text()) {
            let name = tag.attribute("name").filter(|_| tag.name == "a");
            let names = tag.attribute("id").into_iter().chain(name);
            self.fragments.extend(names.map(str::to_owned));
            for attribute in &tag.attributes {
                let element = tag.name.as_ref();
                let (addresses, kind) = match (element, attribute.name.as_ref()) {
                    ("a" | "area" | "link", "href" | "xlink:href") => {
                        let target = (attribute.value.to_string(), 0..attribute.value.len());
                        (vec![target], LinkKind::Link { empty: false })
                    }
                    (_, name) => {
                        let undescribed = element == "img" && name == "src" && tag.attribute("alt").is_none();
                        (request::fetched(&tag, attribute), LinkKind::Part { undescribed })
                    }
                };
                self.links.extend(addresses.into_iter().map(|(target, address)| Link {
                    span: html.range(tag.span.clone()),
                    target_span: html.range(attribute.place(&address)),
                    target,
                    inline: false,
                    kind: kind.clone(),
                    name: None,
                }));
            }
        }
        self.html.push(html);
    }
}

/// The headings, and the terms of definition lists. Those in lists and quotes have no numbers.
fn headings(events: &Events<'_>, smart_punctuation: bool, mut numbering: Numbering) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    let mut open: Option<Heading> = None;
    let mut depth = 0;
    for (index, (event, span)) in events.iter().enumerate() {
        let is_outer = depth == 0;
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        let begun = |id: Option<String>, has_attributes, is_term| Heading {
            span: span.clone(),
            id,
            has_attributes,
            text: String::new(),
            woven: false,
            is_term,
            number: None,
        };
        match event {
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                let has_attributes = !classes.is_empty() || !attrs.is_empty();
                let is_empty = matches!(events.get(index + 1), Some((Event::End(_), _)));
                let number = if is_outer && !is_empty { numbering.next(*level, id.as_deref()) } else { None };
                open = Some(Heading {
                    woven: number.is_some(),
                    number,
                    ..begun(id.as_ref().map(ToString::to_string), has_attributes, false)
                });
            }
            Event::Start(Tag::DefinitionListTitle) => open = Some(begun(None, false, true)),
            Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => headings.extend(open.take()),
            event => {
                if let Some(heading) = &mut open {
                    let next = events.get(index + 1).map(|(event, _)| event);
                    heading.add(event, next, smart_punctuation);
                }
            }
        }
    }
    headings
}

fn link(document: &Document, span: &Range<usize>, target: &str, link_type: LinkType, kind: LinkKind) -> Link {
    let written = matches!(link_type, LinkType::Inline | LinkType::Autolink);
    let text = &document.text()[span.clone()];
    let found = text.rfind(target).filter(|_| written && !target.is_empty());
    let name = matches!(link_type, LinkType::Shortcut | LinkType::Collapsed).then(|| {
        let name = if link_type == LinkType::Collapsed {
            text.strip_suffix("[]").unwrap_or(text)
        } else {
            text
        };
        (span.start + name.len()..span.end, name.strip_prefix('!').unwrap_or(name).to_owned())
    });
    Link {
        span: span.clone(),
        target: target.to_owned(),
        target_span: match found {
            Some(found) => span.start + found..span.start + found + target.len(),
            None => span.clone(),
        },
        inline: !matches!(link_type, LinkType::Autolink | LinkType::Email),
        kind,
        name,
    }
}

/// The fragments of headings: mdBook's, or where what it would make of them is not known beforehand, or
/// is not fit to be read, those of the text as its author wrote it.
fn anchors(headings: Vec<Heading>, document: &Document) -> Vec<Anchor> {
    let mut used = Names::default();
    let mut ids: Vec<Option<String>> = Vec::new();
    for heading in &headings {
        ids.push(match &heading.id {
            Some(id) => Some(id.clone()),
            None if heading.is_woven() && !heading.is_term => None,
            None => Some(unique(&fragment(&heading.text), &mut used)),
        });
    }
    headings.iter().filter_map(|heading| heading.id.clone()).for_each(|id| used.take(id));
    let written = headings.into_iter().zip(ids).map(|(mut heading, id)| {
        // mdBook tries each number in turn for a heading of a name that many have.
        let is_one_of_many =
            |id: &String| heading.id.is_none() && !heading.is_term && numbered_over_99(id, &heading.text);
        let write = match &id {
            Some(id) if !is_one_of_many(id) => None,
            _ => Some(heading.place_for_id(document)),
        };
        let id = id.unwrap_or_else(|| unique(&fragment(&without_citations(&heading.text)), &mut used));
        Anchor {
            write: write.filter(|_| !id.is_empty()),
            id,
            number: heading.number.take(),
            is_term: heading.is_term,
        }
    });
    written.collect()
}

impl Heading {
    /// Adds what stands in it.
    fn add(&mut self, event: &Event<'_>, next: Option<&Event<'_>>, smart_punctuation: bool) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.woven |= dest_url.starts_with('=') || matches!(next, Some(Event::End(TagEnd::Link)));
            }
            Event::FootnoteReference(_) => self.woven = true,
            Event::Text(text) if smart_punctuation => self.text.push_str(&without_dashes(text)),
            Event::Text(text) => self.text.push_str(text),
            Event::Code(text) => {
                self.woven |= text.trim_start().starts_with('{');
                self.text.push_str(text);
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.woven = true;
                self.text.push_str(text);
            }
            Event::SoftBreak => self.text.push('\n'),
            _ => {}
        }
    }

    fn is_woven(&self) -> bool {
        self.woven || self.text.contains("[@") || self.text.contains("[-@")
    }

    /// Where its fragment can be written.
    fn place_for_id(&self, document: &Document) -> IdInsertion {
        let text = &document.text()[self.span.clone()];
        if self.has_attributes
            && let Some(brace) = text.rfind('{')
        {
            return IdInsertion::Attribute(self.span.start + brace + 1);
        }
        let content = text.trim_end();
        let underline = content.rfind('\n').filter(|_| !content.starts_with('#'));
        let content = content[..underline.unwrap_or(content.len())].trim_end();
        IdInsertion::Block(self.span.start + content.len())
    }
}

/// Whether a fragment is that of a heading with a number of three digits or more behind it.
fn numbered_over_99(id: &str, heading: &str) -> bool {
    id.strip_prefix(&fragment(heading)).is_some_and(|number| number.len() > "-99".len())
}

/// mdBook's rule: letters, digits, `-` and `_` in lower case, spaces as `-`.
fn fragment(text: &str) -> String {
    let kept = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    text.trim().to_lowercase().chars().filter_map(kept).collect()
}

/// mdBook's rule for a fragment that there is already.
fn unique(id: &str, used: &mut Names) -> String {
    used.unused(id, |number| format!("{id}-{number}"))
}

/// Text without the hyphens of which smart punctuation makes dashes.
fn without_dashes(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dash) = rest.find("--") {
        kept.push_str(&rest[..dash]);
        rest = rest[dash..].trim_start_matches('-');
    }
    kept + rest
}

/// Text without the citations in it.
fn without_citations(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("[@").or_else(|| rest.find("[-@")) {
        let Some(close) = rest[open..].find(']') else { break };
        kept.push_str(rest[..open].trim_end());
        rest = &rest[open + close + 1..];
    }
    kept + rest
}
