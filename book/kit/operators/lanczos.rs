//! The Lanczos process: an orthonormal basis of the Krylov space in which the operator is tridiagonal.

use nalgebra::{DMatrix, DVector};

use super::process::Process;
use super::tridiagonal::tridiagonal;
use super::{Lanczos, OperatorError, Quadrature, Reorthogonalisation, SymmetricOperator, at_least};
use crate::spectrum::Spectrum;

/// Runs the Lanczos process from `start` for `steps` steps, fewer if the Krylov space is exhausted before.
///
/// The process stops when `βⱼ ≤ nε‖T‖`: the space spanned is then invariant to working precision and its Ritz values
/// are eigenvalues. With full reorthogonalisation that is after `n` steps at the latest.
///
/// Cost: `m` products, `10nm` operations for the recurrence, `2nm²` for full reorthogonalisation, which is done on several threads
/// where there are enough numbers, with the same bits as on one. Memory: `nm` numbers.
///
/// Source: C. Lanczos, 1950; order of operations after C. C. Paige, 1972, in G. H. Golub and C. F. Van Loan, *Matrix
/// Computations*, chapter 10.
///
/// # Errors
/// An unfit operator or start, no steps. An operator that contradicts its symmetry in the process.
pub fn lanczos(
    h: &dyn SymmetricOperator,
    start: &DVector<f64>,
    steps: usize,
    reorthogonalisation: Reorthogonalisation,
) -> Result<Lanczos, OperatorError> {
    at_least(1, steps, "steps")?;
    let mut process = Process::new(h, start, reorthogonalisation, None)?;
    while process.steps() < steps && process.advance()? {}
    process.into_result()
}

impl Lanczos {
    /// The number of steps `m`.
    pub fn steps(&self) -> usize {
        self.alpha.len()
    }

    /// Whether the process stopped because the Krylov space of the start is exhausted.
    pub fn exhausted(&self) -> bool {
        self.remainder == 0.0
    }

    /// The tridiagonal matrix `T`, `m × m`.
    pub fn tridiagonal(&self) -> DMatrix<f64> {
        tridiagonal(&self.alpha, &self.beta)
    }

    /// The eigenvalues of `T` with their error bounds and vectors.
    ///
    /// # Errors
    /// Entries that are not finite, or as many as do not belong together, which [`lanczos`] never makes.
    pub fn ritz(&self) -> Result<Ritz, OperatorError> {
        let m = self.steps();
        at_least(1, m, "steps")?;
        for found in [self.beta.len() + 1, self.basis.ncols()] {
            if found != m {
                return Err(OperatorError::Dimension { expected: m, found });
            }
        }
        ritz(&self.alpha, &self.beta, self.remainder)
    }

    /// The Ritz vector `Qs` of a Ritz value, by its index: of unit length as far as `Q` is orthonormal.
    ///
    /// # Errors
    /// The values are of another process, or there is no such index.
    pub fn vector(&self, ritz: &Ritz, index: usize) -> Result<DVector<f64>, OperatorError> {
        at_least(index + 1, ritz.values.len(), "Ritz values")?;
        if ritz.values.len() != self.steps() {
            return Err(OperatorError::Dimension {
                expected: self.steps(),
                found: ritz.values.len(),
            });
        }
        Ok(&self.basis * ritz.coordinates.column(index))
    }

    /// The Gauss quadrature of the start's spectral measure: nodes are the Ritz values, weights the squared first
    /// entries of the eigenvectors of `T`. Exact for polynomials of degree below `2m`.
    ///
    /// Source: G. H. Golub and J. H. Welsch, *Calculation of Gauss quadrature rules*, 1969.
    ///
    /// # Errors
    /// Those of [`ritz`](Self::ritz).
    pub fn quadrature(&self) -> Result<Quadrature, OperatorError> {
        let ritz = self.ritz()?;
        let weights = ritz.coordinates.row(0).map(|s| s * s);
        Ok(Quadrature {
            nodes: ritz.values.iter().rev().copied().collect(),
            weights: weights.iter().rev().copied().collect(),
        })
    }
}

/// The eigenvalues of the tridiagonal matrix of a Lanczos process, in descending order.
#[derive(Debug, Clone, PartialEq)]
pub struct Ritz {
    /// The Ritz values `θ₁ ≥ … ≥ θₘ`. Each lies between the extreme eigenvalues of `H`.
    pub values: DVector<f64>,
    /// `βₘ|sₘᵢ|` for each: some eigenvalue of `H` lies within this distance of it (if `Q` is orthonormal). Rounding is
    /// never better than `ε‖T‖`, and neither are these.
    ///
    /// Source: G. H. Golub and C. F. Van Loan, *Matrix Computations*, section 10.1.
    pub bounds: DVector<f64>,
    /// The eigenvectors `sᵢ` of `T`, one a column.
    pub coordinates: DMatrix<f64>,
}

fn ritz(alpha: &[f64], beta: &[f64], remainder: f64) -> Result<Ritz, OperatorError> {
    let spectrum = Spectrum::of(&tridiagonal(alpha, beta))?;
    let last = spectrum.vectors.row(alpha.len() - 1);
    let rounding = f64::EPSILON * spectrum.norm();
    Ok(Ritz {
        bounds: last.transpose().map(|s| (remainder * s.abs()).max(rounding)),
        values: spectrum.values,
        coordinates: spectrum.vectors,
    })
}
