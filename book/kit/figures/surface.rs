//! Surfaces `z = f(x, y)` as tinted nets, seen from above and to the side.

use std::ops::Range;

use plotters::element::Polygon;
use plotters::style::Color as _;

use super::pen::{At, write};
use super::plot::steps;
use super::{Anchor, Axis, Canvas, FigureError, Panel, Pen, UNITS};

/// Cells of the net in each direction.
const CELLS: u32 = 14;

/// The surface of `f` over a rectangle, with curves lying on or touching it.
pub struct Surface<'a> {
    f: Box<dyn Fn(f64, f64) -> f64 + 'a>,
    x: Range<f64>,
    y: Range<f64>,
    title: Option<String>,
    turn: f64,
    curves: Vec<(Pen, Vec<[f64; 3]>)>,
    marks: Vec<(Pen, [f64; 3])>,
    labels: Vec<(Pen, [f64; 3], Anchor, String)>,
}

impl<'a> Surface<'a> {
    /// The surface over `x × y`.
    pub fn new(x: Range<f64>, y: Range<f64>, f: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        Self {
            f: Box::new(f),
            x,
            y,
            title: None,
            turn: 35.0,
            curves: Vec::new(),
            marks: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// A line of text above the surface.
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    /// Turns the view about the vertical axis, in degrees.
    pub fn turned(mut self, degrees: f64) -> Self {
        self.turn = degrees;
        self
    }

    /// A curve in space.
    pub fn curve(mut self, pen: Pen, points: impl IntoIterator<Item = [f64; 3]>) -> Self {
        self.curves.push((pen, points.into_iter().collect()));
        self
    }

    /// A mark at a point in space.
    pub fn mark(mut self, pen: Pen, at: [f64; 3]) -> Self {
        self.marks.push((pen, at));
        self
    }

    /// A text beside a point in space.
    pub fn label(mut self, pen: Pen, at: [f64; 3], anchor: Anchor, text: &str) -> Self {
        self.labels.push((pen, at, anchor, text.to_owned()));
        self
    }

    fn height(&self, x: f64, y: f64) -> Result<f64, FigureError> {
        let value = (self.f)(x, y);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(FigureError::Field { x, y, value })
        }
    }

    fn net(&self) -> Result<Vec<Vec<[f64; 3]>>, FigureError> {
        for (axis, range) in [("x", &self.x), ("y", &self.y)] {
            Axis::linear(axis, range.clone()).extent()?;
        }
        if !self.turn.is_finite() {
            return Err(FigureError::NoPlace {
                axis: "turn".to_owned(),
                value: self.turn,
            });
        }
        let points = self.curves.iter().flat_map(|(_, points)| points).chain(self.marks.iter().map(|(_, at)| at));
        for point in points.chain(self.labels.iter().map(|(_, at, _, _)| at)) {
            for (axis, value) in ["x", "y", "z"].into_iter().zip(*point) {
                if !value.is_finite() {
                    return Err(FigureError::NoPlace { axis: axis.to_owned(), value });
                }
            }
        }
        let row = |y: f64| steps(&self.x, CELLS).map(|x| Ok([x, y, self.height(x, y)?])).collect();
        steps(&self.y, CELLS).map(row).collect()
    }
}

impl Panel for Surface<'_> {
    fn draw_on(&self, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        let net = self.net()?;
        let view = View::new(self, &net, canvas.dim_in_pixel());
        let shown: Vec<Vec<At>> = net.iter().map(|row| row.iter().map(|p| view.see(*p)).collect()).collect();
        for rows in shown.windows(2) {
            let strip: Vec<At> = rows[0].iter().chain(rows[1].iter().rev()).copied().collect();
            canvas.draw(&Polygon::new(strip, Pen::Blue.colour().mix(0.16).filled()))?;
        }
        let along = shown.iter().cloned();
        let across = (0..shown[0].len()).map(|i| shown.iter().map(|row| row[i]).collect());
        Pen::net(canvas, along.chain(across).collect())?;
        for (pen, points) in &self.curves {
            pen.stroke(canvas, vec![points.iter().map(|p| view.see(*p)).collect()])?;
        }
        for (pen, at) in &self.marks {
            pen.marks(canvas, vec![view.see(*at)])?;
        }
        for (pen, at, anchor, text) in &self.labels {
            write(canvas, text, *pen, view.see(*at), *anchor)?;
        }
        match &self.title {
            Some(title) => {
                let (width, _) = canvas.dim_in_pixel();
                let unit = i32::try_from(UNITS).unwrap_or(1);
                write(canvas, title, Pen::Ink, ((width / 2) as i32, 34 * unit), Anchor::Above)
            }
            None => Ok(()),
        }
    }

