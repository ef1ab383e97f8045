//! Curves, paths, bands, bars, tiles and contours on two axes.

use std::ops::Range;

use super::axis::width;
use super::contours::level_lines;
use super::pen::{At, write};
use super::{Anchor, Axis, Canvas, FigureError, Panel, Pen, TEXT, UNITS};

/// A plot on two axes, built layer by layer; later layers lie on top.
///
/// What lies outside the axes' ranges is cut off.
pub struct Plot<'a> {
    x: Axis,
    y: Axis,
    title: Option<String>,
    equal: bool,
    layers: Vec<Layer<'a>>,
}

enum Layer<'a> {
    Curve {
        pen: Pen,
        points: Vec<(f64, f64)>,
    },
    Marks {
        pen: Pen,
        points: Vec<(f64, f64)>,
    },
    Counts {
        pen: Pen,
        points: Vec<(f64, f64)>,
    },
    Band {
        pen: Pen,
        edges: Vec<(f64, Range<f64>)>,
    },
    Bars {
        pen: Pen,
        bars: Vec<(Range<f64>, f64)>,
    },
    Errors {
        pen: Pen,
        intervals: Vec<(f64, Range<f64>)>,
    },
    Tiles {
        pen: Pen,
        tiles: Vec<((f64, f64), f64)>,
    },
    Label {
        pen: Pen,
        at: (f64, f64),
        anchor: Anchor,
        text: String,
    },
    Contours {
        levels: Vec<f64>,
        f: Box<dyn Fn(f64, f64) -> f64 + 'a>,
    },
}

impl<'a> Plot<'a> {
    /// An empty plot.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            x,
            y,
            title: None,
            equal: false,
            layers: Vec::new(),
        }
    }

    /// A line of text above the plot.
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    /// One unit has the same length on both axes, so that circles are round.
    pub fn equal(mut self) -> Self {
        self.equal = true;
        self
    }

    /// A curve through the points.
    pub fn curve(self, pen: Pen, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.layer(Layer::Curve {
            pen,
            points: points.into_iter().collect(),
        })
    }

    /// The graph of `f` over the whole horizontal axis.
    pub fn graph(self, pen: Pen, f: impl Fn(f64) -> f64) -> Self {
        let points: Vec<_> = match self.x.extent() {
            Ok(extent) => steps(&extent, 400).map(|p| self.x.value(p)).map(|x| (x, f(x))).collect(),
            Err(_) => Vec::new(), // drawing reports the range
        };
        self.curve(pen, points)
    }

    /// A mark at each point.
    pub fn marks(self, pen: Pen, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.layer(Layer::Marks {
            pen,
            points: points.into_iter().collect(),
        })
    }

    /// A curve through the points with a mark at each.
    pub fn path(self, pen: Pen, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points: Vec<_> = points.into_iter().collect();
        self.curve(pen, points.iter().copied()).marks(pen, points)
    }

    /// A disc at each place where there are points, its area as large as their number: for points that lie on each other.
    pub fn counts(self, pen: Pen, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.layer(Layer::Counts {
            pen,
            points: points.into_iter().collect(),
        })
    }

    /// The band between two curves: at each `x` from the lower to the upper height. An interval of confidence, a range.
    pub fn band(self, pen: Pen, edges: impl IntoIterator<Item = (f64, Range<f64>)>) -> Self {
        self.layer(Layer::Band { pen, edges: edges.into_iter().collect() })
    }

    /// Bars over intervals of the horizontal axis, up or down to their heights from zero; on a logarithmic axis, which
    /// has no zero, from its lower end.
    pub fn bars(self, pen: Pen, bars: impl IntoIterator<Item = (Range<f64>, f64)>) -> Self {
        self.layer(Layer::Bars { pen, bars: bars.into_iter().collect() })
    }

    /// An upright line with two caps at each `x`, from the lower to the upper height: the error of the mark between.
    pub fn errors(self, pen: Pen, intervals: impl IntoIterator<Item = (f64, Range<f64>)>) -> Self {
        self.layer(Layer::Errors {
            pen,
            intervals: intervals.into_iter().collect(),
        })
    }

    /// Squares of side 1 about points of linear axes, each tinted by its share, from 0, which leaves none, to 1.
    pub fn tiles(self, pen: Pen, tiles: impl IntoIterator<Item = ((f64, f64), f64)>) -> Self {
        self.layer(Layer::Tiles { pen, tiles: tiles.into_iter().collect() })
    }

    /// A text beside the point `at`, in the colour of the pen.
    pub fn label(self, pen: Pen, at: (f64, f64), anchor: Anchor, text: &str) -> Self {
        self.layer(Layer::Label { pen, at, anchor, text: text.to_owned() })
    }

    /// The level lines of `f` over the whole plot.
    pub fn contours(self, levels: &[f64], f: impl Fn(f64, f64) -> f64 + 'a) -> Self {
        self.layer(Layer::Contours { levels: levels.to_vec(), f: Box::new(f) })
    }

    fn layer(mut self, layer: Layer<'a>) -> Self {
        self.layers.push(layer);
        self
    }

    fn positions(&self, points: &[(f64, f64)]) -> Result<Vec<(f64, f64)>, FigureError> {
        points.iter().map(|&(x, y)| Ok((self.x.position(x)?, self.y.position(y)?))).collect()
    }
}

