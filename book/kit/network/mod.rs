//! Fully connected networks, their loss on a data set, and its first and second derivatives.
//!
//! In: the widths of the layers, an activation, a [`Dataset`](crate::data::Dataset), a [`Loss`]. Out: an [`Objective`],
//! the loss as a function of all parameters in one vector, with gradient, Hessian and Gauss-Newton matrix, also as
//! products with a vector, and what each layer contributes. Layers or data that do not fit are a [`NetworkError`]; a vector of another length and
//! numbers that are no longer finite are a [`TrainingError`].
//!
//! Rows of data are rows of matrices throughout: `n × d` inputs, `n × m` activations of a layer of `m` units.
//! Backpropagation and the products are written by hand on these matrices; dual numbers, thirty times slower, are what
//! they are tested against.

mod expansion;
mod layers;
mod loss;
mod objective;
mod products;

use std::ops::Range;

use nalgebra::{DMatrix, DMatrixView, DVector, DVectorView};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use thiserror::Error;

use crate::data::DataError;
use crate::training::{TrainingError, check};

pub use expansion::Expansion;
pub use loss::Loss;
pub use objective::Objective;
pub(crate) use products::{add_column_sums, add_product};

/// Why there is no such network, or no loss of it on these data.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// A network needs at least inputs and outputs, and no layer without units.
    #[error("no network has layers of {0:?} units")]
    Layers(Vec<usize>),
    /// The data have not as many columns as the network has inputs.
    #[error("rows of {found} numbers for a network of {expected} inputs")]
    Inputs {
        /// Inputs of the network.
        expected: usize,
        /// Columns of the data.
        found: usize,
    },
    /// The data have not as many classes as the network has outputs.
    #[error("{found} classes for a network of {expected} outputs")]
    Outputs {
        /// Outputs of the network.
        expected: usize,
        /// Classes of the data.
        found: usize,
    },
    /// The penalty is negative, NaN or infinite.
    #[error("a penalty of {0} is none")]
    Penalty(f64),
    /// The data set is not as it should be.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// What each hidden unit makes of its input `z`. The last layer is always linear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `tanh z`.
    Tanh,
    /// `max(z, 0)`. Derivatives are those on either side of the kink; at 0 itself they count as 0.
    Relu,
    /// `z` itself, for linear networks.
    Identity,
    /// The logistic function `1/(1 + exp(−z))`.
    Sigmoid,
    /// `ln(1 + exp z)`, a smooth [`Relu`](Activation::Relu).
    Softplus,
}

impl Activation {
    pub(crate) fn of(self, z: f64) -> f64 {
        match self {
            Self::Tanh => tanh(z),
            Self::Relu => z.max(0.0),
            Self::Identity => z,
            Self::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Self::Softplus => z.max(0.0) + (-z.abs()).exp().ln_1p(),
        }
    }

    /// The first derivative, from the value `a`.
    pub(crate) fn slope(self, a: f64) -> f64 {
        match self {
            Self::Tanh => 1.0 - a * a,
            Self::Relu => f64::from(u8::from(a > 0.0)),
            Self::Identity => 1.0,
            Self::Sigmoid => a * (1.0 - a),
            Self::Softplus => -(-a).exp_m1(),
        }
    }

    /// The second derivative divided by the first, from the value `a`.
    pub(crate) fn relative_bend(self, a: f64) -> f64 {
        match self {
            Self::Tanh => -2.0 * a,
            Self::Relu | Self::Identity => 0.0,
            Self::Sigmoid => 1.0 - 2.0 * a,
            Self::Softplus => (-a).exp(),
        }
    }
}

/// `tanh z`, to a relative error of 5ε, in a third of the library's time where `z` is not small: of a training step on a small
/// network that is a quarter. Small `z` would be lost in the difference to 1.
fn tanh(z: f64) -> f64 {
    let size = z.abs();
    let value = if size < 0.25 {
        let e = (2.0 * size).exp_m1();
        e / (e + 2.0)
    } else {
        let e = (-2.0 * size).exp();
        (1.0 - e) / (1.0 + e)
    };
    value.copysign(z)
}

/// One layer: where its parameters are in the vector of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// How many numbers come in.
    pub inputs: usize,
    /// How many units it has.
    pub units: usize,
    /// Its weights, unit by unit: the `inputs` incoming weights of the first unit, then those of the second, …
    pub weights: Range<usize>,
    /// Its biases, one for each unit.
    pub biases: Range<usize>,
}

impl Layer {
    /// The incoming weights of one unit.
    pub fn incoming(&self, unit: usize) -> Range<usize> {
        let start = self.weights.start + unit * self.inputs;
        start..start + self.inputs
    }

    /// Where the weight from `input` into `unit` is, both from 0; where the bias is, if `input` is [`inputs`](Self::inputs), one more
    /// than the last.
    pub fn parameter(&self, input: usize, unit: usize) -> usize {
        if input < self.inputs {
            self.incoming(unit).start + input
        } else {
            self.biases.start + unit
        }
    }
}

