//! The parts of a claim's text that are formulas: mathematics between relations that is made of symbols.

use std::ops::Range;

use super::chain;
use super::source::Source;
use super::token::{self, Token, TokenKind};
use super::words;
use crate::read::ClaimPiece;

/// A part of a claim's text that may be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Where it stands, in bytes of the document.
    pub(crate) span: Range<usize>,
    pub(crate) latex: String,
    /// It is the first part of its statement that is not made of numbers.
    pub(crate) leads: bool,
    /// A relation stands beside it.
    pub(crate) is_related: bool,
}

/// The parts of a text, in their order, that are mathematics and no numbers.
pub(crate) fn candidates(pieces: &[ClaimPiece]) -> Vec<Candidate> {
    let source = Source { pieces };
    let tokens = words::joined(&token::tokens(pieces));
    let (mut found, mut leads) = (Vec::new(), true);
    for Stretch { tokens: range, begins, is_related } in stretches(&tokens) {
        leads |= begins;
        if chain::is_number(&source, &tokens, &range) {
            continue;
        }
        let start = tokens[range.start].start;
        let gap = start - typeface(&pieces[tokens[range.start].piece], start);
        let span = gap..tokens[range.end - 1].end;
        found.push(Candidate {
            latex: source.text(&span),
            span,
            leads,
            is_related,
        });
        leads = false;
    }
    found
}

/// Length of the command right before a place that only changes the typeface of what follows.
fn typeface(piece: &ClaimPiece, place: usize) -> usize {
    const TYPEFACES: [&str; 5] = ["\\mathrm", "\\mathbf", "\\mathit", "\\mathsf", "\\boldsymbol"];
    let before = piece.text[..place - piece.start].trim_end();
    let command = TYPEFACES.iter().find(|typeface| before.ends_with(**typeface));
    command.map_or(0, |command| place - piece.start - before.len() + command.len())
}

/// A stretch of mathematics between relations, or other signs that end a part.
struct Stretch {
    tokens: Range<usize>,
    /// A statement begins before it.
    begins: bool,
    is_related: bool,
}

fn stretches(tokens: &[Token<'_>]) -> Vec<Stretch> {
    let (mut found, mut depth, mut start) = (Vec::<Stretch>::new(), 0_usize, 0);
    let (mut begins, mut related) = (true, false);
    for at in 0..=tokens.len() {
        let token = tokens.get(at);
        let kind = token.map(|token| token.kind);
        let is_relation = matches!(kind, Some(TokenKind::Relation(_) | TokenKind::OtherRelation));
        let ends = match kind {
            None => true,
            Some(_) if token.is_some_and(|token| !token.math) => depth == 0,
            Some(TokenKind::Comma | TokenKind::Semicolon | TokenKind::Column | TokenKind::Row) => depth == 0,
            Some(TokenKind::Punctuation) => depth == 0,
            _ => is_relation && depth == 0,
        };
        let other_piece = token.is_some_and(|token| at > start && token.piece != tokens[start].piece);
        if !ends && !other_piece {
            depth = deeper(depth, &tokens[at]);
            continue;
        }
        if start < at {
            let tokens = start..at;
            found.push(Stretch {
                tokens,
                begins,
                is_related: related || is_relation,
            });
            (begins, related) = (false, false);
        }
        related |= is_relation;
        let next = tokens[(at + 1).min(tokens.len())..].iter().find(|token| token.kind != TokenKind::Column);
        let goes_on = next.is_some_and(|next| matches!(next.kind, TokenKind::Relation(_) | TokenKind::OtherRelation));
        begins |= !goes_on && token.is_some_and(chain::divides);
        if begins {
            related = false;
        }
        (depth, start) = (0, if other_piece { at } else { at + 1 });
        if other_piece {
            depth = deeper(depth, &tokens[at]);
        }
    }
    found
}

/// How many brackets and environments are open behind a token.
pub(super) fn deeper(depth: usize, token: &Token<'_>) -> usize {
    match token.kind {
        TokenKind::Open(_) | TokenKind::GroupOpen | TokenKind::Begin => depth + 1,
        TokenKind::Close(_) | TokenKind::GroupClose | TokenKind::End => depth.saturating_sub(1),
        TokenKind::Unknown if token.text.starts_with("\\begin") => depth + 1,
        TokenKind::Unknown if token.text.starts_with("\\end") => depth.saturating_sub(1),
        _ => depth,
    }
}

/// The tokens with each of the formulas as one of them.
pub(super) fn joined<'a>(
    pieces: &'a [ClaimPiece],
    tokens: Vec<Token<'a>>,
    formulas: &[Range<usize>],
) -> Vec<Token<'a>> {
    let mut all = Vec::with_capacity(tokens.len());
    for token in tokens {
        let within = |span: &Range<usize>| span.start <= token.start && token.end <= span.end;
        let Some(number) = formulas.iter().position(within) else {
            all.push(token);
            continue;
        };
        let (span, kind) = (&formulas[number], TokenKind::Formula(number));
        if all.last().is_some_and(|last| last.kind == kind) {
            continue;
        }
        let piece = &pieces[token.piece];
        all.push(Token {
            kind,
            math: true,
            start: span.start,
            text: &piece.text[span.start - piece.start..span.end - piece.start],
            end: span.end,
            ..token
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_with_symbols_are_found_between_relations() {
        for (latex, expected) in [
            ("\\kappa = \\frac{\\lambda_1}{\\lambda_2} = 10", &["\\kappa", "\\frac{\\lambda_1}{\\lambda_2}"][..]),
            ("\\rho(\\eta) = \\max(|1-20\\eta|, |1-2\\eta|)", &["\\rho(\\eta)", "\\max(|1-20\\eta|, |1-2\\eta|)"]),
            ("\\begin{aligned} a &= b + 1 \\\\ &= c \\end{aligned}", &["a", "b + 1", "c"]),
            ("x = 1, \\quad y = 2", &["x", "y"]),
            (
                "f(x) = \\begin{cases} x & x < 0 \\\\ 0 & x \\ge 0 \\end{cases}",
                &["f(x)", "\\begin{cases} x & x < 0 \\\\ 0 & x \\ge 0 \\end{cases}"],
            ),
            ("9/11 = 0.8", &[]),
            ("\\left(\\frac{a}{b}\\right)^2 = 4.", &["(\\frac{a}{b}\\right)^2"]),
            ("3 \\text{ for } y = 2", &["y"]),
            ("1 = \\mathrm{halved}(n/2)", &["\\mathrm{halved}(n/2)"]),
            (
                "2 = \\begin{cases} x & \\text{if } x \\ge 7 \\\\ 0 & \\text{otherwise} \\end{cases}",
                &["\\begin{cases} x & \\text{if } x \\ge 7 \\\\ 0 & \\text{otherwise} \\end{cases}"],
            ),
        ] {
            let pieces = [ClaimPiece {
                math: true,
                text: latex.to_owned(),
                start: 7,
            }];
            let found = candidates(&pieces);
            let texts: Vec<&str> = found.iter().map(|it| it.latex.as_str()).collect();
            assert_eq!(texts, expected, "{latex}");
            assert!(found.iter().all(|it| it.latex == latex[it.span.start - 7..it.span.end - 7]), "{latex}");
        }
    }
}
