//! What the formulas of claims compute with: numbers, vectors and matrices, of which an operation knows by itself what it means.
//!
//! In: the names of a lesson, as [`Operand`]s. Out: [`Term`]s. What has no value, such as a sum of a vector and a matrix, is a term
//! too, which says why.

use std::rc::Rc;
use std::sync::Arc;

use super::numbers::Number;

/// A number, vector or matrix of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A number.
    Scalar(Scalar),
    /// A matrix, row by row; a vector is one with a single column.
    Matrix(Matrix),
    /// What has no value, and why.
    Fault(String),
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// An integer, which stays one as long as it can.
    Integer(i128),
    /// A floating-point number, and by how much rounding may have moved it.
    Float {
        /// The number.
        value: f64,
        /// How far it may be from what exact arithmetic gives.
        error: f64,
    },
}

/// To what part of itself a floating-point number of the lesson's is taken to be right: some thousand units in the last place.
const UNIT: f64 = 1e-12;

/// The entries of a matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) entries: Vec<Scalar>,
}

/// A value that a formula can compute with: an integer, a float, a vector or a matrix. A type of your own has it too, if it says
/// what it is.
#[diagnostic::on_unimplemented(
    message = "a formula can't compute with a `{Self}`",
    label = "this must be a number, or an array, vector or matrix of them",
    note = "bind the number to a name in a cell, and write that into the formula"
)]
pub trait Operand {
    /// What it is in a formula.
    fn term(&self) -> Term;
}

/// A value of the lesson's.
pub fn of<T: Operand + ?Sized>(value: &T) -> Term {
    value.term()
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Operand for $type {
            fn term(&self) -> Term {
                integer(i128::from(*self))
            }
        }
    )*};
}
integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! wide_integers {
    ($($type:ty),*) => {$(
        impl Operand for $type {
            /// Beyond `i128::MAX` as the nearest floating-point number.
            #[allow(clippy::cast_precision_loss, reason = "what the line above says")]
            fn term(&self) -> Term {
                Term::Scalar(i128::try_from(*self).map_or(Scalar::near(*self as f64, 0.0), Scalar::Integer))
            }
        }
    )*};
}
wide_integers!(isize, usize, u128);

impl Operand for f64 {
    fn term(&self) -> Term {
        float(*self)
    }
}

impl Operand for f32 {
    /// Through its shortest decimal, so that `0.1f32` is 0.1.
    fn term(&self) -> Term {
        float(self.to_string().parse().unwrap_or(f64::NAN))
    }
}

macro_rules! through {
    ($($type:ty),*) => {$(
        impl<T: Operand + ?Sized> Operand for $type {
            fn term(&self) -> Term {
                (**self).term()
            }
        }
    )*};
}
through!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Operand> Operand for [T] {
    /// A vector; of vectors, a matrix of rows.
    fn term(&self) -> Term {
        rows(self.iter().map(Operand::term).collect())
    }
}

impl<T: Operand, const N: usize> Operand for [T; N] {
    fn term(&self) -> Term {
        self.as_slice().term()
    }
}

impl<T: Operand> Operand for Vec<T> {
    fn term(&self) -> Term {
        self.as_slice().term()
    }
}

/// Scalars as a vector, vectors as the rows of a matrix.
fn rows(terms: Vec<Term>) -> Term {
    let (count, mut entries, mut width) = (terms.len(), Vec::new(), None);
    for term in terms {
        let row = match term {
            Term::Scalar(scalar) => vec![scalar],
            Term::Matrix(row) if row.rows == 1 || row.columns == 1 => row.entries,
            Term::Matrix(_) => return Term::Fault("this vector has matrices as entries".to_owned()),
            fault @ Term::Fault(_) => return fault,
        };
        if *width.get_or_insert(row.len()) != row.len() {
            return Term::Fault("the rows of this matrix differ in length".to_owned());
        }
        entries.extend(row);
    }
    Term::of_entries(count, width.unwrap_or(0), entries)
}

impl Scalar {
    /// As a floating-point number.
    #[allow(clippy::cast_precision_loss, reason = "the nearest one")]
    pub(crate) fn float(self) -> f64 {
        match self {
            Scalar::Integer(value) => value as f64,
            Scalar::Float { value, .. } => value,
        }
    }

    /// A floating-point number, of which what it is computed from lets so much be uncertain.
    pub(crate) fn near(value: f64, error: f64) -> Scalar {
        let error = error.max(UNIT * value.abs());
        Scalar::Float {
            value,
            error: if error.is_finite() { error } else { 0.0 },
        }
    }

