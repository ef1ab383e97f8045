//! A cell: the words after its backticks, its `//|` options, its lines of code.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;

use super::caption::CaptionPart;
use super::mapped_text::MappedText;
use super::yaml;
use crate::problem::{Kind, Problem, nearest};
use crate::source::Document;

/// A ` ```rust ` fence.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The fence, from its opening backticks to the end of its closing ones.
    pub(crate) span: Range<usize>,
    /// The words after the opening backticks.
    pub(crate) info: Range<usize>,
    /// What each line after the fence must begin with to stay in the same list item or quote.
    pub(crate) prefix: String,
    pub(crate) mode: Mode,
    pub(crate) edition: Option<Edition>,
    pub(crate) options: Options,
    /// What to see in the figure or table, read.
    pub(crate) caption: Option<Vec<CaptionPart>>,
    /// The lines of the options, to be left out of the page.
    pub(crate) options_span: Range<usize>,
    pub(crate) lines: Vec<CodeLine>,
    /// What closes the fence, where the chapter or container ends before it is closed.
    pub(crate) unclosed: Option<String>,
    /// The ` ```output ` fence right after the cell.
    pub(crate) pinned: Option<Pinned>,
}

/// A line of code as the compiler sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeLine {
    /// The line without its end; without `# ` where that hides it.
    pub(crate) text: MappedText,
    /// Hidden from the reader by a leading `# `.
    pub(crate) hidden: bool,
}

impl CodeLine {
    /// Lines as one text.
    pub(crate) fn joined(lines: &[CodeLine]) -> String {
        lines.iter().flat_map(|line| [line.text.text(), "\n"]).collect()
    }
}

/// What is to become of a cell's code; the words are rustdoc's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    /// `no_run`: compile only.
    NoRun,
    /// `should_panic`: run, and it must panic.
    ShouldPanic,
    /// `compile_fail`: it must not compile, for this reason when one is given.
    CompileFail(Option<String>),
    /// `ignore`: shown only.
    Ignore,
}

/// An edition of Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub(crate) enum Edition {
    /// Rust 2015.
    #[serde(rename = "2015")]
    E2015,
    /// Rust 2018.
    #[serde(rename = "2018")]
    E2018,
    /// Rust 2021.
    #[serde(rename = "2021")]
    E2021,
    /// Rust 2024.
    #[serde(rename = "2024")]
    E2024,
}

impl Edition {
    pub(crate) const ALL: [Edition; 4] = [Edition::E2015, Edition::E2018, Edition::E2021, Edition::E2024];

    /// The year.
    pub(crate) fn year(self) -> &'static str {
        match self {
            Edition::E2015 => "2015",
            Edition::E2018 => "2018",
            Edition::E2021 => "2021",
            Edition::E2024 => "2024",
        }
    }

    /// The edition of that year.
    pub(crate) fn of_year(year: &str) -> Option<Self> {
        Edition::ALL.into_iter().find(|it| it.year() == year)
    }
}

/// The `//|` options of a cell.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Options {
    /// Name for references: `fig-bowl`.
    pub(crate) label: Option<String>,
    pub(crate) caption: Option<String>,
    /// What the figure shows, for those who can't see it.
    pub(crate) alt: Option<String>,
    pub(crate) echo: Echo,
    pub(crate) output: bool,
    /// Time limit of the lesson in seconds, when this cell needs more than the others.
    pub(crate) timeout: Option<u64>,
}

/// Whether a cell's code is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Echo {
    /// It is.
    #[default]
    #[serde(rename = "true")]
    Shown,
    /// A line is, which opens it.
    #[serde(rename = "fold")]
    Folded,
    /// It is not.
    #[serde(rename = "false")]
    Hidden,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            label: None,
            caption: None,
            alt: None,
            echo: Echo::Shown,
            output: true,
            timeout: None,
        }
    }
}

impl Options {
    /// The time limit this cell asks for.
    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }
}

/// A ` ```output ` fence: what the cell before it prints.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    pub(crate) span: Range<usize>,
    /// The lines between the backticks.
    pub(crate) content: Range<usize>,
    /// The lines without the prefix of a list item or quote.
    pub(crate) text: String,
    pub(crate) prefix: String,
}

/// What the words after a fence's backticks say, or nothing if it is not Rust's.
pub(super) struct Info {
    pub(super) mode: Mode,
    pub(super) edition: Option<Edition>,
}

