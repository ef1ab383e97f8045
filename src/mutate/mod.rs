//! Whether the checks of a lesson can fail: its code is changed in one place after the other, and each time something should turn
//! wrong.
//!
//! In: lessons that are right, with what their programs did. Out: [`Findings`]: which changes were noticed by which check. All
//! changes are switches in one program, so that each costs a run and no compilation. What fails is the environment, or a lesson
//! that is not the same with switches in it.

mod findings;
mod judge;
mod rules;
mod switched;
mod trial;

use std::path::PathBuf;

pub(crate) use findings::{Book, FILE, Fate, Findings, Tried};
pub(crate) use judge::Subject;
pub(crate) use trial::Settings;
use trial::Trial;

use crate::index::Index;
use crate::problem::Failure;
use crate::progress::Observer;
use crate::read::Lesson;
use crate::run::{Bench, Compiled, Transcript, Workspace};

/// How often a program is compiled again without what kept it from compiling.
const ROUNDS: usize = 12;

/// Tries the mutants of lessons that are right.
///
/// Instead of its findings, why a lesson can't be mutated.
///
/// # Errors
/// The environment fails.
pub(crate) fn mutate(
    workspace: &Workspace,
    index: &Index,
    subjects: &[Subject<'_>],
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Vec<Result<Findings, Failure>>, Failure> {
    let fingerprint = |subject: &Subject<'_>| fingerprint(workspace, subject.lesson, subject.transcript);
    let trials = subjects.iter().map(|subject| Trial::of(workspace, subject, fingerprint(subject)));
    let mut trials: Vec<Trial<'_>> = trials.collect();
    let bench = Bench::of(workspace)?;
    compile(&bench, trials.iter_mut().filter(|trial| trial.is_to_run(settings)).collect(), observer)?;
    let mut all = Vec::new();
    for trial in &mut trials {
        if trial.is_to_run(settings) {
            trial.run((workspace, index, &bench), settings, observer)?;
        }
        all.push(trial.findings(settings));
    }
    Ok(all)
}

/// Compiles lessons with switches, and again without those that don't compile, until all do.
fn compile(bench: &Bench<'_>, mut trials: Vec<&mut Trial<'_>>, observer: Observer<'_>) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        let switched: Vec<_> = trials
            .iter()
            .enumerate()
            .flat_map(|(at, trial)| trial.switched().into_iter().map(move |(part, switched)| (at, part, switched)))
            .collect();
        if switched.is_empty() {
            return Ok(());
        }
        let programs: Vec<_> = switched.iter().map(|(at, _, it)| (trials[*at].subject().lesson, &it.program)).collect();
        let compiled = bench.compile(&programs, observer)?;
        for ((at, part, switched), compiled) in switched.iter().zip(compiled) {
            match compiled {
                Compiled::To(executable) => trials[*at].compiled(*part, executable),
                Compiled::Refused(said) => {
                    trials[*at].refused(*part, switched, &said);
                }
            }
        }
    }
    trials.iter_mut().for_each(|trial| trial.give_up());
    Ok(())
}

/// Hash of what a lesson is: its text, and what of the book its programs are compiled from and read.
pub(crate) fn fingerprint(workspace: &Workspace, lesson: &Lesson, transcript: &Transcript) -> String {
    let mut files: Vec<&PathBuf> = transcript.programs.iter().flat_map(|run| &run.dependencies).collect();
    files.retain(|path| path.starts_with(workspace.root()));
    files.sort();
    files.dedup();
    let mut hasher = blake3::Hasher::new();
    hasher.update(lesson.document.text().as_bytes());
    for file in files {
        hasher.update(blake3::hash(&std::fs::read(file).unwrap_or_default()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
