//! The one style: what tells a line, a mark or a label from another.

use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::width;
use super::{Canvas, FigureError, TEXT, UNITS};

/// A pen differs from every other in colour, in dashes and in its mark, so that none is needed alone. Its colour is that of
/// the page's theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pen {
    /// Text colour, solid, small discs.
    Ink,
    /// Blue, solid, discs.
    Blue,
    /// Vermilion, dashed, squares.
    Vermilion,
    /// Green, dotted, triangles.
    Green,
    /// Purple, long dashes, crosses.
    Purple,
    /// Text colour, thin and pale: contours and reference lines.
    Faint,
}

/// A point in the canvas's own units.
pub(super) type At = (i32, i32);

/// What is drawn at several places as one element.
struct Strokes {
    points: Vec<At>,
    form: Form,
    style: ShapeStyle,
}

enum Form {
    /// Lines of so many points each, with dashes and gaps of these lengths.
    Lines(Vec<usize>, Option<(u32, u32)>),
    /// Dots of this diameter.
    Dots { diameter: u32, is_square: bool },
}

impl<'a> PointCollection<'a, At> for &'a Strokes {
    type Point = &'a At;
    type IntoIter = &'a [At];
    fn point_iter(self) -> &'a [At] {
        &self.points
    }
}

impl Drawable<recto::Canvas<'_>> for Strokes {
    fn draw<I: Iterator<Item = At>>(&self, points: I, canvas: &mut recto::Canvas<'_>, _: (u32, u32)) -> recto::Drawn {
        match &self.form {
            Form::Lines(lengths, dash) => canvas.draw_lines(points, lengths, &self.style, *dash),
            Form::Dots { diameter, is_square } => {
                canvas.draw_dots(points, *diameter, *is_square, self.style.color.to_backend_color())
            }
        }
    }
}

impl Pen {
    pub(super) fn colour(self) -> RGBAColor {
        match self {
            Self::Ink => BLACK.mix(1.0),
            Self::Blue => recto::pens::BLUE.mix(1.0),
            Self::Vermilion => recto::pens::VERMILION.mix(1.0),
            Self::Green => recto::pens::GREEN.mix(1.0),
            Self::Purple => recto::pens::PURPLE.mix(1.0),
            Self::Faint => BLACK.mix(0.5),
        }
    }

    /// What a series drawn with it is called in a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ink => "black",
            Self::Blue => "blue",
            Self::Vermilion => "vermilion",
            Self::Green => "green",
            Self::Purple => "purple",
            Self::Faint => "grey",
        }
    }

    fn width(self) -> u32 {
        match self {
            Self::Ink | Self::Blue | Self::Vermilion | Self::Green | Self::Purple => 20,
            Self::Faint => 9,
        }
    }

    fn dashes(self) -> Option<(u32, u32)> {
        match self {
            Self::Ink | Self::Blue | Self::Faint => None,
            Self::Vermilion => Some((80, 40)),
            Self::Green => Some((22, 40)),
            Self::Purple => Some((160, 55)),
        }
    }

    /// Lines, as one element.
    pub(super) fn stroke(self, canvas: &Canvas<'_>, lines: Vec<Vec<At>>) -> Result<(), FigureError> {
        self.lines(canvas, lines, self.width(), self.dashes())
    }

    fn lines(
        self,
        canvas: &Canvas<'_>,
        lines: Vec<Vec<At>>,
        width: u32,
        dashes: Option<(u32, u32)>,
    ) -> Result<(), FigureError> {
        let lengths = lines.iter().map(Vec::len).collect();
        canvas.draw(&Strokes {
            points: lines.into_iter().flatten().collect(),
            form: Form::Lines(lengths, dashes),
            style: self.colour().stroke_width(width),
        })?;
        Ok(())
    }

    /// The lines of axes.
    pub(super) fn axes(canvas: &Canvas<'_>, lines: Vec<Vec<At>>) -> Result<(), FigureError> {
        Self::Ink.lines(canvas, lines, 9, None)
    }

    /// The lines of a net.
    pub(super) fn net(canvas: &Canvas<'_>, lines: Vec<Vec<At>>) -> Result<(), FigureError> {
        Self::Faint.lines(canvas, lines, 7, None)
    }

    /// A bar: tinted, so that what lies on it is seen, with a rim that tells it from its neighbours.
    pub(super) fn bar(self, canvas: &Canvas<'_>, near: At, far: At) -> Result<(), FigureError> {
        canvas.draw(&Rectangle::new([near, far], self.colour().mix(0.3).filled()))?;
        canvas.draw(&Rectangle::new([near, far], self.colour().stroke_width(8)))?;
        Ok(())
    }

    /// The line of an error, with a cap at each end, solid whatever the pen.
    pub(super) fn whisker(self, canvas: &Canvas<'_>, low: At, high: At) -> Result<(), FigureError> {
        let cap = |(x, y): At| vec![(x - 40, y), (x + 40, y)];
        self.lines(canvas, vec![vec![low, high], cap(low), cap(high)], 14, None)
    }

    /// An arrow: the line of the pen, with a solid head.
    pub(super) fn arrow(self, canvas: &Canvas<'_>, from: At, to: At) -> Result<(), FigureError> {
        self.stroke(canvas, vec![vec![from, to]])?;
        let (dx, dy) = (f64::from(from.0 - to.0), f64::from(from.1 - to.1));
        let side = |turn: f64| {
            let size = 8.0 * f64::from(UNITS) / dx.hypot(dy).max(1.0);
            let (sin, cos) = turn.sin_cos();
            let (x, y) = (size * (dx * cos - dy * sin), size * (dx * sin + dy * cos));
            (to.0 + x.round() as i32, to.1 + y.round() as i32)
        };
        self.lines(canvas, vec![vec![side(0.45), to, side(-0.45)]], self.width().max(12), None)
    }

    /// A tile, tinted by a share from 0 to 1.
    pub(super) fn tile(self, canvas: &Canvas<'_>, near: At, far: At, share: f64) -> Result<(), FigureError> {
        if share > 0.0 {
            canvas.draw(&Rectangle::new([near, far], self.colour().mix(share).filled()))?;
        }
        Ok(())
    }

    /// An area: tinted, without a rim.
    pub(super) fn area(self, canvas: &Canvas<'_>, corners: Vec<At>) -> Result<(), FigureError> {
        if !corners.is_empty() {
            canvas.draw(&Polygon::new(corners, self.colour().mix(0.22).filled()))?;
        }
        Ok(())
    }

    /// Its mark at each of some points, as one element where the canvas has one for it.
    pub(super) fn marks(self, canvas: &Canvas<'_>, points: Vec<At>) -> Result<(), FigureError> {
        let dots = |points: Vec<At>, diameter: u32, is_square: bool| {
            let form = Form::Dots { diameter, is_square };
            canvas.draw(&Strokes {
                points,
                form,
                style: self.colour().filled(),
            })
        };
        match self {
            _ if points.is_empty() => {}
            Self::Ink | Self::Faint => dots(points, 58, false)?,
            Self::Blue => dots(points, 68, false)?,
            Self::Vermilion => dots(points, 60, true)?,
            Self::Green => points
                .iter()
                .try_for_each(|at| canvas.draw(&TriangleMarker::new(*at, 42, self.colour().filled())))?,
            Self::Purple => {
                let arms = |(x, y): At| {
                    [
                        vec![(x - 26, y - 26), (x + 26, y + 26)],
                        vec![(x - 26, y + 26), (x + 26, y - 26)],
                    ]
                };
                self.lines(canvas, points.into_iter().flat_map(arms).collect(), 18, None)?;
            }
        }
        Ok(())
    }

    /// A disc, tinted so that what lies on it is seen, with a rim.
    pub(super) fn disc(self, canvas: &Canvas<'_>, at: At, radius: u32) -> Result<(), FigureError> {
        canvas.draw(&Circle::new(at, radius, self.colour().mix(0.3).filled()))?;
        canvas.draw(&Circle::new(at, radius, self.colour().stroke_width(10)))?;
        Ok(())
    }
}

