//! What compiling and running a program gave, as data that can be stored and compared.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cargo_metadata::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

/// What happened to a lesson: a run for each of its programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Transcript {
    /// In the order of the lesson's programs.
    pub programs: Vec<ProgramRun>,
}

/// What happened to a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgramRun {
    /// What the compiler said.
    pub diagnostics: Vec<Diagnostic>,
    /// What happened when it ran, in order.
    pub events: Vec<Event>,
    /// What was written to standard error while a cell ran; nothing stands for "before the first".
    pub stderr: Vec<(Option<u32>, String)>,
    /// How it ended.
    pub end: End,
    /// How long it ran.
    pub time: Duration,
    /// The local files that its result depends on, besides the program itself.
    pub dependencies: Vec<PathBuf>,
}

impl ProgramRun {
    /// The data files that it read.
    pub fn files_read(&self) -> impl Iterator<Item = &Path> {
        self.events.iter().filter_map(|event| match event {
            Event::Read(path) => Some(path.as_path()),
            _ => None,
        })
    }

    pub(super) fn refused() -> Self {
        ProgramRun {
            diagnostics: Vec::new(),
            events: Vec::new(),
            stderr: Vec::new(),
            end: End::Refused,
            time: Duration::ZERO,
            dependencies: Vec::new(),
        }
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It did not compile.
    Refused,
    /// It compiled and was not to be run.
    Compiled,
    /// It ran to its end.
    Finished,
    /// A cell panicked.
    Panicked,
    /// A cell returned an error.
    Failed,
    /// It was killed at its time limit.
    TimedOut(Duration),
    /// It left by itself with this exit code.
    Exited(i32),
    /// A signal ended it.
    Killed(String),
}

/// A thing that happened while a program ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A cell begins; the number is the item's index in the lesson.
    Cell(u32),
    /// A cell ended as it should.
    CellEnd(u32),
    /// Text printed to standard output.
    Printed(String),
    /// A value shown.
    Shown(Display),
    /// An inline value, formatted.
    Value {
        /// Index of the item.
        item: u32,
        /// The text.
        text: String,
    },
    /// A claim's expression, computed.
    Claim {
        /// Index of the item.
        item: u32,
        /// Its numbers in row-major order.
        numbers: Vec<Number>,
    },
    /// A data file was read.
    Read(PathBuf),
    /// A panic.
    Panic {
        /// Inside `should_panic`.
        expected: bool,
        /// File as the compiler names it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// Name of the thread, empty for the main one.
        thread: String,
        /// What it said.
        message: String,
    },
    /// A `should_panic` cell did not panic.
    Unpanicked(u32),
    /// A cell returned an error.
    Error {
        /// File as the compiler names it.
        file: String,
        /// Line of the `?`, from 1.
        line: usize,
        /// Column of the `?`, from 1.
        column: usize,
        /// The error and its causes.
        message: String,
    },
}

/// A number, or a text, that a claim compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Number {
    /// An integer.
    Integer(i128),
    /// A floating-point number, as its shortest text, for JSON has no infinities.
    Float(String),
    /// A text.
    Text(String),
}

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Display {
    /// Text as such.
    Text(String),
    /// Mathematics.
    Math {
        /// As LaTeX.
        latex: String,
        /// As text.
        plain: String,
    },
    /// A table.
    Table {
        /// How each column is aligned: `l` or `r`.
        alignment: String,
        /// The heads of the columns.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// A picture.
    Figure {
        /// As SVG.
        svg: String,
        /// Whether every coordinate is a number.
        finite: bool,
    },
    /// A picture for each value of a parameter.
    Sweep {
        /// What is varied.
        parameter: String,
        /// Index of the frame shown at first.
        first: usize,
        /// The pictures.
        frames: Vec<Frame>,
    },
    /// HTML that the author made on purpose.
    Html(String),
    /// What `Debug` prints.
    Debug(String),
}

/// A picture of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The parameter's value.
    pub value: String,
    /// What to see at this value.
    pub note: String,
    /// The picture as SVG.
    pub svg: String,
    /// Whether every coordinate is a number.
    pub finite: bool,
}

