//! What is different between two reports: each thing of one beside what it is in the other.

use std::collections::HashMap;

use super::cells::cells;
use super::change::Change;
use super::chapters::chapters;
use super::pairing::Paired;
use super::reported::{Reported, Spot};
use super::stated::{claims, values};

/// All that is different, by sort, in the order of the new book; what is gone stands where it stood.
pub(super) fn changes(old: &Reported, new: &Reported) -> Vec<Change> {
    let paired = Paired::of(old, new);
    let mut changes = Vec::new();
    let gone = chapters(old, new, &paired, &mut changes);
    claims(&paired, &gone, &mut changes);
    values(&paired, &gone, &mut changes);
    cells(&paired, &gone, &mut changes);
    let numbers: HashMap<&str, usize> = [old, new]
        .iter()
        .flat_map(|it| it.lessons.iter().enumerate().map(|(at, lesson)| (lesson.source.as_str(), at)))
        .collect();
    let place = |spot: &Spot| (numbers.get(spot.file.as_str()).copied().unwrap_or(usize::MAX), spot.clone());
    changes.sort_by_cached_key(|change| (change.sort, change.new.as_ref().or(change.old.as_ref()).map(place)));
    changes
}
