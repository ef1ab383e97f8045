//! The ends of a spectrum, by the Lanczos process with restarts.

use nalgebra::DVector;
use rand::Rng;

use super::process::Process;
use super::tridiagonal::values_and_last_row;
use super::{EigenPair, OperatorError, Probe, Reorthogonalisation, SymmetricOperator, at_least, dimension, positive};
use crate::spectrum::Spectrum;

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

/// What a [`Search`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Ends {
    /// The largest eigenvalues, in descending order.
    pub largest: Vec<EigenPair>,
    /// The smallest eigenvalues, in ascending order.
    pub smallest: Vec<EigenPair>,
    /// Products with the operator that it took.
    pub products: usize,
    /// How often the process was restarted.
    pub restarts: usize,
}

/// A search for some of the largest and smallest eigenvalues, by the Lanczos process with full reorthogonalisation from a random
/// start, restarted with the Ritz vectors next to the ends wanted when its basis is full.
///
/// Convergence is tested on `T` alone, in `30m²` operations, as often as that stays below a tenth of the `4nm` of a step, and at
/// least after each tenth part more products: so a run makes at most a tenth more products than it needs.
///
/// Cost: `4nm` operations a step beside the product, with `m` the vectors in the basis, and `2nmk` for a restart that keeps `k`.
/// Memory: `basis + 3` vectors of length `n`, and as many for the result as eigenvectors were asked for. A start sees each
/// eigenvalue once in exact arithmetic, however multiple it is, and so the eigenvalues found may be distinct ones.
///
/// Source: K. Wu and H. Simon, *Thick-restart Lanczos method for large symmetric eigenvalue problems*, 2000; G. W. Stewart,
/// *A Krylov–Schur algorithm for large eigenproblems*, 2001.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// How many of the largest.
    pub largest: usize,
    /// How many of the smallest.
    pub smallest: usize,
    /// Vectors in the basis at most; if not told, 40, and more in small dimensions: as many as 131,072 numbers hold.
    pub basis: Option<usize>,
    /// It stops when the residual of each eigenvalue wanted is at most this share of `max|θ|`.
    pub tolerance: f64,
    /// Products at most.
    pub limit: usize,
    /// Threads at most; if not told, one for each processor. The result has the same bits for any number.
    pub threads: Option<usize>,
}

impl Search {
    /// Searches for this many of the largest and of the smallest eigenvalues.
    pub fn new(largest: usize, smallest: usize, tolerance: f64, limit: usize) -> Self {
        let (basis, threads) = (None, None);
        Self {
            largest,
            smallest,
            basis,
            tolerance,
            limit,
            threads,
        }
    }

    /// Runs from a random start.
    ///
    /// # Errors
    /// An unfit operator or tolerance; nothing to search for; a basis of fewer than two vectors more than are wanted, though
    /// the dimension is larger; fewer eigenvalues than are wanted, which the start sees;
    /// [`OperatorError::NotConverged`] after `limit` products.
    pub fn run(&self, h: &dyn SymmetricOperator, rng: &mut dyn Rng) -> Result<Ends, OperatorError> {
        positive(self.tolerance, "tolerance")?;
        at_least(1, self.limit, "steps")?;
        let n = dimension(h)?;
        let wanted = self.largest.saturating_add(self.smallest);
        at_least(1, wanted, "eigenvalues to search for")?;
        at_least(wanted, n, "dimensions")?;
        let usual = (131_072 / n).max(40).max(wanted.saturating_mul(2));
        let size = self.basis.unwrap_or(usual).min(n);
        at_least(n.min(wanted.saturating_add(2)), size, "vectors in the basis")?;
        let start = Probe::Gaussian.draw(n, rng);
        let mut process = Process::new(h, &start, Reorthogonalisation::Full, self.threads)?;
        process.reserve(size.min(self.limit));
        self.converge(process, size)
    }

