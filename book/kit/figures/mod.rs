//! The book's drawings: plots, contour maps and surfaces in one style.
//!
//! In: panels built from data. Out: a [`recto::Figure`], an SVG that suits light and dark pages: ink is the page's text
//! colour, the other colours keep their contrast on both. Values that are not finite, ranges that are empty and
//! logarithms of what is not positive are a [`FigureError`].

mod axis;
mod contours;
mod grid;
mod histogram;
mod pen;
mod plot;
mod surface;
mod timeline;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use thiserror::Error;

pub use axis::Axis;
pub use grid::Grid;
pub use histogram::histogram;
pub use pen::{Anchor, Pen};
pub use plot::Plot;
pub use surface::Surface;
pub use timeline::Timeline;

/// The backend rounds coordinates to whole units: with this many of them to a pixel, curves stay smooth.
const UNITS: u32 = 10;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 420;
const TEXT: u32 = 17;

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

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
}

/// One panel as a figure of 640 by 420 pixels.
///
/// # Errors
/// See [`FigureError`].
pub fn figure(panel: &impl Panel) -> Result<recto::Figure, FigureError> {
    svg(WIDTH, HEIGHT, |canvas| panel.draw_on(canvas)).map(recto::Figure::from_svg)
}

/// Panels side by side in rows of `columns`, each `height` pixels high, as a figure of 640 pixels' width.
///
/// # Errors
/// See [`FigureError`].
pub fn gallery(columns: usize, height: u32, panels: &[&dyn Panel]) -> Result<recto::Figure, FigureError> {
    let columns = columns.max(1);
    let rows = panels.len().div_ceil(columns);
    svg(WIDTH, height * rows as u32, |canvas| {
        let cells = canvas.split_evenly((rows, columns));
        panels.iter().zip(&cells).try_for_each(|(panel, cell)| panel.draw_on(cell))
    })
    .map(recto::Figure::from_svg)
}

fn svg(
    width: u32,
    height: u32,
    draw: impl FnOnce(&Canvas<'_>) -> Result<(), FigureError>,
) -> Result<String, FigureError> {
    let mut text = String::new();
    let fine = (width * UNITS, height * UNITS);
    let canvas = SVGBackend::with_string(&mut text, fine).into_drawing_area();
    draw(&canvas)?;
    canvas.present()?;
    drop(canvas);
    let size = |(width, height): (u32, u32)| format!(r#"width="{width}" height="{height}""#);
    // Labels stay readable on top of lines: a rim in the colour of the page, where the page has one.
    let halo = format!(
        r#"<text style="paint-order:stroke;stroke:var(--bg,transparent);stroke-width:{};stroke-linejoin:round" "#,
        4 * UNITS
    );
    Ok(Pen::dashed(text)
        .replacen(&size(fine), &size((width, height)), 1)
        .replace("#000000", "currentColor")
        .replace("<text ", &halo))
}
