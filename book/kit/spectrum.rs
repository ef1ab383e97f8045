//! Eigenvalues and eigenvectors of a symmetric matrix, and what they say about curvature.
//!
//! In: a real symmetric matrix of any size, checked. Out: a [`Spectrum`], and from it the condition number and the
//! signature. A matrix that is empty, not square, not finite or not symmetric is a [`SpectrumError`].

use std::fmt;
use std::ops::Range;

use nalgebra::{DMatrix, DVector, Dim, Matrix, RawStorage, SymmetricEigen, Vector};
use recto::{Show, Shown};
use thiserror::Error;

/// Two mirrored entries may differ by this share of the largest entry before a matrix counts as not symmetric.
const SYMMETRY_TOLERANCE: f64 = 1e-10;

/// Why a matrix has no spectrum here.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SpectrumError {
    /// The matrix has no entries.
    #[error("an empty matrix has no spectrum")]
    Empty,
    /// The matrix is not square.
    #[error("a matrix of {rows} rows and {columns} columns has no eigenvalues")]
    NotSquare {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// An entry is NaN or infinite.
    #[error("entry ({row}, {column}) is {value}")]
    NotFinite {
        /// Row of the entry, from 0.
        row: usize,
        /// Column of the entry, from 0.
        column: usize,
        /// Its value.
        value: f64,
    },
    /// Two mirrored entries differ by more than rounding.
    #[error("entries ({row}, {column}) and ({column}, {row}) differ by {difference}")]
    NotSymmetric {
        /// Row of the entry below the diagonal, from 0.
        row: usize,
        /// Column of that entry, from 0.
        column: usize,
        /// How far apart the two are.
        difference: f64,
    },
    /// A vector or a matrix does not fit the matrix it is used with.
    #[error("dimension {found} where the matrix has {expected}")]
    Dimension {
        /// Dimension of the matrix.
        expected: usize,
        /// Dimension of what was given with it.
        found: usize,
    },
    /// An eigenvalue is beyond the largest finite number.
    #[error("an eigenvalue is larger than the largest finite number")]
    TooLarge,
    /// A direction is the zero vector, or its length is not finite.
    #[error("a vector of length {0} has no direction")]
    NoDirection(f64),
}

/// The eigendecomposition `H = QΛQᵀ` of a symmetric matrix, eigenvalues in descending order.
///
/// The sign of an eigenvector is arbitrary; where an eigenvalue repeats, so is the basis of its eigenspace.
/// [`projector`](Self::projector) does not depend on either choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// The eigenvalues `λ₁ ≥ … ≥ λₙ`.
    pub values: DVector<f64>,
    /// Orthonormal eigenvectors, one a column, in the order of the values.
    pub vectors: DMatrix<f64>,
}

impl Spectrum {
    /// Decomposes `h` by tridiagonalisation and implicit QR.
    ///
    /// Source: G. H. Golub and C. F. Van Loan, *Matrix Computations*, section 8.3 (in `nalgebra`).
    ///
    /// # Errors
    /// The matrix is empty, not square, not finite, or not symmetric to a share of 10⁻¹⁰ of its largest entry; an eigenvalue is
    /// larger than numbers can be.
    pub fn of<R: Dim, C: Dim, S: RawStorage<f64, R, C>>(h: &Matrix<f64, R, C, S>) -> Result<Self, SpectrumError> {
        Self::decomposed(checked(h)?)
    }

    /// Not generic, so that lessons, which are not optimised, use code that is.
    fn decomposed(h: DMatrix<f64>) -> Result<Self, SpectrumError> {
        // Matrices whose entries have no squares are decomposed in another unit, which is exact.
        let size = h.amax();
        let unit = if size == 0.0 || (1e-100..=1e100).contains(&size) {
            1.0
        } else {
            power_of_two(size)
        };
        let mut eigen = SymmetricEigen::new(if unit == 1.0 { h } else { h / unit });
        eigen.eigenvalues *= unit;
        if !eigen.eigenvalues.iter().all(|value| value.is_finite()) {
            return Err(SpectrumError::TooLarge);
        }
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        Ok(Self {
            values: DVector::from_iterator(order.len(), order.iter().map(|&i| eigen.eigenvalues[i])),
            vectors: eigen.eigenvectors.select_columns(&order),
        })
    }

    /// The largest eigenvalue.
    pub fn largest(&self) -> f64 {
        self.values[0]
    }

