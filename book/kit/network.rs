//! Fully connected networks, their loss on a data set, and its first and second derivatives.
//!
//! In: the widths of the layers, an activation, a [`Dataset`], a [`Loss`]. Out: an [`Objective`], the loss as a function of all
//! parameters in one vector, with gradient, Hessian and Gauss-Newton matrix, also as products with a vector. Layers
//! or data that do not fit are a [`NetworkError`]; a vector of another length and numbers that are no longer finite are a
//! [`TrainingError`].
//!
//! Rows of data are rows of matrices throughout: `n × d` inputs, `n × m` activations of a layer of `m` units. Backpropagation and
//! the products are written by hand on these matrices; dual numbers, thirty times slower, are what they are tested against.

use std::ops::Range;

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector, DVectorView, Dyn, MatrixView};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use thiserror::Error;

use crate::data::{DataError, Dataset};
use crate::training::{Differentiable, Sampled, TrainingError, TwiceDifferentiable, check};

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
}

impl Activation {
    pub(crate) fn of(self, z: f64) -> f64 {
        match self {
            Self::Tanh => tanh(z),
            Self::Relu => z.max(0.0),
            Self::Identity => z,
        }
    }

    /// The first derivative, from the value `a`.
    pub(crate) fn slope(self, a: f64) -> f64 {
        match self {
            Self::Tanh => 1.0 - a * a,
            Self::Relu => f64::from(u8::from(a > 0.0)),
            Self::Identity => 1.0,
        }
    }

    /// The second derivative divided by the first, from the value `a`.
    pub(crate) fn relative_bend(self, a: f64) -> f64 {
        match self {
            Self::Tanh => -2.0 * a,
            Self::Relu | Self::Identity => 0.0,
        }
    }
}

/// `tanh z`, at most 2ε off, in a third of the library's time: of a training step on a small network that is a quarter.
fn tanh(z: f64) -> f64 {
    let e = (-2.0 * z.abs()).exp();
    ((1.0 - e) / (1.0 + e)).copysign(z)
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
}

/// A fully connected network: `A₀ = X`, `Aₖ = φ(Aₖ₋₁Wₖ + 1bₖᵀ)`, without `φ` in the last layer.
///
/// It holds no weights: they are one vector, layer after layer, in each first the weights, then the biases, see [`Layer`].
/// Read as a matrix column by column, the weights of a layer are `Wₖ`, `inputs × units`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    layers: Vec<Layer>,
    activation: Activation,
}

