//! Sweeps: one figure over a list of values of a parameter, or of two, all frames computed beforehand.

use std::error::Error;
use std::fmt::Display;

use super::figure::Figure;
use super::numbers::{Number, Numbers};
#[cfg(feature = "generator")]
use super::table;

/// One figure for each value of a parameter, or for each pair of values of two. The reader moves a slider from value to
/// value, steps, or lets it play; without script the figures stand in a row to scroll.
///
/// The cell's options are those of a [`Figure`]; `label`, `caption` and `alt` are of the sweep as a whole. What all frames
/// have in common at the top level of their SVG, such as axes, stands on the page once.
///
/// A frame can be linked to: where the label is `fig-dots`, `#fig-dots?radius=2` opens the page there. The name is that of the
/// parameter, in small letters, Greek ones spelled out, without a unit in parentheses, with `-` for what else is between
/// letters and digits; the value is as it is shown. A second parameter follows: `#fig-x?eta=0.1&beta=0.9`.
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
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Sweep {
    /// One or two, each with its values.
    pub(crate) parameters: Vec<(String, Vec<String>)>,
    /// One for each value, or for each pair of them: those of the last parameter follow each other.
    pub(crate) frames: Vec<Frame>,
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
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    pub(crate) figure: Figure,
    /// May be empty.
    pub(crate) note: String,
    /// What a claim of every frame is about.
    pub(crate) values: Vec<Number>,
}

/// What [`Sweep::each`] gives to a claim.
#[derive(Clone, Copy, Debug)]
pub struct Each<'a>(&'a Sweep);

impl Numbers for Each<'_> {
    fn numbers(&self, into: &mut Vec<Number>) {
        for (number, frame) in self.0.frames.iter().enumerate() {
            into.push(Number::Case(self.0.at(number)));
            into.extend(frame.values.iter().cloned());
        }
    }
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
            figure,
            note: String::new(),
            values: Vec::new(),
        }
    }

    /// A sentence on what to see at this value, shown below the frame and read out with it. As in a caption, markdown and
    /// `$…$` are understood.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// What a claim can state of every frame, with [`Sweep::each`].
    #[must_use]
    pub fn value(mut self, value: impl Numbers) -> Self {
        self.values.clear();
        value.numbers(&mut self.values);
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
        let values: Vec<T> = values.into_iter().collect();
        let parameters = vec![named(parameter, &values)];
        Sweep::of(parameters, values.iter().map(|value| Ok(frame(value)?.into())))
    }

    /// A frame for each pair of values of two parameters; the reader has a slider for each. Otherwise as [`new`](Sweep::new):
    /// the frames are counted with the second value running first.
    ///
    /// ```
    /// use recto::{Figure, Sweep};
    ///
    /// let bars = Sweep::grid("width", [1, 2], "height", [1, 2, 3], |width, height| {
    ///     let bar = format!("<rect width='{width}' height='{height}'/>");
    ///     Ok(Figure::from_svg(format!("<svg viewBox='0 0 2 3'>{bar}</svg>")))
    /// })?;
    /// assert_eq!(bars.frames(), 6);
    /// # Ok::<(), recto::SweepError>(())
    /// ```
    ///
    /// # Errors
    /// One of the lists is empty, or `frame` returned an error, which is the cause of this one.
    pub fn grid<T: Display, U: Display, F: Into<Frame>>(
        first: &str,
        firsts: impl IntoIterator<Item = T>,
        second: &str,
        seconds: impl IntoIterator<Item = U>,
        mut frame: impl FnMut(&T, &U) -> Result<F, Box<dyn Error>>,
    ) -> Result<Sweep, SweepError> {
        let firsts: Vec<T> = firsts.into_iter().collect();
        let seconds: Vec<U> = seconds.into_iter().collect();
        let parameters = vec![named(first, &firsts), named(second, &seconds)];
        let pairs = firsts.iter().flat_map(|a| seconds.iter().map(move |b| (a, b)));
        Sweep::of(parameters, pairs.map(|(a, b)| Ok(frame(a, b)?.into())))
    }

    /// The [values](Frame::value) of the frames, for a claim of every frame: it must hold in each. `[below 1](< sweep.each())`
    /// fails if the value of one frame is 1 or more, and names that frame.
    ///
    /// ```
    /// use recto::{Figure, Frame, Sweep};
    ///
    /// let sweep = Sweep::new("side", [0.5, 0.75], |side| {
    ///     let square = format!("<svg viewBox='0 0 1 1'><rect width='{side}' height='{side}'/></svg>");
    ///     Ok(Frame::new(Figure::from_svg(square)).value(side * side))
    /// })?;
    /// let each = sweep.each();
    /// # Ok::<(), recto::SweepError>(())
    /// ```
    pub fn each(&self) -> Each<'_> {
        Each(self)
    }

    fn of(
        parameters: Vec<(String, Vec<String>)>,
        frames: impl Iterator<Item = Result<Frame, Box<dyn Error>>>,
    ) -> Result<Sweep, SweepError> {
        if let Some((parameter, _)) = parameters.iter().find(|(_, values)| values.is_empty()) {
            return Err(SweepError::NoValues { parameter: parameter.clone() });
        }
        let mut sweep = Sweep { parameters, frames: Vec::new(), first: 0 };
        for frame in frames {
            match frame {
                Ok(frame) => sweep.frames.push(frame),
                Err(cause) => {
                    let at = sweep.at(sweep.frames.len());
                    return Err(SweepError::Frame { at, cause });
                }
            }
        }
        Ok(sweep)
    }

    /// The values of the parameters at a frame.
    pub(crate) fn values(&self, frame: usize) -> Vec<(&str, &str)> {
        let mut rest = frame;
        let from_last = self.parameters.iter().rev().map(|(name, values)| {
            let value = &values[rest % values.len()];
            rest /= values.len();
            (name.as_str(), value.as_str())
        });
        let mut values: Vec<_> = from_last.collect();
        values.reverse();
        values
    }

    /// Where a frame stands: `η = 0.1, β = 0.9`.
    pub(crate) fn at(&self, frame: usize) -> String {
        let each = self.values(frame).into_iter().map(|(name, value)| format!("{name} = {value}"));
        each.collect::<Vec<_>>().join(", ")
    }

    /// What the frames show, as comma-separated values; empty if one has nothing to say, or they have other columns.
    #[cfg(feature = "generator")]
    pub(crate) fn data(&self) -> String {
        let quoted = |texts: Vec<&str>| texts.into_iter().map(table::cell).collect::<Vec<_>>().join(",");
        let names = quoted(self.parameters.iter().map(|(name, _)| name.as_str()).collect());
        let frames = self.frames.iter().enumerate();
        let frames = frames.map(|(number, frame)| {
            let values = self.values(number).into_iter().map(|(_, value)| value).collect();
            (quoted(values), frame.figure.data.as_str())
        });
        table::joined(&names, frames)
    }

    /// Which frame is shown at first, counted from 0; the last one if there are not so many.
    #[must_use]
    pub fn starting_at(mut self, index: usize) -> Self {
        self.first = index.min(self.frames.len() - 1);
        self
    }

    /// Whether there is a frame for each value, and one to show at first.
    #[cfg(feature = "generator")]
    pub(super) fn is_whole(&self) -> bool {
        let count: usize = self.parameters.iter().map(|(_, values)| values.len()).product();
        count == self.frames.len() && self.first < count
    }

    /// The number of frames.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }
}

