//! Coverage: the numbers of a lesson's prose, captions, alt texts and mathematics that are results, and
//! which of them are bound to code.
//!
//! In: a [`Lesson`]; nothing is run. Out: what is bound, and each result that is not, at its place. The
//! rule: a number in digits is a result, as a reader sees it, unless it is
//!
//! - 0 or 1;
//! - an input: a literal in one of the lesson's cells has its value, and no "≈" stands before it;
//! - part of a word (`2-norm`, `f64`, `16-32-10`), but not one with a unit or a word at it (`73ms`, `127x`, `17-step`), nor of two (`17-20`);
//! - a year from 1600 to 2099, a date or a time of day that reads as one: `in 1797`, `LeCun 1991`, `at 10:30`, and no `1797 rows`;
//! - a version or an address (`1.2.3`, `https://…`);
//! - the number of a heading (`2.1 Methods`, `3.`), or the number of something (`section 3`, `equations 4 and 5`, `RFC 2119`);
//! - marked as given: `[110](given)`.
//!
//! As in a claim, `12 000` with a thin space and `3×10⁻³` are one number each. In mathematics only what stands
//! on a side of a relation without any symbol can be a result: `\kappa = 10`, also with words in `\text{…}`, but neither
//! `10x^2 + y^2` nor a small exponent or an index. Functions, accents, fonts and brackets are no symbols. What is laid out in rows, columns or cases has sides in each of them.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use super::numeral::{Numeral, locator, numerals};
use crate::claim_text;
use crate::problem::{Blamed, Kind, Problem, Severity};
use crate::read::{Cell, ClaimPiece, CodeLine, Item, Lesson, ValueSpan};
use crate::source::Place;
use crate::spans::Spans;

/// How the results of a lesson stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    /// Claims and inline values.
    pub(crate) bound: usize,
    pub(crate) given: usize,
    /// Results that no code computes, in the order of the page.
    pub(crate) unbound: Vec<Unbound>,
}

/// A result that no code computes.
#[derive(Clone, Debug)]
pub(crate) struct Unbound {
    pub(crate) text: String,
    pub(crate) place: Place,
    /// Index of the item in which it stands; none in prose.
    item: Option<usize>,
    pub(crate) math: bool,
    /// It stands in the title that `SUMMARY.md` gives the chapter.
    in_title: bool,
}

impl Coverage {
    /// The share of the results that are bound, in per cent, rounded down; 100 where there are none.
    pub(crate) fn percent(&self) -> usize {
        let all = self.bound + self.unbound.len();
        (100 * self.bound).checked_div(all).unwrap_or(100)
    }
}

impl Unbound {
    pub(crate) fn problem(&self) -> Blamed {
        let text = &self.text;
        let help = if self.in_title {
            format!(
                "claim it somewhere in the chapter, `[{text}](=expression)`; if it is no result, mark it there: `[{text}](given)`"
            )
        } else if self.math {
            "let recto check it, `[$…$](=expression)`; if it is no result: `[$…$](given)`".to_owned()
        } else {
            format!(
                "let recto check it, `[{text}](=expression)`, or write it, `` `{{expression:.3}}` ``; if it is no result: `[{text}](given)`"
            )
        };
        let problem = Problem::error(Kind::Coverage, format!("the number {text} is bound to nothing"))
            .at(self.place.clone())
            .note("in a verified lesson code computes every result")
            .help(help);
        (self.item, problem)
    }
}