impl Network {
    /// A network with these numbers of inputs, hidden units and outputs: `[4, 16, 3]` has one hidden layer, `[4, 3]` none.
    ///
    /// # Errors
    /// Fewer than two numbers, or a zero.
    pub fn new(widths: &[usize], activation: Activation) -> Result<Self, NetworkError> {
        if widths.len() < 2 || widths.contains(&0) {
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

    /// Random parameters: weights from `N(0, scale²/inputs)`, biases 0.
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
        match layers[layers.len() - 1].iter().all(|z| z.is_finite()) {
            true => Ok(layers),
            false => Err(TrainingError::NotFinite),
        }
    }

    fn forward(&self, w: &DVector<f64>, inputs: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
        let mut values: Vec<DMatrix<f64>> = Vec::with_capacity(self.layers.len());
        for (k, layer) in self.layers.iter().enumerate() {
            let before = if k == 0 { inputs } else { &values[k - 1] };
            let mut z = repeated(layer.biases_in(w), inputs.nrows());
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

/// What is summed over the rows of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// `−ln pᵧ` with `p = softmax(z)` of the outputs `z` and the class `y`: the mean over rows.
    CrossEntropy,
    /// `½‖z − eᵧ‖²` for the outputs `z` and the unit vector `eᵧ` of the class: the mean over rows.
    Squared,
}

/// The loss of a network on a data set as a function of the parameters: `f(w) = (1/n) Σ loss + ½ l2 ‖w‖²`.
#[derive(Debug, Clone)]
pub struct Objective {
    pub(crate) network: Network,
    pub(crate) inputs: DMatrix<f64>,
    pub(crate) labels: Vec<usize>,
    pub(crate) loss: Loss,
    pub(crate) l2: f64,
}

impl Objective {
    /// The mean loss over the rows of `data`, without a penalty.
    ///
    /// # Errors
    /// The data are not as they should be, or have not the columns and classes that the network has.
    pub fn new(network: &Network, data: &Dataset, loss: Loss) -> Result<Self, NetworkError> {
        data.check()?;
        if data.dimension() != network.inputs() {
            return Err(NetworkError::Inputs {
                expected: network.inputs(),
                found: data.dimension(),
            });
        }
        if data.classes != network.outputs() {
            return Err(NetworkError::Outputs {
                expected: network.outputs(),
                found: data.classes,
            });
        }
        Ok(Self {
            network: network.clone(),
            inputs: data.inputs.clone(),
            labels: data.labels.clone(),
            loss,
            l2: 0.0,
        })
    }

    /// With the penalty `½ l2 ‖w‖²` on all parameters, biases too.
    ///
    /// # Errors
    /// `l2` is negative, NaN or infinite.
    pub fn with_l2(self, l2: f64) -> Result<Self, NetworkError> {
        match l2.is_finite() && l2 >= 0.0 {
            true => Ok(Self { l2, ..self }),
            false => Err(NetworkError::Penalty(l2)),
        }
    }

    /// The same network, loss and penalty on other data.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn on(&self, data: &Dataset) -> Result<Self, NetworkError> {
        let there = Self::new(&self.network, data, self.loss)?;
        Ok(Self { l2: self.l2, ..there })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The numbers of each row of data, `n × d`.
    pub fn inputs(&self) -> &DMatrix<f64> {
        &self.inputs
    }

    /// The class of each row of data.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The penalty's factor.
    pub fn l2(&self) -> f64 {
        self.l2
    }

    /// All that is known at one point: from here value and gradient are at hand, and products with the Hessian cost
    /// about two gradients each.
    ///
    /// # Errors
    /// `w` has not as many entries as the network has parameters, or something is not finite.
    pub fn at(&self, w: &DVector<f64>) -> Result<Expansion<'_>, TrainingError> {
        check(w, self.network.parameters())?;
        Expansion::of(self, w)
    }

    /// The value `f(w)`, penalty included.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        Ok(self.data_loss(w)? + 0.5 * self.l2 * w.norm_squared())
    }

    /// The mean loss over the rows alone, without the penalty.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn data_loss(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        let mut outputs = self.outputs(w)?;
        finite(self.loss.value_and_residuals(&mut outputs, &self.labels))
    }

