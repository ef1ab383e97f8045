//! Compares what a claim states with what the lesson's program computed.
//!
//! In: the numbers of the text and of the value. Out: whether they agree, by which tolerance, and each difference.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use super::claim_text::{Relation, Stated, StatedNumber};
use crate::Number;
use crate::problem::count;

/// Largest relative difference of floating-point numbers that count as equal.
const RELATIVE: f64 = 1e-9;
/// Largest absolute difference of floating-point numbers that count as equal, where 0 is stated.
const ABSOLUTE: f64 = 1e-12;

/// How a claim turned out.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// How the value was to relate to the numbers.
    pub(crate) relation: Relation,
    /// The numbers as the text has them, in its order.
    pub(crate) stated: Vec<String>,
    /// What was computed, in row-major order, with as many digits as tell each from every other number.
    pub(crate) computed: Vec<String>,
    pub(crate) tolerance: Tolerance,
    pub(crate) outcome: Agreement,
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
        matches!(self.outcome, Agreement::Holds)
    }

    /// Where the numbers that differ stand among several, in bytes of the document.
    pub(crate) fn differing(&self) -> Option<Range<usize>> {
        match &self.outcome {
            Agreement::Differs(all) if self.stated.len() > 1 => Some(all.first()?.span.start..all.last()?.span.end),
            _ => None,
        }
    }
}

/// Compares number by number. There must be as many in the text as in the value.
pub(super) fn compare(stated: &Stated, computed: &[Number]) -> Comparison {
    let differences = || {
        let pairs = stated.numbers.iter().zip(computed);
        pairs.filter_map(|(number, value)| difference(stated.relation, number, value)).collect()
    };
    let outcome = if stated.numbers.len() == computed.len() {
        match differences() {
            differences if Vec::is_empty(&differences) => Agreement::Holds,
            differences => Agreement::Differs(differences),
        }
    } else {
        Agreement::Counts
    };
    Comparison {
        relation: stated.relation,
        stated: stated.numbers.iter().map(|number| number.text.clone()).collect(),
        computed: computed.iter().map(Number::digits).collect(),
        tolerance: tolerance(stated, computed),
        outcome,
    }
}

/// Compares a claim's whole text with a value that is text; space around either does not count.
pub(super) fn compare_text(stated: &str, computed: &str) -> Comparison {
    let (stated, computed) = (stated.trim(), computed.trim());
    Comparison {
        relation: Relation::Equal,
        stated: vec![stated.to_owned()],
        computed: vec![computed.to_owned()],
        tolerance: Tolerance::None,
        outcome: if stated == computed { Agreement::Holds } else { Agreement::Words },
    }
}

impl Number {
    /// With as many digits as tell it from every other number.
    fn digits(&self) -> String {
        match self {
            Number::Integer(value) => value.to_string(),
            Number::Float(value) => shortest(*value),
            Number::Text(text) => text.clone(),
        }
    }
}

fn difference(relation: Relation, number: &StatedNumber, computed: &Number) -> Option<Difference> {
    let fault = fault(relation, number, computed)?;
    let absolute = distance(number, computed).filter(|distance| distance.is_finite());
    Some(Difference {
        span: number.span.clone(),
        stated: number.text.clone(),
        computed: match computed {
            Number::Text(text) => format!("{text:?}"),
            number => number.digits(),
        },
        fault,
        absolute,
        relative: absolute.map(|absolute| absolute / number.value.abs()).filter(|relative| relative.is_finite()),
    })
}

fn fault(relation: Relation, number: &StatedNumber, computed: &Number) -> Option<Mismatch> {
    if let Number::Text(text) = computed {
        return (relation != Relation::Equal || number.text.trim() != text.trim()).then_some(Mismatch::Text);
    }
    let order = order(number, computed);
    let holds = match relation {
        Relation::Equal => match computed {
            Number::Integer(_) if number.integer.is_none() => return Some(Mismatch::NotAnInteger),
            Number::Integer(_) => order == Some(Ordering::Equal),
            _ if order == Some(Ordering::Equal) => true,
            _ if number.value == 0.0 => within(number, computed, ABSOLUTE),
            _ => within(number, computed, RELATIVE * number.value.abs()),
        },
        Relation::About => match number.half_unit {
            None => return Some(Mismatch::NoLastDigit),
            Some(half_unit) if is_exact(number, computed) => within(number, computed, half_unit),
            // 0.125 is half a unit from 0.12 and from 0.13, yet binary fractions put it a few roundings off.
            Some(half_unit) => within(number, computed, half_unit + 4.0 * f64::EPSILON * number.value.abs()),
        },
        Relation::Less => order == Some(Ordering::Less),
        Relation::AtMost => order.is_some_and(Ordering::is_le),
        Relation::Greater => order == Some(Ordering::Greater),
        Relation::AtLeast => order.is_some_and(Ordering::is_ge),
    };
    (!holds).then_some(Mismatch::Relation)
}