    /// How far rounding may have moved it.
    pub(crate) fn error(self) -> f64 {
        match self {
            Scalar::Integer(_) => 0.0,
            Scalar::Float { error, .. } => error,
        }
    }

    /// A function of it: as uncertain as its values are where this number may be.
    pub(crate) fn through(self, function: impl Fn(f64) -> f64) -> Scalar {
        let (at, error) = (self.float(), self.error());
        let value = function(at);
        Scalar::near(value, moved(value, [function(at - error), function(at + error)]))
    }

    fn exactly(
        self,
        other: Scalar,
        exact: impl Fn(i128, i128) -> Option<i128>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Scalar {
        let whole = match (self, other) {
            (Scalar::Integer(a), Scalar::Integer(b)) => exact(a, b),
            _ => None,
        };
        whole.map_or_else(|| self.with(other, float), Scalar::Integer)
    }

    /// A function of two of them.
    pub(crate) fn with(self, other: Scalar, function: impl Fn(f64, f64) -> f64) -> Scalar {
        let ((a, by), (b, too)) = ((self.float(), self.error()), (other.float(), other.error()));
        let value = function(a, b);
        let of_one = moved(value, [function(a - by, b), function(a + by, b)]);
        let of_other = moved(value, [function(a, b - too), function(a, b + too)]);
        Scalar::near(value, of_one + of_other)
    }

    pub(crate) fn plus(self, other: Scalar) -> Scalar {
        self.exactly(other, i128::checked_add, |a, b| a + b)
    }

    pub(crate) fn times(self, other: Scalar) -> Scalar {
        self.exactly(other, i128::checked_mul, |a, b| a * b)
    }

    pub(crate) fn negative(self) -> Scalar {
        Scalar::Integer(-1).times(self)
    }

    pub(crate) fn over(self, other: Scalar) -> Scalar {
        let exact = |a: i128, b: i128| (a.checked_rem(b)? == 0).then(|| a.checked_div(b)).flatten();
        self.exactly(other, exact, |a, b| a / b)
    }

    fn to_the(self, exponent: Scalar) -> Scalar {
        let exact = |a: i128, n: i128| a.checked_pow(u32::try_from(n).ok()?);
        let float = |a: f64, n: f64| match exponent {
            Scalar::Integer(n) => i32::try_from(n).map_or(f64::NAN, |n| a.powi(n)),
            Scalar::Float { .. } => a.powf(n),
        };
        self.exactly(exponent, exact, float)
    }

    pub(crate) fn number(self) -> Number {
        match self {
            Scalar::Integer(value) => Number::Integer(value),
            Scalar::Float { value, .. } => Number::Float(value),
        }
    }
}

/// How far the values beside one are from it.
fn moved(value: f64, beside: [f64; 2]) -> f64 {
    beside
        .iter()
        .map(|other| (other - value).abs())
        .filter(|distance| distance.is_finite())
        .fold(0.0, f64::max)
}

impl Term {
    /// A matrix, or its only entry.
    pub(crate) fn of_entries(rows: usize, columns: usize, entries: Vec<Scalar>) -> Term {
        match entries[..] {
            [only] if rows == 1 && columns == 1 => Term::Scalar(only),
            _ => Term::Matrix(Matrix { rows, columns, entries }),
        }
    }

    /// Its numbers, row by row.
    ///
    /// # Errors
    /// Why it has no value.
    pub(crate) fn numbers(self) -> Result<Vec<Number>, String> {
        match self {
            Term::Scalar(scalar) => Ok(vec![scalar.number()]),
            Term::Matrix(matrix) => Ok(matrix.entries.into_iter().map(Scalar::number).collect()),
            Term::Fault(why) => Err(why),
        }
    }

    /// How far rounding may have moved each of its numbers.
    pub(crate) fn errors(&self) -> Vec<f64> {
        match self {
            Term::Scalar(scalar) => vec![scalar.error()],
            Term::Matrix(matrix) => matrix.entries.iter().map(|entry| entry.error()).collect(),
            Term::Fault(_) => Vec::new(),
        }
    }

    /// What it is called in a message.
    pub(crate) fn kind(&self) -> String {
        match self {
            Term::Scalar(_) => "a number".to_owned(),
            Term::Matrix(Matrix { rows, columns: 1, .. }) => format!("a vector of {rows}"),
            Term::Matrix(Matrix { rows, columns, .. }) => format!("a matrix of {rows} × {columns}"),
            Term::Fault(why) => why.clone(),
        }
    }