    /// The gradient `∇f(w)`.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn gradient(&self, w: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        Ok(self.value_and_gradient(w)?.1)
    }

    /// Value and gradient, at the cost of the gradient.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        check(w, self.network.parameters())?;
        let mut values = self.network.forward(w, &self.inputs);
        let mut residuals = values.pop().expect("there is a last layer");
        let data_loss = finite(self.loss.value_and_residuals(&mut residuals, &self.labels))?;
        let mut gradient = w * self.l2;
        self.backward(w, &values, residuals, &mut gradient, |_, below, value| {
            below.zip_apply(value, |b, a| *b *= self.network.activation.slope(a));
        });
        Ok((data_loss + 0.5 * self.l2 * w.norm_squared(), gradient))
    }

    /// The product `∇²f(w) v`, exact: Pearlmutter's R-operator. For several products at one point, use [`at`](Self::at).
    ///
    /// # Errors
    /// As [`at`](Self::at), or `v` has another length.
    pub fn hessian_product(&self, w: &DVector<f64>, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        self.at(w)?.hessian_product(v)
    }

    /// The product of the Gauss-Newton matrix at `w` with `v`. For several products at one point, use [`at`](Self::at).
    ///
    /// # Errors
    /// As [`at`](Self::at), or `v` has another length.
    pub fn gauss_newton_product(&self, w: &DVector<f64>, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        self.at(w)?.gauss_newton_product(v)
    }

    /// The Hessian `∇²f(w)`, from as many products as there are parameters, exactly symmetric.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        Ok(self.at(w)?.hessian())
    }

    /// The same objective as a mean over these rows only; the penalty stays whole.
    ///
    /// # Errors
    /// There is no such row, or the list is empty.
    pub fn batch(&self, rows: &[usize]) -> Result<Self, TrainingError> {
        let wrong = rows.iter().copied().find(|&row| row >= self.rows());
        match wrong.or(rows.is_empty().then_some(0)) {
            Some(row) => Err(TrainingError::NoRow { row, rows: self.rows() }),
            None => Ok(Self {
                network: self.network.clone(),
                inputs: self.inputs.select_rows(rows),
                labels: rows.iter().map(|&row| self.labels[row]).collect(),
                ..*self
            }),
        }
    }

    /// The number of rows of data.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The class with the largest output for each row.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn predictions(&self, w: &DVector<f64>) -> Result<Vec<usize>, TrainingError> {
        let outputs = self.outputs(w)?;
        Ok(outputs.row_iter().map(|row| row.transpose().argmax().0).collect())
    }

    /// How many rows get their own class.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn correct(&self, w: &DVector<f64>) -> Result<usize, TrainingError> {
        let predictions = self.predictions(w)?;
        let pairs = predictions.iter().zip(&self.labels);
        Ok(pairs.filter(|(predicted, label)| predicted == label).count())
    }

    /// The share of rows that get their own class.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn accuracy(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        Ok(self.correct(w)? as f64 / self.rows() as f64)
    }

    fn outputs(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        check(w, self.network.parameters())?;
        Ok(self
            .network
            .forward(w, &self.inputs)
            .pop()
            .expect("there is a last layer"))
    }

    /// What comes into layer `k`: the data, or the values of the layer before.
    fn before<'a>(&'a self, values: &'a [DMatrix<f64>], k: usize) -> &'a DMatrix<f64> {
        k.checked_sub(1).map_or(&self.inputs, |k| &values[k])
    }

    /// Adds to `gradient` what `top`, the derivatives by the outputs, make of it; `through` takes the derivatives by the
    /// values of a hidden layer to those by its inputs.
    fn backward(
        &self,
        w: &DVector<f64>,
        values: &[DMatrix<f64>],
        top: DMatrix<f64>,
        gradient: &mut DVector<f64>,
        mut through: impl FnMut(usize, &mut DMatrix<f64>, &DMatrix<f64>),
    ) {
        let mut above = top;
        for (k, layer) in self.network.layers.iter().enumerate().rev() {
            add_product(layer, gradient, self.before(values, k), &above);
            add_column_sums(layer, gradient, &above);
            if k > 0 {
                let mut below = DMatrix::zeros(above.nrows(), layer.inputs);
                below.gemm(1.0, &above, &layer.weights_in(w).transpose(), 0.0);
                through(k - 1, &mut below, &values[k - 1]);
                above = below;
            }
        }
    }
}

impl Differentiable for Objective {
    fn dimension(&self) -> usize {
        self.network.parameters()
    }

    fn value_and_gradient(&self, w: &DVector<f64>) -> Result<(f64, DVector<f64>), TrainingError> {
        self.value_and_gradient(w)
    }

    fn value(&self, w: &DVector<f64>) -> Result<f64, TrainingError> {
        self.value(w)
    }
}

impl TwiceDifferentiable for Objective {
    fn hessian(&self, w: &DVector<f64>) -> Result<DMatrix<f64>, TrainingError> {
        self.hessian(w)
    }
}

impl Sampled for Objective {
    fn rows(&self) -> usize {
        self.rows()
    }

    fn batch(&self, rows: &[usize]) -> Result<Box<dyn Differentiable>, TrainingError> {
        Ok(Box::new(self.batch(rows)?))
    }
}