impl Panel for Plot<'_> {
    fn draw_on(&self, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        let frame = Frame::new(self, canvas.dim_in_pixel())?;
        frame.draw_axes(self, canvas)?;
        self.layers.iter().try_for_each(|layer| self.draw_layer(layer, &frame, canvas))
    }

    fn fitting(&self, width: u32, most: u32) -> Result<u32, FigureError> {
        if !self.equal {
            return Ok(most);
        }
        let frame = Frame::new(self, (width * UNITS, most * UNITS))?;
        Ok((most - (2.0 * frame.spare / f64::from(UNITS)) as u32).min(most))
    }

    fn data(&self) -> Vec<[String; 3]> {
        let mut rows = Vec::new();
        let mut push = |series: &str, x: f64, y: f64| rows.push([series.to_owned(), x.to_string(), y.to_string()]);
        for (number, layer) in self.layers.iter().enumerate() {
            match layer {
                Layer::Marks { pen, points } if self.has_curve(number, *pen, points) => {}
                Layer::Curve { pen, points } | Layer::Marks { pen, points } | Layer::Counts { pen, points } => {
                    points.iter().for_each(|(x, y)| push(&self.series(*pen), *x, *y));
                }
                Layer::Bars { pen, bars } => {
                    bars.iter().for_each(|(x, y)| push(&self.series(*pen), (x.start + x.end) / 2.0, *y));
                }
                Layer::Band { pen, edges: intervals } | Layer::Errors { pen, intervals } => {
                    let series = self.series(*pen);
                    for (x, y) in intervals {
                        push(&format!("{series}, lower"), *x, y.start);
                        push(&format!("{series}, upper"), *x, y.end);
                    }
                }
                Layer::Tiles { .. } | Layer::Label { .. } | Layer::Contours { .. } => {}
            }
        }
        rows
    }
}

