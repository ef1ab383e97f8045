//! What is different of chapters as such: their pages, their anchors, their coverage.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::change::{Change, Way};
use super::pairing::{Kinds, Paired};
use super::reported::{Coverage, Lesson, Reported, Spot};
use crate::problem::count_each;

/// What is different of each chapter. Returns those that are gone, by their number in the list of pairs.
pub(super) fn chapters(
    old: &Reported,
    new: &Reported,
    paired: &Paired<'_>,
    changes: &mut Vec<Change>,
) -> HashSet<usize> {
    // Where an anchor is now, if it went to another page.
    let mut now: HashMap<&str, &str> = HashMap::new();
    for lesson in new.lessons.iter().rev() {
        now.extend(lesson.anchors.iter().flatten().map(|anchor| (anchor.as_str(), lesson.page.as_str())));
    }
    let mut gone = HashSet::new();
    for (index, lesson) in old.lessons.iter().enumerate() {
        let Some(new_lesson) = paired.lessons.new_of(index).map(|index| &new.lessons[index]) else {
            gone.insert(index);
            changes.extend(gone_chapter(index, lesson, paired));
            continue;
        };
        if lesson.page == new_lesson.page {
            changes.extend(anchors(lesson, new_lesson, &now));
        } else {
            let message = format!("the page `{}` is at `{}` now", lesson.page, new_lesson.page);
            let change = Change::new(Way::Page, message).between(lesson.page.as_str(), new_lesson.page.as_str());
            changes.push(at_chapters(change, Some(lesson), Some(new_lesson)));
        }
        coverage(lesson, new_lesson, changes);
    }
    gone
}

/// A change of a chapter as a whole, at the beginning of its text.
fn at_chapters(change: Change, old: Option<&Lesson>, new: Option<&Lesson>) -> Change {
    let start = |lesson: &Lesson| Spot {
        file: lesson.source.clone(),
        line: 1,
        column: 1,
    };
    change.at(old.map(start).as_ref(), new.map(start).as_ref())
}

fn gone_chapter(index: usize, lesson: &Lesson, paired: &Paired<'_>) -> Vec<Change> {
    let alone = |kinds: &Kinds<'_>| {
        let alone = kinds.pairs.old_alone().into_iter();
        alone.filter(|old| kinds.old[*old].chapter() == index).count()
    };
    let lost = [
        (alone(&paired.claims), "claim"),
        (alone(&paired.values), "inline value"),
    ];
    let page = Change::new(Way::Page, format!("the page `{}` is gone", lesson.page)).gone(lesson.page.as_str());
    let mut changes = vec![at_chapters(page, Some(lesson), None)];
    if lost.iter().any(|(count, _)| *count > 0) {
        let message = format!("the chapter “{}” is gone, with {}", lesson.title, count_each(&lost));
        let change = Change::new(Way::Chapter, message).gone(lesson.title.as_str());
        changes.push(at_chapters(change, Some(lesson), None));
    }
    changes
}

fn anchors(old: &Lesson, new: &Lesson, now: &HashMap<&str, &str>) -> Vec<Change> {
    let (Some(before), Some(after)) = (&old.anchors, &new.anchors) else {
        return Vec::new();
    };
    let after: BTreeSet<&String> = after.iter().collect();
    let gone = before.iter().filter(|anchor| !after.contains(anchor)).map(|anchor| {
        let from = format!("{}#{anchor}", old.page);
        let change = match now.get(anchor.as_str()) {
            Some(page) => {
                let to = format!("{page}#{anchor}");
                Change::new(Way::Fragment, format!("links to `{from}` lead nowhere; it is `{to}` now"))
                    .between(from, to)
            }
            None => Change::new(Way::Fragment, format!("links to `{from}` lead nowhere")).gone(from),
        };
        at_chapters(change, Some(old), Some(new))
    });
    gone.collect()
}

fn coverage(old: &Lesson, new: &Lesson, changes: &mut Vec<Change>) {
    if old.covered && !new.covered {
        let change = Change::new(Way::Unmarked, "the chapter is no longer marked as verified");
        changes.push(at_chapters(change, Some(old), Some(new)));
    }
    if new.formulas.checked < old.formulas.checked {
        let words = |lesson: &Lesson| format!("{} of {}", lesson.formulas.checked, lesson.formulas.relations);
        let message = format!("of the relations in its formulas {} were checked, and {} are", words(old), words(new));
        let change = Change::new(Way::Formulas, message).between(words(old), words(new));
        changes.push(at_chapters(change, Some(old), Some(new)));
    }
    let (Some(before), Some(after)) = (&old.coverage, &new.coverage) else {
        return;
    };
    let mut known = counted(before);
    for unbound in &after.unbound {
        match known.get_mut(unbound.text.as_str()) {
            Some(left) if *left > 0 => *left -= 1,
            _ => {
                let message = format!("the number {} is bound to nothing", unbound.text);
                let change = Change::new(Way::Unbound, message).at(None, Some(&unbound.place));
                changes.push(change.come(unbound.text.as_str()));
            }
        }
    }
}

/// How often each unbound number stands in a chapter.
fn counted(coverage: &Coverage) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    coverage.unbound.iter().for_each(|unbound| *counted.entry(unbound.text.as_str()).or_default() += 1);
    counted
}