/// On which side of its point a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Centred above the point.
    Above,
    /// Centred below the point.
    Below,
    /// To the left, at the same height.
    Left,
    /// To the right, at the same height.
    Right,
    /// Over the point, with its middle there.
    Over,
}

/// Writes `text` beside a point.
pub(super) fn write(canvas: &Canvas<'_>, text: &str, pen: Pen, at: At, anchor: Anchor) -> Result<(), FigureError> {
    write_sized(canvas, text, TEXT, pen, at, anchor)
}

/// Writes `text` beside a point, a little smaller: where there is much of it.
pub(super) fn write_small(
    canvas: &Canvas<'_>,
    text: &str,
    pen: Pen,
    at: At,
    anchor: Anchor,
) -> Result<(), FigureError> {
    write_sized(canvas, text, TEXT - 3.0, pen, at, anchor)
}

fn write_sized(
    canvas: &Canvas<'_>,
    text: &str,
    size: f64,
    pen: Pen,
    at: At,
    anchor: Anchor,
) -> Result<(), FigureError> {
    let gap = 7 * i32::try_from(UNITS).unwrap_or(1);
    let ((dx, dy), h, v) = match anchor {
        Anchor::Above => ((0, -gap), HPos::Center, VPos::Bottom),
        Anchor::Below => ((0, gap), HPos::Center, VPos::Top),
        Anchor::Left => ((-gap, 0), HPos::Right, VPos::Center),
        Anchor::Right => ((gap, 0), HPos::Left, VPos::Center),
        Anchor::Over => ((0, 0), HPos::Center, VPos::Center),
    };
    let x = within(canvas.dim_in_pixel().0, at.0 + dx, size * f64::from(UNITS) * width(text), anchor);
    let colour = if pen == Pen::Faint { Pen::Ink.colour() } else { pen.colour() };
    // The backend divides sizes by 1.24.
    let style = ("sans-serif", size * f64::from(UNITS) * 1.24).into_font().color(&colour).pos(Pos::new(h, v));
    canvas.draw(&Text::new(text, (x, at.1 + dy), style))?;
    Ok(())
}

/// Where a label of a width stands that would reach beyond the canvas.
fn within(canvas: u32, x: i32, width: f64, anchor: Anchor) -> i32 {
    let width = width as i32;
    let (before, behind) = match anchor {
        Anchor::Above | Anchor::Below | Anchor::Over => (width / 2, width / 2),
        Anchor::Left => (width, 0),
        Anchor::Right => (0, width),
    };
    x.min(i32::try_from(canvas).unwrap_or(i32::MAX) - behind).max(before)
}
