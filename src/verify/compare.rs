//! Compares what a claim states with what the lesson's program computed.
//!
//! In: the numbers of the text and of the value. Out: whether they agree, by which tolerance, and each difference.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::margin;
use crate::Number;
use crate::claim_text::{Layout, Quantity, Relation, Stated, StatedNumber, StatedPart};
use crate::problem::count;

/// Largest relative difference of floating-point numbers that count as equal.
pub(super) const RELATIVE: f64 = 1e-9;
/// Largest absolute difference of floating-point numbers that count as equal, where 0 is stated.
pub(super) const ABSOLUTE: f64 = 1e-12;

/// How a claim turned out.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The parts of the text that are compared with the value, in its order; at least one where there are no formulas.
    pub(crate) parts: Vec<ComparedPart>,
    /// The parts of the text that are names of the value.
    pub(crate) names: Vec<String>,
    /// The relations of formulas that were checked.
    pub(crate) formulas: Vec<ComparedFormula>,
    /// At how many points of its range the claim was looked at, if it has one.
    pub(crate) points: Option<usize>,
    /// What was computed, in row-major order, with as many digits as tell each from every other number.
    pub(crate) computed: Vec<String>,
    /// How far it is from being wrong, in decimal digits, where they can say it.
    pub(crate) digits: Option<f64>,
}

/// How a part of the text turned out.
#[derive(Clone, Debug)]
pub(crate) struct ComparedPart {
    /// How the value was to relate to the numbers.
    pub(crate) relation: Relation,
    /// The numbers as the text has them, in its order.
    pub(crate) stated: Vec<String>,
    /// The same in digits, an interval by both ends; none where they are text.
    pub(crate) values: Vec<String>,
    pub(crate) tolerance: Tolerance,
    pub(crate) outcome: Agreement,
    /// The formula that the numbers are compared with, as LaTeX, instead of the value.
    pub(crate) formula: Option<String>,
    /// How far it is from being wrong, in decimal digits, where they can say it.
    digits: Option<f64>,
}

/// A relation of a claim's text that was checked, at least one side of which is a formula.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ComparedFormula {
    /// The formula, as LaTeX.
    pub(crate) latex: String,
    /// How the other side was to relate to it, and that as LaTeX; nothing where it is the value.
    pub(crate) relation: Relation,
    pub(crate) other: Option<String>,
    pub(crate) precision: Precision,
    /// How near an inequality was to being wrong.
    pub(crate) margin: Option<Margin>,
    /// How far it is from being wrong, in decimal digits, where they can say it.
    pub(crate) digits: Option<f64>,
}

/// How two sides of a relation were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Precision {
    /// As integers, or by an inequality that allows no rounding error.
    Exact,
    /// Up to rounding error.
    Rounding,
}

/// The smallest distance of an inequality's sides, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Margin {
    pub(crate) distance: f64,
    /// The point, where there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

/// What difference is let pass.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Tolerance {
    /// None: integers, text, inequalities.
    None,
    /// Rounding error.
    Rounding {
        /// |value − stated| / |stated|.
        relative: f64,
        /// |value − stated|, where 0 is stated.
        absolute: f64,
    },
    /// Half a unit of the last digit written, which may differ from number to number.
    LastDigit { least: f64, most: f64 },
    /// Half a unit of the last digit of numbers that have none, as 9/11.
    NoDigit,
}

/// Whether a claim holds.
#[derive(Clone, Debug)]
pub(crate) enum Agreement {
    Holds,
    /// The text has another count of numbers than the value.
    Counts,
    /// The text is other words than the value.
    Words,
    /// These numbers do not agree; at least one.
    Differs(Vec<Difference>),
}

/// A number of the text that does not agree with the value's.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Where the number stands, in bytes of the document.
    pub(crate) span: Range<usize>,
    pub(crate) stated: String,
    /// What was computed, with as many digits as tell it from every other number.
    pub(crate) computed: String,
    pub(crate) fault: Mismatch,
    /// |value − stated|, if finite.
    pub(crate) absolute: Option<f64>,
    /// |value − stated| / |stated|, if finite.
    pub(crate) relative: Option<f64>,
}

/// Why a number and a value do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Relation,
    /// The value is an integer and the number is not written as one.
    NotAnInteger,
    /// The text says ≈, and the number has no last digit that would say how near.
    NoLastDigit,
    /// The value is text, and the relation is not equality with it.
    Text,
}

impl Comparison {
    pub(crate) fn holds(&self) -> bool {
        self.parts.iter().all(ComparedPart::holds)
    }