impl Loss {
    /// Replaces the outputs by the derivatives of the mean loss by them, and returns that loss.
    pub(crate) fn value_and_residuals(self, outputs: &mut DMatrix<f64>, labels: &[usize]) -> f64 {
        let n = labels.len() as f64;
        let total = match self {
            Self::CrossEntropy => softmax(outputs, labels),
            Self::Squared => {
                let own = labels.iter().enumerate().map(|(row, &label)| outputs[(row, label)]);
                0.5 * outputs.norm_squared() + own.map(|z| 0.5 - z).sum::<f64>()
            }
        };
        for (row, &label) in labels.iter().enumerate() {
            outputs[(row, label)] -= 1.0;
        }
        *outputs /= n;
        total / n
    }

    /// Multiplies each row of `moved` by the second derivatives of the mean loss by the outputs of that row: `diag p − ppᵀ` for
    /// the cross-entropy, the identity for squares, by `n`.
    pub(crate) fn curve(self, moved: &mut DMatrix<f64>, probabilities: &DMatrix<f64>) {
        let n = moved.nrows() as f64;
        if self == Self::CrossEntropy {
            let mut means = DVector::zeros(moved.nrows());
            for (r, p) in moved.column_iter().zip(probabilities.column_iter()) {
                means.cmpy(1.0, &r, &p, 1.0);
            }
            for (mut r, p) in moved.column_iter_mut().zip(probabilities.column_iter()) {
                r -= &means;
                r.component_mul_assign(&p);
            }
        }
        *moved /= n;
    }
}

/// Replaces each row of `z` by its softmax `p`, and returns the sum of `−ln pᵧ`. Subtracting the largest entry of a row
/// first, which changes nothing, keeps the exponentials finite.
fn softmax(z: &mut DMatrix<f64>, labels: &[usize]) -> f64 {
    let mut largest = z.column(0).into_owned();
    for column in z.column_iter().skip(1) {
        largest.zip_apply(&column, |m, z| *m = m.max(z));
    }
    let own = labels
        .iter()
        .enumerate()
        .map(|(row, &label)| z[(row, label)] - largest[row]);
    let own: f64 = own.sum();
    let mut sums = DVector::zeros(z.nrows());
    for mut column in z.column_iter_mut() {
        column.zip_apply(&largest, |z, m| *z = (*z - m).exp());
        sums += &column;
    }
    for mut column in z.column_iter_mut() {
        column.component_div_assign(&sums);
    }
    sums.iter().map(|sum| sum.ln()).sum::<f64>() - own
}

/// An objective about one point `w`: its value and gradient there, and its curvature as products with vectors.
///
/// The network's state is kept, so a product costs about two gradients.
#[derive(Debug, Clone)]
pub struct Expansion<'a> {
    objective: &'a Objective,
    w: DVector<f64>,
    value: f64,
    gradient: DVector<f64>,
    /// Of each hidden layer, `n × units`: its values `φ(z)`, …
    values: Vec<DMatrix<f64>>,
    /// … the slopes `φ′(z)`, …
    slopes: Vec<DMatrix<f64>>,
    /// … and the derivatives of the loss by `φ(z)`, times `φ″(z)/φ′(z)`.
    bends: Vec<DMatrix<f64>>,
    /// Of each layer, the derivatives of the loss by `z`.
    deltas: Vec<DMatrix<f64>>,
    /// Softmax of the outputs; unused by the squared loss.
    probabilities: DMatrix<f64>,
}

