//! The trace from products with random vectors.

use nalgebra::{DMatrix, DVector};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;

use super::{OperatorError, SymmetricOperator, at_least, dimension, product};

/// The distribution of a random vector `v` with independent entries, `E[vvᵀ] = I`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Entries −1 and 1, equally likely. `vᵀHv` has variance `2(‖H‖²_F − Σhᵢᵢ²)`: none for a diagonal matrix.
    Rademacher,
    /// Standard normal entries. `vᵀHv` has variance `2‖H‖²_F`, in every basis.
    Gaussian,
}

impl Probe {
    /// A random vector of dimension `n`, which takes one number from `rng` whatever `n` is.
    ///
    /// That number seeds the generator of the entries. It is compiled here, optimised; a lesson's own is not, and takes
    /// thirty times as long.
    pub fn draw(self, n: usize, rng: &mut dyn Rng) -> DVector<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(rng.next_u64());
        match self {
            Self::Rademacher => DVector::from_fn(n, |_, _| if rng.random() { 1.0 } else { -1.0 }),
            Self::Gaussian => DVector::from_fn(n, |_, _| rng.sample(StandardNormal)),
        }
    }
}

/// A number estimated by the mean of independent samples, beside a part of it that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The part that needs no sampling.
    pub known: f64,
    /// Samples whose expectation is the rest; none if there is no rest.
    pub samples: Vec<f64>,
    /// Products with the operator that it cost.
    pub products: usize,
}

impl Estimate {
    /// The known part and the mean of the samples.
    pub fn value(&self) -> f64 {
        self.known + self.mean()
    }

    /// The sample variance of one sample (divisor `m − 1`): zero if there is nothing to sample, infinite if there is a
    /// single sample, which says nothing about its spread.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        match self.samples.len() {
            0 => 0.0,
            1 => f64::INFINITY,
            m => self.samples.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (m - 1) as f64,
        }
    }

    /// The standard error `√(variance/m)` of [`value`](Self::value), as estimated from the samples themselves.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.samples.len().max(1) as f64).sqrt()
    }

    fn mean(&self) -> f64 {
        self.samples.iter().sum::<f64>() / self.samples.len().max(1) as f64
    }
}

/// Hutchinson's estimate of the trace: the mean of `vᵀHv` over random vectors `v`. One product a probe.
///
/// Source: M. F. Hutchinson, 1990; variances in H. Avron and S. Toledo, 2011.
///
/// # Errors
/// An unfit operator, no probes.
pub fn hutchinson(
    h: &dyn SymmetricOperator,
    probe: Probe,
    probes: usize,
    rng: &mut dyn Rng,
) -> Result<Estimate, OperatorError> {
    let n = dimension(h)?;
    at_least(1, probes, "probes")?;
    let mut sample = || {
        let v = probe.draw(n, rng);
        product(h, &v).map(|w| v.dot(&w))
    };
    Ok(Estimate {
        known: 0.0,
        samples: (0..probes).map(|_| sample()).collect::<Result<_, _>>()?,
        products: probes,
    })
}

/// Hutch++: the trace on the range of a random sketch exactly, and Hutchinson's estimate of the rest.
///
/// Of `m` products a third goes into the sketch `HS`, a third into `tr(QᵀHQ)` with `Q` an orthonormal basis of its
/// range, and the remaining into samples `gᵀPHPg`, `P = I − QQᵀ`, of the rest. For a semidefinite operator a relative error of `ε` takes
/// `O(1/ε)` products, not `O(1/ε²)`. The standard error is that
/// of the rest.
///
/// Source: R. A. Meyer, C. Musco, C. Musco and D. P. Woodruff, *Hutch++: Optimal stochastic trace estimation*, 2021.
///
/// # Errors
/// An unfit operator, fewer than three products.
pub fn hutch_plus_plus(
    h: &dyn SymmetricOperator,
    probe: Probe,
    products: usize,
    rng: &mut dyn Rng,
) -> Result<Estimate, OperatorError> {
    let n = dimension(h)?;
    at_least(3, products, "products")?;
    let width = (products / 3).min(n);
    let images = |vectors: &[DVector<f64>]| -> Result<DMatrix<f64>, OperatorError> {
        let columns = vectors.iter().map(|v| product(h, v)).collect::<Result<Vec<_>, _>>()?;
        Ok(DMatrix::from_columns(&columns))
    };
    let sketch: Vec<_> = (0..width).map(|_| probe.draw(n, rng)).collect();
    let basis = images(&sketch)?.qr().q();
    let columns: Vec<_> = basis.column_iter().map(Into::into).collect();
    let known = basis.dot(&images(&columns)?);

    let rest = if width == n { 0 } else { products - 2 * width };
    let mut sample = || {
        let g = probe.draw(n, rng);
        let outside = &g - &basis * basis.tr_mul(&g);
        product(h, &outside).map(|w| outside.dot(&w))
    };
    Ok(Estimate {
        known,
        samples: (0..rest).map(|_| sample()).collect::<Result<_, _>>()?,
        products: 2 * width + rest,
    })
}