impl Plot<'_> {
    fn draw_layer(&self, layer: &Layer<'_>, frame: &Frame, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        match layer {
            Layer::Curve { pen, points } => frame.stroke(canvas, *pen, &[self.positions(points)?])?,
            Layer::Marks { pen, points } => pen.marks(canvas, frame.seen(&self.positions(points)?))?,
            Layer::Counts { pen, points } => {
                for (at, count) in counted(frame.seen(&self.positions(points)?)) {
                    pen.disc(canvas, at, (26.0 * (count as f64).sqrt()) as u32)?;
                }
            }
            Layer::Band { pen, edges } => {
                let upper: Vec<_> = edges.iter().map(|(x, y)| (*x, y.end)).collect();
                let lower: Vec<_> = edges.iter().rev().map(|(x, y)| (*x, y.start)).collect();
                let outline = self.positions(&[upper, lower].concat())?;
                let corners = cropped(outline, &frame.x, &frame.y);
                pen.area(canvas, corners.into_iter().map(|p| frame.at(p)).collect())?;
            }
            Layer::Bars { pen, bars } => {
                let foot = self.y.position(0.0).unwrap_or(frame.y.start);
                for (interval, height) in bars {
                    let x = self.x.position(interval.start)?..self.x.position(interval.end)?;
                    let y = if *height == 0.0 { foot } else { self.y.position(*height)? };
                    if let Some((near, far)) = frame.rectangle(&x, &(foot.min(y)..foot.max(y))) {
                        pen.bar(canvas, near, far)?;
                    }
                }
            }
            Layer::Errors { pen, intervals } => {
                for (x, y) in intervals {
                    let ends = self.positions(&[(*x, y.start), (*x, y.end)])?;
                    if ends.iter().all(|end| frame.holds(*end)) {
                        pen.whisker(canvas, frame.at(ends[0]), frame.at(ends[1]))?;
                    }
                }
            }
            Layer::Tiles { pen, tiles } => {
                for &((x, y), share) in tiles {
                    let (x, y) = (self.x.position(x)?, self.y.position(y)?);
                    if !(0.0..=1.0).contains(&share) {
                        return Err(FigureError::Share { x, y, share });
                    }
                    if let Some((near, far)) = frame.rectangle(&(x - 0.5..x + 0.5), &(y - 0.5..y + 0.5)) {
                        pen.tile(canvas, near, far, share)?;
                    }
                }
            }
            Layer::Label { pen, at, anchor, text } => {
                let at = (self.x.position(at.0)?, self.y.position(at.1)?);
                write(canvas, text, *pen, frame.at(at), *anchor)?;
            }
            Layer::Contours { levels, f } => {
                let field = |x: f64, y: f64| f(self.x.value(x), self.y.value(y));
                frame.stroke(canvas, Pen::Faint, &level_lines(&field, &frame.x, &frame.y, levels)?)?;
            }
        }
        Ok(())
    }

    /// What a pen draws: what is written with it, or its name.
    fn series(&self, pen: Pen) -> String {
        let label = self.layers.iter().find_map(|layer| match layer {
            Layer::Label { pen: its, text, .. } if *its == pen => Some(text.as_str()),
            _ => None,
        });
        label.unwrap_or(pen.name()).to_owned()
    }

    /// Whether a curve before this layer goes through the same points.
    fn has_curve(&self, before: usize, pen: Pen, points: &[(f64, f64)]) -> bool {
        self.layers[..before].iter().any(|layer| match layer {
            Layer::Curve { pen: its, points: others } => *its == pen && others == points,
            _ => false,
        })
    }
}

/// Points with how many lie within a pixel of each, the most first, so that small discs lie on large ones.
fn counted(points: Vec<At>) -> Vec<(At, usize)> {
    let unit = i32::try_from(UNITS).unwrap_or(1);
    let mut places: Vec<(At, usize)> = Vec::new();
    for (x, y) in points {
        match places.iter_mut().find(|(at, _)| (at.0 - x).abs() <= unit && (at.1 - y).abs() <= unit) {
            Some((_, count)) => *count += 1,
            None => places.push(((x, y), 1)),
        }
    }
    places.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    places
}

/// Where positions on the axes lie on the canvas.
struct Frame {
    x: Range<f64>,
    y: Range<f64>,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// How much room axes of equal units leave above, and below.
    spare: f64,
    /// How far what is written at the vertical axis reaches to its left.
    margin: f64,
}

