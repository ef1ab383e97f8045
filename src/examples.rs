//! What became of the worked examples of a lesson.

use crate::diagnostics::Renderer;
use crate::problem::{Problem, Severity};
use crate::read;
use crate::verify::{Checked, Verdict};

/// A worked example that was checked.
#[derive(Clone, Debug)]
pub(crate) struct CheckedExample {
    /// Its name, as `bowl::the_spectrum`.
    pub(crate) name: String,
    pub(crate) outcome: ExampleOutcome,
}

/// What became of a worked example.
#[derive(Clone, Debug)]
pub(crate) enum ExampleOutcome {
    Holds,
    Fails(Vec<Problem>),
    /// Something in it was not reached, because of this problem in another example.
    NotRun(Option<Box<Problem>>),
}

/// The examples of a lesson. A problem belongs to the example in whose section it stands, or else to the last one
/// before it; what stands before the first one belongs to that.
pub(crate) fn of(checked: &Checked<'_>) -> Vec<CheckedExample> {
    let lesson = checked.lesson;
    let found = read::examples(lesson);
    let mut errors: Vec<Vec<&Problem>> = vec![Vec::new(); found.len()];
    let in_items = lesson.items.iter().zip(&checked.items);
    let in_items = in_items.flat_map(|(item, report)| report.errors().map(move |error| (item.span().start, error)));
    let loose = checked.loose.iter().filter(|problem| problem.severity == Severity::Error);
    let loose = loose.map(|error| (error.place.as_ref().and_then(|place| place.position).unwrap_or(0), error));
    for (position, error) in loose.chain(in_items) {
        let section = lesson.section_at(position);
        let owner = found.iter().rposition(|example| example.section <= section).unwrap_or(0);
        errors.get_mut(owner).into_iter().for_each(|errors| errors.push(error));
    }
    let was_cut_short = |section: usize| {
        let mut items = lesson.items.iter().zip(&checked.items);
        items.any(|(item, report)| report.verdict == Verdict::NotRun && lesson.section_at(item.span().start) == section)
    };
    let all = checked.problems();
    let cause = all.iter().find(|problem| problem.severity == Severity::Error);
    let outcome = |section: usize, mut errors: Vec<&Problem>| {
        errors.sort_by_key(|problem| problem.place.as_ref().and_then(|place| place.position));
        if !errors.is_empty() {
            ExampleOutcome::Fails(errors.into_iter().cloned().collect())
        } else if was_cut_short(section) {
            ExampleOutcome::NotRun(cause.map(|problem| Box::new((*problem).clone())))
        } else {
            ExampleOutcome::Holds
        }
    };
    let examples = found.into_iter().zip(errors).map(|(example, errors)| CheckedExample {
        outcome: outcome(example.section, errors),
        name: example.name,
    });
    examples.collect()
}

impl ExampleOutcome {
    /// Whether the example holds.
    ///
    /// # Errors
    /// The diagnostics, as text.
    pub(crate) fn judge(&self) -> Result<(), String> {
        match self {
            ExampleOutcome::Holds => Ok(()),
            ExampleOutcome::Fails(problems) => Err(format!("the example does not hold\n\n{}\n", text(problems))),
            ExampleOutcome::NotRun(cause) => Err(format!(
                "the example was not run, because of another one:\n\n{}\n",
                text(cause.iter().map(|cause| &**cause))
            )),
        }
    }
}

/// Diagnostics as text.
pub(crate) fn text<'a>(problems: impl IntoIterator<Item = &'a Problem>) -> String {
    let renderer = Renderer::plain();
    let rendered: Vec<String> = problems.into_iter().map(|problem| renderer.render(problem)).collect();
    rendered.join("\n\n")
}
