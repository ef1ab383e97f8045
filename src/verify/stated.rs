//! What claims state, changed: the last digit of each number, with which the claim must not hold; and how far inequalities are
//! from being wrong. Nothing is run for it.

use std::ops::Range;

use super::checked::Checked;
use super::compare::{self, distance};
use super::formulas::Formulas;
use crate::Number;
use crate::claim_text::{self, Relation, Stated, StatedPart};
use crate::read::Item;
use crate::tangle::ClaimFormulas;

/// What was found of a claim's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shifted {
    /// How many last digits were changed.
    pub(crate) digits: usize,
    /// Where the claim holds all the same.
    pub(crate) unnoticed: Vec<Range<usize>>,
    /// For each inequality what it says, and its least distance from being wrong.
    pub(crate) slacks: Vec<(String, f64)>,
}

/// Changes the numbers that a claim states, which holds.
pub(crate) fn shifted(checked: &Checked<'_>, item: usize) -> Shifted {
    let Item::Claim(claim) = &checked.lesson.items[item] else {
        return Shifted::default();
    };
    if let None | Some([Number::Text(_)]) = checked.items[item].run.numbers.as_deref() {
        return Shifted::default();
    }
    let nothing = ClaimFormulas::default();
    let compiled = checked.tangled.formulas.get(&item).unwrap_or(&nothing);
    let Ok(stated) = claim_text::read_with(&claim.pieces, &compiled.spans()) else {
        // It states words.
        return Shifted::default();
    };
    let mut shifted = Shifted::default();
    for (part, number) in stated
        .parts
        .iter()
        .enumerate()
        .flat_map(|(at, part)| (0..part.numbers.len()).map(move |it| (at, it)))
    {
        let its = &stated.parts[part].numbers[number];
        if is_inequality(&stated.parts[part]) {
            continue;
        }
        for other in [its.number.stepped(true), its.number.stepped(false)].into_iter().flatten() {
            let mut otherwise = stated.clone();
            otherwise.parts[part].numbers[number].number = other;
            shifted.digits += 1;
            if holds(checked, item, &otherwise, compiled) {
                shifted.unnoticed.push(its.span.clone());
            }
        }
    }
    shifted.slacks = slacks(checked, item, &stated);
    shifted
}

/// Whether a claim holds that says this.
fn holds(checked: &Checked<'_>, item: usize, stated: &Stated, compiled: &ClaimFormulas) -> bool {
    let run = &checked.items[item].run;
    let cases = compare::cases(run.numbers.as_deref().unwrap_or_default());
    let formulas = Formulas::of(&compiled.parts, &run.formulas, &cases);
    cases.iter().enumerate().all(|(point, (_, numbers))| {
        let said_of = |formula| formulas.as_ref().and_then(|formulas| formulas.said_of(point, formula));
        compare::compare_with(stated, numbers, said_of).holds()
    })
}

/// Whether what a part says has a bound in the place of a last digit.
fn is_inequality(part: &StatedPart) -> bool {
    part.range.is_some() || !matches!(part.relation, Relation::Equal | Relation::About)
}

fn slacks(checked: &Checked<'_>, item: usize, stated: &Stated) -> Vec<(String, f64)> {
    let numbers = checked.items[item].run.numbers.as_deref().unwrap_or_default();
    let cases = compare::cases(numbers);
    let inequalities = stated.parts.iter().filter(|part| is_inequality(part) && part.of.is_none());
    let slack = |part: &StatedPart| {
        let bounds = part.range.as_ref().map_or(part.numbers.as_slice(), std::slice::from_ref);
        let pairs = cases.iter().flat_map(|(_, numbers)| bounds.iter().zip(*numbers));
        let least = pairs
            .filter_map(|(bound, value)| distance(bound, value))
            .min_by(f64::total_cmp)
            .filter(|least| least.is_finite())?;
        let says: Vec<&str> = bounds.iter().map(|bound| bound.text.trim()).collect();
        let relation = if part.range.is_some() { Relation::Within } else { part.relation };
        Some((format!("{relation} {}", says.join(", ")), least))
    };
    inequalities.filter_map(slack).collect()
}
