//! How a value stands on the page: its numbers with some digits, and its parts with their names.

use std::borrow::Cow;

use crate::runtime::value::{Piece, Value, latex_of_bracket, latex_of_text};

/// Whole numbers below this have all of their digits.
const LARGE: f64 = 1e9;

/// A value in all its forms.
#[derive(Clone, Debug)]
pub(crate) struct ShownValue {
    /// As the page has it.
    pub(crate) page: String,
    /// The same as one types it, with `-` for the sign of minus.
    pub(crate) typed: String,
    /// With all digits, as one types it.
    pub(crate) exact: String,
    /// Whether a number on the page is another than the value's.
    pub(crate) is_rounded: bool,
    /// In LaTeX, if it is mathematics: each part that has a name by itself, so that a line can end behind it.
    pub(crate) latex: Vec<String>,
    /// That as MathML; none where it can't be read.
    pub(crate) mathml: Option<String>,
}

/// A form of what a cell prints and shows, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the page has it.
    Page,
    /// The same as one types it, with `-` for the sign of minus.
    Typed,
    /// As one types it, numbers with all digits.
    Exact,
}

impl ShownValue {
    /// A value with numbers of so many significant digits; the names are those of its parts, or of the whole.
    ///
    /// # Errors
    /// The names are not as many as the parts; how many these are.
    pub(super) fn of(value: &Value, digits: usize, names: Option<&[String]>) -> Result<ShownValue, usize> {
        let names = names.unwrap_or(&value.names);
        let is_list = matches!(value.open.as_str(), "" | "(" | "[");
        let parts = if is_list { value.parts.len() } else { 1 };
        if !matches!(names.len(), 0 | 1) && names.len() != parts {
            return Err(parts);
        }
        let writer = |style| Writer { digits, style };
        let is_math = value.math || names.iter().any(|name| formula(name).is_some());
        Ok(ShownValue {
            page: writer(Style::Page).value(value, names),
            typed: writer(Style::Typed).value(value, names),
            exact: writer(Style::Exact).value(value, names),
            is_rounded: value.parts.iter().flatten().any(|piece| is_rounded(piece, digits)),
            latex: if is_math { writer(Style::Latex).parts(value, names) } else { Vec::new() },
            mathml: None,
        })
    }

    pub(super) fn text(&self, form: Form) -> &str {
        match form {
            Form::Page => &self.page,
            Form::Typed => &self.typed,
            Form::Exact => &self.exact,
        }
    }
}

/// The LaTeX of a name that is a formula.
fn formula(name: &str) -> Option<&str> {
    name.trim().strip_prefix('$')?.strip_suffix('$')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Page,
    Typed,
    Exact,
    Latex,
}

struct Writer {
    digits: usize,
    style: Style,
}

impl Writer {
    fn value(&self, value: &Value, names: &[String]) -> String {
        self.parts(value, names).join(", ")
    }

    /// The parts, where each has a name, or the whole.
    fn parts(&self, value: &Value, names: &[String]) -> Vec<String> {
        let latex = self.style == Style::Latex;
        let parts: Vec<String> =
            value.parts.iter().map(|part| part.iter().map(|it| self.piece(it)).collect()).collect();
        if names.len() > 1 {
            return names.iter().zip(parts).map(|(name, part)| format!("{} = {part}", self.name(name))).collect();
        }
        let (open, close) = if latex {
            (latex_of_bracket(&value.open, "\\left"), latex_of_bracket(&value.close, "\\right"))
        } else {
            (value.open.clone(), value.close.clone())
        };
        let whole = format!("{open}{}{close}", parts.join(if latex { ",\\; " } else { ", " }));
        vec![match names {
            [name] => format!("{} = {whole}", self.name(name)),
            _ => whole,
        }]
    }

