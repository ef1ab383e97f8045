//! What is different of claims and inline values.

use std::collections::HashSet;

use super::change::{Change, Way, unmade};
use super::pairing::{Kinds, Located, Paired};
use super::reported::{Check, Claim, Given};
use super::strength::weaker;

/// Largest relative difference of numbers that is a rounding error; absolute where one of them is 0.
const RELATIVE: f64 = 1e-9;
const ABSOLUTE: f64 = 1e-12;

/// What became of claims.
pub(super) fn claims(paired: &Paired<'_>, gone: &HashSet<usize>, changes: &mut Vec<Change>) {
    let Kinds { old, new, pairs } = &paired.claims;
    for (one, other) in pairs.pairs() {
        let (one, other) = (&old[one], &new[other]);
        if let Some(change) = unmade(one.check, other.check, "claim") {
            changes.push(change);
        } else if let (Some(before), Some(after)) = (one.claim(), other.claim()) {
            changes.extend(claim(before, after, one, other));
        }
    }
    let exempt = |located: &Located<'_>| !gone.contains(&located.chapter());
    let written: HashSet<usize> = paired.written.iter().map(|(old, _)| *old).collect();
    for index in pairs.old_alone().into_iter().filter(|index| !written.contains(index) && exempt(&old[*index])) {
        let check = old[index].check;
        if let Some(claim) = old[index].claim() {
            changes.push(removed("claim", &claim.text, check, paired.given_claims.get(&index).copied()));
        }
    }
    for (one, other) in &paired.written {
        let (one, other) = (&old[*one], &paired.values.new[*other]);
        if let (Some(claim), Some((expression, _))) = (one.claim(), other.value()) {
            let change = Change::new(Way::Form, "a number that was claimed is written by the code now");
            let change = change.between(claim.text.as_str(), format!("{{{expression}}}"));
            changes.push(change.of(one.check, other.check));
        }
    }
    let claimed: HashSet<usize> = paired.claimed.iter().map(|(_, new)| *new).collect();
    for index in pairs.new_alone().into_iter().filter(|index| !claimed.contains(index)) {
        let check = new[index].check;
        if let Some(claim) = new[index].claim() {
            let change = Change::new(Way::NewClaim, "a claim that was not there").at(None, Some(&check.place));
            changes.push(change.come(claim.text.as_str()).within(check.sentence.as_ref()));
        }
    }
}

/// What became of a claim.
fn claim(before: &Claim, after: &Claim, old: &Located<'_>, new: &Located<'_>) -> Vec<Change> {
    let place = |change: Change| change.of(old.check, new.check);
    let ways = weaker(before, after);
    let says_the_same = before.text == after.text;
    let mut changes = Vec::new();
    if !ways.is_empty() {
        let whys: Vec<&str> = ways.iter().map(|(_, why)| why.as_str()).collect();
        let change = Change::new(ways[0].0, whys.join("; "));
        let (before, after) = if says_the_same {
            (&before.expression, &after.expression)
        } else {
            (&before.text, &after.text)
        };
        changes.push(place(change.between(before.as_str(), after.as_str())));
    } else if !says_the_same {
        let message = if before.computed == after.computed {
            "the claim says something else, of the same value".to_owned()
        } else {
            format!(
                "the claim says something else: {} was computed, and {} is",
                listed(&before.computed),
                listed(&after.computed)
            )
        };
        let change = Change::new(Way::Text, message);
        changes.push(place(change.between(before.text.as_str(), after.text.as_str())));
    } else if before.expression != after.expression {
        let change = Change::new(Way::Expression, "another expression stands behind the claim");
        changes.push(place(change.between(before.expression.as_str(), after.expression.as_str())));
    }
    let was_computed = !before.computed.is_empty() && !after.computed.is_empty();
    if says_the_same && was_computed && before.computed != after.computed {
        let by_rounding = are_near(&before.computed, &after.computed);
        let way = if by_rounding { Way::Rounded } else { Way::Claimed };
        let how_far = distance(&before.computed, &after.computed).map(|far| format!(" by {far}")).unwrap_or_default();
        let whose = if old.has_sentence_of(new) { "its sentence is" } else { "its own text is" };
        let message = format!("the value moved{how_far}, and {whose} the same: {}", after.text);
        changes.push(place(Change::new(way, message).between(listed(&before.computed), listed(&after.computed))));
    }
    changes
}

