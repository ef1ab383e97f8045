//! A caption: markdown that stands in an option of a cell, or that a cell computes.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::cell::{Caption, CaptionPart};
use super::claim::{ClaimLink, read_claim};
use super::label::is_label;
use super::lesson::{Exempt, Formula, Item, Placeholder, Reference, ValueSpan};
use super::mapped_text::{MappedText, places};
use super::outline::{Link, LinkKind};
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// What markdown reads in a caption; a price is text.
pub(crate) fn caption_events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    events(text, Options::ENABLE_SMART_PUNCTUATION)
}

fn events(text: &str, extensions: Options) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let events = Parser::new_ext(text, Options::ENABLE_MATH | extensions).into_offset_iter();
    events.filter_map(|(event, at)| match event {
        Event::InlineMath(_) if is_price(text, &at) => Some((Event::Text(text[at.clone()].into()), at)),
        Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => None,
        Event::Html(html) | Event::InlineHtml(html) => Some((Event::Text(html), at)),
        event => Some((event, at)),
    })
}

/// A caption as it is read.
pub(super) struct ReadCaption {
    pub(super) caption: Caption,
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<Link>,
    pub(super) problem: Option<Problem>,
}

fn is_checked_link(target: &str) -> bool {
    target.starts_with('=') || target == "given" || target.strip_prefix('#').is_some_and(is_label)
}

fn is_placeholder(code: &str) -> bool {
    code.trim().starts_with('{') && code.trim().ends_with('}')
}

/// The alt text of a figure, which stands among these options, as it is read out: formulas, code and links are text.
pub(super) fn alt_text(text: &str, document: &Document, options: &Range<usize>) -> (String, Option<Problem>) {
    let (mut plain, mut copied, mut problem) = (String::with_capacity(text.len()), 0, None);
    for (event, span) in Parser::new_ext(text, Options::ENABLE_MATH).into_offset_iter() {
        let (is_checked, read) = match &event {
            Event::Start(Tag::Link { dest_url, .. }) => (is_checked_link(dest_url), None),
            Event::Code(code) => (is_placeholder(code), Some(code)),
            Event::InlineMath(_) if is_price(text, &span) => continue,
            Event::InlineMath(latex) | Event::DisplayMath(latex) => (false, Some(latex)),
            _ => continue,
        };
        if is_checked {
            let message = "an alt text can't hold a claim, an inline value or a reference";
            let written = &document.text()[options.clone()];
            let place = document.place(place_of(&text[span.clone()], "alt:", written, options));
            let found = Problem::error(Kind::Syntax, message).at(place);
            problem = problem.or(Some(found.help("state it in the text beside the figure")));
        }
        if let Some(read) = read {
            plain.extend([&text[copied..span.start], read]);
            copied = span.end;
        }
    }
    (plain + &text[copied..], problem)
}

/// Where a part of an option's value is written; all options where YAML has it in another form.
fn place_of(part: &str, key: &str, written: &str, options: &Range<usize>) -> Range<usize> {
    let from = written.find(key).unwrap_or(0);
    match written[from..].find(part).filter(|_| !part.is_empty()) {
        Some(found) => options.start + from + found..options.start + from + found + part.len(),
        None => options.clone(),
    }
}

/// Whether what stands between dollars is prose, as Pandoc has it: a digit follows the second one.
pub(super) fn is_price(text: &str, span: &Range<usize>) -> bool {
    text[span.end..].starts_with(|c: char| c.is_ascii_digit())
}

/// The caption's markdown led back to the options in which it is written, unless YAML has it in another form. Between
/// its letters stand the marks of lines, of quotes and of escapes alone.
fn written(text: &str, document: &Document, options: &Range<usize>) -> Option<MappedText> {
    let source = &document.text()[options.clone()];
    let from = source.find("caption:").map_or(0, |found| found + "caption:".len());
    let mut end = from;
    let is_there = |(c, at): (char, usize)| {
        let rest = &source[from + at..];
        let line_end = c == ' ' && rest.starts_with('\n');
        let marks = source.get(end..from + at);
        end = from + at + if line_end { 1 } else { c.len_utf8() };
        let is_mark = |c: char| c.is_whitespace() || matches!(c, '/' | '|' | '>' | '-' | '+' | '\\' | '"' | '\'');
        (line_end || rest.starts_with(c)) && marks.is_some_and(|marks| marks.chars().all(is_mark))
    };
    let same = places(text, &source[from..], false).all(is_there);
    same.then(|| MappedText::read(text, &source[from..], options.start + from))
}

