//! A cell: the words after its backticks, its `//|` options, its lines of code.

use std::ops::Range;
use std::time::Duration;

use pulldown_cmark::Event;
use serde::Deserialize;

use super::keys;
use super::limits::{Digits, Seconds};
use super::mapped_text::MappedText;
use super::yaml;
use crate::problem::{Kind, Problem};
use crate::source::Document;

/// A ` ```rust ` fence.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The fence, from its opening backticks to the end of its closing ones.
    pub(crate) span: Range<usize>,
    /// The words after the opening backticks; the first line of indented code.
    pub(crate) info: Range<usize>,
    pub(crate) marks: Marks,
    /// What each line after the fence must begin with to stay in the same list item or quote.
    pub(crate) prefix: String,
    pub(crate) mode: Mode,
    pub(crate) edition: Option<Edition>,
    /// Its `#[test]` functions are what is run.
    pub(crate) harness: bool,
    pub(crate) options: Options,
    /// What to see in the figure or table, read.
    pub(crate) caption: Option<Caption>,
    /// The lines of the options, to be left out of the page.
    pub(crate) options_span: Range<usize>,
    pub(crate) lines: Vec<CodeLine>,
    /// What closes the fence, where the chapter or container ends before it is closed.
    pub(crate) unclosed: Option<String>,
    /// Another fence opens in its code, and nobody knows where it was to end.
    pub(crate) swallows: bool,
    /// The ` ```output ` fence right after the cell.
    pub(crate) pinned: Option<Pinned>,
}

/// How a cell is marked as Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    /// A fence whose first word is `rust`.
    Rust,
    /// A fence without that word there, which mdBook takes for another language.
    Other,
    /// Code that is indented, which has no words.
    Indented,
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
    /// `compile_fail`: it must not compile, for all of these reasons.
    CompileFail(Vec<String>),
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
    /// How much room its figure has.
    pub(crate) width: Width,
    /// A link below the figure leads to what it shows, as a file.
    pub(crate) data: bool,
    /// Time limit of the cell itself, which does not count as time of its lesson.
    pub(crate) timeout: Option<Seconds>,
    /// Significant digits of the numbers that it shows.
    pub(crate) digits: Option<Digits>,
    /// The page says of what type the names are that it binds, and what small values they have.
    pub(crate) lets: Option<bool>,
    /// Names for the parts of the last value that it shows, or one for the whole.
    pub(crate) names: Option<Vec<String>>,
}

/// The caption of a cell. What in it recto acts on are the items right behind the cell.
#[derive(Clone, Debug)]
pub(crate) struct Caption {
    /// The markdown, where YAML leaves it as it is written.
    pub(crate) text: Option<MappedText>,
    pub(crate) parts: Vec<CaptionPart>,
    /// How many items it has.
    pub(crate) items: usize,
}

/// A part of a caption. An item is given by its number among those of the caption.
#[derive(Clone, Debug)]
pub(crate) enum CaptionPart {
    Markup(Event<'static>),
    /// A formula or an inline value.
    Item(usize),
    /// A claim or a reference begins, and ends.
    Open(usize),
    Close(usize),
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

/// How wide a figure may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Width {
    /// As the text.
    #[default]
    #[serde(rename = "text")]
    Text,
    /// As the text and the margin beside it.
    #[serde(rename = "wide")]
    Wide,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            label: None,
            caption: None,
            alt: None,
            echo: Echo::Shown,
            output: true,
            width: Width::Text,
            data: false,
            timeout: None,
            digits: None,
            lets: None,
            names: None,
        }
    }
}

impl Options {
    /// The cell's own time limit.
    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.timeout.map(|seconds| Duration::from_secs(seconds.into()))
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

/// The option that a comment is likely meant to be, as it is written, such as `// | label: fig-one`. Without the bar it is one only
/// where it leads a cell, with a key that says nothing else.
pub(crate) fn nearly_option(comment: &str, leads: bool) -> Option<String> {
    let slashes = comment.strip_prefix("//")?;
    let rest = slashes.trim_start_matches(['/', '!', ' ', '\t', '\u{a0}']);
    let barred = rest.strip_prefix(['|', '¦', '│', '｜', '❘']);
    let option = barred.unwrap_or(rest).trim();
    let (key, value) = option.split_once(':')?;
    let (key, value) = (key.trim_end(), value.trim());
    let meant = || keys::meant::<Options>(key).filter(|_| barred.is_some());
    let key = if keys::fields_of::<Options>().contains(&key) { key } else { meant()? };
    let is_plain = leads && matches!(key, "label" | "caption" | "alt");
    let is_nearly = !value.is_empty() && (barred.is_some() || is_plain);
    // Of a bar that touches the slashes it is said already.
    let is_said = ["//|", "///|", "//!|"].iter().any(|mark| comment.starts_with(mark));
    (is_nearly && !is_said).then(|| format!("//| {key}: {value}"))
}
