//! Reads the numbers that an author states in the text of a claim.
//!
//! In: the text as pieces of prose and mathematics. Out: how the value relates to the text, and the numbers.
//! What is not understood is an error that points at it, never a number.

mod expression;
mod quantity;
mod source;
mod text;
mod token;

use std::ops::Range;

use source::Source;
pub(super) use text::NotUnderstood;
pub(crate) use text::Relation;
use token::{Token, TokenKind};

use crate::read::ClaimPiece;

/// What the text of a claim says.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    /// How the value relates to each of the numbers.
    pub(super) relation: Relation,
    /// The numbers after the last relation sign, in the order of the text (matrices by rows); at least one.
    pub(super) numbers: Vec<StatedNumber>,
}

/// One number as the author wrote it.
#[derive(Clone, Debug)]
pub(super) struct StatedNumber {
    /// Where it stands, in bytes of the document.
    pub(super) span: Range<usize>,
    /// As it is written; with its factor in front where a whole vector or matrix is multiplied.
    pub(super) text: String,
    pub(super) value: f64,
    /// Its exact value, where it is written as an integer: the last digit stands for units or more.
    pub(super) integer: Option<i128>,
    /// Half a unit of the last digit written; `None` where there is no last digit, as in 9/11 or π.
    pub(super) half_unit: Option<f64>,
}

/// Reads the numbers after the last relation sign of a claim's text; without a sign, all of them, as equal.
///
/// # Errors
/// If anything that stands there is not understood, if it holds no number, or if the relation is none of
/// [`Relation`]'s.
pub(super) fn read(pieces: &[ClaimPiece]) -> Result<Stated, NotUnderstood> {
    let source = Source { pieces };
    let tokens = token::tokens(pieces);
    if tokens.is_empty() {
        return Err(NotUnderstood {
            span: source.whole(),
            message: "this claim's text is empty".to_owned(),
            help: Some("write the number that the reader is to see: `[10](=kappa)`".to_owned()),
        });
    }
    let (relation, after) = last_relation(&source, &tokens)?;
    let numbers = expression::numbers(&source, &tokens[after..])?;
    if numbers.is_empty() {
        let message = match after.checked_sub(1) {
            None => "this claim's text holds no number".to_owned(),
            Some(sign) => format!("this claim's text holds no number after `{}`", tokens[sign].text),
        };
        let help = "state the value in digits, as in `about 0.82` or `$\\kappa = 10$`".to_owned();
        return Err(NotUnderstood {
            span: source.whole(),
            message,
            help: Some(help),
        });
    }
    let numbers = numbers
        .into_iter()
        .map(|entry| StatedNumber {
            value: entry.quantity.value(),
            integer: entry.quantity.integer(),
            half_unit: entry.quantity.half_unit(),
            span: entry.span,
            text: entry.text,
        })
        .collect();
    Ok(Stated { relation, numbers })
}

/// The numbers that stand in prose, whatever is around them; one that can't be read is NaN.
pub(super) fn numerals(text: &str) -> Vec<(Range<usize>, f64)> {
    let pieces = [ClaimPiece {
        math: false,
        text: text.to_owned(),
        start: 0,
    }];
    let tokens = token::tokens(&pieces);
    let found = numerals_among(&Source { pieces: &pieces }, &tokens).into_iter();
    let spans = found.map(|(number, value)| (tokens[number.start].start..tokens[number.end - 1].end(), value));
    spans.collect()
}

/// The same among the tokens of a text, each by its tokens.
fn numerals_among(source: &Source<'_>, tokens: &[Token<'_>]) -> Vec<(Range<usize>, f64)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let length = numeral(&tokens[at..]);
        if length > 0 {
            let value = expression::numbers(source, &tokens[at..at + length]);
            let value = value.ok().and_then(|numbers| Some(numbers.first()?.quantity.value()));
            found.push((at..at + length, value.unwrap_or(f64::NAN)));
        }
        at += length.max(1);
    }
    found
}

/// How many tokens a number takes with its power of ten, as in `3 × 10⁻³`. In prose any power is part of it.
fn numeral(tokens: &[Token<'_>]) -> usize {
    use TokenKind::{Caret, Dash, Fraction, GroupClose, GroupOpen, Minus, Number, Superscript, Times};
    let kinds: Vec<TokenKind> = tokens.iter().take(8).map(|token| token.kind).collect();
    let power = |at: usize| match &kinds[at..] {
        _ if tokens[at].math && tokens[at].text != "10" => 0,
        [Number, Caret, GroupOpen, Minus, Number, GroupClose, ..] => 6,
        [Number, Caret, GroupOpen, Number, GroupClose, ..] => 5,
        [Number, Caret, Dash | Minus, Number, ..] => 4,
        [Number, Caret, Number, ..] => 3,
        [Number, Superscript(_), ..] => 2,
        _ => 0,
    };
    match kinds[..] {
        [Number, Times, Number, ..] if tokens[2].text == "10" && power(2) > 0 => 2 + power(2),
        [Number, Fraction(_), ..] if tokens[1].glued => 2,
        [Number | Fraction(_), ..] => power(0).max(1),
        _ => 0,
    }
}

/// A part of a formula that is a number.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) span: Range<usize>,
    /// Its numerals, exponents apart; one that can't be read is NaN.
    pub(super) numerals: Vec<f64>,
    /// It stands behind "≈".
    pub(super) about: bool,
}