/// What became of inline values.
pub(super) fn values(paired: &Paired<'_>, gone: &HashSet<usize>, changes: &mut Vec<Change>) {
    let Kinds { old, new, pairs } = &paired.values;
    for (one, other) in pairs.pairs() {
        let (one, other) = (&old[one], &new[other]);
        let (Some((before, from)), Some((after, to))) = (one.value(), other.value()) else {
            continue;
        };
        if let Some(change) = unmade(one.check, other.check, "inline value") {
            changes.push(change);
        } else if before != after {
            let change = Change::new(Way::Expression, "the code writes another value");
            changes.push(change.between(before, after).of(one.check, other.check));
        } else if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            let (from_all, to_all) = ([from.to_owned()], [to.to_owned()]);
            let way = if are_near(&from_all, &to_all) { Way::Rounded } else { Way::Written };
            let whose = if one.has_sentence_of(other) { ", and its sentence is the same" } else { "" };
            let change = Change::new(way, format!("the value of `{after}` moved{whose}"));
            changes.push(change.between(from, to).of(one.check, other.check));
        }
    }
    let claimed: HashSet<usize> = paired.claimed.iter().map(|(old, _)| *old).collect();
    for index in pairs.old_alone().into_iter().filter(|index| !claimed.contains(index)) {
        let (located, check) = (&old[index], old[index].check);
        if let Some((expression, _)) = located.value().filter(|_| !gone.contains(&located.chapter())) {
            let given = paired.given_values.get(&index).copied();
            changes.push(removed("inline value", &format!("{{{expression}}}"), check, given));
        }
    }
    for (one, other) in &paired.claimed {
        let (one, other) = (&old[*one], &paired.claims.new[*other]);
        if let (Some((expression, _)), Some(claim)) = (one.value(), other.claim()) {
            let change = Change::new(Way::Form, "a number that code wrote is claimed now");
            let change = change.between(format!("{{{expression}}}"), claim.text.as_str());
            changes.push(change.of(one.check, other.check));
        }
    }
    let written: HashSet<usize> = paired.written.iter().map(|(_, new)| *new).collect();
    for index in pairs.new_alone().into_iter().filter(|index| !written.contains(index)) {
        let check = new[index].check;
        if let Some((expression, _)) = new[index].value() {
            let change = Change::new(Way::NewValue, "an inline value that was not there").at(None, Some(&check.place));
            changes.push(change.come(format!("{{{expression}}}")).within(check.sentence.as_ref()));
        }
    }
}

/// A claim or value that is gone, or given now.
fn removed(what: &str, text: &str, check: &Check, given: Option<&Given>) -> Change {
    let Some(given) = given else {
        let change = Change::new(Way::Removed, format!("the {what} is gone")).at(Some(&check.place), None);
        return change.gone(text).within(check.sentence.as_ref());
    };
    let change = Change::new(Way::Given, "no code computes the number any more: it is marked as given");
    let change = change.at(Some(&check.place), Some(&given.place)).between(text, given.text.as_str());
    change.within(Some(&given.sentence))
}

/// The first numbers of a value.
fn listed(computed: &[String]) -> String {
    const MOST: usize = 4;
    let first = computed[..computed.len().min(MOST)].join(", ");
    if computed.len() > MOST { format!("{first}, …") } else { first }
}

fn numbers(computed: &[String]) -> Option<Vec<f64>> {
    computed.iter().map(|text| text.parse().ok()).collect()
}

/// Whether two values differ by rounding errors alone.
fn are_near(before: &[String], after: &[String]) -> bool {
    let (Some(before), Some(after)) = (numbers(before), numbers(after)) else {
        return false;
    };
    let near = |(one, other): (&f64, &f64)| {
        let size = one.abs().max(other.abs());
        one == other
            || (one - other).abs() <= (RELATIVE * size).max(if *one == 0.0 || *other == 0.0 { ABSOLUTE } else { 0.0 })
    };
    before.len() == after.len() && before.iter().zip(&after).all(near)
}

/// The largest distance between numbers of two values.
fn distance(before: &[String], after: &[String]) -> Option<String> {
    let (before, after) = (numbers(before)?, numbers(after)?);
    let distances = before.iter().zip(&after).map(|(one, other)| (one - other).abs());
    let most = distances.fold(0.0_f64, f64::max);
    (before.len() == after.len() && most.is_finite()).then(|| format!("{most:.2e}"))
}
