//! Reads the numbers that an author states in the text of a claim.
//!
//! In: the text as pieces of prose and mathematics. Out: its numbers, in digits and words, and how the value relates to them.
//! What is not understood is an error that points at it, never a number.

mod bare;
mod beside;
mod chain;
mod expression;
mod formulas;
mod quantity;
mod sides;
mod source;
mod text;
mod token;
mod units;
mod words;

use std::ops::Range;

use chain::Part;
pub(crate) use chain::{Link, Side, Statement};
use expression::ParsedNumber;
pub(crate) use formulas::{Candidate, candidates};
pub(crate) use quantity::Quantity;
pub(crate) use sides::{numerals, numeric_sides, relations};
use source::Source;
pub(crate) use text::NotUnderstood;
pub(crate) use text::Relation;
use token::{Token, TokenKind};
pub(crate) use units::is_unit;

use crate::read::ClaimPiece;

/// What the text of a claim says.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    /// The parts that are made of numbers, in the order of the text; at least one where there is no formula.
    pub(crate) parts: Vec<StatedPart>,
    /// The parts that are names of the value.
    pub(crate) names: Vec<String>,
    /// What the formulas of the text say of each other and of the value.
    pub(crate) statements: Vec<Statement>,
}

/// Numbers, and how the value relates to each of them.
#[derive(Clone, Debug)]
pub(crate) struct StatedPart {
    pub(crate) relation: Relation,
    /// In the order of the text (matrices by rows); at least one.
    pub(crate) numbers: Vec<StatedNumber>,
    /// "3 to 5": two numbers, or where the value is one number, an interval.
    pub(crate) range: Option<StatedNumber>,
    /// The formula that the relation is about, by its number, rather than the value.
    pub(crate) of: Option<usize>,
    pub(crate) layout: Layout,
}

/// How the numbers of a part are laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// How many stand in each row of a matrix, or in each list of a list.
    pub(crate) rows: Vec<usize>,
    /// All of it is one matrix, with rows and columns that can be seen.
    pub(crate) is_matrix: bool,
}

impl Layout {
    fn of(numbers: &[ParsedNumber]) -> Self {
        let rows = numbers.chunk_by(|one, next| one.row.is_some() && one.row == next.row);
        let mut matrices = numbers.iter().map(|number| number.row.and_then(|row| row.matrix));
        let first = matrices.next().flatten();
        Layout {
            rows: rows.map(<[ParsedNumber]>::len).collect(),
            is_matrix: first.is_some() && matrices.all(|matrix| matrix == first),
        }
    }
}

/// One number as the author wrote it.
#[derive(Clone, Debug)]
pub(crate) struct StatedNumber {
    /// Where it stands, in bytes of the document.
    pub(crate) span: Range<usize>,
    /// As it is written; with its factor in front where a whole vector or matrix is multiplied.
    pub(crate) text: String,
    pub(crate) number: Quantity,
    /// The other end of an interval that begins at the number.
    pub(crate) most: Option<Quantity>,
}

/// Why a claim's text states nothing.
#[derive(Clone, Debug)]
pub(crate) enum Unread {
    /// It is words without a number, which is no fault where the value is text.
    Words(NotUnderstood),
    /// A part of it is not understood.
    Fault(NotUnderstood),
}

impl Unread {
    /// What is wrong with it where the value is a number.
    pub(crate) fn fault(self) -> NotUnderstood {
        match self {
            Unread::Words(fault) | Unread::Fault(fault) => fault,
        }
    }
}

impl From<NotUnderstood> for Unread {
    fn from(fault: NotUnderstood) -> Self {
        Unread::Fault(fault)
    }
}

/// Reads a claim's text: each part between relations that is made of numbers; without a relation, as equal.
///
/// # Errors
/// If a part that is made of numbers is not understood, if none is, or if its relation is none of [`Relation`]'s.
pub(crate) fn read(pieces: &[ClaimPiece]) -> Result<Stated, NotUnderstood> {
    read_with(pieces, &[]).map_err(Unread::fault)
}

