//! Muon: momentum, made orthogonal layer by layer.

use nalgebra::{DMatrix, DVector};

use super::{Polynomial, TUNED, layers_of, matrices, newton_schulz, polar, vector};
use crate::network::{Layer, Network};
use crate::optimisers::{OptimiserError, Schedule, decay};
use crate::training::Rule;

/// Muon: `M ← βM + G`, `V ← V − ηₖ·O(M)` for the matrix `V` of each layer and its gradient `G`, with `O(M) ≈ UVᵀ` for `M = UΣVᵀ`
/// from five steps of [`newton_schulz`] with the coefficients [`TUNED`].
///
/// Here it treats each layer, biases included. Its authors use it for the hidden matrices only, with Nesterov's momentum, a factor
/// for the shape of the matrix, and AdamW for all other parameters.
///
/// Source: K. Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024.
#[derive(Debug, Clone)]
pub struct Muon {
    layers: Vec<Layer>,
    schedule: Schedule,
    decay: f64,
    iteration: Option<(Polynomial, usize)>,
    taken: usize,
    momentum: Option<DVector<f64>>,
}

impl Muon {
    /// For the layers of this network, with the step `η` or its schedule and the momentum `β`.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn new(network: &Network, schedule: impl Into<Schedule>, momentum: f64) -> Result<Self, OptimiserError> {
        Ok(Self {
            layers: layers_of(network),
            schedule: schedule.into().checked()?,
            decay: decay(momentum)?,
            iteration: Some((TUNED, 5)),
            taken: 0,
            momentum: None,
        })
    }

    /// With the exact [`polar`] factor.
    pub fn exact(self) -> Self {
        Self { iteration: None, ..self }
    }

    fn orthogonal(&self, m: &DMatrix<f64>) -> DMatrix<f64> {
        match self.iteration {
            Some((polynomial, steps)) => newton_schulz(m, polynomial, steps),
            None => polar(m),
        }
    }
}

impl Rule for Muon {
    fn next(&mut self, at: &DVector<f64>, gradient: DVector<f64>) -> DVector<f64> {
        let momentum = match self.momentum.take() {
            Some(momentum) => momentum * self.decay + gradient,
            None => gradient,
        };
        let parts = matrices(&self.layers, &momentum);
        let steps: Vec<_> = parts.iter().map(|m| self.orthogonal(m)).collect();
        let rate = self.schedule.rate(self.taken);
        self.momentum = Some(momentum);
        self.taken += 1;
        at - vector(&self.layers, &steps) * rate
    }
}
