//! Vectors and matrices in the formulas of claims. They are small: what the page shows, a reader could compute.

use super::elementary::{size, sqrt};
use super::term::{Matrix, Scalar, Term, fault, times, transpose};

impl Matrix {
    fn at(&self, row: usize, column: usize) -> Scalar {
        self.entries[row * self.columns + column]
    }

    pub(crate) fn transposed(&self) -> Matrix {
        let entries = (0..self.columns).flat_map(|column| (0..self.rows).map(move |row| self.at(row, column)));
        Matrix {
            rows: self.columns,
            columns: self.rows,
            entries: entries.collect(),
        }
    }

    pub(crate) fn times(&self, other: &Matrix) -> Term {
        let entry = |row: usize, column: usize| {
            let products = (0..self.columns).map(|k| self.at(row, k).times(other.at(k, column)));
            products.fold(Scalar::Integer(0), Scalar::plus)
        };
        let entries = (0..self.rows).flat_map(|row| (0..other.columns).map(move |column| entry(row, column)));
        Term::of_entries(self.rows, other.columns, entries.collect())
    }

    pub(crate) fn power(&self, n: i128) -> Term {
        let base = if n < 0 {
            match self.inverted() {
                Some(inverse) => inverse,
                None => return Term::Fault("it inverts a singular matrix".to_owned()),
            }
        } else {
            self.clone()
        };
        if n.unsigned_abs() > 1000 {
            return Term::Fault("it raises a matrix to a power beyond 1000".to_owned());
        }
        let mut product = Term::Matrix(Matrix::identity(self.rows));
        for _ in 0..n.unsigned_abs() {
            product = match product {
                Term::Matrix(product) => product.times(&base),
                other => other,
            };
        }
        product
    }

    fn identity(size: usize) -> Matrix {
        let entries = (0..size * size).map(|at| Scalar::Integer(i128::from(at / size == at % size)));
        Matrix {
            rows: size,
            columns: size,
            entries: entries.collect(),
        }
    }

    /// By elimination with pivots, and the determinant on the way.
    fn eliminated(&self) -> (Vec<Vec<f64>>, f64) {
        let size = self.rows;
        let row = |row: usize| {
            let own = (0..size).map(|column| self.at(row, column).float());
            own.chain((0..size).map(|column| f64::from(u8::from(row == column)))).collect()
        };
        let mut rows: Vec<Vec<f64>> = (0..size).map(row).collect();
        let mut determinant = 1.0;
        for column in 0..size {
            let by_size = |&a: &usize, &b: &usize| f64::total_cmp(&rows[a][column].abs(), &rows[b][column].abs());
            let pivot = (column..size).max_by(by_size).unwrap_or(column);
            if pivot != column {
                rows.swap(pivot, column);
                determinant = -determinant;
            }
            let value = rows[column][column];
            determinant *= value;
            if value == 0.0 {
                return (rows, 0.0);
            }
            rows[column].iter_mut().for_each(|entry| *entry /= value);
            let chosen = rows[column].clone();
            for (_, other) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
                let factor = other[column];
                other.iter_mut().zip(&chosen).for_each(|(entry, chosen)| *entry -= factor * chosen);
            }
        }
        (rows, determinant)
    }

    fn inverted(&self) -> Option<Matrix> {
        let (rows, determinant) = self.eliminated();
        let entries = || rows.iter().flat_map(|row| row[self.rows..].iter().copied());
        // A change of the matrix moves the inverse by as much between two of itself.
        let error = entries().map(|entry| entry * entry).sum::<f64>() * self.error();
        (determinant != 0.0).then(|| Matrix {
            entries: entries().map(|entry| Scalar::near(entry, error)).collect(),
            ..*self
        })
    }

    /// How far rounding may have moved it, in its Euclidean norm.
    fn error(&self) -> f64 {
        self.entries
            .iter()
            .map(|entry| Scalar::near(entry.float(), entry.error()).error().powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// The same of its determinant, of which no row has a larger part than the lengths of the others.
    fn error_of_determinant(&self) -> f64 {
        let lengths = self.entries.chunks(self.columns.max(1)).map(|row| length(row).float());
        let largest: f64 = lengths.clone().product();
        let least = lengths.fold(f64::INFINITY, f64::min);
        self.error() * largest / least
    }

    fn is_square(&self) -> bool {
        self.rows == self.columns
    }
}

/// A vector of numbers.
pub fn vector(terms: &[Term]) -> Term {
    matrix(&terms.iter().map(|term| vec![term.clone()]).collect::<Vec<_>>())
}

/// A matrix, row by row.
pub fn matrix(rows: &[Vec<Term>]) -> Term {
    let columns = rows.first().map_or(0, Vec::len);
    let mut entries = Vec::new();
    for row in rows {
        if row.len() != columns {
            return Term::Fault("the rows of this matrix differ in length".to_owned());
        }
        for term in row {
            match term {
                Term::Scalar(scalar) => entries.push(*scalar),
                Term::Matrix(_) => return Term::Fault(format!("it has {} as an entry", term.kind())),
                fault @ Term::Fault(_) => return fault.clone(),
            }
        }
    }
    Term::of_entries(rows.len(), columns, entries)
}

/// An entry, by numbers that count from 1.
pub fn entry(terms: &[Term]) -> Term {
    let index = |term: &Term| match term {
        Term::Scalar(Scalar::Integer(index)) => usize::try_from(*index).ok().and_then(|index| index.checked_sub(1)),
        _ => None,
    };
    let found = match terms {
        [Term::Matrix(of), row] if of.columns == 1 => index(row).and_then(|row| of.entries.get(row)),
        // `A_{12}`, as it is printed.
        [Term::Matrix(of), Term::Scalar(Scalar::Integer(both @ 11..=99))]
            if of.columns > 1 && of.rows.max(of.columns) < 10 =>
        {
            let digit = |digit: i128| usize::try_from(digit).ok()?.checked_sub(1);
            digit(both / 10).zip(digit(both % 10)).and_then(|(row, column)| {
                (row < of.rows && column < of.columns).then(|| &of.entries[row * of.columns + column])
            })
        }
        [Term::Matrix(of), row, column] => index(row).zip(index(column)).and_then(|(row, column)| {
            (row < of.rows && column < of.columns).then(|| &of.entries[row * of.columns + column])
        }),
        [fault @ Term::Fault(_), ..] => return fault.clone(),
        _ => None,
    };
    let of = terms.first().map(Term::kind).unwrap_or_default();
    found
        .map_or_else(|| Term::Fault(format!("{of} has no such entry; they are counted from 1")), |it| Term::Scalar(*it))
}

/// The trace of a square matrix.
pub fn tr(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.is_square() => {
            Term::Scalar((0..a.rows).map(|at| a.at(at, at)).fold(Scalar::Integer(0), Scalar::plus))
        }
        other => alone("takes the trace of", other),
    }
}

