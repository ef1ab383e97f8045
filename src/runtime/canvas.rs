//! The drawing backend of figures: what plotters draws, as SVG in the colours of the page.

use std::error::Error;
use std::fmt::{Display, Write as _};

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea as _};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
    FontStyle, FontTransform,
};

use super::figure::Figure;
use super::ink::Ink;
use super::label::{LabelError, Level, Run, width};

/// What plotters draws on, for [`figure`](crate::figure): a backend that writes SVG for a page.
///
/// Ink is the colour of the page's text, and the [pens](crate::pens) are colours of the page's theme; other colours stay as
/// they are, but those of text, which become the nearest pen, so that it can be read on light and on dark pages. Text has the
/// face of the page unless it names a font; what stands in it between dollar signs is a formula, of letters, signs, `_`, `^`
/// and commands such as `\lambda` and `\max`: `$\lambda_{\max}$`. Spaces in it are kept. A dollar sign is `\$`.
///
/// ```
/// use plotters::prelude::*;
///
/// let dashed = recto::Canvas::draw((200, 100), 10, |area| {
///     area.draw(&EmptyElement::at((0, 0)))?;
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// assert!(dashed.svg().contains(r#"width="200" height="100" viewBox="0 0 2000 1000""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Canvas<'a> {
    svg: &'a mut String,
    size: (u32, u32),
}

/// Why [`figure`] drew nothing.
#[derive(Debug)]
pub struct FigureError(Box<dyn Error>);

impl Display for FigureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the figure can't be drawn: {}", self.0)
    }
}

impl Error for FigureError {}

