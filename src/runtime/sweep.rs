//! Sweeps: one figure over a list of values of a parameter, all frames computed beforehand.

use std::error::Error;
use std::fmt::Display;

use super::figure::Figure;

/// One figure for each value of a parameter. The reader moves a slider from value to value; without script the figures
/// stand in a row to scroll.
///
/// The cell's options are those of a [`Figure`]; `label`, `caption` and `alt` are of the sweep as a whole. Each frame is
/// part of the page, so ten frames make it as large as ten figures do.
///
/// ```
/// use recto::{Figure, Frame, Sweep};
///
/// let sweep = Sweep::new("radius", [1, 2, 3], |r| {
///     let svg = format!("<svg viewBox='0 0 8 8'><circle cx='4' cy='4' r='{r}'/></svg>");
///     Ok(Frame::new(Figure::from_svg(svg)).note(format!("The dot covers ${}\\pi$.", r * r)))
/// })?
/// .starting_at(1);
/// assert_eq!(sweep.frames(), 3);
/// # Ok::<(), recto::SweepError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Sweep {
    pub(crate) parameter: String,
    /// Each with its value of the parameter; at least one.
    pub(crate) frames: Vec<(String, Frame)>,
    /// Index of the frame shown at first.
    pub(crate) first: usize,
}

/// A figure of a sweep, with a sentence on what to see at this value. A closure that has nothing to say returns the
/// [`Figure`] itself.
///
/// ```
/// use recto::{Figure, Frame, Sweep};
///
/// let square = |a: &f64| {
///     Figure::from_svg(format!("<svg viewBox='0 0 4 4'><path d='M0 0 h{a} v{a} h-{a} z'/></svg>"))
/// };
/// let with_note = Sweep::new("side (cm)", [1.0, 2.5], |side| {
///     Ok(Frame::new(square(side)).note(format!("Its area is ${}$ cm².", side * side)))
/// })?;
/// let without = Sweep::new("side (cm)", [1.0, 2.5], |side| Ok(square(side)))?;
/// # assert_eq!(with_note.frames(), without.frames());
/// # Ok::<(), recto::SweepError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    pub(crate) svg: String,
    /// Whether every coordinate is a finite number.
    pub(crate) finite: bool,
    /// May be empty.
    pub(crate) note: String,
}

/// Why [`Sweep::new`] gave no sweep. `?` at the end of a cell tells it to the author, with its cause.
#[derive(Debug)]
pub enum SweepError {
    /// The list of values is empty.
    NoValues {
        /// The parameter.
        parameter: String,
    },
    /// The frame of one value could not be made.
    Frame {
        /// The parameter and its value.
        at: String,
        /// What went wrong.
        cause: Box<dyn Error>,
    },
}

impl std::fmt::Display for SweepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SweepError::NoValues { parameter } => write!(f, "a sweep of `{parameter}` over no values"),
            SweepError::Frame { at, .. } => write!(f, "no frame for {at}"),
        }
    }
}

impl Error for SweepError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SweepError::NoValues { .. } => None,
            SweepError::Frame { cause, .. } => Some(&**cause),
        }
    }
}

impl Frame {
    /// A frame without a note.
    pub fn new(figure: Figure) -> Self {
        Frame {
            finite: figure.has_finite_coordinates(),
            svg: figure.svg,
            note: String::new(),
        }
    }

    /// A sentence on what to see at this value, shown below the frame and read out with it. As in a caption, markdown and
    /// `$…$` are understood.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl From<Figure> for Frame {
    fn from(figure: Figure) -> Self {
        Frame::new(figure)
    }
}

impl Sweep {
    /// A frame for each value, in order. `parameter` names what is varied, with its unit if it has one; beside the slider
    /// stands `parameter = value`, the value as `Display` prints it. `frame` makes the [`Frame`] or [`Figure`] of a value.
    ///
    /// # Errors
    /// There are no values, or `frame` returned an error, which is the cause of this one.
    pub fn new<T: Display, F: Into<Frame>>(
        parameter: &str,
        values: impl IntoIterator<Item = T>,
        mut frame: impl FnMut(&T) -> Result<F, Box<dyn Error>>,
    ) -> Result<Sweep, SweepError> {
        let mut frames = Vec::new();
        for value in values {
            match frame(&value) {
                Ok(frame) => frames.push((value.to_string(), frame.into())),
                Err(cause) => {
                    let at = format!("{parameter} = {value}");
                    return Err(SweepError::Frame { at, cause });
                }
            }
        }
        if frames.is_empty() {
            Err(SweepError::NoValues { parameter: parameter.to_owned() })
        } else {
            Ok(Sweep {
                parameter: parameter.to_owned(),
                frames,
                first: 0,
            })
        }
    }

    /// Which frame is shown at first, counted from 0; the last one if there are not so many.
    #[must_use]
    pub fn starting_at(mut self, index: usize) -> Self {
        self.first = index.min(self.frames.len() - 1);
        self
    }

    /// Whether there is a frame to show at first.
    pub(super) fn is_whole(&self) -> bool {
        self.first < self.frames.len()
    }

    /// The number of frames.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(r: f64) -> Figure {
        Figure::from_svg(format!("<svg><circle r=\"{r}\"/></svg>"))
    }

    #[test]
    fn a_sweep_has_a_frame_for_each_value_and_begins_within_them() {
        let sweep = Sweep::new("r", [0.5, 1.0], |&r| Ok(dot(r))).unwrap().starting_at(7);
        assert_eq!((sweep.frames(), sweep.first), (2, 1));
        let (value, frame) = &sweep.frames[0];
        assert_eq!((value.as_str(), frame.finite), ("0.5", true));
    }

    #[test]
    fn what_goes_wrong_says_at_which_value() {
        let failed = Sweep::new("r", [1.0, 2.0], |&r| if r < 1.5 { Ok(dot(r)) } else { Err("too large".into()) });
        let error = failed.unwrap_err();
        assert_eq!(error.to_string(), "no frame for r = 2");
        assert_eq!(error.source().unwrap().to_string(), "too large");
        let none = Sweep::new("r", [0.0; 0], |&r| Ok(dot(r)));
        assert_eq!(none.unwrap_err().to_string(), "a sweep of `r` over no values");
    }
}