impl ReadCaption {
    /// Reads the caption that stands among these options. It may not cite, since it is no text of the page's markdown.
    pub(super) fn read(
        text: &str,
        document: &Document,
        options: &Range<usize>,
        definitions: &[(String, Range<usize>)],
    ) -> ReadCaption {
        let written = written(text, document, options);
        let located = |span: Range<usize>| written.as_ref().map_or(options.clone(), |text| text.range(span));
        let Found { mut items, refused } = Found::read(text);
        let problem = |message: &str, span: Range<usize>, help: &str| {
            Problem::error(Kind::Syntax, message).at(document.place(located(span))).help(help)
        };
        let mut wrong = refused.map(|(message, span, help)| problem(message, span, help));
        if written.is_none() {
            let mut unread = items.iter().filter(|(_, item)| !matches!(item, Item::Formula(_)));
            if let Some((span, _)) = unread.next() {
                let message = "this caption holds a claim, a value or a reference, and YAML changes its text";
                let help = "write it without quotes, on a line of its own below `caption: >-`";
                wrong = wrong.or(Some(problem(message, span.clone(), help)));
            }
            items.retain(|(_, item)| matches!(item, Item::Formula(_)));
        }
        if let Some(name) = claim_by_name(text, document, definitions) {
            let help = "write what it is into the claim itself, as in `[10](=kappa)`";
            wrong = wrong.or(Some(problem("a caption can't hold a claim by name", name, help)));
        }
        if let Some(found) = ["[@", "[-@"].into_iter().find_map(|mark| text.find(mark)) {
            let close = text[found..].find(']').map_or(text.len(), |close| found + close + 1);
            let cites =
                Problem::error(Kind::Citation, "a caption can't cite").at(document.place(located(found..close)));
            wrong = wrong.or(Some(cites.help("cite in the text beside the figure")));
        }
        let parts = parts(text, &items);
        let links = links(text, located);
        let count = items.len();
        let items = items.into_iter().map(|(_, item)| match (item, &written) {
            (item, Some(text)) => item.through(text),
            (Item::Formula(formula), None) => Item::Formula(Formula {
                span: options.clone(),
                latex_span: options.clone(),
                ..formula
            }),
            (item, None) => item,
        });
        ReadCaption {
            items: items.collect(),
            caption: Caption {
                parts,
                text: written.clone(),
                items: count,
            },
            links,
            problem: wrong,
        }
    }
}

/// Where a caption has the name of a claim that is defined in the text of the page, between brackets.
fn claim_by_name(text: &str, document: &Document, definitions: &[(String, Range<usize>)]) -> Option<Range<usize>> {
    let is_claim = |definition: &str| {
        let target = definition.split_once("]:").map_or("", |(_, target)| target.trim_start());
        target.trim_start_matches('<').starts_with('=')
    };
    let claims = definitions.iter().filter(|(_, span)| is_claim(&document.text()[span.clone()]));
    let mut brackets = text.match_indices('[').filter_map(|(open, _)| {
        let name = &text[open + 1..];
        Some(open..open + 1 + name.find(']')? + 1)
    });
    let names: Vec<String> = claims.map(|(name, _)| name.to_lowercase()).collect();
    brackets.find(|span| names.contains(&text[span.start + 1..span.end - 1].to_lowercase()))
}

/// What of a caption recto acts on, and where in its text it stands.
#[derive(Default)]
struct Found {
    items: Vec<(Range<usize>, Item)>,
    /// What is wrong first: the message, the place and the help.
    refused: Option<(&'static str, Range<usize>, &'static str)>,
}

impl Found {
    fn read(text: &str) -> Found {
        let mut found = Found::default();
        let mut events = events(text, Options::empty());
        let mut images = 0;
        while let Some((event, span)) = events.next() {
            let item = match event {
                Event::Start(Tag::Image { .. }) => {
                    images += 1;
                    continue;
                }
                Event::End(TagEnd::Image) => {
                    images -= 1;
                    continue;
                }
                Event::Start(Tag::Link { dest_url, .. }) if images > 0 && is_checked_link(&dest_url) => {
                    found.refuse_in_image(span);
                    continue;
                }
                Event::Start(Tag::Link { dest_url, title, .. }) => match dest_url.strip_prefix('=') {
                    Some(expression) => {
                        let link = ClaimLink {
                            expression,
                            title: &title,
                            span: span.clone(),
                            definition: None,
                        };
                        found.claim(text, link, &mut events);
                        continue;
                    }
                    None => link_item(text, &dest_url, &span),
                },
                Event::Code(code) => {
                    let value = ValueSpan::read(&code, &text[span.clone()], span.start);
                    if images > 0 && value.is_some() {
                        found.refuse_in_image(span);
                        continue;
                    }
                    value.map(|content| Item::Value(Placeholder { span: span.clone(), content }))
                }
                Event::InlineMath(latex) if images == 0 => {
                    Some(Item::Formula(Formula::new(latex.into_string(), false, false, span.clone())))
                }
                Event::DisplayMath(latex) if images == 0 => {
                    Some(Item::Formula(Formula::new(latex.into_string(), true, false, span.clone())))
                }
                _ => None,
            };
            found.items.extend(item.map(|item| (span, item)));
        }
        found
    }