    fn name<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match (formula(name), self.style) {
            (Some(formula), _) => formula.into(),
            // An equals sign between two texts has no space around it.
            (None, Style::Latex) if name.chars().all(|c| c.is_ascii_alphabetic()) => {
                format!("\\mathrm{{{name}}}").into()
            }
            (None, Style::Latex) => latex_of_text(name).into(),
            (None, _) => name.into(),
        }
    }

    fn piece(&self, piece: &Piece) -> String {
        match (piece, self.style) {
            (Piece::Sign { latex, .. }, Style::Latex) => latex.clone(),
            (Piece::Sign { plain, .. }, _) => plain.clone(),
            (Piece::Float(text), Style::Exact) => text.clone(),
            (Piece::Float(text), style) => match (rounded(text, self.digits), style) {
                ((mantissa, None), _) => self.signed(&mantissa),
                ((mantissa, Some(exponent)), Style::Latex) => match mantissa.as_str() {
                    "1" => format!("10^{{{exponent}}}"),
                    "-1" => format!("-10^{{{exponent}}}"),
                    mantissa => format!("{mantissa}\\times 10^{{{exponent}}}"),
                },
                ((mantissa, Some(exponent)), _) => self.signed(&format!("{mantissa}e{exponent}")),
            },
            (Piece::Integer(text), _) => self.signed(text),
        }
    }

    /// A number with the sign of minus that this style has.
    fn signed(&self, number: &str) -> String {
        match (self.style, number) {
            (Style::Page, number) => number.replace('-', "−"),
            (Style::Latex, "NaN") => "\\mathrm{NaN}".to_owned(),
            (Style::Latex, number) => number.replace("inf", "\\infty"),
            (Style::Typed | Style::Exact, number) => number.to_owned(),
        }
    }
}

