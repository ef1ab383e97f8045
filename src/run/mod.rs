//! The third stage: programs compiled by cargo and run, or their stored transcripts found.
//!
//! In: the [`Tangled`] programs of some lessons. Out: a [`Transcript`] for each lesson: what the
//! compiler said and what happened, in order. What fails here as a whole is the environment:
//! cargo can't run, the book's own library does not compile, a dependency can't be had.

mod archive;
mod asked;
mod build;
mod cargo_config;
mod compile;
mod conditions;
mod environment;
mod execute;
mod generated;
mod heard;
mod job;
mod lock;
pub(crate) mod manifest;
mod messages;
mod mutants;
mod options;
mod queue;
mod roots;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod running;
#[cfg(target_os = "linux")]
mod running;
mod seal;
mod store;
#[cfg(target_os = "linux")]
mod supervise;
mod sweep;
mod times;
mod trace;
mod transcript;
mod variables;
mod walls;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{self, Sender};

pub(crate) use archive::{SharedKey, export, import};
pub(crate) use asked::Asked;
pub(crate) use conditions::Conditions;
pub(crate) use environment::Environment;
pub(crate) use generated::replace;
pub(crate) use job::Job;
use job::{Planned, planned};
pub(crate) use mutants::{Bench, Compiled, Executable, On};
pub(crate) use options::{Halt, RunOptions, Runs};
#[cfg(not(target_os = "linux"))]
pub use running::supervisor;
pub(crate) use store::is_entry;
#[cfg(target_os = "linux")]
pub use supervise::supervisor;
pub(crate) use sweep::{sweep, sweep_older};
pub(crate) use transcript::{End, Event, FormulaRun, ItemRun, LetRun, Limit, Output, Panic, ProgramRun, Transcript};
pub(crate) use workspace::{CACHE, Workspace};

use crate::parallel;
use crate::problem::{Failure, Kind, Problem};
use crate::progress::{Observer, Progress, Stage};
use crate::scratch;
use crate::tangle::{Program, WHICH};
use build::{Built, Package};
use manifest::Profile;
use queue::{Queue, Ready};
use store::Store;
use times::Times;
use trace::Inputs;

/// Brings the transcripts of some lessons of a book up to date, as far as `runs` lets it, and has each judged, by the index of its
/// job: those that are known already, while the others are compiled and run.
///
/// # Errors
/// The environment fails: cargo is missing or fails as a whole, the book's own library does not
/// compile, a file can't be written. Or a program that may not run has no result.
pub(crate) fn run<R: Send>(
    workspace: &Workspace,
    jobs: &[Job<'_>],
    runs: Runs,
    observer: Observer<'_>,
    judge: impl Fn(usize, Transcript) -> R + Sync,
) -> Result<Vec<R>, Failure> {
    let store = Store::open(workspace);
    let wanted = planned(workspace, jobs);
    let fresh = runs == Runs::All;
    let mut found: Vec<Option<ProgramRun>> =
        parallel::each(&wanted, |it| if fresh { None } else { store.find(&it.key, it.lesson) });
    if runs == Runs::None {
        refuse(&wanted, &found)?;
    }

    scratch::sweep(execute::FOLDER, workspace.folder());
    let lock = if found.iter().any(Option::is_none) { Some(workspace.lock()?) } else { None };
    // Another build may have finished some of them while this one waited for the lock.
    for (found, it) in found.iter_mut().zip(&wanted) {
        if found.is_none() && !fresh {
            *found = store.find(&it.key, it.lesson);
        }
    }
    let missing: Vec<usize> = (0..wanted.len()).filter(|&index| found[index].is_none()).collect();
    let todo: Vec<&Planned<'_>> = missing.iter().map(|&index| &wanted[index]).collect();
    let late: BTreeSet<usize> = todo.iter().map(|it| it.job).collect();
    let judged = |are_late: bool, found: &mut [Option<ProgramRun>]| {
        let its = (0..jobs.len()).filter(|job| late.contains(job) == are_late);
        let mut transcripts: BTreeMap<usize, Transcript> = its.map(|job| (job, Transcript::default())).collect();
        for (it, run) in wanted.iter().zip(found) {
            if let Some(transcript) = transcripts.get_mut(&it.job) {
                transcript.programs.extend(run.take());
            }
        }
        parallel::each_of(transcripts.into_iter().collect(), |(job, run)| (job, judge(job, run)))
    };
    observer(Progress::Stage(if todo.is_empty() { Stage::Judge } else { Stage::Run }));
    let (runs, mut all) = parallel::both(|| compile_and_run(workspace, &todo, observer), || judged(false, &mut found));
    observer(Progress::Stage(Stage::Judge));
    for (index, (run, inputs)) in missing.into_iter().zip(runs?) {
        let Planned { key, lesson, program, .. } = &wanted[index];
        store.keep(key, (lesson, program), &run, inputs);
        found[index] = Some(run);
    }
    drop(lock);
    all.extend(judged(true, &mut found));
    all.sort_by_key(|(job, _)| *job);
    Ok(all.into_iter().map(|(_, judged)| judged).collect())
}

/// # Errors
/// A program would have to run.
fn refuse(wanted: &[Planned<'_>], found: &[Option<ProgramRun>]) -> Result<(), Failure> {
    let missing = wanted.iter().zip(found).filter(|(_, found)| found.is_none()).map(|(it, _)| it);
    let mut files: Vec<String> = missing.map(|it| it.lesson.file.display().to_string()).collect();
    files.dedup();
    let problem = |file: &String| {
        Problem::error(Kind::Environment, format!("`{file}` would have to run: there is no result that holds now"))
    };
    let problems: Vec<Problem> = files.iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Book(problems)) }
}