/// Draws a figure with plotters (feature `plotters`). `width` and `height` are its size in CSS pixels and that of the drawing
/// area in plotters' pixels, with the origin at the upper left; a column that is narrower shows it smaller, but no text below
/// 11 pixels: rather than that, a reader moves it from side to side.
///
/// Colours and text suit light and dark pages, and text may hold formulas: see [`Canvas`].
///
/// # Errors
/// What `draw` returns.
///
/// ```
/// use plotters::prelude::*;
///
/// let line = recto::figure(200, 100, |area| {
///     area.draw(&PathElement::new(vec![(0, 0), (200, 100)], BLACK))?;
///     area.draw(&Text::new(r"$\lambda_1 = 2$", (20, 50), ("sans-serif", 20)))?;
///     Ok(())
/// })?;
/// assert!(line.svg().contains("currentColor"));
/// # Ok::<(), recto::FigureError>(())
/// ```
pub fn figure<F>(width: u32, height: u32, draw: F) -> Result<Figure, FigureError>
where
    F: FnOnce(&DrawingArea<Canvas<'_>, Shift>) -> Result<(), Box<dyn Error>>,
{
    Canvas::draw((width, height), 1, draw).map_err(FigureError)
}

/// What comes of drawing on a [`Canvas`]: the result of the functions of plotters' `Drawable` and `DrawingBackend`.
pub type Drawn = Result<(), DrawingErrorKind<LabelError>>;

/// Plotters sizes fonts so that a line of them is as high as it says; SVG by their em.
const LINE: f64 = 1.24;

impl Canvas<'_> {
    /// A figure of `width` by `height` CSS pixels, drawn in units of which `units` are one pixel, with the origin at the upper
    /// left. Plotters has whole coordinates only: with ten of them to a pixel, curves are smooth.
    ///
    /// # Errors
    /// What `draw` returns.
    pub fn draw<E>(
        (width, height): (u32, u32),
        units: u32,
        draw: impl FnOnce(&DrawingArea<Canvas<'_>, Shift>) -> Result<(), E>,
    ) -> Result<Figure, E> {
        let size = (width * units, height * units);
        let mut svg = format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" class=\"pen-figure\" fill=\"none\" \
             xmlns=\"http://www.w3.org/2000/svg\">",
            size.0, size.1
        );
        draw(&Canvas { svg: &mut svg, size }.into_drawing_area())?;
        svg.push_str("</svg>");
        Ok(Figure::from_svg(svg))
    }

    /// Draws lines through points as one element, each line from where the last one ends in `points`; `dash` is the length of
    /// a dash and that of the gap behind it. For what draws itself (plotters' `Drawable`).
    ///
    /// # Errors
    /// None: it has the form of plotters' own functions.
    pub fn draw_lines(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        lengths: &[usize],
        style: &impl BackendStyle,
        dash: Option<(u32, u32)>,
    ) -> Drawn {
        let mut points = points.into_iter();
        let mut path = Path::default();
        for length in lengths {
            path.line(points.by_ref().take(*length));
        }
        let dashes = dash.map(|(dash, gap)| format!(" stroke-dasharray=\"{dash} {gap}\"")).unwrap_or_default();
        self.stroke(&path.text, style, &dashes);
        Ok(())
    }

    /// Draws a dot at each of some points as one element: discs, or squares.
    ///
    /// # Errors
    /// None: it has the form of plotters' own functions.
    pub fn draw_dots(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        diameter: u32,
        is_square: bool,
        colour: BackendColor,
    ) -> Drawn {
        let mut path = Path::default();
        if is_square {
            // Some printers leave out lines of no length whose ends are square.
            let half = diameter as i32 / 2;
            for (x, y) in points {
                path.go('m', (x - half, y - half));
                let _ = write!(path.text, "h{diameter}v{diameter}h-{diameter}z");
            }
            if !path.text.is_empty() {
                self.shape(format!("path d=\"{}\"", path.text), &colour, true);
            }
            return Ok(());
        }
        for point in points {
            path.go('m', point);
            path.text.push_str("h0");
        }
        self.stroke(&path.text, &Stroke { colour, width: diameter }, " stroke-linecap=\"round\"");
        Ok(())
    }

    fn stroke(&mut self, path: &str, style: &impl BackendStyle, more: &str) {
        let ink = Ink::of_shape(style.color());
        if !path.is_empty() && !ink.is_nothing() {
            let (colour, width) = (ink.attributes("stroke"), style.stroke_width());
            let _ = write!(self.svg, "<path d=\"{path}\"{colour} stroke-width=\"{width}\"{more}/>");
        }
    }

    /// Adds an element that is filled or has a rim; a `shape` is its name and its own attributes.
    fn shape(&mut self, shape: impl Display, style: &impl BackendStyle, is_filled: bool) {
        let ink = Ink::of_shape(style.color());
        if ink.is_nothing() {
            return;
        }
        let _ = if is_filled {
            write!(self.svg, "<{shape}{}/>", ink.attributes("fill"))
        } else {
            write!(self.svg, "<{shape}{} stroke-width=\"{}\"/>", ink.attributes("stroke"), style.stroke_width())
        };
    }
}

/// The style of a line.
struct Stroke {
    colour: BackendColor,
    width: u32,
}

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        self.colour
    }
    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// The data of a path, in steps from point to point: they are shorter than places, and alike in lines that are.
#[derive(Default)]
struct Path {
    text: String,
    at: BackendCoord,
}

impl Path {
    fn go(&mut self, command: char, (x, y): BackendCoord) {
        if self.text.is_empty() {
            let _ = write!(self.text, "M{x} {y}");
        } else {
            let (dx, dy) = (x - self.at.0, y - self.at.1);
            let space = if dy < 0 { "" } else { " " };
            let _ = write!(self.text, "{command}{dx}{space}{dy}");
        }
        self.at = (x, y);
    }

    fn line(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        for (number, point) in points.into_iter().enumerate() {
            match number {
                0 => self.go('m', point),
                _ if point != self.at => self.go('l', point),
                _ => {}
            }
        }
    }
}