    /// Each of its entries changed.
    fn map(self, change: impl Fn(Scalar) -> Scalar) -> Term {
        match self {
            Term::Scalar(scalar) => Term::Scalar(change(scalar)),
            Term::Matrix(matrix) => Term::Matrix(Matrix {
                entries: matrix.entries.into_iter().map(change).collect(),
                ..matrix
            }),
            fault @ Term::Fault(_) => fault,
        }
    }
}

/// The first fault of two terms, or what can't be done with them.
pub(crate) fn fault(what: &str, a: &Term, b: &Term) -> Term {
    match (a, b) {
        (fault @ Term::Fault(_), _) | (_, fault @ Term::Fault(_)) => fault.clone(),
        _ => Term::Fault(format!("it {what} {} and {}", a.kind(), b.kind())),
    }
}

/// An integer.
pub fn integer(value: i128) -> Term {
    Term::Scalar(Scalar::Integer(value))
}

/// A decimal number.
pub fn float(value: f64) -> Term {
    Term::Scalar(Scalar::near(value, 0.0))
}

/// π.
pub fn pi() -> Term {
    float(std::f64::consts::PI)
}

/// The base of the natural logarithm.
pub fn e() -> Term {
    float(std::f64::consts::E)
}

/// Infinity.
pub fn infinity() -> Term {
    float(f64::INFINITY)
}

/// `-a`
pub fn negative(a: Term) -> Term {
    a.map(Scalar::negative)
}

/// `a + b`
pub fn plus(a: Term, b: Term) -> Term {
    match (a, b) {
        (Term::Scalar(a), Term::Scalar(b)) => Term::Scalar(a.plus(b)),
        (Term::Matrix(a), Term::Matrix(b)) if (a.rows, a.columns) == (b.rows, b.columns) => {
            let entries = a.entries.iter().zip(&b.entries).map(|(a, b)| a.plus(*b)).collect();
            Term::of_entries(a.rows, a.columns, entries)
        }
        (a, b) => fault("adds", &a, &b),
    }
}

/// `a - b`
pub fn minus(a: Term, b: Term) -> Term {
    plus(a, negative(b))
}

/// `a b`, the product of matrices where both are.
pub fn times(a: Term, b: Term) -> Term {
    match (a, b) {
        (Term::Scalar(a), Term::Scalar(b)) => Term::Scalar(a.times(b)),
        (Term::Scalar(a), b @ Term::Matrix(_)) => b.map(|entry| a.times(entry)),
        (a @ Term::Matrix(_), Term::Scalar(b)) => a.map(|entry| entry.times(b)),
        (Term::Matrix(a), Term::Matrix(b)) if a.columns == b.rows => a.times(&b),
        (a, b) => fault("multiplies", &a, &b),
    }
}

/// `⟨a, b⟩` of two numbers or vectors.
pub fn inner(a: Term, b: Term) -> Term {
    match (&a, &b) {
        (Term::Matrix(one), Term::Matrix(other)) if one.columns > 1 || other.columns > 1 => {
            fault("takes the inner product of", &a, &b)
        }
        _ => dot(a, b),
    }
}

/// `a · b`, of two vectors their inner product.
pub fn dot(a: Term, b: Term) -> Term {
    match (&a, &b) {
        (Term::Matrix(one), Term::Matrix(other))
            if one.columns == 1 && other.columns == 1 && one.rows == other.rows =>
        {
            times(transpose(a), b)
        }
        _ => times(a, b),
    }
}

/// `a / b`
pub fn over(a: Term, b: Term) -> Term {
    match (a, b) {
        (a @ (Term::Scalar(_) | Term::Matrix(_)), Term::Scalar(b)) => a.map(|a| a.over(b)),
        (a, b) => fault("divides", &a, &b),
    }
}

/// `a^b`; of a matrix with an integer.
pub fn power(a: Term, b: Term) -> Term {
    match (a, b) {
        (Term::Scalar(a), Term::Scalar(b)) => Term::Scalar(a.to_the(b)),
        (Term::Matrix(a), Term::Scalar(Scalar::Integer(n))) if a.rows == a.columns => a.power(n),
        (a, b) => fault("raises to a power", &a, &b),
    }
}

/// The transpose where a letter says so, which of a number would be its power.
pub fn transpose_by_letter(a: Term) -> Term {
    match a {
        Term::Scalar(_) => Term::Fault(
            "it raises a number to a `T` that is bound to nothing; a transpose may be written `\\top`".to_owned(),
        ),
        other => transpose(other),
    }
}

/// The transpose; of a number the number.
pub fn transpose(a: Term) -> Term {
    match a {
        Term::Matrix(a) => Term::Matrix(a.transposed()),
        other => other,
    }
}