    /// The smallest eigenvalue.
    pub fn smallest(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    /// The largest absolute eigenvalue, the 2-norm of the matrix.
    pub fn norm(&self) -> f64 {
        self.values.amax()
    }

    /// The fixed step of gradient descent that is best for the worst start, `2/(λ_max + λ_min)`, and the factor by which each
    /// such step shrinks the error at least, `(κ − 1)/(κ + 1)`; none unless the matrix is positive definite.
    ///
    /// Source: Y. Nesterov, *Lectures on Convex Optimization*, 2018, theorem 2.1.15.
    pub fn best_step(&self) -> Option<(f64, f64)> {
        let (high, low) = (self.largest(), self.smallest());
        (low > self.rounding()).then(|| (2.0 / (high + low), (high - low) / (high + low)))
    }

    /// `QΛQᵀ`.
    pub fn recompose(&self) -> DMatrix<f64> {
        &self.vectors * DMatrix::from_diagonal(&self.values) * self.vectors.transpose()
    }

    /// The orthogonal projector `VVᵀ` on the span of the eigenvectors with these indices.
    ///
    /// # Panics
    /// There is no eigenvector with one of these indices.
    pub fn projector(&self, indices: Range<usize>) -> DMatrix<f64> {
        let v = self.vectors.columns_range(indices);
        v * v.transpose()
    }

    /// How well this is a decomposition of `h`: the three numbers to look at before trusting one.
    ///
    /// # Errors
    /// Those of [`of`](Self::of), or `h` is of another size.
    pub fn errors<R: Dim, C: Dim, S: RawStorage<f64, R, C>>(
        &self,
        h: &Matrix<f64, R, C, S>,
    ) -> Result<DecompositionErrors, SpectrumError> {
        self.errors_of(&checked(h)?)
    }

    fn errors_of(&self, h: &DMatrix<f64>) -> Result<DecompositionErrors, SpectrumError> {
        let n = self.values.len();
        if h.nrows() != n {
            return Err(SpectrumError::Dimension { expected: n, found: h.nrows() });
        }
        // In a unit in which squares neither vanish nor overflow.
        let unit = power_of_two(h.amax().max(self.values.amax()));
        let h = h / unit;
        let own = Self {
            values: &self.values / unit,
            vectors: self.vectors.clone(),
        };
        let scale = if h.norm() > 0.0 { h.norm() } else { 1.0 };
        let residual = |i: usize| (&h * own.vectors.column(i) - own.vectors.column(i) * own.values[i]).norm();
        Ok(DecompositionErrors {
            reconstruction: (own.recompose() - &h).norm() / scale,
            orthogonality: (own.vectors.transpose() * &own.vectors - DMatrix::identity(n, n)).norm(),
            residual: (0..n).map(residual).fold(0.0, worse) / scale,
        })
    }

    /// The condition number `κ = σ_max/σ_min = max|λ| / min|λ|` in the 2-norm.
    ///
    /// An eigenvalue below `nε·max|λ|` can't be told from zero in double precision and counts as zero.
    ///
    /// Source: L. N. Trefethen and D. Bau, *Numerical Linear Algebra*, lecture 12.
    pub fn condition(&self) -> Condition {
        let smallest = self.values.iter().fold(f64::INFINITY, |least, v| least.min(v.abs()));
        if smallest <= self.rounding() {
            Condition::Singular
        } else {
            Condition::Regular(self.norm() / smallest)
        }
    }

    /// Counts the eigenvalues that are positive, negative and too small to tell: those of absolute value at most
    /// `tolerance · max|λ|`. A tolerance below `nε` is raised to it; with one that is not a number, none can be told.
    pub fn signature(&self, tolerance: f64) -> Signature {
        let tolerance = if tolerance.is_nan() { f64::INFINITY } else { tolerance };
        let threshold = if tolerance.is_infinite() {
            tolerance
        } else {
            (tolerance * self.norm()).max(self.rounding())
        };
        let count = |test: &dyn Fn(f64) -> bool| self.values.iter().filter(|&&v| test(v)).count();
        Signature {
            positive: count(&|v| v > threshold),
            negative: count(&|v| v < -threshold),
            undecided: count(&|v| v.abs() <= threshold),
        }
    }

    fn rounding(&self) -> f64 {
        self.values.len() as f64 * f64::EPSILON * self.norm()
    }
}

impl Show for Spectrum {
    fn show(&self) -> Vec<Shown> {
        let (eigenvalues, eigenvectors) = (self.values.clone(), self.vectors.clone());
        SymmetricEigen { eigenvectors, eigenvalues }.show()
    }
}

/// How far computed eigenvalues and eigenvectors are from a decomposition of `H`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecompositionErrors {
    /// `‖QΛQᵀ − H‖ / ‖H‖`, Frobenius norm.
    pub reconstruction: f64,
    /// `‖QᵀQ − I‖`, Frobenius norm.
    pub orthogonality: f64,
    /// The largest `‖Hvᵢ − λᵢvᵢ‖ / ‖H‖`.
    pub residual: f64,
}

impl DecompositionErrors {
    /// The largest of the three; not a number, if one of them is none.
    pub fn worst(&self) -> f64 {
        worse(worse(self.reconstruction, self.orthogonality), self.residual)
    }
}

/// The larger of two errors. NaN is the worst: `f64::max` would pass over it.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || a >= b { a } else { b }
}

/// A condition number, which not every matrix has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// The finite ratio `max|λ| / min|λ|`.
    Regular(f64),
    /// Some eigenvalue is zero to working precision: the ratio is infinite.
    Singular,
}

