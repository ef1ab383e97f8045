//! The loss of a network on data as a function of its parameters.

use nalgebra::{DMatrix, DVector};

use super::products::{add_column_sums, add_product};
use super::{Expansion, Loss, Network, NetworkError};
use crate::data::Dataset;
use crate::training::{Differentiable, Sampled, TrainingError, TwiceDifferentiable, check};

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
        if l2.is_finite() && l2 >= 0.0 {
            Ok(Self { l2, ..self })
        } else {
            Err(NetworkError::Penalty(l2))
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
        finite(self.data_loss(w)? + self.penalty(w))
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
        check(&gradient, w.len())?;
        Ok((finite(data_loss + self.penalty(w))?, gradient))
    }

    /// `½ l2 ‖w‖²`: zero without a penalty, whatever the weights.
    pub(crate) fn penalty(&self, w: &DVector<f64>) -> f64 {
        if self.l2 == 0.0 { 0.0 } else { 0.5 * self.l2 * w.norm_squared() }
    }

    /// The product `∇²f(w) v`, exact: Pearlmutter's R-operator. For several products at one point, use
    /// [`at`](Self::at).
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

    /// The Hessian `∇²f(w)`, `n × n`, exactly symmetric.
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
        self.network.outputs_for(w, &self.inputs)
    }

    /// What comes into layer `k`: the data, or the values of the layer before.
    pub(super) fn before<'a>(&'a self, values: &'a [DMatrix<f64>], k: usize) -> &'a DMatrix<f64> {
        k.checked_sub(1).map_or(&self.inputs, |k| &values[k])
    }

    /// Adds to `gradient` what `top`, the derivatives by the outputs, make of it; `through` takes the derivatives by
    /// the values of a hidden layer to those by its inputs.
    pub(super) fn backward(
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

/// The value, if it is one.
pub(super) fn finite(value: f64) -> Result<f64, TrainingError> {
    if value.is_finite() { Ok(value) } else { Err(TrainingError::NotFinite) }
}
