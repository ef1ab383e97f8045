//! What is to be run: lessons with their programs, and what the result of each program is kept under.

use super::store::Key;
use super::workspace::Workspace;
use crate::read::Lesson;
use crate::tangle::{Program, Tangled};

/// A lesson with its programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) tangled: &'a Tangled,
}

/// A program whose transcript is wanted.
pub(super) struct Planned<'a> {
    /// Index of its job.
    pub(super) job: usize,
    pub(super) lesson: &'a Lesson,
    pub(super) program: &'a Program,
    pub(super) key: Key,
}

impl Planned<'_> {
    /// The name of the generated package that it is compiled in: programs of one edition, optimised alike.
    pub(super) fn package(&self) -> String {
        let year = self.program.edition.year();
        match self.lesson.opt_level {
            0 => year.to_owned(),
            level => format!("{year}-o{level}"),
        }
    }
}

/// The programs of lessons, each with what its result is kept under.
pub(super) fn planned<'a>(workspace: &Workspace, jobs: &[Job<'a>]) -> Vec<Planned<'a>> {
    let programs = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, it)| it.tangled.programs.iter().map(move |program| (job, it.lesson, program)));
    let planned = programs.map(|(job, lesson, program)| Planned {
        job,
        lesson,
        program,
        key: Key::of(workspace, program, lesson),
    });
    planned.collect()
}