    /// Where the numbers that differ stand among several, in bytes of the document.
    pub(crate) fn differing(&self) -> Option<Range<usize>> {
        let stated: usize = self.parts.iter().map(|part| part.stated.len()).sum();
        let differences = self.parts.iter().flat_map(|part| match &part.outcome {
            Agreement::Differs(differences) => differences.as_slice(),
            _ => &[],
        });
        let spans: Vec<_> = differences.map(|difference| &difference.span).collect();
        let (first, last) = (spans.first()?, spans.last()?);
        (stated > 1).then_some(first.start..last.end)
    }

    /// What difference was let pass where the text and the value do not agree.
    pub(crate) fn missed(&self) -> Vec<Tolerance> {
        let missed = self.parts.iter().filter(|part| !part.holds()).map(|part| part.tolerance);
        let mut missed: Vec<Tolerance> = missed.filter(|tolerance| *tolerance != Tolerance::None).collect();
        missed.dedup();
        missed
    }
}

impl ComparedPart {
    fn holds(&self) -> bool {
        matches!(self.outcome, Agreement::Holds)
    }
}

/// Compares each part of the text number by number. There must be as many in it as in the value.
#[cfg(test)]
pub(super) fn compare(stated: &Stated, computed: &[Number]) -> Comparison {
    compare_with(stated, computed, |_| None)
}

/// The same, where parts may be said of a formula with these numbers instead of the value.
pub(super) fn compare_with<'a>(
    stated: &Stated,
    computed: &[Number],
    said_of: impl Fn(usize) -> Option<(&'a str, &'a [Number])>,
) -> Comparison {
    let part = |part: &StatedPart| match part.of.and_then(&said_of) {
        Some((formula, numbers)) => ComparedPart {
            formula: Some(formula.to_owned()),
            ..compare_part(part, numbers)
        },
        None => compare_part(part, computed),
    };
    let parts: Vec<ComparedPart> = stated.parts.iter().map(part).collect();
    Comparison {
        digits: margin::least(parts.iter().map(|part| part.digits)),
        parts,
        names: stated.names.clone(),
        formulas: Vec::new(),
        points: None,
        computed: computed.iter().map(Number::digits).collect(),
    }
}

/// Whether numbers are what a part of the text says.
pub(super) fn part_holds(part: &StatedPart, numbers: &[Number]) -> bool {
    compare_part(part, numbers).holds()
}

fn compare_part(part: &StatedPart, computed: &[Number]) -> ComparedPart {
    let (relation, numbers) = match &part.range {
        Some(range) if computed.len() == 1 => (Relation::Within, std::slice::from_ref(range)),
        _ => (part.relation, part.numbers.as_slice()),
    };
    let differences = || -> Vec<Difference> {
        let pairs = numbers.iter().zip(computed);
        pairs.filter_map(|(number, value)| difference(relation, number, value)).collect()
    };
    let outcome = if numbers.len() == computed.len() {
        match differences() {
            differences if differences.is_empty() => Agreement::Holds,
            differences => Agreement::Differs(differences),
        }
    } else {
        Agreement::Counts
    };
    let ends = numbers.iter().flat_map(|stated| std::iter::once(&stated.number).chain(&stated.most));
    let is_text = computed.iter().any(|value| float(value).is_none());
    ComparedPart {
        relation,
        stated: numbers.iter().map(|number| number.text.clone()).collect(),
        values: if is_text {
            Vec::new()
        } else {
            ends.map(|end| shortest(end.value())).collect()
        },
        tolerance: tolerance(relation, numbers, computed),
        outcome,
        formula: None,
        digits: margin::least(numbers.iter().zip(computed).map(|(stated, value)| digits(relation, stated, value))),
    }
}

/// What the text and a value with such rows have of rows, where they disagree on it; a value without rows may be laid out in any way.
pub(super) fn laid_out_otherwise(layout: &Layout, value: &[u32]) -> Option<String> {
    let value: Vec<usize> = value.iter().map(|row| *row as usize).collect();
    let is_nested = |rows: &[usize]| rows.len() > 1 && rows.iter().any(|row| *row > 1);
    // Behind how many numbers a row ends.
    let ends = |rows: &[usize]| -> Vec<usize> {
        let ends = rows.iter().scan(0, |sum, row| {
            *sum += row;
            Some(*sum)
        });
        ends.collect()
    };
    let is_other = if value.is_empty() || !(is_nested(&layout.rows) || layout.is_matrix && is_nested(&value)) {
        false
    } else if layout.is_matrix || value.len() == 1 {
        layout.rows != value
    } else {
        let its = ends(&value);
        ends(&layout.rows).iter().any(|end| !its.contains(end))
    };
    let is_whole = layout.rows.iter().sum::<usize>() == value.iter().sum::<usize>();
    (is_other && is_whole).then(|| format!("the text has {}, the value {}", rows(&layout.rows), rows(&value)))
}

