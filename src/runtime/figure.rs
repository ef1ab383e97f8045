//! Figures: SVG pictures that suit light and dark pages.

use super::table::{self, Table};

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
#[cfg_attr(feature = "generator", derive(serde::Serialize, serde::Deserialize))]
pub struct Figure {
    /// One for each panel.
    pub(crate) svgs: Vec<String>,
    /// How many panels stand side by side where there is room.
    pub(crate) columns: u32,
    /// Whether every coordinate is a finite number.
    pub(crate) finite: bool,
    /// What is drawn, as CSV; may be empty.
    pub(crate) data: String,
}

impl Figure {
    /// A figure from SVG source: one `<svg>` element; an XML declaration, a document type and comments are left out.
    pub fn from_svg(svg: impl Into<String>) -> Self {
        let svg = svg.into();
        Figure {
            finite: is_finite(&svg),
            svgs: vec![svg],
            columns: 1,
            data: String::new(),
        }
    }

    /// Figures as the panels of one, in rows of `columns`. Where a row would make their text smaller than 11 pixels, as on a
    /// phone, it has fewer. Each panel has a letter on the page, (a), (b) and so on, by which the caption and the alternative
    /// text can name it. If all have data with the same columns, the data of the figure are theirs, with the letter in front.
    ///
    /// ```
    /// use recto::Figure;
    ///
    /// let dot = |r: u8| Figure::from_svg(format!("<svg viewBox='0 0 8 8'><circle cx='4' cy='4' r='{r}'/></svg>"));
    /// let side_by_side = Figure::panels(2, [dot(1), dot(3)]);
    /// ```
    pub fn panels(columns: u32, figures: impl IntoIterator<Item = Figure>) -> Self {
        let figures: Vec<Figure> = figures.into_iter().collect();
        Figure {
            finite: figures.iter().all(|figure| figure.finite),
            columns: columns.max(1),
            data: match figures.as_slice() {
                [one] => one.data.clone(),
                many if many.iter().all(|figure| figure.svgs.len() == 1) => {
                    let panels = many.iter().enumerate().map(|(number, figure)| (letter(number), figure.data.as_str()));
                    table::joined("panel", panels)
                }
                _ => String::new(),
            },
            svgs: figures.into_iter().flat_map(|figure| figure.svgs).collect(),
        }
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

    /// What it shows, as comma-separated values; empty without [`with_data`](Figure::with_data).
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The SVG source, as it was given; that of panels, one after the other.
    pub fn svg(&self) -> String {
        self.svgs.concat()
    }

    /// Whether no attribute holds `NaN` or `inf`, as Rust prints numbers that are not finite.
    pub fn has_finite_coordinates(&self) -> bool {
        self.finite
    }
}

/// The letter of a panel: a, b, …, z, aa, ab, …
pub(crate) fn letter(number: usize) -> String {
    let last = char::from(b'a' + (number % 26) as u8);
    match number / 26 {
        0 => last.to_string(),
        before => letter(before - 1) + &last.to_string(),
    }
}

fn is_finite(svg: &str) -> bool {
    let mut in_tag = false;
    let mut attributes = String::new();
    for c in svg.chars() {
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
        let panels = ["<svg/>", "<svg><circle cx=\"NaN\"/></svg>"].map(Figure::from_svg);
        assert!(!Figure::panels(2, panels).has_finite_coordinates());
    }

    #[test]
    fn panels_have_letters_and_their_data() {
        assert_eq!([0, 1, 25, 26, 27, 702].map(letter), ["a", "b", "z", "aa", "ab", "aaa"]);
        let panel = |head: &str, value: &str| Figure::from_svg("<svg/>").with_data(&Table::new([head]).row([value]));
        let data = |panels: [Figure; 2]| Figure::panels(2, panels).data;
        assert_eq!(data([panel("x", "1"), panel("x", "2, 3")]), "panel,x\na,1\nb,\"2, 3\"\n");
        assert_eq!(data([panel("x", "1"), panel("y", "2")]), "");
        assert_eq!(data([panel("x", "1"), Figure::from_svg("<svg/>")]), "");
        assert_eq!(Figure::panels(1, [panel("x", "1")]).data, "x\n1\n");
    }
}