/// The determinant of a square matrix.
pub fn det(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.is_square() => Term::Scalar(Scalar::near(a.eliminated().1, a.error_of_determinant())),
        other => alone("takes the determinant of", other),
    }
}

/// The matrix with a vector on its diagonal.
pub fn diag(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.columns == 1 => {
            let entry = |at: usize| {
                let (row, column) = (at / a.rows, at % a.rows);
                if row == column { a.entries[row] } else { Scalar::Integer(0) }
            };
            Term::of_entries(a.rows, a.rows, (0..a.rows * a.rows).map(entry).collect())
        }
        other => alone("takes the diagonal matrix of", other),
    }
}

/// The Euclidean norm of a vector.
pub fn norm(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.columns == 1 || a.rows == 1 => Term::Scalar(length(&a.entries)),
        Term::Scalar(_) => size(a),
        other => alone("takes a norm, which does not say its kind, of", other),
    }
}

/// The norm of a vector by a matrix, `√(vᵀ M v)`.
pub fn norm_by(a: Term, matrix: Term) -> Term {
    match (&a, &matrix) {
        (Term::Matrix(vector), Term::Matrix(_)) if vector.columns == 1 => {
            sqrt(times(transpose(a.clone()), times(matrix, a)))
        }
        _ => fault("takes a norm by a matrix of", &a, &matrix),
    }
}

/// The Kronecker product.
pub fn kronecker(a: Term, b: Term) -> Term {
    match (a, b) {
        (Term::Matrix(a), Term::Matrix(b)) => {
            let (rows, columns) = (a.rows * b.rows, a.columns * b.columns);
            let entry = |at: usize| {
                let (row, column) = (at / columns, at % columns);
                a.at(row / b.rows, column / b.columns).times(b.at(row % b.rows, column % b.columns))
            };
            Term::of_entries(rows, columns, (0..rows * columns).map(entry).collect())
        }
        (a, b) => fault("takes the Kronecker product of", &a, &b),
    }
}

/// The product entry by entry.
pub fn entrywise(a: Term, b: Term) -> Term {
    match (a, b) {
        (Term::Matrix(a), Term::Matrix(b)) if (a.rows, a.columns) == (b.rows, b.columns) => {
            let entries = a.entries.iter().zip(&b.entries).map(|(a, b)| a.times(*b)).collect();
            Term::of_entries(a.rows, a.columns, entries)
        }
        (a, b) => fault("multiplies entry by entry", &a, &b),
    }
}

/// The same, of vectors alone.
pub fn norm_2(a: Term) -> Term {
    norm(a)
}

/// The Frobenius norm.
pub fn norm_f(a: Term) -> Term {
    match a {
        Term::Matrix(a) => Term::Scalar(length(&a.entries)),
        other => alone("takes the Frobenius norm of", other),
    }
}

/// The sum of the absolute values of a vector.
pub fn norm_1(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.columns == 1 => {
            let sizes = a.entries.iter().map(|entry| if entry.float() < 0.0 { entry.negative() } else { *entry });
            Term::Scalar(sizes.fold(Scalar::Integer(0), Scalar::plus))
        }
        other => alone("takes the 1-norm of", other),
    }
}

/// The largest absolute value of a vector.
pub fn norm_inf(a: Term) -> Term {
    match a {
        Term::Matrix(a) if a.columns == 1 => {
            let error = a.entries.iter().map(|entry| entry.error()).fold(0.0, f64::max);
            let sizes = a.entries.iter().map(|entry| entry.float().abs());
            Term::Scalar(Scalar::near(sizes.fold(0.0, f64::max), error))
        }
        other => alone("takes the norm of", other),
    }
}

fn length(entries: &[Scalar]) -> Scalar {
    let length = entries.iter().map(|entry| entry.float().powi(2)).sum::<f64>().sqrt();
    Scalar::near(length, entries.iter().map(|entry| entry.error()).sum())
}

fn alone(what: &str, a: Term) -> Term {
    match a {
        fault @ Term::Fault(_) => fault,
        other => Term::Fault(format!("it {what} {}", other.kind())),
    }
}