/// How the value stands to the number: exactly for two integers, `None` for what is not a number.
fn order(number: &StatedNumber, computed: &Number) -> Option<Ordering> {
    match (computed, number.integer) {
        (Number::Integer(value), Some(integer)) => Some(value.cmp(&integer)),
        _ => float(computed)?.partial_cmp(&number.value),
    }
}

/// Both are integers, so their distance has no rounding error worth a tolerance.
fn is_exact(number: &StatedNumber, computed: &Number) -> bool {
    number.integer.is_some() && matches!(computed, Number::Integer(_))
}

fn within(number: &StatedNumber, computed: &Number, tolerance: f64) -> bool {
    tolerance.is_finite() && distance(number, computed).is_some_and(|distance| distance <= tolerance)
}

fn distance(number: &StatedNumber, computed: &Number) -> Option<f64> {
    match (computed, number.integer) {
        (Number::Integer(value), Some(integer)) => Some(value.abs_diff(integer) as f64),
        _ => Some((float(computed)? - number.value).abs()),
    }
}

fn float(computed: &Number) -> Option<f64> {
    match computed {
        Number::Integer(value) => Some(*value as f64),
        Number::Float(value) => Some(*value),
        Number::Text(_) => None,
    }
}

fn tolerance(stated: &Stated, computed: &[Number]) -> Tolerance {
    let floats = computed.iter().any(|value| matches!(value, Number::Float(_)));
    match stated.relation {
        Relation::Equal if floats => Tolerance::Rounding { relative: RELATIVE, absolute: ABSOLUTE },
        Relation::About => {
            let units = || stated.numbers.iter().filter_map(|number| number.half_unit);
            match units().count() {
                0 => Tolerance::NoDigit,
                _ => Tolerance::LastDigit {
                    least: units().fold(f64::INFINITY, f64::min),
                    most: units().fold(0.0, f64::max),
                },
            }
        }
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
fn shortest(value: f64) -> String {
    let digits = format!("{value:?}");
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}

/// Three digits, enough to see how far apart two numbers are.
fn rounded(value: f64) -> String {
    format!("{value:.2e}").parse().map_or_else(|_| shortest(value), shortest)
}

/// How many numbers a sentence lists before it only counts the rest.
const LISTED: usize = 8;

impl fmt::Display for Comparison {
    /// One sentence; for several differences a line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Agreement::Holds => write!(f, "the claim holds (tolerance: {})", self.tolerance),
            Agreement::Counts => {
                let stated = &self.stated;
                let listed = stated[..stated.len().min(LISTED)].join(", ");
                let more = if stated.len() > LISTED { ", …" } else { "" };
                let computed = self.computed.len();
                write!(f, "the text has {} ({listed}{more}), the value has {computed}", count(stated.len(), "number"))
            }
            Agreement::Words => write!(f, "the text says {:?}, the value is {:?}", self.stated[0], self.computed[0]),
            Agreement::Differs(differences) => {
                for (line, difference) in differences.iter().take(LISTED).enumerate() {
                    if line > 0 {
                        writeln!(f)?;
                    }
                    difference.write(f, self.relation)?;
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
    fn write(&self, f: &mut fmt::Formatter<'_>, relation: Relation) -> fmt::Result {
        let sign = if relation == Relation::Equal { String::new() } else { format!("{relation} ") };
        write!(f, "the text says {sign}{}, the value is {}", self.stated, self.computed)?;
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

    use super::super::claim_text::read;
    use super::*;
    use crate::Number::{Float, Integer};
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
        assert!(!comparison.holds());
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
        assert_holds("≈ 0.13", &[Float(0.125)]);
        assert_holds("≈ 1.005", &[Float(1.0045)]);
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
        let Agreement::Differs(differences) = comparison.outcome else {
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
            assert_eq!(compared(text, &[computed]).tolerance.to_string(), tolerance, "{text}");
        }
    }

    #[test]
    fn a_comparison_has_the_numbers_of_both_sides() {
        let comparison = compared("about (0.5, 1e3)", &[Float(0.503), Integer(1000)]);
        assert_eq!(comparison.stated, ["0.5", "1e3"]);
        assert_eq!(comparison.computed, ["0.503", "1000"]);
        let json = serde_json::to_value(comparison.tolerance).expect("plain data");
        let expected = serde_json::json!({ "kind": "last-digit", "least": 0.05, "most": 500.0 });
        assert_eq!(json, expected);
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
        fn a_unit_away_is_not_about(value in -1e6..1e6) {
            let text = format!("≈ {value:.3}");
            prop_assert!(!compared(&text, &[Float(value + 0.00101)]).holds(), "{}", text);
        }

        #[test]
        fn printed_floats_are_equal_and_neither_less_nor_greater(value in prop::num::f64::NORMAL) {
            let holds = |text: String| compared(&text, &[Float(value)]).holds();
            let (equal, less, greater) = (format!("= {value}"), format!("< {value}"), format!("> {value}"));
            prop_assert!(holds(equal) && !holds(less) && !holds(greater));
        }
    }
}
