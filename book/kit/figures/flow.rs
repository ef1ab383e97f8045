//! What is computed from what: boxes on a grid, joined by arrows.

use super::axis::width;
use super::pen::{Anchor, At, write};
use super::{Canvas, FigureError, Panel, Pen, TEXT, UNITS};

/// A place on the grid: its column and its row, from the upper left.
pub type Place = (u32, u32);

/// A graph of a computation: each value is a box with a text, and an arrow leads from it to what is computed from it.
///
/// Boxes stand in the middle of the cells of a grid that fills the panel. Arrows go from rim to rim, straight.
pub struct Flow {
    columns: u32,
    rows: u32,
    nodes: Vec<(Place, Pen, String)>,
    arrows: Vec<(Place, Place, Pen)>,
    dots: Vec<Place>,
}

impl Flow {
    /// Without boxes, on a grid of so many columns and rows.
    pub fn new(columns: u32, rows: u32) -> Self {
        let (nodes, arrows, dots) = (Vec::new(), Vec::new(), Vec::new());
        Self { columns, rows, nodes, arrows, dots }
    }

    /// A box at a place, tinted in the colour of the pen.
    pub fn node(mut self, pen: Pen, at: Place, text: &str) -> Self {
        self.nodes.push((at, pen, text.to_owned()));
        self
    }

    /// An arrow from the box at one place to the box at another.
    pub fn arrow(mut self, pen: Pen, from: Place, to: Place) -> Self {
        self.arrows.push((from, to, pen));
        self
    }

    /// A dot over the letter of the box at a place, as derivatives have it.
    pub fn dot(mut self, at: Place) -> Self {
        self.dots.push(at);
        self
    }

    /// Half of the width and of the height of a box.
    fn half(text: &str) -> (f64, f64) {
        let unit = f64::from(UNITS);
        ((0.5 * width(text) * TEXT + 9.0) * unit, (0.5 * TEXT + 9.0) * unit)
    }

    /// The text of the box at a place.
    fn text(&self, at: Place) -> Result<&str, FigureError> {
        let node = self.nodes.iter().find(|(place, ..)| *place == at);
        let (_, _, text) = node.ok_or_else(|| FigureError::NoPlace {
            axis: format!("column {}, row", at.0),
            value: f64::from(at.1),
        })?;
        Ok(text)
    }
}

impl Panel for Flow {
    fn draw_on(&self, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        let (across, down) = canvas.dim_in_pixel();
        let middle = |k: u32, of: u32, length: u32| f64::from(length) * (f64::from(k) + 0.5) / f64::from(of.max(1));
        let centre = |(column, row): Place| (middle(column, self.columns, across), middle(row, self.rows, down));
        let at = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
        for &(from, to, pen) in &self.arrows {
            let rim = |place: Place, other: Place| -> Result<At, FigureError> {
                let ((x, y), (ox, oy)) = (centre(place), centre(other));
                let (wide, high) = Self::half(self.text(place)?);
                let share = (wide / (ox - x).abs()).min(high / (oy - y).abs()).min(0.5);
                Ok(at((x + share * (ox - x), y + share * (oy - y))))
            };
            pen.arrow(canvas, rim(from, to)?, rim(to, from)?)?;
        }
        for (place, pen, text) in &self.nodes {
            let ((x, y), (wide, high)) = (centre(*place), Self::half(text));
            pen.bar(canvas, at((x - wide, y - high)), at((x + wide, y + high)))?;
            write(canvas, text, Pen::Ink, at((x, y)), Anchor::Over)?;
        }
        for &place in &self.dots {
            let (x, y) = centre(place);
            // A script moves the letter to the left.
            let aside = if self.text(place)?.contains('_') { -0.15 } else { 0.08 };
            let unit = TEXT * f64::from(UNITS);
            Pen::Ink.marks(canvas, vec![at((x + aside * unit, y - 0.62 * unit))])?;
        }
        Ok(())
    }
}
