//! What is to be run: lessons with their programs, and what the result of each program is kept under.

use super::conditions::Conditions;
use super::store::Key;
use super::workspace::Workspace;
use crate::read::Lesson;
use crate::tangle::{Program, Tangled};

/// A lesson with its programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) tangled: &'a Tangled,
    /// Under what other conditions than the ordinary ones it runs.
    pub(crate) conditions: Option<Conditions>,
}

impl<'a> Job<'a> {
    /// An ordinary run.
    pub(crate) fn new(lesson: &'a Lesson, tangled: &'a Tangled) -> Job<'a> {
        let conditions = None;
        Job { lesson, tangled, conditions }
    }
}

/// A program whose transcript is wanted.
pub(super) struct Planned<'a> {
    /// Index of its job.
    pub(super) job: usize,
    pub(super) lesson: &'a Lesson,
    pub(super) program: &'a Program,
    pub(super) conditions: Option<Conditions>,
    pub(super) key: Key,
}

impl Planned<'_> {
    /// The name of the generated package that it is compiled in.
    pub(super) fn package(&self) -> String {
        package(self.program, self.opt_level())
    }

    /// How far it is optimised.
    pub(super) fn opt_level(&self) -> u8 {
        opt_level(self.lesson, self.conditions)
    }
}

/// The name of a generated package: programs of one edition, optimised alike.
pub(super) fn package(program: &Program, opt_level: u8) -> String {
    let year = program.edition.year();
    match opt_level {
        0 => year.to_owned(),
        level => format!("{year}-o{level}"),
    }
}

/// How far a lesson is optimised under some conditions.
fn opt_level(lesson: &Lesson, conditions: Option<Conditions>) -> u8 {
    conditions.map_or(lesson.opt_level, |conditions| conditions.opt_level)
}

/// The programs of lessons, each with what its result is kept under.
pub(super) fn planned<'a>(workspace: &Workspace, jobs: &[Job<'a>]) -> Vec<Planned<'a>> {
    let programs = jobs
        .iter()
        .enumerate()
        .flat_map(|(number, job)| job.tangled.programs.iter().map(move |program| (number, job, program)));
    let planned = programs.map(|(number, &Job { lesson, conditions, .. }, program)| Planned {
        job: number,
        lesson,
        program,
        conditions,
        key: Key::of(workspace, program, lesson, (opt_level(lesson, conditions), conditions)),
    });
    planned.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Scope, samples};

    #[test]
    fn a_lesson_is_optimised_as_its_conditions_say() {
        let book = samples::book("# Lesson\n", Scope::Lesson);
        let lesson = &book.lessons[0];
        let levels: Vec<u8> = Conditions::first(4).map(|it| opt_level(lesson, Some(it))).collect();
        assert_eq!(levels, [3, 0, 0, 3]);
        assert_eq!(opt_level(lesson, None), lesson.opt_level);
    }
}
