//! The mutants of one lesson: those that compile, those that are reached, those that are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cargo_metadata::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use super::findings::{Fate, Findings, Slack, Tried};
use super::judge::{Outcome, Subject};
use super::rules::{Mutant, Switches, switches};
use super::switched::Switched;
use crate::index::Index;
use crate::parallel;
use crate::problem::{Failure, Kind, Problem};
use crate::progress::{Observer, Progress};
use crate::read::{Item, Mode};
use crate::run::{Bench, Event, Executable, On, Workspace};
use crate::runtime::step::Step;
use crate::runtime::switch::MOST;
use crate::runtime::wire::Message;
use crate::tangle::Purpose;
use crate::verify::shifted;

/// Of a lesson so many are tried at least, as far as it has them.
const FEWEST: usize = 10;

/// How many mutants are tried.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    /// So many of a lesson at most; nothing for as many as run in `time`.
    pub(crate) samples: Option<usize>,
    pub(crate) time: Duration,
}

/// A lesson, and what is known of its mutants.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    subject: &'a Subject<'a>,
    fingerprint: String,
    parts: Vec<Part>,
    known: Known,
    /// Why it can't be mutated.
    fault: Option<Problem>,
}

/// A program that is run.
#[derive(Debug)]
struct Part {
    /// Which of the lesson's.
    program: usize,
    switches: Switches,
    /// The number of its first mutant among those of the lesson.
    first: usize,
    compiled: Option<Executable>,
}

/// What was found of a lesson's mutants, by their numbers; it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Those that do not compile.
    refused: BTreeSet<usize>,
    /// Those whose code is run; nothing where that is not known.
    reached: Option<BTreeSet<usize>>,
    /// How long each program takes with switches.
    times: Vec<Duration>,
    /// Items that differ from run to run.
    unsteady: BTreeSet<usize>,
    outcomes: BTreeMap<usize, Outcome>,
}