impl Frame {
    fn new(plot: &Plot<'_>, (width_of_all, height): (u32, u32)) -> Result<Self, FigureError> {
        let unit = f64::from(UNITS);
        let (x, y) = (plot.x.extent()?, plot.y.extent()?);
        let line = |is_there: bool, pixels: f64| if is_there { pixels * unit } else { 0.0 };
        let top = line(plot.title.is_some(), 30.0) + line(!plot.y.label().is_empty(), 28.0) + 14.0 * unit;
        let bottom = f64::from(height) - line(!plot.x.label().is_empty(), 24.0) - 31.0 * unit;
        let ticks = plot.y.ticks(&y, (bottom - top) / (1.7 * TEXT * unit));
        let widest = ticks.iter().map(|(_, text)| width(text)).fold(1.0, f64::max);
        let margin = (widest * TEXT + 10.0) * unit;
        let mut frame = Self {
            x,
            y,
            left: margin + 3.0 * unit,
            right: f64::from(width_of_all) - 20.0 * unit,
            top,
            bottom,
            spare: 0.0,
            margin,
        };
        if plot.equal {
            frame.equalise();
        }
        Ok(frame)
    }

    fn equalise(&mut self) {
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        let (across, up) = (self.x.end - self.x.start, self.y.end - self.y.start);
        let scale = (width / across).min(height / up);
        let spare_x = width - across * scale;
        self.spare = (height - up * scale) / 2.0;
        self.left += spare_x / 2.0;
        self.right -= spare_x / 2.0;
        self.top += self.spare;
        self.bottom -= self.spare;
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        let slack = |range: &Range<f64>| 1e-9 * (range.end - range.start);
        let within = |range: &Range<f64>, v: f64| (range.start - slack(range)..=range.end + slack(range)).contains(&v);
        within(&self.x, x) && within(&self.y, y)
    }

    fn at(&self, (x, y): (f64, f64)) -> At {
        let across = (x - self.x.start) / (self.x.end - self.x.start);
        let up = (y - self.y.start) / (self.y.end - self.y.start);
        let point = (self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top));
        (point.0.round() as i32, point.1.round() as i32)
    }

    /// Two opposite corners of the part of `x × y` that lies in the frame, unless none does.
    fn rectangle(&self, x: &Range<f64>, y: &Range<f64>) -> Option<(At, At)> {
        let common = |a: &Range<f64>, b: &Range<f64>| a.start.max(b.start)..a.end.min(b.end);
        let (x, y) = (common(x, &self.x), common(y, &self.y));
        (x.start < x.end && y.start < y.end).then(|| (self.at((x.start, y.start)), self.at((x.end, y.end))))
    }

    /// The places of the points that lie in the frame.
    fn seen(&self, points: &[(f64, f64)]) -> Vec<At> {
        points.iter().filter(|p| self.holds(**p)).map(|p| self.at(*p)).collect()
    }

    fn stroke(&self, canvas: &Canvas<'_>, pen: Pen, lines: &[Vec<(f64, f64)>]) -> Result<(), FigureError> {
        let pieces = lines.iter().flat_map(|points| clipped(points, &self.x, &self.y));
        pen.stroke(canvas, pieces.map(|piece| smoothed(piece.into_iter().map(|p| self.at(p)).collect())).collect())
    }

    fn draw_axes(&self, plot: &Plot<'_>, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        let unit = i32::try_from(UNITS).unwrap_or(1);
        let corner = |x: f64, y: f64| (x.round() as i32, y.round() as i32);
        let (origin, top) = (corner(self.left, self.bottom), corner(self.left, self.top));
        let right = corner(self.right, self.bottom);
        let room = |length: f64, each: f64| length / (each * TEXT * f64::from(UNITS));
        let across = plot.x.ticks(&self.x, room(self.right - self.left, 3.2));
        let up = plot.y.ticks(&self.y, room(self.bottom - self.top, 1.7));
        let mut lines = vec![vec![top, origin, right]];
        for (position, _) in &across {
            let (x, y) = self.at((*position, self.y.start));
            lines.push(vec![(x, y), (x, y + 5 * unit)]);
        }
        for (position, _) in &up {
            let (x, y) = self.at((self.x.start, *position));
            lines.push(vec![(x - 5 * unit, y), (x, y)]);
        }
        Pen::axes(canvas, lines)?;
        for (position, text) in across {
            write(canvas, &text, Pen::Ink, self.at((position, self.y.start)), Anchor::Below)?;
        }
        for (position, text) in up {
            write(canvas, &text, Pen::Ink, self.at((self.x.start, position)), Anchor::Left)?;
        }
        let middle = (origin.0 + right.0) / 2;
        write(canvas, plot.x.label(), Pen::Ink, (middle, origin.1 + 24 * unit), Anchor::Below)?;
        let start = (self.left - self.margin).round() as i32;
        write(canvas, plot.y.label(), Pen::Ink, (start - 7 * unit, top.1 - 24 * unit), Anchor::Right)?;
        let line = if plot.y.label().is_empty() { 3 } else { 30 };
        match &plot.title {
            Some(title) => write(canvas, title, Pen::Ink, (middle, top.1 - line * unit), Anchor::Above),
            None => Ok(()),
        }
    }
}

