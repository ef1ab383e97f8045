//! A `verification.json`, as any version of recto wrote it: what of it two versions of a book are compared by.
//!
//! In: its text. Out: a [`Reported`]. What the first form did not say is absent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The newest form that is understood; all before it are too.
const NEWEST: u32 = 2;

/// What one build found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Reported {
    /// Version of the form.
    pub(crate) format: u32,
    pub(crate) book: Option<String>,
    pub(crate) verified: bool,
    pub(super) environment: Environment,
    pub(super) lessons: Vec<Lesson>,
}

/// What the lessons ran on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Environment {
    pub(super) recto: String,
    pub(super) rustc: String,
    pub(super) crates: Vec<Crate>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

/// A chapter.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Lesson {
    pub(super) page: String,
    pub(super) source: String,
    pub(super) title: String,
    pub(super) covered: bool,
    pub(super) checks: Vec<Check>,
    #[serde(default)]
    pub(super) formulas: Formulas,
    pub(super) coverage: Option<Coverage>,
    pub(super) anchors: Option<Vec<String>>,
}

/// How many relations its formulas state, and how many of them are checked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Formulas {
    pub(super) relations: usize,
    pub(super) checked: usize,
}

/// Which results in its text are bound to code.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Coverage {
    pub(super) given: Vec<Given>,
    pub(super) unbound: Vec<Unbound>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) sentence: String,
    pub(super) place: Spot,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Unbound {
    pub(super) text: String,
    pub(super) place: Spot,
}

/// A thing that was checked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) anchor: Option<String>,
    pub(super) example: Option<String>,
    pub(super) place: Spot,
    pub(super) status: Status,
    pub(super) sentence: Option<String>,
    #[serde(flatten)]
    pub(super) subject: Subject,
}

/// A place in a file below the folder of `book.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub(crate) struct Spot {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Right,
    NotRun,
    Wrong,
}

/// What was checked, and against what.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Subject {
    Cell {
        expected: Expected,
        code: Option<String>,
        blake3: Option<String>,
    },
    Claim(Claim),
    Value {
        expression: String,
        text: Option<String>,
    },
    Output {
        #[serde(default)]
        wildcards: usize,
    },
    Figure(Figure),
    /// What no two versions are compared by.
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expected {
    Runs,
    Compiles,
    Panics,
    DoesNotCompile,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Claim {
    pub(super) text: String,
    pub(super) expression: String,
    pub(super) parts: Vec<Part>,
    pub(super) names: Vec<String>,
    pub(super) computed: Vec<String>,
}

/// A part of a claim's text that is compared with its value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Part {
    pub(super) relation: Relation,
    pub(super) stated: Vec<String>,
    /// The same in decimal digits; absent in the first form.
    pub(super) values: Option<Vec<String>>,
    pub(super) tolerance: Tolerance,
}

/// How a value is to relate to the numbers, the value on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Relation {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "≈")]
    About,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "≤")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = "≥")]
    AtLeast,
    #[serde(rename = "∈")]
    Within,
    /// One of another version.
    #[serde(other)]
    Other,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::About => "≈",
            Self::Less => "<",
            Self::AtMost => "≤",
            Self::Greater => ">",
            Self::AtLeast => "≥",
            Self::Within => "∈",
            Self::Other => "?",
        })
    }
}

/// What difference is let pass.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Tolerance {
    /// Half a unit of the last digit written: the least and the most among the numbers.
    LastDigit { least: f64, most: f64 },
    /// None, or rounding error.
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Figure {
    pub(super) name: Option<String>,
    pub(super) alt: String,
    pub(super) pictures: usize,
    pub(super) caption: Option<String>,
    pub(super) shows: Option<Shows>,
}

/// What tells a figure from one that shows something else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Shows {
    pub(super) kind: String,
    pub(super) blake3: String,
}

/// Why a text is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is of a form that a later recto writes.
    Newer(u32),
    /// What is wrong with it.
    Form(String),
}

impl Reported {
    /// Reads a report.
    ///
    /// # Errors
    /// It is none, or one of a form that is not known yet.
    pub(crate) fn read(json: &str) -> Result<Reported, Unreadable> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let wrong = |error: serde_json::Error| Unreadable::Form(error.to_string());
        let Form { format } = serde_json::from_str(json).map_err(wrong)?;
        if format > NEWEST {
            return Err(Unreadable::Newer(format));
        }
        serde_json::from_str(json).map_err(wrong)
    }

    /// Whether it says sentences, hashes, anchors and coverage.
    pub(super) fn is_whole(&self) -> bool {
        self.format >= NEWEST
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(format) => {
                write!(f, "its form is {format}, and this recto reads the forms 1 to {NEWEST}")
            }
            Self::Form(wrong) => f.write_str(wrong),
        }
    }
}
