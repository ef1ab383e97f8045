//! Optimisers beyond a step for each parameter: K-FAC, Shampoo and Muon, which know the matrices of a network's layers, and Sophia,
//! which asks for curvature.
//!
//! In: a [`Network`], a step size or a [`Schedule`](crate::optimisers::Schedule), and for each step the loss on a batch or its gradient. Out: a
//! [`Rule`] where the gradient is enough, else an [`Optimiser`]; each rule is one. A parameter out of its range is an
//! [`OptimiserError`](crate::optimisers::OptimiserError); weights that do not fit, and what is not finite, are a [`TrainingError`].
//!
//! The matrix of a layer has the biases as its last row, see [`Layer::matrix`]: weights and biases are treated alike.

mod kfac;
mod muon;
mod polar;
mod shampoo;
mod sophia;

use nalgebra::{DMatrix, DVector};

use crate::network::{Layer, Network, Objective};
use crate::training::{Rule, TrainingError, check};

pub use kfac::{Kfac, KroneckerFactors};
pub use muon::Muon;
pub use polar::{CUBIC, Polynomial, QUINTIC, TUNED, newton_schulz, polar};
pub use shampoo::{Shampoo, inverse_root};
pub use sophia::Sophia;

/// What takes steps and may look at the loss on the batch itself, not only at its gradient.
pub trait Optimiser {
    /// The point after `w`, from the loss on this batch.
    ///
    /// # Errors
    /// `w` does not fit, the optimiser has a parameter out of its range, or something is not finite.
    fn step(&mut self, batch: &Objective, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError>;
}

/// A rule needs the gradient on the batch, and nothing else.
impl<R: Rule> Optimiser for R {
    fn step(&mut self, batch: &Objective, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        Rule::check(self)?;
        let next = self.next(w, batch.gradient(w)?);
        check(&next, w.len()).map(|()| next)
    }
}

/// The layers of a vector of parameters as matrices.
fn matrices(layers: &[Layer], w: &DVector<f64>) -> Vec<DMatrix<f64>> {
    let part =
        |layer: &Layer| DMatrix::from_fn(layer.inputs + 1, layer.units, |input, unit| w[layer.parameter(input, unit)]);
    layers.iter().map(part).collect()
}

/// The vector of parameters whose layers are these matrices.
fn vector(layers: &[Layer], matrices: &[DMatrix<f64>]) -> DVector<f64> {
    let parameters = layers.last().map_or(0, |layer| layer.biases.end);
    let mut w = DVector::zeros(parameters);
    for (layer, matrix) in layers.iter().zip(matrices) {
        for unit in 0..layer.units {
            for input in 0..=layer.inputs {
                w[layer.parameter(input, unit)] = matrix[(input, unit)];
            }
        }
    }
    w
}

/// The layers of a network.
fn layers_of(network: &Network) -> Vec<Layer> {
    network.layers().to_vec()
}

/// `decay · mean + (1 − decay) · value`, the mean being zero before the first value.
fn running(mean: Option<DMatrix<f64>>, value: &DMatrix<f64>, decay: f64) -> DMatrix<f64> {
    match mean {
        Some(mean) => mean * decay + value * (1.0 - decay),
        None => value * (1.0 - decay),
    }
}
