//! What a mutant changes on the page: what turned wrong, and what is another result.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::index::Index;
use crate::problem::{Kind, Problem, Severity};
use crate::read::{Item, Lesson};
use crate::run::{End, ProgramRun, Transcript};
use crate::tangle::Tangled;
use crate::verify::{Checked, ItemReport, Verdict, verify};

/// A lesson that is right, with what its programs did.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) tangled: &'a Arc<Tangled>,
    pub(crate) transcript: &'a Transcript,
    pub(crate) checked: &'a Checked<'a>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// It was ended at a limit.
    pub(super) is_limited: bool,
    /// Something turned wrong that belongs to no item.
    pub(super) is_wrong: bool,
    /// The items at which something turned wrong.
    pub(super) wrong: Vec<usize>,
    /// Those that gave something else.
    pub(super) moved: Vec<usize>,
}

impl Subject<'_> {
    /// The time of a lesson for its mutants: some times what it took, and no more than it may take.
    pub(super) fn limited(&self, took: Duration) -> Lesson {
        const TIMES: u32 = 5;
        const LEAST: u64 = 3;
        let mut lesson = self.lesson.clone();
        let most = lesson.time_limit().as_secs();
        lesson.limits.timeout = (LEAST + (took * TIMES).as_secs()).min(most);
        // Cells have no time of their own beside that.
        for item in &mut lesson.items {
            if let Item::Cell(cell) = item {
                cell.options.timeout = None;
            }
        }
        lesson
    }

    /// Judges the lesson where some of its programs, by their index, ran so.
    pub(super) fn judged(&self, index: &Index, runs: &[(usize, ProgramRun)]) -> Judged {
        let mut transcript = self.transcript.clone();
        for (program, run) in runs {
            transcript.programs[*program] = run.clone();
        }
        let checked = verify(self.lesson, Arc::clone(self.tangled), transcript, None, index);
        let is_limited = runs.iter().any(|(_, run)| matches!(run.end, End::TimedOut(_) | End::Limited(_)));
        let loose = checked.loose.iter().filter(|problem| problem.severity == Severity::Error);
        // The text of what was not run is not understood where only the value says that it is no number.
        let errors = |item: &ItemReport| item.errors().any(|problem| problem.kind != Kind::Syntax);
        let numbered = || checked.items.iter().enumerate();
        let wrong: Vec<usize> = numbered().filter(|(_, item)| errors(item)).map(|(number, _)| number).collect();
        let moved = numbered().zip(&self.checked.items).filter(|((_, now), before)| {
            now.run.completed && now.verdict != Verdict::Wrong && seen(now) != seen(before)
        });
        Judged {
            outcome: Outcome {
                is_limited,
                is_wrong: loose.count() > 0,
                moved: moved.map(|((number, _), _)| number).collect(),
                wrong,
            },
            first: checked.problems().into_iter().find(|problem| problem.severity == Severity::Error).cloned(),
        }
    }
}

/// A lesson as it was judged.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    /// The first thing that is wrong.
    pub(super) first: Option<Problem>,
}

/// What a reader sees of an item, or what a claim is compared with, as a hash.
fn seen(item: &ItemReport) -> blake3::Hash {
    let run = &item.run;
    let text =
        format!("{:?}", (&run.output, &run.value, &run.numbers, &run.formulas, &run.caught, &item.lets, &run.stderr));
    blake3::hash(text.as_bytes())
}
