//! What compiling and running a program gave, as data that can be stored and compared.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cargo_metadata::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::runtime::step::Step;
use crate::runtime::wire::Message;
use crate::{Figure, Number, Shown};

/// What happened to a lesson: a run for each of its programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Transcript {
    /// In the order of the lesson's programs.
    pub(crate) programs: Vec<ProgramRun>,
}

/// What happened to a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProgramRun {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What happened when it ran, in order.
    pub(crate) events: Vec<Event>,
    /// What was written to standard error while a cell ran; nothing stands for "before the first".
    pub(crate) stderr: Vec<(Option<u32>, String)>,
    pub(crate) end: End,
    /// Whether walls surrounded it.
    pub(crate) is_walled: bool,
    pub(crate) time: Duration,
    /// Whether it ran on another machine.
    #[serde(skip)]
    pub(crate) is_imported: bool,
    /// The local files that it was compiled from, besides the program itself, and those that it read or looked for.
    pub(crate) dependencies: Vec<PathBuf>,
}

impl ProgramRun {
    /// The data files that it read or looked for, and the folder where it did not find one.
    pub(crate) fn files_read(&self) -> impl Iterator<Item = &Path> {
        self.events.iter().filter_map(|event| match event {
            Event::Message(Message::Read(path)) => Some(Path::new(path)),
            _ => None,
        })
    }

    /// Whether it asked for the seed.
    pub(crate) fn takes_seed(&self) -> bool {
        self.events.contains(&Event::Message(Message::Seed))
    }

    pub(crate) fn refused() -> Self {
        ProgramRun {
            diagnostics: Vec::new(),
            events: Vec::new(),
            stderr: Vec::new(),
            is_walled: false,
            end: End::Refused,
            time: Duration::ZERO,
            is_imported: false,
            dependencies: Vec::new(),
        }
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    Refused,
    /// It compiled and was not to be run.
    Compiled,
    /// It ran to its end.
    Finished,
    Panicked,
    Failed,
    /// It was killed at its time limit.
    TimedOut(Duration),
    /// It was ended at another of its limits.
    Limited(Limit),
    /// It left by itself with this exit code.
    Exited(i32),
    /// It was ended by the signal of this number.
    Killed(i32),
}

/// A limit that ended a program, and how much it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Limit {
    /// Seconds.
    CpuTime(u64),
    /// MiB of what it prints and shows.
    Output(u64),
    /// MiB of a file.
    FileSize(u64),
    /// How many it may have started.
    Processes(u64),
}

/// A stream on which something comes from a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Error,
    /// What it tells recto.
    Channel,
}

/// How a program ended, as the system sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "a supervisor alone tells of some")
)]
pub(super) enum Ended {
    /// With this exit code.
    Exited(i32),
    /// By the signal of this number.
    Killed(i32),
    /// It was killed, since there were too many processes below it.
    Crowded,
    /// It could not be started.
    Refused(String),
}

/// A thing that happened while a program ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Printed(String),
    /// What the program told recto.
    Message(Message),
}

/// What a transcript says of one item of its lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemRun {
    /// Whether it was reached, and left as it should be.
    pub(crate) completed: bool,
    /// What a cell printed and showed, in order.
    pub(crate) output: Vec<Output>,
    pub(crate) stderr: String,
    /// What its program told of the names that a cell binds.
    pub(crate) bound: Vec<LetRun>,
    pub(crate) value: Option<String>,
    pub(crate) numbers: Option<Vec<Number>>,
    /// How many of them stand in each of its rows, if it has rows.
    pub(crate) rows: Vec<u32>,
    /// What the formulas of a claim's text gave, in their order.
    pub(crate) formulas: Vec<FormulaRun>,
    /// What a `should_panic` cell said when it panicked.
    pub(crate) caught: Option<String>,
    /// A `should_panic` cell did not panic.
    pub(crate) unpanicked: bool,
    /// The panics while it ran, or since, in any thread; the program may have gone on.
    pub(crate) panics: Vec<Panic>,
}

/// A panic, as the program's hook saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Panic {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The thread's name, where it was not the main one.
    pub(crate) thread: Option<String>,
    pub(crate) message: String,
}

/// What a program told of a name when it was bound.
#[derive(Clone, Debug)]
pub(crate) struct LetRun {
    /// Which of the names of its cell.
    pub(crate) number: usize,
    /// The name of its type, as the compiler has it.
    pub(crate) kind: String,
    /// What it looks like, if it is small.
    pub(crate) shown: Vec<Shown>,
}

