//! One program run: in an empty folder, under its limits, with nothing of the caller's environment but what the book's
//! settings name.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use super::conditions::Conditions;
use super::heard::{self, Paths};
use super::options::Halt;
use super::running::{Heard, Running};
use super::transcript::ProgramRun;
use super::walls::Bounds;
use super::workspace::Workspace;
use crate::problem::Failure;
use crate::read::{Lesson, Limits, Scope};
use crate::runtime::step::Step;
use crate::runtime::wire::Message;
use crate::scratch::Scratch;

/// How the name of a program's working folder begins.
pub(super) const FOLDER: &str = "lesson-";

/// Runs a program to its end, or to a limit of its lesson; it gets `told`, variables of recto's own, too. `conditions` are others
/// than the ordinary ones.
pub(super) fn execute(
    executable: &Path,
    told: &[(&str, String)],
    workspace: &Workspace,
    lesson: &Lesson,
    conditions: Option<Conditions>,
) -> Result<ProgramRun, Failure> {
    let failed = |what: &str, error: &std::io::Error| {
        Failure::environment(format!("can't {what} `{}`: {error}", executable.display()))
    };
    let patience = Conditions::patience(conditions);
    let limits = &Limits {
        cpu_time: lesson.limits.cpu_time.map(|seconds| seconds.saturating_mul(patience.into())),
        ..lesson.limits
    };
    let folder = Scratch::new(FOLDER, workspace.folder());
    let folder = folder.map_err(|error| failed("make a working folder for", &error))?;
    let of_program = workspace.variables.of_program();
    let mut variables: Vec<(&str, OsString)> = of_program.map(|(name, value)| (name, value.to_owned())).collect();
    variables.extend([("HOME", folder.path().into()), ("TMPDIR", folder.path().into())]);
    variables.push(("RECTO_DATA", workspace.root().join("data").into()));
    variables.extend(told.iter().map(|(name, value)| (*name, value.into())));
    for (name, value) in conditions.into_iter().flat_map(Conditions::variables) {
        variables.push((name, value));
    }

    let mut clock = Clock::new(lesson, patience);
    let mut heard =
        heard::Heard::new(Paths::of(executable, folder.path(), workspace), limits, lesson.scope == Scope::Block);
    let bounds = Bounds {
        limits: *limits,
        walls: workspace.reach.as_ref().map(|reach| reach.walls(executable, folder.path())),
        is_alone: conditions.is_some_and(Conditions::is_alone),
    };
    let mut running =
        Running::start(executable, folder.path(), &variables, &bounds).map_err(|error| failed("start", &error))?;
    let mut timed_out = None;
    let mut is_halted = false;
    let mut waiting = VecDeque::new();
    let ended = loop {
        match waiting.pop_front() {
            Some(Heard::From(stream, bytes)) => heard.add(stream, &bytes).iter().for_each(|told| clock.hear(told)),
            Some(Heard::End(ended)) => break ended,
            Some(Heard::Nothing) => {}
            None => running.hear(clock.next_look(workspace), &mut waiting).map_err(|error| failed("hear", &error))?,
        }
        is_halted |= clock.is_halted(workspace);
        if timed_out.is_none() && clock.end <= Instant::now() {
            timed_out = Some(clock.limit);
        }
        if timed_out.is_some() || is_halted || heard.is_full() {
            running.end();
        }
    };
    if is_halted {
        return Err(Failure::environment("what ran is out of date"));
    }
    let mut run = heard.finish(&ended, clock.start.elapsed(), timed_out, limits)?;
    run.is_walled = bounds.walls.is_some();
    Ok(run)
}

/// The time of a lesson and of those cells that have their own: while one of them runs, the lesson's stands still.
struct Clock {
    start: Instant,
    /// Until when the program may run, as it stands, and the limit that this comes from.
    end: Instant,
    limit: Duration,
    lesson: Duration,
    cells: HashMap<u32, Duration>,
    /// What is left of the lesson's time, while a cell has its own.
    left: Option<Duration>,
}

impl Clock {
    /// `patience` is how many times as much they have.
    fn new(lesson: &Lesson, patience: u32) -> Clock {
        let start = Instant::now();
        let limit = lesson.limits.time() * patience;
        let cells =
            lesson.time_limits().filter_map(|(item, limit)| Some((u32::try_from(item).ok()?, limit * patience)));
        Clock {
            start,
            end: start + limit,
            limit,
            lesson: limit,
            cells: cells.collect(),
            left: None,
        }
    }

    /// Whether nobody wants the result any more. What takes a moment is let finish, or builds that follow each other closely would have none.
    fn is_halted(&self, workspace: &Workspace) -> bool {
        const MOMENT: Duration = Duration::from_secs(1);
        workspace.halt.as_ref().is_some_and(Halt::is_set) && self.start.elapsed() > MOMENT
    }

    /// Until when nothing but the program is to be heard.
    fn next_look(&self, workspace: &Workspace) -> Instant {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        if workspace.halt.is_some() {
            self.end.min(Instant::now() + LOOK_EVERY)
        } else {
            self.end
        }
    }

    fn hear(&mut self, message: &Message) {
        let now = Instant::now();
        if let Message::Step(Step::Cell(_) | Step::CellEnd(_)) = message
            && let Some(left) = self.left.take()
        {
            (self.end, self.limit) = (now + left, self.lesson);
        }
        if let Message::Step(Step::Cell(cell)) = message
            && let Some(limit) = self.cells.get(cell)
        {
            self.left = Some(self.end.saturating_duration_since(now));
            (self.end, self.limit) = (now + *limit, *limit);
        }
    }
}
