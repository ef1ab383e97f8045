//! Functions that are too costly to be asked for each point of a drawing.

use std::ops::Range;

/// A function on a rectangle, known at evenly spaced nodes and interpolated between them by cubics, so that its level
/// lines are smooth.
///
/// Source: R. G. Keys, *Cubic convolution interpolation for digital image processing*, 1981: third order, so quadratics
/// are met exactly wherever there are two nodes on either side.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    x: Range<f64>,
    y: Range<f64>,
    nodes: usize,
    /// Row by row, the lowest `y` first.
    values: Vec<f64>,
}

impl Grid {
    /// Asks for `f` at `nodes × nodes` points of `x × y`, the edges included; fewer than two nodes count as two.
    ///
    /// # Errors
    /// The first error of `f`.
    pub fn new<E>(
        x: Range<f64>,
        y: Range<f64>,
        nodes: usize,
        mut f: impl FnMut(f64, f64) -> Result<f64, E>,
    ) -> Result<Self, E> {
        let nodes = nodes.max(2);
        let place =
            |range: &Range<f64>, k: usize| range.start + (range.end - range.start) * k as f64 / (nodes - 1) as f64;
        let mut values = Vec::with_capacity(nodes * nodes);
        for row in 0..nodes {
            for column in 0..nodes {
                values.push(f(place(&x, column), place(&y, row))?);
            }
        }
        Ok(Self { x, y, nodes, values })
    }

    /// The value at a point; outside the rectangle, that at the nearest point of its edge.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (columns, across) = self.around(&self.x, x);
        let (rows, up) = self.around(&self.y, y);
        let along = |row: usize| weighted(columns.map(|column| self.values[row * self.nodes + column]), across);
        weighted(rows.map(along), up)
    }

    /// The two nodes on either side of a coordinate, repeated at the edges, and the weights of the four.
    fn around(&self, range: &Range<f64>, at: f64) -> ([usize; 4], [f64; 4]) {
        let last = self.nodes - 1;
        let position = (at - range.start) / (range.end - range.start) * last as f64;
        let position = position.clamp(0.0, last as f64);
        let left = (position.floor() as usize).min(last - 1);
        let t = position - left as f64;
        let nodes = [left.saturating_sub(1), left, left + 1, (left + 2).min(last)];
        let weights = [
            t * (-0.5 + t * (1.0 - 0.5 * t)),
            1.0 + t * t * (1.5 * t - 2.5),
            t * (0.5 + t * (2.0 - 1.5 * t)),
            t * t * (0.5 * t - 0.5),
        ];
        (nodes, weights)
    }
}

fn weighted(values: [f64; 4], weights: [f64; 4]) -> f64 {
    values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
}