/// What a formula of a claim's text gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormulaRun {
    /// Its numbers, in the cases of the claim.
    pub(crate) numbers: Vec<Number>,
    /// How far rounding may have moved each of them.
    pub(crate) errors: Vec<f64>,
    /// Why it has no value.
    pub(crate) fault: Option<String>,
}

/// A piece of a cell's output.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    Printed(String),
    Shown(Shown),
}

impl Output {
    /// What its figure shows, as comma-separated values; empty where there is none. Those of a sweep begin with the values of
    /// its parameters.
    pub(crate) fn data(&self) -> String {
        match self {
            Output::Shown(Shown::Figure(figure)) => figure.data.clone(),
            Output::Shown(Shown::Sweep(sweep)) => sweep.data(),
            Output::Shown(_) | Output::Printed(_) => String::new(),
        }
    }
}

impl Shown {
    /// Its figures: those of a sweep are its frames.
    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        let (one, frames) = match self {
            Shown::Figure(figure) => (Some(figure), &[][..]),
            Shown::Sweep(sweep) => (None, &sweep.frames[..]),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(frames.iter().map(|frame| &frame.figure))
    }

    /// How many pictures it has.
    pub(crate) fn pictures(&self) -> usize {
        self.figures().map(|figure| figure.svgs.len()).sum()
    }
}

impl Transcript {
    /// How long its programs ran.
    pub(crate) fn time(&self) -> Duration {
        self.programs.iter().map(|run| run.time).sum()
    }

    /// Splits off what happened to each of a lesson's items; `count` is their number. What is left is about the
    /// programs.
    pub(crate) fn take_items(&mut self, count: usize) -> Vec<ItemRun> {
        let mut items = vec![ItemRun::default(); count];
        for run in &mut self.programs {
            let mut current: Option<usize> = None;
            let mut last: Option<usize> = None;
            for event in std::mem::take(&mut run.events) {
                let id = match &event {
                    Event::Message(
                        Message::Step(
                            Step::Cell(id) | Step::CellEnd(id) | Step::Unpanicked(id) | Step::Caught { item: id, .. },
                        )
                        | Message::Bound { item: id, .. }
                        | Message::Value { item: id, .. }
                        | Message::Claim { item: id, .. }
                        | Message::Formula { item: id, .. },
                    ) => Some(*id as usize),
                    Event::Message(Message::Step(Step::Panic { .. })) => current.or(last),
                    _ => current,
                };
                let item = id.and_then(|id| items.get_mut(id));
                match (event, item) {
                    (Event::Message(Message::Step(Step::Cell(_))), Some(_)) => (current, last) = (id, id),
                    (Event::Message(Message::Step(Step::CellEnd(_))), Some(item)) => {
                        (current, item.completed) = (None, true);
                    }
                    (Event::Printed(text), Some(item)) => item.output.push(Output::Printed(text)),
                    (Event::Message(Message::Shown(value)), Some(item)) => item.output.push(Output::Shown(value)),
                    (Event::Message(Message::Value { text, .. }), Some(item)) => {
                        (item.value, item.completed) = (Some(text), true);
                    }
                    (Event::Message(Message::Claim { numbers, rows, .. }), Some(item)) => {
                        (item.numbers, item.rows, item.completed) = (Some(numbers), rows, true);
                    }
                    (Event::Message(Message::Formula { numbers, errors, fault, .. }), Some(item)) => {
                        item.formulas.push(FormulaRun {
                            numbers,
                            errors,
                            fault: Some(fault).filter(|fault| !fault.is_empty()),
                        });
                    }
                    (Event::Message(Message::Bound { number, kind, shown, .. }), Some(item)) => {
                        item.bound.push(LetRun { number: number as usize, kind, shown });
                    }
                    (Event::Message(Message::Step(Step::Unpanicked(_))), Some(item)) => item.unpanicked = true,
                    (Event::Message(Message::Step(Step::Caught { message, .. })), Some(item)) => {
                        item.caught = Some(message);
                    }
                    (
                        Event::Message(Message::Step(Step::Panic { file, line, column, thread, message })),
                        Some(item),
                    ) => {
                        let thread = Some(thread).filter(|name| !name.is_empty());
                        item.panics.push(Panic { file, line, column, thread, message });
                    }
                    (event, _) => run.events.push(event),
                }
            }
            for (id, text) in &run.stderr {
                if let Some(item) = id.and_then(|id| items.get_mut(id as usize)) {
                    item.stderr.push_str(text);
                }
            }
        }
        items
    }
}
