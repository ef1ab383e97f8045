//! The trace from products with random vectors.

use nalgebra::{DMatrix, DVector};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;

use super::{OperatorError, SymmetricOperator, at_least, dimension, images};

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
        let mut v = DVector::zeros(n);
        self.draw_into(v.as_mut_slice(), rng);
        v
    }

    /// The variance of `vᵀHv` for a symmetric matrix, by its entries.
    ///
    /// Source: H. Avron and S. Toledo, *Randomized algorithms for estimating the trace*, 2011.
    pub fn variance(self, h: &DMatrix<f64>) -> f64 {
        let diagonal = h.diagonal().norm_squared();
        match self {
            Self::Rademacher => 2.0 * (h.norm_squared() - diagonal),
            Self::Gaussian => 2.0 * h.norm_squared(),
        }
    }

    /// Random vectors side by side.
    fn draw_columns(self, n: usize, columns: usize, rng: &mut dyn Rng) -> DMatrix<f64> {
        let mut v = DMatrix::zeros(n, columns);
        v.as_mut_slice().chunks_exact_mut(n).for_each(|column| self.draw_into(column, rng));
        v
    }

    /// As [`draw`](Self::draw), in the place of what is in `v`.
    fn draw_into(self, v: &mut [f64], rng: &mut dyn Rng) {
        let mut rng = ChaCha8Rng::seed_from_u64(rng.next_u64());
        match self {
            Self::Gaussian => v.fill_with(|| rng.sample(StandardNormal)),
            Self::Rademacher => {
                let mut words = [0u8; 4096];
                for piece in v.chunks_mut(words.len() / 4) {
                    let words = &mut words[..4 * piece.len()];
                    rng.fill_bytes(words);
                    // The highest bit of each word decides, as for a random `bool`.
                    for (x, word) in piece.iter_mut().zip(words.as_chunks::<4>().0) {
                        let sign = !u32::from_le_bytes(*word) & 0x8000_0000;
                        *x = f64::from_bits(1f64.to_bits() | u64::from(sign) << 32);
                    }
                }
            }
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

/// Hutchinson's estimate of the trace: the mean of `vᵀHv` over random vectors `v`.
///
/// Cost: a product and `2n` operations a probe; memory for two vectors, or two blocks where products come in blocks.
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
    let samples = match h.block() {
        0 | 1 => one_by_one(h, n, probe, probes, rng)?,
        block => {
            let firsts: Vec<usize> = (0..probes).step_by(block).collect();
            let samples = firsts.into_iter().map(|first| {
                let v = probe.draw_columns(n, block.min(probes - first), rng);
                let w = images(h, &v)?;
                Ok(v.column_iter().zip(w.column_iter()).map(|(v, w)| v.dot(&w)).collect::<Vec<f64>>())
            });
            samples.collect::<Result<Vec<_>, OperatorError>>()?.concat()
        }
    };
    Ok(Estimate { known: 0.0, samples, products: probes })
}

/// `vᵀHv` for each probe, in two vectors that serve for all.
fn one_by_one(
    h: &dyn SymmetricOperator,
    n: usize,
    probe: Probe,
    probes: usize,
    rng: &mut dyn Rng,
) -> Result<Vec<f64>, OperatorError> {
    let (mut v, mut w) = (DVector::zeros(n), DVector::zeros(n));
    let mut sample = || {
        probe.draw_into(v.as_mut_slice(), rng);
        h.apply_into(&v, &mut w);
        if w.len() != n {
            return Err(OperatorError::Dimension { expected: n, found: w.len() });
        }
        // No entry of a probe is zero, so a product that is not finite shows in the sum.
        match v.dot(&w) {
            sum if sum.is_finite() => Ok(sum),
            sum => Err(OperatorError::NotFinite(w.iter().copied().find(|x| !x.is_finite()).unwrap_or(sum))),
        }
    };
    (0..probes).map(|_| sample()).collect()
}

/// Hutch++: the trace on the range of a random sketch exactly, and Hutchinson's estimate of the rest.
///
/// Of `m` products a third goes into the sketch `HS`, a third into `tr(QᵀHQ)` with `Q` an orthonormal basis of its
/// range, and the remaining into samples `gᵀPHPg`, `P = I − QQᵀ`, of the rest. For a semidefinite operator a relative error of `ε` takes
/// `O(1/ε)` products, not `O(1/ε²)`. The standard error is that
/// of the rest.
///
/// Cost: `m` products, which come in blocks where the operator has them, and `O(nm²)` operations; memory for `m` vectors.
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
    let basis = images(h, &probe.draw_columns(n, width, rng))?.qr().q();
    let known = basis.dot(&images(h, &basis)?);

    let rest = if width == n { 0 } else { products - 2 * width };
    let mut outside = DMatrix::zeros(n, rest);
    for mut column in outside.column_iter_mut() {
        let g = probe.draw(n, rng);
        column.copy_from(&(&g - &basis * basis.tr_mul(&g)));
    }
    let moved = images(h, &outside)?;
    Ok(Estimate {
        known,
        samples: outside.column_iter().zip(moved.column_iter()).map(|(v, w)| v.dot(&w)).collect(),
        products: 2 * width + rest,
    })
}