/// A number with so many significant digits, trailing zeros left out; with a power of ten where it would be long without.
fn rounded(text: &str, digits: usize) -> (String, Option<i32>) {
    let Ok(value) = text.parse::<f64>() else {
        return (text.to_owned(), None);
    };
    if !value.is_finite() {
        return (text.to_owned(), None);
    }
    if value == 0.0 || (value.fract() == 0.0 && value.abs() < LARGE) {
        return (format!("{}", if value == 0.0 { 0.0 } else { value }), None);
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let trim = |number: &str| {
        let is_whole = !number.contains('.');
        if is_whole {
            number
        } else {
            number.trim_end_matches('0').trim_end_matches('.')
        }
        .to_owned()
    };
    // What follows the point, where it is written without a power of ten.
    let decimals = exponent.parse().map_or(-1, |exponent: i64| digits as i64 - 1 - exponent);
    match usize::try_from(decimals) {
        Ok(decimals) if decimals <= digits + 3 => (trim(&format!("{value:.decimals$}")), None),
        _ => (trim(mantissa), exponent.parse().ok()),
    }
}

fn is_rounded(piece: &Piece, digits: usize) -> bool {
    let Piece::Float(text) = piece else { return false };
    let (mantissa, exponent) = rounded(text, digits);
    let shown = format!("{mantissa}e{}", exponent.unwrap_or(0)).parse::<f64>();
    matches!((shown, text.parse::<f64>()), (Ok(shown), Ok(value)) if shown != value)
}

/// A cell of a table that is a number, or several in brackets, with the sign of minus that a page has.
pub(crate) fn with_minus(cell: &str) -> Cow<'_, str> {
    let is_of_numbers = |c: char| c.is_ascii_digit() || " .,;:+-()[]%×±e".contains(c);
    if cell.contains('-') && cell.contains(|c: char| c.is_ascii_digit()) && cell.chars().all(is_of_numbers) {
        Cow::Owned(cell.replace('-', "−"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Show, Shown};

    fn shown(value: &dyn Show, digits: usize, names: &[&str]) -> Result<ShownValue, usize> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let Some(Shown::Value(value)) = value.show().pop() else {
            panic!("no value")
        };
        ShownValue::of(&value, digits, (!names.is_empty()).then_some(&names))
    }

    #[test]
    fn numbers_have_six_digits_and_no_more_than_they_need() {
        for (value, page, latex) in [
            (0.0, "0", "0"),
            (-0.0, "0", "0"),
            (20.0, "20", "20"),
            (-2.0, "−2", "-2"),
            (1.0 / 3.0, "0.333333", "0.333333"),
            (0.1 + 0.2, "0.3", "0.3"),
            (1.387_351_111_33, "1.38735", "1.38735"),
            (2_508.009_601_28, "2508.01", "2508.01"),
            (999_999.7, "1e6", "10^{6}"),
            (123_456_789.0, "123456789", "123456789"),
            (1.234_567_8e9, "1.23457e9", "1.23457\\times 10^{9}"),
            (0.000_123_456_78, "0.000123457", "0.000123457"),
            (0.000_012_345_678, "1.23457e−5", "1.23457\\times 10^{-5}"),
            (1.2e-17, "1.2e−17", "1.2\\times 10^{-17}"),
            (-1e-7, "−1e−7", "-10^{-7}"),
            (6.02214e23, "6.02214e23", "6.02214\\times 10^{23}"),
            (f64::NAN, "NaN", "\\mathrm{NaN}"),
            (f64::NEG_INFINITY, "−inf", "-\\infty"),
        ] {
            let shown = shown(&value, 6, &["$x$"]).unwrap();
            assert_eq!(shown.page, format!("x = {page}"));
            assert_eq!(shown.latex, [format!("x = {latex}")]);
            assert_eq!(shown.typed, shown.page.replace('−', "-"));
        }
    }

    #[test]
    fn digits_are_as_many_as_the_author_wants() {
        for (value, digits, page) in [
            (1.0 / 3.0, 1, "0.3"),
            (1_234.5, 3, "1.23e3"),
            (12.345, 2, "12"),
            (0.1 + 0.2, 17, "0.30000000000000004"),
            (9.999, 2, "10"),
            (-0.06, 1, "−0.06"),
        ] {
            assert_eq!(shown(&value, digits, &[]).unwrap().page, page);
        }
        let third = shown(&(1.0_f64 / 3.0, 0.5_f32, 3_i128.pow(60)), 4, &[]).unwrap();
        assert_eq!(third.page, "(0.3333, 0.5, 42391158275216203514294433201)");
        assert_eq!(third.exact, "(0.3333333333333333, 0.5, 42391158275216203514294433201)");
        assert!(third.is_rounded && third.latex.is_empty());
        assert!(!shown(&(0.1_f32, 0.1, -0.0), 4, &[]).unwrap().is_rounded);
    }

    #[test]
    fn names_stand_before_the_parts_or_the_whole() {
        let pair = (1.0 / 11.0, -3);
        assert_eq!(shown(&pair, 3, &["η*", "n"]).unwrap().page, "η* = 0.0909, n = −3");
        assert_eq!(shown(&pair, 3, &["pair"]).unwrap().page, "pair = (0.0909, −3)");
        assert_eq!(shown(&pair, 3, &["a", "b", "c"]).unwrap_err(), 2);
        assert_eq!(shown(&Some(0.25), 3, &["peak"]).unwrap().page, "peak = Some(0.25)");
        assert_eq!(shown(&Some((1, 2)), 3, &["a", "b"]).unwrap_err(), 1);
        let formulas = shown(&pair, 3, &["$\\eta^\\star$", "n_0"]).unwrap();
        assert_eq!(formulas.latex, ["\\eta^\\star = 0.0909", "\\text{n\\_0} = -3"]);
        assert_eq!(formulas.exact, "\\eta^\\star = 0.09090909090909091, n_0 = -3");
    }

    #[test]
    fn cells_of_numbers_have_a_true_minus() {
        for (cell, page) in [
            ("-1", "−1"),
            ("-2.5e-9", "−2.5e−9"),
            ("(-1, 2 %)", "(−1, 2 %)"),
            ("2-norm", "2-norm"),
            ("x - 1", "x - 1"),
            ("-", "-"),
            ("half-way", "half-way"),
        ] {
            assert_eq!(with_minus(cell), page);
        }
    }
}
