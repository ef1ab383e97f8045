//! Figures: SVG pictures that suit light and dark pages.

use super::table::Table;

/// An SVG picture, which a cell shows if it is its last expression.
///
/// The cell must have the option `alt`, the text for those who can't see the picture; `caption` stands below it, and a
/// `label` that begins with `fig-` numbers it. A coordinate that is not a finite number is an error. The picture is as wide
/// as the page's column, up to 640 CSS pixels, and as high as its `viewBox` makes it; where its text would be smaller than 11
/// pixels, as on a phone, a reader moves it from side to side. `currentColor` in it is the colour of the page's text, on light
/// and on dark pages; an element of the class `pen-blue`, `pen-vermilion`, `pen-green`, `pen-purple`, `pen-amber`, `pen-cyan`,
/// `pen-grey` or `pen-paper` has that colour of the page's theme as `currentColor`.
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
    /// What is drawn, as CSV; may be empty.
    pub(super) data: String,
}

impl Figure {
    /// A figure from SVG source: one `<svg>` element; an XML declaration, a document type and comments are left out.
    pub fn from_svg(svg: impl Into<String>) -> Self {
        Figure { svg: svg.into(), data: String::new() }
    }

    /// The figure with what it shows as a table. With the option `data: true` of its cell a link below the figure leads to
    /// the table as a file of comma-separated values.
    ///
    /// ```
    /// let table = recto::Table::new(["x", "y"]).row([1.0, 0.5]).row([2.0, 0.25]);
    /// let figure = recto::Figure::from_svg("<svg viewBox='0 0 8 8'></svg>").with_data(&table);
    /// ```
    #[must_use]
    pub fn with_data(mut self, table: &Table) -> Self {
        self.data = table.csv();
        self
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
}