    fn fitting(&self, width: u32, most: u32) -> Result<u32, FigureError> {
        let view = View::new(self, &self.net()?, (width * UNITS, most * UNITS));
        Ok((view.height / f64::from(UNITS)).ceil().min(f64::from(most)) as u32)
    }
}

/// A parallel projection that fits what is drawn into the canvas.
struct View {
    low: [f64; 3],
    span: [f64; 3],
    turn: (f64, f64),
    middle: (f64, f64),
    centre: (f64, f64),
    scale: f64,
    /// Of all that is drawn, with its margins.
    height: f64,
}

impl View {
    /// Sine and cosine of the height from which one looks down, 30 degrees.
    const PITCH: (f64, f64) = (0.5, 0.866_025_403_784_438_6);

    fn new(surface: &Surface<'_>, net: &[Vec<[f64; 3]>], (width, height): (u32, u32)) -> Self {
        let bounds = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let (bottom, top) = bounds(&mut net.iter().flatten().map(|p| p[2]));
        let mut view = Self {
            low: [surface.x.start, surface.y.start, bottom],
            span: [
                surface.x.end - surface.x.start,
                surface.y.end - surface.y.start,
                (top - bottom).max(f64::MIN_POSITIVE),
            ],
            turn: surface.turn.to_radians().sin_cos(),
            middle: (0.0, 0.0),
            centre: (0.0, 0.0),
            scale: 1.0,
            height: 0.0,
        };
        let drawn = || net.iter().flatten().chain(surface.curves.iter().flat_map(|(_, points)| points));
        let (left, right) = bounds(&mut drawn().map(|p| view.project(*p).0));
        let (low, high) = bounds(&mut drawn().map(|p| view.project(*p).1));

        let margin = 20.0 * f64::from(UNITS);
        let above = if surface.title.is_some() { 48.0 } else { 20.0 } * f64::from(UNITS);
        let room = (f64::from(width) - 2.0 * margin, f64::from(height) - above - margin);
        view.middle = ((left + right) / 2.0, (low + high) / 2.0);
        view.centre = (margin + room.0 / 2.0, above + room.1 / 2.0);
        view.scale = (room.0 / (right - left)).min(room.1 / (high - low));
        view.height = above + margin + view.scale * (high - low);
        view
    }

    /// Across and up, in the units of a cube of side 2.
    fn project(&self, point: [f64; 3]) -> (f64, f64) {
        let [x, y, z] = [0, 1, 2].map(|i| 2.0 * (point[i] - self.low[i]) / self.span[i] - 1.0);
        let (sin, cos) = self.turn;
        let (across, away) = (x * cos - y * sin, x * sin + y * cos);
        (across, z * Self::PITCH.1 + away * Self::PITCH.0)
    }

    /// Where a point is seen.
    fn see(&self, point: [f64; 3]) -> At {
        let (across, up) = self.project(point);
        let x = self.centre.0 + self.scale * (across - self.middle.0);
        let y = self.centre.1 - self.scale * (up - self.middle.1);
        (x.round() as i32, y.round() as i32)
    }
}