    fn converge(&self, mut process: Process<'_>, size: usize) -> Result<Ends, OperatorError> {
        let n = process.vector_length();
        let (mut products, mut restarts, mut next_test) = (0, 0, 1);
        loop {
            let more = process.advance()?;
            products += 1;
            let steps = process.steps();
            let full = steps == size;
            if more && products < self.limit && products < next_test && !full {
                continue;
            }
            next_test = products + (75 * steps / n).min(products / 10).max(1);
            let (residual, largest) = self.residual(&process);
            if !more || residual <= self.tolerance * largest {
                return self.ends(&process, products, restarts);
            }
            if products == self.limit {
                let residual = residual * process.unit();
                return Err(OperatorError::NotConverged { products, residual });
            }
            if full {
                process.restart(&process.spectrum()?, &self.kept(size));
                restarts += 1;
            }
        }
    }

    /// The largest residual of what is wanted, infinite while there is not so much, and the largest absolute Ritz value.
    fn residual(&self, process: &Process<'_>) -> (f64, f64) {
        let (alpha, beta, remainder) = process.coefficients();
        let mut ritz = values_and_last_row(alpha, beta);
        let norm = ritz.iter().fold(0.0, |norm: f64, (value, _)| norm.max(value.abs()));
        if ritz.len() < self.largest + self.smallest {
            return (f64::INFINITY, norm);
        }
        ritz.sort_by(|a, b| b.0.total_cmp(&a.0));
        let wanted = ritz[..self.largest].iter().chain(&ritz[ritz.len() - self.smallest..]);
        (wanted.fold(0.0, |most: f64, (_, last)| most.max(remainder * last.abs())), norm)
    }

    /// Which Ritz vectors a restart keeps: those wanted, and half of the room that is left, shared by the two ends.
    fn kept(&self, size: usize) -> Vec<usize> {
        let wanted = self.largest + self.smallest;
        let extra = (size - wanted) / 2;
        let above = self.largest + extra * self.largest / wanted;
        let below = wanted + extra - above;
        (0..above).chain(size - below..size).collect()
    }

    fn ends(&self, process: &Process<'_>, products: usize, restarts: usize) -> Result<Ends, OperatorError> {
        let spectrum = process.spectrum()?;
        let steps = process.steps();
        at_least(self.largest.max(self.smallest), steps, "eigenvalues that the start sees")?;
        let pair = |k: usize| pair(process, &spectrum, k);
        Ok(Ends {
            largest: (0..self.largest).map(pair).collect::<Result<_, _>>()?,
            smallest: (steps - self.smallest..steps).rev().map(pair).collect::<Result<_, _>>()?,
            products,
            restarts,
        })
    }
}

fn pair(process: &Process<'_>, spectrum: &Spectrum, index: usize) -> Result<EigenPair, OperatorError> {
    let (_, _, remainder) = process.coefficients();
    let coordinates: DVector<f64> = spectrum.vectors.column(index).into();
    let rounding = f64::EPSILON * spectrum.norm();
    let value = spectrum.values[index] * process.unit();
    let residual = (remainder * coordinates[coordinates.len() - 1].abs()).max(rounding) * process.unit();
    if !value.is_finite() {
        return Err(OperatorError::NotFinite(value));
    }
    let vector = process.vector(&coordinates);
    Ok(EigenPair { value, vector, residual })
}

/// Both ends of the spectrum, as [`Search`] finds them.
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
    if dimension(h)? == 1 {
        let only = largest(h, tolerance, limit, rng)?;
        return Ok(Extremes {
            largest: only.clone(),
            smallest: only,
            products: 1,
        });
    }
    let mut ends = Search::new(1, 1, tolerance, limit).run(h, rng)?;
    Ok(Extremes {
        largest: ends.largest.remove(0),
        smallest: ends.smallest.remove(0),
        products: ends.products,
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
    Ok(Search::new(1, 0, tolerance, limit).run(h, rng)?.largest.remove(0))
}
