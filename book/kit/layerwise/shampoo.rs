//! Shampoo: a matrix for each side of each layer.

use nalgebra::{DMatrix, DVector};

use super::{layers_of, matrices, running, vector};
use crate::network::{Layer, Network};
use crate::optimisers::{OptimiserError, Schedule, decay, floor, period};
use crate::training::Rule;

/// Shampoo: for the matrix `V` of each layer and its gradient `G` two sums `L ← L + GGᵀ` and `R ← R + GᵀG`, and the step
/// `V ← V − ηₖ (L + εI)^(−1/4) G (R + εI)^(−1/4)`.
///
/// With [running means](Self::with_decays) in the place of the sums, as in practice, also `G` is one, and both are corrected for
/// their start at zero as in Adam.
///
/// Source: V. Gupta, T. Koren and Y. Singer, *Shampoo: Preconditioned stochastic tensor optimization*, 2018, algorithm 1.
#[derive(Debug, Clone)]
pub struct Shampoo {
    layers: Vec<Layer>,
    schedule: Schedule,
    decays: Option<(f64, f64)>,
    floor: f64,
    every: usize,
    taken: usize,
    sides: Vec<Sides>,
}

/// What is kept of one layer.
#[derive(Debug, Clone, Default)]
struct Sides {
    mean: Option<DMatrix<f64>>,
    left: Option<DMatrix<f64>>,
    right: Option<DMatrix<f64>>,
    roots: Option<(DMatrix<f64>, DMatrix<f64>)>,
}

impl Shampoo {
    /// For the layers of this network, with the step `η` or its schedule; `ε = 10⁻¹²` of the largest eigenvalue.
    ///
    /// # Errors
    /// A step out of its range.
    pub fn new(network: &Network, schedule: impl Into<Schedule>) -> Result<Self, OptimiserError> {
        let layers = layers_of(network);
        Ok(Self {
            sides: vec![Sides::default(); layers.len()],
            layers,
            schedule: schedule.into().checked()?,
            decays: None,
            floor: 1e-12,
            every: 1,
            taken: 0,
        })
    }

    /// With running means of `G`, with decay `β₁`, and of `GGᵀ` and `GᵀG`, with decay `β₂`.
    ///
    /// # Errors
    /// One of them is not in `[0, 1)`.
    pub fn with_decays(mut self, beta1: f64, beta2: f64) -> Result<Self, OptimiserError> {
        self.decays = Some((decay(beta1)?, decay(beta2)?));
        Ok(self)
    }

    /// With another `ε`, as a share of the largest eigenvalue of `L` and of `R`.
    ///
    /// # Errors
    /// It is negative or not finite.
    pub fn with_floor(mut self, epsilon: f64) -> Result<Self, OptimiserError> {
        self.floor = floor(epsilon)?;
        Ok(self)
    }

    /// With roots that are computed anew only in each `steps`-th step.
    ///
    /// # Errors
    /// There are no steps.
    pub fn every(mut self, steps: usize) -> Result<Self, OptimiserError> {
        self.every = period(steps)?;
        Ok(self)
    }

    /// The step for one layer, without `η`.
    fn part(&mut self, k: usize, g: &DMatrix<f64>) -> DMatrix<f64> {
        let (taken, floor, renew) = (self.taken, self.floor, self.taken.is_multiple_of(self.every));
        let sides = &mut self.sides[k];
        let squares = (g * g.transpose(), g.transpose() * g);
        let correction = |beta: f64| 1.0 - beta.powf((taken + 1) as f64);
        let (mean, left, right, size) = match self.decays {
            Some((beta1, beta2)) => (
                running(sides.mean.take(), g, beta1),
                running(sides.left.take(), &squares.0, beta2),
                running(sides.right.take(), &squares.1, beta2),
                (correction(beta1), correction(beta2)),
            ),
            None => {
                let sum =
                    |old: Option<DMatrix<f64>>, new: &DMatrix<f64>| old.map_or_else(|| new.clone(), |old| old + new);
                (g.clone(), sum(sides.left.take(), &squares.0), sum(sides.right.take(), &squares.1), (1.0, 1.0))
            }
        };
        if renew || sides.roots.is_none() {
            let root = |side: &DMatrix<f64>| inverse_root(&(side / size.1), 4, floor);
            sides.roots = Some((root(&left), root(&right)));
        }
        let (before, after) = sides.roots.as_ref().expect("just computed");
        let step = before * (&mean / size.0) * after;
        (sides.mean, sides.left, sides.right) = (Some(mean), Some(left), Some(right));
        step
    }
}

impl Rule for Shampoo {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        let parts = matrices(&self.layers, &gradient);
        let steps: Vec<_> = parts.iter().enumerate().map(|(k, g)| self.part(k, g)).collect();
        let rate = self.schedule.rate(self.taken);
        self.taken += 1;
        at - vector(&self.layers, &steps) * rate
    }
}

/// `(M + εI)^(−1/p)` of a symmetric matrix without negative eigenvalues, with `ε` given as a share of the largest of them. Eigenvalues
/// that are zero up to rounding stay zero if `ε` is: on them a gradient whose squares make up `M` has no part.
///
/// A matrix that is not finite gives one that is not, a zero matrix itself.
pub fn inverse_root(m: &DMatrix<f64>, p: u32, epsilon: f64) -> DMatrix<f64> {
    let n = m.nrows();
    if !m.iter().all(|x| x.is_finite()) {
        return DMatrix::repeat(n, n, f64::NAN);
    }
    let largest = m.amax();
    if largest == 0.0 {
        return m.clone();
    }
    let eigen = (m / largest).symmetric_eigen();
    let top = eigen.eigenvalues.max();
    let rounding = n as f64 * f64::EPSILON * top;
    let powers = eigen.eigenvalues.map(|l| {
        let raised = l.max(0.0) + epsilon * top;
        if raised > rounding {
            (raised * largest).powf(-1.0 / f64::from(p))
        } else {
            0.0
        }
    });
    let mut scaled = eigen.eigenvectors.clone();
    for (mut column, power) in scaled.column_iter_mut().zip(powers.iter()) {
        column *= *power;
    }
    scaled * eigen.eigenvectors.transpose()
}
