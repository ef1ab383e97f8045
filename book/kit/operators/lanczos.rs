//! The Lanczos process: an orthonormal basis of the Krylov space in which the operator is tridiagonal.

use nalgebra::{DMatrix, DVector};
use rand::Rng;

use super::{
    EigenPair, OperatorError, Probe, Quadrature, SymmetricOperator, at_least, dimension, positive, product, unit,
};
use crate::spectrum::Spectrum;

/// `uᵀHv` and `vᵀHu` of unit vectors may differ by this share of the operator's size: room for products by differences.
const SYMMETRY_TOLERANCE: f64 = 1e-6;

/// What is done against the loss of orthogonality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reorthogonalisation {
    /// Each new vector is made orthogonal to all before it: `2nm` multiplications more in step `m`.
    Full,
    /// Nothing: the three-term recurrence as it stands. Copies of converged eigenvalues will appear.
    None,
}

/// `m` steps of the Lanczos process: `HQ = QT + βₘ q eₘᵀ` with `QᵀQ = I` and `T` tridiagonal.
#[derive(Debug, Clone, PartialEq)]
pub struct Lanczos {
    /// The diagonal of `T`, `m` numbers.
    pub alpha: Vec<f64>,
    /// Beside the diagonal of `T`, `m − 1` numbers, not negative.
    pub beta: Vec<f64>,
    /// `βₘ`: the length of what the next vector would be made from. Zero if the Krylov space is exhausted.
    pub remainder: f64,
    /// `Q`, `n × m`, its first column the unit vector of the start.
    pub basis: DMatrix<f64>,
}

