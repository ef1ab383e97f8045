//! The text of a claim, and what is said of it.

use std::cmp::Ordering;
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
    /// Between two numbers, or one of them.
    #[serde(rename = "∈")]
    Within,
}

impl Relation {
    /// The relation read from right to left: 3 > x is x < 3.
    pub(crate) fn mirrored(self) -> Relation {
        match self {
            Self::Less => Self::Greater,
            Self::Greater => Self::Less,
            Self::AtMost => Self::AtLeast,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    /// Where an inequality has the value: below or above.
    pub(crate) fn side(self) -> Option<Ordering> {
        match self {
            Self::Less | Self::AtMost => Some(Ordering::Less),
            Self::Greater | Self::AtLeast => Some(Ordering::Greater),
            Self::Equal | Self::About | Self::Within => None,
        }
    }
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
        })
    }
}

/// A claim's text, or a part of it, that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotUnderstood {
    /// Where, in bytes of the document.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}
