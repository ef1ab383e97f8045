//! nalgebra's matrices, vectors and decompositions as typeset mathematics, and as numbers to compare.

use nalgebra::{
    Complex, DefaultAllocator, Dim, DimSub, Matrix, OVector, RawStorage, SymmetricEigen, U1, allocator::Allocator,
};

use super::brief::Brief;
use super::given::{Given, given};
use super::numbers::{Number, Numbers};
use super::show::{Show, Shown};
use super::term::{Operand, Scalar, Term};
use super::value::{Piece, Value};

/// More rows or columns than this are shown in part.
const MOST: usize = 12;
/// So many of them at the start.
const FIRST: usize = 5;
/// So many of them at the end.
const LAST: usize = 2;

/// A number as an entry of a matrix.
pub trait Entry {
    /// Its pieces.
    fn pieces(&self) -> Vec<Piece>;
}

macro_rules! entries {
    ($($type:ty),*) => {$(
        impl Entry for $type {
            fn pieces(&self) -> Vec<Piece> {
                match self.show().pop() {
                    Some(Shown::Value(value)) => value.into_pieces(),
                    _ => Vec::new(),
                }
            }
        }
    )*};
}
entries!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64);

impl<T: Entry + Clone + std::ops::Neg<Output = T> + PartialOrd + Default> Entry for Complex<T> {
    fn pieces(&self) -> Vec<Piece> {
        let (sign, size) = if self.im < T::default() {
            (" - ", -self.im.clone())
        } else {
            (" + ", self.im.clone())
        };
        let imaginary = [Piece::sign("\\,\\mathrm{i}", "i")];
        [
            self.re.pieces(),
            vec![Piece::sign(sign, sign)],
            size.pieces(),
            imaginary.into(),
        ]
        .concat()
    }
}

impl<T: Operand, R: Dim, C: Dim, S: RawStorage<T, R, C>> Operand for Matrix<T, R, C, S> {
    fn term(&self) -> Term {
        let (rows, columns) = self.shape();
        let entries = (0..rows * columns).map(|at| match self[(at / columns, at % columns)].term() {
            Term::Scalar(scalar) => scalar,
            _ => Scalar::near(f64::NAN, 0.0),
        });
        Term::of_entries(rows, columns, entries.collect())
    }
}

impl<D: Dim> Given for OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    fn given(term: &Term) -> Option<Self> {
        let numbers: Vec<f64> = match term {
            Term::Scalar(scalar) => vec![scalar.float()],
            Term::Matrix(vector) if vector.columns == 1 => vector.entries.iter().map(|entry| entry.float()).collect(),
            _ => return None,
        };
        let length = D::try_to_usize().unwrap_or(numbers.len());
        (numbers.len() == length).then(|| OVector::from_iterator_generic(D::from_usize(length), U1, numbers))
    }

    fn kind() -> String {
        D::try_to_usize().map_or_else(|| "a vector".to_owned(), |length| format!("a vector of {length}"))
    }
}

/// A vector for a function of the lesson's.
///
/// # Panics
/// It is none, or of another length.
#[track_caller]
pub fn point<D: Dim>(term: Term) -> OVector<f64, D>
where
    DefaultAllocator: Allocator<D>,
{
    given(term)
}

/// The indices to show, with nothing where some are left out.
fn indices(count: usize) -> Vec<Option<usize>> {
    if count <= MOST {
        (0..count).map(Some).collect()
    } else {
        (0..FIRST).map(Some).chain([None]).chain((count - LAST..count).map(Some)).collect()
    }
}