/// A line without the points that lie on it anyway, to a tenth of a pixel.
///
/// Source: D. Douglas and T. Peucker, *Algorithms for the reduction of the number of points*, 1973.
fn smoothed(line: Vec<At>) -> Vec<At> {
    let mut kept = vec![false; line.len()];
    let mut parts = vec![(0, line.len().saturating_sub(1))];
    while let Some((a, b)) = parts.pop() {
        if line.is_empty() {
            break;
        }
        (kept[a], kept[b]) = (true, true);
        let far = (a + 1..b)
            .map(|k| (k, distance(line[k], line[a], line[b])))
            .max_by(|one, two| one.1.total_cmp(&two.1));
        if let Some((k, distance)) = far
            && distance > 1.0
        {
            parts.extend([(a, k), (k, b)]);
        }
    }
    line.into_iter().zip(kept).filter_map(|(point, is_kept)| is_kept.then_some(point)).collect()
}

/// How far a point is from the line between two others.
fn distance((x, y): At, (ax, ay): At, (bx, by): At) -> f64 {
    let (x, y, dx, dy) = (f64::from(x - ax), f64::from(y - ay), f64::from(bx - ax), f64::from(by - ay));
    let along = if dx == 0.0 && dy == 0.0 {
        0.0
    } else {
        ((x * dx + y * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0)
    };
    (x - along * dx).hypot(y - along * dy)
}

/// `count + 1` evenly spaced positions, both ends among them.
pub(super) fn steps(range: &Range<f64>, count: u32) -> impl Iterator<Item = f64> + use<> {
    let (start, length) = (range.start, range.end - range.start);
    (0..=count).map(move |k| start + length * f64::from(k) / f64::from(count))
}

/// The pieces of a polyline that lie in a rectangle.
///
/// Source: Y.-D. Liang and B. A. Barsky, *A new concept and method for line clipping*, 1984.
fn clipped(points: &[(f64, f64)], x: &Range<f64>, y: &Range<f64>) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        let (dx, dy) = (bx - ax, by - ay);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (towards, room) in [
            (-dx, ax - x.start),
            (dx, x.end - ax),
            (-dy, ay - y.start),
            (dy, y.end - ay),
        ] {
            if towards < 0.0 {
                enter = enter.max(room / towards);
            } else if towards > 0.0 {
                leave = leave.min(room / towards);
            } else if room < 0.0 {
                leave = f64::NEG_INFINITY;
            }
        }
        if enter > leave {
            open = false;
            continue;
        }
        let on = |t: f64| if t == 1.0 { (bx, by) } else { (ax + t * dx, ay + t * dy) };
        match pieces.last_mut() {
            Some(piece) if open && enter == 0.0 => piece.push(on(leave)),
            _ => pieces.push(vec![on(enter), on(leave)]),
        }
        open = leave == 1.0;
    }
    pieces
}