/// The parts of a formula between relation signs and commas that hold numbers and no letters.
pub(super) fn numeric_sides(formula: &ClaimPiece) -> Vec<Side> {
    let pieces = std::slice::from_ref(formula);
    let source = Source { pieces };
    let mut sides = Vec::new();
    let (mut side, mut depth, mut about): (Vec<Token<'_>>, usize, bool) = (Vec::new(), 0, false);
    for token in token::tokens(pieces) {
        match token.kind {
            TokenKind::Open(_) | TokenKind::GroupOpen | TokenKind::Begin => depth += 1,
            TokenKind::Close(_) | TokenKind::GroupClose | TokenKind::End => depth = depth.saturating_sub(1),
            TokenKind::Relation(_) | TokenKind::OtherRelation => {
                sides.extend(Side::of(&source, &std::mem::take(&mut side), about));
                about = token.kind == TokenKind::Relation(Relation::About);
                continue;
            }
            TokenKind::Comma | TokenKind::Semicolon | TokenKind::Ellipsis if depth == 0 => {
                sides.extend(Side::of(&source, &std::mem::take(&mut side), about));
                continue;
            }
            _ => {}
        }
        side.push(token);
    }
    sides.extend(Side::of(&source, &side, about));
    sides
}

impl Side {
    fn of(source: &Source<'_>, tokens: &[Token<'_>], about: bool) -> Option<Side> {
        let is_letter = |token: &Token<'_>| {
            matches!(token.kind, TokenKind::Word | TokenKind::Unknown | TokenKind::Subscript | TokenKind::Transpose)
        };
        if tokens.iter().any(is_letter) {
            return None;
        }
        let behind_caret = |index: usize| {
            let back = tokens[..index].iter().rev();
            let mut back = back
                .skip_while(|token| matches!(token.kind, TokenKind::GroupOpen | TokenKind::Minus | TokenKind::Dash));
            back.next().is_some_and(|token| token.kind == TokenKind::Caret)
        };
        let numerals = numerals_among(source, tokens).into_iter();
        let numerals: Vec<f64> =
            numerals.filter(|(number, _)| !behind_caret(number.start)).map(|(_, value)| value).collect();
        let (first, last) = (tokens.first()?, tokens.last()?);
        (!numerals.is_empty()).then(|| Side {
            span: first.start..last.end(),
            numerals,
            about,
        })
    }
}

/// Words that count as a relation where a number follows them at once. All other words leave the claim at `=`,
/// the strictest relation.
const RELATION_PHRASES: &[(&str, Relation)] = &[
    ("is", Relation::Equal),
    ("are", Relation::Equal),
    ("equals", Relation::Equal),
    ("equal to", Relation::Equal),
    ("about", Relation::About),
    ("approximately", Relation::About),
    ("approx", Relation::About),
    ("roughly", Relation::About),
    ("around", Relation::About),
    ("less than", Relation::Less),
    ("fewer than", Relation::Less),
    ("smaller than", Relation::Less),
    ("lower than", Relation::Less),
    ("below", Relation::Less),
    ("under", Relation::Less),
    ("more than", Relation::Greater),
    ("greater than", Relation::Greater),
    ("larger than", Relation::Greater),
    ("higher than", Relation::Greater),
    ("above", Relation::Greater),
    ("over", Relation::Greater),
    ("at most", Relation::AtMost),
    ("no more than", Relation::AtMost),
    ("not more than", Relation::AtMost),
    ("no greater than", Relation::AtMost),
    ("no larger than", Relation::AtMost),
    ("less than or equal to", Relation::AtMost),
    ("smaller than or equal to", Relation::AtMost),
    ("at least", Relation::AtLeast),
    ("no less than", Relation::AtLeast),
    ("not less than", Relation::AtLeast),
    ("no fewer than", Relation::AtLeast),
    ("no smaller than", Relation::AtLeast),
    ("greater than or equal to", Relation::AtLeast),
    ("larger than or equal to", Relation::AtLeast),
];

/// The last relation of the text and the index of the token after it.
fn last_relation(source: &Source<'_>, tokens: &[Token<'_>]) -> Result<(Relation, usize), NotUnderstood> {
    let mut last = Ok((Relation::Equal, 0));
    let mut at = 0;
    while at < tokens.len() {
        let (relation, length) = match tokens[at].kind {
            TokenKind::Relation(relation) => (Some(relation), 1),
            TokenKind::OtherRelation => (None, 1),
            _ => match phrase(&tokens[at..]) {
                Some((relation, length)) => (Some(relation), length),
                None => {
                    at += 1;
                    continue;
                }
            },
        };
        let sign = at..at + length;
        let negation = at.checked_sub(1).filter(|&before| tokens[before].is_negation());
        last = match relation {
            Some(relation) if negation.is_none() => match stated_before_phrase(source, tokens, at) {
                Some(number) => Err(overlooked(source, number, &tokens[sign.clone()])),
                None => Ok((relation, sign.end)),
            },
            _ => {
                let span = tokens[negation.unwrap_or(at)].start..tokens[sign.end - 1].end();
                Err(NotUnderstood {
                    message: format!("the relation `{}` can't be checked", source.text(&span)),
                    span,
                    help: Some("a claim may say =, ≈, <, ≤, > or ≥ of its value".to_owned()),
                })
            }
        };
        at = sign.end;
    }
    last
}

