//! nalgebra's matrices, vectors and decompositions as typeset mathematics, and as numbers to compare.

use nalgebra::{Complex, DefaultAllocator, Dim, DimSub, Matrix, RawStorage, SymmetricEigen, U1, allocator::Allocator};

use super::numbers::{Number, Numbers};
use super::show::{Show, Shown};

/// More rows or columns than this are shown in part.
const MOST: usize = 12;
/// So many of them at the start.
const FIRST: usize = 5;
/// So many of them at the end.
const LAST: usize = 2;

/// A number as an entry of a matrix.
pub trait Entry {
    /// In LaTeX.
    fn latex(&self) -> String;
}

macro_rules! integer_entries {
    ($($type:ty),*) => {$(
        impl Entry for $type {
            fn latex(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
integer_entries!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl Entry for f64 {
    fn latex(&self) -> String {
        rounded(*self)
    }
}

impl Entry for f32 {
    fn latex(&self) -> String {
        rounded(f64::from(*self))
    }
}

impl<T: Entry + Clone + std::ops::Neg<Output = T> + PartialOrd + Default> Entry for Complex<T> {
    fn latex(&self) -> String {
        let (sign, size) = if self.im < T::default() {
            ("-", -self.im.clone())
        } else {
            ("+", self.im.clone())
        };
        format!("{} {sign} {}\\,\\mathrm{{i}}", self.re.latex(), size.latex())
    }
}

/// Six significant digits, trailing zeros left out, powers of ten where the plain form is long.
fn rounded(value: f64) -> String {
    if value.is_nan() {
        return "\\mathrm{NaN}".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "\\infty" } else { "-\\infty" }.to_owned();
    }
    let trim = |digits: &str| {
        if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            digits.to_owned()
        }
    };
    if value == 0.0 || (value.fract() == 0.0 && value.abs() < 1e9) {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match exponent {
        -4..=5 => trim(&format!("{value:.*}", usize::try_from(5 - exponent).unwrap_or(0))),
        _ => match trim(mantissa).as_str() {
            "1" => format!("10^{{{exponent}}}"),
            "-1" => format!("-10^{{{exponent}}}"),
            mantissa => format!("{mantissa}\\times 10^{{{exponent}}}"),
        },
    }
}

/// The indices to show, with nothing where some are left out.
fn indices(count: usize) -> Vec<Option<usize>> {
    if count <= MOST {
        (0..count).map(Some).collect()
    } else {
        (0..FIRST).map(Some).chain([None]).chain((count - LAST..count).map(Some)).collect()
    }
}

fn latex<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>>(matrix: &Matrix<T, R, C, S>) -> String {
    let (rows, columns) = matrix.shape();
    let entry = |row: Option<usize>, column: Option<usize>| match (row, column) {
        (Some(row), Some(column)) => matrix[(row, column)].latex(),
        (Some(_), None) => "\\cdots".to_owned(),
        (None, Some(_)) => "\\vdots".to_owned(),
        (None, None) => "\\ddots".to_owned(),
    };
    let line = |row| indices(columns).into_iter().map(|column| entry(row, column)).collect::<Vec<_>>().join(" & ");
    let lines: Vec<String> = indices(rows).into_iter().map(line).collect();
    let body = format!("\\begin{{bmatrix}}{}\\end{{bmatrix}}", lines.join(" \\\\ "));
    if rows > MOST || columns > MOST {
        format!("{body}\\quad\\text{{({rows} × {columns})}}")
    } else {
        body
    }
}

/// The LaTeX read as text: rows in brackets.
fn plain<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>>(matrix: &Matrix<T, R, C, S>) -> String {
    let (rows, columns) = matrix.shape();
    let entry = |row: Option<usize>, column: Option<usize>| match (row, column) {
        (Some(row), Some(column)) => {
            let latex = matrix[(row, column)].latex();
            latex
                .replace("\\times 10^{", "e")
                .replace("\\,\\mathrm{i}", "i")
                .replace("\\infty", "inf")
                .replace("10^{", "1e")
                .replace('}', "")
                .replace("\\mathrm{", "")
        }
        _ => "…".to_owned(),
    };
    let line = |row| indices(columns).into_iter().map(|column| entry(row, column)).collect::<Vec<_>>().join(", ");
    let lines: Vec<String> = indices(rows).into_iter().map(|row| format!("[{}]", line(row))).collect();
    match columns {
        1 => format!("[{}]", indices(rows).into_iter().map(|row| entry(row, Some(0))).collect::<Vec<_>>().join(", ")),
        _ => format!("[{}]", lines.join(", ")),
    }
}

impl<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>> Show for Matrix<T, R, C, S> {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Math { latex: latex(self), plain: plain(self) }]
    }
}

impl<T: Numbers, R: Dim, C: Dim, S: RawStorage<T, R, C>> Numbers for Matrix<T, R, C, S> {
    fn numbers(&self, into: &mut Vec<Number>) {
        let (rows, columns) = self.shape();
        for row in 0..rows {
            for column in 0..columns {
                self[(row, column)].numbers(into);
            }
        }
    }
}

impl<D> Show for SymmetricEigen<f64, D>
where
    D: Dim + DimSub<U1>,
    DefaultAllocator: Allocator<D, D> + Allocator<D>,
{
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Math {
            latex: format!("\\lambda = {},\\qquad Q = {}", latex(&self.eigenvalues), latex(&self.eigenvectors)),
            plain: format!("λ = {}, Q = {}", plain(&self.eigenvalues), plain(&self.eigenvectors)),
        }]
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector, Matrix2, RowVector3, Vector2};

    use super::*;

    fn shown(value: &impl Show) -> (String, String) {
        match value.show().pop() {
            Some(Shown::Math { latex, plain }) => (latex, plain),
            other => panic!("no mathematics: {other:?}"),
        }
    }

    #[test]
    fn numbers_have_six_digits_and_no_more_than_they_need() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (20.0, "20"),
            (-2.0, "-2"),
            (1.0 / 3.0, "0.333333"),
            (1.387_351_111_33, "1.38735"),
            (2_508.009_601_28, "2508.01"),
            (123_456_789.0, "123456789"),
            (1.2e-17, "1.2\\times 10^{-17}"),
            (-1e-7, "-10^{-7}"),
            (6.02214e23, "6.02214\\times 10^{23}"),
            (f64::NAN, "\\mathrm{NaN}"),
            (f64::NEG_INFINITY, "-\\infty"),
        ] {
            assert_eq!(rounded(value), expected, "{value:?}");
        }
    }

    #[test]
    fn matrices_are_typeset_row_by_row() {
        let matrix = Matrix2::new(20.0, 0.0, 0.0, 2.0);
        let expected = "\\begin{bmatrix}20 & 0 \\\\ 0 & 2\\end{bmatrix}";
        assert_eq!(shown(&matrix), (expected.into(), "[[20, 0], [0, 2]]".into()));
        assert_eq!(shown(&Vector2::new(1, 2)).1, "[1, 2]");
        assert_eq!(shown(&RowVector3::new(1, 2, 3)).0, "\\begin{bmatrix}1 & 2 & 3\\end{bmatrix}");
        assert_eq!(shown(&matrix.column(0)).1, "[20, 0]");
    }

    #[test]
    fn large_matrices_are_shown_in_part() {
        let (latex, _) = shown(&DMatrix::<f64>::identity(20, 3));
        assert!(latex.contains("\\vdots") && latex.ends_with("\\quad\\text{(20 × 3)}"), "{latex}");
        assert_eq!(latex.matches("\\\\").count(), FIRST + LAST);
        assert_eq!(shown(&DVector::from_vec(vec![1.5e-9])).1, "[1.5e-9]");
    }

    #[test]
    fn claims_compare_rows_first() {
        let mut numbers = Vec::new();
        Matrix2::new(1, 2, 3, 4).numbers(&mut numbers);
        assert_eq!(numbers, [1, 2, 3, 4].map(Number::Integer));
    }
}
