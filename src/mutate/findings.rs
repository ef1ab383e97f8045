//! What mutants of a lesson showed, as data: the command's output, `mutation.json` and the verification page are views of it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::{Failure, Kind, Problem};
use crate::run::replace;
use crate::verify::Checked;

/// The file beside `book.toml`.
pub(crate) const FILE: &str = "mutation.json";
/// Version of its form.
const FORMAT: u32 = 1;

/// What the mutants of a lesson showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Findings {
    /// Hash of what the lesson is: its text, the book's library, its data.
    pub(crate) fingerprint: String,
    /// Which of them were tried follows from it.
    pub(crate) seed: u64,
    /// How many there are.
    pub(crate) mutants: usize,
    /// Those that do not compile.
    pub(crate) refused: usize,
    /// Those whose code is not run.
    pub(crate) unreached: usize,
    /// Those that were tried, in the order of the page.
    pub(crate) tried: Vec<Tried>,
    /// How many last digits of stated numbers were changed, each of which was noticed.
    pub(crate) digits: usize,
    pub(crate) slacks: Vec<Slack>,
}

/// A mutant that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tried {
    /// Where it is in the file, lines and columns from 1.
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// In bytes of the lesson's text.
    pub(crate) span: Range<usize>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) fate: Fate,
    /// The items of the lesson at which something turned wrong.
    pub(crate) wrong: Vec<usize>,
    /// Those that showed or compared something else.
    pub(crate) moved: Vec<usize>,
}

impl Tried {
    /// Whether figures alone show something else.
    pub(crate) fn is_drawn(&self, checked: &Checked<'_>) -> bool {
        self.fate == Fate::Shown && self.moved.iter().all(|item| checked.items[*item].pictures() > 0)
    }
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fate {
    /// A check turned wrong.
    Caught,
    /// It ran past a limit.
    Limit,
    /// The page shows something else, and no check turned wrong.
    Shown,
    /// The page is the same.
    Unnoticed,
}

/// How far an inequality is from being wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slack {
    /// The claim, by its index among the lesson's items.
    pub(crate) item: usize,
    /// What it says, as `< 0.5`.
    pub(crate) says: String,
    /// The least distance of the value from the bound.
    pub(crate) distance: f64,
}

impl Findings {
    /// How many came to this end.
    pub(crate) fn count(&self, fate: Fate) -> usize {
        self.tried.iter().filter(|tried| tried.fate == fate).count()
    }

    /// How many changed figures and nothing else.
    pub(crate) fn drawn(&self, checked: &Checked<'_>) -> usize {
        self.tried.iter().filter(|tried| tried.is_drawn(checked)).count()
    }

    /// How many could be tried.
    pub(crate) fn possible(&self) -> usize {
        self.mutants - self.refused - self.unreached
    }

    /// The inputs whose change turned an item wrong; and those whose change it showed.
    pub(crate) fn inputs_of(&self, item: usize) -> (Vec<&Tried>, Vec<&Tried>) {
        let of = |items: fn(&Tried) -> &Vec<usize>| -> Vec<&Tried> {
            self.tried.iter().filter(|tried| items(tried).contains(&item)).collect()
        };
        (of(|tried| &tried.wrong), of(|tried| &tried.moved))
    }
}

/// The findings of a book, by the files of its lessons.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Book {
    format: u32,
    lessons: BTreeMap<String, Findings>,
}

impl Book {
    /// Those that stand beside a book's settings; none where there is no file.
    ///
    /// # Errors
    /// The file is none that recto wrote.
    pub(crate) fn read(root: &Path) -> Result<Book, Failure> {
        let path = root.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Book::default()),
            Err(error) => return Err(Problem::io(&path, &error)),
        };
        let book = serde_json::from_str::<Book>(&text).ok().filter(|book| book.format == FORMAT);
        book.ok_or_else(|| {
            let message = format!("`{}` is not what this version of `recto mutate` writes", path.display());
            let help = "remove it, and run `recto mutate` to have it anew";
            Problem::error(Kind::Mutation, message).help(help).in_environment()
        })
    }

    /// What was found of a lesson, as it was then.
    pub(crate) fn lesson(&self, file: &str) -> Option<&Findings> {
        self.lessons.get(file)
    }

    /// Takes in what is new.
    pub(crate) fn add(&mut self, file: String, findings: Findings) {
        self.lessons.insert(file, findings);
    }

    /// Writes the file, without the lessons that the book has no more.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn write(&mut self, root: &Path, is_lesson: impl Fn(&str) -> bool) -> Result<(), Failure> {
        self.format = FORMAT;
        self.lessons.retain(|file, _| is_lesson(file));
        let path = root.join(FILE);
        let mut text = serde_json::to_string(self).unwrap_or_default();
        // A line for each mutant, so that versions can be compared. No literal holds such text.
        text = text.replace("{\"line\":", "\n{\"line\":") + "\n";
        replace(&path, text.as_bytes()).map_err(|error| Problem::io(&path, &error))
    }
}