impl<'a> Trial<'a> {
    pub(super) fn of(workspace: &Workspace, subject: &'a Subject<'a>, fingerprint: String) -> Trial<'a> {
        let Subject { lesson, tangled, .. } = *subject;
        let is_open = |item: usize| matches!(&lesson.items[item], Item::Cell(cell) if matches!(cell.mode, Mode::Run | Mode::ShouldPanic));
        let mut first = 0;
        let mut parts = Vec::new();
        for (program, its) in tangled.programs.iter().enumerate().filter(|(_, its)| its.purpose == Purpose::Run) {
            let switches = switches(its, &is_open);
            let count = switches.mutants.len();
            parts.push(Part { program, switches, first, compiled: None });
            first += count;
        }
        let mut trial = Trial {
            subject,
            fingerprint,
            parts,
            known: Known::default(),
            fault: None,
        };
        trial.known = trial.kept(workspace).unwrap_or_default();
        trial
    }

    /// What results depend on beside the toolchain and the crates.
    fn under(&self) -> Vec<&str> {
        let programs = self.subject.tangled.programs.iter();
        std::iter::once(self.fingerprint.as_str()).chain(programs.map(|it| it.source.as_str())).collect()
    }

    fn kept(&self, workspace: &Workspace) -> Option<Known> {
        serde_json::from_str(&workspace.kept(&self.under())?).ok()
    }

    fn keep(&self, workspace: &Workspace) {
        if let Ok(text) = serde_json::to_string(&self.known) {
            workspace.keep(&self.under(), &text);
        }
    }

    fn mutants(&self) -> usize {
        self.parts.iter().map(|part| part.switches.mutants.len()).sum()
    }

    fn part_of(&self, mutant: usize) -> (&Part, &Mutant) {
        let at = self.parts.partition_point(|part| part.first <= mutant) - 1;
        // A part without mutants has no first one.
        let part = &self.parts[at];
        (part, &part.switches.mutants[mutant - part.first])
    }

    /// Those that are to be tried, in the order that the seed gives them; nothing where it is not known yet.
    fn sample(&self, settings: &Settings) -> Option<Vec<usize>> {
        let reached = self.known.reached.as_ref()?;
        let rank = |mutant: &usize| {
            let Mutant { span, to, .. } = self.part_of(*mutant).1;
            let path = self.subject.lesson.file.to_string_lossy();
            *blake3::hash(format!("{} {path} {span:?} {to}", settings.seed).as_bytes()).as_bytes()
        };
        let mut all: Vec<usize> = reached.iter().copied().collect();
        all.sort_by_key(rank);
        // One of each cell, then a second one: few of many look at all of the lesson.
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        let turns = all.into_iter().map(|mutant| {
            let start = self.part_of(mutant).1.span.start;
            let cell = self.subject.lesson.items.partition_point(|item| item.span().start <= start);
            let turn = taken.entry(cell).or_default();
            *turn += 1;
            (*turn, mutant)
        });
        let mut turns: Vec<(usize, usize)> = turns.collect();
        turns.sort_by_key(|(turn, _)| *turn);
        let mut all: Vec<usize> = turns.into_iter().map(|(_, mutant)| mutant).collect();
        let time: f64 = self.known.times.iter().map(Duration::as_secs_f64).sum();
        let in_time = (settings.time.as_secs_f64() / time.max(1e-3)) as usize;
        all.truncate(settings.samples.unwrap_or(in_time.max(FEWEST)));
        Some(all)
    }

    /// Whether something of it must run.
    pub(super) fn is_to_run(&self, settings: &Settings) -> bool {
        let missing = |sample: Vec<usize>| sample.iter().any(|mutant| !self.known.outcomes.contains_key(mutant));
        self.fault.is_none() && self.mutants() > 0 && self.sample(settings).is_none_or(missing)
    }

    /// The programs that are not compiled yet, with the switches that are not refused.
    pub(super) fn switched(&self) -> Vec<(usize, Switched)> {
        let waiting = self.parts.iter().enumerate().filter(|(_, part)| part.compiled.is_none() && self.fault.is_none());
        let switched = waiting.map(|(at, part)| {
            let wanted = |mutant| !self.known.refused.contains(&(part.first + mutant));
            let program = &self.subject.tangled.programs[part.program];
            (at, Switched::of(program, &part.switches, wanted, |mutant| number(part.first + mutant)))
        });
        switched.collect()
    }

    pub(super) fn subject(&self) -> &'a Subject<'a> {
        self.subject
    }

    pub(super) fn compiled(&mut self, part: usize, executable: Executable) {
        self.parts[part].compiled = Some(executable);
    }

    /// Leaves out what keeps a program from compiling, if it is switches that do.
    pub(super) fn refused(&mut self, part: usize, switched: &Switched, said: &[Diagnostic]) {
        let part = &self.parts[part];
        let blamed = switched.blamed(&part.switches.mutants, said);
        let first = part.first;
        let before = self.known.refused.len();
        self.known.refused.extend(blamed.into_iter().map(|mutant| first + mutant));
        if self.known.refused.len() == before {
            self.fault = Some(self.unfit("it does not compile", said.first().map(|it| it.message.as_str())));
        }
    }

    /// What does not compile now never will.
    pub(super) fn give_up(&mut self) {
        if !self.switched().is_empty() {
            self.fault = Some(self.unfit("it does not compile", None));
        }
    }

    /// Why the lesson can't be mutated.
    fn unfit(&self, what: &str, why: Option<&str>) -> Problem {
        let file = self.subject.lesson.file.display();
        let message = format!("`{file}` can't be mutated: with switches in its code {what}");
        let problem = why.into_iter().fold(Problem::error(Kind::Mutation, message), Problem::note);
        problem.help("look for code that asks where it stands or how it is written, as `column!()` and `stringify!` do")
    }

    /// Runs what is to be run.
    ///
    /// # Errors
    /// The environment fails.
    pub(super) fn run(
        &mut self,
        (workspace, index, bench): (&Workspace, &Index, &Bench<'_>),
        settings: &Settings,
        observer: Observer<'_>,
    ) -> Result<(), Failure> {
        if self.known.reached.is_none() {
            self.record(index, bench)?;
            if self.fault.is_some() {
                return Ok(());
            }
            self.keep(workspace);
        }
        let sample = self.sample(settings).unwrap_or_default();
        let missing: Vec<usize> =
            sample.into_iter().filter(|mutant| !self.known.outcomes.contains_key(mutant)).collect();
        observer(Progress::Mutating(self.subject.lesson.path.clone(), missing.len()));
        let lessons: Vec<_> = self.known.times.iter().map(|time| self.subject.limited(*time)).collect();
        let outcomes = parallel::each(&missing, |&mutant| {
            let (part, _) = self.part_of(mutant);
            let at = self.parts.iter().position(|other| other.program == part.program).unwrap_or_default();
            let Some(executable) = &part.compiled else {
                return Err(Failure::environment("a program that was compiled is not there"));
            };
            let run = bench.run(executable, &lessons[at], On::Mutant(number(mutant)));
            observer(Progress::Ran);
            let judged = self.subject.judged(index, &[(part.program, run?)]);
            Ok((mutant, judged.outcome))
        });
        for outcome in outcomes {
            let (mutant, outcome) = outcome?;
            self.known.outcomes.insert(mutant, outcome);
        }
        self.keep(workspace);
        Ok(())
    }

    /// Runs the lesson with all switches off, and takes down which are reached.
    fn record(&mut self, index: &Index, bench: &Bench<'_>) -> Result<(), Failure> {
        let mut runs = Vec::new();
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        self.known.times.clear();
        for part in &self.parts {
            let Some(executable) = &part.compiled else { continue };
            let run = bench.run(executable, self.subject.lesson, On::Record)?;
            let told = run.events.iter().filter_map(|event| match event {
                Event::Message(Message::Step(Step::Reached(number))) => Some(*number as usize - 1),
                _ => None,
            });
            reached.extend(told);
            self.known.times.push(run.time);
            runs.push((part.program, run));
        }
        let judged = self.subject.judged(index, &runs);
        if let Some(problem) = judged.first {
            self.fault = Some(self.unfit("it gives something else", Some(&problem.message)));
            return Ok(());
        }
        reached.extend(MOST - 1..self.mutants());
        reached.retain(|mutant| !self.known.refused.contains(mutant));
        self.known.unsteady = judged.outcome.moved.into_iter().collect();
        self.known.reached = Some(reached);
        Ok(())
    }

    /// What is known now, of the sample.
    ///
    /// # Errors
    /// Why the lesson can't be mutated.
    pub(super) fn findings(&self, settings: &Settings) -> Result<Findings, Failure> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().in_book());
        }
        let sample = self.sample(settings).unwrap_or_default();
        let mut tried: Vec<Tried> = sample
            .into_iter()
            .filter_map(|mutant| Some(self.tried(self.part_of(mutant).1, self.known.outcomes.get(&mutant)?)))
            .collect();
        tried.sort_by(|one, other| (one.span.start, &one.to).cmp(&(other.span.start, &other.to)));
        let stated: Vec<_> = (0..self.subject.lesson.items.len())
            .map(|item| (item, shifted(self.subject.checked, item)))
            .collect();
        let slacks = stated.iter().flat_map(|(item, its)| {
            its.slacks.iter().map(|(says, distance)| Slack {
                item: *item,
                says: says.clone(),
                distance: *distance,
            })
        });
        let reached = self.known.reached.as_ref().map_or(0, BTreeSet::len);
        Ok(Findings {
            fingerprint: self.fingerprint.clone(),
            seed: settings.seed,
            mutants: self.mutants(),
            refused: self.known.refused.len(),
            unreached: self.mutants() - self.known.refused.len() - reached,
            tried,
            digits: stated.iter().map(|(_, its)| its.digits).sum(),
            slacks: slacks.collect(),
        })
    }

    fn tried(&self, mutant: &Mutant, outcome: &Outcome) -> Tried {
        let (line, column) = self.subject.lesson.document.place(mutant.span.clone()).line_column();
        let moved: Vec<usize> =
            outcome.moved.iter().copied().filter(|item| !self.known.unsteady.contains(item)).collect();
        let fate = if outcome.is_limited {
            Fate::Limit
        } else if outcome.is_wrong || !outcome.wrong.is_empty() {
            Fate::Caught
        } else if moved.is_empty() {
            Fate::Unnoticed
        } else {
            Fate::Shown
        };
        Tried {
            line,
            column,
            span: mutant.span.clone(),
            from: mutant.from.clone(),
            to: mutant.to.clone(),
            fate,
            wrong: outcome.wrong.clone(),
            moved,
        }
    }
}

/// The number of a mutant's switch: there is none of number 0.
fn number(mutant: usize) -> u32 {
    u32::try_from(mutant + 1).unwrap_or(0)
}
