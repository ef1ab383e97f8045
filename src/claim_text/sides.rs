//! The numbers of prose and of formulas that are no claims.

use std::ops::Range;

use super::bare::{bare, is_relation, is_symbol};
use super::expression;
use super::formulas;
use super::source::Source;
use super::text::Relation;
use super::token::{self, Token, TokenKind};
use crate::read::ClaimPiece;

/// The numbers that stand in prose, whatever is around them; one that can't be read is NaN.
pub(crate) fn numerals(text: &str) -> Vec<(Range<usize>, f64)> {
    // Each begins with a digit or a fraction of one character.
    if !text.contains(is_digit) {
        return Vec::new();
    }
    let pieces = [ClaimPiece {
        math: false,
        text: text.to_owned(),
        start: 0,
    }];
    let tokens = token::tokens(&pieces);
    let found = numerals_among(&Source { pieces: &pieces }, &tokens).into_iter();
    let spans = found.map(|(number, value)| (tokens[number.start].start..tokens[number.end - 1].end, value));
    spans.collect()
}

/// Whether a character is one of a number, in any script; the keycap of ten is a picture to Unicode.
fn is_digit(c: char) -> bool {
    c.is_numeric() || c == '\u{1f51f}'
}

fn is_index(c: char) -> bool {
    ('\u{2080}'..='\u{2089}').contains(&c)
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
    use TokenKind::{Caret, Dash, Fraction, GroupClose, GroupOpen, Minus, Number, Superscript, Times, Unknown};
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
        [Number, Fraction(_), ..] if tokens[1].glued || !tokens[1].math => 2,
        [Number | Fraction(_), ..] => power(0).max(1),
        // Digits of another script, which no claim can state.
        [Unknown, ..] if !tokens[0].math && tokens[0].text.chars().all(|c| is_digit(c) && !is_index(c)) => 1,
        _ => 0,
    }
}

/// The largest exponent that reads as what is done, as in a square.
const SMALL: f64 = 3.0;

/// A part of a formula that is a number.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) span: Range<usize>,
    /// Its numerals, small exponents apart; one that can't be read is NaN.
    pub(crate) numerals: Vec<f64>,
    /// It stands behind "≈".
    pub(crate) about: bool,
}

/// How many relations a formula states, those in brackets and indices apart.
pub(crate) fn relations(formula: &ClaimPiece) -> usize {
    let mut depth = 0_usize;
    let tokens = token::tokens(std::slice::from_ref(formula)).into_iter();
    tokens
        .filter(|token| {
            depth = formulas::deeper(depth, token);
            depth == 0 && matches!(token.kind, TokenKind::Relation(_) | TokenKind::OtherRelation)
        })
        .count()
}

/// The parts of a formula that hold numbers and no letters: what stands between relation signs, commas, words, wide spaces, and the
/// rows and columns of what is aligned. A matrix of numbers is one.
pub(crate) fn numeric_sides(formula: &ClaimPiece) -> Vec<Side> {
    let pieces = std::slice::from_ref(formula);
    let source = Source { pieces };
    let tokens = bare(&token::tokens(pieces), formula);
    let (mut sides, mut side): (Vec<Side>, Vec<Token<'_>>) = Default::default();
    let (mut depth, mut about) = (0_usize, false);
    // How deep the last relation is, which ends with the brackets around it.
    let mut from = 0;
    // Whether rows and columns part sides, in each matrix that is open.
    let mut parts: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|before| formula.text.get(tokens[before].end - formula.start..token.start - formula.start));
        let is_apart = depth == 0 && before.is_some_and(|space| space.contains("\\quad") || space.contains("\\qquad"));
        let is_relation = is_relation(token);
        let ends = match token.kind {
            TokenKind::Begin => {
                let is_aligned = is_aligned(&tokens[at..]);
                parts.push(is_aligned);
                depth += usize::from(!is_aligned);
                is_aligned
            }
            TokenKind::Open(_) | TokenKind::GroupOpen => {
                depth += 1;
                false
            }
            TokenKind::Close(_) | TokenKind::GroupClose | TokenKind::End => {
                let is_aligned = token.kind == TokenKind::End && parts.pop() == Some(true);
                depth = depth.saturating_sub(usize::from(!is_aligned));
                is_aligned || depth < from
            }
            TokenKind::Column | TokenKind::Row => parts.last() != Some(&false),
            TokenKind::Comma | TokenKind::Semicolon | TokenKind::Ellipsis => depth == 0,
            TokenKind::Word => !token.math && depth == 0,
            // Of an environment that is none of numbers, such as `cases`.
            TokenKind::Unknown => token.text.starts_with("\\begin{") || token.text.starts_with("\\end{"),
            _ => is_relation,
        };
        if ends || is_apart {
            sides.extend(Side::of(&source, &std::mem::take(&mut side), about));
        }
        from = if is_relation { depth } else { from.min(depth) };
        match token.kind {
            kind if is_relation => about = kind == TokenKind::Relation(Relation::About),
            TokenKind::Row if ends => about = false,
            _ => {}
        }
        if !ends {
            side.push(*token);
        }
    }
    sides.extend(Side::of(&source, &side, about));
    sides
}

/// Whether the matrix or array that begins these tokens lays out relations, or symbols beside numbers.
fn is_aligned(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut inside = tokens.iter().take_while(|token| {
        match token.kind {
            TokenKind::Begin => depth += 1,
            TokenKind::End => depth -= 1,
            _ => {}
        }
        depth > 0
    });
    inside.any(|token| is_relation(token) || is_symbol(token))
}

impl Side {
    fn of(source: &Source<'_>, tokens: &[Token<'_>], about: bool) -> Option<Side> {
        if tokens.iter().any(is_symbol) {
            return None;
        }
        let behind_caret = |index: usize| {
            let back = tokens[..index].iter().rev();
            let mut back = back
                .skip_while(|token| matches!(token.kind, TokenKind::GroupOpen | TokenKind::Minus | TokenKind::Dash));
            back.next().is_some_and(|token| token.kind == TokenKind::Caret)
        };
        let numerals = numerals_among(source, tokens).into_iter();
        let numerals: Vec<f64> = numerals
            .filter(|(number, value)| !(behind_caret(number.start) && *value <= SMALL))
            .map(|(_, value)| value)
            .collect();
        // Without the words around it, such as a unit.
        let is_no_word = |token: &&Token<'_>| token.kind != TokenKind::Word;
        let (first, last) = (tokens.iter().find(is_no_word)?, tokens.iter().rfind(is_no_word)?);
        (!numerals.is_empty()).then_some(Side {
            span: first.start..last.end,
            numerals,
            about,
        })
    }
}