/// Words that mdBook and rustdoc know and that change nothing here.
const SILENT_WORDS: [&str; 8] = [
    "editable",
    "noplayground",
    "noplaypen",
    "mdbook-runnable",
    "runnable",
    "standalone_crate",
    "test_harness",
    "rust",
];

const MODE_WORDS: [(&str, Mode); 4] = [
    ("ignore", Mode::Ignore),
    ("no_run", Mode::NoRun),
    ("should_panic", Mode::ShouldPanic),
    ("compile_fail", Mode::CompileFail(None)),
];

fn mode_named(word: &str) -> Option<Mode> {
    MODE_WORDS.into_iter().find(|(name, _)| *name == word).map(|(_, mode)| mode)
}

/// Reads the words of a fence; `span` is theirs.
pub(super) fn read_info(document: &Document, span: &Range<usize>, problems: &mut Vec<Problem>) -> Option<Info> {
    let text = &document.text()[span.clone()];
    let mut words = text.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    if words.next()? != "rust" {
        return None;
    }
    let mut info = Info { mode: Mode::Run, edition: None };
    let place = |word: &str| {
        let start = span.start + (word.as_ptr() as usize - text.as_ptr() as usize);
        document.place(start..start + word.len())
    };
    for word in words {
        let code = word.strip_prefix('E').filter(|code| code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()));
        if let Some(mode) = mode_named(word) {
            info.mode = mode;
            continue;
        }
        match word {
            _ if code.is_some() => match &mut info.mode {
                Mode::CompileFail(reason) => *reason = Some(word.to_owned()),
                _ => problems.push(
                    Problem::error(
                        Kind::Fence,
                        format!("`{word}` says why code does not compile, but this code should"),
                    )
                    .at(place(word))
                    .help(format!("write `rust,compile_fail,{word}`")),
                ),
            },
            _ if word.starts_with("edition") => match Edition::of_year(&word["edition".len()..]) {
                Some(edition) => info.edition = Some(edition),
                None => problems.push(
                    Problem::error(Kind::Fence, format!("there is no `{word}`"))
                        .at(place(word))
                        .help("editions are 2015, 2018, 2021 and 2024"),
                ),
            },
            _ if word.starts_with("ignore-") => {}
            _ if word.starts_with('{') || word.contains('=') || SILENT_WORDS.contains(&word) => {}
            _ => {
                let message = format!("unknown word `{word}` after the backticks");
                let Some(known) = nearest(word, MODE_WORDS.map(|(known, _)| known)) else {
                    let warning = Problem::warning(Kind::Fence, message).at(place(word));
                    problems.push(warning.note("it is passed on and changes nothing"));
                    continue;
                };
                // The cell is taken as what it was meant to be, so that one error is all there is.
                info.mode = mode_named(known).unwrap_or(Mode::Run);
                let error = Problem::error(Kind::Fence, message).at(place(word));
                problems.push(error.help(format!("did you mean `{known}`?")));
            }
        }
    }
    Some(info)
}

/// Splits the `//|` lines off the top of a cell and reads them.
pub(super) fn read_options(
    document: &Document,
    lines: &mut Vec<CodeLine>,
    problems: &mut Vec<Problem>,
) -> (Options, Range<usize>) {
    let count = lines.iter().take_while(|line| line.text.text().trim_start().starts_with("//|")).count();
    let options: Vec<CodeLine> = lines.drain(..count).collect();
    let Some(first) = options.first() else {
        return (Options::default(), 0..0);
    };
    let marks = |line: &CodeLine| line.text.text().find("//|").unwrap_or_default();
    let end = |line: &CodeLine| line.text.position(line.text.text().len());
    let start = first.text.position(marks(first));
    let span = start..options.last().map_or(start, end);
    let yaml_lines: Vec<yaml::Line<'_>> = options
        .iter()
        .map(|line| {
            let text = line.text.text();
            let indent = marks(line) + "//|".len();
            let space = usize::from(text[indent..].starts_with(' '));
            yaml::Line {
                text: &text[indent + space..],
                start: line.text.position(indent + space),
            }
        })
        .collect();
    let (options, wrong) = yaml::read(document, &yaml_lines, Kind::Option, "option");
    problems.extend(wrong);
    (options, span)
}
