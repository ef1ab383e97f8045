//! Two runs of a lesson, compared to the byte.

use super::pinned::difference;
use crate::Shown;
use crate::problem::{Kind, Problem};
use crate::read::{Item, Lesson};
use crate::run::{ItemRun, Output};

/// What gave something else in the second run, each with the index of its item. Times may differ, nothing else.
pub(super) fn differences(lesson: &Lesson, first: &[ItemRun], second: &[ItemRun]) -> Vec<(usize, Problem)> {
    let runs = first.iter().zip(second);
    let items = lesson.items.iter().zip(runs).enumerate();
    items
        .filter_map(|(index, (item, (one, other)))| Some((index, problem(lesson, item, one, other)?)))
        .collect()
}

fn problem(lesson: &Lesson, item: &Item, one: &ItemRun, other: &ItemRun) -> Option<Problem> {
    let (before, after) = (written(one), written(other));
    // As texts, for which NaN is NaN, and −0 is not 0.
    let numbers = |run: &ItemRun| format!("{:?} {:?}", run.numbers, run.formulas);
    let same_numbers = numbers(one) == numbers(other);
    let same_values = one.value == other.value && same_numbers && one.completed == other.completed;
    if before == after && same_values {
        return None;
    }
    let bound = |run: &ItemRun| format!("{:?}", run.bound);
    let (what, span) = match item {
        Item::Cell(cell) => ("cell", cell.span.start..cell.info.end),
        Item::Claim(claim) => ("claim", claim.span.clone()),
        other => ("inline value", other.span()),
    };
    let problem = Problem::error(Kind::Determinism, format!("this {what} gives something else when it is run again"))
        .at(lesson.document.place(span))
        .help("look for random numbers without a fixed seed, times, addresses, threads, or the order of a hash map");
    let problem = if bound(one) == bound(other) {
        problem
    } else {
        problem.help("`//| lets: false` takes off the page what the names of a cell are bound to")
    };
    Some(match (before == after, one.value.as_ref().zip(other.value.as_ref())) {
        (false, _) => {
            let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
            problem.note(format!("the first run (-) and the second (+):\n{}", difference(&before, &after)))
        }
        (true, Some((one, other))) => problem.note(format!("first {one}, then {other}")),
        (true, None) => problem,
    })
}

/// All that an item wrote, figures and raw HTML in full.
fn written(run: &ItemRun) -> String {
    let mut text = String::new();
    for output in &run.output {
        match output {
            Output::Printed(printed) => text.push_str(printed),
            Output::Shown(display) => text.push_str(&format!("{display:?}\n")),
        }
    }
    for bound in &run.bound {
        let shown: String = bound.shown.iter().map(Shown::plain).collect();
        text.push_str(&format!("name {} that it binds: {} = {shown}\n", bound.number + 1, bound.kind));
    }
    text + &run.stderr + run.caught.as_deref().unwrap_or_default()
}
