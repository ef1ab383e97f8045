//! The text of a claim, and what is said of it.

use std::fmt;
use std::ops::Range;

/// How a computed value relates to the numbers of the text, the value on the left: *value ≤ 3*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) enum Relation {
    /// Equal up to rounding error; exactly, for integers.
    #[serde(rename = "=")]
    Equal,
    /// Within half a unit of the last digit written.
    #[serde(rename = "≈")]
    About,
    /// Smaller.
    #[serde(rename = "<")]
    Less,
    /// Smaller or equal.
    #[serde(rename = "≤")]
    AtMost,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = "≥")]
    AtLeast,
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
        })
    }
}

/// A claim's text, or a part of it, that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verify) struct NotUnderstood {
    /// Where, in bytes of the document.
    pub(in crate::verify) span: Range<usize>,
    pub(in crate::verify) message: String,
    pub(in crate::verify) help: Option<String>,
}
