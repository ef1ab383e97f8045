//! Random symmetric matrices: the Gaussian orthogonal ensemble, its semicircle, the chance of being positive definite.
//!
//! In: a dimension, a random number generator or the seed of one. Out: matrices, [`Share`]s of draws with their standard error, and the
//! limiting law of the eigenvalues. A dimension or number of draws of zero, a variance that is negative or a radius that
//! is not positive is an [`EnsembleError`].

use std::f64::consts::{PI, SQRT_2};

use nalgebra::{Cholesky, DMatrix};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;
use thiserror::Error;

/// Why there is no ensemble, or nothing to say of it.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum EnsembleError {
    /// A matrix of no rows.
    #[error("a random matrix needs at least one row")]
    NoRows,
    /// The variance of an entry is negative, NaN or infinite.
    #[error("an entry cannot have the variance {0}")]
    Variance(f64),
    /// A share of no draws.
    #[error("a share needs at least one draw")]
    NoDraws,
    /// The centre of a semicircle is not finite, or its radius not positive and finite.
    #[error("there is no semicircle of centre {centre} and radius {radius}")]
    Semicircle {
        /// Its centre.
        centre: f64,
        /// Its radius.
        radius: f64,
    },
}

/// Symmetric matrices with independent normal entries of mean 0: variance 1 beside the diagonal, a variance of choice
/// on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ensemble {
    rows: usize,
    diagonal: f64,
}

impl Ensemble {
    /// The Gaussian orthogonal ensemble: variance 2 on the diagonal. Its law is the same in every orthonormal basis, that
    /// is `A` and `QᵀAQ` are equally distributed for each orthogonal `Q`; of all choices of the diagonal only this one has
    /// the property.
    ///
    /// Source: M. L. Mehta, *Random Matrices*, chapter 2.
    ///
    /// # Errors
    /// No rows.
    pub fn goe(rows: usize) -> Result<Self, EnsembleError> {
        Self::with_diagonal(rows, 2.0)
    }

    /// Entries of the diagonal have the given variance.
    ///
    /// # Errors
    /// No rows, or a variance that is negative or not finite.
    pub fn with_diagonal(rows: usize, variance: f64) -> Result<Self, EnsembleError> {
        if rows == 0 {
            return Err(EnsembleError::NoRows);
        }
        if !variance.is_finite() || variance < 0.0 {
            return Err(EnsembleError::Variance(variance));
        }
        let diagonal = variance.sqrt();
        Ok(Self { rows, diagonal })
    }

    /// One matrix: `(G + Gᵀ)/√2` with independent standard normal entries of `G`, drawn column by column; the diagonal,
    /// which this gives the variance 2, is then rescaled.
    pub fn draw(&self, rng: &mut dyn Rng) -> DMatrix<f64> {
        let g = DMatrix::from_fn(self.rows, self.rows, |_, _| rng.sample::<f64, _>(StandardNormal));
        let mut a = (&g + g.transpose()) / SQRT_2;
        let scale = self.diagonal / SQRT_2;
        if self.diagonal != SQRT_2 {
            (0..self.rows).for_each(|i| a[(i, i)] *= scale);
        }
        a
    }

    /// The share of positive definite matrices among `draws`: those with a Cholesky factor.
    ///
    /// The draws are those of a `ChaCha8Rng` with this seed. It is made here, so that its code is compiled with the
    /// optimisation of this crate and not once more, without it, in a lesson: for small matrices it is most of the work.
    ///
    /// # Errors
    /// No draws.
    pub fn positive_definite(&self, draws: usize, seed: u64) -> Result<Share, EnsembleError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let hits = (0..draws).filter(|_| Cholesky::new(self.draw(&mut rng)).is_some()).count();
        Share::new(hits, draws)
    }
}

/// An estimate of a probability: how many of so many independent draws had the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Draws with the property.
    pub hits: usize,
    /// All draws, at least one.
    pub draws: usize,
}

impl Share {
    /// Of `draws`, `hits` had the property.
    ///
    /// # Errors
    /// No draws.
    pub fn new(hits: usize, draws: usize) -> Result<Self, EnsembleError> {
        match draws {
            0 => Err(EnsembleError::NoDraws),
            _ => Ok(Self { hits, draws }),
        }
    }

    /// The estimate `p̂`, the share itself.
    pub fn value(&self) -> f64 {
        self.hits as f64 / self.draws as f64
    }

    /// Its standard error `√(p̂(1 − p̂)/m)` for `m` draws. It is zero, and means nothing, where no or every draw is a hit.
    pub fn error(&self) -> f64 {
        (self.value() * (1.0 - self.value()) / self.draws as f64).sqrt()
    }

    /// How many standard errors, those of a share of `m` draws with the probability `p`, lie between the share and `p`.
    ///
    /// For `p` from 0 to 1, both excluded.
    pub fn deviations(&self, p: f64) -> f64 {
        (self.value() - p) / (p * (1.0 - p) / self.draws as f64).sqrt()
    }
}

/// Wigner's semicircle: the density `2√(R² − (x − c)²)/(πR²)` on `[c − R, c + R]`.
///
/// The eigenvalues of a matrix of the [Gaussian orthogonal ensemble](Ensemble::goe) fill it with `c = 0`, `R = 2√n` as
/// `n` grows.
///
/// Source: E. P. Wigner, *On the distribution of the roots of certain symmetric matrices*, 1958.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Semicircle {
    centre: f64,
    radius: f64,
}

impl Semicircle {
    /// Of the given centre and radius.
    ///
    /// # Errors
    /// A centre that is not finite, a radius that is not positive and finite.
    pub fn new(centre: f64, radius: f64) -> Result<Self, EnsembleError> {
        if centre.is_finite() && radius.is_finite() && radius > 0.0 {
            Ok(Self { centre, radius })
        } else {
            Err(EnsembleError::Semicircle { centre, radius })
        }
    }

    /// The density at `x`, zero outside the semicircle.
    pub fn density(&self, x: f64) -> f64 {
        let u = self.unit(x);
        2.0 * (1.0 - u * u).sqrt() / (PI * self.radius)
    }

    /// The share that lies below `x`: `½ + (u√(1 − u²) + arcsin u)/π` with `u = (x − c)/R`.
    pub fn below(&self, x: f64) -> f64 {
        let u = self.unit(x);
        0.5 + (u * (1.0 - u * u).sqrt() + u.asin()) / PI
    }

    fn unit(&self, x: f64) -> f64 {
        ((x - self.centre) / self.radius).clamp(-1.0, 1.0)
    }
}
