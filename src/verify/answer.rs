//! Answers that readers type: what a page must know to tell a right number from a wrong one, without the number.
//!
//! A number is right if, rounded to a step, it is the value: `floor((number - offset) / step + 1/2)` is a whole number, and the
//! page has the hash of that of the value. The offset puts the value into the middle of its step, so that a number is right
//! just if it is at most half a step away. Who wants to find it will: the page hides the answer from a glance, no more.

use super::compare::{Comparison, Tolerance};
use crate::Number;
use crate::claim_text::{Relation, Stated};
use crate::read::Asked;

/// The largest number of steps that a browser counts exactly.
const MOST: f64 = 9_007_199_254_740_992.0;

/// What a page knows of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The exercise's label and the place among its answers, as `ex-bowl.1`; the salt of the hash.
    pub(crate) id: String,
    /// What is asked for, as HTML.
    pub(crate) name: Option<String>,
    /// Only a whole number is right.
    pub(crate) whole: bool,
    pub(crate) step: f64,
    pub(crate) offset: f64,
    /// How exact a right number must be, in words.
    pub(crate) precision: String,
    pub(crate) hash: String,
}

/// Why a claim can't be an answer, and what would help.
pub(super) type Refusal = (&'static str, &'static str);

impl Answer {
    /// The answer that a claim is which holds.
    ///
    /// # Errors
    /// It is not a single number, or not stated so that one could tell how near is right.
    pub(super) fn of(
        id: String,
        name: Option<String>,
        asked: &Asked,
        (stated, comparison): (&Stated, &Comparison),
        numbers: &[Number],
    ) -> Result<Answer, Refusal> {
        let ([number], [stated], [part]) = (numbers, stated.parts.as_slice(), comparison.parts.as_slice()) else {
            return Err(("an answer is a single number, stated once", "let a claim of its own state it"));
        };
        let value = match number {
            Number::Integer(value) => *value as f64,
            Number::Float(value) => *value,
            Number::Text(_) => return Err(("an answer is a number, and this value is text", "ask for a number")),
            Number::Case(_) => {
                return Err(("an answer is one number, and this value has cases", "ask for one of them"));
            }
        };
        // Rounding makes no other answer of it.
        let is_whole = (value - value.round()).abs() <= 1e-9 * value.abs();
        let (whole, half, precision) = match (asked.within, part.relation, part.tolerance) {
            (Some(half), Relation::Equal | Relation::About, _) => (false, half, format!("to within {half}")),
            (None, Relation::Equal, _) if is_whole => (true, 0.5, "a whole number".to_owned()),
            (None, Relation::Equal, _) => {
                let place = value.abs().log10().floor() as i32 - 2;
                (false, power_of_ten(place) / 2.0, "to three digits".to_owned())
            }
            (None, Relation::About, Tolerance::LastDigit { least: half, .. }) => {
                (false, half, format!("to within {half}"))
            }
            _ => return Err(("an answer is stated as equal to its value", "write `≈`, or the number alone")),
        };
        let step = half * 2.0;
        let steps = (value / step + 0.5).floor();
        if steps.is_nan() || steps.abs() >= MOST {
            return Err((
                "this answer has more digits than a browser counts",
                "ask for fewer, as in `\"answer ±0.01\"`",
            ));
        }
        let offset = if whole { 0.0 } else { value - steps * step };
        let answer = Answer {
            hash: hash(&id, steps),
            id,
            name,
            whole,
            step,
            offset,
            precision,
        };
        let own = stated.numbers.first().map(|stated| stated.number.value());
        if own.is_none_or(|own| !answer.accepts(own)) {
            return Err((
                "the number that this claim states is no right answer",
                "let the answer be less exact, or state more digits",
            ));
        }
        Ok(answer)
    }

    /// Whether the page calls a number right; `ways.js` has the same rule.
    fn accepts(&self, number: f64) -> bool {
        let steps = ((number - self.offset) / self.step + 0.5).floor();
        (!self.whole || number.fract() == 0.0) && hash(&self.id, steps) == self.hash
    }

    /// All that the page needs, in one text.
    pub(crate) fn facts(&self) -> String {
        let Answer { id, whole, step, offset, hash, .. } = self;
        format!("{id} {whole} {step:?} {offset:?} {hash}")
    }
}

/// Read from its text: `powi` rounds.
fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::MIN_POSITIVE)
}

/// FNV-1a in 64 bits, which is some lines in a browser too, also where a page is a file.
fn hash(salt: &str, steps: f64) -> String {
    let text = format!("{salt}:{steps:.0}").replace(":-0", ":0");
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compare;
    use super::*;
    use crate::claim_text;
    use crate::read::ClaimPiece;

    fn answer(text: &str, value: Number, within: Option<f64>) -> Result<Answer, Refusal> {
        let piece = ClaimPiece {
            math: true,
            text: text.to_owned(),
            start: 0,
        };
        let stated = claim_text::read(&[piece]).unwrap();
        let numbers = [value];
        let comparison = compare::compare(&stated, &numbers);
        assert!(comparison.holds(), "{comparison}");
        Answer::of("ex-a.1".to_owned(), None, &Asked { name: None, within }, (&stated, &comparison), &numbers)
    }

    #[test]
    fn right_numbers_are_near_the_value() {
        for (text, value, within, right, wrong) in [
            ("50", Number::Integer(50), None, vec![50.0], vec![50.1, 49.0, 51.0, -50.0]),
            ("0", Number::Float(0.0), None, vec![0.0, -0.0], vec![0.5, 1.0]),
            ("30", Number::Float(30.000000000000004), None, vec![30.0], vec![30.01, 29.0]),
            ("0.1", Number::Float(0.1), None, vec![0.1, 0.1004, 0.0996], vec![0.101, 0.1006, -0.1]),
            ("\\frac{1}{51}", Number::Float(1.0 / 51.0), None, vec![1.0 / 51.0, 0.0196], vec![0.02, 0.0197]),
            (
                "\\approx 86.86",
                Number::Float(86.8627),
                None,
                vec![86.86, 86.8627, 86.867],
                vec![86.87, 86.9, 87.0],
            ),
            ("-3", Number::Float(-3.0), Some(0.5), vec![-3.0, -3.4, -2.6], vec![-3.6, 3.0]),
            ("3486784401", Number::Float(3_486_784_401.0), None, vec![3_486_784_401.0], vec![3_486_784_400.0]),
        ] {
            let answer = answer(text, value, within).unwrap();
            for number in right {
                assert!(answer.accepts(number), "{text}: {number}");
            }
            for number in wrong {
                assert!(!answer.accepts(number), "{text}: {number}");
            }
        }
    }

    #[test]
    fn what_can_be_no_answer() {
        for (text, value, within) in [
            ("< 3", Number::Float(2.0), None),
            ("2 = 2", Number::Integer(2), None),
            ("\\approx 86.9", Number::Float(86.8627), Some(0.001)),
            ("1", Number::Float(1.0), Some(1e-20)),
        ] {
            assert!(answer(text, value, within).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_value_is_right_and_others_are_not(value in -1e6..1e6_f64, digits in 0..9_i32) {
            let half = power_of_ten(-digits) / 2.0;
            let text = format!("{value:?}");
            let answer = answer(&text, Number::Float(value), Some(half)).unwrap();
            prop_assert!(answer.accepts(value) && answer.accepts(value + half * 0.9) && answer.accepts(value - half * 0.9));
            prop_assert!(!answer.accepts(value + half * 1.1) && !answer.accepts(value - half * 1.1));
        }
    }
}