/// "2 rows of 3 numbers"
fn rows(rows: &[usize]) -> String {
    match rows {
        [first, rest @ ..] if rest.iter().all(|row| row == first) => {
            format!("{} of {}", count(rows.len(), "row"), count(*first, "number"))
        }
        _ => format!("rows of {} numbers", rows.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Compares a claim's whole text, as the reader sees it, with a value that is text; space around either does not count, nor
/// whether quotes are curly.
pub(super) fn compare_text(stated: &str, computed: &str) -> Comparison {
    let (stated, computed) = (stated.trim(), computed.trim());
    let part = ComparedPart {
        relation: Relation::Equal,
        stated: vec![stated.to_owned()],
        values: Vec::new(),
        tolerance: Tolerance::None,
        outcome: if straight(stated) == straight(computed) {
            Agreement::Holds
        } else {
            Agreement::Words
        },
        formula: None,
        digits: None,
    };
    Comparison {
        parts: vec![part],
        names: Vec::new(),
        formulas: Vec::new(),
        points: None,
        computed: vec![computed.to_owned()],
        digits: None,
    }
}

/// The cases of a value, each with its name.
pub(super) type Cases<'a> = Vec<(Option<&'a str>, &'a [Number])>;

/// The cases of a value; one without a name where there are none.
pub(super) fn cases(numbers: &[Number]) -> Cases<'_> {
    let begins = |number: &Number| matches!(number, Number::Case(_));
    let parts = numbers.chunk_by(|_, next| !begins(next)).map(|part| match part {
        [Number::Case(name), numbers @ ..] => (Some(name.as_str()), numbers),
        numbers => (None, numbers),
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { vec![(None, numbers)] } else { parts }
}

/// Text with straight quotes.
fn straight(text: &str) -> String {
    text.replace(['‘', '’'], "'").replace(['“', '”'], "\"")
}

impl Number {
    /// With as many digits as tell it from every other number.
    pub(super) fn digits(&self) -> String {
        match self {
            Number::Integer(value) => value.to_string(),
            Number::Float(value) => shortest(*value),
            Number::Text(text) | Number::Case(text) => text.clone(),
        }
    }
}

fn difference(relation: Relation, stated: &StatedNumber, computed: &Number) -> Option<Difference> {
    let fault = fault(relation, stated, computed)?;
    let absolute = distance(stated, computed).filter(|distance| distance.is_finite());
    Some(Difference {
        span: stated.span.clone(),
        stated: stated.text.clone(),
        computed: match computed {
            Number::Text(text) => format!("{text:?}"),
            number => number.digits(),
        },
        fault,
        absolute,
        relative: absolute.map(|it| it / stated.number.value().abs()).filter(|relative| relative.is_finite()),
    })
}

fn fault(relation: Relation, stated: &StatedNumber, computed: &Number) -> Option<Mismatch> {
    // The numbers of cases are compared one case after the other.
    if let Number::Case(_) = computed {
        return Some(Mismatch::Text);
    }
    if let Number::Text(text) = computed {
        return (relation != Relation::Equal || stated.text.trim() != text.trim()).then_some(Mismatch::Text);
    }
    let number = &stated.number;
    let order = order(number, computed);
    let holds = match relation {
        Relation::Equal => match computed {
            Number::Integer(_) if number.integer().is_none() => return Some(Mismatch::NotAnInteger),
            Number::Integer(_) => order == Some(Ordering::Equal),
            value => equals(number, float(value)?),
        },
        Relation::About => match number.half_unit() {
            None => return Some(Mismatch::NoLastDigit),
            Some(_) => number.is_rounded(&exact(computed)),
        },
        Relation::Less => order == Some(Ordering::Less),
        Relation::AtMost => order.is_some_and(Ordering::is_le),
        Relation::Greater => order == Some(Ordering::Greater),
        Relation::AtLeast => order.is_some_and(Ordering::is_ge),
        Relation::Within => {
            let below = self::order(stated.most.as_ref().unwrap_or(number), computed);
            order.is_some_and(Ordering::is_ge) && below.is_some_and(Ordering::is_le)
        }
    };
    (!holds).then_some(Mismatch::Relation)
}

/// How far a number that agrees with the value is from not doing so, in decimal digits.
fn digits(relation: Relation, stated: &StatedNumber, computed: &Number) -> Option<f64> {
    let (value, number) = (float(computed)?, &stated.number);
    let (one, distance) = (number.value(), (value - number.value()).abs());
    match relation {
        Relation::Equal if matches!(computed, Number::Integer(_)) => None,
        Relation::Equal => {
            let rounding = if one == 0.0 { ABSOLUTE } else { RELATIVE * one.abs() };
            margin::between(number.half_unit().map_or(rounding, |half| half.min(rounding)), distance)
        }
        Relation::About => margin::between(number.half_unit()?, distance),
        Relation::Within => {
            let most = stated.most.as_ref().unwrap_or(number).value();
            margin::between((most - one) / 2.0, (value - f64::midpoint(one, most)).abs())
        }
        Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast => margin::ratio(value, one),
    }
}

/// Equal up to rounding error, and to the last digit written; large integers may end in zeros, as a program prints them.
fn equals(number: &Quantity, value: f64) -> bool {
    let tolerance = if number.value() == 0.0 { ABSOLUTE } else { RELATIVE * number.value().abs() };
    let near = value == number.value() || tolerance.is_finite() && (value - number.value()).abs() <= tolerance;
    let rounded = || number.is_rounded(&exact(&Number::Float(value))) || number.is_printed(&shortest(value));
    near && (number.half_unit().is_none() || rounded())
}

/// A value with all its decimal digits.
fn exact(value: &Number) -> String {
    match value {
        Number::Integer(value) => value.to_string(),
        // No float has more decimals.
        Number::Float(value) => format!("{value:.1074}"),
        Number::Text(text) | Number::Case(text) => text.clone(),
    }
}

/// How the value stands to the number: exactly for an integer, `None` for what is not a number.
fn order(number: &Quantity, computed: &Number) -> Option<Ordering> {
    let value = match computed {
        Number::Integer(value) => return number.order_of(*value),
        other => float(other)?,
    };
    let order = value.partial_cmp(&number.value());
    // Neighbours of a large float, read as one, are the same float.
    let is_rounded = order == Some(Ordering::Equal) && number.integer().is_some();
    if is_rounded && value.abs() < 2_f64.powi(127) && !number.is_printed(&shortest(value)) {
        return number.order_of(value as i128);
    }
    order
}

/// From the value to the number, or to the nearest end of an interval.
pub(super) fn distance(stated: &StatedNumber, computed: &Number) -> Option<f64> {
    let distance = |number: &Quantity| match (computed, number.integer()) {
        (Number::Integer(value), Some(integer)) => Some(value.abs_diff(integer) as f64),
        _ => Some((float(computed)? - number.value()).abs()),
    };
    let least = distance(&stated.number)?;
    stated.most.as_ref().map_or(Some(least), |most| Some(least.min(distance(most)?)))
}

fn float(computed: &Number) -> Option<f64> {
    match computed {
        Number::Integer(value) => Some(*value as f64),
        Number::Float(value) => Some(*value),
        Number::Text(_) | Number::Case(_) => None,
    }
}

fn tolerance(relation: Relation, stated: &[StatedNumber], computed: &[Number]) -> Tolerance {
    let floats = computed.iter().any(|value| matches!(value, Number::Float(_)));
    let units: Vec<f64> = stated.iter().filter_map(|stated| stated.number.half_unit()).collect();
    let last_digit = Tolerance::LastDigit {
        least: units.iter().copied().fold(f64::INFINITY, f64::min),
        most: units.iter().copied().fold(0.0, f64::max),
    };
    let is_finer = |stated: &StatedNumber| {
        let half_unit = stated.number.half_unit();
        half_unit.is_some_and(|half_unit| half_unit < RELATIVE * stated.number.value().abs())
    };
    match relation {
        Relation::Equal if floats && stated.iter().all(is_finer) => last_digit,
        Relation::Equal if floats => Tolerance::Rounding { relative: RELATIVE, absolute: ABSOLUTE },
        Relation::About if units.is_empty() => Tolerance::NoDigit,
        Relation::About => last_digit,
        _ => Tolerance::None,
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Tolerance::None => f.write_str("none"),
            Tolerance::Rounding { relative, absolute } => {
                write!(f, "relative {}, or absolute {} where 0 is stated", shortest(relative), shortest(absolute))
            }
            Tolerance::NoDigit => f.write_str("half a unit of the last digit"),
            Tolerance::LastDigit { least, most } if least < most => {
                write!(f, "half a unit of the last digit, {} to {}", shortest(least), shortest(most))
            }
            Tolerance::LastDigit { least, .. } => write!(f, "half a unit of the last digit, {}", shortest(least)),
        }
    }
}

/// The shortest digits that tell a number from every other one.
pub(super) fn shortest(value: f64) -> String {
    let digits = format!("{value:?}");
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}

/// Three digits, enough to see how far apart two numbers are.
pub(super) fn rounded(value: f64) -> String {
    format!("{value:.2e}").parse().map_or_else(|_| shortest(value), shortest)
}

/// How many numbers a sentence lists before it only counts the rest.
const LISTED: usize = 8;

impl fmt::Display for Comparison {
    /// One sentence; for several differences a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missed = self.parts.iter().filter(|part| !part.holds());
        for (line, part) in missed.enumerate() {
            if line > 0 {
                writeln!(f)?;
            }
            part.write(f, &self.computed)?;
        }
        Ok(())
    }
}

impl ComparedPart {
    fn write(&self, f: &mut fmt::Formatter<'_>, computed: &[String]) -> fmt::Result {
        match &self.outcome {
            Agreement::Holds => Ok(()),
            Agreement::Counts => {
                let stated = &self.stated;
                let listed = stated[..stated.len().min(LISTED)].join(", ");
                let more = if stated.len() > LISTED { ", …" } else { "" };
                let computed = computed.len();
                write!(f, "the text has {} ({listed}{more}), the value has {computed}", count(stated.len(), "number"))
            }
            Agreement::Words => write!(f, "the text says {:?}, the value is {:?}", self.stated[0], computed[0]),
            Agreement::Differs(differences) => {
                for (line, difference) in differences.iter().take(LISTED).enumerate() {
                    if line > 0 {
                        writeln!(f)?;
                    }
                    difference.write(f, self.relation, self.formula.as_deref())?;
                }
                match differences.len().saturating_sub(LISTED) {
                    0 => Ok(()),
                    rest => write!(f, "\nand {rest} more"),
                }
            }
        }
    }
}

impl Difference {
    fn write(&self, f: &mut fmt::Formatter<'_>, relation: Relation, formula: Option<&str>) -> fmt::Result {
        let sign = match relation {
            Relation::Equal | Relation::Within => String::new(),
            sign => format!("{sign} "),
        };
        let subject = formula.map_or_else(|| "the value".to_owned(), |latex| format!("`{latex}`"));
        write!(f, "the text says {sign}{}, {subject} is {}", self.stated, self.computed)?;
        match self.fault {
            Mismatch::Relation => {}
            Mismatch::NotAnInteger => return f.write_str(", an integer; write it as an integer, or claim it with ≈"),
            Mismatch::NoLastDigit => return f.write_str("; ≈ needs decimal digits that say how near, or else write ="),
            Mismatch::Text => return f.write_str(", which is text"),
        }
        match (self.absolute, self.relative) {
            (None, _) => Ok(()),
            (Some(0.0), _) => Ok(()),
            (Some(absolute), Some(relative)) if relative < 0.01 => {
                write!(f, "; they differ by {} (relative {})", rounded(absolute), rounded(relative))
            }
            (Some(absolute), _) => write!(f, "; they differ by {}", rounded(absolute)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Number::{Float, Integer};
    use crate::claim_text::read;
    use crate::read::ClaimPiece;

    fn compared(text: &str, computed: &[Number]) -> Comparison {
        let pieces = [ClaimPiece {
            math: false,
            text: text.to_owned(),
            start: 0,
        }];
        compare(&read(&pieces).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}")), computed)
    }

    #[track_caller]
    fn assert_holds(text: &str, computed: &[Number]) {
        let comparison = compared(text, computed);
        assert!(comparison.holds(), "{comparison}");
    }

    #[track_caller]
    fn assert_fails(text: &str, computed: &[Number], message: &str) {
        let comparison = compared(text, computed);
        assert!(!comparison.holds(), "{text}");
        assert_eq!(comparison.to_string(), message);
    }

    #[test]
    fn equal_floats() {
        assert_holds("0.3", &[Float(0.1 + 0.2)]);
        assert_holds("1e6", &[Float(1e6 + 0.9e-3)]);
        assert_holds("0", &[Float(0.9e-12)]);
        assert_holds("9/11", &[Float(9.0 / 11.0)]);
        assert_holds("20", &[Float(20.0)]);
        assert_holds("∞", &[Float(f64::INFINITY)]);
        // A tie that rounds to the even digit, and is printed with the other one.
        assert_holds("1896539707993425.3", &[Float(1896539707993425.3)]);
        assert_holds("83112790389977.13", &[Float(83112790389977.13)]);
        assert_holds("-1896539707993425.3", &[Float(-1896539707993425.3)]);
        assert!(!compared("1896539707993425.4", &[Float(1896539707993425.3)]).holds());
        assert!(!compared("1896539707993425.30", &[Float(1896539707993425.3)]).holds());
        assert_fails("20", &[Float(21.0)], "the text says 20, the value is 21; they differ by 1");
        assert_fails(
            "1e6",
            &[Float(1e6 + 1.1e-3)],
            "the text says 1e6, the value is 1000000.0011; they differ by 0.0011 (relative 1.1e-9)",
        );
        assert_fails("0", &[Float(1.1e-12)], "the text says 0, the value is 1.1e-12; they differ by 1.1e-12");
        assert_fails("∞", &[Float(1e308)], "the text says ∞, the value is 1e308");
        assert_fails("∞", &[Float(f64::NEG_INFINITY)], "the text says ∞, the value is -inf");
        assert_fails("1e308", &[Float(f64::INFINITY)], "the text says 1e308, the value is inf");
        assert_fails("0", &[Float(f64::NAN)], "the text says 0, the value is NaN");
    }

    #[test]
    fn only_zero_has_an_absolute_tolerance() {
        assert_holds("2.2×10⁻¹⁶", &[Float(2.2e-16 * (1.0 + 0.9e-9))]);
        assert_holds("0.0, 1e-10", &[Float(-0.9e-12), Float(1e-10)]);
        for value in [0.0, 9e-13, 2.2e-16 * (1.0 + 1.1e-9), -2.2e-16] {
            assert!(!compared("2.2×10⁻¹⁶", &[Float(value)]).holds(), "{value}");
        }
        assert_fails(
            "0.0, 1e-10",
            &[Float(0.0), Float(1.001e-10)],
            "the text says 1e-10, the value is 1.001e-10; they differ by 1e-13 (relative 0.001)",
        );
    }

    #[test]
    fn equal_integers_are_exact() {
        assert_holds("1,797", &[Integer(1797)]);
        assert_holds("9007199254740993", &[Integer(9_007_199_254_740_993)]);
        assert_fails(
            "9007199254740993",
            &[Integer(9_007_199_254_740_992)],
            "the text says 9007199254740993, the value is 9007199254740992; they differ by 1 (relative 1.11e-16)",
        );
        assert_fails(
            "2.0",
            &[Integer(2)],
            "the text says 2.0, the value is 2, an integer; write it as an integer, or claim it with ≈",
        );
    }

    #[test]
    fn about_is_half_a_unit_of_the_last_digit() {
        assert_holds("about 0.82", &[Float(9.0 / 11.0)]);
        assert_holds("≈ 0.12", &[Float(0.125)]);
        assert_holds("≈ 1.005", &[Float(1.005)]);
        assert_holds("≈ ten", &[Float(10.4)]);
        assert_holds("≈ 12 %", &[Float(0.1249)]);
        assert_holds("≈ 2.5×10⁻³", &[Float(0.00254)]);
        assert_holds("≈ 20", &[Integer(20)]);
        assert_fails(
            "≈ 0.82",
            &[Float(0.8251)],
            "the text says ≈ 0.82, the value is 0.8251; they differ by 0.0051 (relative 0.00622)",
        );
        assert_fails("≈ 12 %", &[Float(0.1251)], "the text says ≈ 12 %, the value is 0.1251; they differ by 0.0051");
        assert_fails(
            "≈ 1152921504606846976",
            &[Integer(1_152_921_504_606_846_977)],
            "the text says ≈ 1152921504606846976, the value is 1152921504606846977; they differ by 1 (relative 8.67e-19)",
        );
        assert_fails("≈ 20", &[Float(f64::NAN)], "the text says ≈ 20, the value is NaN");
        assert_fails(
            "≈ 9/11",
            &[Float(9.0 / 11.0)],
            "the text says ≈ 9/11, the value is 0.8181818181818182; ≈ needs decimal digits that say how near, or else write =",
        );
    }

    #[test]
    fn a_tie_goes_to_the_even_digit() {
        for (text, value, holds) in [
            ("≈ 0.12", 0.125, true),
            ("≈ 0.13", 0.125, false),
            ("≈ 0.37", 0.375, false),
            ("≈ 0.38", 0.375, true),
            ("≈ -0.38", -0.375, true),
            ("≈ 2", 2.5, true),
            ("≈ 3", 2.5, false),
            ("≈ 2 million", 2.5e6, true),
            ("≈ 3 million", 2.5e6, false),
            ("= 4294967296", 4_294_967_296.5, true),
            ("= 4294967297", 4_294_967_296.5, false),
        ] {
            assert_eq!(compared(text, &[Float(value)]).holds(), holds, "{text} and {value}");
        }
        assert!(compared("≈ 2 million", &[Integer(2_500_000)]).holds());
        assert!(!compared("≈ 3 million", &[Integer(2_500_000)]).holds());
    }

    #[test]
    fn an_equal_number_agrees_in_each_digit_written() {
        assert_holds("1,371,195,958,099,968,000", &[Float(1.371195958099968e18)]);
        assert_holds("12345678901234568000000", &[Float(1.234_567_890_123_456_8e22)]);
        for (text, value) in [
            ("9.999999999", 9.999_999_998),
            ("3.14159265358979", 3.141_592_653_589_80),
            ("12345678901234568000001", 1.234_567_890_123_456_8e22),
            ("0.30000000000000000", 0.1 + 0.2),
            ("0.000000000000000", 9e-13),
        ] {
            assert!(!compared(text, &[Float(value)]).holds(), "{text} and {value}");
        }
        let tolerance = compared("3.14159265358979", &[Float(1.0)]).parts[0].tolerance.to_string();
        assert_eq!(tolerance, "half a unit of the last digit, 5e-15");
    }

    #[test]
    fn intervals_hold_their_ends() {
        for (text, within, outside) in [
            ("between 2 and 3", vec![2.0, 2.5, 3.0], vec![1.999, 3.001, f64::NAN]),
            ("2.5 ± 0.1", vec![2.4, 2.5, 2.6], vec![2.399, 2.601]),
            ("from 2 to 3", vec![2.0, 3.0], vec![1.9, 3.1]),
        ] {
            within.iter().for_each(|value| assert_holds(text, &[Float(*value)]));
            outside
                .iter()
                .for_each(|value| assert!(!compared(text, &[Float(*value)]).holds(), "{text}: {value}"));
        }
        assert_holds("from 2 to 3", &[Integer(2), Integer(3)]);
        let message = "the text says between 2 and 3, the value is 3.5; they differ by 0.5";
        assert_fails("between 2 and 3", &[Float(3.5)], message);
        let both =
            "the text says 10, the value is 12; they differ by 2\nthe text says 5, the value is 12; they differ by 7";
        assert_fails("10 = 5 = 12", &[Integer(12)], both);
        assert_fails("$0 < x ≤ 3$", &[Float(-1.0)], "the text says > 0, the value is -1; they differ by 1");
    }

    #[test]
    fn inequalities_mean_just_that() {
        assert_holds("< 3", &[Float(2.999_999_999_999)]);
        assert_holds("≤ 3", &[Float(3.0)]);
        assert_holds("> 3.5", &[Integer(4)]);
        assert_holds("≥ 3", &[Integer(3)]);
        assert_holds("< ∞", &[Float(f64::MAX)]);
        assert_holds("> 0, 1", &[Float(0.5), Float(1.5)]);
        assert_fails("< 3", &[Float(3.0)], "the text says < 3, the value is 3");
        assert_fails("at most 3", &[Float(3.5)], "the text says ≤ 3, the value is 3.5; they differ by 0.5");
        assert_fails("≥ 3", &[Float(f64::NAN)], "the text says ≥ 3, the value is NaN");
        // A float between an integer and the number would say that they are equal.
        assert_holds("< 9007199254740993.5", &[Integer(9_007_199_254_740_993)]);
        for (text, value) in [
            ("≤ 9007199254740992.5", Integer(9_007_199_254_740_993)),
            ("≥ 9007199254740993.5", Integer(9_007_199_254_740_993)),
            ("≥ -9007199254740992.5", Integer(-9_007_199_254_740_993)),
            ("between 9007199254740993.5 and 1e17", Integer(9_007_199_254_740_993)),
            ("≤ 18014398509481985/2", Integer(9_007_199_254_740_993)),
            ("≥ 1e-60", Integer(0)),
            ("≤ -1e-60", Integer(0)),
            ("≥ 9007199254740993", Float(9_007_199_254_740_992.0)),
        ] {
            assert!(!compared(text, std::slice::from_ref(&value)).holds(), "{text} and {value:?}");
        }
        assert_holds("≤ 1e40", &[Integer(i128::MAX)]);
        assert_holds("≥ -1e40", &[Integer(i128::MIN)]);
        assert_fails(
            "> 9007199254740992",
            &[Integer(9_007_199_254_740_992)],
            "the text says > 9007199254740992, the value is 9007199254740992",
        );
    }

    #[test]
    fn counts_must_agree() {
        assert_fails("20", &[Float(20.0), Float(20.0)], "the text has 1 number (20), the value has 2");
        assert_fails("20, 2", &[Float(20.0)], "the text has 2 numbers (20, 2), the value has 1");
        assert_fails("20", &[], "the text has 1 number (20), the value has 0");
        let many = (1..=9).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        assert_fails(&many, &[], "the text has 9 numbers (1, 2, 3, 4, 5, 6, 7, 8, …), the value has 0");
    }

    #[test]
    fn each_difference_is_reported() {
        let comparison = compared("(20, 2, 7)", &[Float(21.0), Float(2.0), Float(7.5)]);
        let message = "the text says 20, the value is 21; they differ by 1\nthe text says 7, the value is 7.5; they differ by 0.5";
        assert_eq!(comparison.to_string(), message);
        let Agreement::Differs(differences) = &comparison.parts[0].outcome else {
            panic!("{comparison}")
        };
        let places: Vec<_> = differences.iter().map(|found| found.span.clone()).collect();
        assert_eq!(places, [1..3, 8..9]);
        assert_eq!((differences[0].absolute, differences[0].relative), (Some(1.0), Some(0.05)));
        let ten = vec![Float(0.5); 10];
        let lines = compared("1, 2, 3, 4, 5, 6, 7, 8, 9, 10", &ten).to_string();
        assert!(lines.ends_with("\nand 2 more") && lines.lines().count() == 9, "{lines}");
    }

    #[test]
    fn text_is_compared_as_text() {
        assert!(compare_text(" converged ", "converged\n").holds());
        let message = "the text says \"saddle\", the value is \"minimum\"";
        assert_eq!(compare_text("saddle", "minimum").to_string(), message);
        assert_holds("20, 1e3", &[Number::Text("20".into()), Number::Text("1e3".into())]);
        assert_fails("20", &[Number::Text("20.0".into())], "the text says 20, the value is \"20.0\", which is text");
        assert_fails("≈ 20", &[Number::Text("20".into())], "the text says ≈ 20, the value is \"20\", which is text");
    }

    #[test]
    fn the_tolerance_in_words() {
        for (text, computed, tolerance) in [
            ("20", Float(20.0), "relative 1e-9, or absolute 1e-12 where 0 is stated"),
            ("20", Integer(20), "none"),
            ("≈ 0.82", Float(0.82), "half a unit of the last digit, 0.005"),
            ("≈ 0.82, 1.5 and 2", Float(0.82), "half a unit of the last digit, 0.005 to 0.5"),
            ("< 3", Float(2.0), "none"),
        ] {
            assert_eq!(compared(text, &[computed]).parts[0].tolerance.to_string(), tolerance, "{text}");
        }
    }

    #[test]
    fn a_comparison_has_the_numbers_of_both_sides() {
        let comparison = compared("about (0.5, 1e3)", &[Float(0.503), Integer(1000)]);
        assert_eq!(comparison.parts[0].stated, ["0.5", "1e3"]);
        assert_eq!(comparison.computed, ["0.503", "1000"]);
        let json = serde_json::to_value(comparison.parts[0].tolerance).expect("plain data");
        let expected = serde_json::json!({ "kind": "last-digit", "least": 0.05, "most": 500.0 });
        assert_eq!(json, expected);
    }

    /// A decimal number with its last digit one higher and one lower.
    fn neighbours(decimal: &str) -> [String; 2] {
        let digits: i128 = decimal.replace('.', "").parse().unwrap();
        let decimals = decimal.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        [1, -1].map(|step| {
            let shifted = digits + step;
            let padded = format!("{:0>width$}", shifted.unsigned_abs(), width = decimals + 1);
            let (whole, fraction) = padded.split_at(padded.len() - decimals);
            let sign = if shifted < 0 { "-" } else { "" };
            format!("{sign}{whole}{}{fraction}", if decimals > 0 { "." } else { "" })
        })
    }

    proptest! {
        #[test]
        fn a_rounded_float_is_about_itself(value in -1e15..1e15, decimals in 0_usize..16) {
            let text = format!("≈ {value:.decimals$}");
            prop_assert!(compared(&text, &[Float(value)]).holds(), "{}", text);
            let text = format!("≈ {value:.decimals$e}");
            prop_assert!(compared(&text, &[Float(value)]).holds(), "{}", text);
        }

        #[test]
        fn another_last_digit_is_not_about(value in -1e9..1e9, decimals in 0_usize..8) {
            let rounded = format!("{value:.decimals$}");
            let holds = |text: &str| compared(&format!("≈ {text}"), &[Float(value)]).holds();
            prop_assert!(holds(&rounded), "{}", rounded);
            for other in neighbours(&rounded) {
                prop_assert!(!holds(&other), "{} for {}", other, value);
            }
        }

        #[test]
        fn another_last_digit_is_not_equal(digits in 1_u64..1_000_000_000_000_000, kept in 0_u32..15, exponent in -30_i32..30) {
            let exact = (digits / 10_u64.pow(kept)).max(1);
            let written = |digits: u64| format!("{digits}e{exponent}");
            let value: f64 = written(exact).parse().unwrap();
            let holds = |digits: u64| {
                let same = |text: String, value: f64| compared(&text, &[Float(value)]).holds();
                same(written(digits), value) && same(format!("-{}", written(digits)), -value)
            };
            prop_assert!(holds(exact) && !holds(exact + 1) && !holds(exact - 1), "{}", written(exact));
        }

        #[test]
        fn another_last_digit_of_many_is_not_equal(value in prop::num::f64::NORMAL, digits in 9_usize..17) {
            let text = format!("{value:.digits$e}");
            let (decimal, exponent) = text.split_once('e').unwrap();
            let holds = |decimal: &str| compared(&format!("{decimal}e{exponent}"), &[Float(value)]).holds();
            prop_assert!(holds(decimal), "{}", text);
            for other in neighbours(decimal) {
                prop_assert!(!holds(&other), "{}e{} for {}", other, exponent, value);
            }
        }

        #[test]
        fn printed_floats_are_equal_and_neither_less_nor_greater(value in prop::num::f64::NORMAL) {
            let holds = |text: String| compared(&text, &[Float(value)]).holds();
            let (equal, less, greater) = (format!("= {value}"), format!("< {value}"), format!("> {value}"));
            prop_assert!(holds(equal) && !holds(less) && !holds(greater));
        }
    }
}
