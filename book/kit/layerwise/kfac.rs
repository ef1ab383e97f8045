//! K-FAC: the natural gradient with Kronecker factors for the blocks of the layers.

use nalgebra::{DMatrix, DVector};

use super::{Optimiser, layers_of, matrices, running, vector};
use crate::network::{Expansion, Layer, Network, Objective};
use crate::optimisers::{OptimiserError, Schedule, decay, floor, period};
use crate::training::{TrainingError, check};

/// The two factors of a layer: its block of the Fisher matrix is about `B ⊗ A`, if the parameters are taken unit by unit.
#[derive(Debug, Clone, PartialEq)]
pub struct KroneckerFactors {
    /// `A = (1/n) Σ āāᵀ` of what comes into the layer, `(inputs + 1)²`.
    pub inputs: DMatrix<f64>,
    /// `B = (1/n) Σ E[δδᵀ]` of the derivatives by the sums of the layer, `units²`, with labels as the network expects them.
    pub sums: DMatrix<f64>,
}

impl KroneckerFactors {
    /// Of each layer at this point, the first hidden layer first. The expectation is exact: it costs a way back for each output.
    ///
    /// The block `(1/n) Σ E[δδᵀ ⊗ āāᵀ]` is equal to `B ⊗ A` if the two kinds of products are uncorrelated over rows and labels.
    ///
    /// Source: J. Martens and R. Grosse, *Optimizing neural networks with Kronecker-factored approximate curvature*, 2015.
    ///
    /// # Errors
    /// Something is not finite.
    pub fn of(point: &Expansion<'_>) -> Result<Vec<Self>, TrainingError> {
        let inputs = point.layer_inputs();
        let mut factors: Vec<Self> = Vec::with_capacity(inputs.len());
        for root in point.curvature_roots() {
            for (k, back) in point.back(&root)?.iter().enumerate() {
                let n = back.nrows() as f64;
                let square = back.transpose() * back / n;
                match factors.get_mut(k) {
                    Some(factor) => factor.sums += square,
                    None => factors.push(Self {
                        inputs: inputs[k].transpose() * &inputs[k] / n,
                        sums: square,
                    }),
                }
            }
        }
        Ok(factors)
    }

    /// `(A + π√λ I)⁻¹ G (B + √λ/π I)⁻¹` for the gradient `G` of the layer, with `π² = (tr A / dim A)/(tr B / dim B)`; without damping
    /// `λ`, what is singular is inverted on its range.
    ///
    /// Source: the same.
    pub fn solve(&self, gradient: &DMatrix<f64>, damping: f64) -> DMatrix<f64> {
        let (before, after) = self.inverses(damping);
        before * gradient * after
    }

    /// The two inverses of [`solve`](Self::solve).
    fn inverses(&self, damping: f64) -> (DMatrix<f64>, DMatrix<f64>) {
        let mean = |m: &DMatrix<f64>| m.trace() / m.nrows() as f64;
        let (a, b) = (mean(&self.inputs), mean(&self.sums));
        let ratio = if a > 0.0 && b > 0.0 { (a / b).sqrt() } else { 1.0 };
        let root = damping.sqrt();
        (inverse(&self.inputs, ratio * root), inverse(&self.sums, root / ratio))
    }
}

/// `(M + μI)⁻¹` of a symmetric matrix without negative eigenvalues; for `μ = 0` on its range.
fn inverse(m: &DMatrix<f64>, mu: f64) -> DMatrix<f64> {
    let n = m.nrows();
    if mu > 0.0 {
        let damped = m + DMatrix::identity(n, n) * mu;
        if let Some(factor) = damped.cholesky() {
            return factor.inverse();
        }
    }
    super::inverse_root(m, 1, 0.0)
}

/// K-FAC: each layer's gradient is divided by running means of both [factors](KroneckerFactors), damped; the quotients are averaged by
/// momentum, `u ← βu + quotient`, `w ← w − ηₖu`.
///
/// Without the rescaling of each step by an exact quadratic model that its authors add.
///
/// Source: J. Martens and R. Grosse, *Optimizing neural networks with Kronecker-factored approximate curvature*, 2015.
#[derive(Debug, Clone)]
pub struct Kfac {
    layers: Vec<Layer>,
    schedule: Schedule,
    damping: f64,
    decays: (f64, f64),
    every: usize,
    taken: usize,
    factors: Vec<KroneckerFactors>,
    inverses: Vec<(DMatrix<f64>, DMatrix<f64>)>,
    velocity: Option<DVector<f64>>,
}

impl Kfac {
    /// For the layers of this network, with the step `η` or its schedule and the damping `λ`; no momentum, the factors of the last batch.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn new(network: &Network, schedule: impl Into<Schedule>, damping: f64) -> Result<Self, OptimiserError> {
        Ok(Self {
            layers: layers_of(network),
            schedule: schedule.into().checked()?,
            damping: floor(damping)?,
            decays: (0.0, 0.0),
            every: 1,
            taken: 0,
            factors: Vec::new(),
            inverses: Vec::new(),
            velocity: None,
        })
    }

    /// With momentum `β`, and factors that are running means with this decay.
    ///
    /// # Errors
    /// One of them is not in `[0, 1)`.
    pub fn with_decays(mut self, momentum: f64, factors: f64) -> Result<Self, OptimiserError> {
        self.decays = (decay(momentum)?, decay(factors)?);
        Ok(self)
    }

    /// With factors that are computed anew only in each `steps`-th step.
    ///
    /// # Errors
    /// There are no steps.
    pub fn every(mut self, steps: usize) -> Result<Self, OptimiserError> {
        self.every = period(steps)?;
        Ok(self)
    }

    fn renew(&mut self, point: &Expansion<'_>) -> Result<(), TrainingError> {
        // The first factors count in full: a mean that started at zero would make the first steps long.
        let decay = if self.factors.is_empty() { 0.0 } else { self.decays.1 };
        let old = std::mem::take(&mut self.factors).into_iter().map(Some).chain(std::iter::repeat(None));
        for (factor, old) in KroneckerFactors::of(point)?.iter().zip(old) {
            let (inputs, sums) = old.map(|old| (old.inputs, old.sums)).unzip();
            self.factors.push(KroneckerFactors {
                inputs: running(inputs, &factor.inputs, decay),
                sums: running(sums, &factor.sums, decay),
            });
        }
        self.inverses = self.factors.iter().map(|factor| factor.inverses(self.damping)).collect();
        Ok(())
    }
}

impl Optimiser for Kfac {
    fn step(&mut self, batch: &Objective, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        let point = batch.at(w)?;
        let parameters = self.layers.last().map_or(0, |layer| layer.biases.end);
        check(w, parameters)?;
        if self.taken.is_multiple_of(self.every) {
            self.renew(&point)?;
        }
        let parts = matrices(&self.layers, point.gradient());
        let quotients: Vec<_> =
            parts.iter().zip(&self.inverses).map(|(g, (before, after))| before * g * after).collect();
        let quotient = vector(&self.layers, &quotients);
        let velocity = match self.velocity.take() {
            Some(velocity) => velocity * self.decays.0 + quotient,
            None => quotient,
        };
        let next = w - &velocity * self.schedule.rate(self.taken);
        self.velocity = Some(velocity);
        self.taken += 1;
        check(&next, w.len()).map(|()| next)
    }
}