/// Runs the Lanczos process from `start` for `steps` steps, fewer if the Krylov space is exhausted before.
///
/// The process stops when `βⱼ ≤ nε‖T‖`: the space spanned is then invariant to working precision and its Ritz values
/// are eigenvalues. With full reorthogonalisation that is after `n` steps at the latest. Memory: `nm` numbers.
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
    let mut process = Process::new(h, start, reorthogonalisation)?;
    while process.alpha.len() < steps && process.advance()? {}
    Ok(process.into_result())
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
    /// Entries that are not finite, which [`lanczos`] never makes.
    pub fn ritz(&self) -> Result<Ritz, OperatorError> {
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

    fn pair(&self, ritz: &Ritz, index: usize) -> Result<EigenPair, OperatorError> {
        Ok(EigenPair {
            value: ritz.values[index],
            vector: self.vector(ritz, index)?,
            residual: ritz.bounds[index],
        })
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

/// The two ends of a spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct Extremes {
    /// The largest Ritz value.
    pub largest: EigenPair,
    /// The smallest Ritz value.
    pub smallest: EigenPair,
    /// Products with the operator that it took.
    pub products: usize,
}

/// Both ends of the spectrum, by the Lanczos process with full reorthogonalisation from a random start.
///
/// It stops when the residual bound of either end is at most `tolerance·max|θ|`, or when the Krylov space is exhausted.
/// The bound says that *some* eigenvalue is that close, not that it is the extreme one; that one is missed only by a
/// start that has next to nothing of its eigenvector, which for a random start is improbable.
///
/// # Errors
/// An unfit operator or tolerance; [`OperatorError::NotConverged`] after `limit` products.
pub fn extremes(
    h: &dyn SymmetricOperator,
    tolerance: f64,
    limit: usize,
    rng: &mut dyn Rng,
) -> Result<Extremes, OperatorError> {
    let (run, ritz) =
        converged(h, tolerance, limit, rng, |ritz| ritz.bounds[0].max(ritz.bounds[ritz.bounds.len() - 1]))?;
    Ok(Extremes {
        largest: run.pair(&ritz, 0)?,
        smallest: run.pair(&ritz, run.steps() - 1)?,
        products: run.steps(),
    })
}

/// The largest eigenvalue, as [`extremes`] finds it, but without waiting for the smallest, which near a minimum takes
/// longer.
///
/// # Errors
/// Those of [`extremes`].
pub fn largest(
    h: &dyn SymmetricOperator,
    tolerance: f64,
    limit: usize,
    rng: &mut dyn Rng,
) -> Result<EigenPair, OperatorError> {
    let (run, ritz) = converged(h, tolerance, limit, rng, |ritz| ritz.bounds[0])?;
    run.pair(&ritz, 0)
}

/// Runs the process from a random start until `residual` of its Ritz values is small.
fn converged(
    h: &dyn SymmetricOperator,
    tolerance: f64,
    limit: usize,
    rng: &mut dyn Rng,
    residual: fn(&Ritz) -> f64,
) -> Result<(Lanczos, Ritz), OperatorError> {
    positive(tolerance, "tolerance")?;
    at_least(1, limit, "steps")?;
    let start = Probe::Gaussian.draw(dimension(h)?, rng);
    let mut process = Process::new(h, &start, Reorthogonalisation::Full)?;
    loop {
        let more = process.advance()?;
        let steps = process.alpha.len();
        // The eigenvalues of T cost m³: with few steps they are asked for each time, later at every tenth part.
        if more && steps < limit && steps % (steps / 10 + 1) != 0 {
            continue;
        }
        let ritz = ritz(&process.alpha, &process.beta, process.remainder)?;
        let residual = residual(&ritz);
        if !more || residual <= tolerance * ritz.values.amax() {
            return Ok((process.into_result(), ritz));
        }
        if steps == limit {
            return Err(OperatorError::NotConverged { products: steps, residual });
        }
    }
}

fn tridiagonal(alpha: &[f64], beta: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(alpha.len(), alpha.len(), |i, j| match i.abs_diff(j) {
        0 => alpha[i],
        1 => beta[i.min(j)],
        _ => 0.0,
    })
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

/// The process between two of its steps.
struct Process<'a> {
    h: &'a dyn SymmetricOperator,
    reorthogonalisation: Reorthogonalisation,
    /// Entries of the vectors so far, one after the other.
    basis: Vec<f64>,
    next: DVector<f64>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    remainder: f64,
    /// The largest sum of a row of `T`: an estimate of `‖H‖` from below, up to a factor of three.
    scale: f64,
}

impl<'a> Process<'a> {
    fn new(
        h: &'a dyn SymmetricOperator,
        start: &DVector<f64>,
        reorthogonalisation: Reorthogonalisation,
    ) -> Result<Self, OperatorError> {
        Ok(Self {
            h,
            reorthogonalisation,
            basis: Vec::new(),
            next: unit(start, dimension(h)?)?,
            alpha: Vec::new(),
            beta: Vec::new(),
            remainder: 0.0,
            scale: 0.0,
        })
    }

    /// One step. False if there can be no other.
    fn advance(&mut self) -> Result<bool, OperatorError> {
        let n = self.next.len();
        let steps = self.alpha.len() + 1;
        let q = std::mem::take(&mut self.next);
        let mut w = product(self.h, &q)?;
        if steps > 1 {
            let previous = self.column(steps - 2);
            // Products of the first two vectors tell whether the operator is symmetric.
            let difference = (previous.dot(&w) - self.remainder).abs();
            if steps == 2 && self.remainder > SYMMETRY_TOLERANCE * self.scale {
                self.check_symmetry(difference)?;
            }
            w.axpy(-self.remainder, &previous, 1.0);
            self.beta.push(self.remainder);
        }
        let alpha = q.dot(&w);
        w.axpy(-alpha, &q, 1.0);
        self.alpha.push(alpha);
        self.basis.extend_from_slice(q.as_slice());
        let full = self.reorthogonalisation == Reorthogonalisation::Full;
        self.scale = self.scale.max(alpha.abs() + self.remainder + w.norm());
        if full {
            w = self.orthogonalised(w)?;
        }
        let length = w.norm();
        if length <= n as f64 * f64::EPSILON * self.scale || (full && steps == n) {
            self.remainder = 0.0;
            return Ok(false);
        }
        self.remainder = length;
        self.next = w / length;
        Ok(true)
    }

    /// Takes out of `w` what it has of the basis, again if much of it was lost.
    fn orthogonalised(&self, mut w: DVector<f64>) -> Result<DVector<f64>, OperatorError> {
        let basis = nalgebra::DMatrixView::from_slice(&self.basis, w.len(), self.alpha.len());
        for pass in 0..3 {
            let before = w.norm();
            let parts = basis.tr_mul(&w);
            if pass == 0 {
                self.check_symmetry(parts.amax())?;
            }
            w.gemv(-1.0, &basis, &parts, 1.0);
            if w.norm() > 0.7 * before {
                break;
            }
        }
        Ok(w)
    }

    fn check_symmetry(&self, difference: f64) -> Result<(), OperatorError> {
        if difference > SYMMETRY_TOLERANCE * self.scale {
            Err(OperatorError::NotSymmetric { difference })
        } else {
            Ok(())
        }
    }

    fn column(&self, index: usize) -> DVector<f64> {
        let n = self.basis.len() / self.alpha.len();
        DVector::from_column_slice(&self.basis[index * n..(index + 1) * n])
    }

    fn into_result(self) -> Lanczos {
        let steps = self.alpha.len();
        Lanczos {
            basis: DMatrix::from_vec(self.basis.len() / steps, steps, self.basis),
            alpha: self.alpha,
            beta: self.beta,
            remainder: self.remainder,
        }
    }
}
