//! The one style: what tells a line, a mark or a label from another.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Canvas, FigureError, TEXT, UNITS};

/// A pen differs from every other in colour, in dashes and in its mark, so that none is needed alone.
///
/// The hues are M. Okabe and K. Ito's (*Color universal design*, 2008), each at a luminance near 0.2, where the contrast
/// with white and with near-black paper is about 4 alike.
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

impl Pen {
    pub(super) fn colour(self) -> RGBAColor {
        match self {
            Self::Ink => BLACK.mix(1.0),
            Self::Blue => RGBColor(26, 128, 196).mix(1.0),
            Self::Vermilion => RGBColor(207, 90, 0).mix(1.0),
            Self::Green => RGBColor(0, 137, 100).mix(1.0),
            Self::Purple => RGBColor(184, 96, 147).mix(1.0),
            Self::Faint => BLACK.mix(0.45),
        }
    }

    fn width(self) -> u32 {
        match self {
            Self::Ink | Self::Blue | Self::Vermilion | Self::Green | Self::Purple => 22,
            Self::Faint => 10,
        }
    }

    fn dashes(self) -> Option<(u32, u32)> {
        match self {
            Self::Ink | Self::Blue | Self::Faint => None,
            Self::Vermilion => Some((90, 45)),
            Self::Green => Some((25, 45)),
            Self::Purple => Some((180, 60)),
        }
    }

    pub(super) fn stroke(self, canvas: &Canvas<'_>, points: Vec<At>) -> Result<(), FigureError> {
        canvas.draw(&PathElement::new(points, self.colour().stroke_width(self.width())))?;
        Ok(())
    }

    /// A picture's lines with their dashes: the backend would write each dash as a line of its own.
    pub(super) fn dashed(svg: String) -> String {
        [Self::Vermilion, Self::Green, Self::Purple]
            .into_iter()
            .filter_map(|pen| Some((pen, pen.dashes()?)))
            .fold(svg, |svg, (pen, (dash, gap))| {
                let (red, green, blue) = pen.colour().rgb();
                let line = format!("stroke=\"#{red:02X}{green:02X}{blue:02X}\" stroke-width=\"{}\"", pen.width());
                svg.replace(&line, &format!("{line} stroke-dasharray=\"{dash} {gap}\""))
            })
    }

    /// A bar: tinted, so that what lies on it is seen, with a rim that tells it from its neighbours.
    pub(super) fn bar(self, canvas: &Canvas<'_>, near: At, far: At) -> Result<(), FigureError> {
        canvas.draw(&Rectangle::new([near, far], self.colour().mix(0.3).filled()))?;
        canvas.draw(&Rectangle::new([near, far], self.colour().stroke_width(8)))?;
        Ok(())
    }

    /// The line of an error, with a cap at each end, solid whatever the pen.
    pub(super) fn whisker(self, canvas: &Canvas<'_>, low: At, high: At) -> Result<(), FigureError> {
        let style = self.colour().stroke_width(14);
        let cap = |(x, y): At| [(x - 40, y), (x + 40, y)];
        for line in [[low, high], cap(low), cap(high)] {
            canvas.draw(&PathElement::new(line, style))?;
        }
        Ok(())
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

    pub(super) fn mark(self, canvas: &Canvas<'_>, (x, y): At) -> Result<(), FigureError> {
        let fill = self.colour().filled();
        match self {
            Self::Ink | Self::Faint => canvas.draw(&Circle::new((x, y), 30, fill))?,
            Self::Blue => canvas.draw(&Circle::new((x, y), 36, fill))?,
            Self::Vermilion => canvas.draw(&Rectangle::new([(x - 32, y - 32), (x + 32, y + 32)], fill))?,
            Self::Green => canvas.draw(&TriangleMarker::new((x, y), 44, fill))?,
            Self::Purple => canvas.draw(&Cross::new((x, y), 36, self.colour().stroke_width(20)))?,
        }
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
    write_sized(canvas, text, TEXT - 3, pen, at, anchor)
}

fn write_sized(
    canvas: &Canvas<'_>,
    text: &str,
    size: u32,
    pen: Pen,
    at: At,
    anchor: Anchor,
) -> Result<(), FigureError> {
    let gap = 8 * i32::try_from(UNITS).unwrap_or(1);
    let ((dx, dy), h, v) = match anchor {
        Anchor::Above => ((0, -gap), HPos::Center, VPos::Bottom),
        Anchor::Below => ((0, gap), HPos::Center, VPos::Top),
        Anchor::Left => ((-gap, 0), HPos::Right, VPos::Center),
        Anchor::Right => ((gap, 0), HPos::Left, VPos::Center),
    };
    let colour = if pen == Pen::Faint { Pen::Ink.colour() } else { pen.colour() };
    // The backend divides sizes by 1.24.
    let style = ("sans-serif", f64::from(size * UNITS) * 1.24).into_font().color(&colour).pos(Pos::new(h, v));
    canvas.draw(&Text::new(text, (at.0 + dx, at.1 + dy), style))?;
    Ok(())
}