/// What a transcript says of one item of its lesson.
#[derive(Clone, Debug, Default)]
pub struct ItemRun<'a> {
    /// Whether it was reached, and left as it should be.
    pub completed: bool,
    /// Whether it began.
    pub begun: bool,
    /// What a cell printed and showed, in order.
    pub output: Vec<Output<'a>>,
    /// What a cell wrote to standard error.
    pub stderr: String,
    /// An inline value's text.
    pub value: Option<&'a str>,
    /// A claim's numbers.
    pub numbers: Option<&'a [Number]>,
    /// What a `should_panic` cell said when it panicked.
    pub caught: Option<&'a str>,
    /// A `should_panic` cell did not panic.
    pub unpanicked: bool,
}

/// A piece of a cell's output.
#[derive(Clone, Copy, Debug)]
pub enum Output<'a> {
    /// Printed text.
    Printed(&'a str),
    /// A value shown.
    Shown(&'a Display),
}

impl Display {
    /// Whether each coordinate of each picture in it is a number; nothing where there is no picture.
    pub fn is_finite_figure(&self) -> Option<bool> {
        match self {
            Display::Figure { finite, .. } => Some(*finite),
            Display::Sweep { frames, .. } => Some(frames.iter().all(|frame| frame.finite)),
            _ => None,
        }
    }

    /// How many pictures it has.
    pub fn pictures(&self) -> usize {
        match self {
            Display::Figure { .. } => 1,
            Display::Sweep { frames, .. } => frames.len(),
            _ => 0,
        }
    }

    /// What of it goes onto the page as it is: HTML and pictures.
    pub fn markup(&self) -> Vec<&str> {
        match self {
            Display::Html(text) => vec![text],
            Display::Figure { svg, .. } => vec![svg],
            Display::Sweep { frames, .. } => frames.iter().map(|frame| frame.svg.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The value as plain text, for pinned output.
    pub fn plain(&self) -> String {
        match self {
            Display::Text(text) | Display::Debug(text) => text.clone(),
            Display::Math { plain, .. } => plain.clone(),
            Display::Table { head, rows, .. } => {
                let lines: Vec<String> = std::iter::once(head).chain(rows).map(|row| row.join("\t")).collect();
                lines.join("\n")
            }
            Display::Figure { .. } => "[figure]".to_owned(),
            Display::Sweep { parameter, frames, .. } => {
                let line = |frame: &Frame| match frame.note.as_str() {
                    "" => format!("[figure] {parameter} = {}", frame.value),
                    note => format!("[figure] {parameter} = {}: {note}", frame.value),
                };
                frames.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            Display::Html(_) => "[html]".to_owned(),
        }
    }
}

impl Transcript {
    /// How long its programs ran.
    pub fn time(&self) -> Duration {
        self.programs.iter().map(|run| run.time).sum()
    }

    /// What happened to each of a lesson's items; `count` is their number.
    pub fn items(&self, count: usize) -> Vec<ItemRun<'_>> {
        let mut items = vec![ItemRun::default(); count];
        for run in &self.programs {
            let mut current: Option<usize> = None;
            for event in &run.events {
                match event {
                    Event::Cell(id) => {
                        current = Some(*id as usize);
                        if let Some(item) = items.get_mut(*id as usize) {
                            item.begun = true;
                        }
                    }
                    Event::CellEnd(id) => {
                        current = None;
                        if let Some(item) = items.get_mut(*id as usize) {
                            item.completed = true;
                        }
                    }
                    Event::Value { item, text } => {
                        if let Some(item) = items.get_mut(*item as usize) {
                            (item.value, item.completed, item.begun) = (Some(text.as_str()), true, true);
                        }
                    }
                    Event::Claim { item, numbers } => {
                        if let Some(item) = items.get_mut(*item as usize) {
                            (item.numbers, item.completed, item.begun) = (Some(numbers.as_slice()), true, true);
                        }
                    }
                    Event::Unpanicked(id) => {
                        if let Some(item) = items.get_mut(*id as usize) {
                            item.unpanicked = true;
                        }
                    }
                    event => {
                        let Some(item) = current.and_then(|current| items.get_mut(current)) else {
                            continue;
                        };
                        match event {
                            Event::Printed(text) => item.output.push(Output::Printed(text)),
                            Event::Shown(display) => item.output.push(Output::Shown(display)),
                            Event::Panic {
                                expected: true,
                                message,
                                ..
                            } => item.caught = Some(message),
                            _ => {}
                        }
                    }
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

impl ItemRun<'_> {
    /// Everything printed and shown, as plain text; what pinned output is compared with.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for output in &self.output {
            match output {
                Output::Printed(printed) => text.push_str(printed),
                Output::Shown(display) => {
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text.push_str(&display.plain());
                    text.push('\n');
                }
            }
        }
        text
    }
}