fn named<T: Display>(parameter: &str, values: &[T]) -> (String, Vec<String>) {
    (parameter.to_owned(), values.iter().map(T::to_string).collect())
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
        assert_eq!((sweep.at(0).as_str(), sweep.frames[0].figure.finite), ("r = 0.5", true));
    }

    #[test]
    fn a_grid_has_a_frame_for_each_pair() {
        let mut asked = Vec::new();
        let sweep = Sweep::grid("x", [1, 2], "r", [0.5, 1.5], |&x, &r| {
            asked.push((x, r));
            Ok(dot(r))
        });
        let sweep = sweep.unwrap();
        assert_eq!(asked, [(1, 0.5), (1, 1.5), (2, 0.5), (2, 1.5)]);
        let at: Vec<String> = (0..4).map(|frame| sweep.at(frame)).collect();
        assert_eq!(at, ["x = 1, r = 0.5", "x = 1, r = 1.5", "x = 2, r = 0.5", "x = 2, r = 1.5"]);
        assert!(sweep.is_whole());
    }

    #[test]
    fn what_goes_wrong_says_at_which_value() {
        let failed = Sweep::new("r", [1.0, 2.0], |&r| if r < 1.5 { Ok(dot(r)) } else { Err("too large".into()) });
        let error = failed.unwrap_err();
        assert_eq!(error.to_string(), "no frame for r = 2");
        assert_eq!(error.source().unwrap().to_string(), "too large");
        let failed =
            Sweep::grid("x", [1, 2], "r", [1.0, 3.0], |_, &r| if r < 2.0 { Ok(dot(r)) } else { Err("".into()) });
        assert_eq!(failed.unwrap_err().to_string(), "no frame for x = 1, r = 3");
        let none = Sweep::grid("x", [1, 2], "y", [0; 0], |_, _| Ok(dot(1.0)));
        assert_eq!(none.unwrap_err().to_string(), "a sweep of `y` over no values");
        let none = Sweep::new("r", [0.0; 0], |&r| Ok(dot(r)));
        assert_eq!(none.unwrap_err().to_string(), "a sweep of `r` over no values");
    }
}