/// Compiles programs, those of a package in one call of cargo; each one runs as soon as it is compiled.
fn compile_and_run(
    workspace: &Workspace,
    todo: &[&Planned<'_>],
    observer: Observer<'_>,
) -> Result<Vec<(ProgramRun, Inputs)>, Failure> {
    if todo.is_empty() {
        return Ok(Vec::new());
    }
    observer(Progress::Compiling(todo.len()));
    sweep::begin(workspace);
    let times = Times::of(workspace);
    let (to_run, queue) = Queue::new();
    let (finished, results) = mpsc::channel();
    let threads = parallel::workers();
    let (compiled, results) = std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, finished) = (&queue, finished.clone());
            scope.spawn(move || run_queued(workspace, todo, queue, &finished, observer));
        }
        drop(finished);
        let compiled = compile_all(workspace, todo, &times, &to_run, observer);
        // The threads end when nothing more can come.
        drop(to_run);
        (compiled, results.into_iter().collect::<Vec<(usize, _)>>())
    });
    let (built, units) = compiled?;
    let mut runs = vec![(ProgramRun::refused(), Inputs::default()); todo.len()];
    for (index, run) in results {
        runs[index].0 = run?;
    }
    sweep::used(workspace, &units);
    for Built {
        index,
        is_compiled,
        diagnostics,
        sources,
        inputs,
    } in built
    {
        let (run, its) = &mut runs[index];
        (run.diagnostics, *its) = (diagnostics, inputs);
        run.dependencies.extend(sources);
        its.paths.extend(workspace.read.iter().cloned());
        if run.end == End::Refused && is_compiled {
            run.end = End::Compiled;
        }
    }
    let ran = todo.iter().zip(&runs).filter(|(_, (run, _))| !run.time.is_zero());
    times.remember(ran.map(|(it, (run, _))| (it.program.name.clone(), run.time)));
    Ok(runs)
}

/// Runs what is compiled until no more comes.
fn run_queued(
    workspace: &Workspace,
    todo: &[&Planned<'_>],
    queue: &Queue,
    finished: &Sender<(usize, Result<ProgramRun, Failure>)>,
    observer: Observer<'_>,
) {
    while let Some(Ready { index, executable, which, last }) = queue.next() {
        let Planned { lesson, conditions, .. } = *todo[index];
        observer(Progress::Running(lesson.path.clone(), last));
        let which = which.map(|number| (WHICH, number.to_string()));
        let run = execute::execute(&executable, which.as_slice(), workspace, lesson, conditions);
        observer(Progress::Ran);
        if finished.send((index, run)).is_err() {
            break;
        }
    }
}

/// Compiles programs, and has those run that are to be. What takes long to run is compiled first, in a call of its own.
/// Also the hashes in the names of all that was compiled.
fn compile_all(
    workspace: &Workspace,
    todo: &[&Planned<'_>],
    times: &Times,
    to_run: &Sender<Ready>,
    observer: Observer<'_>,
) -> Result<(Vec<Built>, BTreeSet<String>), Failure> {
    let mut packages: BTreeMap<(bool, String), Vec<usize>> = BTreeMap::new();
    for (index, it) in todo.iter().enumerate() {
        packages.entry((!times.is_long(&it.program.name), it.package())).or_default().push(index);
    }
    let (mut built, mut units) = (Vec::new(), BTreeSet::new());
    for ((_, name), members) in packages {
        let programs: Vec<&Program> = members.iter().map(|&index| todo[index].program).collect();
        let profile = Profile {
            opt_level: members.first().map_or(0, |&index| todo[index].opt_level()),
            incremental: todo.len() <= sweep::EDITED,
        };
        let package = Package {
            workspace,
            name: &name,
            profile,
            programs: &programs,
        };
        let its = package.build(observer, &mut units, |member, which, executable| {
            let (index, last) = (members[member], times.last(&programs[member].name));
            // The receivers live until this sender is dropped.
            let _ = to_run.send(Ready { index, executable, which, last });
        })?;
        built.extend(its.into_iter().map(|it| Built { index: members[it.index], ..it }));
    }
    Ok((built, units))
}