/// Looks for the results of a lesson.
pub(crate) fn coverage(lesson: &Lesson) -> Coverage {
    let mut found = Coverage::default();
    let mut survey = Survey {
        lesson,
        inputs: inputs(lesson),
        taken: taken(lesson),
        unbound: Vec::new(),
    };
    for (index, item) in lesson.items.iter().enumerate() {
        match item {
            Item::Claim(_) => found.bound += 1,
            Item::Value(value) => found.bound += usize::from(matches!(value.content, ValueSpan::Computed(_))),
            Item::Exempt(_) => found.given += 1,
            Item::Formula(formula) if !formula.bound => survey.formula(index, &formula.latex, &formula.latex_span),
            Item::Cell(cell) => survey.options(index, cell),
            _ => {}
        }
    }
    for seen in &lesson.seen {
        for number in numerals(seen.text.text(), seen.begins_heading) {
            let span = seen.text.range(number.span.clone());
            if !survey.is_no_result(&number) && !survey.is_taken(span.start) {
                survey.add(None, span, number.text, false);
            }
        }
    }
    survey.title();
    found.unbound = survey.unbound;
    found.unbound.sort_by_key(|unbound| unbound.place.position);
    found.unbound.dedup_by_key(|it| (it.item, it.place.position, it.text.clone()));
    found
}

/// Where items stand, statements apart, and what may be of a formula that was not read, up to the end of its paragraph.
fn taken(lesson: &Lesson) -> Spans {
    let items = lesson.items.iter().filter(|item| !matches!(item, Item::Statement(_))).map(Item::span);
    let is_unread = |problem: &Problem| problem.kind == Kind::Formula && problem.severity == Severity::Error;
    let of_none = lesson.problems.iter().filter(|(item, problem)| item.is_none() && is_unread(problem));
    let starts = of_none.filter_map(|(_, problem)| problem.place.as_ref()?.position);
    let text = lesson.document.text();
    let unread = starts.map(|start| {
        let blank = ["\n\n", "\r\n\r\n"].iter().filter_map(|blank| text[start..].find(blank)).min();
        start..blank.map_or(text.len(), |blank| start + blank)
    });
    items.chain(unread).collect()
}

struct Survey<'a> {
    lesson: &'a Lesson,
    /// The numbers that stand in cells.
    inputs: Vec<f64>,
    /// What is no prose.
    taken: Spans,
    unbound: Vec<Unbound>,
}

