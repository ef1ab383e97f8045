//! Coverage: the numbers of a lesson's prose, captions, alt texts and mathematics that are results, and
//! which of them are bound to code.
//!
//! In: a [`Lesson`]; nothing is run. Out: what is bound, and each result that is not, at its place. The
//! rule: a number in digits is a result, as a reader sees it, unless it is
//!
//! - 0 or 1;
//! - an input: a literal in one of the lesson's cells has its value, and no "≈" stands before it;
//! - part of a word (`2-norm`, `f64`, `16-32-10`), but not one with a unit or a word at it (`73ms`, `127x`, `17-step`), nor of two (`17-20`);
//! - a year from 1600 to 2099 that reads as one: `in 1797`, `(1797)`, `LeCun 1991`, and no `1797 rows`;
//! - the number of a heading (`2.1 Methods`, `3.`), or the number of something (`section 3`, `equations 4 and 5`);
//! - marked as given: `[110](given)`.
//!
//! As in a claim, `12 000` with a thin space and `3×10⁻³` are one number each. In mathematics only what stands
//! on a side of a relation without any symbol can be a result: `\kappa = 10`, also with words in `\text{…}`, but neither
//! `10x^2 + y^2` nor a small exponent or an index. Functions, accents, fonts and brackets are no symbols. What is laid out in rows, columns or cases has sides in each of them.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

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
        let help = if self.math {
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
        self.unbound.push(Unbound { text, place, item, math });
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

/// A number in prose.
#[derive(Clone, Debug, PartialEq)]
struct Numeral {
    span: Range<usize>,
    text: String,
    /// Its size, without a sign.
    value: f64,
    percent: bool,
    /// It is part of a word, a year, or the number of something.
    is_name: bool,
    is_year: bool,
    /// It is the number of something, as `section 3`.
    is_of_things: bool,
    /// It is one of several, as in `sections 3 and 4`.
    is_of_many: bool,
    /// An "≈" stands before it.
    is_about: bool,
}

/// Words after which a number is a name: `section 3`.
const LOCATORS: [&str; 52] = [
    "section", "sections", "chapter", "chapters", "lesson", "lessons", "lecture", "lectures", "theorem", "theorems",
    "lemma", "definition", "corollary", "proposition", "equation", "equations", "eq", "eqs", "figure", "figures",
    "fig", "table", "tables", "exercise", "exercises", "example", "examples", "row", "rows", "column", "columns",
    "line", "lines", "page", "pages", "p", "pp", "part", "parts", "item", "volume", "vol", "issue", "no", "number",
    "appendix", "version", "edition", "algorithm", "statement", "layer", "case",
];

/// The numbers of a stretch of prose.
fn numerals(text: &str, begins_heading: bool) -> Vec<Numeral> {
    let mut found: Vec<Numeral> = Vec::new();
    for (span, value) in claim_text::numerals(text) {
        let (before, after) = (&text[..span.start], &text[span.end..]);
        let percent = after.starts_with("th percentile")
            || after.trim_start_matches(['\u{a0}', '\u{202f}', ' ']).starts_with('%');
        let digits = &text[span.clone()];
        let numbers_heading = begins_heading && before.trim().is_empty() && is_number_of_heading(digits, after);
        let last = found.last().filter(|last| is_connector(text[last.span.end..span.start].trim()));
        let is_year = !percent && is_year(before, digits, after, last.is_some_and(|last| last.is_year));
        // `sections 2, 3 and 4`, but not `section 2, 17 runs`
        let goes_on =
            |last: &Numeral| last.is_of_things && (last.is_of_many || !text[last.span.end..].starts_with(','));
        let of_them = after.trim_start().starts_with("of ") && last.is_some_and(|last| last.is_of_many);
        let follows = last.is_some_and(goes_on) && (of_them || !counts(after));
        let located = locator(before, after);
        let is_of_things = located.is_some() || follows;
        let is_of_many =
            located.is_some_and(|word| word.ends_with('s')) || follows && last.is_some_and(|it| it.is_of_many);
        let is_reference = before.ends_with("&#") || before.ends_with("&#x");
        found.push(Numeral {
            text: digits.to_owned(),
            value: value * scale(after),
            percent,
            is_name: is_in_word(before, digits, after)
                || is_decade(digits, after)
                || is_year
                || numbers_heading
                || is_of_things
                || is_reference,
            is_year,
            is_of_things,
            is_of_many,
            is_about: before.trim_end().ends_with(['≈', '~', '∼']),
            span,
        });
    }
    found
}

/// What a word or letter behind a number multiplies it by: of "10 million" the input is no 10.
fn scale(after: &str) -> f64 {
    let after = after.trim_start_matches([' ', '\u{a0}', '\u{202f}', '\u{2009}', '\n', '-']);
    match after.split(|c: char| !c.is_alphanumeric()).next() {
        Some("hundred") => 1e2,
        Some("thousand" | "k") => 1e3,
        Some("million" | "M") => 1e6,
        Some("billion" | "bn") => 1e9,
        Some("trillion") => 1e12,
        _ => 1.0,
    }
}

/// What stands between two numbers that are of one kind.
fn is_connector(between: &str) -> bool {
    matches!(between, "," | "and" | "or" | "to" | "–" | "-" | ", and")
}

/// "to 2019" behind a year.
fn begins_years(after: &str) -> bool {
    let end = ["to", "and", "–", "-"].iter().find_map(|word| after.trim_start().strip_prefix(word));
    let digits = end.map_or("", str::trim_start).split(|c: char| !c.is_alphanumeric()).next();
    digits.is_some_and(|digits| digits.len() == 4 && digits.parse().is_ok_and(|year: u32| (1600..2100).contains(&year)))
}

/// `1990s`
fn is_decade(digits: &str, after: &str) -> bool {
    let ends = after.strip_prefix('s').is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    ends && digits.len() == 4 && digits.ends_with('0') && matches!(&digits[..2], "16" | "17" | "18" | "19" | "20")
}

/// Words before a year, and those after one that is not the number of something.
const BEFORE_YEAR: &str = "in since until till from after before year years during early late about around circa \
    january february march april may june july august september october november december";
const AFTER_YEAR: &str = "and or to the a an he she it they we was were is are by with for in on at as that which this but also has \
    had have from when who until shows showed already every each most many all there no";

/// Whether a number of four digits reads as a year: what stands before it says so, and it counts nothing after it.
fn is_year(before: &str, digits: &str, after: &str, follows_year: bool) -> bool {
    if digits.len() != 4 || !digits.parse().is_ok_and(|year: u32| (1600..2100).contains(&year)) {
        return false;
    }
    let mut back = before
        .trim_end_matches(',')
        .split(|c: char| !c.is_alphabetic())
        .rev()
        .filter(|word| !word.is_empty());
    let adjacent = before.trim_end_matches([' ', '\u{a0}', '\n', ',']).ends_with(char::is_alphabetic);
    let last = if adjacent { back.next().unwrap_or_default() } else { "" };
    let of_years = among("is are was were around about before after since until from", last)
        && back.next().is_some_and(|word| among("year years", word));
    let before_comma = before.trim_end().strip_suffix(',').unwrap_or_default();
    let cited = after.starts_with([')', ';']) && before_comma.ends_with(|c: char| c.is_alphabetic() || c == '.');
    let is_name = last.starts_with(char::is_uppercase) && last.chars().count() > 2;
    let says_so = among(BEFORE_YEAR, &last.to_lowercase())
        || among("of between", last) && begins_years(after)
        || cited
        || is_name
        || before.ends_with('(') && after.starts_with([')', ',', ';'])
        || follows_year;
    // "converged after 2000" is of steps.
    let is_round =
        digits.ends_with("00") && among("after before until till about around circa to", &last.to_lowercase());
    of_years || says_so && !is_round && !counts(after)
}

fn among(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

/// Whether a number counts what the text behind it begins with.
fn counts(after: &str) -> bool {
    let next = after.trim_start_matches([' ', '\u{a0}', '\n']).split(|c: char| !c.is_alphabetic()).next();
    next.is_some_and(|next| next.starts_with(char::is_lowercase) && !among(AFTER_YEAR, next))
}

/// `2.1 Methods` and `3. Methods`, but not `19 steps later`.
fn is_number_of_heading(digits: &str, after: &str) -> bool {
    let is_sign = |c: char| matches!(c, '.' | ':' | ')' | '—' | '–' | '|');
    digits.contains('.') && !counts(after) || after.trim_end().is_empty() || after.trim_start().starts_with(is_sign)
}

/// Whether letters stand at a number, or it is joined to something by a hyphen; a unit is no part of a word.
fn is_in_word(before: &str, digits: &str, after: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let letters = after.split(|c: char| !is_word(c)).next().unwrap_or_default();
    let is_ordinal = matches!(letters, "st" | "nd" | "rd" | "th");
    // `2nd` and `3D` are names, and `17th` counts to 17.
    let is_long = digits.len() > 1;
    let is_unit = claim_text::is_unit(letters)
        || is_long && (matches!(letters, "D" | "σ" | "π") || is_ordinal && is_of_many(&after[letters.len()..]))
        || letters.chars().count() > 1 && letters.chars().all(char::is_alphabetic) && !is_ordinal;
    let after = match letters {
        "x" | "k" | "M" => &after[letters.len()..],
        ordinal if is_unit && is_ordinal => behind_hyphen(&after[ordinal.len()..]),
        unit if is_unit => &after[unit.len()..],
        // `12-fold` says how often, and `17-step` how many; `2-norm` is a name.
        _ if is_long => behind_hyphen(after),
        _ => ["-fold", "-times"].iter().find_map(|it| after.strip_prefix(it)).unwrap_or(after),
    };
    let mut back = before.chars().rev();
    let joined_before = match back.next() {
        Some('-' | '.') => back.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    };
    let mut ahead = after.chars();
    let joined_after = match ahead.next() {
        Some('-') => ahead.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    };
    let is_range = joined_before != joined_after && is_end_of_range(before, after);
    (joined_before || joined_after) && !is_range
}

/// Whether an ordinal says which of many something is, as in `17th step`, and is no date and no name, as in `19th century`.
fn is_of_many(after: &str) -> bool {
    const NAMED: &str = "century centuries edition editions anniversary";
    let mut words = after.split(|c: char| !c.is_alphabetic());
    let named = words.find(|word| !matches!(*word, "" | "th" | "st" | "and" | "or" | "to"));
    counts(after.trim_start_matches('-'))
        && !named.is_some_and(|word| word == "of" || among(NAMED, &word.to_lowercase()))
}

/// Behind a word that a hyphen joins to a number, if there is one.
fn behind_hyphen(after: &str) -> &str {
    let word = after.strip_prefix('-').filter(|word| word.starts_with(char::is_alphabetic));
    word.map_or(after, |word| word.trim_start_matches(char::is_alphabetic))
}

/// Whether a number is one of two with nothing but a hyphen between them, as in `17-20`, but not in `16-32-10` or `2-3-tree`.
fn is_end_of_range(before: &str, after: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if let Some(first) = before.strip_suffix('-') {
        let rest = first.trim_end_matches(is_part);
        return first.ends_with(|c: char| c.is_ascii_digit()) && !goes_on(rest.chars().next_back());
    }
    let Some(second) = after.strip_prefix('-') else {
        return false;
    };
    let rest = second.trim_start_matches(is_part);
    second.starts_with(|c: char| c.is_ascii_digit()) && !goes_on(rest.chars().next())
}

/// Those after which a full stop is no end of a sentence.
const ABBREVIATED: &str = "eq eqs fig p pp vol no sec secs ch thm";
/// Words between which and a number a word like "line" is no more than this: "on the line 17 points lie".
const DETERMINERS: &str = "the a an this that these those each every any some most both all its their our his her which what one no another \
    other same worst best first last second next for";

/// The last word of a text, if it says what the number after it is the number of.
fn locator<'a>(before: &'a str, after: &str) -> Option<&'a str> {
    let words = before.trim_end_matches([' ', '\u{a0}', '\n', '#']);
    // `equation (4)`, but not `the page (17 lines)`
    let words = words.strip_suffix('(').filter(|_| after.starts_with(')')).map_or(words, str::trim_end);
    let (words, stops) = words.strip_suffix('.').map_or((words, false), |words| (words, true));
    let word = words.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let lower = word.to_lowercase();
    if !LOCATORS.contains(&lower.as_str())
        || stops && !among(ABBREVIATED, &lower)
        || lower == "no" && !(stops && word == "No")
    {
        return None;
    }
    let rest = words[..words.len() - word.len()].trim_end();
    let last = rest.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    let is_determined = words.len() > word.len() && among(DETERMINERS, &last);
    (!is_determined || word.starts_with(char::is_uppercase)).then_some(word)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Vec<String> {
        let numbers = numerals(text, false).into_iter();
        numbers.filter(|number| !number.is_name).map(|number| number.text).collect()
    }

    #[test]
    fn numbers_are_found_whole() {
        assert_eq!(results("takes 6,728 steps, not 69."), ["6,728", "69"]);
        assert_eq!(results("from 1e-6 to 2.5E+3, or 0.5"), ["1e-6", "2.5E+3", "0.5"]);
        assert_eq!(results("1,23 and 7.x"), ["1", "23", "7"]);
        assert_eq!(results("3×10⁻³, 2.5 · 10^-4, 10⁶ and 4²"), ["3×10⁻³", "2.5 · 10^-4", "10⁶", "4²"]);
        assert_eq!(results("12\u{2009}000 or 3\u{202f}456.5, 2½"), ["12\u{2009}000", "3\u{202f}456.5", "2½"]);
        assert_eq!(results("−9 of 10%"), ["9", "10"]);
        assert_eq!(results("73ms, 127x faster, 5GB, 2½ times"), ["73", "127", "5", "2½"]);
        assert_eq!(results("10<sup>3</sup> steps&#8211;no more"), ["10", "3"]);
    }

    #[test]
    fn numbers_of_any_script_and_both_ends_of_a_range_are_results() {
        assert_eq!(results("１７ or १७ or 𝟏𝟕, ⑰ and Ⅻ; λ₁, H₂O and x²"), ["１７", "१७", "𝟏𝟕", "⑰", "Ⅻ"]);
        assert_eq!(results("17-20 steps, 2021-05-03, a 2-3-tree; 18fold, 19-times"), ["17", "20", "18", "19"]);
    }

    #[test]
    fn a_word_of_scale_belongs_to_its_number() {
        let values = |text: &str| numerals(text, false).into_iter().map(|number| number.value).collect::<Vec<_>>();
        assert_eq!(values("10 million, 10M, 2\u{a0}thousand, 3 bn, 4 m, 5"), [1e7, 1e7, 2e3, 3e9, 4.0, 5.0]);
    }

    #[test]
    fn parts_of_words_years_and_numbers_of_things_are_no_results() {
        for text in [
            "the 2-norm in 3-D",
            "a 16-32-10 network in f64",
            "since 1997",
            "In 2020, the first",
            "(1797)",
            "(Foret et al., 2021)",
            "LeCun 1991 has it",
            "from 1990 to 1995 and 2000.",
            "in 1847 Cauchy wrote",
            "the early 1990s",
            "the figures of 2016 to 2019.",
            "the years are 2017 and 2018.",
            "The years around 1990 brought more.",
            "the 2nd, in 3D",
            "section 3.3 and 4",
            "(Theorem 2.1.15)",
            "equations\n4, 5 and 6",
            "pp. 12–14",
        ] {
            assert_eq!(results(text), [""; 0], "{text}");
        }
        assert_eq!(results("section 3 needs 69 steps"), ["69"]);
        assert_eq!(results("an f64, 17 runs; v2.0, 1,234.5 s; 3-D and 18"), ["17", "1,234.5", "18"]);
        assert_eq!(results("a 12-fold gain on a 16-folder tree"), ["12", "16"]);
        assert_eq!(results("4 × 5 in 1500"), ["4", "5", "1500"]);
        assert_eq!(results("In 2020, 17 runs failed."), ["17"]);
        assert_eq!(results("Since 2019 and 23 steps later."), ["23"]);
        assert_eq!(results("1797 rows, in 1797 rows, and 1797"), ["1797", "1797", "1797"]);
        assert_eq!(results("it took 1797, then 1900%"), ["1797", "1900"]);
        assert_eq!(results("a total of 1797. It fell by 1798, to 1799."), ["1797", "1798", "1799"]);
    }
}