    fn refuse(&mut self, message: &'static str, span: Range<usize>, help: &'static str) {
        self.refused.get_or_insert((message, span, help));
    }

    fn refuse_in_image(&mut self, span: Range<usize>) {
        let message = "the description of an image in a caption can't hold a claim, an inline value or a reference";
        self.refuse(message, span, "state it in the text beside the figure");
    }

    fn claim<'a>(
        &mut self,
        text: &str,
        link: ClaimLink<'_>,
        events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
    ) {
        let span = link.span.clone();
        let read = read_claim(text, link, true, events);
        match read.claim {
            Ok(claim) => self.items.push((span, Item::Claim(claim))),
            Err(refusal) => self.refuse(refusal.message, refusal.span, refusal.help),
        }
        let formulas = read.formulas.into_iter().map(|formula| (formula.span.clone(), Item::Formula(formula)));
        self.items.extend(formulas);
    }
}

/// A link to a label, or to `given`.
fn link_item(text: &str, target: &str, span: &Range<usize>) -> Option<Item> {
    let bracket = text[span.clone()].rfind("](").map_or(span.end, |found| span.start + found);
    let (span, text) = (span.clone(), span.start + 1..bracket.max(span.start + 1));
    match target.strip_prefix('#').filter(|label| is_label(label)) {
        Some(label) => Some(Item::Reference(Reference { text, span, label: label.to_owned() })),
        None => (target == "given").then_some(Item::Exempt(Exempt { span, text })),
    }
}

/// The parts of a caption whose items stand at these places.
fn parts(text: &str, items: &[(Range<usize>, Item)]) -> Vec<CaptionPart> {
    let mut parts = Vec::new();
    // In a link that recto acts on: its item, if it is to be seen.
    let mut inside: Option<Option<usize>> = None;
    let mut images = 0;
    for (event, at) in caption_events(text) {
        let number = items.binary_search_by_key(&at.start, |(span, _)| span.start).ok();
        parts.extend(match event {
            Event::Start(Tag::Link { ref dest_url, .. }) if is_checked_link(dest_url) => {
                let number = number.filter(|&number| !matches!(items[number].1, Item::Exempt(_)));
                inside = Some(number);
                number.map(CaptionPart::Open)
            }
            Event::End(TagEnd::Link) if inside.is_some() => inside.take().flatten().map(CaptionPart::Close),
            Event::InlineMath(latex) | Event::DisplayMath(latex) if images > 0 => {
                Some(CaptionPart::Markup(Event::Text(latex.into_static())))
            }
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) if number.is_some() => {
                number.map(CaptionPart::Item)
            }
            event => {
                images += i32::from(matches!(event, Event::Start(Tag::Image { .. })));
                images -= i32::from(matches!(event, Event::End(TagEnd::Image)));
                Some(CaptionPart::Markup(event.into_static()))
            }
        });
    }
    parts
}

/// The other links and the images of a caption.
fn links(text: &str, located: impl Fn(Range<usize>) -> Range<usize>) -> Vec<Link> {
    let events: Vec<(Event<'_>, Range<usize>)> = caption_events(text).collect();
    let links = events.iter().enumerate().filter_map(|(index, (event, at))| {
        let ends = |end: TagEnd| matches!(events.get(index + 1), Some((Event::End(it), _)) if *it == end);
        let (target, kind) = match event {
            Event::Start(Tag::Link { dest_url, .. }) if !is_checked_link(dest_url) => {
                (dest_url, LinkKind::Link { empty: ends(TagEnd::Link) })
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                (dest_url, LinkKind::Image { undescribed: ends(TagEnd::Image) })
            }
            _ => return None,
        };
        let found = text[at.clone()].rfind(&**target).map(|found| at.start + found);
        let span = located(found.map_or(at.clone(), |found| found..found + target.len()));
        Some(Link {
            target: target.to_string(),
            target_span: span.clone(),
            span,
            inline: false,
            kind,
            name: None,
        })
    });
    links.collect()
}