fn pieces<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>>(matrix: &Matrix<T, R, C, S>) -> Vec<Piece> {
    let (rows, columns) = matrix.shape();
    let entry = |row: Option<usize>, column: Option<usize>| match (row, column) {
        (Some(row), Some(column)) => matrix[(row, column)].pieces(),
        (Some(_), None) => vec![Piece::sign("\\cdots", "…")],
        (None, Some(_)) => vec![Piece::sign("\\vdots", "…")],
        (None, None) => vec![Piece::sign("\\ddots", "…")],
    };
    // As text, the rows of a matrix with several columns stand in brackets of their own.
    let (open, next, close) = if columns == 1 { ("[", ", ", "]") } else { ("[[", "], [", "]]") };
    let mut pieces = vec![Piece::sign("\\begin{bmatrix}", open)];
    for (number, row) in indices(rows).into_iter().enumerate() {
        pieces.extend((number > 0).then(|| Piece::sign(" \\\\ ", next)));
        for (number, column) in indices(columns).into_iter().enumerate() {
            pieces.extend((number > 0).then(|| Piece::sign(" & ", ", ")));
            pieces.extend(entry(row, column));
        }
    }
    pieces.push(Piece::sign("\\end{bmatrix}", close));
    if rows > MOST || columns > MOST {
        pieces.push(Piece::sign(format!("\\quad\\text{{({rows} × {columns})}}"), ""));
    }
    pieces
}

impl<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>> Show for Matrix<T, R, C, S> {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Value(Value::of(pieces(self), true))]
    }
}

impl<T: Entry, R: Dim, C: Dim, S: RawStorage<T, R, C>> Brief for Matrix<T, R, C, S> {
    fn size(&self) -> usize {
        self.len() + 1
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

    fn rows(&self) -> Vec<u32> {
        vec![u32::try_from(self.ncols()).unwrap_or(u32::MAX); self.nrows()]
    }
}

impl<D> Show for SymmetricEigen<f64, D>
where
    D: Dim + DimSub<U1>,
    DefaultAllocator: Allocator<D, D> + Allocator<D>,
{
    fn show(&self) -> Vec<Shown> {
        let (first, second) = (Piece::sign("\\lambda = ", "λ = "), Piece::sign(",\\qquad Q = ", ", Q = "));
        let whole = [
            vec![first],
            pieces(&self.eigenvalues),
            vec![second],
            pieces(&self.eigenvectors),
        ]
        .concat();
        vec![Shown::Value(Value::of(whole, true))]
    }
}

impl<D> Brief for SymmetricEigen<f64, D>
where
    D: Dim + DimSub<U1>,
    DefaultAllocator: Allocator<D, D> + Allocator<D>,
{
    fn size(&self) -> usize {
        self.eigenvalues.len() + self.eigenvectors.len()
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector, Matrix2, RowVector3, Vector2};

    use super::*;

    /// In LaTeX and as text, with all digits.
    fn shown(value: &impl Show) -> (String, String) {
        let Some(Shown::Value(value)) = value.show().pop() else {
            panic!("no value")
        };
        assert!(value.math);
        let latex = value.parts[0].iter().map(|piece| match piece {
            Piece::Integer(text) | Piece::Float(text) | Piece::Sign { latex: text, .. } => text.as_str(),
        });
        (latex.collect(), value.exact())
    }

    #[test]
    fn matrices_are_typeset_row_by_row() {
        let matrix = Matrix2::new(20.0, 0.0, 0.0, 2.0);
        let expected = "\\begin{bmatrix}20 & 0 \\\\ 0 & 2\\end{bmatrix}";
        assert_eq!(shown(&matrix), (expected.into(), "[[20, 0], [0, 2]]".into()));
        assert_eq!(shown(&Vector2::new(1, 2)).1, "[1, 2]");
        assert_eq!(shown(&RowVector3::new(1, 2, 3)).0, "\\begin{bmatrix}1 & 2 & 3\\end{bmatrix}");
        assert_eq!(shown(&matrix.column(0)).1, "[20, 0]");
        assert_eq!(shown(&Vector2::new(Complex::new(1.0, -0.5), Complex::new(0.0, 2.0))).1, "[1 - 0.5i, 0 + 2i]");
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