impl<'a> Expansion<'a> {
    fn of(objective: &'a Objective, w: &DVector<f64>) -> Result<Self, TrainingError> {
        let activation = objective.network.activation;
        let mut values = objective.network.forward(w, &objective.inputs);
        let mut residuals = values.pop().expect("there is a last layer");
        let labels = &objective.labels;
        let data_loss = finite(objective.loss.value_and_residuals(&mut residuals, labels))?;
        let mut probabilities = &residuals * objective.rows() as f64;
        for (row, &label) in labels.iter().enumerate() {
            probabilities[(row, label)] += 1.0;
        }
        let slopes: Vec<_> = values.iter().map(|a| a.map(|a| activation.slope(a))).collect();
        let mut bends = Vec::new();
        let mut deltas = vec![residuals.clone()];
        let mut gradient = w * objective.l2;
        objective.backward(w, &values, residuals, &mut gradient, |k, below, value| {
            bends.push(below.zip_map(value, |b, a| b * activation.relative_bend(a)));
            below.component_mul_assign(&slopes[k]);
            deltas.push(below.clone());
        });
        bends.reverse();
        deltas.reverse();
        Ok(Self {
            objective,
            w: w.clone(),
            value: data_loss + 0.5 * objective.l2 * w.norm_squared(),
            gradient,
            values,
            slopes,
            bends,
            deltas,
            probabilities,
        })
    }

    /// The number of parameters `n`.
    pub fn dimension(&self) -> usize {
        self.w.len()
    }

    /// The point `w`.
    pub fn point(&self) -> &DVector<f64> {
        &self.w
    }

    /// The value `f(w)`, penalty included.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The gradient `∇f(w)`.
    pub fn gradient(&self) -> &DVector<f64> {
        &self.gradient
    }

    /// The product `∇²f(w) v`, exact, without forming the Hessian.
    ///
    /// It is the derivative of the gradient along `v`: each line of forward pass and backpropagation is differentiated
    /// with `w` moving as `w + tv`.
    ///
    /// Source: B. A. Pearlmutter, *Fast exact multiplication by the Hessian*, 1994.
    ///
    /// # Errors
    /// `v` has another length than `w`, or is not finite.
    pub fn hessian_product(&self, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(v, self.w.len())?;
        Ok(self.apply_hessian(v))
    }

    /// The product of the Gauss-Newton matrix with `v`: `(1/n) Σ JᵀSJ v + l2·v`, where `J` is the Jacobian of the outputs for a row
    /// by the parameters and `S` the second derivative of the loss by the outputs. It is never negative definite.
    ///
    /// Source: N. N. Schraudolph, *Fast curvature matrix-vector products for second-order gradient descent*, 2002.
    ///
    /// # Errors
    /// `v` has another length than `w`, or is not finite.
    pub fn gauss_newton_product(&self, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(v, self.w.len())?;
        Ok(self.apply_gauss_newton(v))
    }

    /// The Hessian `∇²f(w)`, from as many products as there are parameters, exactly symmetric.
    pub fn hessian(&self) -> DMatrix<f64> {
        self.by_columns(|v| self.apply_hessian(v))
    }

    /// The Gauss-Newton matrix, from as many products as there are parameters, exactly symmetric.
    pub fn gauss_newton(&self) -> DMatrix<f64> {
        self.by_columns(|v| self.apply_gauss_newton(v))
    }

    fn by_columns(&self, product: impl Fn(&DVector<f64>) -> DVector<f64>) -> DMatrix<f64> {
        let n = self.w.len();
        let mut matrix = DMatrix::zeros(n, n);
        let mut unit = DVector::zeros(n);
        for j in 0..n {
            unit[j] = 1.0;
            matrix.set_column(j, &product(&unit));
            unit[j] = 0.0;
        }
        (&matrix + matrix.transpose()) * 0.5
    }

    /// How the values of the hidden layers and, last, the outputs move with `w + tv`: their derivatives at `t = 0`.
    fn moved(&self, v: &DVector<f64>) -> Vec<DMatrix<f64>> {
        let layers = &self.objective.network.layers;
        let mut moved: Vec<DMatrix<f64>> = Vec::with_capacity(layers.len());
        for (k, layer) in layers.iter().enumerate() {
            let before = self.objective.before(&self.values, k);
            let mut z = repeated(layer.biases_in(v), before.nrows());
            z.gemm(1.0, before, &layer.weights_in(v), 1.0);
            if k > 0 {
                z.gemm(1.0, &moved[k - 1], &layer.weights_in(&self.w), 1.0);
            }
            if k + 1 < layers.len() {
                z.component_mul_assign(&self.slopes[k]);
            }
            moved.push(z);
        }
        moved
    }

