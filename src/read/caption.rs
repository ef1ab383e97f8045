//! A caption: markdown that stands in an option of a cell, or that a cell computes.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::label::is_label;
use super::outline::{Link, LinkKind};
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// A part of a caption.
#[derive(Clone, Debug)]
pub(crate) enum CaptionPart {
    Markup(Event<'static>),
    /// A formula.
    Formula {
        /// The LaTeX between the dollars.
        latex: String,
        /// `$$…$$`.
        display: bool,
        /// Where it stands in the document; all options of the cell where YAML has it in another form.
        span: Range<usize>,
    },
}

/// Reads a caption. `located` says where a piece of it stands.
pub(crate) fn caption_parts(text: &str, mut located: impl FnMut(&str) -> Range<usize>) -> Vec<CaptionPart> {
    let extensions = Options::ENABLE_MATH | Options::ENABLE_SMART_PUNCTUATION;
    let mut formula = |latex: &str, display| CaptionPart::Formula {
        span: located(latex),
        latex: latex.to_owned(),
        display,
    };
    let events = Parser::new_ext(text, extensions).into_offset_iter();
    events
        .filter_map(|(event, at)| match event {
            Event::InlineMath(_) if is_price(text, &at) => {
                Some(CaptionPart::Markup(Event::Text(text[at].to_owned().into())))
            }
            Event::InlineMath(latex) => Some(formula(&latex, false)),
            Event::DisplayMath(latex) => Some(formula(&latex, true)),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => None,
            Event::Html(text) | Event::InlineHtml(text) => Some(CaptionPart::Markup(Event::Text(text.into_static()))),
            event => Some(CaptionPart::Markup(event.into_static())),
        })
        .collect()
}

fn is_checked_link(target: &str) -> bool {
    target.starts_with('=') || target == "given"
}

fn is_placeholder(code: &str) -> bool {
    code.trim().starts_with('{') && code.trim().ends_with('}')
}

/// The alt text of a figure, which stands among these options, as it is read out: formulas, code and links are text.
pub(super) fn alt_text(text: &str, document: &Document, options: &Range<usize>) -> (String, Option<Problem>) {
    let (mut plain, mut copied, mut problem) = (String::with_capacity(text.len()), 0, None);
    for (event, span) in Parser::new_ext(text, Options::ENABLE_MATH).into_offset_iter() {
        let (is_checked, read) = match &event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                (is_checked_link(dest_url) || dest_url.strip_prefix('#').is_some_and(is_label), None)
            }
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

/// Reads the caption that stands among these options, with its links. It may not cite, since it is no text of the
/// page's markdown.
pub(super) fn caption(
    text: &str,
    document: &Document,
    options: &Range<usize>,
) -> (Vec<CaptionPart>, Vec<Link>, Option<Problem>) {
    let written = &document.text()[options.clone()];
    let located = |part: &str| place_of(part, "caption:", written, options);
    let parts = caption_parts(text, located);
    let links = parts.iter().enumerate().filter_map(|(index, part)| {
        let ends =
            |end: TagEnd| matches!(parts.get(index + 1), Some(CaptionPart::Markup(Event::End(it))) if *it == end);
        let (target, kind) = match part {
            CaptionPart::Markup(Event::Start(Tag::Link { dest_url, .. })) if !is_checked_link(dest_url) => {
                (dest_url, LinkKind::Link { empty: ends(TagEnd::Link) })
            }
            CaptionPart::Markup(Event::Start(Tag::Image { dest_url, .. })) => {
                (dest_url, LinkKind::Image { undescribed: ends(TagEnd::Image) })
            }
            _ => return None,
        };
        let span = located(target);
        Some(Link {
            target: target.to_string(),
            target_span: span.clone(),
            span,
            inline: false,
            kind,
            name: None,
        })
    });
    let links = links.collect();
    let checked = parts.iter().find_map(|part| match part {
        CaptionPart::Markup(Event::Start(Tag::Link { dest_url, .. })) => {
            is_checked_link(dest_url).then_some(&**dest_url)
        }
        CaptionPart::Markup(Event::Code(code)) => is_placeholder(code).then_some(&**code),
        _ => None,
    });
    let checked = checked.map(|checked| {
        Problem::error(Kind::Syntax, "a caption can't hold a claim or an inline value")
            .at(document.place(located(checked)))
            .help("state it in the text beside the figure")
    });
    let cites = ["[@", "[-@"].into_iter().filter(|mark| text.contains(mark)).find_map(|mark| written.find(mark));
    let problem = cites.map(|found| {
        let close = written[found..].find(']').map_or(written.len(), |close| found + close + 1);
        Problem::error(Kind::Citation, "a caption can't cite")
            .at(document.place(options.start + found..options.start + close))
            .help("cite in the text beside the figure")
    });
    (parts, links, checked.or(problem))
}