/// The longest phrase of [`RELATION_PHRASES`] that the tokens begin with, if a number follows; and its length.
fn phrase(tokens: &[Token<'_>]) -> Option<(Relation, usize)> {
    let (words, relation) = RELATION_PHRASES
        .iter()
        .filter(|(phrase, _)| {
            let words = phrase.split(' ');
            tokens.len() >= words.clone().count() && words.zip(tokens).all(|(word, token)| token.is_word(word))
        })
        .map(|(phrase, relation)| (phrase.split(' ').count(), *relation))
        .max_by_key(|(words, _)| *words)?;
    let full_stop = tokens[0].is_word("approx") && tokens.get(words).is_some_and(|next| next.glued && next.text == ".");
    let length = words + usize::from(full_stop);
    let next = tokens.get(length)?;
    (next.starts_number() || next.is_sign()).then_some((relation, length))
}

/// A number in front of the phrase at `at`: “20 over 100 runs” would leave the 20 unchecked.
fn stated_before_phrase(source: &Source<'_>, tokens: &[Token<'_>], at: usize) -> Option<Range<usize>> {
    if tokens[at].kind != TokenKind::Word {
        return None;
    }
    let span = |run: &[Token<'_>]| run[0].start..run[run.len() - 1].end();
    tokens[..at].chunk_by(|a, b| (a.piece, a.math) == (b.piece, b.math)).find_map(|run| {
        if !run[0].math {
            let numbers =
                (0..run.len()).filter(|&at| matches!(run[at].kind, TokenKind::Number | TokenKind::Fraction(_)));
            return numbers.map(|at| &run[at..]).find(|number| !names(number)).map(|number| number[0].span());
        }
        let states = run.iter().any(|token| matches!(token.kind, TokenKind::Relation(_)))
            || expression::numbers(source, run).is_ok_and(|numbers| !numbers.is_empty());
        states.then(|| span(run))
    })
}

/// The number that the tokens begin with is part of a word, as in `2-norm` and `2nd`.
fn names(tokens: &[Token<'_>]) -> bool {
    let next = tokens[1..].iter().find(|token| token.kind != TokenKind::Dash);
    next.is_some_and(|next| next.glued && next.kind == TokenKind::Word)
}

fn overlooked(source: &Source<'_>, number: Range<usize>, phrase: &[Token<'_>]) -> NotUnderstood {
    let words = source.text(&(phrase[0].start..phrase[phrase.len() - 1].end()));
    NotUnderstood {
        message: format!("`{}` stands before `{words}`, so it would not be checked", source.text(&number)),
        span: number,
        help: Some(
            "write a relation sign instead of the words, or move what is not claimed out of the link".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Splits a claim's text at its dollars. Offsets count from the beginning of `text`.
    fn pieces(text: &str) -> Vec<ClaimPiece> {
        let mut start = 0;
        let mut pieces = Vec::new();
        for (index, part) in text.split('$').enumerate() {
            let text = part.to_owned();
            pieces.push(ClaimPiece { math: index % 2 == 1, text, start });
            start += part.len() + 1;
        }
        pieces.retain(|piece| !piece.text.is_empty());
        pieces
    }

    fn stated(text: &str) -> Stated {
        read(&pieces(text)).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"))
    }

    fn fault(text: &str) -> NotUnderstood {
        match read(&pieces(text)) {
            Ok(stated) => panic!("{text:?} is read as {stated:?}"),
            Err(fault) => fault,
        }
    }

    #[track_caller]
    fn assert_states(text: &str, relation: Relation, values: &[f64]) {
        let stated = stated(text);
        assert_eq!(stated.relation, relation, "{text}");
        let read: Vec<f64> = stated.numbers.iter().map(|number| number.value).collect();
        let close = |(a, b): (&f64, &f64)| a == b || (a - b).abs() <= 1e-15 * b.abs();
        assert!(read.len() == values.len() && read.iter().zip(values).all(close), "{text}: {read:?}, not {values:?}");
    }

    #[track_caller]
    fn assert_refused(text: &str, quoted: &str, message: &str) {
        let fault = fault(text);
        assert_eq!((&text[fault.span.clone()], fault.message.as_str()), (quoted, message), "{text}");
    }

    #[test]
    fn numerals_in_prose() {
        for (text, value) in [
            ("10", 10.0),
            ("10.", 10.0),
            (".5", 0.5),
            ("0.82", 0.82),
            ("-3", -3.0),
            ("−3", -3.0),
            ("–3", -3.0),
            ("+3", 3.0),
            ("1e-9", 1e-9),
            ("1e−9", 1e-9),
            ("1.5e3", 1500.0),
            ("1E6", 1e6),
            ("1,797", 1797.0),
            ("1,234,567.5", 1_234_567.5),
            ("1_000", 1000.0),
            ("1\u{2009}797", 1797.0),
            ("1\u{202f}234\u{202f}567", 1_234_567.0),
            ("1\u{a0}797", 1797.0),
            ("12%", 0.12),
            ("12 %", 0.12),
            ("12 per cent", 0.12),
            ("12 percent of the steps", 0.12),
            ("3‰", 0.003),
            ("1.5 million", 1.5e6),
            ("20 thousand steps", 20_000.0),
            ("½", 0.5),
            ("2½", 2.5),
            ("−2½", -2.5),
            ("9/11", 9.0 / 11.0),
            ("20 / 2", 10.0),
            ("10⁻³", 1e-3),
            ("2×10⁻³", 2e-3),
            ("2 · 10^-3", 2e-3),
            ("2^10", 1024.0),
            ("√2", std::f64::consts::SQRT_2),
            ("√(2 + 2)", 2.0),
            ("(√10 − 1)/(√10 + 1)", (10_f64.sqrt() - 1.0) / (10_f64.sqrt() + 1.0)),
            ("π", std::f64::consts::PI),
            ("3π/4", 3.0 * std::f64::consts::FRAC_PI_4),
            ("−∞", f64::NEG_INFINITY),
            ("20 °C", 20.0),
            ("€ 20", 20.0),
            ("“20”", 20.0),
            ("20—the largest", 20.0),
            ("20 – the largest", 20.0),
            ("the value, 20, is large", 20.0),
            ("ends at the point 3", 3.0),
        ] {
            assert_states(text, Relation::Equal, &[value]);
        }
    }

    #[test]
    fn numbers_in_mathematics() {
        for (text, value) in [
            ("$10$", 10.0),
            ("$\\kappa = 10.$", 10.0),
            ("$\\lambda_1 = 20,$", 20.0),
            ("$-3$", -3.0),
            ("$- 3$", -3.0),
            ("$1{,}797$", 1797.0),
            ("$1\\,797$", 1797.0),
            ("$20\\,000.5$", 20_000.5),
            ("$1e-9$", 1e-9),
            ("$\\frac{9}{11}$", 9.0 / 11.0),
            ("$\\tfrac12$", 0.5),
            ("$\\dfrac{1}{1+\\frac{1}{3}}$", 0.75),
            ("$\\frac\\pi4$", std::f64::consts::FRAC_PI_4),
            ("$10^{-3}$", 1e-3),
            ("$10^3$", 1e3),
            ("$2\\times10^{-3}$", 2e-3),
            ("$2.5 \\cdot 10^{-3}$", 2.5e-3),
            ("$2^{10}$", 1024.0),
            ("$-2^2$", -4.0),
            ("$(-2)^2$", 4.0),
            ("$2^{-1}$", 0.5),
            ("$e^{0.5}$", 0.5_f64.exp()),
            ("$\\mathrm{e}^{-1}$", (-1_f64).exp()),
            ("$2\\sqrt{5}$", 2.0 * 5_f64.sqrt()),
            ("$\\sqrt 2$", std::f64::consts::SQRT_2),
            ("$\\sqrt[3]{27}$", 3.0),
            ("$1+\\sqrt2$", 1.0 + 2_f64.sqrt()),
            ("$\\frac{1}{2}\\pi$", std::f64::consts::FRAC_PI_2),
            ("$3\\pi/4$", 3.0 * std::f64::consts::FRAC_PI_4),
            (
                "$\\left(\\sqrt{10}-1\\right)/\\bigl(\\sqrt{10}+1\\bigr)$",
                (10_f64.sqrt() - 1.0) / (10_f64.sqrt() + 1.0),
            ),
            ("$2(1+3)$", 8.0),
            ("$1 - 2 - 3$", -4.0),
            ("$8/4/2$", 1.0),
            ("$12\\%$", 0.12),
            ("$12\\,\\text{per cent}$", 0.12),
            ("$20~\\text{steps}$", 20.0),
            ("$90^\\circ$", 90.0),
            ("$\\infty$", f64::INFINITY),
            ("$\\ln 2$", std::f64::consts::LN_2),
            ("$1+\\ln(2)$", 1.0 + std::f64::consts::LN_2),
            ("$\\log_{10} 1000$", 3.0),
            ("$\\log_2(8)$", 3.0),
            ("$\\sin(\\pi/6)$", (std::f64::consts::PI / 6.0).sin()),
            ("$\\coth 1$", 1_f64.tanh().recip()),
            ("$\\exp(-1)$", (-1_f64).exp()),
            ("$\\begin{aligned}\\kappa &= 20/2 \\\\ &= 10\\end{aligned}$", 10.0),
            ("$12$ %", 0.12),
            ("10$^{-3}$", 1e-3),
            ("−$3$", -3.0),
            ("2$\\pi$", 2.0 * std::f64::consts::PI),
        ] {
            assert_states(text, Relation::Equal, &[value]);
        }
    }

    #[test]
    fn lists_and_matrices() {
        for (text, values) in [
            ("1, 2", &[1.0, 2.0][..]),
            ("(20, 2)", &[20.0, 2.0]),
            ("(20,2)", &[20.0, 2.0]),
            ("[1, 2; 3, 4]", &[1.0, 2.0, 3.0, 4.0]),
            ("(1, 0)ᵀ", &[1.0, 0.0]),
            ("20 and 2", &[20.0, 2.0]),
            ("20 (and 2 more)", &[20.0, 2.0]),
            ("(see above) 2", &[2.0]),
            ("(20 (the largest), 2)", &[20.0, 2.0]),
            ("1,797,5", &[1.0, 797.0, 5.0]),
            ("1,797, 5", &[1797.0, 5.0]),
            ("0,123", &[0.0, 123.0]),
            ("$1, 2$", &[1.0, 2.0]),
            ("$1,797$", &[1.0, 797.0]),
            ("$20 \\text{ and } 2$", &[20.0, 2.0]),
            ("$20 \\text{ and } -2$", &[20.0, -2.0]),
            ("$\\lambda = (20,\\, 2)$", &[20.0, 2.0]),
            ("$v = (1, 0)^\\top$", &[1.0, 0.0]),
            ("$v = \\left[1, -1\\right]^{\\mathsf T}$", &[1.0, -1.0]),
            ("$v = \\langle 1, 0\\rangle^T$", &[1.0, 0.0]),
            ("$\\{1, 2\\}$", &[1.0, 2.0]),
            ("$((1, 2), (3, 4))$", &[1.0, 2.0, 3.0, 4.0]),
            ("$H = \\begin{bmatrix}20&0\\\\0&2\\end{bmatrix}$", &[20.0, 0.0, 0.0, 2.0]),
            ("$\\begin{pmatrix} 1 \\\\[2pt] -\\frac12 \\\\ \\end{pmatrix}$", &[1.0, -0.5]),
            ("$\\begin{smallmatrix}1&2\\end{smallmatrix}^\\top$", &[1.0, 2.0]),
            ("$\\left(\\begin{array}[c]{cc|c}1&2&3\\end{array}\\right)$", &[1.0, 2.0, 3.0]),
            ("$v = \\frac{1}{2}\\begin{bmatrix}1\\\\-1\\end{bmatrix}$", &[0.5, -0.5]),
            ("$= \\begin{aligned} 20 \\\\ 2 \\end{aligned}$", &[20.0, 2.0]),
            ("$20$, $2$ and $\\pi$", &[20.0, 2.0, std::f64::consts::PI]),
        ] {
            assert_states(text, Relation::Equal, values);
        }
    }

    #[test]
    fn the_last_relation_counts() {
        use Relation::{About, AtLeast, AtMost, Equal, Greater, Less};
        for (text, relation, value) in [
            ("$\\kappa = 20/2 = 10$", Equal, 10.0),
            ("$x \\ne y = 3$", Equal, 3.0),
            ("κ = 10", Equal, 10.0),
            ("$\\kappa$ is 10", Equal, 10.0),
            ("λ₁ equals 10", Equal, 10.0),
            ("the 2-norm is 10", Equal, 10.0),
            ("the 2nd is about 10", About, 10.0),
            ("is about 10", About, 10.0),
            ("$x := 3$", Equal, 3.0),
            ("≈ 0.82", About, 0.82),
            ("~0.82", About, 0.82),
            ("$=~20$", Equal, 20.0),
            ("$r \\approx 0.82$", About, 0.82),
            ("$r \\sim 0.82$", About, 0.82),
            ("$r \\simeq 0.82$", About, 0.82),
            ("about 0.82", About, 0.82),
            ("About −3", About, -3.0),
            ("approx. 5", About, 5.0),
            ("$r$ is about $0.82$", About, 0.82),
            ("$\\text{about } 3$", About, 3.0),
            ("roughly √2", About, std::f64::consts::SQRT_2),
            ("about $\\kappa = 10$", Equal, 10.0),
            ("$x < 3$", Less, 3.0),
            ("$x \\lt 3$", Less, 3.0),
            ("x <-3", Less, -3.0),
            ("less than 3", Less, 3.0),
            ("below 3", Less, 3.0),
            ("under 3", Less, 3.0),
            ("fewer than 3 steps", Less, 3.0),
            ("x <= 3", AtMost, 3.0),
            ("$x \\leqslant 3$", AtMost, 3.0),
            ("x ≤ 3", AtMost, 3.0),
            ("at most 3", AtMost, 3.0),
            ("no more than 3", AtMost, 3.0),
            ("not more than 3", AtMost, 3.0),
            ("less than or equal to 3", AtMost, 3.0),
            ("$x \\gt 3$", Greater, 3.0),
            ("more than 3", Greater, 3.0),
            ("over 3", Greater, 3.0),
            ("above 3", Greater, 3.0),
            ("x >= 3", AtLeast, 3.0),
            ("$x \\ge 3$", AtLeast, 3.0),
            ("at least 3", AtLeast, 3.0),
            ("no less than 3", AtLeast, 3.0),
            ("the mean over runs is 3", Equal, 3.0),
            ("the mean over $x$ is 3", Equal, 3.0),
            ("it is over. 3", Equal, 3.0),
            ("it does not converge: κ = 3", Equal, 3.0),
            ("$0 < x < 3$", Less, 3.0),
        ] {
            assert_states(text, relation, &[value]);
        }
    }

    #[test]
    fn relations_that_cannot_be_checked() {
        for (text, sign) in [
            ("$x \\ne 3$", "\\ne"),
            ("x ≠ 3", "≠"),
            ("x =\u{338} 3", "=\u{338}"),
            ("x != 3", "!="),
            ("$x \\not= 3$", "\\not="),
            ("$x \\not\\approx 3$", "\\not\\approx"),
            ("$x \\equiv 3$", "\\equiv"),
            ("$x \\in \\{3\\}$", "\\in"),
            ("x ∈ {3}", "∈"),
            ("$x \\propto 3$", "\\propto"),
            ("$x \\ll 3$", "\\ll"),
            ("x << 3", "<<"),
            ("from 4 -> 3", "->"),
            ("4 → 3", "→"),
            ("4 => 3", "=>"),
            ("$4 \\to 3$", "\\to"),
            ("x is not about 3", "not about"),
            ("x isn't less than 3", "isn't less than"),
        ] {
            assert_refused(text, sign, &format!("the relation `{sign}` can't be checked"));
            assert_eq!(fault(text).help.as_deref(), Some("a claim may say =, ≈, <, ≤, > or ≥ of its value"));
        }
    }

    #[test]
    fn words_of_relation_do_not_hide_a_number() {
        for (text, number, words) in [
            ("20 over 100 runs", "20", "over"),
            ("$20$ over $100$ runs", "20", "over"),
            ("$\\kappa = 20$ over 100 runs", "\\kappa = 20", "over"),
            ("after 3 steps it is 8", "3", "is"),
            ("2 more than 8", "2", "more than"),
            ("0.5 around 3", "0.5", "around"),
        ] {
            assert_refused(text, number, &format!("`{number}` stands before `{words}`, so it would not be checked"));
        }
    }

    #[test]
    fn what_is_no_number_in_prose() {
        for (text, quoted) in [
            ("2x", "2x"),
            ("is 1.2.3 now", "1.2.3"),
            ("the 10th.", "10th"),
            ("3D", "3D"),
            ("a 12-step method", "12-step"),
            ("10–20", "10–20"),
            ("10-20", "10-20"),
            ("2021-05-03", "2021-05-03"),
            ("12:30", "12:30"),
            ("phase-2", "phase-2"),
            ("no.3", "no.3"),
            ("20's", "20's"),
            ("20!", "20!"),
            ("20km", "20km"),
            ("2e", "2e"),
            ("1e5x", "1e5x"),
            ("f(20)", "f(20"),
            ("2**x", "2**x"),
            ("$10$th", "10$th"),
            ("1,797th", "1,797th"),
        ] {
            let fault = fault(text);
            assert_eq!(&text[fault.span], quoted);
            let quoted = quoted.replace('$', "");
            assert!(fault.message.starts_with(&format!("`{quoted}` ")), "{}", fault.message);
        }
        for (text, quoted) in [
            ("H2O", "H2O"),
            ("is λ₁", "λ₁"),
            ("m²", "m²"),
            ("٣", "٣"),
            ("1, 2, …", "…"),
            ("1, 2, ...", "..."),
            ("3 ± 1", "±"),
            ("#3", "#3"),
            ("\\pi", "\\pi"),
            ("minus 3", "minus"),
            ("3 squared", "squared"),
            ("twice 3", "twice"),
            ("2 pi", "pi"),
            ("3 ppm", "ppm"),
            ("3 hundred", "hundred"),
            ("not 3", "not"),
            ("it isn’t 3", "isn’t"),
        ] {
            assert_refused(text, quoted, &format!("`{quoted}` is not understood"));
        }
    }

    #[test]
    fn what_is_no_number_in_mathematics() {
        for (text, quoted, message) in [
            ("$2x$", "x", "`x` is not understood"),
            ("$f(2)$", "f", "`f` is not understood"),
            ("$20 \\lambda$", "\\lambda", "`\\lambda` is not understood"),
            ("$3 \\pm 1$", "\\pm", "`\\pm` is not understood"),
            ("$2i$", "i", "`i` is not understood"),
            ("$(1, \\ldots, 3)$", "\\ldots", "`\\ldots` is not understood"),
            ("$12%$", "%", "`%` is not understood"),
            ("$|{-3}|$", "|", "`|` is not understood"),
            ("$1_000$", "_", "`_` is not understood"),
            ("$5!$", "!", "`!` is not understood"),
            ("$20\\,\\mathrm{km}$", "k", "`k` is not understood"),
            ("$\\text{unclosed 3$", "\\text", "`\\text` is not understood"),
            ("$\\text{the 3rd}$", "3rd", "`3rd` is not understood as a number"),
            ("$\\begin{cases}1\\\\2\\end{cases}$", "\\begin{cases}", "`\\begin{cases}` is not understood"),
            ("$\\log 3$", "\\log", "`\\log` does not say its base"),
            ("$10^12$", "12", "`12` is not in braces"),
            ("$\\sqrt23$", "23", "`23` is not in braces"),
            ("$1/2\\pi$", "1/2\\pi", "this product can be read in two ways"),
            ("$\\ln 2\\pi$", "\\ln 2\\pi", "this product can be read in two ways"),
            ("$\\ln 2/3$", "\\ln 2/", "this product can be read in two ways"),
            ("$\\ln 2^3$", "\\ln 2^", "this power can be read in two ways"),
            ("$2\\frac12$", "2\\frac", "a number before a fraction can be read in two ways"),
            ("$2{\\frac12}$", "2{", "a number before a fraction can be read in two ways"),
            ("$2\\cdot3\\frac12$", "2\\cdot3\\frac", "a number before a fraction can be read in two ways"),
            ("$2^{2^{2}}3$", "2^{2^{2}}3", "two numbers stand side by side with nothing between them"),
            ("$\\frac123$", "123", "`123` is not in braces"),
            ("$1 797$", "1 797", "two numbers stand side by side with nothing between them"),
            ("$2{{3}}$", "2{{3}}", "two numbers stand side by side with nothing between them"),
            ("$20 \\quad 2$", "20 \\quad 2", "two numbers stand side by side with nothing between them"),
            ("$1$$2$", "1$$2", "two numbers stand side by side with nothing between them"),
            ("20 2", "20 2", "two numbers stand side by side with nothing between them"),
            ("20 -2", "20 -2", "two numbers stand side by side with nothing between them"),
            ("λ = - 20", "- 20", "this `-` may be a sign or something else"),
            ("20 - 2", "- 2", "this `-` may be a sign or something else"),
            ("--3", "--3", "this `-` may be a sign or something else"),
            ("x − 3", "− 3", "this `−` may be a sign or something else"),
            ("x + 3", "+ 3", "this `+` may be a sign or something else"),
            ("x / 3", "/", "`/` is not understood"),
            ("$\\text{x} - 3$", "x} -", "`x} -` is not understood as a number"),
            ("$\\text{tr} (3)$", "tr} (", "`tr} (` is not understood as a number"),
            ("$2\\cdot$", "\\cdot", "`\\cdot` has nothing after it"),
            ("20+", "+", "`+` has nothing after it"),
            ("$\\frac{1}$", "}", "`}` has nothing after it"),
            ("$1/0$", "1/0", "`1/0` divides by zero"),
            ("$0^{-1}$", "0^{-1}", "`0^{-1}` divides by zero"),
            ("$\\sqrt{-1}$", "\\sqrt{-1}", "`\\sqrt{-1}` is not a real number"),
            ("$\\infty - \\infty$", "\\infty - \\infty", "`\\infty - \\infty` is not a real number"),
            ("$10^{400}$", "10^{400}", "`10^{400}` is too large for a floating-point number"),
            ("$9^{9^{9}}$", "9^{9^{9}}", "`9^{9^{9}}` is too large for a floating-point number"),
            ("1e-400", "1e-400", "`1e-400` is too small for a floating-point number"),
            ("1e99999999999", "1e99999999999", "`1e99999999999` is too large for a floating-point number"),
            ("$(1, 2$", "(", "`(` is not closed"),
            ("$[0, 1)$", ")", "`[` is closed by `)`"),
            ("$(\\kappa = 10)$", ")", "`)` closes what was opened before the relation sign, or nothing"),
            ("20 (for x > 0)", ")", "`)` closes what was opened before the relation sign, or nothing"),
            ("$\\frac{1}{2$", "{", "`{` is not closed"),
            (
                "$\\begin{bmatrix}1&2\\end{pmatrix}$",
                "\\end{pmatrix}",
                "`\\begin{bmatrix}` is closed by `\\end{pmatrix}`",
            ),
            (
                "$\\begin{bmatrix}1&2\\\\3\\end{bmatrix}$",
                "\\begin{bmatrix}",
                "the rows of this matrix have different lengths",
            ),
            ("$\\begin{bmatrix}1&&2\\end{bmatrix}$", "&", "no number stands before `&`"),
            ("$(1, )$", ")", "no number stands before `)`"),
            ("$()$", ")", "no number stands before `)`"),
            ("$(1,2)+1$", "(1,2)", "a list of numbers stands where one number is needed"),
            ("$(1,2)^2$", "^", "a power of a list of numbers is not understood"),
            (
                "$\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}^\\top$",
                "^\\top",
                "the transpose of a matrix is not understood",
            ),
            ("9/11 %", "9/11 %", "`9/11 %` is not understood"),
            ("(1, 2) %", "(1, 2) %", "`(1, 2) %` is not understood"),
            ("$\\{1+2\\cdot$", "\\cdot", "`\\cdot` has nothing after it"),
            ("${1+2}\\cdot 3$", "{1+", "`{` is not understood"),
        ] {
            assert_refused(text, quoted, message);
        }
    }

    #[test]
    fn a_text_without_numbers_is_refused_as_a_whole() {
        let help = Some("state the value in digits, as in `about 0.82` or `$\\kappa = 10$`");
        assert_refused("ten steps", "ten steps", "this claim's text holds no number");
        assert_refused("(see above)", "(see above)", "this claim's text holds no number");
        assert_refused("$\\kappa =$", "\\kappa =", "this claim's text holds no number after `=`");
        assert_eq!(fault("ten steps").help.as_deref(), help);
        assert_refused(" ", " ", "this claim's text is empty");
        assert_eq!(read(&[]).map_err(|fault| fault.span).err(), Some(0..0));
    }

    #[test]
    fn help_says_what_to_write() {
        for (text, help) in [
            ("$3 \\pm 1$", "write ≈ and as many digits as are certain"),
            ("$\\log 3$", "write `\\ln` for the natural logarithm and `\\log_{10}` for the decimal one"),
            ("$12%$", "a per cent sign in mathematics is written `\\%`"),
            ("$2i$", "state the real part and the imaginary part in two claims"),
            ("$10^12$", "LaTeX takes only the first digit; put the number in braces: `10^{12}`"),
            ("1, …", "write out all the numbers; those left out can't be checked"),
        ] {
            assert_eq!(fault(text).help.as_deref(), Some(help), "{text}");
        }
    }

    #[test]
    fn integers_are_exact() {
        for (text, integer) in [
            ("170141183460469231731687303715884105727", Some(i128::MAX)),
            ("-170141183460469231731687303715884105728", Some(i128::MIN)),
            ("170141183460469231731687303715884105728", None),
            ("$2^{100} + 1$", Some((1 << 100) + 1)),
            ("$-3^3$", Some(-27)),
            ("$10^{20}$", Some(10_i128.pow(20))),
            ("$1.5\\times10^3$", Some(1500)),
            ("$20/2$", Some(10)),
            ("$7/2$", None),
            ("1e6", Some(1_000_000)),
            ("1.5 million", Some(1_500_000)),
            ("2.0", None),
            ("100 %", None),
            ("$\\sqrt4$", None),
        ] {
            assert_eq!(stated(text).numbers[0].integer, integer, "{text}");
        }
    }

    #[test]
    fn half_a_unit_of_the_last_digit() {
        for (text, half_unit) in [
            ("20", Some(0.5)),
            ("-0.82", Some(0.005)),
            ("2.50", Some(0.005)),
            ("1,797", Some(0.5)),
            ("12 %", Some(0.005)),
            ("1.5e3", Some(50.0)),
            ("1.5 million", Some(5e4)),
            ("$2.5\\times10^{-3}$", Some(0.05e-3)),
            ("$(2.5)\\cdot10^{3}$", Some(50.0)),
            ("$1\\times10^{-3}$", Some(0.5e-3)),
            ("$10^{-3}$", None),
            ("9/11", None),
            ("½", None),
            ("$\\pi$", None),
            ("$2\\cdot3$", None),
            ("$1.5+2$", None),
        ] {
            assert_eq!(stated(text).numbers[0].half_unit, half_unit, "{text}");
        }
    }

    #[test]
    fn each_number_knows_its_text_and_place() {
        let text = "$\\lambda = (\\frac{1}{2}, -3)$, $12$ % and 4";
        let stated = stated(text);
        let numbers: Vec<(&str, &str)> =
            stated.numbers.iter().map(|number| (&text[number.span.clone()], number.text.as_str())).collect();
        let expected = [
            ("\\frac{1}{2}", "\\frac{1}{2}"),
            ("-3", "-3"),
            ("12$ %", "12 %"),
            ("4", "4"),
        ];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn a_factor_stands_in_the_text_of_each_entry() {
        let text = "$\\frac12 \\cdot (1, -1)$";
        let numbers = stated(text).numbers;
        assert_eq!((numbers[1].text.as_str(), &text[numbers[1].span.clone()]), ("\\frac12 \\cdot -1", "-1"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        for (open, inner, close) in [
            ("(", "1", ")"),
            ("{", "1", "}"),
            ("√", "1", ""),
            ("2^{", "1", "}"),
            ("\\frac{", "1", "}{2}"),
            ("\\ln ", "9", ""),
        ] {
            let text = format!("${}{inner}{}$", open.repeat(10_000), close.repeat(10_000));
            assert_eq!(fault(&text).message, "this expression is nested too deeply", "{open}");
        }
    }

    /// Text in which what the reader knows turns up often.
    fn fragments() -> impl Strategy<Value = String> {
        let fragment = prop_oneof![
            prop::sample::select(vec![
                "1",
                "2.5",
                "1,797",
                "e",
                "π",
                "\\pi",
                "\\frac",
                "\\sqrt",
                "\\ln",
                "\\log",
                "{",
                "}",
                "(",
                ")",
                "[",
                "]",
                "^",
                "_",
                "\\begin{bmatrix}",
                "\\end{bmatrix}",
                "\\begin{array}",
                "{cc}",
                "&",
                "\\\\",
                ",",
                ";",
                ".",
                "-",
                "–",
                "−",
                "+",
                "×",
                "/",
                "%",
                "\\%",
                "=",
                "<",
                "~",
                "≈",
                "\\not",
                "\\text{",
                "about ",
                "not ",
                " per cent",
                "million",
                "½",
                "⁻³",
                "√",
                "ᵀ",
                "\\top",
                "\\left",
                "\\right",
                "\\",
                "…",
                " ",
                "\u{338}",
                "é",
                "∞",
                "th",
                "!",
                "\u{2009}",
                "10",
                "\\circ",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,3}",
        ];
        prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_printed_float_reads_back(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
            for text in [format!("{value}"), format!("{value:e}"), format!("${value}$"), format!("${value:e}$")] {
                prop_assert_eq!(stated(&text).numbers[0].value, value);
            }
        }

        #[test]
        fn decimals_tell_their_half_unit(value in -1e9..1e9) {
            let numbers = stated(&format!("{value:.3}")).numbers;
            prop_assert_eq!(numbers[0].half_unit, Some(0.0005));
        }

        #[test]
        fn a_grouped_integer_reads_back(value in any::<i128>(), digits in 0_u32..39) {
            let value = value / 10_i128.pow(digits);
            let plain = value.unsigned_abs().to_string();
            let grouped = |separator: &str| {
                let groups: Vec<&str> =
                    plain.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
                format!("{}{}", if value < 0 { "-" } else { "" }, groups.join(separator))
            };
            let in_math = ["{,}", "\\,"].map(|separator| format!("${}$", grouped(separator)));
            for text in [",", "_", "\u{2009}", "\u{202f}", "\u{a0}"].map(grouped).iter().chain(&in_math) {
                let numbers = stated(text).numbers;
                prop_assert_eq!((numbers.len(), numbers[0].integer), (1, Some(value)));
            }
        }

        #[test]
        fn reading_stays_within_the_text(parts in prop::collection::vec((any::<bool>(), fragments()), 0..4), gap in 0_usize..3) {
            let mut pieces = Vec::new();
            let mut start = gap;
            for (math, text) in &parts {
                pieces.push(ClaimPiece { math: *math, text: text.clone(), start });
                start += text.len() + gap;
            }
            let inside = |offset: usize| {
                pieces.is_empty() || pieces.iter().any(|piece| {
                    offset.checked_sub(piece.start).is_some_and(|offset| piece.text.is_char_boundary(offset))
                })
            };
            let spans = match read(&pieces) {
                Ok(stated) => stated.numbers.into_iter().map(|number| number.span).collect(),
                Err(fault) => vec![fault.span],
            };
            for span in spans {
                prop_assert!(span.start <= span.end && inside(span.start) && inside(span.end), "{:?}", span);
            }
        }
    }
}