impl Survey<'_> {
    fn add(&mut self, item: Option<usize>, span: Range<usize>, text: String, math: bool) {
        let place = self.lesson.document.place(span);
        self.unbound.push(Unbound { text, place, item, math, in_title: false });
    }

    /// The title of the chapter, whose numbers the chapter must claim or mark as given.
    fn title(&mut self) {
        let found = numerals(&self.lesson.title, true).into_iter().filter(|number| !self.is_no_result(number));
        let found: Vec<Numeral> = found.collect();
        let is_stated = |number: &Numeral| {
            let texts = self.lesson.items.iter().filter_map(|item| match item {
                Item::Claim(claim) => Some(&claim.text),
                Item::Exempt(given) => Some(&given.text),
                _ => None,
            });
            let mut stated = texts.flat_map(|text| numerals(&self.lesson.document.text()[text.clone()], false));
            stated.any(|stated| stated.value.to_bits() == number.value.to_bits())
        };
        let unbound: Vec<Numeral> = found.into_iter().filter(|number| !is_stated(number)).collect();
        self.unbound.extend(unbound.into_iter().map(|number| Unbound {
            text: number.text,
            place: self.lesson.listed.clone().unwrap_or_else(|| self.lesson.document.place(0..0)),
            item: None,
            math: false,
            in_title: true,
        }));
    }

    fn is_input(&self, value: f64) -> bool {
        let same = |input: f64| (input - value).abs() <= 1e-12 * value.abs();
        // Inputs have no sign; the two beside the value are the nearest.
        let after = self.inputs.partition_point(|&input| input < value);
        let nearest = &self.inputs[after.saturating_sub(1)..self.inputs.len().min(after + 1)];
        value == 0.0 || value == 1.0 || nearest.iter().any(|&input| same(input))
    }

    /// Whether a position belongs to something that is no prose, such as a citation or a formula's label.
    fn is_taken(&self, position: usize) -> bool {
        self.taken.contains(position)
    }

    fn is_no_result(&self, number: &Numeral) -> bool {
        let value = number.value;
        number.is_name || (!number.is_about && (self.is_input(value) || number.percent && self.is_input(value / 100.0)))
    }

    /// The sides of a formula's relations that are numbers.
    fn formula(&mut self, item: usize, latex: &str, at: &Range<usize>) {
        for side in claim_text::numeric_sides(&in_math(latex)) {
            let whole = in_math(&latex[side.span.clone()]);
            let values = claim_text::read(&[whole]).is_ok_and(|stated| {
                let mut numbers = stated.parts.iter().flat_map(|part| &part.numbers);
                numbers.all(|stated| self.is_input(stated.number.value().abs()))
            });
            let before = latex[..side.span.start].trim_end_matches([' ', '}', '~', '\\', ',']);
            // The name of an environment is no word.
            let before =
                before.rsplit_once("\\begin{").filter(|(_, name)| !name.contains(' ')).map_or(before, |(it, _)| it);
            let no_result = locator(before, &latex[side.span.end..]).is_some()
                || !side.about && (values || side.numerals.iter().all(|&value| self.is_input(value)));
            if !no_result {
                // In a quote or list the formula is not, byte for byte, what stands in the file.
                let same = self.lesson.document.text().get(at.clone()) == Some(latex);
                let span = if same {
                    at.start + side.span.start..at.start + side.span.end
                } else {
                    at.clone()
                };
                self.add(Some(item), span, latex[side.span].trim().to_owned(), true);
            }
        }
    }

    /// The caption and alt text of a cell.
    fn options(&mut self, item: usize, cell: &Cell) {
        match cell.caption.as_ref().map(|caption| &caption.text) {
            Some(Some(caption)) => {
                let taken = self.in_caption(item);
                for number in numerals(caption.text(), false) {
                    let span = caption.range(number.span.clone());
                    if !taken.contains(span.start) && !self.is_no_result(&number) {
                        self.add(Some(item), span, number.text, false);
                    }
                }
            }
            Some(None) => self.option(item, cell, cell.options.caption.as_deref()),
            None => {}
        }
        self.option(item, cell, cell.options.alt.as_deref());
    }

    /// Where the items in the caption of a cell stand.
    fn in_caption(&self, item: usize) -> Spans {
        let count = match &self.lesson.items[item] {
            Item::Cell(cell) => cell.caption.as_ref().map_or(0, |caption| caption.items),
            _ => 0,
        };
        self.lesson.items[item + 1..].iter().take(count).map(Item::span).collect()
    }

    /// An option whose text is not, letter by letter, what stands in the document: numbers are looked for in order.
    fn option(&mut self, item: usize, cell: &Cell, text: Option<&str>) {
        let source = &self.lesson.document.text()[cell.options_span.clone()];
        let mut rest = 0;
        for number in text.map(|text| numerals(text, false)).into_iter().flatten() {
            let found = source[rest..].find(&number.text).map(|found| rest + found);
            let start = found.unwrap_or(rest.min(source.len()));
            rest = if found.is_some() { start + number.text.len() } else { rest };
            if !self.is_no_result(&number) {
                let start = cell.options_span.start + start;
                self.add(Some(item), start..start + number.text.len(), number.text, false);
            }
        }
    }
}

fn in_math(latex: &str) -> ClaimPiece {
    ClaimPiece {
        math: true,
        text: latex.to_owned(),
        start: 0,
    }
}

/// The numbers that stand as literals in the cells, without their signs, by size.
fn inputs(lesson: &Lesson) -> Vec<f64> {
    let mut found = Vec::new();
    for cell in lesson.cells() {
        let mut groups: Vec<TokenStream> = CodeLine::joined(&cell.lines).parse().into_iter().collect();
        while let Some(tokens) = groups.pop() {
            for token in tokens {
                match token {
                    TokenTree::Group(group) => groups.push(group.stream()),
                    TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                        syn::Lit::Int(literal) => found.extend(f64::from_str(literal.base10_digits()).ok()),
                        syn::Lit::Float(literal) => found.extend(f64::from_str(literal.base10_digits()).ok()),
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
    found.sort_by(f64::total_cmp);
    found
}