/// The same where some parts are formulas that are compiled, by their ranges in the document.
///
/// # Errors
/// As of [`read`]; a formula does as well as a number.
pub(crate) fn read_with(pieces: &[ClaimPiece], formulas: &[Range<usize>]) -> Result<Stated, Unread> {
    let source = Source { pieces };
    let tokens = words::joined(&formulas::joined(pieces, token::tokens(pieces), formulas));
    let fault = |message: &str, help: &str| NotUnderstood {
        span: source.whole(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
    };
    if tokens.is_empty() {
        let help = "write the number that the reader is to see: `[10](=kappa)`";
        return Err(fault("this claim's text is empty", help).into());
    }
    let chain = chain::read(&source, &tokens)?;
    if let Some(label) = unread_label(&tokens, &chain.names) {
        let help = "make it a part of its own, `… = 11`, or leave its number out";
        let fault = fault("what stands at a brace or a sign is not compared", help);
        return Err(NotUnderstood { span: label, ..fault }.into());
    }
    if chain.parts.is_empty() && chain.statements.is_empty() {
        let help =
            "state the value in digits, as in `about 0.82` or `$\\kappa = 10$`, or in words, as in `at most a third`";
        return Err(Unread::Words(fault("this claim's text holds no number", help)));
    }
    let parts = chain.parts.into_iter().map(|part| stated(&source, part)).collect::<Result<_, NotUnderstood>>()?;
    let names = chain.names.iter().map(|span| source.text(span).trim().to_owned()).collect();
    Ok(Stated {
        parts,
        names,
        statements: chain.statements,
    })
}

/// A label with a number in what names the value: `\\underbrace{a b}_{= 11}`.
fn unread_label(tokens: &[Token<'_>], names: &[Range<usize>]) -> Option<Range<usize>> {
    let has_number = |label: &Range<usize>| tokens[label.clone()].iter().any(|token| token.kind == TokenKind::Number);
    let place = |label: Range<usize>| tokens[label.start].start..tokens[label.end - 1].end;
    let places = bare::labels(tokens).into_iter().filter(has_number).map(place);
    places.into_iter().find(|place| names.iter().any(|name| name.contains(&place.start)))
}

fn stated(source: &Source<'_>, part: Part) -> Result<StatedPart, NotUnderstood> {
    let Part { mut relation, numbers, joined_by, of } = part;
    let span = numbers[0].span.start..numbers[numbers.len() - 1].span.end;
    let joined = |word: &str| joined_by.as_deref() == Some(word);
    if relation == Relation::Within {
        let interval = interval(source, &numbers).filter(|_| joined("and"));
        let between = interval.map(|it| StatedNumber {
            text: format!("between {}", it.text),
            ..it
        });
        let numbers = vec![between.ok_or_else(|| NotUnderstood {
            span,
            message: "`between` needs two numbers, the smaller one first, and just `and` between them".to_owned(),
            help: Some(
                "write `between 2 and 3`; a per cent sign, or a word like million, goes after each of them".to_owned(),
            ),
        })?];
        let layout = Layout::default();
        return Ok(StatedPart {
            relation,
            numbers,
            range: None,
            of,
            layout,
        });
    }
    let intervals = numbers.iter().filter(|number| number.margin.is_some()).count();
    if intervals > 0 {
        if intervals < numbers.len() || !matches!(relation, Relation::Equal | Relation::About) {
            return Err(NotUnderstood {
                span,
                message: "± is combined with numbers or relations with which it can't be compared".to_owned(),
                help: Some("write ± after each number, and no inequality in front of them".to_owned()),
            });
        }
        relation = Relation::Within;
    }
    let range = interval(source, &numbers).filter(|it| {
        let is_wide = it.most.is_some_and(|most| it.number.value() < most.value());
        is_wide && joined("to") && relation == Relation::Equal
    });
    let layout = Layout::of(&numbers);
    let numbers = numbers.into_iter().map(StatedNumber::of).collect::<Result<_, _>>()?;
    Ok(StatedPart { relation, numbers, range, of, layout })
}

/// From the first to the second of two numbers, of which it is not the larger one.
fn interval(source: &Source<'_>, numbers: &[ParsedNumber]) -> Option<StatedNumber> {
    let [first, second] = numbers else { return None };
    let plain = first.margin.is_none() && second.margin.is_none();
    // "2 and 3 million" may be two million and three; "a hundred and a million" is not.
    let same_scale = is_scaled(&first.text) || !is_scaled(&second.text) || second.text.to_lowercase().starts_with("a ");
    let span = first.span.start..second.span.end;
    let ordered = first.quantity.value() <= second.quantity.value();
    (plain && same_scale && ordered).then(|| StatedNumber {
        text: source.text(&span),
        span,
        number: first.quantity,
        most: Some(second.quantity),
    })
}

/// A per cent sign or a word like "million" is part of a number.
fn is_scaled(number: &str) -> bool {
    let scales = [
        "%", "‰", "cent", "hundred", "thousand", "million", "billion", "trillion", "dozen",
    ];
    scales.iter().any(|scale| number.to_lowercase().contains(scale))
}

impl StatedNumber {
    fn of(parsed: ParsedNumber) -> Result<StatedNumber, NotUnderstood> {
        let ParsedNumber { quantity, margin, span, text, row: _ } = parsed;
        let ends = margin.map(|margin| Ok((quantity.plus(margin.negated())?, quantity.plus(margin)?))).transpose();
        let ends = ends.map_err(|fault: quantity::QuantityFault| NotUnderstood {
            span: span.clone(),
            message: format!("`{text}` {}", fault.message()),
            help: None,
        })?;
        let (number, most) = ends.map_or((quantity, None), |(least, most)| (least, Some(most)));
        Ok(StatedNumber { span, text, number, most })
    }
}

#[cfg(test)]
mod tests;
