//! An objective about one point: its curvature as products with vectors and as whole matrices.

use nalgebra::{DMatrix, DVector};

use super::Objective;
use super::objective::finite;
use super::products::{add_column_sums, add_effects, add_product, repeated, scaled_by_each, transposed_product};
use crate::training::{TrainingError, check};

/// An objective about one point `w`: its value and gradient there, and its curvature as products with vectors.
///
/// The network's state is kept, so a product costs about two gradients.
#[derive(Debug, Clone)]
pub struct Expansion<'a> {
    pub(super) objective: &'a Objective,
    pub(super) w: DVector<f64>,
    value: f64,
    gradient: DVector<f64>,
    /// Of each hidden layer, `n × units`: its values `φ(z)`, …
    pub(super) values: Vec<DMatrix<f64>>,
    /// … the slopes `φ′(z)`, …
    pub(super) slopes: Vec<DMatrix<f64>>,
    /// … and the derivatives of the loss by `φ(z)`, times `φ″(z)/φ′(z)`.
    bends: Vec<DMatrix<f64>>,
    /// Of each layer, the derivatives of the loss by `z`.
    pub(super) deltas: Vec<DMatrix<f64>>,
    /// Softmax of the outputs; unused by the squared loss.
    pub(super) probabilities: DMatrix<f64>,
}

impl<'a> Expansion<'a> {
    pub(super) fn of(objective: &'a Objective, w: &DVector<f64>) -> Result<Self, TrainingError> {
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
        check(&gradient, w.len())?;
        bends.reverse();
        deltas.reverse();
        Ok(Self {
            objective,
            w: w.clone(),
            value: finite(data_loss + objective.penalty(w))?,
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
    /// `v` has another length than `w`, or it or the product is not finite.
    pub fn hessian_product(&self, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(v, self.w.len())?;
        let product = self.apply_hessian(v);
        check(&product, v.len()).map(|()| product)
    }

    /// The product of the Gauss-Newton matrix with `v`: `(1/n) Σ JᵀSJ v + l2·v`, where `J` is the Jacobian of the
    /// outputs for a row by the parameters and `S` the second derivative of the loss by the outputs. It is never
    /// negative definite.
    ///
    /// Source: N. N. Schraudolph, *Fast curvature matrix-vector products for second-order gradient descent*, 2002.
    ///
    /// # Errors
    /// `v` has another length than `w`, or it or the product is not finite.
    pub fn gauss_newton_product(&self, v: &DVector<f64>) -> Result<DVector<f64>, TrainingError> {
        check(v, self.w.len())?;
        let product = self.apply_gauss_newton(v);
        check(&product, v.len()).map(|()| product)
    }

    /// The Hessian `∇²f(w)`, `n × n`, exactly symmetric.
    pub fn hessian(&self) -> DMatrix<f64> {
        self.assembled(true)
    }

    /// The Gauss-Newton matrix, `n × n`, exactly symmetric.
    pub fn gauss_newton(&self) -> DMatrix<f64> {
        self.assembled(false)
    }

    /// The whole Hessian, or the whole Gauss-Newton matrix.
    ///
    /// A product for each unit vector would do. But the rows of data do not mix, so a weight that goes from `a` into a
    /// unit has the effects of that unit's bias, multiplied in each row by `a`: one pass through the network serves all
    /// the weights of a unit. Only the blocks of a layer with itself and those above are worked out; the others are
    /// their transposes.
    fn assembled(&self, whole: bool) -> DMatrix<f64> {
        let n = self.w.len();
        let layers = &self.objective.network.layers;
        let mut matrix = DMatrix::from_diagonal_element(n, n, self.objective.l2);
        let before: Vec<_> = (0..layers.len())
            .map(|k| self.objective.before(&self.values, k).clone().insert_column(layers[k].inputs, 1.0))
            .collect();
        for (k, layer) in layers.iter().enumerate() {
            for unit in 0..layer.units {
                let (moved, deltas) = self.response(k, unit, whole);
                // The derivatives by the inputs of the layers above move, …
                for (m, above) in layers.iter().enumerate().skip(k) {
                    let effects = transposed_product(&before[m], &scaled_by_each(&before[k], &deltas[m - k]));
                    add_effects(&mut matrix, &effects, above, layer, unit);
                }
                if !whole || k + 1 == layers.len() {
                    continue;
                }
                // … and so do the values that come into them; into the next one, the value of this unit alone.
                let effects = scaled_by_each(&moved[0].columns_range(unit..=unit), &self.deltas[k + 1]);
                let effects = transposed_product(&before[k], &effects);
                for (u, effect) in effects.column_iter().enumerate() {
                    let row = layers[k + 1].parameter(unit, u);
                    for (input, value) in effect.iter().enumerate() {
                        matrix[(row, layer.parameter(input, unit))] += value;
                    }
                }
                for (m, above) in layers.iter().enumerate().skip(k + 2) {
                    let effects = scaled_by_each(&before[k], &self.deltas[m]);
                    let effects = transposed_product(&moved[m - k - 1], &effects);
                    add_effects(&mut matrix, &effects, above, layer, unit);
                }
            }
        }
        for j in 0..n {
            for i in 0..j {
                // Below the diagonal stands the block of the layer with one above, or both triangles of its own.
                let own = layers.iter().any(|layer| {
                    let (first, end) = (layer.weights.start, layer.biases.end);
                    (first..end).contains(&i) && (first..end).contains(&j)
                });
                let lower = matrix[(j, i)];
                let entry = if own { (lower + matrix[(i, j)]) * 0.5 } else { lower };
                matrix[(i, j)] = entry;
                matrix[(j, i)] = entry;
            }
        }
        matrix
    }

    /// What moves when the input of one unit of layer `k` moves by one in every row: the values of the hidden layers
    /// from `k` on, and the derivatives of the loss by the inputs of the layers from `k` on; without the second
    /// derivatives of the activation if not `whole`.
    fn response(&self, k: usize, unit: usize, whole: bool) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
        let objective = self.objective;
        let layers = &objective.network.layers;
        let mut z = DMatrix::zeros(objective.rows(), layers[k].units);
        z.column_mut(unit).fill(1.0);
        let mut moved = Vec::new();
        for (m, layer) in layers.iter().enumerate().skip(k + 1) {
            z.component_mul_assign(&self.slopes[m - 1]);
            let mut next = DMatrix::zeros(objective.rows(), layer.units);
            next.gemm(1.0, &z, &layer.weights_in(&self.w), 0.0);
            moved.push(std::mem::replace(&mut z, next));
        }
        objective.loss.curve(&mut z, &self.probabilities);
        let mut deltas = vec![z];
        for m in (k + 1..layers.len()).rev() {
            let above = &deltas[deltas.len() - 1];
            let mut below = DMatrix::zeros(objective.rows(), layers[m].inputs);
            below.gemm(1.0, above, &layers[m].weights_in(&self.w).transpose(), 0.0);
            below.component_mul_assign(&self.slopes[m - 1]);
            if whole {
                below.cmpy(1.0, &self.bends[m - 1], &moved[m - 1 - k], 1.0);
            }
            deltas.push(below);
        }
        deltas.reverse();
        (moved, deltas)
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
