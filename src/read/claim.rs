//! A claim as it is written: the text of the link, and the expression that is its target.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::exercise::{Asked, NoAnswer};
use super::lesson::{Claim, ClaimPiece, Formula};
use super::mapped_text::MappedText;
use super::target;

/// The link that is a claim, in the text in which it stands.
pub(super) struct ClaimLink<'a> {
    /// The target behind its `=`.
    pub(super) expression: &'a str,
    /// The title behind the target.
    pub(super) title: &'a str,
    pub(super) span: Range<usize>,
    /// Where its target is defined, if it is a link by reference.
    pub(super) definition: Option<Range<usize>>,
}

/// What is read of a claim.
pub(super) struct ReadClaim {
    pub(super) claim: Result<Claim, Refusal>,
    pub(super) formulas: Vec<Formula>,
    /// The text without the markup.
    pub(super) text: String,
}

/// Why a link is no claim.
pub(super) struct Refusal {
    pub(super) message: &'static str,
    pub(super) span: Range<usize>,
    pub(super) help: &'static str,
}

/// Reads a claim whose link has begun, to its end; all ranges are those of `source`.
pub(super) fn read_claim<'a>(
    source: &str,
    link: ClaimLink<'_>,
    smart_punctuation: bool,
    events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
) -> ReadClaim {
    let ClaimLink { expression, title, span, definition } = link;
    let ClaimText {
        pieces,
        seen,
        formulas,
        end: text_end,
        odd,
    } = ClaimText::read(source, span.start + 1, smart_punctuation, events);
    let bracket = source[text_end..span.end].find(']').map_or(text_end, |found| text_end + found);
    let place = definition.unwrap_or(bracket + 2..span.end - 1);
    let equals = source[place.clone()].find('=').map_or(place.end, |found| place.start + found + 1);
    let expression = target::expression(expression, &source[equals..place.end], equals);
    if let Some(span) = odd {
        let refusal = Refusal {
            message: "recto can't tell what this is to the reader of the claim",
            span,
            help: "a claim's text is prose and mathematics; a power is `$10^3$`, a footnote goes after the claim, and attributes of \
                   tags around it",
        };
        return ReadClaim {
            claim: Err(refusal),
            formulas: Vec::new(),
            text: String::new(),
        };
    }
    let text = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let claim = if expression.text().trim().is_empty() {
        Err(Refusal {
            message: "this claim has no expression",
            span,
            help: "write what computes the number after the `=`, as in `[10](=kappa)`",
        })
    } else {
        let asked = Asked::read(title).map_err(|NoAnswer| Refusal {
            message: "this title is nearly that of an answer",
            span: place,
            help: "write `\"answer\"`, `\"answer ±0.01\"`, `\"answer: name\"` or `\"answer ±0.01: name\"`",
        });
        asked.map(|asked| Claim {
            text: span.start + 1..bracket,
            span,
            pieces,
            seen,
            expression,
            asked,
        })
    };
    ReadClaim { claim, formulas, text }
}

impl Claim {
    /// The claim in the document in which the text stands that it was read in.
    pub(super) fn through(mut self, outer: &MappedText) -> Claim {
        self.span = outer.range(self.span);
        self.text = outer.range(self.text);
        self.pieces.iter_mut().for_each(|piece| piece.start = outer.position(piece.start));
        self.expression = self.expression.through(outer);
        self
    }
}

/// Whether a tag or comment leaves the text in it what it is; with attributes it may hide it.
fn is_plain(html: &str) -> bool {
    const PLAIN: [&str; 18] = [
        "a", "b", "bdi", "br", "cite", "code", "em", "i", "kbd", "mark", "q", "small", "span", "strong", "sub", "sup",
        "u", "wbr",
    ];
    let name = html.trim_start_matches(['<', '/']).trim_end_matches(['>', '/', ' ']);
    html.starts_with("<!--") || PLAIN.contains(&name.to_ascii_lowercase().as_str())
}

/// The text of a claim.
#[derive(Default)]
struct ClaimText {
    pieces: Vec<ClaimPiece>,
    seen: String,
    formulas: Vec<Formula>,
    end: usize,
    /// The first thing in it that can't be read.
    odd: Option<Range<usize>>,
}

impl ClaimText {
    /// Reads it to its end; `start` is where it begins.
    fn read<'a>(
        source: &str,
        start: usize,
        smart_punctuation: bool,
        events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
    ) -> ClaimText {
        let mut read = ClaimText { end: start, ..ClaimText::default() };
        let mut open = 1;
        let mut is_inside = |event: &Event<'_>| {
            // A bare address is a link too.
            open += i32::from(matches!(event, Event::Start(Tag::Link { .. })));
            open -= i32::from(matches!(event, Event::End(TagEnd::Link)));
            open > 0
        };
        for (event, at) in events.by_ref().take_while(|(event, _)| is_inside(event)) {
            read.end = read.end.max(at.end);
            match event {
                Event::InlineMath(latex) | Event::DisplayMath(latex) => {
                    let display = source[at.clone()].starts_with("$$");
                    let formula = Formula::new(latex.into_string(), display, true, at);
                    read.add(true, &formula.latex, formula.latex_span.start);
                    read.formulas.push(formula);
                }
                Event::Text(text) => {
                    read.add(false, &text, at.start);
                    read.seen.push_str(&if smart_punctuation { smart(&text) } else { text.into_string() });
                }
                Event::Code(text) => {
                    let within = source[at.clone()].find(&*text).unwrap_or_default();
                    read.add(false, &text, at.start + within);
                    read.seen.push_str(&text);
                }
                Event::SoftBreak | Event::HardBreak => {
                    read.add(false, " ", at.start);
                    read.seen.push(' ');
                }
                Event::InlineHtml(html) if is_plain(&html) => read.mark(&html, at.start),
                Event::InlineHtml(_)
                | Event::FootnoteReference(_)
                | Event::Start(Tag::Strikethrough | Tag::Image { .. } | Tag::Link { .. }) => {
                    read.odd.get_or_insert(at);
                }
                _ => {}
            }
        }
        read
    }

    /// What the reader sees of a tag: that something is raised or lowered, or a line ends.
    fn mark(&mut self, tag: &str, start: usize) {
        let seen = match tag.to_ascii_lowercase().as_str() {
            "<sup>" => "^",
            "<sub>" => "_",
            "<br>" | "<br/>" | "<br />" => " ",
            _ => return,
        };
        self.add(false, seen, start);
        self.seen.push_str(seen);
    }

    fn add(&mut self, math: bool, text: &str, start: usize) {
        let text = text.to_owned();
        self.pieces.push(ClaimPiece { math, text, start });
    }
}

/// Dashes and dots as mdBook writes them.
fn smart(text: &str) -> String {
    text.replace("---", "—").replace("--", "–").replace("...", "…")
}