/// A fully connected network: `A₀ = X`, `Aₖ = φ(Aₖ₋₁Wₖ + 1bₖᵀ)`, without `φ` in the last layer.
///
/// It holds no weights: they are one vector, layer after layer, in each first the weights, then the biases, see
/// [`Layer`]. Read as a matrix column by column, the weights of a layer are `Wₖ`, `inputs × units`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    layers: Vec<Layer>,
    activation: Activation,
}

impl Network {
    /// A network with these numbers of inputs, hidden units and outputs: `[4, 16, 3]` has one hidden layer, `[4, 3]`
    /// none.
    ///
    /// # Errors
    /// Fewer than two numbers, a zero, or more parameters than can be counted.
    pub fn new(widths: &[usize], activation: Activation) -> Result<Self, NetworkError> {
        if widths.len() < 2 || widths.contains(&0) {
            return Err(NetworkError::Layers(widths.to_vec()));
        }
        let count = |sum: usize, pair: &[usize]| pair[0].checked_add(1)?.checked_mul(pair[1])?.checked_add(sum);
        if widths.windows(2).try_fold(0, count).is_none() {
            return Err(NetworkError::Layers(widths.to_vec()));
        }
        let mut start = 0;
        let layers = widths.windows(2).map(|pair| {
            let (inputs, units) = (pair[0], pair[1]);
            let middle = start + inputs * units;
            let layer = Layer {
                inputs,
                units,
                weights: start..middle,
                biases: middle..middle + units,
            };
            start = middle + units;
            layer
        });
        let layers = layers.collect();
        Ok(Self { layers, activation })
    }

    /// The number of parameters, `Σ (inputs + 1) · units`.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| (layer.inputs + 1) * layer.units).sum()
    }

    /// The layers, the first hidden one first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The activation of the hidden units.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// How many numbers a row of data has.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// How many numbers come out, one for each class.
    pub fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].units
    }

    /// Random parameters: weights from `N(0, scale²/inputs)`, biases 0. With a scale that is not finite, neither are they, which
    /// is an error where they are used.
    pub fn initial(&self, scale: f64, rng: &mut dyn Rng) -> DVector<f64> {
        let mut w = DVector::zeros(self.parameters());
        for layer in &self.layers {
            let deviation = scale / (layer.inputs as f64).sqrt();
            for k in layer.weights.clone() {
                w[k] = deviation * rng.sample::<f64, _>(StandardNormal);
            }
        }
        w
    }

    /// What comes out for each row of `inputs`, `n × outputs`: for [`Loss::CrossEntropy`], the logits.
    ///
    /// # Errors
    /// `w` or the rows have another length, or something is not finite.
    pub fn outputs_for(&self, w: &DVector<f64>, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, TrainingError> {
        Ok(self.activations(w, inputs)?.pop().expect("there is a last layer"))
    }

    /// The values of the units of each layer for each row of `inputs`, `n × units`, the first hidden layer first, the
    /// outputs last.
    ///
    /// # Errors
    /// As [`outputs_for`](Self::outputs_for).
    pub fn activations(&self, w: &DVector<f64>, inputs: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, TrainingError> {
        check(w, self.parameters())?;
        if inputs.ncols() != self.inputs() {
            return Err(TrainingError::Dimension {
                expected: self.inputs(),
                found: inputs.ncols(),
            });
        }
        let layers = self.forward(w, inputs);
        if layers[layers.len() - 1].iter().all(|z| z.is_finite()) {
            Ok(layers)
        } else {
            Err(TrainingError::NotFinite)
        }
    }

    fn forward(&self, w: &DVector<f64>, inputs: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
        let mut values: Vec<DMatrix<f64>> = Vec::with_capacity(self.layers.len());
        for (k, layer) in self.layers.iter().enumerate() {
            let before = if k == 0 { inputs } else { &values[k - 1] };
            let mut z = products::repeated(layer.biases_in(w), inputs.nrows());
            z.gemm(1.0, before, &layer.weights_in(w), 1.0);
            if k + 1 < self.layers.len() {
                z.apply(|value| *value = self.activation.of(*value));
            }
            values.push(z);
        }
        values
    }
}

impl Layer {
    /// The weights as a matrix, `inputs × units`.
    pub(crate) fn weights_in<'a>(&self, w: &'a DVector<f64>) -> DMatrixView<'a, f64> {
        DMatrixView::from_slice(&w.as_slice()[self.weights.clone()], self.inputs, self.units)
    }

    pub(crate) fn biases_in<'a>(&self, w: &'a DVector<f64>) -> DVectorView<'a, f64> {
        DVectorView::from_slice(&w.as_slice()[self.biases.clone()], self.units)
    }
}