    fn apply_gauss_newton(&self, v: &DVector<f64>) -> DVector<f64> {
        let objective = self.objective;
        let mut top = self.moved(v).pop().expect("there is a last layer");
        objective.loss.curve(&mut top, &self.probabilities);
        let mut product = v * objective.l2;
        objective.backward(&self.w, &self.values, top, &mut product, |k, below, _| {
            below.component_mul_assign(&self.slopes[k]);
        });
        product
    }

    fn apply_hessian(&self, v: &DVector<f64>) -> DVector<f64> {
        let objective = self.objective;
        let mut moved = self.moved(v);
        let mut above = moved.pop().expect("there is a last layer");
        objective.loss.curve(&mut above, &self.probabilities);
        let mut product = v * objective.l2;
        for (k, layer) in objective.network.layers.iter().enumerate().rev() {
            let delta = &self.deltas[k];
            add_product(layer, &mut product, objective.before(&self.values, k), &above);
            add_column_sums(layer, &mut product, &above);
            if k > 0 {
                add_product(layer, &mut product, &moved[k - 1], delta);
                let mut below = DMatrix::zeros(above.nrows(), layer.inputs);
                below.gemm(1.0, &above, &layer.weights_in(&self.w).transpose(), 0.0);
                below.gemm(1.0, delta, &layer.weights_in(v).transpose(), 1.0);
                below.component_mul_assign(&self.slopes[k - 1]);
                below.cmpy(1.0, &self.bends[k - 1], &moved[k - 1], 1.0);
                above = below;
            }
        }
        product
    }
}

/// The Hessian at this point, by products.
impl crate::operators::SymmetricOperator for Expansion<'_> {
    fn dimension(&self) -> usize {
        self.w.len()
    }

    fn apply(&self, v: &DVector<f64>) -> DVector<f64> {
        self.apply_hessian(v)
    }
}

/// A matrix whose rows are all `row`.
fn repeated(row: DVectorView<'_, f64>, rows: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, row.len(), |_, column| row[column])
}

/// Adds `beforeᵀ · above`, `inputs × units`, to the weights of the layer in `sum`.
///
/// nalgebra leaves products of matrices with more than five rows and columns to `matrixmultiply`, which reads a transposed view as
/// well as a matrix; its own loops for smaller ones want contiguous columns.
pub(crate) fn add_product(layer: &Layer, sum: &mut DVector<f64>, before: &DMatrix<f64>, above: &DMatrix<f64>) {
    let weights = &mut sum.as_mut_slice()[layer.weights.clone()];
    let mut weights = DMatrixViewMut::from_slice(weights, layer.inputs, layer.units);
    let (rows, columns) = before.shape();
    if rows.min(columns).min(above.ncols()) > 5 {
        weights.gemm(1.0, &transposed(before), above, 1.0);
    } else {
        weights.gemm_tr(1.0, before, above, 1.0);
    }
}

fn transposed(matrix: &DMatrix<f64>) -> MatrixView<'_, f64, Dyn, Dyn, Dyn, Dyn> {
    let (rows, columns) = matrix.shape();
    MatrixView::from_slice_with_strides_generic(matrix.as_slice(), Dyn(columns), Dyn(rows), Dyn(rows), Dyn(1))
}

/// Adds the sum of each column of `above` to the biases of the layer in `sum`.
pub(crate) fn add_column_sums(layer: &Layer, sum: &mut DVector<f64>, above: &DMatrix<f64>) {
    for (bias, column) in layer.biases.clone().zip(above.column_iter()) {
        sum[bias] += column.sum();
    }
}

fn finite(value: f64) -> Result<f64, TrainingError> {
    match value.is_finite() {
        true => Ok(value),
        false => Err(TrainingError::NotFinite),
    }
}
