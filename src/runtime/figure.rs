//! Figures: SVG pictures that suit light and dark pages.

/// An SVG picture, which a cell shows if it is its last expression.
///
/// The cell must have the option `alt`, the text for those who can't see the picture; `caption` stands below it, and a
/// `label` that begins with `fig-` numbers it. A coordinate that is not a finite number is an error. The picture is as wide
/// as the page's column, up to 640 CSS pixels, and as high as its `viewBox` makes it; `currentColor` in it is the colour of
/// the page's text, on light and on dark pages.
///
/// It draws and does nothing else: shapes, text, gradients, filters, animations and their styles, with addresses of what is
/// in it (`#…`); an `<image>` may be `data:image/png;base64,…` or a file beside the chapter. A script, a handler such as
/// `onclick`, `<foreignObject>` and what else SVG can hold is an error at the cell. Editors' notes are left out.
///
/// ```
/// let dot = "<circle cx='4' cy='4' r='2' fill='currentColor'/>";
/// let figure = recto::Figure::from_svg(format!("<svg viewBox='0 0 8 8'>{dot}</svg>"));
/// assert!(figure.has_finite_coordinates());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub(super) svg: String,
}

impl Figure {
    /// A figure from SVG source: one `<svg>` element; an XML declaration, a document type and comments are left out.
    pub fn from_svg(svg: impl Into<String>) -> Self {
        Figure { svg: svg.into() }
    }

    /// The SVG source, as it was given.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Whether no attribute holds `NaN` or `inf`, as Rust prints numbers that are not finite.
    pub fn has_finite_coordinates(&self) -> bool {
        let mut in_tag = false;
        let mut attributes = String::new();
        for c in self.svg.chars() {
            match c {
                '<' => in_tag = true,
                '>' => {
                    in_tag = false;
                    attributes.push(' ');
                }
                c if in_tag => attributes.push(c),
                _ => {}
            }
        }
        let words = attributes.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '.');
        !words
            .map(|word| word.trim_start_matches('-'))
            .any(|word| matches!(word, "NaN" | "inf" | "nan" | "infinity"))
    }
}

/// Why [`figure`] could not draw: what its closure returned, or what plotters said.
#[cfg(feature = "plotters")]
#[derive(Debug)]
pub struct FigureError(Box<dyn std::error::Error>);

#[cfg(feature = "plotters")]
impl std::fmt::Display for FigureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the figure can't be drawn: {}", self.0)
    }
}

#[cfg(feature = "plotters")]
impl std::error::Error for FigureError {}

/// Draws a figure with plotters (feature `plotters`). `width` and `height` are the size of the drawing area in plotters'
/// pixels, with the origin at the upper left; the page scales the whole to the width of its column.
///
/// Black becomes the text colour of the page and a white background that of the page, so that the figure suits light and
/// dark pages.
///
/// # Errors
/// What `draw` returns, or plotters can't write the picture.
///
/// ```
/// use plotters::prelude::*;
///
/// let line = recto::figure(200, 100, |area| {
///     area.draw(&PathElement::new(vec![(0, 0), (200, 100)], BLACK))?;
///     Ok(())
/// })?;
/// assert!(line.svg().contains("currentColor"));
/// # Ok::<(), recto::FigureError>(())
/// ```
#[cfg(feature = "plotters")]
pub fn figure<F>(width: u32, height: u32, draw: F) -> Result<Figure, FigureError>
where
    F: FnOnce(
        &plotters::drawing::DrawingArea<plotters::backend::SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), Box<dyn std::error::Error>>,
{
    use plotters::drawing::IntoDrawingArea;
    let mut svg = String::new();
    {
        let area = plotters::backend::SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        draw(&area).map_err(FigureError)?;
        area.present().map_err(|error| FigureError(error.into()))?;
    }
    Ok(Figure::from_svg(in_page_colours(&svg, width, height)))
}

/// plotters names its colours in full; the page has its own for ink and paper.
#[cfg(feature = "plotters")]
fn in_page_colours(svg: &str, width: u32, height: u32) -> String {
    let mut lines = Vec::new();
    for line in svg.lines() {
        let background = line.starts_with("<rect")
            && line.contains(&format!("width=\"{width}\""))
            && line.contains(&format!("height=\"{height}\""))
            && line.contains("fill=\"#FFFFFF\"");
        if !background {
            lines.push(line.replace("\"#000000\"", "\"currentColor\""));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_are_noticed_in_attributes_alone() {
        let figure = |svg: &str| Figure::from_svg(svg).has_finite_coordinates();
        assert!(figure("<svg><text x=\"1\">NaN is not a number, inf neither</text></svg>"));
        assert!(!figure("<svg><circle cx=\"NaN\"/></svg>"));
        assert!(!figure("<svg><path d=\"M0 0 L1,-inf\"/></svg>"));
        assert!(figure("<svg><path class=\"information\" d=\"M0 0\"/></svg>"));
    }

    #[cfg(feature = "plotters")]
    #[test]
    fn plotters_figures_take_the_colours_of_the_page() {
        use plotters::prelude::*;
        let figure = figure(40, 30, |area| {
            area.fill(&WHITE)?;
            area.draw(&PathElement::new(vec![(0, 0), (40, 30)], BLACK))?;
            Ok(())
        })
        .unwrap();
        assert!(figure.svg().contains("currentColor"));
        assert!(!figure.svg().contains("#FFFFFF"));
        assert!(figure.svg().contains("viewBox=\"0 0 40 30\""));
    }
}