fn of(points: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut path = Path::default();
    path.line(points);
    path.text
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = LabelError;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.shape(format_args!("path d=\"M{x} {y}h1v1h-1z\""), &color, true);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.stroke(&of([from, to]), style, "");
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, near: BackendCoord, far: BackendCoord, style: &S, fill: bool) -> Drawn {
        let (x, y) = (near.0.min(far.0), near.1.min(far.1));
        let (width, height) = (near.0.abs_diff(far.0), near.1.abs_diff(far.1));
        // The page has a ground already.
        let is_ground = fill && (x, y) == (0, 0) && width + 1 >= self.size.0 && height + 1 >= self.size.1;
        if !(is_ground && Ink::of_shape(style.color()).is_paper()) {
            self.shape(format_args!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""), style, fill);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.stroke(&of(path), style, "");
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, (x, y): BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.shape(format_args!("circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""), style, fill);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        let path = of(corners);
        if !path.is_empty() {
            self.shape(format_args!("path d=\"{path}z\""), style, true);
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let ink = Ink::of_text(style.color());
        if ink.is_nothing() {
            return Ok(());
        }
        let runs = Run::all(text).map_err(DrawingErrorKind::DrawingError)?;
        let size = style.size() / LINE;
        let down = match style.anchor().v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.34,
            VPos::Bottom => -0.24,
        } * size;
        let turn = match style.transform() {
            FontTransform::None => None,
            FontTransform::Rotate90 => Some(90),
            FontTransform::Rotate180 => Some(180),
            FontTransform::Rotate270 => Some(270),
        };
        let place = match turn {
            None => format!("x=\"{x}\" y=\"{:.0}\"", f64::from(y) + down),
            Some(turn) => format!("transform=\"translate({x} {y})rotate({turn})\" y=\"{down:.0}\""),
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let (face, colour) = (face(style), ink.attributes_with("pen-label", "fill"));
        let _ = write!(self.svg, "<text {place}{anchor} font-size=\"{}\"{face}{colour}>", shortest(size));
        self.runs(&runs, size);
        self.svg.push_str("</text>");
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<LabelError>> {
        let runs = Run::all(text).map_err(DrawingErrorKind::DrawingError)?;
        Ok(((width(&runs) * style.size() / LINE).ceil() as u32, style.size().ceil() as u32))
    }
}

impl Canvas<'_> {
    /// The text of a label; a level is left by a step back, since Firefox knows no `baseline-shift`.
    fn runs(&mut self, runs: &[Run], size: f64) {
        let mut low = 0.0;
        for Run { text, is_variable, level } in runs {
            let its = match level {
                Level::Line => 0.0,
                Level::Below => 0.22 * size,
                Level::Above => -0.36 * size,
            };
            let mut attributes = String::new();
            if its != low {
                let _ = write!(attributes, " dy=\"{}\"", shortest(its - low));
            }
            if *level != Level::Line {
                let _ = write!(attributes, " font-size=\"{}\"", shortest(Level::SIZE * size));
            }
            if *is_variable {
                attributes.push_str(" font-style=\"italic\"");
            }
            low = its;
            let text = escaped(text);
            let _ = if attributes.is_empty() {
                write!(self.svg, "{text}")
            } else {
                write!(self.svg, "<tspan{attributes}>{text}</tspan>")
            };
        }
    }
}

/// The attributes of a font that is not the page's.
fn face(style: &impl BackendTextStyle) -> String {
    let family = match style.family() {
        FontFamily::SansSerif | FontFamily::Serif => String::new(),
        FontFamily::Monospace => " font-family=\"monospace\"".to_owned(),
        FontFamily::Name(name) => format!(" font-family=\"{}\"", escaped(name)),
    };
    let slant = match style.style() {
        FontStyle::Normal => "",
        FontStyle::Oblique | FontStyle::Italic => " font-style=\"italic\"",
        FontStyle::Bold => " font-weight=\"bold\"",
    };
    family + slant
}

fn shortest(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    fn drawn(draw: impl FnOnce(&DrawingArea<Canvas<'_>, Shift>) -> Result<(), Box<dyn Error>>) -> String {
        let figure = Canvas::draw((40, 30), 1, draw).unwrap();
        let svg = figure.svg();
        let inside = svg.split_once('>').unwrap().1;
        inside.strip_suffix("</svg>").unwrap().to_owned()
    }

    fn line(colour: RGBColor) -> ShapeStyle {
        ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: 2,
        }
    }

    fn text(text: &str, colour: RGBColor) -> String {
        drawn(|area| {
            Ok(area.draw(&Text::new(text.to_owned(), (3, 20), ("sans-serif", 12.4).into_font().color(&colour)))?)
        })
    }

    #[test]
    fn ink_and_ground_are_the_pages() {
        let svg = drawn(|area| {
            area.fill(&WHITE)?;
            area.draw(&PathElement::new(vec![(0, 0), (4, 3), (4, 3), (2, 9)], BLACK.mix(0.5)))?;
            area.draw(&Rectangle::new([(1, 2), (5, 9)], WHITE.filled()))?;
            Ok(())
        });
        assert_eq!(
            svg,
            "<path d=\"M0 0l4 3l-2 6\" stroke=\"currentColor\" opacity=\"0.5\" stroke-width=\"1\"/>\
             <rect x=\"1\" y=\"2\" width=\"4\" height=\"7\" class=\"pen-paper\" color=\"#ffffff\" fill=\"currentColor\"/>"
        );
    }

    #[test]
    fn pens_are_classes_and_other_colours_stay() {
        let svg = drawn(|area| {
            area.draw(&Circle::new((9, 9), 3, BLUE.filled()))?;
            area.draw(&Circle::new((9, 9), 3, line(RGBColor(1, 2, 3))))?;
            Ok(())
        });
        assert!(svg.starts_with("<circle cx=\"9\" cy=\"9\" r=\"3\" class=\"pen-blue\" color=\"#"), "{svg}");
        assert!(svg.ends_with("<circle cx=\"9\" cy=\"9\" r=\"3\" stroke=\"#010203\" stroke-width=\"2\"/>"), "{svg}");
    }

    #[test]
    fn text_has_a_colour_that_can_be_read() {
        let grey = RGBColor(120, 120, 120);
        for (colour, class) in [
            (RGBColor(250, 60, 40), "pen-vermilion"),
            (RGBColor(90, 200, 90), "pen-green"),
            (grey, "pen-grey"),
        ] {
            let svg = text("a", colour);
            assert!(svg.contains(&format!("class=\"pen-label {class}\"")), "{svg}");
        }
        assert!(text("a", BLACK).contains("class=\"pen-label\" fill=\"currentColor\">a</text>"));
    }

    #[test]
    fn formulas_are_set_as_such() {
        let svg = text(r"$\lambda_{\max}$ < 1", BLACK);
        let label = "<tspan font-style=\"italic\">λ</tspan><tspan dy=\"2.2\" font-size=\"7.2\">max</tspan><tspan dy=\"-2.2\"> &lt; 1</tspan>";
        assert!(svg.ends_with(&format!(">{label}</text>")), "{svg}");
        let failed =
            Canvas::draw((40, 30), 1, |area| area.draw(&Text::new(r"$\foo$", (3, 20), ("serif", 12).into_font())));
        let message = failed.unwrap_err().to_string();
        assert!(
            message.contains("the text `$\\foo$` of a figure can't be written: it has no command `\\foo`"),
            "{message}"
        );
    }

    #[test]
    fn dots_and_lines_are_one_element_each() {
        struct Both;
        impl<'a> plotters::element::PointCollection<'a, (i32, i32)> for &'a Both {
            type Point = (i32, i32);
            type IntoIter = [(i32, i32); 5];
            fn point_iter(self) -> Self::IntoIter {
                [(1, 1), (5, 5), (9, 1), (20, 20), (21, 19)]
            }
        }
        impl plotters::element::Drawable<Canvas<'_>> for Both {
            fn draw<I: Iterator<Item = (i32, i32)>>(&self, points: I, canvas: &mut Canvas<'_>, _: (u32, u32)) -> Drawn {
                let points: Vec<_> = points.collect();
                canvas.draw_lines(points.clone(), &[3, 2], &line(BLACK), Some((9, 4)))?;
                canvas.draw_dots(points, 6, true, BLACK.to_backend_color())
            }
        }
        let svg = drawn(|area| Ok(area.draw(&Both)?));
        assert_eq!(
            svg,
            "<path d=\"M1 1l4 4l4-4m11 19l1-1\" stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"9 4\"/>\
             <path d=\"M-2 -2h6v6h-6zm4 4h6v6h-6zm4-4h6v6h-6zm11 19h6v6h-6zm1-1h6v6h-6z\" fill=\"currentColor\"/>"
        );
    }
}