/// The part of a polygon that lies in a rectangle.
///
/// Source: I. E. Sutherland and G. W. Hodgman, *Reentrant polygon clipping*, 1974.
fn cropped(polygon: Vec<(f64, f64)>, x: &Range<f64>, y: &Range<f64>) -> Vec<(f64, f64)> {
    let sides: [&dyn Fn((f64, f64)) -> f64; 4] = [&|p| p.0 - x.start, &|p| x.end - p.0, &|p| p.1 - y.start, &|p| {
        y.end - p.1
    }];
    sides.iter().fold(polygon, |corners, inside| {
        let mut kept = Vec::new();
        for (k, &b) in corners.iter().enumerate() {
            let a = corners[(k + corners.len() - 1) % corners.len()];
            let (from, to) = (inside(a), inside(b));
            if (from < 0.0) != (to < 0.0) {
                let t = from / (from - to);
                kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
            if to >= 0.0 {
                kept.push(b);
            }
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_leaves_the_rectangle_and_taken_up_where_it_returns() {
        let zigzag = [(0.0, 0.5), (2.0, 0.5), (2.0, 0.8), (0.5, 0.8), (0.2, 0.9)];
        let pieces = clipped(&zigzag, &(0.0..1.0), &(0.0..1.0));
        assert_eq!(pieces, [vec![(0.0, 0.5), (1.0, 0.5)], vec![(1.0, 0.8), (0.5, 0.8), (0.2, 0.9)]]);
    }

    #[test]
    fn a_smooth_line_has_only_the_points_that_it_needs() {
        let straight: Vec<At> = (0..100).map(|k| (k, 2 * k)).collect();
        assert_eq!(smoothed(straight), [(0, 0), (99, 198)]);
        assert_eq!(smoothed(vec![(0, 0), (50, 3), (100, 0)]), [(0, 0), (50, 3), (100, 0)]);
        let round: Vec<At> = (0..=360)
            .map(|k| f64::from(k).to_radians().sin_cos())
            .map(|(s, c)| ((500.0 * c) as i32, (500.0 * s) as i32))
            .collect();
        let few = smoothed(round.clone());
        assert!(few.len() < 90, "{}", few.len());
        let off = |p: &At| few.windows(2).map(|pair| distance(*p, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
        assert!(round.iter().all(|p| off(p) <= 1.0));
        assert!(smoothed(vec![]).is_empty());
    }

    #[test]
    fn points_that_lie_on_each_other_are_counted() {
        assert_eq!(counted(vec![(5, 5), (50, 50), (52, 49), (5, 5), (51, 50)]), [((50, 50), 3), ((5, 5), 2)]);
    }

    #[test]
    fn a_line_outside_leaves_nothing() {
        assert!(clipped(&[(2.0, 0.0), (0.0, 2.5), (-1.0, 2.5)], &(0.0..1.0), &(0.0..1.0)).is_empty());
    }

    #[test]
    fn a_polygon_is_cut_along_the_sides_of_the_rectangle() {
        let unit = 0.0..1.0;
        let cut = |polygon: &[(f64, f64)]| cropped(polygon.to_vec(), &unit, &unit);
        let inside = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.8)];
        assert_eq!(cut(&inside), inside);
        let area = |p: &[(f64, f64)]| -> f64 {
            let next = p.iter().cycle().skip(1);
            p.iter().zip(next).map(|(a, b)| (a.0 * b.1 - b.0 * a.1) / 2.0).sum()
        };
        // A square on its corner about the middle, of half-diagonal 3/4: the unit square lacks four triangles of it.
        let diamond = [(0.5, -0.25), (1.25, 0.5), (0.5, 1.25), (-0.25, 0.5)];
        assert!((area(&cut(&diamond)) - 0.875).abs() < 1e-12);
        assert!(cut(&[(2.0, 0.0), (3.0, 0.0), (2.5, 1.0)]).is_empty());
    }
}
