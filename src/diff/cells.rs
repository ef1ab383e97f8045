//! What is different of cells, their pinned outputs and their figures.

use std::collections::{HashMap, HashSet};

use super::change::{Change, Way, unmade};
use super::pairing::{Kinds, Located, Paired};
use super::reported::{Check, Expected, Figure, Lesson, Subject};
use crate::problem::count;

/// Cells, with their outputs and figures.
pub(super) fn cells(paired: &Paired<'_>, gone: &HashSet<usize>, changes: &mut Vec<Change>) {
    let Kinds { old, new, pairs } = &paired.cells;
    let (old_sides, new_sides) = (sides(old), sides(new));
    for (index, one) in old.iter().enumerate() {
        let other = pairs.new_of(index).map(|index| &new[index]);
        match other {
            Some(other) => {
                let change = unmade(one.check, other.check, "cell").or_else(|| cell(one.check, other.check));
                changes.extend(change);
            }
            None if gone.contains(&one.chapter()) => continue,
            None => changes.extend(gone_cell(one.check)),
        }
        let beside = |suffix: &str| {
            let now = other.and_then(|other| side(&new_sides, other.check, suffix));
            (side(&old_sides, one.check, suffix), now)
        };
        if let (Some(before), after) = beside("output") {
            changes.extend(output(before, after));
        }
        if let (Some(before), after) = beside("figure") {
            changes.extend(figure(before, after));
        }
    }
}

/// Pinned outputs and figures, by their names in the report, which begin with the cell's.
type Sides<'a> = HashMap<&'a str, &'a Check>;

fn sides<'a>(cells: &[Located<'a>]) -> Sides<'a> {
    let mut lessons: Vec<&Lesson> = cells.iter().map(|located| located.lesson).collect();
    lessons.dedup_by(|one, other| std::ptr::eq(*one, *other));
    let checks = lessons.into_iter().flat_map(|lesson| &lesson.checks);
    let sides = checks.filter(|check| matches!(check.subject, Subject::Output { .. } | Subject::Figure(_)));
    sides.map(|check| (check.id.as_str(), check)).collect()
}

/// What is beside a cell.
fn side<'a>(sides: &Sides<'a>, cell: &Check, suffix: &str) -> Option<&'a Check> {
    sides.get(format!("{}.{suffix}", cell.id).as_str()).copied()
}

fn cell(old: &Check, new: &Check) -> Option<Change> {
    let (Subject::Cell { expected: before, code: from, .. }, Subject::Cell { expected: after, code: to, .. }) =
        (&old.subject, &new.subject)
    else {
        return None;
    };
    let message = match (before, after) {
        (before, after) if before == after => {
            let from = from.as_ref()?;
            let is_less =
                to.as_ref().is_none_or(|to| from.split(", ").any(|code| !to.split(", ").any(|it| it == code)));
            is_less.then(|| format!("the cell must not compile, but no longer because of {from}"))?
        }
        (Expected::Runs | Expected::Panics, Expected::Compiles) => "the cell is compiled, and no longer run".to_owned(),
        (before, after) => format!("the cell {}, and now {}", before.words(), after.words()),
    };
    Some(Change::new(Way::Cell, message).of(old, new))
}

/// A cell that was to fail is a check; one that just runs is none.
fn gone_cell(cell: &Check) -> Option<Change> {
    let Subject::Cell { expected, .. } = &cell.subject else {
        return None;
    };
    let is_check = matches!(expected, Expected::Panics | Expected::DoesNotCompile);
    let message = format!("the cell that {} is gone", expected.words());
    is_check.then(|| Change::new(Way::Cell, message).at(Some(&cell.place), None))
}

impl Expected {
    fn words(self) -> &'static str {
        match self {
            Expected::Runs => "ran",
            Expected::Compiles => "compiled",
            Expected::Panics => "was to panic",
            Expected::DoesNotCompile => "was not to compile",
        }
    }
}

fn output(old: &Check, new: Option<&Check>) -> Option<Change> {
    let Some(new) = new else {
        let change = Change::new(Way::Removed, "the pinned output of the cell is gone");
        return Some(change.at(Some(&old.place), None));
    };
    if let Some(change) = unmade(old, new, "pinned output") {
        return Some(change);
    }
    let wildcards = |check: &Check| match check.subject {
        Subject::Output { wildcards } => wildcards,
        _ => 0,
    };
    let (before, after) = (wildcards(old), wildcards(new));
    let message = format!("any text matches in {} of the pinned output, where it was {before}", count(after, "place"));
    (after > before).then(|| Change::new(Way::Wildcards, message).of(old, new))
}

fn figure(old: &Check, new: Option<&Check>) -> Option<Change> {
    let of = |check: &Check| match &check.subject {
        Subject::Figure(figure) => Some(figure.clone()),
        _ => None,
    };
    let before = of(old)?;
    let called = before.name.clone().unwrap_or_else(|| "the figure".to_owned()).replace('\u{a0}', " ");
    let Some((new, after)) = new.and_then(|new| Some((new, of(new)?))) else {
        let change = Change::new(Way::Undrawn, format!("{called} is gone")).at(Some(&old.place), None);
        return Some(change.gone(before.alt));
    };
    if let Some(change) = unmade(old, new, "figure") {
        return Some(change);
    }
    let (from, to) = (before.shows.as_ref()?, after.shows.as_ref()?);
    // What is described otherwise may well show something else.
    if from.kind != to.kind || from.blake3 == to.blake3 || !before.is_described_as(&after) {
        return None;
    }
    let frames = if before.pictures == after.pictures {
        String::new()
    } else {
        format!(", in {} instead of {}", count(after.pictures, "picture"), before.pictures)
    };
    let (way, what) = if to.kind == "data" {
        (Way::Data, "draws other numbers")
    } else {
        (Way::Picture, "is drawn otherwise")
    };
    let change = Change::new(way, format!("{called} {what}{frames}, and is described as before"));
    Some(change.come(after.alt).of(old, new))
}

impl Figure {
    fn is_described_as(&self, other: &Figure) -> bool {
        self.alt == other.alt && self.caption == other.caption
    }
}
