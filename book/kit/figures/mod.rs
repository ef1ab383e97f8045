//! The book's drawings: plots, contour maps and surfaces in one style.
//!
//! In: panels built from data. Out: a [`recto::Figure`], an SVG in the colours of the page, with what it shows as a table.
//! Texts are words, and formulas between dollar signs (see [`recto::Canvas`]). Values that are not finite, ranges that are empty and
//! logarithms of what is not positive are a [`FigureError`].

mod axis;
mod contours;
mod flow;
mod grid;
mod histogram;
mod pen;
mod plot;
mod surface;
mod timeline;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use thiserror::Error;

pub use axis::Axis;
pub use flow::{Flow, Place};
pub use grid::Grid;
pub use histogram::histogram;
pub use pen::{Anchor, Pen};
pub use plot::Plot;
pub use surface::Surface;
pub use timeline::Timeline;

/// The canvas has whole coordinates: with this many of them to a pixel, curves stay smooth.
const UNITS: u32 = 10;
/// So wide that the text, on a phone's column of 300 pixels, has 11.
const WIDTH: u32 = 480;
const HEIGHT: u32 = 330;
const TEXT: f64 = 17.7;
/// The width of several panels side by side, in the text and with the margin.
const WIDE: u32 = 640;
const SPREAD: u32 = 840;

type Canvas<'a> = DrawingArea<recto::Canvas<'a>, Shift>;

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FigureError {
    /// A value to draw is NaN or infinite, or not positive on a logarithmic axis.
    #[error("{value} has no place on the axis `{axis}`")]
    NoPlace {
        /// The label of the axis.
        axis: String,
        /// The value.
        value: f64,
    },
    /// A range is empty, not finite, or reaches zero on a logarithmic axis.
    #[error("the axis `{axis}` cannot go from {start} to {end}")]
    Range {
        /// The label of the axis.
        axis: String,
        /// Its start.
        start: f64,
        /// Its end.
        end: f64,
    },
    /// Ticks at multiples of a step that is not positive and finite, or so small that there would be more than a thousand.
    #[error("the axis `{axis}` cannot have ticks every {step}")]
    Ticks {
        /// The label of the axis.
        axis: String,
        /// The step.
        step: f64,
    },
    /// The function whose contours or surface were asked for is NaN or infinite at a point of the grid.
    #[error("the function is {value} at ({x}, {y})")]
    Field {
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
        /// The value there.
        value: f64,
    },
    /// A histogram needs values, all of them finite, and at least one bin of a range that is not empty.
    #[error("no histogram of {values} values ({}) in {bins} bins from {start} to {end}", if *.finite {"finite"} else {"not all finite"})]
    Histogram {
        /// How many values there are.
        values: usize,
        /// Whether all of them are finite.
        finite: bool,
        /// How many bins were asked for.
        bins: usize,
        /// Start of the range.
        start: f64,
        /// End of the range.
        end: f64,
    },
    /// The tint of a tile is no share from 0 to 1.
    #[error("the tile at ({x}, {y}) is tinted by {share}")]
    Share {
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
        /// What should be a share.
        share: f64,
    },
    /// The drawing library failed.
    #[error("drawing failed: {0}")]
    Drawing(String),
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for FigureError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// What can fill a figure or a part of one.
pub trait Panel {
    /// Draws on the canvas, whatever its size.
    #[doc(hidden)]
    fn draw_on(&self, canvas: &Canvas<'_>) -> Result<(), FigureError>;

    /// The height in pixels that leaves no room above or below what it draws at a width, if that is less than `most`.
    #[doc(hidden)]
    fn fitting(&self, _width: u32, most: u32) -> Result<u32, FigureError> {
        Ok(most)
    }

    /// What it shows as rows of a table: the series, and the coordinates of its points.
    #[doc(hidden)]
    fn data(&self) -> Vec<[String; 3]> {
        Vec::new()
    }
}

/// One panel as a figure of 480 by 330 pixels, less high where axes of equal units leave room.
///
/// # Errors
/// See [`FigureError`].
pub fn figure(panel: &impl Panel) -> Result<recto::Figure, FigureError> {
    drawn(WIDTH, panel.fitting(WIDTH, HEIGHT)?, panel)
}

/// Panels side by side in rows of `columns`, each at most `height` pixels high, as a figure of 640 pixels' width; in one column,
/// as wide as one panel. Where there is no room for a row, panels stand below each other. The page names them (a), (b) and so on.
///
/// # Errors
/// See [`FigureError`].
pub fn gallery(columns: u32, height: u32, panels: &[&dyn Panel]) -> Result<recto::Figure, FigureError> {
    rows(WIDE, columns, height, panels)
}

/// The same with 840 pixels' width, for a cell with the option `width: wide`.
///
/// # Errors
/// See [`FigureError`].
pub fn spread(columns: u32, height: u32, panels: &[&dyn Panel]) -> Result<recto::Figure, FigureError> {
    rows(SPREAD, columns, height, panels)
}

fn rows(width: u32, columns: u32, height: u32, panels: &[&dyn Panel]) -> Result<recto::Figure, FigureError> {
    let width = if columns > 1 { width / columns } else { WIDTH };
    let fitting = panels.iter().map(|panel| panel.fitting(width, height));
    let height = fitting.collect::<Result<Vec<u32>, FigureError>>()?.into_iter().max().unwrap_or(height);
    let figures = panels.iter().map(|panel| drawn(width, height, *panel)).collect::<Result<Vec<_>, FigureError>>()?;
    Ok(recto::Figure::panels(columns, figures))
}

/// A panel as a figure, with a table of what it shows.
fn drawn(width: u32, height: u32, panel: &dyn Panel) -> Result<recto::Figure, FigureError> {
    let figure = recto::Canvas::draw((width, height), UNITS, |canvas| panel.draw_on(canvas))?;
    let rows = panel.data();
    if rows.is_empty() {
        return Ok(figure);
    }
    let mut table = recto::Table::new(["series", "x", "y"]);
    rows.into_iter().for_each(|row| table.push(row));
    Ok(figure.with_data(&table))
}