impl Condition {
    /// The ratio as a number, infinite for a singular matrix.
    pub fn ratio(self) -> f64 {
        match self {
            Self::Regular(ratio) => ratio,
            Self::Singular => f64::INFINITY,
        }
    }
}

/// How many eigenvalues are positive, negative, and too close to zero to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// Eigenvalues above the threshold.
    pub positive: usize,
    /// Eigenvalues below minus the threshold.
    pub negative: usize,
    /// Eigenvalues between.
    pub undecided: usize,
}

impl Signature {
    /// What the second-order test says about a point where the gradient vanishes.
    ///
    /// Curvatures of both signs make a saddle whatever the rest; otherwise one undecided eigenvalue leaves the
    /// point undecided.
    ///
    /// Source: J. Nocedal and S. J. Wright, *Numerical Optimization*, theorems 2.3 and 2.4.
    pub fn verdict(self) -> CriticalPoint {
        match self {
            Self { positive: 1.., negative: 1.., .. } => CriticalPoint::Saddle,
            Self { undecided: 1.., .. } => CriticalPoint::Undecided,
            Self { negative: 0, .. } => CriticalPoint::Minimum,
            _ => CriticalPoint::Maximum,
        }
    }
}

/// The kind of a critical point, as far as second derivatives tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CriticalPoint {
    /// A strict local minimum: all eigenvalues positive.
    Minimum,
    /// A strict local maximum: all eigenvalues negative.
    Maximum,
    /// Neither: eigenvalues of both signs.
    Saddle,
    /// Some eigenvalue is zero, the others of one sign: derivatives of higher order decide.
    Undecided,
}

impl fmt::Display for CriticalPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Saddle => "saddle",
            Self::Undecided => "undecided",
        })
    }
}

impl Show for CriticalPoint {
    fn show(&self) -> Vec<Shown> {
        vec![Shown::Text(self.to_string())]
    }
}

/// The Rayleigh quotient `vᵀHv / vᵀv`: the curvature in the direction `v`, between the extreme eigenvalues.
///
/// # Errors
/// Those of [`Spectrum::of`], a vector of another dimension, or one without a direction.
pub fn rayleigh<R, C, S, E, T>(h: &Matrix<f64, R, C, S>, v: &Vector<f64, E, T>) -> Result<f64, SpectrumError>
where
    R: Dim,
    C: Dim,
    E: Dim,
    S: RawStorage<f64, R, C>,
    T: RawStorage<f64, E>,
{
    let h = checked(h)?;
    if v.len() != h.nrows() {
        return Err(SpectrumError::Dimension { expected: h.nrows(), found: v.len() });
    }
    let v = DVector::from_iterator(v.len(), v.iter().copied());
    if !v.iter().all(|x| x.is_finite()) || v.amax() == 0.0 {
        return Err(SpectrumError::NoDirection(v.norm()));
    }
    let scaled = &v / power_of_two(v.amax());
    let unit = &scaled / scaled.norm();
    let size = power_of_two(h.amax());
    let quotient = unit.dot(&(h / size * &unit)) * size;
    if quotient.is_finite() { Ok(quotient) } else { Err(SpectrumError::TooLarge) }
}

/// A power of two next to a size above zero, by which numbers of that size can be divided exactly: 1 for zero.
pub(crate) fn power_of_two(size: f64) -> f64 {
    if size == 0.0 {
        1.0
    } else {
        2f64.powi(size.log2().floor().clamp(-1022.0, 1022.0) as i32)
    }
}

/// The symmetric part of `h`, if `h` is what has a spectrum.
pub(crate) fn checked<R: Dim, C: Dim, S: RawStorage<f64, R, C>>(
    h: &Matrix<f64, R, C, S>,
) -> Result<DMatrix<f64>, SpectrumError> {
    symmetric_part(&DMatrix::from_iterator(h.nrows(), h.ncols(), h.iter().copied()))
}

fn symmetric_part(h: &DMatrix<f64>) -> Result<DMatrix<f64>, SpectrumError> {
    let (rows, columns) = h.shape();
    if h.is_empty() {
        return Err(SpectrumError::Empty);
    }
    if rows != columns {
        return Err(SpectrumError::NotSquare { rows, columns });
    }
    let entries = || (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)));
    if let Some((row, column)) = entries().find(|&at| !h[at].is_finite()) {
        return Err(SpectrumError::NotFinite { row, column, value: h[(row, column)] });
    }
    let allowed = SYMMETRY_TOLERANCE * h.amax();
    for (row, column) in entries().filter(|(row, column)| column < row) {
        let difference = (h[(row, column)] - h[(column, row)]).abs();
        if difference > allowed {
            return Err(SpectrumError::NotSymmetric { row, column, difference });
        }
    }
    // The mean of equal entries is that entry, also where their sum would overflow or their half vanish.
    Ok(h.zip_map(&h.transpose(), |a, b| if a == b { a } else { 0.5 * a + 0.5 * b }))
}
