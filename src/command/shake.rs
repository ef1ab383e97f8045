//! What `recto test --shake` tells: of each thing that is checked, in how many other runs it held.

use serde_json::json;

use super::terminal::{Answer, Terminal};
use crate::diagnostics::place;
use crate::problem::{Failure, count};
use crate::read::{Lesson, examples};
use crate::session::Session;
use crate::shake::{Lapse, ShakenItem};
use crate::source::Place;
use crate::verify::Checked;

/// Runs the lessons that hold under so many other conditions, and tells of what belongs to examples of some name.
pub(super) fn run(
    session: &Session,
    checked: &[Checked<'_>],
    (runs, filter): (usize, &str),
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let progress = terminal.progress();
    let shaken = session.shake(checked, runs, &|event| progress.show(&event));
    progress.finish();
    let (mut failed, mut steady, mut unsteady) = (0, 0, 0);
    for mut shaken in shaken? {
        let lesson = shaken.lesson;
        shaken.items.retain(|item| is_wanted(lesson, item.position(lesson), filter));
        let held = shaken.items.iter().filter(|item| item.lapses.is_empty()).count();
        steady += held;
        unsteady += shaken.items.len() - held;
        shaken.items.iter().for_each(|item| tell(lesson, item, terminal));
        failed += terminal.problems(&shaken.problems());
    }
    terminal.sum_up(json!({ "steady": steady, "unsteady": unsteady }));
    for it in checked.iter().filter(|it| !it.is_right()) {
        terminal.text(&format!("not shaken, since something in it is wrong already: {}", it.lesson.file.display()));
        failed += 1;
    }
    let all = count(steady + unsteady, "check");
    terminal.right(&format!("\nshaken: {steady} of {all} held in all other runs"));
    Ok(Answer::of(failed))
}

/// Whether what stands at a position belongs to an example whose name contains this.
fn is_wanted(lesson: &Lesson, position: usize, filter: &str) -> bool {
    let section = lesson.section_at(position);
    let examples = examples(lesson);
    let own = examples.iter().rfind(|example| example.section <= section).or(examples.first());
    own.is_none_or(|own| own.name.contains(filter))
}

/// A line for people with one for each run in which it did not hold, a record for machines.
fn tell(lesson: &Lesson, item: &ShakenItem, terminal: &Terminal) {
    let (at, kind, text) = (item.place(lesson), item.kind(lesson), item.text(lesson));
    if terminal.is_json() {
        let lapses = item.lapses.iter().map(|lapse| {
            let mut record = json!(lapse.conditions);
            record["message"] = lapse.why.clone().into();
            record
        });
        return terminal.record(
            "shaken",
            json!({
                "place": json!(place(&at)), "kind": kind, "text": text, "expression": item.expression(lesson),
                "runs": item.runs, "held": item.held(), "margin": item.margin, "demanded": item.is_demanded,
                "lapses": lapses.collect::<Vec<_>>(),
            }),
        );
    }
    // That a cell runs to its end says little, and what stops the lesson is told once.
    let lapses: Vec<&Lapse> = item.lapses.iter().filter(|lapse| lapse.is_reached).collect();
    if kind == "cell" && lapses.is_empty() {
        return;
    }
    let margin = item.margin.map_or(String::new(), |digits| format!(", margin {digits:.1} digits"));
    let unreached = match item.lapses.len() - lapses.len() {
        0 => String::new(),
        unreached => format!(", not reached in {unreached}"),
    };
    let held = format!("held in {} of {}", item.held(), count(item.runs, "run"));
    terminal.listed(&format!("{}: {held}{unreached}{margin}: {text}", name(&at)));
    for lapse in lapses {
        terminal.listed(&format!("    {}: {}", lapse.conditions, lapse.why));
    }
}

fn name(place: &Place) -> String {
    let (line, column) = place.line_column();
    format!("{}:{line}:{column}", place.path().display())
}
